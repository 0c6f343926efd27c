# SPDX-License-Identifier: Apache-2.0
"""Events, readers, conditions, templates, playbooks and plans as Python objects; and what goes wrong with them."""
import io
import json
import pathlib
import tempfile
import unittest

import falcoir
from support import ALERT, ALERTS, EXAMPLES, TICKETS, alert, main, ticket


class Events(unittest.TestCase):
    def test_values_are_pythons_own(self):
        event = falcoir.Event(json.dumps(ALERT))
        self.assertEqual(event.fields, ALERT["output_fields"])
        self.assertEqual(list(event.fields), list(ALERT["output_fields"]))
        self.assertEqual(event["evt.num"], 2**64 - 1)
        self.assertIs(event["evt.failed"], True)
        self.assertEqual(event["ka.user.groups"], ["a", "b"])
        self.assertEqual(event["tags"], ["shell", "T1059"])
        self.assertEqual((event.rule, event.priority, event["hostname"]), ("Terminal shell in container", "Warning", "node-3"))
        self.assertIsNone(event["container.id"])
        self.assertIn("container.id", event)
        self.assertNotIn("proc.pname", event)
        self.assertEqual(event.get("proc.pname", 5), 5)
        self.assertRaises(KeyError, lambda: event["proc.pname"])
        self.assertEqual(event.time_ns, 1784020893104938271)
        self.assertEqual((event.form, event.envelope, event.flags), ("json", "", frozenset()))
        self.assertEqual(len(event.id), 64)

    def test_all_kinds_of_bytes(self):
        raw = alert()
        for data in (raw, bytearray(raw), memoryview(raw), raw.decode()):
            self.assertEqual(falcoir.Event(data).to_json(), falcoir.Event(raw).to_json())

    def test_an_envelope_and_a_text_line(self):
        sns = json.dumps({"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:falco", "Message": alert().decode()})
        self.assertEqual(falcoir.Event(sns).envelope, "sns")
        line = falcoir.Event(b"09:21:33.104938271: Warning A shell (user=root)")
        self.assertEqual(line.priority, "Warning")
        self.assertNotEqual(line.form, "json")
        self.assertIn("no_time", line.flags)

    def test_a_broken_one_says_where(self):
        with self.assertRaises(falcoir.ParseError) as caught:
            falcoir.Event(b'{"rule": "r",\n "rule": "r"}')
        self.assertEqual(caught.exception.line, 2)
        self.assertEqual(caught.exception.name, "FIR_EPARSE")
        self.assertRaises(falcoir.LimitError, falcoir.Event, alert(), max_bytes=20)

    def test_reader_takes_bytes_cut_anywhere(self):
        refused = []
        data = alert(1) + b'{"rule": nonsense}\n' + alert(2)
        for size in (1, 7, 1000):
            refused.clear()
            with falcoir.Reader(refused=refused.append) as reader:
                got = []
                for i in range(0, len(data), size):
                    reader.feed(data[i:i + size], last=i + size >= len(data))
                    got += [event["proc.pid"] for event in reader]
            self.assertEqual(got, [1, 2])
            self.assertEqual([(r.line, r.code) for r in refused], [(2, "FIR_EPARSE")])
        got = falcoir.read(io.BytesIO(data))
        self.assertEqual(next(got)["proc.pid"], 1)
        self.assertRaises(falcoir.ParseError, next, got)


class Conditions(unittest.TestCase):
    def test_macros_lists_and_types(self):
        condition = falcoir.Condition("shell and my.number > 5", macros={"shell": "proc.name in (shells)"}, lists={"shells": ["bash", "sh"]},
                                      types={"my.number": "UINT64"})
        self.assertTrue(condition.matches(dict(ALERT, output_fields={"proc.name": "sh", "my.number": 6})))
        self.assertFalse(condition.matches(dict(ALERT, output_fields={"proc.name": "sh", "my.number": 5})))
        self.assertFalse(condition.matches(dict(ALERT, output_fields={"proc.name": "vi", "my.number": 6})))
        self.assertTrue(falcoir.Condition("ka.user.groups intersects (b)").matches(ALERT))

    def test_undecided_is_no_verdict(self):
        condition = falcoir.Condition("proc.cmdline regex '(a+a+)+(bd|be)'", regex_steps=100)
        long = dict(ALERT, output_fields={"proc.cmdline": "a" * 40 + "b!"})
        self.assertIsNone(condition.verdict(long))
        self.assertRaises(falcoir.LimitError, condition.matches, long)

    def test_errors_have_a_place(self):
        with self.assertRaises(falcoir.ParseError) as caught:
            falcoir.Condition("proc.name =\n  a or (")
        self.assertEqual((caught.exception.line, caught.exception.column), (2, 9))
        with self.assertRaises(falcoir.CompileError) as caught:
            falcoir.Condition("proc.name = a and shell")
        self.assertEqual(caught.exception.column, 19)
        self.assertEqual(caught.exception.diagnostics, [])

    def test_warnings(self):
        self.assertEqual(falcoir.Condition("proc.name = bash").warnings, [])
        (found,) = falcoir.Condition("evt.num > 1 and proc.nmae = bash").warnings
        self.assertEqual((found.line, found.column, found.severity), (1, 17, "warning"))

    def test_the_fields_are_listed(self):
        names = [f["name"] for f in falcoir.fields()]
        self.assertIn("proc.name", names)
        self.assertEqual(names, sorted(names))


class Templates(unittest.TestCase):
    def test_sinks_escape(self):
        evil = dict(ALERT, output_fields={"proc.cmdline": "a\"b\n<x>"})
        self.assertEqual(falcoir.Template('{"c":"{{proc.cmdline}}"}', sink="json").render(evil), '{"c":"a\\"b\\n<x>"}')
        self.assertEqual(falcoir.Template("{{proc.cmdline}}", sink="raw").render_bytes(evil), b"a\"b\n<x>")
        self.assertNotIn("<x>", falcoir.Template("{{proc.cmdline}}", sink="html").render(evil))
        self.assertEqual(falcoir.Template("%proc.name", syntax="falco").render(ALERT), "bash")

    def test_wrong_ones(self):
        self.assertRaises(falcoir.CompileError, falcoir.Template, "{{proc.cmdline")
        self.assertRaises(falcoir.UsageError, falcoir.Template, "x", sink="nowhere")
        self.assertRaises(falcoir.LimitError, falcoir.Template, "{{proc.cmdline}}", max_output=3)
        self.assertRaises(falcoir.ValueTypeError, falcoir.Template('{"n": {{proc.cmdline | required}}}', sink="json").render, dict(ALERT, output_fields={}))


class Playbooks(unittest.TestCase):
    def setUp(self):
        self.playbook = falcoir.Playbook.load(EXAMPLES / "playbooks/quickstart.yaml")

    def test_plans(self):
        plans = self.playbook.plan(ALERTS)
        self.assertEqual([p.line for p in plans], [1, 2])
        plan = plans[0]
        self.assertEqual(plan.event, falcoir.EventRef(plan.event.id, "Terminal shell in container", "syscall", "Notice",
                                                      "2026-07-14T09:21:33.104938271Z"))
        self.assertEqual(plan.event.id, falcoir.Event(ALERTS.splitlines()[0]).id)
        self.assertEqual(plan.playbook, self.playbook.digest)
        self.assertEqual([(r.rule, [s.use for s in r.steps], r.dry_run) for r in plan.rules], [("Shell in production", ["http:webhook"], False)])
        self.assertEqual(plan.steps[0].values["method"], "POST")
        self.assertNotIn("headers", plan.steps[0].values)
        alone = self.playbook.plan_event(ALERTS.splitlines()[0])
        self.assertEqual(alone, plan)
        self.assertEqual(alone.json, plan.json)
        self.assertIsNone(self.playbook.plan_event(alert(rule="Nobody asks")))
        self.assertEqual([p.json for p in falcoir.plans(self.playbook, falcoir.read(io.BytesIO(ALERTS)))], [p.json for p in plans])

    def test_what_cannot_be_read_is_told(self):
        data = ALERTS + b'{"rule":\n'
        with self.assertRaises(falcoir.ParseError) as caught:
            self.playbook.plan(data)
        self.assertEqual([r.line for r in caught.exception.refused], [ALERTS.count(b"\n") + 1])
        refused = []
        self.assertEqual(len(self.playbook.plan(data, refused=refused.append)), 2)
        self.assertEqual([r.code for r in refused], ["FIR_EPARSE"])
        self.assertEqual(self.playbook.plan(b""), [])

    def test_diagnostics(self):
        with self.assertRaises(falcoir.CompileError) as caught:
            falcoir.Playbook.from_string("- rule: x\n", "- rul: y\n", origin=["one.yaml", "two.yaml"])
        found = caught.exception.diagnostics
        self.assertEqual([(d.file, d.code) for d in found], [("one.yaml", "FIR-P132"), ("one.yaml", "FIR-P142"), ("two.yaml", "FIR-P103")])
        self.assertTrue(str(caught.exception).startswith("one.yaml:1:9: error: "), str(caught.exception))
        with self.assertRaises(falcoir.Error) as caught:
            falcoir.Playbook.load("/no/such/file.yaml")
        self.assertEqual(caught.exception.name, "FIR_EIO")

    def test_files_see_those_before(self):
        with tempfile.TemporaryDirectory() as folder:
            one, two = pathlib.Path(folder, "one.yaml"), pathlib.Path(folder, "two.yaml")
            one.write_text("- macro: shell\n  condition: proc.name = bash\n")
            two.write_text("- rule: r\n  condition: shell\n  actions:\n    - {action: a, use: 'local:file', parameters: {path: /x}}\n")
            self.assertEqual(len(falcoir.Playbook.load(one, two).plan(alert())), 1)
            self.assertRaises(falcoir.CompileError, falcoir.Playbook.load, two)

    def test_types_of_the_hosts_own(self):
        kind = ticket(lambda call: None)
        self.assertRaises(falcoir.CompileError, lambda: falcoir.Playbook.from_string(TICKETS + "- nonsense: 1\n", types=[kind]))
        self.assertEqual(falcoir.Playbook.from_string(TICKETS, types=[kind]).plan(alert())[0].steps[0].values, {"queue": "soc"})
        self.assertIn("ticket:open", [t["name"] for t in falcoir.action_types([kind])])
        self.assertNotIn("ticket:open", [t["name"] for t in falcoir.action_types()])
        self.assertRaises(falcoir.UsageError, falcoir.action_types, [{"name": "no family", "effect": "keyed", "destructive": False}])
        self.assertRaises(falcoir.UsageError, falcoir.ActionType, "a:b", effect="keyed", parameters={"x": 5})

    def test_explain_and_simulate(self):
        found = self.playbook.explain(ALERTS.splitlines()[0])
        self.assertEqual([(r["rule"], r["verdict"]) for r in found["rules"]], [("Shell in production", "true")])
        self.assertEqual(found["event"]["id"], self.playbook.plan(ALERTS)[0].event.id)
        careful = falcoir.Playbook.load(EXAMPLES / "playbooks/careful.yaml")
        plans = careful.simulate(ALERTS)
        self.assertEqual([p.event for p in plans], [p.event for p in careful.plan(ALERTS)])
        self.assertEqual([v["status"] for v in plans[0].verdicts], ["below_threshold"])
        stale = careful.simulate(ALERTS, at_ns=2**62)
        self.assertEqual({v["status"] for p in stale for v in p.verdicts}, {"stale"})
        self.assertEqual(careful.plan(ALERTS)[0].verdicts, ())

    def test_nobody_makes_one_by_hand(self):
        self.assertRaises(falcoir.UsageError, falcoir.Playbook)


if __name__ == "__main__":
    main()

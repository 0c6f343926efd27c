# SPDX-License-Identifier: Apache-2.0
"""The cases of tests/conformance through Python: the same verdicts, places, texts and diagnostics as from C."""
import contextlib
import json
import unittest

import falcoir
from support import lines, main

FALCOS_DEPTH = 19  # its default limit of 100 levels


def as_alert(fields):
    return json.dumps({"rule": "r", "priority": "Notice", "output": "o", "time": "2026-07-14T09:21:33.104938271Z", "output_fields": fields})


class Conformance(unittest.TestCase):
    def test_conditions_judge_as_in_c(self):
        for n, case in lines("conditions-eval.jsonl"):
            expect = case.get("ours", case["expect"])
            with self.subTest(line=n, expr=case["expr"]):
                if isinstance(expect, bool):
                    condition = falcoir.Condition(case["expr"], types=case["types"])
                    self.assertIs(condition.verdict(as_alert(case["fields"])), expect)
                    again = falcoir.Condition(str(condition), types=case["types"])
                    self.assertIs(again.verdict(as_alert(case["fields"])), expect)
                else:
                    with self.assertRaises((falcoir.ParseError, falcoir.CompileError)) as caught:
                        falcoir.Condition(case["expr"], types=case["types"])
                    if case.get("stage") == "compile":
                        self.assertEqual(caught.exception.message[:len(case["error"])], case["error"])

    def test_conditions_are_read_as_in_c(self):
        for n, case in lines("conditions-parse.jsonl"):
            text = case["expr"]
            with self.subTest(line=n, expr=text):
                case = case.get("ours", case)
                wrong = (falcoir.ParseError, falcoir.LimitError)
                if case["accept"]:
                    with contextlib.suppress(falcoir.CompileError):  # a macro or a field that is not known: it was read
                        falcoir.Condition(text, max_depth=FALCOS_DEPTH)
                else:
                    with self.assertRaises(wrong) as caught:
                        falcoir.Condition(text, max_depth=FALCOS_DEPTH)
                    error = caught.exception
                    self.assertEqual([error.offset, error.line, error.column], case["pos"])
                    self.assertEqual(error.message.split("; hint: ")[0][:len(case["error"])], case["error"])

    def test_falcos_output_format(self):
        (_, head), *cases = lines("output-format.jsonl")
        event = falcoir.Event(as_alert(head["_common_fields"]))
        for n, case in cases:
            if case.get("json"):  # how Falco's fields become JSON is not a public function
                continue
            with self.subTest(line=n, format=case["format"]):
                if "error" in case:
                    with self.assertRaises(falcoir.CompileError) as caught:
                        falcoir.Template(case["format"], syntax="falco", sink="raw")
                    self.assertEqual(caught.exception.message[:len(case["error"])], case["error"])
                    continue
                template = falcoir.Template(case["format"], syntax="falco", sink="raw")
                if "ours" in case or case["ok"]:
                    self.assertEqual(template.render(event), case.get("ours", case.get("output")))
                else:
                    with self.assertRaises(falcoir.ValueTypeError):
                        template.render(event)

    def load(self, texts):
        return falcoir.Playbook.from_string(*texts, origin=["a.yaml", "b.yaml", "c.yaml"][:len(texts)])

    def test_broken_playbooks_are_told_the_same(self):
        for n, case in lines("playbooks-bad.jsonl"):
            with self.subTest(line=n, name=case["name"]):
                try:
                    found = self.load(case["yaml"]).warnings
                    self.assertEqual([d for d in found if d.severity == "error"], [])
                except falcoir.CompileError as e:
                    found = e.diagnostics
                    self.assertNotEqual([d for d in found if d.severity == "error"], [])
                self.assertEqual(sorted((d.code, d.file, d.line, d.column) for d in found),
                                 sorted((d["code"], d["file"], d["line"], d["column"]) for d in case["diagnostics"]))

    def test_good_playbooks_become_the_same(self):
        for n, case in lines("playbooks-good.jsonl"):
            with self.subTest(line=n, name=case["name"]):
                playbook = self.load(case["yaml"])
                data = playbook.data
                for key in ("digest", "files"):
                    data.pop(key, None)
                for key in ("lists", "macros", "outputs", "rules", "tests"):
                    if not data.get(key, True):
                        del data[key]
                self.assertEqual(data, case["playbook"])
                self.assertEqual([[d.code, d.file, d.line] for d in playbook.warnings], case["warnings"])

    def test_example_events_keep_their_bytes(self):
        for n, case in lines("example-events.jsonl"):
            with self.subTest(line=n, kind=case["kind"]):
                raw = falcoir.Event(case["event"]).to_json()
                self.assertEqual(json.loads(raw), json.loads(case["event"]))
                self.assertEqual(falcoir.Event(raw).to_json(), raw)


if __name__ == "__main__":
    main()

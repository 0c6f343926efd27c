#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir test`: what passes, what fails and how it says so."""
import json
import xml.etree.ElementTree as xml

from harness import QUICKSTART, Case, alert, main

RULES = """
- rule: Shell
  condition: proc.name in (bash, sh)
  actions:
    - action: Tell
      use: http:webhook
      parameters: {url: "https://x.example/{{k8s.ns.name}}", body: '{"n": {{user.uid}}, "who": "{{user.name}}"}'}
    - action: Never sent
      use: http:webhook
      when: steps.tell.status = failed
      parameters: {url: "https://y.example/", headers: {X-A: "{{no.such | required}}"}}
- rule: Other
  condition: proc.name = other
  actions:
    - {action: Third, use: http:webhook, parameters: {url: "https://z.example/"}}
  on_failure:
    - {action: Fourth, use: http:webhook, parameters: {url: "https://z.example/"}}
"""


def one_test(text):
    return RULES + "\n- test: t\n" + "".join("  " + l + "\n" for l in text.strip("\n").split("\n"))


EVENT = "event: " + json.dumps(alert())
TELL = "expect:\n  - rule: Shell\n    actions: [{action: Tell, status: would_run%s}, {action: Never sent, status: refused}]\n"


class Test(Case):
    def passes(self, text, **kw):
        self.expect("test", self.file("p.yaml", one_test(text)), out="1 passed, 0 failed\n", err=b"", **kw)

    def fails(self, text, *says):
        """Fails with exactly these lines."""
        path = self.file("p.yaml", one_test(text))
        number = one_test(text).split("\n").index("- test: t") + 1
        out, _ = self.expect("test", path, code=1)
        self.assertEqual(out.decode().splitlines(), [f"FAILED t ({path}:{number})", *("    " + s for s in says), "0 passed, 1 failed"])

    def test_the_example(self):
        self.expect("test", QUICKSTART, out="2 passed, 0 failed\n", err="")
        self.expect("test", "-v", QUICKSTART, err="",
                    out="passed a shell in production is told\npassed a shell in kube-system is not\n2 passed, 0 failed\n")

    def test_passes(self):
        self.passes(EVENT + "\nexpect: [{rule: Shell}]")
        self.passes(EVENT + "\nexpect: [{rule: Shell}]\nexpect_no_rule: [Other]")
        self.passes(EVENT + "\n" + TELL % "")
        self.passes(EVENT + "\n" + TELL % ', use: "http:webhook", parameters: {url: "https://x.example/prod-web", method: POST}')
        self.passes(EVENT + "\n" + TELL % ", id: tell")
        self.passes(EVENT + "\nat: 2026-07-14T09:21:33Z\nexpect_no_rule: [Other]")

    def series(self, gates, alerts, expects, at=None, **kw):
        """A rule with gates, alerts as (seconds, container), and what is expected of each."""
        events = [alert(time="2026-07-14T09:%02d:%02d.500Z" % divmod(s, 60), output_fields={"proc.name": "sh", "container.id": c, "evt.num": i})
                  for i, (s, c) in enumerate(alerts)]
        lines = ["- rule: Shell", "  condition: proc.name = sh", *("  " + g for g in gates),
                 "  actions: [{action: Tell, use: 'http:webhook', parameters: {url: 'https://x.example/'}}]", "- test: t",
                 "  event: " + json.dumps(events), "  expect: " + json.dumps([{"rule": "Shell", **e} for e in expects])]
        return self.file("p.yaml", "\n".join(lines + (["  at: " + at] if at else [])) + "\n")

    def test_gates(self):
        ok, cooling, below = {"status": "proceed"}, {"status": "cooling"}, {"status": "below_threshold"}
        passed = {"out": "1 passed, 0 failed\n", "err": b""}
        self.expect("test", self.series(["once_per: {window: 1m, by: [container.id]}"], [(0, "a"), (1, "a"), (2, "b"), (60, "a")],
                                        [ok, cooling, ok, ok]), **passed)
        self.expect("test", self.series(["threshold: {count: 2, within: 1m}"], [(0, "a"), (1, "a"), (2, "a")], [below, ok, below]), **passed)
        self.expect("test", self.series(["require_approval: true"], [(0, "a")], [{"actions": [{"action": "Tell", "status": "needs_approval"}]}]),
                    **passed)
        self.expect("test", self.series(["once_per: {window: 1m}"], [(0, "a"), (1, "a")],
                                        [{"actions": [{"action": "Tell", "status": "would_run"}]}, {"actions": [{"action": "Tell", "status": "cooling"}]}]),
                    **passed)
        out, _ = self.expect("test", self.series(["once_per: {window: 1m}"], [(0, "a"), (1, "a")], [ok, ok]), code=1)
        self.assertIn("    rule Shell: should be proceed and is cooling: the rule has acted on this key within its once_per", out.decode())

    def test_at(self):
        for at, status in (("2026-07-14T09:15:00.5Z", "proceed"), ("2026-07-14T09:15:00.51Z", "stale"), ("2026-07-14T11:15:00.5+02:00", "proceed"),
                           ("2026-07-14t04:15:00.51-0500", "stale"), ("2026-07-14 08:54:59Z", "stale"), ("2026-07-14 08:55:01Z", "proceed"),
                           ("2028-02-29T00:00:00Z", "stale")):
            with self.subTest(at=at):
                self.expect("test", self.series([], [(0, "a")], [{"status": status}], at=json.dumps(at)), out="1 passed, 0 failed\n", err=b"")

    def test_expected_values_are_compared_as_text(self):
        """Whether a type's parameters have types must not decide whether `5` is what was meant."""
        rule = ("- rule: Stop\n  match_all: true\n  actions:\n    - action: Stop\n      use: kubernetes:terminate\n"
                "      parameters: {grace_period_seconds: 5}\n    - action: Own\n      use: kubernetes:event\n      parameters: {count: 5, share: 1e3, on: true}\n"
                "- test: t\n  " + EVENT + "\n  expect:\n    - rule: Stop\n      actions:\n        - {action: Stop, parameters: {grace_period_seconds: %s}}\n"
                "        - {action: Own, parameters: {count: %s, share: %s, on: %s}}\n")
        for values in [("5", "5", "1e3", "true"), ('"5"', '"5"', '"1e3"', '"true"')]:
            out, _ = self.expect("test", self.file("p.yaml", rule % values))
            self.assertEqual(out, b"1 passed, 0 failed\n")
        out, _ = self.expect("test", self.file("p.yaml", rule % ("6", "50", "1000", "True")), code=1)
        self.assertEqual(out.count(b" should be "), 4, out)

    def test_fails(self):
        self.fails(EVENT + "\nexpect: [{rule: Other}]", "rule Other was expected to match")
        self.fails(EVENT + "\nexpect: [{rule: Shell}, {rule: Shell}]", "rule Shell was expected to match, after the ones before it")
        self.fails(EVENT + "\nexpect_no_rule: [Other, Shell]", "rule Shell was expected not to match")
        self.fails(EVENT + "\nexpect: [{rule: Shell, actions: []}]", "rule Shell: 0 actions were expected, 2 are planned")
        self.fails(EVENT + "\nexpect: [{rule: Shell, actions: [{action: Tell}]}]", "rule Shell: 1 actions were expected, 2 are planned")
        self.fails(EVENT + "\nexpect: [{rule: Shell, actions: [{action: Never sent}, {action: Tell}]}]",
                   "rule Shell: action Never sent was expected, Tell is planned",
                   "rule Shell: action Tell was expected, Never sent is planned")

    def test_fails_in_an_action(self):
        self.fails(EVENT + "\n" + TELL % ', use: "http:other"', "rule Shell: action Tell: should use http:other and uses http:webhook")
        self.fails(EVENT + "\n" + TELL % ", id: other", "rule Shell: action Tell was expected, Tell is planned")
        self.fails(EVENT + "\n" + TELL % ", target: {pod: web-1}", 'rule Shell: action Tell: target pod should be "web-1" and is not there')
        self.fails(EVENT + "\n" + TELL % ', parameters: {url: "https://x.example/"}',
                   'rule Shell: action Tell: parameters url should be "https://x.example/" and is "https://x.example/prod-web"')
        self.fails(EVENT + "\n" + TELL % ", parameters: {frob: 1}", 'rule Shell: action Tell: parameters frob should be "1" and is not there')
        wrong = TELL.replace("status: would_run%s", "status: skipped")
        self.fails(EVENT + "\n" + wrong, "rule Shell: action Tell: should be skipped and is would_run")

    def test_events(self):
        self.file("one.json", json.dumps(alert()))
        self.file("two.json", json.dumps(alert({"proc.name": "other"})) + "\n" + json.dumps(alert()))
        self.passes("event: {file: one.json}\nexpect: [{rule: Shell}]")
        self.passes("event: {file: two.json}\nexpect: [{rule: Other}, {rule: Shell}]")
        self.passes(f"event: {{file: {self.dir}/two.json}}\nexpect: [{{rule: Other}}, {{rule: Shell}}]")
        self.passes("event: [{file: one.json}, {file: two.json}]\nexpect: [{rule: Shell}, {rule: Other}, {rule: Shell}]")
        self.passes("event: ['" + json.dumps(alert()) + "']\nexpect: [{rule: Shell}]")
        self.passes("event: ['09:21:33.104938271: Notice A shell was spawned']\nexpect_no_rule: [Shell]")

    def test_broken_events(self):
        self.file("broken.json", '{"rule": "a"\n')
        self.file("empty.json", "\n \n")
        self.fails(f"event: {{file: {self.dir}/missing.json}}\nexpect_no_rule: [Shell]", f"{self.dir}/missing.json: No such file or directory")
        self.fails("event: {file: empty.json}\nexpect_no_rule: [Shell]", "there is no alert in it")
        for text in ["event: []", "event: a text"]:
            self.expect("test", self.file("p.yaml", one_test(text + "\nexpect_no_rule: [Shell]")), code=2, out="")
        for text in ["event: {file: broken.json}", "event: {priority: Notice}", "event: ['no alert']"]:
            path = self.file("p.yaml", one_test(text + "\nexpect_no_rule: [Shell]"))
            out, _ = self.expect("test", path, code=1)
            self.assertRegex(out.decode(), r"\AFAILED t .*\n    the alert on line \d+ could not be read: \S.*\n0 passed, 1 failed\n\Z")

    def test_all_run(self):
        text = one_test(EVENT + "\nexpect_no_rule: [Shell]") + "\n- test: u\n  " + EVENT + "\n  expect_no_rule: [Other]\n"
        out, _ = self.expect("test", self.file("p.yaml", text), code=1)
        self.assertEqual(out.decode().splitlines()[-1], "1 passed, 1 failed")
        self.expect("test", self.file("none.yaml", RULES), out="0 passed, 0 failed\n")

    def test_a_rule_that_is_not_there(self):
        self.fails(EVENT + "\nexpect_no_rule: [Shel]", "there is no rule Shel that is enabled")
        self.fails(EVENT + "\nexpect: [{rule: Shel}]", "there is no rule Shel that is enabled")

    def test_coverage(self):
        path = self.file("p.yaml", one_test(EVENT + "\nexpect: [{rule: Shell}]"))
        self.expect("test", "--coverage", path, out="not reached: rule Other\ntests reach 1 of 2 rules, 2 of 4 actions\n1 passed, 0 failed\n")

    def test_junit(self):
        path = self.file("p.yaml", one_test(EVENT + '\nexpect: [{rule: Shell, actions: [{action: "<&\\"\\x01"}]}]')
                         + "\n- test: ü <u>\n  " + EVENT + "\n  expect_no_rule: [Other]\n")
        target = self.dir / "out.xml"
        self.expect("test", "--junit", target, path, code=1)
        suite = xml.parse(target).getroot()
        self.assertEqual((suite.tag, suite.get("tests"), suite.get("failures")), ("testsuite", "2", "1"))
        self.assertEqual([c.get("name") for c in suite], ["t", "ü <u>"])
        self.assertEqual([len(c) for c in suite], [2, 0])
        self.assertIn('<&"', suite[0][1].get("message"))
        self.expect("test", "--junit", "/nowhere/x", path, code=3)
        self.expect("test", "--junit", "/dev/full", path, code=3)


if __name__ == "__main__":
    main()

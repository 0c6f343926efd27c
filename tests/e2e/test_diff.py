#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir diff`: what another playbook would do with the same alerts."""
import pathlib

from harness import ALERTS, ARTICLES, QUICKSTART, Case, json_lines, line, main

WEBHOOK = '{action: %s, use: http:webhook, parameters: {url: "https://x.example/%s", body: %s, content_type: text/plain, escape: none}}'


def rule(name, *actions, more=""):
    return f"- rule: {name}\n  match_all: true\n{more}  actions:\n" + "".join(f"    - {a}\n" for a in actions)


class Diff(Case):
    def setUp(self):
        super().setUp()
        self.old = self.file("old.yaml", rule("stays", WEBHOOK % ("tell", "a", "'{{proc.cmdline}}'"), WEBHOOK % ("old", "a", "x")) +
                             rule("goes", WEBHOOK % ("tell", "a", "x")) + rule("same", WEBHOOK % ("tell", "a", "x")))
        self.new = self.file("new.yaml", rule("stays", WEBHOOK % ("tell", "b", "'{{proc.cmdline}}'"), WEBHOOK % ("new", "a", "x"), more="  urgency: high\n") +
                             rule("comes", WEBHOOK % ("tell", "a", "x")) + rule("same", WEBHOOK % ("tell", "a", "x")))

    def test_text(self):
        self.expect("diff", "-p", self.old, "--with", self.new, stdin=line() + line(priority="Warning"), code=1, err="", out="""\
line 1: Notice Terminal shell in container
  ~ rule stays does something else
      urgency from "normal" to "high"
      steps.tell.parameters.url from "https://x.example/a" to "https://x.example/b"
      steps.old removed (http:webhook)
      steps.new added (http:webhook)
  - rule goes no longer matches
      step tell
  + rule comes newly matches
      step tell
line 2: Warning Terminal shell in container
  ~ rule stays does something else
      urgency from "normal" to "high"
      steps.tell.parameters.url from "https://x.example/a" to "https://x.example/b"
      steps.old removed (http:webhook)
      steps.new added (http:webhook)
  - rule goes no longer matches
      step tell
  + rule comes newly matches
      step tell
   added  removed  changed  rule
       0        0        2  stays
       0        2        0  goes
       2        0        0  comes
2 of 2 alerts differ
""")

    def test_json(self):
        out, _ = self.expect("diff", "--json", "-p", self.old, "--with", self.new, stdin=line(), code=1, err="")
        one, summary = json_lines(out)
        plan, = json_lines(self.expect("plan", "--json", "-p", self.old, stdin=line())[0])
        self.assertEqual(one, {"line": 1, "event": plan["event"], "rules": [
            {"rule": "stays", "change": "changed", "changes": [
                {"path": "urgency", "from": "normal", "to": "high"},
                {"path": "steps.tell.parameters.url", "from": "https://x.example/a", "to": "https://x.example/b"},
                {"path": "steps.old", "change": "removed", "use": "http:webhook"},
                {"path": "steps.new", "change": "added", "use": "http:webhook"}]},
            {"rule": "goes", "change": "removed", "steps": ["tell"]},
            {"rule": "comes", "change": "added", "steps": ["tell"]}]})
        self.assertEqual(summary, {"summary": {"alerts": 1, "differ": 1, "rules": {
            "stays": {"added": 0, "removed": 0, "changed": 1}, "goes": {"added": 0, "removed": 1, "changed": 0},
            "comes": {"added": 1, "removed": 0, "changed": 0}}}})

    def test_the_same(self):
        for playbook in [QUICKSTART, ARTICLES, self.old]:
            self.expect("diff", "-p", playbook, "--with", playbook, ALERTS, out="0 of 12 alerts differ\n")
        self.expect("diff", "--json", "-p", QUICKSTART, "--with", QUICKSTART, stdin=line(), err="",
                    out='{"summary":{"alerts":1,"differ":0,"rules":{}}}\n')
        renamed = self.file("comment.yaml", b"# another text, the same playbook\n" + QUICKSTART.read_bytes())
        self.expect("diff", "-p", QUICKSTART, "--with", renamed, ALERTS, out="0 of 12 alerts differ\n", err="")

    def test_there_and_back(self):
        """What one direction adds the other removes."""
        turned = {"added": "removed", "removed": "added", "changed": "changed"}
        for a, b in [(QUICKSTART, ARTICLES), (self.old, self.new)]:
            there = json_lines(self.expect("diff", "--json", "-p", a, "--with", b, ALERTS, code=1)[0])
            back = json_lines(self.expect("diff", "--json", "-p", b, "--with", a, ALERTS, code=1)[0])
            self.assertEqual([o.get("line") for o in there], [o.get("line") for o in back])
            for x, y in zip(there[:-1], back[:-1]):
                self.assertEqual(sorted((r["rule"], turned[r["change"]]) for r in x["rules"]),
                                 sorted((r["rule"], r["change"]) for r in y["rules"]))

    def test_several_files_are_one_playbook(self):
        self.expect("diff", "-p", QUICKSTART, "-p", ARTICLES, "--with", QUICKSTART, "--with", ARTICLES, ALERTS, out="0 of 12 alerts differ\n")
        self.expect("diff", "-p", QUICKSTART, "-p", ARTICLES, "--with", QUICKSTART, ALERTS, code=1)

    def test_order(self):
        one, two = rule("a", WEBHOOK % ("x", "a", "x"), WEBHOOK % ("y", "a", "x")), rule("b", WEBHOOK % ("x", "a", "x"))
        turned = rule("a", WEBHOOK % ("y", "a", "x"), WEBHOOK % ("x", "a", "x"))
        out, _ = self.expect("diff", "-p", self.file("1", one + two), "--with", self.file("2", two + turned), stdin=line(), code=1)
        self.assertEqual(out.decode().splitlines()[1:], [
            "  ~ rule a does something else", '      steps from ["x","y"] to ["y","x"]',
            '  ~ the order of the rules: from ["a","b"] to ["b","a"]',
            "   added  removed  changed  rule", "       0        0        1  a", "1 of 1 alerts differ"])

    def test_sequences_that_an_alert_feeds(self):
        make = rule("r", WEBHOOK % ("x", "a", "x"), more="  sequence: [{rule: Terminal shell in container, within: 5m, by: [%s]}]\n").replace("match_all: true", "condition: rule = Other")
        old, new = self.file("1", make % "k8s.ns.name"), self.file("2", make % "k8s.pod.name")
        out, _ = self.expect("diff", "-p", old, "--with", new, stdin=line(), code=1)
        self.assertEqual(out.decode().splitlines()[1:3], [
            "  ~ rule r does something else",
            '      observed from {"item":0,"key":["prod-web"],"rule":"r"} to {"item":0,"key":["web-1"],"rule":"r"}'])

    def test_a_stranger_steers_nothing_and_is_bounded(self):
        evil = "\x1b]0;owned\x07\u202e" + "x" * 5000
        old = self.file("1", rule("r", WEBHOOK % ("x", "a", "'1{{proc.cmdline}}1'")))
        new = self.file("2", rule("r", WEBHOOK % ("x", "a", "'1{{proc.cmdline}}2'")))
        out, _ = self.expect("diff", "-p", old, "--with", new, stdin=line({"proc.cmdline": evil}, rule=evil), code=1)
        self.assertNotRegex(out, rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae")
        self.assertLess(max(map(len, out.splitlines())), 500)
        self.assertIn(b"...xxxxxxxxxxxxxxxxxxxx1", out)

    def test_secrets_stay_references(self):
        make = 'webhook_output: {enabled: true, url: "https://x.example/", custom_headers: {Authorization: %s}}\n'
        old, new = self.file("1", make % "{env: OLD}"), self.file("2", make % '"Bearer hunter3"')
        out, err = self.expect("diff", "-p", old, "--with", new, stdin=line(), code=1, env={"OLD": "hunter2"})
        self.assertIn(b'Authorization.secret.env gone, was "OLD"', out)
        self.assertIn(b'Authorization.secret.config new: "/webhook_output/', out)
        self.assertNotIn(b"hunter", out + err)

    def test_wrong_use(self):
        for args, says in [(["-p", self.old], b"no playbook was given: --with FILE"), (["--with", self.old], b"no playbook was given: -p FILE"),
                           (["-p", self.old, "--with", self.old, "a", "b"], b"at most one file"),
                           (["-p", "-", "--with", "-", str(ALERTS)], b"stdin was given twice")]:
            _, err = self.expect("diff", *args, code=2, out="", stdin=b"- list: x\n  items: []\n")
            self.assertIn(says, err)
        self.expect("diff", "-p", self.old, "--with", "-", ALERTS, stdin=pathlib.Path(self.old).read_bytes(), out="0 of 12 alerts differ\n")
        self.expect("diff", "-p", self.old, "--with", "/nowhere", ALERTS, code=3, out="")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir explain`: the same verdicts as `plan`, the values beside them, and nothing of an alert that steers a terminal."""
import json
import os
import pty
import subprocess

from harness import ALERTS, ARTICLES, FALCOIR, HOSTILE, QUICKSTART, Case, json_lines, line, main

PLAYBOOK = """\
- list: shells
  items: [bash, sh]
- macro: production
  condition: k8s.ns.name startswith prod- and proc.name in (shells)
- rule: off
  enabled: false
  match_all: true
  actions: [{action: x, use: local:file, parameters: {path: /var/log/x, line: x}}]
- rule: first
  condition: production and not (user.uid = 1 or toupper(proc.name) = BASH or proc.pname exists)
  continue: false
  actions: [{action: x, use: local:file, parameters: {path: /var/log/x, line: x}}]
- rule: second
  match_all: true
  actions: [{action: x, use: local:file, parameters: {path: /var/log/x, line: x}}]
"""


class Explain(Case):
    def setUp(self):
        super().setUp()
        self.playbook = self.file("p.yaml", PLAYBOOK)
        self.alerts = self.file("alerts", ALERTS.read_bytes() + HOSTILE.read_bytes())

    def test_text(self):
        self.expect("explain", "-p", self.playbook, stdin=line() + b"\n" + line({"proc.name": "sh"}, priority="Warning"), err="", out="""\
line 1: Notice Terminal shell in container
  - rule first
    - and
      + and   (macro production)
        + k8s.ns.name startswith prod-   [k8s.ns.name = "prod-web"]
        + proc.name in ("bash", "sh")   [proc.name = "bash"]   (list shells)
      - not
        + or
          - user.uid = 1   [user.uid = 0]
          + toupper(proc.name) = BASH   [proc.name = "bash"; makes "BASH"]
          - proc.pname exists   [proc.pname is absent]
  + rule second
    + match_all
  - rule off, not looked at: it has enabled: false
line 3: Warning Terminal shell in container
  + rule first
    + and
      + and   (macro production)
        + k8s.ns.name startswith prod-   [k8s.ns.name = "prod-web"]
        + proc.name in ("bash", "sh")   [proc.name = "sh"]   (list shells)
      + not
        - or
          - user.uid = 1   [user.uid = 0]
          - toupper(proc.name) = BASH   [proc.name = "sh"; makes "SH"]
          - proc.pname exists   [proc.pname is absent]
  + rule second, not looked at: rule first matches before it and has continue: false
    + match_all
  - rule off, not looked at: it has enabled: false
2 of 2 alerts match a rule
""")
        self.expect("explain", "-p", self.playbook, stdin=b"", out="0 of 0 alerts match a rule\n", err="")

    def test_only_some_rules(self):
        data = line({"proc.name": "sh"})
        out, _ = self.expect("explain", "-p", self.playbook, "--rule", "second", stdin=data)
        self.assertEqual(out.decode().splitlines()[1:], [
            "  + rule second, not looked at: rule first matches before it and has continue: false", "    + match_all",
            "0 of 1 alerts match one of these rules"])
        out, _ = self.expect("explain", "-p", self.playbook, "--rule=off", stdin=data)
        self.assertEqual(out.decode().splitlines()[1:],
                         ["  - rule off, not looked at: it has enabled: false", "0 of 1 alerts match one of these rules"])
        whole = json_lines(self.expect("explain", "--json", "-p", self.playbook, stdin=data)[0])[0]["rules"]
        for names in [["first"], ["second"], ["second", "first"]]:
            some = [a for n in names for a in ["--rule", n]]
            one, = json_lines(self.expect("explain", "--json", "-p", self.playbook, *some, stdin=data)[0])
            self.assertEqual(one["rules"], [r for r in whole if r["rule"] in names])
        one, = json_lines(self.expect("explain", "--json", "-p", self.playbook, "--rule", "off", stdin=data)[0])
        self.assertEqual((one["rules"], one["disabled"]), ([], ["off"]))
        self.expect("explain", "-p", self.playbook, "--rule", "third", stdin=data, code=2, out="",
                    err="falcoir explain: the playbook has no rule 'third'\nTry 'falcoir explain --help'.\n")

    def test_json_is_canonical(self):
        for playbook in [QUICKSTART, ARTICLES, self.playbook]:
            out, _ = self.expect("explain", "--json", "-p", playbook, self.alerts)
            self.assertGreater(len(out.splitlines()), 8)
            for text in out.decode().split("\n")[:-1]:
                one = json.loads(text)
                number = one.pop("line")
                self.assertEqual(f'{{"line":{number},' + json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False)[1:], text)

    def test_the_same_rules_as_in_the_plan(self):
        for playbook in [QUICKSTART, ARTICLES, self.playbook]:
            plans = {p["line"]: p for p in json_lines(self.expect("plan", "--json", "-p", playbook, self.alerts)[0])}
            explained = json_lines(self.expect("explain", "--json", "-p", playbook, self.alerts)[0])
            self.assertGreater(len(plans), 3)
            for one in explained:
                matched = [r["rule"] for r in one["rules"] if r["verdict"] != "false" and "behind" not in r]
                self.assertEqual(matched, [r["rule"] for r in plans.get(one["line"], {"rules": []})["rules"]])

    def test_a_stranger_steers_nothing_and_is_bounded(self):
        evil = "\x1b]0;owned\x07\x9b31m\u202e\u2028\x7f\t|"
        out, _ = self.expect("explain", "-p", self.playbook, stdin=line({"proc.name": evil, "k8s.ns.name": ["prod-" + evil] * 3}, rule=evil))
        for bad in [b"\x1b", b"\x07", b"\xc2\x9b", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\x7f", b"\t"]:
            self.assertNotIn(bad, out)
        self.assertIn(rb'[proc.name = "\u001B]0;owned\u0007\u009b31m\u202e\u2028\x7f\t|"]   (list shells)', out)
        out, _ = self.expect("explain", "-p", self.playbook, stdin=line({"proc.name": "x" * 100000, "k8s.ns.name": ["y"] * 10000}, rule="z" * 100000))
        self.assertLess(max(map(len, out.splitlines())), 1000)
        self.assertIn(b'[proc.name = "' + b"x" * 256 + b'"...', out)

    def test_colour_on_a_terminal_only(self):
        master, slave = pty.openpty()
        done = subprocess.Popen([FALCOIR, "explain", "-p", QUICKSTART, ALERTS], stdin=subprocess.DEVNULL, stdout=slave, env={"PATH": os.environ["PATH"]})
        os.close(slave)
        text = b""
        while True:
            try:
                text += os.read(master, 65536)
            except OSError:
                break
        os.close(master)
        self.assertEqual(done.wait(), 0)
        plain, _ = self.expect("explain", "-p", QUICKSTART, ALERTS)
        self.assertNotIn(b"\x1b", plain)
        self.assertIn(b"\x1b[32m+\x1b[0m rule Shell in production", text)
        for code in [b"\x1b[32m", b"\x1b[31m", b"\x1b[33m", b"\x1b[0m"]:
            text = text.replace(code, b"")
        self.assertEqual(text.replace(b"\r\n", b"\n"), plain)


if __name__ == "__main__":
    main()

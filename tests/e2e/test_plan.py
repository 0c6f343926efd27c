#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir plan`: the same bytes as the library gives, canonical, and the same wherever and whenever it runs."""
import json
import pathlib
import subprocess
import sys

from harness import ALERTS, ARTICLES, HOSTILE, LIBRARY, QUICKSTART, ROOT, Case, json_lines, line, main

SMOKE = ROOT / "tests/abi/smoke.py"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Plan(Case):
    def setUp(self):
        super().setUp()
        self.alerts = self.file("alerts", ALERTS.read_bytes() + HOSTILE.read_bytes())

    def test_json_is_canonical(self):
        for playbook in [QUICKSTART, ARTICLES]:
            out, _ = self.expect("plan", "--json", "-p", playbook, self.alerts)
            self.assertGreater(len(out.splitlines()), 8)
            for text in out.decode().split("\n")[:-1]:
                plan = json.loads(text)
                number = plan.pop("line")  # stands in front, for who reads a batch
                self.assertEqual(f'{{"line":{number},' + canonical(plan)[1:], text)

    def test_the_same_as_the_library(self):
        for playbook in [QUICKSTART, ARTICLES]:
            out, _ = self.expect("plan", "--json", "-p", playbook, self.alerts)
            done = subprocess.run([sys.executable, SMOKE, LIBRARY, playbook, self.alerts], capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(done.stdout, out)

    def test_deterministic(self):
        first, _ = self.expect("plan", "--json", "-p", ARTICLES, "-p", QUICKSTART, self.alerts)
        for env in [{}, {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "C"}, {"TZ": "Asia/Kolkata"},
                    {"TZ": "America/New_York", "LANG": "fr_FR.UTF-8"}, {"MALLOC_PERTURB_": "165"}, {"AWS_SECRET_ACCESS_KEY": "hunter2"}]:
            self.expect("plan", "--json", "-p", ARTICLES, "-p", QUICKSTART, self.alerts, out=first, env=env)
        pretty = b"\n".join(json.dumps(json.loads(l), indent=1).encode() for l in pathlib.Path(self.alerts).read_bytes().splitlines())
        other, _ = self.expect("plan", "--json", "-p", ARTICLES, "-p", QUICKSTART, stdin=pretty)

        def without_line(text):
            return [{k: v for k, v in p.items() if k != "line"} for p in json_lines(text)]
        self.assertEqual(without_line(other), without_line(first))

    def test_text(self):
        out, _ = self.expect("plan", "-p", QUICKSTART, stdin=line() + line(rule="Else") + b"\n" + line())
        text = out.decode()
        self.assertEqual(text.splitlines()[-1], "2 of 3 alerts have a plan")
        self.assertEqual([l for l in text.splitlines() if l.startswith("line ")],
                         ["line 1: Notice Terminal shell in container", "line 4: Notice Terminal shell in container"])
        self.assertIn('  rule Shell in production (urgency high)\n    tell_the_on_call  http:webhook  Tell the on-call\n', text)
        self.expect("plan", "-p", QUICKSTART, stdin=b"", out="0 of 0 alerts have a plan\n", err="")
        self.expect("plan", "--json", "-p", QUICKSTART, stdin=line(rule="Else"), out="", err="")

    def test_a_bad_line_is_told_and_passed_over(self):
        good, _ = self.expect("plan", "--json", "-p", QUICKSTART, stdin=b"\n" + line())
        out, err = self.expect("plan", "--json", "-p", QUICKSTART, stdin=b"{}\n" + line())
        self.assertEqual(out, good)
        self.assertIn(b"falcoir plan: stdin:1: ", err)

    def test_stats(self):
        out, _ = self.expect("plan", "--stats", "-p", QUICKSTART, "-p", ARTICLES, stdin=line() + line(rule="Else") + line())
        self.assertEqual(out.decode().splitlines(), [
            "  alerts    steps  refused undecided observed  rule",
            "       2        2        0         0        0  Shell in production",
            "       3        3        0         0        0  output:webhook",
            "       3        3        0         0        0  output:sns",
            "       0        0        0         0        0  output:admission_controller",
            "3 of 3 alerts have a plan"])
        out, _ = self.expect("plan", "--stats", "--json", "-p", QUICKSTART, stdin=line() + line(rule="Else"))
        self.assertEqual(out, b'{"alerts":1,"observed":0,"refused":0,"rule":"Shell in production","steps":1,"undecided":0}\n')

    def test_a_refused_step(self):
        playbook = self.file("p.yaml", '- rule: r\n  match_all: true\n  actions:\n    - {action: a, use: http:webhook, parameters: '
                                       '{url: "https://x.example/{{proc.nothing | required}}"}}\n')
        out, _ = self.expect("plan", "-p", playbook, stdin=line())
        self.assertIn(b"        refused: ", out)
        one, = json_lines(self.expect("plan", "--json", "-p", playbook, stdin=line())[0])
        step = one["rules"][0]["steps"][0]
        self.assertEqual(set(step["error"]), {"code", "message"})
        self.assertNotIn("parameters", step)

    def test_what_an_alert_says_is_no_template(self):
        evil = '{{output}} {{steps.x.output}} ${AWS_SECRET_ACCESS_KEY} {"secret":{"env":"AWS_SECRET_ACCESS_KEY"}} {{secret.env.X}}'
        playbook = self.file("p.yaml", '- rule: r\n  match_all: true\n  actions:\n    - {action: a, use: http:webhook, parameters: '
                                       '{url: "https://x.example/", body: \'{"a": "{{proc.cmdline}}", "b": {{proc.cmdline}}}\'}}\n')
        out, _ = self.expect("plan", "--json", "-p", playbook, stdin=line({"proc.cmdline": evil}),
                             env={"AWS_SECRET_ACCESS_KEY": "hunter2", "X": "hunter2"})
        self.assertNotIn(b"hunter2", out)
        body = json.loads(json_lines(out)[0]["rules"][0]["steps"][0]["parameters"]["body"]["v"])
        self.assertEqual(body, {"a": evil, "b": evil})


if __name__ == "__main__":
    main()

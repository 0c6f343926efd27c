#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""falcoir-bench: what it counts is exact, what it times is there."""
import json
import os
import subprocess
import unittest

from harness import ALERTS, BUILD, EXAMPLES, HOSTILE, QUICKSTART, Case, line, main

BENCH = str(BUILD / "tools/falcoir-bench")


class Bench(Case):
    def bench(self, *args):
        done = subprocess.run([BENCH, *map(os.fsencode, map(str, args))], capture_output=True, timeout=60)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def figures(self, *args):
        code, out, err = self.bench(*args, "--json")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.count("\n"), 1)
        return json.loads(out)

    def test_counts_what_falcoir_plans(self):
        for alerts in (ALERTS, HOSTILE):
            for playbook in (QUICKSTART, EXAMPLES / "playbooks/talon.yaml"):
                with self.subTest(alerts=alerts.name, playbook=playbook.name):
                    f = self.figures("--corpus", alerts, "--playbook", playbook, "--rounds", 2)
                    _, out, _ = self.command("plan", "--json", "-p", playbook, alerts)
                    plans = [json.loads(x) for x in out.splitlines()]
                    plans = [x for x in plans if "error" not in x]
                    self.assertEqual(f["planned"], len(plans))
                    self.assertEqual(f["hits"], sum(len(x["rules"]) for x in plans))
                    self.assertEqual(f["rounds"], 2)

    def test_phases(self):
        corpus = self.file("a.ndjson", line() * 3 + b"no alert\n")
        f = self.figures("--corpus", corpus, "--playbook", QUICKSTART)
        self.assertEqual((f["alerts"], f["refused"], f["rounds"]), (3, 1, 20))
        self.assertEqual(f["bytes"], 3 * (len(line()) - 1))
        self.assertEqual(set(f["phases"]), {"read", "evaluate", "write", "whole"})
        for phase in f["phases"].values():
            self.assertGreater(phase["alerts_per_second"], 0)
            self.assertLessEqual(phase["p50_ns"], phase["p99_ns"])
            self.assertLessEqual(phase["p99_ns"], phase["max_ns"])
        self.assertTrue(f["instructions"] is None or f["instructions"] > 1000)

    def test_an_envelope_with_several_alerts(self):
        corpus = self.file("a.json", b"[" + line().strip() + b"," + line().strip() + b"]")
        self.assertEqual(self.figures("--corpus", corpus, "--playbook", QUICKSTART, "--rounds", 1)["alerts"], 2)

    def test_text(self):
        code, out, _ = self.bench("--corpus", ALERTS, "--playbook", QUICKSTART, "--rounds", 1)
        self.assertEqual(code, 0)
        self.assertIn("12 alerts, ", out)
        self.assertRegex(out, r"(?m)^whole +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+$")
        self.assertRegex(out, r"(?m)^([0-9]+ instructions an alert|instructions: not available .*)$")

    def test_wrong_use(self):
        for args in ((), ("--corpus", ALERTS), ("--playbook", QUICKSTART), ("--corpus", ALERTS, "--playbook", QUICKSTART, "x"),
                     ("--corpus", ALERTS, "--playbook", QUICKSTART, "--rounds", "0"), ("--nothing",)):
            with self.subTest(args=args):
                code, out, err = self.bench(*args)
                self.assertEqual((code, out), (2, ""))
                self.assertIn("usage: falcoir-bench", err)
        wrong = self.file("p.yaml", "- rule: R\n  condition: name = \n")
        self.assertEqual(self.bench("--corpus", ALERTS, "--playbook", wrong)[0], 2)

    def test_impossible(self):
        self.assertEqual(self.bench("--corpus", "/nowhere", "--playbook", QUICKSTART)[0], 3)
        self.assertEqual(self.bench("--corpus", ALERTS, "--playbook", "/nowhere")[0], 3)
        self.assertEqual(self.bench("--corpus", self.file("none", "x\n"), "--playbook", QUICKSTART)[0], 3)


if __name__ == "__main__":
    main()

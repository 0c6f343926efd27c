#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions an alert of `falcoir plan --json`, its output written: command.py FALCOIR MIXES

The difference between a run over 1,200 alerts and one over the first 200 of them, so that starting and loading do not count. With
one rule a tenant few alerts are hit; the broad playbook shows what hits cost, and more than its known miss is a failure. Exit code 77 (skipped)
without valgrind.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = [("tenant", 100, 20000, 20000), ("tenant", 1000, 28000, 28000), ("broad", 100, 20000, 29500)]  # mix, rules, budget, known


def count(falcoir, playbook, alerts, folder):
    """Instructions of one run, and how many plans it wrote."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder / 'out'}", falcoir, "plan", "--json", "-p", playbook, alerts],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"valgrind failed: {done.stderr.strip().splitlines()[-1]}")
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), done.stdout.count("\n")


def main():
    falcoir, mixes = sys.argv[1:3]
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed")
        return 77
    over = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = folder / "few.ndjson", folder / "many.ndjson"
        lines = subprocess.check_output([mixes, "alerts", "1200"]).splitlines(keepends=True)
        few.write_bytes(b"".join(lines[:200]))
        many.write_bytes(b"".join(lines))
        for mix, rules, budget, known in CASES:
            playbook = folder / f"{mix}_{rules}.yaml"
            playbook.write_bytes(subprocess.check_output([mixes, mix, str(rules)]))
            first, _ = count(falcoir, playbook, few, folder)
            all_of_them, plans = count(falcoir, playbook, many, folder)
            each = (all_of_them - first) / 1000
            verdict = "ok" if each <= budget else f"MISSED (known: at most {known})" if each <= known else "OVER"
            print(f"{mix:6} {rules:6} rules {each:8.0f} instructions an alert  budget {budget} {verdict}  "
                  f"{plans} of 1200 alerts hit", flush=True)
            over = over or each > known
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

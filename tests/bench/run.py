#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs bench programs and prints each case's figure and budget.

usage: run.py PROGRAM...

Instructions a run are counted by callgrind and decide: one case over its budget, and the exit code is 1. A budget whose miss is known
is shown as MISSED, with how much more it may be until it is met; beyond that the exit code is 1 too. Times are printed beside
their aim and decide nothing, since they wobble. Exit code 77 (skipped) without valgrind.
"""
import re
import shutil
import subprocess
import sys
import tempfile


def instructions(program, case, runs):
    """Instructions of one run of a case. A program that was built without valgrind's headers does not tell it when to begin."""
    return count(program, case, "--instr-atstart=no") / runs or count(program, case, "--instr-atstart=yes") / runs


def count(program, case, begin):
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", begin, "--toggle-collect=bench_counted", f"--callgrind-out-file={out.name}",
             program, "--count", case],
            capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program}: valgrind failed: {done.stderr.strip().splitlines()[-1]}")
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def run(program):
    """Prints the figures of one program; the number of cases over budget."""
    cases = [line.split("\t") for line in subprocess.check_output([program, "--list"], text=True).splitlines()]
    times = dict(line.split("\t") for line in subprocess.check_output([program, "--time"], text=True).splitlines())
    over = 0
    for name, budget, reference, ratio, aim, runs, known in cases:
        count, budget, ns = instructions(program, name, int(runs)), float(budget), float(times[name])
        verdict = "" if budget == 0 else "ok" if count <= budget else "MISSED" if count <= float(known) else "OVER"
        over += verdict == "OVER"
        text = f"{name:24} {count:10.0f} instructions  budget {budget:8.0f} {verdict:6}  {ns:8.0f} ns"
        if verdict == "MISSED":
            text += f"  (known: at most {float(known):.0f})"
        if float(aim) != 0:
            text += f" (aim {aim})"
        if reference != "-":
            text += f"  {float(times[reference]) / ns:.1f} times as fast as {reference}"
            text += f" (aim {ratio})" if float(ratio) != 0 else ""
        print(text, flush=True)
    return over


def main():
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed")
        return 77
    return 1 if sum(run(program) for program in sys.argv[1:]) != 0 else 0


if __name__ == "__main__":
    sys.exit(main())

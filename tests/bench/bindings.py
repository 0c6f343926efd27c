#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A batch of 1,000 alerts planned from C, Python and Go, in turns: bindings.py BATCH [BATCHGO]

Prints each one's fastest run, and how many times C's that is. More than 1.5 times, and the exit code is 1. Python finds falcoir by
PYTHONPATH and FALCOIR_LIBRARY.
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
ALERTS, TURNS, RUNS, MOST = 1000, 5, 12, 1.5


def fastest(command, playbook, alerts):
    return [int(n) for n in subprocess.check_output([*command, playbook, alerts, str(RUNS)], text=True).split()]


def main(batch, *more):
    sides = {"C": [batch], "Python": [sys.executable, HERE / "batch.py"]}
    if more:
        sides["Go"] = [more[0]]
    lines = (EXAMPLES / "alerts/falco.ndjson").read_bytes().splitlines(keepends=True)
    over = 0
    with tempfile.NamedTemporaryFile() as alerts:
        alerts.write(b"".join(lines[i % len(lines)] for i in range(ALERTS)))
        alerts.flush()
        for name in ("quickstart", "record"):
            best = {}
            for _ in range(TURNS):
                for side, command in sides.items():
                    for call, ns in zip(("lines", "plans"), fastest(command, EXAMPLES / f"playbooks/{name}.yaml", alerts.name)):
                        best[side, call] = min(ns, best.get((side, call), ns))
            c = best["C", "lines"]
            for (side, call), ns in best.items():
                ratio = ns / c
                over += ratio > MOST
                print(f"{name:12} {side:7} {call}  {ns / 1e6:7.2f} ms for {ALERTS} alerts, {ratio:.2f} times C's (at most {MOST})"
                      f"{'  OVER' if ratio > MOST else ''}", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints llvm-cov's summary of lib/: files, modules, totals; fails below the bounds."""
import json
import re
import sys

BOUNDS = [  # what of lib/, kind, percent at least
    ("all", r"", "lines", 95),
    ("all", r"", "branches", 90),
    ("sinks", r"template/sink.*", "branches", 100),
]


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        files = json.load(f)["data"][0]["files"]
    lib = sys.argv[2] + "lib/"
    rows = {}
    for file in files:
        if file["filename"].startswith(lib):
            name, s = file["filename"][len(lib):], file["summary"]
            rows[name] = {kind: (s[kind]["covered"], s[kind]["count"]) for kind in ("lines", "branches", "functions")}

    def add(names, kind):
        return tuple(sum(rows[n][kind][i] for n in names) for i in (0, 1))

    def percent(pair):
        return 100.0 * pair[0] / pair[1] if pair[1] else 100.0

    def show(title, names):
        lines, branches, functions = (add(names, k) for k in ("lines", "branches", "functions"))
        print(f"{title:34} {lines[1]:6} {lines[1] - lines[0]:6} {percent(lines):7.2f} {branches[1]:7}"
              f" {branches[1] - branches[0]:6} {percent(branches):7.2f} {functions[1] - functions[0]:6}")

    print(f"{'':34} {'lines':>6} {'missed':>6} {'%':>7} {'branches':>7} {'missed':>6} {'%':>6} {'uncalled':>6}")
    for name in sorted(rows):
        show(name, [name])
    print()
    for module in sorted({n.split("/")[0] for n in rows}):
        show(module + "/", [n for n in rows if n.startswith(module + "/")])
    show("all of lib/", list(rows))

    code = 0
    for title, pattern, kind, least in BOUNDS:
        names = [n for n in rows if not pattern or re.fullmatch(pattern, n)]
        pair = add(names, kind)
        below = percent(pair) < least
        print(f"{title}: {percent(pair):.2f} % of {kind} ({pair[0]} of {pair[1]}), at least {least} %{': BELOW' if below else ''}")
        code = 1 if below or not names else code
    return 0 if "--no-bounds" in sys.argv else code


sys.exit(main())

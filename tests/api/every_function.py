#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each public function is called by a test of this folder: a new one without a test fails here."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main():
    names = re.findall(r"^\s+(fir_\w+);", (HERE.parents[1] / "lib/falcoir.map").read_text(), re.M)
    text = "\n".join(p.read_text() for p in sorted(HERE.glob("*.[ch]")))
    missing = [n for n in names if not re.search(rf"\b{n}\(", text)]
    print("\n".join(f"no test calls {n}" for n in missing) or f"all {len(names)} functions are called")
    return 1 if missing or not names else 0


if __name__ == "__main__":
    sys.exit(main())

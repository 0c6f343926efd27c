#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the blocks of Python that docs/python.md shows, in order, as one program. falcoir must be importable."""
import os
import pathlib
import re
import sys
import tempfile

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/python.md"
text = PAGE.read_text()
names, blocks = {"__name__": "page"}, list(re.finditer(r"^```python\n(.*?)^```", text, flags=re.S | re.M))
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for block in blocks:
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block.group(1), str(PAGE), "exec"), names)
    os.chdir("/")
print(f"{len(blocks)} blocks were run")
sys.exit(len(blocks) < 6)

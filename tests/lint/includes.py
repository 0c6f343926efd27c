#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads every #include of lib/ and tools/ and fails on an arrow that the layering does not allow (docs/internals.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A module may include these, and what these may include.
MAY = {
    "base": [],
    "json": ["base"],
    "yaml": ["base"],
    "field": ["base"],
    "event": ["json"],
    "expr": ["field"],
    "index": ["expr"],
    "template": ["json", "field"],
    "catalog": ["yaml", "template"],
    "playbook": ["index", "catalog"],
    "match": ["playbook", "event"],
    "plan": ["match"],
    "gate": ["plan"],
    "secret": ["base"],
    "transport": ["secret"],
    "store": ["json"],
    "action": ["catalog", "plan", "transport"],
    "engine": ["action", "store", "gate"],
}

# A library's headers stand in one module only.
HOME = {
    "jansson.h": None,  # the command's and the tests'; the library reads JSON itself
    "yaml.h": "yaml",
    "pcre2.h": "expr",
    "curl/": "transport",
    "sqlite3.h": "store",
    "openssl/": "base",
}


def reach(module):
    """All modules that `module` may include, itself too."""
    seen, todo = set(), [module]
    while todo:
        m = todo.pop()
        if m not in seen:
            seen.add(m)
            todo += MAY[m]
    return seen


def main():
    wrong = []
    for path in sorted((ROOT / "lib").rglob("*.[ch]")):
        module = path.relative_to(ROOT / "lib").parts[0]
        if module not in MAY:
            wrong.append(f"{path}: module {module} is not in the table of {__file__}")
            continue
        allowed = reach(module)
        for n, line in enumerate(path.read_text().splitlines(), 1):
            m = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
            if not m:
                continue
            kind, name = m.groups()
            at = f"{path.relative_to(ROOT)}:{n}"
            if kind == '"':
                target = name.split("/")[0]
                if "/" in name and target not in allowed:
                    wrong.append(f"{at}: {module} may not include {name}")
                elif "/" not in name:
                    wrong.append(f"{at}: write the module's folder: \"{module}/{name}\"")
            for header, home in HOME.items():
                if kind == "<" and name.startswith(header) and module != home:
                    # The transport reads certificates through the TLS library that libcurl uses.
                    if header == "openssl/" and module == "transport":
                        continue
                    wrong.append(f"{at}: {name} belongs in lib/{home} only" if home else f"{at}: {name} has no place in lib/")
    for path in sorted((ROOT / "include").rglob("*.h")):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            m = re.match(r'\s*#\s*include\s+["<]([^">]+)', line)
            if m and not m.group(1).startswith("falcoir/") and m.group(1) not in ("stddef.h", "stdint.h"):
                wrong.append(f"{path.relative_to(ROOT)}:{n}: a public header may not include {m.group(1)}")
    for path in sorted((ROOT / "tools").glob("*.[ch]")):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if m and "/" in m.group(1):
                wrong.append(f"{path.relative_to(ROOT)}:{n}: the command sees public headers only")
    print("\n".join(wrong) or "includes keep to the layers")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

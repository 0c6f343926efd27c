#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the public headers say to a compiler, as JSON: sizes and offsets of all structs, values of all constants, names of all functions.

usage: layout.py INCLUDE... > layout.json

It writes a C program that prints them, from the names in the headers. Needs cc.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def code():
    """The headers without comments."""
    paths = sorted((ROOT / "include").rglob("*.h"))
    return "\n".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in paths)


def members(body):
    """Names of a struct's members."""
    names = []
    for declaration in body.split(";"):
        function = re.search(r"\(\*(\w+)\)\s*\(", declaration)
        if function:
            names.append(function.group(1))
        elif declaration.strip():
            first, *more = declaration.split(",")
            names += [re.search(r"(\w+)\s*(\[\w+\])?\s*$", one).group(1) for one in (first, *more)]
    return names


def main(includes):
    text = code()
    structs = {name: members(body) for name, body in re.findall(r"typedef struct (fir_\w+) \{(.*?)\}\s*\1;", text, flags=re.S)}
    constants = re.findall(r"^\s*(FIR_[A-Z0-9_]+)\s*=", text, flags=re.M) + ["FIR_WHOLE", "FIR_VERSION_NUM", "FIR_AT_ALERTS"]
    functions = sorted(set(re.findall(r"FIR_API\s+[^;]*?\b(fir_\w+)\s*\(", text)))
    lines = ["#include <falcoir/falcoir.h>", "#include <stdio.h>", "int main(void) {", 'printf("{\\"structs\\":{");']
    for i, (name, fields) in enumerate(structs.items()):
        lines.append(f'printf("{"," if i else ""}\\"{name}\\":{{\\"size\\":%zu,\\"fields\\":{{", sizeof({name}));')
        for k, field in enumerate(fields):
            lines.append(f'printf("{"," if k else ""}\\"{field}\\":[%zu,%zu]", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));')
        lines.append('printf("}}");')
    lines.append('printf("},\\"constants\\":{");')
    for i, name in enumerate(constants):
        lines.append(f'printf("{"," if i else ""}\\"{name}\\":%lld", (long long){name});')
    lines += ['printf("}}");', "return 0;", "}"]
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder, "layout.c"), pathlib.Path(folder, "layout")
        source.write_text("\n".join(lines))
        subprocess.run(["cc", *(f"-I{path}" for path in includes), source, "-o", program], check=True)
        out = json.loads(subprocess.run([program], capture_output=True, check=True).stdout)
    out["functions"] = functions
    json.dump(out, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1:] or [ROOT / "include"])

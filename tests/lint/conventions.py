#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of the code that a compiler does not know: banned calls, names, sizes, documented public functions."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Calls that a library in other people's processes does not make; with the files that have a reason.
BANNED = {
    "getenv": {"lib/secret/secret.c"},
    "setlocale": set(),
    "signal": set(),
    "sigaction": {"lib/action/process/spawn.c"}, # in the new process only
    "exit": set(),
    "abort": set(),
    "printf": set(),
    "fprintf": set(),
    "puts": set(),
    "putchar": set(),
    "perror": set(),
    "strcpy": set(),
    "strcat": set(),
    "sprintf": set(),
    "vsprintf": set(),
    "gets": set(),
    "strtok": set(),
    "malloc": {"lib/base/alloc.c"},
    "calloc": set(),
    "realloc": {"lib/base/alloc.c"},
    "free": {"lib/base/alloc.c"},
    "json_set_alloc_funcs": set(),
    "curl_global_init_mem": set(),
    "curl_global_cleanup": set(),
    "system": set(),
    "popen": set(),
    "getservbyname": set(),
}

MOST_FILE, MOST_FUNCTION, MOST_BRANCHES = 900, 100, 25


def strip(text):
    """The text without comments and literals, line structure kept."""
    keep_lines = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', keep_lines, text, flags=re.S)


def banned_calls():
    for path in sorted((ROOT / "lib").rglob("*.[ch]")):
        name = str(path.relative_to(ROOT))
        for n, line in enumerate(strip(path.read_text()).splitlines(), 1):
            for call, allowed in BANNED.items():
                if re.search(rf"(?<![\w.>]){call}\s*\(", line) and name not in allowed:
                    yield f"{name}:{n}: {call}() has no place in the library"


def sizes():
    for folder in ("lib", "tools", "include", "tests"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            lines = path.read_text().splitlines()
            name = path.relative_to(ROOT)
            if len(lines) > MOST_FILE and "Made by" not in "\n".join(lines[:4]):
                yield f"{name}: {len(lines)} lines, at most {MOST_FILE}"
    sources = [str(p) for p in list((ROOT / "lib").rglob("*.c")) + list((ROOT / "tools").glob("*.c"))]
    try:
        out = subprocess.run(["pmccabe", *sources], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        print("pmccabe is not here: sizes of functions were not checked")
        return
    for line in out.splitlines():
        parts = line.split("\t")
        if len(parts) < 6:
            continue
        branches, length, where = int(parts[0]), int(parts[4]), "\t".join(parts[5:])
        if branches > MOST_BRANCHES or length > MOST_FUNCTION:
            yield f"{where.replace(str(ROOT) + '/', '')}: {branches} branches, {length} lines"


def public_comments():
    """Each public function is described: Since, and Threads unless a group's comment said it."""
    for path in sorted((ROOT / "include").rglob("*.h")):
        text = path.read_text()
        for m in re.finditer(r"FIR_API\s+[^;]*?\b(fir_\w+)\s*\(", text):
            before = text[: m.start()].rstrip()
            described = before.endswith("*/")
            if not described:
                yield f"{path.relative_to(ROOT)}: {m.group(1)} has no comment"
                continue
            comment = before[before.rfind("/**") :]
            if "sys/" not in str(path) and "Since" not in comment:
                yield f"{path.relative_to(ROOT)}: {m.group(1)}: the comment does not say since when"


def scalars_only():
    """Public functions and vtables give and take scalars and pointers: no struct, union or enum by value, nothing variadic."""
    for path in sorted((ROOT / "include").rglob("*.h")):
        text = strip(path.read_text())
        handed = [m.group(0) for m in re.finditer(r"FIR_API\s+[^;]*;", text)]
        handed += [m.group(0) for m in re.finditer(r"(?:typedef )?[\w \*]+\(\*\w+\)\([^;]*\);", text)]
        for one in handed:
            by_value = re.search(r"\b(?:fir_(?!int)\w+|enum \w+|struct \w+)\s+(?![*(])\w+\s*[,()]", re.sub(r"\bfir_\w+_fn\b", "", one))
            if by_value or "..." in one:
                yield f"{path.relative_to(ROOT)}: by value: {' '.join(one.split())}"


def licences():
    for folder in ("lib", "tools", "include", "tests", "examples", "bindings"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".h", ".py", ".go", ".cc") and path.is_file() and "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:400]:
                yield f"{path.relative_to(ROOT)}: no SPDX line"


def main():
    wrong = [*banned_calls(), *sizes(), *public_comments(), *scalars_only(), *licences()]
    print("\n".join(wrong) or "conventions are kept")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

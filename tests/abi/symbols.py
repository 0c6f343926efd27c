#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The symbol list lib/falcoir.map is the single truth: the headers declare it, the shared library exports it, nothing else is global.
Also: no writable global but those listed here with a reason.

usage: symbols.py libfalcoir.so libfalcoir.a"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Writable data of the library.
WRITABLE = {
    "global_once": "libcurl wants one curl_global_init per process, before its first use: lib/transport/curl.c",
    "global_result": "what that one call answered",
}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(shared, static):
    wrong = []
    text = (ROOT / "lib/falcoir.map").read_text()
    listed = re.findall(r"^\s+(fir_\w+);", text, flags=re.M)
    if listed != sorted(listed) or len(set(listed)) != len(listed):
        wrong.append("lib/falcoir.map is not sorted, or names a symbol twice")

    declared = set()
    for path in (ROOT / "include").rglob("*.h"):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        declared |= set(re.findall(r"FIR_API\s+[^;]*?\b(fir_\w+)\s*\(", code))
    exported = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", shared).splitlines()}
    exported -= {"FALCOIR_0"}
    for what, names in (("headers", declared), (shared, exported)):
        for name in sorted(names - set(listed)):
            wrong.append(f"{name} is in {what} and not in lib/falcoir.map")
        for name in sorted(set(listed) - names):
            wrong.append(f"{name} is in lib/falcoir.map and not in {what}")

    for line in run("nm", "--defined-only", "--extern-only", static).splitlines():
        parts = line.split()
        if len(parts) == 3 and not re.match(r"fir_", parts[2]) and not parts[2].startswith(("__asan", "__odr", "__gcov", "__ubsan")):
            wrong.append(f"the static library's {parts[2]} lacks the prefix fir_")

    for line in run("objdump", "-t", static).splitlines():
        m = re.match(r"^[0-9a-f]+ .{7} (\.data|\.bss|\.tdata|\.tbss|COMMON)(\.\S*)?\t[0-9a-f]+ (?:\.hidden )?(\S+)", line)
        if m and not (m.group(2) or "").startswith(".rel.ro") and not m.group(3).startswith("."):
            name = re.sub(r"\.\d+$", "", m.group(3))
            if name not in WRITABLE:
                wrong.append(f"{name} is a writable global")
    print("\n".join(wrong) or f"{len(listed)} symbols, no writable global")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

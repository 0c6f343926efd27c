#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What C plans, for Python and Go to plan again byte for byte: plans.py FALCOIR FOLDER

The folder gets alerts.ndjson, and for each of the examples' playbooks and of tests/conformance/playbooks-good.jsonl the files
NAME.1.yaml, NAME.2.yaml, … and NAME.plans, which `falcoir plan --json` printed for them.
"""
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(falcoir, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    alerts = b"".join((ROOT / "examples/alerts" / name).read_bytes() for name in ("falco.ndjson", "hostile.ndjson"))
    for line in (ROOT / "tests/conformance/example-events.jsonl").read_text().splitlines():
        alerts += json.loads(line)["event"].encode() + b"\n"
    alerts += b'{"rule": nonsense}\n[]\n{"rule":"a","rule":"b"}\n' + (ROOT / "examples/alerts/plain.txt").read_bytes()
    (folder / "alerts.ndjson").write_bytes(alerts)
    books = {path.stem: [path.read_text()] for path in sorted((ROOT / "examples/playbooks").glob("*.yaml"))}
    for n, line in enumerate((ROOT / "tests/conformance/playbooks-good.jsonl").read_text().splitlines(), 1):
        books[f"good-{n}"] = json.loads(line)["yaml"]
    plans = 0
    for name, texts in books.items():
        files = [folder / f"{name}.{n}.yaml" for n in range(1, len(texts) + 1)]
        for path, text in zip(files, texts):
            path.write_text(text)
        named = [part for path in files for part in ("-p", path)]
        done = subprocess.run([falcoir, "plan", "--json", *named, folder / "alerts.ndjson"], capture_output=True, check=False)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"{name}: {done.stderr.decode()}")
        (folder / f"{name}.plans").write_bytes(done.stdout)
        plans += done.stdout.count(b"\n")
    print(f"{len(books)} playbooks, {plans} plans")
    sys.exit(plans < 100)


if __name__ == "__main__":
    main(*sys.argv[1:])

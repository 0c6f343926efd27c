#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command over alerts of a real Falco: all of them are read, and `filter` prints exactly the lines that Falco would match."""
import concurrent.futures
import glob
import json
import os
import pathlib

from harness import VECTORS, Case, main, needs_vectors

# Falco judged the live event, an alert has what was printed: where one of these was printed, the verdicts must agree; elsewhere,
# what is found to match must match. (Of a process's ancestors only one was printed.)
PRINTED = {"fd.ip": ["fd.cip", "fd.sip"], "fd.net": ["fd.cip", "fd.sip"], "fd.port": ["fd.cport", "fd.sport"],
           "fd.proto": ["fd.cport", "fd.sport"], "proc.aname": [], "proc.apid": [], "fs.path.name": ["fs.path.name"],
           "evt.is_io_write": ["evt.is_io_write"], "syscall.type": ["syscall.type"]}


def read(name):
    return pathlib.Path(VECTORS, name).read_bytes()


@needs_vectors
class Vectors(Case):
    def matched(self, expr, path, lines):
        """Numbers of the lines that `falcoir filter` prints."""
        code, out, err = self.command("filter", "--", expr, path)
        printed = out.splitlines()
        self.assertEqual((code, err), (0 if printed else 1, b""), expr)
        found, at = [], 0
        for one in printed:  # in order, and the bytes of the input
            at = lines.index(one, at) + 1
            found.append(at)
        return found

    def each(self, name):
        path = VECTORS + "/real-falco/real_eval_events.ndjson"
        lines = read("real-falco/real_eval_events.ndjson").splitlines()
        self.assertEqual((len(lines), len(set(lines))), (300, 300))
        cases = [json.loads(l) for l in read("real-falco/" + name).splitlines()]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for case, found in zip(cases, pool.map(lambda c: self.matched(c["expr"], path, lines), cases)):
                yield case, found, lines

    def test_conditions(self):
        n = 0
        for case, found, _ in self.each("eval_matrix.jsonl"):
            self.assertEqual(found, case["true_lines"], case["expr"])
            n += 1
        self.assertEqual(n, 160)

    def test_fields_that_look_at_several_values(self):
        n = quirks = 0
        for case, found, lines in self.each("eval_matrix_live_only.jsonl"):
            if "upstream_quirk" in case:
                quirks += 1
                continue
            first, last = case["over_lines"]
            wanted = [l for l in case["true_lines"] if first <= l <= last]
            fields = PRINTED.get(case["expr"].split(" ")[0])
            told = [l for l in range(first, last + 1)
                    if fields is None or any(json.loads(lines[l - 1])["output_fields"].get(f) is not None for f in fields)]
            found = [l for l in found if first <= l <= last]
            self.assertEqual([l for l in found if l in told], [l for l in wanted if l in told], case["expr"])
            self.assertLessEqual(set(found), set(wanted), case["expr"])
            n += 1
        self.assertEqual((n, quirks), (35, 8))

    def test_all_alerts_are_read(self):
        files = sorted(glob.glob(VECTORS + "/real-falco/*.ndjson") + glob.glob(VECTORS + "/real-falco/plain_text*.txt"))
        self.assertGreater(len(files), 30)
        total = 0
        for path in files:
            data = pathlib.Path(path).read_bytes()
            lines = data.splitlines()
            if "metrics_file_output" in path:  # no alerts
                _, err = self.expect("filter", "--count", "priority exists", path, code=1, out="0\n")
                self.assertEqual(err.count(b"\n"), len(lines) + 1)
                continue
            self.expect("filter", "priority exists", path, out=data if data.endswith(b"\n") else data + b"\n", err="")
            self.expect("filter", "--count", "--strict", "priority exists", path, out=f"{len(lines)}\n", err="")
            out, err = self.expect("render", "{{event.json}}", path, err="")
            self.assertEqual(len(out.splitlines()), len(lines), path)
            total += len(lines)
        self.assertGreater(total, 2000)

    def test_every_kind_of_alert(self):
        kinds = [json.loads(l) for l in read("example-events.jsonl").splitlines()]
        self.assertEqual(len(kinds), 13)
        for kind in kinds:
            self.expect("filter", "priority exists", stdin=kind["event"].encode(), out=kind["event"].strip().encode() + b"\n", err="")
        data = "\n".join(k["event"] for k in kinds).encode()
        self.expect("filter", "--count", "priority exists", stdin=data, out="13\n", err="")

    def test_json_of_real_alerts_is_itself(self):
        """Falco writes keys sorted: the canonical form of such an alert is what it wrote, numbers included."""
        path = VECTORS + "/real-falco/syscall_broad.ndjson"
        data = pathlib.Path(path).read_bytes()
        out, _ = self.expect("render", "--sink", "json", "{{event.json}}", path)
        for given, got in zip(data.splitlines(), out.splitlines()):
            self.assertEqual(json.loads(given), json.loads(got))


if __name__ == "__main__":
    main()

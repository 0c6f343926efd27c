#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signed webhooks against the verifier that the authors of Standard Webhooks publish ($FALCOIR_STANDARDWEBHOOKS, an npm package)."""
import json
import os
import shutil
import subprocess
import sys

from harness import Case, line, main
from test_run import Peer

PACKAGE = os.environ.get("FALCOIR_STANDARDWEBHOOKS")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VERIFY = """
const {Webhook} = require(process.argv[1]);
const {secret, body, headers} = JSON.parse(require("fs").readFileSync(0));
try { new Webhook(secret).verify(body, headers); console.log("good"); } catch (e) { console.log("bad: " + e.message); }
"""


class Signed(Case):
    def verify(self, request, secret=SECRET, body=None):
        headers = {k.lower(): v for k, v in request["headers"].items()}
        text = json.dumps({"secret": secret, "body": (body or request["body"]).decode(), "headers": headers})
        done = subprocess.run(["node", "-e", VERIFY, PACKAGE], input=text, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_a_verifier_agrees(self):
        peer = Peer(500, 200)
        self.addCleanup(peer.close)
        playbook = self.file("p.yaml", f"webhook_output: {{enabled: true, url: '{peer.url}/x', sign: {{secret: {{env: SIGNING}}}}}}\n")
        code, out, err = self.command("run", "-p", playbook, stdin=line({"proc.cmdline": "sh -c 'é\x1b\"'"}), env={"SIGNING": SECRET})
        self.assertEqual(code, 0, (out, err))
        self.assertEqual(peer.wait_for(2), 2)
        for request in peer.requests:
            self.assertEqual(self.verify(request), "good")
            self.assertTrue(self.verify(request, secret="whsec_" + "A" * 32).startswith("bad"))
            self.assertTrue(self.verify(request, body=request["body"] + b" ").startswith("bad"))
            self.assertEqual(request["headers"]["webhook-id"], request["headers"]["Idempotency-Key"])
        self.assertNotIn(SECRET.encode(), out + err)


if __name__ == "__main__":
    if PACKAGE is None or not os.path.isdir(PACKAGE) or shutil.which("node") is None:
        print("skipped: node, or the npm package standardwebhooks ($FALCOIR_STANDARDWEBHOOKS), is not here")
        sys.exit(77)
    main()

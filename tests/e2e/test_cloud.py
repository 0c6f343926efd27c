#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gcp and azure types against endpoints that check tokens, keys and signatures by other implementations.

Where functions-framework and google-auth are in the virtual environment $FALCOIR_VENV (default build/venv), a real Cloud Function
takes the alert, and Google's own code judges the token. Where the Pub/Sub emulator is installed, it takes a message."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from harness import ROOT, Case, alert, json_lines, line, main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cloud_peer  # noqa: E402
from cloud_peer import GRID_KEY, HUB_KEY, Certificates, Key, Peer  # noqa: E402

VENV = pathlib.Path(os.environ.get("FALCOIR_VENV", ROOT / "build/venv"))
NOTHING = {name: "" for name in ["GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST", "GOOGLE_CLOUD_PROJECT", "PUBSUB_EMULATOR_HOST",
                                 "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE",
                                 "AZURE_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"]}


class Cloud(Case):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        path = pathlib.Path(folder.name)
        cls.made = Certificates(path), Key(path / "account.pem", "key-1"), Key(path / "google.pem", "google-1")

    def setUp(self):
        super().setUp()
        self.peer = Peer(self.dir, *self.made)
        self.addCleanup(self.peer.close)
        self.url, self.ca = self.peer.url, self.peer.ca

    def run_it(self, playbook, data=None, code=0, **env):
        path = self.file("p.yaml", playbook)
        out, err = self.expect("run", "--json", "-p", path, stdin=line() if data is None else data, code=code, env={**NOTHING, **env})
        self.assertEqual(self.peer.failures, [])
        for token in self.peer.tokens:
            self.assertNotIn(token.encode(), out + err)
        return json_lines(out)

    def succeeds(self, playbook, data=None, **env):
        got = self.run_it(playbook, data, **env)
        self.assertEqual([o["status"] for o in got], ["succeeded"] * len(got), got)
        return got

    def fails(self, playbook, pattern, **env):
        one, = self.run_it(playbook, code=1, **env)
        self.assertEqual(one["status"], "failed")
        self.assertRegex(one["error"]["message"], pattern)


class Google(Cloud):
    def by_machine(self, more=""):
        return f"gcp: {{metadata_host: '{self.peer.metadata}', ca_file: '{self.ca}', pubsub_endpoint: '{self.url}'{more}}}\n"

    def by_key(self):
        return f"gcp: {{credentials_file: '{self.peer.key_file}', ca_file: '{self.ca}', pubsub_endpoint: '{self.url}'}}\n"

    def function(self, name="isolate", more=""):
        return f"cloudfunctions_output: {{url: '{self.url}/fn/{name}', ca_file: '{self.ca}'{more}}}\n"

    def test_function(self):
        for config in self.by_machine(), self.by_key():
            self.peer.got.clear()
            one, = self.succeeds(config + self.function())
            (name, got, key), = self.peer.got
            self.assertEqual((name, got, len(key)), ("isolate", alert(), 64))
            self.assertEqual(one["output"], '{"done": "isolate"}') if "output" in one else None

    def test_service(self):
        self.succeeds(self.by_key() + f"cloudrun_output: {{url: '{self.url}/fn/run', ca_file: '{self.ca}', body: '{{\"a\": \"{{{{proc.cmdline}}}}\"}}'}}\n")
        self.assertEqual(self.peer.got[0][:2], ("run", {"a": "bash -i"}))

    def test_one_token_for_many_alerts(self):
        data = b"".join(line({"evt.num": i}) for i in range(20))
        self.succeeds(self.by_machine() + self.function(), data)
        self.assertEqual(len(self.peer.got), 20)
        self.assertLess(sum("identity" in path for _, path in self.peer.ledger), 20)

    def test_refusals(self):
        self.fails(self.by_machine() + self.function(more=", audience: 'https://else'"), r"\ACloud Function answered 403\Z")
        self.peer.life = -10  # expired already: refused, got once more, refused
        self.fails(self.by_machine() + self.function(), r"\ACloud Function answered 401\Z")
        self.assertEqual(sum("identity" in path for _, path in self.peer.ledger), 3)
        self.peer.life = 3600
        self.peer.account_key, good = self.peer.google_key, self.peer.account_key
        self.fails(self.by_key() + self.function(), r"\AGoogle's token endpoint answered 400 invalid_grant: Invalid JWT: header\Z")
        self.peer.account_key = good
        self.fails(self.by_machine(", service_account: 'x@y'") + self.function(), r"knows no such service account")
        self.fails(self.by_machine() + f"cloudrun_output: {{url: '{self.url}/fn/x'}}\n", r"certificate")  # no ca_file: the system's
        self.assertEqual(self.peer.got, [])

    def test_environment(self):
        self.succeeds(self.function(), GCE_METADATA_HOST=self.peer.metadata)
        self.succeeds(f"gcp: {{ca_file: '{self.ca}'}}\n" + self.function(), GOOGLE_APPLICATION_CREDENTIALS=str(self.peer.key_file))
        self.assertEqual(len(self.peer.got), 2)

    def test_publish(self):
        for config in self.by_machine(", project_id: project-1"), self.by_key():
            self.peer.got.clear()
            self.succeeds(config + "pubsub_output: {topic: alerts, ordering_key: '{{hostname}}', attributes: {team: soc}}\n")
            (data, attributes, order), = self.peer.got
            self.assertEqual((json.loads(data), order), (alert(), "node-3"))
            self.assertEqual(len(attributes.pop("falcoir_action_id")), 64)
            self.assertEqual(attributes, {"hostname": "node-3", "priority": "Notice", "rule": "Terminal shell in container", "source": "syscall", "team": "soc"})
        self.fails(self.by_key() + "pubsub_output: {topic: nope}\n", r"\APub/Sub answered 404 NOT_FOUND: Resource not found \(resource=nope\)\.\Z")

    def test_hostile_alerts_arrive_as_they_are(self):
        texts = ['"}],"x":[{"', "\u0000\u001b[31m\r\nX: y", "é\U0001f600", "x" * 5000]
        data = b"".join(json.dumps(alert(rule=s or "r")).encode() + b"\n" for s in texts)
        self.succeeds(self.by_key() + "pubsub_output: {topic: alerts}\n", data)
        self.assertEqual(sorted(json.loads(d)["rule"] for d, _, _ in self.peer.got), sorted(texts))
        self.assertEqual(sorted(a["rule"] for _, a, _ in self.peer.got), sorted(s[:1024] for s in texts))


class Azure(Cloud):
    def config(self, more=""):
        return f"azure: {{metadata_endpoint: 'http://{self.peer.metadata}', authority_host: '{self.url}', eventhub_endpoint: '{self.url}', ca_file: '{self.ca}'{more}}}\n"

    def function(self, more, name="isolate"):
        return f"azure_function_output: {{url: '{self.url}/api/{name}', ca_file: '{self.ca}', {more}}}\n"

    def test_function_by_key(self):
        self.succeeds(self.function("function_key: {env: FUNCTION_KEY}"), FUNCTION_KEY="function-key")
        self.assertEqual(self.peer.got[0][:2], ("isolate", alert()))
        self.fails(self.function("function_key: another"), r"\AAzure function answered 401\Z")
        self.fails(self.function("function_key: function-key", "nope"), r"\AAzure function answered 404\Z")

    def test_function_by_token(self):
        protected = self.function("resource: 'api://functions'")
        self.succeeds(self.config() + protected)
        self.succeeds(protected, IDENTITY_ENDPOINT=f"http://{self.peer.metadata}/msi/token", IDENTITY_HEADER="header-secret")
        workload = dict(AZURE_TENANT_ID="tenant-1", AZURE_CLIENT_ID="client-1", AZURE_FEDERATED_TOKEN_FILE=self.file("token", "fed.era.ted\n"))
        self.succeeds(self.config() + protected, **workload)
        secret = self.file("secret", "s3cret &+\n")
        self.succeeds(self.config(f", tenant_id: tenant-1, client_id: client-1, client_secret_file: '{secret}'") + protected)
        self.assertEqual([g[1] for g in self.peer.got], [alert()] * 4)
        self.fails(self.config() + protected, r"\AEntra ID answered 401 invalid_client: AADSTS7000215: Invalid client secret provided\.\Z",
                   **dict(workload, AZURE_CLIENT_SECRET="wrong"))
        self.fails(self.config() + self.function("resource: 'api://other'"), r"\AAzure function answered 401 UNAUTHENTICATED: ")

    def test_grid(self):
        block = f"eventgrid_output: {{endpoint: '{self.url}', ca_file: '{self.ca}'%s}}\n"
        self.succeeds(block % f", access_key: '{GRID_KEY}'")
        self.succeeds(block % f", access_key: '{GRID_KEY}', sas: true, schema: cloudevents")
        self.succeeds(self.config() + block % ", subject: '{{hostname}}'")
        self.assertEqual([e["data"] for e in self.peer.got], [alert()] * 3)
        self.assertEqual([e["subject"] for e in self.peer.got], ["Terminal shell in container"] * 2 + ["node-3"])
        self.fails(block % ", access_key: 'AAAAAAAA', sas: true", r"\AEvent Grid answered 401 Unauthorized: The request authorization key is not authorized\.\Z")

    def test_hub(self):
        block = "eventhub_output: {namespace: falco, name: alerts%s}\n"
        self.succeeds(self.config() + block % f", policy: send, key: '{HUB_KEY}'")
        self.succeeds(self.config() + block % "")
        self.assertEqual([json.loads(e["Body"]) for e in self.peer.got], [alert()] * 2)
        self.assertEqual(self.peer.got[0]["UserProperties"]["rule"], "Terminal shell in container")
        self.fails(self.config() + block % ", policy: send, key: 'another'", r"\AEvent Hubs answered 401\Z")


FUNCTION = '''
import functions_framework, json, os
from google.auth.transport import requests
from google.oauth2 import id_token
@functions_framework.http
def respond(r):
    scheme, _, token = r.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return "no token", 401
    try:
        claims = id_token.verify_token(token, requests.Request(), audience=os.environ["AUDIENCE"], certs_url=os.environ["CERTS"])
    except Exception as e:
        return str(e), 403
    open(os.environ["GOT"], "w").write(json.dumps([claims["email"], r.get_json(force=True)]))
    return {"ok": True}
'''


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Real(Cloud):
    def start(self, port, *args, **env):
        process = subprocess.Popen(args, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(os.killpg, process.pid, signal.SIGKILL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                self.assertIsNone(process.poll(), "it ended")
                time.sleep(0.05)
        self.fail("it does not listen")

    @unittest.skipUnless((VENV / "bin/functions-framework").exists(), "no functions-framework in the virtual environment")
    def test_functions_framework(self):
        port, got = free_port(), self.dir / "got"
        url = f"http://127.0.0.1:{port}"
        self.start(port, VENV / "bin/functions-framework", "--target", "respond", "--source", self.file("main.py", FUNCTION), "--host", "127.0.0.1",
                   "--port", str(port), AUDIENCE=url + "/", CERTS=f"{self.url}/certs", GOT=str(got), REQUESTS_CA_BUNDLE=self.ca)
        config = f"gcp: {{credentials_file: '{self.peer.key_file}', ca_file: '{self.ca}'}}\n"
        one, = self.succeeds(config + f"cloudfunctions_output: {{url: '{url}/'}}\n")
        self.assertEqual(json.loads(got.read_text()), [cloud_peer.ACCOUNT, alert()])
        self.fails(config + f"cloudfunctions_output: {{url: '{url}/', audience: 'https://other'}}\n", r"\ACloud Function answered 403\Z")

    def test_pubsub_emulator(self):
        listing = subprocess.run(["dpkg", "-L", "google-cloud-cli-pubsub-emulator"], capture_output=True, text=True) if shutil.which("dpkg") else None
        jars = [one for one in listing.stdout.split("\n") if one.endswith("-all.jar")] if listing else []
        if not jars or not shutil.which("java"):
            self.skipTest("the Pub/Sub emulator is not installed here")
        port = free_port()
        self.start(port, "java", "-Xmx256m", "-jar", jars[0], "--host=127.0.0.1", f"--port={port}")
        base = f"http://127.0.0.1:{port}/v1/projects/project-1"

        def ask(method, path, body):
            q = urllib.request.Request(base + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
            return json.load(urllib.request.urlopen(q, timeout=20))
        for _ in range(100):  # it listens before it can answer
            try:
                ask("PUT", "/topics/alerts", {})
                break
            except OSError:
                time.sleep(0.1)
        ask("PUT", "/subscriptions/sub", {"topic": "projects/project-1/topics/alerts"})
        self.succeeds("pubsub_output: {topic: alerts, project_id: project-1}\n", PUBSUB_EMULATOR_HOST=f"127.0.0.1:{port}")
        received, = ask("POST", "/subscriptions/sub:pull", {"maxMessages": 10})["receivedMessages"]
        self.assertEqual(received["message"]["attributes"]["priority"], "Notice")
        self.fails("pubsub_output: {topic: nope, project_id: project-1}\n", r"\APub/Sub answered 404 NOT_FOUND", PUBSUB_EMULATOR_HOST=f"127.0.0.1:{port}")


if __name__ == "__main__":
    main()

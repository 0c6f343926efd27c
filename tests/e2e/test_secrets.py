#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A canary in every secret, and peers that repeat all they are told: it is on the wire, and nowhere else. Not in what any subcommand
prints, nor in any byte of the data directory, nor in what a program is told by log (every level), metrics, outcomes, pending."""
import base64
import http.server
import json
import os
import pathlib
import socketserver
import subprocess
import sys
import threading
import urllib.parse

from harness import LIBRARY, ROOT, Case, alert, json_lines, line, main

CANARY = "canaryC4N4RY"


class Echo:
    """Answers with everything that it was asked, as text or inside the JSON that services answer errors with."""

    def __init__(self):
        self.status, self.json, self.seen, self.write, echo = 400, False, [], lambda text: text, self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
                told = f"Cannot {self.command} {self.path} {' '.join(self.headers.values())} {body}"
                echo.seen.append(told)
                # The canary comes first, where it is not cut off.
                short = " ".join(v for k, v in self.headers.items() if CANARY in v or k == "Authorization") + " " + self.path + " " + told
                if self.path.startswith("/computeMetadata/"):
                    return self.token()
                short = echo.write(short)
                fields = {k: short for k in ("message", "error", "description", "text", "errorMessage", "detail", "reason")}
                answer = json.dumps({**fields, "errors": [short], "errorMessages": [short]}) if echo.json else short
                self.send_response(echo.status)
                self.send_header("Location", f"http://127.0.0.1/{CANARY}")
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            def token(self):
                """As the metadata server gives them: for whom, and for what."""
                parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in ({"alg": "RS256"}, {"aud": "x", "exp": 4102444800})]
                answer = ".".join([*parts, CANARY]) if "identity" in self.path else json.dumps({"access_token": "ya29." + CANARY, "expires_in": 3599, "token_type": "Bearer"})
                self.send_response(200)
                self.send_header("Metadata-Flavor", "Google")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            do_GET = do_PUT = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        self.handler, self.servers = Handler, []
        self.url = self.another()

    def another(self):
        """The same at an address of its own: a host that answers 500 five times is left alone for a while."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        self.servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


class Mail:
    """Takes no password, and says which one it was."""

    def __init__(self):
        self.seen, self.write, mail = [], lambda text: text, self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 mail\r\n")
                while said := self.rfile.readline().decode().strip():
                    if said.startswith("EHLO"):
                        self.wfile.write(b"250-mail\r\n250 AUTH PLAIN\r\n")
                    elif said.startswith("AUTH PLAIN"):
                        coded = said[11:]
                        if not coded:
                            self.wfile.write(b"334 \r\n")
                            coded = self.rfile.readline().decode().strip()
                        told = base64.b64decode(coded).decode().strip("\0").replace("\0", " ")
                        mail.seen.append(told)
                        self.wfile.write(f"535 5.7.8 {mail.write(told)} {coded}\r\n".encode())
                    else:
                        self.wfile.write(b"250 fine\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Secrets(Case):
    def setUp(self):
        super().setUp()
        self.peer = Echo()
        self.addCleanup(self.peer.close)
        self.env = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "aws-" + CANARY, "AWS_SESSION_TOKEN": "token-" + CANARY,
                    "AWS_ENDPOINT_URL": self.peer.url, "AWS_REGION": "eu-west-1", "HOME": str(self.dir)}

    def secret(self, text):
        """A reference to a secret, by a variable and by a file in turn."""
        name = f"S{len(self.env)}"
        self.env[name] = text
        return {"env": name} if len(self.env) % 2 else {"file": self.file(name, text + "\n")}

    def parameters(self, t):
        """Of a type: every secret has the canary, every address is the peer's, one for each type."""
        given, peer = {}, self.peer.another()
        for name, p in t["parameters"].items():
            if p["type"] == "secret" or p.get("secret"):
                url = name == "url"
                given[name] = self.secret(f"{peer}/hook/{CANARY}" if url else f"{name}-{CANARY}")
            elif name in ("url", "api", "endpoint"):
                given[name] = peer
            elif name == "topic_arn":
                given[name] = "arn:aws:sns:eu-west-1:123456789012:t"
            elif name == "queue_url":
                given[name] = peer + "/123456789012/q"
            elif name == "username" or p.get("required"):
                given[name] = "x"
        if "token" in given and "password" in given:
            del given["token"], given["username"]  # one way or the other
            given.pop("password")
            given["token"] = self.secret("token-" + CANARY)
        return given

    def playbook(self):
        left_out = {"admission:block", "aws:security_group", "gcp:cloudrun", "gcp:function", "gcp:pubsub", "local:exec", "local:file", "local:kill", "azure:eventhub",
                    "smtp:email", "syslog:message", "http:webhook"}
        types = [t for t in json_lines(self.expect("actions", "--json")[0]) if t["works"] and t["name"] not in left_out]
        self.assertGreater(len(types), 20)
        rules = [{"rule": t["name"], "match_all": True, "actions": [{"action": "a", "use": t["name"], "retry": {"attempts": 1}, "parameters": self.parameters(t)}]}
                 for t in types]
        self.key = self.file("client.key", f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n")
        hook = {"url": self.peer.url + "/h", "undo_url": self.peer.url + "/undo", "secret_headers": ["X-Own"], "body": '{"a": "{{output}}"}',
                "headers": {"Authorization": self.secret("Bearer " + CANARY), "X-Api-Key": self.secret("k-" + CANARY), "Cookie": "literal-" + CANARY,
                            "X-Own": self.secret("own-" + CANARY)},
                "sign": {"secret": self.secret(base64.b64encode(CANARY.encode() * 2).decode())}}
        for n, more in enumerate([{}, {"url": "http://127.0.0.1:9/"}, {"url": "https://127.0.0.1:9/", "client_key": self.key, "client_certificate": self.key},
                                  {"url": "http://10.0.0.1/"}]):
            rules.append({"rule": f"webhook {n}", "match_all": True, "actions": [
                {"action": "a", "use": "http:webhook", "timeout": "5s", "retry": {"attempts": 2 if n == 0 else 1}, "parameters": {**hook, **more}},
                {"action": "b", "use": "local:file", "parameters": {"path": str(self.dir / "written"), "line": "{{steps.a.output}} {{steps.a.status}}"}}]})
        basic = next(r for r in rules if r["rule"] == "elasticsearch:index")["actions"][0]["parameters"]
        basic.pop("api_key", None)
        basic.update(username="x", password=self.secret("pw-" + CANARY))
        return self.file("p.yaml", json.dumps(rules))

    def more_types(self):
        """Those that want a configuration, or a peer of another kind."""
        mail = Mail()
        self.addCleanup(mail.close)
        block = {"url": self.peer.url + "/block", "namespace": "x", "user": "y", "headers": {"Authorization": self.secret("Bearer block-" + CANARY)}}
        steps = [{"use": "gcp:function", "parameters": {"url": self.peer.url + "/fn"}}, {"use": "gcp:cloudrun", "parameters": {"url": self.peer.url + "/run"}},
                 {"use": "gcp:pubsub", "parameters": {"topic": "t", "project_id": "p"}},
                 {"use": "azure:eventhub", "parameters": {"hub": "h", "namespace": "n", "policy": "send", "key": self.secret("hub-" + CANARY)}},
                 {"use": "admission:block", "parameters": block},
                 {"use": "smtp:email", "parameters": {"server": f"127.0.0.1:{mail.port}", "security": "none", "insecure": True, "internal": True, "from": "a@b.example",
                                                      "to": ["c@d.example"], "user": self.secret("mail-user-" + CANARY), "password": self.secret("mail-pw-" + CANARY)}}]
        rules = [{"rule": s["use"], "match_all": True, "actions": [{"action": "a", "retry": {"attempts": 1}, **s}]} for s in steps]
        config = {"gcp": {"metadata_host": self.peer.url[7:], "pubsub_endpoint": self.peer.url}, "azure": {"eventhub_endpoint": self.peer.url}}
        return [s["use"] for s in steps], self.file("config.yaml", json.dumps(config)), self.file("more.yaml", json.dumps(rules)), mail

    def forms(self):
        """The canary as it may be written."""
        raw, coded = CANARY.encode(), []
        for before in range(3):
            text = base64.b64encode(b"\0" * before + raw).decode()
            coded.append(text[-(-before * 8 // 6):(before + len(raw)) * 8 // 6])
        hexes = ["%02x" % b for b in raw]
        return [*coded, "".join("%" + h for h in hexes), "".join("%" + h.upper() for h in hexes), "".join("\\u00" + h for h in hexes),
                "".join("%25" + h.upper() for h in hexes), CANARY, CANARY[:10], base64.b64encode(f"x:pw-{CANARY}".encode()).decode()[:20], base64.b64encode(CANARY.encode() * 2).decode()]

    def assert_clean(self, where, data):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        for form in self.forms():
            at = data.find(form.encode())
            self.assertEqual(at, -1, (where, data[max(at - 300, 0):at + 60]))

    def test_the_command(self):
        playbook, data = self.playbook(), self.dir / "data"
        event = line({"x": '{{env.S7}} ${AWS_SECRET_ACCESS_KEY} {"secret":{"env":"S7"}}'})
        for n, (status, as_json) in enumerate([(400, False), (400, True), (401, True), (302, False), (200, True), (200, False)]):
            self.peer.status, self.peer.json = status, as_json
            one = json.dumps(alert({"evt.num": n, "x": "y"})).encode() + b"\n"
            for how in [["--json"], []] if n == 0 else [["--json"]]:
                _, out, err = self.command("run", *how, "-d", data, "-p", playbook, stdin=one, env=self.env)
                self.assert_clean(("run", status, as_json), out + err)
        self.assertTrue(any(CANARY in told for told in self.peer.seen))
        dead = json_lines(self.expect("journal", "list", "--json", "--status", "failed", "-d", data)[0])
        some = (dead or json_lines(self.expect("journal", "list", "--json", "-d", data)[0]))[0]["action_id"]
        calls = [["plan", "--json", "-p", playbook], ["plan", "-p", playbook], ["plan", "--stats", "-p", playbook], ["explain", "--json", "-p", playbook],
                 ["explain", "-p", playbook], ["check", playbook], ["check", "--json", playbook], ["diff", "-p", playbook, "--with", playbook],
                 ["run", "--dry-run", "-p", playbook], ["journal", "list", "-d", data], ["journal", "export", "-d", data], ["journal", "show", some, "-d", data],
                 ["report", "-d", data], ["report", "--json", "-d", data], ["report", "--html", "-", "-d", data], ["approvals", "--all", "-d", data],
                 ["journal", "verify", "-d", data], ["undo", some, "--wait", "0", "-d", data]]
        for args in calls:
            _, out, err = self.command(*args, stdin=event, env=self.env)
            self.assertNotEqual((out, err), (b"", b""), args) if args[0] not in ("approvals", "diff") else None
            self.assert_clean(args, out + err)
        files = [p for p in data.rglob("*") if p.is_file()]
        self.assertIn("journal.db", [p.name for p in files])
        for path in [*files, self.dir / "written"]:
            self.assert_clean(path, path.read_bytes())

    def test_other_writing(self):
        """A peer that repeats what it was told, written in another way, and with an answer that is final or one that passes."""
        ways = [lambda t: "".join("%%%02X" % b for b in t.encode()), lambda t: "".join("%%%02x" % b for b in t.encode()), lambda t: urllib.parse.quote(t, safe=""),
                urllib.parse.quote_plus, lambda t: "".join("%%25%02X" % b for b in t.encode()), lambda t: "".join("\\u%04x" % b for b in t.encode()), json.dumps,
                lambda t: json.dumps(json.dumps(t)), *(lambda t, n=n, f=f: f(b"x" * n + t.encode()).decode() for n in range(3) for f in (base64.b64encode, base64.urlsafe_b64encode))]
        uses, config, more, mail = self.more_types()
        playbook, data = self.playbook(), self.dir / "data"
        for n, way in enumerate(ways):
            self.peer.write, mail.write = way, way
            for status, as_json in (400, n % 2 == 0), (500, n % 2 == 1):
                if status == 500 and n % 2 != 0:  # the webhook waits a second before it tries once more
                    continue
                self.peer.status, self.peer.json = status, as_json
                one = json.dumps(alert({"evt.num": n, "x": str(status)})).encode() + b"\n"
                before = len(self.peer.seen)
                _, out, err = self.command("run", "--json", "-d", data, "-p", config, "-p", more, "-p", playbook, stdin=one, env=self.env)
                self.assert_clean((n, status), out + err)
                self.assertGreater(len(self.peer.seen) - before, 20, status)  # and not left alone after the first ones
                if n == 0 and status == 400:  # each of them came as far as its peer
                    said = {o["use"]: o["error"]["message"] for o in json_lines(out) if o.get("use") in uses}
                    self.assertEqual(sorted(said), sorted(uses), err)
                    for use, text in said.items():
                        self.assertRegex(text, "535" if use == "smtp:email" else "answered 400", use)
        self.assertTrue(any("mail-pw-" + CANARY in told for told in mail.seen), mail.seen)
        for path in (p for p in [*data.rglob("*"), self.dir / "written"] if p.is_file()):
            self.assert_clean(path, path.read_bytes())
        for args in ["journal", "export"], ["journal", "list"], ["report", "--json"]:
            self.assert_clean(args, self.command(*args, "-d", data, env=self.env)[1])

    def test_a_killed_process_leaves_none(self):
        """The write-ahead log too, as it is while somebody writes."""
        playbook, data = self.playbook(), self.dir / "data"
        from harness import FALCOIR
        child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "-d", data, "-p", playbook], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 env={**os.environ, **self.env})
        child.stdin.write(line())
        child.stdin.flush()
        child.stdout.readline()
        child.kill()
        child.communicate()
        names = {p.name for p in data.iterdir()}
        self.assertIn("journal.db-wal", names)
        for path in (p for p in data.rglob("*") if p.is_file()):
            self.assert_clean(path, path.read_bytes())

    PROGRAM = """
import json, sys, falcoir
logged = []
engine = falcoir.Engine(falcoir.Playbook.load(sys.argv[1]), env=True, as_of_alerts=True, log=lambda level, said: logged.append([level, said]))
receipts = engine.submit(sys.stdin.buffer.read())
while engine.poll(0.2):
    pass
print(json.dumps([[r.status for r in receipts], logged, engine.metrics(), engine.pending(), [o.raw for o in engine.outcomes()]], default=str))
"""

    def test_a_program(self):
        playbook = self.playbook()
        env = {**os.environ, **self.env, "FALCOIR_LIBRARY": LIBRARY, "PYTHONPATH": str(ROOT / "bindings/python")}
        for status in 400, 401:
            self.peer.status = status
            done = subprocess.run([sys.executable, "-c", self.PROGRAM, playbook], input=line(), capture_output=True, env=env, timeout=100)
            self.assertEqual(done.returncode, 0, done.stderr)
            receipts, logged, metrics, _, outcomes = json.loads(done.stdout)
            self.assertEqual(receipts, ["accepted"])
            self.assertTrue(logged and metrics and len(outcomes) > 20)
            self.assert_clean("a program", done.stdout + done.stderr)


if __name__ == "__main__":
    main()

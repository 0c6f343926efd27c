#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir send`: alerts arrive as they stand in the input, at the rate that was asked for."""
import base64
import gzip
import json
import pathlib
import sys
import time

from harness import ALERTS, EXAMPLES, Case, alert, json_lines, line, main
from test_run import Peer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import peer as faults  # noqa: E402


class Send(Case):
    def peer(self, *codes):
        peer = Peer(*codes)
        self.addCleanup(peer.close)
        return peer

    def test_the_alerts_as_they_are(self):
        peer = self.peer()
        lines = ALERTS.read_bytes().splitlines()
        out, _ = self.expect("send", peer.url + "/v1/events", ALERTS, err=f"falcoir send: {len(lines)} sent, 0 refused\n")
        self.assertEqual([r["body"] for r in peer.requests], lines)
        self.assertEqual(out.decode().splitlines(), ["200  " + json.loads(one)["rule"] for one in lines])
        for r in peer.requests:
            self.assertEqual((r["path"], r["headers"]["Content-Type"]), ("/v1/events", "application/json"))
            self.assertNotIn("Expect", r["headers"])
        peer.requests.clear()
        self.expect("send", peer.url, stdin=gzip.compress(ALERTS.read_bytes()))
        self.assertEqual([r["body"] for r in peer.requests], lines)

    def test_other_forms(self):
        peer = self.peer()
        self.expect("send", peer.url, EXAMPLES / "alerts/plain.txt")
        self.assertEqual([r["body"] for r in peer.requests], (EXAMPLES / "alerts/plain.txt").read_bytes().splitlines())
        self.assertEqual({r["headers"]["Content-Type"] for r in peer.requests}, {"text/plain"})
        peer.requests.clear()
        envelope = json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(alert({"n": n}))}} for n in range(3)]}).encode()
        self.expect("send", peer.url, stdin=envelope + b"\nno alert {\n" + line(), err=None)
        self.assertEqual([r["body"] for r in peer.requests], [envelope, line().rstrip()])
        self.expect("send", "--strict", peer.url, stdin=b"no alert\n" + line(), code=1)

    def test_what_a_responder_takes(self):
        """What send posts, falcoir reads: so does whoever receives it."""
        peer = self.peer()
        self.expect("send", peer.url, ALERTS)
        got = b"".join(r["body"] + b"\n" for r in peer.requests)
        self.assertEqual(self.expect("filter", "rule exists", stdin=got)[0], ALERTS.read_bytes())

    def test_refused(self):
        peer = self.peer(503, 200, 302, 200)
        out, err = self.expect("send", peer.url, stdin=line(rule="a") + line(rule="b") + line(rule="\x1b[31mc") + line(rule="d"), code=1)
        self.assertEqual(out, b"503  a  ok\n200  b\n302  \\x1b[31mc  ok\n200  d\n")
        self.assertEqual((err, len(peer.requests)), (b"falcoir send: 4 sent, 2 refused\n", 4))
        peer = self.peer(401, 202)
        out, _ = self.expect("send", "--json", peer.url, stdin=line() * 2, code=1)
        self.assertEqual(json_lines(out), [{"answer": "ok", "line": 1, "status": 401}, {"answer": "ok", "line": 2, "status": 202}])

    def test_headers(self):
        peer = self.peer()
        tokens = self.file("headers", "Authorization: Bearer hunter2\r\n\nX-Two: 2\n")
        out, err = self.expect("send", "--header", f"@{tokens}", "--header", "X-One: 1", "--header=Content-Type: application/cloudevents+json",
                               peer.url, stdin=line() * 2)
        for r in peer.requests:
            self.assertEqual([r["headers"][k] for k in ("Authorization", "X-One", "X-Two", "Content-Type")],
                             ["Bearer hunter2", "1", "2", "application/cloudevents+json"])
        self.assertNotIn(b"hunter2", out + err)
        for bad in ["hunter2", ": x", "X: a\nY: b"]:
            out, err = self.expect("send", "--header", bad, peer.url, code=2, out="")
            self.assertNotIn(b"hunter2", err)
        self.expect("send", "--header", "@/nowhere", peer.url, code=3, out="")

    def test_a_user_in_the_url_and_what_is_said_of_it(self):
        peer = self.peer()
        self.expect("send", peer.url.replace("//", "//falco:hunter2@"), stdin=line())
        self.assertEqual(peer.requests[0]["headers"]["Authorization"], "Basic " + base64.b64encode(b"falco:hunter2").decode())
        for url in ["http://falco:hunter2@127.0.0.1:9/", "http://falco:hunter2@nowhere.invalid/hunter2", "http://hunter2 @x/", "ftp://hunter2@x/"]:
            _, out, err = self.command("send", url, stdin=line())
            self.assertNotIn(b"hunter2", out + err)

    def test_rate(self):
        peer = self.peer()
        for rate, n, least, most in [("20", 11, 0.5, 3), ("1200/m", 11, 0.5, 3), ("100000", 50, 0, 5)]:
            peer.requests.clear()
            start = time.monotonic()
            self.expect("send", "--rate", rate, peer.url, stdin=line() * n)
            self.assertTrue(least <= time.monotonic() - start <= most, rate)
            self.assertEqual(len(peer.requests), n)
            if least:
                gaps = [b["at"] - a["at"] for a, b in zip(peer.requests, peer.requests[1:])]
                self.assertGreater(sorted(gaps)[len(gaps) // 2], 0.03)
        for rate in ["", "x", "0", "-1", "1/d", "nan", "1e9", " 1"]:
            self.expect("send", f"--rate={rate}", peer.url, code=2, out="")

    def test_who_cannot_be_reached(self):
        for url, says in [("http://127.0.0.1:9/", b"line 1: "), ("http://nowhere.invalid/", b"line 1: ")]:
            _, err = self.expect("send", url, stdin=line() * 3, code=3, out="")
            self.assertEqual((says in err, err.endswith(b"falcoir send: 0 sent, 0 refused\n")), (True, True), err)
        broken = faults.Peer(script=[faults.answer(200), faults.reset])
        self.addCleanup(broken.close)
        self.expect("send", f"http://127.0.0.1:{broken.port}/", stdin=line() * 3, code=3, out="200  Terminal shell in container\n")

    def test_tls(self):
        made = faults.Authority(self.dir)
        peer = faults.Peer(context=made.context("server"))
        self.addCleanup(peer.close)
        url = f"https://127.0.0.1:{peer.port}/"
        self.expect("send", "--ca-file", made.ca, url, stdin=line(), out="200  Terminal shell in container\n")
        self.expect("send", "--ca-file", self.dir / "other.pem", url, stdin=line(), code=3, out="")
        self.expect("send", url, stdin=line(), code=3, out="")
        self.assertEqual(len(peer.requests), 1)
        peer.context.load_verify_locations(made.ca)
        peer.context.verify_mode = faults.ssl.CERT_REQUIRED
        self.expect("send", "--ca-file", made.ca, url, stdin=line(), code=3, out="")
        self.expect("send", "--ca-file", made.ca, "--client-cert", self.dir / "server.crt", "--client-key", self.dir / "server.key", url,
                    stdin=line(), out="200  Terminal shell in container\n")
        self.assertEqual(len(peer.requests), 2)

    def test_wrong_use(self):
        for args, says in [([], b"wants a URL"), (["http://x/", "a", "b"], b"at most one file"), (["ALERTS"], b"must begin with http://"),
                           (["file:///etc/passwd"], b"must begin with http://")]:
            _, err = self.expect("send", *args, code=2, out="")
            self.assertIn(says, err)
        self.expect("send", "http://127.0.0.1:9/", "/nowhere", code=3, out="")


if __name__ == "__main__":
    main()

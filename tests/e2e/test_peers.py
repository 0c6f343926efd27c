#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong at the other side, through the command and the built-in transport: bad TLS, addresses that are not to be reached,
answers that break off, hang, drip or are too large. The peer's ledger is the judge of what was sent."""
import json
import pathlib
import ssl
import sys
import tempfile

from harness import Case, alert, json_lines, line, main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from peer import Authority, Peer, answer, drip, hang, reset  # noqa: E402


class Peers(Case):
    def peer(self, *args, **kw):
        peer = Peer(*args, **kw)
        self.addCleanup(peer.close)
        return peer

    def run_it(self, parameters, attempts=1, data=None, **kw):
        playbook = ("- rule: R\n  match_all: true\n  actions:\n    - {action: a, use: http:webhook, retry: {attempts: %d}, parameters: {%s}}\n"
                    % (attempts, parameters))
        code, out, err = self.command("run", "--json", "-p", self.file("p.yaml", playbook), stdin=data or line(), **kw)
        return code, json_lines(out), err.decode()


class Tls(Peers):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.authority = Authority(pathlib.Path(folder.name))

    def post(self, context, host="127.0.0.1", ca=True, timeout="5s"):
        peer = self.peer(context=context)
        more = f", timeout: {timeout}" + (f", ca_file: '{self.authority.ca}'" if ca else "")
        code, (one,), _ = self.run_it(f"url: 'https://{host}:{peer.port}/'{more}")
        return peer, code, one

    def test_good(self):
        context = self.authority.context("good-server")
        for host in "127.0.0.1", "localhost":
            peer, code, one = self.post(context, host)
            if host == "localhost" and one["status"] == "failed":  # where the name is not loopback's alone
                self.assertIn("localhost", one["error"]["message"])
                continue
            self.assertEqual((code, one["status"], json.loads(peer.requests[0][1])), (0, "succeeded", alert()))

    def test_bad(self):
        make = self.authority.context
        old = make("old-protocol")
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        bad = {
            "expired": (make("expired", start="20200101000000Z", end="20200201000000Z"), "has expired"),
            "not yet valid": (make("early", start="20980101000000Z", end="20990101000000Z"), "not yet valid"),
            "for another host": (make("elsewhere", names="DNS:other.example,IP:127.0.0.2"), "subject name|does not name"),
            "signed by itself": (make("alone", by=None), "self.signed"),
            "signed by another authority": (make("foreign", by="other"), "issuer"),
            "a common name and no other": (make("common", names=None), "does not name the host"),
            "signed with SHA-1": (make("weak", digest="sha1"), "too weak"),
            "a short key": (make("short", key=["rsa:1024"]), "too weak"),
            "for clients only": (make("client", more="extendedKeyUsage=clientAuth\n"), "purpose"),
            "TLS 1.1": (old, "protocol|version"),
            "no TLS at all": (None, "."),
        }
        for name, (context, why) in bad.items():
            with self.subTest(name):
                peer, code, one = self.post(context, "localhost" if name == "a common name and no other" else "127.0.0.1",
                                            timeout="5s" if context else "1s")  # who speaks no TLS says nothing
                self.assertEqual((code, one["status"], peer.requests), (1, "failed", []), one)
                self.assertRegex(one["error"]["message"], why)
                if context is not None:
                    self.assertEqual(peer.bytes, 0)  # nothing of the alert has left

    def test_the_system_does_not_know_the_authority(self):
        peer, code, one = self.post(self.authority.context("unknown"), ca=False)
        self.assertEqual((code, one["status"], peer.bytes), (1, "failed", 0))


class Addresses(Peers):
    # T-20
    LOOPBACK = ["127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "127.0.0.01", "127.0.0.1.",
                "%31%32%37.0.0.1", "127.0.0.1%2e", "①②⑦.⓪.⓪.①", "127。0。0。1", "0", "0.0.0.0", "00000000000", "0x0", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]",
                "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::]", "[0000::1]", "[::1%25lo]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost.",
                "ip6-localhost", "ip6-loopback", "example.com@127.1", "127.1#@example.com", "example.com\\@127.1"]
    ELSEWHERE = ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:a9fe:a9fe]", "168.63.129.16", "100.100.100.200", "10.0.0.1", "192.168.0.1",
                 "172.16.0.1", "[fc00::1]", "224.0.0.1", "255.255.255.255", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376"]

    def refused(self, url, more=""):
        code, outcomes, err = self.run_it(f"url: {json.dumps(url)}, timeout: 2s{more}")
        self.assertNotEqual(code, 0, url)
        self.assertTrue(err if not outcomes else outcomes[0]["status"] == "failed", (url, outcomes, err))
        if outcomes:  # it was judged, not tried
            self.assertNotRegex(outcomes[0]["error"]["message"], "(?i)timed out|refused the connection|connection refused|no answer in time", url)

    def test_spellings_of_loopback(self):
        peer = self.peer()
        for host in self.LOOPBACK:
            for scheme in "http", "https":
                with self.subTest(f"{scheme} {host}"):
                    self.refused(f"{scheme}://{host}:{peer.port}/" if "#" not in host else f"{scheme}://{host}")
        self.assertEqual((peer.connections, peer.bytes), (0, 0))

    def test_networks_that_are_not_public(self):
        for host in self.ELSEWHERE:
            with self.subTest(host):
                self.refused(f"https://{host}/latest/meta-data/")

    def test_internal_does_not_mean_metadata(self):
        for host in "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "168.63.129.16", "0.0.0.0":
            with self.subTest(host):
                self.refused(f"https://{host}/", ", internal: true")

    def test_other_schemes(self):
        for url in "file:///etc/passwd", "gopher://127.0.0.1/x", "ftp://127.0.0.1/x", "dict://127.0.0.1/x", "//127.0.0.1/x", "unix:///run/docker.sock":
            with self.subTest(url):
                self.refused(url)

    def test_the_environment_names_no_proxy(self):
        proxy, peer = self.peer(), self.peer()
        names = {n: f"http://127.0.0.1:{proxy.port}" for n in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")}
        code, _, _ = self.run_it(f"url: 'http://127.0.0.1:{peer.port}/'", env=names)
        self.assertEqual((code, proxy.connections, len(peer.requests)), (0, 0, 1))


class Answers(Peers):
    def post(self, *script, attempts=1, more=""):
        peer = self.peer(script)
        code, (one,), _ = self.run_it(f"url: 'http://127.0.0.1:{peer.port}/hook', timeout: 1s{more}", attempts)
        self.assertEqual(peer.violations, [])
        return peer, one

    def fails(self, pattern, *script, requests=1, **kw):
        peer, one = self.post(*script, **kw)
        self.assertEqual((one["status"], len(peer.requests)), ("failed", requests), one)
        self.assertRegex(one["error"]["message"], pattern)

    def test_redirects_are_not_followed(self):
        other = self.peer()
        for status in 301, 302, 303, 307, 308:
            self.fails(rf"\Athe server answered {status}: redirects are not followed", answer(status, b"", f"Location: http://127.0.0.1:{other.port}/\r\n"))
        self.assertEqual(other.connections, 0)

    def test_answers_that_never_end(self):
        self.fails("time", hang)
        self.fails("time", drip)

    def test_answers_that_break_off(self):
        for cut in (b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 204 No Content\r\nX: y\r\n",
                    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"):
            with self.subTest(cut):
                self.fails(".", cut)
        self.fails(".", reset)

    def test_answers_that_are_none(self):
        for bad in b"\x00" * 100, b"SSH-2.0-x\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"<html>200</html>":
            with self.subTest(bad):
                self.fails(".", bad)

    def test_large_answers(self):
        peer, one = self.post(answer(200, b"x" * 1000000))
        self.assertEqual(one["status"], "succeeded")
        self.fails(".", answer(200, b"x" * (2 << 20)))
        self.fails(".", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 65536 + b"\r\n" + (b"10000\r\n" + b"y" * 65536 + b"\r\n") * 40)
        self.fails(".", answer(200, b"", "".join(f"X-{i}: {'y' * 1000}\r\n" for i in range(1000))))

    def test_what_passes_is_tried_again(self):
        for status in 429, 500, 503:
            peer, one = self.post(answer(status, b"", "Retry-After: 1\r\nConnection: close\r\n"), answer(200), attempts=2, more=", headers: {X-A: b}")
            self.assertEqual((one["status"], len(peer.requests)), ("succeeded", 2), one)
            self.assertGreaterEqual(peer.times[1] - peer.times[0], 0.95)
            keys = [[h for h in head.split(b"\r\n") if h.startswith(b"Idempotency-Key: ")] for head, _ in peer.requests]
            self.assertEqual(keys[0], keys[1])
        peer, one = self.post(reset, answer(200), attempts=2)
        self.assertEqual((one["status"], len(peer.requests)), ("succeeded", 2))
        self.fails(r"\Athe server answered 400\Z", answer(400), attempts=3)


if __name__ == "__main__":
    main()

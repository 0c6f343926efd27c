#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir run` against an HTTP peer of the test's own."""
import http.server
import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import threading
import time

from harness import FALCOIR, Case, alert, json_lines, line, main


class Peer:
    """Takes requests down, and answers with the given codes in turn (the last one for ever)."""

    def __init__(self, *codes):
        self.requests, self.codes, self.lock = [], list(codes) or [200], threading.Lock()
        self.answers = threading.Event()  # cleared: it keeps its answers back
        self.answers.set()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with peer.lock:
                    peer.requests.append({"path": self.path, "headers": dict(self.headers), "body": body, "at": time.monotonic()})
                    code = peer.codes[0] if len(peer.codes) == 1 else peer.codes.pop(0)
                peer.answers.wait(20)
                self.send_response(code)
                self.send_header("Content-Length", "2")
                self.end_headers()
                try:
                    self.wfile.write(b"ok")
                except BrokenPipeError:  # it waited too long
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, n, seconds=20):
        end = time.monotonic() + seconds
        while len(self.requests) < n and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.requests)


class Run(Case):
    def peer(self, *codes):
        peer = Peer(*codes)
        self.addCleanup(peer.close)
        return peer

    def playbook(self, url, parameters="", step="", rule="match_all: true"):
        return self.file("p.yaml", f"- rule: r\n  {rule}\n  actions:\n    - action: a\n      use: http:webhook\n{step}"
                                   f"      parameters:\n        url: {url}/hook\n        internal: true\n{parameters}")

    BODY = '        body: \'{"n": {{x.n}}, "cmd": "{{proc.cmdline}}"}\'\n'

    def test_acts(self):
        peer = self.peer()
        playbook = self.playbook(peer.url, self.BODY)
        data = b"".join(line({"x.n": n, "proc.cmdline": 'a "b"\n{{rule}}'}) for n in range(20))
        out, err = self.expect("run", "-p", playbook, stdin=data, out="succeeded  r  a  http:webhook\n" * 20)
        self.assertEqual(err.decode().splitlines()[-1], "falcoir run: 20 alerts, 20 outcomes, 0 failed or refused")
        bodies = [json.loads(r["body"]) for r in peer.requests]
        self.assertEqual(sorted(b["n"] for b in bodies), list(range(20)))
        self.assertEqual({b["cmd"] for b in bodies}, {'a "b"\n{{rule}}'})
        for r in peer.requests:
            self.assertEqual((r["path"], r["headers"]["Content-Type"]), ("/hook", "application/json"))
        plans = json_lines(self.expect("plan", "--json", "-p", playbook, stdin=data)[0])
        self.assertEqual({r["headers"]["Idempotency-Key"] for r in peer.requests},
                         {p["rules"][0]["steps"][0]["action_id"] for p in plans})

    def test_without_a_body_the_alert_itself_is_sent(self):
        peer = self.peer()
        self.expect("run", "-p", self.playbook(peer.url), stdin=line({"x.n": 7}))
        self.assertEqual([json.loads(r["body"]) for r in peer.requests], [alert({"x.n": 7})])

    def test_steps_in_order(self):
        peer = self.peer()
        steps = "".join(f"    - {{action: s{i}, use: http:webhook, parameters: {{url: '{peer.url}/{i}', internal: true, body: '{{}}'}}}}\n" for i in range(4))
        playbook = self.file("p.yaml", "- rule: r\n  match_all: true\n  actions:\n" + steps)
        self.expect("run", "-p", playbook, stdin=line())
        self.assertEqual([r["path"] for r in peer.requests], ["/0", "/1", "/2", "/3"])

    def test_an_envelope_acts_once_an_alert(self):
        peer = self.peer()
        records = [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(alert({"x.n": n, "evt.num": n}))}} for n in range(5)]
        for data in [json.dumps({"Records": records}), json.dumps([alert({"x.n": n}) for n in range(5)])]:
            peer.requests.clear()
            self.expect("run", "-p", self.playbook(peer.url, self.BODY), stdin=data.encode(), out="succeeded  r  a  http:webhook\n" * 5)
            self.assertEqual(sorted(json.loads(r["body"])["n"] for r in peer.requests), list(range(5)))

    def test_retries(self):
        peer = self.peer(503, 503, 200)
        out, _ = self.expect("run", "--json", "-p", self.playbook(peer.url, self.BODY, "      retry: {attempts: 3}\n"), stdin=line({"x.n": 1}))
        self.assertEqual(len(peer.requests), 3)
        self.assertEqual(len({r["headers"]["Idempotency-Key"] for r in peer.requests}), 1)
        self.assertEqual(len({r["body"] for r in peer.requests}), 1)
        one, = json_lines(out)
        self.assertEqual((one["status"], one["attempts"]), ("succeeded", 3))

    def test_failures(self):
        for codes, requests in [((503,), 2), ((400,), 1), ((302,), 1)]:
            peer = self.peer(*codes)
            out, err = self.expect("run", "--json", "-p", self.playbook(peer.url, self.BODY, "      retry: {attempts: 2}\n"),
                                   stdin=line({"x.n": 1}), code=1)
            one, = json_lines(out)
            self.assertEqual((one["status"], len(peer.requests)), ("failed", requests), codes)
            self.assertEqual(err.decode().splitlines()[-1], "falcoir run: 1 alerts, 1 outcomes, 1 failed or refused")
        peer.close()
        out, _ = self.expect("run", "-p", self.playbook("http://127.0.0.1:9", self.BODY, "      retry: {attempts: 1}\n"),
                             stdin=line({"x.n": 1}), code=1)
        self.assertRegex(out.decode(), r"\Afailed     r  a  http:webhook  \S.*\n\Z")

    def test_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            start = time.monotonic()
            self.expect("run", "--timeout", "300ms", "-p", self.playbook(url, self.BODY, "      retry: {attempts: 1}\n"),
                        stdin=line({"x.n": 1}), code=1)
            self.assertLess(time.monotonic() - start, 5)

    def test_a_type_that_this_version_cannot_run(self):
        playbook = self.file("p.yaml", "- rule: r\n  match_all: true\n  actions:\n    - {action: a, use: 'kubernetes:terminate'}\n")
        fields = {"k8s.pod.name": "web-1", "k8s.ns.name": "prod"}
        out, _ = self.expect("run", "-p", playbook, stdin=line(fields), code=1)
        self.assertTrue(out.startswith(b"refused    r  a  kubernetes:terminate  "), out)
        self.expect("run", "--dry-run", "-p", playbook, stdin=line(fields), out="would_run  r  a  kubernetes:terminate\n")
        out, _ = self.expect("run", "--dry-run", "-p", playbook, stdin=line({"k8s.pod.name": None, "k8s.ns.name": None}), code=1)
        self.assertTrue(out.startswith(b"refused    r  a  kubernetes:terminate  "), out)  # no target: no plan either
        playbook = self.file("p.yaml", "- rule: r\n  match_all: true\n  require_approval: true\n  once_per: {window: 1m}\n  actions:\n"
                                       "    - {action: a, use: 'kubernetes:log', output: {target: local:file, parameters: {path: /x}}}\n")
        self.expect("run", "--dry-run", "-p", playbook, stdin=line(fields), out="would_run  r  a  kubernetes:log\n")

    def test_dry_run(self):
        peer = self.peer()
        playbook = self.playbook(peer.url, self.BODY)
        self.expect("run", "--dry-run", "-p", playbook, stdin=b"".join(line({"x.n": n}) for n in range(3)),
                    out="would_run  r  a  http:webhook\n" * 3)
        one, = json_lines(self.expect("run", "--dry-run", "--json", "-p", playbook, stdin=line({"x.n": 1}))[0])
        self.assertEqual(one["status"], "would_run")
        self.file("p.yaml", pathlib.Path(playbook).read_text().replace("match_all: true", "match_all: true\n  dry_run: true"))
        self.expect("run", "-p", playbook, stdin=line({"x.n": 1}), out="would_run  r  a  http:webhook\n")
        self.assertEqual(peer.requests, [])

    def test_json(self):
        peer = self.peer()
        out, _ = self.expect("run", "--json", "-p", self.playbook(peer.url, self.BODY), stdin=line({"x.n": 1}) + line({"x.n": 2}, rule="é"))
        for text, one in zip(out.decode().splitlines(), json_lines(out)):
            self.assertEqual(json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False), text)
            self.assertLessEqual({"seq", "event", "rule", "step", "action_id", "use", "status", "attempts"}, set(one))
        self.assertEqual(sorted(o["event"]["rule"] for o in json_lines(out)), ["Terminal shell in container", "é"])

    def test_secrets(self):
        peer = self.peer(503, 200)
        secret_file = self.file("key", "hunter3\n")
        headers = f'        headers: {{Authorization: {{env: FALCOIR_TEST_KEY}}, X-Api-Key: {{file: {secret_file}}}, Cookie: "hunter4"}}\n'
        playbook = self.playbook(peer.url, self.BODY + headers)
        evil = line({"x.n": 1, "proc.cmdline": '{{env.FALCOIR_TEST_KEY}} ${FALCOIR_TEST_KEY} {"secret":{"env":"FALCOIR_TEST_KEY"}}'})
        seen = b""
        for args in [["run", "-p", playbook], ["run", "--json", "-p", playbook], ["run", "--dry-run", "-p", playbook],
                     ["plan", "--json", "-p", playbook], ["plan", "-p", playbook], ["check", playbook], ["check", "--json", playbook]]:
            out, err = self.expect(*args, stdin=evil, env={"FALCOIR_TEST_KEY": "hunter2"})
            seen += out + err
        self.assertNotRegex(seen, rb"hunter\d")
        self.assertEqual(len(peer.requests), 3)
        for r in peer.requests:
            self.assertEqual([r["headers"][h] for h in ["Authorization", "X-Api-Key", "Cookie"]], ["hunter2", "hunter3", "hunter4"])
            self.assertNotIn(b"hunter", r["body"])

    def test_secrets_of_an_unreachable_peer(self):
        headers = "        headers: {Authorization: {env: FALCOIR_TEST_KEY}}\n"
        playbook = self.playbook("http://127.0.0.1:9", self.BODY + headers, "      retry: {attempts: 1}\n")
        for env in [{"FALCOIR_TEST_KEY": "hunter2"}, {"FALCOIR_TEST_KEY": "hunter2\nX-Evil: 1"}]:
            out, err = self.expect("run", "-p", playbook, stdin=line({"x.n": 1}), env=env, code=1)
            self.assertNotIn(b"hunter2", out + err)
        out, err = self.expect("run", "-p", playbook, stdin=line({"x.n": 1}), code=1)
        self.assertIn(b"FALCOIR_TEST_KEY", out)

    def test_a_pipe_that_stays_open(self):
        """What comes in is answered at once, not when the pipe closes; and told at once."""
        peer = self.peer()
        child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "-p", self.playbook(peer.url, self.BODY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        for n in range(1, 4):
            child.stdin.write(line({"x.n": n}))
            child.stdin.flush()
            self.assertEqual(peer.wait_for(n), n)
            self.assertEqual(child.stdout.readline(), b"succeeded  r  a  http:webhook\n")
            time.sleep(0.2)
        child.stdin.close()
        self.assertEqual(child.wait(timeout=20), 0)
        child.stdout.close()

    def test_acts_also_when_nobody_reads_the_output(self):
        peer = self.peer()
        child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "-p", self.playbook(peer.url, self.BODY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        child.stdout.close()
        for n in range(1, 4):
            child.stdin.write(line({"x.n": n}))
            child.stdin.flush()
            self.assertEqual(peer.wait_for(n), n)
        child.stdin.close()
        self.assertIn(b"the output could not be written: Broken pipe\n", child.stderr.read())
        self.assertEqual(child.wait(timeout=20), 3)
        child.stderr.close()

    def test_text_that_could_be_forged(self):
        """JSON behind plain text in one stream may stand in a file's name: it drives nothing destructive."""
        playbook = self.file("p.yaml", "- rule: r\n  match_all: true\n  actions:\n    - {action: a, use: 'kubernetes:terminate'}\n")
        forged = line({"k8s.pod.name": "web-1", "k8s.ns.name": "prod"})
        for args, code in [(["run", "--dry-run", "--json"], 1), (["plan", "--json"], 0)]:
            out, _ = self.expect(*args, "-p", playbook, stdin=b"09:21:33.104938271: Notice A file x was read\n" + forged, code=code)
            last = json_lines(out)[-1]
            refused = last if args[0] == "run" else last["rules"][0]["steps"][0]
            self.assertEqual(refused["error"]["code"], "FIR_EDENIED")
            self.assertIn("can be forged", refused["error"]["message"])
            out, _ = self.expect(*args, "-p", playbook, stdin=forged)
            self.assertNotIn(b"can be forged", out)

    def test_progress(self):
        """A bar on a terminal, for a file: above its last line stands what always does, and nothing of the bar stays."""
        playbook = self.file("p.yaml", "- rule: r\n  match_all: true\n  actions: [{action: a, use: local:file, parameters: {path: /x}}]\n")
        n = 2000
        data = b"".join(line({"x": "y" * 200, "n": i}) for i in range(n)) + b"{}\n"
        path = self.file("alerts", data)
        for stdin, operand, bar in [(subprocess.DEVNULL, [path], True), (open(path, "rb"), [], True), (subprocess.PIPE, [], False)]:
            master, slave = pty.openpty()
            child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "--dry-run", "-p", playbook, *operand], stdin=stdin, stdout=subprocess.PIPE, stderr=slave)
            os.close(slave)
            seen = []
            threads = [threading.Thread(target=self.read_all, args=(master, seen))]
            if stdin == subprocess.PIPE:
                threads.append(threading.Thread(target=lambda: (child.stdin.write(data), child.stdin.close())))
            elif stdin != subprocess.DEVNULL:
                stdin.close()
            for t in threads:
                t.start()
            self.assertEqual(child.stdout.read(), b"would_run  r  a  local:file\n" * n)
            child.stdout.close()
            for t in threads:
                t.join()
            self.assertEqual(child.wait(), 0)
            text = b"".join(seen).decode()
            bars = re.findall(r"\r\[(=*) *\] +(\d+)%", text)
            self.assertEqual(bool(bars), bar, text[:500])
            numbers = [int(b[1]) for b in bars]
            self.assertEqual(numbers, sorted(numbers))
            if bar:
                self.assertTrue(numbers[0] < 50 and numbers[-1] >= 90, numbers)
            shown = re.sub(r"\r\[=* *\] +\d+%", "", text.replace("\r\x1b[K", "")).replace("\r\n", "\n")
            name = "stdin" if not operand else path
            lines = shown.splitlines()
            self.assertTrue(lines[0].startswith(f"falcoir run: {name}:{n + 1}: "), shown[:500])
            self.assertEqual(lines[1:], [f"falcoir run: {name}: 1 could not be read as an alert",
                                         f"falcoir run: {n} alerts, {n} outcomes, 0 failed or refused"])
            self.assertNotRegex(text, r"%[^\r]")  # whatever follows a bar wipes it first
        _, err = self.expect("run", "--dry-run", "-p", playbook, path)
        self.assertNotIn(b"%", err)

    @staticmethod
    def read_all(fd, seen):
        try:
            while chunk := os.read(fd, 65536):
                seen.append(chunk)
        except OSError:  # the other end is closed
            pass
        os.close(fd)

    def test_bad_lines(self):
        peer = self.peer()
        playbook = self.playbook(peer.url, self.BODY)
        data = line({"x.n": 1}) + b"{}\n" + line({"x.n": 2})
        _, err = self.expect("run", "-p", playbook, stdin=data, out="succeeded  r  a  http:webhook\n" * 2)
        self.assertIn(b"falcoir run: stdin:2: ", err)
        self.expect("run", "--strict", "-p", playbook, stdin=data, code=1)
        self.assertEqual(len(peer.requests), 4)

    def test_many(self):
        peer = self.peer()
        data = b"".join(line({"x.n": n}) for n in range(1000))
        out, _ = self.expect("run", "-p", self.playbook(peer.url, self.BODY), stdin=data)
        self.assertEqual(out, b"succeeded  r  a  http:webhook\n" * 1000)
        self.assertEqual(sorted(json.loads(r["body"])["n"] for r in peer.requests), list(range(1000)))

    def test_local_exec(self):
        """A program runs only when the configuration allows it, without a shell, with the alert's text as one argument."""
        hostile = "x; touch $(id) `id` 'q' \"w\""
        out = pathlib.Path(self.file("seen.txt", ""))
        playbook = self.file("exec.yaml", f"""
- rule: r
  match_all: true
  actions:
    - {{action: a, use: local:exec, parameters: {{argv: [/usr/bin/tee, -a, "{out}", "{out}.{{{{proc.name}}}}"]}}}}
""")
        data = line({"proc.name": hostile})
        _, err = self.expect("run", "-p", playbook, stdin=data, code=1)
        self.assertIn(b"FIR_EDENIED", err)
        self.assertEqual(out.read_text(), "")
        allowed = self.file("config.yaml", "local: {allow_programs: [/usr/bin/tee]}\n")
        self.expect("run", "-p", allowed, "-p", playbook, stdin=data, out="succeeded  r  a  local:exec\n")
        self.assertTrue(pathlib.Path(f"{out}.{hostile}").exists())

    def begin(self, *args, **kw):
        child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, **kw)
        self.addCleanup(child.kill)
        return child

    def test_who_is_asked_to_end_ends_what_was_begun(self):
        for number, name in [(signal.SIGTERM, b"SIGTERM"), (signal.SIGINT, b"SIGINT"), (signal.SIGHUP, b"SIGHUP")]:
            peer = self.peer()
            peer.answers.clear()
            child = self.begin("-p", self.playbook(peer.url, self.BODY))
            child.stdin.write(b"".join(line({"x.n": n}) for n in range(30)))  # and the pipe stays open
            child.stdin.flush()
            self.assertGreater(peer.wait_for(1), 0)
            child.send_signal(number)
            message = child.stderr.readline()
            peer.answers.set()
            out, err = child.communicate(timeout=20)
            self.assertEqual(child.returncode, -number)
            self.assertEqual(message, b"falcoir run: " + name + b": nothing more is read. What was begun has 10 s, and a second signal "
                             b"ends it at once; what is left stands in the data directory, if there is one\n")
            self.assertEqual((out, err), (b"succeeded  r  a  http:webhook\n" * 30, b"falcoir run: 30 alerts, 30 outcomes, 0 failed or refused\n"))

    def test_who_is_asked_to_end_waits_for_no_undo(self):
        peer = self.peer()
        playbook = self.playbook(peer.url, f"        undo_url: {peer.url}/undo\n", "      undo_after: 1h\n")
        child = self.begin("--timeout", "300ms", "-p", playbook)
        child.stdin.write(line())
        child.stdin.close()  # the input has ended: it waits for the undo
        self.assertEqual(child.stdout.readline(), b"succeeded  r  a  http:webhook\n")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(timeout=20), -signal.SIGTERM)
        self.assertEqual([r["path"] for r in peer.requests], ["/hook"])
        child.stdout.close()
        child.stderr.close()

    def test_a_second_signal_ends_at_once(self):
        peer = self.peer()
        peer.answers.clear()
        child = self.begin("--timeout", "20s", "-p", self.playbook(peer.url))
        child.stdin.write(line())
        child.stdin.flush()
        self.assertEqual(peer.wait_for(1), 1)
        child.send_signal(signal.SIGTERM)
        self.assertIn(b"has 20 s", child.stderr.readline())
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=10)
        self.assertEqual((child.returncode, out, err), (-signal.SIGINT, b"", b""))
        peer.answers.set()

    def test_who_is_asked_to_end_waits_for_no_room(self):
        """The queue is full, and its peer says nothing: what was read and finds no place is named, and the end comes in time."""
        peer = self.peer()
        peer.answers.clear()
        alerts = self.file("alerts", b"".join(line({"x.n": n}) for n in range(100001)))
        child = self.begin("--timeout", "500ms", "-p", self.playbook(peer.url), alerts)
        read, before = pathlib.Path(f"/proc/{child.pid}/io"), ""
        while (now := read.read_text().split("\n")[0]) != before or peer.wait_for(1) == 0:  # until it reads no more
            before = now
            time.sleep(0.5)
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=20)
        peer.answers.set()
        self.assertEqual(child.returncode, -signal.SIGTERM)
        self.assertIn(b"falcoir run: line 100001: the queue is full, and SIGTERM asked to end: this alert and those behind it are not taken\n"
                      b"falcoir run: 100000 alerts, ", err)

    def test_an_ignored_signal_stays_ignored(self):
        peer = self.peer()
        child = self.begin("-p", self.playbook(peer.url), preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        child.stdin.write(line())
        child.stdin.flush()
        self.assertEqual(child.stdout.readline(), b"succeeded  r  a  http:webhook\n")
        child.send_signal(signal.SIGHUP)
        child.stdin.write(line({"x.n": 2}))
        out, err = child.communicate(timeout=20)
        self.assertEqual((child.returncode, out, err),
                         (0, b"succeeded  r  a  http:webhook\n", b"falcoir run: 2 alerts, 2 outcomes, 0 failed or refused\n"))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir run` with a data directory: what was accepted is done, however often its process is killed; operators speak through the directory."""
import os
import random
import signal
import subprocess
import time

from harness import FALCOIR, Case, json_lines, line, main
from test_run import Peer

RULE = """- rule: r
  match_all: true
%s  actions:
    - {action: a, use: http:webhook, parameters: {url: "%s", body: '{"n": {{x.n}}}'}}
"""


class Durable(Case):
    def playbook(self, url, gates=""):
        return self.file("p.yaml", RULE % (gates, url))

    def data(self):
        return self.dir / "data"

    def run_it(self, playbook, stdin=b"", **kw):
        return self.expect("run", "--json", "-d", self.data(), "-p", playbook, stdin=stdin, **kw)

    def peer(self, *codes):
        peer = Peer(*codes)
        self.addCleanup(peer.close)
        return peer

    def test_told_to_end(self):
        """What was begun is ended; the undo of tomorrow is not waited for, and the next run has it."""
        peer = self.peer(200)
        playbook = self.file("p.yaml", RULE.replace("{action: a,", "{action: a, undo_after: 1d,").replace("body", f"undo_url: '{peer.url}/undo', body")
                             % ("", peer.url))
        child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "-d", self.data(), "-p", playbook], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(child.kill)
        child.stdin.write(line({"x.n": 1}))
        child.stdin.flush()
        self.assertEqual(child.stdout.readline(), b"succeeded  r  a  http:webhook\n")
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=5)  # of the ten seconds that it may take
        self.assertEqual((child.returncode, out), (-signal.SIGTERM, b""))
        self.expect("journal", "verify", "-d", self.data())
        one, = json_lines(self.expect("journal", "list", "--json", "-d", self.data())[0])
        self.assertEqual((one["status"], len(peer.requests)), ("succeeded", 1))
        self.expect("undo", one["action_id"], "--wait", "0", "-d", self.data())
        self.assertEqual([o["status"] for o in json_lines(self.run_it(playbook)[0])], ["undone"])
        self.assertEqual(peer.requests[-1]["path"], "/undo")

    def test_killed_at_random(self):
        """Each alert under one key; none is lost."""
        chance = random.Random(int(os.environ.get("FALCOIR_SEED", "7")))
        kills = int(os.environ.get("FALCOIR_KILLS", "15"))
        peer = self.peer(200)
        playbook = self.playbook(peer.url)
        alerts, n = b"", 0
        for _ in range(kills):
            for _ in range(20):
                alerts += line({"x.n": n})
                n += 1
            child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "-d", self.data(), "-p", playbook], stdin=subprocess.PIPE,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                child.stdin.write(alerts)
                child.stdin.close()
            except BrokenPipeError:
                pass
            time.sleep(chance.uniform(0.001, 0.12))
            child.send_signal(signal.SIGKILL)
            child.wait()
        self.command("run", "--json", "-d", self.data(), "-p", playbook, stdin=alerts)  # what was accepted is a duplicate now
        dead = json_lines(self.expect("journal", "list", "--json", "--status", "dead", "-d", self.data())[0])
        for one in dead:  # those that were on their way three times when the process ended; they are few, for such are done one by one
            self.assertIn("quarantined", one["error"]["message"])
            self.expect("journal", "replay", one["action_id"], "-d", self.data())
        self.assertLessEqual(len(dead), kills)
        self.run_it(playbook)
        keys = {r["headers"]["Idempotency-Key"]: r["body"] for r in peer.requests}
        bodies = {r["body"] for r in peer.requests}
        self.assertEqual((len(keys), len(bodies)), (n, n))
        self.assertIn(b" are as they were written.", self.expect("journal", "verify", "-d", self.data())[0])
        out, _ = self.run_it(playbook)
        self.assertEqual(out, b"")

    def test_an_approval_from_the_command_line(self):
        peer = self.peer()
        playbook = self.playbook(peer.url, "  require_approval: {approvers: [ann]}\n")
        asked, = json_lines(self.run_it(playbook, line({"x.n": 1}))[0])
        self.assertEqual((asked["status"], len(peer.requests)), ("needs_approval", 0))
        self.expect("approve", "-d", self.data(), "--who", "eve", asked["approval"])
        self.assertEqual(self.run_it(playbook)[0], b"")
        self.expect("approve", "-d", self.data(), "--who", "ann", asked["approval"])
        done, = json_lines(self.run_it(playbook)[0])
        self.assertEqual((done["status"], len(peer.requests)), ("succeeded", 1))

    def test_pause(self):
        peer = self.peer()
        kill = self.file("k.yaml", "- rule: r\n  match_all: true\n  actions: [{action: a, use: local:file, parameters: {path: %s}}]\n" % (self.dir / "out"))
        self.run_it(self.playbook(peer.url), line({"x.n": 1}))
        self.expect("pause", "-d", self.data(), "--who", "ann", "--why", "drill")
        out, = json_lines(self.run_it(kill, line({"x.n": 2}))[0])
        notifies = out["status"] == "succeeded"  # as the type's table says
        self.assertIn(out["status"], ("paused", "succeeded"))
        self.assertEqual((self.dir / "out").exists(), notifies)
        self.expect("resume", "-d", self.data(), "--who", "ann")
        out, = json_lines(self.run_it(kill, line({"x.n": 3}))[0])
        self.assertEqual(out["status"], "succeeded")

    def test_a_command_is_answered_while_it_runs(self):
        peer = self.peer()
        playbook = self.playbook(peer.url, "  require_approval: true\n")
        child = subprocess.Popen([FALCOIR, "run", "--json", "--as-of", "alert", "-d", self.data(), "-p", playbook], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        child.stdin.write(line({"x.n": 1}))
        child.stdin.flush()
        asked, = json_lines(child.stdout.readline())
        self.assertIn(b"done", self.expect("approve", "-d", self.data(), "--who", "ann", asked["approval"])[0])
        done, = json_lines(child.stdout.readline())
        self.assertEqual(done["status"], "succeeded")
        self.expect("approve", "-d", self.data(), "--who", "ann", asked["approval"], code=1)
        child.stdin.close()
        self.assertEqual(child.wait(timeout=20), 0)
        child.stdout.close()

    def test_a_letter_that_is_planned_no_more(self):
        """It is not replayed, and says what helps; with the playbook that planned it, it is delivered, once."""
        peer = self.peer(400, 200)
        playbook = self.playbook(peer.url)
        failed, = json_lines(self.run_it(playbook, line({"x.n": 7}), code=1)[0])
        ident = failed["action_id"]
        other = self.file("other.yaml", (RULE % ("", peer.url)).replace("- rule: r", "- rule: s"))
        child = subprocess.Popen([FALCOIR, "run", "--as-of", "alert", "-d", self.data(), "-p", other], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(child.kill)
        said = ("the playbook does not plan this action any more (rule 'r', step 'a'), and without it nobody knows what to do; hint: start the engine "
                "with the playbook that planned it and replay it then, or discard it")
        for args in ([], ["--json"]):
            # where it comes before the engine has taken the directory, it is left there, and answered to nobody
            for _ in range(200):
                done, out, err = self.command("journal", "replay", ident[:12], "-d", self.data(), "--who", "ann", "--wait", "20", *args)
                if done != 0 or b"no engine owns it" not in out and b'"left"' not in out:
                    break
                time.sleep(0.02)
            self.assertEqual((done, out, err.decode()), (1, b"", f"falcoir journal: {said}\n"))
        self.assertEqual(len(peer.requests), 1)
        child.stdin.close()
        self.assertEqual(child.wait(timeout=20), 0)
        lies, = json_lines(self.expect("journal", "list", "--json", "--status", "dead", "-d", self.data())[0])
        self.assertEqual((lies["action_id"], lies["step"]), (ident, "a"))
        self.assertNotIn(b'"command":"replay"', self.expect("journal", "export", "-d", self.data())[0])
        self.assertIn(b"no engine owns it now", self.expect("journal", "replay", ident, "-d", self.data(), "--who", "ann")[0])
        done, = json_lines(self.run_it(playbook)[0])
        self.assertEqual((done["action_id"], done["status"], [r["body"] for r in peer.requests]), (ident, "succeeded", [b'{"n": 7}'] * 2))
        self.assertEqual(self.expect("journal", "list", "--status", "dead", "-d", self.data())[0], b"")
        self.assertEqual(self.run_it(playbook)[0], b"")
        self.assertEqual(len(peer.requests), 2)

    def test_stale(self):
        peer = self.peer()
        out, err = self.expect("run", "--json", "--as-of", "now", "-p", self.playbook(peer.url), stdin=line({"x.n": 1}))
        self.assertEqual([o["status"] for o in json_lines(out)], ["stale"])
        self.assertIn(b"--as-of alert", err)
        self.assertEqual(peer.requests, [])

    def test_two_owners(self):
        peer = self.peer()
        playbook = self.playbook(peer.url)
        child = subprocess.Popen([FALCOIR, "run", "-d", self.data(), "-p", playbook], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        for _ in range(200):
            if (self.data() / "journal.db").exists():
                break
            time.sleep(0.02)
        _, err = self.run_it(playbook, code=3)
        self.assertIn(b"owns", err.replace(b"holds", b"owns").replace(b"in use", b"owns"))
        child.stdin.close()
        self.assertEqual(child.wait(timeout=20), 0)


if __name__ == "__main__":
    main()

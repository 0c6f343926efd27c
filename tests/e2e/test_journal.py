#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir journal, approvals, report` and the commands for an engine, over journals that the test writes itself."""
import hashlib
import html.parser
import json
import os
import re
import sqlite3
import subprocess
import unittest

from harness import BUILD, Case, json_lines, line, main

START = 1_784_020_893_000_000_000  # 2026-07-14T09:21:33Z
MAKER = BUILD / "tests/e2e/make_journal"


def alert_id(n):
    return hashlib.sha256(b"alert %d" % n).hexdigest()


def action_id(n):
    return hashlib.sha256(b"action %d" % n).hexdigest()


def ms(n):
    return n * 1_000_000


class JournalCase(Case):
    def setUp(self):
        super().setUp()
        self.data = self.dir / "data"

    def make(self, records):
        done = subprocess.run([MAKER, self.data], input="".join(json.dumps(r) + "\n" for r in records).encode(), capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def one_action(self, n, rule="Kill shells", status="succeeded", feedback=None, fields=None, at=0):
        """An alert, its action and how that ended: accepted after 5 ms, begun 10 ms later, done after 100 ms more."""
        at = START + at + ms(1000 * n)
        records = [
            {"kind": "alert", "event": alert_id(n), "at": at + ms(5), "record": {"rules": [rule], "time": "2026-07-14T09:21:%02d.000000000Z" % (33 + n)},
             "alert": line(fields, rule=rule).decode()},
            {"kind": "intent", "event": alert_id(n), "action": action_id(n), "at": at + ms(15), "record": {"attempt": 1, "rule": rule, "step": "Kill", "use": "http:webhook"}},
            {"kind": "outcome", "event": alert_id(n), "action": action_id(n), "at": at + ms(115),
             "record": {"attempts": 1, "duration": ms(100), "rule": rule, "status": status, "step": "Kill", "use": "http:webhook",
                        **({"error": {"code": "FIR_EACTION", "message": "answered 500"}} if status == "failed" else {})}}]
        if feedback:
            records.append({"kind": "feedback", "event": alert_id(n), "action": action_id(n), "at": at + ms(5000),
                            "record": {"note": "x", "rule": rule, "true_positive": feedback == "tp", "who": "ann"}})
        return records


class Reading(JournalCase):
    def test_list(self):
        self.make(self.one_action(1) + self.one_action(2, status="failed") + [{"trim": 4}])
        out = (f"2026-07-14T09:21:34.115Z  succeeded  Kill shells  Kill  http:webhook  {action_id(1)[:12]}\n"
               f"2026-07-14T09:21:35.115Z  failed     Kill shells  Kill  http:webhook  {action_id(2)[:12]}  answered 500\n")
        self.expect("journal", "list", "-d", self.data, out=out, err="")
        self.expect("journal", "list", "-d", self.data, "--status", "failed", out=out.split("\n")[1] + "\n")
        self.expect("journal", "list", "-d", self.data, "--rule", "Another", out="")
        stdout, _ = self.expect("journal", "list", "--json", "--data", self.data)
        first, second = json_lines(stdout)
        self.assertEqual(first, {"action_id": action_id(1), "attempts": 1, "ended": START + ms(1115), "event_id": alert_id(1), "first": START + ms(1015),
                                 "rule": "Kill shells", "started": START + ms(1015), "status": "succeeded", "step": "Kill", "use": "http:webhook"})
        self.assertEqual(second["error"]["message"], "answered 500")

    def test_show(self):
        self.make(self.one_action(1) + self.one_action(2))
        stdout, _ = self.expect("journal", "show", action_id(2)[:10], "--json", "-d", self.data)
        self.assertEqual([r["kind"] for r in json_lines(stdout)], ["intent", "outcome"])
        self.assertEqual(json_lines(stdout)[0]["seq"], 5)
        stdout, _ = self.expect("journal", "show", alert_id(1), "-d", self.data)
        self.assertEqual(stdout.count(b"\n    {"), 4)  # three records and the alert
        self.assertIn(b'"hostname":"node-3"', stdout)
        self.expect("journal", "show", "ffffffffffff", "-d", self.data, code=1, err="falcoir journal: no record is about 'ffffffffffff'\n")
        self.expect("journal", "show", "abc", "-d", self.data, code=2)
        self.expect("journal", "show", "-d", self.data, code=2)

    def test_hostile_text_stays_on_its_line(self):
        self.make([{"kind": "outcome", "event": "e" * 64, "action": "a" * 64, "at": START,
                    "record": {"rule": "x\u001b[2J\n\u202eevil", "status": "failed", "step": "\r", "use": "u", "error": {"message": "a\nb"}}}])
        stdout, _ = self.expect("journal", "list", "-d", self.data)
        self.assertEqual(stdout, b"2026-07-14T09:21:33.000Z  failed     x\\x1b[2J\\x0a\\u202eevil  \\x0d  u  aaaaaaaaaaaa  a\\x0ab\n")
        stdout, _ = self.expect("journal", "show", "a" * 64, "-d", self.data)
        self.assertNotIn(b"\x1b", stdout)

    def test_verify_and_export(self):
        self.make(self.one_action(1) + self.one_action(2))
        stdout, _ = self.expect("journal", "verify", "--json", "-d", self.data)
        verdict = json_lines(stdout)[0]
        head = verdict.pop("head")
        self.assertEqual(verdict, {"first": 1, "last": 6, "ok": True, "records": 6})
        self.expect("journal", "verify", "-d", self.data, out=f"6 records, 1 to 6, are as they were written. The head is\n{head}\n")
        self.expect("journal", "verify", "--head", head, "-d", self.data)
        self.expect("journal", "verify", "--head", "00" * 32, "-d", self.data)  # before the first
        self.expect("journal", "verify", "--head", "01" * 32, "-d", self.data, code=1, out="")
        self.expect("journal", "verify", "--head", "01", "-d", self.data, code=2, out="")
        # By hand: no falcoir, only SHA-256 and the text.
        exported, _ = self.expect("journal", "export", "-d", self.data, err="")
        before = "00" * 32
        for one in exported.splitlines():
            entry = one[one.index(b',"entry":') + 9:-1]
            before = hashlib.sha256(before.encode() + entry).hexdigest()
            self.assertEqual(json.loads(one)["hash"], before)
        self.assertEqual(before, head)
        self.assertEqual(json.loads(json.loads(exported.splitlines()[0])["alert"])["rule"], "Kill shells")

    def tamper(self, sql):
        db = sqlite3.connect(self.data / "journal.db")
        db.executescript(sql)
        db.close()

    def test_tampering_is_named(self):
        self.make(self.one_action(1) + self.one_action(2))
        self.tamper("UPDATE records SET json = replace(json, 'succeeded', 'failed') WHERE seq = 3")
        self.expect("journal", "verify", "-d", self.data, code=1,
                    out="record 3 is broken: it is not what was written there. 2 before it are as they were written.\n")
        stdout, _ = self.expect("journal", "verify", "--json", "-d", self.data, code=1)
        self.assertEqual(json_lines(stdout)[0]["broken"], 3)

    def test_a_damaged_file_is_exported_as_far_as_it_can_be_read(self):
        self.make([r for n in range(1, 120) for r in self.one_action(n)])
        path = self.data / "journal.db"
        whole = path.read_bytes()
        page = next(i for i in range(4, len(whole) // 4096) if whole[4096 * i] == 13 and b"hostname" in whole[4096 * i:4096 * (i + 1)])
        path.write_bytes(whole[:4096 * page] + b"\xff" * 4096 + whole[4096 * (page + 1):])
        done, stdout, stderr = self.command("journal", "export", "-d", self.data)
        self.assertEqual(done, 3)
        self.assertIn(b"damaged", stderr)
        got = [json.loads(one)["entry"]["seq"] for one in stdout.splitlines()]
        self.assertEqual(got, sorted(set(got)))
        self.assertGreater(len(got), 300)
        self.assertLess(len(got), 357)
        self.assertEqual(got[-1], 357)
        self.expect("journal", "verify", "-d", self.data, code=1)

    def test_wrong_use(self):
        for args, code in [([], 2), (["list"], 2), (["burn", "-d", self.dir], 2), (["list", "x", "-d", self.dir], 2),
                           (["list", "-d", self.dir], 3), (["list", "-d", self.dir / "none"], 3), (["replay", "-d", self.dir], 2)]:
            self.expect("journal", *args, code=code, out="")
        (self.dir / "journal.db").write_bytes(b"no database" * 500)
        _, stderr = self.expect("journal", "list", "-d", self.dir, code=3)
        self.assertIn(b"damaged", stderr)


class Operating(JournalCase):
    def ask(self, n, **more):
        return {"kind": "approval", "event": alert_id(n), "at": START, "record": {
            "actions": [{"action_id": action_id(n), "digest": "d", "use": "kubernetes:terminate"}], "approval": "%016x" % (n + 0xabcd0000),
            "expires": "2026-07-14T09:31:33Z", "rule": "Kill shells", **more}}

    def test_approvals(self):
        self.make([self.ask(1), self.ask(2), self.ask(3), {"kind": "decision", "event": alert_id(3), "at": START,
                                                           "record": {"approval": "00000000abcd0003", "approve": False, "state": "expired", "who": "expired"}},
                   {"kind": "decision", "event": alert_id(1), "at": START,
                                             "record": {"approval": "00000000abcd0001", "approve": False, "who": "bob", "why": "known"}}])
        pending = (f"00000000abcd0002  pending  Kill shells  2026-07-14T09:21:33.000Z, expires 2026-07-14T09:31:33Z\n"
                   f"    kubernetes:terminate  {action_id(2)[:12]}  \n")
        self.expect("approvals", "-d", self.data, out=pending)
        stdout, _ = self.expect("approvals", "--all", "--json", "-d", self.data)
        self.assertEqual([(a["approval"][-4:], a["status"], a.get("who")) for a in json_lines(stdout)], [("0001", "rejected", "bob"), ("0002", "pending", None),
                                                                                                              ("0003", "expired", "expired")])

    def test_commands_are_left_where_nobody_runs(self):
        self.make(self.one_action(1) + [self.ask(2)])
        commands = [(["approve", "00000000abcd0002", "--why", "seen"], {"verb": "approve", "id": "00000000abcd0002", "why": "seen"}),
                    (["reject", "00000000ab"], {"verb": "reject", "id": "00000000abcd0002"}),
                    (["undo", action_id(1)[:8]], {"verb": "undo", "id": action_id(1)}),
                    (["approve", "00000000abcd0002.t0ken"], {"verb": "approve", "id": "00000000abcd0002.t0ken"}),
                    (["journal", "replay", action_id(1)], {"verb": "replay", "id": action_id(1)}),
                    (["journal", "discard", action_id(1)[:6]], {"verb": "discard", "id": action_id(1)}),
                    (["feedback", action_id(1), "tp"], {"verb": "feedback", "id": action_id(1), "yes": True}),
                    (["feedback", action_id(1), "fp"], {"verb": "feedback", "id": action_id(1)}),
                    (["pause"], {"verb": "pause"}), (["resume"], {"verb": "resume"})]
        for args, want in commands:
            stdout, _ = self.expect(*args, "-d", self.data, "--who", "ann", err="")
            self.assertIn(b"no engine owns it now", stdout)
            left = sorted((self.data / "commands").iterdir())
            self.assertEqual(len(left), 1)
            self.assertEqual(left[0].stat().st_mode & 0o777, 0o600)
            self.assertEqual(json.loads(left[0].read_text()), {"yes": False, "who": "ann", **want})
            left[0].unlink()
        stdout, _ = self.expect("pause", "--json", "-d", self.data)
        self.assertEqual(json_lines(stdout)[0]["status"], "left")

    def test_who_is_this_user(self):
        self.make([])
        self.expect("pause", "-d", self.data)
        left = next((self.data / "commands").iterdir())
        name = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        self.assertEqual(json.loads(left.read_text())["who"], name)

    def test_an_id_that_nobody_has(self):
        self.make(self.one_action(1) + [self.ask(2)])
        for args, what in (["approve", "00000000abcd0009"], "approval"), (["reject", action_id(1)], "approval"), (["undo", "00000000abcd0002"], "action"), \
                          (["feedback", "ffff", "tp"], "action"), (["journal", "replay", "unknown-id"], "action"), (["journal", "discard", "ffff"], "action"):
            one = args[2 if args[0] == "journal" else 1]
            self.expect(*args, "-d", self.data, code=1, out="", err=f"falcoir {args[0]}: the journal knows no {what} '{one}'\n")
        self.expect("undo", "abc", "-d", self.data, code=2, out="",
                    err="falcoir undo: wants at least the first 4 characters of an id\nTry 'falcoir undo --help'.\n")
        self.assertFalse((self.data / "commands").exists())

    def test_an_id_that_several_have(self):
        self.make([self.ask(1), self.ask(2)])
        _, stderr = self.expect("approve", "00000000", "-d", self.data, code=2)
        self.assertIn(b"several ids begin with '00000000'", stderr)
        self.assertFalse((self.data / "commands").exists())

    def test_wrong_use(self):
        for args in (["approve"], ["approve", "x"], ["pause", "x", "-d", self.dir], ["feedback", "x", "maybe", "-d", self.dir], ["feedback", "x", "-d", self.dir],
                     ["undo", "-d", self.dir], ["approvals"], ["pause", "--wait", "soon", "-d", self.dir], ["report"], ["report", "x", "-d", self.dir],
                     ["report", "--since", "yesterday", "-d", self.dir]):
            self.expect(*args, code=2, out="")
        self.expect("pause", "-d", self.dir / "none", code=1, out="")
        self.expect("undo", "x", "-d", self.dir, code=3, out="")  # no journal in which it could be


class Page(html.parser.HTMLParser):
    """Every tag that is open is closed again, and nothing comes from elsewhere."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href", "onclick", "onload")]

    def handle_data(self, data):
        self.text.append(data)


class Report(JournalCase):
    def judged(self):
        records = []
        for n in range(1, 7):  # false alarms: the same image, all else differs
            records += self.one_action(n, feedback="fp", fields={"container.image.repository": "registry/backup", "proc.cmdline": f"tar {n}", "user.uid": 7})
        for n in range(7, 11):
            records += self.one_action(n, feedback="tp", fields={"container.image.repository": f"registry/web-{n}", "proc.cmdline": f"sh {n}"})
        return records + self.one_action(11, rule="Quarantine", status="failed")

    def test_text(self):
        self.make(self.judged())
        stdout, _ = self.expect("report", "-d", self.data, err="")
        self.assertEqual(stdout.decode(), """\
11 alerts, 11 actions, 2026-07-14T09:21:34.015Z to 2026-07-14T09:21:44.015Z

How fast                        p50        p90        p99       most       of
  alert to accepted          5.0 ms     5.0 ms     5.0 ms     5.0 ms       11
  accepted to started         10 ms      10 ms      10 ms      10 ms       11
  started to done            100 ms     100 ms     100 ms     100 ms       11
  alert to done              115 ms     115 ms     115 ms     115 ms       11

How well
   alerts  actions  succeeded  failed  other  right  false  precision   p50 done  rule
       10       10         10       0      0      4      6       40 %     115 ms  Kill shells
        1        1          0       1      0      0      0          -     115 ms  Quarantine

What false alarms share
  Kill shells: 6 of 10 judged alerts were false alarms
    container.image.repository is registry/backup in 6 of 6 false alarms and 0 of 4 others; to leave them out: and not container.image.repository = "registry/backup"
    user.uid is 7 in 6 of 6 false alarms and 0 of 4 others; to leave them out: and not user.uid = "7"
""")

    def test_json(self):
        self.make(self.judged())
        stdout, _ = self.expect("report", "--json", "-d", self.data)
        report = json_lines(stdout)[0]
        self.assertEqual((report["alerts"], report["actions"]), (11, 11))
        self.assertEqual(report["stages"]["alert to done"], {"count": 11, "max": ms(115), "p50": ms(115), "p90": ms(115), "p99": ms(115)})
        rule = report["rules"][0]
        self.assertEqual((rule["rule"], rule["precision"], rule["true_positives"], rule["false_positives"]), ("Kill shells", 0.4, 4, 6))
        self.assertEqual(rule["shared"][0]["exception"], 'and not container.image.repository = "registry/backup"')

    def test_since(self):
        self.make(self.judged())
        stdout, _ = self.expect("report", "--json", "-d", self.data, "--since", "2026-07-14T09:21:40Z", "--until", "2026-07-14T09:21:43Z")
        self.assertEqual(json_lines(stdout)[0]["actions"], 3)
        stdout, _ = self.expect("report", "--json", "-d", self.data, "--until", "36500d")
        self.assertEqual(json_lines(stdout)[0]["actions"], 0)

    def test_html(self):
        evil = '<script>alert(1)</script>"\'&'
        self.make(self.judged() + self.one_action(12, rule=evil))
        self.expect("report", "-d", self.data, "--html", self.dir / "report.html", out="", err="")
        text = (self.dir / "report.html").read_text()
        page = Page()
        page.feed(text)
        page.close()
        self.assertEqual(page.links, [])
        self.assertNotIn("script", page.tags)
        self.assertNotRegex(text, r"https?://")
        self.assertGreaterEqual(page.tags.count("svg"), 4)
        self.assertGreater(page.tags.count("rect"), 20)
        self.assertIn(evil, "".join(page.text))
        self.assertNotRegex(text, r"\b(nan|inf)\b")
        for x in re.findall(r'\s(?:x|y|width|height)="([^"]+)"', text):
            self.assertGreaterEqual(float(x), 0)
        stdout, _ = self.expect("report", "-d", self.data, "--html", "-")
        self.assertEqual(stdout.decode(), text)

    def test_an_empty_journal(self):
        self.make([])
        stdout, _ = self.expect("report", "-d", self.data)
        self.assertTrue(stdout.startswith(b"0 alerts, no actions\n"))
        self.expect("report", "-d", self.data, "--html", self.dir / "report.html", out="")
        self.expect("report", "-d", self.data, "--html", self.dir / "no/such/report.html", code=3)

    def test_many_rules_and_no_time(self):
        self.make([{"kind": "outcome", "event": alert_id(n), "action": action_id(n), "at": START, "record": {"rule": f"Rule {n}", "status": "skipped"}}
                   for n in range(100)])
        self.expect("report", "-d", self.data, "--html", self.dir / "report.html")
        stdout, _ = self.expect("report", "-d", self.data)
        self.assertEqual(stdout.count(b"  Rule "), 100)


if __name__ == "__main__":
    if not MAKER.exists():
        print("skipped: this build has no journal")
        raise SystemExit(77)
    main()

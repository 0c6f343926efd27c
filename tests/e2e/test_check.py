#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir check`: all diagnostics, the source line, a caret in the right place, colour on a terminal only."""
import json
import os
import pty
import subprocess

from harness import ARTICLES, FALCOIR, QUICKSTART, Case, json_lines, line, main

KEYS = {"file", "line", "column", "severity", "code", "message", "hint"}
# Each: a playbook with one error, the line that is shown, and what stands under the caret's column.
PLACES = {
    "plain": ("- rule: x\n  match_all: yes\n  actions: []\n", "  match_all: yes", "yes"),
    "crlf": ("- rule: x\r\n  match_all: yes\r\n  actions: []\r\n", "  match_all: yes", "yes"),
    "cr": ("- rule: x\r  match_all: yes\r  actions: []\r", "  match_all: yes", "yes"),
    "tab": ("- rule: x\n  match_all: \tyes\n  actions: []\n", "  match_all:  yes", "yes"),
    "utf8": ('- {"rule": "é→ü", match_all: yes, actions: []}\n', '- {"rule": "é→ü", match_all: yes, actions: []}', "yes"),
    "no newline": ("- rule: x\n  actions: []\n  match_all: yes", "  match_all: yes", "yes"),
    "bom": ("\ufeff- rule: x\n  match_all: yes\n  actions: []\n", "  match_all: yes", "yes"),
}


def columns(text):
    """How many columns of a terminal a text takes, for what the tests use."""
    return sum(2 if "\u2e80" <= c <= "\ua4cf" else 1 for c in text)


class Check(Case):
    def one(self, text, code=1):
        path = self.file("p.yaml", text)
        out, _ = self.expect("check", "--json", path, code=code, err="")
        return path, json_lines(out)

    def test_json(self):
        out, _ = self.expect("check", "--json", ARTICLES, err="")
        found = json_lines(out)
        self.assertEqual([d["code"] for d in found], ["FIR-P157"])
        for text, d in zip(out.decode().splitlines(), found):
            self.assertEqual(set(d), KEYS)
            self.assertEqual(json.dumps(d, sort_keys=True, separators=(",", ":"), ensure_ascii=False), text)
            self.assertEqual((d["file"], d["severity"]), (str(ARTICLES), "warning"))
        self.expect("check", "--json", QUICKSTART, out="", err="")
        path, found = self.one("- rule: x\n  conditoin: a\n- frobnicate: y\n")
        self.assertTrue(all(set(d) == KEYS and d["file"] == path for d in found), found)
        self.assertEqual(found, sorted(found, key=lambda d: (d["line"], d["column"])))
        self.assertIn(("error", 2, 3), [(d["severity"], d["line"], d["column"]) for d in found])
        self.assertIn("condition", next(d["hint"] for d in found if d["line"] == 2))

    RULE = "- rule: %s\n  match_all: true\n  actions: [{action: a, use: local:file, parameters: {path: /x}}]\n"

    def rules(self, *files):
        plans = json_lines(self.expect("plan", "--json", *(o for f in files for o in ("-p", f)), stdin=line())[0])
        return [r["rule"] for r in plans[0]["rules"]]

    def test_named_playbooks(self):
        """A configuration's `playbooks`: beside its own file, by the order of their bytes, each once."""
        (self.dir / "d[1]").mkdir()
        (self.dir / "d[1]/sub").mkdir()
        for name in ["b.yaml", "B.yaml", "a.yaml", ".hidden.yaml", "a.txt", "sub/z.yaml"]:
            self.file("d[1]/" + name, self.RULE % name)
        for patterns, order in [("'*.yaml'", ["B.yaml", "a.yaml", "b.yaml"]), ("b.yaml, '*.yaml'", ["b.yaml", "B.yaml", "a.yaml"]),
                                ("sub/*, a.txt", ["sub/z.yaml", "a.txt"]), (f"'{self.dir}/d[[]1]/[ab].yaml'", ["a.yaml", "b.yaml"])]:
            config = self.file("d[1]/conf.yml", f"playbooks: [{patterns}]\n")
            self.assertEqual(self.rules(config), order, patterns)
        config = self.file("d[1]/conf.yaml", "playbooks: ['*.yaml']\n")  # names itself too: read already
        self.assertEqual(self.rules(config), ["B.yaml", "a.yaml", "b.yaml"])
        self.assertEqual(self.rules(self.dir / "d[1]/b.yaml", config), ["b.yaml", "B.yaml", "a.yaml"])
        self.assertEqual(self.rules(config, self.file("last.yaml", self.RULE % "last")), ["B.yaml", "a.yaml", "b.yaml", "last"])

    def test_named_playbooks_that_cannot_be(self):
        self.file("other.yml", "dry_run: true\n")
        self.file("broken.yml", "- rule: r\n")
        (self.dir / "folder.yml").mkdir()
        os.mkfifo(self.dir / "pipe.yml")
        for patterns, line_, column, says in [
                ("a.yaml, none-*.yaml", 1, 13, "`a.yaml` names no file"), ("x/*", 1, 13, "that is not there"), ("''", 1, 13, "is no path"),
                ("other.yml", 1, 1, "another names it as a playbook"), ("folder.yml", 1, 13, "is no file that could be read"),
                ("pipe.yml", 1, 13, "is no file that could be read")]:
            path, found = self.one(f"playbooks: [{patterns}]\n")
            self.assertEqual((found[0]["code"], found[0]["line"], found[0]["column"]), ("FIR-P174", line_, column), found)
            self.assertIn(says, found[0]["message"])
        path, found = self.one("playbooks: [broken.yml]\n")
        self.assertEqual({d["file"] for d in found}, {str(self.dir / "broken.yml")}, found)
        out, _ = self.expect("check", "--json", "-", stdin=b"playbooks: [broken.yml]\n", code=1)
        self.assertEqual([d["code"] for d in json_lines(out)], ["FIR-P174"])
        path, found = self.one("- playbooks: [a]\n")
        self.assertEqual({d["code"] for d in found} - {"FIR-P174"}, {d["code"] for d in found}, found)

    def test_text(self):
        path = self.file("p.yaml", "- rule: x\n  match_all: yes\n  actions: []\n")
        out, err = self.expect("check", path, code=1, out="1 error, 0 warnings\n")
        self.assertEqual(err.decode(), f'{path}:2:14: error FIR-P106: `match_all` wants true or false, not "yes"\n'
                                       "      match_all: yes\n"
                                       "                 ^\n")

    def test_carets(self):
        for name, (text, shown, below) in PLACES.items():
            path, found = self.one(text)
            found = [d for d in found if d["code"] == "FIR-P106"]
            self.assertEqual(len(found), 1, name)
            _, err = self.expect("check", path, code=1)
            lines = err.decode().split("\n")
            at = next(i for i, l in enumerate(lines) if "FIR-P106" in l)
            self.assertEqual(lines[at + 1], "    " + shown, name)
            caret = lines[at + 2]
            self.assertEqual(caret, " " * (4 + shown.index(below)) + "^", name)

    def test_wide_characters(self):
        path, _ = self.one('- {rule: "中文e\u0301", match_all: yes, actions: []}\n')
        _, err = self.expect("check", path, code=1)
        lines = err.decode().split("\n")
        at = next(i for i, l in enumerate(lines) if "FIR-P106" in l)
        before = lines[at + 1][:lines[at + 1].index("yes")].replace("\u0301", "")
        self.assertEqual(lines[at + 2], " " * columns(before) + "^")

    def test_controls_before_the_caret(self):
        path, found = self.one('- {rule: "a\u202eb", match_all: yes, actions: []}\n')
        _, err = self.expect("check", path, code=1)
        lines = err.decode().split("\n")
        at = next(i for i, l in enumerate(lines) if "FIR-P106" in l)
        self.assertIn("\\u202e", lines[at + 1])
        self.assertEqual(lines[at + 2], " " * lines[at + 1].index("yes") + "^")

    def test_every_caret_is_below_its_column(self):
        """What JSON says and what the eyes see is the same place."""
        text = "- macro: m\n  condition: é.é = 1 andd x\n- list: l\n  items: [a, {b: c}]\n- rule: é\n  condition: evt.type in (m\n  actoins: 1\n" \
               "- rule: y\n  condition: 'proc.nme = \"é\"  and evt.num  regex a'\n  actions:\n    - {action: é, use: http:webhok}\n"
        path, found = self.one(text)
        _, err = self.expect("check", path, code=1)
        seen = err.decode().split("\n")
        source = text.split("\n")
        self.assertGreater(len(found), 4)
        at = 0
        for d in found:
            while not seen[at].startswith(f"{path}:{d['line']}:{d['column']}: {d['severity']} {d['code']}: "):
                at += 1
            self.assertEqual(seen[at + 1], "    " + source[d["line"] - 1])
            before = source[d["line"] - 1].encode()[:d["column"] - 1].decode()  # columns are in bytes, as compilers count
            self.assertEqual(seen[at + 2], " " * (4 + len(before)) + "^")

    def test_colour_only_on_a_terminal(self):
        path = self.file("p.yaml", "- rule: x\n  match_all: yes\n  actions: []\n")
        _, plain = self.expect("check", path, code=1)
        self.assertNotIn(b"\x1b", plain)
        master, slave = pty.openpty()
        child = subprocess.Popen([FALCOIR, "check", path], stdout=subprocess.DEVNULL, stderr=slave, stdin=subprocess.DEVNULL)
        os.close(slave)
        seen = b""
        try:
            while chunk := os.read(master, 65536):
                seen += chunk
        except OSError:  # the other end is closed
            pass
        os.close(master)
        self.assertEqual(child.wait(), 1)
        self.assertIn(b"\x1b[1;31merror\x1b[0m FIR-P106", seen)
        self.assertEqual(seen.replace(b"\x1b[1;31m", b"").replace(b"\x1b[0m", b"").replace(b"\r\n", b"\n"), plain)

    def test_several_files(self):
        a = self.file("a.yaml", "- list: shells\n  items: [sh]\n- frobnicate: 1\n")
        b = self.file("b.yaml", "- rule: x\n  condition: proc.name in (shells)\n  match_all: yes\n  actions: []\n")
        out, _ = self.expect("check", "--json", a, b, code=1)
        self.assertEqual([d["file"] for d in json_lines(out)], [a, b])
        _, err = self.expect("check", a, b, code=1, out="2 errors, 0 warnings\n")
        self.assertIn(b"\n    - frobnicate: 1\n      ^\n", err)
        self.assertIn(b"\n      match_all: yes\n                 ^\n", err)


class Secrets(Case):
    """A secret in the file is not repeated on the terminal of who checks it."""
    CASES = [
        'webhook_output:\n  url: https://x.example/\n  custom_headers: {Authorization: "Bearer hunter2", X-A: b}\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    X-Api-Key: hunter2\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: "Bearer hunter2\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: "Bearer hunter2" x\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: [hunter2]\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: {evn: hunter2}\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: {a: {b: hunter2}}\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: "{{hunter2"\n',
        'webhook_output:\n  url: https://x.example/\n  custom_headers:\n    Authorization: "hunter2"\n    Authorization: "hunter2"\n',
        'webhook_output: {url: "https://x.example/", custom_headers: {Cookie: hunter2}, frobnicate: 1}\n',
        'webhook_output:\n  url: https://x.example/\n  secret_headers: [X-Mine]\n  custom_headers:\n    X-Mine: hunter2\n',
        'slack_output: {enabled: true, url: "https://hooks.slack.com/services/hunter2"}\n',
        'slack_output: {url: "https://hooks.slack.com/services/hunter2", enabled: maybe, frobnicate: 1}\n',
        '- rule: x\n  match_all: true\n  actions:\n    - {action: a, use: http:webhook, parameters: {url: "https://x.example/", '
        'headers: {Authorization: hunter2}}, frobnicate: 1}\n',
    ]

    def test_no_secret(self):
        for text in self.CASES:
            path = self.file("p.yaml", text)
            for args in [["check", path], ["check", "--json", path], ["test", path], ["plan", "-p", path, os.devnull],
                         ["plan", "--json", "-p", path], ["run", "--dry-run", "-p", path], ["run", "--json", "--dry-run", "-p", path]]:
                _, out, err = self.command(*args, stdin=b'{"rule":"a","priority":"Notice","time":"2026-07-14T09:21:33.1Z"}\n')
                self.assertNotIn(b"hunter2", out + err, (text, args))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exit codes, help, wrong use, and an output that cannot be written to."""
import os
import subprocess

from harness import ALERTS, ARTICLES, FALCOIR, HOSTILE, QUICKSTART, Case, line, main

SUBCOMMANDS = ["check", "test", "plan", "explain", "diff", "filter", "render", "run", "send", "journal", "approvals", "approve",
               "reject", "pause", "resume", "undo", "feedback", "report", "fields", "actions", "completion", "version"]
# A call of each that is fine.
FINE = {
    "check": ["check", QUICKSTART], "test": ["test", QUICKSTART], "plan": ["plan", "-p", QUICKSTART, ALERTS],
    "explain": ["explain", "-p", QUICKSTART, ALERTS], "diff": ["diff", "-p", QUICKSTART, "--with", QUICKSTART, ALERTS],
    "completion": ["completion", "bash"],
    "filter": ["filter", "proc.name = bash", ALERTS], "render": ["render", "{{rule}}", ALERTS],
    "run": ["run", "--dry-run", "-p", QUICKSTART, ALERTS], "fields": ["fields"], "actions": ["actions"], "version": ["version"],
}
BROKEN = "- rule: x\n  condition: a.b.c =\n  actions: []\n"


class Help(Case):
    def test_help_everywhere(self):
        whole, _ = self.expect("--help", err="")
        for name in ["-h", "help"]:
            self.expect(name, out=whole, err="")
        for name in SUBCOMMANDS:
            self.assertIn(b"\n  %-10s " % name.encode(), whole)
            out, _ = self.expect(name, "--help", err="")
            self.assertTrue(out.startswith(b"Usage: falcoir " + name.encode() + b" [OPTION]..."), out)
            self.assertIn(b"\n      --help ", out)
        self.assertEqual(len([l for l in whole.split(b"\n") if l.startswith(b"  ")]), len(SUBCOMMANDS))

    def test_help_before_the_rest(self):
        self.expect("check", "--help", "/nowhere", err="")
        self.expect("plan", "-p", "/nowhere", "--help", err="")

    def test_every_option_of_the_help_is_known(self):
        for name in SUBCOMMANDS:
            out, _ = self.expect(name, "--help")
            for text in out.decode().splitlines():
                word = next((w for w in text.split() if w.startswith("--")), None)
                if text.startswith("  ") and word and word != "--help":
                    _, _, err = self.command(name, word, "x")
                    self.assertNotIn(b"there is no option", err, (name, word))

    def test_version(self):
        out, _ = self.expect("version", err="")
        self.assertRegex(out.decode(), r"\Afalcoir \d+\.\d+\.\d+\n(  [a-z0-9]+ +\S.*\n)+\Z")
        self.expect("--version", out=out, err="")
        one, _ = self.expect("version", "--json", err="")
        self.assertRegex(one.decode(), r'\A\{"built_with":\{"compiler":"[^"]+",.*\},"version":"\d+\.\d+\.\d+"\}\n\Z')


class WrongUse(Case):
    def wrong(self, *args, says, code=2):
        out, err = self.expect(*args, code=code, out="")
        self.assertIn(says.encode(), err)

    def test_no_subcommand(self):
        _, usage = self.expect("--help")[1], self.expect("--help")[0]
        self.expect(code=2, out="", err=usage)
        self.expect("frobnicate", code=2, out="", err=b"falcoir: there is no subcommand 'frobnicate'\n" + usage)
        for later in ["serve", "admission"]:
            self.expect(later, code=2, out="")

    def test_options(self):
        for name in SUBCOMMANDS:
            self.expect(name, "--frobnicate", code=2, out="",
                        err=f"falcoir {name}: there is no option --frobnicate\nTry 'falcoir {name} --help'.\n")
            self.wrong(name, "-Z", says="there is no option -Z")
        self.wrong("plan", "--json=1", says="--json takes no value")
        self.wrong("plan", "-p", says="-p wants FILE")
        self.wrong("plan", "--playbook", says="--playbook wants FILE")
        self.wrong("run", "--timeout", "soon", "-p", QUICKSTART, says="'soon'")
        self.wrong("run", "--timeout=-1s", "-p", QUICKSTART, says="'-1s'")

    def test_operands(self):
        for name in ["check", "test", "plan", "explain", "diff", "filter", "render", "run", "send", "completion"]:
            self.wrong(name, says="falcoir " + name + ": ")
        self.wrong("filter", "a", "b", "c", says="at most one file")
        self.wrong("render", "a", "b", "c", says="at most one file")
        self.wrong("plan", "-p", QUICKSTART, "a", "b", says="at most one file")
        self.wrong("run", "-p", QUICKSTART, "a", "b", says="at most one file")
        self.wrong("explain", "-p", QUICKSTART, "a", "b", says="at most one file")
        self.wrong("diff", "-p", QUICKSTART, "--with", QUICKSTART, "a", "b", says="at most one file")
        self.wrong("fields", "a", "b", says="at most one name")
        self.wrong("actions", "a", "b", says="at most one type")
        self.wrong("version", "a", says="takes no operand")
        self.wrong("render", "--falco", "--talon", "x", says="exclude each other")
        self.wrong("render", "--sink", "sea", "x", says="there is no sink 'sea'")

    def test_what_does_not_compile(self):
        self.expect("filter", "proc.name = é and ", code=2, out="",
                    err="falcoir filter: expected a '(' token, a field check, or an identifier; hint: a condition is missing here\n"
                        "    proc.name = é and \n"
                        "                      ^\n")
        out, err = self.expect("render", "é {{rule | nope}}", code=2, out="")
        self.assertEqual(err.decode().splitlines()[1:], ["    é {{rule | nope}}", "               ^"])
        broken = self.file("broken.yaml", BROKEN)
        shown = self.expect("check", broken, code=1, out="2 errors, 0 warnings\n")[1].decode()
        self.assertIn("broken.yaml:2:", shown)
        self.assertRegex(shown, r"\n      condition: a\.b\.c =\n {6} *\^\n")
        self.expect("test", broken, code=2, out="")
        for args in [["plan", "-p", broken], ["run", "-p", broken], ["explain", "-p", broken], ["diff", "-p", broken, "--with", QUICKSTART],
                     ["diff", "-p", QUICKSTART, "--with", broken]]:
            self.expect(*args, ALERTS, code=2, out="", err=f"{shown}falcoir {args[0]}: the playbook has 2 errors\n")

    def test_the_answer_is_no(self):
        self.expect("filter", "proc.name = nobody", ALERTS, code=1, out="", err="")
        self.expect("filter", "--count", "proc.name = nobody", ALERTS, code=1, out="0\n", err="")
        self.expect("fields", "no.such", code=1, out="", err="falcoir fields: there is no field 'no.such'\n")
        self.expect("actions", "no:such", code=1, out="", err="falcoir actions: there is no action type 'no:such'\n")
        self.expect("actions", "http:webhok", code=1, out="", err="falcoir actions: there is no action type 'http:webhok'; near it: http:webhook\n")
        self.expect("fields", "proc.nmae", code=1, out="",
                    err="falcoir fields: there is no field 'proc.nmae'; near it: proc.name, proc.nchilds, proc.nthreads\n")
        self.expect("fields", "zz\x1b[31m", code=1, out="", err="falcoir fields: there is no field 'zz\\x1b[31m'\n")

    def test_an_action_type_with_its_parameters(self):
        out, _ = self.expect("actions", "local:file")
        lines = out.decode().splitlines()
        self.assertRegex(lines[0], r"\Alocal:file +unsafe +Appends a line")
        self.assertRegex("\n".join(lines), r"\n  line +string +default \{\{event.json\}\}\n      What is appended")
        self.assertRegex("\n".join(lines), r"\n  path +string +required\n      The file")
        out, _ = self.expect("actions", "http:webhook")
        self.assertIn(b"  method               string     default POST one of ", out)

    def test_missing_files(self):
        for args in [["check", "/nowhere"], ["test", "/nowhere"], ["plan", "-p", "/nowhere"], ["plan", "-p", QUICKSTART, "/nowhere"],
                     ["filter", "rule exists", "/nowhere"], ["render", "x", "/nowhere"], ["send", "http://127.0.0.1:9/", "/nowhere"], ["run", "-p", QUICKSTART, "/nowhere"],
                     ["run", "-c", "/nowhere"], ["explain", "-p", "/nowhere"], ["explain", "-p", QUICKSTART, "/nowhere"],
                     ["diff", "-p", QUICKSTART, "--with", "/nowhere"], ["diff", "-p", QUICKSTART, "--with", QUICKSTART, "/nowhere"], ["actions", "--types", "/nowhere"], ["check", QUICKSTART, "/nowhere"]]:
            _, err = self.expect(*args, code=3, out="")
            self.assertIn(b"/nowhere: ", err.replace(b"/nowhere:-1:-1", b"/nowhere:"), args)
        for args in [["check", "/"], ["filter", "rule exists", "/"], ["plan", "-p", "/", ALERTS]]:
            self.expect(*args, code=3, out="")

    def test_several_playbooks(self):
        _, both = self.command("plan", "-p", QUICKSTART, "--playbook", ARTICLES, "--json", ALERTS)[:2]
        _, joined = self.command("plan", f"-p{QUICKSTART}", f"--playbook={ARTICLES}", "--json", ALERTS)[:2]
        self.assertEqual(both, joined)
        self.assertEqual(both.count(b'"rule":"Shell in production"'), 2)
        self.assertEqual(both.count(b'"rule":"output:webhook"'), 12)

    def test_after_two_dashes(self):
        self.file("--count", ALERTS.read_bytes())
        done = subprocess.run([FALCOIR, "filter", "--count", "--", "proc.name = bash", "--count"], cwd=self.dir, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"), done)


class Streams(Case):
    def test_dash_is_stdin(self):
        for args in [["filter", "rule exists"], ["plan", "--json", "-p", QUICKSTART], ["render", "{{rule}}"],
                     ["run", "--dry-run", "-p", QUICKSTART], ["explain", "-p", QUICKSTART],
                     ["diff", "-p", QUICKSTART, "--with", QUICKSTART]]:
            data = ALERTS.read_bytes()
            from_file, _ = self.expect(*args, ALERTS)
            self.assertTrue(from_file)
            for how in [args, [*args, "-"]]:
                self.expect(*how, stdin=data, out=from_file)

    def test_a_playbook_from_stdin(self):
        data = QUICKSTART.read_bytes()
        self.expect("check", "-", stdin=data, out="0 errors, 0 warnings\n", err="")
        plans, _ = self.expect("plan", "--json", "-p", QUICKSTART, ALERTS)
        self.expect("plan", "--json", "-p", "-", ALERTS, stdin=data, out=plans)
        _, err = self.expect("check", "-", stdin=b"- rule: x\n  conditoin: y\n", code=1)
        self.assertIn(b"<stdin>:2:3: error ", err)
        self.assertIn(b"\n      conditoin: y\n      ^\n", err)
        self.expect("check", "-", "-", stdin=data, code=2, out="")
        self.expect("plan", "-p", "-", stdin=data, code=2, out="")
        self.expect("run", "-p", "-", "-", stdin=data, code=2, out="")

    def test_a_full_disk(self):
        for args in [["--help"], ["manual"], *FINE.values()]:
            with open("/dev/full", "wb") as full:
                done = subprocess.run([FALCOIR, *map(str, args)], stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            if args[0] == "check":
                self.assertIn(b"could not be written", done.stderr)
            self.assertEqual(done.returncode, 3, (args, done.stderr))
            self.assertIn(b"the output could not be written: No space left on device\n", done.stderr, args)

    def test_a_closed_pipe(self):
        for args in FINE.values():
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([FALCOIR, *map(str, args)], stdout=writer, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            os.close(writer)
            self.assertEqual(done.returncode, 3, (args, done.stderr))
            self.assertIn(b"the output could not be written: Broken pipe\n", done.stderr, args)

    def test_a_closed_pipe_ends_an_endless_input(self):
        feeder = subprocess.Popen(["yes", line().decode().rstrip("\n")], stdout=subprocess.PIPE)
        for args in [["filter", "rule exists"], ["render", "{{rule}}"], ["plan", "-p", str(ARTICLES)]]:
            child = subprocess.Popen([FALCOIR, *args], stdin=feeder.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            child.stdout.read(100)
            child.stdout.close()
            self.assertEqual(child.wait(timeout=30), 3, args)
        feeder.kill()
        feeder.wait()
        feeder.stdout.close()

    def test_answers_before_the_input_ends(self):
        child = subprocess.Popen([FALCOIR, "filter", "rule exists"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3):
            child.stdin.write(line())
            child.stdin.flush()
            self.assertEqual(child.stdout.readline(), line())
        child.stdin.close()
        self.assertEqual(child.wait(timeout=30), 0)
        child.stdout.close()

    def test_strict(self):
        bad = b"{}\n" + line()
        for args in [["filter", "rule exists"], ["plan", "-p", QUICKSTART], ["render", "x"], ["run", "--dry-run", "-p", QUICKSTART],
                     ["explain", "-p", QUICKSTART], ["diff", "-p", QUICKSTART, "--with", QUICKSTART]]:
            self.expect(*args, stdin=bad, code=0)
            self.expect(*args, "--strict", stdin=bad, code=1)
            self.expect(*args, "--strict", stdin=line(), code=0)
        self.expect("filter", "--strict", "proc.name = nobody", stdin=bad, code=1)


class Terminal(Case):
    """An alert is a stranger's text, and so may a playbook be: neither steers the terminal."""

    def test_alerts(self):
        evil = "\x1b]0;owned\x07\x9b31m\u202e\u2028\x7f\t|"
        data = line({"proc.cmdline": evil}, rule="Terminal shell in container", priority="Notice", hostname=evil)
        odd = self.file("odd.yaml", '- rule: r\n  match_all: true\n  actions:\n    - {action: a, use: http:webhook, parameters: '
                                    '{url: "https://x.example/", body: "{{proc.cmdline}}", content_type: text/plain, escape: none}}\n')
        out, err = self.expect("plan", "-p", odd, stdin=data + line(rule=evil))
        for text in [out, err]:
            for bad in [b"\x1b", b"\x07", b"\xc2\x9b", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\x7f", b"\t"]:
                self.assertNotIn(bad, text)
        self.assertIn(rb"Notice \x1b]0;owned\x07\u009b31m\u202e\u2028\x7f |" + b"\n", out)

    def test_refused_lines(self):
        for data in [b'{"rule":"\x1b[31m"}\n', b'{"rule":1,"\xff\x1b]0;":1}\n', '{"\u202erule":1}'.encode(), b"\x1b[2J\n", b'{"rule":\x9b}\n']:
            _, err = self.expect("filter", "rule exists", stdin=data, code=1, out="")
            self.assertNotRegex(err, rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae|\xff")

    def test_diagnostics(self):
        data = '- rule: "\x1b[31mred"\n- rule: x\n  conditoin\u202e: "\x1b[31m"\n'.encode()
        _, err = self.expect("check", self.file("x.yaml", data), code=1)
        self.assertNotRegex(err, rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir completion`: what the shells themselves make of it. Shells that are not installed are skipped, by name."""
import json
import os
import pty
import select
import shutil
import subprocess
import time
import unittest

from harness import Case, main

LATER = 20  # seconds that a shell has to answer


def has(shell):
    return unittest.skipUnless(shutil.which(shell), f"{shell} is not installed")


class Completion(Case):
    def script(self, shell):
        out, _ = self.expect("completion", shell, err="")
        return self.file("completion." + shell, out)

    def typed(self, shell, start, keys):
        """Types keys into an interactive shell whose falcoir prints its arguments; gives these, separated by '|'."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execvpe(shell[0], shell, {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(self.dir), "PS1": "ready> ", "LC_ALL": "C.UTF-8"})
        text = b""
        try:
            for send, wait in [(start, b"begin:"), (keys, b"ran:")]:
                os.write(fd, send.encode() + b"\n")
                text, end = b"", time.monotonic() + LATER
                while not (wait in text and text.split(wait, 1)[1].count(b"\n")):
                    self.assertLess(time.monotonic(), end, text)
                    if select.select([fd], [], [], 0.2)[0]:
                        text += os.read(fd, 65536)
            return text.split(b"ran:", 1)[1].split(b"\n")[0].strip().decode()
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(fd)

    def check_typed(self, typed):
        """The same for every shell that is typed into."""
        self.file("some file.yaml", "")
        for keys, want in [("expl\t-p x", "explain|-p|x"), ("plan --str\tx", "plan|--strict|x"), ("plan -p som\tx", "plan|-p|some file.yaml|x"),
                           ("check som\tx", "check|some file.yaml|x"), ("diff --with som\tx", "diff|--with|some file.yaml|x"),
                           ("completion zs\t", "completion|zsh"), ("render --sink mark\tx", "render|--sink|markdown|x"),
                           ("render --sink=mark\tx", "render|--sink=markdown|x"),
                           ("actions http:webh\t", "actions|http:webhook"), ("fields k8s.pod.na\t", "fields|k8s.pod.name")]:
            with self.subTest(keys=keys):
                self.assertEqual(typed(keys), want)

    def bash_replies(self, line):
        """What bash offers for a line, from the variables that readline would set."""
        program = ('source "$1"; COMP_LINE=$2 COMP_POINT=${#2}; words=$2; words=${words//=/ = }; words=${words//:/ : }; read -ra COMP_WORDS <<<"$words"; '
                   '[[ $2 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _falcoir; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", program, "bash", self.script("bash"), line], capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""), line)
        return done.stdout.decode().split()

    @has("bash")
    def test_bash_knows_all_of_the_help(self):
        whole = self.expect("--help")[0].decode()
        names = [l.split()[0] for l in whole.splitlines() if l.startswith("  ")]
        self.assertEqual(self.bash_replies("falcoir "), names + ["--help", "--version"])
        for name in names:
            options = [w for l in self.expect(name, "--help")[0].decode().splitlines() if l.startswith("  ") for w in l.split()[:2] if w.startswith("--")]
            self.assertEqual(self.bash_replies(f"falcoir {name} -"), options)
        fields = [json.loads(l)["name"] for l in self.expect("fields", "--json")[0].splitlines()]
        self.assertEqual(self.bash_replies("falcoir fields "), fields)
        types = [json.loads(l)["name"] for l in self.expect("actions", "--json")[0].splitlines()]
        self.assertEqual(sorted(self.bash_replies("falcoir actions ")), sorted(types))
        self.assertEqual(self.bash_replies("falcoir actions http:webh"), ["webhook"])  # readline has the rest
        self.assertEqual(self.bash_replies("falcoir explain --rule "), [])
        self.assertEqual(self.bash_replies("falcoir nothing "), [])

    @has("bash")
    def test_bash(self):
        script = self.script("bash")
        subprocess.run(["bash", "-n", script], check=True)
        start = f"source {script}; falcoir() {{ local IFS='|'; echo ra''n:\"$*\"; }}; echo be''gin:"
        self.check_typed(lambda keys: self.typed(["bash", "--norc", "--noprofile", "-i"], start, "falcoir " + keys))

    @has("zsh")
    def test_zsh(self):
        script = self.script("zsh")
        subprocess.run(["zsh", "-n", script], check=True)
        start = f"autoload -U compinit; compinit -u -D; source {script}; falcoir() {{ print -r -- ra''n:${{(j:|:)@}} }}; echo be''gin:"
        self.check_typed(lambda keys: self.typed(["zsh", "-f", "-i"], start, "falcoir " + keys))

    @has("fish")
    def test_fish(self):
        script = self.script("fish")
        subprocess.run(["fish", "-n", script], check=True)
        self.file("some file.yaml", "")

        def replies(line):
            done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line], cwd=self.dir, capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (0, b""), line)
            return [l.split("\t")[0] for l in done.stdout.decode().splitlines()]
        self.assertEqual(replies("falcoir expl"), ["explain"])
        self.assertEqual(replies("falcoir plan --str"), ["--strict"])
        self.assertEqual(replies("falcoir render --sink mark"), ["markdown"])
        self.assertEqual(replies("falcoir render --sink=mark"), ["--sink=markdown"])
        self.assertEqual(replies("falcoir completion z"), ["zsh"])
        self.assertEqual(replies("falcoir actions http:webh"), ["http:webhook"])
        self.assertEqual(replies("falcoir fields k8s.pod.na"), ["k8s.pod.name"])
        for line in ["falcoir plan -p som", "falcoir check som", "falcoir diff --with som"]:
            self.assertEqual([r.replace("\\", "") for r in replies(line)], ["some file.yaml"], line)
        self.assertEqual(replies("falcoir explain --rule som"), [])

    def test_types_of_the_host(self):
        own = self.file("types.json", json.dumps([{"name": "own:thing", "effect": "idempotent", "destructive": False, "description": "x", "parameters": {}}]))
        for shell, want in [("bash", b" own:thing"), ("zsh", b" own\\:thing"), ("fish", b" own:thing")]:
            out, _ = self.expect("completion", shell, "--types", own)
            self.assertIn(want, out)

    def test_wrong_use(self):
        self.expect("completion", code=2, out="", err="falcoir completion: wants a shell: bash, zsh or fish\nTry 'falcoir completion --help'.\n")
        self.expect("completion", "tcsh", code=2, out="",
                    err="falcoir completion: there is no completion for 'tcsh': bash, zsh or fish\nTry 'falcoir completion --help'.\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share. $FALCOIR_BUILD is the build folder; other people's data is in $FALCOIR_VECTORS."""
import ctypes
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FALCOIR_BUILD", ROOT / "build/release"))
FALCOIR = str(BUILD / "tools/falcoir")
LIBRARY = str(BUILD / "libfalcoir.so")
VECTORS = os.environ.get("FALCOIR_VECTORS")
EXAMPLES = ROOT / "examples"
ALERTS = EXAMPLES / "alerts/falco.ndjson"
HOSTILE = EXAMPLES / "alerts/hostile.ndjson"
QUICKSTART = EXAMPLES / "playbooks/quickstart.yaml"
ARTICLES = EXAMPLES / "playbooks/articles.yaml"
TERMINAL_SHELL = {
    "hostname": "node-3", "output": "09:21:33.104938271: Notice A shell", "priority": "Notice", "rule": "Terminal shell in container",
    "source": "syscall", "tags": ["shell"], "time": "2026-07-14T09:21:33.104938271Z",
    "output_fields": {"k8s.ns.name": "prod-web", "k8s.pod.name": "web-1", "proc.name": "bash", "proc.cmdline": "bash -i",
                      "evt.time": 1784020893104938271, "user.uid": 0},
}
PR_SET_CHILD_SUBREAPER = 36
needs_vectors = unittest.skipUnless(VECTORS, "FALCOIR_VECTORS is not set")


def alert(fields=None, **properties):
    """One alert as Falco writes it, with some properties and fields of one's own."""
    one = dict(TERMINAL_SHELL, **properties)
    one["output_fields"] = dict(one["output_fields"], **(fields or {}))
    return one


def line(*args, **kw):
    return json.dumps(alert(*args, **kw), sort_keys=True, separators=(",", ":")).encode() + b"\n"


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def command(self, *args, stdin=b"", env=None, timeout=60):
        """Runs falcoir; gives (exit code, stdout, stderr), as bytes. Alerts of tests are old: run takes them as of their own time."""
        if args and args[0] == "run" and "--as-of" not in args and len(args) > 1:
            args = ("run", "--as-of", "alert", *args[1:])
        done = subprocess.run([FALCOIR, *map(os.fsencode, map(str, args))], input=stdin, capture_output=True, timeout=timeout,
                              env={**os.environ, **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def measure(self, args, data):
        """Runs falcoir with data from a file; gives (exit code, stdout, stderr, CPU seconds, peak KiB)."""
        # A child begins with the peak of the process that it was forked from, so a small one does that; we take the orphan in.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        paths = [self.file("input", data), self.dir / "out", self.dir / "err"]
        script = 'in=$1 out=$2 err=$3; shift 3; "$@" <"$in" >"$out" 2>"$err" & echo $!'
        number = subprocess.run(["/bin/sh", "-c", script, "sh", *paths, FALCOIR, *map(str, args)], stdout=subprocess.PIPE, check=True).stdout
        _, status, used = os.wait4(int(number), 0)
        return (os.waitstatus_to_exitcode(status), (self.dir / "out").read_bytes(), (self.dir / "err").read_bytes(),
                used.ru_utime + used.ru_stime, used.ru_maxrss)

    def expect(self, *args, code=0, out=None, err=None, **kw):
        """Runs falcoir and compares what is given, exactly. Gives stdout and stderr."""
        got, stdout, stderr = self.command(*args, **kw)
        self.assertEqual(got, code, (args, stdout[:2000], stderr[:2000]))
        if out is not None:
            self.assertEqual(stdout, out if isinstance(out, bytes) else out.encode())
        if err is not None:
            self.assertEqual(stderr, err if isinstance(err, bytes) else err.encode())
        return stdout, stderr


def json_lines(text):
    return [json.loads(one) for one in text.split(b"\n") if one]


def main():
    program = unittest.main(module="__main__", exit=False, verbosity=1)
    result = program.result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    if len(result.skipped) == result.testsRun:
        print("skipped:", result.skipped[0][1])
        sys.exit(77)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir filter`: grep for alerts."""
import json

from harness import ALERTS, HOSTILE, Case, alert, line, main


class Filter(Case):
    def test_bytes_unchanged(self):
        lines = ALERTS.read_bytes().splitlines(keepends=True) + HOSTILE.read_bytes().splitlines(keepends=True)
        path = self.file("all", b"".join(lines))
        self.expect("filter", "rule exists", path, out=b"".join(lines), err="")
        wanted = [l for l in lines if json.loads(l)["output_fields"].get("proc.name") == "sh"]
        self.assertTrue(0 < len(wanted) < len(lines))
        self.expect("filter", "proc.name = sh", path, out=b"".join(wanted), err="")
        self.expect("filter", "--invert", "proc.name = sh", path, out=b"".join(l for l in lines if l not in wanted), err="")
        self.expect("filter", "-v", "--count", "proc.name = sh", path, out=f"{len(lines) - len(wanted)}\n", err="")
        self.expect("filter", "--count", "proc.name = sh", path, out=f"{len(wanted)}\n", err="")

    def test_odd_spelling_stays(self):
        odd = (b'{ "rule" : "a\\u0062c\\/" , "priority":"Notice","time":"2026-07-14T09:21:33.1Z",  "output_fields":{"x.n":1.50e0,"e":"\\u00e9","x":12345678901234567890}}')
        self.expect("filter", 'rule = "abc/" and x.n exists', stdin=odd, out=odd + b"\n", err="")
        self.expect("filter", "rule exists", stdin=odd + b"\r\n" + odd + b"\r\n", out=(odd + b"\n") * 2, err="")
        pretty = json.dumps(alert(), indent=3).encode()
        self.expect("filter", "rule exists", stdin=pretty, out=pretty + b"\n", err="")
        self.expect("filter", "x.n = 2", stdin=json.dumps([alert({"x.n": 1}), alert({"x.n": 2})], indent=1).encode(),
                    out=json.dumps([alert({"x.n": 2})], indent=1).encode()[3:-2].strip() + b"\n", err="")

    def test_an_envelope_once(self):
        envelope = json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(alert({"x.n": n}))}} for n in (1, 2, 3)]})
        for condition, times, count in [("x.n in (1, 2, 3)", 1, 3), ("x.n in (2, 3)", 1, 2), ("x.n = 2", 1, 1)]:
            both = envelope.encode() + b"\n" + envelope.encode()
            self.expect("filter", condition, stdin=both, out=(envelope.encode() + b"\n") * 2 * times, err="")
            self.expect("filter", "--count", condition, stdin=both, out=f"{count * 2}\n", err="")

    def test_undecided(self):
        slow = line({"proc.cmdline": "a" * 5000 + "!"})
        condition = r'proc.cmdline regex "((((a*)*)*)*)*b"'
        _, err = self.expect("filter", condition, stdin=line({"proc.cmdline": "b"}) + slow + line({"proc.cmdline": "x"}),
                             out=line({"proc.cmdline": "b"}))
        self.assertIn(err, [b"", b"falcoir filter: line 2: undecided, a regular expression hit its step limit\n"])

    def test_a_field_that_is_nearly_one(self):
        _, err = self.expect("filter", "rule exists and\n  proc.nmae = sh", stdin=line(), code=1, out="")
        lines = err.decode().splitlines()
        self.assertRegex(lines[0], r"\Afalcoir filter: warning FIR-P\d+: .*proc\.nmae.*; hint: .*proc\.name")
        self.assertEqual(lines[1:], ["      proc.nmae = sh", "      ^"])
        self.expect("filter", "x.n = 1", stdin=line({"x.n": 1}), out=line({"x.n": 1}), err="")

    def test_an_operator_that_is_nearly_one(self):
        """Falco reads `intersect` as `in`, and the rest as a list's name: the hint has to know."""
        for condition, near in [("fd.snet intersect (a)", "intersects"), ("fd.snet intersect a", "intersects"), ("proc.name startwith a", "startswith"),
                                ("proc.name contain a", "contains"), ("proc.name endwith a", "endswith"), ("proc.name regexp a", "regex")]:
            _, err = self.expect("filter", condition, stdin=b"", code=2, out="")
            self.assertIn(f"hint: did you mean '{near}'?", err.decode())
        _, err = self.expect("filter", "fd.snet in tersect a", stdin=b"", code=2, out="")
        self.assertNotIn(b"did you mean", err)

    def test_own_properties(self):
        data = line(priority="Critical", tags=["a", "b"]) + line(priority="Notice")
        for condition, hits in [("priority >= Warning", 1), ("priority < Warning", 1), ("tags intersects (a, c)", 1), ("source = syscall", 2),
                                ("hostname = node-3 and time exists", 2), ("alert.rule startswith Terminal", 2),
                                ("not priority = Critical", 1)]:
            self.expect("filter", "--count", condition, stdin=data, out=f"{hits}\n", err="")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Input made to hurt: each call ends soon and within little memory, measured against a call that has nothing to do."""
import os

from harness import QUICKSTART, Case, line, main

SECONDS, KILOBYTES = 0.050, 16 * 1024
if os.environ.get("FALCOIR_TEST_SLOW"):  # a build that counts what runs
    SECONDS = 1
ORDINARY, ORDINARY_SECONDS = line() * 20_000, 0.020  # what reading them takes on a machine that has nothing else to do
DEEP = 1_000_000


class Bombs(Case):
    def in_time(self, cpu):
        """Whether it is SECONDS at most; where the machine is slow at the moment, as many times what ordinary alerts cost then."""
        return cpu < SECONDS or cpu / self.measure(["filter", "--count", "rule exists"], ORDINARY)[3] < SECONDS / ORDINARY_SECONDS

    def ends(self, args, data, code):
        _, _, _, _, nothing = self.measure(args[:1] + ["--help"], b"")
        for _ in range(5):  # the best of a few
            got, out, err, cpu, peak = self.measure(args, data)
            self.assertEqual(got, code, err[:1000])
            self.assertLess(peak - nothing, KILOBYTES, (args, data[:40]))
            if self.in_time(cpu):
                return out, err
        self.fail(f"{cpu} s of CPU: {args} {data[:40]}")

    def alerts(self, data, code=0):
        """Between two good alerts, for every reading subcommand."""
        for args in [["filter", "--count", "rule exists"], ["render", "{{rule}}"], ["plan", "--json", "-p", str(QUICKSTART)],
                     ["run", "--dry-run", "-p", str(QUICKSTART)]]:
            out, err = self.ends(args, line() + data + b"\n" + line(), code)
            self.assertIn(b"stdin:2: ", err, args)

    def test_brackets(self):
        self.alerts(b"[" * DEEP)

    def test_objects(self):
        self.alerts(b'{"a":' * DEEP)
        self.alerts(b'{"rule":"a","output_fields":{"a":' + b'[' * DEEP)

    def test_quotes(self):
        self.alerts(b'"' * DEEP)
        self.alerts(b'{"rule":"' * DEEP)

    def test_one_endless_string(self):
        self.alerts(b'{"rule":"' + b"x" * DEEP)

    def test_many_fields(self):
        self.alerts(b'{"rule":"a","output_fields":{' + b",".join(b'"f%d":1' % n for n in range(50_000)) + b"}}")

    def test_equal_keys(self):
        self.alerts(b'{"rule":"a",' + b",".join([b'"x":1'] * 20_000) + b"}")

    def test_numbers(self):
        self.alerts(b'{"rule":' + b"9" * DEEP + b"}")

    def test_yaml_aliases(self):
        levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
        for text in ["\n".join(levels), "- list: x\n  items:\n" + "\n".join("    - " + l.split(": ", 1)[1] for l in levels)]:
            _, err = self.ends(["check", "-"], text.encode(), 1)
            self.assertIn(b"alias", err)

    def test_yaml_depth(self):
        for text in [b"[" * 100_000, b"{a: " * 100_000, b"- " * 100_000, b"\n".join(b" " * n + b"a:" for n in range(1000))]:
            self.ends(["check", "-"], text, 1)

    def test_macros_that_double(self):
        text = "- macro: m0\n  condition: a.b = 1\n" + "".join(f"- macro: m{n}\n  condition: m{n - 1} and m{n - 1}\n" for n in range(1, 40))
        text += "- rule: r\n  condition: m39\n  actions: [{action: a, use: 'http:webhook', parameters: {url: 'https://x.example/'}}]\n"
        self.ends(["check", "-"], text.encode(), 1)

    def test_conditions(self):
        for condition in ["(" * 100_000, "tolower(" * 15_000, "a.b in (" + "x, " * 20_000]:
            self.ends(["filter", condition], b"", 2)
        for condition in [" and ".join(["a.b = 1"] * 10_000), "not " * 20_001 + "rule exists"]:
            self.ends(["filter", condition], line(), 1)

    def test_templates(self):
        for template in ["{{" * 50_000, "{{x | " + "upper | " * 10_000]:
            self.ends(["render", template], b"", 2)

    def test_regular_expressions(self):
        value = "a" * 65536
        rules = []
        for n, regex in enumerate(["(a*)*b", "(a|aa)+b", "(.*a){20}b", "((a?){30})a{30}b", "(a|a|a|a)*b", "(x+x+)+y", ".*.*.*.*.*=.*b", "(a{1,100}){1,9}b"]):
            rules.append(f"- rule: r{n}\n  condition: proc.cmdline regex '{regex}'\n  actions:\n    - action: a{n}\n      use: http:webhook\n"
                         f"      parameters: {{url: 'https://x.example/'}}\n")
        playbook = self.file("p.yaml", "".join(rules))
        self.ends(["plan", "--json", "-p", playbook], line({"proc.cmdline": value}), 0)
        for regex in ["(a*)*b", "(a|aa)+b", "(.*a){20}b"]:
            code, out, err, cpu, _ = self.measure(["filter", f"proc.cmdline regex '{regex}'"], line({"proc.cmdline": value}))
            self.assertEqual((code, out), (1, b""))
            self.assertTrue(self.in_time(cpu), cpu)

    def test_an_alert_that_makes_much_of_a_plan(self):
        body = "{{proc.cmdline}}" * 200
        playbook = self.file("p.yaml", "- rule: r\n  match_all: true\n  actions:\n    - {action: a, use: http:webhook, parameters: "
                                       f"{{url: 'https://x.example/', content_type: text/plain, escape: none, body: '{body}'}}}}\n")
        code, out, err, _, peak = self.measure(["plan", "--json", "-p", playbook], line({"proc.cmdline": "\x01" * 200_000}))
        self.assertIn(code, [0, 3])
        self.assertLess(peak, 128 * 1024)


if __name__ == "__main__":
    main()

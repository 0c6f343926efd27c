#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`falcoir render`: one line an alert, and each sink's escaping."""
import html
import json
import urllib.parse

from harness import Case, line, main

NASTY = 'a "b" <c> & \\ \n\r\t\x00 é \x1b[31m @here *x* `y` $(z) %41'


class Render(Case):
    def render(self, template, fields, *options, code=0):
        out, _ = self.expect("render", *options, "--", template, stdin=line(fields), code=code)
        return out

    def test_newlines(self):
        value = {"x": "a\nb\\nc"}
        self.assertEqual(self.render("{{x}}", value, "--sink", "raw"), b"a\\nb\\nc\n")
        self.assertEqual(self.render("{{x}}", value, "--sink", "raw", "--raw"), b"a\nb\\nc\n")
        self.assertEqual(self.render("a\nb", {}), b"a\\nb\n")
        self.assertEqual(self.render("", {}), b"\n")
        out, _ = self.expect("render", "{{x}}", stdin=line({"x": "1\n2"}) + line({"x": "3"}), err="")
        self.assertEqual(len(out.splitlines()), 2)

    def test_syntaxes(self):
        fields = {"proc.name": "bash", "user.uid": 0, "x": None}
        self.assertEqual(self.render("{{rule}}|{{proc.name | upper}}|{{user.uid}}|{{x}}|{{no.such}}", fields),
                         b"Terminal shell in container|BASH|0|<NA>|<NA>\n")
        self.assertEqual(self.render('{{ .Rule }}|{{ index .OutputFields "proc.name" }}', fields), b"Terminal shell in container|bash\n")
        self.assertEqual(self.render("*%proc.name %user.uid %fd.name %toupper(proc.name)", fields, "--falco"), b"bash 0 <NA> BASH\n")
        self.assertEqual(self.render("${PROC_NAME} $USER_UID $HOME", fields, "--talon").split()[:2], [b"bash", b"0"])
        self.assertNotIn(b"/root", self.render("${HOME} ${PATH}", fields, "--talon"))

    def test_sinks(self):
        fields = {"x": NASTY}

        def shown(sink, template="{{x}}"):
            return self.render(template, fields, "--sink", sink, "--raw")[:-1].decode()
        self.assertEqual(json.loads(shown("json", '{"a": "{{x}}", "b": {{x}}}')), {"a": NASTY, "b": NASTY})
        self.assertEqual(urllib.parse.unquote(shown("url", "https://x.example/{{x}}")[18:]), NASTY)
        self.assertEqual(urllib.parse.parse_qs(shown("form", "a={{x}}&b=1"), keep_blank_values=True), {"a": [NASTY], "b": ["1"]})
        self.assertEqual(shown("raw"), NASTY)
        for sink in ["text", "header"]:
            self.assertNotRegex(shown(sink), r"[\x00-\x08\x0b-\x1f]", sink)
        self.assertNotRegex(shown("header"), r"[\r\n]")
        self.assertNotRegex(shown("html"), r"[<>\x1b]")
        self.assertIn('a "b" <c> & \\', html.unescape(shown("html")))
        for sink in ["slack", "markdown"]:
            self.assertNotIn("<c>", shown(sink), sink)
            self.assertNotIn("\x1b", shown(sink), sink)
        self.assertEqual(self.render("{{x}}", {"x": "web-1"}, "--sink", "k8s-name"), b"web-1\n")
        self.assertEqual(self.render("{{x}}", {"x": "Web_1.a"}, "--sink", "k8s-label"), b"Web_1.a\n")
        self.assertEqual(self.render("{{x}}", {"x": "a b; c"}, "--sink", "argv"), b"a b; c\n")

    def test_what_cannot_be_rendered(self):
        data = line({"x": "ok"}) + line({"x": "Not A Name"}) + b"\n" + line({"x": "../etc"}) + line({"x": "fine"})
        out, err = self.expect("render", "--sink", "k8s-name", "{{x}}", stdin=data, code=3, out="ok\nfine\n")
        lines = err.decode().splitlines()
        self.assertEqual([l.split(": ")[:2] for l in lines], [["falcoir render", "line 2"], ["falcoir render", "line 4"]])
        for sink, value in [("argv", "-rf"), ("argv", "a\0b"), ("k8s-label", "a b")]:
            out, err = self.expect("render", "--sink", sink, "{{x}}", stdin=line({"x": value}), code=3, out="")
            self.assertTrue(err.startswith(b"falcoir render: line 1: "), err)
        out, err = self.expect("render", "{{x | required}}", stdin=line() + line({"x": 1}), code=3, out="1\n")
        self.assertTrue(err.startswith(b"falcoir render: line 1: "), err)

    def test_templates_that_do_not_compile(self):
        for template, options in [("{{", []), ("{{x", []), ("{{x | nope}}", []), ("%proc.name %toupper(", ["--falco"]), ("{\"a\": }", ["--sink", "json"]),
                                  ("{{x}}://a", ["--sink", "url"])]:
            out, err = self.expect("render", *options, template, stdin=line(), code=2, out="")
            self.assertTrue(err.startswith(b"falcoir render: "), err)


if __name__ == "__main__":
    main()

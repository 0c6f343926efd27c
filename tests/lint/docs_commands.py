#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries what the documentation shows: docs_commands.py FALCOIR [FILE.md...]

* A ```yaml block is a playbook or a configuration: `falcoir check` finds no error in it. ```yaml wrong: it finds the diagnostic
  that the line behind the block names, or some error. ```yaml fragment: a part of a file, not tried. ```yaml file=NAME: the lines
  behind it find it there. /var/lib/falcoir is a folder of the page's own then and in its commands.
* The `falcoir …` lines of a ```sh block are run, in a folder that holds the files below. Lines that begin with something else are
  not. A line that ends in `# exit N` must exit so; all others with 0. Lines behind it that begin with `#> ` are what it prints:
  each must stand in its output.
* A ```c block that includes a header of falcoir is compiled.
* A file that a link names is there.
"""
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOK = ROOT / "examples" / "playbooks" / "quickstart.yaml"
BLOCK = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```", re.S | re.M)


class Page:
    def __init__(self, falcoir, path, folder):
        self.falcoir, self.path, self.folder = falcoir, path, folder
        self.text = path.read_text()
        self.tried = self.wrong = 0

    def fail(self, offset, message):
        self.wrong += 1
        line = self.text.count("\n", 0, offset) + 1
        print(f"{self.path.relative_to(ROOT)}:{line}: {message}\n")

    def here(self, text):
        return text.replace("/var/lib/falcoir", str(self.folder / "state"))

    def run(self, command):
        done = subprocess.run(command, shell=True, executable="/bin/bash", cwd=self.folder, capture_output=True, text=True,
                              env={"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def yaml(self, offset, kind, text):
        if kind == "fragment":
            return
        self.tried += 1
        (self.folder / "shown.yaml").write_text(text)
        if kind.startswith("file="):
            (self.folder / kind[5:]).write_text(self.here(text))
            kind = ""
        code, output = self.run("falcoir check shown.yaml")
        if kind == "wrong":
            named = re.search(r"FIR-\w+", self.text[self.text.index("```", offset + 3):][:200])
            if named is None and code != 1:
                self.fail(offset, "no error is found in what is shown as wrong")
            elif named is not None and named[0] not in output:
                self.fail(offset, f"{named[0]} was expected, and not:\n{output}")
        elif kind:
            self.fail(offset, f"there is no mark '{kind}'")
        elif code != 0:
            self.fail(offset, output)
        else:
            code, output = self.run("falcoir test shown.yaml")
            if code != 0:
                self.fail(offset, output)

    def shell(self, offset, text):
        output = ""
        for line in text.splitlines():
            if line.startswith("#> "):
                if line[3:].rstrip() not in output:
                    self.fail(offset, f"`{line[3:]}` is not in the output:\n{output}")
                continue
            if not re.match(r"(falcoir|cat \S+ \| falcoir|\S+ < \S+ falcoir)\b", line):
                output = ""
                continue
            self.tried += 1
            exits = re.search(r"#\s*exit (\d)", line)
            code, output = self.run(self.here(line))
            if code != int(exits[1] if exits else 0):
                self.fail(offset, f"`{line}` exits with {code}:\n{output}")

    def c(self, offset, text):
        if "#include <falcoir/" not in text:
            return
        self.tried += 1
        source = text
        if "int main" not in text:  # declarations, then statements
            head, body = re.match(r"((?:#include[^\n]*\n)+)(.*)", text, re.S).groups()
            source = f"#include <stdio.h>\n{head}void shown(const char *alert, size_t alert_len);\n" \
                     f"void shown(const char *alert, size_t alert_len)\n{{\n(void)alert, (void)alert_len;\n{body}}}\n"
        (self.folder / "shown.c").write_text(source)
        version = self.folder / "include" / "falcoir"
        version.mkdir(parents=True, exist_ok=True)
        text_of_version = (ROOT / "include" / "falcoir" / "version.h.in").read_text()
        (version / "version.h").write_text(re.sub(r"@\w+@", "0", text_of_version))
        compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
        if compiler is None:
            return
        code, output = self.run(f"{compiler} -std=c11 -Wall -Wextra -Werror -D_GNU_SOURCE -fsyntax-only "
                                f"-I{shlex.quote(str(ROOT / 'include'))} -Iinclude shown.c")
        if code != 0:
            self.fail(offset, output)

    def links(self):
        for m in re.finditer(r"\]\(([^)#:\s]+)\)", self.text):
            self.tried += 1
            if not (self.path.parent / m[1]).exists():
                self.fail(m.start(), f"the link to {m[1]} leads nowhere")
        for m in re.finditer(r"`((?:docs|examples|tests|lib|include)/[\w./-]+)`", self.text):
            self.tried += 1
            if not (ROOT / m[1]).exists():
                self.fail(m.start(), f"there is no {m[1]}")

    def all(self):
        for m in BLOCK.finditer(self.text):
            language, mark, text = m[1], m[2].strip(), m[3]
            if language == "yaml":
                self.yaml(m.start(), mark, text)
            elif language == "sh":
                self.shell(m.start(), text)
            elif language == "c":
                self.c(m.start(), text)
        self.links()


def fill(folder, falcoir):
    """The files that the commands name."""
    (folder / "bin").mkdir()
    (folder / "state").mkdir()
    (folder / "bin" / "falcoir").symlink_to(pathlib.Path(falcoir).resolve())
    for name in ("falco.ndjson", "hostile.ndjson", "plain.txt", "shell.json"):
        shutil.copy(ROOT / "examples" / "alerts" / name, folder / name)
    shutil.copy(ROOT / "examples" / "alerts" / "falco.ndjson", folder / "alerts.ndjson")
    for name in ("playbook.yaml", "new.yaml"):  # a playbook and its next version, which does the same
        (folder / name).write_text(PLAYBOOK.read_text().replace("../alerts/", ""))
    (folder / "rules.yaml").write_text((ROOT / "examples" / "playbooks" / "talon.yaml").read_text().replace("../alerts/", ""))
    shutil.copytree(ROOT / "examples", folder / "examples")
    for name in ("run.yaml", "types.json", "config.yaml"):
        source = ROOT / "tests" / "lint" / "docs" / name
        if source.exists():
            (folder / name).write_text(source.read_text().replace("FOLDER", str(folder)))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    pages = [pathlib.Path(p).resolve() for p in sys.argv[2:]] or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    tried = wrong = 0
    for path in pages:
        with tempfile.TemporaryDirectory() as folder:
            fill(pathlib.Path(folder), sys.argv[1])
            page = Page(sys.argv[1], path, pathlib.Path(folder))
            page.all()
            tried, wrong = tried + page.tried, wrong + page.wrong
    print(f"{tried} tried, {wrong} wrong")
    return 1 if wrong or not tried else 0


if __name__ == "__main__":
    sys.exit(main())

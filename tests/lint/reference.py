#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reference pages, made from the library's own tables: docs/actions.md, docs/fields.md, docs/diagnostics.md, docs/falcoir.1.

What pages written by hand must name (keys, filters, sinks, operators, codes) is looked for in them, too.

reference.py FALCOIR           compares the pages with what FALCOIR (the command, built) says; exit code 1 when one is not current
reference.py FALCOIR --write   writes them
"""
import difflib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MADE = "<!-- Made by tests/lint/reference.py from the library's tables; do not edit. -->\n"


def ask(falcoir, *args):
    return subprocess.run([falcoir, *args], check=True, capture_output=True, text=True).stdout


def rows(falcoir, *args):
    return [json.loads(line) for line in ask(falcoir, *args, "--json").splitlines()]


def cell(text):
    return str(text).replace("\n", "\\n").replace("|", "\\|").strip()


def code(text):
    return f"`{text}`"


def table(head, body):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(c) for c in row) + " |" for row in body]
    return "\n".join(lines) + "\n"


# ---- actions ----

ACTIONS_HEAD = """# Action types

`use:` of an action names its type (`actionner:` is the same key, as Falco Talon calls it). `falcoir actions` prints this page's
tables, `falcoir actions TYPE` one type.

**What repeating does.** Each type has an *effect*, which says what happens when it is done twice. It decides whether a failed
attempt is tried again (docs/engine.md).

| effect | a second time |
|---|---|
| `idempotent` | changes nothing more |
| `keyed` | is recognised by the receiver, by the action id that is sent with it |
| `verifiable` | can be avoided, because the state can be read first |
| `unsafe` | cannot be told from a first one |
| `read` | is harmless: nothing is changed |

**Destructive** types change or end something that runs. Of an alert that came as plain text, which anyone who can name a file can
forge, they do nothing unless the rule says `trust_text: true`; of an undecided rule they do nothing without a person.
**Notifying** types tell somebody and change nothing.

A type with an *output block* can stand in a configuration as `NAME_output:`; then it gets every alert that passes the block's
`minimum_priority` and `condition` (docs/playbooks.md).
"""

ACTIONS_OWN = """## Types of your own

A program that embeds the library adds types: a schema to the catalogue before the playbook is compiled, functions to the engine
(docs/engine.md has a complete one). `falcoir check --types FILE.json` knows them too; the file is a JSON array of schemas.

```json
{"name": "ticket:open", "description": "Opens a ticket.", "effect": "keyed", "destructive": false, "notifies": true,
 "output_name": "ticket",
 "parameters": {
   "queue": {"type": "string", "required": true, "choices": ["soc", "platform"]},
   "title": {"type": "string", "default": "{{rule}} on {{hostname}}", "sink": "text"},
   "token": {"type": "string", "secret": true}}}
```

| key of a schema | type | meaning |
|---|---|---|
| `name` | text, required | `family:action`, each `[a-z][a-z0-9_]*`; not one that exists |
| `effect` | text, required | one of the effects above |
| `destructive` | boolean, required | see above; a type that notifies cannot be destructive |
| `notifies` | boolean, false | see above |
| `description` | text | for the reference |
| `output_name` | text | makes `NAME_output:` a block of this type |
| `undo` | text | how it is undone, for the reference |
| `parameters` | object | by name `[a-z][a-z0-9_]*`; at most 200 |

| key of a parameter | meaning |
|---|---|
| `type` | `string`, `integer`, `boolean`, `duration`, `strings` (a list), `map` (of texts), `ranges` (status codes), `secret`, `object` (with `fields`), `any` |
| `required` | must be given |
| `default` | as a playbook would write it |
| `choices` | of a string: the only values |
| `least`, `most` | bounds of an integer or a duration |
| `sink` | how values are escaped in its templates: `text`, `json`, `url`, `header`, `form`, `argv`, `k8s_name`, `k8s_label`, `slack`, `html`, `markdown`, `raw` (docs/templates.md) |
| `template` | `false`: the text is taken as it stands, `{{` too |
| `secret` | `{env: NAME}`, `{file: PATH}` or a literal with a warning; never in a plan |
| `secret_headers` | of a map of headers: Authorization and its like are secrets |
| `target` | names what is acted on: a value that is missing in the alert is an error |
| `absolute` | of a string that is no template: a path, which must begin with `/` |
| `allow_dash` | of an argument: a value may begin with `-` |
| `aliases` | other spellings |
| `fields` | of an object: its parameters; objects nest up to 4 deep |
| `description` | for the reference |
"""


def parameter_row(name, p):
    kind = p["type"]
    if p.get("choices"):
        kind = "one of " + ", ".join(code(c) for c in p["choices"])
    elif "least" in p or "most" in p:
        kind += f", {p.get('least', '…')} to {p.get('most', '…')}"
    notes = [n for n in ("required", "secret", "target") if p.get(n)]
    default = p.get("default")
    if default is not None:
        notes.append("default " + code(" ".join(default) if isinstance(default, list) else default))
    goes = code(p["sink"]) if p.get("sink") else ("no template" if p.get("template") is False else "")
    if p.get("sink_from"):
        goes += f", or what {code(p['sink_from'])} says"
    named = code(name) + "".join(f", {code(a)}" for a in p.get("aliases", []))
    return [named, kind, ", ".join(notes), goes, p.get("description", "")]


def parameter_tables(parameters, level="####", path=""):
    out = table(["parameter", "type", "", "sink", ""], [parameter_row(n, p) for n, p in parameters.items()])
    for name, p in parameters.items():
        if p.get("fields"):
            out += f"\n{level} {path}{name}\n\n" + parameter_tables(p["fields"], level, f"{path}{name}.")
    return out


def traits(t):
    out = [code(t["effect"])]
    out += [word for key, word in (("destructive", "destructive"), ("notifies", "notifies")) if t.get(key)]
    if t.get("output_name"):
        out.append("block " + code(t["output_name"] + "_output"))
    if t.get("undo"):
        out.append("undo: " + t["undo"])
    out += [word for key, word in (("artefact", "gives an artefact"), ("takes_artefact", "takes an artefact"),
                                   ("stops_by_default", "ends the rule's actions (`continue: false` is its default)")) if t.get(key)]
    if t.get("talon_syntax"):
        out.append("Talon's variables in " + ", ".join(code(n) for n in t["talon_syntax"]))
    return out


def actions(falcoir):
    types = rows(falcoir, "actions")
    out = [ACTIONS_HEAD, "\n## Types that run\n"]
    for t in (t for t in types if t["works"]):
        out.append(f"\n### {t['name']}\n\n{t['description']}\n\n{'; '.join(traits(t))}.\n\n" + parameter_tables(t["parameters"]))
    coming = [t for t in types if not t["works"]]
    out.append("\n" + ACTIONS_OWN)
    if coming:
        out.append("\n## Types known by name\n\nThese have no schema yet: a playbook that uses one loads with the warning `FIR-P145`, its "
                   "parameters are planned as they are\nwritten, and `run` refuses the step.\n\n")
        out.append(table(["type", "does", "", "of Talon"],
                         [[code(t["name"]), t["description"], "; ".join(traits(t)), "yes" if t.get("talon") else ""] for t in coming]))
    return "".join(out)


# ---- fields ----

FIELDS_HEAD = """# Fields

The fields of Falco's alerts that conditions and templates know the type of: Falco's own and those of its plugins. `falcoir fields`
prints them, `falcoir fields NAME` one.

A name that is not here is no error: it is taken as text, and when one of these is a letter or two away, `check` warns. An alert
holds a field only when the rule's output printed it, or `append_output` of falco.yaml added it.

*argument*: `required` fields are written with brackets (`jevt.value[/requestURI]`), `optional` ones with or without
(`proc.aname`, `proc.aname[2]`), the others without. A type in `LIST(…)` has several values. docs/conditions.md says which operators
each type takes.
"""


def fields(falcoir):
    by_class = {}
    for f in rows(falcoir, "fields"):
        by_class.setdefault(f["class"], []).append(f)
    out = [FIELDS_HEAD]
    for name in sorted(by_class):
        of_class = by_class[name]
        sources = sorted({f["sources"] for f in of_class})
        said = "all sources" if sources == ["*"] else ", ".join("all" if s == "*" else code(s) for s in sources)
        out.append(f"\n## {name}\n\nSources: {said}.\n\n")
        head = ["field", "type", "argument"]
        out.append(table(head, [[code(f["name"]), f"LIST({f['type']})" if f["list"] else f["type"],
                                 "" if f["argument"] == "no" else f["argument"]] for f in of_class]))
    return "".join(out)


# ---- diagnostics ----

DIAGNOSTICS_HEAD = """# Diagnostics

What `falcoir check` and `fir_compiler_diagnostics_json` report. Each has a code whose meaning never changes, a severity, file, line,
column, a message about the case at hand and, where there is a guess at what was meant, a hint. An error keeps the playbook from being
built; a warning does not.

```sh
falcoir check playbook.yaml          # for people: the line, and a caret under the place
falcoir check --json playbook.yaml   # one object a line: code, column, file, hint, line, message, severity
```
"""

# Warnings of the condition compiler: it gives them by code, not from a table.
CONDITION_WARNINGS = {
    "FIR-P001": "No source of Falco's has the field, and a known one is near; it is taken as text",
    "FIR-P002": "A constant is the name of a field, or looks like a transformer",
    "FIR-P003": "A regular expression says what a simpler operator can say",
}


def codes_of(header):
    text = (ROOT / header).read_text()
    return re.findall(r'X\(\w+,\s*"(FIR-\w+)",\s*FIR__(\w+),\s*"((?:[^"\\]|\\.)*)"\)', text)


def diagnostics(_):
    used = set()
    for path in (ROOT / "lib" / "expr").glob("*.c"):
        used |= set(re.findall(r'"(FIR-P0\d\d)"', path.read_text()))
    if used != set(CONDITION_WARNINGS):
        sys.exit(f"reference.py describes {sorted(CONDITION_WARNINGS)}, lib/expr gives {sorted(used)}")
    out = [DIAGNOSTICS_HEAD]
    for title, codes in (("Conditions", [(c, "WARNING", t) for c, t in sorted(CONDITION_WARNINGS.items())]),
                         ("Playbooks and configurations", codes_of("lib/playbook/codes.h")),
                         ("YAML", codes_of("lib/yaml/codes.h"))):
        out.append(f"\n## {title}\n\n" + table(["code", "", ""], [[code(c), s.lower(), t.replace('\\"', '"')] for c, s, t in codes]))
    return "".join(out)


def manual(falcoir):
    return ask(falcoir, "manual")


PAGES = {"docs/actions.md": actions, "docs/fields.md": fields, "docs/diagnostics.md": diagnostics, "docs/falcoir.1": manual}


# Words that a table of the code holds and a page written by hand must name: the page, where the table is, what a row looks like.
NAMED = [
    ("docs/playbooks.md", "lib/playbook", r'\.(?:name|alias) = \{"(\w+)", \d+\}'),
    ("docs/templates.md", "lib/template/filters.c", r'\{\{"(\w+)", \d+\}, "\w*", '),
    ("docs/templates.md", "lib/template/time_text.c", r"\{'(\w)', "),
    ("docs/templates.md", "lib/catalog/names.c", r'\[FIR_SINK_\w+\] = FIR__TEXT\("(\w+)"\)'),
    ("docs/conditions.md", "lib/expr/ast.c", r'\[FIR__(?:OP|MOD|X)_\w+\] = \{"([^"]+)", \d+\}'),
    ("docs/conditions.md", "lib/expr/source.c", r'\{\{"([\w.]+)", \d+\}'),
    ("docs/engine.md", "include/falcoir/base.h", r"(FIR_E[A-Z]+) = -"),
]


def unnamed():
    for page, where, row in NAMED:
        text = (ROOT / page).read_text()
        spans = " ".join(re.findall(r"`([^`\n]+)`", text))
        code_words = set(re.findall(r"[^\s`(),{}|]+", spans)) | set(re.findall(r"\w+", spans))
        files = sorted((ROOT / where).glob("*.c")) if (ROOT / where).is_dir() else [ROOT / where]
        words = {w for f in files for w in re.findall(row, f.read_text())}
        if not words:
            yield f"{where}: no row of a table is found"
        for word in sorted(words):
            if word not in code_words and f"%{word}" not in code_words and word not in ("FIR_ECALLBACK", "FIR_ECANCELLED"):
                yield f"{page}: `{word}` of {where} is not described"


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--write"]):
        sys.exit(__doc__)
    stale = 0
    for name, make in PAGES.items():
        text = make(sys.argv[1])
        text = MADE + text if name.endswith(".md") else text
        path = ROOT / name
        if len(sys.argv) == 3:
            path.write_text(text)
            continue
        old = path.read_text() if path.exists() else ""
        if old != text:
            stale += 1
            diff = difflib.unified_diff(old.splitlines(), text.splitlines(), name, "the tables", lineterm="", n=1)
            print("\n".join(list(diff)[:40]))
    missing = list(unnamed())
    print("\n".join(missing))
    if stale:
        print("not current; write them anew: tests/lint/reference.py FALCOIR --write")
    return 1 if stale or missing else 0


if __name__ == "__main__":
    sys.exit(main())

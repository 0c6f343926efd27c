#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ../presets.c and ../presets.h from the presets beside this script, one YAML file each (docs/presets.md).

generate.py            writes them
generate.py --check    exit code 1 when they are not current
"""
import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
TYPES = {"string", "integer", "boolean", "duration", "strings", "map", "ranges", "secret"}
SINKS = {"text", "json", "url", "header", "form", "slack", "html", "markdown", "raw"}
EFFECTS = {"idempotent", "keyed", "verifiable", "unsafe", "read"}
KEYS = {"name", "description", "output_name", "effect", "talon", "undoes", "parameters", "escape", "inert", "find", "request", "undo"}
REQUEST = {"method", "url", "headers", "basic", "body", "success", "error", "answer"}
PARTS = {"$text", "$param", "$fill", "$json", "$choose", "$time", "$now", "$each"}
OPTIONS = {"most", "escape", "hash", "values", "otherwise", "item", "budget"}
FORMS = {"rfc3339", "ns", "ms", "s"}
LONGEST = 4000  # a string literal of C has at least 4095 characters

# What every preset's request understands.
COMMON = [
    dict(name="headers", type="map", secret_headers=True, sink="header", aliases="custom_headers customheaders",
         description="More headers of the request. Authorization, Proxy-Authorization, Cookie, X-Api-Key and what secret_headers "
                     "names are secrets."),
    dict(name="secret_headers", type="strings", template=False, description="More names of headers whose values are secrets."),
    dict(name="timeout", type="duration", template=False, least=1000000, most=600000000000,
         description="How long one attempt may take; the timeout of the step when not given."),
    dict(name="insecure_http", type="boolean", template=False, default="false",
         description="Allows a URL without TLS to another host than this one."),
    dict(name="internal", type="boolean", template=False, default="false", description="Allows an address of a private network."),
    dict(name="ca_file", type="string", template=False,
         description="A file with the certificates that may have signed the server's, in place of the system's."),
    dict(name="client_certificate", type="string", template=False,
         description="A file with the certificate by which this side shows who it is."),
    dict(name="client_key", type="string", template=False, description="A file with the key of client_certificate."),
]


def fail(where, what):
    sys.exit(f"{where}: {what}")


def literal(s):
    out = "".join(f"\\{c}" if c in '"\\' else c if 0x20 <= ord(c) < 0x7F else None or "".join(f"\\{b:03o}" for b in c.encode())
                  for c in s)
    return f'"{out}"'


def text(s):
    return f"FIR__TEXT({literal(s)})"


def check_body(where, node):
    """What the reader of presets takes (lib/action/preset/body.c)."""
    if isinstance(node, list):
        for item in node:
            check_body(where, item)
    elif isinstance(node, dict):
        parts = [k for k in node if k in PARTS]
        if not parts:
            for value in node.values():
                check_body(where, value)
            return
        part = parts[0]
        if len(parts) > 1 or part not in PARTS or set(node) - OPTIONS - {part}:
            fail(where, f"a part of the body that is not known: {sorted(node)}")
        if part in ("$time", "$now") and node[part] not in FORMS:
            fail(where, f"{part} is one of {sorted(FORMS)}")
        if "escape" in node and node["escape"] not in SINKS:
            fail(where, f"escape is one of {sorted(SINKS)}")
        for key in ("item", "values", "otherwise"):
            if key in node:
                check_body(where, node[key])


def param(where, p):
    known = {"name", "type", "required", "template", "target", "secret_headers", "sink", "aliases", "default", "choices", "least",
             "most", "description"}
    if set(p) - known or not {"name", "type", "description"} <= set(p):
        fail(where, f"parameter {p.get('name')}: unknown {sorted(set(p) - known)}, or name, type or description is missing")
    if p["type"] not in TYPES or p.get("sink", "text") not in SINKS:
        fail(where, f"parameter {p['name']}: its type or sink is not known")
    flags = []
    if p.get("required"):
        flags.append("FIR__P_REQUIRED")
    if p["type"] == "secret":
        flags.append("FIR__P_IS_SECRET")
    elif not p.get("template", True):
        flags.append("FIR__P_NO_TEMPLATE")
    if p.get("secret_headers"):
        flags.append("FIR__P_SECRET_HEADERS")
    lines = [f".name = {text(p['name'])}", f".type = FIR__P_{p['type'].upper()}"]
    if flags:
        lines.append(".flags = " + " | ".join(flags))
    if p.get("template", True) and p["type"] != "secret":
        lines.append(f".sink = FIR_SINK_{p.get('sink', 'text').upper()}")
    if "choices" in p:
        lines.append(f".choices = (const fir_str[]){{{', '.join(text(c) for c in p['choices'])}}}")
        lines.append(f".n_choices = {len(p['choices'])}")
    if "aliases" in p:
        lines.append(f".aliases = {text(p['aliases'])}")
    if "default" in p:
        if not isinstance(p["default"], str):
            fail(where, f"parameter {p['name']}: a default is a text, as a playbook would write it")
        lines.append(f".default_text = {text(p['default'])}")
    for bound in ("least", "most"):
        if bound in p:
            lines.append(f".{bound} = INT64_C({p[bound]})")
    lines.append(f".description = {text(p['description'])}")
    return "    {" + ",\n     ".join(lines) + "},\n"


def request_of(where, d):
    for key in ("request", "find", "undo"):
        if key in d:
            extra = {"find": {"found"}, "undo": {"record"}}.get(key, set())
            if set(d[key]) - REQUEST - extra or "url" not in d[key]:
                fail(where, f"{key}: unknown {sorted(set(d[key]) - REQUEST - extra)}, or there is no url")
            check_body(where, d[key].get("body", {}))
            check_body(where, d[key].get("record", {}))
    out = json.dumps({k: d[k] for k in ("escape", "inert", "find", "request", "undo") if k in d}, separators=(",", ":"),
                     ensure_ascii=True)
    if len(out) > LONGEST:
        fail(where, f"the request has {len(out)} bytes as JSON; at most {LONGEST}")
    return out


def preset(path):
    where, d = path.name, yaml.safe_load(path.read_text(encoding="utf-8"))
    if set(d) - KEYS or not {"name", "description", "output_name", "effect", "parameters", "request"} <= set(d):
        fail(where, f"unknown {sorted(set(d) - KEYS)}, or something is missing")
    if not re.fullmatch(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*", d["name"]) or path.stem != d["name"].replace(":", "_"):
        fail(where, "a type is called family:action, and its file family_action.yaml")
    if d["effect"] not in EFFECTS or d.get("escape", "text") not in SINKS or ("undo" in d) != ("undoes" in d):
        fail(where, "effect or escape is not known, or only one of undo and undoes (what it does, in words) is there")
    own = {p["name"] for p in d["parameters"]}
    d["params"] = d["parameters"] + [p for p in COMMON if p["name"] not in own]
    d["json"] = request_of(where, d)
    return d


def make(presets):
    c = ["/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by presets/generate.py from the presets; do not edit. Long, for it has a table for each preset. */\n"
         '#include "catalog/presets.h"\n\n#include "catalog/types.h"\n']
    for d in presets:
        ident = d["name"].replace(":", "_")
        c.append(f"\nstatic const fir__param_def {ident}_params[] = {{\n" + "".join(param(d["name"], p) for p in d["params"]) + "};\n")
    c.append("\nconst fir__action_def fir__preset_types[] = {\n")
    for d in presets:
        ident = d["name"].replace(":", "_")
        lines = [f".name = {text(d['name'])}", f".description = {text(d['description'])}",
                 f".output_name = {text(d['output_name'])}", f".params = {ident}_params", f".n_params = {len(d['params'])}",
                 f".effect = FIR__EFFECT_{d['effect'].upper()}", ".works = true", ".notifies = true"]
        if d.get("talon"):
            lines.append(".talon = true")
        if "undoes" in d:
            lines.append(f".undo = {text(d['undoes'])}")
        c.append("    {" + ",\n     ".join(lines) + "},\n")
    c.append("};\n\nconst size_t fir__preset_count = sizeof fir__preset_types / sizeof *fir__preset_types;\n")
    c.append("\nstatic const fir_str requests[] = {\n" + "".join(f"    {text(d['json'])},\n" for d in presets) + "};\n")
    c.append("""
fir_str fir__preset_request(fir_str type)
{
    for (size_t i = 0; i < fir__preset_count; i++) {
        if (fir__str_eq(fir__preset_types[i].name, type)) {
            return requests[i];
        }
    }
    return (fir_str){NULL, 0};
}
""")
    h = ["/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by presets/generate.py from the presets; do not edit. Long, for it has a table for each preset. */\n"
         "#ifndef FIR__CATALOG_PRESETS_H\n#define FIR__CATALOG_PRESETS_H\n\n#include \"catalog/catalog.h\"\n\n"
         "/* The action types that are data, in order of name. */\n"
         "extern const fir__action_def fir__preset_types[];\nextern const size_t fir__preset_count;\n\n"
         "/* What a preset's request is made of, as JSON; ptr NULL: no preset. */\nfir_str fir__preset_request(fir_str type);\n\n"
         "/* X(type, can be undone) for each. */\n#define FIR__PRESETS(X) \\\n"]
    h.append(" \\\n".join(f"    X(\"{d['name']}\", {'true' if 'undo' in d else 'false'})" for d in presets) + "\n\n#endif\n")
    return "".join(c), "".join(h)


def main():
    presets = sorted((preset(p) for p in HERE.glob("*.yaml")), key=lambda d: d["name"])
    current = True
    for name, content in zip(("presets.c", "presets.h"), make(presets)):
        path = HERE.parent / name
        if sys.argv[1:] == ["--check"]:
            current = current and path.exists() and path.read_text(encoding="ascii") == content
        else:
            path.write_text(content, encoding="ascii")
    if not current:
        sys.exit("lib/catalog/presets.c or .h is not current: run lib/catalog/presets/generate.py")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes table.c from fields.tsv and args.tsv.

    generate.py [FILE]      FILE instead of table.c beside this script

fields.tsv: Falco's fields and those of its plugins: name, type, is_list, arg (no, optional, required), class,
arg_kind (index, key, index+key, -), flags, sources ("*": every one).
args.tsv: the parameters of system call events (evt.rawarg.<name>), each with its raw types: they differ from event to event.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ARGS = {"no": "FIR__ARG_NO", "optional": "FIR__ARG_OPTIONAL", "required": "FIR__ARG_REQUIRED"}
KINDS = {"-": [], "index": ["ARG_INDEX"], "key": ["ARG_KEY"], "index+key": ["ARG_INDEX", "ARG_KEY"]}

# Raw types that an alert shows as one of the fields' types.
RAW = {"PID32": "PID", "FD32": "FD", "FSRELPATH": "FSPATH", "IPV4ADDR": "IPADDR", "IPV6ADDR": "IPADDR"}
UNSIGNED = {"UINT8", "UINT16", "UINT32", "UINT64", "FLAGS8", "FLAGS16", "FLAGS32", "ENUMFLAGS8", "ENUMFLAGS16", "ENUMFLAGS32",
            "MODE", "UID", "GID", "PORT"}
SIGNED = {"INT8", "INT16", "INT32", "INT64", "PID", "FD", "ERRNO", "RELTIME", "ABSTIME"}
TEXT = {"CHARBUF", "FSPATH"}
OTHER = {"BYTEBUF", "BOOL", "DOUBLE", "IPADDR", "IPNET", "L4PROTO", "SIGTYPE", "DYNAMIC"}


def rows(name):
    lines = (HERE / name).read_text(encoding="ascii").splitlines()
    table = [line.split("\t") for line in lines[1:]]
    names = [row[0] for row in table]
    if names != sorted(set(names)):
        sys.exit(f"{name}: not sorted by name, or a name stands twice")
    return table


def text(s):
    return '{"%s", %d}' % (s, len(s))


def field(name, kind, is_list, arg, group, arg_kind, flags, sources):
    if kind not in UNSIGNED | SIGNED | TEXT | OTHER:
        sys.exit(f"{name}: unknown type {kind}")
    bits = KINDS[arg_kind] + ([] if flags == "-" else flags.split(","))
    bits = " | ".join("FIR__FIELD_" + bit for bit in bits) or "0"
    return "    {%s, FIR__F_%s, %d, %s, %s, %s, %s}," % (
        text(name), kind, is_list == "true", ARGS[arg], bits, text(group), text(sources))


def arg(name, types):
    """One type for the parameter: the only one, or what holds all of them; else it is only known per event."""
    kinds = {RAW.get(kind, kind) for kind in types.split(",")}
    if len(kinds) == 1 and kinds <= UNSIGNED | SIGNED | TEXT | OTHER:
        kind = kinds.pop()
    elif kinds <= UNSIGNED:
        kind = "UINT64"
    elif kinds <= UNSIGNED | SIGNED:
        kind = "INT64"
    elif kinds <= TEXT:
        kind = "CHARBUF"
    else:
        kind = "DYNAMIC"
    return "    {%s, FIR__F_%s}," % (text(name), kind)


def main():
    fields = [field(*row) for row in rows("fields.tsv")]
    args = [arg(*row) for row in rows("args.tsv")]
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "table.c"
    out.write_text("\n".join([
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/* Made by generate.py from fields.tsv and args.tsv; change those. */",
        '#include "field/table.h"',
        "",
        "/* clang-format off */",
        "const fir__field fir__field_table[FIR__FIELDS] = {",
        *fields,
        "};",
        "",
        "const fir__raw_arg fir__raw_arg_table[FIR__RAW_ARGS] = {",
        *args,
        "};",
        "",
    ]), encoding="ascii")
    header = out.with_suffix(".h")
    header.write_text("\n".join([
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/* Made by generate.py from fields.tsv and args.tsv; change those. */",
        "#ifndef FIR__FIELD_TABLE_H",
        "#define FIR__FIELD_TABLE_H",
        "",
        '#include "field/field.h"',
        "",
        "enum { FIR__FIELDS = %d, FIR__RAW_ARGS = %d };" % (len(fields), len(args)),
        "",
        "/* Both sorted by name, bytewise. */",
        "extern const fir__field fir__field_table[FIR__FIELDS];",
        "",
        "typedef struct fir__raw_arg {",
        "    fir_str name;",
        "    fir__ftype type;",
        "} fir__raw_arg;",
        "extern const fir__raw_arg fir__raw_arg_table[FIR__RAW_ARGS];",
        "",
        "#endif",
        "",
    ]), encoding="ascii")


main()

# SPDX-License-Identifier: Apache-2.0
"""The package's tables against the symbol list and the headers. FALCOIR_LAYOUT: what tests/bindings/layout.py wrote."""
import ctypes
import json
import os
import re
import unittest

from falcoir import _abi, _condition, _errors, _event, _library
from support import ROOT, main

# Structs of the headers that this package does not use: a host's own memory, time, transport and store are for C.
LEFT_OUT = {"fir_allocator", "fir_clock", "fir_transport", "fir_store", "fir_record"}


class Abi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.environ["FALCOIR_LAYOUT"], encoding="utf-8") as f:
            cls.layout = json.load(f)

    def test_the_functions_are_those_of_the_symbol_list(self):
        listed = re.findall(r"^\s+(fir_\w+);", (ROOT / "lib/falcoir.map").read_text(), flags=re.M)
        self.assertEqual(sorted(_abi.FUNCTIONS), listed)
        self.assertEqual(sorted(_abi.FUNCTIONS), self.layout["functions"])

    def test_every_function_has_its_types(self):
        for name in _abi.FUNCTIONS:
            function = getattr(_library.C, name)
            self.assertIsNotNone(function.argtypes, name)

    def test_numbers_of_parameters(self):
        text = "\n".join(re.sub(r"/\*.*?\*/", "", p.read_text(), flags=re.S) for p in (ROOT / "include").rglob("*.h"))
        for name, (_, parameters) in _abi.FUNCTIONS.items():
            declared = re.search(rf"\b{name}\s*\(([^)]*)\)", text).group(1)
            count = 0 if declared.strip() == "void" else declared.count(",") + 1
            self.assertEqual(len(parameters), count, name)

    def test_structs_lie_as_in_c(self):
        self.assertEqual(set(_abi.STRUCTS) | LEFT_OUT, set(self.layout["structs"]))
        for name, kind in _abi.STRUCTS.items():
            wanted = self.layout["structs"][name]
            fields = {f[0]: [getattr(kind, f[0]).offset, getattr(kind, f[0]).size] for f in kind._fields_}
            self.assertEqual({"size": ctypes.sizeof(kind), "fields": fields}, wanted, name)

    def test_constants(self):
        constants = self.layout["constants"]
        pairs = {f"FIR_{name}": getattr(_abi, name) for name in dir(_abi) if f"FIR_{name}" in constants}
        pairs.update({f"FIR_SINK_{name.upper()}": value for name, value in _abi.SINK.items()})
        pairs.update({f"FIR_SYNTAX_{name.upper()}": value for name, value in _abi.SYNTAX.items()})
        pairs.update({f"FIR_FORM_{name.upper()}": i for i, name in enumerate(_event._FORMS) if name})
        pairs.update({f"FIR_ENVELOPE_{name.upper() or 'NONE'}": i for i, name in enumerate(_event._ENVELOPES)})
        pairs.update({f"FIR_EVENT_{name.upper()}": 1 << i for i, name in enumerate(_event._FLAGS)})
        self.assertEqual(pairs, {name: constants[name] for name in pairs})
        for group in ("SINK", "SYNTAX", "FORM", "ENVELOPE", "EVENT", "ENGINE"):
            self.assertEqual({n for n in constants if n.startswith(f"FIR_{group}_")}, {n for n in pairs if n.startswith(f"FIR_{group}_")})
        self.assertEqual(_abi.VERSION_NUM, constants["FIR_VERSION_NUM"])
        self.assertGreater(len(pairs), 40)

    def test_every_code_has_a_class_that_names_it(self):
        codes = {name: value for name, value in self.layout["constants"].items() if re.fullmatch(r"FIR_E[A-Z]+", name)}
        self.assertEqual(len(codes), 20)
        for name, value in codes.items():
            self.assertEqual(_errors.from_c(value, _abi.Error()).name, name)

    def test_handles_are_not_mixed(self):
        with self.assertRaises(ctypes.ArgumentError):
            _library.C.fir_playbook_unref(_abi.Catalog())
        condition = _condition.Condition("evt.num > 1")
        with condition._guard as handle, self.assertRaises(ctypes.ArgumentError):
            _library.C.fir_template_free(handle)

    def test_loading_says_what_is_wrong(self):
        with self.assertRaisesRegex(ImportError, "cannot be loaded from /no/such/library"):
            _library.load("/no/such/library")
        with self.assertRaisesRegex(ImportError, "too old"):
            _library.load("libc.so.6")
        was = _abi.VERSION_NUM
        try:
            _abi.VERSION_NUM = 0x630000
            with self.assertRaisesRegex(ImportError, "has version 0.1.0, and this package wants"):
                _library.load(_library.PATH)
        finally:
            _abi.VERSION_NUM = was


if __name__ == "__main__":
    main()

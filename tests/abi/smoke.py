#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ABI from ctypes, with nothing between: load a playbook, plan a batch, print the lines. smoke.py LIBRARY PLAYBOOK ALERTS"""
import ctypes as c
import sys


class Buf(c.Structure):
    _fields_ = [("ptr", c.POINTER(c.c_char)), ("len", c.c_size_t), ("owner", c.c_void_p)]


class Error(c.Structure):
    _fields_ = [("code", c.c_int32), ("line", c.c_uint32), ("column", c.c_uint32), ("reserved", c.c_uint32),
                ("offset", c.c_uint64), ("origin", c.c_char * 96), ("message", c.c_char * 392)]


lib, p, err = c.CDLL(sys.argv[1]), c.c_void_p, c.POINTER(Error)
for name, result, *arguments in [
    ("fir_check_version", c.c_int, c.c_uint32),
    ("fir_compiler_new", c.c_int, p, p, c.POINTER(p), err),
    ("fir_compiler_add_file", c.c_int, p, c.c_char_p, err),
    ("fir_compiler_build", c.c_int, p, c.POINTER(p), err),
    ("fir_compiler_free", None, p),
    ("fir_playbook_unref", None, p),
    ("fir_evaluator_new", c.c_int, p, c.POINTER(p), err),
    ("fir_evaluator_free", None, p),
    ("fir_evaluate_ndjson", c.c_int, p, p, c.c_char_p, c.c_size_t, c.c_uint32, c.POINTER(Buf), err),
    ("fir_buf_dispose", None, c.POINTER(Buf)),
]:
    getattr(lib, name).restype, getattr(lib, name).argtypes = result, arguments

e, compiler, playbook, evaluator, out = Error(), p(), p(), p(), Buf()


def ok(code):
    if code != 0:
        sys.exit(f"{code}: {e.message.decode()}")


assert c.sizeof(Error) == 512
ok(lib.fir_check_version(0x000100))
ok(lib.fir_compiler_new(None, None, c.byref(compiler), c.byref(e)))
ok(lib.fir_compiler_add_file(compiler, sys.argv[2].encode(), c.byref(e)))
ok(lib.fir_compiler_build(compiler, c.byref(playbook), c.byref(e)))
lib.fir_compiler_free(compiler)  # before what it made: any order is right
ok(lib.fir_evaluator_new(None, c.byref(evaluator), c.byref(e)))
alerts = open(sys.argv[3], "rb").read()
ok(lib.fir_evaluate_ndjson(evaluator, playbook, alerts, len(alerts), 0, c.byref(out), c.byref(e)))
lib.fir_playbook_unref(playbook)
lib.fir_evaluator_free(evaluator)
sys.stdout.buffer.write(c.string_at(out.ptr, out.len))
lib.fir_buf_dispose(c.byref(out))

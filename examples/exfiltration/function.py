# SPDX-License-Identifier: Apache-2.0
"""A Lambda function that answers alerts by libfalcoir. It needs libfalcoir.so and respond.yaml beside it (or where LIBFALCOIR and
FALCOIR_PLAYBOOK say), and a role with the permissions that docs/aws.md names."""
import ctypes
import json
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
AGAIN, ENV = -8, 1 << 1  # FIR_EAGAIN, FIR_ENGINE_ENV


class Buffer(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("len", ctypes.c_size_t), ("owner", ctypes.c_void_p)]


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("line", ctypes.c_uint32), ("column", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("offset", ctypes.c_uint64), ("origin", ctypes.c_char * 96), ("message", ctypes.c_char * 392)]


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("allocator", ctypes.c_void_p), ("transport", ctypes.c_void_p), ("clock", ctypes.c_void_p),
                ("log", ctypes.c_void_p), ("log_user", ctypes.c_void_p), ("attempt_timeout_ns", ctypes.c_int64),
                ("max_queued", ctypes.c_uint64), ("max_outcomes", ctypes.c_uint64), ("max_in_flight", ctypes.c_uint32),
                ("flags", ctypes.c_uint32)]


class Engine:
    """An engine with one playbook, kept for as long as the function's process lives."""

    def __init__(self, library, playbook):
        self.lib = ctypes.CDLL(library)
        self.error = Error()
        compiler, rules, engine = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self.call("fir_compiler_new", None, None, ctypes.byref(compiler))
        self.call("fir_compiler_add_file", compiler, os.fsencode(playbook))
        self.call("fir_compiler_build", compiler, ctypes.byref(rules))
        self.lib.fir_compiler_free(compiler)
        options = Options(size=ctypes.sizeof(Options), flags=ENV)  # keys and region come from the function's environment
        self.call("fir_engine_new", ctypes.byref(options), None, rules, ctypes.byref(engine))
        self.lib.fir_playbook_unref(rules)
        self.engine, self.seen = engine, ctypes.c_uint64(0)

    def call(self, name, *args, also=()):
        code = getattr(self.lib, name)(*args, ctypes.byref(self.error))
        if code != 0 and code not in also:
            raise RuntimeError(f"{name}: {self.error.message.decode()}")
        return code

    def respond(self, alerts):
        """Acts on alerts, in any form that libfalcoir reads, and gives the outcomes."""
        self.call("fir_engine_submit", self.engine, alerts, ctypes.c_size_t(len(alerts)), None)
        while self.call("fir_engine_poll", self.engine, ctypes.c_int64(1_000_000_000), also=[AGAIN]) != AGAIN:
            pass
        text = Buffer()
        self.call("fir_engine_outcomes_json", self.engine, self.seen, ctypes.c_int64(0), ctypes.byref(self.seen), ctypes.byref(text))
        outcomes = json.loads(ctypes.string_at(text.ptr, text.len))
        self.lib.fir_buf_dispose(ctypes.byref(text))
        return outcomes


engine = None


def handler(event, context):
    """The alerts of an SNS event, or one alert. A step that failed fails the function, so that it is seen."""
    global engine
    if engine is None:
        engine = Engine(os.environ.get("LIBFALCOIR", HERE / "libfalcoir.so"), os.environ.get("FALCOIR_PLAYBOOK", HERE / "respond.yaml"))
    outcomes = engine.respond(json.dumps(event).encode())
    bad = [o for o in outcomes if o["status"] in ("failed", "refused")]
    if bad:
        raise RuntimeError(f"{bad[0].get('step')}: {bad[0]['error']['message']}")
    return {"outcomes": [{k: o[k] for k in ("rule", "step", "status") if k in o} for o in outcomes]}

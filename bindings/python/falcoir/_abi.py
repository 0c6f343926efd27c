# SPDX-License-Identifier: Apache-2.0
"""The C library as ctypes sees it: structs, and one line for each function of lib/falcoir.map.

A new function of the library is one line in FUNCTIONS; a new field of a struct is one line there. tests/bindings compares both with
the headers. Nothing outside this package needs this module.
"""
from __future__ import annotations

from ctypes import (CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint32,
                    c_uint64, c_void_p, sizeof)

VERSION = "0.1.0"  # of the headers that this was written for
VERSION_NUM = 0x000100
SONAME = "libfalcoir.so.0"


class Str(Structure):
    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]


class Buf(Structure):
    _fields_ = [("ptr", c_void_p), ("len", c_size_t), ("owner", c_void_p)]


class Error(Structure):
    _fields_ = [("code", c_int32), ("line", c_uint32), ("column", c_uint32), ("reserved", c_uint32), ("offset", c_uint64),
                ("origin", c_char * 96), ("message", c_char * 392)]


class Value(Structure):
    _fields_ = [("type", c_int32), ("count", c_uint32), ("i", c_int64), ("u", c_uint64), ("d", c_double), ("s", Str)]


class EventInfo(Structure):
    _fields_ = [("form", c_int32), ("envelope", c_int32), ("flags", c_uint32), ("priority", c_int32), ("time_ns", c_int64),
                ("fields", c_uint32), ("reserved", c_uint32 * 5)]


class Sized(Structure):
    """A struct whose first field is its own size."""

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.size = sizeof(self)


class EventOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("max_bytes", c_uint64), ("max_depth", c_uint32),
                ("max_fields", c_uint32), ("flags", c_uint32), ("reserved", c_uint32)]


class ReaderOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("max_bytes", c_uint64), ("flags", c_uint32), ("reserved", c_uint32)]


class Macro(Structure):
    _fields_ = [("name", Str), ("condition", Str)]


class List(Structure):
    _fields_ = [("name", Str), ("items", POINTER(Str)), ("count", c_size_t)]


class FieldType(Structure):
    _fields_ = [("name", Str), ("type", Str), ("is_list", c_int32), ("reserved", c_int32)]


class ConditionOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("macros", POINTER(Macro)), ("n_macros", c_size_t),
                ("lists", POINTER(List)), ("n_lists", c_size_t), ("types", POINTER(FieldType)), ("n_types", c_size_t),
                ("max_depth", c_uint32), ("regex_steps", c_uint32), ("flags", c_uint32), ("reserved", c_uint32)]


class TemplateOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("syntax", c_int32), ("sink", c_int32), ("max_output", c_uint32),
                ("flags", c_uint32)]


class CompilerOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("max_file_bytes", c_uint64), ("max_depth", c_uint32),
                ("max_nodes", c_uint32), ("regex_steps", c_uint32), ("flags", c_uint32)]


class EvaluatorOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("max_plan_bytes", c_uint64), ("flags", c_uint32),
                ("reserved", c_uint32)]


LogFn = CFUNCTYPE(c_int, c_void_p, c_int32, c_void_p, c_size_t)


class EngineOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("transport", c_void_p), ("clock", c_void_p), ("log", LogFn),
                ("log_user", c_void_p), ("attempt_timeout_ns", c_int64), ("max_queued", c_uint64), ("max_outcomes", c_uint64),
                ("max_in_flight", c_uint32), ("flags", c_uint32), ("data_dir", c_char_p), ("store", c_void_p), ("durability", c_int32),
                ("reserved", c_int32)]


class HttpHeader(Structure):
    _fields_ = [("name", Str), ("value", Str)]


class HttpRequest(Sized):
    _fields_ = [("size", c_size_t), ("id", c_uint64), ("method", Str), ("url", Str), ("headers", POINTER(HttpHeader)),
                ("n_headers", c_size_t), ("body", Str), ("ca_file", Str), ("client_certificate", Str), ("client_key", Str),
                ("timeout_ns", c_int64), ("max_response", c_uint64), ("flags", c_uint32), ("reserved", c_uint32), ("mail_from", Str),
                ("mail_to", POINTER(Str)), ("n_mail_to", c_size_t), ("user", Str), ("password", Str)]


class HttpResult(Structure):
    _fields_ = [("size", c_size_t), ("id", c_uint64), ("code", c_int32), ("status", c_int32), ("body", Str),
                ("headers", POINTER(HttpHeader)), ("n_headers", c_size_t), ("sent", c_int32), ("reserved", c_int32),
                ("message", c_char * 256)]


ActionFn = CFUNCTYPE(c_int, c_void_p, c_void_p)


class ActionType(Sized):
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("prepare", ActionFn), ("advance", ActionFn), ("verify", ActionFn),
                ("undo", ActionFn), ("flags", c_uint32), ("reserved", c_uint32)]


class JournalOptions(Sized):
    _fields_ = [("size", c_size_t), ("allocator", c_void_p), ("flags", c_uint32), ("reserved", c_uint32)]


class JournalEntry(Sized):
    _fields_ = [("size", c_size_t), ("seq", c_uint64), ("wall_ns", c_int64), ("kind", Str), ("event_id", Str), ("action_id", Str),
                ("json", Str), ("alert", Str), ("live", c_int32), ("hash", c_char * 68)]


class JournalVerdict(Sized):
    _fields_ = [("size", c_size_t), ("records", c_uint64), ("first", c_uint64), ("last", c_uint64), ("broken", c_uint64),
                ("head", c_char * 72), ("why", c_char * 192)]


class Command(Sized):
    _fields_ = [("size", c_size_t), ("verb", c_char_p), ("id", c_char_p), ("who", c_char_p), ("why", c_char_p), ("yes", c_int32),
                ("reserved", c_int32)]


# By the name that they have in C.
STRUCTS: dict[str, type[Structure]] = {
    "fir_str": Str, "fir_buf": Buf, "fir_error": Error, "fir_value": Value, "fir_event_info": EventInfo,
    "fir_event_options": EventOptions, "fir_reader_options": ReaderOptions, "fir_macro": Macro, "fir_list": List,
    "fir_field_type": FieldType, "fir_condition_options": ConditionOptions, "fir_template_options": TemplateOptions,
    "fir_compiler_options": CompilerOptions, "fir_evaluator_options": EvaluatorOptions, "fir_engine_options": EngineOptions,
    "fir_http_header": HttpHeader, "fir_http_request": HttpRequest, "fir_http_result": HttpResult, "fir_action_type": ActionType,
    "fir_journal_options": JournalOptions, "fir_journal_entry": JournalEntry, "fir_journal_verdict": JournalVerdict,
    "fir_command": Command,
}


# Handles: one class each, so that ctypes refuses one in another's place.
class Event(c_void_p):
    pass


class Reader(c_void_p):
    pass


class Condition(c_void_p):
    pass


class Template(c_void_p):
    pass


class Catalog(c_void_p):
    pass


class Compiler(c_void_p):
    pass


class Playbook(c_void_p):
    pass


class Evaluator(c_void_p):
    pass


class Plan(c_void_p):
    pass


class Engine(c_void_p):
    pass


class Journal(c_void_p):
    pass


class Call(c_void_p):
    pass


_err, _buf, _str, _p, _n = POINTER(Error), POINTER(Buf), POINTER(Str), c_void_p, c_size_t
_u8, _i32, _u32, _i64, _u64, _int = c_uint8, c_int32, c_uint32, c_int64, c_uint64, c_int
_bytes, _out = c_char_p, POINTER  # bytes go with their length: a NUL inside is a byte like others

# name: (result, parameters)
FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    # base.h
    "fir_version_string": (c_char_p, []),
    "fir_check_version": (_int, [_u32]),
    "fir_code_name": (c_char_p, [_i32]),
    "fir_buf_dispose": (None, [_buf]),
    # event.h
    "fir_event_new": (_int, [_out(EventOptions), _out(Event), _err]),
    "fir_event_parse": (_int, [Event, _bytes, _n, _out(EventInfo), _err]),
    "fir_event_get": (_int, [Event, _bytes, _n, _u32, _out(Value)]),
    "fir_event_field_at": (_int, [Event, _n, _str, _out(Value)]),
    "fir_event_id": (_int, [Event, _out(_u8), _err]),
    "fir_event_to_json": (_int, [Event, _buf, _err]),
    "fir_event_free": (None, [Event]),
    "fir_reader_new": (_int, [_out(ReaderOptions), _out(Reader), _err]),
    "fir_reader_feed": (_int, [Reader, _bytes, _n, _i32, _err]),
    "fir_reader_next": (_int, [Reader, Event, _out(_u64), _out(EventInfo), _err]),
    "fir_reader_text": (_int, [Reader, _str]),
    "fir_reader_free": (None, [Reader]),
    # condition.h
    "fir_condition_compile": (_int, [_bytes, _n, _out(ConditionOptions), _out(Condition), _err]),
    "fir_condition_eval": (_int, [Condition, Evaluator, Event, _out(_i32), _err]),
    "fir_condition_to_string": (_int, [Condition, _buf, _err]),
    "fir_condition_warnings_json": (_int, [Condition, _buf, _err]),
    "fir_condition_free": (None, [Condition]),
    "fir_fields_to_json": (_int, [_buf, _err]),
    # template.h
    "fir_template_compile": (_int, [_bytes, _n, _out(TemplateOptions), _out(Template), _err]),
    "fir_template_render": (_int, [Template, Event, _buf, _err]),
    "fir_template_free": (None, [Template]),
    # playbook.h
    "fir_catalog_new": (_int, [_out(Catalog), _err]),
    "fir_catalog_add": (_int, [Catalog, _bytes, _n, _err]),
    "fir_catalog_to_json": (_int, [Catalog, _buf, _err]),
    "fir_catalog_unref": (None, [Catalog]),
    "fir_compiler_new": (_int, [Catalog, _out(CompilerOptions), _out(Compiler), _err]),
    "fir_compiler_add": (_int, [Compiler, _bytes, _bytes, _n, _err]),
    "fir_compiler_add_file": (_int, [Compiler, _bytes, _err]),
    "fir_compiler_build": (_int, [Compiler, _out(Playbook), _err]),
    "fir_compiler_diagnostics_json": (_int, [Compiler, _buf, _err]),
    "fir_compiler_free": (None, [Compiler]),
    "fir_playbook_ref": (Playbook, [Playbook]),
    "fir_playbook_unref": (None, [Playbook]),
    "fir_playbook_to_json": (_int, [Playbook, _buf, _err]),
    # plan.h
    "fir_evaluator_new": (_int, [_out(EvaluatorOptions), _out(Evaluator), _err]),
    "fir_evaluate": (_int, [Evaluator, Playbook, Event, _u32, _out(Plan), _err]),
    "fir_evaluate_ndjson": (_int, [Evaluator, Playbook, _bytes, _n, _u32, _buf, _err]),
    "fir_simulate_ndjson": (_int, [Evaluator, Playbook, _bytes, _n, _i64, _u32, _buf, _err]),
    "fir_explain": (_int, [Evaluator, Playbook, Event, _buf, _err]),
    "fir_plan_to_json": (_int, [Plan, _buf, _err]),
    "fir_plan_free": (None, [Plan]),
    "fir_evaluator_free": (None, [Evaluator]),
    # engine.h
    "fir_engine_new": (_int, [_out(EngineOptions), Catalog, Playbook, _out(Engine), _err]),
    "fir_engine_register": (_int, [Engine, _out(ActionType), _p, _err]),
    "fir_engine_set_playbook": (_int, [Engine, Playbook, _err]),
    "fir_engine_submit": (_int, [Engine, _bytes, _n, _buf, _err]),
    "fir_engine_dispatch": (_int, [Engine, Plan, _err]),
    "fir_engine_poll": (_int, [Engine, _i64, _err]),
    "fir_engine_outcomes_json": (_int, [Engine, _u64, _i64, _out(_u64), _buf, _err]),
    "fir_engine_submit_event": (_int, [Engine, Event, _err]),
    "fir_engine_pending_json": (_int, [Engine, _buf, _err]),
    "fir_engine_decide": (_int, [Engine, _bytes, _i32, _bytes, _bytes, _err]),
    "fir_engine_pause": (_int, [Engine, _bytes, _bytes, _err]),
    "fir_engine_resume": (_int, [Engine, _bytes, _bytes, _err]),
    "fir_engine_undo": (_int, [Engine, _bytes, _bytes, _bytes, _err]),
    "fir_engine_replay": (_int, [Engine, _bytes, _bytes, _bytes, _err]),
    "fir_engine_discard": (_int, [Engine, _bytes, _bytes, _bytes, _err]),
    "fir_engine_cancel": (_int, [Engine, _bytes, _bytes, _bytes, _err]),
    "fir_engine_feedback": (_int, [Engine, _bytes, _i32, _bytes, _bytes, _err]),
    "fir_engine_metrics_text": (_int, [Engine, _buf, _err]),
    "fir_engine_start": (_int, [Engine, _err]),
    "fir_engine_stop": (_int, [Engine, _i64, _err]),
    "fir_engine_free": (None, [Engine]),
    # journal.h
    "fir_journal_open": (_int, [_bytes, _out(JournalOptions), _out(Journal), _err]),
    "fir_journal_next": (_int, [Journal, _u64, _out(JournalEntry), _err]),
    "fir_journal_export": (_int, [Journal, _out(_u64), _buf, _err]),
    "fir_journal_verify": (_int, [Journal, _bytes, _out(JournalVerdict), _err]),
    "fir_journal_free": (None, [Journal]),
    "fir_command_send": (_int, [_bytes, _out(Command), _i64, _err]),
    # sys/action.h
    "fir_call_parameter": (_int, [Call, _bytes, _n, _str]),
    "fir_call_text": (_int, [Call, _bytes, _n, _str]),
    "fir_call_event": (_int, [Call, _str]),
    "fir_call_action_id": (_int, [Call, _str]),
    "fir_call_attempt": (_u32, [Call]),
    "fir_call_request": (_int, [Call, _out(HttpRequest)]),
    "fir_call_response": (_int, [Call, _out(HttpResult)]),
    "fir_call_record": (_int, [Call, _bytes, _n]),
    "fir_call_recorded": (_int, [Call, _str]),
    "fir_call_output": (_int, [Call, _bytes, _n]),
    "fir_call_fail": (_int, [Call, _i32, _i32, _bytes, _n]),
}

# Constants by their names in C.
OK, EAGAIN, EBUSY, ENOTFOUND, ECALLBACK, EACTION, EPARSE, ELIMIT, EINVAL, EINTERNAL = 0, -8, -9, -7, -13, -15, -4, -3, -2, -20
WHOLE = 0xFFFFFFFF
AT_ALERTS = -(1 << 63)
CALL_DONE, CALL_REQUEST = 0, 1
VERIFY_UNKNOWN, VERIFY_DONE, VERIFY_NOT_DONE = 0, 1, 2
ENGINE_DRY_RUN, ENGINE_ENV, ENGINE_AS_OF_ALERTS = 1, 2, 4
ACTION_BLOCKS = 1
SYNTAX = {"falcoir": 0, "falco": 1, "talon": 2}
SINK = {"text": 0, "json": 1, "url": 2, "header": 3, "form": 4, "argv": 5, "k8s_name": 6, "k8s_label": 7, "slack": 8, "html": 9,
        "markdown": 10, "raw": 11}

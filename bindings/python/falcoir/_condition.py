# SPDX-License-Identifier: Apache-2.0
"""One condition, alone; and the fields that conditions know."""
from __future__ import annotations

import ctypes
import json
from typing import Any, Mapping, Optional, Sequence

from . import _abi, _errors
from ._evaluator import evaluator
from ._event import Alert, as_event
from ._library import C
from ._object import Object, Texts, asked, check, made


class Condition(Object):
    """A condition in Falco's language: Condition('proc.name in (bash, sh)').matches(event). Any number of threads may use it.

    macros, lists: by name, each sees those before it. types: of fields that Falco's table does not have, as {"my.field": "UINT64"}
    or "LIST(CHARBUF)".
    """

    def __init__(self, text: str, *, macros: Optional[Mapping[str, str]] = None, lists: Optional[Mapping[str, Sequence[str]]] = None,
                 types: Optional[Mapping[str, str]] = None, regex_steps: int = 0, max_depth: int = 0) -> None:
        t = Texts()
        all_macros = [_abi.Macro(t.str(name), t.str(body)) for name, body in (macros or {}).items()]
        all_lists = [_abi.List(t.str(name), t.array(_abi.Str, [t.str(i) for i in items]), len(items))
                     for name, items in (lists or {}).items()]
        all_types = [_field_type(t, name, kind) for name, kind in (types or {}).items()]
        options = _abi.ConditionOptions(
            macros=t.array(_abi.Macro, all_macros), n_macros=len(all_macros), lists=t.array(_abi.List, all_lists),
            n_lists=len(all_lists), types=t.array(_abi.FieldType, all_types), n_types=len(all_types), regex_steps=regex_steps,
            max_depth=max_depth)
        raw = text.encode()
        self._own(made(_abi.Condition(), C.fir_condition_compile, raw, len(raw), ctypes.byref(options)), C.fir_condition_free)

    def verdict(self, alert: Alert) -> Optional[bool]:
        """True, False, or None: undecided, because a regular expression hit its step limit."""
        event, out, e = as_event(alert), ctypes.c_int32(), _abi.Error()
        with self._guard as handle, event._guard as of, evaluator() as x:
            check(C.fir_condition_eval(handle, x, of, ctypes.byref(out), ctypes.byref(e)), e)
        return None if out.value == 2 else out.value == 1

    def matches(self, alert: Alert) -> bool:
        """Whether the alert matches. An undecided one raises LimitError: it is neither."""
        verdict = self.verdict(alert)
        if verdict is None:
            raise _errors.LimitError("a regular expression hit its step limit, so the condition is undecided", _abi.ELIMIT)
        return verdict

    @property
    def warnings(self) -> list[_errors.Diagnostic]:
        """What is allowed and seldom meant, in order of place."""
        with self._guard as handle:
            found = json.loads(asked(C.fir_condition_warnings_json, handle))
        return [_errors.Diagnostic("", w["line"], w["column"], "warning", w["code"], w["message"], w.get("hint", "")) for w in found]

    def __str__(self) -> str:
        """The condition with macros and lists expanded; compiling that gives the same verdicts."""
        with self._guard as handle:
            return asked(C.fir_condition_to_string, handle).decode()


def _field_type(t: Texts, name: str, kind: str) -> _abi.FieldType:
    listed = kind.startswith("LIST(") and kind.endswith(")")
    return _abi.FieldType(t.str(name), t.str(kind[5:-1] if listed else kind), listed, 0)


def fields() -> list[dict[str, Any]]:
    """Falco's fields as conditions know them: name, type, list, argument, class, sources."""
    found: list[dict[str, Any]] = json.loads(asked(C.fir_fields_to_json))
    return found

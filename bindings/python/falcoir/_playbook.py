# SPDX-License-Identifier: Apache-2.0
"""Playbooks, compiled; and what they plan."""
from __future__ import annotations

import ctypes
import json
import os
import weakref
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, Union

from . import _abi, _errors
from ._action import ActionType, Schema
from ._errors import CompileError, Diagnostic, ParseError, Refused
from ._evaluator import evaluator
from ._event import Alert, as_event
from ._library import C
from ._object import Data, Guard, Object, asked, check, encode, made
from ._plan import Plan

Path = Union[str, "os.PathLike[str]"]
_ERROR = b'{"error":'


def _catalog(types: Iterable[Schema]) -> Guard:
    guard = Guard(made(_abi.Catalog(), C.fir_catalog_new), C.fir_catalog_unref)
    try:
        for one in types:
            raw = json.dumps(one.schema if isinstance(one, ActionType) else one).encode()
            e = _abi.Error()
            with guard as handle:
                check(C.fir_catalog_add(handle, raw, len(raw), ctypes.byref(e)), e)
    except BaseException:
        guard.close()
        raise
    return guard


def action_types(types: Iterable[Schema] = ()) -> list[dict[str, Any]]:
    """All action types that a playbook may use, with their parameters: the built-in ones, and those given."""
    guard = _catalog(types)
    try:
        with guard as handle:
            found: list[dict[str, Any]] = json.loads(asked(C.fir_catalog_to_json, handle))
    finally:
        guard.close()
    return found


class Playbook(Object):
    """Compiled playbook files: Playbook.load("playbook.yaml"). It does not change, and any number of threads may use it.

    types: action types of your own, as ActionType or as schemas (docs/actions.md). What is wrong raises CompileError, whose
    `diagnostics` name file, line and column of everything; `warnings` has what was found in a playbook that loads.
    """

    warnings: list[Diagnostic]
    _catalog: Guard

    def __init__(self) -> None:
        raise _errors.UsageError("Playbook.load(path) and Playbook.from_string(text) make a playbook")

    @classmethod
    def load(cls, *paths: Path, types: Sequence[Schema] = ()) -> Playbook:
        """Compiles one or more files; each sees those before it."""
        def add(k: Any) -> None:
            for path in paths:
                e = _abi.Error()
                check(C.fir_compiler_add_file(k, os.fsencode(path), ctypes.byref(e)), e)
        return cls._build(add, types)

    @classmethod
    def from_string(cls, *texts: Data, origin: Union[str, Sequence[str]] = "playbook.yaml", types: Sequence[Schema] = ()) -> Playbook:
        """Compiles texts. origin: how diagnostics call it, or a name for each of them; relative paths in it are looked up beside it."""
        def add(k: Any) -> None:
            names = [origin] * len(texts) if isinstance(origin, str) else origin
            if len(names) != len(texts):
                raise _errors.UsageError(f"{len(texts)} texts have {len(names)} origins")
            for name, text in zip(names, texts):
                raw, e = encode(text), _abi.Error()
                check(C.fir_compiler_add(k, name.encode(), raw, len(raw), ctypes.byref(e)), e)
        return cls._build(add, types)

    @classmethod
    def _build(cls, add: Callable[[Any], None], types: Sequence[Schema]) -> Playbook:
        self = cls.__new__(cls)
        self._catalog = _catalog(types)
        weakref.finalize(self, self._catalog.close)
        with self._catalog as catalog:
            compiler = made(_abi.Compiler(), C.fir_compiler_new, catalog, None)
        try:
            add(compiler)
            handle, e = _abi.Playbook(), _abi.Error()
            code = C.fir_compiler_build(compiler, ctypes.byref(handle), ctypes.byref(e))
            found = _errors.diagnostics(asked(C.fir_compiler_diagnostics_json, compiler))
            if code != _abi.OK:
                error = _errors.from_c(code, e)
                if isinstance(error, CompileError):
                    error.diagnostics = found
                raise error
        finally:
            C.fir_compiler_free(compiler)
        self._own(handle, C.fir_playbook_unref)
        self.warnings = found
        return self

    def close(self) -> None:
        super().close()
        self._catalog.close()

    def plan_json(self, alerts: Data) -> bytes:
        """Plans all alerts of a batch, in any form. A line of JSON for each that has a plan or cannot be read: {"line":N,…}.

        These are the bytes that `falcoir plan --json` prints. It is the fastest form: one call for the whole batch.
        """
        raw = encode(alerts)
        with self._guard as handle, evaluator() as x:
            return asked(C.fir_evaluate_ndjson, x, handle, raw, len(raw), 0)

    def plan(self, alerts: Data, *, refused: Optional[Callable[[Refused], None]] = None) -> list[Plan]:
        """The plans of a batch of alerts; one that no rule matches has none.

        An alert that cannot be read is given to `refused`; without it, ParseError is raised, so that none is lost silently.
        """
        return _plans(self.plan_json(alerts), refused)

    def simulate_json(self, alerts: Data, *, at_ns: Optional[int] = None) -> bytes:
        """As plan_json, with what the gate would say of each rule: the alerts come one after another before a gate with no past.

        at_ns: the clock at the first of them, in nanoseconds since the epoch; None: the alerts' own times. Nothing is done.
        """
        raw, at = encode(alerts), _abi.AT_ALERTS if at_ns is None else at_ns
        with self._guard as handle, evaluator() as x:
            return asked(C.fir_simulate_ndjson, x, handle, raw, len(raw), at, 0)

    def simulate(self, alerts: Data, *, at_ns: Optional[int] = None, refused: Optional[Callable[[Refused], None]] = None) -> list[Plan]:
        """simulate_json as plans, whose `verdicts` say what the gate would."""
        return _plans(self.simulate_json(alerts, at_ns=at_ns), refused)

    def explain_json(self, alert: Alert) -> bytes:
        """Why each rule matches an alert or does not: the tree of its condition with the verdict of each part (docs/explain.md)."""
        event = as_event(alert)
        with self._guard as handle, event._guard as of, evaluator() as x:
            return asked(C.fir_explain, x, handle, of)

    def explain(self, alert: Alert) -> dict[str, Any]:
        """explain_json as a dict."""
        found: dict[str, Any] = json.loads(self.explain_json(alert))
        return found

    def plan_event(self, alert: Alert) -> Optional[Plan]:
        """The plan of one alert, which may be an Event; None where no rule matches."""
        event, plan, e = as_event(alert), _abi.Plan(), _abi.Error()
        with self._guard as handle, event._guard as of, evaluator() as x:
            check(C.fir_evaluate(x, handle, of, 0, ctypes.byref(plan), ctypes.byref(e)), e)
        if not plan:
            return None
        try:
            return Plan(asked(C.fir_plan_to_json, plan))
        finally:
            C.fir_plan_free(plan)

    def to_json(self) -> bytes:
        """What it holds: digest, rules in their order, outputs, tests; no secret."""
        with self._guard as handle:
            return asked(C.fir_playbook_to_json, handle)

    @property
    def data(self) -> dict[str, Any]:
        """to_json as a dict."""
        data: dict[str, Any] = json.loads(self.to_json())
        return data

    @property
    def digest(self) -> str:
        """SHA-256 over everything in it that can change a plan."""
        return str(self.data["digest"])


def _plans(batch: bytes, refused: Optional[Callable[[Refused], None]]) -> list[Plan]:
    plans, unread = [], []
    for line in batch.splitlines():
        if line.startswith(_ERROR):
            unread.append(_refused(line))
        else:
            plans.append(Plan._of_line(line))
    for one in unread:
        if refused is None:
            error = ParseError(one.message, _abi.EPARSE, "alerts", one.line, one.column)
            error.refused = unread
            raise error
        refused(one)
    return plans


def _refused(line: bytes) -> Refused:
    data = json.loads(line)
    error = data["error"]
    return Refused(data["line"], error.get("column", 0), error.get("code", ""), error.get("message", ""))


def plans(playbook: Playbook, alerts: Iterable[Alert]) -> Iterator[Plan]:
    """Plans of a stream: `for plan in falcoir.plans(playbook, falcoir.read(sys.stdin.buffer))`."""
    for alert in alerts:
        plan = playbook.plan_event(alert)
        if plan is not None:
            yield plan

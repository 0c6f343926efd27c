# SPDX-License-Identifier: Apache-2.0
"""Action types of the host's own: functions in Python that a playbook uses by name.

The contract with the library: a function gives 0, 1 or a negative code. An exception becomes a negative code with its text, so the
outcome is "failed"; nothing that Python does gives an undefined return. The exception itself is kept for the caller.
"""
from __future__ import annotations

import ctypes
import datetime
import json
import threading
import weakref
from dataclasses import dataclass, field
from typing import Any, Callable, Generator, Mapping, Optional, TypeVar, Union

from . import _abi, _errors
from ._library import C
from ._object import Data, Texts, borrowed

_KINDS: dict[Any, str] = {str: "string", int: "integer", bool: "boolean", list: "strings", dict: "map", object: "any",
                          datetime.timedelta: "duration"}
_Function = TypeVar("_Function", bound=Callable[..., Any])
Schema = Union["ActionType", Mapping[str, Any]]


@dataclass(frozen=True)
class Request:
    """An HTTP request that the engine sends, by the transport's rules: `answer = yield falcoir.Request("GET", url)`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Data = b""
    ca_file: str = ""
    insecure_http: bool = False
    internal: bool = False
    max_response: int = 0


@dataclass(frozen=True)
class Response:
    """The answer to a Request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Call:
    """One attempt at one action. call["queue"] is a parameter, rendered, secrets resolved. It ends with the function."""

    def __init__(self, handle: _abi.Call, names: list[str]) -> None:
        self._handle: Optional[_abi.Call] = handle
        self._names = names
        self._read()

    def _read(self) -> None:
        handle, s = self._handle, _abi.Str()
        self.parameters: dict[str, Any] = {}
        for name in self._names:
            raw = name.encode()
            code = C.fir_call_parameter(handle, raw, len(raw), ctypes.byref(s))
            if code == _abi.OK:
                self.parameters[name] = json.loads(borrowed(s))
            elif code != _abi.ENOTFOUND:
                _errors.fail(code, _abi.Error())
        found = C.fir_call_recorded(handle, ctypes.byref(s)) == _abi.OK
        self.recorded: Any = json.loads(borrowed(s)) if found else None  # what record kept, in an earlier attempt too
        C.fir_call_event(handle, ctypes.byref(s))
        self.event_json: bytes = borrowed(s)
        C.fir_call_action_id(handle, ctypes.byref(s))
        self.action_id: str = borrowed(s).decode()
        self.attempt: int = C.fir_call_attempt(handle)

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.parameters.get(name, default)

    @property
    def event(self) -> dict[str, Any]:
        """The alert."""
        event: dict[str, Any] = json.loads(self.event_json)
        return event

    def output(self, value: Any) -> None:
        """What later steps see as {{steps.ID.output}}; returning a value from the function is the same."""
        if self._handle is None:
            raise _errors.StateError("the call is over", -10)
        raw = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else json.dumps(value).encode()
        code = C.fir_call_output(self._handle, raw, len(raw))
        if code != _abi.OK:
            _errors.fail(code, _abi.Error())

    def record(self, value: Any) -> None:
        """Keeps what verify and undo need, as JSON, without secrets; for prepare."""
        raw = json.dumps(value).encode()
        if self._handle is None:
            raise _errors.StateError("the call is over", -10)
        code = C.fir_call_record(self._handle, raw, len(raw))
        if code != _abi.OK:
            _errors.fail(code, _abi.Error())

    def _request(self, r: Request) -> None:
        t = Texts()
        headers = [_abi.HttpHeader(t.str(name), t.str(value)) for name, value in r.headers.items()]
        request = _abi.HttpRequest(
            method=t.str(r.method), url=t.str(r.url), headers=t.array(_abi.HttpHeader, headers), n_headers=len(headers),
            body=t.str(r.body), ca_file=t.str(r.ca_file), max_response=r.max_response, flags=r.insecure_http | r.internal << 1)
        code = C.fir_call_request(self._handle, ctypes.byref(request))
        if code != _abi.OK:
            _errors.fail(code, _abi.Error())

    def _response(self) -> Optional[Response]:
        result = _abi.HttpResult()
        if C.fir_call_response(self._handle, ctypes.byref(result)) != _abi.OK:
            return None
        headers = tuple((_errors.text(borrowed(h.name)), _errors.text(borrowed(h.value))) for h in result.headers[:result.n_headers])
        return Response(result.status, headers, borrowed(result.body))

    def _fail(self, error: BaseException) -> int:
        said = str(error)
        text = said if isinstance(error, ActionError) else f"{type(error).__name__}: {said}" if said else type(error).__name__
        raw = text.encode("utf-8", "replace")
        final = isinstance(error, ActionError) and error.final
        return int(C.fir_call_fail(self._handle, _abi.ECALLBACK if not isinstance(error, ActionError) else _abi.EACTION, final, raw, len(raw)))


ActionError = _errors.ActionError


class ActionType:
    """An action type in Python. Give it to Playbook.load(types=[…]) and to Engine(actions=[…]).

    parameters: by name a Python type (str, int, bool, list, dict, datetime.timedelta: then it is required), or a schema of
    docs/actions.md, as {"type": "string", "default": "{{rule}}"}. effect: what doing it twice means: idempotent, keyed, verifiable,
    unsafe or read. It is a decorator of the function that acts. An ordinary function acts and returns its output; a generator
    yields Requests, which the engine sends without anyone waiting for them, and gets their Responses. blocks: the function may take
    long; then several run at once on threads of the engine's, which wants Engine.start(), and it yields no Requests.
    """

    def __init__(self, name: str, *, effect: str, parameters: Optional[Mapping[str, Any]] = None, destructive: bool = False,
                 notifies: bool = False, description: str = "", output_name: str = "", undo: str = "", blocks: bool = False) -> None:
        self.name = name
        self.blocks = blocks
        wanted = {n: {"type": _KINDS[p], "required": True} if p in _KINDS else dict(p) for n, p in (_hashable(parameters)).items()}
        self.schema: dict[str, Any] = {"name": name, "effect": effect, "destructive": destructive, "parameters": wanted}
        self.schema.update({k: v for k, v in (("notifies", notifies), ("description", description), ("output_name", output_name),
                                              ("undo", undo)) if v})
        self.functions: dict[str, Callable[[Call], Any]] = {}

    def __call__(self, function: _Function) -> _Function:
        """@ticket: the function that acts."""
        self.functions["advance"] = function
        return function

    def prepare(self, function: _Function) -> _Function:
        """@ticket.prepare: finds out what will be acted on, before each attempt; has no effect of its own."""
        self.functions["prepare"] = function
        return function

    def verify(self, function: _Function) -> _Function:
        """@ticket.verify: after a crash, whether it was done: True, False, or None where that cannot be known."""
        self.functions["verify"] = function
        return function

    def undo(self, function: _Function) -> _Function:
        """@ticket.undo: undoes it, from call.recorded and never from the alert."""
        self.functions["undo"] = function
        return function


def _hashable(parameters: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    out = {}
    for name, p in (parameters or {}).items():
        if not isinstance(p, Mapping) and p not in _KINDS:
            raise _errors.UsageError(f"parameter {name}: {p!r} is no type of a parameter; use a schema")
        out[name] = _Schema(p) if isinstance(p, Mapping) else p
    return out


class _Schema(dict):  # type: ignore[type-arg]
    __hash__ = object.__hash__  # type: ignore[assignment]


_MOST_OPEN = 10000  # generators that wait for an answer; the engine itself has at most 512 requests under way
_MOST_ERRORS = 10000


class _Inside(threading.local):
    now = False


inside = _Inside()  # whether this thread is in a function that an engine called


class Errors(dict[str, BaseException]):
    """The exceptions of an engine's actions, by action id. It is the Engine's, and its Host only knows of it: an exception refers to
    the frames below it, and so to the Engine, which could never be collected if what C calls held its exceptions.
    """

    def keep(self, action_id: str, error: BaseException) -> None:
        while len(self) >= _MOST_ERRORS:
            del self[next(iter(self))]
        self[action_id] = error


class Host:
    """What C needs of an engine's actions: the functions, kept alive, and the generators that wait."""

    def __init__(self, errors: Errors, on_error: Optional[Callable[[Call, BaseException], None]]) -> None:
        self._errors = weakref.ref(errors)
        self._on_error = on_error
        self._open: dict[str, tuple[Generator[Any, Any, Any], Call]] = {}
        self._kept: list[object] = []

    def register(self, engine: Any, action: ActionType) -> None:
        if "advance" not in action.functions:
            raise _errors.UsageError(f"{action.name} has no function: decorate one with the action type")
        names = list(action.schema["parameters"])
        functions = {step: _abi.ActionFn(self._function(step, function, names)) for step, function in action.functions.items()}
        flags = _abi.ACTION_BLOCKS if action.blocks else 0
        what, e = _abi.ActionType(name=action.name.encode(), flags=flags, **functions), _abi.Error()
        code = C.fir_engine_register(engine, ctypes.byref(what), None, ctypes.byref(e))
        if code != _abi.OK:
            _errors.fail(code, e)
        self._kept += [what, functions]

    def _function(self, step: str, function: Callable[[Call], Any], names: list[str]) -> Callable[[Any, Any], int]:
        def called(_self: Any, handle: Any) -> int:
            inside.now = True
            try:
                return self._run(step, function, _abi.Call(handle), names)
            except BaseException:  # ctypes would give C whatever stands in memory
                return _abi.EINTERNAL
            finally:
                inside.now = False
        return called

    def _run(self, step: str, function: Callable[[Call], Any], handle: _abi.Call, names: list[str]) -> int:
        call = Call(handle, names)
        key = f"{step} {call.action_id}"
        try:
            try:
                answer = call._response()
                waiting = self._open.pop(key, None)
                if answer is not None and waiting is not None:
                    generator = waiting[0]
                    call = waiting[1]
                    call._handle = handle
                    return self._resume(step, generator, call, answer)
                if waiting is not None:
                    waiting[0].close()  # an earlier attempt, which ended without an answer
                made = function(call)
                if isinstance(made, Generator):
                    return self._resume(step, made, call, None)
                return self._done(step, call, made)
            except BaseException as error:  # SystemExit too: it ends the action, not the program
                return self._failed(call, error)
        finally:
            call._handle = None

    def _resume(self, step: str, generator: Generator[Any, Any, Any], call: Call, answer: Optional[Response]) -> int:
        try:
            wanted = generator.send(answer)
        except StopIteration as end:
            return self._done(step, call, end.value)
        if not isinstance(wanted, Request):
            generator.close()
            raise TypeError(f"the action yielded {type(wanted).__name__}, not a falcoir.Request")
        call._request(wanted)
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)))[0].close()
        self._open[f"{step} {call.action_id}"] = generator, call
        return _abi.CALL_REQUEST

    def _done(self, step: str, call: Call, value: Any) -> int:
        if step == "verify":
            return _abi.VERIFY_UNKNOWN if value is None else _abi.VERIFY_DONE if value else _abi.VERIFY_NOT_DONE
        if value is not None:
            call.output(value)
        errors = self._errors()
        if errors is not None:
            errors.pop(call.action_id, None)
        return _abi.CALL_DONE

    def _failed(self, call: Call, error: BaseException) -> int:
        code = call._fail(error)
        errors = self._errors()
        if errors is not None:
            errors.keep(call.action_id, error)
        if self._on_error is not None:
            try:
                self._on_error(call, error)
            except BaseException as of_hook:  # the action failed already; its own error is the one to tell of
                error.__context__ = of_hook
        return code if code < 0 else _abi.EINTERNAL

# SPDX-License-Identifier: Apache-2.0
"""Alerts: one alone, and streams of them."""
from __future__ import annotations

import ctypes
import json
from typing import Any, Callable, Iterator, Mapping, Optional, Protocol, Union

from . import _abi, _errors
from ._errors import Refused
from ._library import C
from ._object import Data, Object, asked, borrowed, check, encode, made

_FORMS = ("", "json", "text", "escaped", "json_after_text")
_ENVELOPES = ("", "event", "sns", "sqs", "lambda_sns", "pubsub", "cloudevent", "kinesis", "array", "eventbridge")
_FLAGS = ("replaced_utf8", "has_nul", "no_time", "no_fields", "internal")


class Event(Object):
    """One alert, read from any of the forms in which Falco's alerts travel; it does not change.

    event["proc.name"] is an entry of output_fields, or a property: rule, priority, source, hostname, tags, output, message, time,
    uuid. Integers are exact, lists are lists, a field that Falco could not know is None.
    """

    def __init__(self, data: Data, *, max_bytes: int = 0, max_fields: int = 0) -> None:
        raw, info, e = encode(data), _abi.EventInfo(), _abi.Error()
        options = _abi.EventOptions(max_bytes=max_bytes, max_fields=max_fields)
        guard = self._own(made(_abi.Event(), C.fir_event_new, ctypes.byref(options)), C.fir_event_free)
        with guard as handle:
            check(C.fir_event_parse(handle, raw, len(raw), ctypes.byref(info), ctypes.byref(e)), e)
        self._info = info

    @classmethod
    def _empty(cls) -> Event:
        event = cls.__new__(cls)
        event._own(made(_abi.Event(), C.fir_event_new, None), C.fir_event_free)
        event._info = _abi.EventInfo()
        return event

    def __getitem__(self, name: str) -> Any:
        raw, value = name.encode(), _abi.Value()
        with self._guard as handle:
            if C.fir_event_get(handle, raw, len(raw), _abi.WHOLE, ctypes.byref(value)) != _abi.OK:
                raise KeyError(name)
            return self._value(handle, raw, value)

    def _value(self, handle: Any, name: bytes, value: _abi.Value) -> Any:
        if value.type != 6:  # anything but a list
            return _SCALAR[value.type](value)
        items, one = [], _abi.Value()
        for i in range(value.count):
            if C.fir_event_get(handle, name, len(name), i, ctypes.byref(one)) != _abi.OK:
                break
            items.append(_SCALAR[one.type](one) if one.type != 6 else None)
        return items

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name, self) is not self

    def get(self, name: str, default: Any = None) -> Any:
        """event[name], or the default where the alert has none."""
        try:
            return self[name]
        except KeyError:
            return default

    @property
    def fields(self) -> dict[str, Any]:
        """All of output_fields, in the alert's order."""
        out: dict[str, Any] = {}
        name, value = _abi.Str(), _abi.Value()
        with self._guard as handle:
            i = 0
            while C.fir_event_field_at(handle, i, ctypes.byref(name), ctypes.byref(value)) == _abi.OK:
                raw = borrowed(name)
                out[_errors.text(raw)] = self._value(handle, raw, value)
                i += 1
        return out

    @property
    def rule(self) -> str:
        return str(self.get("alert.rule", self.get("rule", "")))

    @property
    def priority(self) -> str:
        return str(self.get("alert.priority", self.get("priority", "")))

    @property
    def id(self) -> str:
        """The alert's identity, SHA-256 in hexadecimal: the same by whatever way it came."""
        out, e = (ctypes.c_uint8 * 32)(), _abi.Error()
        with self._guard as handle:
            check(C.fir_event_id(handle, out, ctypes.byref(e)), e)
        return bytes(out).hex()

    @property
    def time_ns(self) -> int:
        """Nanoseconds since the epoch, UTC; 0 where "no_time" is among the flags."""
        return int(self._info.time_ns)

    @property
    def form(self) -> str:
        """How it was written: json, text, escaped (text), json_after_text."""
        return _FORMS[self._info.form]

    @property
    def envelope(self) -> str:
        """What it was wrapped in: "" for nothing, or sns, sqs, pubsub, cloudevent, …"""
        return _ENVELOPES[self._info.envelope]

    @property
    def flags(self) -> frozenset[str]:
        """What had to be put right: replaced_utf8, has_nul, no_time, no_fields; and internal, for Falco's own."""
        return frozenset(name for i, name in enumerate(_FLAGS) if self._info.flags >> i & 1)

    def to_json(self) -> bytes:
        """Canonical JSON: keys sorted, no blanks, numbers as they came."""
        with self._guard as handle:
            return asked(C.fir_event_to_json, handle)


def _text(value: _abi.Value) -> str:
    return _errors.text(borrowed(value.s))


_SCALAR: tuple[Callable[[_abi.Value], Any], ...] = (
    lambda v: None,
    lambda v: v.i != 0,
    lambda v: v.i,
    lambda v: v.u,
    lambda v: v.d,
    _text,
    lambda v: None,
    lambda v: json.loads(borrowed(v.s)),
)

Alert = Union[Event, Data, Mapping[str, Any]]


def as_event(alert: Alert) -> Event:
    """An Event stays; bytes, a text or a dict become one."""
    if isinstance(alert, Event):
        return alert
    return Event(json.dumps(alert)) if isinstance(alert, Mapping) else Event(alert)


class Reader(Object):
    """A stream of alerts: NDJSON, pretty-printed JSON, arrays, text lines, envelopes. Feed it as bytes come, cut anywhere.

    Iterating gives the Events that are complete. A broken alert costs itself and nothing else; it is given to `refused`.
    """

    def __init__(self, *, refused: Optional[Callable[[Refused], None]] = None, max_bytes: int = 0) -> None:
        options = _abi.ReaderOptions(max_bytes=max_bytes)
        self._own(made(_abi.Reader(), C.fir_reader_new, ctypes.byref(options)), C.fir_reader_free)
        self._refused = refused

    def feed(self, data: Data, *, last: bool = False) -> None:
        """Gives it the next bytes. last: nothing will follow."""
        raw, e = encode(data), _abi.Error()
        with self._guard as handle:
            check(C.fir_reader_feed(handle, raw, len(raw), last, ctypes.byref(e)), e)

    def __iter__(self) -> Iterator[Event]:
        line, e = ctypes.c_uint64(), _abi.Error()
        while True:
            event = Event._empty()
            with self._guard as handle, event._guard as into:
                code = C.fir_reader_next(handle, into, ctypes.byref(line), ctypes.byref(event._info), ctypes.byref(e))
            if code == _abi.OK:
                yield event
            elif code in (_abi.EAGAIN, _abi.ENOTFOUND):
                return
            elif code in (_abi.EPARSE, _abi.ELIMIT):
                if self._refused is None:
                    _errors.fail(code, e)
                self._refused(Refused(line.value, e.column, C.fir_code_name(code).decode(), _errors.text(e.message)))
            else:
                _errors.fail(code, e)


class Readable(Protocol):
    """A binary stream: an open file, a pipe, a socket's makefile."""

    def read(self, size: int = ..., /) -> Optional[bytes]:
        """At most size bytes; b"" at the end."""


def read(stream: Readable, *, refused: Optional[Callable[[Refused], None]] = None, max_bytes: int = 0) -> Iterator[Event]:
    """All alerts of a binary stream, each as soon as it is complete: `for event in falcoir.read(sys.stdin.buffer)`.

    Without `refused` an alert that cannot be read raises ParseError or LimitError.
    """
    take = getattr(stream, "read1", stream.read)
    with Reader(refused=refused, max_bytes=max_bytes) as reader:
        last = False
        while not last:
            data = take(65536) or b""
            last = not data
            reader.feed(data, last=last)
            yield from reader

# SPDX-License-Identifier: Apache-2.0
"""What all objects share: a handle that is freed once, not while a thread is inside of the library with it."""
from __future__ import annotations

import ctypes
import os
import threading
import weakref
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, Union

from . import _abi, _errors
from ._library import C

Data = Union[bytes, bytearray, memoryview, str]
_Self = TypeVar("_Self", bound="Object")

# One lock for all: it is held for some instructions only, and a child of fork gets it released. The garbage collector may run inside
# of them and close what nobody has any more, so a thread may take it again; what is due to be freed is freed outside of it.
_lock = threading.RLock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class _Critical:
    __slots__ = ("depth", "due")

    def __init__(self) -> None:
        self.depth = 0
        self.due: list[tuple[Callable[[Any], None], Any, object]] = []

    def __enter__(self) -> None:
        _lock.acquire()
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1
        due: list[tuple[Callable[[Any], None], Any, object]] = []
        if self.depth == 0 and self.due:
            due, self.due = self.due, []
        _lock.release()
        for free, handle, _keep in due:
            free(handle)


_critical = _Critical()


class Guard:
    """`with guard as handle:` around each use. After close the last user frees."""

    __slots__ = ("_closed", "_free", "_handle", "_users", "keep")

    def __init__(self, handle: ctypes.c_void_p, free: Callable[[Any], None]) -> None:
        self._handle: Optional[ctypes.c_void_p] = handle
        self._free = free
        self._users = 0
        self._closed = False
        self.keep: object = None  # what must live as long as the handle

    def __enter__(self) -> Any:
        with _critical:
            if self._closed:
                raise _errors.StateError("it is closed", -10)
            self._users += 1
            return self._handle

    def __exit__(self, *_: object) -> None:
        with _critical:
            self._users -= 1
            self._free_if_idle()

    def close(self) -> None:
        with _critical:
            self._closed = True
            self._free_if_idle()

    def _free_if_idle(self) -> None:
        if self._closed and self._users == 0 and self._handle is not None:
            _critical.due.append((self._free, self._handle, self.keep))
            self._handle = self.keep = None


class Object:
    """Something of the library's. close() gives it back, so does `with`, and so does the garbage collector."""

    _guard: Guard

    def _own(self, handle: ctypes.c_void_p, free: Callable[[Any], None]) -> Guard:
        self._guard = Guard(handle, free)
        weakref.finalize(self, self._guard.close)
        return self._guard

    def close(self) -> None:
        """Gives the memory back. May be called again; using the object afterwards raises StateError."""
        self._guard.close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()


def encode(data: Data) -> bytes:
    return data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else bytes(data)


def check(code: int, e: _abi.Error) -> None:
    if code != _abi.OK:
        _errors.fail(code, e)


def take(buffer: _abi.Buf) -> bytes:
    """The bytes of an owned buffer, which is given back."""
    try:
        return ctypes.string_at(buffer.ptr, buffer.len) if buffer.len else b""
    finally:
        C.fir_buf_dispose(ctypes.byref(buffer))


def asked(function: Callable[..., int], *arguments: object) -> bytes:
    """Calls a function whose last parameters are a buffer and an error; its bytes."""
    buffer, e = _abi.Buf(), _abi.Error()
    check(function(*arguments, ctypes.byref(buffer), ctypes.byref(e)), e)
    return take(buffer)


def made(handle: Any, function: Callable[..., int], *arguments: object) -> Any:
    """Calls a function whose last parameters are a handle to fill and an error; the handle."""
    e = _abi.Error()
    check(function(*arguments, ctypes.byref(handle), ctypes.byref(e)), e)
    return handle


def borrowed(s: _abi.Str) -> bytes:
    """A copy of what a fir_str shows."""
    return ctypes.string_at(s.ptr, s.len) if s.len else b""


class Texts:
    """fir_str of Python texts, which live as long as this object."""

    def __init__(self) -> None:
        self._kept: list[object] = []

    def str(self, data: Data) -> _abi.Str:
        raw = ctypes.create_string_buffer(encode(data), max(len(encode(data)), 1))
        self._kept.append(raw)
        return _abi.Str(ctypes.cast(raw, ctypes.c_void_p), len(encode(data)))

    def array(self, kind: Any, items: list[Any]) -> Any:
        """A C array of structs; None for an empty one."""
        if not items:
            return None
        array = (kind * len(items))(*items)
        self._kept.append(array)
        return array

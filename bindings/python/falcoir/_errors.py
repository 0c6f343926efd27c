# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, one class for each thing that a caller can do about it."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from . import _abi
from ._library import C


class Error(Exception):
    """Something went wrong. str() is one sentence; place and origin are there where there is one to name."""

    def __init__(self, message: str, code: int = _abi.EINVAL, origin: str = "", line: int = 0, column: int = 0, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.origin = origin
        self.line = line
        self.column = column
        self.offset = offset

    @property
    def name(self) -> str:
        """The code's name, as "FIR_ELIMIT"."""
        return str(C.fir_code_name(self.code).decode())

    def __str__(self) -> str:
        place = f"{self.origin}:" if self.origin else ""
        place += f"{self.line}:{self.column}:" if self.line else ""
        return f"{place} {self.message}" if place else self.message


class UsageError(Error, ValueError):
    """The call is wrong: an option out of range, a name that does not exist."""


class StateError(Error):
    """The object is not in a state for this call: closed, already in use, or on the other side of a fork."""


class BusyError(StateError):
    """Another thread is using this object."""


class AgainError(Error):
    """Not now: the engine's queue is full. Nothing of the call was taken."""


class LimitError(Error):
    """A limit was hit; the message names it."""


class ParseError(Error):
    """The input is not what it should be. `refused`: all alerts of a batch that could not be read."""

    refused: list[Refused] = []


class ValueTypeError(Error, TypeError):
    """A value does not fit where it should go: a sink refuses it, or it is missing and required."""


class NotFoundError(Error, LookupError):
    """There is no such thing."""


class DeniedError(Error):
    """A guard or the configuration forbids it."""


class MemoryFullError(Error, MemoryError):
    """Memory ran out. Nothing was lost: try again."""


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong with a playbook, or may be."""

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]{hint}"


@dataclass(frozen=True)
class Refused:
    """An alert of a batch or stream that could not be read, and why."""

    line: int
    column: int
    code: str
    message: str


class CompileError(Error):
    """A condition, template or playbook does not compile. Of a playbook `diagnostics` says all that is wrong, warnings too."""

    diagnostics: list[Diagnostic] = []

    def __str__(self) -> str:
        return "\n".join(map(str, self.diagnostics)) or super().__str__()


class ActionError(Error):
    """Raised by a host's own action to fail. final: trying again cannot help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message, _abi.EACTION)
        self.final = final


_CLASSES: dict[int, type[Error]] = {
    -1: MemoryFullError, -2: UsageError, -3: LimitError, -4: ParseError, -5: CompileError, -6: ValueTypeError, -7: NotFoundError,
    -8: AgainError, -9: BusyError, -10: StateError, -14: DeniedError,
}


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def from_c(code: int, e: _abi.Error) -> Error:
    """The exception for a code and what the library wrote about it."""
    message = text(e.message) or str(C.fir_code_name(code).decode())
    return _CLASSES.get(code, Error)(message, code, text(e.origin), e.line, e.column, e.offset)


def fail(code: int, e: _abi.Error) -> NoReturn:
    raise from_c(code, e)


def diagnostics(raw: bytes) -> list[Diagnostic]:
    return [Diagnostic(**{k: d[k] for k in Diagnostic.__dataclass_fields__ if k in d}) for d in loads(raw)]


def loads(raw: bytes) -> Any:
    return json.loads(raw)

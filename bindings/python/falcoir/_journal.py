# SPDX-License-Identifier: Apache-2.0
"""The journal of a data directory, for reading; and commands to the engine that owns it."""
from __future__ import annotations

import ctypes
import json
import os
from dataclasses import dataclass
from typing import Any, Iterator, Optional

from . import _abi, _errors
from ._library import C
from ._object import Object, asked, borrowed, check, made
from ._playbook import Path


@dataclass(frozen=True)
class Record:
    """What was accepted, decided or done. alert: for the kind "alert" that one, as Event.to_json has it."""

    seq: int
    wall_ns: int
    kind: str
    event_id: str
    action_id: str
    json: bytes
    alert: bytes
    live: bool
    hash: str

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.json)
        return data


@dataclass(frozen=True)
class Verdict:
    """What verify found. broken: number of the first record that is changed or missing, and `why`; 0: none is.

    head is the newest hash: keep it elsewhere, and give it to the next verify.
    """

    records: int
    first: int
    last: int
    broken: int
    head: str
    why: str


class Journal(Object):
    """The journal of a data directory. Reading changes nothing, and works beside the engine that writes."""

    def __init__(self, data_dir: Path) -> None:
        self._own(made(_abi.Journal(), C.fir_journal_open, os.fsencode(data_dir), None), C.fir_journal_free)

    def records(self, after: int = 0) -> Iterator[Record]:
        """The records with a number above `after`, in order."""
        entry, e = _abi.JournalEntry(), _abi.Error()
        while True:
            with self._guard as handle:
                code = C.fir_journal_next(handle, after, ctypes.byref(entry), ctypes.byref(e))
                if code == _abi.ENOTFOUND:
                    return
                check(code, e)
                kind, event_id, action_id = (_errors.text(borrowed(s)) for s in (entry.kind, entry.event_id, entry.action_id))
                record = Record(entry.seq, entry.wall_ns, kind, event_id, action_id, borrowed(entry.json), borrowed(entry.alert),
                                entry.live != 0, entry.hash.decode())
            after = record.seq
            yield record

    def __iter__(self) -> Iterator[Record]:
        return self.records()

    def export(self, after: int = 0) -> Iterator[bytes]:
        """All records as NDJSON, about 1 MiB at a time; each line has its hash."""
        cursor = ctypes.c_uint64(after)
        while True:
            try:
                with self._guard as handle:
                    raw = asked(lambda *rest: C.fir_journal_export(handle, ctypes.byref(cursor), *rest))
            except _errors.NotFoundError:
                return
            yield raw

    def verify(self, head: Optional[str] = None) -> Verdict:
        """Computes the chain of hashes anew. head: of an earlier verify, so that a chain that was computed anew is found too."""
        out, e = _abi.JournalVerdict(), _abi.Error()
        with self._guard as handle:
            check(C.fir_journal_verify(handle, head.encode() if head else None, ctypes.byref(out), ctypes.byref(e)), e)
        return Verdict(out.records, out.first, out.last, out.broken, out.head.decode(), _errors.text(out.why))


def command(data_dir: Path, verb: str, id: str = "", *, who: str, why: str = "", yes: bool = False, wait: float = 10) -> None:
    """Asks the engine that owns a data directory: approve, reject, undo, replay, discard, cancel, feedback, pause, resume.

    AgainError: the command lies there, and no engine has taken it up yet.
    """
    what = _abi.Command(verb=verb.encode(), id=id.encode() or None, who=who.encode(), why=why.encode() or None, yes=yes)
    e = _abi.Error()
    check(C.fir_command_send(os.fsencode(data_dir), ctypes.byref(what), int(wait * 1e9), ctypes.byref(e)), e)

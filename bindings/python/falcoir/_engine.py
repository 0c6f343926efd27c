# SPDX-License-Identifier: Apache-2.0
"""The engine: alerts in, outcomes out."""
from __future__ import annotations

import concurrent.futures
import contextlib
import ctypes
import json
import os
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Callable, Mapping, Optional, Sequence, Union

from . import _abi, _errors
from ._action import ActionType, Call, Errors, Host, inside
from ._event import Alert, Event, as_event
from ._evaluator import evaluator
from ._library import C
from ._object import Data, Object, asked, borrowed, check, encode, made, take
from ._plan import EventRef
from ._playbook import Playbook

_SLICE = 0.1  # seconds that a thread stays inside of the library: so soon it hears of Ctrl-C and of close


@dataclass(frozen=True)
class Receipt:
    """What became of one alert of submit: accepted, no_match, refused, stale or duplicate. rules: those that do not simply go on."""

    line: int
    status: str
    event: Mapping[str, str] = field(default_factory=dict)
    error: Optional[Mapping[str, str]] = None
    rules: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one step, or of a rule as a whole, which has no step (docs/engine.md): succeeded, failed, skipped, …

    approval: of needs_approval, what decide wants. exception: what an action of your own raised, the object itself, when it is still kept.
    """

    seq: int
    event: EventRef
    rule: str
    status: str
    step: str = ""
    action_id: str = ""
    use: str = ""
    attempts: int = 0
    duration: int = 0
    response: Mapping[str, Any] = field(default_factory=dict)
    error: Optional[Mapping[str, str]] = None
    approval: str = ""
    exception: Optional[BaseException] = field(default=None, compare=False)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


_EVENT, _OUTCOME = EventRef.__dataclass_fields__, Outcome.__dataclass_fields__


def _z(text: str) -> Optional[bytes]:
    """A text for C, where it ends with a NUL; None for an empty one."""
    if "\0" in text:
        raise _errors.UsageError("a NUL has no place here")
    return text.encode() or None


def _ns(seconds: float) -> int:
    if not 0 <= seconds <= 1e9:
        raise _errors.UsageError(f"{seconds!r} is no number of seconds to wait")
    return int(seconds * 1e9)


_DURABILITY = {"": 0, "synced": 1, "written": 2}


class Engine(Object):
    """Acts on alerts by a playbook.

    with falcoir.Engine(playbook, actions=[ticket]) as engine:
        engine.submit(alerts)
        for outcome in engine.outcomes(wait=5): ...

    Nothing happens by itself: outcomes(wait=…) and poll() do the work, or a thread after start(). Any thread may call any method.
    Actions of your own run on one thread, never the main one, and one after another: what waits long is a yielded Request.

    as_of_alerts: ages and cool-downs go by the alerts' own times, not the clock: for recorded alerts.
    env: secrets of the form {env: NAME} may be read. dry_run: plan, and report every step as would_run. log: gets (level, dict) of
    each log line. data_dir: where the journal is, so that what is accepted survives the process; durability: "synced" (the default
    where the configuration says nothing) or "written". on_error: gets (call, exception) when an action of your own raises.
    """

    def __init__(self, playbook: Playbook, *, actions: Sequence[ActionType] = (), dry_run: bool = False, env: bool = False, as_of_alerts: bool = False,
                 attempt_timeout: float = 0, max_queued: int = 0, max_outcomes: int = 0, max_in_flight: int = 0,
                 data_dir: Union[str, "os.PathLike[str]", None] = None, durability: str = "",
                 log: Optional[Callable[[int, dict[str, Any]], None]] = None,
                 on_error: Optional[Callable[[Call, BaseException], None]] = None) -> None:
        self._pid = os.getpid()
        self._cursor = 0
        self._cursor_lock = threading.Lock()
        self._worker: Optional[concurrent.futures.ThreadPoolExecutor] = None
        self._started = False
        self._errors = Errors()
        self._host = Host(self._errors, on_error)
        self._calls_back = bool(actions) or log is not None
        options = _abi.EngineOptions(
            log=_log_function(log), attempt_timeout_ns=_ns(attempt_timeout), max_queued=max_queued, max_outcomes=max_outcomes,
            max_in_flight=max_in_flight, flags=(_abi.ENGINE_DRY_RUN if dry_run else 0) | (_abi.ENGINE_ENV if env else 0)
            | (_abi.ENGINE_AS_OF_ALERTS if as_of_alerts else 0),
            data_dir=None if data_dir is None else os.fsencode(data_dir), durability=_DURABILITY[durability])
        with playbook._guard as of, playbook._catalog as catalog:
            guard = self._own(made(_abi.Engine(), C.fir_engine_new, ctypes.byref(options), catalog, of), _free)
        guard.keep = self._host, options
        with guard as handle:
            for action in actions:
                self._host.register(handle, action)

    # Alerts in.

    def submit(self, alerts: Data) -> list[Receipt]:
        """Accepts one or many alerts, in any form; returns when they are safe. Raises AgainError when the queue is full."""
        raw, out, e = encode(alerts), _abi.Buf(), _abi.Error()
        with self._guard as handle:
            check(C.fir_engine_submit(handle, raw, len(raw), ctypes.byref(out), ctypes.byref(e)), e)
        return [Receipt(r["line"], r["status"], r.get("event", {}), r.get("error"), tuple(r.get("rules", ())))
                for r in map(json.loads, take(out).splitlines())]

    def dispatch(self, playbook: Playbook, alert: Alert) -> bool:
        """Plans one alert by another playbook and acts on that plan. False: it has none."""
        event, plan, e = as_event(alert), _abi.Plan(), _abi.Error()
        with self._guard as handle, playbook._guard as by, event._guard as of, evaluator() as x:
            check(C.fir_evaluate(x, by, of, 0, ctypes.byref(plan), ctypes.byref(e)), e)
            try:
                if plan:
                    check(C.fir_engine_dispatch(handle, plan, ctypes.byref(e)), e)
            finally:
                C.fir_plan_free(plan)
        return bool(plan)

    def set_playbook(self, playbook: Playbook) -> None:
        """Another playbook from now on; what is in flight ends by the one that planned it."""
        with playbook._guard as of:
            self._simple(C.fir_engine_set_playbook, of)

    def _simple(self, function: Callable[..., int], *arguments: object) -> None:
        e = _abi.Error()
        with self._guard as handle:
            check(function(handle, *arguments, ctypes.byref(e)), e)

    def submit_event(self, event: Event) -> None:
        """Accepts one alert that was read already, with what is known of its form."""
        with event._guard as of:
            self._simple(C.fir_engine_submit_event, of)

    # What people say to it. `who` stands in the records; the caller answers for who that is.

    def pending(self) -> dict[str, Any]:
        """What is still open: approvals, blocks, dead, paused, reviews, undos, waiting. Keep an approval's token from others."""
        with self._guard as handle:
            found: dict[str, Any] = json.loads(asked(C.fir_engine_pending_json, handle))
        return found

    def decide(self, approval: str, approve: bool, *, who: str, why: str = "") -> None:
        """A person's answer to an approval: its id, or "ID.TOKEN". The first valid one wins."""
        self._simple(C.fir_engine_decide, _z(approval), approve, _z(who), _z(why))

    def pause(self, *, who: str, why: str = "") -> None:
        """The kill switch: nothing but notifications and undos is begun any more."""
        self._simple(C.fir_engine_pause, _z(who), _z(why))

    def resume(self, *, who: str, why: str = "") -> None:
        """Ends pause; what was reported as paused is not done after it either."""
        self._simple(C.fir_engine_resume, _z(who), _z(why))

    def undo(self, action_id: str, *, who: str, why: str = "") -> None:
        """Undoes now what an action did."""
        self._simple(C.fir_engine_undo, _z(action_id), _z(who), _z(why))

    def replay(self, action_id: str, *, who: str, why: str = "") -> None:
        """Does a dead letter, a failed action, once more."""
        self._simple(C.fir_engine_replay, _z(action_id), _z(who), _z(why))

    def discard(self, action_id: str, *, who: str, why: str = "") -> None:
        """Gives a dead letter up."""
        self._simple(C.fir_engine_discard, _z(action_id), _z(who), _z(why))

    def cancel(self, action_id: str, *, who: str, why: str = "") -> None:
        """An action that has not ended is not begun, or tried no more."""
        self._simple(C.fir_engine_cancel, _z(action_id), _z(who), _z(why))

    def feedback(self, action_id: str, true_positive: bool, *, who: str, note: str = "") -> None:
        """Whether an action was right."""
        self._simple(C.fir_engine_feedback, _z(action_id), true_positive, _z(who), _z(note))

    def metrics(self) -> str:
        """Counters, gauges and histograms as Prometheus reads them."""
        with self._guard as handle:
            return asked(C.fir_engine_metrics_text, handle).decode()

    # The work.

    def poll(self, wait: float = 0) -> bool:
        """Does what is due, waiting at most so many seconds for something to do. False: nothing is left to do at all."""
        _ns(wait)
        if os.getpid() != self._pid or (not self._calls_back and wait <= _SLICE):
            return self._poll(_ns(wait))
        # Python's functions are called from a thread where no signal is handled: one that is handled at a function's first
        # instruction would leave C with an undefined result. And a thread that waits here, not in C, hears of Ctrl-C at once.
        enough = threading.Event()
        with self._cursor_lock:
            self._worker = self._worker or concurrent.futures.ThreadPoolExecutor(1, "falcoir")
            polled = self._worker.submit(self._poll_in_slices, wait, enough)
        try:
            return polled.result()
        finally:
            enough.set()

    def _poll_in_slices(self, wait: float, enough: threading.Event) -> bool:
        deadline = time.monotonic() + wait
        while True:
            start = time.monotonic()
            part = max(min(deadline - start, _SLICE), 0)
            more = self._poll(_ns(part))
            now = time.monotonic()
            if now - start < part or now >= deadline or enough.is_set():  # something was done, or the time is over
                return more

    def _poll(self, wait_ns: int) -> bool:
        e = _abi.Error()
        with self._guard as handle:
            code = C.fir_engine_poll(handle, wait_ns, ctypes.byref(e))
        if code == _abi.EAGAIN:
            return False
        check(code, e)
        return True

    def start(self) -> None:
        """Works on threads of the engine's own from now on, until stop or close. Meanwhile poll raises BusyError."""
        self._simple(C.fir_engine_start)
        self._started = True

    def stop(self, grace: float = 0) -> None:
        """Goes on until nothing is left to do, but no longer than so many seconds, and ends what start began."""
        if self._started and os.getpid() == self._pid:
            self._outside()
            self._simple(C.fir_engine_stop, _ns(grace))
            self._started = False

    def _outside(self) -> None:
        if inside.now:
            raise _errors.StateError("an action may not stop or close an engine", -10)

    @property
    def started(self) -> bool:
        return self._started

    # What became of it.

    def outcomes(self, wait: float = 0, *, after: Optional[int] = None) -> list[Outcome]:
        """What became of steps since the last call, or after the outcome number `after` (0: from the first that is kept).

        Waits at most so many seconds for a first one, and works meanwhile unless the engine was started. An empty list: none came,
        or nothing is left to do.
        """
        _ns(wait)
        deadline = time.monotonic() + wait
        while True:
            found = self._fetch(after, 0)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            if self._started:
                found = self._fetch(after, _ns(min(left, _SLICE)))
            else:
                try:
                    if not self.poll():
                        return self._fetch(after, 0)
                    found = self._fetch(after, 0)
                    if not found:
                        self.poll(min(left, _SLICE))
                except _errors.BusyError:  # another thread polls
                    found = self._fetch(after, _ns(min(left, _SLICE)))
            if found:
                return found

    def _fetch(self, after: Optional[int], wait_ns: int) -> list[Outcome]:
        with self._cursor_lock if after is None else contextlib.nullcontext():
            start = self._cursor if after is None else after
            following = ctypes.c_uint64()
            with self._guard as handle:
                raw = asked(C.fir_engine_outcomes_json, handle, start, wait_ns, ctypes.byref(following))
            if after is None:
                self._cursor = following.value
        return [self._outcome(data) for data in json.loads(raw)]

    def _outcome(self, data: dict[str, Any]) -> Outcome:
        known = {k: v for k, v in data.items() if k in _OUTCOME}
        known["event"] = EventRef(**{k: v for k, v in data["event"].items() if k in _EVENT})
        return Outcome(**known, raw=data, exception=self._errors.get(data.get("action_id", "")) if data["status"] == "failed" else None)

    def close(self) -> None:
        """Stops, cancels what is under way and frees. May be called again."""
        self._outside()
        self.stop()
        worker, self._worker = self._worker, None
        super().close()
        if worker is not None and os.getpid() == self._pid:
            worker.shutdown()

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()


def _free(handle: Any) -> None:
    """Ends an engine's threads and frees it. The collector may ask for that on one of those threads: then another one does it."""
    if inside.now:
        threading.Thread(target=C.fir_engine_free, args=(handle,)).start()
    else:
        C.fir_engine_free(handle)


def _log_function(log: Optional[Callable[[int, dict[str, Any]], None]]) -> Any:
    if log is None:
        return _abi.LogFn()
    hook = log

    def called(_user: Any, level: int, text: Any, n: int) -> int:
        try:
            hook(level, json.loads(borrowed(_abi.Str(text, n))))
            return _abi.OK
        except BaseException:
            return _abi.ECALLBACK
    return _abi.LogFn(called)

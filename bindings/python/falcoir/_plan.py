# SPDX-License-Identifier: Apache-2.0
"""What will be done for an alert, as objects (docs/plan.md has the JSON)."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional


@dataclass(frozen=True)
class EventRef:
    """Which alert it is about."""

    id: str
    rule: str = ""
    source: str = ""
    priority: str = ""
    time: str = ""


@dataclass(frozen=True)
class Step:
    """One action. `parameters` are nodes: {"v": value} where it is known, a reference to a secret, or parts that wait for a step."""

    step: str
    action_id: str
    name: str
    use: str
    target: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    when: str = ""
    error: Optional[Mapping[str, str]] = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def values(self) -> dict[str, Any]:
        """The parameters that are known already."""
        return {name: node["v"] for name, node in self.parameters.items() if "v" in node}


@dataclass(frozen=True)
class PlannedRule:
    """A rule that matched: what stands before its steps (`gate`), and the steps."""

    rule: str
    urgency: str
    dry_run: bool
    undecided: bool
    gate: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    on_failure: tuple[Step, ...] = ()
    notify: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Observed:
    """A rule whose sequence this alert only feeds."""

    rule: str
    item: Any = None
    key: tuple[Any, ...] = ()


def _known(cls: type, data: Mapping[str, Any]) -> dict[str, Any]:
    names = cls.__dataclass_fields__  # type: ignore[attr-defined]
    return {k: v for k, v in data.items() if k in names}


def _steps(data: Mapping[str, Any], key: str) -> tuple[Step, ...]:
    return tuple(Step(**{**_known(Step, one), "raw": one}) for one in data.get(key, ()))


def _rule(data: Mapping[str, Any]) -> PlannedRule:
    known = _known(PlannedRule, data)
    known.update((key, _steps(data, key)) for key in ("steps", "on_failure", "notify"))
    return PlannedRule(**known)


class Plan:
    """What will be done for one alert. `json` are the canonical bytes, the same from every machine and binding."""

    __slots__ = ("_data", "json", "line")

    def __init__(self, raw: bytes, line: int = 0) -> None:
        self.json = raw
        self.line = line  # of the batch, from 1
        self._data: Optional[dict[str, Any]] = None

    @classmethod
    def _of_line(cls, raw: bytes) -> Plan:
        comma = raw.index(b",")  # {"line":N,…
        return cls(b"{" + raw[comma + 1:], int(raw[8:comma]))

    @property
    def data(self) -> dict[str, Any]:
        """The whole plan as a dict."""
        if self._data is None:
            self._data = json.loads(self.json)
        return self._data

    @property
    def event(self) -> EventRef:
        return EventRef(**_known(EventRef, self.data["event"]))

    @property
    def playbook(self) -> str:
        """The playbook's digest."""
        return str(self.data["playbook"])

    @property
    def rules(self) -> tuple[PlannedRule, ...]:
        return tuple(map(_rule, self.data.get("rules", ())))

    @property
    def observed(self) -> tuple[Observed, ...]:
        return tuple(Observed(o["rule"], o.get("item"), tuple(o.get("key", ()))) for o in self.data.get("observed", ()))

    @property
    def verdicts(self) -> tuple[Mapping[str, Any], ...]:
        """Of a simulation: what the gate would say of each rule. Empty for a plan."""
        return tuple(self.data.get("verdicts", ()))

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of all rules, in order."""
        return tuple(step for rule in self.rules for step in rule.steps)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self.json == other.json

    def __hash__(self) -> int:
        return hash(self.json)

    def __repr__(self) -> str:
        return f"<falcoir.Plan of {self.event.rule!r}: {', '.join(s.use for s in self.steps) or 'no steps'}>"

# SPDX-License-Identifier: Apache-2.0
"""Answers Falco alerts: reads them, judges them by a playbook, plans, and acts.

    playbook = falcoir.Playbook.load("playbook.yaml")
    for plan in playbook.plan(open("alerts.ndjson", "rb").read()):
        print(plan.event.rule, [step.use for step in plan.steps])

docs/python.md is the guide.
"""
from . import _abi
from ._action import ActionError, ActionType, Call, Request, Response
from ._condition import Condition, fields
from ._engine import Engine, Outcome, Receipt
from ._errors import (AgainError, BusyError, CompileError, DeniedError, Diagnostic, Error, LimitError, MemoryFullError, NotFoundError,
                      ParseError, Refused, StateError, UsageError, ValueTypeError)
from ._event import Event, Reader, read
from ._journal import Journal, Record, Verdict, command
from ._library import PATH as library_path
from ._library import C as _C
from ._plan import EventRef, Observed, Plan, PlannedRule, Step
from ._playbook import Playbook, action_types, plans
from ._template import Template

__version__ = _abi.VERSION
library_version: str = _C.fir_version_string().decode()

__all__ = [
    "ActionError", "ActionType", "AgainError", "BusyError", "Call", "CompileError", "Condition", "DeniedError", "Diagnostic", "Engine",
    "Error", "Event", "EventRef", "Journal", "LimitError", "MemoryFullError", "NotFoundError", "Observed", "Outcome", "ParseError", "Plan",
    "PlannedRule", "Playbook", "Reader", "Receipt", "Record", "Refused", "Request", "Response", "StateError", "Step", "Template", "UsageError",
    "ValueTypeError", "Verdict", "action_types", "command", "fields", "library_path", "library_version", "plans", "read",
]

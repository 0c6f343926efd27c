# SPDX-License-Identifier: Apache-2.0
"""Evaluators, the scratch that one thread needs while it judges: taken from a heap of unused ones, and put back."""
from __future__ import annotations

import collections
import contextlib
from typing import Iterator

from . import _abi
from ._library import C
from ._object import made

_KEPT = 64
_unused: collections.deque[_abi.Evaluator] = collections.deque()


@contextlib.contextmanager
def evaluator() -> Iterator[_abi.Evaluator]:
    try:
        x = _unused.pop()
    except IndexError:
        x = made(_abi.Evaluator(), C.fir_evaluator_new, None)
    try:
        yield x
    finally:
        if len(_unused) < _KEPT:
            _unused.append(x)
        else:
            C.fir_evaluator_free(x)

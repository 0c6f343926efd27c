# SPDX-License-Identifier: Apache-2.0
"""Finds and loads the C library: $FALCOIR_LIBRARY, else the one inside of the wheel, else the system's by its SONAME."""
from __future__ import annotations

import ctypes
import os
import pathlib

from . import _abi


def path() -> str:
    """What will be loaded. A path, or a SONAME that the system's loader looks up."""
    given = os.environ.get("FALCOIR_LIBRARY")
    if given:
        return given
    bundled = pathlib.Path(__file__).parent / "_lib" / _abi.SONAME
    return str(bundled) if bundled.exists() else _abi.SONAME


def load(where: str) -> ctypes.CDLL:
    """Loads it, and gives all functions their types. CDLL: other Python threads run while C does."""
    try:
        library = ctypes.CDLL(where)
    except OSError as e:
        raise ImportError(f"libfalcoir cannot be loaded from {where}: {e}; install it, or name it in FALCOIR_LIBRARY") from e
    try:
        for name, (result, parameters) in _abi.FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, parameters
    except AttributeError as e:
        raise ImportError(f"{where} is too old for this package, which wants {_abi.VERSION}: {e}") from e
    if library.fir_check_version(_abi.VERSION_NUM) != _abi.OK:
        found = library.fir_version_string().decode()
        raise ImportError(f"{where} has version {found}, and this package wants {_abi.VERSION} or a later one that fits it")
    return library


PATH = path()
C = load(PATH)

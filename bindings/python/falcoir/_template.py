# SPDX-License-Identifier: Apache-2.0
"""One template, alone."""
from __future__ import annotations

import ctypes

from . import _abi, _errors
from ._event import Alert, as_event
from ._library import C
from ._object import Object, asked, made


class Template(Object):
    """A template, compiled once: Template('{{proc.cmdline}}').render(event). Any number of threads may use it.

    sink: where the text goes, which decides how values are escaped: text, json, url, header, form, argv, k8s_name, k8s_label,
    slack, html, markdown, raw. syntax: falcoir, falco (%proc.name) or talon (${PROC_NAME}).
    """

    def __init__(self, text: str, *, sink: str = "text", syntax: str = "falcoir", max_output: int = 0) -> None:
        if sink not in _abi.SINK or syntax not in _abi.SYNTAX:
            raise _errors.UsageError(f"no such sink or syntax: {sink}, {syntax}")
        options = _abi.TemplateOptions(sink=_abi.SINK[sink], syntax=_abi.SYNTAX[syntax], max_output=max_output)
        raw = text.encode()
        self._own(made(_abi.Template(), C.fir_template_compile, raw, len(raw), ctypes.byref(options)), C.fir_template_free)

    def render_bytes(self, alert: Alert) -> bytes:
        """The rendering as bytes; those of the sink "raw" need not be UTF-8."""
        event = as_event(alert)
        with self._guard as handle, event._guard as of:
            return asked(C.fir_template_render, handle, of)

    def render(self, alert: Alert) -> str:
        """The rendering as a text."""
        return _errors.text(self.render_bytes(alert))

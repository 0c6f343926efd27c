# SPDX-License-Identifier: Apache-2.0
"""What the tests share. FALCOIR_SOURCE: the source tree, where the tests were copied elsewhere."""
import json
import os
import pathlib
import sys
import time
import unittest

import falcoir

ROOT = pathlib.Path(os.environ.get("FALCOIR_SOURCE", pathlib.Path(__file__).resolve().parents[3]))
CONFORMANCE = ROOT / "tests/conformance"
EXAMPLES = ROOT / "examples"
ALERTS = (EXAMPLES / "alerts/falco.ndjson").read_bytes()
HOSTILE = (EXAMPLES / "alerts/hostile.ndjson").read_bytes()
ALERT = {
    "hostname": "node-3", "output": "09:21:33.104938271: Warning A shell", "priority": "Warning", "rule": "Terminal shell in container",
    "source": "syscall", "tags": ["shell", "T1059"], "time": "2026-07-14T09:21:33.104938271Z",
    "output_fields": {"proc.name": "bash", "proc.cmdline": "bash -i", "k8s.ns.name": "prod-web", "user.uid": 0, "container.id": None,
                      "evt.num": 18446744073709551615, "ka.user.groups": ["a", "b"], "evt.failed": True, "thread.cpu": 2.5},
}
TICKETS = """\
- rule: Tickets
  condition: priority >= Warning
  actions:
    - {action: ticket, use: 'ticket:open', parameters: {queue: soc}}
"""
ONCE = TICKETS.replace("}}", "}, retry: {attempts: 1}}")


def alert(n=0, **properties):
    """One alert of now, as bytes; n tells it from others."""
    now = time.time_ns()  # an engine goes by the clock, and knows an alert that it saw before
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**9)) + f".{now % 10**9:09d}Z"
    one = {**ALERT, "time": stamp, **properties}
    one["output_fields"] = {**one["output_fields"], "proc.pid": n}
    return json.dumps(one).encode() + b"\n"


def ticket(function, *, effect="keyed", **how):
    """An action type ticket:open whose function is given."""
    kind = falcoir.ActionType("ticket:open", effect=effect, parameters={"queue": str}, **how)
    kind(function)
    return kind


def tickets(kind, text=TICKETS):
    return falcoir.Playbook.from_string(text, types=[kind])


def finished(engine):
    """All outcomes until nothing is left to do."""
    out = []
    while True:
        more = engine.outcomes(wait=20)
        out += more
        if not more:
            return out


def lines(name):
    with open(CONFORMANCE / name, encoding="utf-8") as f:
        return [(n, json.loads(line)) for n, line in enumerate(f, 1)]


def resident():
    """Memory of this process, in KiB."""
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def main():
    result = unittest.main(module="__main__", exit=False).result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads Falco's alerts from a pipe and opens a ticket for each that the playbook names. Here the desk is a file of JSON lines.

    falco -o json_output=true | python3 tickets.py tickets.ndjson
"""
import json
import sys
from typing import Dict

import falcoir

PLAYBOOK = """
- rule: Shell in production
  condition: rule = "Terminal shell in container" and k8s.ns.name startswith prod-
  actions:
    - {action: ticket, use: 'ticket:open', parameters: {queue: soc, title: '{{rule}} in {{k8s.pod.name}}'}}

- rule: Everything critical
  condition: priority >= Critical
  actions:
    - {action: ticket, use: 'ticket:open', parameters: {queue: platform, title: '{{rule}}: {{proc.cmdline | truncate(60)}}'}}
"""

# The parameters tell the compiler what a playbook may say about tickets, so mistakes are found at load.
ticket = falcoir.ActionType("ticket:open", effect="keyed", notifies=True, parameters={
    "queue": {"type": "string", "required": True, "choices": ["soc", "platform"]},
    "title": {"type": "string", "required": True, "sink": "text"},
})
tickets: Dict[str, Dict[str, str]] = {}


@ticket
def open_ticket(call: falcoir.Call) -> Dict[str, str]:
    """What it returns is {{steps.ticket.output}} of later steps; what it raises is the text of a failed outcome."""
    if call.action_id not in tickets:  # the same at every attempt, so that no ticket is opened twice
        tickets[call.action_id] = {"id": f"T-{len(tickets) + 1}", "queue": call["queue"], "title": call["title"]}
        with open(sys.argv[1], "a", encoding="utf-8") as desk:
            desk.write(json.dumps(tickets[call.action_id]) + "\n")
    return tickets[call.action_id]


def report(engine: falcoir.Engine, wait: float) -> int:
    """Says what became of tickets; how many there were."""
    outcomes = engine.outcomes(wait=wait)
    for outcome in outcomes:
        why = f": {outcome.error['message']}" if outcome.error else ""
        print(f"{outcome.status} {outcome.event.rule}{why}", flush=True)
    return len(outcomes)


def main() -> None:
    playbook = falcoir.Playbook.from_string(PLAYBOOK, types=[ticket])
    with falcoir.Engine(playbook, actions=[ticket]) as engine:
        engine.start()
        for line in sys.stdin.buffer:
            for receipt in engine.submit(line):
                if receipt.error:
                    print(f"refused: {receipt.error['message']}", file=sys.stderr)
            report(engine, 0)
        engine.stop(grace=30)  # the pipe has ended: what is under way may end too
        while report(engine, 0):
            pass


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What mypy must see of the package from outside: read by python_mypy.sh, not run."""
from typing import Any, List, Optional

import falcoir

playbook: falcoir.Playbook = falcoir.Playbook.from_string("", types=[])
plans: List[falcoir.Plan] = playbook.plan(b"")
uses: List[str] = [step.use for plan in plans for step in plan.steps]
verdict: Optional[bool] = falcoir.Condition("evt.num > 1").verdict({"rule": "r"})
ticket = falcoir.ActionType("ticket:open", effect="keyed", parameters={"queue": str})


@ticket
def open_ticket(call: falcoir.Call) -> str:
    queue: Any = call["queue"]
    return f"{queue} {call.attempt}"


text: str = open_ticket  # type: ignore[assignment]  # the decorator keeps the function's type
with falcoir.Engine(playbook, actions=[ticket]) as engine:
    receipts: List[falcoir.Receipt] = engine.submit(b"")
    error: Optional[BaseException] = engine.outcomes(wait=1)[0].exception

# SPDX-License-Identifier: Apache-2.0
"""A Lambda function, subscribed to the topic, that answers alerts by libfalcoir: respond.yaml lies beside it.

Its role needs the permissions that docs/aws.md names. It ends when nothing is left to do, the undo too, so its timeout must be longer
than `undo_after`: at most 15 minutes. What must hold longer belongs into a responder with a data directory."""
import json
import os
import pathlib
from typing import Any, Dict

import falcoir

PLAYBOOK = os.environ.get("PLAYBOOK", pathlib.Path(__file__).resolve().parent / "respond.yaml")
# Once a container: an event that SNS delivers twice is a duplicate then. The keys come from the function's environment.
engine = falcoir.Engine(falcoir.Playbook.load(PLAYBOOK), env=True)


def handler(event: Dict[str, Any], context: Any) -> Dict[str, Any]:
    engine.submit(json.dumps(event))  # the envelope as it is: the library knows it
    while engine.poll(1):
        pass
    outcomes = engine.outcomes()
    print(json.dumps([o.raw for o in outcomes]))
    bad = [o for o in outcomes if o.status in ("failed", "refused", "undo_failed", "undo_conflict")]
    if bad:  # a failed step fails the function, so that it is seen
        raise RuntimeError("; ".join(f"{o.step}: {o.status}: {(o.error or {}).get('message')}" for o in bad))
    return {"outcomes": [[o.step, o.status] for o in outcomes]}

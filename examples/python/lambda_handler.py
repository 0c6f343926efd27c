# SPDX-License-Identifier: Apache-2.0
"""An AWS Lambda function behind SNS, SQS, Kinesis, EventBridge or a function URL: the event holds alerts, the playbook answers them.

The playbook lies beside this file, or where PLAYBOOK says; secrets of the form {env: NAME} come from the function's environment.
What failed is an exception, so that Lambda tries the event again: actions have the same idempotency key then.
"""
import base64
import json
import os
from typing import Any, Dict

import falcoir

PATH = os.environ.get("PLAYBOOK", os.path.join(os.path.dirname(__file__), "playbook.yaml"))
playbook = falcoir.Playbook.load(PATH)  # once a container, not once an event


def alerts_of(event: Dict[str, Any]) -> str:
    """The bytes that hold alerts: a function URL's body, else the event as it is, which the library reads in any envelope."""
    if "requestContext" in event and "body" in event:
        body: str = event["body"] or ""
        return base64.b64decode(body).decode("utf-8", "replace") if event.get("isBase64Encoded") else body
    return json.dumps(event)


def handler(event: Dict[str, Any], context: Any) -> Dict[str, Any]:
    seconds = context.get_remaining_time_in_millis() / 1000 - 1 if context else 10
    outcomes = []
    with falcoir.Engine(playbook, env=True, attempt_timeout=5) as engine:
        receipts = engine.submit(alerts_of(event))
        while True:
            new = engine.outcomes(wait=max(seconds, 1))
            if not new:
                break
            outcomes += new
    summary = {
        "accepted": sum(r.status == "accepted" for r in receipts),
        "refused": [r.error["message"] for r in receipts if r.error],
        "outcomes": {o.action_id: o.status for o in outcomes},
    }
    print(json.dumps(summary))
    failed = [o for o in outcomes if o.status == "failed" and o.error]
    if failed:
        raise RuntimeError("; ".join(f"{o.rule}: {o.error['message']}" for o in failed if o.error))
    return summary

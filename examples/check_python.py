#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples in Python and compares what they did. falcoir must be importable."""
import base64
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def recent(alerts):
    """The recorded alerts as of today: an engine goes by the clock, and does nothing for old ones."""
    start = int(time.time()) - 60
    lines = [json.loads(one) for one in alerts.splitlines()]
    for n, one in enumerate(lines):
        one["time"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start)) + ".%09dZ" % n
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


ALERTS = recent((HERE / "alerts/falco.ndjson").read_bytes())
TICKETS = [
    {"id": "T-1", "queue": "soc", "title": "Terminal shell in container in web-7c9d8b6f5-x2k4p"},
    {"id": "T-2", "queue": "platform", "title": "Outbound connection to mining pool: xmrig -o pool.example:3333"},
    {"id": "T-3", "queue": "platform", "title": "Drop and execute new binary in container: xmrig -o pool.example:3333"},
]


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"{what}: wanted\n{wanted}\ngot\n{got}")


def tickets(folder):
    desk = folder / "tickets.ndjson"
    data = b"\n".join(ALERTS.splitlines()[:4]) + b"\nnonsense\n"
    run = subprocess.run([sys.executable, HERE / "python/tickets.py", desk], input=data, capture_output=True, check=True, timeout=60)
    expect("the tickets", TICKETS, [json.loads(line) for line in desk.read_text().splitlines()])
    expect("what became of them", [f"succeeded {rule}" for rule in ("Terminal shell in container", "Outbound connection to mining pool",
                                                                   "Drop and execute new binary in container")],
           run.stdout.decode().splitlines())
    expect("what was refused", 1, run.stderr.decode().count("refused: "))


def function(folder):
    written = folder / "written"
    playbook = folder / "playbook.yaml"
    playbook.write_text("- rule: r\n  condition: priority >= Warning\n  actions:\n"
                        f"    - {{action: a, use: 'local:file', parameters: {{path: {written}, line: '{{{{rule}}}}'}}}}\n")
    os.environ["PLAYBOOK"] = str(playbook)
    spec = importlib.util.spec_from_file_location("lambda_handler", HERE / "python/lambda_handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    alert = ALERTS.splitlines()[1].decode()
    events = [
        {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": alert}}]},
        {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": alert}]},
        {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": base64.b64encode(alert.encode()).decode()}}]},
        {"version": "0", "id": "1", "source": "falco", "detail-type": "alert", "detail": json.loads(alert)},
        {"requestContext": {}, "body": base64.b64encode(alert.encode()).decode(), "isBase64Encoded": True},
        {"requestContext": {}, "body": alert},
    ]
    for event in events:
        done = module.handler(event, None)
        expect("accepted", (1, []), (done["accepted"], done["refused"]))
        expect("outcomes", ["succeeded"], list(done["outcomes"].values()))
    expect("the file", "Run shell untrusted\n" * len(events), written.read_text())
    written.unlink()
    written.mkdir()  # nothing can be written there
    try:
        module.handler(events[0], None)
        sys.exit("a failed action was no failure of the function")
    except RuntimeError as e:
        expect("its text", True, str(e).startswith("r: "))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        tickets(pathlib.Path(name))
        function(pathlib.Path(name))
    print("the examples in Python do what they say")

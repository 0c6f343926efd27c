#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests a second to nginx, of an engine and of mere libcurl: dispatch.py DISPATCH [REQUESTS [TURNS]]

Starts the system's nginx in a temporary folder; both sides send the same bodies over as many kept-alive connections. Prints each
rate, each side's own CPU time, and the ratios. The aim is 1.5 times libcurl's time; that it is missed is known and shown. CPU time
wobbles least and decides: more than KNOWN times libcurl's, and the exit code is 1. Exit code 77 (skipped) without nginx.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST, KNOWN = 1.5, 5
CONFIG = """daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 204; }}
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port, server, patience=10):
    end = time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


def main(dispatch, *more):
    nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if nginx is None:
        print("skipped: nginx is not installed")
        return 77
    over = False
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "conf").write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
        with subprocess.Popen([nginx, "-p", folder, "-c", folder / "conf", "-e", folder / "error.log"]) as server:
            try:
                if not answers(port, server):
                    sys.exit(f"nginx does not start: {(folder / 'error.log').read_text(encoding='utf-8')}")
                lines = subprocess.check_output([dispatch, f"http://127.0.0.1:{port}/hook", *more], text=True).splitlines()
            finally:
                server.terminate()
    for line in lines:
        width, curl, ours, ratio, curl_cpu, our_cpu, cpu_ratio = line.split()
        over = over or float(cpu_ratio) > KNOWN
        print(f"{width:>2} in flight  libcurl {curl:>6} a second, engine {ours:>6}: {ratio} times the time (aim {MOST}"
              f"{': MISSED' if float(ratio) > MOST else ''});  CPU {curl_cpu} and {our_cpu} µs a request: {cpu_ratio} times "
              f"(at most {KNOWN}{': OVER' if float(cpu_ratio) > KNOWN else ''})", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

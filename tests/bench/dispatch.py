#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests to nginx, by an engine and by mere libcurl: dispatch.py DISPATCH [REQUESTS [TURNS]]

Starts the system's nginx in a temporary folder; both sides send the same bodies over as many kept-alive connections. Prints the time
and the process's own CPU time of one request: libcurl's; the engine's of what it has accepted, until its outcome is told (the aim is
1.5 times libcurl's time); and the engine's with reading and planning the alert. CPU time wobbles least and decides: more than KNOWN
times libcurl's with all, and the exit code is 1. Where valgrind is installed the instructions of both are counted too, which wobble
not at all: from the accepted alert to the told outcome more than COUNTED times libcurl's, and the exit code is 1. Exit code 77
(skipped) without nginx.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST, KNOWN, COUNTED, SENT = 1.5, 2.5, 1.6, 1000
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


def instructions(dispatch, url, side, width, function, folder):
    """Of one request, spent in a function and below it, in this process."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--toggle-collect={function}", f"--callgrind-out-file={folder / 'counted'}", dispatch, url,
         str(SENT), "1", side, width], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"valgrind failed: {done.stderr.strip().splitlines()[-1]}")
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)) / SENT


def count(dispatch, url, folder):
    over = False
    for width in ("1", "8"):
        curl = instructions(dispatch, url, "libcurl", width, "mere", folder)
        sending = instructions(dispatch, url, "engine", width, "fir_engine_poll", folder)
        over = over or sending > COUNTED * curl
        print(f"{width} in flight  libcurl {curl:.0f} instructions;  engine {sending:.0f}: {sending / curl:.2f} times (at most {COUNTED}"
              f"{': OVER' if sending > COUNTED * curl else ''})", flush=True)
    return over


def main(dispatch, *more):
    nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if nginx is None:
        print("skipped: nginx is not installed")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "conf").write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
        with subprocess.Popen([nginx, "-p", folder, "-c", folder / "conf", "-e", folder / "error.log"]) as server:
            try:
                if not answers(port, server):
                    sys.exit(f"nginx does not start: {(folder / 'error.log').read_text(encoding='utf-8')}")
                url = f"http://127.0.0.1:{port}/hook"
                lines = subprocess.check_output([dispatch, url, *more], text=True).splitlines()
                over = shutil.which("valgrind") is not None and count(dispatch, url, folder)
            finally:
                server.terminate()
    for line in lines:
        width, *times = line.split()
        curl, sending, whole, curl_cpu, sending_cpu, whole_cpu = map(float, times)
        over = over or whole_cpu > KNOWN * curl_cpu
        print(f"{width} in flight  libcurl {curl:.0f} µs (CPU {curl_cpu:.0f});  engine {sending:.0f} µs (CPU {sending_cpu:.0f}): "
              f"{sending / curl:.2f} times (aim {MOST}{': MISSED' if sending > MOST * curl else ''}), CPU "
              f"{sending_cpu / curl_cpu:.2f} times;  with reading and planning {whole:.0f} µs (CPU {whole_cpu:.0f}): "
              f"{whole / curl:.2f} times, CPU {whole_cpu / curl_cpu:.2f} times"
              f"{f' (at most {KNOWN}: OVER)' if whole_cpu > KNOWN * curl_cpu else ''}", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

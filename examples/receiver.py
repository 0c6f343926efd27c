#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A webhook receiver for trying things out: receiver.py PORT COUNT FILE keeps the first COUNT requests, one JSON line each."""
import http.server
import json
import sys
import threading

PORT, COUNT, FILE = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
lock = threading.Lock()
enough = threading.Event()
got = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global got
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        record = {"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}
        with lock:
            with open(FILE, "a") as f:
                f.write(json.dumps(record) + "\n")
            got += 1
            last = got >= COUNT
        self.send_response(204)
        self.end_headers()
        if last:
            enough.set()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(0 if enough.wait(timeout=30) else 1)

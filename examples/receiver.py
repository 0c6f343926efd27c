#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A webhook receiver for trying things out: receiver.py PORT COUNT FILE keeps the first COUNT requests, one JSON line each."""
import http.server
import json
import sys

PORT, COUNT, FILE = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
got = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global got
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        record = {"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}
        with open(FILE, "a") as f:
            f.write(json.dumps(record) + "\n")
        got += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", PORT), Handler)
server.timeout = 0.2
for _ in range(150):  # half a minute at most
    if got >= COUNT:
        break
    server.handle_request()
sys.exit(0 if got >= COUNT else 1)

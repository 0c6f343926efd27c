# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 peer on loopback for tests of the command: strict about what it reads, with a ledger, with faults by script, and
with TLS servers of which only one is good."""
import re
import socket
import ssl
import struct
import subprocess
import threading
import time


def answer(status, body=b"ok", headers=""):
    return f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Peer:
    """script: what becomes of each connection's first request, the last one again for those beyond it. Each is bytes to answer, or a
    function of the socket."""

    def __init__(self, script=(answer(200),), context=None):
        self.script, self.context = script, context
        self.connections, self.requests, self.times, self.violations, self.bytes = 0, [], [], [], 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        s.settimeout(30)
        try:
            with self.context.wrap_socket(s, server_side=True) if self.context else s as s:
                if self.read(s):
                    with self.lock:
                        step = self.script[min(len(self.requests), len(self.script)) - 1]
                    step(s) if callable(step) else s.sendall(step)
        except (OSError, ValueError):  # the other side went away, or would not speak TLS with us
            pass

    def take(self, s, n=65536):
        data = s.recv(n)
        self.bytes += len(data)
        return data

    def read(self, s):
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.take(s)
            if not more:
                return False
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        if re.search(rb"(?<!\r)\n|\r(?!\n)|\0", head) or not re.match(rb"POST /[!-~]* HTTP/1\.1\r\n", head):
            self.violations.append(head)
        length, = re.findall(rb"(?im)^content-length: ([0-9]+)\r?$", head)
        while len(body) < int(length):
            body += self.take(s)
        with self.lock:
            self.requests.append((head, body))
            self.times.append(time.monotonic())
        return True


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def hang(s):
    s.recv(1)


def drip(s):
    for byte in answer(200, b"x" * 1000):
        s.sendall(bytes([byte]))
        time.sleep(0.05)


CONFIG = """
[ca]
default_ca = x
[x]
database = {0}/index
new_certs_dir = {0}
rand_serial = yes
policy = any
unique_subject = no
[any]
commonName = supplied
"""


P256 = "ec", "-pkeyopt", "ec_paramgen_curve:P-256"  # an RSA key takes a second


class Authority:
    """Certificates for 127.0.0.1 and localhost, good and bad."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "index").write_text("")
        (folder / "ca.conf").write_text(CONFIG.format(folder))
        for name in "good", "other":
            self.openssl("req", "-x509", "-newkey", *P256, "-nodes", "-days", "2", "-subj", f"/CN={name} authority", "-keyout", folder / f"{name}.key",
                         "-out", folder / f"{name}.pem")
        self.ca = folder / "good.pem"

    def openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)

    def context(self, name, *, by="good", names="IP:127.0.0.1,DNS:localhost", start=None, end=None, digest="sha256", key=P256, more=""):
        """A server's context; by: who signs, None: it itself."""
        f = self.folder / name
        self.openssl("req", "-newkey", *key, "-nodes", "-subj", "/CN=localhost", "-keyout", f"{f}.key", "-out", f"{f}.csr")
        (self.folder / f"{name}.ext").write_text((f"subjectAltName={names}\n" if names else "basicConstraints=CA:FALSE\n") + more)
        signer = ["-selfsign", "-keyfile", f"{f}.key"] if by is None else ["-cert", self.folder / f"{by}.pem", "-keyfile", self.folder / f"{by}.key"]
        when = ["-startdate", start, "-enddate", end] if start else ["-days", "2"]
        self.openssl("ca", "-batch", "-notext", "-config", self.folder / "ca.conf", "-in", f"{f}.csr", "-out", f"{f}.crt", "-md", digest, "-extfile", f"{f}.ext",
                     *signer, *when)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(f"{f}.crt", f"{f}.key")
        return context

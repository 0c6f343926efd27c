#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""smtp:email against real mail servers (Exim, aiosmtpd), syslog:message against a real syslog server (rsyslog): started here,
on loopback, with TLS. What they took down is what counts."""
import email
import email.header
import email.policy
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from harness import BUILD, HOSTILE, ROOT, Case, json_lines, line, main

EVIL = ["a\r\nBcc: evil@example.org\r\n\r\nbody", "\r\n.\r\nMAIL FROM:<x@example.org>\r\nRCPT TO:<y@example.org>\r\n", "\n.\n", "\x00\x01\x1b[2J",
        "<0>1 2026-01-01T00:00:00Z evil evil - - - forged\n<0>1 - - - - - -", '"] [evil@1 a="b', "=?UTF-8?Q?=0D=0ABcc:_x?=",
        "\u202e\u2028\x85 é" * 3, "x" * 200000, "123 <0>1 - - - - - - forged"]


def tool(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def python_with(package):
    """A Python that has the package: this one, the virtual environment's ($FALCOIR_VENV, default build/venv), or one that is made in the
    build folder where pip can get it. None: not to be had."""
    common = pathlib.Path(os.environ.get("FALCOIR_VENV", ROOT / "build/venv"))
    for python in [sys.executable, common / "bin/python", BUILD.resolve() / "venv/bin/python"]:
        if os.path.exists(python) and subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode == 0:
            return str(python)
    venv = BUILD.resolve() / "venv"
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True).returncode == 0
    if made and subprocess.run([venv / "bin/pip", "install", "-q", package], capture_output=True, timeout=120).returncode == 0:
        return str(venv / "bin/python")
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


CERTIFICATES = r"""
set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=test root' -keyout ca.key -out ca.crt \
  -addext 'basicConstraints=critical,CA:TRUE'
leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout $1.key -out $1.csr
  printf "$3" > $1.ext; openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile $1.ext -days 30 -out $1.crt; }
leaf good x 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'
leaf nosan localhost 'extendedKeyUsage=serverAuth\n'
leaf client falcoir-client 'extendedKeyUsage=clientAuth\n'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=falcoir-client' -keyout other.key -out other.crt
"""


class Peers(Case):
    """A folder with certificates, and servers that end with the class."""

    @classmethod
    def setUpClass(cls):
        if not tool("openssl"):
            raise unittest.SkipTest("openssl is not here")
        cls.folder = tempfile.TemporaryDirectory(prefix="fir-mail-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.home = pathlib.Path(cls.folder.name)
        cls.home.chmod(0o755)
        subprocess.run(["/bin/sh", "-c", CERTIFICATES], cwd=cls.home, check=True, capture_output=True)
        cls.begin()

    @classmethod
    def serve(cls, args, *ports):
        server = subprocess.Popen(args, cwd=cls.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        end = time.monotonic() + 20
        for port in ports:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if time.monotonic() > end or server.poll() is not None:
                        raise unittest.SkipTest(f"{args[0]} does not start") from None
                    time.sleep(0.05)
        return server

    def run_with(self, use, parameters, data=None, code=0, step="", timeout="5s", env=None):
        """Runs one step; gives its outcomes."""
        rule = {"rule": "r", "match_all": True, "actions": [dict({"action": "a", "use": use, "parameters": parameters}, **step or {})]}
        playbook = self.file("p.yaml", json.dumps([rule]))
        out, err = self.expect("run", "--json", "--timeout", timeout, "-p", playbook, stdin=line() if data is None else data, code=code,
                               env={"FALCOIR_USER": "falcoir", "FALCOIR_PASSWORD": "s3cret-word", **(env or {})})
        self.assertNotIn(b"s3cret-word", out + err)
        return json_lines(out)


# ---- mail ----

MAIL = {"user": {"env": "FALCOIR_USER"}, "password": {"env": "FALCOIR_PASSWORD"}, "from": "Falco <falco@example.org>", "to": ["a@example.org"]}

EXIM = r"""
primary_hostname = localhost
exim_user = nobody
exim_group = nogroup
spool_directory = HOME/exim/spool
log_file_path = HOME/exim/log/%slog
pid_file_path =
local_interfaces = 127.0.0.1
daemon_smtp_ports = PORT1 : PORT2
tls_on_connect_ports = PORT2
tls_advertise_hosts = *
tls_certificate = HOME/exim/good.crt
tls_privatekey = HOME/exim/good.key
auth_advertise_hosts = ${if def:tls_in_cipher {*}{}}
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = data
qualify_domain = localhost
never_users =
keep_environment =
begin acl
mail:
  deny
    message = 5.7.0 TLS required
    !encrypted = *
  deny
    message = 5.7.0 authentication required
    !authenticated = *
  accept
rcpt:
  deny
    message = 5.1.1 no such user
    recipients = nobody@example.org
  defer
    message = 4.2.2 mailbox full
    recipients = full@example.org
  accept
data:
  deny
    message = 5.6.0 bad header syntax
    !verify = header_syntax
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  directory = HOME/exim/mail
  maildir_format
  envelope_to_add
  return_path_add
  user = nobody
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{falcoir}}{eq{$auth3}{s3cret-word}}}}
  server_set_id = $auth2
"""


class Exim(Peers):
    @classmethod
    def begin(cls):
        if not tool("exim") or os.geteuid() != 0:
            raise unittest.SkipTest("exim (exim4-daemon-light) is not here, or this is not root")
        for name in ["spool", "mail", "log"]:
            (cls.home / "exim" / name).mkdir(parents=True)
        for name in ["good.key", "good.crt"]:
            shutil.copy(cls.home / name, cls.home / "exim")
        cls.ports = [free_port(), free_port()]
        text = EXIM.replace("HOME", str(cls.home)).replace("PORT1", str(cls.ports[0])).replace("PORT2", str(cls.ports[1]))
        (cls.home / "exim.conf").write_text(text)
        subprocess.run("chown -R nobody:nogroup exim/spool exim/mail exim/log exim/good.key", shell=True, cwd=cls.home, check=True)
        cls.serve([tool("exim"), "-C", str(cls.home / "exim.conf"), "-bdf", "-q1m"], *cls.ports)

    def setUp(self):
        super().setUp()
        for old in (self.home / "exim/mail").glob("new/*"):
            old.unlink()

    def parameters(self, port=0, **more):
        return dict(MAIL, server=f"localhost:{self.ports[port]}", ca_file=str(self.home / "ca.crt"), **more)

    def mails(self, n):
        end = time.monotonic() + 20
        while True:
            found = sorted((self.home / "exim/mail").glob("new/*"))
            if len(found) >= n or time.monotonic() > end:
                break
            time.sleep(0.05)
        time.sleep(0.2)
        found = sorted((self.home / "exim/mail").glob("new/*"))
        self.assertEqual(len(found), n)
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in found]

    def test_a_mail_arrives(self):
        one, = self.run_with("smtp:email", self.parameters(to=["a@example.org", "Bé <b@example.org>"], cc=["c@example.org"], bcc="d@example.org",
                                                           text="héllo {{proc.name}}\n.", html="<p>{{proc.name}}</p>"))
        self.assertEqual((one["status"], one["attempts"]), ("succeeded", 1))
        mails = self.mails(4)
        self.assertEqual(sorted(m["Envelope-to"] for m in mails), [f"{x}@example.org" for x in "abcd"])
        for m in mails:
            self.assertRegex(m["Received"].replace("\n", " "), r"esmtpsa.*TLS1\.3")
            self.assertEqual((m["From"], m["To"], m["Cc"], m["Bcc"]),
                             ("Falco <falco@example.org>", "a@example.org, Bé <b@example.org>", "c@example.org", None))
            self.assertEqual(m["Subject"], "Falco Notice: Terminal shell in container")
            self.assertEqual(m["Message-ID"], f"<{one['action_id'][:40]}@example.org>")
            self.assertEqual(m.get_body(("plain",)).get_content(), "héllo bash\n.")
            self.assertEqual(m.get_body(("html",)).get_content(), "<p>bash</p>")
        self.run_with("smtp:email", self.parameters(1, security="tls"))
        self.mails(5)

    def test_refusals(self):
        for more, status, text in [({"to": "nobody@example.org"}, 0, "550 5.1.1 no such user"),
                                   ({"user": {"env": "FALCOIR_OTHER"}}, 0, "535 Incorrect authentication data")]:
            one, = self.run_with("smtp:email", self.parameters(**{**MAIL, **more}), code=1, env={"FALCOIR_OTHER": "somebody"})
            self.assertEqual(one["attempts"], 1, one)
            self.assertIn(text, one["error"]["message"])
        parameters = self.parameters()
        del parameters["user"], parameters["password"]
        one, = self.run_with("smtp:email", parameters, code=1)
        self.assertEqual((one["attempts"], one["error"]["message"]), (1, "the mail server refused it: 550 5.7.0 authentication required"))
        one, = self.run_with("smtp:email", dict(parameters, security="none"), code=1)
        self.assertIn("550 5.7.0 TLS required", one["error"]["message"])
        self.mails(0)

    def test_a_refusal_for_now_is_tried_again(self):
        one, = self.run_with("smtp:email", self.parameters(to="full@example.org"), code=1)
        self.assertEqual(one["attempts"], 3)  # it was not taken, so that another attempt cannot be a second mail
        self.assertIn("451", one["error"]["message"])
        self.mails(0)

    def test_some_recipients_are_refused(self):
        one, = self.run_with("smtp:email", self.parameters(to=["a@example.org", "nobody@example.org", "b@example.org"]), code=1)
        self.assertEqual(one["attempts"], 1)
        self.assertEqual(one["error"]["message"], "1 recipients were refused, the others have it; the first: nobody@example.org: 550 5.1.1 no such user")
        self.assertEqual(sorted(m["Envelope-to"] for m in self.mails(2)), ["a@example.org", "b@example.org"])

    def test_hostile_alerts(self):
        """Exim checks the syntax of the headers; and none of them is the alert's."""
        parameters = self.parameters(subject="{{rule}} {{proc.cmdline}}", text="{{proc.cmdline}}", html="<p>{{proc.cmdline}}</p>")
        data = b"".join(line({"proc.cmdline": e, "evt.num": n}, rule=e[:5000]) for n, e in enumerate(EVIL)) + HOSTILE.read_bytes()
        outcomes = self.run_with("smtp:email", parameters, data)
        self.assertEqual({o["status"] for o in outcomes}, {"succeeded"})
        for m in self.mails(len(outcomes)):
            self.assertEqual(m["Envelope-to"], "a@example.org")
            own = [h for h in m.keys() if h not in ("Return-path", "Envelope-to", "Delivery-date", "Received")]
            self.assertEqual(own, ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"])
            self.assertEqual([p.get_content_type() for p in m.walk()], ["multipart/alternative", "text/plain", "text/html"])
            self.assertEqual(len(m.get_body(("plain",)).get_content().splitlines()), 1)
            self.assertNotRegex(m["Subject"], r"[\x00-\x1f\u202e\u2028]")


SINK = r"""
import json, ssl, sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
port, cert, mode, out = int(sys.argv[1]), sys.argv[2], sys.argv[3], open(sys.argv[4], "a", buffering=1)
replies = sys.argv[5:]
class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return replies.pop(0) if replies and mode == "mail" else "250 OK"
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps([session.ssl is not None, envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()]), file=out)
        return replies.pop(0) if replies and mode == "data" else "250 OK"
def authenticator(server, session, envelope, mechanism, data):
    print(json.dumps(["auth", session.ssl is not None, data.login.decode(), data.password.decode()]), file=out)
    return AuthResult(success=True)
context = None
if cert != "-":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert + ".crt", cert + ".key")
Controller(Handler(), hostname="127.0.0.1", port=port, tls_context=context, authenticator=authenticator, auth_require_tls=False).start()
while True:
    time.sleep(60)
"""


class Aiosmtpd(Peers):
    @classmethod
    def begin(cls):
        cls.python = python_with("aiosmtpd")
        if cls.python is None:
            raise unittest.SkipTest("aiosmtpd is not to be had by pip")
        (cls.home / "sink.py").write_text(SINK)

    def sink(self, cert, mode="-", *replies):
        port, out = free_port(), self.dir / "took"
        out.write_text("")
        self.serve([self.python, "sink.py", str(port), cert, mode, str(out), *replies], port)
        return dict(MAIL, server=f"localhost:{port}", ca_file=str(self.home / "ca.crt")), lambda: [json.loads(x) for x in out.read_text().splitlines()]

    def test_what_arrives(self):
        parameters, took = self.sink("good")
        self.run_with("smtp:email", dict(parameters, text="{{proc.name}}"))
        auth, mail = took()
        self.assertEqual(auth, ["auth", True, "falcoir", "s3cret-word"])
        self.assertEqual(mail[:3], [True, "falco@example.org", ["a@example.org"]])
        self.assertTrue(mail[3].endswith("\n\nbash\n") or mail[3].endswith("\r\n\r\nbash\r\n"), mail[3])

    def test_nothing_is_told_without_tls(self):
        parameters, took = self.sink("-")
        one, = self.run_with("smtp:email", parameters, code=1)
        self.assertEqual((one["error"]["code"], one["error"]["message"]), ("FIR_EDENIED", "the mail server offers no STARTTLS"))
        self.assertEqual(took(), [])
        self.run_with("smtp:email", dict(parameters, security="none"))  # to loopback, and the author says so
        self.assertEqual(took()[-1][0], False)

    def test_certificates(self):
        for cert, more in [("nosan", {}), ("good", {"ca_file": "/nonexistent"}), ("good", {"ca_file": None}), ("good", {"host": "127.0.0.2"})]:
            parameters, took = self.sink(cert)
            if more.get("ca_file", "") is None:
                del parameters["ca_file"]
            elif "ca_file" in more:
                parameters.update(more)
            one, = self.run_with("smtp:email", parameters, code=0 if "host" in more else 1)
            if "host" not in more:
                self.assertEqual((one["error"]["code"], one["attempts"]), ("FIR_EDENIED", 1), (cert, more))
                self.assertEqual(took(), [])  # not even who we are

    def test_temporary_refusals(self):
        for mode in ["mail", "data"]:
            parameters, took = self.sink("good", mode, "451 4.3.0 later", "421 4.3.0 much later")
            one, = self.run_with("smtp:email", parameters, timeout="20s")
            self.assertEqual((one["status"], one["attempts"]), ("succeeded", 3))
            self.assertEqual(len([t for t in took() if t[0] != "auth"]), 1 if mode == "mail" else 3)
        parameters, took = self.sink("good", "data", "554 5.7.1 spam")
        one, = self.run_with("smtp:email", parameters, code=1)
        self.assertEqual((one["attempts"], one["error"]["message"]), (1, "the mail server refused it: 554 5.7.1 spam"))

    def test_a_connection_that_breaks(self):
        """Cut behind the message: it may have been taken, and whether it goes out again is the author's to say; by itself it
        does, as a message does that a crash left open. Cut before: it was not taken."""
        behind, never = ["220 hi", "250 x", "250 ok", "250 ok", "354 go", None], {"on_uncertain": "dead_letter"}
        for script, step, attempts in [(behind, {}, 3), (behind, never, 1), (["220 hi", "250 x", "250 ok", None], never, 3), ([None], never, 3)]:
            with socket.create_server(("127.0.0.1", 0)) as server:
                child = os.fork()
                if child == 0:
                    while True:
                        s = server.accept()[0]
                        f = s.makefile("rb")
                        for n, reply in enumerate(script):
                            if n == 5:
                                while f.readline() not in (b".\r\n", b""):
                                    pass
                            elif n:
                                f.readline()
                            if reply:
                                s.sendall(reply.encode() + b"\r\n")
                        f.close()
                        s.close()
                parameters = dict(MAIL, server=f"127.0.0.1:{server.getsockname()[1]}", security="none")
                del parameters["user"], parameters["password"]
                one, = self.run_with("smtp:email", parameters, code=1, timeout="20s", step=step)
                os.kill(child, 9)
                os.waitpid(child, 0)
                self.assertEqual((one["status"], one["attempts"], one["error"]["code"]), ("failed", attempts, "FIR_ETRANSPORT"), script)

    def test_a_server_that_hangs(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            start = time.monotonic()
            one, = self.run_with("smtp:email", dict(MAIL, server=f"127.0.0.1:{server.getsockname()[1]}"), code=1, timeout="300ms", step={"retry": {"attempts": 1}})
            self.assertEqual(one["error"]["code"], "FIR_ETIMEOUT")
            self.assertLess(time.monotonic() - start, 5)

    def test_reach(self):
        for server, more in [("10.255.255.1:25", {}), ("169.254.169.254:25", {"internal": True}), ("0x7f000001:25", {}), ("h.example:25/x", {}), ("u@localhost:25", {})]:
            one, = self.run_with("smtp:email", dict(MAIL, server=server, **more), code=1, timeout="1s")
            self.assertEqual((one["error"]["code"], one["attempts"]), ("FIR_EDENIED", 1), server)


# ---- syslog ----

RSYSLOG = r"""
global(workDirectory="HOME" maxMessageSize="64k" net.enableDNS="off" parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="HOME/ca.crt" defaultNetstreamDriverCertFile="HOME/good.crt" defaultNetstreamDriverKeyFile="HOME/good.key")
module(load="imudp") module(load="imptcp")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/name" permittedPeer=["falcoir-client"])
template(name="j" type="list" option.jsonf="on") {
  property(outname="in" name="inputname" format="jsonf") property(outname="pri" name="pri" format="jsonf") property(outname="ver" name="protocol-version" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf") property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf") property(outname="procid" name="procid" format="jsonf") property(outname="msgid" name="msgid" format="jsonf")
  property(outname="sd" name="structured-data" format="jsonf") property(outname="msg" name="msg" format="jsonf") property(outname="raw" name="rawmsg" format="jsonf") }
ruleset(name="out") { action(type="omfile" file="HOME/got.jsonl" template="j") }
input(type="imudp" address="127.0.0.1" port="PORT1" ruleset="out")
input(type="imptcp" address="127.0.0.1" port="PORT2" ruleset="out" name="tcp")
input(type="imtcp" address="127.0.0.1" port="PORT3" ruleset="out" name="tls")
"""


class Rsyslog(Peers):
    @classmethod
    def begin(cls):
        if not tool("rsyslogd") or not any(pathlib.Path("/usr/lib").rglob("rsyslog/lmnsd_ossl.so")):
            raise unittest.SkipTest("rsyslogd (rsyslog, rsyslog-openssl) is not here")
        cls.ports = [free_port() for _ in range(3)]
        text = RSYSLOG.replace("HOME", str(cls.home))
        for n, port in enumerate(cls.ports):
            text = text.replace(f"PORT{n + 1}", str(port))
        (cls.home / "r.conf").write_text(text)
        (cls.home / "got.jsonl").write_text("")
        cls.serve([tool("rsyslogd"), "-n", "-f", str(cls.home / "r.conf"), "-i", str(cls.home / "pid")], *cls.ports[1:])
        cls.seen = 0

    def parameters(self, protocol, **more):
        own = {"protocol": protocol, "server": f"localhost:{self.ports[['udp', 'tcp', 'tls'].index(protocol)]}", **more}
        if protocol == "tls":
            own = {"ca_file": "ca.crt", "client_certificate": "client.crt", "client_key": "client.key", **own}
        for name in ["ca_file", "client_certificate", "client_key"]:
            if name in own:
                own[name] = str(self.home / own[name])
        return own

    def got(self, n):
        """What has come since the last time: n messages and no more."""
        end = time.monotonic() + 10
        while True:
            lines = (self.home / "got.jsonl").read_bytes().split(b"\n")[:-1]
            if len(lines) >= Rsyslog.seen + n or time.monotonic() > end:
                break
            time.sleep(0.02)
        time.sleep(0.3)
        lines = (self.home / "got.jsonl").read_bytes().split(b"\n")[:-1]
        new, Rsyslog.seen = lines[Rsyslog.seen:], len(lines)
        self.assertEqual(len(new), n, new)
        return [json.loads(x.decode(errors="replace")) for x in new]

    def test_forms(self):
        for protocol in ["udp", "tcp", "tls"]:
            one, = self.run_with("syslog:message", self.parameters(protocol, facility="local3"))
            m, = self.got(1)
            self.assertEqual((m["pri"], m["ver"], m["time"], m["host"], m["app"], m["procid"], m["msgid"]),
                             (str(19 * 8 + 5), "1", "2026-07-14T09:21:33.104938Z", "node-3", "falco", "-", "syscall"))
            self.assertEqual(m["sd"], f'[falco@32473 rule="Terminal shell in container" priority="Notice" source="syscall" action_id="{one["action_id"]}"]')
            self.assertEqual(m["msg"].strip(), "09:21:33.104938271: Notice A shell")
        for protocol, framing in [("udp", "newline"), ("tcp", "newline"), ("tcp", "octet_counting"), ("tls", "newline")]:
            self.run_with("syslog:message", self.parameters(protocol, format="rfc3164", framing=framing))
            m, = self.got(1)
            self.assertEqual((m["pri"], m["ver"], m["host"], m["app"], m["msg"].strip()), ("13", "0", "node-3", "falco", "09:21:33.104938271: Notice A shell"))
            self.assertTrue(m["raw"].startswith("<13>Jul 14 09:21:33 node-3 falco: "), m["raw"])

    def test_severities(self):
        names = ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"]
        self.run_with("syslog:message", self.parameters("tcp"), b"".join(line({"evt.num": n}, priority=p) for n, p in enumerate(names)))
        self.assertEqual(sorted(m["pri"] for m in self.got(8)), sorted(str(8 + n) for n in range(8)))

    def test_a_refused_client(self):
        """Under TLS 1.3 the refusal comes behind the handshake: what was written was not delivered, and that is said."""
        for more in [{"client_certificate": "other.crt", "client_key": "other.key"}, None]:
            parameters = self.parameters("tls", **(more or {}))
            if more is None:
                del parameters["client_certificate"], parameters["client_key"]
            for _ in range(5):
                one, = self.run_with("syslog:message", parameters, code=1)
                self.assertEqual((one["status"], one["error"]["code"]), ("failed", "FIR_ETRANSPORT"))
        self.got(0)

    def test_certificates(self):
        for more in [{"ca_file": "client.crt"}, {"ca_file": "nothing"}, {"client_key": "other.key"}]:
            one, = self.run_with("syslog:message", self.parameters("tls", **more), code=1)
            self.assertEqual(one["error"]["code"], "FIR_EDENIED", more)
        port = free_port()
        self.serve(["openssl", "s_server", "-quiet", "-accept", str(port), "-cert", "nosan.crt", "-key", "nosan.key"], port)
        one, = self.run_with("syslog:message", self.parameters("tls", server=f"localhost:{port}"), code=1)
        self.assertEqual(one["error"]["code"], "FIR_EDENIED")
        self.got(0)

    def test_hostile_alerts(self):
        """One message each, in its own fields, whatever it says."""
        everything = {"message": "{{proc.cmdline}}", "hostname": "{{proc.cmdline}}", "msgid": "{{proc.cmdline}}", "rule": "{{proc.cmdline}}",
                      "priority": "{{proc.cmdline}}", "time": "{{proc.cmdline}}"}
        data = b"".join(line({"proc.cmdline": e, "evt.num": n}) for n, e in enumerate(EVIL))
        for protocol, more in [("udp", {}), ("tcp", {}), ("tcp", {"framing": "newline"}), ("tls", {})]:
            self.run_with("syslog:message", self.parameters(protocol, **everything, **more), data)
            for m in self.got(len(EVIL)):
                self.assertEqual((m["pri"], m["ver"], m["app"]), ("13", "1", "falco"), m)
                self.assertTrue(m["sd"].startswith("[falco@32473 rule="), m)
                self.assertEqual(len(re.findall(r"(?<!\\)\]", m["sd"])), 1, m)
                self.assertNotRegex(m["raw"], "[\x00-\x1f\x7f-\x9f\u202e\u2028]")
                self.assertLessEqual(len(m["raw"].encode()), 2048 if protocol == "udp" else 8192)

    def test_nobody_listens(self):
        """Of a datagram nobody knows whether somebody got it; of a connection that was refused everybody does."""
        for protocol, attempts in [("udp", 1), ("tcp", 3)]:
            one, = self.run_with("syslog:message", self.parameters(protocol, server=f"127.0.0.1:{free_port()}"), code=1, step={"on_uncertain": "dead_letter"})
            self.assertEqual((one["error"]["code"], one["attempts"]), ("FIR_ETRANSPORT", attempts))

    def test_a_peer_that_does_not_read(self):
        """Closed with the message unread, and never closed: neither is a delivery."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            child = os.fork()
            if child == 0:
                while True:
                    s = server.accept()[0]
                    time.sleep(0.2)
                    s.close()
            for step, attempts in [({}, 3), ({"on_uncertain": "dead_letter"}, 1)]:
                one, = self.run_with("syslog:message", self.parameters("tcp", server=f"127.0.0.1:{server.getsockname()[1]}"), code=1, step=step)
                self.assertEqual((one["error"]["code"], one["attempts"]), ("FIR_ETRANSPORT", attempts))
            os.kill(child, 9)
            os.waitpid(child, 0)
        with socket.create_server(("127.0.0.1", 0)) as server:
            one, = self.run_with("syslog:message", self.parameters("tcp", server=f"127.0.0.1:{server.getsockname()[1]}"), code=1, timeout="400ms")
            self.assertEqual(one["error"], {"code": "FIR_ETIMEOUT", "message": "the peer did not say in time that it has read to the end"})

    def test_reach(self):
        for protocol in ["udp", "tcp", "tls"]:
            for server, more in [("10.255.255.1:514", {}), ("169.254.169.254:514", {"internal": True}), ("255.255.255.255:514", {"internal": True}), ("h.example:514/x", {})]:
                one, = self.run_with("syslog:message", self.parameters(protocol, server=server, **more), code=1, timeout="1s")
                self.assertEqual((one["error"]["code"], one["attempts"]), ("FIR_EDENIED", 1), (protocol, server))

    def test_output_block(self):
        p = self.parameters("udp")
        playbook = self.file("p.yaml", json.dumps({"syslog_output": dict(p, minimum_priority="warning")}))
        self.expect("run", "-p", playbook, stdin=line(priority="Notice") + line(priority="Error"))
        m, = self.got(1)
        self.assertEqual(m["pri"], "11")


class Shape(Case):
    def test_alerts_choose_no_recipient(self):
        for name in ["to", "cc", "bcc", "from", "server"]:
            parameters = {"server": "h:25", "from": "a@example.org", "to": ["b@example.org"], name: "{{proc.name}}@example.org"}
            playbook = self.file("p.yaml", json.dumps([{"rule": "r", "match_all": True, "actions": [{"action": "a", "use": "smtp:email", "parameters": parameters}]}]))
            plan, = json_lines(self.expect("plan", "--json", "-p", playbook, stdin=line())[0])
            self.assertIn("{{proc.name}}", json.dumps(plan["rules"][0]["steps"][0]["parameters"][name]))  # taken as it stands


if __name__ == "__main__":
    main()

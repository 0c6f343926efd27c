# SPDX-License-Identifier: Apache-2.0
"""Google's and Azure's endpoints as far as the actions speak to them, and strict: a request that the real ones would refuse is
refused here, and one that they would overlook is noted in `failures`.

RS256 is verified and made by arithmetic on the key's numbers, SAS by Python's hmac: nothing of the library's own code judges it.
Metadata services are plain HTTP, all else is TLS under a certificate of its own authority (`ca`)."""
import base64
import datetime
import hashlib
import hmac
import http.server
import json
import re
import ssl
import subprocess
import threading
import time
import urllib.parse

ACCOUNT = "falcoir@project-1.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
PUBSUB_SCOPE = "https://www.googleapis.com/auth/pubsub"
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Refusal(Exception):
    def __init__(self, status, body=b"", kind="application/json"):
        super().__init__(status)
        self.status, self.body, self.kind = status, body if isinstance(body, bytes) else json.dumps(body).encode(), kind


def unpad(text):
    if re.search(r"[^A-Za-z0-9_-]", text):
        raise ValueError("no base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pad(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key: made by openssl, used as numbers."""

    def __init__(self, path, kid):
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(path)], check=True,
                       stderr=subprocess.DEVNULL)
        self.kid, self.pem = kid, path.read_text()
        text = subprocess.run(["openssl", "pkey", "-in", str(path), "-noout", "-text"], check=True, capture_output=True, text=True).stdout
        field = lambda name: int(re.sub(r"[\s:]", "", re.search(name + r":\s*((?:\s+[0-9a-f:]+\n)+)", text).group(1)), 16)
        self.n, self.d, self.e = field("modulus"), field("privateExponent"), 65537

    @staticmethod
    def padded(data):
        digest = SHA256_INFO + hashlib.sha256(data).digest()
        return int.from_bytes(b"\x00\x01" + b"\xff" * (256 - 3 - len(digest)) + b"\x00" + digest, "big")

    def sign(self, claims):
        head = pad(json.dumps({"alg": "RS256", "kid": self.kid, "typ": "JWT"}).encode()) + "." + pad(json.dumps(claims).encode())
        return head + "." + pad(pow(self.padded(head.encode()), self.d, self.n).to_bytes(256, "big"))

    def verify(self, token):
        """The claims; ValueError when it is not signed by this key, or not now."""
        head, claims, signature = token.split(".")
        if json.loads(unpad(head)) != {"alg": "RS256", "kid": self.kid, "typ": "JWT"}:
            raise ValueError("header")
        if pow(int.from_bytes(unpad(signature), "big"), self.e, self.n) != self.padded((head + "." + claims).encode()):
            raise ValueError("signature")
        claims = json.loads(unpad(claims))
        if not claims["iat"] - 30 <= time.time() < claims["exp"] or claims["exp"] - claims["iat"] > 3600:
            raise ValueError("time")
        return claims

    def jwks(self):
        number = lambda v, n: pad(v.to_bytes(n, "big"))
        return {"keys": [{"kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig", "n": number(self.n, 256), "e": number(self.e, 3)}]}


class Certificates:
    """An authority, and a server's certificate for 127.0.0.1."""

    def __init__(self, folder):
        self.ca, self.pair = folder / "ca.pem", folder / "server.pem"
        run = lambda *a: subprocess.run(["openssl", *map(str, a)], check=True, capture_output=True)
        key = "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"
        run("req", "-x509", *key, "-days", "2", "-subj", "/CN=test authority", "-keyout", folder / "ca.key", "-out", self.ca)
        run("req", *key, "-subj", "/CN=peer", "-keyout", folder / "server.key", "-out", folder / "server.csr")
        (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\n")
        run("x509", "-req", "-in", folder / "server.csr", "-CA", self.ca, "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", folder / "server.ext", "-out", folder / "server.crt")
        self.pair.write_text((folder / "server.crt").read_text() + (folder / "server.key").read_text())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer = None
    routes = ()

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", kind="application/json", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def handle_one(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True, strict_parsing=True) if url.query else [])
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.peer.ledger.append((self.command, url.path))
        try:
            for method, pattern, handle in self.routes:
                m = re.fullmatch(pattern, url.path)
                if m and method == self.command:
                    handle(self, **m.groupdict())
                    return
            raise Refusal(404)
        except Refusal as r:
            self.answer(r.status, r.body, r.kind)
        except Exception as e:  # noqa: BLE001: a peer that breaks must not look like a refusal
            self.peer.failures.append(f"{self.command} {self.path}: {e!r}")
            self.answer(599)

    do_GET = do_POST = handle_one

    def expect_type(self, kind):
        if self.headers.get("Content-Type") != kind:
            raise Refusal(415)

    def bearer(self):
        m = re.fullmatch(r"Bearer ([!-~]+)", self.headers.get("Authorization", ""))
        if not m:
            raise Refusal(401)
        return m.group(1)


# ---- metadata services ----

def google_account(h, account):
    if h.headers.get("Metadata-Flavor") != "Google" or "X-Forwarded-For" in h.headers:
        raise Refusal(403)
    if account not in ("default", ACCOUNT):
        h.answer(404, Metadata_Flavor="Google")
        return False
    return True


def google_identity(h, account):
    if google_account(h, account):
        if set(h.query) != {"audience", "format"} or h.query["format"] != "full" or not h.query["audience"]:
            raise Refusal(400)
        h.answer(200, h.peer.identity_token(h.query["audience"]).encode(), "text/html", Metadata_Flavor="Google")


def google_access(h, account):
    if google_account(h, account):
        h.answer(200, {"access_token": h.peer.access_token(h.query["scopes"]), "expires_in": 3599, "token_type": "Bearer"}, Metadata_Flavor="Google")


def azure_identity(h):
    if h.headers.get("Metadata") != "true" or "X-Forwarded-For" in h.headers or h.query.get("api-version") != "2018-02-01" or not h.query.get("resource"):
        raise Refusal(400, {"error": "invalid_request", "error_description": "Required metadata header not specified"})
    now = int(time.time())
    h.answer(200, {"access_token": h.peer.access_token(h.query["resource"]), "expires_in": "3599", "expires_on": str(now + 3599),
                   "not_before": str(now), "resource": h.query["resource"], "token_type": "Bearer"})


def app_service(h):
    if h.headers.get("X-IDENTITY-HEADER") != "header-secret" or h.query.get("api-version") != "2019-08-01":
        raise Refusal(401)
    h.answer(200, {"access_token": h.peer.access_token(h.query["resource"]), "expires_on": str(int(time.time()) + 600), "token_type": "Bearer"})


METADATA = [("GET", r"/computeMetadata/v1/instance/service-accounts/(?P<account>[^/]+)/identity", google_identity),
            ("GET", r"/computeMetadata/v1/instance/service-accounts/(?P<account>[^/]+)/token", google_access),
            ("GET", "/metadata/identity/oauth2/token", azure_identity), ("GET", "/msi/token", app_service)]


# ---- token endpoints ----

def grant_error(why):
    raise Refusal(400, {"error": "invalid_grant", "error_description": why})


def google_token(h):
    h.expect_type("application/x-www-form-urlencoded")
    form = dict(urllib.parse.parse_qsl(h.body.decode(), strict_parsing=True))
    if set(form) != {"grant_type", "assertion"} or form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
        raise Refusal(400, {"error": "unsupported_grant_type"})
    try:
        claims = h.peer.account_key.verify(form["assertion"])
    except ValueError as e:
        grant_error(f"Invalid JWT: {e}")
    wish = set(claims) - {"iss", "aud", "iat", "exp"}
    if claims["iss"] != ACCOUNT or claims["aud"] != AUDIENCE or wish not in ({"scope"}, {"target_audience"}):
        grant_error("Invalid JWT: claims")
    if wish == {"scope"}:
        h.answer(200, {"access_token": h.peer.access_token(claims["scope"]), "expires_in": 3599, "token_type": "Bearer"})
    else:
        h.answer(200, {"id_token": h.peer.identity_token(claims["target_audience"])})


def entra_token(h, tenant):
    h.expect_type("application/x-www-form-urlencoded")
    form = dict(urllib.parse.parse_qsl(h.body.decode(), strict_parsing=True))
    proof = {k: form.pop(k) for k in ("client_secret", "client_assertion", "client_assertion_type") if k in form}
    if tenant != "tenant-1" or set(form) != {"grant_type", "client_id", "scope"} or form["grant_type"] != "client_credentials" \
            or form["client_id"] != "client-1" or not form["scope"].endswith("/.default"):
        raise Refusal(400, {"error": "invalid_request", "error_description": "AADSTS900144"})
    if proof not in ({"client_secret": "s3cret &+"}, {"client_assertion": "fed.era.ted",
                                                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}):
        raise Refusal(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."})
    h.answer(200, {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": h.peer.access_token(form["scope"][:-len("/.default")])})


# ---- services ----

def google_function(h, name):
    try:
        claims = h.peer.google_key.verify(h.bearer())
    except ValueError:
        raise Refusal(401, b"<html>", "text/html") from None
    if claims["aud"] not in (h.peer.url, h.peer.url + "/fn/" + name) or claims["email"] != ACCOUNT:
        raise Refusal(403, b"<html>", "text/html")
    h.expect_type("application/json")
    h.peer.got.append((name, json.loads(h.body), h.headers.get("Idempotency-Key")))
    h.answer(200, {"done": name})


def check_access(h, wanted):
    if h.peer.tokens.get(h.bearer()) != wanted:
        raise Refusal(401, {"error": {"code": 401, "message": "Request had invalid authentication credentials.", "status": "UNAUTHENTICATED"}})


def google_publish(h, project, topic):
    check_access(h, PUBSUB_SCOPE)
    if (project, topic) != ("project-1", "alerts"):
        raise Refusal(404, {"error": {"code": 404, "message": f"Resource not found (resource={topic}).", "status": "NOT_FOUND"}})
    h.expect_type("application/json")
    message, = json.loads(h.body)["messages"]
    assert set(json.loads(h.body)) == {"messages"} and set(message) <= {"data", "attributes", "orderingKey"}
    assert all(isinstance(v, str) and 0 < len(v.encode()) <= 1024 and len(k) <= 256 for k, v in message["attributes"].items())
    h.peer.got.append((base64.b64decode(message["data"], validate=True), message["attributes"], message.get("orderingKey")))
    h.answer(200, {"messageIds": ["1"]})


def azure_function(h, name):
    if h.headers.get("x-functions-key") != "function-key":
        check_access(h, "api://functions")
    if name != "isolate":
        raise Refusal(404)
    h.expect_type("application/json")
    h.peer.got.append((name, json.loads(h.body), h.headers.get("Idempotency-Key")))
    h.answer(204)


GRID_KEY = base64.b64encode(b"event grid's key").decode()
HUB_KEY = "event+hub/key=="


def check_grid(h):
    token = h.headers.get("aeg-sas-token")
    if token is None and "aeg-sas-key" not in h.headers:
        return check_access(h, "https://eventgrid.azure.net")
    good = h.headers.get("aeg-sas-key") == GRID_KEY
    if token is not None:
        signed, _, signature = token.rpartition("&s=")
        fields = dict(urllib.parse.parse_qsl(signed, strict_parsing=True))
        ends = datetime.datetime.fromisoformat(fields["e"]).replace(tzinfo=datetime.timezone.utc).timestamp()
        mac = base64.b64encode(hmac.new(base64.b64decode(GRID_KEY), signed.encode(), hashlib.sha256).digest()).decode()
        good = list(fields) == ["r", "e"] and fields["r"] == h.peer.url + "/api/events?apiVersion=2018-01-01" \
            and time.time() < ends < time.time() + 3700 and urllib.parse.unquote(signature) == mac
    if not good:
        raise Refusal(401, {"error": {"code": "Unauthorized", "message": "The request authorization key is not authorized."}})


def azure_grid(h):
    check_grid(h)
    if h.query != {"api-version": "2018-01-01"}:
        raise Refusal(400)
    event, = json.loads(h.body)
    if h.headers["Content-Type"] == "application/cloudevents-batch+json; charset=utf-8":
        assert event["specversion"] == "1.0" and set(event) == {"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data"}
        when = event["time"]
    else:
        h.expect_type("application/json")
        if set(event) != {"id", "eventType", "subject", "eventTime", "data", "dataVersion"}:
            raise Refusal(400, {"error": {"code": "BadRequest", "message": "This resource is configured to receive event in 'EventGridEvent' schema."}})
        when = event["eventTime"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", when) and event["id"] and event["subject"]
    h.peer.got.append(event)
    h.answer(200)


def azure_hub(h, hub):
    m = re.fullmatch(r"SharedAccessSignature sr=([^&]+)&sig=([^&]+)&se=(\d+)&skn=send", h.headers.get("Authorization", ""))
    if m:
        mac = base64.b64encode(hmac.new(HUB_KEY.encode(), f"{m.group(1)}\n{m.group(3)}".encode(), hashlib.sha256).digest()).decode()
        if urllib.parse.unquote(m.group(1)) != f"{h.peer.url}/{hub}" or urllib.parse.unquote(m.group(2)) != mac or not time.time() < int(m.group(3)) < time.time() + 3700:
            raise Refusal(401, b"<Error><Code>401</Code></Error>", "application/xml")
    else:
        check_access(h, "https://eventhubs.azure.net/")
    if h.query != {"timeout": "60", "api-version": "2014-01"}:
        raise Refusal(400)
    h.expect_type("application/vnd.microsoft.servicebus.json")
    event, = json.loads(h.body)
    assert set(event) == {"Body", "UserProperties"} and all(isinstance(v, str) for v in event["UserProperties"].values())
    h.peer.got.append(event)
    h.answer(201)


SERVICES = [("POST", "/token", google_token), ("POST", r"/(?P<tenant>[^/]+)/oauth2/v2.0/token", entra_token),
            ("POST", r"/fn/(?P<name>[^/]+)", google_function), ("POST", r"/v1/projects/(?P<project>[^/]+)/topics/(?P<topic>[^/]+):publish", google_publish),
            ("POST", r"/api/events", azure_grid), ("POST", r"/api/(?P<name>[^/]+)", azure_function), ("POST", r"/(?P<hub>[^/]+)/messages", azure_hub),
            ("GET", "/certs", lambda h: h.answer(200, h.peer.google_key.jwks()))]


class Peer:
    def __init__(self, folder, certificates, account_key, google_key):
        self.account_key, self.google_key, self.ca = account_key, google_key, str(certificates.ca)
        self.ledger, self.failures, self.got, self.tokens, self.life = [], [], [], {}, 3600
        self.servers = []
        self.metadata = self.serve(METADATA)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.pair)
        self.url = "https://" + self.serve(SERVICES, context)
        self.key_file = folder / "account.json"
        self.key_file.write_text(json.dumps({"type": "service_account", "client_email": ACCOUNT, "private_key": account_key.pem,
                                             "private_key_id": account_key.kid, "project_id": "project-1", "token_uri": self.url + "/token"}))

    def serve(self, routes, context=None):
        handler = type("Bound", (Handler,), {"peer": self, "routes": routes})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return f"127.0.0.1:{server.server_address[1]}"

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def identity_token(self, audience):
        now = int(time.time())
        return self.google_key.sign({"iss": "https://accounts.google.com", "aud": audience, "azp": "1", "sub": "1", "email": ACCOUNT,
                                     "email_verified": True, "iat": now, "exp": now + self.life})

    def access_token(self, wanted):
        token = f"ya29.{len(self.tokens)}.{hashlib.sha256(wanted.encode()).hexdigest()}"
        self.tokens[token] = wanted
        return token

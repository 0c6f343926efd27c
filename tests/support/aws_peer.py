# SPDX-License-Identifier: Apache-2.0
"""An AWS endpoint on this machine, strict where AWS is: every request's signature is computed again, here and, where botocore can be
imported, by botocore too. Topics deliver to the queues and functions that are subscribed to them; functions are Python functions.

    peer = Peer(); peer.keys["AKID"] = ("secret", None); peer.queue("alerts"); peer.subscribe("alerts", queue="alerts")
"""
import base64
import datetime
import glob
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import sys
import threading
import urllib.parse
import uuid
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parents[2]
for path in glob.glob(str(pathlib.Path(os.environ.get("FALCOIR_VENV", ROOT / "build/venv")) / "lib/python3*/site-packages")):
    sys.path.append(path)
try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:
    botocore = None

REGION, ACCOUNT = "eu-west-1", "123456789012"
LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
QUERY = {"sns", "sts", "ec2"}  # services that speak XML


class Refusal(Exception):
    def __init__(self, code, message, status=403):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Request:
    """One request as it came over the wire."""

    def __init__(self, method, target, headers, body):
        self.method, self.headers, self.body = method, headers, body
        self.path, _, self.query = target.partition("?")
        self.service = self.key = None

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def form(self):
        pairs = urllib.parse.parse_qsl(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        if len({k for k, _ in pairs}) != len(pairs):
            raise Refusal("MalformedQueryString", "a field twice", 400)
        return dict(pairs)


# ---- signatures ----

def encode(text, safe=""):
    return urllib.parse.quote(text, safe="-_.~" + safe)


def canonical(rq, signed, service):
    """The canonical request, by the rules of the documentation."""
    path = rq.path if service == "s3" else encode(rq.path, "/")
    pairs = sorted((encode(urllib.parse.unquote(k)), encode(urllib.parse.unquote(v)))
                   for k, _, v in (p.partition("=") for p in rq.query.split("&") if p))
    lines = [f"{name}:{' '.join(rq.header(name).split())}" for name in signed]
    digest = hashlib.sha256(rq.body).hexdigest()
    return "\n".join([rq.method, path, "&".join(f"{k}={v}" for k, v in pairs), *lines, "", ";".join(signed), digest])


def own_signature(rq, signed, scope, secret, date):
    day, region, service, _ = scope
    text = "\n".join(["AWS4-HMAC-SHA256", date, "/".join(scope),
                      hashlib.sha256(canonical(rq, signed, service).encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in [day, region, service, "aws4_request", text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def botocore_signature(rq, signed, scope, secret, date):
    host = rq.header("host")
    one = botocore.awsrequest.AWSRequest(rq.method, f"http://{host}{rq.path}" + (f"?{rq.query}" if rq.query else ""), data=rq.body,
                                         headers={k: v for k, v in rq.headers if k.lower() in signed})
    one.context["timestamp"] = date
    kind = botocore.auth.S3SigV4Auth if scope[2] == "s3" else botocore.auth.SigV4Auth
    auth = kind(botocore.credentials.Credentials("x", secret), scope[2], scope[1])
    whole = auth.canonical_request(one)
    return auth.signature(auth.string_to_sign(one, whole), one)


def verify(rq, keys, now):
    """Fills rq.service and rq.key, or raises."""
    authorization = rq.header("authorization")
    if authorization is None:
        raise Refusal("MissingAuthenticationToken", "no Authorization")
    m = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})", authorization)
    if m is None:
        raise Refusal("IncompleteSignature", "Authorization is not of the right form", 400)
    key, scope, signed, signature = m[1], m[2].split("/"), m[3].split(";"), m[4]
    names = [k.lower() for k, _ in rq.headers]
    if len(scope) != 4 or scope[3] != "aws4_request" or scope[1] != REGION:
        raise Refusal("SignatureDoesNotMatch", f"the scope {m[2]} is another one")
    if len(set(names)) != len(names) or signed != sorted(set(signed)) or not set(signed) <= set(names):
        raise Refusal("SignatureDoesNotMatch", "a header twice, or SignedHeaders not sorted or not sent")
    unsigned = [n for n in names if (n in ("host", "content-type") or n.startswith("x-amz-")) and n not in signed]
    if unsigned:
        raise Refusal("SignatureDoesNotMatch", f"not signed: {unsigned}")
    date = rq.header("x-amz-date") or ""
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or date[:8] != scope[0]:
        raise Refusal("SignatureDoesNotMatch", "X-Amz-Date and the scope do not fit together")
    then = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((now() - then).total_seconds()) > 300:
        raise Refusal("RequestTimeTooSkewed" if scope[2] == "s3" else "SignatureDoesNotMatch", f"Signature expired: {date}")
    if key not in keys:
        raise Refusal("InvalidClientTokenId", "no such key")
    secret, token = keys[key][:2]
    if len(keys[key]) > 2 and keys[key][2]:
        raise Refusal("ExpiredToken", "the token is expired")
    if rq.header("x-amz-security-token") != token:
        raise Refusal("InvalidClientTokenId", "the token is not that of the key")
    if scope[2] == "s3" and rq.header("x-amz-content-sha256") != hashlib.sha256(rq.body).hexdigest():
        raise Refusal("XAmzContentSHA256Mismatch", "the hash is missing or another body's", 400)
    wanted = own_signature(rq, signed, scope, secret, date)
    if botocore is not None and botocore_signature(rq, signed, scope, secret, date) != wanted:
        raise AssertionError("this peer and botocore disagree: " + canonical(rq, signed, scope[2]))
    if wanted != signature:
        raise Refusal("SignatureDoesNotMatch", canonical(rq, signed, scope[2]))
    rq.service, rq.key = scope[2], key


# ---- the services ----

def attributes(pairs):
    for name, kind, value in pairs:
        if not re.fullmatch(r"[A-Za-z0-9_-](?:[A-Za-z0-9_.-]{0,254}[A-Za-z0-9_-])?", name) or ".." in name:
            raise Refusal("InvalidParameterValue", f"attribute name {name!r}", 400)
        if re.match(r"(?i)(aws|amazon)\.", name) or not value or not LEGAL.fullmatch(value):
            raise Refusal("InvalidParameterValue", f"attribute {name!r}", 400)
        if kind == "Number":
            float(value)
        elif kind == "String.Array":
            assert isinstance(json.loads(value), list)
        elif kind != "String":
            raise Refusal("InvalidParameterValue", f"type {kind!r}", 400)
    if len({p[0] for p in pairs}) != len(pairs) or len(pairs) > 10:
        raise Refusal("InvalidParameterValue", "an attribute twice, or more than ten", 400)
    return sum(len(part.encode()) for p in pairs for part in p)


def xml(action, content, namespace="http://amazonaws.com/doc/"):
    return f'<?xml version="1.0"?>\n<{action}Response xmlns="{namespace}">{content}</{action}Response>'.encode()


class Peer:
    """Keys are {access key: (secret, token or None, expired?)}."""

    def __init__(self):
        self.keys, self.queues, self.topics, self.functions, self.objects = {}, {}, {}, {}, {}
        self.events, self.records, self.ledger, self.failures, self.threads = [], [], [], [], []
        self.groups, self.interfaces, self.roles, self.web_tokens = {}, {}, {}, {}
        self.instance_keys = self.container = None
        self.seen_ids = set()
        self.offset = datetime.timedelta()
        self.answer_first = []  # refusals for the next signed requests
        self.lock = threading.RLock()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, answer = peer.answer(Request(self.command, self.path, list(self.headers.items()), body))
                head = [f"HTTP/1.1 {status} x", f"Date: {peer.now():%a, %d %b %Y %H:%M:%S} GMT", f"Content-Length: {len(answer)}",
                        *(f"{k}: {v}" for k, v in headers.items())]
                if status == 204:
                    head = [h for h in head if not h.startswith("Content-Length")]
                self.wfile.write("\r\n".join([*head, "", ""]).encode() + answer)

            do_GET = do_POST = do_PUT = handle_one

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + self.offset

    # what a test sets up

    def topic(self, name):
        arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"
        self.topics.setdefault(arn, [])
        return arn

    def queue(self, name):
        self.queues.setdefault(name, [])
        return f"{self.url}/{ACCOUNT}/{name}"

    def subscribe(self, topic, queue=None, function=None):
        self.topics[self.topic(topic)].append(("queue", queue) if queue else ("function", function))

    def group(self, name, *rules):
        """rules: (protocol, from, to, {"cidrIpv4": …}, description)."""
        self.groups[name] = {f"sgr-{uuid.uuid4().hex[:17]}": rule for rule in rules}

    def egress(self, name):
        return sorted(map(repr, self.groups[name].values()))

    def signed_by(self):
        return [r.key for r in self.ledger if r.key]

    # answering

    def answer(self, rq):
        with self.lock:
            self.ledger.append(rq)
            try:
                return self.route(rq)
            except Refusal as e:
                self.failures.append(str(e))
                return self.refuse(rq, e)
            except Exception as e:  # a bug of this peer or a request that is none: the test must see it
                self.failures.append(f"{type(e).__name__}: {e}")
                return 500, {}, f"{type(e).__name__}: {e}".encode()

    def refuse(self, rq, e):
        service = rq.service or ("s3" if rq.method == "PUT" else "sns" if b"Action=" in rq.body[:10] else "json")
        if service == "ec2":
            text = f"<Response><Errors><Error><Code>{e.code}</Code><Message>{escape(e.message)}</Message></Error></Errors><RequestID>1</RequestID></Response>"
        elif service == "s3":
            text = f"<Error><Code>{e.code}</Code><Message>{escape(e.message)}</Message></Error>"
        elif service in QUERY:
            text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{e.code}</Code><Message>{escape(e.message)}</Message></Error></ErrorResponse>"
        elif service == "lambda":
            return e.status, {"x-amzn-ErrorType": e.code, "Content-Type": "application/json"}, json.dumps({"Message": e.message}).encode()
        else:
            text = json.dumps({"__type": "com.amazonaws#" + e.code, "message": e.message})
        return e.status, {"Content-Type": "text/plain"}, text.encode()

    def route(self, rq):
        if rq.path.startswith("/latest/"):
            return self.instance(rq)
        if rq.path.startswith("/container/"):
            return self.container_keys(rq)
        if rq.body.startswith(b"Action=AssumeRoleWithWebIdentity&"):
            return self.assume_with_token(rq)
        verify(rq, self.keys, self.now)
        if self.answer_first:
            raise self.answer_first.pop(0)
        return {"sns": self.sns, "sqs": self.sqs, "sts": self.assume, "events": self.put_events, "kinesis": self.put_record,
                "lambda": self.invoke, "s3": self.s3, "ec2": self.ec2}[rq.service](rq)

    # credentials

    def new_keys(self, seconds=3600):
        key, secret, token = "ASIA" + uuid.uuid4().hex[:16].upper(), uuid.uuid4().hex, uuid.uuid4().hex + "=="
        self.keys[key] = (secret, token)
        return key, secret, token, f"{self.now() + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"

    def instance(self, rq):
        if rq.path == "/latest/api/token":
            if rq.method != "PUT" or rq.header("X-aws-ec2-metadata-token-ttl-seconds") != "21600":
                raise Refusal("BadRequest", "PUT with a time to live", 400)
            return 200, {}, b"session-token"
        if rq.method != "GET" or rq.header("X-aws-ec2-metadata-token") != "session-token":
            return 401, {}, b""
        if rq.path == "/latest/meta-data/iam/security-credentials/":
            return 200, {}, b"node-role"
        assert rq.path == "/latest/meta-data/iam/security-credentials/node-role"
        key, secret, token, end = self.new_keys()
        return 200, {}, json.dumps({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
                                    "Expiration": end, "LastUpdated": end}).encode()

    def container_keys(self, rq):
        if rq.header("Authorization") != self.container:
            return 401, {}, b""
        key, secret, token, end = self.new_keys()
        return 200, {}, json.dumps({"AccessKeyId": key, "SecretAccessKey": secret, "Token": token, "Expiration": end, "RoleArn": "x"}).encode()

    def role_answer(self, action):
        key, secret, token, end = self.new_keys()
        return 200, {}, xml(action, f"<{action}Result><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
                                    f"<SessionToken>{token}</SessionToken><Expiration>{end}</Expiration></Credentials></{action}Result>")

    def assume(self, rq):
        form = rq.form()
        if form["Action"] != "AssumeRole" or form["Version"] != "2011-06-15" or not 2 <= len(form["RoleSessionName"]) <= 64:
            raise Refusal("ValidationError", "AssumeRole is wanted", 400)
        if form["RoleArn"] not in self.roles or self.roles[form["RoleArn"]] != form.get("ExternalId"):
            raise Refusal("AccessDenied", f"not authorized to perform: sts:AssumeRole on {form['RoleArn']}")
        return self.role_answer("AssumeRole")

    def assume_with_token(self, rq):
        rq.service, form = "sts", rq.form()
        if rq.header("authorization") is not None or self.web_tokens.get(form["WebIdentityToken"]) != form["RoleArn"]:
            raise Refusal("AccessDenied", "not authorized to perform: sts:AssumeRoleWithWebIdentity")
        return self.role_answer("AssumeRoleWithWebIdentity")

    # messages

    def sns(self, rq):
        form = rq.form()
        arn, message = form["TopicArn"], form["Message"]
        assert (form["Action"], form["Version"]) == ("Publish", "2010-03-31")
        if arn not in self.topics:
            raise Refusal("NotFound", "Topic does not exist", 404)
        entry = "MessageAttributes.entry."
        n = len({k[len(entry):].split(".")[0] for k in form if k.startswith(entry)})
        given = [(form[f"{entry}{i}.Name"], form[f"{entry}{i}.Value.DataType"], form[f"{entry}{i}.Value.StringValue"]) for i in range(1, n + 1)]
        if not message or not LEGAL.fullmatch(message) or len(message.encode()) + attributes(given) > 262144:
            raise Refusal("InvalidParameter", "Message", 400)
        if arn.endswith(".fifo"):
            if not form.get("MessageGroupId") or len(form["MessageDeduplicationId"]) > 128:
                raise Refusal("InvalidParameter", "FIFO ids", 400)
            if form["MessageDeduplicationId"] in self.seen_ids:
                return 200, {}, xml("Publish", "<PublishResult><MessageId>again</MessageId></PublishResult>")
            self.seen_ids.add(form["MessageDeduplicationId"])
        one = {"Type": "Notification", "MessageId": str(uuid.uuid4()), "TopicArn": arn, "Message": message,
               "MessageAttributes": {name: {"Type": kind, "Value": value} for name, kind, value in given}}
        for kind, name in self.topics[arn]:
            if kind == "queue":
                self.queues[name].append({"body": json.dumps(one)})
            else:
                self.begin(name, {"Records": [{"EventVersion": "1.0", "EventSource": "aws:sns", "Sns": one}]})
        return 200, {}, xml("Publish", f"<PublishResult><MessageId>{one['MessageId']}</MessageId></PublishResult>")

    def sqs(self, rq):
        if (rq.header("content-type"), rq.header("x-amz-target")) != ("application/x-amz-json-1.0", "AmazonSQS.SendMessage"):
            raise Refusal("UnknownOperationException", "SendMessage is wanted", 400)
        form = json.loads(rq.body)
        name = form["QueueUrl"].rpartition("/")[2]
        if name not in self.queues:
            raise Refusal("QueueDoesNotExist", "The specified queue does not exist.", 400)
        given = [(k, v["DataType"], v["StringValue"]) for k, v in form.get("MessageAttributes", {}).items()]
        if not LEGAL.fullmatch(form["MessageBody"]) or not form["MessageBody"] or len(form["MessageBody"].encode()) + attributes(given) > 1 << 20:
            raise Refusal("InvalidMessageContents", "MessageBody", 400)
        if name.endswith(".fifo") and not (form.get("MessageGroupId") and form.get("MessageDeduplicationId")):
            raise Refusal("MissingParameter", "FIFO ids", 400)
        self.queues[name].append({"body": form["MessageBody"], "attributes": {k: v for k, _, v in given}, "delay": form.get("DelaySeconds", 0)})
        return 200, {}, json.dumps({"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": hashlib.md5(form["MessageBody"].encode()).hexdigest()}).encode()

    def put_events(self, rq):
        if (rq.header("content-type"), rq.header("x-amz-target")) != ("application/x-amz-json-1.1", "AWSEvents.PutEvents"):
            raise Refusal("UnknownOperationException", "PutEvents is wanted", 400)
        one, = json.loads(rq.body)["Entries"]
        try:
            detail = json.loads(one["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return 200, {}, json.dumps({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}]}).encode()
        self.events.append({**one, "Detail": detail})
        return 200, {}, json.dumps({"FailedEntryCount": 0, "Entries": [{"EventId": str(uuid.uuid4())}]}).encode()

    def put_record(self, rq):
        assert (rq.header("content-type"), rq.header("x-amz-target")) == ("application/x-amz-json-1.1", "Kinesis_20131202.PutRecord")
        form = json.loads(rq.body)
        self.records.append((form["StreamName"], form["PartitionKey"], base64.b64decode(form["Data"], validate=True)))
        return 200, {}, json.dumps({"ShardId": "shardId-0", "SequenceNumber": str(len(self.records))}).encode()

    # functions and objects

    def run(self, name, event):
        """A function that is waited for; it may call this peer meanwhile."""
        self.lock.release()
        try:
            return self.functions[name](event)
        finally:
            self.lock.acquire()

    def begin(self, name, event):
        thread = threading.Thread(target=self.functions[name], args=(event,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def finish(self):
        """Waits for the functions that nobody waited for."""
        for thread in self.threads:
            thread.join(20)

    def invoke(self, rq):
        m = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", rq.path)
        name = urllib.parse.unquote(m[1])
        name = name.split(":")[6] if name.startswith("arn:") else name.split(":")[0]
        kind = rq.header("x-amz-invocation-type") or "RequestResponse"
        if name not in self.functions:
            raise Refusal("ResourceNotFoundException", f"Function not found: {name}", 404)
        event = json.loads(rq.body)
        if kind == "DryRun":
            return 204, {}, b""
        if kind == "Event":
            self.begin(name, event)
            return 202, {}, b""
        try:
            return 200, {"Content-Type": "application/json"}, json.dumps(self.run(name, event)).encode()
        except Exception as e:
            text = json.dumps({"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": []})
            return 200, {"X-Amz-Function-Error": "Unhandled"}, text.encode()

    def s3(self, rq):
        bucket, _, key = urllib.parse.unquote(rq.path[1:]).partition("/")
        checksum = rq.header("x-amz-checksum-sha256")
        if rq.method != "PUT" or (checksum and base64.b64decode(checksum) != hashlib.sha256(rq.body).digest()):
            raise Refusal("BadDigest", "the checksum is another body's", 400)
        self.objects[bucket, key] = (rq.header("content-type"), rq.body)
        return 200, {"ETag": '"x"'}, b""

    # networks

    def ec2(self, rq):
        form = rq.form()
        assert form["Version"] == "2016-11-15"
        answer = {"DescribeSecurityGroupRules": self.describe_rules, "DescribeNetworkInterfaces": self.describe_interfaces,
                  "RevokeSecurityGroupEgress": self.revoke, "AuthorizeSecurityGroupEgress": self.authorize,
                  "ModifyNetworkInterfaceAttribute": self.modify}[form["Action"]](form)
        return 200, {}, xml(form["Action"], answer, "http://ec2.amazonaws.com/doc/2016-11-15/")

    def known_group(self, name):
        if name not in self.groups:
            raise Refusal("InvalidGroup.NotFound", f"The security group '{name}' does not exist", 400)
        return self.groups[name]

    def describe_rules(self, form):
        assert form["Filter.1.Name"] == "group-id"
        name, items = form["Filter.1.Value.1"], ""
        for key, (protocol, first, last, to, description) in self.groups.get(name, {}).items():
            target = "".join(f"<{k}>{escape(v)}</{k}>" for k, v in to.items())
            items += (f"<item><securityGroupRuleId>{key}</securityGroupRuleId><groupId>{name}</groupId><groupOwnerId>{ACCOUNT}</groupOwnerId>"
                      f"<isEgress>true</isEgress><ipProtocol>{protocol}</ipProtocol><fromPort>{first}</fromPort><toPort>{last}</toPort>{target}"
                      + (f"<description>{escape(description)}</description>" if description else "") + "</item>")
        return f"<requestId>1</requestId><securityGroupRuleSet>{items}</securityGroupRuleSet>"

    def describe_interfaces(self, form):
        names = list(self.interfaces)
        if "NetworkInterfaceId.1" in form:
            names = [form["NetworkInterfaceId.1"]]
            if names[0] not in self.interfaces:
                raise Refusal("InvalidNetworkInterfaceID.NotFound", "no such interface", 400)
        else:
            assert form["Filter.1.Name"] == "addresses.private-ip-address"
            names = [n for n in names if form["Filter.1.Value.1"] in self.interfaces[n]["addresses"]]
        items = "".join(f"<item><networkInterfaceId>{n}</networkInterfaceId><groupSet>"
                        + "".join(f"<item><groupId>{g}</groupId><groupName>{g}</groupName></item>" for g in self.interfaces[n]["groups"])
                        + "</groupSet><privateIpAddressesSet>"
                        + "".join(f"<item><privateIpAddress>{a}</privateIpAddress></item>" for a in self.interfaces[n]["addresses"])
                        + "</privateIpAddressesSet></item>" for n in names)
        return f"<requestId>1</requestId><networkInterfaceSet>{items}</networkInterfaceSet>"

    def revoke(self, form):
        rules = self.known_group(form["GroupId"])
        ids = [v for k, v in form.items() if k.startswith("SecurityGroupRuleId.")]
        if not ids or not set(ids) <= set(rules):
            raise Refusal("InvalidSecurityGroupRuleId.NotFound", "no such rule", 400)
        for i in ids:
            del rules[i]
        return "<requestId>1</requestId><return>true</return>"

    def authorize(self, form):
        rules, fresh, i = self.known_group(form["GroupId"]), [], 1
        kinds = {"IpRanges.1.CidrIp": "cidrIpv4", "Ipv6Ranges.1.CidrIpv6": "cidrIpv6", "PrefixListIds.1.PrefixListId": "prefixListId"}
        while f"IpPermissions.{i}.IpProtocol" in form:
            at = f"IpPermissions.{i}."
            to, = [{k: form[at + f]} for f, k in kinds.items() if at + f in form]
            description = next((v for k, v in form.items() if k.startswith(at) and k.endswith("Description")), "")
            fresh.append((form[at + "IpProtocol"], int(form.get(at + "FromPort", -1)), int(form.get(at + "ToPort", -1)), to, description))
            i += 1
        if any(f[:4] == r[:4] for f in fresh for r in rules.values()) or not fresh:
            raise Refusal("InvalidPermission.Duplicate", "the rule is there", 400)
        for f in fresh:
            rules[f"sgr-{uuid.uuid4().hex[:17]}"] = f
        return "<requestId>1</requestId><return>true</return>"

    def modify(self, form):
        wanted = [v for k, v in form.items() if k.startswith("SecurityGroupId.")]
        for g in wanted:
            self.known_group(g)
        if form["NetworkInterfaceId"] not in self.interfaces or not wanted:
            raise Refusal("InvalidNetworkInterfaceID.NotFound", "no such interface", 400)
        self.interfaces[form["NetworkInterfaceId"]]["groups"] = wanted
        return "<requestId>1</requestId><return>true</return>"

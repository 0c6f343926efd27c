#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The aws types against an endpoint that checks every signature by another implementation, and its own rules for what it takes.

Where botocore is in the virtual environment $FALCOIR_VENV (default build/venv), it judges the signatures too; where moto is, EC2 is
asked of it as well."""
import importlib.util
import json
import logging
import os
import pathlib
import sys
import time
import threading
import unittest
from unittest import mock

from harness import EXAMPLES, LIBRARY, ROOT, Case, alert, json_lines, line, main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import aws_peer  # noqa: E402
from aws_peer import ACCOUNT, REGION, Peer, Refusal  # noqa: E402

EXFILTRATION = dict(rule="Data exfiltration by curl", priority="Critical", output="exfiltration of /etc/shadow")
NO_AWS = {name: "" for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION",
                                "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ROLE_ARN",
                                "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL"]}


class Aws(Case):
    def setUp(self):
        super().setUp()
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.peer.keys["AKIDEXAMPLE"] = ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
        self.env = {**NO_AWS, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                    "AWS_ENDPOINT_URL": self.peer.url, "HOME": str(self.dir)}

    def run_it(self, playbook, data=None, code=0, **kw):
        path = self.file("p.yaml", playbook)
        out, _ = self.expect("run", "--json", "-p", path, stdin=line() if data is None else data, code=code, env={**self.env, **kw})
        return json_lines(out)

    def succeeds(self, playbook, data=None, **kw):
        got = self.run_it(playbook, data, **kw)
        self.assertEqual(([o["status"] for o in got], self.peer.failures), (["succeeded"] * len(got), []))
        return got

    def fails(self, playbook, pattern, data=None, **kw):
        one, = self.run_it(playbook, data, code=1, **kw)
        self.assertEqual(one["status"], "failed")
        self.assertRegex(one["error"]["message"], pattern)


class Messages(Aws):
    def test_the_articles_block(self):
        self.peer.queue("alerts")
        self.peer.subscribe("falco-alerts", queue="alerts")
        self.succeeds(f'sns_output:\n  enabled: true\n  topic_arn: "{self.peer.topic("falco-alerts")}"\n  aws_region: "{REGION}"\n')
        got, = self.peer.queues["alerts"]
        envelope = json.loads(got["body"])
        self.assertEqual(json.loads(envelope["Message"]), alert())
        self.assertEqual({k: v["Value"] for k, v in envelope["MessageAttributes"].items()},
                         {"priority": "Notice", "rule": "Terminal shell in container", "source": "syscall", "hostname": "node-3",
                          "tags": '["shell"]', "evt.time": "1784020893104938271", "k8s.ns.name": "prod-web", "k8s.pod.name": "web-1",
                          "proc.cmdline": "bash -i", "proc.name": "bash"})

    def test_hostile_alerts_arrive_as_they_are(self):
        self.peer.queue("alerts")
        self.peer.subscribe("t", queue="alerts")
        fields = [{"proc.cmdline": s} for s in ['a&Message=b', "+ %2B%20", "\u0000\u0001\u001b[31m", "\ufffe\uffff", "é\U0001f600", "</Message>", "'\"\\\n\r\t"]]
        data = b"".join(json.dumps(alert({**f, "evt.num": i})).encode() + b"\n" for i, f in enumerate(fields))
        self.succeeds(f"sns_output: {{topic_arn: '{self.peer.topic('t')}'}}\n", data)
        got = sorted((json.loads(json.loads(m["body"])["Message"])["output_fields"] for m in self.peer.queues["alerts"]), key=lambda f: f["evt.num"])
        self.assertEqual([f["proc.cmdline"] for f in got], [f["proc.cmdline"] for f in fields])

    def test_fifo(self):
        self.peer.queue("alerts")
        self.peer.subscribe("t.fifo", queue="alerts")
        playbook = f"sns_output: {{topic_arn: '{self.peer.topic('t.fifo')}'}}\n"
        self.succeeds(playbook)
        self.succeeds(playbook)  # the same alert again
        self.assertEqual(len(self.peer.queues["alerts"]), 1)

    def test_queue(self):
        url = self.peer.queue("alerts")
        self.succeeds(f"sqs_output: {{queue_url: '{url}', region: {REGION}, delay: 2s}}\n", AWS_ENDPOINT_URL="")
        got, = self.peer.queues["alerts"]
        self.assertEqual((json.loads(got["body"]), got["attributes"]["rule"], got["delay"]), (alert(), "Terminal shell in container", 2))
        self.fails(f"sqs_output: {{queue_url: '{url}x', region: {REGION}}}\n", r"\ASQS answered 400 QueueDoesNotExist: The specified")

    def test_events_and_records(self):
        self.succeeds(f"aws: {{region: {REGION}}}\neventbridge_output: {{bus: falco}}\nkinesis_output: {{stream: s, partition_key: '{{{{hostname}}}}'}}\n")
        one, = self.peer.events
        self.assertEqual((one["Detail"], one["EventBusName"], one["Time"]), (alert(), "falco", 1784020893))
        (stream, key, data), = self.peer.records
        self.assertEqual((stream, key, json.loads(data)), ("s", "node-3", alert()))
        self.fails(f"aws: {{region: {REGION}}}\neventbridge_output: {{message: '[1]'}}\n", "MalformedDetail: Detail is malformed")

    def test_object(self):
        self.succeeds(f"s3_output: {{bucket: evidence, region: {REGION}, prefix: falco, key: 'a b+c/{{{{proc.cmdline}}}}=é%'}}\n")
        self.assertEqual(list(self.peer.objects), [("evidence", "falco/a b+c/bash -i=é%")])
        kind, body = self.peer.objects["evidence", "falco/a b+c/bash -i=é%"]
        self.assertEqual((kind, json.loads(body)), ("application/json", alert()))


class Functions(Aws):
    BLOCK = "lambda_output: {{enabled: true, name: {}, minimum_priority: critical, condition: 'rule contains \"exfiltration\"'}}\n"

    def test_the_articles_block(self):
        got = []
        self.peer.functions["isolate-pod"] = lambda event: got.append(event) or {"isolated": True}
        data = line(**EXFILTRATION) + line(**dict(EXFILTRATION, priority="Warning")) + line(priority="Critical")
        one, = self.succeeds(self.BLOCK.format("isolate-pod"), data, AWS_REGION=REGION)
        self.assertEqual(got, [alert(**EXFILTRATION)])

    def test_names(self):
        got = []
        self.peer.functions["f"] = got.append
        for name in ["'f:live'", f"'arn:aws:lambda:{REGION}:{ACCOUNT}:function:f'", f"'arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live'", "f, qualifier: '$LATEST'"]:
            self.succeeds(f"aws: {{region: {REGION}}}\nlambda_output: {{name: {name}}}\n")
        self.assertEqual(got, [alert()] * 4)

    def test_kinds(self):
        done = threading.Event()
        self.peer.functions["f"] = lambda event: done.set()
        self.succeeds(f"aws: {{region: {REGION}}}\nlambda_output: {{name: f, invocation_type: DryRun}}\n")
        self.assertFalse(done.is_set())
        self.succeeds(f"aws: {{region: {REGION}}}\nlambda_output: {{name: f, invocation_type: Event}}\n")
        self.assertTrue(done.wait(10))

    def test_a_function_that_fails(self):
        def isolate(event):
            raise ValueError("no such pod")
        self.peer.functions["f"] = isolate
        self.fails(f"aws: {{region: {REGION}}}\nlambda_output: {{name: f}}\n", r"\ALambda: the function failed \(Unhandled\): ValueError: no such pod\Z")
        self.fails(f"aws: {{region: {REGION}}}\nlambda_output: {{name: g}}\n", r"\ALambda answered 404 ResourceNotFoundException: Function not found: g\Z")


class Credentials(Aws):
    def topic(self):
        return f"sns_output: {{topic_arn: '{self.peer.topic('t')}'}}\n"

    def no_keys(self, **env):
        self.env.update(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", **env)

    def test_wrong_ones(self):
        for env, pattern in [(dict(AWS_SECRET_ACCESS_KEY="wrong"), "SNS answered 403 SignatureDoesNotMatch"),
                             (dict(AWS_ACCESS_KEY_ID="AKIDOTHER"), "SNS answered 403 InvalidClientTokenId: no such key"),
                             (dict(AWS_SESSION_TOKEN="x"), "SNS answered 403 InvalidClientTokenId: the token")]:
            self.fails(self.topic(), pattern, **env)

    def test_instance(self):
        self.no_keys(AWS_EC2_METADATA_SERVICE_ENDPOINT=self.peer.url)
        self.succeeds(self.topic(), b"".join(line({"evt.num": n}) for n in range(5)))
        # Alerts that arrive together may each ask; none asks when there are keys.
        self.assertTrue(all(k.startswith("ASIA") for k in self.peer.signed_by()))
        self.assertEqual(len(self.peer.signed_by()), 5)

    def test_container(self):
        self.peer.container = "Bearer x"
        self.no_keys(AWS_CONTAINER_CREDENTIALS_FULL_URI=self.peer.url + "/container/x",
                     AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=self.file("token", "Bearer x\n"))
        self.succeeds(self.topic())
        self.file("token", "Bearer y")
        self.fails(self.topic(), "AWS: no credentials: the container's credentials endpoint answered 401")

    def test_web_identity_then_a_role(self):
        pod, other = f"arn:aws:iam::{ACCOUNT}:role/pod", f"arn:aws:iam::{ACCOUNT}:role/other"
        self.peer.web_tokens["a.b.c"] = pod
        self.peer.roles[other] = "external id+1"
        self.no_keys(AWS_ROLE_ARN=pod, AWS_WEB_IDENTITY_TOKEN_FILE=self.file("jwt", "a.b.c"))
        self.succeeds(self.topic())
        self.succeeds(f"aws: {{role_arn: '{other}', external_id: 'external id+1'}}\n" + self.topic())
        self.assertEqual(len(set(self.peer.signed_by())), 3)
        self.fails(f"aws: {{role_arn: '{other}', external_id: wrong}}\n" + self.topic(), "the role cannot be assumed: STS answered 403 AccessDenied")
        self.file("jwt", "x.y.z")
        self.peer.failures.clear()
        self.fails(self.topic(), "the role cannot be assumed: STS answered 403 AccessDenied")

    def test_shared_files(self):
        (self.dir / ".aws").mkdir()
        inner, outer = f"arn:aws:iam::{ACCOUNT}:role/inner", f"arn:aws:iam::{ACCOUNT}:role/outer"
        self.peer.roles.update({inner: None, outer: "x"})
        self.file(".aws/credentials", "[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n")
        self.file(".aws/config", f"[default]\nsource_profile = inner\nrole_arn = {outer}\nexternal_id = x\n[profile inner]\nrole_arn = {inner}\nsource_profile = base\n")
        self.no_keys()
        self.succeeds(self.topic())
        self.assertEqual(len(set(self.peer.signed_by())), 3)

    def test_expired(self):
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        self.peer.roles[role] = None
        playbook = f"aws: {{role_arn: '{role}'}}\n" + self.topic()
        seen = []
        real = self.peer.sns

        def sns(rq):
            if not seen:
                seen.append(rq.key)
                raise Refusal("ExpiredToken", "the token is expired")
            return real(rq)
        self.peer.sns = sns
        one, = self.run_it(playbook)
        self.assertEqual((one["status"], one["attempts"]), ("succeeded", 1))
        self.assertEqual([k == "AKIDEXAMPLE" for k in self.peer.signed_by()], [True, False, True, False])

    def test_a_wrong_clock(self):
        self.peer.offset = aws_peer.datetime.timedelta(minutes=20)
        one, = self.run_it(self.topic())
        self.assertEqual((one["status"], one["attempts"], len(self.peer.failures)), ("succeeded", 1, 1))

    def test_secrets_are_never_said(self):
        self.peer.topic("t")
        self.peer.keys["AKIDEXAMPLE"] = ("another", None)
        seen = b""
        for args in [["run"], ["run", "--json"], ["run", "--dry-run"], ["plan"], ["check"]]:
            path = self.file("p.yaml", self.topic())
            _, out, err = self.command(*args, *(["-p", path] if args != ["check"] else [path]), stdin=line(), env={**self.env, "AWS_SESSION_TOKEN": "canary2"})
            seen += out + err
        self.assertNotIn(b"EXAMPLEKEY", seen)
        self.assertNotIn(b"canary2", seen)


class Networks(Aws):
    RULES = [("-1", -1, -1, {"cidrIpv4": "0.0.0.0/0"}, ""), ("tcp", 443, 443, {"cidrIpv6": "::/0"}, "w & x")]

    def rule(self, parameters):
        return (f"aws: {{region: {REGION}}}\n",
                f"- rule: r\n  match_all: true\n  actions: [{{action: a, use: 'aws:security_group', parameters: {{{parameters}}}}}]\n")

    def act(self, parameters, data=None, code=0):
        config, rules = self.rule(parameters)
        args = ["-p", self.file("c.yaml", config), "-p", self.file("r.yaml", rules)]
        out, _ = self.expect("run", "--json", *args, stdin=line() if data is None else data, code=code, env=self.env)
        return json_lines(out)

    def test_egress(self):
        self.peer.group("sg-1", *self.RULES)
        self.peer.group("sg-2", *self.RULES)
        one, = self.act("mode: revoke_egress, group_id: sg-1")
        self.assertEqual((one["status"], self.peer.failures), ("succeeded", []))
        self.assertEqual((self.peer.egress("sg-1"), len(self.peer.egress("sg-2"))), ([], 2))
        one, = self.act("mode: revoke_egress, group_id: sg-1")
        self.assertEqual(one["status"], "succeeded")
        self.assertEqual([r.form()["Action"] for r in self.peer.ledger],
                         ["DescribeSecurityGroupRules", "RevokeSecurityGroupEgress", "DescribeSecurityGroupRules"])

    def test_groups_of_the_alerts_address(self):
        for g in ["sg-a", "sg-b", "sg-q"]:
            self.peer.group(g)
        self.peer.interfaces["eni-1"] = {"groups": ["sg-a", "sg-b"], "addresses": ["10.0.0.7"]}
        self.peer.interfaces["eni-2"] = {"groups": ["sg-a"], "addresses": ["10.0.0.8", "10.0.0.9"]}
        parameters = "mode: replace_groups, private_ip: '{{k8s.pod.ip}}', groups: [sg-q]"
        one, = self.act(parameters, line({"k8s.pod.ip": "10.0.0.7"}))
        self.assertEqual((one["status"], self.peer.failures), ("succeeded", []))
        self.assertEqual(self.peer.interfaces["eni-1"]["groups"], ["sg-q"])
        for address, why in [("10.0.0.8", "others would be cut off too"), ("10.0.0.1", "no interface has this private address")]:
            one, = self.act(parameters, line({"k8s.pod.ip": address}), code=1)
            self.assertEqual(one["status"], "failed")
            self.assertIn(why, one["error"]["message"])
        self.assertEqual(self.peer.interfaces["eni-2"]["groups"], ["sg-a"])


class Scenario(Aws):
    """examples/exfiltration: an alert, a topic, a function that embeds the library, a security group; and back."""

    FOLDER = EXAMPLES / "exfiltration"
    OWN, QUARANTINE, SHARED = "sg-a", "sg-0123456789abcdef0", "sg-0a1b2c3d4e5f67890"

    def function(self, undo_after):
        """The example's function, its playbook with another undo_after; it runs in this process, in its role's environment."""
        text = (self.FOLDER / "respond.yaml").read_text()
        self.assertEqual(text.count("undo_after: 10m"), 2)
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.update(self.env, FALCOIR_LIBRARY=LIBRARY, PLAYBOOK=self.file("respond.yaml", text.replace("10m", undo_after)))
        sys.path.insert(0, str(ROOT / "bindings/python"))
        self.addCleanup(sys.path.remove, str(ROOT / "bindings/python"))
        spec = importlib.util.spec_from_file_location("function", self.FOLDER / "function.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.addCleanup(module.engine.close)
        return module

    def state(self):
        with self.peer.lock:
            return self.peer.egress(self.SHARED), {k: v["groups"] for k, v in self.peer.interfaces.items()}

    def await_state(self, wanted, seconds=20):
        end = time.monotonic() + seconds
        while self.state() != wanted and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(self.state(), wanted)
        return time.monotonic()

    def forward(self, *alerts):
        data = b"".join(json.dumps(a).encode() + b"\n" for a in alerts)
        return self.expect("run", "-p", self.FOLDER / "forward.yaml", stdin=data, env=self.env)[0]

    def test_exfiltration(self):
        function, responses = self.function("2s"), []
        with mock.patch("builtins.print"):
            self.peer.functions["isolate"] = lambda event: responses.append(function.handler(event, None))
            self.peer.subscribe("falco-alerts", function="isolate")
            for group in self.OWN, self.QUARANTINE:
                self.peer.group(group)
            self.peer.group(self.SHARED, *Networks.RULES)
            self.peer.interfaces["eni-1"] = {"groups": [self.OWN, self.SHARED], "addresses": ["10.0.0.7"]}
            self.peer.interfaces["eni-2"] = {"groups": [self.OWN], "addresses": ["10.0.0.8"]}
            before = self.state()
            self.assertEqual(len(before[0]), 2)
            now = {"time": time.strftime("%Y-%m-%dT%H:%M:%S.000000001Z", time.gmtime())}  # the function goes by the clock
            wanted = alert({"k8s.pod.ip": "10.0.0.7"}, **EXFILTRATION, **now)
            out = self.forward(wanted, alert({"k8s.pod.ip": "10.0.0.8"}, priority="Critical", **now),
                               alert({"k8s.pod.ip": "10.0.0.8"}, **dict(EXFILTRATION, priority="Warning"), **now))
            self.assertEqual(out, b"succeeded  output:sns  sns  aws:sns\n")
            closed = self.await_state(([], {"eni-1": [self.QUARANTINE], "eni-2": [self.OWN]}))
            opened = self.await_state(before)
            self.assertGreater(opened - closed, 1)
            self.peer.finish()
        self.assertEqual(self.peer.failures, [])
        self.assertEqual(responses, [{"outcomes": [["quarantine", "succeeded"], ["close_egress", "succeeded"], ["quarantine", "undone"], ["close_egress", "undone"]]}])
        done = [r.form()["Action"] for r in self.peer.ledger if r.service == "ec2"]
        self.assertEqual(done[:4], ["DescribeNetworkInterfaces", "ModifyNetworkInterfaceAttribute", "DescribeSecurityGroupRules", "RevokeSecurityGroupEgress"])
        undone = done[4:]  # both are due at once: each looks before it acts, whoever is first
        self.assertEqual([a for a in undone if "Interface" in a], ["DescribeNetworkInterfaces", "ModifyNetworkInterfaceAttribute"])
        self.assertEqual([a for a in undone if "Interface" not in a], ["DescribeSecurityGroupRules", "AuthorizeSecurityGroupEgress"])

    def test_what_somebody_changed_meanwhile_is_left_alone(self):
        function, errors = self.function("1s"), []

        def handle(event):
            try:
                function.handler(event, None)
            except RuntimeError as e:
                errors.append(str(e))
        with mock.patch("builtins.print"):
            self.peer.functions["isolate"] = handle
            self.peer.subscribe("falco-alerts", function="isolate")
            for group in self.OWN, self.QUARANTINE, "sg-person":
                self.peer.group(group)
            self.peer.group(self.SHARED, *Networks.RULES)
            self.peer.interfaces["eni-1"] = {"groups": [self.OWN], "addresses": ["10.0.0.7"]}
            now = {"time": time.strftime("%Y-%m-%dT%H:%M:%S.000000001Z", time.gmtime())}
            before = self.state()[0]
            self.forward(alert({"k8s.pod.ip": "10.0.0.7"}, **EXFILTRATION, **now))
            self.await_state(([], {"eni-1": [self.QUARANTINE]}))
            with self.peer.lock:
                self.peer.interfaces["eni-1"]["groups"] = ["sg-person"]
            self.await_state((before, {"eni-1": ["sg-person"]}))
            self.peer.finish()
        self.assertEqual(len(errors), 1)
        self.assertRegex(errors[0], r"\Aquarantine: undo_conflict: ")


try:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    from moto.server import ThreadedMotoServer
except ImportError:
    ThreadedMotoServer = None


@unittest.skipUnless(ThreadedMotoServer, "moto is not here")
class Moto(Case):
    """EC2 as other people understand it."""

    def setUp(self):
        super().setUp()
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.addCleanup(self.server.stop)
        self.url = "http://%s:%s" % self.server.get_host_and_port()
        import boto3
        self.ec2 = boto3.client("ec2", endpoint_url=self.url, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
        self.env = {**NO_AWS, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.url, "HOME": str(self.dir)}

    def act(self, parameters, data=None):
        rules = self.file("r.yaml", f"- rule: r\n  match_all: true\n  actions: [{{action: a, use: 'aws:security_group', parameters: {{{parameters}}}}}]\n")
        self.expect("run", "-p", rules, stdin=line() if data is None else data, out="succeeded  r  a  aws:security_group\n", env=self.env)

    def group(self, name, vpc):
        return self.ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"]

    def test_networks(self):
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        one, quarantine = self.group("one", vpc), self.group("quarantine", vpc)
        interface = self.ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.0.0.7", Groups=[one])["NetworkInterface"]["NetworkInterfaceId"]
        self.act(f"mode: replace_groups, private_ip: '{{{{k8s.pod.ip}}}}', vpc_id: {vpc}, groups: [{quarantine}]", line({"k8s.pod.ip": "10.0.0.7"}))
        found = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
        self.assertEqual([g["GroupId"] for g in found["Groups"]], [quarantine])
        self.assertEqual(len(self.ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"][0]["IpPermissionsEgress"]), 1)
        self.act(f"mode: revoke_egress, group_id: {one}")
        self.assertEqual(self.ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"][0]["IpPermissionsEgress"], [])


if __name__ == "__main__":
    main()

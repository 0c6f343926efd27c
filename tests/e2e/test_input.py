#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every form in which alerts come, and what is done about lines that are none."""
import base64
import gzip
import json
import subprocess
import zlib

from harness import EXAMPLES, FALCOIR, Case, alert, line, main

ONE, TWO, THREE = alert({"n": 1}), alert({"n": 2}), alert({"n": 3})
NUMBERS = b"1\n2\n3\n"


def text(a):
    return json.dumps(a)


class Forms(Case):
    def reads(self, data, out=NUMBERS, err=b"", code=0):
        self.expect("render", "{{n}}", stdin=data if isinstance(data, bytes) else data.encode(), out=out, err=err, code=code)

    def test_json(self):
        all_three = [ONE, TWO, THREE]
        self.reads("".join(text(a) + "\n" for a in all_three))
        self.reads("\n".join(map(text, all_three)))
        self.reads("".join(text(a) + "\r\n" for a in all_three))
        self.reads("".join(map(text, all_three)))
        self.reads(" \n\t".join(map(text, all_three)))
        self.reads(json.dumps(all_three))
        self.reads(json.dumps(all_three, indent=2))
        self.reads("\n".join(json.dumps(a, indent=4) for a in all_three))
        self.reads("\n".join(json.dumps(a, indent=4) for a in all_three).replace("\n", "\r\n"))
        self.reads("\ufeff" + "\n".join(map(text, all_three)))
        self.reads("\n\n\n" + "\n\n".join(map(text, all_three)) + "\n\n")
        self.reads("", out=b"")
        self.reads("\n \n", out=b"")
        self.reads("[]", out=b"")

    def test_envelopes(self):
        def b64(a):
            return base64.b64encode(text(a).encode()).decode()
        for envelope in [
            {"event": ONE},
            {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:1:x", "Message": text(ONE)},
            {"Records": [{"messageId": "1", "body": text(ONE), "eventSource": "aws:sqs"}]},
            {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text(ONE)}}]},
            {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": b64(ONE)}}]},
            {"message": {"data": b64(ONE), "messageId": "1"}, "subscription": "s"},
            {"specversion": "1.0", "type": "falco", "source": "s", "id": "1", "data": ONE},
            {"specversion": "1.0", "type": "falco", "source": "s", "id": "1", "data_base64": b64(ONE)},
            {"version": "0", "id": "1", "detail-type": "falco", "source": "s", "detail": ONE},
        ]:
            self.reads(json.dumps(envelope), out=b"1\n")
            self.reads(json.dumps(envelope, indent=2) + "\n" + text(TWO), out=b"1\n2\n")
        self.reads(json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text(a)}} for a in [ONE, TWO, THREE]]}))

    def test_plain_text(self):
        out, _ = self.expect("render", "{{priority}} {{output}}", EXAMPLES / "alerts/plain.txt", err="")
        lines = (EXAMPLES / "alerts/plain.txt").read_bytes().splitlines()
        self.assertEqual(len(out.splitlines()), len(lines))
        for given, got in zip(lines, out.splitlines()):
            self.assertEqual(got.split(b" ")[0], given.split(b": ", 1)[1].split(b" ")[0])
        self.expect("filter", "priority exists", EXAMPLES / "alerts/plain.txt", out=b"".join(l + b"\n" for l in lines))

    def test_files_of_the_examples(self):
        for name in ["falco.ndjson", "hostile.ndjson", "shell.json", "plain.txt"]:
            _, err = self.expect("filter", "--count", "priority exists", EXAMPLES / "alerts" / name)
            self.assertEqual(err, b"", name)


class Gzip(Case):
    data = line({"n": 1}) + line({"n": 2}) + line({"n": 3})

    def test_members(self):
        whole = gzip.compress(self.data)
        self.expect("render", "{{n}}", stdin=whole, out=NUMBERS, err="")
        self.expect("render", "{{n}}", self.file("a.gz", whole), out=NUMBERS, err="")
        for size in [1, 7, 100, 700]:
            pieces = [self.data[i:i + size] for i in range(0, len(self.data), size)]
            self.expect("render", "{{n}}", stdin=b"".join(map(gzip.compress, pieces)), out=NUMBERS, err="")
        self.expect("render", "{{n}}", stdin=gzip.compress(b""), out="", err="")

    def test_byte_by_byte(self):
        child = subprocess.Popen([FALCOIR, "render", "{{n}}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        for byte in gzip.compress(self.data):
            child.stdin.write(bytes([byte]))
        child.stdin.close()
        self.assertEqual(child.stdout.read(), NUMBERS)
        self.assertEqual(child.wait(timeout=30), 0)
        child.stdout.close()

    def test_truncated(self):
        whole = gzip.compress(self.data)
        for end in [2, 3, 9, 10, 11, len(whole) // 2, len(whole) - 8, len(whole) - 1]:
            out, err = self.expect("render", "{{n}}", stdin=whole[:end], code=3)
            self.assertEqual(err, b"falcoir render: stdin: ends inside its gzip data\n", end)
            self.assertTrue(NUMBERS.startswith(out), (end, out))
        twice = whole + whole[:-1]
        self.expect("render", "{{n}}", stdin=twice, out=NUMBERS + NUMBERS, code=3)

    def test_damaged(self):
        whole = bytearray(gzip.compress(self.data))
        whole[-5] ^= 1  # the checksum
        out, err = self.expect("render", "{{n}}", stdin=bytes(whole), code=3)
        self.assertEqual((out, err), (NUMBERS, b"falcoir render: stdin: is damaged: gzip says it does not unpack\n"))
        self.expect("render", "{{n}}", stdin=b"\x1f\x8b" + b"x" * 100, code=3, out="")

    def test_bomb(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(300)) + packer.flush()
        deep = zlib.compressobj(9, zlib.DEFLATED, 31)
        string = deep.compress(b'{"rule":"') + b"".join(deep.compress(b"x" * (1 << 20)) for _ in range(100)) + deep.flush()
        for data in [bomb, string]:
            code, out, err, _, peak = self.measure(["render", "x", "-"], data)
            self.assertEqual((code, out), (0, b""), err)
            self.assertLess(peak - self.measure(["--help"], b"")[4], 8 * 1024)


class Bad(Case):
    def test_named_counted_and_passed_over(self):
        data = line({"n": 1}) + b"{\n" + line({"n": 2}) + b'{"records":1}\n' + b"nonsense\n" + b"[1]\n" + line({"n": 3}) + b"{"
        out, err = self.expect("render", "{{n}}", stdin=data, out=NUMBERS)
        lines = err.decode().splitlines()
        self.assertEqual([l.split(":")[2] for l in lines[:-1]], ["2", "4", "5", "6", "8"], err)
        for one in lines[:-1]:
            self.assertRegex(one, r"\Afalcoir render: stdin:\d+: \S.*\Z")
        self.assertEqual(lines[-1], "falcoir render: stdin: 5 could not be read as alerts")
        path = self.file("bad", b"{}\n")
        _, err = self.expect("filter", "rule exists", path, code=1, out="")
        self.assertTrue(err.startswith(f"falcoir filter: {path}:1: ".encode()), err)
        self.assertTrue(err.endswith(f"falcoir filter: {path}: 1 could not be read as an alert\n".encode()), err)

    def test_a_broken_one_costs_itself(self):
        for broken in [b'{"rule":"a"', b'{"rule":"a",}', b'{"rule":"\xff', b'{"rule":', b'["', b'{"rule":"a","rule":"b"}',
                       b'{"rule":"\\ud800"', b"\x00\x00", b"]", b"}", b'"', b"nul", b"{" * 100]:
            out, err = self.expect("render", "{{n}}", stdin=line({"n": 1}) + broken + b"\n" + line({"n": 2}) + line({"n": 3}))
            self.assertEqual(out, NUMBERS, broken)
            self.assertIn(b"falcoir render: stdin:2: ", err)

    def test_too_long(self):
        data = line({"n": 1}) + line({"x": "y" * (2 << 20)}) + line({"n": 2}) + line({"n": 3})
        _, err = self.expect("render", "{{n}}", stdin=data, out=NUMBERS)
        self.assertIn(b"falcoir render: stdin:2: ", err)


if __name__ == "__main__":
    main()

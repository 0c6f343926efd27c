# SPDX-License-Identifier: Apache-2.0
"""The plans of C, byte for byte. FALCOIR_PLANS: the folder that tests/bindings/plans.py filled."""
import os
import pathlib
import unittest

import falcoir
from support import main

FOLDER = pathlib.Path(os.environ["FALCOIR_PLANS"])


class Plans(unittest.TestCase):
    def test_the_same_bytes(self):
        alerts = (FOLDER / "alerts.ndjson").read_bytes()
        lines = alerts.splitlines()
        total = 0
        for path in sorted(FOLDER.glob("*.plans")):
            with self.subTest(playbook=path.stem):
                files = sorted(FOLDER.glob(f"{path.stem}.[0-9].yaml"))
                playbook = falcoir.Playbook.load(*files)
                batch = playbook.plan_json(alerts)
                plans = playbook.plan(alerts, refused=lambda _: None)
                printed = b"".join(line for line in batch.splitlines(keepends=True) if not line.startswith(b'{"error":'))
                self.assertEqual(printed, path.read_bytes())
                self.assertEqual(b"".join(b'{"line":%d,%s\n' % (p.line, p.json[1:]) for p in plans), printed)
                for plan in plans[:20]:
                    if plan.line <= len(lines) and lines[plan.line - 1].startswith(b'{"'):
                        self.assertEqual(playbook.plan_event(lines[plan.line - 1]), plan)
                total += len(plans)
        self.assertGreater(total, 100)


if __name__ == "__main__":
    main()

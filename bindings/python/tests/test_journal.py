# SPDX-License-Identifier: Apache-2.0
"""The journal of an engine, read: what it wrote, that nobody changed it, and commands to its owner."""
import json
import pathlib
import sqlite3
import tempfile
import threading
import unittest

import falcoir
from support import ONCE, alert, finished, main, ticket, tickets

APPROVED = ONCE.replace("  actions:", "  require_approval: {approvers: [ann]}\n  actions:")


def open_ticket(call):
    if call.event["priority"] == "Critical":
        raise ValueError("the desk is closed")
    return "T-1"


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "state")
        self.kind = ticket(open_ticket)

    def engine(self, text=ONCE):
        engine = falcoir.Engine(tickets(self.kind, text), actions=[self.kind], data_dir=self.folder)
        self.addCleanup(engine.close)
        return engine


class Journals(Case):
    def filled(self):
        """The journal of two alerts: one's action succeeds, the other's fails."""
        alerts = [falcoir.Event(a).to_json() for a in (alert(1), alert(2, priority="Critical"))]
        with self.engine() as engine:
            engine.submit(b"\n".join(alerts))
            outcomes = finished(engine)
        self.assertEqual([o.status for o in outcomes], ["succeeded", "failed"])
        journal = falcoir.Journal(self.folder)
        self.addCleanup(journal.close)
        return journal, alerts, outcomes

    def test_records_are_what_was_done(self):
        journal, alerts, outcomes = self.filled()
        records = list(journal)
        self.assertEqual([r.seq for r in records], list(range(1, len(records) + 1)))
        self.assertEqual([r.alert for r in records if r.kind == "alert"], alerts)
        self.assertEqual([r.event_id for r in records if r.kind == "alert"], [o.event.id for o in outcomes])
        ended = [r for r in records if r.kind == "outcome"]
        self.assertEqual([(r.action_id, r.data["status"], r.data["rule"]) for r in ended],
                         [(o.action_id, o.status, "Tickets") for o in outcomes])
        self.assertEqual(ended[1].data["error"]["message"], "ValueError: the desk is closed")
        for r in ended:
            begun = [i for i in records if i.kind == "intent" and i.action_id == r.action_id]
            self.assertEqual(len(begun), 1)
            self.assertLess(begun[0].seq, r.seq)
            self.assertLessEqual(begun[0].wall_ns, r.wall_ns)
        self.assertEqual(list(journal.records(after=records[2].seq)), records[3:])
        self.assertEqual(list(journal.records(after=records[-1].seq)), [])

    def test_export_has_them_all(self):
        journal, alerts, _ = self.filled()
        records = list(journal)
        lines = [json.loads(line) for chunk in journal.export() for line in chunk.splitlines()]
        self.assertEqual([(one["entry"]["seq"], one["entry"]["kind"], one["hash"]) for one in lines], [(r.seq, r.kind, r.hash) for r in records])
        self.assertEqual([one["alert"].encode() for one in lines if "alert" in one], alerts)
        self.assertEqual(b"".join(journal.export(after=records[-1].seq)), b"")

    def test_verify(self):
        journal, _, _ = self.filled()
        records = list(journal)
        found = journal.verify()
        self.assertEqual(found, falcoir.Verdict(len(records), 1, records[-1].seq, 0, records[-1].hash, ""))
        self.assertEqual(journal.verify(records[0].hash), found)  # of an earlier one: it is still the same chain
        self.assertRaises(falcoir.NotFoundError, journal.verify, "01" * 32)
        self.assertRaises(falcoir.UsageError, journal.verify, "no hash")

    def test_a_change_is_found(self):
        journal, _, _ = self.filled()
        before = journal.verify()
        journal.close()
        db = sqlite3.connect(self.folder / "journal.db")
        (text,) = db.execute("SELECT json FROM records WHERE seq = 2").fetchone()
        db.execute("UPDATE records SET json = ? WHERE seq = 2", (text.replace("Tickets", "Tockets"),))
        db.commit()
        db.close()
        with falcoir.Journal(self.folder) as again:
            found = again.verify()
        self.assertEqual((found.broken, found.records, found.last), (2, 1, 1))
        self.assertNotEqual(found.head, before.head)
        self.assertEqual(found.why, "it is not what was written there")

    def test_beside_its_writer(self):
        with self.engine() as engine:
            engine.submit(alert(1))
            finished(engine)
            with falcoir.Journal(self.folder) as journal:
                n = journal.verify().records
                engine.submit(alert(2))
                finished(engine)
                self.assertGreater(journal.verify().records, n)

    def test_a_closed_one_says_so(self):
        journal, _, _ = self.filled()
        journal.close()
        journal.close()
        self.assertRaises(falcoir.StateError, journal.verify)
        self.assertRaises(falcoir.StateError, list, journal)

    def test_a_directory_without_one(self):
        self.folder.mkdir()
        self.assertRaises(falcoir.Error, falcoir.Journal, self.folder)
        self.assertRaises(falcoir.NotFoundError, falcoir.Journal, self.folder / "none")


class Commands(Case):
    def test_an_approval_by_command(self):
        with self.engine(APPROVED) as engine:
            engine.submit(alert(1))
            (asked,) = finished(engine)
            self.assertEqual(asked.status, "needs_approval")
            engine.start()
            self.assertRaises(falcoir.DeniedError, falcoir.command, self.folder, "approve", asked.approval, who="bob", wait=20)
            self.assertRaises(falcoir.NotFoundError, falcoir.command, self.folder, "approve", "nonsense", who="ann", wait=20)
            falcoir.command(self.folder, "approve", asked.approval, who="ann", wait=20)
            engine.stop(grace=20)
            self.assertEqual([o.status for o in engine.outcomes()], ["succeeded"])
        with falcoir.Journal(self.folder) as journal:
            said = [r.data for r in journal if r.kind == "decision"]
        self.assertEqual([d["who"] for d in said], ["ann"])

    def test_nobody_takes_it_up(self):
        self.engine().close()
        self.assertRaises(falcoir.AgainError, falcoir.command, self.folder, "pause", who="ann", why="a fire", wait=0)
        with self.engine() as engine:  # who comes next finds it
            engine.poll()
            self.assertEqual(engine.pending()["paused"]["who"], "ann")

    def test_an_unknown_one(self):
        self.engine().close()
        self.assertRaises(falcoir.UsageError, falcoir.command, self.folder, "nonsense", who="me")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""The engine, and actions in Python: what they return, what they raise, what they may not do."""
import http.server
import os
import pathlib
import signal
import tempfile
import threading
import time
import unittest

import falcoir
from support import ONCE, TICKETS, alert, finished, main, ticket, tickets

TWO_STEPS = """\
- rule: Tickets
  condition: priority >= Warning
  actions:
    - {action: ticket, use: 'ticket:open', parameters: {queue: soc}}
    - {action: note, use: 'local:file', parameters: {path: PATH, line: '{{steps.ticket.output}}'}}
"""


class Desk(Exception):
    pass


class Actions(unittest.TestCase):
    def run_one(self, function, text=ONCE, **how):
        kind = ticket(function)
        with falcoir.Engine(tickets(kind, text), actions=[kind], **how) as engine:
            self.assertEqual([r.status for r in engine.submit(alert())], ["accepted"])
            (outcome,) = finished(engine)
        return outcome

    def test_a_call_tells_what_to_do(self):
        seen = []

        def open_ticket(call):
            seen.append((call["queue"], call.get("nothing"), call.attempt, call.event["rule"], len(call.action_id)))

        outcome = self.run_one(open_ticket)
        self.assertEqual(seen, [("soc", None, 1, "Terminal shell in container", 64)])
        self.assertEqual((outcome.status, outcome.use, outcome.rule, outcome.attempts), ("succeeded", "ticket:open", "Tickets", 1))
        self.assertEqual(outcome.event.rule, "Terminal shell in container")
        self.assertIsNone(outcome.exception)

    def test_an_exception_is_a_failed_outcome_and_comes_back(self):
        error, heard = Desk("the desk is closed"), []

        def open_ticket(call):
            raise error

        outcome = self.run_one(open_ticket, on_error=lambda call, e: heard.append((call.action_id, e)))
        self.assertEqual(outcome.status, "failed")
        self.assertEqual(outcome.error, {"code": "FIR_ECALLBACK", "message": "Desk: the desk is closed"})
        self.assertIs(outcome.exception, error)
        self.assertEqual(heard, [(outcome.action_id, error)])
        self.assertIsNotNone(error.__traceback__)

    def test_no_exception_of_any_kind_is_a_success(self):
        def raising(error):
            def open_ticket(call):
                raise error
            return open_ticket

        def recursing(call):
            return recursing(call)

        for error in (SystemExit(0), KeyboardInterrupt(), GeneratorExit(), MemoryError(), StopIteration(), UnicodeError("\ud800"), BaseException()):
            with self.subTest(error=error):
                outcome = self.run_one(raising(error))
                self.assertEqual(outcome.status, "failed")
                self.assertIs(outcome.exception, error)
                self.assertTrue(outcome.error["message"].startswith(type(error).__name__))
        self.assertIsInstance(self.run_one(recursing).exception, RecursionError)
        self.assertIsInstance(self.run_one(lambda call: object()).exception, TypeError)  # no output can be made of it
        self.assertIsInstance(self.run_one(lambda call, more: None).exception, TypeError)

    def test_a_hook_that_raises_changes_nothing(self):
        def hook(call, error):
            raise ValueError

        def open_ticket(call):
            raise Desk("closed")

        self.assertIsInstance(self.run_one(open_ticket, on_error=hook).exception, Desk)

    def test_it_is_tried_again_unless_final(self):
        attempts = []

        def second_time(call):
            attempts.append(call.attempt)
            if call.attempt == 1:
                raise Desk("closed")

        def final(call):
            raise falcoir.ActionError("no such queue", final=True)

        outcome = self.run_one(second_time, TICKETS)
        self.assertEqual((outcome.status, outcome.attempts, attempts), ("succeeded", 2, [1, 2]))
        self.assertIsNone(outcome.exception)
        outcome = self.run_one(final, TICKETS)
        self.assertEqual((outcome.status, outcome.attempts), ("failed", 1))
        self.assertEqual(outcome.error, {"code": "FIR_EACTION", "message": "no such queue"})

    def test_a_call_ends_with_its_function(self):
        kept = []
        self.run_one(kept.append)
        self.assertRaises(falcoir.StateError, kept[0].output, "too late")
        self.assertEqual(kept[0]["queue"], "soc")

    def test_an_action_may_not_call_the_engine(self):
        errors = []

        def open_ticket(call):
            for function in (lambda: engines[0].submit(alert(1)), lambda: engines[0]._poll(0)):
                try:
                    function()
                except falcoir.StateError as e:
                    errors.append(e.name)

        kind = ticket(open_ticket)
        engines = [falcoir.Engine(tickets(kind), actions=[kind])]
        with engines[0] as engine:
            engine.submit(alert())
            self.assertEqual([o.status for o in finished(engine)], ["succeeded"])
        self.assertEqual(len(errors), 2)

    def test_output_goes_to_later_steps(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "notes")
            kind = ticket(lambda call: {"number": 7})
            with falcoir.Engine(tickets(kind, TWO_STEPS.replace("PATH", str(path))), actions=[kind]) as engine:
                engine.submit(alert())
                self.assertEqual([o.status for o in finished(engine)], ["succeeded", "succeeded"])
            self.assertEqual(path.read_text(), '{"number": 7}\n')

    def test_prepare_comes_first(self):
        order = []
        kind = ticket(lambda call: order.append("act"))
        kind.prepare(lambda call: order.append("prepare"))
        with falcoir.Engine(tickets(kind), actions=[kind]) as engine:
            engine.submit(alert())
            finished(engine)
        self.assertEqual(order, ["prepare", "act"])

    def test_a_type_without_a_function_or_not_in_the_playbook(self):
        bare = falcoir.ActionType("ticket:open", effect="keyed", parameters={"queue": str})
        self.assertRaises(falcoir.UsageError, falcoir.Engine, tickets(bare), actions=[bare])
        kind = ticket(lambda call: None)
        with self.assertRaises(falcoir.NotFoundError):
            falcoir.Engine(falcoir.Playbook.from_string(""), actions=[kind])


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("X-Kind", "ticket")
        self.end_headers()
        self.wfile.write(b'{"you":' + body + b"}")

    def log_message(self, *_):
        pass


class Requests(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def run_one(self, function):
        kind = ticket(function)
        with falcoir.Engine(tickets(kind, ONCE), actions=[kind]) as engine:
            engine.submit(alert())
            (outcome,) = finished(engine)
        return outcome

    def test_a_generator_gets_its_answers(self):
        got = []

        def open_ticket(call):
            for n in (1, 2):
                answer = yield falcoir.Request("POST", self.url, {"Content-Type": "application/json"}, b"%d" % n)
                got.append((answer.status, answer.json(), dict(answer.headers)["X-Kind"], call["queue"]))
            return "T-1"

        self.assertEqual(self.run_one(open_ticket).status, "succeeded")
        self.assertEqual(got, [(201, {"you": 1}, "ticket", "soc"), (201, {"you": 2}, "ticket", "soc")])

    def test_it_may_raise_after_an_answer(self):
        def open_ticket(call):
            yield falcoir.Request("POST", self.url, body=b"1")
            raise Desk("after the answer")

        self.assertIsInstance(self.run_one(open_ticket).exception, Desk)

    def test_what_is_no_request(self):
        def nonsense(call):
            yield 5

        def denied(call):
            yield falcoir.Request("GET", "http://192.0.2.1/")

        self.assertIsInstance(self.run_one(nonsense).exception, TypeError)
        outcome = self.run_one(denied)
        self.assertEqual((outcome.status, outcome.error["code"]), ("failed", "FIR_EDENIED"))

    def test_many_wait_together(self):
        def open_ticket(call):
            yield falcoir.Request("POST", self.url, body=b"1")

        kind = ticket(open_ticket)
        with falcoir.Engine(tickets(kind, ONCE), actions=[kind]) as engine:
            engine.submit(b"".join(alert(n) for n in range(100)))
            self.assertEqual([o.status for o in finished(engine)], ["succeeded"] * 100)
            self.assertEqual(engine._host._open, {})


class Engines(unittest.TestCase):
    def test_receipts(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind]) as engine:
            receipts = engine.submit(alert() + b'{"broken\n' + alert(priority="Debug"))
            self.assertEqual([(r.line, r.status) for r in receipts], [(1, "accepted"), (2, "refused"), (3, "no_match")])
            self.assertEqual(receipts[1].error["code"], "FIR_EPARSE")

    def test_outcomes_have_a_cursor(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind], max_outcomes=100) as engine:
            engine.submit(b"".join(alert(n) for n in range(3)))
            self.assertEqual([o.seq for o in finished(engine)], [1, 2, 3])
            self.assertEqual(engine.outcomes(), [])
            self.assertEqual([o.seq for o in engine.outcomes(after=1)], [2, 3])
            self.assertEqual([o.seq for o in engine.outcomes(after=0)], [1, 2, 3])

    def test_start_and_stop(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind]) as engine:
            engine.start()
            self.assertTrue(engine.started)
            self.assertRaises(falcoir.StateError, engine.start)
            engine.submit(alert())
            self.assertEqual([o.status for o in engine.outcomes(wait=10)], ["succeeded"])
            engine.stop()
            engine.stop()
            self.assertFalse(engine.started)
            engine.submit(alert(1))
            self.assertEqual(engine.outcomes(), [])
            engine.start()
            engine.stop(grace=10)
            self.assertEqual([o.seq for o in engine.outcomes()], [2])

    def test_an_engine_that_nobody_has_ends(self):
        kind = ticket(lambda call: None)
        before = threading.active_count()
        for _ in range(5):
            engine = falcoir.Engine(tickets(kind), actions=[kind])
            engine.start()
            engine.submit(alert())
            del engine
        deadline = time.monotonic() + 10
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(threading.active_count(), before)

    def test_dry_run_dispatch_and_another_playbook(self):
        kind = ticket(lambda call: None)
        playbook = tickets(kind)
        with falcoir.Engine(playbook, actions=[kind], dry_run=True) as engine:
            self.assertTrue(engine.dispatch(playbook, alert()))
            self.assertFalse(engine.dispatch(playbook, alert(priority="Debug")))
            self.assertEqual([o.status for o in finished(engine)], ["would_run"])
            engine.set_playbook(falcoir.Playbook.from_string(""))
            self.assertEqual([r.status for r in engine.submit(alert())], ["no_match"])

    def test_a_full_queue_says_not_now(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind], max_queued=2) as engine:
            self.assertRaises(falcoir.AgainError, engine.submit, b"".join(alert(n) for n in range(3)))
            engine.submit(alert(1) + alert(2))
            finished(engine)
            engine.submit(alert(3))

    def test_log_and_a_hook_that_raises(self):
        logged = []

        def log(level, line):
            logged.append((level, line))
            raise ValueError

        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind], log=log) as engine:
            engine.submit(b'{"broken\n')
        self.assertEqual([line["message"] for level, line in logged if level == 2], [logged[-1][1]["message"]])
        self.assertIn("refused", logged[-1][1]["message"])

    def test_a_closed_engine_says_so(self):
        kind = ticket(lambda call: None)
        engine = falcoir.Engine(tickets(kind), actions=[kind])
        engine.close()
        engine.close()
        for use in (engine.poll, engine.outcomes, lambda: engine.submit(alert())):
            self.assertRaises(falcoir.StateError, use)
        self.assertRaises(falcoir.UsageError, falcoir.Engine(tickets(kind), actions=[kind]).poll, -1)

    def test_ctrl_c_ends_a_wait_and_makes_no_success(self):
        kind = ticket(lambda call: time.sleep(0.3))
        with falcoir.Engine(tickets(kind, ONCE), actions=[kind]) as engine:
            engine.submit(alert())
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            start = time.monotonic()
            self.assertRaises(KeyboardInterrupt, engine.poll, 30)
            self.assertLess(time.monotonic() - start, 5)
            self.assertEqual([o.status for o in finished(engine)], ["succeeded"])  # the action itself was not disturbed

    def test_waiting_lets_other_threads_run(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind]) as engine:
            engine.start()
            counted, done = [0], threading.Event()

            def count():
                while not done.is_set():
                    counted[0] += 1

            threading.Thread(target=count).start()
            self.assertEqual(engine._fetch(0, 500_000_000), [])  # half a second inside of C
            done.set()
        self.assertGreater(counted[0], 10000)


APPROVED = ONCE.replace("  actions:", "  require_approval: {approvers: [ann], reason_required: true}\n  actions:")


class People(unittest.TestCase):
    def engine(self, function=lambda call: None, text=ONCE, **how):
        kind = ticket(function, **how)
        engine = falcoir.Engine(tickets(kind, text), actions=[kind])
        self.addCleanup(engine.close)
        engine.kind = kind
        return engine

    def test_an_approval(self):
        engine = self.engine(text=APPROVED)
        engine.submit(alert(1) + alert(2))
        asked = finished(engine)
        self.assertEqual([(o.status, o.step, o.action_id) for o in asked], [("needs_approval", "", "")] * 2)
        self.assertEqual({a["approval"] for a in engine.pending()["approvals"]}, {o.approval for o in asked})
        self.assertRaises(falcoir.DeniedError, engine.decide, asked[0].approval, True, who="bob", why="a drill")
        self.assertRaises(falcoir.UsageError, engine.decide, asked[0].approval, True, who="ann")
        self.assertRaises(falcoir.NotFoundError, engine.decide, "nonsense", True, who="ann", why="a drill")
        self.assertRaises(falcoir.UsageError, engine.decide, "a\0b", True, who="ann", why="a drill")
        engine.decide(asked[0].approval, True, who="ann", why="a drill")
        engine.decide(asked[1].approval, False, who="ann", why="no drill")
        self.assertEqual(sorted(o.status for o in finished(engine)), ["rejected", "succeeded"])
        self.assertRaises(falcoir.Error, engine.decide, asked[0].approval, True, who="ann", why="again")

    def test_the_kill_switch(self):
        engine = self.engine()
        engine.pause(who="ann", why="a fire")
        self.assertEqual(engine.pending()["paused"]["who"], "ann")
        engine.submit(alert(1))
        self.assertEqual([o.status for o in finished(engine)], ["paused"])
        engine.resume(who="ann")
        engine.submit(alert(2))
        self.assertEqual([o.status for o in finished(engine)], ["succeeded"])

    def test_a_dead_letter(self):
        works = []

        def open_ticket(call):
            if not works:
                raise Desk("closed")

        engine = self.engine(open_ticket)
        engine.submit(alert(1) + alert(2))
        failed = finished(engine)
        self.assertEqual([o.status for o in failed], ["failed", "failed"])
        self.assertEqual(len(engine.pending()["dead"]), 2)
        works.append(True)
        engine.replay(failed[0].action_id, who="ann")
        engine.discard(failed[1].action_id, who="ann", why="nobody wants it")
        self.assertEqual([(o.status, o.action_id, o.exception) for o in finished(engine)], [("succeeded", failed[0].action_id, None)])
        self.assertEqual(engine.pending().get("dead", []), [])

    def test_undo(self):
        done = []

        def open_ticket(call):
            done.append(("act", call.recorded))

        kind = ticket(open_ticket, undo="closes it")
        kind.prepare(lambda call: call.record({"was": "closed"}))
        kind.undo(lambda call: done.append(("undo", call.recorded)))
        with falcoir.Engine(tickets(kind, ONCE), actions=[kind]) as engine:
            engine.submit(alert(1))
            (outcome,) = finished(engine)
            engine.undo(outcome.action_id, who="ann", why="a mistake")
            self.assertEqual([o.status for o in finished(engine)], ["undone"])
            self.assertRaises(falcoir.NotFoundError, engine.undo, "nonsense", who="ann")
        self.assertEqual(done, [("act", {"was": "closed"}), ("undo", {"was": "closed"})])

    def test_feedback_metrics_and_others(self):
        engine = self.engine()
        event = falcoir.Event(alert(1))
        engine.submit_event(event)
        self.assertEqual([r.status for r in engine.submit(event.to_json())], ["duplicate"])
        (outcome,) = [o for o in finished(engine) if o.action_id]
        engine.feedback(outcome.action_id, False, who="ann", note="a drill")
        self.assertRaises(falcoir.NotFoundError, engine.feedback, "nonsense", True, who="ann")
        self.assertRaises(falcoir.NotFoundError, engine.cancel, "nonsense", who="ann")
        self.assertIn("falcoir_", engine.metrics())
        self.assertEqual([r.status for r in engine.submit(alert(2, time="2020-01-01T00:00:00Z"))], ["stale"])

    def test_recorded_alerts(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind, ONCE), actions=[kind], as_of_alerts=True) as engine:
            self.assertEqual([r.status for r in engine.submit(alert(2, time="2020-01-01T00:00:00Z"))], ["accepted"])
            self.assertEqual([o.status for o in finished(engine)], ["succeeded"])

    def test_functions_that_block_run_together(self):
        both = threading.Barrier(2, timeout=20)
        kind = ticket(lambda call: both.wait() and None, blocks=True)
        with falcoir.Engine(tickets(kind, ONCE), actions=[kind]) as engine:
            engine.start()
            engine.submit(alert(1) + alert(2))
            seen = []
            while len(seen) < 2:
                seen += engine.outcomes(wait=20)
            self.assertEqual([o.status for o in seen], ["succeeded", "succeeded"])

    def test_an_action_may_not_close_its_engine(self):
        errors = []

        def open_ticket(call):
            for end in (engine.close, engine.stop):
                try:
                    end()
                except falcoir.StateError as e:
                    errors.append(str(e))

        engine = self.engine(open_ticket)
        engine.start()
        engine.submit(alert(1))
        self.assertEqual([o.status for o in engine.outcomes(wait=20)], ["succeeded"])
        engine.stop(grace=5)
        self.assertEqual(len(errors), 2)


if __name__ == "__main__":
    main()

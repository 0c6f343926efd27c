# SPDX-License-Identifier: Apache-2.0
"""Threads, forks, and memory: nothing is freed twice, under a user, or never."""
import gc
import itertools
import os
import threading
import unittest
import weakref

import falcoir
from support import ALERTS, EXAMPLES, ONCE, alert, finished, main, resident, ticket, tickets

MANY = 100_000
COSTLY = MANY if os.environ.get("FALCOIR_TEST_LONG") else MANY // 10  # of what takes a millisecond each
ROOM = 8 * 1024  # KiB that the heap of a process may wobble by


def in_threads(function, count=8):
    errors = []

    def run(n):
        try:
            function(n)
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class Memory(unittest.TestCase):
    def steady(self, make, count=MANY):
        """Making and dropping many of something leaves memory where it was."""
        for i in range(count // 10):
            make(i)
        gc.collect()
        before = resident()
        for i in range(count):
            make(i)
        gc.collect()
        self.assertLess(resident() - before, ROOM)

    def test_events(self):
        raw = ALERTS.splitlines()[0]
        self.steady(lambda i: falcoir.Event(raw).close() if i % 2 else falcoir.Event(raw))

    def test_conditions_and_templates(self):
        self.steady(lambda i: (falcoir.Condition("proc.name in (bash, sh)"), falcoir.Template("{{proc.name}}")), MANY)

    def test_playbooks(self):
        text = "- rule: r\n  condition: proc.name = bash\n  actions:\n    - {action: a, use: 'local:file', parameters: {path: /x}}\n"
        self.steady(lambda i: falcoir.Playbook.from_string(text).plan(alert()), max(COSTLY, MANY // 4))

    def test_engines(self):
        kind = ticket(lambda call: None)
        playbook = tickets(kind)

        def make(i):
            engine = falcoir.Engine(playbook, actions=[kind])
            if i % 8 == 0:
                engine.submit(alert(i))
                finished(engine)
            if i % 2:
                engine.close()

        self.steady(make, COSTLY)

    def test_failures(self):
        def make(i):
            for wrong in (lambda: falcoir.Event(b"{"), lambda: falcoir.Condition("a ="), lambda: falcoir.Template("{{")):
                try:
                    wrong()
                except falcoir.Error:
                    pass
        self.steady(make, MANY // 4)

    def test_plans(self):
        playbook = falcoir.Playbook.load(EXAMPLES / "playbooks/quickstart.yaml")
        self.steady(lambda i: [plan.steps for plan in playbook.plan(ALERTS)], MANY // 50)

    def test_actions(self):
        numbers = itertools.count()

        def open_ticket(call):
            if next(numbers) % 100 == 0:  # each is a dead letter, which the engine keeps
                raise ValueError("some of them fail")
            return "T-1"

        kind = ticket(open_ticket)
        playbook = tickets(kind, ONCE)

        def make(i):
            # An engine remembers alerts and failed actions for a day, so each gets one of its own.
            with falcoir.Engine(playbook, actions=[kind]) as engine:
                engine.submit(b"".join(alert(k) for k in range(10)))
                self.assertEqual(len(finished(engine)), 10)

        self.steady(make, MANY // 100)


    def test_an_engine_whose_action_raised_is_collected(self):
        def open_ticket(call):
            raise ValueError

        kind = ticket(open_ticket)
        playbook, gone = tickets(kind, ONCE), []
        for close in (True, False):
            engine = falcoir.Engine(playbook, actions=[kind])
            engine.submit(alert(1))
            self.assertIsInstance(finished(engine)[0].exception, ValueError)
            gone.append(weakref.ref(engine))
            if close:
                engine.close()
            del engine
        gc.collect()
        self.assertEqual([one() for one in gone], [None, None])


class Threads(unittest.TestCase):
    def test_one_playbook_for_all(self):
        playbook = falcoir.Playbook.load(EXAMPLES / "playbooks/quickstart.yaml")
        wanted = playbook.plan_json(ALERTS)
        condition, event = falcoir.Condition("proc.name in (bash, sh)"), falcoir.Event(ALERTS.splitlines()[0])

        def work(n):
            for _ in range(200):
                self.assertEqual(playbook.plan_json(ALERTS), wanted)
                self.assertTrue(condition.matches(event))

        in_threads(work)

    def test_closed_under_its_users(self):
        for _ in range(50):
            event = falcoir.Event(ALERTS.splitlines()[0])
            condition = falcoir.Condition("proc.name in (bash, sh)")

            def work(n):
                try:
                    for _ in range(50):
                        self.assertTrue(condition.matches(event))
                        if n == 0:
                            event.close()
                            condition.close()
                except falcoir.StateError:
                    pass

            in_threads(work, 4)

    def test_many_submit_and_ask_at_once(self):
        kind = ticket(lambda call: call.attempt)
        with falcoir.Engine(tickets(kind), actions=[kind]) as engine:
            engine.start()

            def work(n):
                for i in range(50):
                    engine.submit(alert(n * 1000 + i))
                    engine.outcomes(after=0)

            in_threads(work)
            seen = set()
            while len(seen) < 400:
                new = engine.outcomes(wait=20)
                self.assertNotEqual(new, [])
                seen |= {o.seq for o in new}
            self.assertEqual(seen, set(range(1, 401)))

    def test_many_poll_at_once(self):
        kind = ticket(lambda call: None)
        with falcoir.Engine(tickets(kind), actions=[kind]) as engine:
            engine.submit(b"".join(alert(n) for n in range(100)))
            in_threads(lambda n: engine.poll(0.01))
            finished(engine)
            self.assertEqual(len(engine.outcomes(after=0)), 100)

    def test_an_engine_closed_under_its_users(self):
        for _ in range(20):
            kind = ticket(lambda call: None)
            engine = falcoir.Engine(tickets(kind), actions=[kind])

            def work(n):
                try:
                    for i in range(20):
                        engine.submit(alert(n * 100 + i))
                        engine.outcomes(wait=0.01)
                    if n == 0:
                        engine.close()
                except (falcoir.StateError, RuntimeError):  # RuntimeError: the thread for actions has ended
                    pass

            in_threads(work, 4)
            engine.close()


class Forks(unittest.TestCase):
    def child(self, function):
        """Runs it in a child; whether it came out well."""
        number = os.fork()
        if number == 0:
            code = 1
            try:
                code = 0 if function() else 2
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

    def test_a_playbook_goes_along_and_an_engine_stays(self):
        kind = ticket(lambda call: None)
        playbook = tickets(kind)
        wanted = playbook.plan_json(ALERTS)
        with falcoir.Engine(playbook, actions=[kind]) as engine:
            engine.start()
            engine.submit(alert())
            engine.outcomes(wait=10)

            def in_child():
                refused = 0
                for use in (lambda: engine.submit(alert()), engine.poll, engine.outcomes):
                    try:
                        use()
                    except falcoir.StateError:
                        refused += 1
                engine.stop()
                engine.close()
                with falcoir.Engine(playbook, actions=[kind]) as own:
                    own.submit(alert())
                    done = [o.status for o in finished(own)] == ["succeeded"]
                return refused == 3 and done and playbook.plan_json(ALERTS) == wanted

            self.assertEqual(self.child(in_child), 0)
            engine.submit(alert(1))
            self.assertEqual([o.status for o in engine.outcomes(wait=10)], ["succeeded"])

    def test_forks_beside_busy_threads(self):
        playbook = falcoir.Playbook.load(EXAMPLES / "playbooks/quickstart.yaml")
        wanted, done = playbook.plan_json(ALERTS), threading.Event()

        def busy():
            while not done.is_set():
                playbook.plan_json(ALERTS)

        threads = [threading.Thread(target=busy) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(30):
                self.assertEqual(self.child(lambda: playbook.plan_json(ALERTS) == wanted), 0)
        finally:
            done.set()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    main()

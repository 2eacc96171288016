"""Sends a page's commands to the switch: steps, which must succeed, and orders, which may come too late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from contextvars import copy_context

import gevent
import structlog
from gevent.pool import Group
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.outcome import Outcome, Status
from controller.switch.steps import IfFirst, Order, Step
from controller.switch.timed import TimedSwitch

#: Seconds between two tries of a step that the switch is not ready for.
AGAIN = 0.005

_log = structlog.get_logger(__name__)


class CommandRunner:
    """Sends commands to one switch; `deadline` is the limit for each, in seconds."""

    def __init__(self, switch: TimedSwitch, deadline: float, clock: Clock = REAL) -> None:
        self._switch = switch
        self._clock = clock
        self._deadline = deadline
        self._work = Group()

    @property
    def waited(self) -> float:
        """Seconds for which this greenlet has waited for the switch, in total."""
        return self._switch.waited

    def run(self, steps: Iterable[Step]) -> tuple[Step, Outcome] | None:
        """Run steps until one fails; return that step and its outcome, or None if all succeeded."""
        for step in steps:
            outcome = self._take(step)
            if not outcome.done or step.answer not in outcome.text:
                _log.warning("step.failed", step=step.name, status=outcome.status.value, answer=outcome.text)
                return step, outcome
        return None

    def _take(self, step: Step) -> Outcome:
        """Run one step; again and again, while the switch is not ready for it."""
        ask = self._switch.bgapi if step.slow else self._switch.api
        outcome = ask(step.call, self._deadline)
        for _ in range(round(step.patience / AGAIN)):
            if outcome.status is not Status.REFUSED and outcome.text.strip() != "_undef_":
                break
            gevent.sleep(AGAIN)
            outcome = ask(step.call, self._deadline)
        return outcome

    def ask(self, call: ApiCall) -> Outcome:
        """Run a quick API call and return its outcome."""
        return self._switch.api(call, self._deadline)

    def is_gone(self, leg: str) -> bool:
        """Whether a leg has hung up, as far as the switch says so."""
        there = self.ask(api.uuid_exists(leg))
        return there.done and there.text.strip() == "false"

    def call_slowly(self, call: ApiCall, seconds: float) -> Outcome:
        """Run a call that may take so many seconds, in the background, and wait for its outcome."""
        return self._switch.bgapi(call, seconds + self._deadline)

    def count_waiting(self, seconds: float) -> None:
        """Count what this greenlet has waited for others, which have waited for the switch."""
        self._switch.count_waiting(seconds)

    def send(self, orders: Iterable[Order]) -> None:
        """Send orders one after the other, and wait for each."""
        for order in orders:
            if isinstance(order, IfFirst):
                deleted = self._switch.api(order.claim, self._deadline)
                if not deleted.done or deleted.text.strip().endswith(" 0"):
                    continue  # another controller has done so, or will
                outcome = self._switch.send(order.then, self._deadline)
            elif isinstance(order, Command):
                outcome = self._switch.send(order, self._deadline)
            else:
                outcome = self._switch.api(order, self._deadline)
            if not outcome.done:
                _log.info(
                    "order.not_done", order=str(order), status=outcome.status.value, answer=outcome.text
                )

    def post(self, orders: Iterable[Order], page: str = "") -> None:
        """Send orders one after the other in a greenlet of their own; the caller does not wait.

        `page` is the page's id for the log, if the caller has not bound it there already.
        """
        if orders := tuple(orders):
            with bound_contextvars(page=page) if page else nullcontext():
                self.spawn(lambda: self.send(orders))

    def spawn(self, work: Callable[[], None]) -> None:
        """Run `work` in a greenlet of its own, with the values that the caller has bound to the log."""
        self._work.add(gevent.spawn(copy_context().run, work))

    def drain(self, deadline: float) -> None:
        """Wait at most `deadline` seconds until all work that was begun is done."""
        with self._clock.timeout(deadline, False):
            self._work.join()

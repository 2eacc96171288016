"""A change together with its row in the audit: both are kept, or neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

from controller.administration.change import Action, Change
from controller.administration.reach import Reach
from controller.domain.console import Actor
from controller.store import audit
from controller.store.session import ReadSession, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")


def audited(
    unit: UnitOfWork,
    actor: Actor,
    service: Callable[Concatenate[UnitOfWork, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run a function of this room that changes settings, and write each Change that it returns to the audit.

    It returns a Change, a tuple whose first member is one, or a tuple of Changes.
    """
    done = service(unit, *args, **kwargs)
    for change in _changes(done):
        if change.action is not Action.UNCHANGED:
            audit.record(unit, actor, f"{change.subject} {change.action}", change.name, change.details)
    return done


class Editor:
    """The settings in one unit of work, for an actor within its reach; the audit has each change."""

    def __init__(self, unit: UnitOfWork, actor: Actor, reach: Reach) -> None:
        self._unit = unit
        self._reach = reach
        #: Who makes the changes.
        self.actor = actor

    def read(
        self, service: Callable[Concatenate[ReadSession, Reach, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a function of this room finds. Raises what it raises."""
        return service(self._unit, self._reach, *args, **kwargs)

    def change(
        self, service: Callable[Concatenate[UnitOfWork, Reach, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Change something by a function of this room. Raises what it raises."""
        return audited(self._unit, self.actor, service, self._reach, *args, **kwargs)


def note(unit: UnitOfWork, actor: Actor, action: str, subject: str, details: str) -> None:
    """Write to the audit what another part has changed."""
    audit.record(unit, actor, action, subject, details)


def _changes(done: object) -> Iterator[Change[object]]:
    for each in done if isinstance(done, tuple) else (done,):
        if isinstance(each, Change):
            yield each

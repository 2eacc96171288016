"""A change together with its row in the audit: both are kept, or neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

from controller.administration.change import Action, Change
from controller.domain.console import Actor
from controller.store import audit
from controller.store.session import UnitOfWork

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


def note(unit: UnitOfWork, actor: Actor, action: str, subject: str, details: str) -> None:
    """Write to the audit what another part has changed."""
    audit.record(unit, actor, action, subject, details)


def _changes(done: object) -> Iterator[Change[object]]:
    for each in done if isinstance(done, tuple) else (done,):
        if isinstance(each, Change):
            yield each

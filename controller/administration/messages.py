"""Messages to targets in place of a pager's voice: listed, added, removed; those of all, or of a domain."""

from __future__ import annotations

from dataclasses import replace

from controller.administration.change import Change, Subject, check_version
from controller.administration.reach import Reach
from controller.domain.message import Message, check_name
from controller.domain.names import check_domain, shown
from controller.errors import InvalidValue, NotFound, OutOfReach
from controller.store import messages
from controller.store.messages import ALL
from controller.store.session import ReadSession, UnitOfWork


def check_owner(text: str) -> str:
    """The owner that a text names: `*` or `@DOMAIN`. Raises InvalidValue."""
    if text == ALL:
        return text
    if not text.startswith("@"):
        raise InvalidValue(f"{shown(text)} can have no messages: write @DOMAIN, or * for all.", "message")
    return messages.of_domain(check_domain(text[1:]))


def listing(reading: ReadSession, reach: Reach) -> tuple[tuple[str, Message], ...]:
    """The messages in reach, with their owners: `*` or `@DOMAIN`."""
    return messages.listing(reading, (ALL, messages.of_domain(reach.domain)) if reach.domain else ())


def add(unit: UnitOfWork, reach: Reach, owner: str, message: Message) -> Change[Message]:
    """Add a message of an owner. Raises AlreadyThere (its name, its number), OutOfReach, InvalidValue.

    Within one domain, a sound is of the folder of the switch's sounds: a whole path could name the recordings
    of another domain.
    """
    owner = _checked(reach, owner)
    if reach.domain and message.sound.startswith("/"):
        raise OutOfReach(
            "Here a sound file is named without its folder, as one of the switch's own sounds.", "sound"
        )
    messages.add(unit, owner, message)
    return Change(Subject.MESSAGE, f"{owner} {message.name}", None, message)


def show(reading: ReadSession, reach: Reach, owner: str, name: str) -> Message:
    """One message of an owner. Raises NotFound, InvalidValue."""
    owner = check_owner(owner)
    found = messages.find(reading, owner, name) if owner == ALL or reach.holds(owner[1:]) else None
    if found is None:
        raise missing(owner, name)
    return found


def holds(reach: Reach, owner: str) -> bool:
    """Whether the messages of an owner, as `listing` names it, can be changed."""
    return reach.holds("" if owner == ALL else owner[1:])


def put(unit: UnitOfWork, reach: Reach, owner: str, message: Message, version: str = "") -> Change[Message]:
    """Change a message that an owner has. Raises NotFound, Outdated, and as `add`."""
    owner = _checked(reach, owner)
    before = messages.find(unit, owner, message.name)
    if before is None:
        raise missing(owner, message.name)
    check_version(before, version, f"The message {message.name}")
    messages.remove(unit, owner, message.name)
    return replace(add(unit, reach, owner, message), before=before)


def remove(unit: UnitOfWork, reach: Reach, owner: str, name: str) -> Change[Message]:
    """Remove a message of an owner. Raises NotFound, OutOfReach."""
    owner = _checked(reach, owner)
    check_name(name)
    before = messages.find(unit, owner, name)
    if before is None:
        raise missing(owner, name)
    messages.remove(unit, owner, name)
    return Change(Subject.MESSAGE, f"{owner} {name}", before, None)


def missing(owner: str, name: str) -> NotFound:
    """The error for a message that is not there, or not in reach."""
    return NotFound(f"{shown(owner)} has no message {shown(name)}.", "message")


def _checked(reach: Reach, owner: str) -> str:
    """The owner, if its messages can be changed."""
    owner = check_owner(owner)
    if owner == ALL:
        reach.check_installation("Messages without an owner")
    elif not reach.holds(owner[1:]):
        raise OutOfReach(f"Only messages of {reach.domain} can be changed here.", "message")
    return owner

"""Replies to pages by a key: listed, set, removed; those of all, of a domain, or of a settings group."""

from __future__ import annotations

from controller.administration.change import Change, Subject, check_version
from controller.administration.reach import Reach
from controller.domain.names import GroupName, check_domain, shown
from controller.domain.reply import Reply
from controller.errors import AlreadyThere, NotFound, OutOfReach
from controller.store import groups, replies
from controller.store.replies import ALL
from controller.store.session import ReadSession, UnitOfWork


def check_owner(text: str) -> str:
    """The owner that a text names: `*`, `@DOMAIN`, or a settings group. Raises InvalidValue."""
    if text == ALL:
        return text
    return replies.of_domain(check_domain(text[1:])) if text.startswith("@") else GroupName(text).name


def check_digit(text: str) -> str:
    """The digit itself. Raises InvalidValue for what is none."""
    return replies.check_digit(text)


def listing(reading: ReadSession, reach: Reach) -> tuple[tuple[str, Reply], ...]:
    """The replies in reach as they are set, with their owners: `*`, `@DOMAIN`, or a settings group."""
    found = replies.listing(reading)
    return tuple((owner, reply) for owner, reply in found if _sees(reach, owner))


def show(reading: ReadSession, reach: Reach, owner: str, digit: str) -> Reply:
    """One reply of an owner. Raises NotFound, InvalidValue."""
    owner, digit = check_owner(owner), check_digit(digit)
    found = replies.find(reading, owner, digit)
    if found is None or not _sees(reach, owner):
        raise NotFound(f"{shown(owner)} has no reply by *{digit} of its own.", "reply")
    return found


def holds(reach: Reach, owner: str) -> bool:
    """Whether the replies of an owner, as `listing` names it, can be changed."""
    if owner == ALL:
        return reach.holds("")
    return reach.holds(owner[1:] if owner.startswith("@") else GroupName(owner).domain)


def put(unit: UnitOfWork, reach: Reach, owner: str, reply: Reply, version: str = "") -> Change[Reply]:
    """Set a reply of an owner. Raises NotFound (the group), OutOfReach, InvalidValue, Outdated."""
    owner = _checked(unit, reach, owner)
    before = replies.locked(unit, owner, check_digit(reply.digit))
    check_version(before, version, _name(reply.digit))
    replies.put(unit, owner, reply)
    return Change(Subject.REPLY, f"{owner} *{reply.digit}", before, reply)


def add(unit: UnitOfWork, reach: Reach, owner: str, reply: Reply) -> Change[Reply]:
    """Set a reply that an owner has not yet. Raises AlreadyThere, and as `put`."""
    owner = _checked(unit, reach, owner)
    if replies.find(unit, owner, check_digit(reply.digit)) is not None:
        raise AlreadyThere(f"{shown(owner)} has a reply by *{reply.digit} already.", "reply")
    return put(unit, reach, owner, reply)


def remove(unit: UnitOfWork, reach: Reach, owner: str, digit: str, version: str = "") -> Change[Reply]:
    """Remove a reply of an owner, so that the one above it counts.

    Raises NotFound, OutOfReach, InvalidValue, Outdated.
    """
    owner = _checked(unit, reach, owner)
    before = replies.locked(unit, owner, check_digit(digit))
    if before is not None:
        check_version(before, version, _name(digit))
    replies.remove(unit, owner, digit)
    return Change(Subject.REPLY, f"{owner} *{digit}", before, None)


def _name(digit: str) -> str:
    return f"The reply by *{digit}"


def _sees(reach: Reach, owner: str) -> bool:
    if owner == ALL:
        return True
    return reach.holds(owner[1:]) if owner.startswith("@") else reach.sees(GroupName(owner))


def _checked(reading: ReadSession, reach: Reach, owner: str) -> str:
    """The owner, if what it owns can be changed."""
    owner = check_owner(owner)
    if owner == ALL:
        reach.check_installation("Replies without an owner")
        return owner
    if owner.startswith("@"):
        if not reach.holds(owner[1:]):
            raise OutOfReach(f"Only replies of {reach.domain} can be changed here.", "reply")
        return owner
    name = GroupName(owner)
    if not reach.sees(name):
        raise groups.missing(name)
    groups.existing(reading, name)
    reach.check_group(name)
    return name.name

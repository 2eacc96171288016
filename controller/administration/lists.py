"""Accept lists: from whom a user, or the members of a settings group, accept pages where that is `listed`."""

from __future__ import annotations

from dataclasses import dataclass

from controller.administration.change import Change, Subject
from controller.administration.reach import Reach
from controller.domain.names import GroupName, Principal, principal_text
from controller.domain.policy import Accept, Feature
from controller.errors import NotFound
from controller.store import accept, groups, users
from controller.store.session import ReadSession, UnitOfWork


@dataclass(frozen=True)
class Entry:
    """An entry of an accept list; `in_effect` is what its owner accepts: the list counts if it is LISTED."""

    owner: Principal
    feature: Feature
    allowed: Principal
    in_effect: Accept


def listing(reading: ReadSession, reach: Reach, owner: Principal) -> tuple[Entry, ...]:
    """The entries of an owner's lists, by feature and name. Raises NotFound (the owner).

    Of a group of all domains, one domain sees its own users and the groups that these may be in.
    """
    _check(reach, owner)
    found = accept.listing(reading, owner)
    counts = {feature: in_effect(reading, owner, feature) for feature, _ in found}
    return tuple(
        Entry(owner, feature, allowed, counts[feature]) for feature, allowed in found if reach.sees(allowed)
    )


def add(
    unit: UnitOfWork, reach: Reach, owner: Principal, feature: Feature, allowed: Principal
) -> Change[Entry]:
    """Add a user or group to a list.

    Raises AlreadyThere, NotFound (either of the two), InvalidValue (of two domains), OutOfReach.
    """
    _check_change(reach, owner, allowed)
    accept.add(unit, owner, feature, allowed)
    return _change(None, _entry(unit, owner, feature, allowed))


def remove(
    unit: UnitOfWork, reach: Reach, owner: Principal, feature: Feature, allowed: Principal
) -> Change[Entry]:
    """Remove a user or group from a list. Raises NotFound (either of the two, the entry), OutOfReach."""
    _check_change(reach, owner, allowed)
    accept.remove(unit, owner, feature, allowed)
    return _change(_entry(unit, owner, feature, allowed), None)


def in_effect(reading: ReadSession, owner: Principal, feature: Feature) -> Accept:
    """What a user or group accepts. Raises NotFound."""
    if isinstance(owner, GroupName):
        group = groups.show(reading, owner)
        return group.whisper_accept if feature is Feature.WHISPER else group.intercom_accept
    user = users.show(reading, owner)
    return (user.whisper if feature is Feature.WHISPER else user.intercom).accept


def _entry(reading: ReadSession, owner: Principal, feature: Feature, allowed: Principal) -> Entry:
    return Entry(owner, feature, allowed, in_effect(reading, owner, feature))


def _change(before: Entry | None, after: Entry | None) -> Change[Entry]:
    entry = Change(Subject.ACCEPT_ENTRY, "", before, after).result
    name = f"{principal_text(entry.owner)} {entry.feature} {principal_text(entry.allowed)}"
    return Change(Subject.ACCEPT_ENTRY, name, before, after)


def _check_change(reach: Reach, owner: Principal, allowed: Principal) -> None:
    _check(reach, owner)
    if isinstance(owner, GroupName):
        reach.check_group(owner)
    _check(reach, allowed)


def _check(reach: Reach, principal: Principal) -> None:
    if not reach.sees(principal):
        raise _missing(principal)


def _missing(principal: Principal) -> NotFound:
    return groups.missing(principal) if isinstance(principal, GroupName) else users.missing(principal)

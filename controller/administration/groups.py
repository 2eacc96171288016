"""Settings groups: listed, shown, added, changed, removed."""

from __future__ import annotations

from dataclasses import replace

from controller.administration.change import Change, Subject, check_version, version_of
from controller.administration.reach import Reach
from controller.domain.names import GroupName
from controller.store import accept, groups
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import Group, GroupChanges


def listing(reading: ReadSession, reach: Reach, domain: str = "") -> tuple[Group, ...]:
    """The settings groups that users in reach may be in, by name.

    Within one domain, `members` counts the users of that domain. Raises OutOfReach (another domain).
    """
    return tuple(groups.listing(reading, reach.narrowed(domain)))


def show(reading: ReadSession, reach: Reach, name: GroupName) -> Group:
    """One settings group. Raises NotFound."""
    _check_seen(reach, name)
    return groups.show(reading, name, reach.domain)


def add(unit: UnitOfWork, reach: Reach, name: GroupName, changes: GroupChanges) -> Change[Group]:
    """Add a settings group; a right that `changes` leaves out is denied. Raises AlreadyThere, OutOfReach."""
    reach.check_new_group(name)
    groups.add(unit, name, changes)
    return Change(Subject.GROUP, str(name), None, groups.show(unit, name))


def change(
    unit: UnitOfWork, reach: Reach, name: GroupName, changes: GroupChanges, version: str = ""
) -> Change[Group]:
    """Apply `changes`. Raises NotFound, OutOfReach, Outdated."""
    before = _locked(unit, reach, name, version)
    groups.change(unit, name, changes)
    return Change(Subject.GROUP, str(name), before, groups.show(unit, name))


def remove(unit: UnitOfWork, reach: Reach, name: GroupName, version: str = "") -> Change[Group]:
    """Remove a settings group that no user is in, and its accept lists.

    Raises NotFound, OutOfReach, Outdated, or InvalidValue if it is needed.
    """
    before = _locked(unit, reach, name, version)
    groups.remove(unit, name)
    return Change(Subject.GROUP, str(name), before, None)


def entries(reading: ReadSession, reach: Reach, name: GroupName) -> int:
    """The number of entries of its accept lists that `remove` would delete. Raises NotFound."""
    _check_seen(reach, name)
    return len(accept.listing(reading, name))


def version(group: Group) -> str:
    """The version of its settings: who its members are is not one of them."""
    return version_of(replace(group, members=0))


def _locked(unit: UnitOfWork, reach: Reach, name: GroupName, version: str) -> Group:
    """The group, which nobody else changes until the end of the unit of work."""
    _check_seen(reach, name)
    reach.check_group(name)
    groups.lock(unit, name)
    found = groups.show(unit, name)
    check_version(replace(found, members=0), version, f"The settings group {name}")
    return found


def _check_seen(reach: Reach, name: GroupName) -> None:
    if not reach.sees(name):
        raise groups.missing(name)

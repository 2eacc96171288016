"""Page groups: listed, shown, added, removed; and who their members are."""

from __future__ import annotations

from dataclasses import replace

from controller.administration.change import Change, Subject, check_version, version_of
from controller.administration.reach import Reach
from controller.domain.names import GroupName, Principal
from controller.domain.page_group import PageGroup, PageGroupName
from controller.errors import OutOfReach
from controller.store import groups, page_groups
from controller.store.session import ReadSession, UnitOfWork


def listing(reading: ReadSession, reach: Reach, domain: str = "") -> tuple[PageGroup, ...]:
    """The page groups that users in reach can page, by name. Raises OutOfReach (another domain)."""
    found = page_groups.listing(reading, reach.narrowed(domain))
    return tuple(_seen(reach, each) for each in found)


def show(reading: ReadSession, reach: Reach, name: PageGroupName) -> PageGroup:
    """One page group. Raises NotFound."""
    _check_seen(reach, name)
    return _seen(reach, page_groups.show(reading, name))


def add(unit: UnitOfWork, reach: Reach, name: PageGroupName, label: str = "") -> Change[PageGroup]:
    """Add a page group.

    Raises AlreadyThere (SQL has such a page group, or a user), OutOfReach, InvalidValue (the label).
    """
    _check_held(reach, name)
    page_groups.add(unit, name, label)
    return Change(Subject.PAGE_GROUP, str(name), None, page_groups.show(unit, name))


def change(
    unit: UnitOfWork, reach: Reach, name: PageGroupName, label: str, version: str = ""
) -> Change[PageGroup]:
    """Give a page group another label. Raises NotFound, OutOfReach, InvalidValue (the label), Outdated."""
    before = _locked(unit, reach, name, version)
    page_groups.change(unit, name, label)
    return Change(Subject.PAGE_GROUP, str(name), before, page_groups.show(unit, name))


def remove(unit: UnitOfWork, reach: Reach, name: PageGroupName, version: str = "") -> Change[PageGroup]:
    """Remove a page group. Raises NotFound, OutOfReach, Outdated."""
    before = _locked(unit, reach, name, version)
    page_groups.remove(unit, name)
    return Change(Subject.PAGE_GROUP, str(name), before, None)


def add_member(unit: UnitOfWork, reach: Reach, name: PageGroupName, member: Principal) -> Change[PageGroup]:
    """Add a user, or all users of a settings group; to add a member again changes nothing.

    Raises NotFound (either group), OutOfReach, InvalidValue (another domain).
    """
    before = _held(unit, reach, name)
    if not reach.sees(member):
        raise groups.missing(member) if isinstance(member, GroupName) else _foreign(reach)
    page_groups.add_member(unit, name, member)
    return Change(Subject.PAGE_GROUP, str(name), before, page_groups.show(unit, name))


def remove_member(
    unit: UnitOfWork, reach: Reach, name: PageGroupName, member: Principal
) -> Change[PageGroup]:
    """Remove a member. Raises NotFound, OutOfReach."""
    before = _held(unit, reach, name)
    page_groups.remove_member(unit, name, member)
    return Change(Subject.PAGE_GROUP, str(name), before, page_groups.show(unit, name))


def version(group: PageGroup) -> str:
    """The version of its label: who its members are is not one of its settings."""
    return version_of(_labelled(group))


def _labelled(group: PageGroup) -> PageGroup:
    return replace(group, members=())


def _locked(unit: UnitOfWork, reach: Reach, name: PageGroupName, version: str) -> PageGroup:
    """The page group, which nobody else changes until the end of the unit of work."""
    _check_seen(reach, name)
    _check_held(reach, name)
    page_groups.lock(unit, name)
    found = page_groups.show(unit, name)
    check_version(_labelled(found), version, f"The page group {name}")
    return found


def _held(reading: ReadSession, reach: Reach, name: PageGroupName) -> PageGroup:
    _check_seen(reach, name)
    _check_held(reach, name)
    return page_groups.show(reading, name)


def _seen(reach: Reach, group: PageGroup) -> PageGroup:
    """The page group with those of its members that are in reach."""
    members = tuple(each for each in group.members if reach.sees(each))
    return PageGroup(group.name, group.label, members)


def _check_seen(reach: Reach, name: PageGroupName) -> None:
    if name.domain and not reach.holds(name.domain):
        raise page_groups.missing(name)


def _check_held(reach: Reach, name: PageGroupName) -> None:
    if not reach.holds(name.domain):
        raise OutOfReach(f"A page group of {reach.domain} has a name like 600@{reach.domain}.", "page_group")


def _foreign(reach: Reach) -> OutOfReach:
    return OutOfReach(f"Only users of {reach.domain} can be members here.", "user")

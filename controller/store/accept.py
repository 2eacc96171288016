"""Accept lists in SQL: the users and groups from which a user, or a settings group, accepts pages."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import aliased

from controller.domain.names import GroupName, Principal, UserName, principal_text, same_domain
from controller.domain.policy import Feature
from controller.errors import AlreadyThere, InvalidValue, NotFound
from controller.store import groups, users
from controller.store.models import AcceptEntry, SettingsGroup, User
from controller.store.session import ReadSession, UnitOfWork


def add(unit: UnitOfWork, owner: Principal, feature: Feature, allowed: Principal) -> None:
    """Add a user or group to a list. Raises AlreadyThere, NotFound (either of the two)."""
    owner_key, allowed_key = _key(unit, owner), _key(unit, allowed)
    if not same_domain(owner, allowed):
        raise InvalidValue(f"{principal_text(owner)} and {principal_text(allowed)} are of two domains.")
    if _find(unit, owner_key, feature, allowed_key) is not None:
        raise AlreadyThere(
            f"{principal_text(allowed)} is on the {feature} list of {principal_text(owner)} already."
        )
    entry = AcceptEntry(
        feature=feature,
        owner_user_id=owner_key if owner_key > 0 else None,
        owner_group_id=-owner_key if owner_key < 0 else None,
        allowed_user_id=allowed_key if allowed_key > 0 else None,
        allowed_group_id=-allowed_key if allowed_key < 0 else None,
    )
    unit.session.add(entry)
    unit.session.flush()


def remove(unit: UnitOfWork, owner: Principal, feature: Feature, allowed: Principal) -> None:
    """Remove a user or group from a list. Raises NotFound."""
    entry = _find(unit, _key(unit, owner), feature, _key(unit, allowed))
    if entry is None:
        raise NotFound(f"{principal_text(allowed)} is not on the {feature} list of {principal_text(owner)}.")
    unit.session.delete(entry)
    unit.session.flush()


def listing(reading: ReadSession, owner: Principal) -> tuple[tuple[Feature, Principal], ...]:
    """The members of an owner's lists, by feature. Raises NotFound (the owner)."""
    group, user = aliased(SettingsGroup), aliased(User)
    query = (
        select(AcceptEntry.feature, group.name, user.extension, user.domain)
        .outerjoin(group, group.id == AcceptEntry.allowed_group_id)
        .outerjoin(user, user.id == AcceptEntry.allowed_user_id)
        .where(AcceptEntry.owner_key == _key(reading, owner))
    )
    entries: list[tuple[Feature, Principal]] = [
        (Feature(feature), UserName(extension, domain) if name is None else GroupName(name))
        for feature, name, extension, domain in reading.session.execute(query)
    ]
    return tuple(
        sorted(entries, key=lambda entry: (entry[0] is not Feature.WHISPER, principal_text(entry[1])))
    )


def _key(reading: ReadSession, principal: Principal) -> int:
    """The number of a user or group in an entry: a user's id, or the negative id of a group."""
    if isinstance(principal, GroupName):
        return -groups.existing(reading, principal).id
    return users.existing(reading, principal).id


def _find(reading: ReadSession, owner: int, feature: Feature, allowed: int) -> AcceptEntry | None:
    return reading.session.scalar(
        select(AcceptEntry).where(
            AcceptEntry.owner_key == owner, AcceptEntry.feature == feature, AcceptEntry.allowed_key == allowed
        )
    )

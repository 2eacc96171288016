"""Accept lists, in SQL: from whom a user, or the members of a settings group, take pages."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import aliased

from controller.domain.names import GroupName, Party, UserName, party_text
from controller.domain.policy import Feature
from controller.errors import AlreadyThere, NotFound
from controller.store import groups, users
from controller.store.models import AcceptEntry, SettingsGroup, User
from controller.store.session import ReadSession, UnitOfWork


def add(unit: UnitOfWork, owner: Party, feature: Feature, allowed: Party) -> None:
    """Put someone on a list. Raises AlreadyThere, NotFound (either of the two)."""
    owner_key, allowed_key = _key(unit, owner), _key(unit, allowed)
    if _find(unit, owner_key, feature, allowed_key) is not None:
        raise AlreadyThere(f"{party_text(allowed)} is on the {feature} list of {party_text(owner)} already.")
    entry = AcceptEntry(
        feature=feature,
        owner_user_id=owner_key if owner_key > 0 else None,
        owner_group_id=-owner_key if owner_key < 0 else None,
        allowed_user_id=allowed_key if allowed_key > 0 else None,
        allowed_group_id=-allowed_key if allowed_key < 0 else None,
    )
    unit.session.add(entry)
    unit.session.flush()


def remove(unit: UnitOfWork, owner: Party, feature: Feature, allowed: Party) -> None:
    """Take someone off a list. Raises NotFound."""
    entry = _find(unit, _key(unit, owner), feature, _key(unit, allowed))
    if entry is None:
        raise NotFound(f"{party_text(allowed)} is not on the {feature} list of {party_text(owner)}.")
    unit.session.delete(entry)
    unit.session.flush()


def listing(reading: ReadSession, owner: Party) -> tuple[tuple[Feature, Party], ...]:
    """Who is on an owner's lists, by feature. Raises NotFound (the owner)."""
    group, user = aliased(SettingsGroup), aliased(User)
    query = (
        select(AcceptEntry.feature, group.name, user.extension, user.domain)
        .outerjoin(group, group.id == AcceptEntry.allowed_group_id)
        .outerjoin(user, user.id == AcceptEntry.allowed_user_id)
        .where(AcceptEntry.owner_key == _key(reading, owner))
    )
    entries: list[tuple[Feature, Party]] = [
        (Feature(feature), UserName(extension, domain) if name is None else GroupName(name))
        for feature, name, extension, domain in reading.session.execute(query)
    ]
    return tuple(sorted(entries, key=lambda entry: (entry[0] is not Feature.WHISPER, party_text(entry[1]))))


def _key(reading: ReadSession, party: Party) -> int:
    """The number that an entry keeps for someone: a user's id, or a group's made negative."""
    if isinstance(party, GroupName):
        return -groups.existing(reading, party).id
    return users.existing(reading, party).id


def _find(reading: ReadSession, owner: int, feature: Feature, allowed: int) -> AcceptEntry | None:
    return reading.session.scalar(
        select(AcceptEntry).where(
            AcceptEntry.owner_key == owner, AcceptEntry.feature == feature, AcceptEntry.allowed_key == allowed
        )
    )

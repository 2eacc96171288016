"""What may this pager do to this target? Always read anew: a change in SQL counts at the very next page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, Row, Select, String, and_, cast, false, literal, null, or_, select, union_all

from controller.store import permissions
from controller.store.models import EFFECTIVE_PERMISSIONS, AcceptEntry, SettingsGroup
from controller.store.naming import DEFAULT_GROUP, UserName
from controller.store.session import Reading
from controller.store.values import Accept, Feature, Level, Policy, Rights, WhenNotAccepted


def decide(reading: Reading, pager: UserName, target: UserName) -> Policy:
    """The policy between two users, known or not: one indexed query, one more where a list decides.

    Raises StoreError.
    """
    rows = {(row.extension, row.domain): row for row in reading.session.execute(_settings_of(pager, target))}
    default = rows.get(("", ""))
    of_pager = rows.get((pager.extension, pager.domain), default)
    of_target = rows.get((target.extension, target.domain), default)
    if of_pager is None or of_target is None:
        return Policy(pager, target)  # somebody took the default group away: deny
    listed = _listed(reading, of_pager, of_target)
    return Policy(
        pager=pager,
        target=target,
        pager_known=of_pager.user_id is not None,
        target_known=of_target.user_id is not None,
        whisper=_between(of_pager, of_target, Feature.WHISPER, listed),
        intercom=_between(of_pager, of_target, Feature.INTERCOM, listed),
        when_not_accepted=WhenNotAccepted(of_target.when_not_accepted),
        pages_off=of_target.pages_off,
        phone=permissions.phone(of_target),
    )


def _settings_of(pager: UserName, target: UserName) -> Any:
    """Rows of the view for those that SQL knows, and one without a name for those that it does not."""
    view, group = EFFECTIVE_PERMISSIONS.c, SettingsGroup
    known: Select[Any] = select(EFFECTIVE_PERMISSIONS).where(
        or_(
            *(
                and_(view.domain == name.domain, view.extension == name.extension)
                for name in dict.fromkeys((pager, target))
            )
        )
    )
    by_default = literal(str(Level.DEFAULT))
    unknown: Any = select(
        cast(null(), Integer),
        literal(""),
        literal(""),
        group.name,
        group.id,
        group.whisper_initiate,
        by_default,
        group.whisper_accept,
        by_default,
        group.intercom_initiate,
        by_default,
        group.intercom_accept,
        by_default,
        group.when_not_accepted,
        false(),
        cast(null(), String(4)),
        cast(null(), String(1000)),
    ).where(group.name == DEFAULT_GROUP)
    return union_all(known, unknown)


def _between(
    of_pager: Row[Any], of_target: Row[Any], feature: Feature, listed: set[tuple[str, int]]
) -> Rights:
    pagers, targets = permissions.rights(of_pager, feature), permissions.rights(of_target, feature)
    return replace(
        targets,
        initiate=pagers.initiate,
        initiate_source=pagers.initiate_source,
        listed=any((feature, key) in listed for key in _owners(of_target, targets)),
    )


def _owners(of_target: Row[Any], rights: Rights) -> tuple[int, ...]:
    """Whose lists count: the user's own, and its group's unless the user overrides what the group says."""
    own = () if of_target.user_id is None else (of_target.user_id,)
    return own if rights.accept_source.level is Level.USER else (*own, -of_target.settings_group_id)


def _listed(reading: Reading, of_pager: Row[Any], of_target: Row[Any]) -> set[tuple[str, int]]:
    """The target's lists, and its group's, that name the pager or its group: (feature, owner's key)."""
    if Accept.LISTED not in (of_target.whisper_accept, of_target.intercom_accept):
        return set()
    owners = [key for key in (of_target.user_id, -of_target.settings_group_id) if key is not None]
    allowed = [key for key in (of_pager.user_id, -of_pager.settings_group_id) if key is not None]
    entries = reading.session.execute(
        select(AcceptEntry.feature, AcceptEntry.owner_key).where(
            AcceptEntry.owner_key.in_(owners), AcceptEntry.allowed_key.in_(allowed)
        )
    )
    return {(feature, key) for feature, key in entries if key is not None}

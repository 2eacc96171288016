"""Reads the policy for a pager and a target, without a cache: a change in SQL counts at the next page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Result,
    Row,
    String,
    and_,
    bindparam,
    cast,
    false,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from controller.domain.names import DEFAULT_GROUP, UserName
from controller.domain.policy import Accept, Feature, Level, Policy, Rights, WhenNotAccepted
from controller.phones.values import PhoneRule
from controller.store import permissions, phone_rules
from controller.store.models import EFFECTIVE_PERMISSIONS, AcceptEntry, SettingsGroup
from controller.store.session import ReadSession

_VIEW = EFFECTIVE_PERMISSIONS.c
# columns of the tables and not of their classes, since a page needs only rows
_GROUP = SettingsGroup.__table__.c
_ENTRY = AcceptEntry.__table__.c
_NAMELESS = literal_column("''", String(1))
_BY_DEFAULT = literal_column(f"'{Level.DEFAULT}'", String(7))

#: The row for unknown users, without a name; two of them, if the domain has a default group of its own.
_DEFAULTS = select(
    cast(null(), Integer),
    _NAMELESS,
    _NAMELESS,
    _GROUP.name,
    _GROUP.id,
    _GROUP.whisper_initiate,
    _BY_DEFAULT,
    _GROUP.whisper_accept,
    _BY_DEFAULT,
    _GROUP.intercom_initiate,
    _BY_DEFAULT,
    _GROUP.intercom_accept,
    _BY_DEFAULT,
    _GROUP.when_not_accepted,
    false(),
    cast(null(), String(4)),
    cast(null(), String(1000)),
    _GROUP.decline_seconds,
).where(_GROUP.name.in_([DEFAULT_GROUP, bindparam("own_default")]))

#: The rows of the view for two users, as far as SQL has them, and the row for unknown users.
_SETTINGS: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(EFFECTIVE_PERMISSIONS).where(
        or_(
            and_(_VIEW.domain == bindparam("pager_domain"), _VIEW.extension == bindparam("pager")),
            and_(_VIEW.domain == bindparam("target_domain"), _VIEW.extension == bindparam("target")),
        )
    ),
    _DEFAULTS,
)

#: The same for many users of one domain.
_SETTINGS_OF_MANY: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(EFFECTIVE_PERMISSIONS).where(
        _VIEW.domain == bindparam("domain"), _VIEW.extension.in_(bindparam("extensions", expanding=True))
    ),
    _DEFAULTS,
)

#: The lists of the target and of its group that contain the pager or its group.
_LISTS = select(_ENTRY.feature, _ENTRY.owner_key).where(
    _ENTRY.owner_key.in_([bindparam("target"), bindparam("target_group")]),
    _ENTRY.allowed_key.in_([bindparam("pager"), bindparam("pager_group")]),
)

#: The same for many targets.
_LISTS_OF_MANY = select(_ENTRY.feature, _ENTRY.owner_key).where(
    _ENTRY.owner_key.in_(bindparam("owners", expanding=True)),
    _ENTRY.allowed_key.in_([bindparam("pager"), bindparam("pager_group")]),
)


def decide(reading: ReadSession, pager: UserName, target: UserName) -> Policy:
    """The policy between two users, known or not: one indexed query, and a second one if a list decides.

    Between two domains everything is denied. Raises StoreError.
    """
    if pager.domain != target.domain:
        return Policy(pager, target)
    of_pager, of_target = _settings(reading, pager, target)
    if of_pager is None or of_target is None:
        return Policy(pager, target)  # the default group was removed: deny
    return _policy(pager, target, of_pager, of_target, _listed(reading, of_pager, of_target))


def for_many(
    reading: ReadSession, pager: UserName, targets: Sequence[UserName]
) -> tuple[Mapping[UserName, Policy], tuple[PhoneRule, ...]]:
    """The policies between a pager and many targets, and the phone rules, by two or three queries.

    Raises StoreError.
    """
    near = [each for each in targets if each.domain == pager.domain]
    names = {each.extension for each in (pager, *near)}
    rows = _rows(
        reading.connection.execute(
            _SETTINGS_OF_MANY, {"domain": pager.domain, "extensions": names, "own_default": _own(pager)}
        )
    )
    default = rows.get(("", ""))
    found = {each: rows.get((each.extension, each.domain), default) for each in near}
    of_pager = rows.get((pager.extension, pager.domain), default)
    policies = {each: Policy(pager, each) for each in targets}
    if of_pager is not None:
        there = {each: row for each, row in found.items() if row is not None}
        listed = _listed_by_many(reading, of_pager, list(there.values()))
        policies |= {each: _policy(pager, each, of_pager, row, listed) for each, row in there.items()}
    return policies, phone_rules.all_rules(reading)


def _policy(
    pager: UserName,
    target: UserName,
    of_pager: Row[Any],
    of_target: Row[Any],
    listed: set[tuple[str, int | None]],
) -> Policy:
    return Policy(
        pager=pager,
        target=target,
        pager_known=of_pager.user_id is not None,
        target_known=of_target.user_id is not None,
        whisper=_between(of_pager, of_target, Feature.WHISPER, listed),
        intercom=_between(of_pager, of_target, Feature.INTERCOM, listed),
        when_not_accepted=WhenNotAccepted(of_target.when_not_accepted),
        decline_seconds=of_target.decline_seconds,
        pages_off=of_target.pages_off,
        phone=permissions.phone(of_target),
    )


def with_phone_rules(
    reading: ReadSession, pager: UserName, target: UserName
) -> tuple[Policy, tuple[PhoneRule, ...]]:
    """The policy between two users, and the phone rules, at one moment. Raises StoreError."""
    return decide(reading, pager, target), phone_rules.all_rules(reading)


def _settings(
    reading: ReadSession, pager: UserName, target: UserName
) -> tuple[Row[Any] | None, Row[Any] | None]:
    names = {
        "pager_domain": pager.domain,
        "pager": pager.extension,
        "target_domain": target.domain,
        "target": target.extension,
        "own_default": _own(pager),
    }
    rows = _rows(reading.connection.execute(_SETTINGS, names))
    default = rows.get(("", ""))
    return (
        rows.get((pager.extension, pager.domain), default),
        rows.get((target.extension, target.domain), default),
    )


def _own(user: UserName) -> str:
    """The name that the default group of a user's domain has, if there is one."""
    return f"{DEFAULT_GROUP}@{user.domain}"


def _rows(found: Result[Any]) -> dict[tuple[str, str], Row[Any]]:
    """The rows by extension and domain; the domain's own default group has precedence."""
    rows: dict[tuple[str, str], Row[Any]] = {}
    for row in found:
        at = row.extension, row.domain
        if at not in rows or row.settings_group != DEFAULT_GROUP:
            rows[at] = row
    return rows


def _listed_by_many(
    reading: ReadSession, of_pager: Row[Any], of_targets: Sequence[Row[Any]]
) -> set[tuple[str, int | None]]:
    """The lists of some targets and their groups that contain this pager, as (feature, owner's key)."""
    owners: set[int] = set()
    for row in of_targets:
        if Accept.LISTED in (row.whisper_accept, row.intercom_accept):
            owners |= {-row.settings_group_id, *([row.user_id] if row.user_id is not None else [])}
    if not owners:
        return set()
    keys = {"owners": owners, "pager": of_pager.user_id, "pager_group": -of_pager.settings_group_id}
    return {(feature, owner) for feature, owner in reading.connection.execute(_LISTS_OF_MANY, keys)}


def _listed(reading: ReadSession, of_pager: Row[Any], of_target: Row[Any]) -> set[tuple[str, int | None]]:
    """The lists that contain this pager, as (feature, owner's key)."""
    if Accept.LISTED not in (of_target.whisper_accept, of_target.intercom_accept):
        return set()
    keys = {
        "target": of_target.user_id,  # null for an unknown user, who has no list
        "target_group": -of_target.settings_group_id,
        "pager": of_pager.user_id,
        "pager_group": -of_pager.settings_group_id,
    }
    return {(feature, owner) for feature, owner in reading.connection.execute(_LISTS, keys)}


def _between(
    of_pager: Row[Any], of_target: Row[Any], feature: Feature, listed: set[tuple[str, int | None]]
) -> Rights:
    pagers, targets = permissions.rights(of_pager, feature), permissions.rights(of_target, feature)
    owners = [of_target.user_id]
    if targets.accept_source.level is not Level.USER:
        owners.append(-of_target.settings_group_id)  # a user that overrides its group has only its own list
    return replace(
        targets,
        initiate=pagers.initiate,
        initiate_source=pagers.initiate_source,
        listed=any((feature, owner) in listed for owner in owners),
    )

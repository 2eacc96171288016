"""Values from the view `effective_permissions`, the only place that resolves inheritance."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature, Level, Rights, Source, WhenNotAccepted
from controller.phones.auto_answer import read_headers
from controller.phones.values import PhoneKind, PhoneOverride
from controller.store.settings import User


def user(row: Row[Any]) -> User:
    """A user from a row of the view."""
    return User(
        name=UserName(row.extension, row.domain),
        group=row.settings_group,
        whisper=rights(row, Feature.WHISPER),
        intercom=rights(row, Feature.INTERCOM),
        when_not_accepted=WhenNotAccepted(row.when_not_accepted),
        decline_seconds=row.decline_seconds,
        pages_off=row.pages_off,
        phone=phone(row),
    )


def rights(row: Row[Any], feature: Feature) -> Rights:
    """The rights in one row: to initiate if it is the pager's row, and to accept if it is the target's."""
    column = row._mapping
    return Rights(
        initiate=column[f"{feature}_initiate"],
        initiate_source=Source(Level(column[f"{feature}_initiate_from"]), row.settings_group),
        accept=Accept(column[f"{feature}_accept"]),
        accept_source=Source(Level(column[f"{feature}_accept_from"]), row.settings_group),
    )


def phone(row: Row[Any]) -> PhoneOverride:
    """The phone settings of the user's own row."""
    return PhoneOverride(
        kind=None if row.phone_kind is None else PhoneKind(row.phone_kind),
        headers=None if row.auto_answer is None else read_headers(row.auto_answer),
    )

"""Whether anybody may page anybody; in a new database nobody may."""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import exists, or_, select

from controller.domain.names import DEFAULT_GROUP
from controller.domain.policy import Accept, Feature, Permitted
from controller.store.models import EFFECTIVE_PERMISSIONS, SettingsGroup
from controller.store.session import ReadSession, Store


def permitted(reading: ReadSession) -> dict[Feature, Permitted]:
    """What users may do: those in the database, and all others, who have the default group's rights."""
    users = EFFECTIVE_PERMISSIONS.c
    default = SettingsGroup.name == DEFAULT_GROUP
    found = {}
    for feature in Feature:
        start, take = f"{feature}_initiate", f"{feature}_accept"
        started = or_(exists().where(users[start]), exists().where(default, getattr(SettingsGroup, start)))
        taken = or_(
            exists().where(users[take] != Accept.NONE),
            exists().where(default, getattr(SettingsGroup, take) != Accept.NONE),
        )
        found[feature] = Permitted(*map(bool, reading.session.execute(select(started, taken)).one()))
    return found


def permitted_at(url: str) -> dict[Feature, Permitted]:
    """`permitted` for the database at a URL. Raises SettingsError or StoreError."""
    with closing(Store(url)) as store, store.reading() as reading:
        return permitted(reading)

"""Settings with which everybody may page everybody, for the demonstration and for tests."""

from __future__ import annotations

from controller.domain.names import DEFAULT_GROUP, GroupName
from controller.domain.policy import Accept
from controller.store import groups, schema
from controller.store.session import Store
from controller.store.settings import GroupChanges

_EVERYTHING = GroupChanges(
    whisper_initiate=True, whisper_accept=Accept.ALL, intercom_initiate=True, intercom_accept=Accept.ALL
)


def open_to_all(store: Store) -> None:
    """Create the tables if they are missing, and let everybody page everybody. Raises StoreError."""
    schema.upgrade(store)
    with store.unit() as unit:
        groups.change(unit, GroupName(DEFAULT_GROUP), _EVERYTHING)
        unit.commit()

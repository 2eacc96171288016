"""The user behind a number alias, as a switch knows it."""

from __future__ import annotations

from controller.cli import stores
from controller.domain.names import UserName
from controller.errors import NotFound, SwitchError
from controller.settings_sources import load


def resolved(user: UserName) -> UserName:
    """The user's own name, if this is the number alias of one; otherwise, or if no switch answers, as it is.

    No switch is asked about a user that is in SQL.
    """
    from controller import logs
    from controller.store import users
    from controller.visit import visiting

    with stores.current() as store, store.reading() as reading:
        try:
            return users.show(reading, user).name
        except NotFound:
            pass
    logs.quiet()
    try:
        with visiting(load(), str(user)) as (_, own):
            return own
    except SwitchError:
        return user

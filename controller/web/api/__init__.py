"""The resources of `/api/v1` that are settings, history, presence or explanations: openapi.yaml has them all.

Each is for administrators: of all domains, or of one, to whom the settings of other domains do not exist.
A user has call backs of its own, too.
"""

from __future__ import annotations

from flask import Blueprint

from controller.app import Controller
from controller.web.api import (
    call_backs,
    explain,
    groups,
    history,
    keys,
    lists,
    page_groups,
    phones,
    presence,
    replies,
    tokens,
    users,
)
from controller.web.keyring import Keyring

_RESOURCES = (
    users,
    groups,
    lists,
    page_groups,
    phones,
    replies,
    call_backs,
    tokens,
    keys,
    history,
    presence,
    explain,
)


def blueprints(controller: Controller, keyring: Keyring) -> tuple[Blueprint, ...]:
    """All of them, for one controller."""
    return tuple(each.blueprint(controller, keyring) for each in _RESOURCES)

"""The fields of rights, which users and settings groups share."""

from __future__ import annotations

from controller.domain.policy import Accept, Feature, Level, Rights, WhenNotAccepted
from controller.web.console.admin.forms import INHERIT, Field, Kind
from controller.web.console.admin.room import Room

YES, NO = "yes", "no"


def yes_no(room: Room, value: bool | None) -> str:
    """A truth value as the form has it; INHERIT for None."""
    return INHERIT if value is None else YES if value else NO


def truth(sent: str) -> bool | None:
    """What the form means: None for INHERIT."""
    return None if sent == INHERIT else sent == YES


def choice(room: Room, values: tuple[str, ...], inherited: str | None = None) -> tuple[tuple[str, str], ...]:
    """Options with their texts; first one for what is inherited, which is in effect now."""
    options = tuple((value, room.text(f"value.{value}")) for value in values)
    if inherited is None:
        return options
    now = f" ({room.text(f'value.{inherited}')})" if inherited else ""
    return ((INHERIT, room.text("value.inherit") + now), *options)


def of_user(room: Room, feature: Feature, rights: Rights | None) -> tuple[Field, Field]:
    """The fields of a user for a feature; with what it would inherit."""
    initiate = accept = INHERIT
    inherits_initiate = inherits_accept = ""
    if rights:
        if rights.initiate_source.level is Level.USER:
            initiate = yes_no(room, rights.initiate)
        else:
            inherits_initiate = yes_no(room, rights.initiate)
        if rights.accept_source.level is Level.USER:
            accept = rights.accept.value
        else:
            inherits_accept = rights.accept.value
    return (
        Field(f"{feature}_initiate", f"f.{feature}_initiate", Kind.SELECT, initiate,
              choice(room, (YES, NO), inherits_initiate), required=False),
        Field(f"{feature}_accept", f"f.{feature}_accept", Kind.SELECT, accept,
              choice(room, tuple(Accept), inherits_accept), required=False),
    )  # fmt: skip


def of_group(room: Room, feature: Feature, initiate: bool, accept: Accept) -> tuple[Field, Field]:
    """The fields of a settings group for a feature."""
    return (
        Field(f"{feature}_initiate", f"f.{feature}_initiate", Kind.SELECT, yes_no(room, initiate),
              choice(room, (YES, NO))),
        Field(f"{feature}_accept", f"f.{feature}_accept", Kind.SELECT, accept.value,
              choice(room, tuple(Accept))),
    )  # fmt: skip


def instead(room: Room, value: WhenNotAccepted) -> Field:
    """What is done with a page that is not accepted."""
    options = choice(room, tuple(WhenNotAccepted))
    return Field("when_not_accepted", "f.when_not_accepted", Kind.SELECT, value.value, options)

"""The users in FreeSWITCH's directory."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from controller.domain.names import UserName
from controller.errors import InvalidValue, SwitchTrouble
from controller.switch_address import SwitchAddress


def fetch(address: SwitchAddress, deadline: float) -> str:
    """The whole directory of the switch as XML, passwords included: for `users` only. Raises SwitchError.

    `list_users` would be shorter, but separates its columns by what may stand in them, and asks for each
    user's contact (`list_users_function`, mod_commands.c).
    """
    from controller.eventsocket import api
    from controller.eventsocket.connection import Connection

    connection = Connection(address, timeout=deadline)
    connection.connect()
    try:
        outcome = connection.api(api.call("xml_locate", "directory"), deadline)
    finally:
        connection.stop()
    if not outcome.done:
        raise SwitchTrouble(
            f"The switch at {address} did not give its directory ({outcome.text[:100]}): "
            "permit xml_locate in the login's esl-allowed-api."
        )
    return outcome.text


def users(xml: str) -> list[UserName]:
    """Every user of every domain once, in order. Raises InvalidValue, and SwitchTrouble if there are none."""
    found = {
        _name(user.get("id", ""), domain.get("name", ""))
        for domain in _domains(xml)
        for user in domain.iterfind(_path(domain))
        if user.get("type") != "pointer"  # which puts a user of the domain into one more group
    }
    if not found:
        raise SwitchTrouble(
            "The switch lists no users: a directory that comes from elsewhere, as by mod_xml_curl, cannot be "
            "listed, so import its users from a CSV file."
        )
    return sorted(found, key=lambda name: (name.domain, name.extension))


def _domains(xml: str) -> Iterator[ElementTree.Element]:
    if not xml.startswith("<"):  # `can't find anything`
        return iter(())
    try:
        return ElementTree.fromstring(xml).iter("domain")
    except ElementTree.ParseError as error:
        raise SwitchTrouble(f"The switch's directory is no XML ({error}): correct it there.") from None


def _path(domain: ElementTree.Element) -> str:
    """Where the switch looks for a domain's users (`switch_xml_locate_user_in_domain`, switch_xml.c)."""
    if domain.find("groups") is not None:
        return "groups/group/users/user"
    return "user" if domain.find("users") is None else "users/user"


def _name(extension: str, domain: str) -> UserName:
    try:
        return UserName(extension, domain)
    except InvalidValue as error:
        raise InvalidValue(
            f"The switch's directory has a user that cannot be one here: {str(error).removesuffix('.')}. "
            "Nothing was changed."
        ) from None

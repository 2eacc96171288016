"""The rights that the whole configuration gives, and to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from controller.doctor import dialplan, installation
from tests.unit.freeswitch.conftest import SECRETS, TOP
from tests.unit.freeswitch.needs import api_calls, events


def found(document: Element, path: str) -> Element:
    element = document.find(path)
    assert element is not None, path
    return element


def setting(parent: Element, name: str) -> str:
    return found(parent, f".//param[@name='{name}']").get("value", "")


@pytest.fixture
def controller(document: Element) -> Element:
    return found(document, "section[@name='directory']/domain[@name='eventsocket']//user[@id='controller']")


# -- the controller's login --------------------------------------------------------------------------------


def test_it_may_call_what_the_controller_calls_and_no_more(controller: Element) -> None:
    """If this fails, write the first of the two into freeswitch/directory/eventsocket.xml."""
    assert " ".join(sorted(api_calls())) == setting(controller, "esl-allowed-api")


def test_it_gets_the_events_that_the_controller_asks_for_and_no_more(controller: Element) -> None:
    """CUSTOM comes last, since its subclasses follow it. If this fails, do as above."""
    allowed = setting(controller, "esl-allowed-events").split(" ")
    asked = events()
    at, wanted = allowed.index("CUSTOM"), asked.index("CUSTOM")
    assert set(allowed[:at]) == set(asked[:wanted])
    assert set(allowed[at + 1 :]) == set(asked[wanted + 1 :])


def test_it_is_nobody_that_phones_know(document: Element, controller: Element) -> None:
    assert setting(controller, "sip-forbid-register") == "true"
    domains = {each.get("name") for each in document.iter("domain")}
    profile = found(document, ".//profile[@name='internal']")
    assert setting(profile, "force-register-domain") in domains - {"eventsocket"}


# -- the rest of the switch --------------------------------------------------------------------------------


def test_the_event_socket_lets_in_whom_the_list_names(document: Element) -> None:
    socket = found(document, ".//configuration[@name='event_socket.conf']")
    assert setting(socket, "password") == SECRETS["EVENT_SOCKET_PASSWORD"]
    allowed = found(document, f".//list[@name='{setting(socket, 'apply-inbound-acl')}']")
    assert allowed.get("default") == "deny"
    assert {node.get("cidr") for node in allowed} == {"127.0.0.1/32"}


def test_phones_are_asked_for_their_password(document: Element) -> None:
    phones = found(document, ".//profile[@name='internal']")
    assert setting(phones, "auth-calls") == "true"
    assert setting(phones, "accept-blind-auth") == "false"
    assert phones.find(".//param[@name='apply-inbound-acl']") is None
    users = found(document, "section[@name='directory']/domain[@name='pbx.test']")
    assert setting(users, "allow-empty-password") == "false"
    assert {user.get("id") for user in users.iter("user")} == {"1001", "1002", "1003"}


def test_callers_without_a_password_must_be_on_a_list_and_enter_the_outside_context(
    document: Element,
) -> None:
    for profile in document.iter("profile"):
        if profile.find(".//param[@name='auth-calls'][@value='false']") is not None:
            assert setting(profile, "context") == "public"
            acl = setting(profile, "apply-inbound-acl")
            assert found(document, f".//list[@name='{acl}']").get("default") == "deny"


def test_nothing_in_the_switch_runs_a_program() -> None:
    lines = (TOP / "freeswitch" / "vars.xml").read_text()
    for commands in ("api", "app"):
        assert f'cmd="set" data="disable_system_{commands}_commands=true"' in lines


def test_no_phone_runs_a_command_of_the_switch_by_a_message(document: Element) -> None:
    for profile in document.iter("profile"):
        if profile.find("settings/param[@name='sip-port']") is not None:
            assert setting(profile, "enable-chat") == "false"
            assert setting(profile, "extended-info-parsing") == "false"


def test_every_module_that_pages_need_is_loaded(document: Element) -> None:
    assert {each.get("module") for each in document.iter("load")} >= set(installation.MODULES)


# -- the dialplan ------------------------------------------------------------------------------------------


def extensions(document: Element, context: str) -> Iterator[Element]:
    yield from found(document, f"section[@name='dialplan']/context[@name='{context}']").iter("extension")


def test_users_have_the_feature_codes_before_anything_else(document: Element) -> None:
    names = [each.get("name", "") for each in extensions(document, "default")]
    codes = [name for name in names if name.startswith("whisperpage_")]
    assert dialplan.FEATURE_CODES in codes
    assert names[: len(codes)] == codes


@pytest.mark.parametrize("dialled", ["*19", "*191002", "*15", "*151002", "request", "prompt", "meet-x", ""])
def test_no_feature_code_can_be_dialled_from_outside(document: Element, dialled: str) -> None:
    for extension in extensions(document, "public"):
        conditions = list(extension.iter("condition"))
        assert conditions
        assert all(each.get("field") == "destination_number" for each in conditions)
        assert not all(re.search(each.get("expression", ""), dialled) for each in conditions)


def test_nothing_leads_from_outside_into_another_context(document: Element) -> None:
    applications = {
        action.get("application") for each in extensions(document, "public") for action in each.iter("action")
    }
    assert applications == {"set", "bridge"}
    targets = [
        action.get("data", "")
        for each in extensions(document, "public")
        for action in each.iter("action")
        if action.get("application") == "bridge"
    ]
    assert all(target.startswith("user/") for target in targets)

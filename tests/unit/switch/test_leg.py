"""Reading legs from uuid_dump."""

from __future__ import annotations

import pytest

from controller.domain.leg import Leg
from controller.domain.names import UserName
from controller.switch.leg import address_of, claimed_user, from_dump, number, user_of

DUMP = {
    "Unique-ID": "leg-1",
    "Channel-Presence-ID": "1002@PBX.test",
    "Channel-Name": "sofia/internal/1002@pbx.test",
    "Call-Direction": "inbound",
    "Channel-State": "CS_EXECUTE",
    "Channel-Call-State": "ACTIVE",
    "Answer-State": "answered",
    "Channel-Read-Codec-Rate": "16000",
    "Caller-Channel-Created-Time": "1795353659100883",
    "variable_sip_authorized": "true",
    "variable_user_name": "1002",
    "variable_domain_name": "PBX.test",
    "variable_bridge_to": "leg-2",
    "variable_current_application": "bridge",
    "variable_sip_user_agent": "snomD785/10.1.84.12",
    "variable_sip_contact_host": "10.0.0.2",
    "variable_sip_contact_port": "5062",
}


def leg(**changes: str) -> Leg:
    dump = DUMP | {name.replace("__", "-"): value for name, value in changes.items()}
    return from_dump(lambda name: dump.get(name, ""))


def test_a_leg_has_the_data_of_the_switch() -> None:
    assert leg() == Leg(
        uuid="leg-1",
        user=UserName("1002", "pbx.test"),
        name="sofia/internal/1002@pbx.test",
        direction="inbound",
        state="CS_EXECUTE",
        call_state="ACTIVE",
        answered=True,
        partner="leg-2",
        application="bridge",
        read_rate=16000,
        user_agent="snomD785/10.1.84.12",
        address="10.0.0.2:5062",
        created=1795353659100883,
    )


def test_missing_data_of_a_leg_stays_empty() -> None:
    assert from_dump(lambda name: "") == Leg(uuid="")


def test_a_bypass_bridge_has_its_partner_in_another_variable() -> None:
    hibernating = leg(variable_bridge_to="", variable_signal_bridge_to="leg-3", Channel__State="CS_HIBERNATE")
    assert hibernating.partner == "leg-3"
    assert hibernating.bypass
    assert not hibernating.audible


def test_proxied_media_cannot_be_eavesdropped_either() -> None:
    assert not leg(variable_proxy_media="true").audible


@pytest.mark.parametrize("sign", [{"variable_current_application": "rxfax"}, {"variable_has_t38": "true"}])
def test_a_fax_is_known(sign: dict[str, str]) -> None:
    assert leg(**sign).fax


def test_conference_is_known_by_the_key_that_leaving_clears() -> None:
    assert leg(variable_conference_call_key="conference_3001_pbx").conference
    assert not leg(variable_current_application="conference").conference


@pytest.mark.parametrize(
    ("changes", "talking"),
    [
        ({}, True),
        ({"Channel__Call__State": "HELD"}, False),
        ({"Answer__State": "early"}, False),
        ({"Answer__State": "ringing"}, False),
        ({"Channel__State": "CS_HANGUP"}, False),
    ],
)
def test_talking_is_answered_up_and_not_on_hold(changes: dict[str, str], talking: bool) -> None:
    assert leg(**changes).talking is talking


@pytest.mark.parametrize(
    "headers",
    [
        {"Channel-Presence-ID": "1002@pbx.test", "variable_user_name": "9"},
        {
            "Channel-Presence-ID": "1002@10.0.0.1",
            "variable_user_name": "1002",
            "variable_domain_name": "pbx.test",
        },
        {"Call-Direction": "outbound", "Channel-Presence-ID": "1002@pbx.test", "variable_dialed_user": "9"},
        {"variable_user_name": "1002", "variable_domain_name": "pbx.test"},
        {"Call-Direction": "outbound", "variable_dialed_user": "1002", "variable_dialed_domain": "PBX.TEST"},
    ],
)
def test_user_is_found_on_legs_of_either_direction(headers: dict[str, str]) -> None:
    assert user_of(lambda name: headers.get(name, "")) == UserName("1002", "pbx.test")


#: An inbound SIP call that claims to be 1002's: its phone writes the From header.
CLAIMS = {
    "Call-Direction": "inbound",
    "Channel-Name": "sofia/internal/1002@pbx.test",
    "Channel-Presence-ID": "1002@pbx.test",
}


@pytest.mark.parametrize(
    ("authenticated", "user"),
    [
        ({}, None),  # a caller from outside, on a profile that manages presence
        ({"variable_user_name": "1002", "variable_domain_name": "pbx.test"}, None),
        ({"variable_sip_authorized": "true"}, None),  # authorized only by its address
        (
            {
                "variable_sip_authorized": "true",
                "variable_user_name": "1003",
                "variable_domain_name": "pbx.test",
            },
            UserName("1003", "pbx.test"),
        ),
        (
            {
                "variable_sip_authorized": "true",
                "variable_user_name": "1002",
                "variable_domain_name": "b.test",
            },
            UserName("1002", "b.test"),
        ),
    ],
)
def test_user_of_an_inbound_call_is_the_authenticated_one_and_not_the_claimed_one(
    authenticated: dict[str, str], user: UserName | None
) -> None:
    headers = CLAIMS | authenticated
    assert user_of(lambda name: headers.get(name, "")) == user
    assert claimed_user(lambda name: headers.get(name, "")) == UserName("1002", "pbx.test")


def test_a_carriers_leg_has_no_user_even_after_dialling_one() -> None:
    caller = {
        "Call-Direction": "inbound",
        "variable_dialed_user": "1002",
        "variable_dialed_domain": "pbx.test",
    }
    assert user_of(lambda name: caller.get(name, "")) is None


def test_address_needs_both_its_parts() -> None:
    assert address_of(lambda name: "10.0.0.2" if name.endswith("host") else "") == ""


@pytest.mark.parametrize(("text", "value"), [("8000", 8000), ("", 0), ("8k", 0), ("-1", 0), ("٣", 0)])
def test_numbers_are_read_or_are_nothing(text: str, value: int) -> None:
    assert number(text) == value

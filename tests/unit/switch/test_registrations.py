"""Reading registered phones from mod_sofia's answers."""

from __future__ import annotations

import pytest

from controller.domain.leg import Registration
from controller.errors import UnsafeValue
from controller.switch import dialstring
from controller.switch.registrations import parse_contacts, with_agents

ONE = "sofia/internal/sip:gw+g1002@127.0.0.1:6002;transport=udp;gw=g1002"
TWO = "sofia/internal/sip:1002@10.0.0.3"
STATUS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<profile>
  <registrations>
    <registration>
        <contact>&quot;&quot; &lt;sip:gw+g1002@127.0.0.1:6002;transport=udp;gw=g1002&gt;</contact>
        <agent>PolycomVVX-VVX_411-UA/5.9.5.0614</agent>
    </registration>
    <registration>
        <contact>&quot;a&quot; &lt;sip:1002@10.0.0.3&gt;</contact>
        <agent>Zoiper é</agent>
    </registration>
  </registrations>
</profile>
"""


@pytest.mark.parametrize("answer", ["", "error/user_not_registered", "sofia/internal/nothing"])
def test_nobody_is_registered(answer: str) -> None:
    assert parse_contacts(answer) == ()


def test_several_phones_keep_their_order() -> None:
    phones = parse_contacts(f"{ONE},{TWO}")
    assert [each.dial for each in phones] == [ONE, TWO]
    assert [each.address for each in phones] == ["127.0.0.1:6002", "10.0.0.3:5060"]
    assert {each.profile for each in phones} == {"internal"}


def test_a_comma_within_a_contact_does_not_make_a_phone() -> None:
    assert [each.dial for each in parse_contacts(f"{TWO};x=1,2,{ONE}")] == [f"{TWO};x=1,2", ONE]


@pytest.mark.parametrize(
    "contact",
    [  # as FreeSWITCH 1.10.12 has accepted them in a REGISTER and written them in its answer
        "sip:x,sofia/gateway/trunk/1900@127.0.0.1:7000",
        'sip:x@127.0.0.1:7000;p="a,sofia/gateway/x/1"',
        "sip:x@127.0.0.1:7000;p=,[leg_timeout=1]sofia/internal/1003%pbx.test",
        "sip:x@127.0.0.1:7000;p=,sofia/internal/1003",
        "sip:x|loopback/19001@127.0.0.1:7000",
        "sip:x@127.0.0.1:7000;p=:_:sofia/gateway/trunk/1900",
        "sip:${system(id)}@127.0.0.1:7000",
        "sip:x@127.0.0.1:7000;p=${global_setvar(a=1)}",
        "sip:x'y@127.0.0.1:7000",
        "sip:x\\,y@127.0.0.1:7000",
    ],
)
def test_a_contact_that_would_have_the_switch_dial_something_else_rings_nothing(contact: str) -> None:
    first, *others = parse_contacts(f"sofia/internal/{contact},{TWO}")
    assert [each.dial for each in others] == [TWO]
    with pytest.raises(UnsafeValue):
        dialstring.phone(first.dial, {})


def test_agents_are_found_by_contact() -> None:
    agents = [each.user_agent for each in with_agents(parse_contacts(f"{ONE},{TWO}"), {"internal": STATUS})]
    assert agents == ["PolycomVVX-VVX_411-UA/5.9.5.0614", "Zoiper é"]


def test_a_phone_that_the_status_does_not_know_stays_unknown() -> None:
    other = Registration("sofia/internal/sip:1002@10.0.0.9", address="10.0.0.9:5060")
    assert with_agents([other], {"internal": STATUS}) == (other,)


def test_a_status_that_is_no_xml_leaves_the_agents_unknown() -> None:
    phones = parse_contacts(ONE)
    assert with_agents(phones, {"internal": "Invalid Profile!"}) == phones
    assert with_agents(phones, {"internal": STATUS.replace("Zoiper", "\x01 <")}) == phones


@pytest.mark.parametrize(
    ("dial", "address"),
    [
        ("sofia/internal/sip:1002@[fd00::2]:5062;ob", "[fd00::2]:5062"),
        ("sofia/internal/sip:1002@[fd00::2]", "[fd00::2]:5060"),
        ("sofia/internal/sip:10.0.0.2:5061", "10.0.0.2:5061"),
        ("sofia/internal/sip:1002@10.0.0.2:5060;fs_path=sip%3Aproxy", "10.0.0.2:5060"),
    ],
)
def test_address_is_that_of_the_contact(dial: str, address: str) -> None:
    assert parse_contacts(dial)[0].address == address


#: A text that a phone may add to its contact behind a comma; it looks like a phone of another profile.
FORGED = "sofia/external/sip:1900@carrier.example"


@pytest.mark.parametrize("status", [STATUS, "no XML", "<profile><registrations/></profile>"])
def test_a_phone_that_its_other_profile_does_not_have_is_left_out(status: str) -> None:
    found = with_agents(parse_contacts(f"{ONE};p=a,{FORGED}"), {"internal": STATUS, "external": status})
    assert [each.profile for each in found] == ["internal"]


def test_a_phone_that_its_other_profile_has_is_kept() -> None:
    status = STATUS.replace("1002@10.0.0.3", "1900@carrier.example")
    found = with_agents(parse_contacts(f"{ONE},{FORGED}"), {"internal": STATUS, "external": status})
    assert [each.user_agent for each in found] == ["PolycomVVX-VVX_411-UA/5.9.5.0614", "Zoiper é"]

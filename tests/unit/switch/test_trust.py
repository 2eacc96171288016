"""Who a caller is, as a proxy says: it counts from the addresses that the settings trust."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.errors import SettingsError
from controller.switch.identity import SwitchName
from controller.switch.leg import user_of
from controller.switch.trust import NOBODY, Trust, trust_in

USER = UserName("1001", "pbx.test")
KAMAILIO = trust_in("10.0.0.9, 10.1.0.0/28", "P-Asserted-Identity")


def caller(address: str = "10.0.0.9", **headers: str) -> dict[str, str]:
    """An inbound leg that nobody has authenticated at the switch."""
    return {
        "Channel-Name": "sofia/internal/1001@pbx.test",
        "Call-Direction": "inbound",
        "Channel-Presence-ID": "1003@pbx.test",
        "variable_sip_network_ip": address,
        "variable_sip_P-Asserted-Identity": "<sip:1001@pbx.test>",
    } | headers


def who(leg: dict[str, str], trust: Trust = KAMAILIO) -> UserName | None:
    return user_of(lambda name: leg.get(name, ""), trust)


@pytest.mark.parametrize("address", ["10.0.0.9", "10.1.0.3"])
def test_caller_is_who_a_trusted_proxy_says(address: str) -> None:
    assert who(caller(address)) == USER


@pytest.mark.parametrize("address", ["10.0.0.8", "203.0.113.5", "", "10.0.0.9, 10.0.0.8", "::ffff:10.0.0.9"])
def test_from_anywhere_else_the_header_counts_for_nothing(address: str) -> None:
    assert who(caller(address)) is None


def test_without_trusted_proxies_the_header_counts_for_nothing() -> None:
    assert who(caller(), NOBODY) is None


@pytest.mark.parametrize(
    "identity",
    [
        "sip:1001@pbx.test",
        '"Ann" <sip:1001@pbx.test:5060>',
        "<sips:1001@pbx.test;transport=tls>",
        " <sip:1001@PBX.test>",
    ],
)
def test_the_header_is_read_in_its_forms(identity: str) -> None:
    assert who(caller(**{"variable_sip_P-Asserted-Identity": identity})) == USER


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "1001",
        "<tel:+4930123>",
        "<sip:pbx.test>",
        "<sip:1001@pbx.test>, <sip:1003@pbx.test>",
        "ARRAY::<sip:1001@pbx.test>|:<sip:1003@pbx.test>",
        '"<sip:1003@pbx.test>" <sip:1001@pbx.test> <sip:1002@pbx.test>',
        "<sip:1001@pbx.test@evil.test>",
        "<sip:1001%40pbx.test@x y>",
    ],
)
def test_what_is_not_one_user_is_nobody(identity: str) -> None:
    assert who(caller(**{"variable_sip_P-Asserted-Identity": identity})) is None


def test_whom_the_switch_has_authenticated_comes_first() -> None:
    own = {
        "variable_sip_authorized": "true",
        "variable_user_name": "1005",
        "variable_domain_name": "pbx.test",
    }
    assert who(caller(**own)) == UserName("1005", "pbx.test")


def test_the_older_header_will_do_in_any_letters() -> None:
    trust = trust_in("10.0.0.9", "remote-party-id")
    assert who(caller(**{"variable_sip_Remote-Party-ID": "<sip:1004@pbx.test>"}), trust) == UserName(
        "1004", "pbx.test"
    )


@pytest.mark.parametrize("header", ["X-Authenticated-User", "x-user", "P-Called-Party-ID", "From", "A B", ""])
def test_header_that_a_phone_could_change_within_its_call_is_refused(header: str) -> None:
    with pytest.raises(SettingsError, match=r"identity_header .* write P-Asserted-Identity or Remote-Party"):
        trust_in("10.0.0.9", header)


def test_user_without_a_domain_is_of_the_switchs_own() -> None:
    name = SwitchName("10.0.0.1:8021")
    trust = trust_in("10.0.0.9", "P-Asserted-Identity", name)
    leg = caller(**{"variable_sip_P-Asserted-Identity": "1001"})
    assert who(leg, trust) is None
    name.domain = "pbx.test"
    assert who(leg, trust) == USER
    assert who(caller(**{"variable_sip_P-Asserted-Identity": "1001@evil.test"}), trust) is None


def test_outbound_leg_is_of_whom_the_switch_has_dialled() -> None:
    leg = caller(**{"Call-Direction": "outbound", "Channel-Presence-ID": "1002@pbx.test"})
    assert who(leg) == UserName("1002", "pbx.test")


@pytest.mark.parametrize("proxies", ["10.0.0", "10.0.0.9/24"])
def test_addresses_that_are_wrong_say_so(proxies: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        trust_in(proxies, "P-Asserted-Identity")

"""The dial string by which a proxy rings a user."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.errors import InvalidValue, SettingsError
from controller.switch import dialstring
from controller.switch.proxied import ProxyDial, proxy_dial_in

WAY = "sofia/internal/{user}@{domain};fs_path=sip:10.0.0.9"


def dial(way: str, user: UserName) -> str:
    (phone,) = proxy_dial_in(way).phones(user)
    assert phone.through_proxy
    return dialstring.phone(phone.dial, {})


@pytest.mark.parametrize(
    ("way", "dialled"),
    [
        (WAY, "sofia/internal/1005@pbx.test;fs_path=sip:10.0.0.9"),
        ("sofia/gateway/kamailio/{user}", "sofia/gateway/kamailio/1005"),
        ("sofia/internal/{user}@10.0.0.9:5070", "sofia/internal/1005@10.0.0.9:5070"),
        (
            "sofia/a/sip:{user}@{domain};x={user}%3Btransport=tcp",
            "sofia/a/sip:1005@pbx.test;x=1005%3Btransport=tcp",
        ),
    ],
)
def test_user_and_domain_stand_in_their_places(way: str, dialled: str) -> None:
    assert dial(way, UserName("1005", "pbx.test")) == dialled


def test_without_a_proxy_nothing_rings() -> None:
    assert ProxyDial().phones(UserName("1005", "pbx.test")) == ()
    assert proxy_dial_in("") == ProxyDial()


def test_address_of_ip_version_6_is_in_brackets() -> None:
    assert dial(WAY, UserName("1005", "2001:db8::1")).endswith("1005@[2001:db8::1];fs_path=sip:10.0.0.9")


@pytest.mark.parametrize(
    "extension", ["+49.30-1_2", "{user}", "1005@evil.test", "1;fs_path=sip:evil", "1,loopback/9"]
)
def test_extension_stays_what_it_is_or_is_no_extension(extension: str) -> None:
    try:
        user = UserName(extension, "pbx.test")
    except InvalidValue:
        return
    assert dial(WAY, user) == f"sofia/internal/{extension}@pbx.test;fs_path=sip:10.0.0.9"


@pytest.mark.parametrize("domain", ["{user}", "pbx.test;fs_path=sip:evil", "a,b", "a@b", "a b", "a/b"])
def test_domain_that_could_be_more_than_a_domain_is_none(domain: str) -> None:
    with pytest.raises(InvalidValue):
        UserName("1005", domain)


@pytest.mark.parametrize(
    "way",
    [
        "sofia/internal/1005@{domain}",
        "{user}",
        "user/{user}@{domain}",
        "loopback/{user}/default",
        "sofia/internal/{user}@{domain},sofia/internal/9@trunk",
        "sofia/internal/{user}@{domain}|sofia/internal/9@trunk",
        "sofia/internal/{user}:_:sofia",
        "[a=b]sofia/internal/{user}",
        "{a=b}sofia/internal/{user}",
        "sofia/internal/{user.__class__}@{user}",
        "sofia/internal/{user}@${domain}",
        "sofia/internal/{user}@{host}",
        "sofia/internal/{user} &park()",
        "sofia/internal/{user}\n",
        "sofia/internal/'{user}'",
    ],
)
def test_dial_string_that_could_do_anything_else_is_refused(way: str) -> None:
    with pytest.raises(SettingsError, match="proxy_dial"):
        proxy_dial_in(way)

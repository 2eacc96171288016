"""Recognising a phone by its User-Agent."""

from __future__ import annotations

import time
from importlib import util
from typing import Any

import pytest

from controller import resources
from controller.phones.auto_answer import read_headers
from controller.phones.recognise import LOOKED_AT, matches, recognise
from controller.phones.values import Header, PhoneKind, PhoneOverride, PhoneRule

DESK, SOFT = PhoneKind.DESK, PhoneKind.SOFT


@pytest.fixture(scope="module")
def seeded() -> tuple[PhoneRule, ...]:
    """The rules that the first migration stores."""
    path = resources.migrations() / "versions" / "0002_phone_rules.py"
    spec = util.spec_from_file_location("phone_rules_seed", path)
    assert spec is not None
    assert spec.loader is not None
    seed: Any = util.module_from_spec(spec)
    spec.loader.exec_module(seed)
    known = [(*row, SOFT) for row in seed.SOFT] + [(*row, DESK) for row in seed.DESK]
    return tuple(
        PhoneRule(at, pattern, vendor, kind, read_headers(headers))
        for at, (pattern, vendor, headers, kind) in enumerate(known)
    )


@pytest.mark.parametrize(
    ("user_agent", "vendor"),
    [
        ("Yealink SIP-T46U 108.86.0.20", "Yealink"),
        ("PolycomVVX-VVX_250-UA/6.4.3.5156", "Poly"),
        ("Cisco/SPA504G-7.6.2c", "Cisco SPA"),
        ("Cisco-CP8841/12.6.1", "Cisco MPP"),
        ("snomD785/10.1.84.12", "Snom"),
        ("snomD785-SIP 10.1.169.16", "Snom"),
        ("Grandstream GXP2170 1.0.11.57", "Grandstream"),
        ("Fanvil X4U 2.12.7.6", "Fanvil"),
        ("Htek UC924E V3.0.4.5", "Htek"),
        ("Aastra 51i/2.5.1.41", "Mitel"),
        ("Mitel-6920-SIP/6.4.0.140", "Mitel"),
        ("OBIHAI/OBi1032-5.1.11", "Obihai"),
        ("Panasonic_KX-UT670/01.022", "Panasonic"),
    ],
)
def test_the_desk_phones_that_are_known_are_recognised(seeded: Any, user_agent: str, vendor: str) -> None:
    phone = recognise(user_agent, seeded)
    assert (phone.kind, phone.vendor) == (DESK, vendor)
    assert phone.headers


@pytest.mark.parametrize(
    "user_agent",
    [
        "MicroSIP/3.21.5",
        "Zoiper v2.10.20.4_1",
        "Z 5.6.4 v2.10.20.4",
        "Bria 3 release 3.5.5 stamp 71243",
        "Bria iOS release 3.9.5 stamp 38501.38502",
        "X-Lite release 5.7.1 stamp 99142",
        "LinphoneAndroid/5.0.7 (Pixel 6) LinphoneSDK/5.2.27",
        "Linphone Desktop/4.2.5 (Windows 10)",
        "JsSIP 3.10.0",
        "SIP.js/0.21.1",
        "baresip v1.1.0 (x86_64/linux)",
        "3CXPhone 6.0.26523.0",
        "Acrobits SIPIS",
        "Sangoma Windows Softphone",
        "Grandstream Wave 1.0.19.5",
    ],
)
def test_the_softphones_that_are_known_are_recognised(seeded: Any, user_agent: str) -> None:
    phone = recognise(user_agent, seeded)
    assert phone.rule is not None
    assert phone.kind is SOFT


def test_linphone_is_sent_no_header(seeded: Any) -> None:
    assert recognise("Linphone Desktop/4.2.5 (Windows 10)", seeded).headers == ()


def test_yealink_is_sent_both_headers_that_it_knows(seeded: Any) -> None:
    headers = recognise("Yealink SIP-T46U", seeded).headers
    assert [header.name for header in headers] == ["Call-Info", "Alert-Info"]


def test_every_seeded_header_is_one_that_may_be_sent(seeded: Any) -> None:
    rules = {rule.pattern: len(rule.headers) for rule in seeded}
    assert {pattern for pattern, headers in rules.items() if not headers} == {"Linphone*"}


def test_the_first_rule_that_matches_counts() -> None:
    rules = (PhoneRule(1, "Acme Soft*", "Acme", SOFT), PhoneRule(2, "Acme*", "Acme", DESK))
    assert recognise("Acme Softphone", rules).rule == rules[0]
    assert recognise("Acme Phone", rules).rule == rules[1]


@pytest.mark.parametrize("user_agent", ["", None, "Something else 1.0"])
def test_what_no_rule_knows_is_of_the_kind_of_the_setting(user_agent: str | None) -> None:
    rules = (PhoneRule(1, "Acme*", "Acme", DESK),)
    assert recognise(user_agent, rules).kind is SOFT
    assert recognise(user_agent, rules, unknown=DESK).kind is DESK


def test_what_no_rule_knows_is_asked_to_answer_in_the_two_commonest_ways() -> None:
    assert [header.name for header in recognise("Something else", ()).headers] == ["Call-Info", "Answer-Mode"]


def test_the_user_overrides_the_kind_and_keeps_the_headers() -> None:
    rules = (PhoneRule(1, "Acme*", "Acme", DESK, (Header("Answer-Mode", "Auto"),)),)
    phone = recognise("Acme 1", rules, PhoneOverride(kind=SOFT))
    assert (phone.kind, phone.headers) == (SOFT, rules[0].headers)


def test_the_user_overrides_the_headers_with_none_at_all() -> None:
    rules = (PhoneRule(1, "Acme*", "Acme", DESK, (Header("Answer-Mode", "Auto"),)),)
    phone = recognise("Acme 1", rules, PhoneOverride(headers=()))
    assert (phone.kind, phone.headers) == (DESK, ())


@pytest.mark.parametrize(
    ("pattern", "text", "like"),
    [
        ("Acme", "acme", True),
        ("Acme", "acme 2", False),
        ("Acme*", "Acme 2", True),
        ("Acme*", "An Acme", False),
        ("*phone", "softphone", True),
        ("*phone*", "a Phone 2", True),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c", False),
        ("ab*ba", "aba", False),
        ("a*a*a", "aa", False),
        ("*", "", True),
        ("**", "anything", True),
        ("a.c", "abc", False),
        ("[a]", "a", False),
    ],
)
def test_a_star_and_nothing_else_stands_for_anything(pattern: str, text: str, like: bool) -> None:
    assert matches(pattern, text) is like


def test_no_pattern_takes_long() -> None:
    started = time.process_time()
    assert not matches("*a" * 100, "a" * 99 + "b" * (LOOKED_AT - 99))
    assert time.process_time() - started < 0.05


def test_only_the_beginning_of_a_long_user_agent_is_looked_at() -> None:
    rules = (PhoneRule(1, "*end", "Acme", DESK),)
    assert recognise("x" * LOOKED_AT + "end", rules).rule is None

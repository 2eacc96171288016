"""What a FusionPBX's tenants have beside pages: messages, page groups, call backs, reverse pages.

All is tried behind an upgrade of an installation that had no code for messages yet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.live.fusion import ALIAS, BOB, ONE, PHONES, TWO, fusionpbx
from tests.live.fusion_installed import HEARD, NOT_HEARD
from tests.live.fusion_tenants import OF_ALL, SOUNDS, Tenants
from tests.live.levels import sustained_in
from tests.live.office import wait_for


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    with fusionpbx(tmp_path_factory.mktemp("fusionpbx")) as fusion:
        tenants = Tenants(fusion)
        tenants.add_messages()
        tenants.take_code_away()
        yield tenants


@pytest.fixture(scope="module")
def upgraded(before: Tenants) -> Tenants:
    before.tell("fusionpbx", "upgrade")
    return before


@pytest.fixture
def tenants(upgraded: Tenants) -> Iterator[Tenants]:
    yield upgraded
    upgraded.fusion.hang_up()


# -- the code for messages ---------------------------------------------------------------------------------


def test_without_the_code_status_and_doctor_say_so(before: Tenants) -> None:
    status, doctor = (before.fusion.whisperpage(*words) for words in (("fusionpbx", "status"), ("doctor",)))
    assert (status.returncode, doctor.returncode) == (1, 1)
    for domain in (ONE, TWO):
        assert f"*18 in {domain}" in doctor.stdout
        assert before.page(domain, "*181*") != ""
        before.fusion.hang_up()


def test_our_upgrade_brings_the_code_into_every_domain(tenants: Tenants) -> None:
    assert tenants.numbers()[ONE, "whisper_page_message"] == "*18"
    assert tenants.numbers()[TWO, "whisper_page_message"] == "*18"
    for words in (("fusionpbx", "status"), ("doctor",)):
        tenants.tell(*words)


@pytest.mark.parametrize("domain", [ONE, TWO])
def test_a_number_is_the_message_of_the_tenant_that_dials_it(tenants: Tenants, domain: str) -> None:
    """Into a call that is recorded, to its end, and without a reply."""
    fusion, (pager, target, far) = tenants.fusion, tenants.phones(domain)
    assert tenants.page(domain, "*181*") == ""
    row = tenants.last(message="visitor", ending="heard")
    assert (row["pager"], row["target"]) == (f"1001@{domain}", f"1002@{domain}")
    fusion.hang_up()
    for each, hz in SOUNDS.items():
        assert tenants.hears(target, hz, "target") is (each == domain)
        assert not tenants.hears(far, hz)
        assert not tenants.hears(pager, hz, "pager")
    assert tenants.hears(far, target.hz)
    assert tenants.hears(target, far.hz, "target")
    recorded = max((fusion.recordings / domain).rglob("*.wav"), key=lambda each: each.stat().st_mtime)
    assert sustained_in(recorded, SOUNDS[domain]) < NOT_HEARD < HEARD < sustained_in(recorded, target.hz)


def test_a_message_of_all_can_be_sent_by_both_tenants(tenants: Tenants) -> None:
    for domain in (ONE, TWO):
        assert tenants.page(domain, "*182*") == ""
        row = tenants.last(target=f"1002@{domain}", message="of-all", ending="heard")
        assert row["pager"] == f"1001@{domain}"
        tenants.fusion.hang_up()
        assert tenants.hears(tenants.phones(domain)[1], OF_ALL, "target")


@pytest.mark.parametrize(
    ("dialled", "reason"),
    [
        ("*183*1002", "no_message"),  # the number of a message of the other tenant
        ("*182*1004", "unknown_target"),  # nobody of this tenant
        (f"*182*1002*{TWO}", "malformed"),
        ("*182**1002", "malformed"),
        ("*180*1002", "malformed"),
    ],
)
def test_nothing_of_another_tenant_is_reached(tenants: Tenants, dialled: str, reason: str) -> None:
    fusion = tenants.fusion
    pager, target, far = tenants.phones(ONE)
    for domain in (TWO, ONE):
        _, called, _ = tenants.phones(domain)
        assert fusion.dial(called, "1003", "target") == ""
    assert fusion.dial(pager, dialled, "pager") != ""
    tenants.last(pager=f"1001@{ONE}", reason=reason)
    fusion.hang_up()
    for listener in (target, far, *tenants.phones(TWO)[1:]):
        assert not any(tenants.hears(listener, hz) for hz in (*SOUNDS.values(), OF_ALL))


def test_a_target_replies_by_a_key_while_its_call_is_recorded(tenants: Tenants) -> None:
    assert tenants.page(ONE, "*181*") == ""
    tenants.last(message="visitor", treatment="whisper")
    time.sleep(2)  # the time that is recorded and measured
    tenants.fusion.press(tenants.target_leg, "*1")
    assert tenants.last(message="visitor", ending="replied")["reply"] == "I am coming"


def test_an_idle_target_is_called_also_by_its_alias(tenants: Tenants) -> None:
    assert tenants.fusion.dial(tenants.phones(ONE)[0], f"*181*{ALIAS}", "pager") == ""
    row = tenants.last(message="visitor", ending="heard")
    assert (row["target"], row["treatment"]) == (f"bob@{ONE}", "intercom")
    assert tenants.hears(BOB, SOUNDS[ONE])


@pytest.mark.parametrize(
    ("dialled", "asked"),
    [
        ("*18", {"whisperpage_number": "1#", "whisperpage_extension": "1002#"}),
        ("*181", {"whisperpage_extension": "1002#"}),
    ],
)
def test_what_is_left_out_is_asked_for(tenants: Tenants, dialled: str, asked: dict[str, str]) -> None:
    fusion = tenants.fusion
    pager, target, _ = tenants.phones(ONE)
    assert fusion.dial(target, "1003", "target") == ""
    assert fusion.dial(pager, dialled, "pager") == ""
    for variable, keys in asked.items():
        wait_for(lambda what=variable: tenants.asks_for(what), f"the tone that asks for {variable}")
        fusion.press(fusion.leg, keys)
    tenants.last(message="visitor", target=f"1002@{ONE}", treatment="whisper")


def test_the_doctor_names_replies_for_which_fusionpbx_has_keys_too(tenants: Tenants) -> None:
    """FusionPBX comes with its transfers by *1, *3 and *4 and its recording by *2 switched off."""
    what = "reply keys in FusionPBX"
    switched = (
        "UPDATE v_dialplans SET dialplan_enabled = '{}' "
        "WHERE dialplan_name IN ('bind_digit_action', 'call_recording_on_demand')"
    )
    assert what not in tenants.tell("doctor")
    tenants.fusion.sql(switched.format("true"))
    try:
        assert f"WARN {what}: *1, *2, *3: " in tenants.tell("doctor")
    finally:
        tenants.fusion.sql(switched.format("false"))


# -- page groups -------------------------------------------------------------------------------------------


def test_a_page_group_reaches_the_members_of_its_tenant(tenants: Tenants) -> None:
    """One member on a call, which hears its far party as well, and one that is idle."""
    fusion, (pager, target, far) = tenants.fusion, tenants.phones(ONE)
    tenants.tell("page-groups", "add", f"600@{ONE}")
    for member in (f"1002@{ONE}", f"bob@{ONE}"):
        tenants.tell("page-groups", "members", "add", f"600@{ONE}", member)
    assert fusion.dial(target, "1003", "target") == ""
    assert fusion.dial(pager, "*19600", "pager") == ""
    wait_for(lambda: len(tenants.legs("conference")) == 3, "the pager and both members in the room", 10)
    time.sleep(2.5)  # the time that is recorded and measured
    fusion.hang_up()
    assert tenants.hears(target, pager.hz, "target")
    assert tenants.hears(target, far.hz, "target")
    assert tenants.hears(BOB, pager.hz)
    assert not tenants.hears(far, pager.hz)
    assert not any(tenants.hears(pager, other.hz, "pager") for other in (target, far, BOB))
    parts = {(row["target"], row["treatment"]) for row in fusion.history()[:3]}
    assert parts == {(f"600@{ONE}", "group"), (f"1002@{ONE}", "whisper"), (f"bob@{ONE}", "intercom")}


def test_a_page_group_of_another_tenant_is_unknown(tenants: Tenants) -> None:
    tenants.tell("page-groups", "add", f"601@{TWO}")
    tenants.tell("page-groups", "members", "add", f"601@{TWO}", f"1002@{TWO}")
    assert tenants.fusion.dial(tenants.phones(ONE)[0], "*19601", "pager") != ""
    assert tenants.last(reason="unknown_target")["target"] == f"601@{ONE}"


# -- call backs and reverse pages --------------------------------------------------------------------------


def test_a_refused_pager_is_called_back_by_its_tenants_phone(tenants: Tenants) -> None:
    """The target is being paged by somebody else; the pager presses 5 before its call is answered."""
    fusion, (_, target, far) = tenants.fusion, tenants.phones(ONE)
    assert tenants.page(ONE) == ""
    other = fusion.leg
    assert fusion.dial(BOB, "*191002", "refused", early=True) == ""
    wait_for(lambda: tenants.asks_for("whisperpage_pressed"), "the offer")
    fusion.press(fusion.leg, "5")
    wait_for(lambda: "bob" in tenants.tell("call-backs", "list"), "the call back")
    fusion.end(other)
    row = tenants.last(pager=f"bob@{ONE}", target=f"1002@{ONE}", treatment="whisper")
    time.sleep(2.5)  # the time that is recorded and measured
    fusion.hang_up()
    assert tenants.hears(target, BOB.hz, "target"), row
    assert tenants.hears(BOB, target.hz)
    assert not tenants.hears(far, BOB.hz)


#: What an administrator adds in Dialplan Manager: a key of a call for a reverse page (docs/fusionpbx.md).
KEY = (
    ("condition", "destination_number", "^1003$"),
    ("action", "bind_meta_app", f"4 a s execute_extension::reverse-{ALIAS} XML whisperpage@switch"),
)


@pytest.fixture(scope="module")
def key(upgraded: Tenants) -> str:
    upgraded.fusion.add_dialplan(ONE, "private_key", 90, *KEY)
    return "*4"


def call_a_client(tenants: Tenants) -> None:
    assert tenants.fusion.dial(tenants.phones(ONE)[1], "1003", "own") == ""
    wait_for(lambda: tenants.fusion.calls() == 1, "the call to the client")


@pytest.mark.parametrize("way", ["command", "key"])
def test_who_is_on_a_call_speaks_privately_to_a_colleague(tenants: Tenants, key: str, way: str) -> None:
    fusion, (_, own, client) = tenants.fusion, tenants.phones(ONE)
    call_a_client(tenants)
    if way == "key":
        fusion.press(fusion.leg, key)
    else:
        tenants.tell("page", f"1002@{ONE}", f"bob@{ONE}", "--reverse")
    tenants.last(pager=f"1002@{ONE}", target=f"bob@{ONE}", treatment="reverse", ending="")
    time.sleep(3.5)  # the time that is recorded and measured
    fusion.hang_up()
    assert fusion.levels(f"{PHONES.index(client)}-*.wav")[str(own)] < NOT_HEARD
    assert tenants.hears(own, BOB.hz, "own")
    assert tenants.hears(BOB, own.hz)
    assert not tenants.hears(client, BOB.hz)


def test_the_key_of_a_reverse_page_ends_it_too(tenants: Tenants, key: str) -> None:
    fusion = tenants.fusion
    call_a_client(tenants)
    fusion.press(fusion.leg, key)
    tenants.last(treatment="reverse", ending="")
    fusion.press(fusion.leg, key)
    tenants.last(treatment="reverse", ending="stopped")
    wait_for(lambda: fusion.calls() == 1, "the client's call alone, in the switch's table of calls")

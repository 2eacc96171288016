"""G1: what may befall the call of one member of a page group during the page, measured; the others go on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.laboratory.levels import level
from controller.laboratory.office import CUSTOMER, PHONES
from controller.switch.pagelegs import AFTER_BRIDGE, RECORD_START
from tests.live import groups
from tests.live.groups import GROUP, heard, members, only, page_group, page_legs, talk
from tests.live.levels import CODECS
from tests.live.office import PLAIN, Office, wait_for
from tests.live.test_keys import loudest
from tests.live.test_recordings import OUT_AFTER, channels
from tests.live.test_renegotiation import AGAIN, MEASURED, OK, OPUS
from tests.live.test_replies import HIGH, sql, sustained

#: The member to whom it happens, another one on a call, and an idle one.
MEMBER, OTHER, IDLE = 1002, 1003, 1004
TALKING = (MEMBER, OTHER)
PAGER, OWN = PHONES[1001][1], PHONES[MEMBER][1]


@pytest.fixture(scope="module")
def grouped(whole_module: Office) -> Iterator[Office]:
    whole_module.open()
    with page_group(whole_module, (*TALKING, IDLE)):
        yield whole_module


@pytest.fixture
def group(grouped: Office, office: Office) -> Office:
    return office


def page(office: Office, codec: str = "PCMU") -> str:
    return groups.page(office, TALKING, codec=codec)


def others_hear_the_pager(office: Office) -> bool:
    """Whether those to whom nothing has happened have heard it to the end, once all have hung up."""
    return only(heard(office, f"member-{OTHER}"), "1001", "customer2") and only(
        heard(office, f"in-{IDLE}-*"), "1001"
    )


def call_goes_on(office: Office) -> bool:
    """Whether the member is bridged to its client, and nothing of the page is on its leg."""
    own = office.leg(MEMBER)
    names = (*AFTER_BRIDGE, RECORD_START)
    unset = all(office.lab.pbx.api(f"uuid_getvar {own} {name}") == "_undef_" for name in names)
    return bool(office.partner(own)) and unset and not office.bugs(own)


def part(office: Office, **wanted: str) -> dict[str, Any]:
    """The row of the member's part, once it has these values."""

    def found() -> dict[str, Any] | None:
        rows = (each for each in office.history() if each["target"].startswith(f"{MEMBER}@"))
        newest = next(rows, None)
        return newest if newest and all(newest[name] == value for name, value in wanted.items()) else None

    return wait_for(found, f"a part with {wanted}")


def test_member_that_holds_its_client_is_out_and_the_client_never_hears_the_pager(group: Office) -> None:
    phone, _ = talk(group, *TALKING)
    page(group)
    time.sleep(1)  # of the page
    group.lab.phone_switch.api(f"uuid_hold {phone}")
    wait_for(lambda: members(group) == 3 and not group.bugs(group.leg(MEMBER)), "the end of its part")
    part(group, treatment="whisper", ending="held")
    time.sleep(1)  # on hold
    group.lab.phone_switch.api(f"uuid_hold off {phone}")
    wait_for(lambda: call_goes_on(group), "the call to go on")
    time.sleep(2.3)  # the time that is recorded and measured
    group.hang_up()
    assert sustained(group, "customer-*", PAGER) < PLAIN - 40
    assert only(heard(group, f"member-{MEMBER}"), "customer")
    assert only(heard(group, "customer-*"), str(MEMBER))
    assert others_hear_the_pager(group)


@pytest.mark.parametrize("stereo", [False, True], ids=["mono", "stereo"])
@pytest.mark.parametrize("side", ["member", "client"])
@pytest.mark.parametrize("when", ["before", "during"])
def test_recording_of_a_member_has_its_client_and_not_the_pager(
    group: Office, tmp_path: Path, when: str, side: str, stereo: bool
) -> None:
    talk(group, *TALKING)
    own = group.leg(MEMBER)
    leg = own if side == "member" else group.partner(own)
    if stereo:
        assert group.lab.pbx.api(f"uuid_setvar {leg} RECORD_STEREO true") == "+OK"
    file = tmp_path / "call.wav"
    record = f"uuid_record {leg} start {file}"
    if when == "before":
        assert group.lab.pbx.api(record).startswith("+OK")
        wait_for(lambda: group.bugs(leg) == 1, "the recording")
        leg_of_page = group.dial(GROUP)
        assert group.answer_of(leg_of_page).startswith("+OK")
        wait_for(lambda: members(group) == 4, "all in the room")
    else:
        page(group)
        time.sleep(2)  # so that nothing of the page's beginning is left
        assert group.lab.pbx.api(record).startswith("+OK")
    time.sleep(3)  # what is measured is time: this much of it is recorded
    assert members(group) == 4
    group.hang_up()
    assert loudest_in(file, PAGER) < PLAIN - 40
    assert loudest_in(file, OWN) > PLAIN - 6
    assert loudest_in(file, CUSTOMER) > PLAIN - 6
    assert only(heard(group, f"member-{MEMBER}"), "1001", "customer")
    assert sustained(group, "customer-*", PAGER) < PLAIN - 40
    assert others_hear_the_pager(group)


def loudest_in(file: Path, hz: int) -> float:
    """dBFS of a tone in the 250 ms, and the channel, of a recording in which it is loudest."""
    found = []
    for samples, rate in channels(file):
        size = rate // 4
        starts = range(int(OUT_AFTER * rate), len(samples) - size, size)
        found += [level(samples[at : at + size], rate, hz) for at in starts]
    return max(found)


@pytest.mark.parametrize("changes", [1, 2, 3])
@pytest.mark.parametrize(
    ("who", "codec", "pager", "other"),
    [
        ("member", "PCMU", "PCMU", "G722"),
        ("member", "PCMU", "G722", "G722"),
        ("member", "G722", "G722", "PCMU"),
        ("member", "G722", "PCMU", "PCMU"),
        ("pager", "PCMU", "PCMU", "G722"),
        ("pager", "G722", "G722", "PCMU"),
        ("pager", "OPUS", "OPUS", "PCMU"),
    ],
)
def test_page_is_heard_as_before_within_a_second_of_a_change_of_codec(
    group: Office, who: str, codec: str, pager: str, other: str, changes: int
) -> None:
    phone, _ = talk(group, *TALKING, codec=codec)
    changed = {"member": phone, "pager": page(group, pager)}[who]
    codecs = [other, codec if who == "member" else pager, other][:changes]
    for each in codecs:
        time.sleep(1)
        assert group.lab.phone_switch.api(f"uuid_media_reneg {changed} ={each}") == OK
    time.sleep(AGAIN)
    found = heard_from_now_on(group, phone)
    client = OPUS if codec == "OPUS" else PLAIN
    assert abs(found["member"]["1001"] - PLAIN) < 6, found
    assert abs(found["member"]["customer"] - client) < 6, found
    assert abs(found["client"][str(MEMBER)] - PLAIN) < 6, found
    assert found["client"]["1001"] < PLAIN - 40, found


@pytest.mark.parametrize("other", ["G722", "PCMU"])
def test_page_is_heard_as_before_where_a_member_with_opus_becomes_slower(group: Office, other: str) -> None:
    phone, _ = talk(group, *TALKING, codec="OPUS")
    page(group, "OPUS")
    assert group.lab.phone_switch.api(f"uuid_media_reneg {phone} ={other}") == OK
    time.sleep(AGAIN)
    found = heard_from_now_on(group, phone)
    assert abs(found["member"]["1001"] - PLAIN) < 6, found
    assert abs(found["member"]["customer"] - OPUS) < 6, found
    assert found["client"]["1001"] < PLAIN - 40, found


def heard_from_now_on(office: Office, phone: str) -> dict[str, dict[str, float]]:
    """Who hears whom, by recordings that begin now: those of a phone that has changed its codec are wrong."""
    rows = json.loads(office.lab.phone_switch.api("show channels as json"))["rows"]
    clients = [each for each in rows if "sofia/customer/" in each["name"] and each["dest"] == "555"]
    legs = {"member": phone, "client": clients[-1]["uuid"]}
    for who, leg in legs.items():
        office.lab.phone_switch.api(f"uuid_record {leg} start {office.lab.recordings}/after-{who}.wav")
    time.sleep(MEASURED)  # what is measured is time: this much of it is recorded
    assert members(office) == 4
    office.hang_up()
    return {who: office.lab.hears(f"after-{who}", last=1.2, skip=0.2) for who in legs}


@pytest.mark.parametrize("controller", ["alive", "dead"])
@pytest.mark.parametrize("codec", CODECS)
def test_bypass_media_comes_back_for_the_page_and_goes_away_after_it(
    group: Office, codec: str, controller: str
) -> None:
    group.lab.dial(MEMBER, "8555", f"member-{MEMBER}", codec=codec, wait=0.5)
    talk(group, OTHER)
    own = group.leg(MEMBER)
    state = f"eval uuid:{own} ${{channel-state}}"
    assert group.lab.pbx.api(state) == "CS_HIBERNATE"
    pager = page(group)
    assert group.lab.pbx.api(state) == "CS_SOFT_EXECUTE"
    time.sleep(2)  # the time that is recorded and measured
    if controller == "dead":
        group.kill_controller()
    group.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(lambda: not page_legs(group), "the page to be gone")
    wait_for(lambda: group.lab.pbx.api(state) == "CS_HIBERNATE", "the media to go past the switch again")
    assert not group.bugs(own)
    time.sleep(2.3)
    group.hang_up()
    assert loudest(group, f"member-{MEMBER}", PAGER) > PLAIN - 6
    assert only(heard(group, "pager"))
    # after the page the two hear each other as before
    assert only(heard(group, f"member-{MEMBER}"), "customer", own=str(MEMBER))
    assert only(heard(group, "customer-*"), str(MEMBER))
    assert sustained(group, "customer-*", PAGER) < PLAIN - 40


@pytest.fixture
def patient(group: Office) -> Iterator[Office]:
    """Members have three seconds to decline."""
    sql(group, "UPDATE settings_groups SET decline_seconds = 3")
    yield group
    sql(group, "UPDATE settings_groups SET decline_seconds = 0")


@pytest.mark.parametrize("keys", ["*3", "*6"])
def test_member_that_declines_in_its_window_never_hears_the_pager(patient: Office, keys: str) -> None:
    phone, _ = talk(patient, *TALKING)
    assert patient.answer_of(patient.dial(GROUP)).startswith("+OK")
    wait_for(lambda: keyed(patient), "the keys")
    time.sleep(0.8)  # a person listens before the first key
    assert members(patient) == 2
    patient.lab.phone_switch.api(f"uuid_send_dtmf {phone} {keys}")
    wait_for(lambda: call_goes_on(patient), "the end of its part")
    part(patient, treatment="whisper", ending="declined")
    wait_for(lambda: members(patient) == 3, "the other one, after its window")
    time.sleep(2.3)  # the time that is recorded and measured
    patient.hang_up()
    assert sustained(patient, f"member-{MEMBER}", PAGER) < PLAIN - 30
    assert only(heard(patient, f"member-{MEMBER}"), "customer")
    assert sustained(patient, "customer-*", PAGER) < PLAIN - 40
    assert sustained(patient, "pager", HIGH) < PLAIN - 40  # the pager goes on, and hears of no reply
    assert others_hear_the_pager(patient)


def keyed(office: Office) -> bool:
    """Whether the keys of the member are bound."""
    claims = office.lab.channels(name=f"null/claim-{office.leg(MEMBER)}")
    return bool(claims) and office.lab.pbx.api(f"uuid_getvar {claims[0]['uuid']} whisperpage_keys") == "true"

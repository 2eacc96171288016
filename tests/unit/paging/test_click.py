"""What rings for a click."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.domain.decision import Device
from controller.domain.leg import Registration
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.refusal import Reason, Refusal
from controller.paging.click import Click, originate
from controller.paging.click_looks import Found, call_back_text_for, text_for
from controller.phones.values import Header, Phone, PhoneKind

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
HEADER = Header("Alert-Info", '<http://{domain}>;info="Auto Answer"')
DESK = Device(
    Registration("sofia/internal/sip:1001@10.0.0.1"), Phone(PhoneKind.DESK, "Poly", (HEADER,)), (HEADER,)
)
SOFT = Device(Registration("sofia/internal/sip:1001@10.0.0.9"), Phone(PhoneKind.SOFT, "", ()), ())


def click(*devices: Device, feature: Feature = Feature.WHISPER) -> Click:
    legs = tuple(f"leg-{number}" for number, _ in enumerate(devices, 1))
    return Click("page-1", "pbx", feature, PAGER, TARGET, devices, legs, datetime.now(UTC))


def rung(whole: Click, shown: str = "Page 1002", **caller_id: str) -> str:
    found = Found(PAGER, TARGET, None, whole.devices, caller_id, shown, TARGET.extension)
    call = originate(whole, found)
    assert call
    return call.text


def test_the_pagers_leg_has_pager_and_target() -> None:
    for said in (
        "whisperpage_click=page-1",
        "whisperpage_clicked_by=1001@pbx.test",
        "whisperpage_request=page",
        "whisperpage_extension=1002",
        "origination_caller_id_name=Page\\s1002",
        "origination_caller_id_number=1002",
        "originate_timeout=30",
    ):
        assert f"{said}," in rung(click(DESK)).replace("}", ",")


def test_the_intercom_feature_is_asked_for_as_such() -> None:
    assert "whisperpage_request=intercom," in rung(click(DESK, feature=Feature.INTERCOM))


def test_the_answered_leg_transfers_itself_so_that_its_history_says_so_before_it_asks_for_the_page() -> None:
    assert rung(click(DESK)).endswith(r" &transfer(request\sXML\swhisperpage@switch)")


@pytest.mark.parametrize(
    ("caller_id", "name", "number"),
    [
        ({}, "1001", "1001"),
        ({"name": "Zoë, desk", "number": "555"}, "Zoë\\,\\sdesk", "555"),
        ({"name": "O'Brien", "number": "${system(id)}"}, "1001", "1001"),
    ],
)
def test_the_target_is_to_be_shown_what_a_dialled_call_shows(
    caller_id: dict[str, str], name: str, number: str
) -> None:
    text = rung(click(DESK), **caller_id)
    assert f"effective_caller_id_name={name},effective_caller_id_number={number}," in text


def test_all_phones_ring_at_once_each_with_its_own_leg_and_headers() -> None:
    first, second = rung(click(DESK, SOFT)).partition("}")[2].partition(" ")[0].split(",[")
    assert first == (
        "[presence_id=1001@pbx.test,sip_invite_domain=pbx.test,outbound_redirect_fatal=true,"
        "origination_uuid=leg-1,"
        'sip_h_Alert-Info=<http://pbx.test>;info="Auto\\sAnswer"]sofia/internal/sip:1001@10.0.0.1'
    )
    assert "origination_uuid=leg-2]" in second
    assert "sip_h_" not in second


@pytest.mark.parametrize(
    "devices", [(), (Device(Registration("sofia/x/sip:1@a,b|c"), DESK.phone, ()),)], ids=["none", "odd"]
)
def test_without_a_phone_that_can_ring_there_is_no_call(devices: tuple[Device, ...]) -> None:
    assert originate(click(*devices), Found(PAGER, TARGET, None)) is None


def test_the_phones_show_the_kind_of_page() -> None:
    assert [text_for(feature, TARGET) for feature in Feature] == ["Page 1002", "Intercom 1002"]


@pytest.mark.parametrize("name", ["", "${system(id)}'", "a\nb"])
def test_a_name_that_cannot_be_shown_is_the_extension(name: str) -> None:
    assert call_back_text_for(TARGET, name) == "Call back 1002"


def test_a_click_that_was_refused_has_a_record_and_no_other() -> None:
    whole = click(DESK)
    assert whole.refused is None
    whole.outcome.set(Refusal(Reason.CONFERENCE))
    assert whole.refused
    assert (whole.refused.reason, whole.refused.ending) == ("conference", "refused")
    answered = click(DESK)
    answered.outcome.set(None)
    assert answered.refused is None

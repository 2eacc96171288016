"""Lamps: the question of a phone's subscription, and the answer to it."""

from __future__ import annotations

import json

import pytest

from controller.domain.names import UserName
from controller.errors import UnsafeValue
from controller.eventsocket.events import JsonEvent
from controller.switch.lamps import Lamp, Probe, probe, tell

#: As FreeSWITCH 1.10.12 sent it.
ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
ASKED = {
    "Event-Name": "PRESENCE_PROBE",
    "proto": "whisper",
    "login": "internal",
    "sip_profile": "internal",
    "from": "1001@pbx.test",
    "to": "whisper+1002@pbx.test",
    "proto-specific-event-name": "dialog",
    "expires": "600",
    "event_type": "presence",
    "alt_event_type": "dialog",
    "sub-call-id": "c-1",
}


def asked(**changes: str) -> JsonEvent:
    return JsonEvent(json.dumps(ASKED | changes, separators=(",", ":")).encode())


def test_a_phones_question_names_the_lamp_and_the_user() -> None:
    assert probe(asked()) == Probe(Lamp.PAGE, BOB, "c-1", ALICE)
    assert probe(asked(to="whispermute+1002@pbx.test")) == Probe(Lamp.MUTE, BOB, "c-1", ALICE)
    assert probe(asked(to="whisperoff+1002@pbx.test")) == Probe(Lamp.OFF, BOB, "c-1", ALICE)


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "1002@pbx.test"},
        {"to": "park+1002@pbx.test"},
        {"to": "whisper1002@pbx.test"},
        {"to": "whisper+10 02@pbx.test"},
        {"expires": "0"},
    ],
)
def test_other_probes_and_ended_subscriptions_are_no_question(
    changes: dict[str, str],
) -> None:
    assert probe(asked(**changes)) is None


def test_a_lit_lamp_is_a_dialog_of_no_leg_that_is_confirmed() -> None:
    command = tell(Lamp.PAGE, BOB, lit=True)
    headers = dict(command.headers)
    assert command.line == "sendevent PRESENCE_IN"
    assert (headers["proto"], headers["from"]) == ("whisper", "1002@pbx.test")
    assert headers["answer-state"] == "confirmed"
    assert headers["unique-id"] == "whisper+1002@pbx.test"
    assert "call-id" not in headers


def test_a_dark_lamp_is_no_dialog_at_all() -> None:
    headers = dict(tell(Lamp.OFF, BOB, lit=False).headers)
    assert "unique-id" not in headers
    assert "answer-state" not in headers
    assert headers["force-status"] == "Pages on"


def test_an_answer_is_for_the_subscription_that_asked() -> None:
    assert dict(tell(Lamp.MUTE, BOB, lit=True, subscription="c-1").headers)["call-id"] == "c-1"


def test_a_subscription_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(UnsafeValue):
        tell(Lamp.PAGE, BOB, lit=True, subscription="c\nproto: sip")

"""Messages in the console: an administrator adds and removes them, a user sends them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from controller.app import Controller
from controller.domain.console import Role
from controller.domain.message import Message
from controller.simulator.office import Office
from controller.store import messages
from tests.unit.web.console.conftest import Browser, changes, read, send
from tests.unit.web.office import at_work, talk, user

OWN = "@pbx.test door"
SOUND = "visitor.wav"


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)
    office.switch.lengths[SOUND] = 10.0
    with controller.store.unit() as unit:
        messages.add(unit, "*", Message("lobby", SOUND, number=1))
        messages.add(unit, "@two.test", Message("theirs", "a.wav"))
        unit.commit()


def of_domain(controller: Controller) -> dict[str, Message]:
    with controller.store.reading() as reading:
        return {each.name: each for each in messages.available(reading, "pbx.test")}


# -- administrators ----------------------------------------------------------------------------------------


def test_a_message_is_added_changed_and_removed_and_each_is_in_the_audit(
    admin: Browser, controller: Controller
) -> None:
    send(admin, "messages/add", name="@pbx.test", called="door", sound="door.wav", number="7")
    assert "door.wav" in read(admin, "messages")
    send(admin, "messages/change", name=OWN, sound="", words="Besuch für Sie", number="")
    assert of_domain(controller)["door"] == Message("door", words="Besuch für Sie")
    send(admin, "messages/remove", name=OWN)
    assert list(of_domain(controller)) == ["lobby"]
    assert [each[1:3] for each in reversed(changes(controller))] == [
        ("message added", OWN), ("message changed", OWN), ("message removed", OWN),
    ]  # fmt: skip


def test_of_two_editors_the_second_is_told(admin: Browser) -> None:
    page = read(admin, f"messages/edit?name={quote('* lobby')}")
    version = re.search(r'name="version" value="(\w+)"', page)
    assert version
    for status, sound in ((303, "first.wav"), (412, "second.wav")):
        send(admin, "messages/change", status, name="* lobby", sound=sound, version=version[1])


@pytest.mark.parametrize(
    "fields",
    [
        {"called": "door"},
        {"called": "door", "sound": "a.wav", "words": "x"},
        {"called": "door", "sound": "../a.wav"},
        {"called": "door", "sound": "${system(id)}"},
        {"called": "door", "words": "a\nb"},
        {"called": "door", "words": "x" * 10_240},
        {"called": "door", "words": "x", "voice": "nobody"},
        {"called": "door", "sound": "a.wav", "number": "1000"},
        {"called": "door", "sound": "a.wav", "number": "x"},
        {"called": "<script>", "sound": "a.wav"},
        {"called": "", "sound": "a.wav"},
        {"called": "door", "sound": "a.wav", "name": "sales"},
    ],
)
def test_what_is_no_message_changes_nothing(
    admin: Browser, controller: Controller, fields: dict[str, str]
) -> None:
    answer = send(admin, "messages/add", 400, **{"name": "*"} | fields)
    assert "<script>" not in answer.text
    assert changes(controller) == []


def test_who_adds_what_is_there_is_told(admin: Browser) -> None:
    assert (
        "has a message lobby already"
        in send(admin, "messages/add", 409, name="*", called="lobby", sound="a.wav").text
    )


def test_a_tenant_sees_those_of_all_and_changes_its_own(tenant: Browser, controller: Controller) -> None:
    send(tenant, "messages/add", name="@pbx.test", called="door", words="our own")
    page = read(tenant, "messages")
    assert "our own" in page
    assert "lobby" in page
    assert "theirs" not in page
    assert re.findall(r'href="/console/messages/edit\?name=([^"]*)"', page) == ["@pbx.test+door"]
    for name in ("*", "@two.test"):
        send(tenant, "messages/add", 403, name=name, called="mine", words="x")
    assert "theirs" not in read(tenant, f"messages/edit?name={quote('@two.test theirs')}", 404).replace(
        "'theirs'", ""
    )
    assert len(changes(controller)) == 1


# -- users -------------------------------------------------------------------------------------------------


@pytest.fixture
def anna(browse: Callable[..., Browser]) -> Browser:
    return browse(Role.USER)


def test_a_user_is_offered_the_messages_of_its_domain_and_sends_one(
    anna: Browser, office: Office, controller: Controller
) -> None:
    assert anna.get("/console/my-messages") == ["lobby"]
    talk(office, controller)
    sent = anna.post("/console/tell", 202, ext="1002", message="lobby")
    assert isinstance(sent, dict)
    assert (sent["other"], sent["message"], sent["treatment"]) == ("1002", True, "whisper")
    office.settle(lambda: SOUND in office.hears("1002"), "the sound")
    with controller.store.reading():
        [live] = controller.stations[0].live.all()
    assert live.record.pager == user(1001)


@pytest.mark.parametrize(
    ("ext", "message", "status"),
    [
        ("1002", "door", 404),
        ("1002", "theirs", 404),
        ("1002", "${system(id)}", 404),
        ("1002", "", 404),
        ("10\n02", "lobby", 400),
        ("1001", "lobby", 409),
        ("1999", "lobby", 409),
    ],
)
def test_what_cannot_be_sent_is_said_so(anna: Browser, ext: str, message: str, status: int) -> None:
    anna.post("/console/tell", status, ext=ext, message=message)

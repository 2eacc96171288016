"""Messages in SQL: that of the domain counts, else that of all; and nothing but a message can be one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from controller.administration import messages
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.message import Message
from controller.errors import AlreadyThere, InvalidValue, NotFound, OutOfReach
from controller.store import messages as rows
from controller.store.session import UnitOfWork

OWN = Reach("one.test")
LOBBY = Message("lobby", words="Your visitor is here", number=1)
DOOR = Message("door", sound="ivr/ivr-welcome.wav", number=2)


@pytest.fixture
def two(unit: UnitOfWork) -> UnitOfWork:
    for message in (LOBBY, DOOR):
        messages.add(unit, EVERYTHING, "*", message)
    return unit


def test_a_message_is_found_by_its_name_and_by_its_number(two: UnitOfWork) -> None:
    found = [rows.effective(two, "one.test", called) for called in ("lobby", "1", "2", "3")]
    assert found == [LOBBY, LOBBY, DOOR, None]


def test_what_calls_no_message_finds_none(two: UnitOfWork) -> None:
    for called in ("", "Lobby", "9" * 400, "٣", "lobby'; DROP TABLE messages; --", "a\nb"):
        assert rows.effective(two, "one.test", called) is None


def test_message_of_the_domain_counts_before_that_of_all(two: UnitOfWork) -> None:
    own = Message("lobby", words="Besuch für Sie", number=1)
    messages.add(two, EVERYTHING, "@one.test", own)
    assert rows.effective(two, "one.test", "lobby") == own
    assert rows.effective(two, "two.test", "lobby") == LOBBY
    messages.remove(two, EVERYTHING, "@one.test", "lobby")
    assert rows.effective(two, "one.test", "1") == LOBBY


def test_name_and_number_are_each_given_once(two: UnitOfWork) -> None:
    for again in (Message("lobby", words="x"), Message("other", words="x", number=1)):
        with pytest.raises(AlreadyThere):
            messages.add(two, EVERYTHING, "*", again)
    messages.add(two, EVERYTHING, "@one.test", Message("other", words="x", number=1))


def test_administrator_of_a_domain_changes_and_sees_its_messages_alone(two: UnitOfWork) -> None:
    messages.add(two, EVERYTHING, "@two.test", Message("theirs", words="x"))
    messages.add(two, OWN, "@one.test", Message("ours", words="x"))
    assert {message.name for _, message in messages.listing(two, OWN)} == {"door", "lobby", "ours"}
    for owner in ("*", "@two.test"):
        with pytest.raises(OutOfReach):
            messages.add(two, OWN, owner, Message("mine", words="x"))
        with pytest.raises(OutOfReach):
            messages.remove(two, OWN, owner, "lobby")
    with pytest.raises(NotFound):
        messages.remove(two, OWN, "@one.test", "lobby")


def test_administrator_of_a_domain_names_no_file_of_others(unit: UnitOfWork) -> None:
    """It may be a tenant's administrator, and the recordings of all tenants are on one disk."""
    theirs = Message("lobby", sound="/var/lib/freeswitch/recordings/two.test/secret.wav")
    with pytest.raises(OutOfReach):
        messages.add(unit, OWN, "@one.test", theirs)
    messages.add(unit, EVERYTHING, "@one.test", theirs)


@pytest.mark.parametrize("owner", ["", "default", "@", "one.test", "@one test", "'; --"])
def test_owner_is_all_or_a_domain(owner: str) -> None:
    with pytest.raises(InvalidValue):
        messages.check_owner(owner)


def test_what_cannot_be_a_message_is_not_added(unit: UnitOfWork) -> None:
    with pytest.raises(InvalidValue):
        messages.add(unit, EVERYTHING, "*", Message("lobby", sound="../a.wav"))


def test_audit_says_what_was_added_and_removed(unit: UnitOfWork) -> None:
    assert messages.add(unit, EVERYTHING, "*", LOBBY).name == "* lobby"
    assert messages.remove(unit, EVERYTHING, "*", "lobby").action == "removed"


def row(**columns: object) -> str:
    values = {"owner": "*", "name": "lobby", "words": "hello"} | columns
    quoted = ", ".join("NULL" if value is None else f"'{value}'" for value in values.values())
    return f"INSERT INTO messages ({', '.join(values)}) VALUES ({quoted})"


def test_the_obvious_row_can_be_written_by_hand(execute: Callable[[str], Any]) -> None:
    assert execute(row()).rowcount == 1
    door = row(name="door", words=None, sound="/var/a.wav", number=7, owner="@one.test")
    assert execute(door).rowcount == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"words": None},
        {"sound": "a.wav"},
        {"words": None, "sound": "${system(id)}"},
        {"words": None, "sound": "../a.wav"},
        {"words": None, "sound": "a b.wav"},
        {"words": None, "sound": ""},
        {"words": ""},
        {"name": "1"},
        {"name": "Lobby"},
        {"name": "a b"},
        {"name": ""},
        {"number": 0},
        {"number": 1000},
        {"voice": "$(id)"},
        {"voice": "../de"},
        {"voice": ""},
        {"words": None, "sound": "a.wav", "voice": "de"},
        {"owner": "one.test"},
        {"owner": "@"},
        {"owner": ""},
    ],
)
def test_the_database_refuses_a_row_that_is_no_message(
    execute: Callable[[str], Any], columns: dict[str, object]
) -> None:
    with pytest.raises((sa.exc.IntegrityError, sa.exc.OperationalError)):
        execute(row(**columns))

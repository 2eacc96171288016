"""The replies of a target: those of SQL whose keys are free."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.domain.reply import Reply
from controller.errors import DatabaseUnavailable
from controller.eventsocket.outcome import Outcome
from controller.paging.replies import OLD, Replies
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch
from tests.virtual import VirtualClock

TARGET = UserName("1002", "pbx.test")
THREE = (Reply("1", "I am coming"), Reply("2", "five minutes"), Reply("3", "I cannot", declines=True))
STOCK = '<action application="bind_meta_app" data="2 b s record_session::x"></action>'
OURS = '<action application="bind_meta_app" data="$3 a si execute_extension::key"></action>'


class Room:
    """A switch, its dialplan, and the replies in SQL."""

    def __init__(self, dialplan: str = OURS, taken: str = "567") -> None:
        self.clock = VirtualClock()
        self.switch = FakeSwitch({"xml_locate dialplan": Outcome.of_answer(dialplan)})
        self.found: tuple[Reply, ...] | Exception = THREE
        queries = SwitchQueries(TimedSwitch(self.switch), Legs(), 1)
        self.replies = Replies(queries, self.read, frozenset(taken), self.clock)

    def read(self, target: UserName) -> tuple[Reply, ...]:
        assert target == TARGET
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    @property
    def digits(self) -> str:
        return "".join(each.digit for each in self.replies.of(TARGET))


def test_every_reply_of_sql_has_a_key_where_nobody_else_uses_it() -> None:
    room = Room()
    assert room.replies.of(TARGET) == THREE
    room.clock.close()


@pytest.mark.parametrize("quote", ['"', "'"])
def test_key_that_the_dialplan_uses_in_calls_gets_no_reply(quote: str) -> None:
    room = Room(STOCK.replace('"', quote))
    assert room.digits == "13"
    room.clock.close()


def test_key_of_a_page_itself_gets_no_reply() -> None:
    room = Room(taken="3")
    assert room.digits == "12"
    room.clock.close()


def test_without_the_database_there_are_no_replies() -> None:
    room = Room()
    room.found = DatabaseUnavailable("It is away.")
    assert room.digits == ""
    room.clock.close()


def test_dialplan_is_read_again_after_a_while_and_after_each_connection() -> None:
    room = Room()
    assert room.digits == "123"
    room.switch.answers["xml_locate dialplan"] = STOCK
    assert room.digits == "123"
    room.clock.sleep(OLD)
    assert room.digits == "13"
    room.switch.answers["xml_locate dialplan"] = OURS
    room.replies.forget()
    assert room.digits == "123"
    room.clock.close()


def test_switch_that_does_not_tell_its_dialplan_leaves_the_keys_to_the_replies() -> None:
    room = Room("-ERR permission denied")
    assert room.digits == "123"
    room.clock.close()

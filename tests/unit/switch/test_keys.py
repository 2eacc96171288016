"""The target's keys."""

from __future__ import annotations

from dataclasses import replace

from controller.domain.names import UserName
from controller.domain.reply import Reply
from controller.eventsocket.commands import Command
from controller.switch import keys
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark
from controller.switch.steps import IfFirst

MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "p-1", "t-1", "f-1")
DIGITS = {Key.MUTE: "5", Key.END: "6", Key.OFF: "7"}


def argument(order: object) -> str:
    assert isinstance(order, Command)
    assert order.line == "sendmsg t-1"
    return dict(order.headers)["execute-app-arg"]


def test_all_keys_are_bound_by_one_order() -> None:
    bound = f"bind-{MARK.relay}-567-5toggle-6end-7off XML whisperpage@switch"
    assert [argument(order) for order in keys.bind(MARK, DIGITS)] == [bound]
    assert keys.bind(MARK, {}) == ()


def test_without_a_far_party_there_is_no_key_to_mute() -> None:
    alone = replace(MARK, far_leg="")
    bound = f"bind-{MARK.relay}-567-6end-7off XML whisperpage@switch"
    assert [argument(order) for order in keys.bind(alone, DIGITS)] == [bound]


def test_all_keys_are_given_back_at_once_by_one_controller() -> None:
    (order,) = keys.unbind(MARK, DIGITS)
    assert isinstance(order, IfFirst)
    assert order.claim.text == f"sched_del whisperpage-keys-{MARK.relay}"
    assert argument(order.then) == "keys-567 XML whisperpage@switch"
    assert keys.unbind(MARK, {}) == ()


def test_only_the_target_hears_whether_pages_are_off() -> None:
    assert argument(keys.confirm_off(MARK, done=True)) == "heard-off XML whisperpage@switch"
    assert argument(keys.confirm_off(MARK, done=False)) == "heard-reorder XML whisperpage@switch"


REPLIES = (Reply("1", "I am coming"), Reply("3", "I cannot", declines=True))


def test_keys_of_replies_are_bound_and_given_back_with_the_others_and_without_their_words() -> None:
    [bound] = keys.bind(MARK, DIGITS, REPLIES)
    assert argument(bound) == (
        f"bind-{MARK.relay}-56713-5toggle-6end-7off-1reply-3decline XML whisperpage@switch"
    )
    [given_back] = keys.unbind(MARK, DIGITS, REPLIES)
    assert isinstance(given_back, IfFirst)
    assert argument(given_back.then) == "keys-56713 XML whisperpage@switch"


def test_replies_have_keys_where_nothing_else_has() -> None:
    [bound] = keys.bind(MARK, {}, REPLIES)
    assert argument(bound) == f"bind-{MARK.relay}-13-1reply-3decline XML whisperpage@switch"


def test_digits_that_a_dialplan_binds_are_found_and_ours_are_not_among_them() -> None:
    actions = ("'bind_meta_app' data='4 a s y'", '"bind_meta_app" data="1 b s x"', '"set" data="9 b s x"')
    ours = '"bind_meta_app" data="$3 a si z"'
    dialplan = "".join(f"<action application={action}/>" for action in (*actions, ours))
    assert keys.bound_by(dialplan) == {"1", "4"}

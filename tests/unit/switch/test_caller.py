"""The commands for the leg of a caller."""

from __future__ import annotations

from controller.switch import caller

PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"


def test_a_refusal_plays_reorder_with_its_cause() -> None:
    assert [step.call.text for step in caller.refuse(PAGER, "USER_BUSY")] == [
        f"uuid_setvar {PAGER} whisperpage_cause USER_BUSY",
        f"uuid_transfer {PAGER} refuse XML whisperpage@switch",
    ]


def test_a_refusal_offers_a_call_back_by_a_digit() -> None:
    assert [step.call.text for step in caller.refuse(PAGER, "USER_BUSY", "5")] == [
        f"uuid_setvar {PAGER} whisperpage_cause USER_BUSY",
        f"uuid_setvar {PAGER} whisperpage_offer 5",
        f"uuid_transfer {PAGER} refuse XML whisperpage@switch",
    ]


def test_a_caller_hears_whether_it_will_be_called_back() -> None:
    for done, number in ((True, "noted"), (False, "refuse")):
        [step] = caller.noted(PAGER, done=done)
        assert step.call.text == f"uuid_transfer {PAGER} {number} XML whisperpage@switch"


def test_a_caller_hears_whether_pages_to_it_are_off_or_on() -> None:
    for off, number in ((True, "pages-off"), (False, "pages-on")):
        [step] = caller.confirm(PAGER, off=off)
        assert step.call.text == f"uuid_transfer {PAGER} {number} XML whisperpage@switch"


def test_the_first_controller_deletes_the_task_that_the_dialplan_has_scheduled() -> None:
    assert caller.first(PAGER).text == f"sched_del whisperpage-pages-{PAGER}"


def test_a_pager_whose_page_is_over_is_sent_to_hear_it() -> None:
    assert caller.over(PAGER).text == f"uuid_transfer {PAGER} over XML whisperpage@switch"


def test_an_intercom_call_is_marked_before_it_is_dialled() -> None:
    assert [step.call.text for step in caller.call(PAGER, "page-1", "sofia/internal/sip:a@b")] == [
        f"uuid_setvar {PAGER} whisperpage_dial sofia/internal/sip:a@b",
        f"uuid_setvar {PAGER} whisperpage_page page-1",
        f"uuid_transfer {PAGER} intercom XML whisperpage@switch",
    ]

"""The reasons for refusals and their meanings."""

from __future__ import annotations

from pathlib import Path

from controller.domain.refusal import MEANINGS, Reason, Refusal, as_told, of_the_pager, passes


def test_every_reason_has_a_cause_and_a_sentence() -> None:
    assert set(MEANINGS) == set(Reason)
    assert all(meaning.cause.isupper() and meaning.sentence for meaning in MEANINGS.values())


def test_a_refusal_ends_with_its_reasons_cause_unless_the_switch_gave_one() -> None:
    assert Refusal(Reason.CONFERENCE).hangup_cause == "USER_BUSY"
    assert Refusal(Reason.NOT_REGISTERED, "NO_ANSWER").hangup_cause == "NO_ANSWER"


def test_the_table_for_people_has_every_reason_with_its_sentence_and_cause() -> None:
    page = (Path(__file__).parents[3] / "docs" / "refusals.md").read_text()
    table = page.partition("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    written = {row[0].strip("| `"): (row[1], row[2]) for row in rows}
    assert written == {reason.value: (each.sentence, each.cause) for reason, each in MEANINGS.items()}


def test_a_user_gets_one_reason_for_all_choices_and_calls_of_the_target() -> None:
    told = {reason: as_told(reason) for reason in Reason}
    own = {Reason.ONESELF, Reason.NOT_PERMITTED, Reason.NOT_REGISTERED, Reason.STORE_TROUBLE}
    assert all(told[reason] is reason for reason in own)
    hidden = {Reason.NOT_ACCEPTED, Reason.PAGES_OFF, Reason.JOINED, Reason.CONFERENCE, Reason.PAGING}
    assert {told[reason] for reason in hidden} == {Reason.UNAVAILABLE}


def test_the_reason_for_a_user_has_a_neutral_cause_too() -> None:
    assert Refusal(Reason.NOT_ACCEPTED).as_told.hangup_cause == "USER_BUSY"
    assert Refusal(Reason.NOT_REGISTERED, "NO_ANSWER").as_told.hangup_cause == "NO_ANSWER"


def test_every_reason_of_a_call_has_its_like_where_the_call_is_the_pagers() -> None:
    assert of_the_pager(Reason.CONFERENCE) is Reason.PAGER_CONFERENCE
    assert of_the_pager(Reason.CALL_CHANGED) is Reason.PAGER_CALL_CHANGED
    assert of_the_pager(Reason.SWITCH_TROUBLE) is Reason.SWITCH_TROUBLE
    assert not any(passes(of_the_pager(reason)) for reason in (Reason.JOINED, Reason.FAX, Reason.PAGING))

"""Reasons and what they mean."""

from __future__ import annotations

from pathlib import Path

from controller.paging.refusal import MEANINGS, Reason, Refusal


def test_every_reason_has_a_cause_and_a_sentence() -> None:
    assert set(MEANINGS) == set(Reason)
    assert all(meaning.cause.isupper() and meaning.sentence for meaning in MEANINGS.values())


def test_a_refusal_ends_with_its_reasons_cause_unless_the_switch_gave_one() -> None:
    assert Refusal(Reason.CONFERENCE).hangup_cause == "USER_BUSY"
    assert Refusal(Reason.NOT_REGISTERED, "NO_ANSWER").hangup_cause == "NO_ANSWER"


def test_the_table_for_people_has_every_reason_with_its_sentence_and_cause() -> None:
    table = Path(__file__).parents[3] / "docs" / "refusals.md"
    rows = [line.split(" | ") for line in table.read_text().splitlines() if line.startswith("| `")]
    written = {row[0].strip("| `"): (row[1], row[2]) for row in rows}
    assert written == {reason.value: (each.sentence, each.cause) for reason, each in MEANINGS.items()}

"""The outcome of a command."""

import pytest

from controller.eventsocket.outcome import Outcome, Status


@pytest.mark.parametrize("answer", ["-ERR No such channel!\n", "-USAGE: <uuid>\n", "-ERR permission denied"])
def test_an_error_is_refused_and_keeps_the_switchs_text(answer):
    assert Outcome.of_answer(answer) == Outcome(Status.REFUSED, answer.rstrip("\n"))


@pytest.mark.parametrize("answer", ["+OK\n", "true", "_undef_", "\n0 total.", "error/user_not_registered"])
def test_any_other_answer_is_done(answer):
    assert Outcome.of_answer(answer) == Outcome(Status.DONE, answer.rstrip("\n"))


def test_no_reply_is_an_empty_output_and_done():
    assert Outcome.of_answer("-ERR no reply\n") == Outcome(Status.DONE, "")


def test_an_empty_output_is_done():
    assert Outcome.of_answer("").done


def test_a_status_reads_as_words():
    assert [str(status) for status in Status] == ["done", "refused", "not sent", "unknown"]


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (Outcome.of_answer("-ERR USER_BUSY\n"), "USER_BUSY"),
        (Outcome.of_answer("-ERR No such channel!"), ""),
        (Outcome.of_answer("-USAGE: <uuid>"), ""),
        (Outcome.of_answer("+OK 3b241101"), ""),
        (Outcome(Status.NOT_SENT, "The switch closed the connection."), ""),
        (Outcome(Status.UNKNOWN, "-ERR USER_BUSY"), ""),
    ],
)
def test_only_what_the_switch_names_as_a_cause_is_one(outcome: Outcome, cause: str) -> None:
    assert outcome.cause == cause

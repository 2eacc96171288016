"""The construction of the controller."""

from __future__ import annotations

import pytest

from controller.errors import SwitchUnreachable
from controller.paging.choosing import with_phone


def asked(answers: dict[str, bool | None]) -> str:
    """The switch with a user's phone, from each switch's answer; None if a switch cannot be reached."""

    def registered(place: str) -> bool:
        if (answer := answers[place]) is None:
            raise SwitchUnreachable(f"{place} is away.")
        return answer

    return with_phone(answers, registered)


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ({"a": True, "b": True}, "a"),
        ({"a": False, "b": True}, "b"),
        ({"a": False, "b": False}, "a"),
        ({"a": None, "b": False, "c": True}, "c"),
        ({"a": None, "b": False}, "b"),
    ],
)
def test_a_user_is_looked_for_where_it_has_a_phone_or_else_where_somebody_answers(
    answers: dict[str, bool | None], place: str
) -> None:
    assert asked(answers) == place


def test_where_no_switch_answers_the_first_one_is_named() -> None:
    with pytest.raises(SwitchUnreachable, match="a is away"):
        asked({"a": None, "b": None})

"""The types of arguments that commands take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from controller.cli.arguments import USER, moment
from controller.domain.names import UserName
from controller.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_time_may_be_written_as_an_age(text: str, ago: timedelta) -> None:
    assert abs(datetime.now(UTC) - moment(text) - ago) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-01-31", datetime(2025, 1, 31, tzinfo=UTC)),
        ("2025-01-31T12:30", datetime(2025, 1, 31, 12, 30, tzinfo=UTC)),
        ("2025-01-31 12:30+02:00", datetime(2025, 1, 31, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_time_may_be_a_date_or_a_time_in_utc(text: str, time: datetime) -> None:
    assert moment(text) == time


@pytest.mark.parametrize(
    "text", ["", "7", "7x", "-7d", "yesterday", "2025-13-01", "9999999d", "999999w", "7d\n"]
)
def test_other_text_is_no_time(text: str) -> None:
    with pytest.raises(InvalidValue):
        moment(text)


def test_a_wrong_argument_is_wrong_usage() -> None:
    with pytest.raises(click.UsageError, match="is not a user"):
        USER.convert("1002", None, None)


def test_a_value_that_was_read_is_not_read_again() -> None:
    name = UserName("1002", "pbx")
    assert USER.convert(name, None, None) is name

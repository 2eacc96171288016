"""`whisperpage pages`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.store import pages
from controller.store.session import Store

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def three(cli) -> None:
    cli.done("db", "upgrade")
    store = Store("sqlite:///test.db")
    with store.unit() as unit:
        for number, age, changes in (
            (1, timedelta(days=8), {}),
            (2, timedelta(hours=1), {"treatment": Treatment.REFUSED, "reason": "oneself"}),
            (3, timedelta(minutes=1), {"ended_at": NOW, "ending": "pager_hung_up"}),
        ):
            started = NOW - age
            values = {"treatment": Treatment.WHISPER, "answered_at": started, **changes}
            name = f"00000000-0000-0000-0000-{number:012}"
            pages.save(
                unit,
                PageRecord(
                    name,
                    "pbx",
                    UserName(f"100{number}", "pbx"),
                    UserName("1002", "pbx"),
                    started_at=started,
                    **values,
                ),
            )
        unit.commit()
    store.close()


def numbers(cli, *arguments: str) -> list[str]:
    return [record["page_id"][-1] for record in cli.done("pages", *arguments, "--json").json]


def test_the_newest_comes_first(cli) -> None:
    assert numbers(cli) == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--since", "7d"], ["3", "2"]),
        (["--refused"], ["2"]),
        (["--user", "1003"], ["3"]),
        (["--user", "1001@pbx"], ["1"]),
        (["--limit", "1"], ["3"]),
        (["--since", "7d", "--user", "1002", "--refused"], ["2"]),
    ],
)
def test_only_the_chosen_attempts_are_shown(cli, arguments: list[str], found: list[str]) -> None:
    assert numbers(cli, *arguments) == found


def test_the_name_of_the_command_may_be_written(cli) -> None:
    assert numbers(cli, "list", "--since", "7d") == ["3", "2"]


def test_help_shows_the_commands(cli) -> None:
    shown = cli.done("pages", "--help").out
    assert all(command in shown for command in ("list", "show", "prune"))


def test_one_attempt_is_shown_whole(cli) -> None:
    found = cli.done("pages", "show", "00000000-0000-0000-0000-000000000002", "--json").json
    assert (found["pager"], found["reason"]) == ("1002@pbx", "oneself")


def test_an_attempt_that_is_not_there_is_refused(cli) -> None:
    done = cli("pages", "show", "00000000-0000-0000-0000-000000000009")
    assert done.status == 1
    assert "There is no page" in done.err


def test_older_attempts_are_deleted_and_open_ones_stay(cli) -> None:
    assert cli.done("pages", "prune", "--older-than", "30m", "--yes").out.startswith("1 deleted from before ")
    assert numbers(cli) == ["3", "1"]


def test_nothing_is_deleted_without_a_yes(cli) -> None:
    done = cli("pages", "prune", "--older-than", "0d")
    assert done.status == 2
    assert "pages from before" in done.err
    assert "in sqlite:///test.db. Nothing was changed: add --yes" in done.err
    assert numbers(cli) == ["3", "2", "1"]


def test_a_dry_run_deletes_nothing(cli) -> None:
    done = cli.done("pages", "prune", "--older-than", "30m", "--dry-run")
    assert done.out.startswith("Nothing was deleted. Without --dry-run: 1 from before ")
    assert numbers(cli) == ["3", "2", "1"]


def test_the_history_is_kept_for_as_long_as_the_settings_say(cli, tmp_path: Path) -> None:
    cli.done("pages", "prune", "--older-than", "30m", "--yes")
    store = Store("sqlite:///test.db")
    with store.unit() as unit:
        ended = NOW - timedelta(days=8)
        (old,) = (record for record in pages.history(unit) if record.page_id.endswith("1"))
        pages.save(unit, replace(old, ended_at=ended, ending="pager_hung_up"))
        unit.commit()
    store.close()
    assert cli.done("pages", "prune").out.startswith("0 deleted from before ")
    (tmp_path / "whisperpage.toml").write_text("history_days = 0\n")
    assert "keeps the history for ever" in cli.done("pages", "prune").out
    (tmp_path / "whisperpage.toml").write_text("history_days = 9\n")
    assert cli.done("pages", "prune").out.startswith("0 deleted")
    (tmp_path / "whisperpage.toml").write_text("history_days = 7\n")
    assert cli.done("pages", "prune", "--yes").out.startswith("1 deleted")
    assert numbers(cli) == ["3"]


def test_a_record_is_complete_in_json(cli) -> None:
    (record,) = cli.done("pages", "--limit", "1", "--json").json
    assert record["ending"] == "pager_hung_up"
    assert record["seconds"] == 60.0
    assert record["attempts"] == 1
    assert record["started_at"].endswith("+00:00")


def test_a_table_shows_the_columns_that_people_want(cli) -> None:
    header, line = cli.done("pages", "--limit", "1").out.splitlines()
    assert header.split("  ")[0] == "started at"
    assert line.split()[2:] == ["1003@pbx", "1002@pbx", "whisper", "-", "1", "60.0", "pager_hung_up", "-"]


def test_an_attempt_from_another_domain_is_not_among_those_of_a_domain(cli) -> None:
    store = Store("sqlite:///test.db")
    with store.unit() as unit:
        across = PageRecord(
            "00000000-0000-0000-0000-000000000004",
            "pbx",
            UserName("1001", "other"),
            UserName("1002", "pbx"),
            Treatment.REFUSED,
            NOW,
            reason="other_domain",
        )
        pages.save(unit, across)
        unit.commit()
    store.close()
    assert numbers(cli, "--domain", "pbx") == ["3", "2", "1"]
    assert numbers(cli, "--domain", "other") == ["4"]
    assert numbers(cli) == ["4", "3", "2", "1"]

"""Every script of docs/admin.md works as described, on PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.domain.names import GroupName, UserName
from controller.domain.record import PageRecord, Treatment
from controller.domain.reply import Reply
from controller.store import groups, pages, replies, users
from controller.store.session import Store

PAGE = Path(__file__).parents[2] / "docs" / "admin.md"
SCRIPTS: dict[str, str] = dict(
    re.findall(r"^## ([^\n]+)\n.*?```\w+\n(.*?)```", PAGE.read_text(), re.M | re.S)
)
PROGRAMS = Path(sys.executable).parent
ALICE, BOB = UserName("1002", "pbx.example.org"), UserName("1003", "pbx.example.org")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def kind() -> str:
    return "postgresql"


@pytest.fixture
def run_script(url: str, tmp_path: Path) -> Run:
    """A function that runs the script under a title in its own folder, and then `then` in the same shell."""

    def run(title: str, then: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        code = SCRIPTS[title]
        program = [sys.executable, "-c"] if code.startswith("#!/usr/bin/env python3") else ["bash", "-euc"]
        own = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "WHISPERPAGE_DATABASE_URL": url.replace("postgresql+psycopg", "postgresql"),
        }
        return subprocess.run(
            [*program, code + then],
            cwd=tmp_path,
            env={**os.environ, **own, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def sales(store: Store) -> Store:
    """Two users, one of whom is in sales."""
    with store.unit() as unit:
        groups.add(unit, GroupName("sales"), {})
        users.add(unit, ALICE, {"settings_group": "sales", "pages_off": True})
        users.add(unit, BOB, {})
        unit.commit()
    return store


def people(store: Store) -> dict[str, str]:
    with store.reading() as reading:
        return {str(user.name): user.group for user in users.listing(reading)}


def attempt(store: Store, number: int, age: timedelta, refused: bool = False) -> None:
    begun = datetime.now(UTC) - age
    record = PageRecord(
        page_id=f"00000000-0000-0000-0000-{number:012}",
        switch="pbx",
        pager=ALICE,
        target=BOB,
        treatment=Treatment.REFUSED if refused else Treatment.WHISPER,
        started_at=begun,
        reason="not_accepted" if refused else None,
        answered_at=None if refused else begun,
        ended_at=begun + timedelta(minutes=3),
        ending="pager_hung_up",
    )
    with store.unit() as unit:
        pages.save(unit, record)
        unit.commit()


HR = 'Name,Department,Extension\n"Miller, Anna",Sales,1002\nJürgen,Sales,1004\nHanna,Sales,\n'


def test_the_nightly_script_makes_the_users_those_of_hr(
    sales: Store, run_script: Run, tmp_path: Path
) -> None:
    (tmp_path / "hr.csv").write_text(HR)
    done = run_script("Follow HR every night")
    assert done.returncode == 0, done.stderr
    assert people(sales) == {str(ALICE): "sales", "1004@pbx.example.org": "sales"}
    with sales.reading() as reading:
        assert users.show(reading, ALICE).pages_off


def test_the_nightly_script_changes_nothing_where_a_department_has_no_group(
    sales: Store, run_script: Run, tmp_path: Path
) -> None:
    (tmp_path / "hr.csv").write_text(HR + "Ann,Legal,1005\n")
    before = people(sales)
    done = run_script("Follow HR every night")
    assert done.returncode != 0
    assert (
        "Line 4: There is no settings group legal: add it with `whisperpage groups add NAME`." in done.stderr
    )
    assert people(sales) == before


def test_a_department_is_granted_by_one_line(sales: Store, run_script: Run) -> None:
    done = run_script("Grant a department")
    assert done.stdout == "UPDATE 1\n", done.stderr
    with sales.reading() as reading:
        assert users.show(reading, ALICE).whisper.initiate
        assert not users.show(reading, BOB).whisper.initiate


def test_a_domain_has_its_own_default_group_by_one_line(sales: Store, run_script: Run) -> None:
    done = run_script("Give each domain its own")
    assert done.stdout == "INSERT 0 1\n", done.stderr
    carol = UserName("1001", "one.example.org")
    with sales.unit() as unit:
        users.add(unit, carol, {})
        unit.commit()
    with sales.reading() as reading:
        assert users.show(reading, carol).whisper.initiate
        assert not users.show(reading, BOB).whisper.initiate


def test_a_domain_and_a_group_have_replies_of_their_own(sales: Store, run_script: Run) -> None:
    done = run_script("Set the replies")
    assert done.returncode == 0, done.stderr
    with sales.reading() as reading:
        assert replies.effective(reading, ALICE) == (
            Reply("1", "on my way"),
            Reply("3", "I cannot", declines=True),
            Reply("4", "please ask my colleague", declines=True),
        )
        assert [each.digit for each in replies.effective(reading, BOB)] == ["1", "2", "3"]
        assert groups.show(reading, GroupName("sales")).decline_seconds == 5


def test_the_report_counts_this_week_by_department(sales: Store, run_script: Run) -> None:
    for number, age in enumerate((timedelta(hours=1), timedelta(days=2), timedelta(days=9))):
        attempt(sales, number, age)
    attempt(sales, 9, timedelta(days=1), refused=True)
    done = run_script("Report a week by department")
    assert done.stdout.splitlines() == [
        "settings_group,whispers,refused,minutes",
        "sales,2,1,6",
        "default,0,0,0",
    ], done.stderr


def test_who_is_refused_most_comes_first(sales: Store, run_script: Run) -> None:
    for number in range(3):
        attempt(sales, number, timedelta(hours=1), refused=number < 2)
    done = run_script("Find who is refused most")
    assert done.stdout.split() == ["2", f"{ALICE},not_accepted"], done.stderr


def test_what_is_old_is_deleted_from_the_history(sales: Store, run_script: Run) -> None:
    attempt(sales, 1, timedelta(days=91))
    attempt(sales, 2, timedelta(days=89))
    done = run_script("Keep the history for 90 days")
    assert done.stdout.startswith("1 deleted"), done.stderr


def test_a_switch_that_does_not_exist_stops_the_first_import_before_it_changes_anything(
    store: Store, run_script: Run
) -> None:
    done = run_script("Begin with the users of the switch", WHISPERPAGE_SWITCH_URL="esl://:x@127.0.0.1:1")
    assert done.returncode == 1
    assert "127.0.0.1:1 cannot be reached" in done.stderr
    assert people(store) == {}


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("whisperpage gr", {"groups"}),
        ("whisperpage users im", {"import"}),
        ("whisperpage pages --ref", {"--refused"}),
        ("whisperpage groups set default --whisper-accept ", {"none", "all", "listed"}),
    ],
)
def test_the_shell_completes_commands_options_and_choices(
    run_script: Run, typed: str, offered: set[str]
) -> None:
    complete = (
        f"\nCOMP_LINE={json.dumps(typed)} COMP_POINT={len(typed)}\n"
        '_whisperpage_completion whisperpage && printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = run_script("Complete commands in the shell", complete)
    assert set(done.stdout.split()) == offered, done.stderr


def test_every_script_is_tried() -> None:
    source = Path(__file__).read_text()
    assert len(SCRIPTS) == PAGE.read_text().count("\n## ")
    assert [title for title in SCRIPTS if f'"{title}"' not in source] == []

"""What the doctor finds in the database of a FusionPBX; a fake answers its queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from controller.config import Settings
from controller.doctor.check import Check
from controller.doctor.fusion import examine
from controller.fusion import codes, parts, site

URL = "esl://controller%40eventsocket:right@127.0.0.1"
RIGHT = Settings(switch_url=URL, mute_key="8", end_key="9", off_key="0")


class Database:
    """The correct rows, which a test can change."""

    def __init__(self) -> None:
        self.rows = [
            [code.app_uuid, "one.test", code.number, str(order), "true", code.words, "6"]
            for order, code in enumerate(codes.shipped(), 2)
        ]
        self.others = ""
        self.bound = "5\n6\n"
        self.domains = ["one.test"]

    def __call__(self, words: Sequence[str], environment: Mapping[str, str]) -> str:
        if "FROM v_domains" in words[-1]:
            return "".join(f"{domain}\n" for domain in self.domains)
        if "v_dialplan_details t" in words[-1]:
            return "\n".join("\x1f".join(row) for row in self.rows)
        if "bind_digit_action" in words[-1]:
            return self.bound
        return "0\n" if "count(*)" in words[-1] else self.others


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    monkeypatch.setattr(site, "run", database)
    return database


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for folder in ("www/core/upgrade", "www/app", "conf/directory", "conf/dialplan"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "www" / site.UPGRADE).touch()
    (tmp_path / "conf" / parts.LOGIN).write_text('<param name="esl-password" value="right"/>')
    file = tmp_path / "config.conf"
    file.write_text(
        f"database.0.type = pgsql\ndocument.root = {tmp_path}/www\nswitch.conf.dir = {tmp_path}/conf\n"
    )
    return file


def wrong(config: Path, settings: Settings = RIGHT) -> list[Check]:
    return [check for check in examine(config, settings) if not check.right]


def test_nothing_is_wrong_where_everything_is_right(config: Path, database: Database) -> None:
    assert wrong(config) == []


def test_a_code_that_a_domain_lacks_is_named(config: Path, database: Database) -> None:
    del database.rows[0]
    (check,) = wrong(config)
    assert check.found == "missing or of another version: *19 in one.test"


def test_a_disabled_code_is_reported_but_is_right(config: Path, database: Database) -> None:
    database.rows[0][4] = "false"
    assert wrong(config) == []
    assert next(examine(config, RIGHT)).found == "there; disabled: *19 in one.test"


def test_a_code_behind_the_recordings_is_too_late(config: Path, database: Database) -> None:
    database.rows[0][3] = "200"
    (check,) = wrong(config)
    assert check.found == "too late: *19 in one.test"


def test_a_code_without_details_is_reported(config: Path, database: Database) -> None:
    database.rows[0][6] = "0"
    (check,) = wrong(config)
    assert check.found == "missing: *19 in one.test"


def test_another_dialplan_with_the_same_code_is_reported(config: Path, database: Database) -> None:
    database.others = "*19\x1fspeed\x1fone.test\n"
    (check,) = wrong(config)
    assert check.found == "in the way: *19 by speed in one.test"


def test_a_wrong_password_of_the_login_is_reported(config: Path, database: Database) -> None:
    settings = Settings(switch_url=URL.replace("right", "old"), mute_key="8", end_key="9", off_key="0")
    (check,) = wrong(config, settings)
    assert check.what == "login in FusionPBX"


def test_keys_that_fusionpbx_uses_itself_are_reported(config: Path, database: Database) -> None:
    (check,) = wrong(config, Settings(switch_url=URL))
    assert check.found == "FusionPBX has these for itself: mute_key 5, end_key 6, off_key 7"
    assert 'mute_key = "8"' in check.fix


@pytest.mark.parametrize(
    ("bound", "replies", "found"),
    [
        ("5\n6\n", "123", ""),
        ("1\n3\n4\n5\n6\n", "123", "*1, *3: FusionPBX binds them in calls, and both act"),
        ("", "7", "*7: FusionPBX binds them in calls, and both act"),  # by a script, for follow me
    ],
)
def test_a_reply_that_fusionpbx_also_has_a_key_for_is_reported_and_keeps_nobody_from_paging(
    config: Path, database: Database, bound: str, replies: str, found: str
) -> None:
    database.bound = bound
    checks = [each for each in examine(config, RIGHT, frozenset(replies)) if not each.right]
    assert [(each.found, each.fails) for each in checks] == ([(found, False)] if found else [])


@pytest.mark.parametrize("lamps", [True, False])
def test_lamps_of_more_than_one_domain_are_reported_and_keep_nothing_from_working(
    config: Path, database: Database, lamps: bool
) -> None:
    settings = replace(RIGHT, lamps=lamps)
    database.domains.append("two.test")
    database.rows += [[row[0], "two.test", *row[2:]] for row in database.rows]
    found = {check.what: check for check in examine(config, settings)}["lamps of other domains"]
    assert (found.right, found.fails) == (not lamps, False)


def test_an_unreadable_configuration_is_reported_in_one_sentence(tmp_path: Path) -> None:
    (check,) = wrong(tmp_path / "nowhere")
    assert "as root" in check.fix

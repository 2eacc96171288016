"""`whisperpage fusionpbx`, on folders that look like a FusionPBX; its database and PHP are stand-ins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from controller import resources
from controller.cli import fusionpbx
from controller.cli.main import run
from controller.errors import SettingsError

TOP = Path(__file__).parents[3]


class Database:
    """Answers what the command asks: whether the codes are imported, and whose a code is besides."""

    def __init__(self) -> None:
        self.imported, self.taken, self.asked = False, "", list[str]()

    def __call__(self, words: tuple[str, ...], environment: dict[str, str] | None = None) -> str:
        self.asked.append(words[-1])
        if "--defaults" in words:
            self.imported = True
            return ""
        if "CROSS JOIN" in words[-1]:
            return "" if self.imported else "*19\tone.test\n"
        if "DELETE" in words[-1]:
            self.imported = False
            return ""
        return self.taken if "dialplan_number" in words[-1] else ""


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    monkeypatch.setattr(fusionpbx, "_run", database)
    return database


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for folder in ("www/core/upgrade", "www/app", "conf/directory", "conf/dialplan"):
        (tmp_path / folder).mkdir(parents=True)
    file = tmp_path / "config.conf"
    file.write_text(
        f"#database\ndatabase.0.type = pgsql\ndatabase.0.name = pbx\ndatabase.0.password = 'a%b'\n"
        f"document.root = {tmp_path}/www\nproject.path =\nswitch.conf.dir = {tmp_path}/conf\n"
        f"cache.location = {tmp_path}/cache\n"
    )
    return file


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def command(name: str, config: Path, *words: str) -> int:
    return run(["fusionpbx", name, "--config", str(config), *words])


def test_an_installation_has_the_app_the_dialplan_and_a_login(config: Path, database: Database) -> None:
    assert command("install", config) == 0
    assert (config.parent / "www/app/whisper_page/app_config.php").is_file()
    assert (config.parent / "conf/dialplan/whisperpage.xml").is_file()
    login = config.parent / "conf/directory/whisperpage.xml"
    assert re.search(r'esl-password" value="[0-9a-f]{32}"', login.read_text())
    assert login.stat().st_mode & 0o777 == 0o640
    assert database.imported


def test_a_second_installation_changes_nothing(config: Path, database: Database) -> None:
    command("install", config)
    before = files(config.parent)
    database.asked.clear()
    assert command("install", config) == 0
    assert files(config.parent) == before
    assert "--defaults" not in database.asked


def test_a_dry_run_changes_nothing(config: Path, database: Database) -> None:
    before = files(config.parent)
    assert command("install", config, "--dry-run") == 0
    assert files(config.parent) == before
    assert not database.imported


def test_a_code_that_is_taken_is_named_and_nothing_is_changed(
    config: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    database.taken = "*19\tspeed_dial\tone.test\n"
    before = files(config.parent)
    assert command("install", config) == 1
    assert "*19 by speed_dial in one.test" in capsys.readouterr().err
    assert files(config.parent) == before


def test_the_status_fails_until_everything_is_there(config: Path, database: Database) -> None:
    assert command("status", config) == 1
    command("install", config)
    assert command("status", config) == 0


def test_an_upgrade_keeps_the_password(config: Path, database: Database) -> None:
    command("install", config)
    login = config.parent / "conf/directory/whisperpage.xml"
    right = login.read_text()
    login.write_text(right.replace("xml_locate", ""))
    assert command("upgrade", config) == 0
    assert login.read_text() == right


def test_nothing_of_it_is_left_after_it_was_removed(config: Path, database: Database) -> None:
    before = files(config.parent)
    command("install", config)
    assert command("remove", config) == 0
    assert files(config.parent) == before
    assert not database.imported


def test_a_machine_without_fusionpbx_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no FusionPBX here"):
        fusionpbx.find(tmp_path / "config.conf")


def test_its_login_is_the_one_of_other_switches() -> None:
    ours, others = resources.fusionpbx() / "eventsocket.xml", TOP / "freeswitch/directory/eventsocket.xml"
    assert ours.read_text() == others.read_text()

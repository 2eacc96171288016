"""`whisperpage fusionpbx`, on folders that look like a FusionPBX; its database and PHP are stand-ins."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from controller import resources
from controller.cli.main import run
from controller.errors import SettingsError
from controller.fusion import codes, parts, people, site
from controller.fusion.ownership import Owner, owner_of
from controller.fusion.site import FusionPbx
from tests.databases import migrated

TOP = Path(__file__).parents[3]


class Database:
    """The answers to the command: the codes that are imported, the codes of others, the users."""

    def __init__(self) -> None:
        self.imported, self.taken, self.asked = False, "", list[str]()
        self.upgraded_by: Owner | None = None
        self.domains = ["one.test"]

    def __call__(
        self, words: Sequence[str], environment: Mapping[str, str], owner: Owner | None = None
    ) -> str:
        self.asked.append(words[-1])
        if "--defaults" in words:
            self.imported, self.upgraded_by = True, owner
            return ""
        if "DELETE" in words[-1]:
            self.imported = False
        if "FROM v_domains" in words[-1]:
            return "".join(f"{domain}\n" for domain in self.domains)
        if "v_dialplan_details t" in words[-1]:
            rows = (
                "\x1f".join((code.app_uuid, "one.test", code.number, "2", "true", code.words, "6"))
                for code in codes.shipped()
            )
            return "\n".join(rows) if self.imported else ""
        if "count(*)" in words[-1]:
            return "0\n"
        if "v_permissions" in words[-1] or "v_menu_items" in words[-1]:
            return "1\n" if self.imported else ""
        if "v_extensions" in words[-1]:
            return "101\x1fone.test\x1f\nbob\x1fone.test\x1f105\n"
        return self.taken if "dialplan_number" in words[-1] and "LIKE" in words[-1] else ""


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    database = Database()
    monkeypatch.setattr(site, "run", database)
    monkeypatch.setenv("WHISPERPAGE_CONFIG", str(tmp_path / "whisperpage.toml"))
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", migrated(tmp_path / "pages.db"))
    return database


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return made(tmp_path)


def made(tmp_path: Path) -> Path:
    """The config.conf of a FusionPBX that stands in a folder."""
    for folder in ("www/core/upgrade", "www/app", "conf/directory", "conf/dialplan", "conf/autoload_configs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "conf/autoload_configs/event_socket.conf.xml").write_text(
        '<configuration><settings><param name="listen-port" value="1"/>'
        '<param name="password" value="x"/></settings></configuration>'
    )
    (tmp_path / "www/core/upgrade/upgrade.php").touch()
    file = tmp_path / "config.conf"
    file.write_text(
        f"#database\ndatabase.0.type = pgsql\ndatabase.0.name = pbx\ndatabase.0.password = 'a%b'\n"
        f"document.root = {tmp_path}/www\nproject.path =\nswitch.conf.dir = {tmp_path}/conf\n"
        f"cache.location = {tmp_path}/cache\n"
    )
    return file


def files(folder: Path) -> dict[str, bytes]:
    """The files in FusionPBX and its switch."""
    found = [path for name in ("www", "conf") for path in (folder / name).rglob("*")]
    return {str(path): path.read_bytes() for path in found if path.is_file()}


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
    database.taken = "*19\x1fspeed_dial\x1fone.test\n"
    before = files(config.parent)
    assert command("install", config) == 1
    told = capsys.readouterr().err
    assert "*19 by speed_dial in one.test" in told
    assert "`whisperpage fusionpbx install` and --page-code" in told
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


@pytest.mark.parametrize("newest", ["004_whisper_page_off.xml", "005_whisper_page_message.xml"])
def test_an_upgrade_adds_a_code_that_the_version_before_did_not_have(
    config: Path, database: Database, capsys: pytest.CaptureFixture[str], newest: str
) -> None:
    """And takes no other code for it."""
    command("install", config)
    (config.parent / "www" / codes.APP / codes.DIALPLANS / newest).unlink()
    capsys.readouterr()
    assert command("status", config) == 1
    assert command("upgrade", config) == 0
    assert "in place of" not in capsys.readouterr().out
    assert len(codes.installed(there(config))) == 4
    assert command("status", config) == 0


def test_removal_leaves_nothing(config: Path, database: Database) -> None:
    before = files(config.parent)
    command("install", config)
    assert command("remove", config) == 0
    assert files(config.parent) == before
    assert not database.imported


def test_a_machine_without_fusionpbx_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no FusionPBX here"):
        site.find(tmp_path / "config.conf")


def test_its_login_is_the_one_of_other_switches() -> None:
    ours, others = resources.fusionpbx() / "eventsocket.xml", TOP / "freeswitch/directory/eventsocket.xml"
    assert ours.read_text() == others.read_text()


def there(config: Path) -> FusionPbx:
    return site.find(config)


def test_another_code_can_be_chosen_and_stays(config: Path, database: Database) -> None:
    assert command("install", config, "--page-code", "*77") == 0
    command("install", config)
    found = {code.name: code.number for code in codes.installed(there(config))}
    assert found == {"page": "*77", "intercom": "*15", "off": "*20", "message": "*18"}
    app = config.parent / "www" / codes.APP / codes.DIALPLANS / "002_whisper_page.xml"
    assert app.read_text().count("^\\*77") == 3
    assert "*19" not in app.read_text()


def test_a_code_of_another_form_is_wrong_usage(config: Path, database: Database) -> None:
    assert command("install", config, "--page-code", "77") == 2


@pytest.mark.parametrize(
    ("number", "collides"),
    [("*19", True), ("*191", True), ("*1[ext]", True), ("*18,*15", True), ("*201", False), ("*1", False)],
)
def test_a_number_with_the_same_digits_as_a_code_collides(
    config: Path, database: Database, number: str, collides: bool
) -> None:
    database.taken = f"{number}\x1fother\x1fone.test\n"
    assert bool(codes.taken(there(config), codes.shipped())) is collides


def test_the_settings_have_the_login_and_the_keys_that_fusionpbx_does_not_use(
    config: Path, database: Database
) -> None:
    command("install", config)
    settings = tomllib.loads((config.parent / "whisperpage.toml").read_text())
    password = parts.login_password(there(config))
    assert settings["switch_url"] == f"esl://controller%40eventsocket:{password}@127.0.0.1:1"
    assert not parts.ITS_KEYS & {settings[key] for key in parts.KEYS}


@pytest.mark.parametrize("domains", [["one.test"], ["one.test", "two.test"]])
def test_the_settings_switch_lamps_off_where_there_is_more_than_one_domain(
    config: Path, database: Database, domains: list[str]
) -> None:
    """A phone that lies about its domain would be told the lamps of others."""
    database.domains = domains
    run(["fusionpbx", "install", "--config", str(config)])
    assert tomllib.loads((config.parent / "whisperpage.toml").read_text()).get("lamps", True) is (
        len(domains) == 1
    )


def test_the_login_gets_the_password_of_existing_settings(config: Path, database: Database) -> None:
    url = "esl://controller%40eventsocket:kept@127.0.0.1"
    (config.parent / "whisperpage.toml").write_text(f'switch_url = "{url}"\n')
    command("install", config)
    assert parts.login_password(there(config)) == "kept"


@pytest.mark.parametrize("part", range(5))
def test_an_interrupted_installation_can_be_run_again(
    config: Path, database: Database, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    wanted = codes.chosen(there(config), {})
    for each in list(parts.parts(there(config), wanted, config.parent / "whisperpage.toml", None))[:part]:
        each.do()
    (config.parent / "www/app/.whisper_page.new").mkdir()
    assert command("install", config) == 0
    assert command("status", config) == 0


def test_its_extensions_become_users(config: Path, database: Database) -> None:
    found = people.users(there(config))
    assert {str(name): alias for name, alias in found.items()} == {"101@one.test": "", "bob@one.test": "105"}
    command("install", config)
    assert run(["users", "show", "bob@one.test"]) == 0


def test_users_are_imported_from_fusionpbx(
    config: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "whisperpage.toml").touch()
    assert run(["db", "upgrade"]) == 0
    words = ["users", "import", "--from-fusionpbx", "--config", str(config)]
    assert run(words) == 0
    assert run(words) == 0
    assert "2 added" in (told := capsys.readouterr().out)
    assert "0 added, 0 changed, 2 left as they were" in told


def test_each_domain_gets_a_default_group_on_request(
    config: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    command("install", config)
    assert run(["groups", "set", "default", "--whisper-initiate"]) == 0
    words = ["users", "import", "--from-fusionpbx", "--config", str(config), "--domain-groups"]
    assert run([*words, "--dry-run"]) == 0
    assert run(["groups", "show", "default@one.test"]) == 1
    assert run(words) == 0
    assert run(words) == 0
    capsys.readouterr()
    assert run(["groups", "show", "default@one.test", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["whisper_initiate"] is True


# -- FusionPBX's web server, which can write into its own folders and those of the switch ------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('number="*19"', 'number="*19\'; DROP TABLE v_users; --"'),
        ('app_uuid="', "app_uuid=\"' OR '"),
        ("<extension", "<extension <"),
    ],
)
def test_values_of_a_foreign_dialplan_reach_no_sql_statement(
    config: Path, database: Database, capsys: pytest.CaptureFixture[str], before: str, after: str
) -> None:
    command("install", config)
    [file] = config.parent.glob("www/app/whisper_page/resources/switch/conf/dialplan/002*.xml")
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after, 1))
    database.asked.clear()
    assert command("install", config) == 1
    assert "is no dialplan of ours" in capsys.readouterr().err
    assert database.asked == []


@pytest.mark.parametrize(
    "name",
    [
        "conf/dialplan/whisperpage.xml",
        "conf/directory/whisperpage.xml",
        "www/app/whisper_page/pipe",
        f"www/{codes.APP}/{codes.DIALPLANS}/001.xml",
    ],
)
def test_a_pipe_in_the_place_of_a_file_is_replaced_and_not_waited_for(
    config: Path, database: Database, name: str
) -> None:
    command("install", config)
    (config.parent / name).unlink(missing_ok=True)
    os.mkfifo(config.parent / name)
    assert command("install", config) == 0
    assert not (config.parent / name).is_fifo()


def test_bytes_that_are_no_text_are_replaced(config: Path, database: Database) -> None:
    command("install", config)
    file = config.parent / "www/app/whisper_page/app_config.php"
    right = file.read_bytes()
    file.write_bytes(b"\xff")
    assert command("install", config) == 0
    assert file.read_bytes() == right


@pytest.mark.parametrize("written", ["x&#10;y", "x\ny", "a\\nb", "${system(id)}"])
def test_a_password_that_cannot_be_ours_is_replaced(config: Path, database: Database, written: str) -> None:
    command("install", config)
    login, settings = config.parent / "conf/directory/whisperpage.xml", config.parent / "whisperpage.toml"
    [old] = re.findall(r'esl-password" value="([^"]*)"', login.read_text())
    login.write_text(login.read_text().replace(old, written))
    settings.unlink()
    assert command("install", config) == 0
    [new] = re.findall(r'esl-password" value="([^"]*)"', login.read_text())
    assert re.fullmatch("[0-9a-f]{32}", new)
    assert f":{new}@" in settings.read_text()


NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root could be made to act for others")


@pytest.fixture
def of_nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a FusionPBX whose files are nobody's, where anybody can go."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        made(top)
        monkeypatch.setenv("WHISPERPAGE_CONFIG", str(top / "whisperpage.toml"))
        for path in (top / "www", *top.glob("www/**/*"), top / "conf", *top.glob("conf/**/*")):
            os.chown(path, NOBODY, NOBODY)
        yield top


@AS_ROOT
@pytest.mark.parametrize(
    "link", ["www/app/.whisper_page.new", "www/app/.whisper_page.old", "conf/directory/.whisperpage.xml.new"]
)
def test_root_neither_writes_nor_gives_away_a_file_through_a_link(
    database: Database, of_nobody: Path, link: str
) -> None:
    app, login = (
        of_nobody / "www/app/whisper_page/app_config.php",
        of_nobody / "conf/directory/whisperpage.xml",
    )
    assert command("install", of_nobody / "config.conf") == 0
    for file in (app, login):  # which an upgrade has to replace
        file.write_text(f"{file.read_text()}<!-- of an old version -->")
    kept = of_nobody / "kept"
    kept.mkdir()
    (kept / "file").write_text("of root")
    (of_nobody / link).symlink_to(kept / "file" if link.endswith("xml.new") else kept)
    assert command("install", of_nobody / "config.conf") == 0
    assert [path.name for path in kept.iterdir()] == ["file"]
    assert ((kept / "file").read_text(), (kept / "file").stat().st_uid) == ("of root", 0)
    for file in (app, login):
        assert "of an old version" not in file.read_text()
        assert file.stat().st_uid == NOBODY
    assert os.geteuid() == 0


@AS_ROOT
@pytest.mark.parametrize("folder", ["conf/dialplan", "conf/directory", "www/app"])
def test_no_folder_in_the_place_of_another_has_root_write_there(
    database: Database, of_nobody: Path, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    kept = of_nobody / "kept"
    kept.mkdir(0o755)
    (of_nobody / folder).rmdir()
    (of_nobody / folder).symlink_to(kept)
    assert command("install", of_nobody / "config.conf") == 1
    assert list(kept.iterdir()) == []
    assert f"The user {NOBODY} may not write {of_nobody}" in capsys.readouterr().err


@AS_ROOT
@pytest.mark.parametrize(
    "path", ["www", "www/app", "www/core", "www/core/upgrade/upgrade.php", "config.conf"]
)
def test_whoever_can_change_what_the_upgrade_runs_is_the_one_as_whom_it_runs(
    database: Database, of_nobody: Path, path: str
) -> None:
    for each in (of_nobody / "www", *of_nobody.glob("www/**/*")):
        os.chown(each, 0, 0)
    assert owner_of(of_nobody / "www") == Owner(0, 0)
    os.chown(of_nobody / path, NOBODY, NOBODY)
    site.find(of_nobody / "config.conf").upgrade_defaults()
    assert database.upgraded_by == Owner(NOBODY, NOBODY)


@AS_ROOT
def test_a_program_of_fusionpbx_runs_as_its_owner_and_gets_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHISPERPAGE_API_TOKEN", "secret")
    told = site.run(["sh", "-c", "id -u; id -g; id -G; env"], {}, Owner(NOBODY, NOBODY)).splitlines()
    assert told[:3] == ["65534"] * 3
    assert not [line for line in told if "secret" in line]


@AS_ROOT
def test_a_user_without_an_account_keeps_nothing_of_root() -> None:
    assert site.run(["sh", "-c", "id -u; id -G"], {}, Owner(54321, 54321)).split() == ["54321", "54321"]

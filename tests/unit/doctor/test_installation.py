"""What the doctor finds on a switch and in a database."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from controller.config import Settings
from controller.doctor.check import Check
from controller.doctor.installation import examine, look_at_dialplan, look_at_modules
from controller.eventsocket.api import ApiCall
from controller.store import schema
from controller.store.session import Store
from tests.unit.doctor.fakes import ask


def wrong(answers: dict[str, str], context: str = "default") -> list[Check]:
    def asked(call: ApiCall) -> str:
        return answers.get(call.text) or ask(call)

    checks = [look_at_modules(asked), *look_at_dialplan(asked, context)]
    return [each for each in checks if not each.right]


def test_nothing_is_wrong_where_everything_is_right() -> None:
    assert wrong({}) == []


def test_a_missing_module_is_named_with_what_to_do() -> None:
    [check] = wrong({"module_exists mod_loopback": "false"})
    assert check.found == "6 of 7 loaded"
    assert "mod_loopback" in check.fix


def test_a_missing_context_and_one_of_another_version_are_told_apart() -> None:
    old = '<context name="whisperpage"><extension name="request"/></context>'
    missing = wrong({"xml_locate dialplan context name whisperpage": "-ERR can't find context"})
    assert [each.found for each in missing] == ["missing"]
    other = wrong({"xml_locate dialplan context name whisperpage": old})
    assert [each.found for each in other] == ["of another version"]
    assert "reloadxml" in other[0].fix


def test_feature_codes_that_the_users_context_lacks_are_told() -> None:
    [check] = wrong({}, context="office")
    assert check.what == "feature codes in context office"


def test_a_database_without_tables_is_told_with_the_command(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", switch_url="esl://:x@127.0.0.1:1")
    checks = list(examine(settings, "default", schema.state_at))
    assert [each.what for each in checks] == ["database", "switch"]
    assert not any(each.right for each in checks)
    assert "whisperpage db upgrade" in checks[0].fix
    assert "start FreeSWITCH" in checks[1].fix


def test_a_database_that_is_current_is_right(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    store = Store(url)
    schema.upgrade(store)
    store.close()
    checks = examine(
        Settings(database_url=url, switch_url="esl://:x@127.0.0.1:1"), "default", schema.state_at
    )
    assert next(checks).right


@pytest.mark.parametrize(
    ("folder", "file", "right"), [(0o755, 0o644, False), (0o755, 0o640, True), (0o750, 0o644, True)]
)
def test_a_database_that_everybody_can_read_is_told_with_the_command(
    folder: int, file: int, right: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(folder)
        store = Store(f"sqlite:///{name}/a.db")
        schema.upgrade(store)
        store.close()
        Path(f"{name}/a.db").chmod(file)
        check = next(examine(Settings(database_url=f"sqlite:///{name}/a.db"), "default", schema.state_at))
    assert check.right is right
    assert right or ("a.db" in check.found and check.fix.startswith(f"Run `chmod 600 {name}/a.db"))


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody:secret@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_used_is_one_sentence_without_a_password(url: str) -> None:
    check = next(examine(Settings(database_url=url), "default", schema.state_at))
    assert not check.right
    assert check.fix
    assert "secret" not in check.fix

"""`whisperpage users import` and `users export`."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.administration import sheets
from controller.domain.names import GroupName
from controller.store import groups
from controller.store.session import Store

FILE = "user,group,whisper_initiate\n1002@pbx,reception,true\n1003@pbx,,\n"


@pytest.fixture(autouse=True)
def reception(cli) -> None:
    cli.done("groups", "add", "reception")


def write(text: str | bytes) -> str:
    path = Path("users.csv")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path.name


def users(cli) -> list[tuple[str, str, bool]]:
    found = cli.done("users", "list", "--json").json
    return [(user["user"], user["group"], user["whisper_initiate"]) for user in found]


def test_users_are_added_changed_or_left_as_they_are(cli) -> None:
    assert cli.done("users", "import", write(FILE)).out == "2 added, 0 changed, 0 left as they were.\n"
    assert users(cli) == [("1002@pbx", "reception", True), ("1003@pbx", "default", False)]
    changed = FILE.replace("true", "false") + "1004@pbx,,\n"
    assert cli.done("users", "import", write(changed)).out == "1 added, 1 changed, 1 left as they were.\n"
    assert users(cli)[0] == ("1002@pbx", "reception", False)


def test_a_setting_without_a_column_stays_as_it_is(cli) -> None:
    cli.done("users", "add", "1002@pbx", "--whisper-initiate")
    cli.done("users", "import", write("user,group\n1002@pbx,reception\n"))
    assert users(cli) == [("1002@pbx", "reception", True)]


def test_a_dry_run_says_what_would_change_and_changes_nothing(cli) -> None:
    done = cli.done("users", "import", write(FILE), "--dry-run")
    assert (
        done.out.splitlines()[-1]
        == "Nothing was changed. Without --dry-run: 2 added, 0 changed, 0 left as they were."
    )
    assert users(cli) == []


def test_a_wrong_line_changes_nothing(cli) -> None:
    done = cli("users", "import", write(FILE + "1004\n"))
    assert done.status == 1
    assert "'users.csv': Line 4: 1 cell for 3 columns: write one for each. Nothing was changed." in done.err
    assert users(cli) == []


def test_a_byte_order_mark_is_ignored(cli) -> None:
    cli.done("users", "import", write(b"\xef\xbb\xbf" + FILE.encode()))
    assert len(users(cli)) == 2


def test_another_encoding_is_reported(cli) -> None:
    done = cli("users", "import", write("user\nj\xfcrgen@pbx\n".encode("latin-1")))
    assert done.status == 1
    assert "Line 2: It is not UTF-8 text: save the file as CSV in UTF-8. Nothing was changed." in done.err


def test_others_can_write_while_a_file_is_read(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    read = sheets.read

    def slow(*arguments):
        other = Store("sqlite:///test.db")
        with other.unit() as unit:
            groups.add(unit, GroupName("meanwhile"), {})
            unit.commit()
        other.close()
        return read(*arguments)

    monkeypatch.setattr(sheets, "read", slow)
    cli.done("users", "import", write(FILE))
    cli.done("groups", "show", "meanwhile")


def test_a_line_of_a_megabyte_is_reported_and_changes_nothing(cli) -> None:
    done = cli("users", "import", write(FILE + "x" * 1_000_000))
    assert done.status == 1
    assert "Line 4: It has 10000 bytes and more" in done.err
    assert users(cli) == []


def test_a_file_that_is_not_there_is_wrong_usage(cli) -> None:
    done = cli("users", "import", "nosuch.csv")
    assert (done.status, done.err.count("\n")) == (2, 1)


def test_an_exported_file_is_imported_as_the_same_users(cli) -> None:
    cli.done("users", "import", write(FILE))
    cli.done(
        "users",
        "set",
        "1003@pbx",
        "--header",
        "Answer-Mode: Auto",
        "--header",
        "Alert-Info: x",
        "--pages-off",
    )
    exported = cli.done("users", "export").out
    assert cli.done("users", "import", write(exported)).out == "0 added, 0 changed, 2 left as they were.\n"
    for name in ("1002@pbx", "1003@pbx"):
        cli.done("users", "remove", name)
    cli.done("users", "import", write(exported))
    assert cli.done("users", "export").out == exported

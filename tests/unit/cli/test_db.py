"""`whisperpage db`."""

from __future__ import annotations

from pathlib import Path

from controller.store import schema
from controller.store.session import Store


def test_the_version_of_nothing_is_told_and_nothing_is_made(bare_cli, tmp_path: Path) -> None:
    done = bare_cli("db", "current")
    assert "has no tables yet; 0008 is needed: run `whisperpage db upgrade`" in done.out
    assert done.status == 1
    assert list(tmp_path.iterdir()) == []


def test_an_upgrade_tells_each_step_and_where_it_ends(bare_cli) -> None:
    done = bare_cli.done("db", "upgrade")
    assert done.err.splitlines() == [
        "Upgrading: 0001 settings groups, users and accept lists",
        "Upgrading: 0002 phone rules, with the phones that are known",
        "Upgrading: 0003 the history of pages",
        "Upgrading: 0004 tokens for the keys of phones",
        "Upgrading: 0005 repeated refusals as one row",
        "Upgrading: 0006 settings groups and API tokens of one domain",
        "Upgrading: 0007 invitations to the console, its sessions, and the audit",
        "Upgrading: 0008 scopes of API tokens",
    ]
    assert done.out == "sqlite:///test.db is at version 0008.\n"


def test_what_is_current_is_told_so(cli) -> None:
    cli.done("db", "upgrade")
    assert (
        cli.done("db", "current").out == "sqlite:///test.db is at version 0008, as this program needs it.\n"
    )


def test_what_is_behind_is_told_so(cli) -> None:
    cli.done("db", "upgrade")
    store = Store("sqlite:///test.db")
    schema.migrate(store, "0002")
    store.close()
    done = cli("db", "current")
    assert "is at version 0002; 0008 is needed" in done.out
    assert done.status == 1

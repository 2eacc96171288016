"""`whisperpage db`."""

from __future__ import annotations

from pathlib import Path

from controller.store import schema
from controller.store.session import Store


def test_the_version_of_a_missing_database_is_reported_and_none_is_made(bare_cli, tmp_path: Path) -> None:
    done = bare_cli("db", "current")
    assert "has no tables yet; 0021 is needed: run `whisperpage db upgrade`" in done.out
    assert done.status == 1
    assert list(tmp_path.iterdir()) == []


def test_an_upgrade_prints_each_step_and_the_last_version(bare_cli) -> None:
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
        "Upgrading: 0009 no day in the report for the target of an attempt from another domain",
        "Upgrading: 0010 comments of two columns of settings_groups that were wrong",
        "Upgrading: 0011 favourites of the console's users",
        "Upgrading: 0012 pages across switches",
        "Upgrading: 0013 replies to pages by a key, and the decline window",
        "Upgrading: 0014 call backs of refused pagers",
        "Upgrading: 0015 messages to targets in place of a pager's voice",
        "Upgrading: 0017 reverse pages",
        "Upgrading: 0018 API tokens of kiosks, which send messages alone",
        "Upgrading: 0019 page groups, and the pages of their members",
        "Upgrading: 0020 the names of messages in the history",
        "Upgrading: 0021 texts for people: no control characters, and no more than fits their columns",
    ]
    assert done.out == "sqlite:///test.db is at version 0021.\n"


def test_a_current_database_is_reported_as_current(cli) -> None:
    cli.done("db", "upgrade")
    assert (
        cli.done("db", "current").out == "sqlite:///test.db is at version 0021, as this program needs it.\n"
    )


def test_a_database_that_is_behind_is_reported_as_behind(cli) -> None:
    cli.done("db", "upgrade")
    store = Store("sqlite:///test.db")
    schema.migrate(store, "0002")
    store.close()
    done = cli("db", "current")
    assert "is at version 0002; 0021 is needed" in done.out
    assert done.status == 1

"""`whisperpage users`."""

from __future__ import annotations

import pytest

from controller.cli.users import rewritten

ALICE = "1002@pbx.example.org"


def show(cli, name: str = ALICE) -> dict[str, object]:
    return cli.done("users", "show", name, "--json").json


def test_a_new_user_is_in_the_default_group(cli) -> None:
    cli.done("users", "add", ALICE)
    found = show(cli)
    assert (found["user"], found["group"]) == (ALICE, "default")
    assert found["whisper_initiate_from"] == "group default"


def test_a_user_is_put_into_a_group(cli) -> None:
    cli.done("groups", "add", "reception", "--whisper-initiate")
    cli.done("users", "add", ALICE, "--group", "Reception")
    found = show(cli)
    assert (found["whisper_initiate"], found["whisper_initiate_from"]) == (True, "group reception")


def test_every_setting_is_overridden_by_its_flag(cli) -> None:
    cli.done(
        *("users", "add", "--whisper-initiate", ALICE, "--whisper-accept", "all", "--no-intercom-initiate"),
        *("--intercom-accept", "listed", "--pages-off", "--phone-kind", "desk"),
        *("--header", "Answer-Mode: Auto", "--header", "Alert-Info: ring-answer"),
    )
    assert show(cli) == {
        "user": ALICE,
        "group": "default",
        "whisper_initiate": True,
        "whisper_initiate_from": "user",
        "whisper_accept": "all",
        "whisper_accept_from": "user",
        "intercom_initiate": False,
        "intercom_initiate_from": "user",
        "intercom_accept": "listed",
        "intercom_accept_from": "user",
        "when_not_accepted": "refuse",
        "pages_off": True,
        "phone_kind": "desk",
        "auto_answer": "Answer-Mode: Auto\nAlert-Info: ring-answer",
    }


@pytest.mark.parametrize(
    ("column", "given", "inherit"),
    [
        ("whisper_initiate", ["--whisper-initiate"], ["--whisper-initiate", "inherit"]),
        ("intercom_initiate", ["--no-intercom-initiate"], ["--intercom-initiate", "inherit"]),
        ("whisper_accept", ["--whisper-accept", "all"], ["--whisper-accept", "inherit"]),
        ("intercom_accept", ["--intercom-accept", "none"], ["--inherit", "intercom-accept"]),
        ("whisper_initiate", ["--no-whisper-initiate"], ["--inherit", "whisper-initiate"]),
    ],
)
def test_inherit_clears_an_override(cli, column: str, given: list[str], inherit: list[str]) -> None:
    cli.done("users", "add", ALICE, *given)
    assert show(cli)[f"{column}_from"] == "user"
    cli.done("users", "set", ALICE, *inherit)
    assert show(cli)[f"{column}_from"] == "group default"


def test_inherit_clears_the_settings_of_the_phone(cli) -> None:
    cli.done("users", "add", ALICE, "--phone-kind", "soft", "--header", "Answer-Mode: Auto")
    cli.done("users", "set", ALICE, "--phone-kind", "inherit", "--inherit", "auto-answer")
    found = show(cli)
    assert (found["phone_kind"], found["auto_answer"]) == (None, None)


def test_only_the_flags_of_the_contract_are_rewritten() -> None:
    assert rewritten(["--whisper-initiate", "inherit", "--group", "inherit"]) == [
        *("--inherit", "whisper-initiate", "--group", "inherit")
    ]


def test_setting_and_inheriting_the_same_is_wrong_usage(cli) -> None:
    done = cli("users", "set", ALICE, "--whisper-accept", "all", "--inherit", "whisper-accept")
    assert done.status == 2
    assert "contradicts" in done.err


def test_settings_that_are_not_given_stay_as_they_are(cli) -> None:
    cli.done("users", "add", ALICE, "--whisper-initiate")
    cli.done("users", "set", ALICE, "--pages-off")
    found = show(cli)
    assert (found["whisper_initiate"], found["pages_off"]) == (True, True)


def test_users_are_listed_in_order_and_by_group(cli) -> None:
    cli.done("groups", "add", "reception")
    cli.done("users", "add", "1003@pbx", "--group", "reception")
    cli.done("users", "add", "1002@pbx")
    listed = cli.done("users", "list", "--json").json
    assert [user["user"] for user in listed] == ["1002@pbx", "1003@pbx"]
    listed = cli.done("users", "list", "--group", "reception", "--json").json
    assert [user["user"] for user in listed] == ["1003@pbx"]


def test_a_table_of_users_leaves_out_where_settings_come_from(cli) -> None:
    cli.done("users", "add", ALICE)
    assert " from" not in cli.done("users", "list").out


def test_a_user_is_removed(cli) -> None:
    cli.done("users", "add", ALICE)
    cli.done("users", "remove", ALICE)
    assert cli.done("users", "list", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set", "7@pbx", "--pages-off"], "no user 7@pbx"),
        (["show", "7@pbx"], "no user 7@pbx"),
        (["remove", "7@pbx"], "no user 7@pbx"),
        (["add", "7@pbx", "--group", "nosuch"], "no settings group nosuch"),
        (["list", "--group", "nosuch"], "no settings group nosuch"),
        (["add", "1002@pbx.example.org"], "already"),
    ],
)
def test_an_impossible_change_is_refused(cli, arguments: list[str], said: str) -> None:
    cli.done("users", "add", ALICE)
    done = cli("users", *arguments)
    assert done.status == 1
    assert said in done.err

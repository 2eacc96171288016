"""`whisperpage groups`."""

from __future__ import annotations

import pytest

DENIES = {
    "name": "reception",
    "whisper_initiate": False,
    "whisper_accept": "none",
    "intercom_initiate": False,
    "intercom_accept": "none",
    "when_not_accepted": "refuse",
    "members": 0,
    "decline_seconds": 0,
}


def test_one_group_exists_from_the_beginning(cli) -> None:
    done = cli.done("groups", "list", "--json")
    assert [group["name"] for group in done.json] == ["default"]
    assert done.err == ""


def test_a_new_group_denies_what_is_not_given(cli) -> None:
    cli.done("groups", "add", "reception")
    assert cli.done("groups", "show", "reception", "--json").json == DENIES


def test_every_setting_is_given_by_its_flag(cli) -> None:
    cli.done(
        *(
            "groups",
            "add",
            "reception",
            "--whisper-initiate",
            "--whisper-accept",
            "all",
            "--intercom-initiate",
        ),
        *("--intercom-accept", "listed", "--when-not-accepted", "call", "--decline-seconds", "5"),
    )
    assert cli.done("groups", "show", "reception", "--json").json == {
        "name": "reception",
        "whisper_initiate": True,
        "whisper_accept": "all",
        "intercom_initiate": True,
        "intercom_accept": "listed",
        "when_not_accepted": "call",
        "members": 0,
        "decline_seconds": 5,
    }


def test_settings_that_are_not_given_stay_as_they_are(cli) -> None:
    cli.done("groups", "add", "reception", "--whisper-initiate", "--intercom-accept", "all")
    cli.done("groups", "set", "reception", "--no-whisper-initiate")
    assert cli.done("groups", "show", "reception", "--json").json == {**DENIES, "intercom_accept": "all"}


def test_granting_to_everybody_is_one_command(cli) -> None:
    cli.done("groups", "set", "default", "--whisper-initiate", "--whisper-accept", "all")
    found = cli.done("groups", "show", "default", "--json").json
    assert (found["whisper_initiate"], found["whisper_accept"]) == (True, "all")


def test_a_group_is_removed(cli) -> None:
    cli.done("groups", "add", "reception")
    cli.done("groups", "remove", "reception")
    assert cli("groups", "show", "reception").status == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "default"], "already"),
        (["set", "nosuch", "--whisper-initiate"], "no settings group nosuch"),
        (["show", "nosuch"], "no settings group nosuch"),
        (["remove", "nosuch"], "no settings group nosuch"),
        (["remove", "default"], "protected"),
    ],
)
def test_an_impossible_change_is_refused(cli, arguments: list[str], said: str) -> None:
    done = cli("groups", *arguments)
    assert done.status == 1
    assert said in done.err


def test_a_list_is_plain_in_a_pipe(cli) -> None:
    assert cli.done("groups", "list").out.splitlines()[1].split() == [
        "default",
        "no",
        "none",
        "no",
        "none",
        "refuse",
        "0",
        "0",
    ]

"""`whisperpage keys`."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import structlog

from controller.simulator.configuration import User
from controller.simulator.office import Office
from tests.unit.cli.conftest import CommandLine


@pytest.fixture(autouse=True)
def alice(cli) -> None:
    cli.done("users", "add", "1002@pbx")


def test_a_token_is_printed_alone_and_only_once(cli) -> None:
    done = cli.done("keys", "issue", "1002@pbx", "--label", "desk phone")
    token = done.out.strip()
    assert len(token) >= 40
    assert "cannot be shown again" in done.err
    assert token not in cli.done("keys", "list", "--json").out


def test_tokens_are_listed_for_all_or_for_one_user(cli) -> None:
    cli.done("users", "add", "1003@pbx")
    for user in ("1003@pbx", "1002@pbx"):
        cli.done("keys", "issue", user, "--label", "desk phone")
    assert [each["user"] for each in cli.done("keys", "list", "--json").json] == ["1002@pbx", "1003@pbx"]
    (found,) = cli.done("keys", "list", "--user", "1003@pbx", "--json").json
    assert (found["id"], found["label"]) == (1, "desk phone")
    assert (found["last_used_at"], found["revoked_at"]) == (None, None)


def test_a_revoked_token_is_listed_as_such(cli) -> None:
    cli.done("keys", "issue", "1002@pbx")
    cli.done("keys", "revoke", "1")
    (found,) = cli.done("keys", "list", "--json").json
    assert found["revoked_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["issue", "7@pbx"], "no user 7@pbx"),
        (["list", "--user", "7@pbx"], "no user 7@pbx"),
        (["revoke", "9"], "no token 9"),
    ],
)
def test_an_impossible_change_is_refused(cli, arguments: list[str], said: str) -> None:
    done = cli("keys", *arguments)
    assert done.status == 1
    assert said in done.err


# -- templates ---------------------------------------------------------------------------------------------

TEMPLATE = ("keys", "template", "1002@pbx.test", "--vendor")


def test_a_template_has_the_users_buttons(cli) -> None:
    out = cli.done(*TEMPLATE, "yealink", "--page", "1003", "--page", "1004", "--token", "t0k").out
    for value in ("*191003", "*191004", "http://CONTROLLER:8019/keys/t0k/toggle-mute", "whisper+1002"):
        assert f"= {value}\n" in out


def test_a_template_without_a_token_marks_its_place(cli) -> None:
    assert "/keys/TOKEN/end" in cli.done(*TEMPLATE, "snom").out


def test_a_token_may_come_from_another_command(cli, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"t0k-of-1002\n")))
    assert "/keys/t0k-of-1002/end" in cli.done(*TEMPLATE, "snom", "--token", "-").out


def test_the_codes_come_from_the_settings(cli, monkeypatch) -> None:
    monkeypatch.setenv("WHISPERPAGE_MUTE_KEY", "1")
    monkeypatch.setenv("WHISPERPAGE_END_KEY", "")
    out = cli.done(*TEMPLATE, "fanvil", "--page-code", "*77", "--off-code", "*78").out
    assert [line for line in out.splitlines() if "Value" in line][:3] == [
        "Fkey2 Value :*77@1/f",
        "Fkey3 Value :*1",
        "Fkey4 Value :*78@1/f",
    ]


def test_the_url_and_the_first_key_can_be_chosen(cli) -> None:
    url = "https://[2001:db8::1]:8443"
    out = cli.done(*TEMPLATE, "aastra", "--url", url, "--first", "7").out
    assert out.startswith("topsoftkey7 type: speeddial\n")
    assert f"{url}/keys/TOKEN/end" in out


@pytest.mark.parametrize(
    "words",
    [
        ("nokia",),
        ("snom", "--url", "ftp://x"),
        ("snom", "--url", "http://x/;nme=y"),
        ("snom", "--page", "${x}"),
        ("snom", "--token", "a b"),
        ("snom", "--page-code", "*19;"),
        ("snom", "--first", "0"),
    ],
)
def test_a_value_that_would_spoil_a_template_is_wrong_usage(cli, words: tuple[str, ...]) -> None:
    assert cli(*TEMPLATE, *words).status == 2


def test_text_on_standard_input_that_is_no_token_is_refused(cli, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"no token\n")))
    done = cli(*TEMPLATE, "snom", "--token", "-")
    assert (done.status, done.out) == (2, "")


# -- a number alias ----------------------------------------------------------------------------------------


@pytest.fixture
def beside_a_switch(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user bob, whose number alias is 105, in SQL and on a switch."""
    cli.done("users", "add", "bob@pbx.test")
    with Office() as office:
        office.switch.configuration.users["bob@pbx.test"] = User("bob", "pbx.test", alias="105")
        monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", office.url)
        yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("beside_a_switch")
def test_a_token_for_a_number_alias_is_its_users(cli: CommandLine) -> None:
    done = cli.done("keys", "issue", "105@pbx.test")
    assert "105@pbx.test is a number alias: the token is bob@pbx.test's." in done.err
    for name in ("bob@pbx.test", "105@pbx.test"):
        (found,) = cli.done("keys", "list", "--user", name, "--json").json
        assert found["user"] == "bob@pbx.test"


@pytest.mark.usefixtures("beside_a_switch")
def test_a_number_alias_of_another_domain_is_nobodys(cli: CommandLine) -> None:
    assert "There is no user 105@other.test" in cli("keys", "issue", "105@other.test").err


def test_without_a_switch_a_number_alias_is_nobodys(cli: CommandLine) -> None:
    assert "There is no user 105@pbx.test" in cli("keys", "issue", "105@pbx.test").err

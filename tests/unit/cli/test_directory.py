"""`whisperpage users import --from-switch`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from controller.cli import directory
from controller.domain.names import UserName
from controller.errors import InvalidValue, SwitchTrouble

#: As FreeSWITCH 1.10.12 gives it, with some white space less.
DIRECTORY = """\
<section name="directory">
  <domain name="PBX.test">
    <params><param name="dial-string" value="{presence_id=${dialed_user}}"></param></params>
    <groups>
      <group name="default">
        <users>
          <user id="1002">
            <params><param name="password" value="&lt;secret&amp;&quot;"></param></params>
            <variables><variable name="caller_name" value="J&#xFC;rgen | x"></variable></variables>
          </user>
          <user id="Brian"></user>
        </users>
      </group>
      <group name="sales"><users><user id="1002" type="pointer"></user></users></group>
    </groups>
  </domain>
  <domain name="flat.test"><user id="1001"></user></domain>
  <domain name="other.test"><users><user id="1002"></user><user id="1" type="pointer"></user></users></domain>
</section>
"""
USERS = [
    UserName(extension, domain)
    for extension, domain in (
        ("1001", "flat.test"),
        ("1002", "other.test"),
        ("1002", "pbx.test"),
        ("brian", "pbx.test"),
    )
]


def test_every_user_of_every_domain_is_found_where_the_switch_finds_it() -> None:
    assert directory.users(DIRECTORY) == USERS


@pytest.mark.parametrize("text", ["can't find anything\n", "", '<section name="directory"></section>'])
def test_a_directory_that_is_not_listed_is_reported_with_what_to_do(text: str) -> None:
    with pytest.raises(SwitchTrouble, match=r"as by mod_xml_curl, cannot be listed, so import .* CSV file\."):
        directory.users(text)


def test_a_directory_that_was_cut_off_is_reported() -> None:
    with pytest.raises(SwitchTrouble, match="is no XML"):
        directory.users(DIRECTORY[:500])


@pytest.mark.parametrize("name", ["10 02", "", "x" * 40, "${user}"])
def test_an_invalid_user_is_reported_and_stops_the_import(name: str) -> None:
    with pytest.raises(InvalidValue, match=r"has a user that cannot be one here: .* Nothing was changed\."):
        directory.users(DIRECTORY.replace("Brian", name))


class Switch:
    """An event socket that answers one login and one command."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"esl://:secret@127.0.0.1:{self.listening.getsockname()[1]}"
        self.serving = Thread(target=self.serve, daemon=True)
        self.serving.start()

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)  # wakes the thread, if nobody has come
        self.serving.join()
        self.listening.close()

    def serve(self) -> None:
        try:
            client, _ = self.listening.accept()
        except OSError:
            return
        with client, client.makefile("rb") as reading:
            client.sendall(b"Content-Type: auth/request\n\n")
            while line := reading.readline():
                if line == b"\n":
                    continue
                self.asked.append(line.strip())
                body = self.answer.encode()
                client.sendall(
                    b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)
                    if line.startswith(b"api")
                    else b"Content-Type: command/reply\nReply-Text: +OK\n\n"
                )


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Switch]]:
    """A function that starts the switch of the settings with its answer."""
    switches: list[Switch] = []

    def start(answer: str = DIRECTORY) -> Switch:
        switches.append(Switch(answer))
        monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", switches[-1].url)
        return switches[-1]

    yield start
    for each in switches:
        each.close()


def listed(cli) -> list[tuple[str, str, bool]]:
    found = cli.done("users", "list", "--json").json
    return [(user["user"], user["group"], user["whisper_initiate"]) for user in found]


def test_new_users_are_added_and_known_ones_stay_as_they_are(cli, switch) -> None:
    started = switch()
    cli.done("groups", "add", "staff")
    cli.done("users", "add", "1002@pbx.test", "--whisper-initiate")
    cli.done("users", "add", "1009@pbx.test")
    done = cli.done("users", "import", "--from-switch", "--group", "staff")
    assert done.out == "3 added, 0 changed, 1 left as they were.\n"
    assert "1 users are not in that directory, and stay." in done.err
    assert started.asked[:2] == [b"auth secret", b"api xml_locate directory"]
    assert listed(cli) == [
        ("1001@flat.test", "staff", False),
        ("1002@other.test", "staff", False),
        ("1002@pbx.test", "default", True),
        ("1009@pbx.test", "default", False),
        ("brian@pbx.test", "staff", False),
    ]


def test_without_a_group_new_users_are_in_the_default_one(cli, switch) -> None:
    switch()
    cli.done("users", "import", "--from-switch")
    assert {group for _, group, _ in listed(cli)} == {"default"}


def test_a_dry_run_says_what_would_change_and_changes_nothing(cli, switch) -> None:
    switch()
    done = cli.done("users", "import", "--from-switch", "--dry-run")
    *added, summary = done.out.splitlines()
    assert summary == "Nothing was changed. Without --dry-run: 4 added, 0 changed, 0 left as they were."
    assert len([line for line in added if ": added (" in line]) == 4
    assert listed(cli) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("can't find anything\n", "The switch lists no users"),
        (
            "-ERR permission denied\n",
            "did not give its directory (-ERR permission denied): permit xml_locate",
        ),
        (DIRECTORY.replace("Brian", "a b"), "'a b' is not an extension"),
    ],
)
def test_a_switch_that_gives_no_directory_is_reported_and_nothing_changes(
    cli, switch, answer: str, said: str
) -> None:
    cli.done("db", "upgrade")
    switch(answer)
    done = cli("users", "import", "--from-switch")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert said in done.err
    assert listed(cli) == []


def test_a_switch_that_is_not_there_is_reported(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", "esl://:secret@127.0.0.1:1")
    done = cli("users", "import", "--from-switch")
    assert done.status == 1
    assert "127.0.0.1:1 cannot be reached" in done.err


def test_an_unknown_group_is_refused(cli, switch) -> None:
    switch()
    done = cli("users", "import", "--from-switch", "--group", "nosuch")
    assert done.status == 1
    assert "no settings group nosuch" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "either FILE.csv, --from-switch or --from-fusionpbx"),
        (["--from-switch", __file__], "either FILE.csv, --from-switch or --from-fusionpbx"),
        ([__file__, "--group", "staff"], "are not for a file"),
    ],
)
def test_a_file_and_the_switch_exclude_each_other(cli, arguments: list[str], said: str) -> None:
    done = cli("users", "import", *arguments)
    assert done.status == 2
    assert said in done.err

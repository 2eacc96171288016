"""The event socket's own commands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import UnsafeValue
from controller.eventsocket import api, commands
from controller.eventsocket.api import Extension
from controller.eventsocket.commands import Command

LEG = "16c543d6-b46d-4bc2-b388-a7f23b5d6a82"


def read(data: bytes) -> list[list[bytes]]:
    """The commands that read_packet (mod_event_socket.c) finds in the sent bytes, as lines."""
    found, rest = [], data.replace(b"\r", b"\n").partition(b"\0")[0]
    while rest := rest.lstrip(b"\n"):
        block, _, rest = rest.partition(b"\n\n")
        found.append(block.split(b"\n"))
    return found


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (commands.auth("Clue Con"), b"auth Clue Con\n\n"),
        (commands.userauth("page@pbx.test", "a:b@c"), b"userauth page@pbx.test:a:b@c\n\n"),
        (commands.leave(), b"exit\n\n"),
        (commands.event_filter("Channel-Name", "a b"), b"filter add Channel-Name a b\n\n"),
        (commands.nixevent(["HEARTBEAT"], ["a::b"]), b"nixevent HEARTBEAT CUSTOM a::b\n\n"),
        (
            commands.execute(LEG, "set", "a=b c"),
            b"sendmsg %b\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: a=b c\n\n"
            % LEG.encode(),
        ),
        (
            commands.sendevent("PRESENCE_IN", {"proto": "whisper", "force-status": "Being paged"}),
            b"sendevent PRESENCE_IN\nproto: whisper\nforce-status: Being paged\n\n",
        ),
        (
            commands.execute(LEG, "answer"),
            f"sendmsg {LEG}\ncall-command: execute\nexecute-app-name: answer\n\n".encode(),
        ),
    ],
)
def test_a_command_is_written_as_the_switch_reads_it(command, data):
    assert command.encode() == data


def test_custom_and_its_subclasses_go_last():
    command = commands.subscribe(["CHANNEL_CREATE", "CHANNEL_DESTROY"], ["a::b", "c::d"])
    assert command.encode() == b"event json CHANNEL_CREATE CHANNEL_DESTROY CUSTOM a::b c::d\n\n"


def test_custom_is_not_an_event_of_its_own():
    with pytest.raises(UnsafeValue, match="subclasses"):
        commands.subscribe(["CUSTOM", "CHANNEL_CREATE"])


def test_a_subscription_to_nothing_is_refused():
    with pytest.raises(UnsafeValue, match="at least one"):
        commands.subscribe([])


@pytest.mark.parametrize("user", ["1002", "@pbx", "a@", "a:b@c", "a@b@c", "a b@c", ""])
def test_a_login_is_user_at_domain(user):
    with pytest.raises(UnsafeValue, match="login"):
        commands.userauth(user, "secret")


@pytest.mark.parametrize("build", [commands.auth, lambda p: commands.userauth("a@b", p)])
def test_a_refused_password_is_not_shown(build):
    with pytest.raises(UnsafeValue) as caught:
        build("hunter2\nexit")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("command", [commands.auth("hunter2"), commands.userauth("a@b", "hunter2")])
def test_a_password_is_not_shown_by_its_command(command):
    assert "hunter2" not in repr(command) + str(command)


def test_another_command_shows_its_line():
    assert repr(commands.leave()) == "<Command exit>"


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (api.uuid_setvar("leg-1", "dial", "[sip_h_X-Token=hunter2]sofia/x/y"), "uuid_setvar leg-1"),
        (api.ring(["[sip_h_X-Token=hunter2]sofia/x/y"], Extension("x", "default")), "originate"),
        (api.status(), "status"),
    ],
)
def test_what_an_api_call_is_given_is_not_shown_but_for_its_leg(call, shown):
    assert [str(call), str(call.foreground()), str(call.background("j-1"))] == [
        shown,
        f"api {shown}",
        f"bgapi {shown}",
    ]
    assert "hunter2" not in repr(call)


@pytest.mark.parametrize("value", ["/1002/", "+1002", "-1002", ""])
def test_a_filters_value_is_no_pattern(value):
    with pytest.raises(UnsafeValue, match="pattern"):
        commands.event_filter("Caller-Username", value)


@pytest.mark.parametrize("line", ["", " api status"])
def test_a_command_starts_with_its_name(line):
    with pytest.raises(UnsafeValue, match="its name"):
        Command(line)


@pytest.mark.parametrize(
    "name", ["UnLoad mod_event_socket", "reload x mod_Event_socket", "mod_event_socket unload"]
)
def test_a_value_cannot_make_the_switch_unload_its_event_socket(name):
    with pytest.raises(UnsafeValue, match="unload its event socket"):
        Command(f"api uuid_setvar {LEG} caller_name {name}")


anything = st.text() | st.text("\r\n\0 a:'\\{}${},;")


@settings(deadline=None)
@given(anything, st.lists(st.tuples(anything, anything), max_size=3).map(tuple))
def test_whatever_a_command_holds_it_is_one_command(line, headers):
    try:
        data = Command(line, headers).encode()
    except UnsafeValue:
        return
    (lines,) = read(data)
    assert len(lines) == 1 + len(headers)


@settings(deadline=None)
@given(anything, anything, anything)
def test_whatever_is_executed_runs_one_application_with_that_argument(uuid, application, argument):
    try:
        data = commands.execute(uuid, application, argument).encode()
    except UnsafeValue:
        return
    (lines,) = read(data)
    headers = dict(line.split(b": ", 1) for line in lines[1:])
    assert lines[0] == f"sendmsg {uuid}".encode()
    assert headers.pop(b"execute-app-name") == application.encode()
    assert headers.pop(b"execute-app-arg", b"") == argument.encode()
    assert headers == {b"call-command": b"execute"}


@settings(deadline=None)
@given(st.lists(anything, max_size=3), st.lists(anything, max_size=3))
def test_whatever_is_subscribed_to_is_those_events(events, custom):
    try:
        data = commands.subscribe(events, custom).encode()
    except UnsafeValue:
        return
    ((line,),) = read(data)
    words = line.decode().split(" ")
    assert words[2 : 2 + len(events)] == events
    assert words[2 + len(events) :] == (["CUSTOM", *custom] if custom else [])

"""The contract, the event socket: both switches give the same answers, to the byte where possible."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from controller.switch.registrations import parse_contacts, with_agents
from tests.contract.office import ContractOffice
from tests.contract.wire import Wire

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def wire(office: ContractOffice) -> Iterator[Wire]:
    connection = office.connect()
    yield connection
    connection.close()


@pytest.fixture
def laboratory(office: ContractOffice) -> None:
    """For a case that needs the laboratory's users, phones and numbers, and no other calls."""
    assert office.laboratory


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (f"uuid_kill {NOBODY}", "-ERR No such channel!\n"),
        (f"uuid_dump {NOBODY} json", "-ERR No such channel!\n"),
        (f"uuid_getvar {NOBODY} x", "-ERR No such channel!\n"),
        (f"uuid_setvar {NOBODY} x y", "-ERR No such channel!\n"),
        (f"uuid_transfer {NOBODY} 1003 XML default", "-ERR No such channel!\n"),
        (f"uuid_audio {NOBODY} start write mute 1", "-ERR No such channel!\n"),
        (f"uuid_bridge {NOBODY} {NOBODY}", "-ERR Invalid uuid\n"),
        (f"uuid_broadcast {NOBODY} x.wav", "-ERR invalid uuid\n"),
        (f"uuid_media {NOBODY}", "-ERR Operation failed\n"),
        (f"uuid_answer {NOBODY}", "-ERROR\n"),
        (f"uuid_buglist {NOBODY}", "-ERR no reply\n"),
        (f"uuid_exists {NOBODY}", "false"),
        ("module_exists mod_loopback", "true"),
        ("module_exists mod_nothing", "false"),
    ],
)
def test_api_calls_answer_in_the_same_words(wire: Wire, call: str, answer: str) -> None:
    frame = wire.command(f"api {call}")
    assert (frame.kind, frame.body.strip()) == ("api/response", answer.strip())
    assert frame.body == answer or answer.strip() != answer


@pytest.mark.usefixtures("laboratory")
@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("user_exists id 1002 pbx.test", "true"),
        ("user_exists id 1999 pbx.test", "false"),
        ("user_data 1002@pbx.test var effective_caller_id_name", "Ext 1002"),
        ("user_data 1002@pbx.test var nothing", "-ERR no reply\n"),
        ("user_data 1002@pbx.test attr id", "1002"),
        ("user_data 1999@pbx.test attr id", "-ERR no reply\n"),
        ("sofia_contact */1009@pbx.test", "error/user_not_registered"),
        ("sofia_presence_data user_agent 1002@pbx.test", "PolycomVVX-VVX_411-UA/5.9.5.0614"),
        ("sofia_presence_data user_agent 1009@pbx.test", "-ERR no reply\n"),
        ("originate user/1009@pbx.test &park", "-ERR USER_NOT_REGISTERED\n"),
        ("show channels count", "\n0 total.\n"),
    ],
)
def test_api_calls_about_users_answer_in_the_same_words(wire: Wire, call: str, answer: str) -> None:
    test_api_calls_answer_in_the_same_words(wire, call, answer)


def test_unknown_api_call_is_answered_with_an_error(office: ContractOffice, wire: Wire) -> None:
    assert wire.api("nosuchthing now") == "-ERR nosuchthing Command not found!\n"
    office.expect_unknown("api nosuchthing now")


def test_wrong_password_is_refused_and_ends_the_connection(office: ContractOffice) -> None:
    wire = office.connect(login=False)
    assert wire.greeting.kind == "auth/request"
    assert wire.command("auth wrong").reply == "-ERR invalid"
    assert wire.frame().kind == "text/disconnect-notice"
    with pytest.raises(EOFError):
        wire.frame()
    wire.close()


def test_exit_is_answered_before_the_notice(wire: Wire) -> None:
    wire.send("exit\n\n")
    assert wire.frame().reply == "+OK bye"
    notice = wire.frame()
    assert (notice.kind, notice.body.partition("\n")[0]) == (
        "text/disconnect-notice",
        "Disconnected, goodbye.",
    )


def test_commands_sent_at_once_are_answered_in_order(wire: Wire) -> None:
    wire.send(
        f"api uuid_exists {NOBODY}\n\nbgapi status\nJob-UUID: job-1\n\napi module_exists mod_loopback\n\n"
    )
    answers = [wire.answer() for _ in range(3)]
    assert [frame.kind for frame in answers] == ["api/response", "command/reply", "api/response"]
    assert answers[1].headers["Reply-Text"] == "+OK Job-UUID: job-1"
    assert answers[1].headers["Job-UUID"] == "job-1"
    assert (answers[0].body, answers[2].body) == ("false", "true")


def test_background_job_has_its_output(wire: Wire) -> None:
    assert wire.command("event json BACKGROUND_JOB").reply == "+OK event listener enabled json"
    wire.command(f"bgapi uuid_kill {NOBODY}\nJob-UUID: job-2")
    event = wire.event(lambda event: event["Event-Name"] == "BACKGROUND_JOB")
    assert (event["Job-UUID"], event["Job-Command"]) == ("job-2", "uuid_kill")
    assert event["Job-Command-Arg"] == NOBODY
    assert event["_body"] == "-ERR No such channel!\n"


def test_words_after_custom_are_subclasses(office: ContractOffice, wire: Wire) -> None:
    wire.command("event json CUSTOM whisperpage::request CHANNEL_CREATE")
    office.cause(office.dial("1001", "*191009"))
    event = wire.event(lambda event: True)
    assert event["Event-Subclass"] == "whisperpage::request"
    assert wire.none_comes(0.3)


def test_nixevent_and_filters_hold_events_back(office: ContractOffice, wire: Wire) -> None:
    wire.command("event json CHANNEL_CREATE CHANNEL_ANSWER")
    assert wire.command("nixevent CHANNEL_CREATE").reply == "+OK events nixed"
    assert (
        wire.command("filter Call-Direction outbound").reply
        == "+OK filter added. [Call-Direction]=[outbound]"
    )
    office.target_calls()
    event = wire.event(lambda event: True)
    assert (event["Event-Name"], event["Call-Direction"]) == ("CHANNEL_ANSWER", "outbound")
    assert wire.none_comes(0.3)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (
            f"sendmsg {NOBODY}\ncall-command: execute\nexecute-app-name: answer",
            f"-ERR invalid session id [{NOBODY}]",
        ),
        ("event json", "-ERR no keywords supplied"),
        ("filter add", "-ERR invalid syntax"),
        ("noevents", "-ERR not listening for events"),
    ],
)
def test_commands_that_fail_are_answered_with_an_error(wire: Wire, command: str, reply: str) -> None:
    assert wire.command(command).reply == reply


@pytest.mark.usefixtures("laboratory")
def test_with_no_channels_there_are_no_rows(wire: Wire) -> None:
    assert wire.api("show channels as json").strip() == '{"row_count": 0}'


@pytest.mark.usefixtures("laboratory")
def test_registered_phone_is_found_with_its_user_agent(wire: Wire) -> None:
    found = parse_contacts(wire.api("sofia_contact */1002@pbx.test"))
    status = wire.api("sofia xmlstatus profile internal user 1002@pbx.test")
    (phone,) = with_agents(found, {found[0].profile: status})
    assert (phone.profile, phone.address) == ("internal", "127.0.0.1:6002")
    assert phone.user_agent == "PolycomVVX-VVX_411-UA/5.9.5.0614"


def test_variables_are_set_read_and_unset(office: ContractOffice, wire: Wire) -> None:
    office.target_calls()
    leg = office.leg("1002")
    assert wire.api(f"uuid_setvar_multi {leg} a=1;b=two words;c=x\\;y") == "+OK\n"
    assert [wire.api(f"uuid_getvar {leg} {name}") for name in "abc"] == ["1", "two words", "x;y"]
    assert wire.api(f"uuid_setvar {leg} a") == "+OK\n"
    assert wire.api(f"uuid_getvar {leg} a") == "_undef_"


@pytest.mark.usefixtures("laboratory")
def test_uuid_that_another_leg_has_is_not_given_twice(office: ContractOffice, wire: Wire) -> None:
    wanted = str(uuid4())
    text = f"originate {{origination_uuid={wanted}}}loopback/3001/default/XML &park()"
    assert wire.api(text) == f"+OK {wanted}\n"
    second = wire.api(text)
    assert second.startswith("+OK ")
    assert wanted not in second


@pytest.mark.usefixtures("laboratory")
def test_parked_leg_goes_after_its_timeout(office: ContractOffice, wire: Wire) -> None:
    answer = wire.api("originate {park_timeout=1}loopback/3001/default/XML &park()")
    leg = answer.removeprefix("+OK ").strip()
    office.wait(lambda: wire.api(f"uuid_exists {leg}") == "false", "the timeout")


def test_audio_bug_comes_and_goes_with_the_mute(office: ContractOffice, wire: Wire) -> None:
    office.target_calls()
    leg = office.leg("1002")
    wire.command("event json MEDIA_BUG_START MEDIA_BUG_STOP")
    wire.api(f"uuid_audio {leg} start write mute 1")
    assert office.wire.api(f"uuid_buglist {leg}").count("<function>audio</function>") == 1
    wire.api(f"uuid_audio {leg} start write mute 0")
    office.wait(lambda: office.bugs(leg) == 0, "the bug to be gone")
    names = [wire.event(lambda event: True)["Event-Name"] for _ in range(2)]
    assert names == ["MEDIA_BUG_START", "MEDIA_BUG_STOP"]


def test_application_runs_during_a_call(office: ContractOffice, wire: Wire) -> None:
    office.target_calls()
    leg = office.leg("1002")
    wire.command("event json CUSTOM contract::told")
    arguments = "Event-Name=CUSTOM,Event-Subclass=contract::told,said=hello"
    command = f"sendmsg {leg}\ncall-command: execute\nexecute-app-name: event\nexecute-app-arg: {arguments}"
    assert wire.command(command).reply == "+OK"
    event = wire.event(lambda event: True)
    assert (event["Unique-ID"], event["said"]) == (leg, "hello")


def test_bypass_media_is_brought_back(office: ContractOffice, wire: Wire) -> None:
    office.call("1002", "8555")
    leg = office.leg("1002")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    assert office.legs("1002@")[0]["application"] == "signal_bridge"
    assert wire.api(f"uuid_media {leg}") == "+OK Success\n"
    office.wait(lambda: office.state("1002") == "CS_SOFT_EXECUTE", "the media")
    assert office.finish() == {"1002": {"customer"}, "customer": {"1002"}}


def test_media_is_sent_past_the_switch_and_brought_back(office: ContractOffice, wire: Wire) -> None:
    office.target_calls()
    leg = office.leg("1002")
    assert wire.api(f"uuid_media off {leg}") == "+OK Success\n"
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    assert office.legs("1002@")[0]["application"] == "signal_bridge"
    assert wire.api(f"uuid_media {leg}") == "+OK Success\n"
    office.wait(lambda: office.partner(leg), "the media")
    assert office.finish() == {"1002": {"customer"}, "customer": {"1002"}}


def test_scheduled_call_is_made_in_time_unless_it_is_deleted(office: ContractOffice, wire: Wire) -> None:
    office.target_calls()
    leg = office.leg("1002")
    for group, value in (("kept", "a"), ("lost", "b")):
        assert wire.api(f"sched_api +1 contract-{group} uuid_setvar {leg} {value} yes").startswith(
            "+OK Added: "
        )
    assert wire.api("sched_del contract-lost") == "+OK Deleted: 1\n"
    assert wire.api("sched_del contract-lost") == "+OK Deleted: 0\n"
    office.wait(lambda: wire.api(f"uuid_getvar {leg} a") == "yes", "the task")
    assert wire.api(f"uuid_getvar {leg} b") == "_undef_"


@pytest.mark.usefixtures("laboratory")
def test_leg_goes_on_with_its_dialplan_when_a_bridge_made_from_outside_ends(
    office: ContractOffice, wire: Wire
) -> None:
    """The first leg in uuid_bridge goes on with the application after the interrupted one."""
    legs = [
        wire.api("originate {originate_timeout=5}loopback/3001/default/XML &park()")
        .removeprefix("+OK ")
        .strip()
        for _ in range(2)
    ]
    assert wire.api(f"uuid_bridge {legs[0]} {legs[1]}") == f"+OK {legs[1]}\n"
    office.wait(lambda: office.partner(legs[0]) == legs[1], "the bridge")
    wire.api(f"uuid_kill {legs[1]}")
    office.wait(lambda: wire.api(f"uuid_exists {legs[0]}") == "false", "the end of the other")

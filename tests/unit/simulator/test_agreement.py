"""The simulator's events agree with those of FreeSWITCH 1.10.12, leg by leg: in order, names and read data.

`agreement` describes the recordings. The scenarios use the dialplan of the recorded switch, which had an
earlier kind of page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.simulator import calls, dialplan
from controller.simulator.events import SwitchEvent, one
from controller.simulator.office import DOMAIN, TRUNK, Office
from controller.simulator.phones import PhoneCall
from tests.unit.simulator.agreement import HEADERS, Digest, differences, digest
from tests.virtual import VirtualClock

RECORDED: dict[str, Digest] = json.loads(
    (Path(__file__).parent / "data" / "recorded.json").read_text(encoding="utf-8")
)
CONTROLLER = Path(__file__).parents[3] / "controller"
PAGE_L16 = "loopback_initial_codec=L16@8000h@20i,loopback_bowout=false"


def extension(pattern: str, *actions: str) -> str:
    does = "".join(
        f'<action application="{name}" data="{data}"/>'
        for name, _, data in (a.partition(" ") for a in actions)
    )
    condition = f'<condition field="destination_number" expression="{pattern}">{does}</condition>'
    return f"<extension>{condition}</extension>"


HANGUP, RINGBACK = "set hangup_after_bridge=true", "set ringback=%(2000,4000,440,480)"
AUTO = f"[sip_auto_answer=true,sip_h_Alert-Info='&lt;http://{DOMAIN}>;info=alert-autoanswer;delay=0']user/"
LOCAL = extension(r"^(10\d\d)$", HANGUP, RINGBACK, f"bridge user/$1@{DOMAIN}")
OF_THE_RECORDED_SWITCH = f"""<include><context name="default">
{extension(r"^[*]19(.+)$", "answer", "set whisper_target=$1", "park")}
{extension(r"^[*]15(.+)$", HANGUP, f"bridge {AUTO}$1@{DOMAIN}")}
{extension(r"^(3[0-9]+)$", "answer", "conference $1@default")}
{extension(r"^tw-(.+)$", "answer", "three_way $1")}
{extension(r"^spy-(.+)$", "answer", "eavesdrop $1")}
{extension(r"^8([0-9]+)$", "set bypass_media=true", f"bridge sofia/trunk/$1@{TRUNK}")}
{extension(r"^9([0-9]+)$", HANGUP, f"bridge sofia/trunk/$1@{TRUNK}")}
{LOCAL}</context>
<context name="outside">{LOCAL}</context>
<context name="whisper-page">
{
    extension(
        r"^hear-(.+)$",
        "set eavesdrop_bridge_aleg=true",
        "set eavesdrop_enable_dtmf=false",
        "answer",
        "eavesdrop $1",
    )
}
{
    extension(
        r"^voicew-(.+)$",
        "unset eavesdrop_whisper_bleg",
        "unset eavesdrop_bridge_bleg",
        "set eavesdrop_bridge_bleg=true",
        "answer",
        "playback tone_stream://v=-13;%(200,100,2500);loops=2",
        "eavesdrop $1",
    )
}
</context></include>"""


class WatchedOffice:
    """An office with the recorded switch's dialplan, and the events of its switch."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        configuration = office.switch.configuration
        configuration.dialplan = dialplan.load(folder, OF_THE_RECORDED_SWITCH)
        configuration.late_negotiation = frozenset({"internal"})
        self.events: list[SwitchEvent] = []
        office.switch.listen(self.events.append)

    def call(self, who: int | str, number: str) -> PhoneCall:
        """Make a call, and wait until it is up and its events have come."""
        call = self.office.dial(who, number)
        self.office.settle(lambda: call.up and call.leg.callstate == "ACTIVE", f"{who} to be up")
        self.office.clock.sleep(0.01)
        return call

    def api(self, text: str) -> str:
        name, _, argument = text.partition(" ")
        answer = self.office.switch.call(name, argument)
        self.office.clock.sleep(0.01)
        return answer

    def hang_up(self) -> None:
        self.api("hupall MANAGER_REQUEST")
        self.office.settle(lambda: not self.office.switch.channels, "every leg to be gone")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedOffice]:
    with closing(VirtualClock()) as clock, Office(clock=clock) as office:
        yield WatchedOffice(office, tmp_path)
        assert office.switch.unknown == []


def two_party_call(watched: WatchedOffice) -> None:
    watched.call(1002, "9555")


def inbound_client_call(watched: WatchedOffice) -> None:
    watched.office.phone("customer").name = "15551234"
    watched.call("customer", "1002")


def internal_call(watched: WatchedOffice) -> None:
    watched.call(1002, "1003")


def feature_code_parked(watched: WatchedOffice) -> None:
    watched.call(1001, "*191002")


def conference(watched: WatchedOffice) -> None:
    watched.call(1002, "3001")
    watched.call(1003, "3001")


def three_way(watched: WatchedOffice) -> None:
    third = watched.call(1003, f"tw-{watched.call(1002, '9555').leg.uuid}")
    third.hang_up("MANAGER_REQUEST")
    watched.office.clock.sleep(0.01)


def supervisor_eavesdrop(watched: WatchedOffice) -> None:
    third = watched.call(1003, f"spy-{watched.call(1002, '9555').leg.uuid}")
    third.hang_up("MANAGER_REQUEST")  # like hupall, which ended the eavesdropper a moment before the others


def two_active_calls(watched: WatchedOffice) -> None:
    watched.call(1002, "9555")
    watched.call(1002, "9277")


def hold_resume(watched: WatchedOffice) -> None:
    call = watched.call(1002, "9555")
    call.hold()
    watched.office.clock.sleep(0.01)
    call.resume()


def blind_transfer(watched: WatchedOffice) -> None:
    call = watched.call(1002, "9555")
    assert call.refer("1003") == "202"
    watched.office.settle(lambda: call.over and watched.office.hears(1003), "the transfer")


def attended_transfer(watched: WatchedOffice) -> None:
    client = watched.call(1002, "9555")
    client.hold()
    watched.office.clock.sleep(0.01)
    colleague = watched.call(1002, "1003")
    assert client.refer_to(colleague) == "202"
    watched.office.settle(lambda: watched.office.hears(1003).get("customer"), "the transfer")


def bypass_media(watched: WatchedOffice) -> None:
    call = watched.call(1002, "8555")
    assert call.leg.state == "CS_HIBERNATE"
    assert watched.api(f"uuid_media {call.leg.uuid}") == "+OK Success\n"
    watched.office.settle(lambda: call.leg.text("bridge_to"), "the media")


def intercom(watched: WatchedOffice) -> None:
    watched.call(1001, "*151003")


def intercom_unregistered(watched: WatchedOffice) -> None:
    call = watched.office.dial(1001, "*151009")
    watched.office.settle(lambda: call.cause == "NO_USER_RESPONSE", "the refusal")


def call_recording(watched: WatchedOffice) -> None:
    watched.api(f"uuid_record {watched.call(1002, '9555').leg.uuid} start /var/fs/recs/x.wav")


def whisper_relay_mute(watched: WatchedOffice) -> None:
    target = watched.call(1002, "9555")
    far = target.leg.link
    pager = watched.call(1001, "*191002")
    assert far
    leg, hear, voice = target.leg.uuid, "11111111-hear", "22222222-voice"
    context = "whisper-page/XML"
    watched.api(f"originate {{origination_uuid={hear},{PAGE_L16}}}loopback/hear-{leg}/{context} &park()")
    whisper = "eavesdrop_enable_dtmf=false,eavesdrop_bridge_bleg=true,eavesdrop_whisper_bleg=true"
    variables = f"{{origination_uuid={voice},{PAGE_L16},{whisper}}}"
    watched.api(f"originate {variables}loopback/voicew-{hear}/{context} &eavesdrop({leg})")
    watched.api(f"uuid_bridge {pager.leg.uuid} {hear}")
    watched.office.settle(lambda: watched.office.hears(1002).get("1001"), "the page")
    bound = "5 a si event::Event-Subclass=whisper_page::mute,Event-Name=CUSTOM"
    calls.queue(target.leg, "bind_meta_app", bound)
    watched.office.clock.sleep(0.01)
    target.press("*5")
    watched.office.clock.sleep(0.01)
    watched.api(f"uuid_audio {far.peer.uuid} start write mute 1")
    watched.api(f"uuid_audio {far.peer.uuid} start write mute 0")
    pager.hang_up()
    watched.office.settle(lambda: len(watched.office.switch.channels) == 2, "the page's end")


SCENARIOS: tuple[Callable[[WatchedOffice], None], ...] = (
    two_party_call, inbound_client_call, internal_call, feature_code_parked, conference, three_way,
    supervisor_eavesdrop, two_active_calls, hold_resume, blind_transfer, attended_transfer, bypass_media,
    intercom, intercom_unregistered, call_recording, whisper_relay_mute,
)  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_events_agree_with_the_recorded_ones(
    watched: WatchedOffice, scenario: Callable[[WatchedOffice], None]
) -> None:
    scenario(watched)
    watched.hang_up()
    simulated = digest({name: one(value) for name, value in event} for event in watched.events)
    different = differences(simulated, RECORDED[scenario.__name__])
    assert not different, "\n" + "\n".join(different)


def test_every_recording_has_its_scenario() -> None:
    assert {scenario.__name__ for scenario in SCENARIOS} == set(RECORDED)


def test_the_list_of_headers_names_every_header_that_the_project_reads() -> None:
    pattern = re.compile(r'(?:text|get)\("([A-Z][\w-]+|variable_\w+)"|event\["([\w-]+)"|\.variable\("(\w+)"')
    read: set[str] = set()
    for folder in ("switch", "paging"):
        for path in (CONTROLLER / folder).glob("*.py"):
            for header, item, variable in pattern.findall(path.read_text(encoding="utf-8")):
                read.add(header or item or f"variable_{variable}")
    ours = {header for header in read if header.startswith("variable_whisperpage_")}
    times = {"Event-Date-Timestamp", "variable_sip_call_id"}  # never the same twice
    of_proxies = {"variable_sip_network_ip"}  # read only if the settings trust some
    of_rooms = {"Conference-Name"}  # compared with the name of our own room alone
    of_pagers = {"Channel-Write-Codec-Rate"}  # read only of one in our own room
    assert read - ours - times - of_proxies - of_rooms - of_pagers <= set(HEADERS)
    assert len(read) > 20

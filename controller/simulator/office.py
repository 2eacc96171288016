"""A PBX ready for calls: the project's dialplan, the laboratory's extensions, ten users, and phones.

It is the same office as that of the laboratory, in which FreeSWITCH itself is measured. 1001-1006 have
phones. 9NUMBER goes over a trunk to the customer, 92xx to a second customer; 8NUMBER does so with bypass
media. 3xxx is a conference room. `tw-UUID` joins a call with three_way, `spy-UUID` with eavesdrop. Calls from
outside reach 10xx over the trunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType, TracebackType

from controller import resources
from controller.clock import REAL, Clock
from controller.simulator import apis, apps, dialplan, picture
from controller.simulator.behaviour import Behaviour
from controller.simulator.between import Way
from controller.simulator.channel import Channel
from controller.simulator.configuration import Configuration, User
from controller.simulator.media import Quality, echoes, hears
from controller.simulator.phones import Phone, PhoneCall
from controller.simulator.picture import Together
from controller.simulator.server import EventSocket
from controller.simulator.switch import Switch

DOMAIN = "pbx.test"
PASSWORD = "ClueCon"
NAME = "pbx"
#: The network list with the addresses of the other switches.
SWITCHES = "whisperpage_switches"
_HOLD_MUSIC = "tone_stream://v=-13;%(10000,0,3500);loops=-1"
CUSTOMER, SECOND_CUSTOMER = "customer", "customer2"
TRUNK = "127.0.0.1:6100"
#: extension -> User-Agent
PHONES = {
    1001: "Yealink SIP-T46S 66.85.0.5",
    1002: "PolycomVVX-VVX_411-UA/5.9.5.0614",
    1003: "snomD785/10.1.84.12",
    1004: "Z 5.6.4 v2.10.20.4",
    1005: "Grandstream GXP2170 1.0.11.57",
    1006: "LinphoneDesktop/5.2.3",
}
#: Seconds between two looks at whether something is so: the first ones, and after a while.
_SOON, _LATER = 0.002, 0.02
_USERS = range(1001, 1011)
_MODULES = frozenset(
    f"mod_{name}"
    for name in (
        "commands",
        "conference",
        "dptools",
        "dialplan_xml",
        "loopback",
        "sofia",
        "event_socket",
        "opus",
        "tone_stream",
    )
)  # fmt: skip
_DIAL = (
    "{^^:sip_invite_domain=${dialed_domain}:presence_id=${dialed_user}@${dialed_domain}}"
    "${sofia_contact(*/${dialed_user}@${dialed_domain})}"
)


def _extension(name: str, pattern: str, *actions: tuple[str, str]) -> str:
    does = "".join(f'<action application="{app}" data="{data}"/>' for app, data in actions)
    condition = f'<condition field="destination_number" expression="{pattern}">{does}</condition>'
    return f'<extension name="{name}">{condition}</extension>'


def laboratory() -> str:
    """The laboratory's own extensions, as XML."""
    hangup = ("set", "hangup_after_bridge=true")
    local = _extension("lab_local", r"^(10\d\d)$", hangup, ("bridge", f"user/$1@{DOMAIN}"))
    out = ("bridge", f"sofia/trunk/$1@{TRUNK}")
    default = (
        _extension("lab_conference", r"^(3\d{3})$", ("answer", ""), ("conference", "$1@default")),
        _extension("lab_three_way", r"^tw-(.+)$", ("answer", ""), ("three_way", "$1")),
        _extension("lab_spy", r"^spy-(.+)$", ("answer", ""), ("eavesdrop", "$1")),
        _extension("lab_bypass", r"^8(\d+)$", ("set", "bypass_media=true"), out),
        _extension("lab_trunk", r"^9(\d+)$", hangup, out),
        local,
    )
    inside = f'<context name="default">{"".join(default)}</context>'
    return f'<include>{inside}<context name="outside">{local}</context></include>'


class _Trunk:
    """The far side of the trunk: two customers with different numbers."""

    def __init__(self, first: Phone, second: Phone) -> None:
        self.first = first
        self.second = second

    def called(self, channel: Channel) -> None:
        """Call the customer with the dialled number."""
        (self.second if channel.profile.number.startswith("2") else self.first).called(channel)


class Office(AbstractContextManager["Office"]):
    """The office, open. `port` 0 takes any free one; `tempo` is that of its sounds, `name` the
    switch's.

    `names` are those that phones show for its users, by extension, in place of `Ext 1001` and so on.
    """

    def __init__(
        self,
        port: int = 0,
        password: str = PASSWORD,
        tempo: float = 1.0,
        clock: Clock = REAL,
        name: str = NAME,
        names: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.password = password
        self._names = names
        self.clock = clock
        self._tempo = tempo
        self._phones: dict[str, Phone] = {}
        self.switch = self._boot()
        self.socket = EventSocket(self.switch, password, port)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the event socket and the switch."""
        self.socket.stop()
        self.switch.stop()

    @property
    def url(self) -> str:
        """The switch URL for a controller."""
        return f"esl://:{self.password}@127.0.0.1:{self.socket.port}"

    def phone(self, who: int | str) -> Phone:
        """The phone with this extension or name, such as `customer`."""
        return self._phones[str(who)]

    def find(self, who: str) -> Phone | None:
        """The phone with this extension or name; None if there is none."""
        return self._phones.get(who)

    def dial(self, who: int | str, number: str, codec: str = "", says: str = "") -> PhoneCall:
        """Make a phone dial a number; `says` is the user it claims to be, if not its own."""
        return self.phone(who).dial(number, codec, says=says)

    def add_phone(self, phone: Phone) -> None:
        """Add a phone under its name, and register it."""
        self._phones[phone.name] = phone
        phone.register()

    def restart(self, *, keep_calls: bool = False) -> None:
        """Restart the event socket and keep the calls, or restart the whole switch and lose them."""
        if keep_calls:
            self.socket.cut()
            return
        self.switch.stop()
        self.switch = self._boot()
        self.socket.serve(self.switch)

    def hears(self, who: int | str) -> dict[str, Quality]:
        """The sources that a phone (or the recording with this path) hears now, with their quality."""
        return self.matrix().get(str(who), {})

    def matrix(self) -> dict[str, dict[str, Quality]]:
        """The sources that each phone and each recording hears now."""
        return hears(picture.whole(self.switch.floor))

    def echoes(self) -> frozenset[str]:
        """The phones that hear themselves now."""
        return echoes(picture.whole(self.switch))

    def settle(self, until: Callable[[], object], what: str = "it", seconds: float = 30.0) -> None:
        """Let the office go on until something is so; AssertionError if that takes too long.

        The seconds are its clock's, and many: they are spent only by what fails, however busy the machine is.
        """
        with self.clock.timeout(seconds, AssertionError(f"waited {seconds} s for {what}")):
            pause = _SOON
            while not until():
                self.clock.sleep(pause)
                pause = min(1.2 * pause, _LATER)

    def connect(self, other: Office) -> None:
        """Let calls go to another switch and come from it, by SIP between their trunk profiles."""
        floor = Together((self.switch, other.switch))
        for here, there in ((self, other), (other, self)):
            here.switch.floor = floor
            way = Way(here.switch, there.switch, "trunk", "outside", here.sip_address)
            here.switch.configuration.places[f"{there.sip_address}:5080"] = way
            there.switch.configuration.acls[SWITCHES] = frozenset({here.sip_address})

    @property
    def sip_address(self) -> str:
        """The address of its SIP profile for other switches."""
        return f"{self.name}.test"

    @property
    def dial_string(self) -> str:
        """The dial string by which other switches send it a pager's call."""
        return f"sofia/trunk/whisperpage@{self.sip_address}:5080"

    # -- building ------------------------------------------------------------------------------------------

    def _boot(self) -> Switch:
        switch = Switch(
            _configuration(self.name, self._names), apps.applications(), apis.calls(), self.clock, self._tempo
        )
        old = self._phones
        self._phones = {}
        for at, (extension, agent) in enumerate(PHONES.items()):
            self.add_phone(desk(switch, extension, agent, 6001 + at))
        for name in (CUSTOMER, SECOND_CUSTOMER):
            self.add_phone(Phone(switch, name, "", TRUNK, "Carrier SBC", profile="trunk", context="outside"))
        switch.configuration.places[TRUNK] = _Trunk(self.phone(CUSTOMER), self.phone(SECOND_CUSTOMER))
        for name, phone in old.items():
            if name in self._phones:
                self._phones[name].behaviour = phone.behaviour
        return switch


def desk(switch: Switch, extension: int, agent: str, port: int, behaviour: Behaviour | None = None) -> Phone:
    """A phone of the office; its contact has the form of one that a gateway has registered."""
    return Phone(
        switch,
        str(extension),
        f"{extension}@{DOMAIN}",
        f"127.0.0.1:{port}",
        agent,
        contact_user=f"gw%2Bg{extension}",
        behaviour=behaviour or Behaviour(),
    )


def _configuration(name: str, names: Mapping[int, str]) -> Configuration:
    users = {
        f"{extension}@{DOMAIN}": User(
            str(extension),
            DOMAIN,
            {
                "user_context": "default",
                "effective_caller_id_name": names.get(extension, f"Ext {extension}"),
                "effective_caller_id_number": str(extension),
            },
        )
        for extension in _USERS
    }
    return Configuration(
        dialplan=dialplan.load(resources.dialplan(), laboratory()),
        users=users,
        dial_string=_DIAL,
        domain=DOMAIN,
        name=name,
        variables={
            "domain": DOMAIN,
            "domain_name": DOMAIN,
            "us-ring": "%(2000,4000,440,480)",
            "hold_music": _HOLD_MUSIC,
        },
        modules=_MODULES,
    )

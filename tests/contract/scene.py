"""An office in which controllers are killed: stories for its users, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.record import Treatment
from controller.domain.toggle import Toggle
from controller.paging.live import LivePage
from controller.simulator.events import SwitchEvent
from controller.simulator.phones import PhoneCall
from controller.switch.topologies import is_relay
from tests.contract.killable import Killable
from tests.contract.rig import Rig

REORDER = "480,620"
#: Seconds within which the history must be written; only a failing test waits so long.
PATIENCE = 30
TARGET = UserName("1002", "pbx.test")


class Scene(Rig):
    """An office with a controller that will be killed, and another controller that comes afterwards."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.commands: list[str] = []
        self.killed = ""
        self.first: Killable | None = None
        self.second: Controller | None = None
        self.mutes = 0
        self.talked = False
        self.codec = ""
        self.office.switch.listen(self._count)
        self.pager: PhoneCall | None = None
        self.target: PhoneCall | None = None

    # -- the kill ------------------------------------------------------------------------------------------

    def kill_at(self, number: int, moment: str) -> None:
        """Kill the first controller at its command `number`, counted from now."""

        def met(line: str, client: int) -> None:
            if client != 1:
                return
            self.commands.append(line)
            if len(self.commands) == number + 1 and self.first:
                self.killed = line
                self.first.kill()
            if self.killed:
                raise ConnectionAbortedError

        setattr(self.office.socket.faults, moment, met)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition; raises Killed if the first controller is dead and it cannot come true."""

        def in_vain() -> object:
            return self.killed and (not self.second or (self.pager and self.pager.over))

        self.settle(lambda: condition() or in_vain(), what)
        self.talked = self.talked or self.talks
        if in_vain() and not condition():
            raise Killed

    # -- the state of the switch ---------------------------------------------------------------------------

    @property
    def followed(self) -> tuple[LivePage, ...]:
        """The pages that the second controller follows."""
        return self.second.stations[0].live.all() if self.second else ()

    @property
    def paged(self) -> bool:
        """Whether a complete page is up."""
        legs = [leg for leg in self.office.switch.channels.values() if leg.name.startswith("loopback/")]
        listening = sum(bool(leg.listening_to) for leg in legs)
        link = self.pager.leg.link if self.pager else None
        return len(legs) == 4 and listening == 3 and bool(link and link.open)

    @property
    def talks(self) -> bool:
        """Whether the pager talks with somebody: in a complete page, or in an intercom call."""
        link = self.pager.leg.link if self.pager and not self.pager.over else None
        other = link.other(self.pager.leg) if link and link.open and self.pager else None
        return bool(other) and (self.paged or not str(other and other.name).startswith("loopback/"))

    @property
    def muted(self) -> bool:
        link = self.target.leg.link if self.target else None
        far = link.other(self.target.leg) if link and self.target else None
        return bool(far and any(bug.function == "audio" for bug in far.bugs))

    @property
    def page_legs(self) -> list[str]:
        names = [leg.name for leg in self.office.switch.channels.values()]
        return [name for name in names if name.startswith(("loopback/", "null/"))]

    def _count(self, event: SwitchEvent) -> None:
        self.mutes += event.name == "MEDIA_BUG_START" and ("Media-Bug-Function", "audio") in event.headers

    def record_target(self) -> None:
        """The target's leg is recorded for a moment, during a page: by then the pager is not in it."""
        assert self.target
        leg, file = self.target.leg, "/var/recordings/page.wav"
        self.office.switch.call("uuid_record", f"{leg.uuid} start {file}")
        try:
            self.until(lambda: self.paged and leg.bugs[-1].function == "eavesdrop", "speak behind it")
            assert set(self.office.hears(file)) == {"1002", "customer"}
        finally:
            self.office.switch.call("uuid_record", f"{leg.uuid} stop {file}")

    # -- the users' actions --------------------------------------------------------------------------------

    def target_calls(self, call: str = "9555") -> None:
        """The target calls `NUMBER`, or `NUMBER CODEC`; the pager will have that codec as well."""
        number, _, self.codec = call.partition(" ")
        self.target = self.office.dial("1002", number, self.codec)
        self.office.settle(lambda: self.target and self.target.leg.link, "the call")

    def dial(self, number: str) -> None:
        self.pager = self.office.dial("1001", number, self.codec)


class Killed(Exception):
    """The controller is dead, so the rest of the story cannot happen."""


def page(scene: Scene) -> None:
    """Play a page from its request to its end, with the mute key."""
    assert scene.target
    scene.dial("*191002")
    scene.until(lambda: scene.paged and scene.target and len(scene.target.leg.meta) >= 2, "the page")
    scene.target.press("*5")
    scene.until(lambda: scene.muted, "the mute")
    scene.target.press("*5")
    scene.until(lambda: not scene.muted, "the end of the mute")
    assert scene.mutes == 1
    scene.record_target()
    scene.target.hold()
    scene.until(lambda: not scene.page_legs and scene.target and not scene.target.leg.meta, "the end")


def reply(scene: Scene) -> None:
    """Play a page that its target answers by a key, after a mute."""
    assert scene.target
    scene.dial("*191002")
    scene.until(lambda: scene.paged and scene.target and len(scene.target.leg.meta) >= 6, "the page")
    scene.target.press("*5")
    scene.until(lambda: scene.muted, "the mute")
    scene.target.press("*2")
    scene.until(lambda: not scene.page_legs and scene.target and not scene.target.leg.meta, "the end")


def by_name(scene: Scene) -> None:
    """Play a page that the controller mutes and ends."""
    assert scene.first
    scene.dial("*191002")
    scene.until(lambda: scene.paged and scene.target and len(scene.target.leg.meta) >= 2, "the page")
    scene.first.ask("mute", TARGET, Toggle.ON)
    scene.until(lambda: scene.muted, "the mute")
    scene.first.ask("mute", TARGET, Toggle.OFF)
    scene.until(lambda: not scene.muted, "the end of the mute")
    scene.first.ask("stop", TARGET)
    scene.until(lambda: not scene.page_legs and scene.target and not scene.target.leg.meta, "the end")


def intercom(scene: Scene) -> None:
    """Play an intercom call from its request to its end; it ends when both controllers know of it."""
    scene.dial("*151003")

    def begun() -> bool:
        known = not (scene.first and scene.second) or any(live.record.answered_at for live in scene.followed)
        return scene.talks and known

    scene.until(begun, "the intercom call")
    scene.office.phone(1003).call.hang_up()
    scene.until(lambda: scene.pager and scene.pager.over, "the end")


def refusal(scene: Scene) -> None:
    """Play a refusal."""
    scene.dial("*191001")
    scene.until(lambda: scene.pager and scene.pager.over, "the end")


STORIES: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "page": ("9555", page),
    "page in HD": ("9555 G722", page),
    "page of a bypass-media call": ("8555", page),
    "page, by name": ("9555", by_name),
    "reply": ("9555", reply),
    "intercom": ("9555", intercom),
    "refusal": ("9555", refusal),
}


def quiet(scene: Scene) -> None:
    """Wait until the controller sends no more commands."""
    before = -1
    while before != len(scene.commands):
        before = len(scene.commands)
        scene.clock.sleep(0.1)


def verify(scene: Scene, controller: Controller, note: str) -> None:
    """Assert that the new controller agrees with the switch, now and after everybody has hung up."""
    office, (station,) = scene.office, controller.stations
    live = station.live
    office.settle(lambda: station.link.state == "up", f"the new controller; {note}")
    if not scene.pager:
        scene.dial("*191002")  # the first controller died before it was up, so the story begins now
    office.settle(lambda: scene.talks or (scene.pager and scene.pager.over), f"a page or a refusal; {note}")
    assert scene.pager
    assert scene.target
    if scene.target.leg.held:
        office.settle(lambda: not scene.talks, f"the end that nobody has asked for yet; {note}")
    if scene.talks:
        gone_on(scene, controller, note)
        scene.pager.hang_up()
    else:
        heard = " ".join(office.switch.sounds.get("1001", ()))
        assert scene.talked or REORDER in heard, f"the pager was left in silence; {note}"
    office.settle(lambda: not scene.page_legs, f"nothing of the page to be left; {note}")
    office.settle(lambda: not live.all(), f"nothing to be followed any more; {note}")
    target = scene.target
    # while a call returns to bypass media, its two legs are not bridged
    office.settle(lambda: target.leg.link, f"the call; {note}")
    assert target.leg.link
    far = target.leg.link.other(target.leg)
    office.settle(lambda: not target.leg.bugs and not far.bugs, f"nobody to listen any more; {note}")
    assert not [name for name in target.leg.variables if "whisperpage" in name], note
    for key in tuple(target.leg.meta):
        target.press(f"*{key}")  # a key without a page unbinds itself
    office.settle(lambda: not target.leg.meta, f"no keys to be left; {note}")
    far.heard_keys.clear()
    target.press("*5")
    assert far.heard_keys == ["*", "5"], f"the target's keys are not its call's again; {note}"
    controller.history.drain(PATIENCE)
    with suppress(AssertionError):
        office.settle(lambda: agrees(scene, controller), note)
    assert not (found := differences(scene, controller)), f"{found}; {note}"
    records = scene.attempts()
    assert len(records) <= 1, note
    assert all(record.ended_at for record in records), note
    target.hang_up()
    office.settle(lambda: not office.switch.channels, f"every leg to be gone; {note}")
    office.settle(lambda: not len(station.legs), f"every leg to be forgotten; {note}")


def agrees(scene: Scene, controller: Controller) -> bool:
    """Whether the controller's legs, its pages and the history agree with the switch."""
    return not differences(scene, controller)


def differences(scene: Scene, controller: Controller) -> list[str]:
    """The differences of the controller and the history from the switch."""
    (station,) = controller.stations
    channels = scene.office.switch.channels
    followed = station.live.all()
    relays = {leg.uuid for leg in channels.values() if is_relay(leg.name)}
    pages = {live.page.mark.relay for live in followed if live.page.mark}
    users = {leg.presence_id for leg in channels.values() if leg.presence_id}
    known = {live.record.page_id for live in followed}
    still_open = {record.page_id for record in scene.attempts() if record.ended_at is None}
    checks = {
        f"{len(station.legs)} legs, not {len(channels)}": len(station.legs) == len(channels),
        "a leg is unknown": all(uuid in station.legs for uuid in channels),
        "a user is unknown": all(station.legs.of(UserName.parse(user)) for user in users),
        f"pages {pages}, not {relays}": pages == relays,
        "a leg of a page is gone": all(leg in channels for live in followed for leg in live.page.legs),
        f"history has {still_open} open, the controller {known}": still_open == known,
    }
    return [what for what, fits in checks.items() if not fits]


def gone_on(scene: Scene, controller: Controller, note: str) -> None:
    """Assert that the second controller follows the page or call of the first one to its end."""
    office, (station,) = scene.office, controller.stations
    assert scene.pager
    assert scene.target

    def followed() -> bool:
        return [live.record.answered_at is not None for live in station.live.all()] == [True]

    office.settle(followed, f"the second controller to follow; {note}")
    [live] = station.live.all()
    if live.page.mark:
        was = scene.muted
        assert live.page.up, note
        assert live.page.muted is was, note
        office.settle(lambda: "5" in scene.target.leg.meta, f"the keys; {note}")  # type: ignore[union-attr]
        for muted in (not was, was):
            scene.target.press("*5")
            office.settle(lambda: scene.muted is live.page.muted is muted, f"the mute key; {note}")  # noqa: B023
    scene.pager.hang_up()

    def kept() -> bool:
        [record] = scene.attempts()
        wanted = Treatment.WHISPER if live.page.mark else Treatment.INTERCOM
        known = (record.treatment, record.ending) == (wanted, "pager_hung_up")
        return known and record.answered_at is not None and str(record.pager) == "1001@pbx.test"

    office.settle(kept, f"the history to be complete, not {scene.attempts()}; {note}")

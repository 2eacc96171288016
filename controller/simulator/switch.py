"""The switch itself: its channels, its events, and the functions that its parts share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from uuid import uuid4

import gevent

from controller.clock import Clock
from controller.simulator import expansion, headers
from controller.simulator.bugs import Bug
from controller.simulator.channel import Channel
from controller.simulator.configuration import Configuration
from controller.simulator.events import SwitchEvent, Value
from controller.simulator.media import Quality, hears
from controller.simulator.picture import Floor, around
from controller.simulator.presence import Presence

Listener = Callable[[SwitchEvent], None]
App = Callable[["Switch", Channel, str], None]
Api = Callable[["Switch", str], str]

#: Events of a leg that do not have its variables.
_WITHOUT_VARIABLES = ("CHANNEL_CALLSTATE", "conference::maintenance")


class Switch:
    """A running switch, until `stop`. `apps` and `apis` are its applications and API calls by name.

    `unknown` has the commands that it does not know; a test asserts that it is empty. `frozen` is set when a
    command would have stopped the real machine. With `tempo` 5 each sound takes a fifth of its time; all
    other waits go by the clock.
    """

    def __init__(
        self, configuration: Configuration, apps: dict[str, App], apis: dict[str, Api], clock: Clock,
        tempo: float = 1.0,
    ) -> None:  # fmt: skip
        self.configuration = configuration
        self.apps = apps
        self.apis = apis
        self.clock = clock
        self.tempo = tempo
        self.core_uuid = str(uuid4())
        self.started = clock.time()
        self.channels: dict[str, Channel] = {}
        self.rooms: dict[str, list[str]] = {}
        #: The names of locked rooms.
        self.locked: set[str] = set()
        #: Itself, or with it the switches to which SIP connects it: sound goes from one to the other.
        self.floor: Floor = self
        self.unknown: list[str] = []
        self.frozen = False
        self.tasks: dict[int, str] = {}
        self.recordings: dict[str, set[str]] = {}
        self.sounds: dict[str, list[str]] = {}
        #: The seconds of sound files, whose length is else 0, and the files that are not there.
        self.lengths: dict[str, float] = {}
        self.missing: set[str] = set()
        self.presence = Presence(
            lambda name, about: self.fire(self.event(name, about)),
            lambda user: any(leg.presence_id == user and not leg.down for leg in self.channels.values()),
        )
        self._listeners: list[Listener] = []
        self._sequence = 0
        self._task = 0
        self._greenlets: set[gevent.Greenlet[[], None]] = set()

    def date(self) -> int:
        """Microseconds since 1970, as FreeSWITCH stamps its events (switch_micro_time_now, switch_time.c)."""
        return round(self.clock.time() * 1_000_000)

    # -- greenlets -----------------------------------------------------------------------------------------

    def spawn(self, work: Callable[[], None]) -> None:
        """Run work in a greenlet of its own, until it ends or the switch stops."""
        greenlet = gevent.spawn(work)
        self._greenlets.add(greenlet)
        greenlet.link(self._greenlets.discard)

    def stop(self) -> None:
        """End everything at once and without events, as if the machine were switched off."""
        self._listeners.clear()
        gevent.killall(list(self._greenlets))
        self.channels.clear()
        self.rooms.clear()

    def schedule(self, seconds: float, group: str, work: Callable[[], object]) -> int:
        """Run work later, unless its task is deleted; return its number (switch_scheduler_add_task)."""
        self._task += 1
        task = self._task
        self.tasks[task] = group

        def run() -> None:
            self.clock.sleep(seconds)
            if self.tasks.pop(task, None) is not None:
                work()

        self.spawn(run)
        return task

    def unschedule(self, which: str) -> int:
        """Delete a task by its number, or all tasks of a group; return the number of deleted tasks."""
        gone = [task for task, group in self.tasks.items() if which in (group, str(task))]
        for task in gone:
            del self.tasks[task]
        return len(gone)

    # -- events --------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every event in order; it must not wait."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Stop calling a listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def event(self, name: str, rest: Iterable[tuple[str, Value]] = (), subclass: str = "") -> SwitchEvent:
        """An event with the headers that all events have (switch_event_prep_for_delivery_detailed)."""
        self._sequence += 1
        date = self.date()
        seconds = date // 1_000_000
        common: list[tuple[str, Value]] = [
            ("Core-UUID", self.core_uuid),
            ("FreeSWITCH-Hostname", self.configuration.hostname),
            ("FreeSWITCH-Switchname", self.configuration.name),
            ("FreeSWITCH-IPv4", "127.0.0.1"),
            ("FreeSWITCH-IPv6", "::1"),
            ("Event-Date-Local", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))),
            ("Event-Date-GMT", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))),
            ("Event-Date-Timestamp", str(date)),
            ("Event-Sequence", str(self._sequence)),
        ]
        return SwitchEvent(name, [*common, *rest], subclass)

    def fire(self, event: SwitchEvent) -> None:
        """Call all listeners with an event."""
        for listener in tuple(self._listeners):
            listener(event)

    def tell(
        self,
        name: str,
        channel: Channel,
        before: Iterable[tuple[str, Value]] = (),
        after: Sequence[tuple[str, Value]] = (),
        subclass: str = "",
    ) -> None:
        """Fire an event of a leg; `before` and `after` are the headers around the leg's own."""
        if name == "CHANNEL_EXECUTE":  # for the columns of `show channels`
            channel.shown = {header: value for header, value in after if isinstance(value, str)}
        bare = name in _WITHOUT_VARIABLES or subclass in _WITHOUT_VARIABLES
        own = [*headers.basic(channel), *(() if bare else headers.extended(channel))]
        self.fire(self.event(name, [*before, *own, *((n, v) for n, v in after if v)], subclass))

    # -- channels ------------------------------------------------------------------------------------------

    def locate(self, uuid: str) -> Channel | None:
        """The leg with this uuid unless it is hung up (switch_core_session_locate, switch_core_session.c)."""
        channel = self.channels.get(uuid)
        return None if channel is None or channel.down else channel

    def attach(self, channel: Channel, bug: Bug) -> None:
        """Attach a bug after the others (switch_core_media_bug_add, switch_core_media_bug.c)."""
        bug.rate = channel.codec.rate if channel.codec else 0
        channel.bugs.append(bug)
        self.tell("MEDIA_BUG_START", channel, before=_of_bug(bug))
        self.changed(channel)

    def detach(self, channel: Channel, bug: Bug) -> None:
        """Remove a bug (switch_core_media_bug_destroy)."""
        if bug in channel.bugs:
            channel.bugs.remove(bug)
            self.tell("MEDIA_BUG_STOP", channel, before=_of_bug(bug))
            self.changed(channel)
            channel.poke()

    def changed(self, channel: Channel) -> None:
        """Note what recordings and phones hear from now on, after a change of the connections."""
        picture = around(self.floor, channel)
        plays = {sound for leg in picture.legs for sound in leg.sounds}
        records = {bug.name for leg in picture.legs for bug in leg.bugs if not bug.listener}
        if not plays and not records:
            return
        for listener, sources in hears(picture).items():
            if listener in records:
                self.recordings.setdefault(listener, set()).update(sources)
            else:
                clear = [each for each in sources if each in plays and sources[each] is Quality.CLEAR]
                heard = self.sounds.setdefault(listener, [])
                heard += [sound for sound in clear if sound not in heard]

    # -- text ----------------------------------------------------------------------------------------------

    def expand(self, channel: Channel, text: str) -> str:
        """Expand `${}` in a text for a leg."""
        return expansion.expand(text, lambda name: self.variable(channel, name), self.call)

    def variable(self, channel: Channel, name: str) -> str | None:
        """A variable of a leg, else a global variable (switch_channel_get_variable, switch_channel.c)."""
        value = channel.text(name) or {
            "uuid": channel.uuid,
            "destination_number": channel.profile.number,
            "caller_id_number": channel.profile.caller_number,
            "caller_id_name": channel.profile.caller_name,
            "context": channel.profile.context,
            "network_addr": channel.profile.address,
            "channel_name": channel.name,
            "read_rate": str(channel.codec.rate) if channel.codec else "",
            "write_rate": str(channel.codec.rate) if channel.codec else "",
        }.get(name, "")
        return value or self.configuration.variables.get(name)

    def call(self, name: str, argument: str) -> str:
        """Run an API call; an unknown one is noted and answered with an error (switch_api_execute)."""
        api = self.apis.get(name)
        if api is None:
            self.unknown.append(f"api {name} {argument}".rstrip())
            return f"-ERR {name} Command not found!\n"
        return api(self, argument)


def _of_bug(bug: Bug) -> list[tuple[str, Value]]:
    return [("Media-Bug-Function", bug.function), ("Media-Bug-Target", bug.target)]

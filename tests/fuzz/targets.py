"""The targets of fuzzing: each takes bytes, and fails if they break a rule that must hold for any bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.errors import InvalidValue, ProtocolError, SwitchTrouble, UnsafeValue
from controller.eventsocket import api, commands, places
from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event, JsonEvent, PlainEvent
from controller.eventsocket.framing import Frame, Framer
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.protocol import Answered, Protocol, Sent
from controller.paging import request
from controller.switch import caller, dialstring, keys, lamps
from controller.switch.leg import from_dump
from controller.switch.legs import Legs
from controller.switch.pagelegs import PageMark
from controller.switch.queries import channels
from controller.switch.registrations import parse_contacts, with_agents
from controller.switch.topologies import mark_of
from controller.switch.whisper import WHISPER

#: Headers that the controller reads, and some others.
HEADERS = (
    "Unique-ID",
    "Event-Name",
    "Channel-State",
    "variable_bridge_to",
    "Caller-RDNIS",
    "_body",
    "to",
    'odd"name',
    "ä",
)


def framing(data: bytes) -> None:
    """A stream has the same frames, or the same error, however it is split."""
    size = data[0] + 1 if data else 1
    stream = data[1:]
    whole = _frames([stream])
    pieces = _frames(stream[at : at + size] for at in range(0, len(stream), size))
    assert pieces == whole, (pieces, whole)


def _frames(pieces: Iterator[bytes] | list[bytes]) -> list[object]:
    framer, found = Framer(), []
    try:
        for piece in pieces:
            framer.receive_data(piece)
            while (frame := framer.next_frame()) is not None:
                found.append(_copy(frame))
        framer.receive_eof()
    except ProtocolError:
        return [*found, "fault"]
    return [*found, "end"]


def _copy(frame: Frame) -> tuple[dict[str, str], bytes]:
    return dict(frame.headers), bytes(frame.body)


def protocol(data: bytes) -> None:
    """Whatever the switch sends, each answer goes to the oldest command, and to no second one."""
    wire = Protocol(lambda key: True)
    waiting: list[Sent] = []
    for line in ("api status", "bgapi status", "filter add a b")[: data[0] % 4 if data else 0]:
        sent, _ = wire.send(Command(line, (("Job-UUID", "job-1"),) if line.startswith("bgapi") else ()))
        waiting.append(sent)
    try:
        wire.receive_data(data[1:])
        while (message := wire.next_message()) is not None:
            if isinstance(message, Answered):
                assert message.sent is waiting.pop(0)
            if isinstance(message, Event):
                _read(message)
        wire.receive_eof()
    except ProtocolError:
        pass


def json_events(data: bytes) -> None:
    """A header reads as a JSON reader reads it, if the JSON is valid."""
    try:
        event = JsonEvent(data)
    except ProtocolError:
        return
    _read(event)
    try:
        pairs = json.loads(data.decode(), object_pairs_hook=tuple)
        if not _flat(pairs) or _form(pairs) != data:
            return  # the switch does not write such JSON
    except (ValueError, RecursionError):
        return
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    for name in {*first, *HEADERS}:
        assert event.get(name) == first.get(name), name


def _flat(pairs: object) -> bool:
    if not isinstance(pairs, tuple) or not pairs:
        return False
    return all(isinstance(value, str) and '"' not in name and "\\" not in name for name, value in pairs)


def _form(pairs: tuple[tuple[str, str], ...]) -> bytes:
    texts = (f"{json.dumps(n, ensure_ascii=False)}:{json.dumps(v, ensure_ascii=False)}" for n, v in pairs)
    return ("{" + ",".join(texts) + "}").encode()


def plain_events(data: bytes) -> None:
    """A plain event can be read, and its headers are the same one by one and all together."""
    event = PlainEvent(data)
    _read(event)
    headers = event.headers
    for name in HEADERS:
        assert event.get(name) == headers.get(name) or ": " not in data.decode("utf-8", "replace")


def _read(event: Event) -> None:
    """Read an event in every way that the controller uses."""
    try:
        key = type(event).peek(event._payload, 0, len(event._payload))
        assert key is None or key == event.key
        for name in HEADERS:
            event.get(name)
        assert isinstance(event.body, str)
        assert isinstance(repr(event), str)
        from_dump(lambda name: event.get(name, ""))
        mark_of(lambda name: event.get(name, ""))
        lamps.probe(event)
        if event.get("Unique-ID") is not None:
            request.read(event)
    except ProtocolError:
        pass  # an incomplete value


def dumps(data: bytes) -> None:
    """Answers about legs and phones are read, or raise SwitchTrouble, and no other error."""
    text = data.decode("utf-8", "replace")
    try:
        rows = list(channels(_Says(text), 1))
        Legs().rebuild(rows)
        any(row.unsure for row in rows)
    except SwitchTrouble:
        pass
    for found in (parse_contacts(text), parse_contacts("sofia/internal/sip:1002@10.0.0.1,sofia/x/sip:")):
        with_agents(found, dict.fromkeys((each.profile for each in found), text))


class _Says:
    """A switch that gives the same answer to everything."""

    def __init__(self, text: str) -> None:
        self._outcome = Outcome(Status.DONE, text)

    def api(self, call: api.ApiCall, deadline: float) -> Outcome:
        return self._outcome

    bgapi = api

    def send(self, command: Command, deadline: float) -> Outcome:
        return self._outcome


def builders(data: bytes) -> None:
    """Whatever a value is, the builders write one command with its line and headers, or nothing."""
    text = data.decode("utf-8", "replace")
    first, _, second = text.partition("\x1f")
    for build in _BUILDERS:
        try:
            built = build(first, second)
        except (UnsafeValue, InvalidValue):
            continue
        for command in built:
            encoded = command.encode()
            assert encoded.endswith(b"\n\n")
            assert encoded.count(b"\n\n") == 1
            assert b"\r" not in encoded
            assert b"\x00" not in encoded
            assert len(encoded.split(b"\n")) == len(command.headers) + 3


def _calls(*calls: api.ApiCall) -> list[Command]:
    return [each for call in calls for each in (call.foreground(), call.background("job-1"))]


#: Who pages, and is paged: no text of a user's name gets past its own form.
_USER = UserName("1001", "pbx.test")


def _page(first: str, second: str) -> list[Command]:
    mark = PageMark(first, _USER, _USER, first, second, first)
    steps = [step.call for step in WHISPER.steps(mark)]
    orders = [*WHISPER.end(mark, Ending.HELD), *keys.bind(mark, {keys.Key.MUTE: "5"})]
    orders += keys.mute(mark, on=True)
    made = _calls(*steps, *(order for order in orders if isinstance(order, api.ApiCall)))
    return made + [order for order in orders if isinstance(order, Command)]


_BUILDERS: tuple[Callable[[str, str], list[Command]], ...] = (
    lambda a, b: _calls(api.call(a, b)),
    lambda a, b: _calls(api.uuid_setvar(a, "x", b), api.uuid_setvar("a1", a, b)),
    lambda a, b: _calls(api.uuid_setvar_multi("a1", {"x": a, "y": b})),
    lambda a, b: _calls(api.uuid_kill(a), api.uuid_dump(a), api.uuid_bridge(a, b)),
    lambda a, b: _calls(api.uuid_broadcast("a1", a)),
    lambda a, b: _calls(api.uuid_transfer("a1", api.Extension(a, b))),
    lambda a, b: _calls(api.originate(a, api.Application("park", b), {"x": b})),
    lambda a, b: _calls(api.originate("user/1", api.Extension(a, "b"), {"x": a, "y": b})),
    lambda a, b: _calls(api.sofia_contact(a)),
    lambda a, b: [commands.execute(a, "answer", b), commands.execute("a1", "answer", b)],
    lambda a, b: [commands.auth(a)],
    lambda a, b: [commands.userauth(a, b)],
    lambda a, b: [commands.subscribe([a], [b])],
    lambda a, b: [commands.event_filter(a, b)],
    lambda a, b: [Command(a, ((b, a),))],
    lambda a, b: [lamps.tell(lamps.Lamp.PAGE, a, True, b)],
    lambda a, b: _calls(*(step.call for step in caller.call("a1", "b1", dialstring.groups([[_dial(a, b)]])))),
    lambda a, b: _calls(*(step.call for step in caller.refuse(a, b))),
    lambda a, b: [Command(f"api x {places.word('x', str(UserName.parse(a)))}")],
    _page,
)


def _dial(endpoint: str, value: str) -> str:
    return dialstring.groups([[dialstring.phone(endpoint, {"presence_id": value})]])


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (framing, protocol, json_events, plain_events, dumps, builders)
}

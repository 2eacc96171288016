"""`/metrics`, in the format of Prometheus.

The parts that handle events and pages know nothing of Prometheus. They count in plain numbers (`Tally`,
`Metrics`, `History`), and a collector reads these at each request. docs/monitoring.md lists the metrics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from importlib.metadata import version
from typing import TypeVar

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from controller.app import Controller
from controller.domain.record import Treatment
from controller.eventsocket.dispatcher import MAX_QUEUED_EVENTS
from controller.histogram import Histogram
from controller.paging.history import WAITING
from controller.paging.sounds import Sounds
from controller.station import Station
from controller.web.feed import Feed
from controller.web.vitals import Vitals

SWITCH = "switch"
T = TypeVar("T", bound=StrEnum)


def blueprint(controller: Controller, vitals: Vitals, feed: Feed) -> Blueprint:
    """The metrics of one controller. They need no token, and contain no name of a user."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ControllerCollector(controller, vitals, feed))
    ProcessCollector(registry=registry)
    found = Blueprint("metrics", __name__)

    def answer() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)

    found.add_url_rule("/metrics", "metrics", answer)
    return found


class ControllerCollector(Collector):
    """Reads all counts of a controller."""

    def __init__(self, controller: Controller, vitals: Vitals, feed: Feed) -> None:
        self._controller = controller
        self._vitals = vitals
        self._feed = feed

    def collect(self) -> Iterator[Metric]:
        """Every metric, with a sample for each switch."""
        stations = self._controller.stations
        yield InfoMetricFamily("whisperpage", "The running program.", {"version": version("whisperpage")})
        yield from _link(stations)
        yield from _events(stations)
        yield from _commands(stations)
        yield from _pages(stations)
        yield from _messages(stations, self._controller.sounds)
        yield from self._process()

    def _process(self) -> Iterator[Metric]:
        history = self._controller.history
        yield GaugeMetricFamily(
            "whisperpage_history_waiting",
            f"Records of the history that wait for the database; no more than {WAITING} can.",
            len(history),
        )
        yield CounterMetricFamily(
            "whisperpage_history_lost", "Records of the history for which there was no room.", history.lost
        )
        yield CounterMetricFamily(
            "whisperpage_log_lost", "Entries of the log that could not be written.", self._vitals.log_lost
        )
        yield GaugeMetricFamily(
            "whisperpage_event_streams", "Clients that follow the events.", self._feed.clients
        )
        yield CounterMetricFamily(
            "whisperpage_event_streams_thrown_out",
            "Clients that followed the events, and were thrown out because they did not read.",
            self._feed.thrown_out,
        )
        call_backs = self._controller.call_backs
        yield GaugeMetricFamily(
            "whisperpage_call_backs_waiting",
            "Call backs that wait for their targets, of all controllers.",
            len(call_backs.waiting()),
        )
        yield CounterMetricFamily(
            "whisperpage_call_backs_asked", "Call backs that were asked for here.", call_backs.counts.asked
        )
        yield CounterMetricFamily(
            "whisperpage_call_backs_rung", "Call backs whose pagers were rung by us.", call_backs.counts.rung
        )
        yield CounterMetricFamily(
            "whisperpage_call_backs_expired",
            "Call backs that have expired, and that we have deleted.",
            call_backs.counts.expired,
        )
        yield GaugeMetricFamily(
            "whisperpage_database_up",
            "Whether the database answers and its schema is right.",
            not self._vitals.database.trouble(),
        )
        yield GaugeMetricFamily(
            "whisperpage_loop_late_seconds",
            "How late the event loop ran at worst in the last ten seconds.",
            self._vitals.pulse.late,
        )


def _link(stations: Iterable[Station]) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "whisperpage_switch_up",
        "Whether the switch is connected and its pages are followed.",
        labels=[SWITCH],
    )
    ups = CounterMetricFamily(
        "whisperpage_switch_connections", "Times that the switch came up.", labels=[SWITCH]
    )
    behind = CounterMetricFamily(
        "whisperpage_switch_fell_behind",
        "Connections that were dropped because events were handled too slowly.",
        labels=[SWITCH],
    )
    legs = GaugeMetricFamily("whisperpage_legs", "Legs that the switch has, while it is up.", labels=[SWITCH])
    info = InfoMetricFamily(
        "whisperpage_switch",
        "Where the switch is reached, and the uuid of its core, a new one each time it starts.",
        labels=[SWITCH],
    )
    for station in stations:
        core = {"address": str(station.link.address), "core": station.core_uuid}
        info.add_metric([station.name], core)
        up.add_metric([station.name], station.link.state == "up")
        ups.add_metric([station.name], station.link.times_up)
        behind.add_metric([station.name], station.link.times_behind)
        if station.link.state == "up":  # else nobody knows
            legs.add_metric([station.name], len(station.legs))
    yield from (info, up, ups, behind, legs)


def _events(stations: Iterable[Station]) -> Iterator[Metric]:
    received = CounterMetricFamily(
        "whisperpage_events_received", "Events that the switch has sent, wanted or not.", labels=[SWITCH]
    )
    handled = CounterMetricFamily(
        "whisperpage_events_handled",
        "Events that were handled, by name or subclass.",
        labels=[SWITCH, "event"],
    )
    queued = GaugeMetricFamily(
        "whisperpage_events_queued",
        f"Events that wait to be handled; with {MAX_QUEUED_EVENTS} the connection is dropped.",
        labels=[SWITCH],
    )
    for station in stations:
        received.add_metric([station.name], station.link.tally.received)
        queued.add_metric([station.name], station.link.queued)
        for event, count in sorted(station.link.tally.handled.items()):
            handled.add_metric([station.name, event], count)
    yield from (received, handled, queued)


def _commands(stations: Iterable[Station]) -> Iterator[Metric]:
    commands = HistogramMetricFamily(
        "whisperpage_command_seconds",
        "Time until the switch had done a command, or what else came of it; slow ones run in the background.",
        labels=[SWITCH, "kind", "outcome"],
    )
    for station in stations:
        for kind, answers in (("quick", station.switch.quick), ("background", station.switch.background)):
            for status, distribution in answers.items():
                outcome = status.value.replace(" ", "_")
                _observe(commands, [station.name, kind, outcome], distribution)
    yield commands


def _pages(stations: Iterable[Station]) -> Iterator[Metric]:
    attempts = CounterMetricFamily(
        "whisperpage_pages", "Attempts to page, by what was made of them.", labels=[SWITCH, "treatment"]
    )
    refusals = CounterMetricFamily(
        "whisperpage_refusals", "Attempts that were refused, by the reason.", labels=[SWITCH, "reason"]
    )
    endings = CounterMetricFamily(
        "whisperpage_endings", "Pages and calls that ended, by how they did.", labels=[SWITCH, "ending"]
    )
    own = HistogramMetricFamily(
        "whisperpage_own_seconds",
        "Our own part of taking a request: all of it but waiting for the switch.",
        labels=[SWITCH],
    )
    taken = HistogramMetricFamily(
        "whisperpage_taking_seconds",
        "Time from the request until its pager is connected, ringing or refused.",
        labels=[SWITCH],
    )
    live = GaugeMetricFamily(
        "whisperpage_pages_live", "Pages and calls that are going on.", labels=[SWITCH, "treatment"]
    )
    muted = GaugeMetricFamily(
        "whisperpage_pages_muted", "Whisper pages whose target is muted to the far party.", labels=[SWITCH]
    )
    for station in stations:
        _count(attempts, station.name, station.metrics.attempts)
        _count(refusals, station.name, station.metrics.refusals)
        _count(endings, station.name, station.metrics.endings)
        _observe(own, [station.name], station.metrics.own)
        _observe(taken, [station.name], station.metrics.taking)
        going_on = station.live.here()
        now = Counter(each.record.treatment for each in going_on)
        for treatment in Treatment:
            if treatment is Treatment.REFUSED:
                continue
            live.add_metric([station.name, treatment.value], now[treatment])
        muted.add_metric([station.name], sum(each.page.muted for each in going_on))
    yield from (attempts, refusals, endings, own, taken, live, muted)


def _messages(stations: Iterable[Station], sounds: Sounds) -> Iterator[Metric]:
    results = CounterMetricFamily(
        "whisperpage_messages",
        "Messages in place of a pager's voice, by what has become of them.",
        labels=[SWITCH, "result"],
    )
    live = GaugeMetricFamily("whisperpage_messages_live", "Messages that are going on.", labels=[SWITCH])
    for station in stations:
        _count(results, station.name, station.metrics.messages)
        going_on = station.live.here()
        live.add_metric([station.name], sum(each.record.message is not None for each in going_on))
    speech = HistogramMetricFamily(
        "whisperpage_speech_seconds",
        "Time that the speech command took for a text that was not spoken before.",
        labels=["outcome"],
    )
    _observe(speech, ["spoken"], sounds.spoken)
    _observe(speech, ["failed"], sounds.failed)
    left_out = CounterMetricFamily(
        "whisperpage_speech_left_out",
        "Texts that were not spoken because too many were being spoken.",
        sounds.left_out,
    )
    yield from (results, live, speech, left_out)


def _count(family: CounterMetricFamily, switch: str, counts: Mapping[T, int]) -> None:
    for code, count in counts.items():
        family.add_metric([switch, code.value], count)


def _observe(family: HistogramMetricFamily, labels: list[str], seen: Histogram) -> None:
    buckets, below = [], 0
    for bound, count in zip([*map(str, seen.bounds), "+Inf"], seen.counts, strict=True):
        below += count
        buckets.append((bound, below))
    family.add_metric(labels, buckets, seen.sum)

"""The metrics: their values, their names, and the documents that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from controller.app import Controller
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord
from controller.domain.refusal import Reason
from controller.domain.toggle import Toggle
from controller.eventsocket.outcome import Status
from controller.paging.messages import Sending
from controller.simulator.office import CUSTOMER, DOMAIN, Office
from controller.web.app import build
from tests.unit.web.conftest import NOBODY
from tests.unit.web.office import talk

TOP = Path(__file__).parents[3]
Samples = Callable[..., float]
Eventually = Callable[[Callable[[], object]], None]


def families(client: FlaskClient) -> dict[str, str]:
    """The types of our own metrics, by the names that queries use."""
    found = {}
    for family in parse(client.get("/metrics").text):
        if family.name.startswith("whisperpage_"):
            found[family.name + ("_total" if family.type == "counter" else "")] = family.type
    return found


def names(client: FlaskClient) -> set[str]:
    """Every name that a query can use."""
    kinds = families(client)
    parts = {f"{name}{part}" for name, kind in kinds.items() if kind == "histogram" for part in PARTS}
    return {name for name, kind in kinds.items() if kind != "histogram"} | parts


PARTS = ("_bucket", "_count", "_sum")


@pytest.fixture
def sample(client: FlaskClient) -> Samples:
    """The value of a sample now, by its name and some of its labels."""

    def read(name: str, **labels: str) -> float:
        samples = [each for family in parse(client.get("/metrics").text) for each in family.samples]
        (found,) = [
            each.value for each in samples if each.name == name and labels.items() <= each.labels.items()
        ]
        return found

    return read


@pytest.fixture
def switch(controller: Controller, eventually: Eventually, permitted: None) -> str:
    """The switch that is up."""
    station = controller.stations[0]
    eventually(lambda: station.link.state == "up")
    return station.name


# -- values ------------------------------------------------------------------------------------------------


def test_each_switch_is_counted_as_up_or_down(switch: str, sample: Samples) -> None:
    assert sample("whisperpage_switch_up", switch=switch) == 1
    assert sample("whisperpage_switch_up", switch=NOBODY) == 0
    assert sample("whisperpage_switch_connections_total", switch=switch) == 1
    assert sample("whisperpage_switch_fell_behind_total", switch=switch) == 0


@pytest.mark.usefixtures("real_time")  # a part of it is the time of our own work
def test_a_page_is_counted_from_its_request_to_its_end(
    switch: str, controller: Controller, office: Office, sample: Samples, eventually: Eventually
) -> None:
    talk(office, controller)
    page = office.dial("1001", "*191002")
    eventually(lambda: sample("whisperpage_pages_total", switch=switch, treatment="whisper"))
    assert sample("whisperpage_pages_live", switch=switch, treatment="whisper") == 1
    eventually(lambda: sample("whisperpage_legs", switch=switch) == len(office.switch.channels))
    assert sample("whisperpage_own_seconds_count", switch=switch) == 1
    own, taken = (sample(f"whisperpage_{name}_seconds_sum", switch=switch) for name in ("own", "taking"))
    assert 0 <= own < taken < 5
    page.hang_up()
    eventually(lambda: sample("whisperpage_endings_total", switch=switch, ending="pager_hung_up"))
    assert sample("whisperpage_pages_live", switch=switch, treatment="whisper") == 0


def test_a_refusal_is_counted_by_its_reason(
    switch: str, office: Office, sample: Samples, eventually: Eventually
) -> None:
    office.dial("1001", "*191001")
    eventually(lambda: sample("whisperpage_pages_total", switch=switch, treatment="refused"))
    assert sample("whisperpage_refusals_total", switch=switch, reason="oneself") == 1
    assert sample("whisperpage_refusals_total", switch=switch, reason="fax") == 0
    assert sample("whisperpage_refusals_total", switch=NOBODY, reason="oneself") == 0


def test_a_muted_page_is_counted(
    switch: str, controller: Controller, office: Office, sample: Samples, eventually: Eventually
) -> None:
    talk(office, controller)
    office.dial("1001", "*191002")
    eventually(lambda: sample("whisperpage_pages_live", switch=switch, treatment="whisper"))
    (live,) = controller.stations[0].live.all()
    eventually(lambda: live.page.mutable)
    live.page.mute(Toggle.ON)
    assert sample("whisperpage_pages_muted", switch=switch) == 1


def test_a_message_is_counted_beside_the_pages(
    switch: str, controller: Controller, office: Office, sample: Samples, eventually: Eventually
) -> None:
    office.switch.lengths["visitor.wav"] = 10.0
    talk(office, controller)
    lobby, target = (UserName(each, DOMAIN) for each in ("lobby", "1002"))
    station = controller.stations[0]
    sent = station.messages.send(Sending(lobby, target, Message("lobby", "visitor.wav")))
    assert isinstance(sent, PageRecord)
    assert sample("whisperpage_messages_live", switch=switch) == 1
    office.settle(lambda: "visitor.wav" in office.hears("1002"), "the sound")
    station.control.end(sent.page_id)
    eventually(lambda: sample("whisperpage_messages_total", switch=switch, result="missed"))
    assert sample("whisperpage_messages_live", switch=switch) == 0
    assert sample("whisperpage_pages_total", switch=switch, treatment="whisper") == 1


def test_texts_that_are_spoken_are_counted(controller: Controller, sample: Samples) -> None:
    controller.sounds.failed.observe(0.3)
    controller.sounds.left_out += 2
    assert sample("whisperpage_speech_seconds_count", outcome="spoken") == 0
    assert sample("whisperpage_speech_seconds_count", outcome="failed") == 1
    assert sample("whisperpage_speech_seconds_bucket", outcome="failed", le="0.5") == 1
    assert sample("whisperpage_speech_left_out_total") == 2


def test_events_are_counted(
    switch: str, controller: Controller, office: Office, sample: Samples, eventually: Eventually
) -> None:
    office.dial(CUSTOMER, "1002")
    eventually(lambda: controller.stations[0].link.tally.handled["CHANNEL_BRIDGE"])
    assert sample("whisperpage_events_handled_total", switch=switch, event="CHANNEL_BRIDGE") == 1
    assert sample("whisperpage_events_received_total", switch=switch) >= 3
    assert sample("whisperpage_events_queued", switch=switch) == 0


def test_commands_are_counted_by_kind_and_outcome_in_cumulative_buckets(
    switch: str, controller: Controller, sample: Samples
) -> None:
    commands = controller.stations[1].switch
    for seconds in (0.0004, 0.004, 60.0):
        commands.quick[Status.NOT_SENT].observe(seconds)
    labels = {"switch": NOBODY, "kind": "quick", "outcome": "not_sent"}
    assert sample("whisperpage_command_seconds_count", **labels) == 3
    assert sample("whisperpage_command_seconds_bucket", le="0.001", **labels) == 1
    assert sample("whisperpage_command_seconds_bucket", le="0.005", **labels) == 2
    assert sample("whisperpage_command_seconds_bucket", le="5.0", **labels) == 2
    assert sample("whisperpage_command_seconds_bucket", le="+Inf", **labels) == 3


def test_the_database_and_the_history_have_metrics(
    switch: str, controller: Controller, sample: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sample("whisperpage_database_up") == 1
    assert sample("whisperpage_history_waiting") == 0
    assert sample("whisperpage_event_streams_thrown_out_total") == 0
    monkeypatch.setattr(controller.history, "lost", 3)
    assert sample("whisperpage_history_lost_total") == 3


def test_two_controllers_of_one_process_are_counted_apart(switch: str, controller: Controller) -> None:
    controller.stations[0].metrics.endings[Ending.HELD] += 1
    line = f'whisperpage_endings_total{{ending="held",switch="{switch}"}} 1.0'
    other = Controller(controller.settings)
    assert line in build(controller).test_client().get("/metrics").text
    assert line not in build(other).test_client().get("/metrics").text
    other.stop(0)


def test_every_code_has_a_sample_from_the_start(client: FlaskClient) -> None:
    text = client.get("/metrics").text
    assert all(f'reason="{reason}"' in text for reason in Reason)
    assert all(f'ending="{ending}"' in text for ending in Ending)


# -- names -------------------------------------------------------------------------------------------------


def test_prometheus_reads_both_of_its_formats(client: FlaskClient) -> None:
    plain = client.get("/metrics")
    assert plain.content_type.startswith("text/plain")
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    openmetrics = client.get("/metrics", headers=accept)
    assert openmetrics.content_type.startswith("application/openmetrics-text")
    assert list(parse_openmetrics(openmetrics.text))


def test_every_metric_has_a_help_text(client: FlaskClient) -> None:
    for family in parse(client.get("/metrics").text):
        assert len(family.documentation) > 10


def test_names_follow_the_conventions(client: FlaskClient) -> None:
    for name, kind in families(client).items():
        assert re.fullmatch(r"whisperpage(_[a-z]+)+", name)
        assert name.endswith("_total") == (kind == "counter")
        if kind == "histogram":
            assert name.endswith("_seconds")


def test_the_documentation_lists_exactly_the_existing_metrics(client: FlaskClient) -> None:
    rows = re.findall(r"^\| `(whisperpage_\w+)` \| (\w+) \| (.*?) \|", monitoring_page(), re.M)
    assert {name: kind for name, kind, _ in rows} == families(client)


def test_the_documentation_lists_exactly_the_existing_labels(switch: str, client: FlaskClient) -> None:
    told = dict(re.findall(r"^\| `(whisperpage_\w+)` \| \w+ \| (.*?) \|", monitoring_page(), re.M))
    for family in parse(client.get("/metrics").text):
        name = family.name + ("_total" if family.type == "counter" else "")
        for sample in family.samples:
            if name in told:
                assert set(sample.labels) - {"le"} == set(re.findall(r"`(\w+)`", told[name]))


def monitoring_page() -> str:
    return (TOP / "docs" / "monitoring.md").read_text()


def test_the_dashboard_uses_only_existing_metrics(client: FlaskClient) -> None:
    dashboard = (TOP / "monitoring" / "grafana.json").read_text()
    panels = json.loads(dashboard)["panels"]
    asked = {target["expr"] for panel in panels for target in panel.get("targets", ())}
    used = set(re.findall(r"whisperpage_\w+", " ".join(asked)))
    assert used <= names(client)
    assert len(used) > 15


def test_the_alerts_use_only_existing_metrics(client: FlaskClient) -> None:
    rules = (TOP / "monitoring" / "whisperpage.rules.yml").read_text()
    used = set(re.findall(r"whisperpage_\w+", rules))
    assert used <= names(client)
    reasons = re.search(r'reason=~"([\w|]+)"', rules)
    assert reasons
    assert set(reasons[1].split("|")) <= set(Reason)


def test_metrics_have_neither_users_nor_secrets(
    switch: str, controller: Controller, office: Office, client: FlaskClient, sample: Samples,
    eventually: Eventually,
) -> None:  # fmt: skip
    talk(office, controller)
    office.dial("1001", "*191002")
    eventually(lambda: sample("whisperpage_pages_live", switch=switch, treatment="whisper"))
    text = client.get("/metrics").text
    assert not re.search(r"pa55word|100[0-9]@|pbx\.test", text)

"""Health over HTTP: it must be the truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import gevent
import pytest
from flask.testing import FlaskClient
from gevent import socket
from gevent.threadpool import ThreadPool
from structlog.testing import capture_logs

from controller import supervision
from controller.app import Controller
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable
from controller.paging import history
from controller.simulator.office import Office
from controller.store import readiness, schema, session
from controller.store.session import Store
from controller.web import vitals as module
from controller.web.vitals import DatabaseLook, Vitals
from tests.unit.web.conftest import NOBODY

Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def up(controller: Controller, eventually: Eventually) -> Controller:
    """The controller after its first switch is up and its second one is known to be down."""
    first, second = controller.stations
    eventually(lambda: first.link.state == "up" and second.link.error)
    return controller


def troubles(client: FlaskClient, path: str) -> dict[str, str]:
    """The parts that are not healthy; the HTTP status must agree."""
    answer = client.get(path)
    parts: list[dict[str, Any]] = answer.json["parts"]
    found = {part["part"]: part["trouble"] for part in parts if not part["ok"]}
    assert answer.status_code == (503 if found else 200)
    assert answer.json["ok"] is not bool(found)
    return found


def record(page: str) -> PageRecord:
    return PageRecord(
        page, "pbx", None, None, Treatment.REFUSED, datetime.now(UTC), reason="malformed", dialled="1002"
    )


# -- readyz ------------------------------------------------------------------------------------------------


def test_a_switch_that_is_down_is_named_and_the_one_that_is_up_is_well(
    up: Controller, client: FlaskClient
) -> None:
    assert list(troubles(client, "/readyz")) == [f"switch {NOBODY}"]
    assert "Nothing listens there" in troubles(client, "/readyz")[f"switch {NOBODY}"]


def test_the_controller_is_ready_when_every_part_is(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "stations", up.stations[:1])
    assert troubles(client, "/readyz") == {}


def test_a_switch_that_goes_down_is_reported_at_once(
    up: Controller, client: FlaskClient, office: Office, eventually: Eventually
) -> None:
    office.close()
    eventually(lambda: len(troubles(client, "/readyz")) == 2)
    assert troubles(client, "/healthz") == {}


def test_a_switch_whose_pages_are_not_taken_over_yet_is_not_ready(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up.stations[0].link, "state", "connecting")
    assert up.stations[0].name in "".join(troubles(client, "/readyz"))


def test_the_answer_has_no_secret(up: Controller, client: FlaskClient) -> None:
    for path in ("/readyz", "/healthz"):
        assert "pa55word" not in client.get(path).text


def test_a_database_that_is_behind_is_reported_with_what_to_do(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.migrate(up.store, "0001")
    assert "run `whisperpage db upgrade`" in troubles(client, "/readyz")["database"]
    assert troubles(client, "/healthz") == {}


def test_a_database_that_is_newer_is_reported_with_what_to_do(up: Controller, client: FlaskClient) -> None:
    with up.store.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "version 9999" in troubles(client, "/readyz")["database"]
    assert "upgrade whisperpage" in troubles(client, "/readyz")["database"]


@pytest.fixture
def silent_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a PostgreSQL server that accepts a connection and stays silent."""
    monkeypatch.setattr(session, "CONNECT_WAIT", 5)  # or the thread that waits for it outlasts the test
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_database_that_hangs_is_reported_quickly_and_the_process_lives(
    up: Controller, vitals: Vitals, client: FlaskClient, silent_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DATABASE_DEADLINE", 0.1)
    store = Store(f"postgresql://whisperpage:pa55word@127.0.0.1:{silent_server}/whisperpage")
    vitals.database = DatabaseLook(partial(readiness.check, store))
    began = time.monotonic()
    told = troubles(client, "/readyz")["database"]
    assert time.monotonic() - began < session.CONNECT_WAIT  # which the thread waits
    assert told.startswith("The database has not answered for ")
    assert "pa55word" not in told
    assert troubles(client, "/healthz") == {}


def test_further_requests_while_the_database_hangs_take_no_further_thread(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DATABASE_DEADLINE", 0.01)
    spawned: list[object] = []

    class Pool(ThreadPool):
        def spawn(self, *arguments: Any) -> Any:
            spawned.append(arguments)
            return super().spawn(time.sleep, 0.1)

    monkeypatch.setattr(module, "ThreadPool", Pool)
    look = DatabaseLook(controller.check_database)
    assert all("not answered" in look.trouble() for _ in range(3))
    assert len(spawned) == 1


def test_a_database_that_comes_back_is_healthy_again(
    controller: Controller, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(module, "DATABASE_DEADLINE", 0.02)
    states, state = [0.1], schema.state
    monkeypatch.setattr(schema, "state", lambda store: (states and time.sleep(states.pop()), state(store))[1])
    look = DatabaseLook(controller.check_database)
    assert "not answered" in look.trouble()
    eventually(lambda: look.trouble() == "")


def test_a_database_that_cannot_be_read_is_reported_without_its_password(
    up: Controller, vitals: Vitals, client: FlaskClient
) -> None:
    vitals.database = DatabaseLook(
        partial(readiness.check, Store("postgresql://whisperpage:pa55word@127.0.0.1:1/whisperpage"))
    )
    told = troubles(client, "/readyz")["database"]
    assert "cannot be used" in told
    assert "pa55word" not in told


def test_a_full_backlog_of_the_history_is_not_ready_but_no_reason_for_a_restart(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    def save(each: PageRecord) -> None:
        raise DatabaseUnavailable("locked")

    monkeypatch.setattr(history, "WAITING", 2)
    up.history.close(0)
    up.history = history.History(save)
    eventually(lambda: up.history.keep(record("a")) or up.history.full)
    assert "no more can" in troubles(client, "/readyz")["history"]
    assert troubles(client, "/healthz") == {}
    up.history.close(0)


def test_a_history_that_cannot_be_written_for_long_is_not_ready(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    def save(each: PageRecord) -> None:
        raise DatabaseUnavailable("locked")

    monkeypatch.setattr(module, "HISTORY_PATIENCE", 0.01)
    up.history.close(0)
    up.history = history.History(save)
    assert "history" not in troubles(client, "/readyz")
    up.history.keep(record("a"))
    eventually(lambda: "history" in troubles(client, "/readyz"))
    up.history.close(0)


class Log:
    """A log stream in a given state."""

    lost, trouble, broke = 3, "The log cannot be written (No space left on device).", False


def test_a_log_that_cannot_be_written_is_reported_and_pages_work(
    up: Controller, vitals: Vitals, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "stations", up.stations[:1])
    monkeypatch.setattr(vitals, "_log", Log())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["ok"]) == (200, True)
    assert {"part": "log", "ok": False, "trouble": Log.trouble} in answer.json["parts"]
    assert vitals.summary() == f"Ready: 0 pages and calls, 1 switch. log: {Log.trouble}"
    assert troubles(client, "/healthz") == {}
    assert "whisperpage_log_lost_total 3.0" in client.get("/metrics").text


# -- healthz -----------------------------------------------------------------------------------------------


def test_the_process_lives_even_if_a_switch_cannot_be_reached(up: Controller, client: FlaskClient) -> None:
    assert troubles(client, "/healthz") == {}


def test_a_dead_history_writer_is_reported(up: Controller, client: FlaskClient) -> None:
    up.history.close(0)
    assert list(troubles(client, "/healthz")) == ["history writer"]


def test_a_dead_part_is_reported_until_it_is_started_again(
    up: Controller,
    vitals: Vitals,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    monkeypatch.setattr(supervision, "AGAIN", 0.01)
    station = up.stations[0]
    works = {
        "loop": vitals.pulse._work,
        "history writer": up.history._writer,
        "pages off": up.blocked._watching,
        f"link {station.name}": station.link._work,
        f"lamps {station.name}": station.lamps._work,
    }
    for name, work in works.items():
        with capture_logs() as logs:
            assert work._greenlet
            work._greenlet.kill()
            gevent.sleep(0)
            assert list(troubles(client, "/healthz")) == [name]
            eventually(lambda: troubles(client, "/healthz") == {})
        assert "work.died" in [log["event"] for log in logs]


def test_other_watched_parts_are_reported(vitals: Vitals, up: Controller, client: FlaskClient) -> None:
    trouble = ["It has gone."]
    vitals.watch("http", lambda: trouble[0])
    assert troubles(client, "/healthz") == {"http": "It has gone."}
    trouble[0] = ""
    assert troubles(client, "/healthz") == {}


def test_a_link_that_no_longer_works_is_reported(up: Controller, client: FlaskClient) -> None:
    up.stations[1].link.stop()
    assert list(troubles(client, "/healthz")) == [f"link {NOBODY}"]


def test_a_broken_log_is_reported(up: Controller, vitals: Vitals, client: FlaskClient) -> None:
    log = Log()
    log.broke = True
    vitals._log = log  # type: ignore[assignment]
    assert troubles(client, "/healthz") == {"log": Log.trouble}


def test_falling_behind_the_events_is_reported(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_LIMIT", -1)
    assert "falls behind the switch" in troubles(client, "/healthz")[f"link {NOBODY}"]


def test_an_event_loop_that_is_always_late_is_reported(
    up: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    monkeypatch.setattr(module, "LATE", -1.0)  # any beat is later than that
    eventually(lambda: "loop" in troubles(client, "/healthz"))


def test_one_late_beat_is_logged_and_no_reason_for_a_restart(
    monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    monkeypatch.setattr(module, "LATE", 0.02)
    pulse = module.Pulse()
    eventually(lambda: pulse.late)
    time.sleep(0.05)
    eventually(lambda: pulse.late > 0.04)
    assert not pulse.always_late
    pulse.stop()

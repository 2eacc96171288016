"""The log of `serve`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gevent
import pytest
import structlog
from structlog.contextvars import bound_contextvars

from controller import logs
from controller.config import Settings

PASSWORD = 'p4ss "w/rd'
SETTINGS = Settings(
    switch_url="esl://:p4ss%20%22w%2Frd@127.0.0.1:8021",
    database_url="postgresql://whisperpage:db-secret@127.0.0.1/whisperpage",
    api_token="0123456789abcdef",
    log_format="json",
)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Restore the logging after a test that configures it."""
    root, hub = logging.getLogger(), gevent.get_hub()
    before = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], level = before
    root.setLevel(level)
    del hub.print_exception


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capfd.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_an_entry_is_one_json_object_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(SETTINGS):
        structlog.get_logger().info("page.taken", pager="1001@pbx.test", own_ms=2.5, name="line\nbreak")
    (entry,) = lines(capfd)
    assert list(entry)[:3] == ["timestamp", "level", "event"]
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "level": "info", "event": "page.taken", "pager": "1001@pbx.test", "own_ms": 2.5, "name": "line\nbreak"
    }  # fmt: skip


def test_what_is_bound_is_part_of_an_entry(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(SETTINGS), bound_contextvars(page="page-1"):
        structlog.get_logger().info("command")
    assert lines(capfd)[0]["page"] == "page-1"


def test_what_is_below_the_level_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(SETTINGS):
        structlog.get_logger().debug("command")
    assert lines(capfd) == []


def test_libraries_are_heard_in_the_same_form_where_they_warn(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(SETTINGS):
        logging.getLogger("sqlalchemy.pool").warning("lost %s", "it")
        logging.getLogger("sqlalchemy.pool").info("quiet")
    (entry,) = lines(capfd)
    assert (entry["level"], entry["event"]) == ("warning", "lost it")


def test_what_ends_a_greenlet_is_an_entry(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(SETTINGS):
        gevent.spawn(lambda: 1 / 0).join()
    (entry,) = lines(capfd)
    assert entry["event"] == "greenlet.failed"
    assert "ZeroDivisionError" in entry["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", [PASSWORD, "p4ss%20%22w%2Frd", "db-secret", "0123456789abcdef"])
def test_no_secret_is_written_wherever_it_stands(
    capfd: pytest.CaptureFixture[str], form: str, secret: str
) -> None:
    with logs.writing(replace(SETTINGS, log_format=form)):
        log = structlog.get_logger()
        log.info(f"event {secret}", value=f"value {secret}", deep={"er": [secret]})
        logging.getLogger("library").error("%s", secret)
        try:
            raise ValueError(f"no {secret}")
        except ValueError:
            log.exception("failed")
    written = capfd.readouterr().err
    assert written.count("***") >= 5
    assert secret not in written
    assert json.dumps(secret)[1:-1] not in written


@pytest.mark.parametrize("form", ["json", "console"])
def test_local_variables_are_not_written(capfd: pytest.CaptureFixture[str], form: str) -> None:
    with logs.writing(Settings(log_format=form)):

        def fail() -> None:
            held = "held in a variable"
            raise ValueError(len(held))

        try:
            fail()
        except ValueError:
            structlog.get_logger().exception("failed")
    written = capfd.readouterr().err
    assert "ValueError" in written
    assert "raise ValueError(len(held))" in written
    assert written.count("held in a variable") == 0


def test_the_console_has_no_colours_where_nobody_sees_them(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(Settings()):
        structlog.get_logger().warning("switch.down", switch="127.0.0.1:8021")
    written = capfd.readouterr().err
    assert "\x1b" not in written
    assert "switch=127.0.0.1:8021" in written


def test_a_secret_too_short_to_be_one_does_not_make_holes(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(Settings(switch_url="esl://:a@127.0.0.1")):
        structlog.get_logger().info("a page was taken")
    assert "a page was taken" in capfd.readouterr().err


@pytest.mark.parametrize("value", ["half a character \ud800", 2**70, {1: "a key that is no text"}])
def test_what_json_has_no_form_for_is_an_entry_nevertheless(
    capfd: pytest.CaptureFixture[str], value: object
) -> None:
    with logs.writing(replace(SETTINGS, switch_url="esl://:w%C3%B6rter@127.0.0.1")):
        structlog.get_logger().info("page.taken", caller=value, token="wörter")
    (entry,) = lines(capfd)
    assert entry["event"] == "page.taken"
    assert "caller" in entry
    assert entry["token"] == "***"


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_entry_that_cannot_be_made_text_is_reported_and_raises_nothing(
    capfd: pytest.CaptureFixture[str], form: str
) -> None:
    class Mute:
        def __repr__(self) -> str:
            raise ValueError("I have nothing to say")

        __str__ = __repr__

    with logs.writing(replace(SETTINGS, log_format=form)):
        structlog.get_logger().info("page.taken", caller=Mute())
    (entry,) = lines(capfd)
    assert (entry["event"], entry["of"]) == ("log.unwritten", "page.taken")


def test_what_python_itself_prints_goes_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.writing(SETTINGS) as stream:
        assert sys.stderr is stream
        print("a warning of the interpreter", file=sys.stderr)
    assert sys.stderr is not stream
    assert capfd.readouterr().err == "a warning of the interpreter\n"

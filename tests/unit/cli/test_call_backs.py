"""`whisperpage call-backs`: the refused pagers that wait to be rung."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.store import call_backs
from controller.store.session import Store

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def waits(url: str) -> None:
    """Let 1001 wait for 1002."""
    store = Store(url)
    with store.unit() as unit:
        call_backs.ask(unit, CallBack(PAGER, TARGET, Feature.WHISPER, NOW, NOW + timedelta(hours=1)), 5)
        unit.commit()
    store.close()


def test_a_call_back_is_shown_and_removed(cli) -> None:
    waits("sqlite:///test.db")
    assert cli.done("call-backs", "list", "--json").json == [
        {
            "pager": "1001@pbx.test",
            "target": "1002@pbx.test",
            "feature": "whisper",
            "asked_at": "2026-11-29T12:00:00+00:00",
            "expires_at": "2026-11-29T13:00:00+00:00",
            "rings_since": None,
        }
    ]
    cli.done("call-backs", "remove", "1001@pbx.test", "1002@pbx.test")
    assert cli.done("call-backs", "list", "--json").json == []


def test_one_that_is_not_there_is_one_sentence(cli) -> None:
    refused = cli("call-backs", "remove", "1001@pbx.test", "1002@pbx.test")
    assert refused.status == 1
    assert "1001@pbx.test does not wait for a call back about 1002@pbx.test" in refused.err


def test_what_is_no_user_is_wrong_usage(cli) -> None:
    assert cli("call-backs", "remove", "1001", "${system(id)}@x").status == 2

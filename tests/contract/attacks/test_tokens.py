"""The token of a page across switches: elsewhere, twice, late or guessed it counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from controller.clock import date
from controller.domain.crossing import VALID, Crossing, new_token
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord
from controller.simulator.phones import PhoneCall
from controller.store import crossings
from controller.switch.caller import TOKEN
from tests.contract.two import TwoSwitches
from tests.databases import open_to_all

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
ALPHA = "alpha.test"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        two.start()
        two.target_calls()
        yield two


def token_for(two: TwoSwitches, switch: str = "beta", at: datetime | None = None) -> str:
    """A token that the controllers have made, as if a page of 1001 to 1002 were on its way."""
    token = new_token()
    crossing = Crossing(str(uuid4()), PAGER, TARGET, Feature.WHISPER, switch)
    with two.store.unit() as unit:
        crossings.begin(unit, token, crossing, at or date(two.clock))
        unit.commit()
    return token


def arrives(two: TwoSwitches, token: str, address: str = ALPHA, **variables: str) -> PhoneCall:
    """A call to the extension of the second switch, with a token."""
    call = two.beta.phone("customer").dial("whisperpage")
    call.leg.profile = replace(call.leg.profile, address=address)
    call.leg.variables |= {TOKEN: token} | variables
    return call


def refused(two: TwoSwitches, call: PhoneCall) -> PageRecord:
    """The refusal of a call in the history; nobody is its pager."""
    two.settle(lambda: call.over, "the refusal")
    assert call.cause == "CALL_REJECTED"
    [record] = [each for each in two.attempts() if each.reason]
    assert (record.reason, record.pager, record.switch) == ("not_handed_over", None, "beta")
    return record


def test_a_call_with_a_token_is_a_page(two: TwoSwitches) -> None:
    arrives(two, token_for(two))
    two.settle(lambda: two.paged, "the page")
    [record] = [each for each in two.attempts() if each.pager]
    assert (record.pager, record.target, record.switch) == (PAGER, TARGET, "beta")


def test_from_elsewhere_a_token_counts_for_nothing_and_is_not_used_up(two: TwoSwitches) -> None:
    token = token_for(two)
    refused(two, arrives(two, token, "203.0.113.9"))
    arrives(two, token)
    two.settle(lambda: two.paged, "the page of whom the token is for")


def test_a_token_counts_once(two: TwoSwitches) -> None:
    token = token_for(two)
    arrives(two, token)
    two.settle(lambda: two.paged, "the page")
    refused(two, arrives(two, token))
    assert two.paged


def test_a_token_counts_for_seconds(two: TwoSwitches) -> None:
    old = date(two.clock) - timedelta(seconds=VALID + 1)
    refused(two, arrives(two, token_for(two, at=old)))


@pytest.mark.parametrize("token", ["", "0" * 32, "x" * 32, "%27 OR 1=1", "${system(id)}"])
def test_a_guessed_token_counts_for_nothing(two: TwoSwitches, token: str) -> None:
    token_for(two)
    refused(two, arrives(two, token))


def test_the_token_of_another_switch_counts_for_nothing_here(two: TwoSwitches) -> None:
    refused(two, arrives(two, token_for(two, "alpha")))


def test_what_else_a_call_says_of_its_pager_counts_for_nothing(two: TwoSwitches) -> None:
    says = {
        "sip_authorized": "true",
        "user_name": "1003",
        "domain_name": "pbx.test",
        "presence_id": "1003@pbx.test",
        "sip_h_P-Asserted-Identity": "<sip:1003@pbx.test>",
        "whisperpage_pager": "1003@pbx.test",
        "whisperpage_extension": "1005",
    }
    arrives(two, token_for(two), **says)
    two.settle(lambda: two.paged, "the page")
    [record] = [each for each in two.attempts() if each.pager]
    assert (record.pager, record.target) == (PAGER, TARGET)


def test_the_token_is_not_in_the_log(two: TwoSwitches, capsys: pytest.CaptureFixture[str]) -> None:
    two.alpha.dial("1001", "*191002")
    two.settle(lambda: two.paged, "the page")
    (arrival,) = (leg for leg in two.legs() if leg.wire and leg.direction == "inbound")
    told = capsys.readouterr().out
    assert TOKEN in told
    assert arrival.text(TOKEN) not in told


def test_the_token_is_not_in_the_log_if_the_switch_hangs(
    two: TwoSwitches, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[str] = []

    def hang(line: str, client: object) -> None:
        if f"{TOKEN}=" in line:
            sent.append(line.split(f"{TOKEN}=")[1][:32])
            two.alpha.socket.faults.stalled = True

    two.alpha.socket.faults.before = hang
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: pager.over, "the dialplan's refusal")
    two.settle(lambda: two.attempts()[0].reason, "the end")
    two.alpha.socket.faults.heal()
    told = capsys.readouterr().out
    assert "step.failed" in told
    assert sent
    assert not any(token in told for token in sent)


def test_a_flood_of_calls_from_elsewhere_is_one_row(two: TwoSwitches, tmp_path: Path) -> None:
    with closing(TwoSwitches(open_to_all(tmp_path / "limit.db"), pager_limit="3/minute")) as limited:
        limited.start()
        calls = [arrives(limited, "0" * 32, "203.0.113.9") for _ in range(20)]
        limited.settle(lambda: all(call.over for call in calls), "the refusals")
        assert len(limited.attempts()) <= 5


def test_the_token_does_not_go_with_a_header_of_the_pagers_phone(two: TwoSwitches) -> None:
    pager = two.alpha.dial("1001", "*191002")
    pager.leg.variables |= {TOKEN: "f" * 32, "sip_h_X-Evil": "yes"}
    two.settle(lambda: two.paged, "the page")
    (arrival,) = (leg for leg in two.legs() if leg.wire and leg.direction == "inbound")
    assert arrival.text(TOKEN) != "f" * 32
    assert not arrival.text("sip_h_X-Evil")

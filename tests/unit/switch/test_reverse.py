"""The topology of a reverse page: that of a whisper page, with a mute before anybody hears the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domain.names import UserName
from controller.switch.displays import show
from controller.switch.pagelegs import PageMark
from controller.switch.reverse import REVERSED
from controller.switch.topologies import best, mark_of, topology_of
from controller.switch.topology import Party, Topology
from controller.switch.whisper import WHISPER
from controller.switch.wide import WIDE

COLLEAGUE, PAGER, FAR = "c-1", "t-1", "f-1"
#: The pager, 1001, is on the call.
MARK = PageMark(
    "page-1",
    UserName("1001", "pbx.test"),
    UserName("1002", "pbx.test"),
    pager_leg=COLLEAGUE,
    target_leg=PAGER,
    far_leg=FAR,
    topology="reverse-8000",
)


def calls(topology: Topology) -> dict[str, str]:
    return {step.name: step.call.text for step in topology.steps(MARK)}


@pytest.mark.parametrize("topology", REVERSED, ids=lambda each: each.name)
def test_pager_is_muted_and_seen_to_be_muted_before_the_last_step_connects_the_two(
    topology: Topology,
) -> None:
    assert list(calls(topology))[-4:] == ["private", "sign", "muted", "join"]
    found = calls(topology)
    assert found["private"] == f"uuid_transfer {MARK.relay} private-{PAGER} XML whisperpage@switch"
    assert found["sign"] == f"uuid_getvar {MARK.relay} whisperpage_muted"
    assert found["muted"] == f"uuid_buglist {FAR}"
    looks = {step.name: step.answer for step in topology.steps(MARK) if step.looks}
    assert (looks["sign"], looks["muted"]) == ("true", "<function>audio</function>")


def test_far_party_hears_nobody_and_nobody_else_hears_less() -> None:
    assert WHISPER.hears - REVERSED[0].hears == {(Party.FAR, Party.TARGET)}


@pytest.mark.parametrize(
    ("rate", "name"), [(8000, "reverse-8000"), (16000, "reverse-16000"), (0, "reverse-8000")]
)
def test_reverse_page_has_the_rate_that_both_legs_carry(rate: int, name: str) -> None:
    assert best(rate, reverse=True).name == name
    assert not best(rate).name.startswith("reverse")


def test_whisper_page_of_the_same_rate_has_the_same_legs() -> None:
    assert [each.legs for each in REVERSED] == [each.legs for each in (WHISPER, *WIDE.values())]


def test_mark_of_a_reverse_page_is_read_back() -> None:
    told = {f"variable_{name}": value for name, value in MARK.variables().items()}
    assert mark_of(lambda name: told.get(name, "")) == MARK
    assert topology_of(MARK) is REVERSED[0]
    assert MARK.reverse
    assert not replace(MARK, topology="whisper-8000").reverse


def test_each_of_the_two_phones_shows_the_other_user() -> None:
    relay = calls(REVERSED[0])["relay"]
    assert "origination_caller_id_name=Private\\sto\\syou\\s1001,origination_caller_id_number=1001" in relay
    assert show(MARK, "Client", "5551234")[1].text == f"uuid_display {PAGER} Private to 1002|1002"

"""S5: `whisperpage explain` on a real switch, with the same code as a page."""

from __future__ import annotations

import json

from controller.cli import glance
from controller.config import Settings
from tests.live.office import Office


def explained(office: Office, pager: str, target: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(office.whisperpage("explain", pager, target, "--json"))
    return answer


def test_an_idle_target_would_be_called(office: Office) -> None:
    assert explained(office, "1001", "1002")["treatment"] == "intercom"


def test_a_target_on_a_call_would_be_whispered_to_and_nothing_is_done(office: Office) -> None:
    office.target_calls()
    before = len(office.lab.channels())
    answer = explained(office, "1001@pbx.test", "1002@pbx.test")
    assert answer["treatment"] == "whisper"
    assert any("Poly desk phone" in str(reason) for reason in answer["reasons"])  # type: ignore[attr-defined]
    assert len(office.lab.channels()) == before


def test_a_target_in_a_conference_would_be_refused(office: Office) -> None:
    office.lab.dial(1002, "3001", "target", wait=0.5)
    answer = explained(office, "1001", "1002")
    assert answer["treatment"] == "refused"
    assert "so: refused, conference" in str(answer["reasons"])


def test_completion_offers_the_users_of_the_switch_and_those_with_a_phone(office: Office) -> None:
    settings = Settings(switch_url=office.environment["WHISPERPAGE_SWITCH_URL"])
    assert "1002@pbx.test" in glance.users(settings)
    registered = glance.registered(settings)
    assert {"1001@pbx.test", "1002@pbx.test"} <= set(registered)
    assert "1010@pbx.test" not in registered

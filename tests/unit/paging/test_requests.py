"""Requests in, pages made or refused, and the history of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from gevent.pool import Pool
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from controller.domain.decision import Decision, Device, ForOne, Intercom, Whisper
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.domain.toggle import Toggle
from controller.errors import DatabaseUnavailable
from controller.eventsocket.api import ApiCall
from controller.eventsocket.events import JsonEvent
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import claiming, requests
from controller.paging.request import Request, page_of
from controller.phones.values import Phone, PhoneKind
from controller.ratelimit import RateLimit
from controller.switch.keys import Key
from controller.switch.pagelegs import relay_uuid
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch, event

T, F, P = "t-1", "f-1", "p-1"
RELAY = relay_uuid(T)
LEG = Leg(uuid=T, state="CS_EXECUTE", answered=True, partner=F, read_rate=8000)
DEVICE = Device(Registration("sofia/internal/sip:1002@10.0.0.2"), Phone(PhoneKind.DESK, "", ()), ())


@dataclass
class Decides:
    """A decider that has made up its mind."""

    outcome: Decision
    later: ForOne | None = None

    def decide(self, request: Request) -> tuple[Request, Decision]:
        return request, self.outcome

    def now(self, feature: Feature, pager: UserName, treatment: ForOne, *_: UserName, **__: bool) -> ForOne:
        return self.later or treatment


class Desk:
    """Requests on a fake switch; what it does is done when `settle` returns."""

    def __init__(self, *, show: bool = False, pager: int = 0, target: int = 0) -> None:
        self.switch = FakeSwitch({"uuid_getvar": "-ERR No such channel!"})
        nobody = UserName("1", "a")
        self.store = FakeStore(Policy(nobody, nobody))
        self.saved = self.store.saved
        self.calls = 0
        self.decider = Decides(Refusal(Reason.CONFERENCE))
        rates = [RateLimit(times, 60.0) if times else None for times in (pager, target)]
        self.beside = beside = Beside(
            self.switch, self.store, self.decider, {Key.MUTE: "5"}, limits=(rates[0], rates[1]), show=show
        )
        self.requests, self.live, self.control = beside.requests, beside.live, beside.control
        self.blocked, self.limits, self.metrics = beside.blocked, beside.limits, beside.metrics
        self.settle = beside.settle

    def request(self, treatment: Decision) -> None:
        self.calls += 1
        self.ask(treatment, P if self.calls == 1 else f"p-{self.calls}")

    def ask(self, treatment: Decision, pager_leg: str) -> None:
        self.decider.outcome = treatment
        variables = {"sip_authorized": "true", "user_name": "1001", "domain_name": "pbx.test"}
        variables |= {"whisperpage_request": "page", "whisperpage_extension": "1002"}
        variables["transfer_history"] = f"1795353634:{P}:bl_xfer:request/whisperpage@switch/XML"
        self.requests.on_request(
            event("CUSTOM", pager_leg, **{f"variable_{k}": v for k, v in variables.items()})
        )
        self.settle()

    def see(self, seen: JsonEvent) -> None:
        self.live.observe(seen)
        self.settle()


def hangup(uuid: str) -> JsonEvent:
    return event("CHANNEL_HANGUP", uuid, **{"Hangup-Cause": "NORMAL_CLEARING"})


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another controller claims a request within 20 ms."""
    for module in (claiming, requests):
        monkeypatch.setattr(module, "CLAIMED", 0.02)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.beside.close()


def test_a_refusal_is_played_caused_and_kept(desk: Desk) -> None:
    desk.request(Refusal(Reason.CONFERENCE))
    assert desk.switch.asked == [
        f"uuid_setvar {P} whisperpage_cause USER_BUSY",
        f"uuid_transfer {P} refuse XML whisperpage@switch",
    ]
    [record] = desk.saved
    assert (record.treatment, record.reason, record.cause) == ("refused", "conference", "USER_BUSY")
    assert (record.pager, record.target) == (UserName("1001", "pbx.test"), UserName("1002", "pbx.test"))


def test_a_whisper_is_made_kept_and_followed_to_its_end(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    assert desk.switch.names() == [
        "sched_del", "originate", "originate", "uuid_setvar_multi", "uuid_answer",
        "uuid_transfer",
    ]  # fmt: skip
    assert desk.saved[-1].treatment == "whisper"
    assert desk.saved[-1].answered_at
    assert desk.saved[-1].ended_at is None
    desk.see(hangup(P))
    desk.see(hangup(RELAY))
    assert desk.saved[-1].ending == "pager_hung_up"
    assert desk.saved[-1].ended_at
    assert len({record.page_id for record in desk.saved}) == 1


def test_a_page_is_ended_by_what_happens_to_its_target(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    desk.see(event("CHANNEL_HOLD", T))
    assert desk.switch.asked[-1].startswith(f"uuid_kill {RELAY}")
    assert desk.saved[-1].ended_at is None
    desk.see(hangup(RELAY))
    assert desk.saved[-1].ending == "held"


def test_a_page_is_ended_by_what_happens_to_a_leg_that_names_its_relay(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    named = {"Media-Bug-Function": "eavesdrop", "variable_whisperpage_relay": RELAY}
    desk.see(event("MEDIA_BUG_START", "x-1", **named))
    assert desk.switch.asked[-1].startswith(f"uuid_kill {RELAY}")


def test_a_target_has_its_keys_until_the_end(desk: Desk) -> None:
    desk.request(Whisper(LEG, replace(LEG, uuid=F)))
    bound = f"sendmsg {T} execute execute_extension bind-{RELAY}-5-5toggle XML whisperpage@switch"
    assert desk.switch.asked[-1] == bound
    desk.see(hangup(RELAY))
    assert f"sendmsg {T} execute execute_extension keys-5 XML whisperpage@switch" in desk.switch.asked


def test_events_of_other_legs_are_ignored(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    before = len(desk.switch.asked)
    desk.see(event("CHANNEL_HOLD", "x-1"))
    assert len(desk.switch.asked) == before


def test_after_its_end_a_page_is_forgotten(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    desk.see(hangup(RELAY))
    desk.see(event("CHANNEL_HOLD", T))
    assert "uuid_kill" not in desk.switch.names()
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].treatment == "whisper"


def test_a_second_page_of_the_same_leg_is_refused_without_asking_the_switch(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].reason == "already_paged"
    assert desk.switch.names().count("originate") == 2


def test_a_relay_that_another_controller_has_is_left_alone(desk: Desk) -> None:
    desk.switch.answers["originate"] = "-ERR USER_BUSY"  # as the dialplan ends a second one
    desk.request(Whisper(LEG, None))
    assert "uuid_kill" not in desk.switch.names()
    assert desk.saved[-1].reason == "already_paged"


WIDE_LEG = replace(LEG, read_rate=16000)


def test_a_page_of_two_wideband_legs_is_made_in_hd(desk: Desk) -> None:
    desk.switch.answers |= {f"uuid_getvar {P} read_rate": "48000", f"uuid_getvar {RELAY}": page_of(P)}
    desk.switch.bridges = True
    desk.request(Whisper(WIDE_LEG, None))
    made = [text for text in desk.switch.asked if "null/" in text]
    assert len(made) == 2
    assert all("rate=16000," in text for text in made)


@pytest.mark.parametrize(("target", "pager"), [(8000, "48000"), (16000, "8000"), (16000, "_undef_")])
def test_a_page_with_a_narrowband_leg_is_made_without_null_legs(desk: Desk, target: int, pager: str) -> None:
    desk.switch.answers[f"uuid_getvar {P} read_rate"] = pager
    desk.request(Whisper(replace(LEG, read_rate=target), None))
    assert not [text for text in desk.switch.asked if "null/" in text]
    assert f"uuid_transfer {RELAY} join-{T} XML whisperpage@switch" in desk.switch.asked


def test_a_relay_in_hd_that_is_another_pages_is_left_alone(desk: Desk) -> None:
    desk.switch.answers |= {f"uuid_getvar {P} read_rate": "16000", f"uuid_getvar {RELAY}": "page-2"}
    desk.request(Whisper(WIDE_LEG, None))
    assert "uuid_kill" not in desk.switch.names()
    assert desk.saved[-1].reason == "already_paged"


def test_a_relay_in_hd_that_does_not_come_means_that_the_call_has_changed(desk: Desk) -> None:
    desk.switch.answers |= {f"uuid_getvar {P} read_rate": "16000"}
    desk.request(Whisper(WIDE_LEG, None))
    desk.settle()  # it has been asked for, for some time
    assert desk.saved[-1].reason == "call_changed"


def test_a_relay_with_an_unknown_outcome_is_not_hung_up_by_its_uuid(desk: Desk) -> None:
    desk.switch.answers["originate"] = Outcome(Status.UNKNOWN, "late")
    desk.request(Whisper(LEG, None))
    assert "uuid_kill" not in desk.switch.names()
    assert desk.saved[-1].reason == "switch_trouble"


@pytest.mark.parametrize(
    ("fails", "reason"),
    [
        ("originate {", "call_changed"),
        ("uuid_setvar_multi", "switch_trouble"),
        (f"uuid_transfer {RELAY}", "switch_trouble"),
    ],
)
def test_a_step_that_fails_is_undone_and_refused(desk: Desk, fails: str, reason: str) -> None:
    desk.switch.answers[fails] = "-ERR no"
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].reason == reason
    assert desk.switch.names()[-1] == "uuid_transfer"
    assert ("uuid_kill" in desk.switch.names()) == (fails != "originate {")


def test_a_step_that_fails_so_late_that_another_page_has_the_relay_leaves_that_one_alone(desk: Desk) -> None:
    desk.switch.answers |= {f"uuid_transfer {RELAY}": "-ERR no"}
    desk.switch.answers |= {f"uuid_getvar {RELAY} whisperpage_page": "page-2"}
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].reason == "switch_trouble"
    assert "uuid_kill" not in desk.switch.names()


def test_an_intercom_call_is_followed_through_answer_and_end(desk: Desk) -> None:
    desk.request(Intercom(((DEVICE,),), automatic=True))
    assert desk.switch.names() == ["uuid_setvar", "uuid_setvar", "uuid_transfer"]
    assert desk.saved[-1].treatment == "intercom"
    assert desk.saved[-1].answered_at is None
    desk.see(event("CHANNEL_BRIDGE", P, **{"Bridge-A-Unique-ID": P, "Bridge-B-Unique-ID": "x-1"}))
    assert desk.saved[-1].answered_at
    desk.see(hangup("x-1"))
    assert desk.saved[-1].ending == "target_hung_up"


def test_an_ordinary_call_is_kept_as_one(desk: Desk) -> None:
    desk.request(Intercom(((DEVICE,),), automatic=False))
    assert desk.saved[-1].treatment == "call"


def test_a_request_that_another_controller_has_taken_is_left_to_it(desk: Desk) -> None:
    desk.ask(Whisper(LEG, None), P)
    before = len(desk.switch.asked)
    desk.ask(Refusal(Reason.CONFERENCE), P)
    assert len(desk.switch.asked) == before
    assert {record.treatment for record in desk.saved} == {"whisper"}


def attempt(treatment: Treatment) -> PageRecord:
    pager, target = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
    return PageRecord("page-1", "pbx", pager, target, treatment, datetime.now(UTC))


def taken(desk: Desk, record: PageRecord | None) -> None:
    """Another controller has the attempt of this id."""
    desk.store.claim = lambda record: False  # type: ignore[method-assign, assignment]
    desk.store.attempt = lambda page_id: record  # type: ignore[method-assign, assignment]
    desk.request(Intercom(((DEVICE,),), automatic=True))


def test_a_request_that_another_controller_has_is_followed(desk: Desk) -> None:
    desk.switch.answers["uuid_dump"] = f'{{"Unique-ID":"{P}","Answer-State":"ringing"}}'
    taken(desk, attempt(Treatment.INTERCOM))
    assert desk.live.find("page-1")
    assert "uuid_transfer" not in desk.switch.names()


@pytest.mark.parametrize("over", [True, False])
def test_a_request_that_another_controller_has_finished_is_not_followed(desk: Desk, over: bool) -> None:
    refused = attempt(Treatment.REFUSED)
    taken(desk, replace(refused, ended_at=refused.started_at) if over else None)
    assert desk.live.all() == ()


def test_a_request_is_not_followed_on_a_switch_that_does_not_answer(desk: Desk) -> None:
    desk.switch.answers["uuid_dump"] = Outcome(Status.UNKNOWN, "late")
    taken(desk, attempt(Treatment.INTERCOM))
    assert "uuid_transfer" not in desk.switch.names()


def test_a_page_during_which_the_switch_was_lost_stays_open_for_a_later_check(desk: Desk) -> None:
    desk.switch.answers[f"uuid_transfer {RELAY}"] = Outcome(Status.UNKNOWN, "gone")
    for call in ("uuid_kill", "uuid_setvar", "uuid_transfer"):
        desk.switch.answers[f"{call} "] = Outcome(Status.NOT_SENT, "gone")
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].treatment == "whisper"
    assert desk.saved[-1].ended_at is None


def test_more_requests_than_may_wait_are_left_to_the_dialplan(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.requests, "_requests", Pool(1))
    ask = event("CUSTOM", P)
    for _ in range(3):
        desk.requests.on_request(ask)  # returns at once, with one at work and none that ends
    desk.settle()
    assert len(desk.saved) == 1


def test_a_request_that_has_waited_too_long_is_left_to_the_dialplan(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.0)
    desk.request(Refusal(Reason.CONFERENCE))
    assert desk.switch.asked == []


def fails(desk: Desk, times: int) -> None:
    """Let the next claims find no database."""
    claim, left = desk.store.claim, [times]

    def no_store(record: PageRecord) -> bool:
        left[0] -= 1
        if left[0] >= 0:
            raise DatabaseUnavailable("away")
        return claim(record)

    desk.store.claim = no_store  # type: ignore[method-assign]


def test_a_request_that_cannot_be_claimed_is_refused(desk: Desk) -> None:
    fails(desk, 2)
    desk.request(Whisper(LEG, None))
    assert desk.switch.names() == ["uuid_getvar", "uuid_setvar", "uuid_transfer"]
    assert [record.reason for record in desk.saved] == ["store_trouble"]


def test_a_request_is_claimed_again_if_the_database_has_only_dropped_the_connection(desk: Desk) -> None:
    fails(desk, 1)
    desk.request(Refusal(Reason.CONFERENCE))
    assert [record.reason for record in desk.saved] == ["conference"]


def lose_an_answer(desk: Desk, begun: int = 0) -> None:
    """Let the database make the next claim, of `begun` seconds before, and break the connection."""
    claim, left = desk.store.claim, [1]

    def lost(record: PageRecord) -> bool:
        told = claim(replace(record, started_at=record.started_at - timedelta(seconds=begun)))
        left[0] -= 1
        if left[0] >= 0:
            raise DatabaseUnavailable("away")
        return told

    desk.store.claim = lost  # type: ignore[method-assign]


def test_a_claim_whose_answer_is_lost_is_our_own(desk: Desk) -> None:
    lose_an_answer(desk)
    desk.switch.answers[f"uuid_getvar {P}"] = "_undef_"
    desk.request(Refusal(Reason.CONFERENCE))
    assert desk.switch.names() == ["uuid_getvar", "uuid_getvar", "uuid_setvar", "uuid_transfer"]


def test_a_claim_whose_answer_is_lost_is_left_alone_if_its_leg_has_gone(desk: Desk) -> None:
    lose_an_answer(desk)
    desk.switch.answers[f"uuid_getvar {P}"] = "-ERR No such channel!"
    desk.request(Refusal(Reason.CONFERENCE))
    assert "uuid_transfer" not in desk.switch.names()


@pytest.mark.parametrize("variable", ["whisperpage_page", "whisperpage_cause"])
def test_a_claim_whose_answer_is_lost_is_anothers_if_that_has_begun(desk: Desk, variable: str) -> None:
    lose_an_answer(desk)
    desk.switch.answers[f"uuid_getvar {P}"] = "_undef_"
    desk.switch.answers[f"uuid_getvar {P} {variable}"] = "something"
    desk.request(Refusal(Reason.CONFERENCE))
    assert "uuid_transfer" not in desk.switch.names()


def test_a_claim_whose_answer_is_lost_is_anothers_if_it_has_another_time(desk: Desk) -> None:
    lose_an_answer(desk, begun=1)
    desk.request(Refusal(Reason.CONFERENCE))
    assert "uuid_transfer" not in desk.switch.names()


def test_a_request_that_another_controller_has_taken_is_not_refused_for_want_of_a_database(
    desk: Desk,
) -> None:
    fails(desk, 2)
    desk.switch.answers["uuid_getvar"] = "page-1"
    desk.request(Whisper(LEG, None))
    assert desk.switch.names() == ["uuid_getvar"]
    assert desk.saved == []


def test_a_bypass_media_call_is_brought_back_first_and_sent_away_by_the_switch_afterwards(desk: Desk) -> None:
    def dump(uuid: str, partner: str) -> str:
        return (
            f'{{"Unique-ID":"{uuid}","Channel-State":"CS_SOFT_EXECUTE","Answer-State":"answered",'
            f'"variable_bridge_to":"{partner}","Channel-Read-Codec-Rate":"16000"}}'
        )

    desk.switch.answers |= {f"uuid_dump {T}": dump(T, F), f"uuid_dump {F}": dump(F, T)}
    away = replace(LEG, state="CS_HIBERNATE", bypass=True, read_rate=0)
    desk.request(Whisper(away, replace(away, uuid=F), bypass=True))
    assert desk.switch.asked[0] == f"uuid_media {T}"
    relay = next(text for text in desk.switch.asked if text.startswith("originate"))
    assert f"api_hangup_hook=sched_api\\s+2\\swhisperpage-{T}\\suuid_media\\soff\\s{T}" in relay
    assert desk.saved[-1].treatment == "whisper"


def test_media_that_does_not_come_back_is_a_refusal(desk: Desk) -> None:
    desk.switch.answers["uuid_media"] = "-ERR Operation failed"
    away = replace(LEG, state="CS_HIBERNATE", bypass=True)
    desk.request(Whisper(away, replace(away, uuid=F), bypass=True))
    assert desk.saved[-1].reason == "media_elsewhere"


def test_a_page_right_after_another_of_a_bypass_media_call_keeps_the_media_and_sends_it_away_later(
    desk: Desk,
) -> None:
    desk.switch.answers["sched_del"] = "+OK Deleted: 1"
    desk.request(Whisper(LEG, None))
    assert "sched_api" in next(text for text in desk.switch.asked if text.startswith("originate"))


# -- what others than the switch ask for -------------------------------------------------------------------

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")


def paged(desk: Desk, far: Leg | None = LEG) -> str:
    """The target is being paged; the page's id."""
    desk.request(Whisper(LEG, replace(far, uuid=F) if far else None))
    [live] = desk.live.all()
    return live.record.page_id


def called(desk: Desk) -> str:
    """The target is being called by intercom; the call's id."""
    desk.request(Intercom(((DEVICE,),), automatic=True))
    [live] = desk.live.all()
    return live.record.page_id


def test_a_page_is_listed_until_it_ends(desk: Desk) -> None:
    assert desk.live.all() == ()
    page = paged(desk)
    assert page == desk.saved[-1].page_id
    desk.see(hangup(RELAY))
    assert desk.live.all() == ()


@pytest.mark.parametrize(
    ("wished", "states"), [((Toggle.ON, Toggle.ON, Toggle.OFF), "110"), ((Toggle.FLIP, Toggle.FLIP), "10")]
)
def test_a_page_is_muted_unmuted_and_toggled_by_its_targets_name(
    desk: Desk, wished: tuple[Toggle, ...], states: str
) -> None:
    paged(desk)
    desk.switch.asked.clear()
    for toggle, state in zip(wished, states, strict=True):
        assert desk.control.mute(TARGET, toggle) == (state == "1")
        desk.settle()
    said = [text.split(" ")[4] for text in desk.switch.asked if " execute_extension " in text]
    assert said == [f"mute-{RELAY}", f"unmute-{RELAY}"]


def test_nobody_is_muted_without_a_page_or_a_far_party(desk: Desk) -> None:
    assert desk.control.mute(TARGET, Toggle.ON) is None
    paged(desk, far=None)
    assert desk.control.mute(TARGET, Toggle.ON) is None
    assert desk.control.mute(PAGER, Toggle.ON) is None


def test_a_page_is_stopped_by_its_targets_name_once(desk: Desk) -> None:
    paged(desk)
    assert not desk.control.stop(PAGER)
    assert desk.control.stop(TARGET)
    assert not desk.control.stop(TARGET)
    desk.settle()
    assert desk.switch.asked[-1].startswith(f"uuid_kill {RELAY}")
    desk.see(hangup(RELAY))
    assert desk.saved[-1].ending == "stopped"


@pytest.mark.parametrize(("begin", "killed"), [(paged, RELAY), (called, P)])
def test_a_page_or_call_is_ended_by_its_id(desk: Desk, begin: Callable[[Desk], str], killed: str) -> None:
    page = begin(desk)
    assert not desk.control.end("another")
    assert desk.control.end(page)
    desk.settle()
    assert desk.switch.asked[-1].startswith(f"uuid_kill {killed}")
    desk.see(hangup(killed))
    assert desk.saved[-1].ending == "stopped"


def test_an_intercom_call_is_not_stopped_as_a_page(desk: Desk) -> None:
    called(desk)
    assert not desk.control.stop(TARGET)


def test_switching_pages_off_ends_the_page_that_is_up(desk: Desk) -> None:
    paged(desk)
    assert desk.blocked.block(TARGET, Toggle.ON)
    desk.settle()
    assert desk.switch.asked[-1].startswith(f"uuid_kill {RELAY}")
    desk.see(hangup(RELAY))
    assert desk.saved[-1].ending == "blocked"
    assert not desk.blocked.block(TARGET, Toggle.FLIP)


def test_switching_pages_off_leaves_pages_to_others(desk: Desk) -> None:
    paged(desk)
    assert desk.blocked.block(PAGER, Toggle.FLIP)
    desk.settle()
    assert "uuid_kill" not in desk.switch.names()


def test_a_page_to_somebody_who_switches_off_while_it_is_decided_is_refused(desk: Desk) -> None:
    def changes_its_mind(request: Request) -> tuple[Request, Decision]:
        desk.blocked.block(TARGET, Toggle.ON)
        return request, Whisper(LEG, None)

    desk.decider.decide = changes_its_mind  # type: ignore[method-assign]
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].reason == "pages_off"
    assert "originate" not in desk.switch.names()


def test_a_refusal_that_could_not_be_claimed_is_kept_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(record: PageRecord) -> bool:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(desk.store, "claim", away)
    desk.request(Refusal(Reason.STORE_TROUBLE))
    assert [each.reason for each in desk.saved] == ["store_trouble"]


def test_the_off_code_makes_no_attempt_in_the_history(desk: Desk) -> None:
    variables = {"sip_authorized": "true", "user_name": "1002", "domain_name": "pbx.test"}
    variables["whisperpage_request"] = "off"
    variables["transfer_history"] = f"1795353634:{P}:bl_xfer:pages/whisperpage@switch/XML"
    headers = {f"variable_{name}": value for name, value in variables.items()}
    desk.requests.on_request(event("CUSTOM", P, **headers))
    desk.settle()
    assert desk.store.off == {TARGET}
    assert desk.saved == []


def lamps(desk: Desk) -> list[tuple[str, bool]]:
    return [(headers["proto"], "unique-id" in headers) for headers in desk.switch.told]


def test_a_page_lights_its_lamp_after_its_keys_and_darkens_it_at_its_end(desk: Desk) -> None:
    paged(desk)
    assert lamps(desk) == [("whisper", True)]
    desk.see(hangup(RELAY))
    assert lamps(desk) == [("whisper", True), ("whisper", False)]


def test_a_page_that_is_muted_by_its_key_lights_the_lamp_of_that(desk: Desk) -> None:
    paged(desk)
    desk.see(event("MEDIA_BUG_START", F, **{"Media-Bug-Function": "audio"}))
    assert lamps(desk)[1:] == [("whispermute", True)]
    desk.see(hangup(RELAY))
    assert lamps(desk)[2:] == [("whisper", False), ("whispermute", False)]


def test_a_page_that_is_muted_by_name_lights_the_lamp_of_that(desk: Desk) -> None:
    paged(desk)
    desk.control.mute(TARGET, Toggle.ON)
    desk.settle()
    assert lamps(desk)[1:] == [("whispermute", True)]


# -- what is counted and logged of it ----------------------------------------------------------------------


def counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(code): count for code, count in counts.items() if count}


def test_an_attempt_is_counted_by_what_became_of_it(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    desk.request(Refusal(Reason.FAX))
    assert counted(desk.metrics.attempts) == {"whisper": 1, "refused": 1}
    assert counted(desk.metrics.refusals) == {"fax": 1}
    assert desk.metrics.own.count == desk.metrics.taking.count == 2


def test_an_attempt_that_was_to_be_a_page_and_is_refused_is_counted_as_refused_alone(desk: Desk) -> None:
    desk.switch.answers[f"uuid_transfer {RELAY}"] = "-ERR no"
    desk.request(Whisper(LEG, None))
    assert counted(desk.metrics.attempts) == {"refused": 1}
    assert [each.reason for each in desk.metrics.lately] == ["switch_trouble"]


def test_an_attempt_that_another_controller_has_is_not_counted(desk: Desk) -> None:
    desk.request(Refusal(Reason.FAX))
    desk.ask(Refusal(Reason.FAX), P)
    assert counted(desk.metrics.attempts) == {"refused": 1}


def test_the_end_of_a_page_and_of_a_call_are_counted(desk: Desk) -> None:
    desk.request(Whisper(LEG, None))
    desk.see(event("CHANNEL_HOLD", T))
    desk.see(hangup(RELAY))
    desk.request(Intercom(((DEVICE,),), automatic=True))
    desk.see(hangup("p-2"))
    assert counted(desk.metrics.endings) == {"held": 1, "unanswered": 1}


def test_a_pager_that_hangs_up_while_its_page_is_made_is_counted_and_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = desk.switch.api

    def hang_up(call: ApiCall, deadline: float) -> Outcome:
        if call.text.startswith("uuid_answer"):
            desk.live.observe(hangup(P))
            return Outcome(Status.REFUSED, "-ERR No such channel!")
        return answer(call, deadline)

    monkeypatch.setattr(desk.switch, "api", hang_up)
    desk.request(Whisper(LEG, None))
    assert counted(desk.metrics.endings) == {"pager_hung_up": 1}
    assert desk.saved[-1].ending == "pager_hung_up"


@pytest.mark.parametrize(
    ("treatment", "step", "ending"),
    [
        (Whisper(LEG, None), "uuid_setvar_multi", "pager_hung_up"),
        (Intercom(((DEVICE,),), automatic=True), "uuid_setvar", "unanswered"),
    ],
)
def test_a_pager_that_has_hung_up_before_its_page_is_begun_is_no_trouble_of_the_switch(
    desk: Desk, treatment: Decision, step: str, ending: str
) -> None:
    desk.switch.answers |= {f"{step} {P}": "-ERR No such channel!", f"uuid_exists {P}": "false"}
    desk.request(treatment)
    assert (desk.saved[-1].reason, desk.saved[-1].ending) == (None, ending)
    assert not counted(desk.metrics.refusals)


def test_every_command_for_a_page_is_logged_with_its_id(desk: Desk) -> None:
    with capture_logs([merge_contextvars]) as logs:
        desk.request(Whisper(LEG, replace(LEG, uuid=F)))
        desk.control.mute(UserName("1002", "pbx.test"), Toggle.ON)
        desk.settle()
        desk.see(event("CHANNEL_HOLD", T))
        desk.see(hangup(RELAY))
    (page,) = {entry["page"] for entry in logs if entry["event"] == "page.taken"}
    commands = [entry for entry in logs if entry["event"] == "command"]
    of_lamps = re.compile("sendevent|.* number-alias$")
    for_lamps = [entry for entry in commands if of_lamps.match(entry["command"])]
    assert len(commands) - len(for_lamps) > 10
    assert {entry["page"] for entry in commands if entry not in for_lamps} == {page}


@pytest.mark.parametrize("told", ["The Client", "_undef_"])
def test_the_targets_phone_shows_the_page_when_it_is_up_if_it_is_to(told: str) -> None:
    desk = Desk(show=True)
    desk.switch.answers |= {f"uuid_getvar {T} last_sent_callee_id_name": told}
    desk.switch.answers |= {f"uuid_getvar {T} last_sent_callee_id_number": "5551"}
    paged(desk)
    shown = f"uuid_display {T} Page from 1001|1001"
    assert (shown in desk.switch.asked) == (told == "The Client")
    last = desk.switch.names().index("uuid_transfer")
    assert desk.switch.names().index("uuid_getvar") > last
    desk.beside.close()


def test_the_targets_phone_shows_nothing_of_it_otherwise(desk: Desk) -> None:
    paged(desk)
    assert not any("uuid_display" in text for text in desk.switch.asked)


def test_a_page_to_somebody_who_switches_off_while_it_is_made_is_refused(desk: Desk) -> None:
    asked = desk.switch.api

    def api(call: ApiCall, deadline: float) -> Outcome:
        if call.text.startswith("uuid_answer"):
            desk.blocked.block(TARGET, Toggle.ON)
        return asked(call, deadline)

    desk.switch.api = api  # type: ignore[method-assign]
    desk.request(Whisper(LEG, None))
    assert desk.saved[-1].reason == "pages_off"
    assert f"uuid_kill {RELAY} NORMAL_CLEARING" in desk.switch.asked


def test_a_page_that_sql_permits_corrects_what_was_seen_before(desk: Desk) -> None:
    desk.store.off = {TARGET}
    desk.blocked.look()
    desk.store.off = set()
    paged(desk)
    assert TARGET not in desk.blocked
    desk.store.off = {TARGET}
    desk.blocked.look()
    desk.settle()
    assert desk.switch.asked[-1].startswith(f"uuid_kill {RELAY}")


# -- limits ------------------------------------------------------------------------------------------------


@pytest.fixture
def limited() -> Iterator[Desk]:
    """A pager may ask three times a minute, and a target be paged twice."""
    desk = Desk(pager=3, target=2)
    yield desk
    desk.beside.close()


def reasons(desk: Desk) -> list[str | None]:
    return [record.reason for record in desk.saved]


def test_beyond_its_limit_a_pager_is_refused_and_nothing_is_asked(limited: Desk) -> None:
    for _ in range(3):
        limited.request(Refusal(Reason.CONFERENCE))
    limited.decider.decide = None  # type: ignore[method-assign, assignment]
    limited.switch.asked.clear()
    limited.request(Whisper(LEG, None))
    assert reasons(limited) == ["conference", "conference", "conference", "too_often"]
    assert limited.switch.asked == [
        "uuid_setvar p-4 whisperpage_cause CALL_REJECTED",
        "uuid_transfer p-4 refuse XML whisperpage@switch",
    ]


def test_each_refusal_after_that_is_heard_and_counted_and_no_row(limited: Desk) -> None:
    for _ in range(103):
        limited.request(Refusal(Reason.CONFERENCE))
    assert len(limited.saved) == 4
    assert limited.switch.names().count("uuid_transfer") == 103
    assert limited.metrics.refusals[Reason.TOO_OFTEN] == 100
    limited.limits.close()
    limited.settle()
    assert (len(limited.saved), limited.saved[-1].attempts) == (5, 100)
    assert limited.saved[-1].page_id == limited.saved[-2].page_id


def test_calls_of_nobody_are_refused_as_such_and_counted_in_one_row(limited: Desk) -> None:
    limited.decider.outcome = Refusal(Reason.NOT_AUTHENTICATED)
    for number in range(20):
        extension = {"variable_whisperpage_request": "page", "variable_whisperpage_extension": f"2{number}"}
        limited.requests.on_request(event("CUSTOM", f"n-{number}", **extension))
    limited.settle()
    limited.limits.close()
    limited.settle()
    assert set(reasons(limited)) == {"not_authenticated"}
    assert len({record.page_id for record in limited.saved}) == 4
    assert (limited.saved[-1].pager, limited.saved[-1].attempts) == (None, 17)


def test_a_target_is_paged_no_more_often_than_its_limit_says(limited: Desk) -> None:
    for _ in range(3):
        limited.request(Whisper(LEG, None))
        limited.see(hangup(RELAY))
    assert limited.saved[-1].reason == "paged_too_often"
    assert sum("join-" in text for text in limited.switch.asked) == 2


def test_refused_pages_do_not_count_for_the_targets_limit(limited: Desk) -> None:
    for _ in range(2):
        limited.request(Refusal(Reason.NOT_ACCEPTED))
    limited.request(Whisper(LEG, None))
    assert limited.saved[-1].treatment == "whisper"


def test_a_click_that_was_counted_as_it_was_asked_for_is_not_counted_again(limited: Desk) -> None:
    variables = {"whisperpage_clicked_by": "1001@pbx.test", "whisperpage_request": "page"}
    variables |= {"whisperpage_extension": "1002"}
    for number in range(5):
        click = variables | {"whisperpage_click": f"00000000-0000-0000-0000-{number:012}"}
        asked = {"Call-Direction": "outbound"} | {f"variable_{name}": each for name, each in click.items()}
        limited.requests.on_request(event("CUSTOM", f"c-{number}", **asked))
        limited.settle()
    assert reasons(limited) == ["conference"] * 5


def test_a_pager_whom_another_controller_has_shut_out_is_refused_without_a_row(desk: Desk) -> None:
    taken(desk, None)
    assert desk.switch.asked == [
        f"uuid_setvar {P} whisperpage_cause CALL_REJECTED",
        f"uuid_transfer {P} refuse XML whisperpage@switch",
    ]
    assert desk.saved == []


def test_attempts_are_counted_by_the_controller_that_owns_the_row(limited: Desk) -> None:
    for _ in range(3):
        limited.request(Refusal(Reason.CONFERENCE))
    taken(limited, None)
    before = len(limited.saved)
    for _ in range(5):
        limited.request(Refusal(Reason.CONFERENCE))
    limited.limits.close()
    limited.settle()
    assert len(limited.saved) == before
    assert limited.switch.names().count("uuid_transfer") == 3 + 6

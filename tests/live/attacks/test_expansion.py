"""The switch runs no text from a phone (finding 1), whoever writes it and wherever."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from controller.laboratory.esl import ESL
from controller.laboratory.lab import Lab
from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.attacks.agent import ACCEPT, Agent, Answer, Dialog, redirect
from tests.live.attacks.payloads import FORMS, HEARD, SPACED, Payload, Payloads
from tests.live.attacks.wide import MANUAL_PORT, NAMED_PORT
from tests.live.office import Office, wait_for
from tests.live.pbx import DOMAIN as PBX_DOMAIN
from tests.live.pbx import SECRETS, Pbx, whisperpage

NOT_FOUND, BUSY = 404, 486
#: The number of payloads that are tried at the same time.
AT_ONCE = 12


def tried(payloads: Iterable[Payload], attack: Callable[[Payload], int]) -> dict[str, int]:
    """The result of each payload, by its form."""
    each = list(payloads)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip([one.form for one in each], pool.map(attack, each), strict=True))


def refused(found: dict[str, int]) -> bool:
    """Whether every call was refused."""
    return all(status >= 400 for status in found.values())


def redirected(callee: Agent, domain: str, payloads: Iterable[Payload]) -> list[Payload]:
    """Make the callee answer each call with a 302 to one of the payloads."""
    each = list(payloads)
    left = deque(each)
    callee.answer = lambda _: redirect(f"<sip:{left.popleft().text}@{domain}>")
    return each


def transfers(agent: Agent, call: Dialog, domain: str, payload: Payload) -> int:
    """Transfer the other party of a call to a payload; 200 if the switch has done so."""
    done = " 200 " in agent.refer(call, f"<sip:{payload.text}@{domain}>")
    if not done:
        agent.hang_up(call)
    return 200 if done else 0


def dialled_and_transferred(caller: Agent, number: str, domain: str) -> Callable[[Payload], int]:
    def attack(payload: Payload) -> int:
        return transfers(caller, caller.call(number), domain, payload)

    return attack


def answered_and_transferred(
    caller: Agent, number: str, callee: Agent, domain: str
) -> Callable[[Payload], int]:
    def attack(payload: Payload) -> int:
        caller.call(number)
        return transfers(callee, callee.rung(), domain, payload)

    return attack


# -- control -----------------------------------------------------------------------------------------------


def test_expansion_of_a_phones_text_would_be_seen(
    lab: Lab, caller: Agent, callee: Agent, payloads: Payloads
) -> None:
    """Without this, the silence below would prove nothing."""
    wanted = {form: "control-" + FORMS[form] for form in ("plain", "variable", "global", "in eval")}
    calls = redirected(callee, DOMAIN, payloads.of(wanted, {"space": "control-" + SPACED["space"]}))
    assert set(tried(calls, lambda _: caller.call("1007").status).values()) == {NOT_FOUND}
    assert payloads.run(lab.pbx) == [*wanted, "space"]


# -- by the number of a call -------------------------------------------------------------------------------


def test_a_users_phone_dials_it(office: Office, caller: Agent, payloads: Payloads) -> None:
    found = tried(payloads.of(FORMS, HEARD), lambda each: caller.call(each.text).status)
    assert payloads.run(office.lab.pbx) == []
    assert refused(found), found


def test_an_outside_phone_dials_it(lab: Lab, outside: Agent, payloads: Payloads) -> None:
    found = tried(payloads.of(FORMS), lambda each: outside.call(each.text).status)
    assert payloads.run(lab.pbx) == []
    assert refused(found), found


# -- by a 302 ----------------------------------------------------------------------------------------------


def test_a_called_users_phone_redirects_to_it(
    office: Office, caller: Agent, callee: Agent, payloads: Payloads
) -> None:
    calls = redirected(callee, DOMAIN, payloads.of(FORMS, HEARD, SPACED))
    found = tried(calls, lambda _: caller.call("1007").status)
    assert payloads.run(office.lab.pbx) == []
    assert refused(found), found


def test_a_called_phone_outside_redirects_to_it(
    lab: Lab, caller: Agent, outside: Agent, payloads: Payloads
) -> None:
    calls = redirected(outside, DOMAIN, payloads.of(FORMS, SPACED))
    port = outside.address.rpartition(":")[2]
    found = tried(calls, lambda _: caller.call(f"out-{port}").status)
    assert payloads.run(lab.pbx) == []
    assert refused(found), found


def test_a_called_phone_redirects_an_outside_caller_to_it(
    lab: Lab, outside: Agent, callee: Agent, payloads: Payloads
) -> None:
    calls = redirected(callee, DOMAIN, payloads.of(FORMS, SPACED))
    found = tried(calls, lambda _: outside.call("1007").status)
    assert payloads.run(lab.pbx) == []
    assert refused(found), found


def test_a_called_phone_redirects_to_it_where_the_profile_leaves_that_to_the_dialplan(
    lab: Lab, caller: Agent, payloads: Payloads
) -> None:
    with Agent(MANUAL_PORT, "1009", "pw1009", DOMAIN) as callee:
        assert callee.register() == 200
        calls = redirected(callee, "elsewhere.test", payloads.of(FORMS, SPACED))
        found = tried(calls, lambda _: caller.call("man-1009").status)
    assert payloads.run(lab.pbx) == []
    assert refused(found), found


# -- by a transfer -----------------------------------------------------------------------------------------


def test_a_users_phone_transfers_who_it_called_to_it(
    office: Office, caller: Agent, callee: Agent, payloads: Payloads
) -> None:
    found = tried(payloads.of(FORMS, HEARD, SPACED), dialled_and_transferred(caller, "1007", DOMAIN))
    assert payloads.run(office.lab.pbx) == []
    assert set(found.values()) == {200}, found


def test_a_users_phone_transfers_who_called_it_to_it(
    lab: Lab, caller: Agent, callee: Agent, payloads: Payloads
) -> None:
    attack = answered_and_transferred(caller, "1007", callee, DOMAIN)
    found = tried(payloads.of(FORMS, SPACED), attack)
    assert payloads.run(lab.pbx) == []
    assert set(found.values()) == {200}, found


def test_a_phone_outside_transfers_who_called_it_to_it(
    lab: Lab, caller: Agent, outside: Agent, payloads: Payloads
) -> None:
    port = outside.address.rpartition(":")[2]
    attack = answered_and_transferred(caller, f"out-{port}", outside, DOMAIN)
    found = tried(payloads.of(FORMS, SPACED), attack)
    assert payloads.run(lab.pbx) == []
    assert set(found.values()) == {200}, found


# -- by a forward of the dialplan --------------------------------------------------------------------------


def test_a_forward_of_the_dialplan_passes_it_on(
    lab: Lab, caller: Agent, callee: Agent, payloads: Payloads
) -> None:
    """The forward expands its number by itself; the results of these forms are again complete forms."""
    wanted = {form: "fwd-" + FORMS[form] for form in ("escaped", "encoded", "encoded twice")}
    wanted["escaped and global"] = "fwd-\\$${RUN}"
    wanted["escaped at the off key"] = "fwd-whisperoff+\\${RUN}"
    found = tried(redirected(callee, DOMAIN, payloads.of(wanted)), lambda _: caller.call("1007").status)
    assert payloads.run(lab.pbx) == []
    assert refused(found), found


def new_legs(lab: Lab, known: set[str]) -> list[str]:
    """The legs of 1007's phone that are not known yet. The switch's table also has some that have gone."""
    listed = [row["uuid"] for row in lab.channels(presence_id="1007@") if row["uuid"] not in known]
    return [leg for leg in listed if lab.pbx.api(f"uuid_exists {leg}").strip() == "true"]


def test_another_program_passes_it_on(lab: Lab, caller: Agent, callee: Agent, payloads: Payloads) -> None:
    known: set[str] = set()
    for payload in payloads.of(FORMS):
        caller.call("1007")
        legs = wait_for(lambda: new_legs(lab, known), "the leg")
        known.update(legs)
        assert lab.pbx.api(f"uuid_transfer {legs[0]} {payload.text}").startswith("+OK")
    assert payloads.run(lab.pbx) == []


# -- by anything else that a phone writes ------------------------------------------------------------------

#: Each of these numbers takes another way through our extensions.
DIALLED = ["*19", "*191002", "*151009", "*20", "whisperoff+1001"]


def hung_up(agent: Agent, call: Dialog) -> int:
    status = call.status
    agent.hang_up(call)
    return status


@pytest.mark.parametrize("number", DIALLED)
def test_a_phone_writes_it_into_its_own_headers(
    office: Office, caller: Agent, payloads: Payloads, number: str
) -> None:
    written = {
        "From, the name": lambda text: {"says": f'"{text}" <sip:1001@{DOMAIN}>'},
        "From, the user": lambda text: {"says": f"<sip:{text}@{DOMAIN}>"},
        "To": lambda text: {"to": f'"{text}" <sip:{text}@{DOMAIN}>'},
        "Contact": lambda text: {"headers": f"Contact: <sip:{text}@{caller.address}>\r\n"},
        "Call-ID": lambda text: {"call_id": text},
    }
    for name in (
        "Subject", "Diversion", "Referred-By", "P-Asserted-Identity", "Remote-Party-ID", "Call-Info",
        "X-whisperpage_extension", "X-whisperpage_cause", "P-whisperpage_dial", "Alert-Info", "Organization",
    ):  # fmt: skip
        written[name] = lambda text, name=name: {"headers": f"{name}: <sip:{text}@{DOMAIN}>\r\n"}

    def attack(payload: Payload) -> int:
        with Agent(SIP_PORT, "1001", "pw1001", DOMAIN, agent=payload.text) as forger:
            given = written[payload.form](payload.text)
            forger.says = given.pop("says", "")
            return hung_up(forger, forger.call(number, **given))

    found = tried(payloads.of(dict.fromkeys(written, FORMS["plain"])), attack)
    office.lab.hang_up_all()
    assert payloads.run(office.lab.pbx) == []
    assert all(found.values()), found


@pytest.mark.parametrize("number", DIALLED)
def test_a_phone_writes_it_into_its_call_id(office: Office, payloads: Payloads, number: str) -> None:
    """The profile uses the Call-ID as the leg's uuid (`inbound-use-callid-as-uuid`)."""
    with Agent(NAMED_PORT, "1001", "pw1001", DOMAIN) as forger:
        found = tried(
            payloads.of(FORMS),
            lambda each: hung_up(forger, forger.call(number, call_id=each.text)),
        )
    office.lab.hang_up_all()
    assert payloads.run(office.lab.pbx) == []
    assert 200 not in [found[form] for form in ("plain", "nested", "global", "in text")], found


def test_an_honest_call_id_still_names_a_leg(office: Office) -> None:
    with Agent(NAMED_PORT, "1001", "pw1001", DOMAIN) as honest:
        assert honest.call("*191001", call_id="0c5f-ee@127.0.0.1").status == 603
    assert office.last_attempt(reason="oneself")["pager"] == f"1001@{DOMAIN}"


@pytest.mark.parametrize("how", ["paged", "clicked"])
def test_a_phone_registers_it(office: Office, caller: Agent, payloads: Payloads, how: str) -> None:
    """The contact is written into the dial string of an intercom call and of a click."""
    for payload in payloads.of({form: FORMS[form] for form in ("plain", "escaped")}):
        with Agent(SIP_PORT, "1008", "pw1008", DOMAIN) as phone:
            phone.answer = lambda _: Answer(BUSY)
            assert phone.register(f"<sip:{payload.text}@{phone.address}>") == 200
            assert phone.register(f"<sip:1008@{phone.address};x={payload.text}>") == 200
            if how == "paged":
                assert caller.call("*151008").status >= 400
            else:
                assert whisperpage(office.environment, "page", "1008", "1002").returncode == 1
            office.lab.pbx.api("sofia profile internal flush_inbound_reg 1008@pbx.test")
    office.lab.hang_up_all()
    assert payloads.run(office.lab.pbx) == []


# -- on the shipped configuration --------------------------------------------------------------------------


@pytest.fixture
def users(pbx: Pbx) -> Iterator[tuple[Agent, Agent]]:
    """1001's phone, and 1002's, which is registered."""
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(Agent(pbx.sip, user, SECRETS[f"phone_{user}_password"], PBX_DOMAIN))
            for user in ("1001", "1002")
        )
        assert second.register() == 200
        yield first, second


@pytest.fixture
def administrator(pbx: Pbx) -> Iterator[ESL]:
    with closing((esl := pbx.login()).sock):
        yield esl


def test_nobody_makes_the_shipped_configuration_run_it(
    pbx: Pbx, administrator: ESL, users: tuple[Agent, Agent], payloads: Payloads
) -> None:
    caller, callee = users
    dialled = tried(payloads.of(FORMS), lambda each: caller.call(each.text).status)
    calls = redirected(callee, PBX_DOMAIN, payloads.of(FORMS, SPACED))
    sent = tried(calls, lambda _: caller.call("1002").status)
    callee.answer = lambda _: ACCEPT
    moved = tried(payloads.of(FORMS, SPACED), dialled_and_transferred(caller, "1002", PBX_DOMAIN))
    assert payloads.run(administrator) == []
    assert refused(dialled | sent)
    # the call may end before its transfer is reported
    assert list(moved.values()).count(200) > len(moved) / 4, moved


def test_no_outside_caller_makes_it_run_either(
    pbx: Pbx, administrator: ESL, users: tuple[Agent, Agent], payloads: Payloads
) -> None:
    _, callee = users
    with Agent(pbx.trunk) as outside:
        dialled = tried(payloads.of(FORMS), lambda each: outside.call(each.text).status)
        calls = redirected(callee, PBX_DOMAIN, payloads.of(FORMS, SPACED))
        sent = tried(calls, lambda _: outside.call("1002").status)
        callee.answer = lambda _: ACCEPT
        moved = tried(
            payloads.of({"plain": FORMS["plain"]}), dialled_and_transferred(outside, "1002", PBX_DOMAIN)
        )
    assert payloads.run(administrator) == []
    assert refused(dialled | sent)
    assert set(moved.values()) == {0}  # disable-transfer

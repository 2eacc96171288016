"""P6, P7: other programs and other phones act on the legs of a page and of its call.

The page then ends, or goes on unchanged. It never moves, only the target hears the pager, and nothing of the
page is left over.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping

import pytest

from tests.live.office import Office, wait_for
from tests.live.parties import heard, legs, whom

PAGE = ("relay", "relay_b", "speak", "voice")
#: Seconds for which an eavesdropper may hear the page until it ends: it is there before anybody can know of
#: it.
UNTIL_KNOWN = 0.2

TO_THE_PAGER = [
    "uuid_park {pager}",
    "uuid_transfer {pager} 'valet_park:lot 6001' inline",
    "uuid_transfer {pager} 1003",
    "uuid_transfer {pager} 1003 XML default",
    "uuid_transfer {pager} -both 1003 XML default",
    "uuid_transfer {pager} -bleg 1003 XML default",
    "uuid_dual_transfer {pager} 1003/default/XML 1003/default/XML",
    "uuid_deflect {pager} sip:1003@127.0.0.1:5060",
    "uuid_hold {pager}",
    "uuid_media off {pager}",
    "uuid_broadcast {pager} conference::3001@default aleg",
    "uuid_broadcast {pager} bridge::user/1003@pbx.test aleg",
    "uuid_broadcast {pager} att_xfer::user/1003@pbx.test aleg",
]
TO_THE_PAGE = [
    "uuid_park {relay}",
    "uuid_transfer {relay} 'valet_park:lot 6001' inline",
    "uuid_media off {relay}",
    *(f"uuid_transfer {{{leg}}} 1003 XML default" for leg in PAGE),
    *(f"uuid_hold {{{leg}}}" for leg in PAGE),
]
TO_THE_CALL = [
    "uuid_park {}",
    "uuid_transfer {} 'valet_park:lot 6001' inline",
    "uuid_transfer {} 1003 XML default",
    "uuid_hold {}",
    "uuid_media off {}",
    "uuid_broadcast {} conference::3001@default aleg",
    "uuid_broadcast {} att_xfer::user/1003@pbx.test aleg",
]
WITHOUT_EFFECT = [
    "uuid_broadcast {pager} tone_stream://%(500,0,1900) both",
    "uuid_broadcast {relay} tone_stream://%(500,0,1900)",
    "uuid_broadcast {target} tone_stream://%(500,0,1900) both",
    "uuid_media off {relay_b}",
    "uuid_media off {speak}",
    "uuid_media off {voice}",
]
#: The ways in which a third phone joins a leg: by an application, or by a program that bridges the two.
LISTENS = ("eavesdrop", "three_way")
BY_APPLICATION = ("intercept", *LISTENS)
BY_PROGRAM = ("uuid_bridge {third} {leg}", "uuid_bridge {leg} {third}")
#: The legs in a bridge are tried in every way, the others in the first ways.
BRIDGED, UNBRIDGED = ("pager", "relay"), ("relay_b", "speak", "voice")


@pytest.fixture
def paged(office: Office) -> dict[str, str]:
    """The legs of a page that is up; the target is the caller of its call."""
    office.target_calls()
    office.page()
    return legs(office)


@pytest.fixture(params=["target_calls", "customer_calls"])
def either(office: Office, request: pytest.FixtureRequest) -> dict[str, str]:
    """The legs of a page that is up; the target is the caller or the callee of its call."""
    getattr(office, request.param)()
    office.page()
    return legs(office)


def third_comes(office: Office, how: str, leg: str) -> None:
    """Connect the phone of 1003 to a leg."""
    if how in BY_APPLICATION:
        office.lab.pbx.command(f"bgapi originate user/1003@pbx.test &{how}({leg})")
        return
    third = office.lab.pbx.api("create_uuid")
    originate = f"originate {{origination_uuid={third}}}user/1003@pbx.test &park"
    assert office.lab.pbx.api(originate).startswith("+OK")
    office.lab.pbx.api(how.format(third=third, leg=leg))


def assert_over(office: Office, page: Mapping[str, str], *, call: bool = True, leak: float = 0.0) -> None:
    """Assert that the page is gone, that nobody has heard too much, and that an untouched `call` goes on."""
    wait_for(office.page_is_gone, "the page to be gone")
    if call:
        assert office.partner(page["target"]) == page["far"]
        assert not office.bugs(page["target"])
        assert not office.bugs(page["far"])
        time.sleep(0.5)  # the time that is recorded and measured
    assert_nobody_heard_the_pager(office, leak)


def assert_nobody_heard_the_pager(office: Office, leak: float = 0.0) -> None:
    """Assert that only the third phone has heard the pager, and for at most `leak` seconds."""
    found = heard(office)
    assert whom(found, "1001") <= {"1002", "1003"}, found
    assert found.get("1001", {}).get("1003", 0) <= leak, found
    assert found.get("1003", {}).get("1001", 0) <= leak, found
    assert "1001" not in whom(found, "customer"), found


@pytest.mark.parametrize("command", [*TO_THE_PAGER, *TO_THE_PAGE])
def test_a_program_that_changes_a_leg_of_the_page_ends_it(
    office: Office, paged: dict[str, str], command: str
) -> None:
    office.lab.pbx.api(command.format(**paged))
    assert_over(office, paged)


@pytest.mark.parametrize(
    ("leg", "how"),
    [
        *itertools.product(BRIDGED, (*BY_APPLICATION, *BY_PROGRAM)),
        *itertools.product(UNBRIDGED, (*BY_APPLICATION, BY_PROGRAM[0])),
    ],
)
def test_somebody_who_joins_a_leg_of_the_page_ends_it(
    office: Office, paged: dict[str, str], leg: str, how: str
) -> None:
    third_comes(office, how, paged[leg])
    assert_over(office, paged, leak=UNTIL_KNOWN if how in LISTENS else 0)


@pytest.mark.parametrize("leg", ["target", "far"])
@pytest.mark.parametrize("command", TO_THE_CALL)
def test_a_program_that_changes_the_targets_call_ends_the_page(
    office: Office, either: dict[str, str], leg: str, command: str
) -> None:
    office.lab.pbx.api(command.format(either[leg]))
    assert_over(office, either, call=False)


@pytest.mark.parametrize("leg", ["target", "far"])
@pytest.mark.parametrize("how", [*BY_APPLICATION, *BY_PROGRAM])
def test_somebody_who_joins_the_targets_call_ends_the_page(
    office: Office, paged: dict[str, str], leg: str, how: str
) -> None:
    third_comes(office, how, paged[leg])
    assert_over(office, paged, call=False, leak=UNTIL_KNOWN if how in LISTENS else 0)


@pytest.mark.parametrize("command", WITHOUT_EFFECT)
def test_harmless_commands_leave_a_page_alone(office: Office, paged: dict[str, str], command: str) -> None:
    office.lab.pbx.api(command.format(**paged))
    time.sleep(1)  # the length of the tones, and long enough for any end of the page
    assert office.whispering()
    assert legs(office) == paged
    time.sleep(2)  # the time that is recorded and measured
    found = heard(office)
    assert whom(found, "1001", 1.2) == whom(found, "customer", 1.2) == {"1002"}, found
    assert whom(found, "1002", 1.2) == {"1001", "customer"}, found
    assert whom(found, "1001") == whom(found, "customer") == {"1002"}, found


@pytest.mark.parametrize(
    "command",
    [
        "uuid_park {pager}",
        "uuid_transfer {pager} 1003 XML default",
        "uuid_transfer {pager} -bleg 1003 XML default",
        "uuid_media off {pager}",
        "uuid_transfer {relay} 1003 XML default",
        "uuid_park {relay}",
        "uuid_transfer {relay_b} 1003 XML default",
    ],
)
def test_the_switch_itself_ends_a_page_that_is_sent_elsewhere(
    office: Office, paged: dict[str, str], command: str
) -> None:
    office.kill_controller()
    office.lab.pbx.api(command.format(**paged))
    assert_over(office, paged)


@pytest.mark.parametrize(
    ("leg", "how"),
    [*itertools.product(BRIDGED, ("intercept", *BY_PROGRAM)), *itertools.product(UNBRIDGED, BY_PROGRAM[:1])],
)
def test_the_switch_itself_ends_a_page_that_is_joined_to_another_leg(
    office: Office, paged: dict[str, str], leg: str, how: str
) -> None:
    office.kill_controller()
    third_comes(office, how, paged[leg])
    # a leg without a bridge hangs up after the first ten frames of a new one
    assert_over(office, paged, leak=0 if leg in ("pager", "relay") else 0.3)

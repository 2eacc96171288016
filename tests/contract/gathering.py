"""An office with a page group: two members talk to customers, others are idle, and some cannot be reached."""

from __future__ import annotations

from controller.administration import page_groups
from controller.administration.reach import EVERYTHING
from controller.domain.names import UserName
from controller.domain.page_group import PageGroupName
from controller.domain.record import PageRecord
from controller.simulator.media import Quality
from controller.simulator.phones import PhoneCall
from controller.store.session import Store

DOMAIN = "pbx.test"
GROUP = "*19600"
#: The members: 1001 is the pager, 1006 has a phone that does not answer by itself, 1009 has none.
MEMBERS = ("1001", "1002", "1003", "1004", "1005", "1006", "1009")
#: Who hears whom while the page is up.
HEARD = {
    "1001": set[str](),
    "1002": {"1001", "customer"},
    "1003": {"1001", "customer2"},
    "1004": {"1001"},
    "1005": {"1001"},
    "customer": {"1002"},
    "customer2": {"1003"},
}
#: A small group, and who hears whom in a page to it.
FEW = ("1001", "1002", "1005")
HEARD_BY_FEW = {who: heard for who, heard in HEARD.items() if who != "1004"} | {"1003": {"customer2"}}


def make_group(store: Store, members: tuple[str, ...] = MEMBERS) -> None:
    """Write the group 600 into SQL."""
    name = PageGroupName("600", DOMAIN)
    with store.unit() as unit:
        page_groups.add(unit, EVERYTHING, name)
        for member in members:
            page_groups.add_member(unit, EVERYTHING, name, UserName(member, DOMAIN))
        unit.commit()


def voices(matrix: dict[str, dict[str, Quality]]) -> dict[str, set[str]]:
    """Who clearly hears whose voice."""
    parties = set(HEARD)
    return {
        who: {other for other in heard if other in parties}
        for who, heard in matrix.items()
        if who in parties and heard is not None
    }


def by_target(records: list[PageRecord]) -> dict[str, tuple[str, str | None]]:
    """The treatment, and the reason or ending, of each attempt, by the extension of its target."""
    return {
        each.called.partition("@")[0]: (each.treatment.value, each.reason or each.ending) for each in records
    }


def on_calls(dial, settle, first: str = "9555") -> tuple[PhoneCall, PhoneCall]:
    """1002 and 1003 call the two customers, 1002 by the number `first`."""
    calls = dial("1002", first), dial("1003", "9200")
    settle(lambda: all(each.leg.link for each in calls), "the calls")
    return calls

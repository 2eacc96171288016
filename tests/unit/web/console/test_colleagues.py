"""The receptionist's page: colleagues, whether they can be paged, and pages to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from controller.app import Controller
from controller.domain.colleague import Colleague
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept
from controller.domain.toggle import Toggle
from controller.simulator.office import Office
from controller.store import audit, favourites, groups, users
from controller.store.settings import GroupChanges, UserChanges
from controller.web.console import roll
from controller.web.console.roll import Edition
from tests.unit.web.console.conftest import Browser
from tests.unit.web.office import at_work, call, talk, user, whispering

Browse = Callable[..., Browser]
Wait = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)


def everybody(browser: Browser) -> dict[str, dict[str, Any]]:
    roll, now = (cast(dict[str, Any], browser.get(f"/console/{part}")) for part in ("roll", "colleagues"))
    return {each["ext"]: {**each, **now["states"].get(each["ext"], {})} for each in roll["colleagues"]}


def mine(browser: Browser) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], cast(dict[str, Any], browser.get("/console/colleagues"))["mine"])


def verdict(browser: Browser, extension: str) -> tuple[str, str | None]:
    found = cast(dict[str, dict[str, Any]], browser.get(f"/console/verdicts?ext={extension}"))[extension]
    return found["becomes"], found["why"]


def test_colleagues_are_those_in_sql_and_those_with_a_phone(browse: Browse, controller: Controller) -> None:
    with controller.store.unit() as unit:
        users.add(unit, UserName("1010", "pbx.test"), UserChanges())
        unit.commit()
    found = everybody(browse())
    assert list(found) == ["1001", "1002", "1003", "1004", "1005", "1006", "1010"]
    assert {ext for ext, each in found.items() if not each["registered"]} == {"1010"}


def test_nobody_of_another_domain_is_among_them(browse: Browse, controller: Controller) -> None:
    with controller.store.unit() as unit:
        users.add(unit, UserName("2001", "two.test"), UserChanges())
        unit.commit()
    assert "2001" not in everybody(browse())
    assert list(everybody(browse(user=UserName("2002", "two.test")))) == ["2001"]


def test_a_colleague_has_a_name_and_a_group_without_its_domain(
    browse: Browse, controller: Controller, eventually: Wait
) -> None:
    with controller.store.unit() as unit:
        groups.add(unit, GroupName("sales@pbx.test"), GroupChanges())
        users.change(unit, user(1002), UserChanges(settings_group="sales@pbx.test"))
        unit.commit()
    browser = browse()
    assert everybody(browser)["1002"]["group"] == "sales"
    eventually(lambda: everybody(browser)["1002"]["name"] == "Ext 1002")


def test_a_call_is_shown_with_its_beginning_and_without_the_client(
    browse: Browse, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    browser = browse()
    eventually(lambda: everybody(browser)["1002"].get("state") == "on_call")
    assert everybody(browser)["1002"]["since"]
    for part in ("roll", "colleagues"):
        assert "9555" not in str(browser.get(f"/console/{part}"))
        assert "customer" not in str(browser.get(f"/console/{part}"))


def test_pages_that_are_off_are_shown(browse: Browse, controller: Controller) -> None:
    controller.blocked.block(user(1002), Toggle.ON)
    assert everybody(browse())["1002"]["off"] is True


def test_a_verdict_says_what_a_page_would_become(
    browse: Browse, office: Office, controller: Controller
) -> None:
    talk(office, controller)
    browser = browse()
    assert verdict(browser, "1002") == ("whisper", None)
    assert verdict(browser, "1005") == ("intercom", None)


def test_a_verdict_says_why_not(browse: Browse, controller: Controller) -> None:
    controller.blocked.block(user(1002), Toggle.ON)
    assert verdict(browse(), "1002") == ("refused", "pages_off")


@pytest.mark.parametrize("number", ["3001"])
def test_a_verdict_says_nothing_of_what_the_call_is(
    browse: Browse, office: Office, controller: Controller, number: str
) -> None:
    call(office, controller, number)
    assert verdict(browse(), "1002") == ("refused", "unavailable")


def test_a_verdict_says_nothing_of_whom_somebody_accepts(browse: Browse, controller: Controller) -> None:
    with controller.store.unit() as unit:
        nobody = UserChanges(whisper_accept=Accept.NONE, intercom_accept=Accept.NONE)
        users.change(unit, user(1002), nobody)
        unit.commit()
    assert verdict(browse(), "1002") == ("refused", "unavailable")


def test_verdicts_are_only_for_as_many_as_are_in_view(browse: Browse) -> None:
    wanted = "&".join(f"ext={number}" for number in range(3000, 3100))
    assert len(cast(dict[str, Any], browse().get(f"/console/verdicts?{wanted}"))) == 40


def test_a_page_goes_from_the_ringing_of_the_own_phone_to_its_end(
    browse: Browse, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    browser = browse()
    started = cast(dict[str, Any], browser.post("/console/page", 202, ext="1002"))
    assert (started["state"], started["other"], started["pages"]) == ("ringing", "1002", True)
    eventually(lambda: whispering(controller))
    (page,) = mine(browser)
    assert (page["state"], page["treatment"], page["other"]) == ("up", "whisper", "1002")
    assert everybody(browser)["1002"]["paged"] == "yes"
    assert browser.post("/console/end") == {"ended": True}
    eventually(lambda: not mine(browser))


def test_who_is_on_a_call_speaks_privately_to_a_colleague_and_both_see_it(
    browse: Browse, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    pager, target = browse(user=user(1002)), browse(user=user(1001))
    started = cast(dict[str, Any], pager.post("/console/reverse", 202, ext="1001"))
    assert (started["state"], started["treatment"]) == ("ringing", "reverse")
    eventually(lambda: [each["state"] for each in mine(pager)] == ["up"])
    for browser, pages, other in ((pager, True, "1001"), (target, False, "1002")):
        (page,) = mine(browser)
        assert (page["treatment"], page["pages"], page["other"]) == ("reverse", pages, other)
    assert "paged" not in everybody(pager)["1001"]
    assert target.post("/console/mute", 409) == {"muted": None}
    assert pager.post("/console/end") == {"ended": True}
    eventually(lambda: not mine(pager))


def test_who_is_on_no_call_is_told_so(browse: Browse) -> None:
    refused = cast(dict[str, Any], browse().post("/console/reverse", 409, ext="1002"))
    assert (refused["state"], refused["reason"]) == ("refused", "pager_idle")


def test_a_third_colleague_sees_that_somebody_is_paged_and_not_by_whom(
    browse: Browse, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    browse().post("/console/page", 202, ext="1002")
    eventually(lambda: whispering(controller))
    third = browse(user=user(1003))
    assert everybody(third)["1002"]["paged"] == "yes"
    assert mine(third) == []
    assert third.post("/console/end") == {"ended": False}
    assert whispering(controller)


def test_who_is_paged_mutes_itself(
    browse: Browse, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    browse().post("/console/page", 202, ext="1002")
    eventually(lambda: whispering(controller))
    target = browse(user=user(1002))
    (page,) = mine(target)
    assert (page["pages"], page["other"]) == (False, "1001")
    assert target.post("/console/mute") == {"muted": True}
    eventually(lambda: everybody(target)["1002"]["paged"] == "muted")


def test_a_refused_page_says_why_in_a_neutral_way(
    browse: Browse, office: Office, controller: Controller
) -> None:
    call(office, controller, "3001")
    refused = cast(dict[str, Any], browse().post("/console/page", 409, ext="1002"))
    assert (refused["state"], refused["reason"]) == ("refused", "unavailable")


@pytest.mark.parametrize("ext", ["", "1002@two.test", "<script>", "x" * 33])
def test_what_is_no_extension_is_not_paged(browse: Browse, ext: str) -> None:
    browse().post("/console/page", 400, ext=ext)


def test_pages_to_oneself_are_switched_off_and_on(browse: Browse, controller: Controller) -> None:
    browser = browse()
    assert browser.post("/console/pages-off") == {"off": True}
    assert user(1001) in controller.blocked
    assert browser.post("/console/pages-off") == {"off": False}
    with controller.store.reading() as reading:
        found = [(each.actor, each.action, each.subject, each.details) for each in audit.listing(reading)]
    assert found[::-1] == [
        ("1001@pbx.test", "user changed", "1001@pbx.test", f"pages_off: {now}") for now in ("yes", "no")
    ]


def test_a_new_phone_makes_a_new_edition(
    browse: Browse, office: Office, eventually: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll, "FRESH", 0.05)
    browser = browse()
    before = cast(dict[str, Any], browser.get("/console/colleagues"))["edition"]
    office.phone(1006).vanish()
    eventually(lambda: not everybody(browser).get("1006", {}).get("registered"))
    assert cast(dict[str, Any], browser.get("/console/colleagues"))["edition"] != before


def test_favourites_are_kept_for_each_user(browse: Browse) -> None:
    browser = browse()
    for ext in ("1002", "1003", "1003"):
        assert browser.post("/console/favourites", ext=ext, kept="yes") == {"kept": True}
    assert browser.post("/console/favourites", ext="1002", kept="no") == {"kept": False}

    def favourites(of: Browser) -> object:
        return cast(dict[str, Any], of.get("/console/colleagues"))["favourites"]

    assert favourites(browse()) == ["1003"]
    assert favourites(browse(user=user(1002))) == []
    assert favourites(browse(user=UserName("1001", "two.test"))) == []


def test_only_so_many_favourites_are_kept(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(favourites, "MOST", 1)
    browser = browse()
    browser.post("/console/favourites", ext="1002", kept="yes")
    browser.post("/console/favourites", 400, ext="1003", kept="yes")


def test_the_next_edition_says_what_is_new_in_it() -> None:
    first = Edition("", ()).followed_by((Colleague(user(1001)), Colleague(user(1002))))
    assert first.followed_by(first.colleagues) is first
    second = first.followed_by((Colleague(user(1002), name="Bea"), Colleague(user(1003))))
    changes = json.loads(second.changes)
    assert changes["before"] == first.id
    assert [each["ext"] for each in changes["changed"]] == ["1002", "1003"]
    assert changes["gone"] == ["1001"]

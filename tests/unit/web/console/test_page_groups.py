"""Page groups in the console; an administrator of one domain changes its own alone."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape

from controller.app import Controller
from controller.domain.names import GroupName, UserName
from controller.domain.page_group import PageGroup, PageGroupName
from controller.simulator.office import Office
from controller.store import groups, page_groups, users
from controller.store.settings import UserChanges
from tests.unit.web.console.conftest import Browser, changes, read, send
from tests.unit.web.office import user

YARD = "600@pbx.test"
ANNA = "1002@pbx.test"
LONG = "6" * 10_240


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    """A page group of all domains with a member of each of two, and one of another domain."""
    with controller.store.unit() as unit:
        users.add(unit, user(1002), UserChanges())
        groups.add(unit, GroupName("sales"), {})
        page_groups.add(unit, PageGroupName("700"), "for all")
        for member in (user(1003), UserName("2001", "two.test")):
            page_groups.add_member(unit, PageGroupName("700"), member)
        page_groups.add(unit, PageGroupName("600", "two.test"), "theirs")
        unit.commit()


@pytest.fixture
def yard(controller: Controller) -> None:
    with controller.store.unit() as unit:
        page_groups.add(unit, PageGroupName.parse(YARD), "Yard")
        unit.commit()


def of(controller: Controller, name: str) -> PageGroup:
    with controller.store.reading() as reading:
        return page_groups.show(reading, PageGroupName.parse(name))


def test_a_page_group_is_added_changed_and_removed_and_each_is_in_the_audit(
    admin: Browser, controller: Controller
) -> None:
    send(admin, "page-groups/add", name=YARD, label="Yard")
    assert "Yard" in read(admin, "page-groups")
    send(admin, "page-groups/change", name=YARD, label="Hof")
    assert of(controller, YARD).label == "Hof"
    send(admin, "page-groups/remove", name=YARD)
    assert YARD not in read(admin, "page-groups")
    assert [each[1:] for each in reversed(changes(controller))] == [
        ("page_group added", YARD, ""),
        ("page_group changed", YARD, "label: Yard -> Hof"),
        ("page_group removed", YARD, ""),
    ]


def test_members_are_added_and_removed_below_the_form(
    admin: Browser, controller: Controller, yard: None
) -> None:
    for member in (ANNA, "group:sales", ANNA):
        answer = send(admin, "page-groups/members/add", name=YARD, member=member)
        assert answer.headers["Location"] == "/console/page-groups/edit?name=600@pbx.test&done=1"
    page = read(admin, f"page-groups/edit?name={YARD}")
    assert re.findall(r'name="member" value="([^"]+)"', page) == ["group:sales", ANNA]
    assert "Its list of 2 members goes with it" in page
    send(admin, "page-groups/members/remove", name=YARD, member="group:sales")
    assert of(controller, YARD).members == (user(1002),)
    assert len(changes(controller)) == 3


def test_of_two_editors_the_second_is_told_and_a_new_member_is_no_change_of_the_label(
    admin: Browser, yard: None
) -> None:
    found = re.search(r'name="version" value="(\w+)"', read(admin, f"page-groups/edit?name={YARD}"))
    assert found
    send(admin, "page-groups/members/add", name=YARD, member=ANNA)
    for status, label in ((303, "first"), (412, "second")):
        send(admin, "page-groups/change", status, name=YARD, label=label, version=found[1])


@pytest.mark.parametrize(("name", "sentence"), [("700", "There is a page group 700"), (ANNA, "is a user")])
def test_an_extension_that_is_taken_is_told(admin: Browser, name: str, sentence: str) -> None:
    assert sentence in send(admin, "page-groups/add", 409, name=name).text


def test_what_is_no_page_group_is_one_sentence_and_changes_nothing(
    admin: Browser, controller: Controller
) -> None:
    names = ("", "<script>", "600@", "600@a b", "6'0", '6"0', "60\n0", "${system(id)}", LONG)
    for name, label in (*((name, "") for name in names), ("800", LONG)):
        answer = send(admin, "page-groups/add", 400, name=name, label=label)
        (said,) = re.findall(r'role="alert" lang="en">([^<]*)<', answer.text)
        assert said.endswith(".")
        assert len(said) < 200
        assert "<script>" not in answer.text
    assert changes(controller) == []


def test_what_is_no_member_is_told_on_the_form_and_changes_nothing(
    admin: Browser, controller: Controller, yard: None
) -> None:
    for status, member in (
        *((400, each) for each in ("", "1002", "<script>@x", "${system(id)}@pbx.test", "10\n02@pbx.test")),
        *((400, each) for each in (f"{LONG}@pbx.test", "2001@two.test", "group:'")),
        (404, "group:nosuch"),
    ):
        answer = send(admin, "page-groups/members/add", status, name=YARD, member=member)
        (said,) = re.findall(r'role="alert" lang="en">([^<]*)<', answer.text)
        assert len(said) < 200
        assert "<script>" not in answer.text
        assert YARD in answer.text
    assert "is not a member" in send(admin, "page-groups/members/remove", 404, name=YARD, member=ANNA).text
    assert changes(controller) == []


@pytest.mark.parametrize("name", ["", "<script>", "600@", "nosuch"])
def test_a_name_that_names_no_page_group_is_not_there(admin: Browser, name: str) -> None:
    answer = admin.client.get("/console/page-groups/edit", query_string={"name": name})
    assert answer.status_code == (404 if name == "nosuch" else 400)
    assert answer.mimetype == "application/problem+json"  # which no browser takes for a page
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_the_administrator_of_a_domain_writes_as_a_label_is_text_for_the_one_of_all(
    tenant: Browser, admin: Browser, controller: Controller, yard: None
) -> None:
    for label in ("<script>owned()</script>", "${system(id)}", "\"'><b onclick=x>", "{{ 7 * 7 }}"):
        send(tenant, "page-groups/change", name=YARD, label=label)
        for path in ("page-groups", f"page-groups/edit?name={YARD}", "audit"):
            page = admin.client.get(f"/console/{path}").text
            assert str(escape(label)) in page, path
            assert "<script>owned" not in page
            assert "<b onclick" not in page
    send(tenant, "page-groups/change", name=YARD, label="two\nlines\x00\u202e!")
    assert of(controller, YARD).label == "two lines  !"


def test_a_tenant_sees_those_of_all_with_its_own_members_and_changes_its_own(
    tenant: Browser, controller: Controller, yard: None
) -> None:
    page = read(tenant, "page-groups")
    assert "1003@pbx.test" in page
    assert "two.test" not in page
    assert "theirs" not in page
    assert re.findall(r'href="/console/page-groups/edit\?name=([^"]*)"', page) == [YARD]
    for path in ("change", "remove", "members/add", "members/remove"):
        send(tenant, f"page-groups/{path}", 403, name="700", label="x", member="1003@pbx.test")
        send(tenant, f"page-groups/{path}", 404, name="600@two.test", label="x", member=ANNA)
    for name in ("800", "800@two.test"):
        send(tenant, "page-groups/add", 403, name=name)
    send(tenant, "page-groups/members/add", 403, name=YARD, member="2001@two.test")
    assert changes(controller) == []

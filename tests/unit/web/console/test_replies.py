"""The replies to pages in the console; a tenant changes its own alone."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from controller.app import Controller
from controller.domain.names import GroupName
from controller.domain.reply import Reply
from controller.simulator.office import Office
from controller.store import groups, replies
from tests.unit.web.console.conftest import Browser, changes, read, send
from tests.unit.web.office import at_work, user

OWN = "@pbx.test *1"


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)
    with controller.store.unit() as unit:
        for name in ("sales", "desk@two.test"):
            groups.add(unit, GroupName(name), {})
        replies.put(unit, "@two.test", Reply("7", "words of others"))
        replies.put(unit, "desk@two.test", Reply("8", "words of others"))
        unit.commit()


def of_1002(controller: Controller) -> dict[str, Reply]:
    """What 1002 can answer, by digit."""
    with controller.store.reading() as reading:
        return {each.digit: each for each in replies.effective(reading, user(1002))}


def test_a_reply_is_added_changed_and_removed_and_each_is_in_the_audit(
    admin: Browser, controller: Controller
) -> None:
    send(admin, "replies/add", name="@pbx.test", digit="1", words="auf dem Weg", declines="no")
    assert "auf dem Weg" in read(admin, "replies")
    send(admin, "replies/change", name=OWN, words="heute nicht", declines="yes")
    assert of_1002(controller)["1"] == Reply("1", "heute nicht", declines=True)
    send(admin, "replies/remove", name=OWN)
    assert of_1002(controller)["1"] == Reply("1", "I am coming")
    assert [each[1:3] for each in reversed(changes(controller))] == [
        ("reply added", OWN), ("reply changed", OWN), ("reply removed", OWN),
    ]  # fmt: skip
    assert "words: auf dem Weg -> heute nicht" in changes(controller)[1][3]


def test_a_reply_without_words_takes_the_key_away(admin: Browser, controller: Controller) -> None:
    send(admin, "replies/add", name="@pbx.test", digit="2", words="", declines="no")
    assert "2" not in of_1002(controller)
    assert "(no reply by this key)" in read(admin, "replies")


def test_a_group_has_replies_of_its_own(admin: Browser) -> None:
    send(admin, "replies/add", name="sales", digit="1", words="sold", declines="no")
    assert "sold" in read(admin, f"replies/edit?name={quote('sales *1')}")


def test_who_adds_what_is_there_is_told_and_changes_nothing(admin: Browser, controller: Controller) -> None:
    answer = send(admin, "replies/add", 409, name="*", digit="1", words="no", declines="no")
    assert "has a reply by *1 already" in answer.text
    assert of_1002(controller)["1"].words == "I am coming"


def test_of_two_editors_the_second_is_told(admin: Browser) -> None:
    version = re.search(r'name="version" value="(\w+)"', read(admin, f"replies/edit?name={quote('* *1')}"))
    assert version
    fields = {"name": "* *1", "declines": "no", "version": version[1]}
    send(admin, "replies/change", words="first", **fields)
    send(admin, "replies/change", 412, words="second", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "*", "digit": "12", "words": "x"},
        {"name": "*", "digit": "", "words": "x"},
        {"name": "*", "digit": "x", "words": "x"},
        {"name": "*", "digit": "9", "words": "x" * 65},
        {"name": "*", "digit": "9", "words": "a\u202eb"},
        {"name": "*", "digit": "9", "words": "a\nb"},
        {"name": "@", "digit": "9", "words": "x"},
        {"name": "<script>", "digit": "9", "words": "x"},
        {"name": "*", "digit": "9", "words": "x", "declines": "perhaps"},
    ],
)
def test_what_is_no_reply_changes_nothing(
    admin: Browser, controller: Controller, fields: dict[str, str]
) -> None:
    answer = send(admin, "replies/add", 400, **{"declines": "no", **fields})
    assert "<script>" not in answer.text
    assert changes(controller) == []


@pytest.mark.parametrize("name", ["", "*1", "sales", "<script> *1"])
def test_a_name_that_names_no_reply_is_not_valid(admin: Browser, name: str) -> None:
    answer = admin.client.get(f"/console/replies/edit?name={quote(name)}", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "<script>" not in answer.text


def test_a_tenant_sees_those_of_all_and_its_own(tenant: Browser) -> None:
    send(tenant, "replies/add", name="@pbx.test", digit="4", words="our own", declines="no")
    page = read(tenant, "replies")
    assert "our own" in page
    assert "I am coming" in page
    assert "others" not in page
    assert re.findall(r'href="/console/replies/edit\?name=([^"]*)"', page) == ["@pbx.test+*4"]


@pytest.mark.parametrize("name", ["*", "sales", "@two.test", "desk@two.test", "nowhere"])
def test_a_tenant_changes_only_its_own(tenant: Browser, controller: Controller, name: str) -> None:
    answer = tenant.client.post(
        "/console/replies/add",
        data={"form_token": tenant.token, "name": name, "digit": "5", "words": "x", "declines": "no"},
    )
    assert answer.status_code in (403, 404)
    assert changes(controller) == []


@pytest.mark.parametrize("there", ["@two.test *7", "desk@two.test *8"])
def test_a_reply_of_another_tenant_is_as_one_that_does_not_exist(tenant: Browser, there: str) -> None:
    nowhere = f"{there[:-1]}9"
    for path in ("replies/edit", "replies/change", "replies/remove"):
        sentences = []
        for name in (there, nowhere):
            if path == "replies/edit":
                page = read(tenant, f"{path}?name={quote(name)}", 404)
            else:
                page = send(tenant, path, 404, name=name, words="x", declines="no").text
            sentences.append(page.replace(name[-2:], ""))
        assert sentences[0] == sentences[1]
        assert "others" not in sentences[0]

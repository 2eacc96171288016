"""Call backs in the console: administrators see those that wait, and remove them."""

from __future__ import annotations

import re

import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.simulator.office import Office
from tests.unit.web.console.conftest import Browser, changes, read, send
from tests.unit.web.office import user

#: Who wait, and for whom: the switch knows none of them, so nobody is rung.
OURS = f"{user(1901)} {user(1902)}"
THEIRS = "2001@two.test 2002@two.test"


@pytest.fixture(autouse=True)
def waiting(controller: Controller, office: Office) -> None:
    controller.call_backs.ask(Feature.WHISPER, user(1901), user(1902))
    controller.call_backs.ask(Feature.INTERCOM, *map(UserName.parse, THEIRS.split()))


def pairs(browser: Browser) -> list[str]:
    return re.findall(r'name="call_back" value="([^"]+)"', read(browser, "call-backs"))


def test_who_waits_for_whom_and_until_when_is_shown(admin: Browser, controller: Controller) -> None:
    page = read(admin, "call-backs")
    first = controller.call_backs.waiting()[0]
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    for shown in ("1901@pbx.test", "1902@pbx.test", "whisper", first.expires_at.isoformat()):
        assert shown in rows[1]
    assert f'aria-label="Remove {OURS}"' in rows[1]


def test_one_is_removed_once_here_and_in_sql_and_that_is_in_the_audit(
    admin: Browser, controller: Controller
) -> None:
    send(admin, "call-backs/remove", call_back=OURS)
    assert [str(each.pager) for each in controller.call_backs.waiting()] == ["2001@two.test"]
    assert pairs(admin) == [THEIRS]
    assert "does not wait for a call back" in send(admin, "call-backs/remove", 404, call_back=OURS).text
    assert [each[1:3] for each in changes(controller)] == [("call_back removed", OURS)]


def test_where_nobody_waits_the_page_says_so(tenant: Browser) -> None:
    send(tenant, "call-backs/remove", call_back=OURS)
    assert "Nothing here." in read(tenant, "call-backs")


def test_a_tenant_sees_and_removes_its_own_alone(tenant: Browser, controller: Controller) -> None:
    assert pairs(tenant) == [OURS]
    send(tenant, "call-backs/remove", 404, call_back=THEIRS)
    assert len(controller.call_backs.waiting()) == 2
    assert changes(controller) == []


def test_what_names_no_call_back_is_one_sentence_and_changes_nothing(
    admin: Browser, controller: Controller
) -> None:
    hostile = ("<script>", "${system(id)}@x", '10"01@x', "10\n01@x", "1" * 10_240 + "@x")
    for sent in ("", "1901@pbx.test", *(f"{each} 1902@pbx.test" for each in hostile)):
        answer = send(admin, "call-backs/remove", 400, call_back=sent)
        (said,) = re.findall(r'<p lang="en">([^<]*)</p>', answer.text)
        assert len(said) < 200
        assert "<script>" not in answer.text
    assert changes(controller) == []

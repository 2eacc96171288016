"""Users by a file in the console: all of it or nothing, with the sentences of the command line."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.names import GroupName, UserName
from controller.simulator.office import Office
from controller.store import bulk, groups, users
from controller.web.body import MAX_BODY
from controller.web.console.admin import transfer
from tests.unit.web.console.conftest import Browser, changes, read
from tests.unit.web.office import at_work, user

FILE = b"user,group,pages_off\n1002@pbx.test,sales,\n1007@pbx.test,,yes\n"
STRANGER = UserName("2001", "two.test")


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)
    with controller.store.unit() as unit:
        for name in ("sales", "desk@two.test"):
            groups.add(unit, GroupName(name), {})
        users.add(unit, STRANGER, {})
        unit.commit()


def send(browser: Browser, content: bytes, status: int = 200, **fields: str) -> TestResponse:
    """Send a file as a form does."""
    data = {"form_token": browser.token, "file": (io.BytesIO(content), "users.csv"), **fields}
    answer = browser.client.post("/console/users/import", data=data, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer


def names(controller: Controller) -> set[str]:
    with controller.store.reading() as reading:
        return set(map(str, bulk.names(reading)))


def test_users_are_added_and_changed_by_a_file_and_the_audit_says_so(
    admin: Browser, controller: Controller
) -> None:
    assert "1 added, 1 changed, 0 left as they were" in send(admin, FILE).text
    with controller.store.reading() as reading:
        assert users.show(reading, user(1002)).group == "sales"
        assert users.show(reading, user(1007)).pages_off
    ((actor, action, subject, details),) = changes(controller)
    assert (actor, action, subject) == ("1001@pbx.test", "users imported", "users.csv")
    assert details == "1 added, 1 changed"


def test_what_would_change_is_counted_and_nothing_is_changed(admin: Browser, controller: Controller) -> None:
    before = names(controller)
    assert "It would be: 1 added, 1 changed" in send(admin, FILE, count="yes").text
    assert (names(controller), changes(controller)) == (before, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FILE + b"1008\n", "Line 4: 1 cell for 3 columns: write one for each. Nothing was changed."),
        (FILE + b"1008@pbx.test,nowhere,\n", "Line 4: There is no settings group nowhere: add it first."),
        (FILE + b"1008@pbx.test,desk@two.test,\n", "is of another domain"),
        (b"\xff\xfe" + FILE, "Line 1: It is not UTF-8 text"),
        (b"", "Line 1: It has no column user"),
        (b"user,<script>\n", "&#39;&lt;script&gt;&#39; is no column"),
    ],
)
def test_a_file_that_is_not_right_changes_nothing(
    admin: Browser, controller: Controller, content: bytes, said: str
) -> None:
    before = names(controller)
    assert said in send(admin, content, 400).text
    assert (names(controller), changes(controller)) == (before, [])


def test_who_chooses_no_file_is_told(admin: Browser) -> None:
    data = {"form_token": admin.token}
    answer = admin.client.post("/console/users/import", data=data, headers={"Accept": "text/html"})
    assert (answer.status_code, "No file was chosen." in answer.text) == (400, True)


def test_a_file_may_be_larger_than_other_forms_and_not_larger_than_that(
    admin: Browser, controller: Controller
) -> None:
    lines = b"".join(b"%d@pbx.test\n" % number for number in range(20_000, 20_000 + MAX_BODY // 12))
    assert len(lines) > MAX_BODY
    assert "added, 0 changed" in send(admin, b"user\n" + lines).text
    headers = {"X-Form-Token": admin.token}
    answer = admin.client.post("/console/users/import", data=b"x" * (transfer.LARGEST + 1), headers=headers)
    assert answer.status_code == 413


def test_a_file_is_not_even_read_for_somebody_who_may_not_send_it(browse: Callable[..., Browser]) -> None:
    assert send(browse(), b"user\n" + b"x\n" * MAX_BODY, 413)
    assert send(browse(), FILE, 404)


def test_a_tenant_imports_users_of_its_own_domain_alone(tenant: Browser, controller: Controller) -> None:
    before = names(controller)
    pages = [
        send(tenant, b"user\n1007@pbx.test\n%b@two.test\n" % extension, 403).text
        for extension in (b"2001", b"7777")
    ]
    assert pages[0] == pages[1]
    assert "Line 3: Only users of pbx.test can be added here. Nothing was changed." in pages[0]
    of_others = [
        send(tenant, b"user,group\n1007@pbx.test,%b\n" % group, 400).text.replace(group.decode(), "")
        for group in (b"desk@two.test", b"nosuch@two.test")
    ]
    assert of_others[0] == of_others[1]
    assert names(controller) == before
    send(tenant, FILE)
    assert "1007@pbx.test" in names(controller)


def test_the_file_of_all_users_is_one_that_changes_nothing(
    admin: Browser, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "PIECE", 2)
    send(admin, FILE)
    answer = admin.client.get("/console/users.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0].startswith("user,group,whisper_initiate")
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "1001@pbx.test", "1002@pbx.test", "1007@pbx.test", "2001@two.test",
    ]  # fmt: skip
    assert "0 added, 0 changed, 4 left" in send(admin, answer.data).text


def test_a_tenants_file_has_its_own_users(tenant: Browser) -> None:
    assert "two.test" not in tenant.client.get("/console/users.csv").text
    assert "1002@pbx.test" in tenant.client.get("/console/users.csv").text


def test_the_listing_leads_to_the_file_and_to_the_form(admin: Browser) -> None:
    page = read(admin, "users")
    assert 'href="/console/users.csv"' in page
    assert 'type="file"' in read(admin, "users/file")

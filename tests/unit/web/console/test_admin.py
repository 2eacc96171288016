"""The console of administrators: settings are seen and changed, of all domains or of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from controller.administration.history import DayCount
from controller.app import Controller
from controller.domain.console import Role
from controller.domain.message import Message
from controller.domain.names import GroupName, UserName
from controller.domain.record import PageRecord, Treatment
from controller.simulator.office import Office
from controller.store import accept, groups, messages, pages, users
from controller.store.settings import GroupChanges, UserChanges
from controller.web.console.admin.plot import HEIGHT, plot
from tests.unit.web.console.conftest import Browser, changes, read, send
from tests.unit.web.office import at_work, user

Browse = Callable[..., Browser]
STRANGER = UserName("2001", "two.test")
PATHS = ("board", "history", "users", "groups", "phones", "tokens", "invitations", "audit", "explain",
         "replies", "users/file", "keys/buttons")  # fmt: skip


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)
    with controller.store.unit() as unit:
        users.add(unit, STRANGER, UserChanges())
        groups.add(unit, GroupName("sales@two.test"), GroupChanges())
        unit.commit()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.TENANT])
@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_each_page_is_shown(browse: Browse, path: str, role: Role, language: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": language}
    answer = browse(role).client.get(f"/console/{path}", headers=headers)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_a_tenant_sees_nothing_of_another_one(tenant: Browser, controller: Controller, path: str) -> None:
    with controller.store.unit() as unit:
        now = datetime.now(UTC)
        for number, pager in enumerate((STRANGER, user(1001))):
            page_id = f"3b241101-e2bb-4255-8caf-4136c566a96{number}"
            pages.save(unit, PageRecord(page_id, "pbx", pager, pager, Treatment.REFUSED, now, "oneself"))
        unit.commit()
    assert "two.test" not in read(tenant, path)


@pytest.mark.parametrize(
    "path", ["users/edit?name=2001@two.test", "groups/edit?name=sales@two.test", "users/edit?name=7@two.test"]
)
def test_what_is_of_another_tenant_is_as_what_does_not_exist(tenant: Browser, path: str) -> None:
    assert "There is no" in read(tenant, path, 404)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("users/change", {"name": "2001@two.test", "pages_off": "yes"}),
        ("users/remove", {"name": "2001@two.test"}),
        ("users/bulk", {"chosen": "2001@two.test", "pages_off": "yes"}),
        ("groups/change", {"name": "sales@two.test", "whisper_initiate": "yes"}),
        ("groups/remove", {"name": "sales@two.test"}),
        ("lists/add", {"owner": "1001@pbx.test", "feature": "whisper", "allowed": "2001@two.test"}),
        ("lists/add", {"owner": "2001@two.test", "feature": "whisper", "allowed": "1001@pbx.test"}),
        ("keys/issue", {"name": "2001@two.test"}),
        ("invitations/revoke", {"number": "77"}),
    ],
)
def test_a_tenant_changes_nothing_of_another_one(
    tenant: Browser, controller: Controller, path: str, fields: dict[str, str]
) -> None:
    send(tenant, path, 404, **fields)
    assert changes(controller) == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("users/add", {"name": "7@two.test"}),
        ("groups/add", {"name": "all"}),
        ("groups/change", {"name": "default", "whisper_initiate": "no"}),
        ("phones/add", {"name": "Acme*", "vendor": "Acme", "kind": "desk"}),
        ("invitations/invite", {"name": "1@two.test", "role": "user", "days": "1"}),
        ("invitations/invite", {"name": "1001@pbx.test", "role": "admin", "days": "1"}),
    ],
)
def test_a_tenant_changes_nothing_that_is_of_all(
    tenant: Browser, controller: Controller, path: str, fields: dict[str, str]
) -> None:
    answer = tenant.client.post(f"/console/{path}", data={"form_token": tenant.token, **fields})
    assert answer.status_code in (400, 403)
    assert changes(controller) == []


def test_a_token_of_a_tenant_is_of_its_domain_whatever_is_sent(
    tenant: Browser, controller: Controller
) -> None:
    send(tenant, "tokens/issue", 200, domain="two.test", label="x", scopes="read")
    assert "pbx.test" in read(tenant, "tokens")


def test_a_user_is_added_changed_and_removed_and_each_is_in_the_audit(
    admin: Browser, controller: Controller
) -> None:
    send(admin, "users/add", name="1007@pbx.test", settings_group="default")
    send(admin, "users/change", name="1007@pbx.test", whisper_initiate="no", pages_off="yes")
    send(admin, "users/remove", name="1007@pbx.test")
    assert [each[:3] for each in reversed(changes(controller))] == [
        ("1001@pbx.test", "user added", "1007@pbx.test"),
        ("1001@pbx.test", "user changed", "1007@pbx.test"),
        ("1001@pbx.test", "user removed", "1007@pbx.test"),
    ]
    assert "pages_off: no -> yes" in changes(controller)[1][3]
    assert "1007@pbx.test" in read(admin, "audit")


def test_a_form_that_changes_nothing_changes_nothing(admin: Browser, controller: Controller) -> None:
    page = read(admin, "users/edit?name=1002@pbx.test")
    assert '<option value="" selected>as the group (yes)</option>' in page
    send(admin, "users/change", name="1002@pbx.test", whisper_initiate="", settings_group="default")
    assert changes(controller) == []


def test_what_the_database_refuses_is_told_in_the_form(admin: Browser) -> None:
    answer = send(admin, "users/add", 409, name="1002@pbx.test")
    assert "There is a user 1002@pbx.test already." in unescape(answer.text)
    assert 'value="1002@pbx.test"' in answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("users/add", {"name": "<script>@pbx.test"}),
        ("users/add", {"name": "1@pbx.test", "settings_group": "nowhere"}),
        ("users/change", {"name": "1002@pbx.test", "phone_kind": "fax"}),
        ("users/change", {"name": "1002@pbx.test", "auto_answer": "From: me"}),
        ("groups/add", {"name": "a b"}),
        ("groups/change", {"name": "default", "whisper_accept": "some"}),
        ("phones/add", {"name": "Acme*", "vendor": "Acme", "kind": "fax"}),
        ("phones/add", {"name": "Acme*", "vendor": "Acme", "kind": "desk", "position": "x"}),
        ("phones/add", {"name": "Acme*", "vendor": "Acme", "kind": "desk", "position": "-1000001"}),
        ("invitations/invite", {"name": "1@pbx.test", "role": "root", "days": "1"}),
        ("invitations/invite", {"name": "1@pbx.test", "role": "user", "days": "0"}),
        ("tokens/issue", {"domain": "a b", "scopes": "read"}),
        ("tokens/issue", {"domain": "", "label": ""}),
    ],
)
def test_what_is_not_valid_changes_nothing(
    admin: Browser, controller: Controller, path: str, fields: dict[str, str]
) -> None:
    answer = send(admin, path, 400, **fields)
    assert "<script>" not in answer.text
    assert changes(controller) == []


def test_of_two_editors_the_second_is_told(admin: Browser, controller: Controller) -> None:
    version = re.search(r'name="version" value="(\w+)"', read(admin, "users/edit?name=1002@pbx.test"))
    assert version
    send(admin, "users/change", name="1002@pbx.test", pages_off="yes", version=version[1])
    send(admin, "users/change", 412, name="1002@pbx.test", whisper_initiate="no", version=version[1])


def test_several_users_are_changed_at_a_time(admin: Browser, controller: Controller) -> None:
    send(admin, "users/bulk", chosen=["1001@pbx.test", "1002@pbx.test"], whisper_accept="none")
    with controller.store.reading() as reading:
        for extension in (1001, 1002):
            assert users.show(reading, user(extension)).whisper.accept == "none"


def test_of_several_users_all_are_changed_or_none(admin: Browser, controller: Controller) -> None:
    send(admin, "users/bulk", 404, chosen=["1001@pbx.test", "7777@pbx.test"], whisper_accept="none")
    assert changes(controller) == []


def test_users_are_found_and_shown_in_pieces(admin: Browser, controller: Controller) -> None:
    with controller.store.unit() as unit:
        for number in range(3000, 3150):
            users.add(unit, UserName(str(number), "pbx.test"), UserChanges())
        unit.commit()
    first = read(admin, "users?search=30")
    assert "3000@pbx.test" in first
    assert "3149@pbx.test" not in first
    more = re.search(r'href="/console/(users\?[^"]*after=[^"]*)"', read(admin, "users"))
    assert more
    assert "3149@pbx.test" in read(admin, more[1])


def test_a_group_is_added_changed_and_removed(admin: Browser, controller: Controller) -> None:
    send(admin, "groups/add", name="sales", whisper_initiate="yes")
    send(admin, "groups/change", name="sales", whisper_accept="listed")
    assert "by list" in read(admin, "groups")
    send(admin, "groups/remove", name="sales")
    assert "sales<" not in read(admin, "groups")
    assert len(changes(controller)) == 3


def test_what_goes_with_a_group_is_told_before(admin: Browser) -> None:
    send(admin, "groups/add", name="sales")
    assert "go with it" not in read(admin, "groups/edit?name=sales")
    send(admin, "lists/add", owner="group:sales", feature="whisper", allowed="1002@pbx.test")
    assert "1 entries of its lists go with it" in read(admin, "groups/edit?name=sales")


def test_a_group_that_is_needed_stays(admin: Browser) -> None:
    assert "is protected" in send(admin, "groups/remove", 400, name="default").text


def test_an_accept_list_is_changed_below_its_owner(admin: Browser, controller: Controller) -> None:
    entry = {"owner": "1002@pbx.test", "feature": "whisper", "allowed": "group:default"}
    answer = send(admin, "lists/add", **entry)
    assert "users/edit" in answer.headers["Location"]
    with controller.store.reading() as reading:
        assert len(accept.listing(reading, user(1002))) == 1
    assert "group:default" in read(admin, "users/edit?name=1002@pbx.test")
    send(admin, "lists/remove", **entry)
    assert "group:default<" not in read(admin, "users/edit?name=1002@pbx.test")


def test_a_phone_rule_is_added_changed_and_removed(admin: Browser, controller: Controller) -> None:
    headers = "Call-Info: <sip:{domain}>;answer-after=0"
    send(admin, "phones/add", name="Acme*", vendor="Acme", kind="desk", auto_answer=headers)
    send(admin, "phones/change", name="Acme*", vendor="Acme", kind="soft", auto_answer=headers)
    assert "Acme*" in read(admin, "phones")
    send(admin, "phones/remove", name="Acme*")
    assert [each[1] for each in reversed(changes(controller))] == [
        "phone_rule added", "phone_rule changed", "phone_rule removed",
    ]  # fmt: skip


def test_the_rule_of_a_phone_is_found_by_its_user_agent(admin: Browser) -> None:
    page = read(admin, "phones?search=Yealink SIP-T46U 108.86.0.20")
    assert page.count("phones/edit?") == 1
    assert "Yealink" in page
    assert "phones/edit?" not in read(admin, "phones?search=Nobody's phone")
    assert "snom" in read(admin, "phones?search=SNOM")


def test_a_phone_rule_may_be_before_the_first(admin: Browser) -> None:
    send(admin, "phones/add", name="Acme*", vendor="Acme", kind="desk", position="-20")
    assert "<td>Acme</td>" in read(admin, "phones").partition("-20")[2][:200]


def test_an_invitation_is_a_link_that_is_shown_once(admin: Browser, controller: Controller) -> None:
    page = send(admin, "invitations/invite", 200, name="1003@pbx.test", role="user", days="30").text
    link = re.search(r'value="http://localhost(/login/[\w-]{43})"', page)
    assert link
    assert link[1] not in read(admin, "invitations")
    assert "1003@pbx.test" in read(admin, "invitations")
    assert changes(controller)[0][1:3] == ("invitation added", "1003@pbx.test as user")
    assert link[1].rpartition("/")[2] not in str(changes(controller))


def test_a_revoked_invitation_logs_out(admin: Browser, browse: Browse) -> None:
    other = browse(user=user(1003))
    numbers = re.findall(r'name="number" value="(\d+)"', read(admin, "invitations"))
    send(admin, "invitations/revoke", number=numbers[0])
    assert "revoked" in read(admin, "invitations")
    del other


def test_a_token_is_shown_once_and_revoked(admin: Browser) -> None:
    page = send(admin, "tokens/issue", 200, domain="", label="tablet", scopes=["read", "page"]).text
    token = re.search(r'value="([\w-]{43})"', page)
    assert token
    assert token[1] not in read(admin, "tokens")
    send(admin, "keys/issue", 200, name="1001@pbx.test", label="desk")
    send(admin, "tokens/revoke", number="1")
    assert "tablet" in read(admin, "tokens")


def test_a_kiosks_token_is_shown_with_the_page_for_its_tablet(admin: Browser, controller: Controller) -> None:
    with controller.store.unit() as unit:
        messages.add(unit, "*", Message("visitor", "visitor.wav"))
        unit.commit()
    of_kiosk = {"domain": "pbx.test", "scopes": "kiosk", "sender": "lobby"}
    page = send(admin, "tokens/issue", 200, messages="visitor", **of_kiosk).text
    assert re.search(r'value="http://localhost/lobby#[\w-]{43}"', page)
    assert "visitor" in read(admin, "tokens")
    refused = send(admin, "tokens/issue", 404, messages="visitor parcel", **of_kiosk).text
    assert "There is no message parcel." in refused


def recorded(controller: Controller, number: int, dialled: str = "", **more: object) -> None:
    at = datetime.now(UTC) - timedelta(minutes=number)
    target = None if dialled else user(1002)
    record = PageRecord(
        f"3b241101-e2bb-4255-8caf-{number:012}", "pbx", user(1001), target, Treatment.REFUSED, at, "oneself",
        dialled=dialled,
    )  # fmt: skip
    with controller.store.unit() as unit:
        pages.save(unit, record)
        unit.commit()


def test_the_history_is_filtered_and_shown_in_pieces(admin: Browser, controller: Controller) -> None:
    for number in range(60):
        recorded(controller, number)
    page = read(admin, "history?user=1002&treatment=refused")
    assert page.count("<td>refused</td>") == 50
    more = re.search(r'href="/console/(history\?[^"]*at=[^"]*)"', page)
    assert more
    assert read(admin, more[1]).count("<td>refused</td>") == 10
    assert "Nothing here" in read(admin, "history?user=1003")


@pytest.mark.parametrize("wrong", ["user=a@b@c", "treatment=x", "since=yesterday", "until=2025-13-01"])
def test_a_filter_that_is_not_valid_is_told(admin: Browser, wrong: str) -> None:
    assert 'role="alert"' in read(admin, f"history?{wrong}")


def test_the_history_is_a_file_whose_cells_are_no_formulas(admin: Browser, controller: Controller) -> None:
    recorded(controller, 1, dialled="=1+1")
    answer = admin.client.get("/console/history.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0].startswith("page_id,switch,pager,target")
    assert ",'=1+1" in lines[1]


def test_a_target_that_is_a_script_is_text(admin: Browser, controller: Controller) -> None:
    recorded(controller, 1, dialled="<script>alert(1)</script>")
    answer = admin.client.get("/console/history")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_a_page_that_is_up_is_on_the_board(
    admin: Browser, office: Office, controller: Controller, eventually: Callable[..., None]
) -> None:
    phone = office.dial("1002", "9555")
    office.settle(lambda: phone.up, "the call")
    office.dial("1001", "*191002")
    eventually(lambda: "whisper</td><td>up" in read(admin, "board"))


def test_a_page_that_is_up_is_on_the_board_of_its_own_domain_alone(
    browse: Browse, tenant: Browser, office: Office, controller: Controller, eventually: Callable[..., None]
) -> None:
    stranger = browse(Role.TENANT, STRANGER)
    phone = office.dial("1002", "9555")
    office.settle(lambda: phone.up, "the call")
    office.dial("1001", "*191002")
    eventually(lambda: "whisper</td><td>up" in read(tenant, "board"))
    assert "pbx.test" not in read(stranger, "board")
    assert office.url.rpartition("@")[2] not in read(tenant, "board")


def test_it_is_explained_what_would_become_of_a_page(tenant: Browser) -> None:
    page = read(tenant, "explain?pager=1001&target=1005")
    assert "a call to the target" in page
    assert "two.test" not in read(tenant, "explain?pager=1001&target=9@pbx.test")


def test_a_tenant_asks_for_nobody_of_another_domain(tenant: Browser) -> None:
    assert "Only users of pbx.test" in read(tenant, "explain?pager=1001&target=2001@two.test")


@pytest.mark.usefixtures("real_time")  # the doctor has connections of its own
def test_the_doctor_checks_everything_and_says_what_to_do(admin: Browser) -> None:
    assert "Check now" in read(admin, "doctor")
    found = unescape(send(admin, "doctor/look", 200, context="nowhere").text)
    assert "whisper pages: permitted; intercom calls: permitted" in found
    assert "serves this page, and is not ready" in found  # one of its two switches cannot be reached
    assert "modules" in found
    assert "127.0.0.1:1 cannot be reached" in found
    assert 'value="nowhere"' in found
    assert "pa55word" not in found


def test_the_doctor_is_not_for_tenants(tenant: Browser) -> None:
    assert "Doctor" not in read(tenant, "board")
    read(tenant, "doctor", 404)
    send(tenant, "doctor/look", 404, context="default")


def test_a_plot_has_a_bar_for_each_treatment_of_a_day() -> None:
    today = date(2025, 1, 31)
    counts = [DayCount(today, Treatment.WHISPER, 3), DayCount(today, Treatment.REFUSED, 1)]
    drawn = plot(counts, today - timedelta(days=1), today)
    assert drawn.most == 4
    assert [(bar.treatment, bar.height) for bar in drawn.bars] == [
        ("whisper", HEIGHT * 0.75),
        ("refused", HEIGHT / 4),
    ]
    assert drawn.bars[1].y == 0
    assert dict(drawn.totals) == {
        "whisper": 3,
        "reverse": 0,
        "intercom": 0,
        "call": 0,
        "group": 0,
        "refused": 1,
    }


def test_a_plot_of_nothing_is_empty() -> None:
    assert plot([], date(2025, 1, 1), date(2025, 1, 30)).bars == ()

"""200 tries to cross from one domain to another: by every way in, each with the reason why it fails.

Two tenants of one switch have the same extensions. In both everybody may do everything, and 1002 is on a
call, so only the border stops a page. A way in is a function below that makes the tries of one kind; a new
face of the program adds its own function, and its name to WAYS.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from controller.administration import sheets
from controller.app import Controller
from controller.config import Settings
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature
from controller.domain.refusal import Refusal
from controller.domain.toggle import Toggle
from controller.errors import InvalidValue
from controller.simulator.configuration import User
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens, bulk, console, groups, key_tokens, pages, users
from controller.store.settings import UserChanges
from tests.unit.web.conftest import TOKEN
from tests.unit.web.console.conftest import Browser
from tests.unit.web.office import at_work, call

OTHER = "other.test"
EXTENSIONS = ("1001", "1002", "1003", "1004", "1005")
FEATURES = ("whisper", "intercom")
LAMPS = ("whisper", "whispermute", "whisperoff")
#: What somebody may write in the hope that it leads to 1002 of the other domain.
WRITTEN = (
    f"1002@{OTHER}",
    f"1002%40{OTHER}",
    f"1002@@{OTHER}",
    f"1002@{OTHER}@{DOMAIN}",
    f"1002;domain={OTHER}",
    f"1002?domain={OTHER}",
    f"1002 {OTHER}",
    f"1002,{OTHER}",
    f"1002/{OTHER}",
    f"1002#{OTHER}",
    f"{OTHER}/1002",
    f"sip:1002@{OTHER}",
    f"<1002@{OTHER}>",
    f"1002.{OTHER}",
    f"1002+{OTHER}",
    f"1002_{OTHER}",
    f"{OTHER}.1002",
    f"{OTHER}-1002",
)
#: Those that are an extension, though nobody's: the others cannot be one.
NOBODYS = frozenset(text for text in WRITTEN if not set(text) & set("@%;? ,/#:<>"))


class Tenants:
    """The two domains. `tries` counts; `crossed` has what should never have happened."""

    def __init__(self, controller: Controller, office: Office, client: FlaskClient) -> None:
        self.controller, self.office, self.client = controller, office, client
        self.tries = 0
        for extension in EXTENSIONS:
            office.switch.configuration.users[f"{extension}@{OTHER}"] = User(extension, OTHER)
        self.key = at_work(controller, office)[1001]
        with controller.store.unit() as unit:
            for extension in EXTENSIONS:
                users.add(unit, UserName(extension, OTHER), UserChanges(whisper_accept=Accept.ALL))
            self.tokens = {domain: api_tokens.issue(unit, domain)[1] for domain in (DOMAIN, OTHER, "")}
            unit.commit()
        call(office, controller, "9555")

    def try_(self, what: object, found: object, reason: object) -> None:
        """Count a try; `found` is the reason why it failed, and `reason` the one that is right."""
        self.tries += 1
        assert found == reason, f"{what}: {found} in place of {reason}"

    def ask(self, method: str, path: str, token: str, **asked: str) -> tuple[int, object]:
        """The status and the reason of an answer."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.client.open(path, method=method, headers=headers, json=asked or None)
        return answer.status_code, (answer.get_json(silent=True) or {}).get("reason")

    def browser(self, role: Role) -> Browser:
        """The console of 1001 of the first domain."""
        with self.controller.store.unit() as unit:
            _, secret = console.invite(unit, UserName("1001", DOMAIN), role)
            unit.commit()
        return Browser(self.client.application, secret)

    def things_of(self, domain: str, *, made: bool = True) -> dict[str, str]:
        """One thing of each kind of a domain, by its name or number; it must be there, unless it is made."""
        user = UserName("1002", domain)
        with self.controller.store.unit() as unit:
            if made:
                groups.add(unit, groups.GroupName(f"sales@{domain}"), {})
                key_tokens.issue(unit, user)
                console.invite(unit, user, Role.TENANT)
                unit.commit()
            return {
                "user": str(users.existing(unit, user).extension) + f"@{domain}",
                "group": next(each.name for each in groups.listing(unit) if each.name.endswith(f"@{domain}")),
                "key": next(str(each.id) for each in key_tokens.listing(unit) if each.user == user),
                "token": next(str(each.id) for each in api_tokens.listing(unit) if each.domain == domain),
                "invitation": next(str(each.id) for each in console.listing(unit, domain)),
            }

    def going_on(self) -> list[str]:
        """The pages and calls in either domain, as the administrator of both sees them."""
        answer = self.client.get("/api/v1/pages", headers={"Authorization": f"Bearer {TOKEN}"})
        return [page["id"] for page in answer.json["pages"]]

    def history(self, domain: str = "") -> list[tuple[str, str, str | None]]:
        with self.controller.store.reading() as reading:
            found = list(pages.history(reading, domain=domain))
        return [(str(each.pager), each.called, each.reason) for each in found]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, pager_limit="0", target_limit="0")


@pytest.fixture
def tenants(controller: Controller, office: Office, client: FlaskClient) -> Tenants:
    return Tenants(controller, office, client)


def by_code(tenants: Tenants) -> None:
    """A phone dials it: an extension is one of the phone's own domain, and all else is malformed."""
    for written, code in product(WRITTEN, ("*19", "*15")):
        before = len(tenants.history())
        tenants.office.dial(1001, f"{code}{written}")
        tenants.office.settle(lambda seen=before: len(tenants.history()) > seen, "the refusal")
        pager, _, reason = tenants.history()[0]
        assert pager == f"1001@{DOMAIN}"
        tenants.try_(f"{code}{written}", reason, "unknown_target" if written in NOBODYS else "malformed")


def by_api(tenants: Tenants) -> None:
    """Administrators of both domains are refused like a phone; those of one act for its own users alone."""
    for one, other, feature in product(EXTENSIONS, EXTENSIONS[:2], FEATURES):
        asked = {"pager": f"{one}@{DOMAIN}", "target": f"{other}@{OTHER}", "feature": feature}
        back = {"pager": f"{one}@{OTHER}", "target": f"{other}@{DOMAIN}", "feature": feature}
        for token in (TOKEN, tenants.tokens[""], tenants.tokens[DOMAIN]):
            tenants.try_(asked, tenants.ask("POST", "/api/v1/pages", token, **asked), (409, "other_domain"))
        tenants.try_(back, tenants.ask("POST", "/api/v1/pages", tenants.tokens[DOMAIN], **back), (403, None))
        tenants.try_(back, tenants.ask("POST", "/api/v1/pages", tenants.key, **back), (403, None))


def by_at(tenants: Tenants) -> None:
    """Over HTTP a name with an @ is of that domain, and any other text is none."""
    for written in WRITTEN:
        asked = {"pager": f"1001@{DOMAIN}", "target": written}
        right = (409, "other_domain") if written == f"1002@{OTHER}" else (400, None)
        right = (409, "unknown_target") if written in NOBODYS else right
        tenants.try_(asked, tenants.ask("POST", "/api/v1/pages", tenants.tokens[DOMAIN], **asked), right)


def by_key(tenants: Tenants) -> None:
    """A key's URL has an extension of its user's domain, and nothing else."""
    for written, action in product(WRITTEN, ("page", "intercom")):
        answer = tenants.client.get(f"/keys/{tenants.key}/{action}/{quote(written, safe='')}")
        right = 409 if written in NOBODYS else 404 if "/" in written else 400
        tenants.try_(f"{action}/{written}", answer.status_code, right)
    for token, domain in ((tenants.tokens[OTHER], OTHER), (tenants.tokens[DOMAIN], DOMAIN)):
        for action in ("page/1002", "end", "off", "toggle-mute"):
            answer = tenants.client.get(f"/keys/{token}/{action}")
            tenants.try_(f"the API's token of {domain}: {action}", answer.status_code, 403)


def by_lamp(tenants: Tenants) -> None:
    """A phone of the other domain is not told a lamp when it asks, nor when the lamp changes."""
    presence = tenants.office.switch.presence
    pairs = list(product(LAMPS, EXTENSIONS))
    strange = [presence.subscribe(f"1001@{OTHER}", f"{lamp}+{who}@{DOMAIN}") for lamp, who in pairs]
    own = presence.subscribe(f"1001@{DOMAIN}", f"whisperoff+1005@{DOMAIN}")
    tenants.office.settle(lambda: own.told, "the answer to the one that may ask")
    for extension in EXTENSIONS:
        tenants.controller.blocked.block(UserName(extension, DOMAIN), Toggle.ON)
    tenants.office.settle(lambda: own.lit, "the lamp of the one that may see it")
    for (lamp, who), watch in zip(pairs, strange, strict=True):
        tenants.try_(f"{lamp}+{who}", watch.told, [])


def by_click(tenants: Tenants) -> None:
    """The command line's click, and its explanation."""
    station = tenants.controller.stations[0]
    for pager, target, feature in product(EXTENSIONS[:3], EXTENSIONS[:3], FEATURES):
        one, other = UserName(pager, DOMAIN), UserName(target, OTHER)
        refusal = station.clicks.page(Feature(feature), one, other).outcome.get()
        tenants.try_(f"a click of {one} for {other}", refusal and refusal.reason, "other_domain")
        decision = station.decider.judge(Feature(feature), other, one).decision
        reason = decision.reason if isinstance(decision, Refusal) else None
        tenants.try_(f"to explain {other} to {one}", reason, "other_domain")


def by_sql(tenants: Tenants) -> None:
    """A script writes what it likes: the database refuses it, or it counts for nothing."""
    store, station = tenants.controller.store, tenants.controller.stations[0]
    with store.unit() as unit:
        groups.add(unit, groups.GroupName(f"sales@{OTHER}"), {"whisper_initiate": True})
        unit.commit()
    one, other = "(SELECT id FROM users WHERE domain = '{}' AND extension = '1001')", "1002"
    group = f"(SELECT id FROM settings_groups WHERE name = 'sales@{OTHER}')"
    statements = [
        f"UPDATE users SET settings_group = 'sales@{OTHER}' WHERE domain = '{DOMAIN}' AND extension = '1001'",
        f"INSERT INTO users (extension, domain, settings_group) VALUES ('9', '{DOMAIN}', 'sales@{OTHER}')",
        f"UPDATE users SET whisper_initiate = TRUE, whisper_accept = 'all' WHERE domain <> '{DOMAIN}'",
        "UPDATE settings_groups SET whisper_initiate = TRUE, whisper_accept = 'all'",
        f"INSERT INTO users (extension, domain) VALUES ('1002@{OTHER}', '{DOMAIN}')",
        f"INSERT INTO users (extension, domain) VALUES ('1002', '{DOMAIN}@{OTHER}')",
        *(
            "INSERT INTO accept_entries (feature, owner_user_id, allowed_user_id) VALUES "
            f"('{feature}', {one.format(owner)}, {one.format(allowed)})"
            for feature in FEATURES
            for owner, allowed in ((DOMAIN, OTHER), (OTHER, DOMAIN))
        ),
        *(
            "INSERT INTO accept_entries (feature, owner_user_id, allowed_group_id) VALUES "
            f"('{feature}', {one.format(DOMAIN)}, {group})"
            for feature in FEATURES
        ),
    ]
    refused = {0, 1, 4, 5}
    for number, statement in enumerate(statements):
        try:
            with store.transaction() as connection:
                connection.execute(sa.text(statement))
            taken = True
        except InvalidValue:
            taken = False
        tenants.try_(statement, taken, number not in refused)
        for feature, pair in product(Feature, ((DOMAIN, OTHER), (OTHER, DOMAIN))):
            pager, target = (
                UserName(each, domain) for each, domain in zip(("1001", other), pair, strict=True)
            )
            decision = station.decider.judge(feature, pager, target).decision
            reason = decision.reason if isinstance(decision, Refusal) else None
            tenants.try_(f"{pager} to {target} after {statement}", reason, "other_domain")


def by_import(tenants: Tenants) -> None:
    """A file for `users import` puts nobody into a group of another domain."""
    with tenants.controller.store.unit() as unit:
        groups.add(unit, groups.GroupName(f"sales@{OTHER}"), {})
        unit.commit()
    for extension in (*EXTENSIONS, "1006", "1007"):
        lines = ["user,group\n", f"{extension}@{DOMAIN},sales@{OTHER}\n"]
        wanted = sheets.read(lines, {"default", f"sales@{OTHER}"})
        with tenants.controller.store.unit() as unit:
            try:
                bulk.put(unit, wanted, lambda _: None)
                refused = ""
            except InvalidValue as error:
                refused = type(error).__name__
        tenants.try_(lines[1], refused, "InvalidValue")


def by_console(tenants: Tenants) -> None:
    """A user names colleagues of its own domain; for its administrator another's things are missing ones."""
    user, tenant = tenants.browser(Role.USER), tenants.browser(Role.TENANT)
    for written in WRITTEN:
        answer = user.open("POST", "/console/page", ext=written)
        right = (409, "unknown_target") if written in NOBODYS else (400, None)
        tenants.try_(f"to page {written}", (answer.status_code, (answer.json or {}).get("reason")), right)
        answer = user.open("GET", f"/console/verdicts?ext={quote(written, safe='')}")
        tenants.try_(f"what becomes of {written}", answer.status_code, 200 if written in NOBODYS else 400)
    theirs = tenants.things_of(OTHER)
    for method, path, field, thing in (
        ("GET", "users/edit?name=", "", "user"),
        ("POST", "users/change", "name", "user"),
        ("POST", "users/remove", "name", "user"),
        ("POST", "users/bulk", "chosen", "user"),
        ("GET", "groups/edit?name=", "", "group"),
        ("POST", "groups/change", "name", "group"),
        ("POST", "groups/remove", "name", "group"),
        ("POST", "lists/add", "owner", "user"),
        ("POST", "lists/remove", "owner", "user"),
        ("POST", "keys/issue", "user", "user"),
        ("POST", "keys/revoke", "number", "key"),
        ("POST", "tokens/revoke", "number", "token"),
        ("POST", "invitations/revoke", "number", "invitation"),
    ):
        answers = []
        for named in (theirs[thing], MISSING[thing]):
            fields = {"feature": "whisper", "allowed": f"1003@{DOMAIN}", "pages_off": "yes"} | (
                {field: named} if field else {}
            )
            asked = quote(named) if not field else ""
            answer = tenant.open(method, f"/console/{path}{asked}", **fields)
            answers.append((answer.status_code, answer.text.replace(named, "NAME").replace(quote(named), "")))
        assert answers[0][0] in (400, 404, 409), path
        tenants.try_(path, answers[0], answers[1])
    assert tenants.things_of(OTHER, made=False) == theirs


#: Things that are nowhere.
MISSING = {
    "user": f"7777@{OTHER}",
    "group": f"nobodys@{OTHER}",
    "key": "7777",
    "token": "7777",
    "invitation": "7777",
}
WAYS: tuple[Callable[[Tenants], None], ...] = (
    by_code, by_at, by_api, by_key, by_lamp, by_click, by_sql, by_import, by_console,
)  # fmt: skip
#: The tries of each way, so that none is lost unseen.
COUNTS = {
    "by_code": 36, "by_at": 18, "by_api": 100, "by_key": 44, "by_lamp": 15, "by_click": 36, "by_sql": 60,
    "by_import": 7, "by_console": 49,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_try_crosses_and_each_has_its_reason(tenants: Tenants, way: Callable[[Tenants], None]) -> None:
    way(tenants)
    assert tenants.tries == COUNTS[way.__name__]
    assert tenants.going_on() == []
    crossing = [each for each in tenants.history(OTHER) if not each[0].endswith(f"@{OTHER}")]
    assert crossing == []


def test_these_are_more_than_200_tries() -> None:
    assert sum(COUNTS.values()) > 200
    assert [way.__name__ for way in WAYS] == list(COUNTS)


# -- what the other side learns of a try -------------------------------------------------------------------


@pytest.fixture
def refused(tenants: Tenants) -> tuple[Tenants, str]:
    """1001 of a domain was refused to page 1002 of the other one: the tenants, and the id of the attempt."""
    click = tenants.controller.stations[0].clicks.page(
        Feature.WHISPER, UserName("1001", DOMAIN), UserName("1002", OTHER)
    )
    tenants.office.settle(lambda: tenants.history(), "the history")
    return tenants, click.page_id


def test_an_attempt_is_in_the_history_of_its_pagers_domain_as_it_was_asked_for(
    refused: tuple[Tenants, str],
) -> None:
    tenants, _ = refused
    assert tenants.history(DOMAIN) == [(f"1001@{DOMAIN}", f"1002@{OTHER}", "other_domain")]
    assert tenants.history(OTHER) == []


def test_an_attempt_is_shown_to_the_administrators_of_its_pagers_domain_alone(
    refused: tuple[Tenants, str],
) -> None:
    tenants, page_id = refused
    answers = {
        domain: tenants.ask("GET", f"/api/v1/pages/{page_id}", token)[0]
        for domain, token in tenants.tokens.items()
    }
    assert answers == {DOMAIN: 200, OTHER: 404, "": 200}


@pytest.mark.parametrize(("domain", "told"), [(DOMAIN, True), (OTHER, False), ("", True)])
def test_an_attempt_is_told_to_those_who_follow_its_pagers_domain(
    tenants: Tenants, domain: str, told: bool
) -> None:
    headers = {"Authorization": f"Bearer {tenants.tokens[domain]}"}
    with tenants.client.get("/api/v1/events", headers=headers) as stream:
        messages = stream.iter_encoded()
        assert b"event: start" in next(messages) + next(messages)
        station = tenants.controller.stations[0]
        station.clicks.page(Feature.WHISPER, UserName("1001", DOMAIN), UserName("1002", OTHER))
        for each in (DOMAIN, OTHER):  # what everybody is told next
            tenants.controller.blocked.block(UserName("1005", each), Toggle.ON)
        message = next(messages)
    assert (b"other_domain" in message) is told
    assert json.dumps(f"1001@{DOMAIN}").encode() in message or not told

"""An upgrade from the first release, with data: each row survives and keeps its meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from controller.cli.main import run
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature, Policy
from controller.phones.values import Header, PhoneKind
from controller.store import accept, key_tokens, pages, phone_rules, policy, schema, unended
from controller.store.session import ReadSession, Store
from tests.store.conftest import KINDS
from tests.store.servers import Server

#: The schema of 0.1.0 and 0.1.1.
RELEASED = "0004"
TABLES = (
    "settings_groups",
    "protected_groups",
    "users",
    "accept_entries",
    "key_tokens",
    "phone_rules",
    "pages",
)
VIEWS = ("effective_permissions", "page_report")
TOKEN = "the token in the URL of a phone's key"
PAGE, REFUSAL, OPEN = (f"00000000-0000-4000-8000-{number:012}" for number in range(3))
ANNA, BEN, CARLA = (UserName(extension, "pbx.example.org") for extension in ("1001", "1002", "1003"))

#: The rows that an administrator and the controller of 0.1.0 have written.
DATA = f"""
UPDATE settings_groups SET whisper_initiate = TRUE, intercom_accept = 'all' WHERE name = 'default';
INSERT INTO settings_groups (name, whisper_initiate, whisper_accept, when_not_accepted)
  VALUES ('reception', TRUE, 'none', 'call'), ('sales', FALSE, 'listed', 'refuse');
INSERT INTO protected_groups (name) VALUES ('reception');
INSERT INTO users (extension, domain, settings_group, phone_kind, auto_answer) VALUES
  ('1001', 'pbx.example.org', 'reception', NULL, NULL),
  ('1002', 'pbx.example.org', 'sales', 'desk', 'Alert-Info: ring-answer'),
  ('1003', 'pbx.example.org', 'sales', NULL, NULL);
UPDATE users SET whisper_initiate = TRUE, intercom_initiate = FALSE, whisper_accept = 'all', pages_off = TRUE
  WHERE extension = '1003';
INSERT INTO accept_entries (feature, owner_group_id, allowed_group_id) VALUES ('whisper',
  (SELECT id FROM settings_groups WHERE name = 'sales'),
  (SELECT id FROM settings_groups WHERE name = 'reception'));
INSERT INTO accept_entries (feature, owner_user_id, allowed_user_id) VALUES ('intercom',
  (SELECT id FROM users WHERE extension = '1002'), (SELECT id FROM users WHERE extension = '1003'));
INSERT INTO key_tokens (user_id, token_hash, label, created_at, last_used_at)
  SELECT id, '{hashlib.sha256(TOKEN.encode()).hexdigest()}', 'desk phone',
    '2026-11-22 08:00:00', '2026-11-23 09:30:00' FROM users WHERE extension = '1002';
INSERT INTO key_tokens (user_id, token_hash, created_at, revoked_at)
  SELECT id, '{hashlib.sha256(b"old").hexdigest()}', '2026-11-22 08:00:00', '2026-11-22 09:00:00'
    FROM users WHERE extension = '1003';
INSERT INTO phone_rules (position, pattern, vendor, kind, auto_answer)
  VALUES (500, 'Acme*', 'Acme', 'desk', 'Call-Info: <sip:{{domain}}>;answer-after=0');
DELETE FROM phone_rules WHERE pattern = 'OpenStage*';
INSERT INTO pages (page_id, switch, pager, target, treatment, reason, cause,
    started_at, answered_at, ended_at, ending) VALUES
  ('{PAGE}', '127.0.0.1:8021', '1001@pbx.example.org', '1002@pbx.example.org', 'whisper', NULL, NULL,
    '2026-11-23 10:00:00', '2026-11-23 10:00:01', '2026-11-23 10:00:31', 'pager_hung_up'),
  ('{REFUSAL}', '127.0.0.1:8021', NULL, '*', 'refused', 'not_authenticated', 'CALL_REJECTED',
    '2026-11-23 11:00:00', NULL, '2026-11-23 11:00:00', 'refused'),
  ('{OPEN}', '10.0.0.2:8021', '1003@pbx.example.org', '1001@pbx.example.org', 'intercom', NULL, NULL,
    '2026-11-23 12:00:00', '2026-11-23 12:00:02', NULL, NULL);
"""

Rows = dict[str, list[dict[str, Any]]]


def rows(store: Store) -> Rows:
    """Every row of every table and view of 0.1.0."""
    found: Rows = {}
    with store.engine.connect() as connection:
        for name in TABLES + VIEWS:
            order = "1, 2" if name in VIEWS else "1"
            query = sa.text(f"SELECT * FROM {name} ORDER BY {order}")
            found[name] = [dict(row) for row in connection.execute(query).mappings()]
    return found


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database of each kind, which the tests of this file share and only read."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('upgrade') / 'whisperpage.db'}"
    server: Server = request.getfixturevalue(request.param)
    return server.database()[1]


@pytest.fixture(scope="module")
def before(url: str) -> Rows:
    """The rows of a 0.1.0 database before its upgrade."""
    store = Store(url)
    schema.migrate(store, RELEASED)
    with store.transaction() as connection:
        for statement in DATA.split(";\n"):
            if statement.strip():
                connection.execute(sa.text(statement.replace(":", "\\:")))
    found = rows(store)
    store.close()
    return found


@pytest.fixture(scope="module")
def upgraded_store(before: Rows, url: str) -> Iterator[Store]:
    """The same database after the command that upgrades it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WHISPERPAGE_DATABASE_URL", url)
        assert run(["db", "upgrade"]) == 0
    store = Store(url)
    yield store
    store.close()


@pytest.fixture
def reading(upgraded_store: Store) -> Iterator[ReadSession]:
    """A session of the new program."""
    with upgraded_store.reading() as session:
        yield session


def test_there_is_a_row_of_every_table_to_lose(before: Rows) -> None:
    assert [name for name, found in before.items() if not found] == []


def test_the_schema_is_the_newest_afterwards(upgraded_store: Store) -> None:
    assert schema.state(upgraded_store).up_to_date


def test_every_row_is_as_it_was(before: Rows, upgraded_store: Store) -> None:
    after = rows(upgraded_store)
    for name, found in before.items():
        columns = found[0].keys()
        kept = [{column: row[column] for column in columns} for row in after[name]]
        assert kept == found, name


def decided(reading: ReadSession, pager: UserName, target: UserName) -> Policy:
    return policy.decide(reading, pager, target)


def test_a_group_list_still_lets_a_group_in(reading: ReadSession) -> None:
    whisper = decided(reading, ANNA, BEN).whisper
    assert (whisper.initiate, whisper.accept, whisper.accepted) == (True, Accept.LISTED, True)
    assert not decided(reading, CARLA, BEN).whisper.accepted


def test_a_users_own_list_still_counts(reading: ReadSession) -> None:
    assert accept.listing(reading, BEN) == ((Feature.INTERCOM, CARLA),)
    assert accept.listing(reading, GroupName("sales")) == ((Feature.WHISPER, GroupName("reception")),)


def test_a_users_own_settings_still_override_its_groups(reading: ReadSession) -> None:
    to_carla = decided(reading, ANNA, CARLA)
    assert (to_carla.whisper.accept, to_carla.pages_off) == (Accept.ALL, True)
    assert decided(reading, CARLA, BEN).whisper.initiate


def test_an_unknown_user_still_has_the_default_groups_rights(reading: ReadSession) -> None:
    found = decided(reading, UserName("7", "pbx.example.org"), UserName("8", "pbx.example.org"))
    assert (found.whisper.initiate, found.whisper.accepted) == (True, False)
    assert (found.intercom.initiate, found.intercom.accepted) == (False, True)


def test_a_target_that_does_not_accept_is_still_called_where_its_group_says_so(reading: ReadSession) -> None:
    assert decided(reading, BEN, ANNA).when_not_accepted == "call"
    assert decided(reading, ANNA, BEN).when_not_accepted == "refuse"


def test_a_phone_is_still_the_phone_that_it_was(reading: ReadSession) -> None:
    phone = decided(reading, ANNA, BEN).phone
    assert (phone.kind, phone.headers) == (PhoneKind.DESK, (Header("Alert-Info", "ring-answer"),))
    assert phone_rules.show(reading, "Acme*").kind is PhoneKind.DESK
    assert "OpenStage*" not in {rule.pattern for rule in phone_rules.all_rules(reading)}


def test_a_token_in_a_phone_still_works_and_a_revoked_one_does_not(reading: ReadSession) -> None:
    found = key_tokens.find(reading, TOKEN)
    assert found
    assert (found.user, found.label) == (BEN, "desk phone")
    assert found.last_used_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert key_tokens.find(reading, "old") is None


def test_the_history_still_has_the_same_records(reading: ReadSession) -> None:
    page = pages.show(reading, PAGE)
    assert (page.pager, page.target, page.treatment, page.ending) == (ANNA, BEN, "whisper", "pager_hung_up")
    assert page.started_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    refusal = pages.show(reading, REFUSAL)
    assert (refusal.pager, refusal.dialled, refusal.reason) == (None, "*", "not_authenticated")


def test_a_page_that_was_up_is_still_followed(reading: ReadSession) -> None:
    assert [each.page_id for each in unended.open_pages(reading, "10.0.0.2:8021")] == [OPEN]

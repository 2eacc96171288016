"""Completion offers the same on every database, and rights are found the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature, Permitted
from controller.domain.record import PageRecord, Treatment
from controller.store import beginning, groups, key_tokens, pages, users
from controller.store.permitted import permitted
from controller.store.session import Store

ALICE, BOB = UserName("1002", "pbx.test"), UserName("1_02", "pbx.test")
PAGE = "3b241101-e2bb-4255-8caf-4136c566a962"


@pytest.fixture
def filled(store: Store) -> Store:
    with store.unit() as unit:
        groups.add(unit, GroupName("reception"), {"whisper_initiate": True, "whisper_accept": Accept.ALL})
        for name in (ALICE, BOB):
            users.add(unit, name, {})
        key_tokens.issue(unit, ALICE, "desk")
        number = key_tokens.issue(unit, ALICE)[0].id
        key_tokens.revoke(unit, number)
        record = PageRecord(PAGE, "pbx", ALICE, "x", Treatment.REFUSED, datetime.now(UTC), "malformed")
        pages.save(unit, record)
        unit.commit()
    return store


def test_users_begin_with_the_typed_text_and_a_wildcard_matches_nothing(filled: Store, url: str) -> None:
    assert beginning.users(url, "10") == ["1002@pbx.test"]
    assert beginning.users(url, "1_") == ["1_02@pbx.test"]
    assert beginning.users(url, "1002@P") == ["1002@pbx.test"]
    assert beginning.users(url, "%") == []


def test_groups_rules_keys_and_pages_begin_with_the_typed_text(filled: Store, url: str) -> None:
    assert beginning.groups(url, "REC") == ["reception"]
    assert beginning.groups(url, "") == ["default", "reception"]
    assert "Yealink*" in beginning.phone_rules(url, "yea")
    assert beginning.keys(url, "") == [("1", "1002@pbx.test desk")]
    assert beginning.keys(url, "2") == []
    assert beginning.pages(url, "3b") == [(PAGE, "1002@pbx.test to x")]


def test_the_rights_of_users_and_of_the_default_group_are_found(filled: Store) -> None:
    with filled.reading() as reading:
        assert permitted(reading)[Feature.WHISPER] == Permitted(False, False)
    with filled.unit() as unit:
        users.change(unit, ALICE, {"settings_group": "reception"})
        groups.change(unit, GroupName("default"), {"intercom_accept": Accept.LISTED})
        unit.commit()
    with filled.reading() as reading:
        found = permitted(reading)
    assert found == {Feature.WHISPER: Permitted(True, True), Feature.INTERCOM: Permitted(False, True)}

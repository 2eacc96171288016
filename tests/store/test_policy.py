"""The policy in SQL for one pager and one target."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from controller.domain.names import GroupName, Principal, UserName
from controller.domain.policy import Accept, Feature, Level, Policy, Source, WhenNotAccepted
from controller.errors import InvalidValue
from controller.phones.values import Header, PhoneKind, PhoneOverride
from controller.store import accept, bulk, groups, policy, users
from controller.store.session import Store, UnitOfWork
from controller.store.settings import UserChanges

PAGER, TARGET = UserName("1001", "pbx"), UserName("1002", "pbx")
CALLERS, DESK = GroupName("callers"), GroupName("desk")


@pytest.fixture(autouse=True)
def people(unit: UnitOfWork) -> None:
    """A pager in the group `callers` and a target in the group `desk`; neither group has any rights."""
    groups.add(unit, CALLERS, {})
    groups.add(unit, DESK, {})
    users.add(unit, PAGER, {"settings_group": "callers"})
    users.add(unit, TARGET, {"settings_group": "desk"})


def decide(unit: UnitOfWork, pager: UserName = PAGER, target: UserName = TARGET) -> Policy:
    found = policy.decide(unit, pager, target)
    assert policy.for_many(unit, pager, (target,))[0] == {target: found}
    return found


def listed(
    unit: UnitOfWork, owner: Principal, allowed: Principal, feature: Feature = Feature.WHISPER
) -> None:
    accept.add(unit, owner, feature, allowed)


def set_user(unit: UnitOfWork, name: UserName, changes: UserChanges) -> None:
    users.change(unit, name, changes)


def script(unit: UnitOfWork, sql: str) -> None:
    unit.session.execute(sa.text(sql))


def test_nothing_is_granted_by_the_first_migration(unit: UnitOfWork) -> None:
    for found in (decide(unit), decide(unit, UserName("7", "x"), UserName("8", "x"))):
        for feature in Feature:
            assert not found.rights(feature).initiate
            assert not found.rights(feature).accepted


def test_the_pagers_group_lets_it_start_and_the_targets_lets_it_in(unit: UnitOfWork) -> None:
    script(unit, "UPDATE settings_groups SET whisper_initiate = TRUE WHERE name = 'callers'")
    script(unit, "UPDATE settings_groups SET whisper_accept = 'all' WHERE name = 'desk'")
    rights = decide(unit).whisper
    assert rights.initiate
    assert rights.initiate_source == Source(Level.GROUP, "callers")
    assert rights.accept is Accept.ALL
    assert rights.accept_source == Source(Level.GROUP, "desk")
    assert decide(unit).intercom.accept is Accept.NONE


def test_rights_go_one_way_only(unit: UnitOfWork) -> None:
    granted = "whisper_initiate = TRUE, whisper_accept = 'all'"
    script(unit, f"UPDATE settings_groups SET {granted} WHERE name = 'callers'")
    back = decide(unit, TARGET, PAGER).whisper
    assert (back.initiate, back.accepted) == (False, True)


def test_the_users_own_settings_come_before_its_groups(unit: UnitOfWork) -> None:
    set_user(unit, PAGER, {"intercom_initiate": True})
    set_user(unit, TARGET, {"intercom_accept": Accept.ALL})
    rights = decide(unit).intercom
    assert (rights.initiate, rights.initiate_source) == (True, Source(Level.USER, "callers"))
    assert (rights.accepted, rights.accept_source) == (True, Source(Level.USER, "desk"))


def test_a_user_may_be_denied_what_its_group_grants(unit: UnitOfWork) -> None:
    script(unit, "UPDATE settings_groups SET whisper_initiate = TRUE WHERE name = 'callers'")
    set_user(unit, PAGER, {"whisper_initiate": False})
    assert not decide(unit).whisper.initiate


def test_users_that_sql_does_not_know_have_the_default_group(unit: UnitOfWork) -> None:
    script(
        unit,
        "UPDATE settings_groups "
        "SET whisper_initiate = TRUE, whisper_accept = 'all', when_not_accepted = 'call' "
        "WHERE name = 'default'",
    )
    found = decide(unit, UserName("7", "pbx"), UserName("8", "pbx"))
    assert (found.pager_known, found.target_known) == (False, False)
    assert found.whisper.initiate
    assert found.whisper.accepted
    assert found.whisper.initiate_source == Source(Level.DEFAULT, "default")
    assert found.when_not_accepted is WhenNotAccepted.CALL


def test_a_known_pager_and_an_unknown_target_each_have_their_own(unit: UnitOfWork) -> None:
    script(unit, "UPDATE settings_groups SET whisper_initiate = TRUE WHERE name = 'callers'")
    found = decide(unit, PAGER, UserName("8", "pbx"))
    assert (found.pager_known, found.target_known) == (True, False)
    assert found.whisper.initiate
    assert not found.whisper.accepted


def test_the_same_extension_in_another_domain_is_another_user(unit: UnitOfWork) -> None:
    set_user(unit, PAGER, {"whisper_initiate": True})
    assert not decide(unit, UserName("1001", "other")).whisper.initiate


def test_a_page_to_oneself_is_decided_from_one_row(unit: UnitOfWork) -> None:
    found = decide(unit, PAGER, PAGER)
    assert (found.pager_known, found.target_known) == (True, True)


def test_without_a_default_group_unknown_users_are_denied(unit: UnitOfWork) -> None:
    script(unit, "DELETE FROM protected_groups")
    script(unit, "DELETE FROM settings_groups WHERE name = 'default'")
    found = decide(unit, UserName("7", "pbx"), TARGET)
    assert not found.whisper.initiate
    assert not found.whisper.accepted


class TestListed:
    """The target, or its group, accepts pages from those on its list."""

    @pytest.fixture(autouse=True)
    def accepts_listed(self, unit: UnitOfWork) -> None:
        script(unit, "UPDATE settings_groups SET whisper_accept = 'listed' WHERE name = 'desk'")

    def test_nobody_is_on_an_empty_list(self, unit: UnitOfWork) -> None:
        assert not decide(unit).whisper.accepted

    @pytest.mark.parametrize("allowed", [PAGER, CALLERS])
    @pytest.mark.parametrize("owner", [TARGET, DESK])
    def test_a_user_or_its_group_is_on_the_list_of_either(
        self, unit: UnitOfWork, owner: Principal, allowed: Principal
    ) -> None:
        listed(unit, owner, allowed)
        assert decide(unit).whisper.accepted

    def test_a_list_is_for_one_feature(self, unit: UnitOfWork) -> None:
        listed(unit, DESK, PAGER, Feature.INTERCOM)
        assert not decide(unit).whisper.accepted

    def test_a_list_names_one_user_and_not_another(self, unit: UnitOfWork) -> None:
        listed(unit, DESK, TARGET)
        assert not decide(unit).whisper.accepted

    def test_the_list_of_the_group_does_not_count_if_the_user_has_its_own_setting(
        self, unit: UnitOfWork
    ) -> None:
        listed(unit, DESK, PAGER)
        set_user(unit, TARGET, {"whisper_accept": Accept.LISTED})
        assert not decide(unit).whisper.accepted

    def test_the_default_group_on_a_list_stands_for_unknown_users(self, unit: UnitOfWork) -> None:
        listed(unit, DESK, GroupName("default"))
        assert decide(unit, UserName("7", "pbx")).whisper.accepted
        assert not decide(unit).whisper.accepted

    def test_the_list_of_the_default_group_counts_for_unknown_targets(self, unit: UnitOfWork) -> None:
        script(unit, "UPDATE settings_groups SET whisper_accept = 'listed' WHERE name = 'default'")
        listed(unit, GroupName("default"), PAGER)
        assert decide(unit, PAGER, UserName("8", "pbx")).whisper.accepted


def test_a_target_may_block_pages_to_itself(unit: UnitOfWork) -> None:
    set_user(unit, TARGET, {"pages_off": True})
    assert decide(unit).pages_off
    assert not decide(unit, TARGET, PAGER).pages_off


def test_the_targets_group_says_what_becomes_of_a_page_it_does_not_take(unit: UnitOfWork) -> None:
    script(unit, "UPDATE settings_groups SET when_not_accepted = 'call' WHERE name = 'desk'")
    assert decide(unit).when_not_accepted is WhenNotAccepted.CALL


def test_the_targets_phone_is_overridden(unit: UnitOfWork) -> None:
    assert decide(unit).phone == PhoneOverride()
    header = Header("Answer-Mode", "Auto")
    set_user(unit, TARGET, {"phone_kind": PhoneKind.DESK, "auto_answer": (header,)})
    assert decide(unit).phone == PhoneOverride(PhoneKind.DESK, (header,))


def test_a_change_by_another_connection_counts_at_the_very_next_page(store: Store) -> None:
    other = sa.create_engine(store.url)
    for granted in (True, False, True):
        with other.begin() as connection:
            connection.execute(
                sa.text("UPDATE settings_groups SET whisper_initiate = :granted"), {"granted": granted}
            )
        with store.reading() as reading:
            assert policy.decide(reading, PAGER, TARGET).whisper.initiate is granted
    other.dispose()


def test_one_query_decides_and_a_second_only_where_a_list_does(store: Store) -> None:
    asked: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *event: asked.append(event[2]))
    for accepts, queries in (("all", 1), ("listed", 2)):
        with store.unit() as unit:
            script(unit, f"UPDATE settings_groups SET whisper_accept = '{accepts}'")
            asked.clear()
            policy.decide(unit, PAGER, TARGET)
            assert len(asked) == queries


# -- tenants -----------------------------------------------------------------------------------------------

ELSEWHERE = UserName("1002", "other")


def test_nothing_is_permitted_between_domains_whatever_the_tables_say(unit: UnitOfWork) -> None:
    open_to_all = {"whisper_initiate": True, "whisper_accept": Accept.ALL}
    groups.change(unit, GroupName("default"), open_to_all)  # type: ignore[arg-type]
    users.change(unit, PAGER, {"whisper_initiate": True})
    found = decide(unit, PAGER, ELSEWHERE)
    assert not found.whisper.initiate
    assert not found.whisper.accepted


def test_the_default_group_of_a_domain_holds_for_its_users_that_are_not_in_sql(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("default@other"), {"whisper_initiate": True})
    one, two = UserName("7", "other"), UserName("8", "other")
    assert decide(unit, one, two).whisper.initiate
    assert decide(unit, one, two).whisper.initiate_source == Source(Level.DEFAULT, "default@other")
    assert not decide(unit, UserName("7", "third"), UserName("8", "third")).whisper.initiate


def test_the_default_group_of_a_domain_holds_for_its_users_in_no_other_group(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("default@other"), {"whisper_accept": Accept.ALL})
    users.add(unit, ELSEWHERE, {})
    assert decide(unit, UserName("7", "other"), ELSEWHERE).whisper.accepted
    assert users.show(unit, ELSEWHERE).group == "default@other"


def test_a_user_of_another_domain_cannot_join_a_group(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("sales@other"), {"whisper_initiate": True})
    with pytest.raises(InvalidValue, match="is of another domain"):
        users.change(unit, PAGER, {"settings_group": "sales@other"})
    with pytest.raises(InvalidValue, match="is of another domain"):
        bulk.put(unit, {PAGER: {"settings_group": "sales@other"}}, lambda _: None)


def test_two_domains_can_each_have_a_group_of_the_same_name(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("sales@other"), {"whisper_initiate": True})
    groups.add(unit, GroupName("sales@pbx"), {})
    users.change(unit, PAGER, {"settings_group": "sales@pbx"})
    users.add(unit, ELSEWHERE, {"settings_group": "sales@other"})
    assert not users.show(unit, PAGER).whisper.initiate
    assert users.show(unit, ELSEWHERE).whisper.initiate


def test_nobody_of_another_domain_can_be_on_a_list(unit: UnitOfWork) -> None:
    users.add(unit, ELSEWHERE, {})
    groups.add(unit, GroupName("sales@other"), {})
    for owner, allowed in ((PAGER, ELSEWHERE), (PAGER, GroupName("sales@other")), (ELSEWHERE, TARGET)):
        with pytest.raises(InvalidValue, match="of two domains"):
            accept.add(unit, owner, Feature.WHISPER, allowed)


def test_users_and_groups_are_listed_by_domain(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("sales@other"), {})
    users.add(unit, ELSEWHERE, {})
    assert [each.name for each in users.listing(unit, domain="other")] == [ELSEWHERE]
    assert "sales@other" not in {each.name for each in groups.listing(unit, "pbx")}
    assert {"default", "sales@other"} <= {each.name for each in groups.listing(unit, "other")}


def test_the_policies_for_many_targets_are_those_of_each(unit: UnitOfWork) -> None:
    targets = (PAGER, TARGET, UserName("7", "pbx"), UserName("1002", "other"))
    script(unit, "UPDATE settings_groups SET whisper_initiate = TRUE, whisper_accept = 'listed'")
    listed(unit, DESK, CALLERS)
    found, rules = policy.for_many(unit, PAGER, targets)
    assert found == {target: policy.decide(unit, PAGER, target) for target in targets}
    assert rules == policy.with_phone_rules(unit, PAGER, TARGET)[1]
    assert found[TARGET].whisper.listed

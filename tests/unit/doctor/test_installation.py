"""The doctor's checks of a switch and a database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from controller.config import Settings
from controller.doctor import installation
from controller.doctor.check import Check
from controller.doctor.dialplan import look_at_dialplan, look_at_replies, old_name
from controller.doctor.installation import (
    examine,
    look_at_modules,
    look_at_password,
    look_at_rights,
)
from controller.doctor.profiles import look_at_profiles
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature, Permitted
from controller.errors import LoginRefused, SwitchUnreachable
from controller.eventsocket.api import ApiCall
from controller.store import groups, schema, users
from controller.store.permitted import permitted_at
from controller.store.replies import digits_at
from controller.store.session import Store
from controller.store.settings import GroupChanges, UserChanges
from controller.switch_address import SwitchAddress
from tests.unit.doctor.fakes import CODES, PROFILES, ask


def context(expression: str) -> str:
    """The users' context as a switch returns it, with another extension before ours."""
    ours = CODES.removeprefix("<include>").replace("</include>", "")
    for name, code in (("page", r"\*19"), ("intercom", r"\*15"), ("off", r"\*20"), ("message", r"\*18")):
        ours = ours.replace(f"$${{whisperpage_{name}_code}}", code)
    condition = f'<condition field="destination_number" expression="{escape(expression)}"/>'
    return f'<context name="default"><extension name="other">{condition}</extension>{ours}</context>'


def wrong(answers: dict[str, str], context: str | None = "default") -> list[Check]:
    def asked(call: ApiCall) -> str:
        return answers.get(call.text) or ask(call)

    checks = [look_at_modules(asked), *look_at_dialplan(asked, context)]
    return [each for each in checks if not each.right]


def looked(settings: Settings) -> Iterator[Check]:
    """The results of an examination while a controller serves."""
    serving = Check("controller", True, "serves")
    return examine(settings, "default", schema.state_at, permitted_at, lambda: serving)


def test_nothing_is_wrong_where_everything_is_right() -> None:
    assert wrong({}) == []


def test_a_missing_module_is_named_with_what_to_do() -> None:
    [check] = wrong({"module_exists mod_loopback": "false"})
    assert check.found == "6 of 7 loaded"
    assert "mod_loopback" in check.fix


def test_a_missing_context_and_one_of_another_version_are_distinguished() -> None:
    old = '<context name="whisperpage@switch"><extension name="request"/></context>'
    missing = wrong({"xml_locate dialplan context name whisperpage@switch": "-ERR can't find context"})
    assert [each.found for each in missing] == ["missing"]
    other = wrong({"xml_locate dialplan context name whisperpage@switch": old})
    assert [each.found for each in other] == ["of another version"]
    assert "reloadxml" in other[0].fix


def test_contexts_of_an_older_version_are_recognised() -> None:
    older = '<context name="whisperpage"><extension name="request"/></context>'
    [check] = wrong(
        {
            "xml_locate dialplan context name whisperpage@switch": "-ERR can't find context",
            f"xml_locate dialplan context name {old_name('whisperpage@switch')}": older,
        }
    )
    assert check.found == "missing, but whisperpage of an older version is there"
    assert "reloadxml" in check.fix


def test_in_a_fusionpbx_our_upgrade_brings_the_contexts() -> None:
    context = "xml_locate dialplan context name whisperpage@switch"
    (check,) = wrong({context: '<context name="whisperpage@switch"/>'}, None)
    assert check.fix == "Run `sudo whisperpage fusionpbx upgrade`."


def test_for_missing_feature_codes_the_file_to_copy_is_named() -> None:
    other = '<context name="default"><extension name="local"/></context>'
    [check] = wrong({"xml_locate dialplan context name default": other})
    assert (check.what, check.found) == ("feature codes in context default", "missing")
    assert "default/whisperpage.xml into FreeSWITCH's conf/dialplan/default/" in check.fix


def test_for_feature_codes_in_another_context_its_name_is_given() -> None:
    section = '<section><context name="office"><extension name="whisperpage_page"/></context></section>'
    [check] = wrong({"xml_locate dialplan": section}, context="nosuch")
    assert check.found == "missing, and there is no such context"
    assert "add --context office" in check.fix


@pytest.mark.parametrize(
    ("expression", "taken"),
    [
        (r"^\*1(\d+)$", "*19, *15, *18, *191002, *151002"),
        (r"^\*20$", "*20"),
        (r"^\*19", "*19, *191002"),
        (r"^(\d+)$", ""),
        (r"^\*1[67]", ""),
        (r"^(?<a>\*19)(?(a)x)$", ""),
    ],
)
def test_a_code_that_another_extension_takes_first_is_reported(expression: str, taken: str) -> None:
    checks = wrong({"xml_locate dialplan context name default": context(expression)})
    found = ", ".join(f"{number} goes to the extension other" for number in taken.split(", ") if number)
    assert [each.found for each in checks] == ([f"taken: {found} before ours"] if taken else [])


@pytest.mark.parametrize(("leaves", "takes"), [("", False), (' break="never"', True)])
def test_an_extension_that_may_let_the_code_pass_does_not_take_it(leaves: str, takes: bool) -> None:
    other = f'<extension name="other"><condition field="${{x}}" expression="y"{leaves}/>'
    changed = context(r"^\*19$").replace('<extension name="other">', other, 1)
    checks = wrong({"xml_locate dialplan context name default": changed})
    assert bool(checks) is takes


def test_an_extension_that_continues_or_comes_later_takes_no_code() -> None:
    goes_on = context(r"^\*19$").replace('name="other"', 'name="other" continue="true"')
    assert wrong({"xml_locate dialplan context name default": goes_on}) == []
    later = context("^nothing$").replace("</context>", context(r"^\*19$")[24:])
    assert wrong({"xml_locate dialplan context name default": later}) == []


# -- presence and chat -------------------------------------------------------------------------------------


def profiles(changed: str, lamps: bool = True) -> dict[str, Check]:
    return {each.what: each for each in look_at_profiles(lambda call: changed, lamps=lamps)}


def test_correct_profiles_are_named() -> None:
    found = {what: (each.right, each.found) for what, each in profiles(PROFILES).items()}
    assert found == {
        "presence": (True, "managed by internal"),
        "chat": (True, "off in external, internal"),
    }


@pytest.mark.parametrize(
    ("value", "right"),
    [("true", True), ("passive", True), ("1", True), ("false", False), ("", False), ("0", False)],
)
def test_unmanaged_presence_is_a_warning_with_the_line_to_write(value: str, right: bool) -> None:
    changed = PROFILES.replace('"manage-presence" value="true"', f'"manage-presence" value="{value}"')
    check = profiles(changed)["presence"]
    assert (check.right, check.fails) == (right, False)
    assert right or "lamps stay dark" in check.found
    assert 'Write `<param name="manage-presence" value="true"/>` into the settings of' in check.fix


def test_without_lamps_presence_is_not_checked() -> None:
    assert "presence" not in profiles(PROFILES.replace("manage-presence", "x"), lamps=False)


def test_a_profile_without_the_chat_setting_is_a_warning() -> None:
    silent = PROFILES.replace('<settings><param name="enable-chat" value="false"/>', "<settings>")
    check = profiles(silent)["chat"]
    assert (check.right, check.fails) == (False, False)
    assert check.found == "on in external: a user can run commands of the switch by a MESSAGE"


def test_profiles_that_are_not_in_files_are_not_checked() -> None:
    assert profiles("can't find anything") == {}


# -- rights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whisper", "intercom", "right", "found"),
    [
        ((False, False), (False, False), False, "nobody may start one and nobody takes one"),
        ((True, True), (False, False), True, "whisper pages: permitted; intercom calls: nobody may"),
        ((True, False), (False, True), False, "whisper pages: nobody takes one; intercom calls: nobody may"),
        ((True, True), (True, True), True, "whisper pages: permitted; intercom calls: permitted"),
    ],
)
def test_missing_rights_are_reported_with_the_command_that_permits_all(
    whisper: tuple[bool, bool], intercom: tuple[bool, bool], right: bool, found: str
) -> None:
    check = look_at_rights({Feature.WHISPER: Permitted(*whisper), Feature.INTERCOM: Permitted(*intercom)})
    assert check.right is right
    assert found in check.found
    assert "`whisperpage groups set default --whisper-initiate" in check.fix


def test_rights_of_users_and_of_the_default_group_count_but_not_of_an_empty_group(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    store = Store(url)
    schema.upgrade(store)
    all_ = GroupChanges(whisper_initiate=True, whisper_accept=Accept.ALL)
    with store.unit() as unit:
        groups.add(unit, GroupName("staff"), all_)
        unit.commit()
    assert permitted_at(url)[Feature.WHISPER] == Permitted(False, False)
    with store.unit() as unit:
        users.add(unit, UserName("1001", "a.test"), UserChanges(settings_group="staff"))
        unit.commit()
    assert permitted_at(url) == {
        Feature.WHISPER: Permitted(True, True),
        Feature.INTERCOM: Permitted(False, False),
    }
    with store.unit() as unit:
        groups.change(unit, GroupName("default"), GroupChanges(intercom_accept=Accept.LISTED))
        unit.commit()
    store.close()
    assert permitted_at(url)[Feature.INTERCOM] == Permitted(False, True)


# -- the password ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (None, ["is ClueCon, which everybody knows"]),
        (LoginRefused("no"), ["is not ClueCon"]),
        (SwitchUnreachable("away"), []),
    ],
)
def test_the_default_password_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, found: list[str]
) -> None:
    asked: list[tuple[str, str]] = []

    class Connection:
        def __init__(self, address: SwitchAddress, timeout: float) -> None:
            asked.append((address.user, address.password))

        def connect(self) -> None:
            if error:
                raise error

        def stop(self) -> None:
            pass

    monkeypatch.setattr(installation, "Connection", Connection)
    checks = list(look_at_password(SwitchAddress("pbx", 8021, "secret", "controller@eventsocket"), 1))
    assert [each.found for each in checks] == found
    assert not any(each.fails for each in checks)
    assert asked == [("", "ClueCon")]


# -- the database ------------------------------------------------------------------------------------------


def test_a_database_without_tables_is_reported_with_the_command(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", switch_url="esl://:x@127.0.0.1:1")
    checks = {each.what: each for each in looked(settings)}
    assert list(checks) == ["database", "controller", "switch"]
    assert "whisperpage db upgrade" in checks["database"].fix
    assert "start FreeSWITCH" in checks["switch"].fix
    assert not checks["database"].right
    assert not checks["switch"].right


def test_a_database_that_is_current_is_right(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    store = Store(url)
    schema.upgrade(store)
    store.close()
    assert next(looked(Settings(database_url=url, switch_url="esl://:x@127.0.0.1:1"))).right


def test_the_checks_of_a_fusionpbx_come_last_and_know_the_replies(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    store = Store(url)
    schema.upgrade(store)
    store.close()
    found = examine(
        Settings(database_url=url, switch_url="esl://:x@127.0.0.1:1"),
        None,
        schema.state_at,
        permitted_at,
        lambda: Check("controller", True, "serves"),
        digits_at,
        others=lambda replies: [Check("others", True, "".join(sorted(replies)))],
    )
    assert list(found)[-1] == Check("others", True, "123")


@pytest.mark.parametrize(
    ("folder", "file", "right"), [(0o755, 0o644, False), (0o755, 0o640, True), (0o750, 0o644, True)]
)
def test_a_database_that_everybody_can_read_is_reported_with_the_command(
    folder: int, file: int, right: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(folder)
        store = Store(f"sqlite:///{name}/a.db")
        schema.upgrade(store)
        store.close()
        Path(f"{name}/a.db").chmod(file)
        check = next(looked(Settings(database_url=f"sqlite:///{name}/a.db")))
    assert check.right is right
    assert right or ("a.db" in check.found and check.fix.startswith(f"Run `chmod 600 {name}/a.db"))


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody:secret@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_used_is_one_sentence_without_a_password(url: str) -> None:
    check = next(looked(Settings(database_url=url)))
    assert not check.right
    assert check.fix
    assert "secret" not in check.fix


def test_reply_whose_key_is_used_otherwise_is_a_warning() -> None:
    dialplan = '<section><action application="bind_meta_app" data="2 b s x"/></section>'
    found = list(look_at_replies(lambda call: dialplan, Settings(), ("1", "2", "5")))
    assert [each.found for each in found] == [
        "none by *2: the dialplan uses them in calls",
        "none by *5: they are a page's own keys",
    ]
    assert not any(each.fails for each in found)
    assert list(look_at_replies(lambda call: dialplan, Settings(), ("1", "3"))) == []


def test_a_key_0_that_takes_the_dialplans_keys_with_it_is_a_warning() -> None:
    dialplan = '<section><action application="bind_meta_app" data="4 b s x"/></section>'
    for settings, replies in ((Settings(off_key="0"), ()), (Settings(), ("0",))):
        (check,) = look_at_replies(lambda call: dialplan, settings, replies)
        assert check.found == "*0: with it a call loses the dialplan's *4 at the end of a page"
        assert not check.fails
    assert list(look_at_replies(lambda call: "<section/>", Settings(off_key="0"), ())) == []

"""Whisper Page in a real FusionPBX: one command installs it, and it works after upgrades and edits."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.fusion import codes, menu
from tests.live.fusion import ALIAS, BOB, LATER, ONE, PHONES, TWO, WEB, Fusion, fusionpbx
from tests.live.fusion_installed import HEARD, NOT_HEARD, Installed
from tests.live.fusion_web import PAGE, Browser, add_person, rows, served
from tests.live.office import wait_for
from tests.live.watcher import Watcher


@pytest.fixture(scope="module")
def fusion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fusion]:
    with fusionpbx(tmp_path_factory.mktemp("fusionpbx")) as fusion:
        yield fusion


@pytest.fixture(scope="module")
def installed(fusion: Fusion) -> Installed:
    return Installed(fusion)


def test_a_removal_leaves_nothing_of_ours_and_changes_nothing_of_theirs(fusion: Fusion) -> None:
    """Before anything else is done there: every difference of the whole state is the removal's."""
    fusion.php("core/upgrade/upgrade.php", "--defaults")  # what it changes without us
    before = fusion.state()
    for words in ("install", "remove"):
        done = fusion.whisperpage("fusionpbx", words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (before.changes_to(fusion.state()) == []) is (words == "remove")
    fusion.php("core/upgrade/upgrade.php", "--defaults")
    assert before.changes_to(fusion.state()) == []


def test_one_command_leads_to_the_first_page_within_two_minutes(installed: Installed) -> None:
    assert installed.first_page < 120
    print(f"from the command to the first page: {installed.first_page:.1f} s")


def test_the_installation_leaves_no_file_of_root(installed: Installed) -> None:
    """Not in FusionPBX's folders, nor where its own upgrade writes: neither is to run as root."""
    fusion = installed.fusion
    folders = (fusion.root, fusion.conf, fusion.folder / "cache", fusion.folder / "tmp")
    assert [path for each in folders for path in each.rglob("*") if path.owner() != WEB] == []


def test_a_second_installation_changes_nothing(installed: Installed) -> None:
    before = installed.fusion.state()
    done = installed.fusion.whisperpage("fusionpbx", "install")
    assert done.returncode == 0, done.stderr
    assert "would" not in done.stdout
    assert before.changes_to(installed.fusion.state()) == []


def test_the_doctor_and_the_status_find_everything_right(installed: Installed) -> None:
    for words in (("doctor",), ("fusionpbx", "status")):
        done = installed.fusion.whisperpage(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_doctor_measures_who_hears_whom(installed: Installed) -> None:
    done = installed.fusion.whisperpage("doctor", "--audio")
    assert done.returncode == 0, done.stdout + done.stderr


def test_users_of_both_tenants_can_page(installed: Installed) -> None:
    assert installed.pages(ONE)
    assert installed.pages(TWO)


def test_two_tenants_page_the_same_extension_at_the_same_time(installed: Installed) -> None:
    for domain in (ONE, TWO):
        assert installed.page(domain) == ""
    time.sleep(1)
    up = installed.fusion.pages()[:2]
    installed.fusion.hang_up()
    assert sorted(page[:3] for page in up) == [
        [f"1001@{domain}", f"1002@{domain}", "whisper"] for domain in (ONE, TWO)
    ]


def test_a_recording_of_the_call_does_not_contain_the_pager(installed: Installed) -> None:
    assert installed.pages(ONE)
    pager, target, far = installed.phones(ONE)
    found = wait_for(lambda: installed.fusion.recorded(ONE), "the recording")
    assert found[str(target)] > HEARD - 6
    assert found[str(far)] > HEARD - 6
    assert found[str(pager)] < NOT_HEARD


def test_the_target_can_mute_while_its_call_is_recorded(installed: Installed) -> None:
    assert installed.page(ONE) == ""
    time.sleep(1)
    installed.fusion.press(installed.target_leg, "*8")
    time.sleep(2.5)
    installed.fusion.hang_up()
    _, target, far = installed.phones(ONE)
    assert installed.fusion.levels(f"{PHONES.index(far)}-*.wav")[str(target)] < NOT_HEARD


def test_the_target_can_end_the_page_while_its_call_is_recorded(installed: Installed) -> None:
    assert installed.page(ONE) == ""
    time.sleep(1)
    installed.fusion.press(installed.target_leg, "*9")
    row = wait_for(lambda: "target" in installed.fusion.whisperpage("pages", "--csv").stdout, "the ending")
    installed.fusion.hang_up()
    assert row


def test_a_page_to_an_alias_reaches_its_user(installed: Installed) -> None:
    pager, _, _ = installed.phones(ONE)
    assert installed.fusion.dial(BOB, "1003", "bob") == ""
    installed.talking()
    assert installed.fusion.dial(pager, f"*19{ALIAS}", "pager") == ""
    installed.fusion.hang_up()
    assert installed.fusion.pages()[0][:3] == [f"1001@{ONE}", f"bob@{ONE}", "whisper"]


def test_a_key_that_watches_an_alias_shows_its_users_lamp(installed: Installed) -> None:
    """The settings that were written have no lamps, for there are two domains."""
    fusion = installed.fusion
    assert "lamps = false" in fusion.settings.read_text()
    with fusion.serving(WHISPERPAGE_LAMPS="true"):
        to = f"whisperoff+{ALIAS}@{ONE}"
        with Watcher("1003", to, switch=fusion.sip, domain=ONE) as key:
            wait_for(lambda: key.lit is False, "the lamp to be dark at first")
            for option, lit in (("--pages-off", True), ("--no-pages-off", False)):
                assert fusion.whisperpage("users", "set", f"bob@{ONE}", option).returncode == 0
                wait_for(lambda wanted=lit: key.lit is wanted, "the lamp to follow", 8)


def test_a_token_for_an_alias_is_its_users(installed: Installed) -> None:
    done = installed.fusion.whisperpage("keys", "issue", f"{ALIAS}@{ONE}")
    assert f"the token is bob@{ONE}'s" in done.stderr


# -- the page in FusionPBX's menu --------------------------------------------------------------------------

CODES = [
    ["*19 + extension", "Speak to a colleague who is on a call.", "Yes"],
    ["*15 + extension", "Call a colleague whose phone answers by itself.", "Yes"],
    ["*20", "Switch pages to you off, and on again.", "Yes"],
    ["*18 + number + * + extension", "Send a message to a colleague, by its number.", "Yes"],
]


@pytest.fixture(scope="module")
def web(installed: Installed) -> Iterator[int]:
    for domain in (ONE, TWO):
        for group in ("admin", "user", "agent"):
            add_person(installed.fusion, domain, group, group)
    with served(installed.fusion) as port:
        yield port


def browser(web: int, domain: str, name: str) -> Browser:
    found = Browser(web, domain)
    found.log_in(name)
    return found


def setting(fusion: Fusion, whose: str, category: str, name: str, value: str) -> None:
    """Set a default setting, or one of the first tenant."""
    if whose == "default":
        fusion.sql(
            f"UPDATE v_default_settings SET default_setting_value = $w${value}$w$ "
            f"WHERE default_setting_category = '{category}' AND default_setting_subcategory = '{name}'"
        )
        return
    fusion.sql(
        "INSERT INTO v_domain_settings (domain_setting_uuid, domain_uuid, domain_setting_category, "
        "domain_setting_subcategory, domain_setting_name, domain_setting_value, domain_setting_enabled) "
        f"SELECT gen_random_uuid(), domain_uuid, '{category}', '{name}', 'text', $w${value}$w$, 'true' "
        f"FROM v_domains WHERE domain_name = '{ONE}'"
    )


@pytest.mark.parametrize("name", ["admin", "user"])
def test_a_tenants_people_see_its_codes_by_the_menu(web: int, name: str) -> None:
    page = browser(web, ONE, name).page()
    assert rows(page) == CODES
    assert PAGE in page.replace(f"action='{PAGE}'", "")
    assert "whisper_page_console" not in page


def test_a_page_shows_nothing_of_another_tenant_and_no_code_of_its_own_as_html(
    installed: Installed, web: int
) -> None:
    changed = "*77<script>alert(1)</script>"
    where = f"WHERE dialplan_context = '{TWO}' AND dialplan_name = 'whisper_page'"
    installed.fusion.sql(
        f"UPDATE v_dialplans SET dialplan_number = '{changed}', dialplan_enabled = 'false' {where}"
    )
    try:
        assert rows(browser(web, ONE, "admin").page()) == CODES
        page = browser(web, TWO, "admin").page()
        assert changed not in page
        assert rows(page)[0] == [f"{changed} + extension", CODES[0][1], "No"]
    finally:
        installed.fusion.sql(
            f"UPDATE v_dialplans SET dialplan_number = '*19', dialplan_enabled = 'true' {where}"
        )


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://pages.example.org:8443/", True),
        ("javascript:alert(1)", False),
        ("https://x/' onmouseover='alert(1)", False),
        ('https://x/"><script>alert(1)</script>', False),
    ],
)
def test_the_console_is_linked_where_its_address_is_one(
    installed: Installed, web: int, url: str, linked: bool
) -> None:
    setting(installed.fusion, "default", "whisper_page", "console_url", url)
    page = browser(web, ONE, "admin").page()
    setting(installed.fusion, "default", "whisper_page", "console_url", "")
    links = re.findall(r"<a id='whisper_page_console' href='([^']*)'", page)
    assert list(map(html.unescape, links)) == ([url] if linked else [])
    assert "alert(1)" not in html.unescape(page)


@pytest.mark.parametrize(("code", "word"), [("de-de", "Wählen"), ("es-cl", "Marque")])
def test_the_page_is_in_the_tenants_language(installed: Installed, web: int, code: str, word: str) -> None:
    setting(installed.fusion, "domain", "domain", "language", code)
    page = browser(web, ONE, "admin").page()
    installed.fusion.sql("DELETE FROM v_domain_settings WHERE domain_setting_subcategory = 'language'")
    assert f"<th>{word}</th>" in html.unescape(page)


def test_who_may_not_see_the_page_sees_nothing_of_it(web: int) -> None:
    for page in (browser(web, ONE, "agent").page(), Browser(web, ONE).page()):
        assert "*19" not in page


def test_an_upgrade_does_not_bring_back_what_an_administrator_has_taken_away(installed: Installed) -> None:
    fusion = installed.fusion
    gone = f"FROM v_group_permissions WHERE permission_name = '{menu.PERMISSION}' AND group_name = 'user'"
    item = f"FROM v_menu_items WHERE uuid = '{menu.ITEM}'"
    fusion.sql(f"DELETE {gone}", f"DELETE {item}")
    fusion.php("core/upgrade/upgrade.php", "--defaults")
    assert fusion.sql(f"SELECT 1 {gone}") == fusion.sql(f"SELECT 1 {item}") == []


def test_pages_work_after_an_upgrade_of_the_defaults(installed: Installed) -> None:
    before = installed.numbers("dialplan_xml")
    installed.fusion.php("core/upgrade/upgrade.php", "--defaults")
    installed.fusion.flush()
    assert installed.numbers("dialplan_xml") == before
    assert installed.pages(ONE)


def test_pages_work_after_the_codes_were_saved_in_the_editor(installed: Installed) -> None:
    before = installed.numbers("dialplan_xml")
    for (domain, _), uuid in installed.numbers("dialplan_uuid").items():
        if domain == ONE:
            installed.fusion.save_dialplan(uuid)
    installed.fusion.flush()
    assert installed.numbers("dialplan_xml") == before
    assert installed.pages(ONE)


def test_users_of_a_domain_that_is_added_later_can_page(installed: Installed) -> None:
    installed.fusion.add_domain(LATER)
    for phone in installed.phones(LATER):
        installed.fusion.add_extension(phone)
    installed.fusion.php("core/upgrade/upgrade.php", "--defaults")
    installed.fusion.flush()
    installed.fusion.registered(LATER)
    codes_of = {code for (domain, _), code in installed.numbers().items() if domain == LATER}
    assert codes_of == {"*15", "*18", "*19", "*20"}
    assert installed.pages(LATER)


def test_pages_work_after_a_restart_of_the_switch(installed: Installed) -> None:
    seen = installed.fusion.log.stat().st_size

    def back() -> bool:
        """Whether the controller is up at the new switch; it may have lost the old one for a moment."""
        return b"switch.up" in installed.fusion.log.read_bytes()[seen:].partition(b"switch.restarted")[2]

    installed.fusion.start_switch()
    installed.fusion.registered(ONE)
    wait_for(back, "the controller", 30)
    assert installed.pages(ONE)


def test_a_code_that_one_tenant_has_disabled_stays_disabled_and_the_others_page(installed: Installed) -> None:
    installed.fusion.sql(
        "UPDATE v_dialplans SET dialplan_enabled = 'false' "
        f"WHERE dialplan_context = '{TWO}' AND dialplan_name = 'whisper_page'"
    )
    installed.fusion.php("core/upgrade/upgrade.php", "--defaults")
    installed.fusion.flush()
    assert not installed.pages(TWO)
    assert installed.pages(ONE)


def test_our_upgrade_keeps_what_a_tenant_has_changed(installed: Installed) -> None:
    fusion = installed.fusion
    ours = ", ".join(f"'{code.app_uuid}'" for code in codes.shipped())
    fusion.sql(
        "UPDATE v_dialplans SET dialplan_description = replace(dialplan_description, 'Page 1', 'Page 0') "
        f"WHERE app_uuid IN ({ours})",
        "UPDATE v_dialplans SET dialplan_number = '*45', dialplan_order = 9, "
        f"dialplan_xml = replace(dialplan_xml, '\\*19', '\\*45') "
        f"WHERE dialplan_context = '{ONE}' AND dialplan_name = 'whisper_page'",
    )
    for file in (fusion.root / codes.APP / codes.DIALPLANS).glob("*.xml"):
        file.write_text(file.read_text().replace("Page 1", "Page 0"))
    done = fusion.whisperpage("fusionpbx", "upgrade")
    assert done.returncode == 0, done.stderr
    assert "Page 0" not in str(installed.numbers("dialplan_description"))
    assert installed.numbers("dialplan_order")[ONE, "whisper_page"] == "9"
    assert installed.numbers("dialplan_enabled")[TWO, "whisper_page"] == "false"
    assert installed.pages(ONE, "*45")
    assert installed.pages(LATER)


def test_removal_stops_all_pages(installed: Installed) -> None:
    done = installed.fusion.whisperpage("fusionpbx", "remove")
    assert done.returncode == 0, done.stderr
    assert not installed.pages(ONE)


def test_it_can_be_installed_again(installed: Installed, tmp_path: Path) -> None:
    done = installed.fusion.whisperpage("fusionpbx", "install")
    assert done.returncode == 0, done.stderr
    assert installed.pages(ONE)

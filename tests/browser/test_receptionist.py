"""The receptionist's page in a real browser: by keyboard alone, live, and after every break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Office

OpenPage = Callable[..., Any]


def row(page: Any, extension: str) -> Any:
    return page.locator(f"#c-{extension}")


def state(page: Any, extension: str, text: str) -> None:
    """Wait until a colleague has this state."""
    row(page, extension).locator(".state", has_text=text).wait_for()


def bar(page: Any, text: str) -> None:
    page.locator("#bar-text", has_text=text).wait_for()


def test_a_colleague_is_found_paged_and_left_by_keyboard_alone(open_page: OpenPage, office: Office) -> None:
    office.do("call", "1002", "9555")
    page = open_page()
    state(page, "1002", "On a call since")
    page.keyboard.type("ext 1002")
    page.locator("#found", has_text="1 colleague").wait_for()
    page.keyboard.press("ArrowDown")
    bar(page, "Whisper")
    page.keyboard.press("Enter")
    bar(page, "only your colleague hears you")
    page.locator("#said", has_text="Ext 1002: Whisper").wait_for()
    state(page, "1002", "Being paged")
    assert page.locator("#timer").inner_text().startswith("0:")
    page.keyboard.press("Escape")
    page.locator("#said", has_text="Ended").wait_for()
    state(page, "1002", "On a call since")


def test_colleagues_that_could_not_be_read_are_read_again(open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    page.route("**/console/roll", lambda route: route.fulfill(status=503), times=2)
    with page.expect_response("**/console/roll"):
        page.reload()
    with page.expect_response("**/console/roll"):
        page.clock.fast_forward(5_000)
    page.clock.fast_forward(5_000)
    row(page, "1002").wait_for()


def test_an_answer_that_comes_late_does_not_hide_what_the_stream_has_told(
    open_page: OpenPage, office: Office
) -> None:
    office.do("call", "1002", "9555")
    page = open_page()
    state(page, "1002", "On a call since")
    held: list[tuple[Any, Any]] = []
    page.route("**/console/page", lambda route: held.append((route, route.fetch())))
    row(page, "1002").click()
    bar(page, "Whisper")
    page.keyboard.press("Enter")
    bar(page, "only your colleague hears you")
    ((route, answer),) = held
    with page.expect_response("**/console/page"):
        route.fulfill(response=answer)
    page.evaluate("fetch('/console/roll').then((answer) => answer.text())")  # the script has taken the answer
    assert "only your colleague" in page.locator("#bar-text").inner_text()
    page.keyboard.press("Escape")
    page.locator("#said", has_text="Ended").wait_for()


def test_what_happens_while_everything_is_read_is_not_lost(open_page: OpenPage, office: Office) -> None:
    page = open_page()
    state(page, "1004", "Free")
    held: list[tuple[Any, Any]] = []
    page.route("**/console/colleagues", lambda route: held.append((route, route.fetch())))
    with page.expect_request("**/console/colleagues"):
        page.evaluate("location.reload()")
    page.locator("#link[data-is=here]").wait_for()
    while not held:
        page.evaluate("fetch('/console/roll').then((answer) => answer.text())")
    office.do("call", "1004", "9555")
    page.evaluate("fetch('/console/roll').then((answer) => answer.text())")
    ((route, answer),) = held
    route.fulfill(response=answer)
    state(page, "1004", "On a call since")
    office.do("hang_up")
    state(page, "1004", "Free")


def test_a_call_and_its_end_are_seen_without_a_reload(page: Any, office: Office) -> None:
    state(page, "1003", "Free")
    office.do("call", "1003", "9555")
    state(page, "1003", "On a call since")
    office.do("hang_up")
    state(page, "1003", "Free")


def test_what_cannot_be_paged_says_why_and_is_not(open_page: OpenPage, office: Office) -> None:
    office.do("call", "1002", "3001")
    page = open_page()
    row(page, "1002").click()
    bar(page, "Cannot be paged: not available now")
    assert page.locator("#page").is_disabled()


def test_a_message_is_sent_to_who_is_chosen_and_its_reply_is_read(
    open_page: OpenPage, office: Office
) -> None:
    office.do("call", "1002", "9555")
    page = open_page()
    page.locator("#c-1002").click()
    page.locator("#message").select_option("lobby")
    page.locator("#message").press("Tab")
    page.keyboard.press("Enter")
    bar(page, "Message: your colleague hears it")
    office.do("press", "1002", "*2")
    bar(page, "Your colleague has answered: five minutes")
    page.locator("#said", has_text="five minutes").wait_for()
    page.locator("#end").wait_for(state="hidden")
    assert page.locator("#message").input_value() == ""


def test_who_has_no_phone_is_shown_so(page: Any) -> None:
    state(page, "1010", "Not registered")


def test_arrows_go_through_the_list_and_say_where_they_are(page: Any) -> None:
    page.reload()
    state(page, "1002", "Free")
    for extension in ("1002", "1003"):
        page.keyboard.press("ArrowDown")
        assert page.locator("#find").get_attribute("aria-activedescendant") == f"c-{extension}"
        assert row(page, extension).get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowUp")
    assert row(page, "1002").get_attribute("aria-selected") == "true"
    assert page.locator("[aria-selected=true]").count() == 1


def test_the_keys_are_shown_by_a_key(page: Any) -> None:
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("#keys:not([open])").wait_for(state="attached")


def test_a_favourite_comes_first_and_is_kept(page: Any) -> None:
    first = page.locator("#list li:not([hidden])").first.locator(".name")
    row(page, "1005").click()
    page.keyboard.press("Alt+f")
    first.filter(has_text="★").wait_for()
    page.reload()
    first.filter(has_text="★ Ext 1005").wait_for()
    row(page, "1005").click()
    page.keyboard.press("Alt+f")
    first.filter(has_text="Ext 1002").wait_for()


def test_a_stream_that_is_cut_goes_on(page: Any, office: Office) -> None:
    state(page, "1004", "Free")
    office.do("cut")
    office.do("call", "1004", "9555")
    state(page, "1004", "On a call since")
    page.locator("#link[data-is=here]").wait_for()
    office.do("hang_up")


def test_a_restart_of_the_controller_under_an_open_page_is_survived(page: Any, office: Office) -> None:
    state(page, "1002", "Free")
    office.do("restart")
    office.do("call", "1002", "9555")
    state(page, "1002", "On a call since")
    page.locator("#link[data-is=here]").wait_for()
    office.do("hang_up")


def test_two_browsers_see_the_same_page_and_the_target_mutes_itself(
    open_page: OpenPage, office: Office
) -> None:
    office.do("call", "1002", "9555")
    pager, target = open_page(), open_page("user", "1002")
    row(pager, "1002").click()
    bar(pager, "Whisper")
    pager.locator("#page").click()
    bar(target, "pages you")
    target.keyboard.press("Alt+m")
    state(pager, "1002", "Being paged, muted")
    target.locator("#mute[aria-pressed=true]").wait_for()
    target.keyboard.press("Escape")
    pager.locator("#said", has_text="Ended").wait_for()


def test_pages_to_oneself_are_switched_off(open_page: OpenPage) -> None:
    page, other = open_page("user", "1003"), open_page()
    page.locator("#pages-off").click()
    page.locator("#pages-off[aria-pressed=true]").wait_for()
    state(other, "1003", "Pages off")
    page.locator("#pages-off").click()
    state(other, "1003", "Free")


def test_a_name_that_is_a_script_is_a_name(page: Any) -> None:
    row(page, "1006").locator(".name", has_text="<script>").wait_for()
    assert page.title() != "owned"
    assert page.locator("#list img").count() == 0


def test_who_logs_out_sees_nothing_more(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="You are logged out").wait_for()
    page.goto(page.url.replace("/left", "/"))
    page.get_by_role("heading", name="Not logged in").wait_for()


def test_who_is_on_a_call_speaks_privately_to_a_free_colleague(open_page: OpenPage, office: Office) -> None:
    page = open_page()
    state(page, "1003", "Free")
    row(page, "1003").click()
    bar(page, "Intercom call")
    assert not page.locator("#reverse").is_visible()
    office.do("call", "1001", "9555")
    page.locator("#reverse").wait_for()
    page.keyboard.press("Alt+p")
    bar(page, "only your colleague hears you, your caller hears nothing")
    page.keyboard.press("Escape")
    page.locator("#said", has_text="Ended").wait_for()

"""The buttons of a user's phone."""

from __future__ import annotations

from controller.phones.buttons import CODES, Button, Codes, Does, buttons

URL = "https://pbx.example.org"


def made(*pages: str, codes: Codes = CODES) -> dict[str, Button]:
    return {button.label: button for button in buttons("1002", pages, URL + "/", "t0k", codes)}


def test_there_is_a_button_for_each_extension_to_page_and_one_that_asks() -> None:
    found = made("1003", "1004", codes=Codes(page="*77"))
    assert [found[label].value for label in ("Page 1003", "Page 1004", "Page ...")] == [
        "*771003",
        "*771004",
        "*77",
    ]
    assert {found[label].does for label in ("Page 1003", "Page ...")} == {Does.DIAL}


def test_what_a_paged_target_does_is_a_url_with_its_token() -> None:
    found = made()
    for label, action in (("Mute", "toggle-mute"), ("End page", "end"), ("Pages off", "toggle-off")):
        assert found[label].value == f"{URL}/keys/t0k/{action}"


def test_a_phone_without_urls_presses_keys_and_dials_the_code() -> None:
    found = made(codes=Codes(off="*88", mute="*1", end="*2"))
    otherwise = [found[label].otherwise for label in ("Mute", "End page", "Pages off")]
    assert [(each.does, each.value) for each in otherwise if each] == [
        (Does.SEND, "*1"),
        (Does.SEND, "*2"),
        (Does.DIAL, "*88"),
    ]


def test_a_key_that_is_switched_off_is_no_button_of_such_a_phone() -> None:
    found = made(codes=Codes(mute="", end=""))
    assert (found["Mute"].otherwise, found["End page"].otherwise) == (None, None)


def test_lamps_watch_the_users_own_page_mute_and_block() -> None:
    watched = [button.value for button in made().values() if button.does is Does.WATCH]
    assert watched == ["whisper+1002", "whispermute+1002", "whisperoff+1002"]

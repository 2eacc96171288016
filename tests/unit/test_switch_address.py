"""The addresses of switches."""

from __future__ import annotations

import pytest

from controller.errors import SettingsError
from controller.switch_address import SwitchAddress, parse_switch_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("esl://:secret@10.0.0.1:8022", SwitchAddress("10.0.0.1", 8022, "secret")),
        ("esl://:p%40ss@switch", SwitchAddress("switch", 8021, "p@ss")),
        ("esl://pager%40pbx.test:x@[fd00::1]:8021", SwitchAddress("fd00::1", 8021, "x", "pager@pbx.test")),
    ],
)
def test_switch_urls(url: str, address: SwitchAddress) -> None:
    assert parse_switch_url(url) == address


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8021", "http://:x@h", "esl://h", "esl://:x@h:port", "esl://:x@"]
)
def test_a_switch_url_that_is_none_says_how_to_write_one(url: str) -> None:
    with pytest.raises(SettingsError, match="esl://:PASSWORD@HOST:8021"):
        parse_switch_url(url)


def test_a_switchs_password_is_in_no_text_of_its_address() -> None:
    address = SwitchAddress("10.0.0.1", 8021, "secret")
    assert "secret" not in f"{address} {address!r}"

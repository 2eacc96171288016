"""The settings as a value."""

from __future__ import annotations

import pytest

from controller.config import Settings, parse_limit
from controller.errors import SettingsError
from controller.ratelimit import RateLimit
from controller.switch_address import SwitchAddress


def test_no_two_keys_are_the_same_digit() -> None:
    with pytest.raises(SettingsError, match="end_key and off_key are both '7'"):
        Settings(end_key="7")
    assert Settings(end_key="", off_key="").mute_key == "5"


@pytest.mark.parametrize(("written", "meant"), [("", None), ("0", None), ("7/minute", RateLimit(7, 60.0))])
def test_a_limit_is_so_many_a_minute_or_none(written: str, meant: RateLimit | None) -> None:
    assert parse_limit(written) == meant


def test_several_switches_have_a_comma_between_them_and_so_may_a_password() -> None:
    settings = Settings(switch_url="esl://:one,two@10.0.0.1, esl://:three@10.0.0.2:8022")
    one, two = SwitchAddress("10.0.0.1", 8021, "one,two"), SwitchAddress("10.0.0.2", 8022, "three")
    assert settings.addresses == (one, two)


def test_a_switch_that_is_named_twice_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"names 10\.0\.0\.1:8021 twice"):
        _ = Settings(switch_url="esl://:a@10.0.0.1,esl://:b@10.0.0.1:8021").addresses


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("", None),
        ("127.0.0.1:8019", ("127.0.0.1", 8019)),
        ("[::1]:80", ("::1", 80)),
        ("pbx.example.org:0", ("pbx.example.org", 0)),
    ],
)
def test_where_to_listen_for_http(listen: str, address: tuple[str, int] | None) -> None:
    assert Settings(http_listen=listen).http_address == address


@pytest.mark.parametrize(
    "listen", ["8019", "127.0.0.1", ":8019", "::1:8019", "host:port", "host:99999", "http://host:1", "a@b:1"]
)
def test_where_nobody_can_listen_is_one_sentence(listen: str) -> None:
    with pytest.raises(SettingsError, match=r"write HOST:PORT as in 127\.0\.0\.1:8019"):
        _ = Settings(http_listen=listen).http_address


ESPEAK = "espeak-ng --stdin -v {voice} -w {file}"


def test_texts_are_spoken_by_a_command_with_voices() -> None:
    settings = Settings(speech_command=ESPEAK, speech_voices="en, de", speech_url="http://10.0.0.5:8019")
    assert settings.voices == ("en", "de")
    assert Settings().voices == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("speech_command", "espeak-ng --stdin"),
        ("speech_command", "{file}"),
        ("speech_command", "espeak-ng 'x {file}"),
        ("speech_command", ESPEAK),
        ("speech_voices", "en, ../de"),
        ("speech_voices", "-w"),
        ("speech_folder", "kept"),
        ("speech_folder", "/var/../etc"),
        ("speech_folder", "/var/${system(id)}"),
        ("speech_folder", "/var/a b"),
        ("speech_url", "10.0.0.5:8019"),
        ("speech_url", "http://u:p@10.0.0.5"),
        ("speech_url", "http://h/${system(id)}"),
        ("speech_url", "http://h/a\nb"),
        ("speech_url", "http://h\n"),
    ],
)
def test_what_cannot_speak_is_one_sentence(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match="speech_") as caught:
        Settings(**{key: value})  # type: ignore[arg-type]
    assert str(caught.value).isprintable()


def test_no_secret_is_in_the_text_of_the_settings() -> None:
    settings = Settings(
        api_token="a-secret-of-the-api", switch_url="esl://:a-secret@h", database_url="mysql://u:a-secret@h/d"
    )
    assert "secret" not in f"{settings} {settings!r}"

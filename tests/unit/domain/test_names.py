"""The names of users and groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.names import GroupName, UserFilter, UserName, parse_principal, principal_text, shown
from controller.errors import InvalidValue

HOSTILE = [
    "",
    " ",
    "1002 ",
    "1" * 40,
    "${system(id)}",
    "10'02",
    '10"02',
    "10}02",
    "10,02",
    "10\r\n02",
    "1002\n",
    "10\x0002",
    "10/02",
    "10:02",
    "1é2",
    "\u212a",  # the Kelvin sign, which lower() converts to k
    "x" * 1_000_000,
]


@pytest.mark.parametrize("extension", ["1002", "a", "front.desk", "j_smith+1-2", "x" * 32])
def test_an_extension_may_be_any_user_id_of_a_directory(extension: str) -> None:
    assert UserName(extension, "pbx").extension == extension


@pytest.mark.parametrize("domain", ["pbx", "pbx.example.org", "192.0.2.1", "2001:db8::1", "a_b-c"])
def test_a_domain_is_a_host_name_or_an_address(domain: str) -> None:
    assert str(UserName("1002", domain)) == f"1002@{domain}"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_else_is_an_extension(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"is not an extension: use 1 to 32"):
        UserName(text, "pbx")


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE if text not in ("1" * 40, "10:02")] + ["a@b", "x" * 254]
)
def test_nothing_else_is_a_domain(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"is not a domain"):
        UserName("1002", text)


@pytest.mark.parametrize(
    "text", [*(text for text in HOSTILE if text != "1" * 40), "-x", ".x", "x" * 65, "a+b"]
)
def test_nothing_else_is_a_group(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"is not a group's name"):
        GroupName(text)


def test_users_and_groups_are_the_same_in_any_case() -> None:
    assert UserName("Alice", "PBX.Example.org") == UserName("alice", "pbx.example.org")
    assert GroupName("Reception") == GroupName("reception")


def test_the_error_for_a_user_without_a_domain_shows_the_right_form() -> None:
    with pytest.raises(InvalidValue, match="write EXT@DOMAIN"):
        UserName.parse("1002")


@pytest.mark.parametrize("text", ["1002@pbx", "group:reception"])
def test_a_party_is_written_as_it_is_read(text: str) -> None:
    assert principal_text(parse_principal(text)) == text


@pytest.mark.parametrize("text", ["1002", "reception", "user:x", "group:", ""])
def test_a_party_is_a_user_or_a_group(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_principal(text)


@given(st.text())
def test_what_an_error_shows_is_printable_and_short(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) < 500


def test_a_user_may_be_looked_for_with_or_without_its_domain() -> None:
    assert UserFilter.parse("Alice") == UserFilter("alice")
    assert UserFilter.parse("Alice@PBX") == UserFilter("alice", "pbx")


@pytest.mark.parametrize("text", ["", "%", "10 02", "a@b@c"])
def test_what_cannot_be_a_user_is_not_looked_for(text: str) -> None:
    with pytest.raises(InvalidValue):
        UserFilter.parse(text)


@pytest.mark.parametrize("text", ["", "1002", "10 02@pbx"])
def test_text_that_names_no_user_names_none(text: str) -> None:
    assert UserName.or_none(text) is None
    assert UserName.or_none("Alice@PBX") == UserName("alice", "pbx")

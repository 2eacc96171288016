"""The headers that make a phone answer by itself."""

from __future__ import annotations

import pytest

from controller.errors import InvalidValue
from controller.phones.auto_answer import LENGTH, parse_header, read_headers, render, write_headers
from controller.phones.values import Header


@pytest.mark.parametrize(
    "line",
    [
        "Call-Info: <sip:{domain}>;answer-after=0",
        "Alert-Info: <http://{domain}>;info=alert-autoanswer;delay=0",
        'Alert-Info: <http://{domain}>;info="Auto Answer"',
        "Alert-Info: ring-answer",
        "Answer-Mode: Auto",
    ],
)
def test_the_headers_that_phones_want_are_read(line: str) -> None:
    assert str(parse_header(line)) == line


def test_a_name_is_known_in_any_case() -> None:
    assert parse_header("call-info:x") == Header("Call-Info", "x")


@pytest.mark.parametrize("line", ["", "Call-Info", "From: <sip:x@y>", "Route: <sip:x>", "X-Evil: 1", ": x"])
def test_no_other_header_may_be_set(line: str) -> None:
    with pytest.raises(InvalidValue, match="is not a header that makes a phone answer"):
        parse_header(line)


@pytest.mark.parametrize("value", ["", "a\r\nb", "a\nb", *"'\",{}[]\\$^\0|`é", "{a}", "${x}", "x" * 201])
def test_no_value_can_leave_its_place_in_a_dial_string(value: str) -> None:
    with pytest.raises(InvalidValue, match="The value of Call-Info may have"):
        parse_header(f"Call-Info:{value}")


def test_a_row_of_sql_has_one_header_a_line() -> None:
    headers = (Header("Call-Info", "<sip:x>;answer-after=0"), Header("Answer-Mode", "Auto"))
    assert read_headers(write_headers(headers)) == headers


def test_a_line_that_is_no_header_is_left_out() -> None:
    assert read_headers("Answer-Mode: Auto\nFrom: <sip:x@y>\nnonsense\n") == (Header("Answer-Mode", "Auto"),)


def test_more_than_a_row_holds_is_not_written() -> None:
    with pytest.raises(InvalidValue, match="characters together"):
        write_headers([Header("Call-Info", "x" * 200)] * (LENGTH // 200))


def test_the_targets_domain_takes_its_place() -> None:
    header = parse_header("Call-Info: <sip:{domain}>;answer-after=0")
    assert render([header], "pbx.example.org") == (("Call-Info", "<sip:pbx.example.org>;answer-after=0"),)


def test_an_ipv6_domain_stands_in_brackets() -> None:
    assert render([parse_header("Call-Info: <sip:{domain}>")], "::1") == (("Call-Info", "<sip:[::1]>"),)

"""Users as a CSV file."""

from __future__ import annotations

import io

import pytest

from controller.administration import sheets
from controller.administration.reach import Reach
from controller.domain.names import UserName
from controller.domain.policy import Accept
from controller.errors import InvalidValue, OutOfReach
from controller.phones.values import Header, PhoneKind

ALICE = UserName("1002", "pbx")
GROUPS = {"default", "reception"}


def read(text: str) -> dict[UserName, object]:
    return dict(sheets.read(io.StringIO(text, newline=""), GROUPS))


def test_a_line_sets_the_settings_that_its_columns_name() -> None:
    assert read("user,group,whisper_initiate\n1002@PBX,Reception,Yes\n") == {
        ALICE: {"settings_group": "reception", "whisper_initiate": True}
    }


def test_every_setting_has_its_column() -> None:
    header = f"user,{','.join(sheets.CELLS)}\n"
    assert read(header + '1002@pbx,,false,all,1,listed,true,desk,"Answer-Mode: Auto\nAlert-Info: x"\n') == {
        ALICE: {
            "settings_group": "default",
            "whisper_initiate": False,
            "whisper_accept": Accept.ALL,
            "intercom_initiate": True,
            "intercom_accept": Accept.LISTED,
            "pages_off": True,
            "phone_kind": PhoneKind.DESK,
            "auto_answer": (Header("Answer-Mode", "Auto"), Header("Alert-Info", "x")),
        }
    }


def test_an_empty_cell_inherits() -> None:
    header = f"user,{','.join(sheets.CELLS)}\n"
    (changes,) = read(header + "1002@pbx,,,,,,,,\n").values()
    assert changes == {
        "settings_group": "default",
        "whisper_initiate": None,
        "whisper_accept": None,
        "intercom_initiate": None,
        "intercom_accept": None,
        "pages_off": False,
        "phone_kind": None,
        "auto_answer": None,
    }


def test_a_dash_sends_no_header() -> None:
    assert read("user,auto_answer\n1002@pbx,-\n") == {ALICE: {"auto_answer": ()}}


def test_empty_lines_and_spaces_and_the_case_of_the_header_do_not_count() -> None:
    assert read("User , GROUP\r\n\r\n 1002@pbx , reception \r\n") == {ALICE: {"settings_group": "reception"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "",
            "Line 1: It has no column user: the first line names the columns. The columns are user, group",
        ),
        ("group\nreception\n", "Line 1: It has no column user"),
        ("user,colour\n", "Line 1: 'colour' is no column"),
        ("user,group,group\n", "Line 1: A column is there twice"),
        ("user,group\n1002@pbx\n", "Line 2: 1 cell for 2 columns"),
        ("user\n1002@pbx\n1002\n", "Line 3: '1002' is not a user"),
        (f"user\n{'1' * 40}@pbx\n", "Line 2: .* is not an extension"),
        ("user\n1002@pbx\n1003@pbx\n1002@PBX\n", "Line 4: 1002@pbx is on line 2 already"),
        (
            "user,group\n1002@pbx,nosuch\n",
            r"Line 2: There is no settings group nosuch\.$",
        ),
        ("user,whisper_initiate\n1002@pbx,maybe\n", "Line 2: 'maybe' is neither true nor false"),
        ("user,whisper_accept\n1002@pbx,some\n", "Line 2: 'some' is none of none, all, listed"),
        ("user,phone_kind\n1002@pbx,hard\n", "Line 2: 'hard' is none of desk, soft"),
        ("user,auto_answer\n1002@pbx,From: me\n", "Line 2: 'From: me' is not a header"),
        (f"user\n1002@pbx\n{'x' * 1_000_000}\n", r"Line 3: It is no CSV \(field larger than field limit"),
        ('user\n"1002@pbx\n', r"Line 2: It is no CSV \(unexpected end of data\): check its quotes"),
        ("user\n10\x0002@pbx\n", "Line 2: "),
    ],
)
def test_a_mistake_is_reported_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said) as caught:
        read(text)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "user\n1002@pbx\nj\xfcrgen@pbx\n".encode("latin-1"),
            "Line 3: It is not UTF-8 text: save the file as",
        ),
        ("user\n1002@pbx\n".encode("utf-16"), "Line 1: It is not UTF-8 text"),
        (b"user\n1002@pbx\n" + b"x" * 1_000_000, "Line 3: It has 10000 bytes and more"),
        (b"x" * 1_000_000, "Line 1: It has 10000 bytes and more"),
        (b'user\n"1002@pbx\n' + b"1003@pbx\n" * 100_000, "Line 2: It is no CSV .*: check its quotes"),
    ],
)
def test_a_file_that_is_no_csv_in_utf_8_is_reported_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(InvalidValue, match=said) as caught:
        sheets.read(sheets.text(io.BytesIO(data)), GROUPS)
    assert str(caught.value).count("Line ") == 1
    assert len(str(caught.value)) < 400


def test_a_user_that_may_not_be_in_a_file_is_reported_with_its_line() -> None:
    with pytest.raises(OutOfReach, match=r"Line 3: Only users of one\.test can be added here\."):
        sheets.read(["user\n", "1@one.test\n", "1@two.test\n"], GROUPS, Reach("one.test").check_new_user)


def test_text_keeps_line_ends_and_drops_a_byte_order_mark() -> None:
    assert list(sheets.text(io.BytesIO(b"\xef\xbb\xbfuser\r\n\xc3\xbc\n"))) == ["user\r\n", "ü\n"]


def test_a_written_file_is_read_as_the_same_users() -> None:
    own = {
        "settings_group": "reception",
        "whisper_initiate": False,
        "whisper_accept": "listed",
        "intercom_initiate": None,
        "intercom_accept": None,
        "pages_off": True,
        "phone_kind": "soft",
        "auto_answer": "",
    }
    file = io.StringIO()
    sheets.write([(ALICE, own)], file)
    assert read(file.getvalue()) == {ALICE: {**own, "auto_answer": ()}}

"""Files and directories that are written to do harm: each is refused at once, with one sentence."""

from __future__ import annotations

import io

import pytest

from controller.administration import sheets
from controller.cli import directory
from controller.errors import InvalidValue, SwitchTrouble

BOMB = (
    '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + ']><section><domain name="pbx.test"><user id="&j;"/></domain></section>'
)
FILE = (
    '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    '<section><domain name="pbx.test"><user id="&a;"/></domain></section>'
)
DEEP = "<a>" * 100_000 + "</a>" * 100_000


@pytest.mark.parametrize(
    ("xml", "told"),
    [(BOMB, "amplification"), (FILE, "external entity"), (DEEP, "lists no users")],
    ids=["bomb", "file", "deep"],
)
def test_a_directory_of_entities_or_depth_is_refused(xml: str, told: str) -> None:
    with pytest.raises(SwitchTrouble, match=told):
        directory.users(xml)


@pytest.mark.parametrize("user", ["${system(id)}", "1002'", "a b", "<![CDATA[1]]>", "1002\n"])
def test_a_directory_with_an_invalid_user_name_is_refused(user: str) -> None:
    quoted = user.replace("<", "&lt;").replace("\n", "&#10;")
    with pytest.raises(InvalidValue, match="Nothing was changed"):
        directory.users(f'<s><domain name="pbx.test"><user id="{quoted}"/></domain></s>')


@pytest.mark.parametrize(
    "content",
    [
        b"user\n1002@pbx.test\x00\n",
        b"user\n\xef\xbb\xbf1002@pbx.test\n",
        b"user,group,group\n1002@pbx.test,default,default\n",
        b"user\n" + b"1" * 20_000_000,
        b"u" * 20_000,
        'user\n"1002@pbx.test"\n'.encode("utf-16"),
        b'user\n"' + b"1002@pbx.test\n" * 20_000,
        b'user,auto_answer\n1002@p,"Call-Info: a\r\nRoute: <sip:b>"\n',
        b"user,auto_answer\n1002@p,Call-Info: ${system(id)}\n",
        b"user\n=cmd|'/C calc'!A0@pbx.test\n",
        b"user\n@SUM(1)\n",
    ],
    ids=["NUL", "mark", "twice", "line", "header", "UTF-16", "quote", "CR LF", "expansion", "formula", "at"],
)
def test_a_file_that_is_no_list_of_users_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidValue):
        sheets.read(sheets.text(io.BytesIO(content)), {"default"})

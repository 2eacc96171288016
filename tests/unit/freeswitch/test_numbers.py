"""S2: no extension of the dialplan is forgotten where the live tests dial them all."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from tests.live.numbers import CODES, INTERNAL

TOP = Path(__file__).parents[3]


@pytest.mark.parametrize("file", ["whisperpage.xml", "default/whisperpage.xml", "public/whisperpage.xml"])
def test_no_extension_is_left_untried(file: str) -> None:
    tried = {unquote(number) for number in (*INTERNAL, *CODES, "*19")}
    tried |= {f"{number}=1001" for number in tried}  # with the authenticated user
    codes = {"$${whisperpage_page_code}": r"\*19", "$${whisperpage_intercom_code}": r"\*15"}
    codes |= {"$${whisperpage_off_code}": r"\*20", "$${whisperpage_message_code}": r"\*18"}
    for extension in ElementTree.parse(TOP / "dialplan" / file).iter("extension"):
        written = [each.get("expression", "") for each in extension.findall("condition[@expression]")]
        if not written:  # whisperpage-end hangs up every call
            assert [each.get("application") for each in extension.iter("action")] == ["hangup"]
            continue
        for name, code in codes.items():
            written = [expression.replace(name, code) for expression in written]
        taken = (re.search(expression, each) for expression in written for each in tried)
        assert any(taken), extension.get("name")


@pytest.mark.parametrize("number", [each for each in INTERNAL if each.startswith(("bind-", "unbind-"))])
def test_the_search_for_what_binds_a_key_ends_after_a_few_extensions(number: str) -> None:
    """The target's leg searches itself, and carries no sound meanwhile."""
    tree = ElementTree.parse(TOP / "dialplan" / "whisperpage.xml")
    first = [each.findall("condition") for each in tree.iter("extension")][:6]
    written = [each.get("expression", "") for [each] in first if each.get("field") == "destination_number"]
    assert any(re.search(expression, unquote(number)) for expression in written)

"""Every file of the configuration follows the preprocessor's rules and contains no secret."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.freeswitch import preprocessor
from tests.unit.freeswitch.conftest import OWN_VARIABLES, TOP

FILES = sorted([*(TOP / "freeswitch").rglob("*.xml"), *(TOP / "dialplan").rglob("*.xml")])
NAMES = [str(path.relative_to(TOP)) for path in FILES]
every_file = pytest.mark.parametrize("path", FILES, ids=NAMES)


@every_file
def test_it_is_well_formed(path: Path) -> None:
    ElementTree.parse(path)


@every_file
def test_what_the_preprocessor_reads_stands_on_a_line_of_its_own(path: Path) -> None:
    """Other text on the line is silently lost, and a mention in a comment is taken for an instruction."""
    for line in path.read_text().splitlines():
        if "x-pre-process" in line.lower():
            assert preprocessor.DIRECTIVE.fullmatch(line.strip()), line
        if re.search(r"</?include>|<\?", line):
            assert line.strip() in ("<include>", "</include>", '<?xml version="1.0"?>'), line


@every_file
def test_it_has_no_literal_secret(path: Path) -> None:
    text = path.read_text()
    for name, value in re.findall(r'name="([\w-]*(?:password|secret|hash)[\w-]*)" value="([^"]*)"', text):
        assert value in ("true", "false") or re.fullmatch(r"\$\$\{\w+_password\}", value), name
    assert "ClueCon" not in text


def test_every_variable_is_set_before_it_is_used(conf: Path) -> None:
    used = {name for path in conf.rglob("*.xml") for name in re.findall(r"\$\$\{([^}]*)\}", path.read_text())}
    variables = dict(OWN_VARIABLES)
    environment = dict.fromkeys(re.findall(r"\$([A-Z][A-Z_0-9]*)", (conf / "vars.xml").read_text()), "x")
    preprocessor.whole(conf / "freeswitch.xml", environment, variables)
    assert used <= set(variables)


def test_without_secrets_nobody_has_a_password(conf: Path) -> None:
    text = preprocessor.whole(conf / "freeswitch.xml", {}, dict(OWN_VARIABLES))
    passwords = [
        param.get("value")
        for param in ElementTree.fromstring(text).iter("param")
        if param.get("name") in ("password", "esl-password")
    ]
    assert passwords == [""] * 5

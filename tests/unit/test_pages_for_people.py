"""The pages for those who use, mend and plan a telephone system: what they say of codes and keys is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from controller.config import Settings
from tests.browser.conftest import CHROMIUM

TOP = Path(__file__).parents[2]
KEYS = {Settings.mute_key, Settings.end_key, Settings.off_key}
#: Of the replies that a new installation has (migrations).
REPLIES = {"*1", "*2", "*3"}


def codes() -> set[str]:
    """The feature codes as the dialplan comes."""
    text = (TOP / "dialplan/default/whisperpage.xml").read_text()
    return {code.replace("\\", "") for code in re.findall(r'"whisperpage_\w+_code=([^"]+)"', text)}


def test_the_sheet_for_the_office_has_the_codes_and_keys_and_no_others() -> None:
    shown = set(re.findall(r"<kbd>(.*?)</kbd>", (TOP / "docs/office.html").read_text()))
    assert shown == codes() | {f"*{key}" for key in KEYS} | REPLIES | {
        "*191002",
        "#",
        Settings.call_back_key,
    }


@pytest.mark.parametrize(("paper", "points"), [("A4", (595, 842)), ("letter", (612, 792))])
def test_the_sheet_for_the_office_is_one_page(paper: str, points: tuple[int, int], tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium to print with")
    sheet, printed = tmp_path / "office.html", tmp_path / "office.pdf"
    # Chromium takes the size of the paper from no option
    sheet.write_text((TOP / "docs/office.html").read_text().replace("@page {", f"@page {{ size: {paper};"))
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path}",
        f"--print-to-pdf={printed}",
    ]
    subprocess.run([*command, str(sheet)], check=True, capture_output=True, timeout=120)
    pdf = printed.read_bytes()
    assert re.findall(rb"/Type /Pages\s*/Count (\d+)", pdf) == [b"1"]
    [(width, height)] = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert (round(float(width)), round(float(height))) == points


def test_the_page_of_conflicts_has_our_codes_keys_and_where_they_are_set() -> None:
    ours = (TOP / "docs/conflicts.md").read_text().split("\n\n")[2]
    keys = {f"*{key}" for key in KEYS} | REPLIES
    assert set(re.findall(r"`(\*[0-9]+)`", ours)) == codes() | keys
    dialplan = (TOP / "dialplan/default/whisperpage.xml").read_text()
    for name in re.findall(r"`(whisperpage_\w+)`", ours):
        assert f'"{name}=' in dialplan


def test_each_line_of_the_table_of_troubles_leads_to_its_part() -> None:
    page = (TOP / "docs/what-to-do.md").read_text()
    parts = {
        re.sub(r"[^a-z0-9 ]", "", part.lower()).replace(" ", "-")
        for part in re.findall(r"^## (.*)", page, re.M)
    }
    assert set(re.findall(r"\| \[[^]]+\]\(#([^)]+)\) \|", page)) == parts


def test_each_trouble_has_a_command() -> None:
    _, *parts = re.split(r"^## ", (TOP / "docs/what-to-do.md").read_text(), flags=re.M)
    for part in parts:
        assert re.search(r"^(whisperpage|fs_cli|systemctl|journalctl|curl) ", part, re.M), part.splitlines()[
            0
        ]

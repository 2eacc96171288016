"""The README is short, and the statements of README and docs/settings.md are true."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from controller import settings_sources
from controller.cli.main import run
from controller.config import Settings
from controller.switch.trust import HEADERS

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text()


def blocks() -> list[str]:
    """The shell blocks of the README, a continued line as one."""
    found = re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)
    return [each.replace("\\\n", " ") for each in found]


def test_the_readme_has_120_lines_at_the_most() -> None:
    assert len(README.splitlines()) <= 120


@pytest.mark.parametrize("block", blocks())
def test_a_shell_can_read_the_block(block: str) -> None:
    subprocess.run(["sh", "-n"], input=block, text=True, check=True)


def test_what_the_install_copies_is_in_the_checkout() -> None:
    text = "\n".join(blocks())
    for source in re.findall(r"(?:cp -r|install -m 644) (\S+)", text):
        assert (TOP / source).exists()


def test_the_files_that_the_install_writes_are_those_that_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings of the README are valid, where the program looks for them and the service runs."""
    [(path, text)] = re.findall(r"tee (\S+) >/dev/null <<'END'\n(.*?)^END", README, re.M | re.S)
    assert path == settings_sources.SYSTEM_FILE
    (tmp_path / "etc.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings_sources, "SYSTEM_FILE", str(tmp_path / "etc.toml"))
    folder = Path(settings_sources.load({}).database_url.removeprefix("sqlite:///")).parent
    unit = (TOP / "systemd/whisperpage.service").read_text()
    assert f"StateDirectory={folder.name}" in unit
    assert folder.parent == Path("/var/lib")


def test_the_commands_of_the_readme_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings_sources, "SYSTEM_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "sqlite:///test.db")
    assert run(["db", "upgrade"]) == 0
    found = re.findall(r"^sudo -u whisperpage whisperpage (?!doctor)(.*)$", "\n".join(blocks()), re.M)
    assert found
    for line in found:
        assert run(shlex.split(line)) == 0


def test_every_setting_is_in_the_table_with_its_default() -> None:
    text = (TOP / "docs/settings.md").read_text()
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    for each in fields(Settings):
        assert f"`{each.name}`" in table
        default = str(each.default).lower() if isinstance(each.default, bool) else str(each.default)
        assert not default or f"`{default.removesuffix('.0')}`" in table


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{path.name}" for path in (TOP / "docs").glob("*.md"))]
)
def test_no_link_leads_nowhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (TOP / page).read_text()):
        assert ((TOP / page).parent / target).exists(), target


def walk() -> list[str]:
    """The modules of the path through the code, in its order (docs/how-it-works.md)."""
    page = (TOP / "docs/how-it-works.md").read_text()
    table = page[page.index("| step | where |") : page.index("\n\n", page.index("| step | where |"))]
    found: list[str] = []
    for cell in (line.split("|")[2] for line in table.splitlines()[2:]):
        room = ""
        for name in re.findall(r"`([\w/]+\.py)`", cell):
            room = name.rpartition("/")[0] or room
            found.append(f"{room}/{name.rpartition('/')[2]}")
    return found


def test_a_reader_follows_a_request_in_20_modules_8_of_them_of_the_feature() -> None:
    modules = walk()
    assert all((TOP / "controller" / each).exists() for each in modules)
    assert len(modules) == len(set(modules)) <= 20
    commands = modules[: modules.index("switch/runner.py") + 1]  # it sends them
    assert len([each for each in commands if each.startswith("paging/")]) <= 8


@pytest.mark.parametrize("text", ["docs/cluster.md", "tests/live/kamailio.py"])
@pytest.mark.parametrize("header", HEADERS)
def test_example_of_a_proxy_lets_no_phone_write_a_header_that_the_setting_may_name(
    text: str, header: str
) -> None:
    [first] = re.findall(r"^request_route \{.*?^    }$", (TOP / text).read_text(), re.M | re.S)
    assert f'remove_hf("{header}")' in first

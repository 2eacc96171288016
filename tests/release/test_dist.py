"""The release: `make dist`, and the wheel in an environment with only the packages that it requires."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email import message_from_string
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[2]


def make_dist(folder: Path) -> Path:
    """Run `make dist` with the environment of the tests, which it must not rebuild."""
    there = [f"--assume-old={sys.prefix}/{stamp}" for stamp in (".runs", ".installed")]
    command = ["make", *there, "dist", f"VENV={sys.prefix}", f"DIST={folder}"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of `make dist`."""
    return make_dist(tmp_path_factory.mktemp("release") / "dist")


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [found] = dist.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def source(dist: Path) -> Path:
    """The source archive."""
    [found] = dist.glob("*.tar.gz")
    return found


def test_the_release_has_the_version_that_the_changelog_begins_with(wheel: Path, source: Path) -> None:
    setup = ConfigParser()
    setup.read(TOP / "setup.cfg")
    version = setup["metadata"]["version"]
    assert wheel.name == f"whisperpage-{version}-py3-none-any.whl"
    assert source.name == f"whisperpage-{version}.tar.gz"
    headings = [line for line in (TOP / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    released = [line for line in headings if line != "## Unreleased"]
    assert released[0].startswith(f"## {version} (")


def test_it_is_the_same_to_the_byte_when_it_is_made_again(dist: Path, tmp_path: Path) -> None:
    again = make_dist(tmp_path / "dist")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in dist.iterdir()
    }


def test_the_source_archive_has_the_whole_repository(source: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("this is no checkout")
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    there = {name for name in tracked.stdout.splitlines() if (TOP / name).exists()}
    assert there - inside == {".ci/run"}


def test_the_source_archive_has_no_secret(source: Path) -> None:
    with tarfile.open(source) as archive:
        inside = {Path(name).name for name in archive.getnames() if Path(name).parent.name == "secrets"}
    assert inside == {".gitignore", "create.sh"}


def test_the_wheel_has_every_file_of_its_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    places = {
        "controller": "controller",
        "dialplan": "controller/dialplan",
        "fusionpbx": "controller/fusionpbx",
        "migrations": "controller/migrations",
    }
    for folder, place in places.items():
        for path in (TOP / folder).rglob("*"):
            if path.is_file() and path.suffix not in (".pyc", ".ini"):
                assert f"{place}/{path.relative_to(TOP / folder)}" in inside


def needed(wheel: Path) -> Iterator[Distribution]:
    """Every distribution that the wheel requires, directly or indirectly."""
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = message_from_string(archive.read(metadata).decode()).get_all("Requires-Dist") or []
    seen: set[str] = set()
    while lines:
        each = Requirement(lines.pop())
        extras = each.extras or {""}
        if each.marker and not any(each.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if (name := canonicalize_name(each.name)) not in seen:
            seen.add(name)
            found = distribution(name)
            yield found
            lines += found.requires or []


def test_the_demo_plays_where_the_wheel_alone_is_installed(wheel: Path, tmp_path: Path) -> None:
    """The packages come from the tests' own environment, one by one, so that no index is needed."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    [packages] = home.glob("lib/python*/site-packages")
    for each in needed(wheel):
        for top in {file.parts[0] for file in each.files or () if file.parts[0] != ".."}:
            if not (packages / top).exists():
                (packages / top).symlink_to(str(each.locate_file(top)))
    command = [sys.executable, "-m", "pip", "--python", str(home), "install", "--quiet", "--no-index"]
    subprocess.run([*command, "--no-deps", str(wheel)], check=True)
    assert shutil.which("whisperpage", path=home / "bin")

    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WHISPER"))}
    demo = [str(home / "bin" / "whisperpage"), "demo"]
    done = subprocess.run(demo, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Everything was as it should be.\n")
    assert {path.name for path in tmp_path.iterdir()} == {"venv"}  # it leaves no database behind

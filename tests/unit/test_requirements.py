"""requirements/ fixes the installed packages to the byte; setup.cfg has the versions that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[2]
LOCKS = ("build", "dev", "image", "pictures")
EXTRAS = {"dev": ("dev",), "image": ("postgresql", "mysql"), "pictures": ("pictures",)}


def entries(lock: str) -> list[str]:
    """The entry of each package in a lock, hashes included."""
    text = re.sub(r"^ *#.*\n", "", (TOP / "requirements" / f"{lock}.txt").read_text(), flags=re.M)
    return re.split(r"\n(?=\S)", text.strip())


def pins(lock: str) -> dict[str, str]:
    """The version of each package."""
    found = [Requirement(entry.partition(" \\")[0]) for entry in entries(lock)]
    return {canonicalize_name(each.name): str(each.specifier) for each in found}


def wanted(lock: str) -> Iterator[Requirement]:
    """The requirements of setup.cfg and pyproject.toml for those packages."""
    setup = ConfigParser()
    setup.read(TOP / "setup.cfg")
    lines = []
    if lock == "build":
        [built] = re.findall(r"^requires = \[(.*)\]$", (TOP / "pyproject.toml").read_text(), re.M)
        lines = re.findall(r'"([^"]+)"', built)
    else:
        lines = setup["options"]["install_requires"].splitlines()
        for extra in EXTRAS[lock]:
            lines += setup["options.extras_require"][extra].splitlines()
    yield from (Requirement(line) for line in lines if line)


@pytest.mark.parametrize("lock", LOCKS)
def test_each_package_is_known_by_one_version_and_by_its_hashes(lock: str) -> None:
    for entry in entries(lock):
        first, *hashes = entry.split(" \\\n")
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .*)?", first), first
        assert hashes, first
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}", each) for each in hashes), first


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_wanted_is_there_in_a_version_that_will_do(lock: str) -> None:
    there = pins(lock)
    for each in wanted(lock):
        pinned = there[canonicalize_name(each.name)].removeprefix("==")
        assert each.specifier.contains(pinned), f"{each}, not {pinned}: run `make lock`"


@pytest.mark.parametrize("lock", ["image", "pictures"])
def test_what_is_installed_elsewhere_has_the_versions_that_are_tested(lock: str) -> None:
    tested = pins("dev")
    there = pins(lock)
    assert {name for name in tested if there.get(name, tested[name]) != tested[name]} == set()
    assert lock != "image" or there.keys() <= tested.keys()


def installs(text: str) -> list[str]:
    """The lines of a Makefile or a Dockerfile that install something."""
    return re.findall(r"^.*\bpip (?:install|\$\(INSTALL\)).*$", re.sub(r"\\\n\s*", "", text), re.M)


def test_nothing_is_installed_that_is_not_known_by_its_hash() -> None:
    """Except for the benchmarks' rivals and the tools for the locks, which have their own environments."""
    makefile, dockerfile = (TOP / "Makefile").read_text(), (TOP / "Dockerfile").read_text()
    [hashed] = re.findall(r"^INSTALL := (.*)$", makefile, re.M)
    assert "--require-hashes" in hashed
    apart = ("$(VENV)/bench/", "$(VENV)/lock/")
    lines = [line for line in installs(makefile) if not line.strip().startswith(apart)]
    lines += installs(dockerfile)
    assert len(lines) == 7
    for line in lines:
        known = "$(INSTALL)" in line or "--require-hashes" in line
        assert known or re.search(r"--no-deps --no-build-isolation (--editable )?\.(\s|$)", line), line


@pytest.mark.parametrize(
    ("target", "needs"),
    [
        (".installed", "$(VENV)/.runs requirements/dev.txt"),
        (".runs", "setup.cfg pyproject.toml requirements/build.txt requirements/image.txt"),
    ],
)
def test_what_is_needed_is_installed_anew_when_it_changes(target: str, needs: str) -> None:
    assert f"$(VENV)/{target}: {needs}\n" in (TOP / "Makefile").read_text()


def test_the_image_is_given_its_locks() -> None:
    assert "!requirements" in (TOP / ".dockerignore").read_text().splitlines()

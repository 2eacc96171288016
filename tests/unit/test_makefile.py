"""The Makefile reports at once what is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def make(tmp_path: Path, goal: str, python: str) -> subprocess.CompletedProcess[str]:
    """Run `make GOAL` with a program in place of Python, and without a virtual environment."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{python}\n")
    program.chmod(0o755)
    command = ["make", goal, f"PYTHON={program}", f"VENV={tmp_path}/venv"]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize("goal", ["demo", "run", "test"])
def test_a_python_that_is_too_old_is_reported_before_anything_is_installed(tmp_path: Path, goal: str) -> None:
    done = make(tmp_path, goal, "exit 1")
    assert done.returncode == 2
    assert "Python 3.11 or later is needed" in done.stderr
    assert f"make PYTHON=python3.11 {goal}" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_reported_with_the_package(tmp_path: Path) -> None:
    done = make(tmp_path, "demo", 'case "$2" in *ensurepip*) exit 1;; esac')
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("goal", ["demo", "run"])
def test_the_program_runs_without_the_packages_of_its_development(goal: str) -> None:
    command = ["make", "--dry-run", "--always-make", goal]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert "requirements/image.txt" in done.stdout
    assert "requirements/dev.txt" not in done.stdout

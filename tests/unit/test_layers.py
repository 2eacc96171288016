"""The imports follow the contracts of setup.cfg, `[importlinter]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]


def lint(*words: str, configuration: Path = TOP / "setup.cfg") -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), str(configuration), "--no-cache", *words]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


def test_imports_run_one_way() -> None:
    done = lint()
    assert done.returncode == 0, done.stdout


def changed(before: str, after: str, folder: Path) -> str:
    """What is said with the contracts changed, which is then broken."""
    whole = (TOP / "setup.cfg").read_text()
    assert before in whole
    (folder / "setup.cfg").write_text(whole.replace(before, after))
    done = lint(configuration=folder / "setup.cfg")
    assert done.returncode == 1
    return done.stdout


def test_an_import_that_points_up_would_be_seen(tmp_path: Path) -> None:
    told = changed("    paging\n    switch | store\n", "    switch | store\n    paging\n", tmp_path)
    assert "controller.paging is not allowed to import controller.switch" in told


def test_a_module_that_has_no_layer_would_be_seen(tmp_path: Path) -> None:
    assert "controller.histogram" in changed(" | histogram", "", tmp_path)


def test_another_room_that_knew_the_store_would_be_seen(tmp_path: Path) -> None:
    importers = "    controller.app\n    controller.cli\n"
    assert "controller.app" in changed(importers, "    controller.cli\n", tmp_path)

"""What imports what, held to the contracts of setup.cfg, `[importlinter]`."""

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


def test_an_import_that_points_up_would_be_seen(tmp_path: Path) -> None:
    turned = (TOP / "setup.cfg").read_text()
    before = "    paging\n    switch | store\n"
    assert before in turned
    (tmp_path / "setup.cfg").write_text(turned.replace(before, "    switch | store\n    paging\n"))
    done = lint(configuration=tmp_path / "setup.cfg")
    assert done.returncode == 1
    assert "controller.paging is not allowed to import controller.switch" in done.stdout


def test_a_module_that_has_no_layer_would_be_seen(tmp_path: Path) -> None:
    whole = (TOP / "setup.cfg").read_text()
    assert " | histogram" in whole
    (tmp_path / "setup.cfg").write_text(whole.replace(" | histogram", ""))
    done = lint(configuration=tmp_path / "setup.cfg")
    assert done.returncode == 1
    assert "controller.histogram" in done.stdout


def test_another_room_that_knew_the_store_would_be_seen(tmp_path: Path) -> None:
    whole = (TOP / "setup.cfg").read_text()
    assert "    controller.app\n    controller.cli\n" in whole
    (tmp_path / "setup.cfg").write_text(
        whole.replace("    controller.app\n    controller.cli\n", "    controller.cli\n")
    )
    done = lint(configuration=tmp_path / "setup.cfg")
    assert done.returncode == 1
    assert "controller.app" in done.stdout

"""`whisperpage demo --switch freeswitch`: the story of the demonstration, measured on a real switch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.live.own import freeswitch


def test_the_story_is_as_it_should_be_on_a_real_switch(tmp_path: Path) -> None:
    binary = freeswitch()
    main = "from controller.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", main, "demo", "--switch", "freeswitch", "--json"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path), "FREESWITCH_BIN": binary},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    wrong = [scene for scene in json.loads(done.stdout or "[]") if not scene["right"]]
    assert (done.returncode, wrong) == (0, []), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["switchlab.lock"]

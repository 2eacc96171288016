"""How this very program is called."""

from __future__ import annotations

import shutil
import sys


def program() -> str:
    """What to type in a shell: `whisperpage` where that is on PATH, else this program's path."""
    return "whisperpage" if shutil.which("whisperpage") else shutil.which(sys.argv[0]) or "whisperpage"

"""Replacements for programs that the documents call, and that a test machine lacks or must not run.

`python -m tests.documents.shims NAME ARGUMENTS...`
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from controller.laboratory.esl import ESL

ROOT = Path(os.environ["SANDBOX"])
UNIT, CHILD, LOG = ROOT / "etc/systemd/system/whisperpage.service", ROOT / "child", ROOT / "journal"


def sudo(*words: str) -> int:
    """Run the command as the same user."""
    command = list(words)
    if command[0] == "-u":
        del command[:2]
    return subprocess.run(command, check=False).returncode


def fs_cli(option: str, call: str) -> int:
    """Run one call of the API; the simulated switch has nothing to reload."""
    assert option == "-x"
    if call.split()[0] in ("reloadxml", "reloadacl", "reload"):
        print("+OK")
        return 0
    print(ESL(int(os.environ["SANDBOX_SWITCH"])).api(call))
    return 0


def install(*words: str) -> int:
    """Install files, but do not change their owners."""
    command = re.sub(r" -[og] \S+", "", " ".join(("/usr/bin/install", *words)))
    return subprocess.run(command.split(), check=False).returncode


def useradd(*words: str) -> int:
    """Add no user."""
    assert words[-1] == "whisperpage"
    return 0


def python3(*words: str) -> int:
    """Run the Python of the test. Its packages are in each new virtual environment, so pip fetches nothing.

    They include pip itself, which takes long to install, and setuptools, which builds need.
    """
    if words[:2] != ("-m", "venv"):
        return subprocess.run([sys.executable, *words], check=False).returncode
    done = subprocess.run([sys.executable, "-m", "venv", "--without-pip", *words[2:]], check=False).returncode
    home = Path(words[2])
    [packages] = home.glob("lib/python*/site-packages")
    there = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "there.pth").write_text("\n".join(there) + "\n")
    pip = home / "bin/pip"
    pip.write_text(f'#!/bin/sh\nexec {home}/bin/python -m pip "$@"\n')
    pip.chmod(0o755)
    return done


def systemctl(action: str, *words: str) -> int:
    """Run the service as systemd would."""
    if action == "daemon-reload":
        return 0
    assert words[-1] == "whisperpage"
    if action == "status":
        print("active" if CHILD.exists() else "inactive")
        return 0
    assert action in ("enable", "restart")
    if CHILD.exists():
        os.kill(int(CHILD.read_text()), signal.SIGTERM)
    unit = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.M))
    state = ROOT / "var/lib" / unit["StateDirectory"]
    state.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor, LOG.open("ab") as log:
        supervisor.bind(str(ROOT / "notify"))
        supervisor.settimeout(60)
        name, _, value = unit["Environment"].partition("=")
        given = os.environ | {name: str(ROOT) + value, "NOTIFY_SOCKET": str(ROOT / "notify")}
        command = [str(ROOT) + unit["ExecStart"].split()[0], *unit["ExecStart"].split()[1:]]
        child = subprocess.Popen(
            command, cwd=state, env=given, stdout=log, stderr=log, start_new_session=True
        )
        CHILD.write_text(str(child.pid))
        try:
            while b"READY=1" not in supervisor.recv(4096).split(b"\n"):
                pass
        except TimeoutError:
            print(LOG.read_text())
            return 1
    return 0


def journalctl(*_: str) -> int:
    """Print the log of the service."""
    print(LOG.read_text() if LOG.exists() else "", end="")
    return 0


SHIMS = {each.__name__: each for each in (sudo, fs_cli, install, useradd, python3, systemctl, journalctl)}

if __name__ == "__main__":
    sys.exit(SHIMS[sys.argv[1]](*sys.argv[2:]))

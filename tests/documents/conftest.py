"""A machine on which a test follows the documents: a folder that stands for `/`, and a simulated switch."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from controller.laboratory.office import DOMAIN
from tests.documents.blocks import TOP, Block, blocks
from tests.unit.cli.serving import free_port

#: No part of a checkout. setuptools makes a folder named after the release while tests/release builds it.
IGNORED = shutil.ignore_patterns(".*", "dist", "build", "*.egg-info", "__pycache__", "whisperpage-[0-9]*")
PLACES = re.compile(r"(?<![\w/.])/(?=etc/|opt/whisperpage|usr/local/bin/|var/lib/whisperpage)")
#: The programs that a document may call and that are neither ours nor part of every system.
PROGRAMS = ("curl", "jq", "openssl")
#: The programs in shims.py. It cannot be imported here, because it needs the environment of a machine.
NAMES = ("sudo", "fs_cli", "install", "useradd", "python3", "systemctl", "journalctl")
TOKEN = "a-token-of-the-documents"


class Machine:
    """A machine with FreeSWITCH and a checkout, and nothing else of ours."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port, self.http = root, port, free_port()
        self.token = ""
        self.checkout = root / "checkout"
        shutil.copytree(TOP, self.checkout, ignore=IGNORED)
        for folder in ("dialplan", "directory"):
            (root / "etc/freeswitch" / folder).mkdir(parents=True)
        for folder in ("etc/systemd/system", "etc/bash_completion.d", "usr/local/bin", "opt", "bin"):
            (root / folder).mkdir(parents=True)
        for name in NAMES:
            shim = root / "bin" / name
            program = f'"{sys.executable}" -m tests.documents.shims {name} "$@"'
            shim.write_text(f'#!/bin/sh\nPYTHONPATH="{TOP}" exec {program}\n')
            shim.chmod(0o755)
        self.environment = {
            "PATH": f"{root}/bin:{root}/usr/local/bin:{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(root),
            "SANDBOX": str(root),
            "SANDBOX_SWITCH": str(port),
            "WHISPERPAGE_CONFIG": f"{root}/etc/whisperpage/whisperpage.toml",
            "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{self.http}",
            "WHISPERPAGE_API_TOKEN": TOKEN,
            "WHISPERPAGE_LOG_FORMAT": "json",
            "WHISPERPAGE_STATUS_SOCKET": f"{root}/status",
            "TOKEN": TOKEN,
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def here(self, text: str) -> str:
        """A text with the paths, ports and passwords of this machine in place of the document's."""
        text = PLACES.sub(f"{self.root}/", text.replace("sqlite:////", f"sqlite:///{self.root}/"))
        text = text.replace("127.0.0.1:8019", f"127.0.0.1:{self.http}")
        text = text.replace("192.0.2.10:8019", f"127.0.0.1:{self.http}")
        text = re.sub(r"esl://\S*?:[^@\n]*@127\.0\.0\.1:8021", f"esl://:ClueCon@127.0.0.1:{self.port}", text)
        text = text.replace("/keys/TOKEN/", f"/keys/{self.token}/")
        text = text.replace("keys revoke 7", "keys revoke 2").replace("console revoke 7", "console revoke 2")
        return text.replace("pbx.example.org", DOMAIN)

    def follow(self, block: Block) -> None:
        """Run a block, or write its file."""
        if block.path:
            path = Path(self.here(block.path))
            path.write_text(self.here(block.text))
            return
        for program in PROGRAMS:
            if re.search(rf"\b{program}\b", block.script) and not shutil.which(program):
                pytest.skip(f"{block.name} needs {program}, which is not installed")
        done = self.run(block.script)
        assert done.returncode == 0, f"{block.name}\n{block.text}\n{done.stdout}\n{done.stderr}"

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script in the checkout; it stops at the first command that fails."""
        command = ["sh", "-e", "-c", self.here(script)]
        given = {"cwd": self.checkout, "env": self.environment, "timeout": 120}
        return subprocess.run(command, capture_output=True, text=True, check=False, **given)

    def close(self) -> None:
        """End the service that the documents have started."""
        child = self.root / "child"
        if child.exists():
            with suppress(ProcessLookupError):
                os.kill(int(child.read_text()), signal.SIGTERM)


@contextmanager
def machine() -> Iterator[Machine]:
    """A machine with a simulated switch, on which 1002 talks to a client.

    Its folder has a short name: the path of a socket has at most 107 bytes (unix(7)).
    """
    command = [sys.executable, "-m", "tests.documents.switch"]
    with (
        TemporaryDirectory(prefix="wp-") as folder,
        subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout
        try:
            made = Machine(Path(folder) / "machine", int(process.stdout.readline()))
            with closing(made):
                yield made
        finally:
            process.terminate()


@pytest.fixture
def bare() -> Iterator[Machine]:
    """A machine before the installation."""
    with machine() as made:
        yield made


@pytest.fixture(scope="module")
def installed() -> Iterator[Machine]:
    """A machine on which the README was followed, and on which everybody may page everybody."""
    with machine() as made:
        for block in blocks("README.md"):
            if not block.reason:
                made.follow(block)
        done = made.run(
            "whisperpage users add 1002@pbx.example.org && whisperpage keys issue 1002@pbx.example.org"
        )
        assert done.returncode == 0, done.stderr
        made.token = done.stdout.split()[-1]
        yield made

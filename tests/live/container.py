"""A service of docker-compose.yml, started like Docker does: with its command, environment and rights.

It needs no Docker and no image. The machine's own programs replace those of the image, in a mount and a
network namespace in which /etc, /run, /tmp and /var are new, and contain only the mounts of the file. The
service gets nothing that the file does not give it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.freeswitch.compose import TOP, Service

#: Folders of the machine that the service must not see, or gets as new ones.
NEW = ("etc", "run", "tmp", "var", "dev", "proc", "sys")
#: The files of every image in /etc.
ETC = ("group", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "passwd")
#: The additional user of the image, with the same number.
USER, USER_ID = "freeswitch", 499
#: The container's address in CONTROLLERS_NETWORK.
ADDRESS = "172.29.19.2/24"


class Container:
    """A running container; `out` has its output."""

    def __init__(self, service: Service, folder: Path, secrets: dict[str, str], programs: Path) -> None:
        self.service, self._programs = service, programs
        self._folder, self._root, self._out = folder, folder / "root", folder / "out.log"
        self._environment = {
            "PATH": f"{programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            **service.environment,
        }
        self._root.mkdir(exist_ok=True)
        kept = folder / "secrets"
        kept.mkdir(exist_ok=True)
        for name in service.secrets:
            (kept / name).write_text(secrets[name] + "\n")
        script = "\n".join(
            [
                "set -e",
                *self._layout(),
                *_network(),
                f"hostname {shlex.quote(service.hostname)}",
                f"exec {shlex.join(self._limited(service.command))}",
            ]
        )
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "--net", "--uts", "/bin/sh", "-c", script],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def out(self) -> str:
        return self._out.read_text(errors="replace")

    def volume(self, name: str) -> Path:
        """The folder of a volume on the machine."""
        return self._folder / name

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command inside, like `docker exec` and a health check."""
        inside = ["nsenter", f"--target={self.process.pid}", "--mount", "--net", "--uts"]
        words = [*inside, *self._limited(("/bin/sh", "-c", command))]
        return subprocess.run(words, env=self._environment, capture_output=True, text=True, check=False)

    def healthy(self) -> bool:
        """Whether the service's own health check succeeds."""
        assert self.process.poll() is None, self.out
        return self.run(self.service.healthcheck).returncode == 0

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _limited(self, command: tuple[str, ...]) -> list[str]:
        """The command with only the rights that the file gives it."""
        assert self.service.cap_drop == ("ALL",)
        assert self.service.security_opt == ("no-new-privileges:true",)
        rights = ",".join(["-all", *(f"+{name.lower()}" for name in self.service.cap_add)])
        limits = ["setpriv", "--no-new-privs", f"--bounding-set={rights}", "--inh-caps=-all"]
        return ["chroot", str(self._root), *limits, *command]

    def _layout(self) -> Iterator[str]:
        """The shell commands that make its file system."""
        yield f"mount -t tmpfs -o mode=755 none {self._root}"
        for each in Path("/").iterdir():
            if each.is_symlink():
                yield f"ln -s {each.readlink()} {self._root}/{each.name}"
            elif each.is_dir() and each.name not in NEW and each not in self._folder.parents:
                yield from self._bind(each, f"/{each.name}")
        yield f"cd {self._root} && mkdir -p {' '.join(NEW)} run/secrets var/log var/spool && chmod 1777 tmp"
        yield from self._bind(Path("/dev"), "/dev")
        yield f"mount -t proc none {self._root}/proc"
        for name in filter(lambda name: Path("/etc", name).exists(), ETC):
            yield f"cp -r /etc/{name} etc/"
        yield f"sed -i /^{USER}:/d etc/passwd etc/group"
        yield f"echo {USER}:x:{USER_ID}:{USER_ID}::/home/{USER}:/bin/sh >>etc/passwd"
        yield f"echo {USER}:x:{USER_ID}: >>etc/group"
        if self._programs.parts[1] in NEW:
            yield from self._bind(self._programs, str(self._programs))
        yield from self._bind(self._folder / "secrets", "/run/secrets", read_only=True)
        for mount in self.service.mounts:
            source = TOP / mount.source
            if not mount.source.startswith("."):  # a volume
                source = self.volume(mount.source)
                source.mkdir(exist_ok=True)
            yield from self._bind(source, mount.path, read_only=mount.read_only)

    def _bind(self, source: Path, path: str, *, read_only: bool = False) -> Iterator[str]:
        there = shlex.quote(f"{self._root}{path}")
        yield f"test -d {there} || mkdir -p {there}"
        yield f"mount --rbind {shlex.quote(str(source))} {there}"
        if read_only:
            yield f"mount -o remount,bind,ro {there}"


def _network() -> Iterator[str]:
    yield "ip link set lo up"
    yield f"ip address add {ADDRESS} dev lo"


def needs() -> None:
    """Skip a test if no such container can be made."""
    missing = [name for name in ("ip", "nsenter", "setpriv", "unshare") if not shutil.which(name)]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)} on this machine, by which a container is imitated")
    if os.geteuid() or subprocess.run(["unshare", "--mount", "--net", "true"], check=False).returncode:
        pytest.skip("only root may make the namespaces that imitate a container")


@contextmanager
def running(service: Service, folder: Path, secrets: dict[str, str], programs: Path) -> Iterator[Container]:
    """A running container while this is open. `programs` is a folder with the programs of the image."""
    needs()
    container = Container(service, folder, secrets, programs)
    try:
        yield container
    finally:
        container.stop()

"""Our own PostgreSQL and MariaDB servers: each has its own folder, and listens only on a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

#: Seconds for a server to start and to stop: only one that fails spends them.
START_WAIT = 120


class NotInstalled(Exception):
    """The server is not installed on this machine."""


class Server:
    """A database server in a folder of its own, as a user that is not root."""

    def __init__(self, folder: Path, start: list[str], socket: Path, url: str) -> None:
        self.url = url
        self.numbers = count()
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(start, stdout=log, stderr=log, **as_nobody())
        self.admin = sa.create_engine(url.format(name=""), isolation_level="AUTOCOMMIT")
        deadline = time.monotonic() + START_WAIT
        while not (socket.exists() and self.answers()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.process.kill()
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def execute(self, sql: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(sa.text(sql))

    def database(self, create: str = "CREATE DATABASE {name}") -> tuple[str, str]:
        """A new database's name and URL."""
        name = f"test_{next(self.numbers)}"
        self.execute(create.format(name=name))
        return name, self.url.format(name=name)

    def stop(self, how: signal.Signals) -> None:
        self.admin.dispose()
        self.process.send_signal(how)
        self.process.wait(START_WAIT)


def as_nobody() -> dict[str, Any]:
    """The arguments for Popen with which a server that refuses to run as root gets another user."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def program(name: str, *folders: str) -> str | None:
    found = [str(path) for folder in folders for path in sorted(Path("/").glob(f"{folder}/{name}"))]
    return found[-1] if found else shutil.which(name)


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder, open to the servers' user; its path is short: a Unix socket may have 107 characters."""
    path = Path(tempfile.mkdtemp(prefix="wp-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def own_folder(parent: Path, name: str) -> Path:
    path = parent / name
    path.mkdir()
    if os.geteuid() == 0:
        shutil.chown(path, "nobody")
    return path


@contextmanager
def postgresql(folder: Path, *settings: str) -> Iterator[Server]:
    initdb = program("initdb", "usr/lib/postgresql/*/bin")
    if initdb is None:
        raise NotInstalled("no PostgreSQL server is installed")
    own = own_folder(folder, "pg")
    data = str(own / "data")
    make = [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    make += ["--locale-provider=icu", "--icu-locale=en"]  # like most databases, it does not sort byte by byte
    subprocess.run(make, check=True, capture_output=True, **as_nobody())
    hba = own / "data" / "pg_hba.conf"
    hba.write_text("local all clerk scram-sha-256\n" + hba.read_text())  # nobody else needs a password
    start = [str(Path(initdb).with_name("postgres")), "-D", data, "-k", str(own)]
    for setting in ("listen_addresses=", *settings):
        start += ["-c", setting]
    url = f"postgresql+psycopg://postgres@/{{name}}?host={own}"
    server = Server(own, start, own / ".s.PGSQL.5432", url)
    try:
        yield server
    finally:
        server.stop(signal.SIGQUIT)  # at once: nobody wants the data any more


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    daemon, install = program("mariadbd", "usr/sbin"), program("mariadb-install-db", "usr/bin")
    if daemon is None or install is None:
        raise NotInstalled("no MariaDB server is installed")
    own = own_folder(folder, "my")
    # one that starts removes the temporary tables of all others in the same folder
    places = [f"--datadir={own / 'data'}", f"--tmpdir={own}"]
    make = [install, "--no-defaults", *places, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(make, check=True, capture_output=True, **as_nobody())
    socket = own / "socket"
    start = [daemon, "--no-defaults", *places, f"--socket={socket}", "--skip-networking"]
    start += ["--innodb-buffer-pool-size=16M", "--innodb-log-file-size=16M", "--skip-innodb-doublewrite"]
    # no test is about the death of the server, nor about its plans
    start += [
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-stats-persistent=0",
        "--innodb-file-per-table=0",
    ]
    server = Server(own, start, socket, f"mysql+pymysql://root@localhost/{{name}}?unix_socket={socket}")
    try:
        yield server
    finally:
        server.stop(signal.SIGKILL)  # at once: nobody wants the data any more

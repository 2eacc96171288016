"""Databases to test on: SQLite, and a PostgreSQL and a MariaDB of our own where their servers are installed.

Each server is started once, in its own folder, on a Unix socket only. Each test gets its own database.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from controller.store import schema
from controller.store.session import Store, Unit

START_WAIT = 30
KINDS = ("sqlite", "postgresql", "mariadb")


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
    """What Popen needs so that a server, which refuses to be root, runs as another user."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def program(name: str, *folders: str) -> str | None:
    found = [str(path) for folder in folders for path in sorted(Path("/").glob(f"{folder}/{name}"))]
    return found[-1] if found else shutil.which(name)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Short, because a Unix socket's path is at most 107 characters; open to the servers' user."""
    path = Path(tempfile.mkdtemp(prefix="wp-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def own_folder(parent: Path, name: str) -> Path:
    path = parent / name
    path.mkdir()
    if os.geteuid() == 0:
        shutil.chown(path, "nobody")
    return path


@pytest.fixture(scope="session")
def postgresql(folder: Path) -> Iterator[Server]:
    initdb = program("initdb", "usr/lib/postgresql/*/bin")
    if initdb is None:
        pytest.skip("no PostgreSQL server is installed")
    own = own_folder(folder, "pg")
    data = str(own / "data")
    make = [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    make += ["--locale-provider=icu", "--icu-locale=en"]  # sorts as most databases do: not byte by byte
    subprocess.run(make, check=True, capture_output=True, **as_nobody())
    hba = own / "data" / "pg_hba.conf"
    hba.write_text("local all clerk scram-sha-256\n" + hba.read_text())  # nobody else needs a password
    start = [str(Path(initdb).with_name("postgres")), "-D", data, "-k", str(own)]
    for setting in ("listen_addresses=", "fsync=off", "shared_buffers=16MB", "max_connections=50"):
        start += ["-c", setting]
    url = f"postgresql+psycopg://postgres@/{{name}}?host={own}"
    server = Server(own, start, own / ".s.PGSQL.5432", url)
    yield server
    server.stop(signal.SIGINT)  # SIGTERM would wait for clients


@pytest.fixture(scope="session")
def mariadb(folder: Path) -> Iterator[Server]:
    daemon, install = program("mariadbd", "usr/sbin"), program("mariadb-install-db", "usr/bin")
    if daemon is None or install is None:
        pytest.skip("no MariaDB server is installed")
    own = own_folder(folder, "my")
    data = f"--datadir={own / 'data'}"
    make = [install, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(make, check=True, capture_output=True, **as_nobody())
    socket = own / "socket"
    start = [
        daemon,
        "--no-defaults",
        data,
        f"--socket={socket}",
        "--skip-networking",
        "--innodb-buffer-pool-size=16M",
    ]
    server = Server(own, start, socket, f"mysql+pymysql://root@localhost/{{name}}?unix_socket={socket}")
    yield server
    server.stop(signal.SIGTERM)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: Server = request.getfixturevalue(kind)
    return server.database()[1]


@pytest.fixture(scope="session")
def upgraded(request: pytest.FixtureRequest, folder: Path) -> Callable[[str, Path], str]:
    """A function that makes databases of a kind with the schema in place: migrated once, then copied."""
    done: dict[str, str] = {}

    def migrated(url: str) -> str:
        store = Store(url)
        schema.upgrade(store)
        store.close()
        return url

    def make(kind: str, tmp_path: Path) -> str:
        if kind == "sqlite":
            if kind not in done:
                done[kind] = str(folder / "template.db")
                migrated(f"sqlite:///{done[kind]}")
            return f"sqlite:///{shutil.copy(done[kind], tmp_path / 'store.db')}"
        server: Server = request.getfixturevalue(kind)
        if kind == "mariadb":  # has nothing to copy a database with
            return migrated(server.database()[1])
        if kind not in done:
            done[kind], url = server.database()
            migrated(url)
        return server.database(f"CREATE DATABASE {{name}} TEMPLATE {done[kind]}")[1]

    return make


@pytest.fixture
def url(kind: str, upgraded: Callable[[str, Path], str], tmp_path: Path) -> str:
    """A database with the schema in place."""
    return upgraded(kind, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store on a database with the schema in place."""
    store = Store(url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def shared(upgraded: Callable[[str, Path], str], folder: Path) -> Iterator[Callable[[str], Store]]:
    """A function that gives the one store of a kind that tests share, which undo what they do."""
    stores: dict[str, Store] = {}

    def give(kind: str) -> Store:
        if kind not in stores:
            stores[kind] = Store(upgraded(kind, folder))
        return stores[kind]

    yield give
    for store in stores.values():
        store.close()


@pytest.fixture
def execute(kind: str, shared: Callable[[str], Store]) -> Iterator[Callable[[str], sa.CursorResult[Any]]]:
    """Runs one statement, as a script would send it; undone after the test."""
    with shared(kind).engine.connect() as connection:
        # a colon stands for a parameter in SQLAlchemy's text, and for itself in SQL
        yield lambda sql: connection.execute(sa.text(sql.replace(":", "\\:")))
        connection.rollback()


@pytest.fixture
def unit(kind: str, shared: Callable[[str], Store]) -> Iterator[Unit]:
    """A unit of work that no test commits."""
    with shared(kind).unit() as unit:
        yield unit

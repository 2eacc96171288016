"""Settings for all tests."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from hypothesis import settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from tests.virtual import VirtualClock

settings.register_profile("same", derandomize=True)

#: A folder in memory, on Linux, and the bytes that the files and databases of all tests may take.
MEMORY, ENOUGH = "/dev/shm", 3_000_000_000


class KeptTemplates(BytecodeCache):
    """Compiled templates, kept in this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No virtual clock is open after a test."""
    yield
    left = set(VirtualClock.open)
    for clock in left:
        clock.close()
    assert not left


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """The log is written as before a test, whatever command the test has run: commands write only errors."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.hookimpl(tryfirst=True)  # before pytest chooses its folder
def pytest_configure(config: pytest.Config) -> None:
    _let_control_c_through()
    _keep_what_is_compiled()
    _keep_templates()
    _keep_routes()
    _keep_statements()
    _keep_files_in_memory(config)
    if not config.getoption("--hypothesis-profile"):
        # the same examples every time, so that a failure belongs to the change with which it comes;
        # for random ones `pytest --hypothesis-profile=default tests/fuzz tests/unit`
        settings.load_profile("same")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what stays until the end, and come less often.

    It would take a fifth of the time: it would look through every module and test again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _let_control_c_through() -> None:
    """Let Ctrl-C reach the programs that tests start.

    A shell without job control makes its background programs ignore SIGINT. Python then installs no handler
    for it, and all programs that a test starts inherit this.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _keep_what_is_compiled() -> None:
    """Let the programs that tests start keep their compiled modules, whatever the environment says.

    There are hundreds of these programs. Each one that has to compile every module takes twice as long.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _keep_templates() -> None:
    """Let the applications of all tests share their compiled templates."""
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}


def _keep_routes() -> None:
    """Let the applications of all tests share what werkzeug compiles of each rule.

    It takes most of the time in which an application is built.
    """
    compile_rule, compile_builder = Rule.compile, Rule._compile_builder
    kept: dict[object, dict[str, Any]] = {}
    builders: dict[object, Callable[..., tuple[str, str]]] = {}

    def compile_once(rule: Rule) -> None:
        key = rule.rule, str(rule.defaults), rule.is_leaf, rule.strict_slashes, rule.merge_slashes
        if key in kept:
            found = kept[key]
            rule.arguments |= found["arguments"]
            for name in ("_trace", "_parts", "_converters"):
                setattr(rule, name, found[name])
            for name, unknown in (("_build", False), ("_build_unknown", True)):
                setattr(rule, name, rule._compile_builder(unknown).__get__(rule, None))
        else:
            compile_rule(rule)
            kept[key] = vars(rule)

    def build_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = rule.rule, tuple(rule._trace), str(rule.defaults), append_unknown
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    Rule.compile = compile_once
    Rule._compile_builder = build_once


def _keep_statements() -> None:
    """Let all engines for one kind of database share what SQLAlchemy compiles of a statement.

    Their dialects are the same, whichever server or file they are connected to.
    """
    compiled: dict[type[Dialect], LRUCache[Any, Any]] = {
        SQLiteDialect_pysqlite: LRUCache(2000),
        PGDialect_psycopg: LRUCache(2000),
        MySQLDialect_pymysql: LRUCache(2000),
    }
    for dialect in compiled:
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]
    begin = Engine.__init__

    def share(engine: Engine, *arguments: Any, **options: Any) -> None:
        begin(engine, *arguments, **options)
        if type(engine.dialect) in compiled:
            engine._compiled_cache = compiled[type(engine.dialect)]

    Engine.__init__ = share  # type: ignore[method-assign]


def _keep_files_in_memory(config: pytest.Config) -> None:
    """Make all temporary files where no write waits for a disk, unless a place for them is named.

    The tests commit thousands of times to databases of their own. The folder's name is short, because that
    of a socket in it must be. It is removed at the end; `--basetemp` and TMPDIR name one that stays.
    """
    if "TMPDIR" in os.environ or config.option.basetemp or not os.access(MEMORY, os.W_OK):
        return
    programs_start = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if programs_start and shutil.disk_usage(MEMORY).free > ENOUGH:
        folder = Path(tempfile.mkdtemp(prefix="wp-", dir=MEMORY))
        folder.chmod(0o1777)  # the databases' servers run as nobody, and write there as well
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        config.option.basetemp = str(folder / "t")
        # at the very end: the standard library has files there until its own exit handlers have run
        atexit.register(shutil.rmtree, folder, ignore_errors=True)

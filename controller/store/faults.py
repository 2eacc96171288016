"""Translates errors of SQL to our errors with one sentence and a remedy. None shows a password."""

from __future__ import annotations

import re

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from controller.errors import (
    AlreadyThere,
    DatabaseBehind,
    DatabaseUnavailable,
    InvalidValue,
    StoreError,
    WhisperPageError,
)

_LENGTH = 300

#: A part of the driver's message, or an SQLSTATE or MySQL code; its meaning; and the remedy.
_UNAVAILABLE = (
    ("database is locked|55P03|1205", "is locked by another program", "let that finish, then try again"),
    ("40P01|1213|40001|1305", "was busy with a conflicting change", "try again"),
    (
        "unable to open database file",
        "cannot be opened",
        "check that its folder exists and that you may write there",
    ),
    ("readonly database|25006|1290", "may only be read", "check who owns it, and its permissions"),
    ("42501|1142|1044", "does not permit this to the user", "grant the user its rights there"),
    ("not a database", "is not an SQLite database", "name another file, or move this one away"),
    ("malformed", "is damaged", "restore it from a backup"),
    ("is full|53100", "has no room left", "free some space on its disk"),
    (
        "28P01|28000|password authentication failed|not permitted to log in|1045",
        "refuses the user or password",
        "correct database_url",
    ),
    ("3D000|database .* does not exist|1049", "does not exist", "create it on its server"),
    (
        "table .* already exists|42P07|1050",
        "has tables of another program",
        "give whisperpage a database of its own",
    ),
    ("53300|too many clients|1040", "has no connection left for us", "raise its limit of connections"),
)
_MISSING_TABLE = "no such (table|column)|42P01|42703|1146|1054"
#: A failed constraint on MySQL and on MariaDB, which their driver takes for trouble with the server.
_CONSTRAINT = "3819|4025"
_DUPLICATE = "UNIQUE constraint failed|23505|1062"


def translate(error: SQLAlchemyError, url: URL) -> WhisperPageError:
    """Our error for an error of SQLAlchemy."""
    name = f"The database {url.render_as_string(hide_password=True)}"
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable(f"{name} is slower than it is asked: look what its server is busy with.")
    if not isinstance(error, DBAPIError):
        return StoreError(f"{name} was asked for something it cannot do: {_line(str(error), url)}.")
    said = _line(str(error.orig), url)
    signs = f"{_code(error)} {said}"
    if isinstance(error, IntegrityError):
        if re.search(_DUPLICATE, signs):
            return AlreadyThere(f"That is there already, and may be there only once: {said}.")
        return InvalidValue(f"The database refused a value: {said}.")
    if isinstance(error, DataError) or re.fullmatch(_CONSTRAINT, _code(error)):
        return InvalidValue(f"The database refused a value: {said}.")
    if re.search(_MISSING_TABLE, signs):
        return DatabaseBehind(f"{name} has not the tables of this version.")
    for pattern, what, remedy in _UNAVAILABLE:
        if re.search(pattern, signs):
            return DatabaseUnavailable(f"{name} {what}: {remedy}.")
    return DatabaseUnavailable(
        f"{name} cannot be used ({said}): check that it runs and that database_url is right."
    )


def _code(error: DBAPIError) -> str:
    """The error's number (MySQL) or SQLSTATE (PostgreSQL), if the driver gives one."""
    # the number first: it is more exact, and newer drivers of MySQL give an SQLSTATE as well
    first = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return str(first) if isinstance(first, int) else str(getattr(error.orig, "sqlstate", None) or "")


def _line(text: str, url: URL) -> str:
    """A driver's message as one short line, without the password."""
    line = " ".join(text.split()).rstrip(".")
    if url.password:
        # only as a whole word, since a password like "a" is a part of many words
        line = re.sub(rf"(?<!\w){re.escape(str(url.password))}(?!\w)", "***", line)
    return line if len(line) <= _LENGTH else line[:_LENGTH] + "..."

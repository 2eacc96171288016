"""Reads the URL of the database, and chooses its driver."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from controller.errors import SettingsError

#: The kinds of databases as administrators write them, with their drivers.
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    # one driver for both: only the server's answer distinguishes them
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
KINDS = ("sqlite", "postgresql", "mysql")
FORMS = "write it as sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME"


def read_url(text: str) -> URL:
    """The URL with its driver; raises SettingsError, which never shows the URL and so no password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(f"database_url is not a database's URL: {FORMS}.") from None
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() not in KINDS:
        kind = url.get_backend_name()
        raise SettingsError(f"database_url names a kind of database that is not known, {kind!r}: {FORMS}.")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        # each connection would get its own empty database
        raise SettingsError("database_url names no file: write it as sqlite:///whisperpage.db.")
    return url

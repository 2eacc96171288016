"""The database's URL."""

from __future__ import annotations

import pytest

from controller.database_url import read_url
from controller.errors import SettingsError
from controller.store.session import Store


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///a.db", "sqlite"),
        ("postgresql://u:p@h/n", "postgresql+psycopg"),
        ("postgres://u:p@h/n", "postgresql+psycopg"),
        ("mysql://u:p@h/n", "mysql+pymysql"),
        ("mariadb://u:p@h/n", "mysql+pymysql"),
        ("postgresql+psycopg://u:p@h/n", "postgresql+psycopg"),
    ],
)
def test_each_kind_has_its_driver(text: str, driver: str) -> None:
    assert read_url(text).drivername == driver


@pytest.mark.parametrize("text", ["", "whisperpage.db", "postgresql://u:secret@h:port/n", "://"])
def test_what_is_no_url_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a database's URL: write it as") as caught:
        read_url(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///:memory:"])
def test_an_sqlite_database_needs_a_file(text: str) -> None:
    with pytest.raises(SettingsError, match="names no file"):
        read_url(text)


def test_an_unknown_kind_of_database_is_refused() -> None:
    with pytest.raises(SettingsError, match="not known, 'nosuch'"):
        Store("nosuch://u:p@h/n")


def test_a_missing_driver_is_reported_with_what_to_install() -> None:
    with pytest.raises(SettingsError, match="needs the Python package psycopg2: install it"):
        Store("postgresql+psycopg2://u:p@h/n")


def test_a_store_shows_its_url_without_the_password() -> None:
    assert str(Store("postgresql://u:secret@h/n")) == "postgresql+psycopg://u:***@h/n"

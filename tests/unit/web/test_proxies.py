"""From whom a request comes: its sender, or what a proxy of ours says."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

from controller.config import Settings
from controller.errors import SettingsError
from controller.web.proxies import believe


def seen(proxies: str, sender: str, **headers: str) -> str:
    """The address and the scheme that a view sees."""
    app = Flask(__name__)
    app.add_url_rule("/", "where", lambda: f"{request.remote_addr} {request.scheme}")
    believe(app, Settings(http_proxies=proxies).http_proxy_networks)
    environ: dict[str, Any] = {"REMOTE_ADDR": sender}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get("/", headers=named, environ_overrides=environ).text


@pytest.mark.parametrize("sender", ["10.0.0.7", "::ffff:10.0.0.7", "fd00::7"])
def test_a_proxy_of_ours_is_believed(sender: str) -> None:
    told = seen("10.0.0.0/24, fd00::7", sender, X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="https")
    assert told == "192.0.2.1 https"


def test_what_the_client_of_a_proxy_has_written_is_not_believed() -> None:
    assert seen("10.0.0.7", "10.0.0.7", X_Forwarded_For="198.51.100.9, 192.0.2.1") == "192.0.2.1 http"


@pytest.mark.parametrize(
    ("proxies", "sender"), [("", "10.0.0.7"), ("10.0.0.7", "10.0.0.8"), ("10.0.0.7", "")]
)
def test_nobody_else_is_believed(proxies: str, sender: str) -> None:
    assert seen(proxies, sender, X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="https") == f"{sender} http"


def test_what_is_no_network_is_told_with_how_to_write_one() -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1, 10\.0\.0\.0/24"):
        Settings(http_proxies="10.0.0.7/24")

"""Believes a reverse proxy of ours about the address of its client, and nobody else.

A proxy appends the address of its client to `X-Forwarded-For`; whoever sends the request may have written
what stands before that.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def believe(app: Flask, proxies: tuple[IPv4Network | IPv6Network, ...]) -> None:
    """Have a request that comes by one of the proxies be one of the proxy's client."""
    direct = app.wsgi_app
    fixed = ProxyFix(direct, x_for=1, x_proto=1)

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return (fixed if _is_one(environ.get("REMOTE_ADDR"), proxies) else direct)(environ, start)

    if proxies:
        app.wsgi_app = answer  # type: ignore[assignment, method-assign]  # as Flask's documents do


def _is_one(address: Any, proxies: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:  # by the socket of this machine there is none
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in proxies)

"""Reads docker-compose.yml like Docker does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).parents[3]
FILE = TOP / "docker-compose.yml"
#: `$$`, `${NAME}`, `${NAME:-default}` and `${NAME:?error}`.
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\})")


@dataclass(frozen=True)
class Mount:
    """A mount at `path` of a container: a file or a folder of this checkout, or a volume."""

    source: str
    path: str
    read_only: bool


@dataclass(frozen=True)
class Service:
    """The settings with which a container is started."""

    image: str
    hostname: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    #: The names of the files in /run/secrets.
    secrets: tuple[str, ...]
    healthcheck: str
    cap_drop: tuple[str, ...]
    cap_add: tuple[str, ...]
    security_opt: tuple[str, ...]


def service(name: str, given: Mapping[str, str]) -> Service:
    """A service of the file; `given` has the variables of .env. A missing required one raises KeyError."""
    values = _filled(yaml.safe_load(FILE.read_text())["services"][name], given)
    return Service(
        image=values["image"],
        hostname=values["hostname"],
        command=tuple(values["command"]),
        environment=values["environment"],
        mounts=tuple(map(_mount, values["volumes"])),
        secrets=tuple(values["secrets"]),
        healthcheck=values["healthcheck"]["test"],
        cap_drop=tuple(values["cap_drop"]),
        cap_add=tuple(values["cap_add"]),
        security_opt=tuple(values["security_opt"]),
    )


def _filled(value: Any, given: Mapping[str, str]) -> Any:
    """The value with its variables replaced."""
    if isinstance(value, dict):
        return {key: _filled(each, given) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, given) for each in value]
    return _VARIABLE.sub(lambda found: _variable(found, given), value) if isinstance(value, str) else value


def _variable(found: re.Match[str], given: Mapping[str, str]) -> str:
    name = found["name"]
    if name is None:
        return "$"
    if found["kind"] == "?":
        return given[name]
    return given.get(name, found["rest"] or "")


def _mount(text: str) -> Mount:
    source, path, *options = text.split(":")
    return Mount(source, path, options == ["ro"])

"""The sources of the settings: the defaults, one file, and the environment; a later one comes first.

The file is the one that WHISPERPAGE_CONFIG names, else `whisperpage.toml` in the working directory, else
`/etc/whisperpage/whisperpage.toml`.

A variable like `WHISPERPAGE_DATABASE_URL_FILE=/run/secrets/database_url` names a file with the value: an
environment is easy to read, and two of the settings contain a password.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from controller.config import Settings
from controller.errors import SettingsError
from controller.switch_address import split_switch_urls, without_passwords

PREFIX = "WHISPERPAGE_"
DEFAULT_FILE = "whisperpage.toml"
SYSTEM_FILE = "/etc/whisperpage/whisperpage.toml"
#: The source of a setting that is not given anywhere.
DEFAULT = "default"
#: Variables of the environment with this prefix belong to the tests, and are no settings.
TEST_PREFIX = PREFIX + "TEST_"
_WHOLE = re.compile(r"-?[0-9]{1,9}")
#: The password in an address; it ends at the last @, since it may contain one that is not escaped.
_PASSWORD = re.compile(r"^([^:/]+://[^:@/]*:).*(@[^@]*)$", re.DOTALL)
#: The password among the options of a database's address.
_PASSWORD_OPTION = re.compile(r"([?&](?:password|passwd)=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A setting's value as written, and its source: a file, a variable of the environment, or `default`."""

    key: str
    value: object
    written_in: str


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process; raises SettingsError with the file, the key and the remedy."""
    kinds = {field.name: field.type for field in fields(Settings)}
    found = [source for source in sources(environment) if source.written_in != DEFAULT]
    typed: dict[str, Any] = {each.key: _typed(each.key, each.value, kinds[each.key]) for each in found}
    return Settings(**typed)


def sources(environment: Mapping[str, str] | None = None) -> list[Source]:
    """Every setting as written, with its source. Raises SettingsError."""
    environment = os.environ if environment is None else environment
    _refuse_unknown(environment)
    path = _file(environment)
    values = _read_toml(path) if path else {}
    known = [field.name for field in fields(Settings)]
    for key, value in values.items():
        if isinstance(value, dict) and key not in known:
            raise SettingsError(f"{path}: there is a table [{key}]: write the settings without one.")
        if key not in known:
            likely = _likely(key.lower(), known) or f"known are {', '.join(sorted(known))}."
            raise SettingsError(f"{path}: unknown setting {key!r}; {likely}")
    return list(_sources(environment, str(path), values))


def _sources(environment: Mapping[str, str], path: str, values: Mapping[str, object]) -> Iterator[Source]:
    for field_ in fields(Settings):
        name = PREFIX + field_.name.upper()
        if (value := _from_environment(environment, name)) is not None:
            yield Source(field_.name, value, f"{name}_FILE" if environment.get(f"{name}_FILE") else name)
        elif field_.name in values:
            yield Source(field_.name, values[field_.name], path)
        else:
            yield Source(field_.name, field_.default, DEFAULT)


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    names = [PREFIX + field.name.upper() for field in fields(Settings)]
    known = {PREFIX + "CONFIG", *names, *(f"{name}_FILE" for name in names)}
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known:
            likely = (
                _likely(name, sorted(known), PREFIX) or "`whisperpage config --help` says which there are."
            )
            raise SettingsError(f"{name} is in the environment, and is no setting: {likely}")


def _likely(name: str, known: list[str], prefix: str = "") -> str:
    # a name with the same beginning is more likely than a similar one: DATABASE means DATABASE_URL
    name, known = name.removeprefix(prefix), [each.removeprefix(prefix) for each in known]
    near = [each for each in known if name and each.startswith(name)] or get_close_matches(name, known, 1)
    return f"did you mean {prefix}{near[0]}?" if near else ""


def _file(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get(PREFIX + "CONFIG"):
        if not _is_file(Path(named)):
            raise SettingsError(
                f"{PREFIX}CONFIG names {named}, which is not a file that you may read: create it or unset it."
            )
        return Path(named)
    # With `sudo -u whisperpage` the working directory may be root's, and closed: then no file is there.
    if _is_file(Path(DEFAULT_FILE)):
        return Path(DEFAULT_FILE)
    return Path(SYSTEM_FILE) if _is_file(Path(SYSTEM_FILE), forbidden=True) else None


def _is_file(path: Path, *, forbidden: bool = False) -> bool:
    """Whether `path` is a file; `forbidden` if this user may not look into its folder."""
    try:
        return path.is_file()
    except PermissionError:
        return forbidden


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}): run this as a user who may read it."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}.") from None


def _from_environment(environment: Mapping[str, str], name: str) -> str | None:
    value, path = environment.get(name), environment.get(f"{name}_FILE")
    if not path:
        return value
    if value is not None:
        raise SettingsError(f"{name} and {name}_FILE are both set: unset one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name}_FILE names {path}, which is not UTF-8 text.") from None


def _typed(key: str, value: object, kind: object) -> object:
    if kind == "bool":
        if str(value).lower() not in ("true", "false"):
            raise SettingsError(f"{key} is {value!r}: write true or false.")
        return str(value).lower() == "true"
    if kind == "float":
        try:
            if isinstance(value, bool):
                raise TypeError
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise SettingsError(f"{key} is {value!r}: write a number of seconds.") from None
    if kind == "int":
        if _WHOLE.fullmatch(str(value)):
            return int(str(value))
        raise SettingsError(f"{key} is {value!r}: write a whole number.")
    if not isinstance(value, str):
        raise SettingsError(f"{key} is {value!r}: write it as text in quotes.")
    return value.lower() if key in ("log_level", "log_format", "unknown_phone") else value


def shown(source: Source) -> str:
    """A setting's value without secrets: a secret becomes `***`, and an address has no password."""
    text = str(source.value).lower() if isinstance(source.value, bool) else str(source.value)
    if source.key == "api_token":
        return "***" if text else ""
    if source.key == "switches":
        return without_passwords(text)
    if source.key in ("database_url", "switch_url"):
        if source.written_in == DEFAULT:
            return text  # a default is the same in every copy of the program, and so no secret
        parts = split_switch_urls(text) if source.key == "switch_url" else [text]
        parts = [_PASSWORD_OPTION.sub(r"\1***", part) for part in parts]
        return ", ".join(_PASSWORD.sub(r"\1***\2", part) for part in parts)
    return text

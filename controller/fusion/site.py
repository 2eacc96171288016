"""A FusionPBX: the folders of it and of its switch's configuration, and queries of its database."""

from __future__ import annotations

import configparser
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.errors import SettingsError
from controller.fusion.ownership import Owner, acting_as, owner_of

#: Where FusionPBX keeps its settings.
CONFIG = Path("/etc/fusionpbx/config.conf")
#: FusionPBX's own upgrade, in its folder.
UPGRADE = Path("core/upgrade/upgrade.php")
#: The seconds that one of FusionPBX's own programs may take.
PATIENCE = 300.0
#: What a program of FusionPBX gets of our environment, which may have secrets.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")
#: The separator of columns in the output of psql; no name contains it.
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class FusionPbx:
    """Where FusionPBX and its switch's configuration are, and what psql needs to reach its database.

    `config` is the file that says all this.
    """

    config: Path
    root: Path
    conf: Path
    cache: Path
    php: str
    database: Mapping[str, str]

    def run_sql(self, *statements: str) -> list[list[str]]:
        """Run statements in one transaction and return their rows. Raises SettingsError."""
        words = ["psql", "-qAtX1", "-F", _SEPARATOR, "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            words += ["-c", statement]
        environment = {f"PG{key}": value for key, value in self.database.items() if value}
        return [line.split(_SEPARATOR) for line in run(words, environment).splitlines()]

    def domains(self) -> list[str]:
        """The names of its domains. Raises SettingsError."""
        return [name for (name,) in self.run_sql("SELECT domain_name FROM v_domains ORDER BY 1")]

    def upgrade_defaults(self) -> None:
        """Run FusionPBX's own upgrade, which imports the app's dialplans. Raises SettingsError.

        It runs as the user who can change what is run: on most machines the web server's.
        """
        program = self.root / UPGRADE
        owner = owner_of(program, self.root / "app", self.config)
        run((self.php, str(program), "--defaults"), {}, owner)

    def flush_cache(self) -> int:
        """Remove the dialplans that FusionPBX's handler has cached; returns their number."""
        if not self.cache.is_dir():
            return 0
        with acting_as(owner_of(self.cache, self.config)):
            kept = list(self.cache.glob("dialplan.*"))
            for each in kept:
                each.unlink(missing_ok=True)
        return len(kept)


def find(config: Path) -> FusionPbx:
    """The FusionPBX of a config.conf. Raises SettingsError."""
    try:
        text = config.read_text()
    except OSError as error:
        raise SettingsError(
            f"There is no FusionPBX here: {config} cannot be read ({error.strerror})."
        ) from None
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(f"[all]\n{text}")
    except configparser.Error as error:
        raise SettingsError(f"{config} cannot be understood: {error.message.splitlines()[0]}.") from None
    values = {key: value.strip("'\"") for key, value in parser.items("all")}
    root, conf = Path(values.get("document.root", "")), Path(values.get("switch.conf.dir", ""))
    root /= values.get("project.path", "") or values.get("document.path", "")
    if values.get("database.0.type") != "pgsql":
        raise SettingsError(f"{config} names a database that is not PostgreSQL, which this command needs.")
    for path in (root / UPGRADE, root / "app", conf / "directory", conf / "dialplan"):
        if not path.exists():
            raise SettingsError(f"{config} leads to {path}, which is not there.")
    names = {"HOST": "host", "PORT": "port", "DATABASE": "name", "USER": "username", "PASSWORD": "password"}
    return FusionPbx(
        config=config,
        root=root,
        conf=conf,
        cache=Path(values.get("cache.location") or "/var/cache/fusionpbx"),
        php=str(Path(values.get("php.dir", "")) / (values.get("php.bin") or "php")),
        database={key: values.get(f"database.0.{name}", "") for key, name in names.items()},
    )


def run(words: Sequence[str], environment: Mapping[str, str], owner: Owner | None = None) -> str:
    """The output of a program. Raises SettingsError if it cannot be run, or fails.

    With an `owner` it does not get our environment, and runs as that user if this process is root's.
    """
    mine = {name: os.environ[name] for name in PASSED_ON if name in os.environ} if owner else os.environ
    other = owner if os.geteuid() == 0 else None
    try:
        done = subprocess.run(
            words,
            env={**mine, **environment},
            cwd="/" if owner else None,
            user=other.user if other else None,
            group=other.groups[0] if other else None,
            extra_groups=other.groups if other else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingsError(f"`{words[0]}` could not be run: {error}.") from None
    if done.returncode:
        raise SettingsError(f"`{words[0]}` failed: {(done.stderr or done.stdout).strip()[-300:]}.")
    return done.stdout

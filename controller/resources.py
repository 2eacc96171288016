"""The places of files that are not Python, such as the migrations and the dialplan.

In an installed package they are inside the package; in a checkout they are beside it, at the top level.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def migrations() -> Path:
    """The folder of the Alembic migrations."""
    return _locate("migrations")


def dialplan() -> Path:
    """The folder that is copied over FreeSWITCH's `conf/dialplan`."""
    return _locate("dialplan")


def fusionpbx() -> Path:
    """The folder of the files for a FusionPBX."""
    return _locate("fusionpbx")


def _locate(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name

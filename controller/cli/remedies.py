"""The command that helps with an error, for a person at the command line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.errors import AlreadyThere, DatabaseBehind, InvalidValue, NotFound, Rejected, WhisperPageError

_SHOWS = "`whisperpage {} list` shows those that there are"
_CHANGE = "change it with `whisperpage {} set`"
#: The remedies, by the kind of error and its subject.
_REMEDIES: Mapping[tuple[type[WhisperPageError], str], str] = MappingProxyType(
    {
        (NotFound, "user"): _SHOWS.format("users"),
        (NotFound, "group"): _SHOWS.format("groups"),
        (NotFound, "page_group"): _SHOWS.format("page-groups"),
        (NotFound, "phone"): _SHOWS.format("phones"),
        (NotFound, "key"): _SHOWS.format("keys"),
        (NotFound, "token"): _SHOWS.format("tokens"),
        (NotFound, "invitation"): _SHOWS.format("console"),
        (NotFound, "page"): "`whisperpage pages --json` shows their ids",
        (AlreadyThere, "user"): _CHANGE.format("users"),
        (AlreadyThere, "group"): _CHANGE.format("groups"),
        (AlreadyThere, "page_group"): _CHANGE.format("page-groups"),
        (AlreadyThere, "phone"): _CHANGE.format("phones"),
        (InvalidValue, "unknown_group"): "add it with `whisperpage groups add NAME`",
        (InvalidValue, "members"): "move them first with `whisperpage users set EXT@DOMAIN --group NAME`",
        (DatabaseBehind, ""): "run `whisperpage db upgrade`",
    }
)


def told(error: WhisperPageError) -> str:
    """The sentence of an error, with a command that helps if there is one."""
    about = error.thing if isinstance(error, Rejected) else ""
    remedy = _REMEDIES.get((type(error), about))
    return f"{str(error).removesuffix('.')}: {remedy}." if remedy else str(error)

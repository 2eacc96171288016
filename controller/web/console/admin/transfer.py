"""Users by a CSV file, as on the command line: sent by a browser, all of it or nothing; and downloaded."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, render_template, request, stream_with_context

from controller.administration import transfer
from controller.administration.transfer import Summary
from controller.domain.names import UserName, shown
from controller.errors import InvalidValue, Rejected
from controller.web.console.admin.forms import path, status_of
from controller.web.console.admin.room import Room

#: The limit for a file with what is sent around it, in bytes: some 20,000 users.
LARGEST = 1024 * 1024
#: Users in a piece of the file that is sent.
PIECE = 500


class Transfer:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def form(self) -> str:
        """The form for a file."""
        return _page()

    def take(self) -> str | tuple[str, int]:
        """Add and change users as a file says, or count what would change."""
        file = request.files.get("file")
        try:
            if file is None or not file.filename:
                raise InvalidValue("No file was chosen.")
            try:
                wanted = self._room.read(transfer.read, file.stream.read())
                counted = request.form.get("count") == "yes"
                if counted:
                    summary = self._room.read(transfer.preview, wanted)
                else:
                    actor = self._room.actor
                    summary = self._room.change(transfer.put, wanted, file.filename[:100], actor)
            except Rejected as error:
                raise type(error)(f"{shown(file.filename)}: {_told(error)} Nothing was changed.") from None
        except Rejected as error:
            return _page(error=str(error)), status_of(error)
        return _page(summary=summary, counted=counted)

    def csv(self) -> Response:
        """The file of all users in reach."""
        reach, gateway = self._room.reach, self._room.controller.gateway

        def piece(after: UserName | None) -> tuple[str, UserName | None]:
            return gateway.read(transfer.export, reach, after, PIECE)

        def pieces(text: str, after: UserName | None) -> Iterator[str]:
            yield text
            while after:
                text, after = piece(after)
                yield text

        begin = piece(None)
        response = Response(stream_with_context(pieces(*begin)), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="whisperpage-users.csv"'
        return response


def _told(error: Rejected) -> str:
    """The sentence of an error, with what helps if it does not say that."""
    if error.thing == "unknown_group":
        return f"{str(error).removesuffix('.')}: add it first."
    return str(error)


def _page(*, error: str = "", summary: Summary | None = None, counted: bool = False) -> str:
    return render_template(
        "admin/import.html", error=error, summary=summary, counted=counted, back=path("users")
    )

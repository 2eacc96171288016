"""Tokens of the API and of phones' keys: listed, issued, revoked. A token is shown once."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from controller.administration import keys, tokens
from controller.domain.api_token import ApiToken, Scope
from controller.domain.key_token import KeyToken
from controller.domain.names import UserName, check_domain
from controller.web.console.admin.forms import (
    Field,
    Form,
    Kind,
    Listing,
    Row,
    go,
    number,
    path,
    show_form,
    show_listing,
    submit,
)
from controller.web.console.admin.room import Room

_COLUMNS = ("c.number", "c.domain", "c.label", "c.scopes", "c.created", "c.last_used", "c.revoked",
            "c.sender", "c.messages")  # fmt: skip
_KEYS = ("c.number", "c.user", "c.label", "c.created", "c.last_used", "c.revoked")


class Tokens:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def listing(self) -> str:
        """All tokens in reach, valid or not."""
        rows = [_row(each) for each in self._room.read(tokens.listing)]
        of_keys = [_key_row(each) for each in self._room.read(keys.listing)]
        links = (("form.buttons", path("buttons")),)
        below = Listing(
            "keys_of_phones", _KEYS, of_keys, add=path("new_key"), revoke=path("revoke_key"), links=links
        )
        return show_listing(
            Listing(
                "tokens", _COLUMNS, rows, add=path("new_token"), revoke=path("revoke_token"), below=(below,)
            )
        )

    def new(self) -> str:
        """The form for a token of the API."""
        return show_form(self._form())

    def new_key(self) -> str:
        """The form for a token of a phone's keys."""
        return show_form(_key_form())

    def issue(self) -> str | Response | tuple[str, int]:
        """Issue a token of the API, and show it."""
        form = self._form()

        def work() -> str:
            domain, label, _, sender, named = (each.sent for each in form.fields)
            scopes = {Scope(each) for each in request.form.getlist("scopes") if each in set(Scope)}
            of = self._room.reach.domain or (check_domain(domain) if domain else "")
            return self._room.change(tokens.issue, of, label, scopes, sender, named.split())[1]

        return _issued(form, work, "token", for_kiosk=request.form.getlist("scopes") == [Scope.KIOSK])

    def issue_key(self) -> str | Response | tuple[str, int]:
        """Issue a token of a phone's keys, and show it."""
        form = _key_form()

        def work() -> str:
            name, label = (each.sent for each in form.fields)
            return self._room.change(keys.issue, UserName.parse(name), label)[1]

        return _issued(form, work, "key")

    def revoke(self) -> Response:
        """Revoke a token of the API. Raises Rejected."""
        self._room.change(tokens.revoke, number(request.form.get("number", "")))
        return go(path("tokens"))

    def revoke_key(self) -> Response:
        """Revoke a token of a phone's keys. Raises Rejected."""
        self._room.change(keys.revoke, number(request.form.get("number", "")))
        return go(path("tokens"))

    def _form(self) -> Form:
        own = self._room.reach.domain
        options = tuple((scope.value, self._room.text(f"scope.{scope}")) for scope in Scope)
        fields = (
            Field("domain", "c.domain", Kind.FIXED if own else Kind.TEXT, own, required=False,
                  hint="" if own else "h.domain"),
            Field("label", "c.label", required=False),
            Field("scopes", "c.scopes", Kind.SEVERAL, options=options),
            Field("sender", "c.sender", required=False, hint="h.sender"),
            Field("messages", "c.messages", required=False, hint="h.messages"),
        )  # fmt: skip
        return Form("new_token", fields, path("issue_token"), path("tokens"))


def _key_form() -> Form:
    fields = (Field("name", "f.name", hint="h.user"), Field("label", "c.label", required=False))
    return Form("new_key", fields, path("issue_key"), path("tokens"))


def _issued(
    form: Form, work: Callable[[], str], what: str, *, for_kiosk: bool = False
) -> str | Response | tuple[str, int]:
    """The page with the new token, and with the page of its kiosk; or the form again, with what is wrong."""
    made: list[str] = []
    answer = submit(form, lambda: made.append(work()))
    if not made:
        return answer
    lobby = f"{url_for('console.lobby', _external=True)}#{made[0]}" if for_kiosk else ""
    return render_template("admin/secret.html", secret=made[0], what=what, lobby=lobby, back=form.back)


def _row(token: ApiToken) -> Row:
    times = (token.created_at, token.last_used_at, token.revoked_at)
    marked = "" if token.revoked_at else str(token.id)
    return Row(
        (
            token.id,
            token.domain,
            token.label,
            token.scope_text,
            *times,
            token.sender,
            " ".join(token.messages),
        ),
        marked=marked,
    )


def _key_row(token: KeyToken) -> Row:
    times = (token.created_at, token.last_used_at, token.revoked_at)
    marked = "" if token.revoked_at else str(token.id)
    return Row((token.id, token.user, token.label, *times), marked=marked)

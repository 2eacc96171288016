"""What gives a phone its buttons, as `keys template` writes it, for the provisioning of phones."""

from __future__ import annotations

from flask import render_template, request

from controller.domain.names import UserName
from controller.errors import InvalidValue, Rejected
from controller.phones import buttons, templates
from controller.web.console.admin.forms import (
    Field,
    Form,
    Kind,
    again,
    chosen,
    number,
    path,
    show_form,
)
from controller.web.console.admin.room import Room

#: The lowest and the highest number of the first key; and the most buttons that page somebody.
FIRST, MOST = (1, 100), 100


class Buttons:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def form(self) -> str:
        """The form."""
        return show_form(self._form())

    def write(self) -> str | tuple[str, int]:
        """The settings of a phone. They are made and not kept; nothing is changed."""
        form = self._form()
        try:
            user, text = self._written(form)
        except Rejected as error:
            return again(form, error)
        return render_template("admin/written.html", text=text, user=user, back=form.back)

    def _written(self, form: Form) -> tuple[UserName, str]:
        sent = {each.name: each.sent for each in form.fields}
        user = UserName.parse(sent["name"])
        self._room.reach.check_new_user(user)
        first = number(sent["first"])
        pages = [UserName(each.strip(), user.domain).extension for each in sent["pages"].splitlines()]
        if not FIRST[0] <= first <= FIRST[1] or len(pages) > MOST:
            raise InvalidValue(
                f"The first key is {FIRST[0]} to {FIRST[1]}, and there are at most {MOST} buttons that page."
            )
        settings = self._room.controller.settings
        page, off = (buttons.check_code(sent[name]) for name in ("page_code", "off_code"))
        made = buttons.buttons(
            user.extension,
            pages,
            buttons.check_url(sent["url"]),
            buttons.check_token(sent["token"] or buttons.PLACEHOLDER),
            buttons.codes(page, off, settings.mute_key, settings.end_key),
        )
        return user, templates.write(chosen(form.fields[1]), made, user.domain, first)

    def _form(self) -> Form:
        vendors = tuple((each, each.capitalize()) for each in templates.VENDORS)
        fields = (
            Field("name", "f.name", hint="h.user"),
            Field("vendor", "c.vendor", Kind.SELECT, vendors[0][0], vendors),
            Field("pages", "f.pages", Kind.LINES, required=False, hint="h.pages"),
            Field("token", "f.token", required=False, hint="h.token"),
            Field("url", "f.url", value=request.host_url.rstrip("/")),
            Field("first", "f.first", Kind.NUMBER, "2"),
            Field("page_code", "f.page_code", value=buttons.CODES.page),
            Field("off_code", "f.off_code", value=buttons.CODES.off),
        )
        return Form("buttons", fields, path("write_buttons"), path("tokens"), does="f.write")

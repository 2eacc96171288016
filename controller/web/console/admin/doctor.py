"""The doctor: checks of the database, the switches and the dialplan, for administrators of all domains."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import gevent
from flask import render_template, request
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import NotFound, ServiceUnavailable

from controller.administration import messages, replies
from controller.doctor.check import Check
from controller.doctor.fusion import examine as examine_fusionpbx
from controller.doctor.installation import examine
from controller.fusion.site import CONFIG
from controller.web.console.admin.room import Room
from controller.web.vitals import Vitals

#: The users' dialplan context, unless another one is asked for.
CONTEXT = "default"
#: The longest wait for another one who has the doctor look, in seconds.
TURN = 10.0
_CONTEXT = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


class Doctor:
    """The views."""

    def __init__(self, room: Room, vitals: Vitals) -> None:
        self._room = room
        self._vitals = vitals
        self._looking = BoundedSemaphore(1)

    def show(self) -> str:
        """The page before anything was checked."""
        self._only_for_all()
        return render_template("admin/doctor.html", context=CONTEXT, checks=())

    def look(self) -> str:
        """Check everything, and show what was found."""
        self._only_for_all()
        sent = request.form.get("context", "")
        context = sent if _CONTEXT.fullmatch(sent) else CONTEXT
        if not self._looking.acquire(timeout=TURN):
            raise ServiceUnavailable("Somebody else has everything checked: try again.")
        try:
            return render_template("admin/doctor.html", context=context, checks=list(self._checks(context)))
        finally:
            self._looking.release()

    def _checks(self, context: str) -> Iterator[Check]:
        controller = self._room.controller
        there = _is_there()
        check_database, threads = controller.check_database, gevent.get_hub().threadpool

        def of_fusionpbx(digits: Collection[str]) -> list[Check]:
            return threads.apply(lambda: list(examine_fusionpbx(CONFIG, controller.settings, digits)))

        return examine(
            controller.settings,
            None if there else context,
            lambda _: threads.apply(check_database),
            lambda _: controller.permitted(),
            self._controller,
            lambda _: self._digits(),
            lambda _: [message for _, message in self._room.read(messages.listing)],
            lambda digits: of_fusionpbx(digits) if there else (),
        )

    def _digits(self) -> frozenset[str]:
        """The digits of all replies."""
        found = self._room.read(replies.listing)
        return frozenset(reply.digit for _, reply in found if reply.words)

    def _controller(self) -> Check:
        parts = [part for part in self._vitals.ready() if part.fails]
        if parts:
            troubles = " ".join(part.trouble for part in parts)
            return Check("controller", False, "serves this page, and is not ready", troubles)
        return Check("controller", True, "serves this page, and is ready")

    def _only_for_all(self) -> None:
        if self._room.reach.domain:
            raise NotFound("There is nothing at this path.")


def _is_there() -> bool:
    """Whether a FusionPBX is on this machine that the controller's user may look at."""
    try:
        return CONFIG.exists()
    except PermissionError:
        return False

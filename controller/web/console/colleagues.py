"""The receptionist's page: the state of all colleagues, whether they can be paged, and pages to them."""

from __future__ import annotations

from datetime import datetime

from flask import Response, jsonify, request
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import BadRequest, NotFound, ServiceUnavailable

from controller.administration.audited import note
from controller.app import Controller
from controller.domain.console import Actor, ConsoleSession
from controller.domain.explain import outcome
from controller.domain.names import UserName, shown
from controller.domain.policy import Feature
from controller.domain.refusal import Refusal
from controller.domain.toggle import Toggle
from controller.errors import InvalidValue, StoreError, SwitchError
from controller.web.actions import Actions
from controller.web.console import told
from controller.web.console.assets import takes_gzip
from controller.web.console.guard import session
from controller.web.console.roll import Roll
from controller.web.console.told import State

#: Colleagues of whom one request asks whether they can be paged; such requests at a time, and the longest
#: wait for that, in seconds: each of them asks the switch and the database some questions.
ASKED, AT_ONCE, TURN = 40, 4, 5.0


class Colleagues:
    """The views."""

    def __init__(self, controller: Controller, roll: Roll) -> None:
        self._controller = controller
        self._stations = controller.stations
        self._roll = roll
        self._actions = Actions(controller)
        self._asking = BoundedSemaphore(AT_ONCE)

    def all(self) -> Response:
        """The states of all colleagues that are not free, and the user's own pages and favourites."""
        user = session().user
        return jsonify(
            edition=self._roll.of(user.domain).id,
            up=told.all_up(self._stations),
            states={each.extension: state for each, state in self._states(user).items()},
            mine=self._own_pages(user),
            favourites=self._controller.favourites.of(user),
        )

    def roll(self) -> Response:
        """Every colleague, without its state: the newest edition."""
        edition = self._roll.of(session().user.domain)
        response = Response(edition.whole, content_type="application/json")
        if takes_gzip():
            response.set_data(edition.packed)
            response.headers["Content-Encoding"] = "gzip"
        return response

    def verdicts(self) -> Response:
        """What would become of a page to each of some colleagues now, and why it would be refused."""
        who = session()
        targets = [_colleague(text, who) for text in request.args.getlist("ext")[:ASKED]]
        if not self._asking.acquire(timeout=TURN):
            raise ServiceUnavailable("Too many ask for this at the same time: try again.")
        try:
            return jsonify({target.extension: verdict for target, verdict in self._judge(who.user, targets)})
        finally:
            self._asking.release()

    def page(self) -> tuple[Response, int]:
        """Ring the user's own phone, and page a colleague as soon as it is answered."""
        who = session()
        target = _colleague(request.form.get("ext", ""), who)
        click = self._actions.page(Feature.WHISPER, who.user, target)
        return jsonify(told.of_click(click)), 202 if click.rings else 409

    def messages(self) -> Response:
        """The names of the messages that the user can send."""
        found = self._controller.messages(session().user.domain)
        return jsonify([each.name for each in found])

    def tell(self) -> tuple[Response, int]:
        """Send a message to a colleague."""
        who, called = session(), request.form.get("message", "")
        target = _colleague(request.form.get("ext", ""), who)
        message = self._controller.message(who.user.domain, called)
        if message is None:
            raise NotFound(f"There is no message {shown(called)}.")
        self._controller.sounds.of(message)
        sent = self._actions.tell(who.user, target, message)
        return jsonify(told.of_record(sent, who.user)), 409 if sent.reason else 202

    def reverse(self) -> tuple[Response, int]:
        """Call a colleague, and speak to it privately in the user's own call."""
        who = session()
        target = _colleague(request.form.get("ext", ""), who)
        click = self._actions.reverse(who.user, target)
        return jsonify(told.of_click(click)), 202 if click.rings else 409

    def end(self) -> tuple[Response, int]:
        """End the user's pages, and the ringing for one."""
        ended = self._actions.end(session().user)
        return jsonify(ended=ended), 200

    def mute(self) -> tuple[Response, int]:
        """Mute the user to its far party while it is paged, or unmute it."""
        muted = self._actions.mute(session().user, Toggle.FLIP)
        return jsonify(muted=muted), 409 if muted is None else 200

    def favourites(self) -> Response:
        """Make a colleague a favourite of the user, or none any more."""
        who = session()
        favourite, kept = _colleague(request.form.get("ext", ""), who), request.form.get("kept") == "yes"
        found = self._controller.favourites
        (found.keep if kept else found.drop)(who.user, favourite)
        return jsonify(kept=kept)

    def pages_off(self) -> Response:
        """Switch pages to the user itself off, or on again."""
        who = session()
        off = self._actions.block(who.user, Toggle.FLIP)
        actor = Actor(str(who.user), who.domain, request.remote_addr or "")
        changed = "user changed", str(who.user), f"pages_off: {'yes' if off else 'no'}"
        self._controller.gateway.write(note, actor, *changed)
        return jsonify(off=off)

    def _judge(self, pager: UserName, targets: list[UserName]) -> list[tuple[UserName, State]]:
        try:
            station = self._actions.station(pager)
            verdicts = station.verdicts.of(pager, targets)
        except (SwitchError, StoreError) as error:
            raise ServiceUnavailable(str(error)) from None
        found = []
        for target, decision in verdicts.items():
            why = told.reason(decision.reason) if isinstance(decision, Refusal) else None
            found.append((target, {"becomes": outcome(decision), "why": why}))
        return found

    def _states(self, user: UserName) -> dict[UserName, State]:
        """The states that are not the usual ones, by user."""
        states: dict[UserName, State] = {}
        for present in self._controller.presence.of(user.domain):
            states[present.user] = told.of_presence(present)
        for blocked in self._controller.blocked:
            if blocked.domain == user.domain:
                states.setdefault(blocked, {})["off"] = True
        for live in self._controller.live.all():
            target = live.record.target
            if target and target.domain == user.domain and told.whispers(live.record):
                state = told.paged(live.record, muted=live.page.muted)
                states.setdefault(target, {})["paged"] = state
        return states

    def _own_pages(self, user: UserName) -> list[State]:
        found: list[tuple[datetime, State]] = []
        for station in self._stations:
            for click in station.clicks.ringing():
                if click.pager == user:
                    found.append((click.started_at, told.of_click(click)))
        for live in self._controller.live.all():
            if told.is_own(live.record, user):
                shown = told.of_record(live.record, user, muted=live.page.muted)
                found.append((live.record.started_at, shown))
        return [state for _, state in sorted(found, key=lambda each: each[0])]


def _colleague(extension: str, who: ConsoleSession) -> UserName:
    """A user of the same domain. Raises BadRequest."""
    try:
        return UserName(extension, who.user.domain)
    except InvalidValue as error:
        raise BadRequest(str(error)) from None

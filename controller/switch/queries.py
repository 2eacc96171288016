"""Queries to the switch: a user's phones and legs, and their present state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import orjson

from controller.domain.decision import Basis, Situation
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName, shown
from controller.errors import InvalidValue, SwitchTrouble
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.eventsocket.outcome import Outcome, Status
from controller.switch import keys, rooms
from controller.switch.channels import ChannelRow, rows_in
from controller.switch.leg import eavesdroppers, from_dump, reader
from controller.switch.legs import Legs
from controller.switch.pagelegs import relay_uuid
from controller.switch.registrations import parse_contacts, with_agents
from controller.switch.topologies import is_page_leg
from controller.switch.trust import NOBODY, Trust


class Switch(Protocol):
    """The way to a switch: a link, or its replacement in a test."""

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` in seconds."""

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` in seconds."""

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send any other command; `deadline` in seconds."""


def channels(switch: Switch, deadline: float) -> Iterator[ChannelRow]:
    """The rows of `show channels`; raises SwitchTrouble if the switch does not answer with them."""
    outcome = switch.api(api.show_channels(), deadline)
    if not outcome.done:
        raise SwitchTrouble(f"The switch does not list its channels: {outcome.text or outcome.status.value}.")
    yield from rows_in(outcome.text)


class SwitchQueries:
    """Queries to one switch; `deadline` is the limit for each, in seconds.

    Every query raises SwitchTrouble if the switch does not answer in time.
    """

    def __init__(self, switch: Switch, legs: Legs, deadline: float, trust: Trust = NOBODY) -> None:
        self._trust = trust
        self._switch = switch
        self._legs = legs
        self._deadline = deadline

    def user(self, text: str) -> UserName:
        """The user named `EXT@DOMAIN`, or `EXT` in the switch's own domain; raises InvalidValue.

        A number alias stands for the user that has it.
        """
        name = UserName.parse(text if "@" in text else f"{text}@{self._domain(text)}")
        return self.named(name) or name

    def domain(self) -> str:
        """The domain of the switch's users; empty if it has none of its own.

        (The global variable that every stock configuration sets, conf/vanilla/vars.xml.)
        """
        domain = self._ask(api.call("global_getvar", "domain"))
        return "" if domain.startswith("-ERR") else domain

    def _domain(self, text: str) -> str:
        domain = self.domain()
        if not domain:
            raise InvalidValue(
                f"{shown(text)} is of no domain, for the switch has no global variable `domain`: "
                f"write {shown(text)[1:-1]}@DOMAIN, the domain being the user's own."
            )
        return domain

    def channels(self) -> Iterator[ChannelRow]:
        """The rows of `show channels`, read a piece at a time."""
        return channels(self._switch, self._deadline)

    def learn(self, uuids: Iterable[str]) -> None:
        """Ask for the users of these legs, which `show channels` does not have for each (`unsure`)."""
        for uuid in uuids:
            dump = self.dump(uuid)
            if dump and uuid in self._legs:  # an event may have removed it meanwhile
                self._legs.observe(dump)

    def exists(self, user: UserName) -> bool:
        """Whether the switch's directory has a user."""
        return self.named(user) is not None

    def named(self, user: UserName) -> UserName | None:
        """The user's own name in the directory, which also finds it by a `number-alias`; None if unknown.

        (`user_data_function`, mod_commands.c; `find_user_in_tag`, switch_xml.c)
        """
        return self._attribute(user, "id")

    def alias(self, user: UserName) -> UserName | None:
        """The user's number alias, as the name of a user; None if it has none."""
        return self._attribute(user, "number-alias")

    def _attribute(self, user: UserName, name: str) -> UserName | None:
        found = self._ask(api.call("user_data", str(user), "attr", name))
        return UserName.or_none(f"{found}@{user.domain}")

    def situation(self, target: UserName) -> Situation:
        """The present situation of the target and its phones."""
        user = self.named(target)
        if user is None:
            return Situation(known=False)
        basis = self.basis(user)
        found = [leg for leg in map(self.leg, self._legs.of(user)) if leg and not is_page_leg(leg.name)]
        legs = tuple(leg for leg in found if leg.user == user)
        partners = {leg.partner: far for leg in legs if leg.partner and (far := self.leg(leg.partner))}
        paged = frozenset(leg.uuid for leg in legs if leg.part or (leg.eavesdroppers and self._paged(leg)))
        return Situation(
            known=True,
            name=user,
            legs=legs,
            partners=partners,
            paged=paged,
            busy=frozenset(leg.address for leg in found if leg.talking),
            registrations=self.registrations(user),
            basis=basis,
        )

    def basis(self, user: UserName) -> Basis:
        """The legs that may be a user's, with their states, as the table has them; nobody is asked."""
        return frozenset(self._legs.states(user).items())

    def leg(self, uuid: str) -> Leg | None:
        """A leg in its present state, with the number of its eavesdroppers; None if it has hung up."""
        dump = self.dump(uuid)
        if dump is None:
            return None
        return from_dump(
            reader(dump),
            eavesdroppers(self._ask(api.uuid_buglist(uuid))),
            self._trust,
        )

    def dump(self, uuid: str) -> JsonEvent | None:
        """All data of the switch about a leg; None if it has hung up."""
        outcome = self._answered(api.uuid_dump(uuid))
        return JsonEvent(outcome.text.encode("utf-8", "surrogateescape")) if outcome.done else None

    def registrations(self, target: UserName) -> tuple[Registration, ...]:
        """The target's registered phones, in the order in which the switch would ring them."""
        found = parse_contacts(self._ask(api.sofia_contact(str(target))))
        profiles = sorted({each.profile for each in found})
        asked = {
            each: api.call("sofia", "xmlstatus", "profile", each, "user", str(target)) for each in profiles
        }
        return with_agents(found, {profile: self._ask(call) for profile, call in asked.items()})

    def keys_of_dialplan(self) -> frozenset[str]:
        """The digits that the dialplan binds in calls by itself (`bind_meta_app`), in any context."""
        return keys.bound_by(self._ask(api.call("xml_locate", "dialplan")))

    def room_rate(self) -> int:
        """The rate in Hz of the rooms of page groups."""
        return rooms.rate_in(self._ask(rooms.configuration()))

    def caller_id(self, user: UserName) -> dict[str, str]:
        """The `name` and `number` that other phones show for a user, as far as the directory has them."""
        found = {what: self._shown(user, what) for what in ("name", "number")}
        return {what: text for what, text in found.items() if text}

    def display_name(self, user: UserName) -> str:
        """The name that other phones show for a user; empty if the directory has none."""
        return self._shown(user, "name")

    def registered(self) -> frozenset[UserName]:
        """The users that have a phone registered at this switch."""
        answer = self._ask(api.call("show", "registrations", "as", "json"))
        try:
            told = orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise SwitchTrouble("The switch lists its registrations in an unknown form.") from None
        # without registrations the answer has no "rows" (show_function, mod_commands.c)
        rows = told.get("rows", []) if isinstance(told, dict) else []
        found = (UserName.or_none(f"{row.get('reg_user')}@{row.get('realm')}") for row in rows)
        return frozenset(filter(None, found))

    def _shown(self, user: UserName, what: str) -> str:
        text = self._ask(api.call("user_data", str(user), "var", f"effective_caller_id_{what}"))
        return "" if text.startswith("-ERR") else text

    def _paged(self, leg: Leg) -> bool:
        return self._ask(api.uuid_exists(relay_uuid(leg.uuid))) == "true"

    def _ask(self, call: ApiCall) -> str:
        return self._answered(call).text.strip()

    def _answered(self, call: ApiCall) -> Outcome:
        outcome = self._switch.api(call, self._deadline)
        if outcome.status in (Status.NOT_SENT, Status.UNKNOWN):
            raise SwitchTrouble(f"The switch did not answer `{call.text}`: {outcome.text}")
        return outcome

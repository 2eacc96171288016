"""Builders for the calls of the switch's API that a page needs; each call is complete and checked.

An `ApiCall` can be sent as `api` or as `bgapi`. `api` is for quick calls: the connection's thread in the
switch waits for the output. Its text can also be a hook, which the switch runs by itself:

    uuid_kill(uuid, "CALL_REJECTED")
    uuid_setvar(page, "api_hangup_hook", uuid_audio(far_leg, mute=False).text)
    originate("user/1002@pbx.test", Extension("intercom", "whisper_page"), {"sip_auto_answer": "true"})

All builders raise UnsafeValue for a value that cannot be written exactly. The switch implements each call in
its `*_function` of mod_commands.c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from controller.errors import UnsafeValue
from controller.eventsocket import places
from controller.eventsocket.commands import Command

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the switch's API: one line with its name and arguments."""

    text: str

    def __post_init__(self) -> None:
        self.foreground()  # checks a call that was built by hand, too

    def __str__(self) -> str:
        """The call for a log, without its values, as that of a Command."""
        return str(self.foreground()).removeprefix("api ")

    def __repr__(self) -> str:
        return f"<ApiCall {self}>"

    def foreground(self) -> Command:
        """The call as `api`: the reply is its output."""
        return Command(f"api {self.text}")

    def background(self, job: str) -> Command:
        """The call as `bgapi`: the reply is a receipt; the output comes in the BACKGROUND_JOB event `job`."""
        return Command(f"bgapi {self.text}", (("Job-UUID", places.leg(job)),))


@dataclass(frozen=True, slots=True)
class Application:
    """The destination of an originated leg: one application."""

    name: str
    argument: str = ""

    def words(self) -> tuple[str, ...]:
        """The checked arguments for originate."""
        place = f"argument of {self.name}"
        argument = places.application_argument(place, places.argument(place, self.argument))
        if ")" in argument:
            raise places.refuse(place, argument, "the switch ends it at the first )")
        return (f"&{places.name('application', self.name)}({argument})".replace(" ", "\\s"),)


@dataclass(frozen=True, slots=True)
class Extension:
    """The destination of an originated or transferred leg: an extension of the dialplan."""

    number: str
    context: str
    dialplan: str = "XML"

    def words(self) -> tuple[str, ...]:
        """The checked arguments for originate and uuid_transfer."""
        number = places.word("extension", self.number)
        if number.startswith(("&", "-")) or number.lower() == "undef":
            raise places.refuse("extension", number, "the switch would not take it for an extension")
        if self.dialplan.lower() == "inline":
            raise places.refuse("dialplan", self.dialplan, "it would run the extension as applications")
        return (number, places.name("dialplan", self.dialplan), places.context(self.context))


def call(name: str, *words: str) -> ApiCall:
    """Any API call whose arguments are single words."""
    checked = (places.word(f"argument of {name}", word) for word in words)
    return ApiCall(" ".join((places.name("API call", name), *checked)))


def status() -> ApiCall:
    """The switch's status as text."""
    return call("status")


def module_exists(module: str) -> ApiCall:
    """`true` when the module is loaded, else `false`."""
    return call("module_exists", places.name("module", module))


def xml_locate(section: str, tag: str, attribute: str, value: str) -> ApiCall:
    """An XML element of a section, such as `("directory", "domain", "name", "pbx.test")`."""
    return call("xml_locate", section, tag, attribute, value)


def show_channels() -> ApiCall:
    """All legs as JSON, from the switch's own database, which lags a little behind its events.

    Without channels there is no `rows` key.
    """
    return call("show", "channels", "as", "json")


def sofia_contact(user: str, profile: str = "*") -> ApiCall:
    """Where `user@domain` is registered: dial strings joined by commas, or `error/user_not_registered`."""
    for part in (user, profile):
        if "/" in part or "~" in part:  # sofia_contact_function, mod_sofia.c: profile/user@domain~agent
            raise places.refuse("contact", part, "/ and ~ separate the parts of a contact")
    return call("sofia_contact", f"{profile}/{user}")


def sofia_presence_data(what: Literal["list", "status", "rpid", "user_agent"], user: str) -> ApiCall:
    """The registrar's data about `user@domain`; empty when the user is not registered."""
    return call("sofia_presence_data", what, user)


def uuid_exists(uuid: str) -> ApiCall:
    """`true` when the leg exists, else `false`."""
    return call("uuid_exists", places.leg(uuid))


def uuid_dump(uuid: str) -> ApiCall:
    """All data about a leg as JSON, which `events.JsonEvent` reads."""
    return call("uuid_dump", places.leg(uuid), "json")


def uuid_buglist(uuid: str) -> ApiCall:
    """The media bugs on a leg as XML; empty for a leg that does not exist."""
    return call("uuid_buglist", places.leg(uuid))


def uuid_getvar(uuid: str, variable: str) -> ApiCall:
    """One variable of a leg; `_undef_` when it is not set."""
    return call("uuid_getvar", places.leg(uuid), places.name("variable", variable))


def uuid_setvar(uuid: str, variable: str, value: str) -> ApiCall:
    """Set one variable of a leg; an empty value unsets it."""
    name = places.name("variable", variable)
    return ApiCall(
        f"uuid_setvar {places.leg(uuid)} {name} {places.variable(f'variable {name}', value)}".rstrip(" ")
    )


def uuid_setvar_multi(uuid: str, variables: Mapping[str, str]) -> ApiCall:
    """Set 1 to 64 variables of a leg; an empty value unsets its variable."""
    if not 1 <= len(variables) <= 64:  # uuid_setvar_multi_function silently drops the rest
        raise UnsafeValue(f"uuid_setvar_multi takes 1 to 64 variables, not {len(variables)}.")
    pairs = (
        f"{places.name('variable', name)}={places.variable(f'variable {name}', value)}".replace(";", "\\;")
        for name, value in variables.items()
    )
    return ApiCall(f"uuid_setvar_multi {places.leg(uuid)} {';'.join(pairs)}")


def uuid_bridge(uuid: str, other: str) -> ApiCall:
    """Bridge two legs."""
    return call("uuid_bridge", places.leg(uuid), places.leg(other))


def uuid_kill(uuid: str, cause: str = "NORMAL_CLEARING") -> ApiCall:
    """Hang up a leg."""
    return call("uuid_kill", places.leg(uuid), places.name("hang-up cause", cause))


def uuid_transfer(uuid: str, to: Extension) -> ApiCall:
    """Send a leg into the dialplan."""
    return call("uuid_transfer", places.leg(uuid), *to.words())


def uuid_media(uuid: str) -> ApiCall:
    """Bring a leg's media back through the switch."""
    return call("uuid_media", places.leg(uuid))


def uuid_audio(uuid: str, *, mute: bool, direction: Literal["read", "write"] = "write") -> ApiCall:
    """Mute or unmute what a leg's phone hears (`write`) or says (`read`)."""
    return call("uuid_audio", places.leg(uuid), "start", direction, "mute", "1" if mute else "0")


def uuid_display(uuid: str, name: str, number: str) -> ApiCall:
    """Show this name and number on a leg's phone.

    A `|` separates them, and the name is written unchanged between quotes in a SIP header (mod_sofia.c).
    """
    if not name or not number or set(name + number) & set('|"'):
        raise places.refuse("display", f"{name}|{number}", 'it needs a name and a number, without | and "')
    shown = places.argument("display", f"{name}|{number}")
    return ApiCall(f"uuid_display {places.leg(uuid)} {shown}")


def uuid_broadcast(uuid: str, what: str, to: Literal["aleg", "bleg", "both"] = "aleg") -> ApiCall:
    """Play `what` (a file, a tone, or `application::argument`) to a leg, its partner, or both."""
    if not what:
        raise places.refuse("broadcast", what, "there is nothing to play")
    heard = places.application_argument("broadcast", places.argument("broadcast", what))
    spaced = heard.replace(" ", "\\s")
    return ApiCall(f"uuid_broadcast {places.leg(uuid)} {spaced} {to}")


def originate(
    endpoint: str, to: Application | Extension, variables: Mapping[str, str] = _NO_VARIABLES
) -> ApiCall:
    """Call `endpoint`, and send the new leg to `to` when it is answered. The call is slow: use `bgapi`.

    Its output is `+OK UUID`, or `-ERR` and the hang-up cause.
    """
    return ApiCall(f"originate {_variables(variables)}{places.endpoint(endpoint)} {' '.join(to.words())}")


def ring(
    phones: Sequence[str], to: Application | Extension, variables: Mapping[str, str] = _NO_VARIABLES
) -> ApiCall:
    """Like `originate`, but for several phones at once; the first that is answered is sent to `to`.

    Each phone is a dial string with its own variables, as `switch.dialstring.phone` makes it.
    """
    dialled = ",".join(places.phone(phone) for phone in phones)
    if not dialled:
        raise UnsafeValue("There is no phone to ring.")
    return ApiCall(f"originate {_variables(variables)}{dialled} {' '.join(to.words())}")


def _variables(variables: Mapping[str, str]) -> str:
    pairs = ",".join(
        f"{places.name('originate variable', name)}={places.originate_variable(name, value)}"
        for name, value in variables.items()
    )
    return f"{{{pairs}}}" if pairs else ""

"""The calls of the switch's API that a page needs, complete and checked.

An `ApiCall` can go as `api` (for what is quick: the connection's thread in the switch waits for its output)
or as `bgapi` (for the rest). Its text can also be a hook, which the switch runs by itself:

    uuid_kill(uuid, "CALL_REJECTED")
    uuid_setvar(page, "api_hangup_hook", uuid_audio(far_leg, mute=False).text)
    originate("user/1002@pbx.test", Extension("intercom", "whisper_page"), {"sip_auto_answer": "true"})

All builders raise UnsafeValue for a value that cannot be written exactly. The switch's side is the
`*_function` of each call in mod_commands.c.
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
    """One call of the switch's API: its name and arguments, as one line."""

    text: str

    def __post_init__(self) -> None:
        self.foreground()  # one built by hand gets the same checks

    def __str__(self) -> str:
        return self.text

    def foreground(self) -> Command:
        """As `api`: the reply is its output."""
        return Command(f"api {self.text}")

    def background(self, job: str) -> Command:
        """As `bgapi`: the reply is a receipt; the output follows as BACKGROUND_JOB with this Job-UUID."""
        return Command(f"bgapi {self.text}", (("Job-UUID", places.leg(job)),))


@dataclass(frozen=True, slots=True)
class Application:
    """Where an originated leg goes: straight into one application."""

    name: str
    argument: str = ""

    def words(self) -> tuple[str, ...]:
        """It as originate's arguments, checked."""
        place = f"argument of {self.name}"
        argument = places.application_argument(place, places.argument(place, self.argument))
        if ")" in argument:
            raise places.refuse(place, argument, "the switch ends it at the first )")
        return (f"&{places.name('application', self.name)}({argument})".replace(" ", "\\s"),)


@dataclass(frozen=True, slots=True)
class Extension:
    """Where an originated or transferred leg goes: into the dialplan."""

    number: str
    context: str
    dialplan: str = "XML"

    def words(self) -> tuple[str, ...]:
        """It as the arguments of originate and uuid_transfer, checked."""
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
    """What the switch says about itself, as text."""
    return call("status")


def module_exists(module: str) -> ApiCall:
    """`true` when the module is loaded, else `false`."""
    return call("module_exists", places.name("module", module))


def xml_locate(section: str, tag: str, attribute: str, value: str) -> ApiCall:
    """An XML element of a section, such as `("directory", "domain", "name", "pbx.test")`."""
    return call("xml_locate", section, tag, attribute, value)


def show_channels() -> ApiCall:
    """All legs as JSON, out of the switch's own database, which is written a little behind its events.

    With no channel there is no `rows` key.
    """
    return call("show", "channels", "as", "json")


def sofia_contact(user: str, profile: str = "*") -> ApiCall:
    """Where `user@domain` is registered: dial strings joined by commas, or `error/user_not_registered`."""
    for part in (user, profile):
        if "/" in part or "~" in part:  # sofia_contact_function, mod_sofia.c: profile/user@domain~agent
            raise places.refuse("contact", part, "/ and ~ separate the parts of a contact")
    return call("sofia_contact", f"{profile}/{user}")


def sofia_presence_data(what: Literal["list", "status", "rpid", "user_agent"], user: str) -> ApiCall:
    """What the registrar knows of `user@domain`; empty when it is not registered."""
    return call("sofia_presence_data", what, user)


def uuid_exists(uuid: str) -> ApiCall:
    """`true` when the leg is there, else `false`."""
    return call("uuid_exists", places.leg(uuid))


def uuid_dump(uuid: str) -> ApiCall:
    """Everything about a leg as JSON, which `events.JsonEvent` reads."""
    return call("uuid_dump", places.leg(uuid), "json")


def uuid_buglist(uuid: str) -> ApiCall:
    """The media bugs on a leg, as XML; empty for a leg that is not there."""
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
    """Set several variables of a leg, 1 to 64; an empty value unsets its variable."""
    if not 1 <= len(variables) <= 64:  # uuid_setvar_multi_function drops the rest without a word
        raise UnsafeValue(f"uuid_setvar_multi takes 1 to 64 variables, not {len(variables)}.")
    pairs = (
        f"{places.name('variable', name)}={places.variable(f'variable {name}', value)}".replace(";", "\\;")
        for name, value in variables.items()
    )
    return ApiCall(f"uuid_setvar_multi {places.leg(uuid)} {';'.join(pairs)}")


def uuid_bridge(uuid: str, other: str) -> ApiCall:
    """Join two legs."""
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
    """Have a leg's phone show this name and number.

    A `|` stands between them, and the name goes between quotes into a SIP header as it is (mod_sofia.c).
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
    """Create a leg towards `endpoint` and, once it has answered, send it `to`; slow, so for `bgapi`.

    Its output is `+OK UUID`, or `-ERR` and the hang-up cause.
    """
    return ApiCall(f"originate {_variables(variables)}{places.endpoint(endpoint)} {' '.join(to.words())}")


def ring(
    phones: Sequence[str], to: Application | Extension, variables: Mapping[str, str] = _NO_VARIABLES
) -> ApiCall:
    """As `originate`, towards several phones at once, of which the first to answer is sent `to`.

    Each is a dial string with variables of its own, as `switch.dialstring.phone` makes it.
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

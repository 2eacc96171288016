"""The mark on the channels of a page (dialplan/whisperpage.xml), and the uuids of those channels.

The uuid of the relay is derived from the target's leg. So a leg has one page at most: the switch never gives
the same uuid to two channels (switch_core_session_set_uuid, switch_core_session.c).

The uuids of the legs that eavesdrop are random. An INVITE whose Replaces header names the uuid of a leg that
eavesdrops will eavesdrop as well, whatever its tags (sofia_handle_sip_i_invite_replaces, sofia.c). A derived
uuid could be guessed, since every phone that watches a user gets the uuid of the user's leg (dialog-info,
RFC 4235).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid4, uuid5

from controller.domain.names import UserName
from controller.eventsocket.api import Application

#: The prefix of all our variables on the switch.
PREFIX = "whisperpage_"
#: The context of dialplan/whisperpage.xml.
CONTEXT = "whisperpage@switch"
#: Its name up to version 0.1.1, whose pages are taken over, too.
OLD_CONTEXT = "whisperpage"
#: The beginning of the names of topologies in which pager and target have changed places.
REVERSE = "reverse-"
#: The cause with which the dialplan hangs up a relay without its own uuid: another page has that.
TAKEN = "USER_BUSY"
#: The hooks that a leg runs when its bridge ends: the target's leg has both, the pager's leg has the first.
#: `switch_channel_api_on` (switch_channel.c) runs every variable whose name begins with api_after_bridge, so
#: our hooks do not replace those of others. The dialplan uses the same names.
AFTER_BRIDGE = ("api_after_bridge_whisperpage_1", "api_after_bridge_whisperpage_2")
#: What the target's leg runs as a recording of it begins, before that has its media bug (record_callback,
#: switch_ivr_async.c): speak's bug comes off and is put on behind it. So the recording is without the pager.
RECORD_START = "api_on_record_start_whisperpage"


def into(number: str) -> Application:
    """A transfer to our extension `number`, which a new leg runs in its own thread.

    With an extension as its destination, originate would transfer the leg from another thread
    (switch_ivr_session_transfer, switch_ivr.c), which goes wrong in two ways:

    - The leg may run its new extension before the transfer is in its `transfer_history`. A click would then
      be refused, for nothing says that it is one (paging/request.py).
    - A loopback may be answered before the leg's own thread has left its first CS_ROUTING. That thread would
      then see no change of state and sleep for ever (switch_core_session_run, switch_core_state_machine.c).
      On a busy machine this left about one page in some thousand without a voice.
    """
    return Application("transfer", f"{number} XML {CONTEXT}")


@lru_cache(maxsize=1024)
def relay_uuid(target_leg: str) -> str:
    """The uuid of the relay in a page to this leg; the page ends when the relay hangs up."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:relay:{target_leg}"))


def speak_uuid(target_leg: str) -> str:
    """The uuid of speak in a page to this leg that was made by version 0.1.0."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:speak:{target_leg}"))


@dataclass(frozen=True)
class PageMark:
    """The data of a page that its channels carry: all that is needed to find it, take it over and undo it.

    `page` is the page's id. `target_leg`, `far_leg` and `pager_leg` are uuids; `far_leg` is empty if there is
    no far party. `bypass` is `true` if the call had bypass media before the page and gets it again
    afterwards, else empty. `speak` is the uuid of speak. `topology` is the name of the page's topology
    (topologies). `window` is the decline window in milliseconds, empty if there is none.
    `sound` is what a message plays, and empty in a page; a message has no `pager_leg`. `room` is the id of
    the page to a page group that this page to one of its members is a part of, else empty (group). `part_of`
    is that id if the room is on another switch, from which the pager's call has come.

    In a reverse page `target_leg` is the leg of the pager, who is on the call, and `pager_leg` that of the
    target, who is brought to it.
    """

    page: str
    pager: UserName
    target: UserName
    pager_leg: str
    target_leg: str
    far_leg: str = ""
    bypass: str = ""
    speak: str = field(default_factory=lambda: str(uuid4()))
    topology: str = "whisper-8000"
    window: str = ""
    sound: str = ""
    room: str = ""
    part_of: str = ""

    @property
    def reverse(self) -> bool:
        """Whether it is a reverse page: the pager is on a call, and speaks privately to an idle target."""
        return self.topology.startswith(REVERSE)

    @property
    def seconds_of_window(self) -> float:
        """The decline window in seconds."""
        return int(self.window) / 1000 if self.window.isdecimal() else 0.0

    @property
    def relay(self) -> str:
        """The uuid of the relay."""
        return relay_uuid(self.target_leg)

    @property
    def relay_maker(self) -> str:
        """The uuid of the leg that makes the relay (wide)."""
        return str(uuid5(NAMESPACE_URL, f"whisperpage:relay-maker:{self.speak}"))

    @property
    def speak_maker(self) -> str:
        """The uuid of the leg that makes speak (wide)."""
        return str(uuid5(NAMESPACE_URL, f"whisperpage:speak-maker:{self.speak}"))

    def variables(self) -> dict[str, str]:
        """The mark as channel variables; empty values are left out."""
        own = {PREFIX + each.name: str(getattr(self, each.name)) for each in fields(self)}
        return {name: value for name, value in own.items() if value} | {PREFIX + "relay": self.relay}

"""What the channels of a page say of it (dialplan/whisperpage.xml), and which uuids they have.

The uuid of the relay follows from the target's leg. So there is one page to a leg and no second: the switch
gives no uuid twice (switch_core_session_set_uuid, switch_core_session.c), whoever asks.

Those of the legs that eavesdrop nobody can guess. An INVITE whose Replaces names a leg that eavesdrops by
its uuid eavesdrops as well, whatever its tags (sofia_handle_sip_i_invite_replaces, sofia.c); and the uuid of
a user's leg is told to every phone that watches the user (dialog-info, RFC 4235).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from uuid import NAMESPACE_URL, uuid4, uuid5

#: Every variable of ours on the switch begins so.
PREFIX = "whisperpage_"
#: The context of dialplan/whisperpage.xml.
CONTEXT = "whisperpage"
#: What a leg of a page runs as it leaves its bridge: the target's leg both, the pager's the first.
#: `switch_channel_api_on` (switch_channel.c) runs every variable whose name begins with api_after_bridge, so
#: these of ours stand beside anybody else's. The dialplan has the same names.
AFTER_BRIDGE = ("api_after_bridge_whisperpage_1", "api_after_bridge_whisperpage_2")
#: What the target's leg runs as a recording of it begins, before that has its media bug (record_callback,
#: switch_ivr_async.c): speak's bug comes off and is put on behind it. So the recording is without the pager.
RECORD_START = "api_on_record_start_whisperpage"


def relay_uuid(target_leg: str) -> str:
    """The uuid of the relay in a page of this leg: the one whose end ends the page."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:relay:{target_leg}"))


def speak_uuid(target_leg: str) -> str:
    """The uuid of speak in a page of this leg that version 0.1.0 has made."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:speak:{target_leg}"))


@dataclass(frozen=True)
class PageMark:
    """What the channels of a page say of it: all that is needed to find it, take it over and undo it.

    `target_leg`, `far_leg` and `pager_leg` are uuids, `far_leg` empty if there is no far party. `pager` and
    `target` are users, `EXTENSION@DOMAIN`. `bypass` is `true` if the call's media went past the switch before
    the page and is to go there again, else empty. `speak` is the uuid of speak. `topology` is the name of the
    page's kind (topologies).
    """

    page: str
    pager: str
    target: str
    pager_leg: str
    target_leg: str
    far_leg: str = ""
    bypass: str = ""
    speak: str = field(default_factory=lambda: str(uuid4()))
    topology: str = "whisper"

    @property
    def relay(self) -> str:
        """The uuid of the relay."""
        return relay_uuid(self.target_leg)

    def variables(self) -> dict[str, str]:
        """The mark as channel variables."""
        own = {PREFIX + each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in own.items() if value} | {PREFIX + "relay": self.relay}

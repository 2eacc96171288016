"""Media bugs, which listen to a leg or change its sound, in the order of their attachment.

The flags are those of switch_media_bug_flag_enum_t; `media` has the order in which bugs read and write.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Bug:
    """One media bug. `function` and `target` are its values in `uuid_buglist` and MEDIA_BUG_START.

    For an eavesdrop or three_way, `listener` is the uuid of the listening leg. `hears_read` and `hears_write`
    are the streams that it hears (ED_BRIDGE_READ, ED_BRIDGE_WRITE), `speaks_read` and `speaks_write` the
    streams into which it speaks (ED_MUX_READ, ED_MUX_WRITE; switch_ivr_async.c). `mutes_read` and
    `mutes_write` are the streams that uuid_audio mutes. `mixes` is a sound that is added to the write stream.
    `rate` in Hz is that of the leg when it was attached. `native`: it gets the packets as they arrive and as
    they are sent (SMBF_TAP_NATIVE_READ, SMBF_TAP_NATIVE_WRITE). `heard` has the voices in a recording.
    """

    function: str
    target: str
    listener: str = ""
    hears_read: bool = False
    hears_write: bool = False
    speaks_read: bool = False
    speaks_write: bool = False
    mutes_read: bool = False
    mutes_write: bool = False
    mixes: str = ""
    rate: int = 0
    native: bool = False
    heard: set[str] = field(default_factory=set)

    @property
    def mutes(self) -> bool:
        """Whether it still mutes a stream."""
        return self.mutes_read or self.mutes_write

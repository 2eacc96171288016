"""All errors of the project. The text of an error is one sentence for people: what happened, and what to do.

If the remedy depends on the interface (a command, a form), the sentence says only what happened, and each
interface adds its own remedy (cli/remedies.py). `code` is for programs.
"""

from __future__ import annotations

from typing import ClassVar


class WhisperPageError(Exception):
    """Base of all errors that a user may see; the command line prints its text and exits with status 1."""

    code: ClassVar[str] = "error"


# -- settings ----------------------------------------------------------------------------------------------


class SettingsError(WhisperPageError):
    """A setting is missing or invalid."""

    code = "settings"


# -- event socket ------------------------------------------------------------------------------------------


class SwitchError(WhisperPageError):
    """Base of all errors between the controller and a switch."""

    code = "switch"


class SwitchUnreachable(SwitchError):
    """Nothing answers at the switch's address, or the switch has stopped answering."""

    code = "switch_unreachable"


class SwitchRefusedUs(SwitchError):
    """The switch's ACL rejects our address (`text/rude-rejection`)."""

    code = "switch_refused_us"


class LoginRefused(SwitchError):
    """The event socket's password or user is wrong."""

    code = "login_refused"


class ProtocolError(SwitchError):
    """The received bytes are not the event socket's protocol; the connection cannot be used any more."""

    code = "protocol"


class EventsRefused(SwitchError):
    """The login has no right to the events that we need."""

    code = "events_refused"


class FellBehind(SwitchError):
    """Our handlers were too slow for the switch's events: the connection was closed to protect the switch."""

    code = "fell_behind"


class HandlersDied(SwitchError):
    """The handling of the switch's events has died; the connection was closed, and another one is made."""

    code = "handlers_died"


class SwitchMistaken(SwitchError):
    """The switch at an address is another one than the settings say, or is there under two addresses."""

    code = "switch_mistaken"


class SwitchTrouble(SwitchError):
    """The switch did not answer a query, or did not carry out a command."""

    code = "switch_trouble"


class UnsafeValue(WhisperPageError, ValueError):
    """A value cannot be written exactly in its place in a command."""

    code = "unsafe_value"


# -- paging ------------------------------------------------------------------------------------------------


class PageRefused(WhisperPageError):
    """A page that the command line has asked for was not made."""

    code = "page_refused"


class SpeechError(WhisperPageError):
    """The speech command has not spoken a text."""

    code = "speech"


# -- HTTP --------------------------------------------------------------------------------------------------


class CannotListen(WhisperPageError):
    """The address for HTTP is in use, or does not belong to this machine."""

    code = "cannot_listen"


class TooManyClients(WhisperPageError):
    """As many clients follow the events as there can be; `of_owner` if they are all of the one that asks."""

    code = "too_many_clients"

    def __init__(self, sentence: str, *, of_owner: bool = False) -> None:
        super().__init__(sentence)
        self.of_owner = of_owner


class ControllerAway(WhisperPageError):
    """No controller answers at an address."""

    code = "controller_away"


class ControllerRefuses(WhisperPageError):
    """A controller refuses our request."""

    code = "controller_refuses"


# -- store -------------------------------------------------------------------------------------------------


class StoreError(WhisperPageError):
    """Base of all errors of the database."""

    code = "store"


class DatabaseUnavailable(StoreError):
    """The database cannot be reached, is locked, or refused the work."""

    code = "database_unavailable"


class DatabaseBehind(StoreError):
    """The schema is older than this version of the program."""

    code = "database_behind"


class DatabaseAhead(StoreError):
    """The schema is newer than this version of the program."""

    code = "database_ahead"


# -- rejected input ----------------------------------------------------------------------------------------


class Rejected(WhisperPageError):
    """The input does not fit the present data; `thing` is what the input was about, such as `user`."""

    code = "rejected"

    def __init__(self, sentence: str, thing: str = "") -> None:
        super().__init__(sentence)
        self.thing = thing


class NotFound(Rejected):
    """A named group, user or other row does not exist."""

    code = "not_found"


class AlreadyThere(Rejected):
    """A row with this name exists already."""

    code = "already_there"


class InvalidValue(Rejected, ValueError):
    """A given value is invalid in its place."""

    code = "invalid_value"


class OutOfReach(Rejected):
    """The caller may see this, and may not change it; or may make no such thing."""

    code = "out_of_reach"


class Outdated(Rejected):
    """What is to be changed has been changed since the caller has seen it."""

    code = "outdated"

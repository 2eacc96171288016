"""Every error of the project. Its text is one sentence for a person: what happened and what to do.

Where what to do depends on where the person is (a command, a form), the sentence says what happened alone,
and each face adds its own remedy (cli/remedies.py). `code` is for programs.
"""

from __future__ import annotations

from typing import ClassVar


class WhisperPageError(Exception):
    """Base of all errors that a user may meet; the command line prints its text and exits with 1."""

    code: ClassVar[str] = "error"


# -- settings ----------------------------------------------------------------------------------------------


class SettingsError(WhisperPageError):
    """A setting is missing or makes no sense."""

    code = "settings"


# -- event socket ------------------------------------------------------------------------------------------


class SwitchError(WhisperPageError):
    """Base of what can go wrong between us and a switch."""

    code = "switch"


class SwitchUnreachable(SwitchError):
    """Nothing answers at the switch's address, or it stopped answering."""

    code = "switch_unreachable"


class SwitchRefusedUs(SwitchError):
    """The switch's ACL does not let this address in (`text/rude-rejection`)."""

    code = "switch_refused_us"


class LoginRefused(SwitchError):
    """The event socket's password or user is wrong."""

    code = "login_refused"


class ProtocolError(SwitchError):
    """The bytes received are not the event socket's protocol; the connection is of no more use."""

    code = "protocol"


class EventsRefused(SwitchError):
    """The login has no right to the events that we need."""

    code = "events_refused"


class FellBehind(SwitchError):
    """Our handlers were too slow for the switch's events: the connection was closed to protect the switch."""

    code = "fell_behind"


class HandlersDied(SwitchError):
    """What handles the switch's events has died: the connection was closed, to begin anew with another."""

    code = "handlers_died"


class SwitchTrouble(SwitchError):
    """The switch did not answer a question, or did not do what was asked."""

    code = "switch_trouble"


class UnsafeValue(WhisperPageError, ValueError):
    """A value may not go to the switch in the place it was meant for."""

    code = "unsafe_value"


# -- paging ------------------------------------------------------------------------------------------------


class PageRefused(WhisperPageError):
    """A page that was asked for from the command line has not come to be."""

    code = "page_refused"


# -- HTTP --------------------------------------------------------------------------------------------------


class CannotListen(WhisperPageError):
    """The address for HTTP is taken, or is none of this machine's."""

    code = "cannot_listen"


class TooManyClients(WhisperPageError):
    """As many clients follow the events as there can be; `of_user` if they are all of the one that asks."""

    code = "too_many_clients"

    def __init__(self, sentence: str, *, of_user: bool = False) -> None:
        super().__init__(sentence)
        self.of_user = of_user


class ControllerAway(WhisperPageError):
    """No controller answers at an address."""

    code = "controller_away"


class ControllerRefuses(WhisperPageError):
    """A controller does not let us see what we asked for."""

    code = "controller_refuses"


# -- store -------------------------------------------------------------------------------------------------


class StoreError(WhisperPageError):
    """Base of what can go wrong with the database."""

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


# -- what was asked for ------------------------------------------------------------------------------------


class Rejected(WhisperPageError):
    """What was asked for does not fit what there is. `thing` is what it was about, such as `user`."""

    code = "rejected"

    def __init__(self, sentence: str, thing: str = "") -> None:
        super().__init__(sentence)
        self.thing = thing


class NotFound(Rejected):
    """A group, user or other row that was named does not exist."""

    code = "not_found"


class AlreadyThere(Rejected):
    """A row of that name exists already."""

    code = "already_there"


class InvalidValue(Rejected, ValueError):
    """A value that was given makes no sense where it was given."""

    code = "invalid_value"

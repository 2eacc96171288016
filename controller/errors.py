"""Every error of the project. Its text is one sentence for a person: what happened and what to do."""


class WhisperPageError(Exception):
    """Base of all errors that a user may meet; the command line prints its text and exits with 1."""


# -- settings ----------------------------------------------------------------------------------------------


class SettingsError(WhisperPageError):
    """A setting is missing or makes no sense."""


# -- event socket ------------------------------------------------------------------------------------------


class SwitchError(WhisperPageError):
    """Base of what can go wrong between us and a switch."""


class SwitchUnreachable(SwitchError):
    """Nothing answers at the switch's address, or it stopped answering."""


class SwitchRefusedUs(SwitchError):
    """The switch's ACL does not let this address in (`text/rude-rejection`)."""


class LoginRefused(SwitchError):
    """The event socket's password or user is wrong."""


class ProtocolError(SwitchError):
    """The bytes received are not the event socket's protocol; the connection is of no more use."""


class EventsRefused(SwitchError):
    """The login has no right to the events that we need."""


class FellBehind(SwitchError):
    """Our handlers were too slow for the switch's events: the connection was closed to protect the switch."""


class HandlersDied(SwitchError):
    """What handles the switch's events has died: the connection was closed, to begin anew with another."""


class SwitchTrouble(SwitchError):
    """The switch did not answer a question, or did not do what was asked."""


class UnsafeValue(WhisperPageError, ValueError):
    """A value may not go to the switch in the place it was meant for."""


# -- paging ------------------------------------------------------------------------------------------------


class PageRefused(WhisperPageError):
    """A page that was asked for from the command line has not come to be."""


# -- HTTP --------------------------------------------------------------------------------------------------


class CannotListen(WhisperPageError):
    """The address for HTTP is taken, or is none of this machine's."""


class ControllerAway(WhisperPageError):
    """No controller answers at an address."""


class ControllerRefuses(WhisperPageError):
    """A controller does not let us see what we asked for."""


# -- store -------------------------------------------------------------------------------------------------


class StoreError(WhisperPageError):
    """Base of what can go wrong with the database."""


class DatabaseUnavailable(StoreError):
    """The database cannot be reached, is locked, or refused the work."""


class DatabaseBehind(StoreError):
    """The schema is older (or newer) than this version of the program."""


class NotFound(StoreError):
    """A group, user or other row that was named does not exist."""


class AlreadyThere(StoreError):
    """A row of that name exists already."""


class InvalidValue(StoreError, ValueError):
    """A value given for a row makes no sense there."""

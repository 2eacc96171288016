"""Who may log in to the console, and what was changed: invitations, sessions and the audit, as values.

None of them has a secret: of the link of an invitation and of the cookie of a session only hashes are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.names import UserName


class Role(StrEnum):
    """What the console shows to somebody: its colleagues, the settings of its domain, or those of all."""

    USER = "user"
    TENANT = "tenant"
    ADMIN = "admin"

    @property
    def administers(self) -> bool:
        """Whether it may change settings, of its own domain at least."""
        return self is not Role.USER


class Access(StrEnum):
    """The state of an invitation: not used yet, in use by a session, or of no use any more."""

    OPEN = "open"
    IN_USE = "in use"
    LEFT = "logged out"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Invitation:
    """An invitation to the console. Its link is used once, until `use_by`, and becomes a session.

    Times are aware; `used_at` and the other times that may be None are so until it happens. `expires_at` is
    the end of its session, too. `created_by` says who has invited, in words; `address` is where it was used.
    """

    id: int
    user: UserName
    role: Role
    created_at: datetime
    created_by: str
    use_by: datetime
    expires_at: datetime
    used_at: datetime | None = None
    address: str | None = None
    last_used_at: datetime | None = None
    left_at: datetime | None = None
    revoked_at: datetime | None = None

    def access(self, now: datetime) -> Access:
        """Its state at a moment."""
        if self.revoked_at is not None:
            return Access.REVOKED
        if self.left_at is not None:
            return Access.LEFT
        if now >= (self.use_by if self.used_at is None else self.expires_at):
            return Access.EXPIRED
        return Access.OPEN if self.used_at is None else Access.IN_USE


@dataclass(frozen=True)
class ConsoleSession:
    """A session of the console: somebody who has logged in by an invitation."""

    id: int
    invitation: int
    user: UserName
    role: Role
    expires_at: datetime

    @property
    def domain(self) -> str:
        """The domain to which it is limited; empty if it may see all."""
        return "" if self.role is Role.ADMIN else self.user.domain


@dataclass(frozen=True)
class Actor:
    """Who makes a change, and from where: a user of the console, an API token, the command line.

    `domain` is the domain to which it is limited; empty if it is not. `address` is empty on this machine.
    """

    name: str
    domain: str = ""
    address: str = ""


@dataclass(frozen=True)
class AuditEntry:
    """One change: who has made it, what, when, from where. `details` are the new values in words."""

    at: datetime
    actor: str
    domain: str
    address: str
    action: str
    subject: str
    details: str

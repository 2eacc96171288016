"""Tokens for the keys of users' phones: listed, issued, revoked. A token itself is seen once."""

from __future__ import annotations

from controller.administration.change import Change, Subject
from controller.administration.reach import Reach
from controller.domain.key_token import KeyToken
from controller.domain.names import UserName
from controller.store import key_tokens, users
from controller.store.session import ReadSession, UnitOfWork


def listing(
    reading: ReadSession, reach: Reach, user: UserName | None = None, domain: str = ""
) -> tuple[KeyToken, ...]:
    """All tokens in reach, those of one user, or of a domain's users; valid or not, ordered by user.

    Raises NotFound (the user), OutOfReach (another domain).
    """
    if user is not None and not reach.sees(user):
        raise users.missing(user)
    return tuple(key_tokens.listing(reading, user, reach.narrowed(domain)))


def show(reading: ReadSession, reach: Reach, number: int) -> KeyToken:
    """One token. Raises NotFound."""
    found = key_tokens.show(reading, number)
    if not reach.sees(found.user):
        raise key_tokens.missing(number)
    return found


def issue(unit: UnitOfWork, reach: Reach, user: UserName, label: str) -> tuple[Change[KeyToken], str]:
    """Make a token for a user; the text is the token, which is not kept.

    Raises NotFound (the user), InvalidValue (the label).
    """
    if not reach.sees(user):
        raise users.missing(user)
    made, token = key_tokens.issue(unit, user, label)
    return Change(Subject.KEY, str(made.id), None, made), token


def revoke(unit: UnitOfWork, reach: Reach, number: int) -> Change[KeyToken]:
    """Make a token invalid; one that was revoked before keeps its time. Raises NotFound."""
    before = show(unit, reach, number)
    key_tokens.revoke(unit, number)
    return Change(Subject.KEY, str(number), before, key_tokens.show(unit, number))

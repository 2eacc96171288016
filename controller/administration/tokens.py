"""Tokens of the API for programs: listed, issued, revoked. A token itself is seen once, when it is issued."""

from __future__ import annotations

from collections.abc import Collection

from controller.administration.change import Change, Subject
from controller.administration.reach import Reach
from controller.domain.api_token import ApiToken, Scope
from controller.errors import NotFound
from controller.store import api_tokens, messages
from controller.store.session import ReadSession, UnitOfWork


def listing(reading: ReadSession, reach: Reach, domain: str = "") -> tuple[ApiToken, ...]:
    """All tokens in reach, or those of one domain, valid or not. Raises OutOfReach (another domain)."""
    return tuple(api_tokens.listing(reading, reach.narrowed(domain)))


def show(reading: ReadSession, reach: Reach, number: int) -> ApiToken:
    """One token. Raises NotFound."""
    found = api_tokens.show(reading, number)
    if not reach.holds(found.domain):
        raise api_tokens.missing(number)
    return found


def issue(
    unit: UnitOfWork,
    reach: Reach,
    domain: str,
    label: str,
    scopes: Collection[Scope],
    sender: str = "",
    named: Collection[str] = (),
) -> tuple[Change[ApiToken], str]:
    """Make a token for a domain, or for whatever is in reach; the text is the token, which is not kept.

    A kiosk's token has a `sender` and the names of its messages. Raises InvalidValue (the label, no scope,
    what is or is not a kiosk's), OutOfReach (another domain), NotFound (a message).
    """
    made, token = api_tokens.issue(unit, reach.narrowed(domain), label, scopes, sender, named)
    for name in made.messages:
        if messages.effective(unit, made.domain, name) is None:
            raise NotFound(f"There is no message {name}.", "message")
    return Change(Subject.TOKEN, str(made.id), None, made), token


def revoke(unit: UnitOfWork, reach: Reach, number: int) -> Change[ApiToken]:
    """Make a token invalid; one that was revoked before keeps its time. Raises NotFound."""
    before = show(unit, reach, number)
    api_tokens.revoke(unit, number)
    return Change(Subject.TOKEN, str(number), before, api_tokens.show(unit, number))

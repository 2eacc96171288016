"""Invitations to the console and the sessions that they become, on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from controller.domain.console import Access, Invitation, Role
from controller.domain.names import UserName
from controller.errors import InvalidValue, NotFound
from controller.store import console
from controller.store.models import ConsoleInvitation
from controller.store.session import UnitOfWork

ANNA = UserName("1001", "one.test")
Execute = Callable[[str], Any]


def only(unit: UnitOfWork, domain: str = "") -> Invitation:
    (found,) = console.listing(unit, domain)
    return found


def access(unit: UnitOfWork) -> Access:
    return only(unit).access(datetime.now(UTC))


def entered(unit: UnitOfWork, role: Role = Role.USER) -> str:
    """The cookie of a new session."""
    _, secret = console.invite(unit, ANNA, role)
    done = console.enter(unit, secret, "192.0.2.7")
    assert done is not None
    return done[1]


def test_a_link_becomes_a_session_of_its_user_and_role(unit: UnitOfWork) -> None:
    session = console.find(unit, entered(unit, Role.TENANT))
    assert session is not None
    assert (session.user, session.role, session.domain) == (ANNA, Role.TENANT, "one.test")
    assert (only(unit).address, access(unit)) == ("192.0.2.7", Access.IN_USE)


def test_an_administrator_of_all_is_limited_to_no_domain(unit: UnitOfWork) -> None:
    session = console.find(unit, entered(unit, Role.ADMIN))
    assert session is not None
    assert session.domain == ""


def test_a_link_works_once(unit: UnitOfWork) -> None:
    _, secret = console.invite(unit, ANNA, Role.USER)
    assert console.enter(unit, secret, "") is not None
    assert console.enter(unit, secret, "") is None


def test_a_secret_is_no_cookie_and_a_cookie_no_secret(unit: UnitOfWork) -> None:
    _, secret = console.invite(unit, ANNA, Role.USER)
    done = console.enter(unit, secret, "")
    assert done is not None
    assert console.find(unit, secret) is None
    assert console.enter(unit, done[1], "") is None


def test_neither_the_secret_of_a_link_nor_that_of_a_session_is_kept(unit: UnitOfWork) -> None:
    _, secret = console.invite(unit, ANNA, Role.USER)
    done = console.enter(unit, secret, "")
    assert done is not None
    for table in ("console_invitations", "console_sessions"):
        kept = str(unit.session.execute(sa.text(f"SELECT * FROM {table}")).all())
        assert secret not in kept
        assert done[1] not in kept


def age(unit: UnitOfWork, **times: datetime) -> None:
    unit.session.execute(sa.update(ConsoleInvitation).values(**times))


def test_a_link_that_is_too_old_is_of_no_use(unit: UnitOfWork) -> None:
    _, secret = console.invite(unit, ANNA, Role.USER)
    age(unit, use_by=datetime.now(UTC) - timedelta(seconds=1))
    assert console.enter(unit, secret, "") is None
    assert access(unit) is Access.EXPIRED


def test_a_session_ends_with_its_time(unit: UnitOfWork) -> None:
    cookie = entered(unit)
    past = datetime.now(UTC) - timedelta(seconds=1)
    age(unit, use_by=past, expires_at=past)
    assert console.find(unit, cookie) is None
    assert access(unit) is Access.EXPIRED


def test_a_revoked_invitation_takes_its_link_and_its_session_with_it(unit: UnitOfWork) -> None:
    _, secret = console.invite(unit, ANNA, Role.USER)
    console.revoke(unit, only(unit).id)
    assert console.enter(unit, secret, "") is None
    assert access(unit) is Access.REVOKED


def test_a_session_is_logged_out_by_a_revocation(unit: UnitOfWork) -> None:
    cookie = entered(unit)
    console.revoke(unit, only(unit).id)
    assert console.find(unit, cookie) is None


def test_who_logs_out_is_out(unit: UnitOfWork) -> None:
    cookie = entered(unit)
    session = console.find(unit, cookie)
    assert session is not None
    console.leave(unit, session.id)
    assert console.find(unit, cookie) is None
    assert access(unit) is Access.LEFT


def test_a_domain_sees_its_own_invitations_and_no_administrator_of_all(unit: UnitOfWork) -> None:
    made, _ = console.invite(unit, ANNA, Role.TENANT)
    console.invite(unit, ANNA, Role.ADMIN)
    console.invite(unit, UserName("1001", "two.test"), Role.USER)
    assert only(unit, "one.test").id == made.id


def test_an_invitation_of_another_domain_cannot_be_revoked(unit: UnitOfWork) -> None:
    made, secret = console.invite(unit, ANNA, Role.USER)
    with pytest.raises(NotFound):
        console.revoke(unit, made.id, "two.test")
    assert console.enter(unit, secret, "") is not None


@pytest.mark.parametrize("days", [0, 3651])
def test_an_invitation_lasts_for_some_days(unit: UnitOfWork, days: int) -> None:
    with pytest.raises(InvalidValue):
        console.invite(unit, ANNA, Role.USER, days)


def test_the_last_use_is_noted(unit: UnitOfWork) -> None:
    session = console.find(unit, entered(unit))
    assert session is not None
    console.used(unit, session.id, datetime(2030, 1, 31, tzinfo=UTC))
    assert only(unit).last_used_at == datetime(2030, 1, 31, tzinfo=UTC)


COLUMNS = "INSERT INTO console_invitations (extension, domain, role, token_hash, use_by, expires_at) VALUES "
HASH = "0" * 64


@pytest.mark.parametrize(
    "values",
    [
        f"'10<01', 'one', 'user', '{HASH}', '2030-01-01', '2030-01-02'",
        f"'1001', 'One', 'user', '{HASH}', '2030-01-01', '2030-01-02'",
        f"'1001', 'one', 'root', '{HASH}', '2030-01-01', '2030-01-02'",
        "'1001', 'one', 'user', 'the secret itself', '2030-01-01', '2030-01-02'",
        f"'1001', 'one', 'user', '{HASH}', '2030-01-03', '2030-01-02'",
    ],
)
def test_the_database_refuses_nonsense(execute: Execute, values: str) -> None:
    with pytest.raises(DatabaseError):
        execute(f"{COLUMNS}({values})")


def test_a_deleted_invitation_takes_its_session_with_it(execute: Execute) -> None:
    execute(f"{COLUMNS}('1001', 'one', 'user', '{HASH}', '2030-01-01', '2030-01-02')")
    execute(
        "INSERT INTO console_sessions (invitation_id, token_hash)"
        " SELECT id, token_hash FROM console_invitations"
    )
    execute("DELETE FROM console_invitations")
    assert execute("SELECT count(*) FROM console_sessions").scalar() == 0

"""What every view of an administrator needs: its reach, its name in the audit, and the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from flask import g, request

from controller.administration.audited import audited
from controller.administration.reach import Reach
from controller.app import Controller
from controller.domain.console import Actor
from controller.web.console.guard import session
from controller.web.console.texts import Texts

if TYPE_CHECKING:
    from controller.store.session import ReadSession, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")


class Room:
    """The settings as the session of the current request reaches them."""

    def __init__(self, controller: Controller, texts: Texts) -> None:
        self.controller = controller
        self._gateway = controller.gateway
        self._texts = texts

    @property
    def reach(self) -> Reach:
        """What the session sees and changes."""
        return Reach(session().domain)

    @property
    def actor(self) -> Actor:
        """The session's user, as the audit names it."""
        who = session()
        return Actor(str(who.user), who.domain, request.remote_addr or "")

    def text(self, name: str) -> str:
        """A text of the catalogue, in the language of the browser."""
        return self._texts.of(g.language)[name]

    def read(
        self, query: Callable[Concatenate[ReadSession, Reach, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask a function of `administration`. Raises what it raises, and StoreError."""
        return self._gateway.read(query, self.reach, *args, **kwargs)

    def change(
        self, service: Callable[Concatenate[UnitOfWork, Reach, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Change something by a function of `administration`, with its row in the audit."""
        actor, reach = self.actor, self.reach

        def work(unit: UnitOfWork) -> T:
            return audited(unit, actor, service, reach, *args, **kwargs)

        return self._gateway.write(work)

"""A simulated office with its controller and console as a process, which does what its input says.

Each line is a command with its words; the answer to each is one line.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gevent.fileobject import FileObject

from controller.app import Controller
from controller.config import Settings
from controller.domain.api_token import Scope
from controller.domain.console import Role
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.page_group import PageGroupName
from controller.domain.policy import Feature
from controller.simulator.behaviour import Behaviour
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens, console, messages, page_groups, users
from controller.store.everybody import open_to_all
from controller.store.settings import UserChanges
from controller.web.app import build
from controller.web.feed import Feed
from controller.web.server import Server
from controller.web.vitals import Vitals

#: What a phone system's administrator may have written as a name.
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


class Served:
    """The office, its controller and its server."""

    def __init__(self, folder: Path) -> None:
        self.office = Office()
        self._settings = Settings(
            database_url=f"sqlite:///{folder}/test.db",
            switch_url=self.office.url,
            api_token="a-token-of-nobody",
        )
        named = self.office.switch.configuration.users
        name = {**named[f"1006@{DOMAIN}"].variables, "effective_caller_id_name": HOSTILE}
        named[f"1006@{DOMAIN}"] = replace(named[f"1006@{DOMAIN}"], variables=name)
        self.office.switch.lengths["visitor.wav"] = 30.0
        self.office.phone(1001).behaviour = Behaviour(answers=True)
        self._start(0)
        open_to_all(self.controller.store)
        with self.controller.store.unit() as unit:
            users.add(unit, UserName("1010", DOMAIN), UserChanges())
            messages.add(unit, "*", Message("lobby", "visitor.wav", number=1))
            page_groups.add(unit, PageGroupName("600", DOMAIN), HOSTILE[:64])
            page_groups.add_member(unit, PageGroupName("600", DOMAIN), UserName("1010", DOMAIN))
            unit.commit()
        self.controller.call_backs.ask(Feature.WHISPER, UserName("1010", DOMAIN), UserName("1901", DOMAIN))

    def _start(self, port: int) -> None:
        self.controller = Controller(self._settings)
        open_to_all(self.controller.store)
        self.controller.start()
        self._vitals, self._feed = Vitals(self.controller), Feed(self.controller)
        self._server = Server(build(self.controller, self._vitals, self._feed), ("127.0.0.1", port))
        self._server.start()
        (station,) = self.controller.stations
        self.office.settle(lambda: station.link.state == "up", "the link")

    def _stop(self) -> None:
        self._feed.close()
        self._server.stop()
        self._vitals.stop()
        self.controller.stop(1)

    def link(self, role: str, extension: str) -> str:
        """A link for a user."""
        with self.controller.store.unit() as unit:
            _, secret = console.invite(unit, UserName(extension, DOMAIN), Role(role))
            unit.commit()
        return f"http://127.0.0.1:{self._server.port}/login/{secret}"

    def kiosk(self) -> str:
        """The address of the page of a kiosk, which may send one message."""
        with self.controller.store.unit() as unit:
            _, token = api_tokens.issue(unit, DOMAIN, "", {Scope.KIOSK}, "tablet", ["lobby"])
            unit.commit()
        return f"http://127.0.0.1:{self._server.port}/lobby#{token}"

    def press(self, extension: str, keys: str) -> str:
        """A phone that hears a message presses keys, once they are bound."""
        legs = self.office.switch.channels
        mine = f"{extension}@{DOMAIN}"

        def bound() -> bool:
            return any(len(leg.meta) >= 4 for leg in legs.values() if leg.presence_id == mine)

        self.office.settle(bound, "the keys")
        self.office.phone(extension).call.press(keys)
        return "pressed"

    def call(self, extension: str, number: str) -> str:
        """A phone is on a call."""
        phone = self.office.dial(extension, number)
        self.office.settle(lambda: phone.up, "the call")
        return "up"

    def hang_up(self) -> str:
        """All hang up."""
        for name in ("1001", "1002", "1003", "1004", "1005", "1006"):
            for call in tuple(self.office.phone(name).calls):
                call.hang_up()
        self.office.settle(lambda: not self.office.switch.channels, "the end")
        return "over"

    def cut(self) -> str:
        """Every stream of events is cut."""
        self._feed.close()
        return "cut"

    def restart(self) -> str:
        """The controller is stopped and started again."""
        port = self._server.port
        self._stop()
        self._start(port)
        return "up"

    def vanish(self, extension: str) -> str:
        """A phone is not registered any more."""
        self.office.phone(extension).vanish()
        return "gone"

    def close(self) -> None:
        """Stop everything."""
        self._stop()
        self.office.close()


def main() -> None:
    with TemporaryDirectory(prefix="wp-") as folder:
        served = Served(Path(folder))
        print("ready", flush=True)
        for line in FileObject(sys.stdin.fileno(), "r"):
            name, *words = line.split()
            print(getattr(served, name)(*words), flush=True)
        served.close()


if __name__ == "__main__":
    main()

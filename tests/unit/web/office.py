"""An office at work, seen over HTTP: a simulated switch, a controller, users with keys."""

from __future__ import annotations

from controller.app import Controller
from controller.domain.names import UserName
from controller.simulator.office import DOMAIN, Office
from controller.store import key_tokens, users
from controller.store.everybody import open_to_all
from controller.store.settings import UserChanges


def user(extension: int) -> UserName:
    return UserName(str(extension), DOMAIN)


def at_work(controller: Controller, office: Office) -> dict[int, str]:
    """Permit every page, and return the tokens of the keys of 1001 and 1002."""
    tokens = {}
    open_to_all(controller.store)
    with controller.store.unit() as unit:
        for extension in (1001, 1002):
            users.add(unit, user(extension), UserChanges())
            _, tokens[extension] = key_tokens.issue(unit, user(extension))
        unit.commit()
    office.settle(lambda: any(station.link.state == "up" for station in controller.stations), "the link")
    return tokens


def call(office: Office, controller: Controller, number: str) -> None:
    """Put 1002 on a call, and wait until the controller knows it."""
    phone = office.dial(1002, number)
    office.settle(lambda: phone.up, "the call")
    legs = controller.stations[0].legs
    office.settle(lambda: legs.of(user(1002)), "the controller to know")


def talk(office: Office, controller: Controller) -> None:
    """Put 1002 on a call with the customer."""
    call(office, controller, "9555")
    office.settle(lambda: office.hears("customer"), "the customer")


def muted(controller: Controller) -> bool:
    """Whether a page with a muted target is up."""
    return any(live.page.muted for station in controller.stations for live in station.live.all())


def whispering(controller: Controller) -> bool:
    """Whether a whisper page is up and can be muted."""
    return any(live.page.mutable for station in controller.stations for live in station.live.all())

"""What others than the switch ask for of the pages of one switch; all return at once."""

from __future__ import annotations

from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.domain.toggle import Toggle
from controller.paging.events import BlockChanged
from controller.paging.live import LivePages


class PageControl:
    """Mutes and ends pages; the switch is told meanwhile."""

    def __init__(self, live: LivePages) -> None:
        self._live = live

    def mute(self, target: UserName, toggle: Toggle) -> bool | None:
        """Mute or unmute the whisper page to this target.

        Whether it is muted now, or None if no page to it is up or there is nobody to be muted to.
        """
        pages = [live for live in self._live.whispering_to(target) if live.page.mutable]
        if not pages:
            return None
        wanted = toggle.after(pages[0].page.muted)
        for live in pages:
            self._live.mute(live, Toggle.ON if wanted else Toggle.OFF)
        return wanted

    def stop(self, target: UserName) -> bool:
        """The target ends the whisper page to itself and keeps its call; False if there is none."""
        stopping = [live for live in self._live.whispering_to(target) if not live.page.ending]
        for live in stopping:
            self._live.end(live, Ending.STOPPED)
        return bool(stopping)

    def end(self, page_id: str) -> bool:
        """End a page, an intercom or ordinary call, by its id; False if it is not going on here."""
        live = self._live.find(page_id)
        if live:
            self._live.end(live, Ending.STOPPED)
        return live is not None

    def block_changed(self, event: BlockChanged) -> None:
        """End the page to a user that has switched pages off."""
        if event.off:
            for live in self._live.whispering_to(event.user):
                self._live.end(live, Ending.BLOCKED)

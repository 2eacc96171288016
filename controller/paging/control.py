"""Mutes and ends the pages of one switch, as asked by the API, the phones' URLs and the settings."""

from __future__ import annotations

from controller.domain.names import UserName
from controller.domain.record import Ending, Treatment
from controller.domain.toggle import Toggle
from controller.paging.events import BlockChanged
from controller.paging.live import LivePages


class PageControl:
    """Mutes and ends pages; every method returns at once, while the orders go to the switch."""

    def __init__(self, live: LivePages) -> None:
        self._live = live

    def mute(self, target: UserName, toggle: Toggle) -> bool | None:
        """Mute or unmute the target of a whisper page; return whether it is muted now.

        None if no whisper page to this target is up, or if there is no far party.
        """
        pages = [live for live in self._live.whispering_to(target) if live.page.mutable]
        if not pages:
            return None
        wanted = toggle.after(pages[0].page.muted)
        for live in pages:
            self._live.mute(live, Toggle.ON if wanted else Toggle.OFF)
        return wanted

    def stop(self, target: UserName) -> bool:
        """End the whisper page to this target, which keeps its call; False if there is none."""
        stopping = [live for live in self._live.whispering_to(target) if not live.page.ending]
        for live in stopping:
            self._live.end(live, Ending.STOPPED)
        return bool(stopping)

    def end(self, page_id: str) -> bool:
        """End a whisper page, an intercom or an ordinary call by its id; False if it is not live here."""
        live = self._live.find(page_id)
        if live is None or live.page.elsewhere:
            return False
        self._live.end(live, Ending.STOPPED)
        return True

    def block_changed(self, event: BlockChanged) -> None:
        """End the whisper page to a user that has switched off pages."""
        if event.off:
            for live in self._live.whispering_to(event.user):
                if live.record.treatment is Treatment.WHISPER:
                    self._live.end(live, Ending.BLOCKED)

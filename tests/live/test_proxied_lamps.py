"""Lamps behind a real Kamailio, to which the phones subscribe."""

from __future__ import annotations

from controller.laboratory.office import DOMAIN
from tests.live.kamailio import KAMAILIO, ProxiedOffice
from tests.live.office import wait_for
from tests.live.test_kamailio import target_at_beta
from tests.live.watcher import Watcher

OFFICE = ProxiedOffice


def test_phone_that_subscribes_at_the_proxy_is_told_by_one_switch_of_the_pages_on_the_other(
    office: ProxiedOffice,
) -> None:
    with Watcher("1003", f"whisper+1002@{DOMAIN}", host=KAMAILIO) as key:
        wait_for(lambda: key.lit is False, "the lamp to be dark at first")
        target_at_beta(office)
        phone = office.dial("*191002")
        assert office.answer_of(phone).startswith("+OK"), office.log.read_text()[-3000:]
        assert not office.other_loopbacks()
        wait_for(lambda: key.lit, "the lamp to be lit by the page at beta")
        assert key.subscribe() == 202
        wait_for(lambda: key.lit and key.told[2:] == [True], "the lamp after the subscription was renewed")
        office.lab.phone_switch.api(f"uuid_kill {phone}")
        wait_for(lambda: key.lit is False, "the lamp to be dark")

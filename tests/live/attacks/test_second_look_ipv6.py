"""A phone at an IPv6 address: the brackets of its contact do not break the dial string."""

from __future__ import annotations

import socket

from controller.laboratory.office import DOMAIN
from tests.live.attacks.stranger import ask
from tests.live.attacks.wide import SIX_PORT
from tests.live.office import Office

PATIENCE = 8.0


def test_an_intercom_call_rings_a_phone_at_an_ipv6_address_and_asks_it_to_answer(office: Office) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as phone:
        phone.bind(("::1", 0))
        phone.settimeout(PATIENCE)
        contact = f"sip:1008@[::1]:{phone.getsockname()[1]}"
        headers = f"Contact: <{contact}>\r\nExpires: 600\r\n"
        uri = f"sip:1008@{DOMAIN}"
        assert ask(SIX_PORT, "REGISTER", uri, "1008", "pw1008", headers, host="::1") == 200
        office.dial("*151008")
        invite = phone.recv(65535).decode()
    assert invite.startswith(f"INVITE {contact} SIP/2.0\r\n")
    assert "answer-after=0" in invite

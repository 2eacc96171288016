"""A SIP request outside of any call makes the switch do nothing, whoever sends it.

FreeSWITCH can take a MESSAGE to `api+COMMAND@domain` for a command (api_chat_send, mod_dptools.c), and an
INFO of the type `freeswitch/api-request` as well (sofia_handle_sip_i_info, sofia.c).
"""

from __future__ import annotations

import pytest

from controller.laboratory.esl import ESL
from tests.live.attacks.stranger import ask
from tests.live.pbx import DOMAIN, SECRETS, Pbx

PASSWORD = SECRETS["phone_1001_password"]
COMMANDS = [
    "global_setvar%20attacked%3Dyes",
    "expand%20global_setvar%20attacked%3Dyes",
    "bgapi%20global_setvar%20attacked%3Dyes",
]
REQUESTS = {
    **{f"MESSAGE api {number}": ("MESSAGE", f"api+{each}", "text/plain", "hello")
       for number, each in enumerate(COMMANDS)},
    "MESSAGE event": ("MESSAGE", "event+1002", "text/plain", "hello"),
    "INFO api": ("INFO", "1002", "freeswitch/api-request", "global_setvar:attacked=yes"),
    "INFO session": ("INFO", "1002", "freeswitch/session-event", "call-command: execute\n"),
    "NOTIFY": ("NOTIFY", "1002", "message/sipfrag", "SIP/2.0 200 OK"),
    "OPTIONS": ("OPTIONS", "${global_setvar(attacked=yes)}", "text/plain", ""),
    "PUBLISH": ("PUBLISH", "1002", "application/pidf+xml", "<presence>${global_setvar(attacked=yes)}"),
}  # fmt: skip


@pytest.mark.parametrize("password", [PASSWORD, ""], ids=["user", "stranger"])
@pytest.mark.parametrize("profile", ["sip", "trunk"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_no_request_outside_of_a_call_runs_a_command_of_the_switch(
    pbx: Pbx, administrator: ESL, request_: tuple[str, str, str, str], profile: str, password: str
) -> None:
    method, number, kind, body = request_
    headers = f"Content-Type: {kind}\r\nEvent: presence\r\n"
    port = getattr(pbx, profile)
    administrator.api("global_setvar attacked=no")
    administrator.command("event json RECV_MESSAGE CUSTOM whisperpage::request whisperpage::key")
    ask(port, method, f"sip:{number}@{DOMAIN}", "1001", password, headers, body)
    assert ask(port, "OPTIONS", f"sip:{DOMAIN}") == 200  # so the request before it was read
    assert administrator.event(0.2) is None
    assert administrator.api("global_getvar attacked") == "no"

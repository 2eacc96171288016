"""The data of the laboratory: its phones and customers, their tones, and its ports and passwords."""

from __future__ import annotations

DOMAIN = "pbx.test"
#: The password of both event sockets. The password of a phone is `pw` and its extension.
PASSWORD = "ClueCon"
SIP_PORT, TRUNK_PORT, CUSTOMER_PORT, FIRST_PHONE_PORT = 5060, 5080, 6100, 6001
PBX_ESL, PHONE_SWITCH_ESL = 8021, 8022
#: extension -> (User-Agent, tone in Hz)
PHONES = {
    1001: ("Yealink SIP-T46S 66.85.0.5", 400),
    1002: ("PolycomVVX-VVX_411-UA/5.9.5.0614", 700),
    1003: ("snomD785/10.1.84.12", 1700),
    1004: ("Z 5.6.4 v2.10.20.4", 2300),
    1005: ("Grandstream GXP2170 1.0.11.57", 2900),
    1006: ("LinphoneDesktop/5.2.3", 3100),
}
#: The tones of the two customers, in Hz.
CUSTOMER, CUSTOMER2 = 1100, 1900
#: Hz of the switch's music on hold. Where nobody is on hold, whoever hears it is a fault.
HOLD_MUSIC = 3500
#: The modules that both switches load.
MODULES = (
    "mod_console",
    "mod_logfile",
    "mod_commands",
    "mod_conference",
    "mod_db",
    "mod_dptools",
    "mod_expr",
    "mod_fifo",
    "mod_hash",
    "mod_valet_parking",
    "mod_dialplan_xml",
    "mod_loopback",
    "mod_sofia",
    "mod_event_socket",
    "mod_local_stream",
    "mod_native_file",
    "mod_sndfile",
    "mod_tone_stream",
    "mod_opus",
    "mod_say_en",
    "mod_spandsp",
)

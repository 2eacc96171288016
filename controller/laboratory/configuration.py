"""The configurations of the laboratory's two switches; each is one XML document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from controller.laboratory.office import (
    CUSTOMER,
    CUSTOMER2,
    CUSTOMER_PORT,
    DOMAIN,
    FIRST_PHONE_PORT,
    HOLD_MUSIC,
    MODULES,
    PASSWORD,
    PBX_ESL,
    PHONE_SWITCH_ESL,
    PHONES,
    SIP_PORT,
    TRUNK_PORT,
)

#: An application and its data.
Step = tuple[str, str]
_ANYBODY = '<param name="auth-calls" value="false"/>'


def configuration(
    name: str, esl: int, profiles: str, dialplan: str, directory: str, rtp: tuple[int, int]
) -> str:
    """A switch's whole configuration; `esl` is its event socket's port, `rtp` the range of media ports."""
    modules = "".join(f'<load module="{module}"/>' for module in MODULES)
    return f"""<?xml version="1.0"?>
<document type="freeswitch/xml">
 <X-PRE-PROCESS cmd="set" data="domain={DOMAIN}"/>
 <X-PRE-PROCESS cmd="set" data="domain_name={DOMAIN}"/>
 <X-PRE-PROCESS cmd="set" data="hold_music=tone_stream://v=-13;%(10000,0,{HOLD_MUSIC});loops=-1"/>
 <section name="configuration">
  <configuration name="modules.conf"><modules>{modules}</modules></configuration>
  <configuration name="switch.conf"><settings>
   <param name="max-sessions" value="20000"/><param name="sessions-per-second" value="1000"/>\
<param name="loglevel" value="info"/>
   <param name="rtp-start-port" value="{rtp[0]}"/><param name="rtp-end-port" value="{rtp[1]}"/>\
<param name="switchname" value="{name}"/>
  </settings></configuration>
  <configuration name="console.conf"><mappings/><settings/></configuration>
  <configuration name="logfile.conf"><profiles><profile name="default"><settings/><mappings>\
<map name="all" value="info,notice,warning,err,crit,alert"/></mappings></profile></profiles></configuration>
  <configuration name="event_socket.conf"><settings><param name="nat-map" value="false"/>\
<param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="{esl}"/>\
<param name="password" value="{PASSWORD}"/></settings></configuration>
  <configuration name="acl.conf"><network-lists/></configuration>
  <configuration name="conference.conf"><profiles><profile name="default"><param name="rate" value="8000"/>\
<param name="interval" value="20"/><param name="comfort-noise" value="false"/></profile></profiles>\
</configuration>
  <configuration name="fifo.conf"><settings/><fifos/></configuration>
  <configuration name="spandsp.conf"><modem-settings/><fax-settings/><descriptors/></configuration>
  <configuration name="local_stream.conf"/>\
<configuration name="post_load_modules.conf"><modules/></configuration>
  <configuration name="timezones.conf"><timezones/></configuration>\
<configuration name="opus.conf"><settings/></configuration>
  <configuration name="loopback.conf"><settings/></configuration>\
<configuration name="db.conf"><settings/></configuration>
  <configuration name="httapi.conf"><settings/><profiles><profile name="default"><params>\
<param name="gateway-url" value="http://127.0.0.1/"/></params></profile></profiles></configuration>
  <configuration name="sofia.conf"><global_settings/><profiles>{profiles}</profiles></configuration>
 </section>
 <section name="dialplan">{dialplan}</section>
 <section name="directory">{directory}</section>
 <section name="languages"/>
</document>"""


def profile(
    name: str,
    port: int,
    context: str,
    extra: str = "",
    gateways: str = "",
    codecs: str = "PCMU,PCMA,G722,OPUS",
) -> str:
    """A SIP profile whose calls enter the dialplan in `context`; `extra` is further parameters as XML."""
    return f"""<profile name="{name}"><gateways>{gateways}</gateways><domains>\
<domain name="all" alias="false" parse="false"/></domains><settings>
 <param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/>\
<param name="sip-port" value="{port}"/>
 <param name="context" value="{context}"/><param name="dialplan" value="XML"/>\
<param name="rtp-timer-name" value="soft"/>
 <param name="inbound-codec-prefs" value="{codecs}"/><param name="outbound-codec-prefs" value="{codecs}"/>
 <param name="inbound-late-negotiation" value="true"/><param name="rfc2833-pt" value="101"/>{extra}\
</settings></profile>"""


def pbx_configuration(dialplan: Path | str | None) -> str:
    """The configuration of the PBX; the folder `dialplan` is included like FreeSWITCH's own conf/dialplan."""
    include: Callable[[str], str] = (
        (lambda files: f'\n<X-PRE-PROCESS cmd="include" data="{dialplan}/{files}"/>\n')
        if dialplan
        else (lambda files: "")
    )
    local = _extension("lab_local", r"^(10\d\d)$", _HANG_UP_AFTER, ("bridge", f"user/$1@{DOMAIN}"))
    inbound = _extension("lab_inbound", r"^(10\d\d)$", _HANG_UP_AFTER, ("bridge", f"user/$1@{DOMAIN}"))
    authenticated = f"""<param name="auth-calls" value="true"/>\
<param name="force-register-domain" value="{DOMAIN}"/>
 <param name="force-subscription-domain" value="{DOMAIN}"/>\
<param name="force-register-db-domain" value="{DOMAIN}"/>
 <param name="manage-presence" value="true"/><param name="multiple-registrations" value="true"/>"""
    return configuration(
        "pbx",
        PBX_ESL,
        profile("internal", SIP_PORT, "default", authenticated)
        + profile("trunk", TRUNK_PORT, "outside", _ANYBODY),
        f"{include('*.xml')}"
        f'<context name="default">{include("default/*.xml")}{_lab_extensions()}{local}</context>'
        f'<context name="outside">{include("public/*.xml")}{inbound}</context>',
        f'<domain name="{DOMAIN}"><params><param name="dial-string" value="{_DIAL}"/></params>'
        f'<groups><group name="default"><users>{_users()}</users></group></groups></domain>',
        (20000, 29998),
    )


_HANG_UP_AFTER: Step = ("set", "hangup_after_bridge=true")
_DIAL = (
    "{^^:sip_invite_domain=${dialed_domain}:presence_id=${dialed_user}@${dialed_domain}}"
    "${sofia_contact(*/${dialed_user}@${dialed_domain})}"
)


def _lab_extensions() -> str:
    out: Step = ("bridge", f"sofia/trunk/$1@127.0.0.1:{CUSTOMER_PORT}")
    return "".join(
        (
            _extension("lab_conference", r"^(3\d{3})$", ("answer", ""), ("conference", "$1@default")),
            _extension("lab_three_way", r"^tw-(.+)$", ("answer", ""), ("three_way", "$1")),
            _extension("lab_spy", r"^spy-(.+)$", ("answer", ""), ("eavesdrop", "$1")),
            _extension("lab_bypass", r"^8(\d+)$", ("set", "bypass_media=true"), out),
            _extension("lab_trunk", r"^9(\d+)$", _HANG_UP_AFTER, out),
            _extension("lab_record", r"^record$", ("record_session", "${lab_file}")),
        )
    )


def _users() -> str:
    return "".join(
        f'<user id="{user}"><params><param name="password" value="pw{user}"/></params><variables>'
        f'<variable name="user_context" value="default"/>'
        f'<variable name="effective_caller_id_name" value="Ext {user}"/>'
        f'<variable name="effective_caller_id_number" value="{user}"/></variables></user>'
        for user in range(1001, 1011)
    )


def phone_switch_configuration(recordings: Path | str) -> str:
    """The configuration of the phone switch, which records what each phone hears.

    A recording is named `in-EXTENSION-UUID.wav` for a received call, and as given to `Lab.dial` for a dialled
    one.
    """
    agents, dialplan = "", _context("default", "^ua-([0-9]+)-(.+)$", _plays(recordings, "$2", "$1"))
    for at, (extension, (agent, hz)) in enumerate(PHONES.items()):
        extra = f'<param name="user-agent-string" value="{agent}"/>{_ANYBODY}'
        port, context = FIRST_PHONE_PORT + at, f"phone{extension}"
        agents += profile(f"p{extension}", port, context, extra, _gateway(extension))
        dialplan += _context(context, ".", _plays(recordings, f"in-{extension}-${{uuid}}", str(hz)))
    carrier = f'<param name="user-agent-string" value="Carrier SBC"/>{_ANYBODY}'
    agents += profile("customer", CUSTOMER_PORT, "customer", carrier)
    dialplan += (
        '<context name="customer">'
        + _extension("second", "^2", *_plays(recordings, "customer2-${uuid}", str(CUSTOMER2)))
        + _extension("first", ".", *_plays(recordings, "customer-${uuid}", str(CUSTOMER)))
        + "</context>"
    )
    return configuration("phone_switch", PHONE_SWITCH_ESL, agents, dialplan, "", (30000, 39998))


def _gateway(extension: int) -> str:
    return (
        f'<gateway name="g{extension}"><param name="username" value="{extension}"/>'
        f'<param name="realm" value="{DOMAIN}"/><param name="proxy" value="127.0.0.1:{SIP_PORT}"/>'
        f'<param name="from-domain" value="{DOMAIN}"/><param name="password" value="pw{extension}"/>'
        f'<param name="register" value="true"/><param name="extension" value="{extension}"/></gateway>'
    )


def _plays(recordings: Path | str, name: str, hz: str) -> tuple[Step, ...]:
    """The dialplan of a phone in a call: it records what it hears as NAME.wav, and plays its tone."""
    return (
        ("answer", ""),
        ("set", "RECORD_READ_ONLY=true"),
        ("set", "playback_terminators=none"),
        ("record_session", f"{recordings}/{name}.wav"),
        ("playback", f"tone_stream://v=-13;%(10000,0,{hz});loops=-1"),
    )


def _extension(name: str, pattern: str, *steps: Step) -> str:
    actions = "".join(f'<action application="{app}" data="{data}"/>' for app, data in steps)
    return (
        f'<extension name="{name}"><condition field="destination_number" expression="{pattern}">{actions}'
        "</condition></extension>"
    )


def _context(name: str, pattern: str, steps: tuple[Step, ...]) -> str:
    return f'<context name="{name}">{_extension("x", pattern, *steps)}</context>'

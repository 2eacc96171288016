"""No XML that we ship lets FreeSWITCH expand text from outside.

FreeSWITCH expands `${...}` in every `field`, `expression` and `data`, and expands the result again;
`${system(...)}` runs a program (switch_channel_expand_variables_check, switch_channel.c). A caller writes the
number, its names and its headers. A phone that is called, or is in a call, writes the number of a transfer
(302, REFER). So a name may appear in `${}` only if it is listed here with its writer, and `$1` only if its
expression matches no text that could be an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

TOP = Path(__file__).parents[3]
SHIPPED = sorted(
    path
    for folder in ("dialplan", "freeswitch/contexts", "freeswitch/directory")
    for path in (TOP / folder).rglob("*.xml")
)
#: Variables and API calls, and the writer of their values, who is never a caller, a callee or a carrier.
WRITTEN_BY = {
    "uuid": "the switch",
    "user_name": "the directory, once a password was right (sofia_reg_parse_auth, sofia_reg.c)",
    "network_addr": "the switch: where the message came from (sofia_handle_sip_i_invite, sofia.c)",
    "whisperpage_request": "the dialplan: a word",
    "originate_disposition": "the switch: a hangup cause",
    "bind_meta_key": "the dialplan",
    "us-ring": "vars.xml",
    "whisperpage_lamp": "the dialplan: letters, digits and ._-",
    "whisperpage_page": "the controller: a uuid",
    "whisperpage_answer": "the dialplan: one of two words",
    "whisperpage_shown": "the controller: true",
    "whisperpage_window": "the controller: a number",
    "whisperpage_offer": "the controller: a digit",
    "whisperpage_pressed": "the pager: the one digit on offer (the expression of play_and_get_digits)",
    "whisperpage_mute_music": "this file, in which it is a setting",
    "whisperpage_cause": "the controller or the dialplan: a hangup cause",
    "whisperpage_dial": "the controller, which refuses `${` in a dial string (dialstring.py)",
    "whisperpage_target_leg": "the controller: a uuid",
    "whisperpage_pager_leg": "the controller: a uuid",
    "whisperpage_far_leg": "the controller: a uuid",
    "whisperpage_topology": "the controller: a word",
    "whisperpage_private": "the dialplan: true",
    "whisperpage_room": "the controller: a uuid",
    "whisperpage_narrow": "the switch: a uuid",
    "write_rate": "the switch: a number",
    "whisperpage_relay": "the controller: a uuid",
    "whisperpage_speak": "the controller: a uuid",
    "other_loopback_leg_uuid": "the switch: a uuid",
    "whisperpage_star": "the dialplan",
    "whisperpage_sound": "the controller: A-Z a-z 0-9 . _ / - (domain/message.py)",
    "whisperpage_bind": "the controller: letters, digits and -",
    "current_application_response": "the switch: FILE PLAYED, or another of its answers (mod_dptools.c)",
    "whisperpage_played": "the same",
    # the directory's dial string
    "dialed_user": "the directory: a user's id (user_outgoing_channel, mod_dptools.c)",
    "dialed_domain": "the directory: its domain",
}
CALLS = {"eval", "sched_api", "uuid_setvar", "uuid_getvar", "uuid_exists", "uuid_kill", "uuid_audio"}
CALLS |= {"acl", "uuid_bridge", "uuid_displace", "uuid_transfer", "sofia_contact", "create_uuid", "originate"}
#: The variables that uuid_getvar reads; only the controller and the switch write them.
GOT = {"other_loopback_leg_uuid", "whisperpage_far_leg", "whisperpage_muted", "whisperpage_speak"}
GOT |= {"whisperpage_pager_leg", "whisperpage_window", "write_rate"}
HOSTILE = ("${system(id)}", "$${x}", "${", "$", "{x}", "\\${x}", "%24%7Bsystem(id)}", "a b", "'", "`id`")
_INNER = re.compile(r"\$\{([^${}]*)\}")
_CODES = {r"\*19", r"\*15", r"\*20", r"\*18"}


def text(path: Path) -> str:
    """The file after the preprocessor; the values of `$${}` come from the configuration itself."""
    lines = [line for line in path.read_text().splitlines() if "X-PRE-PROCESS" not in line]
    return re.sub(r"\$\$\{(\w+_code)\}", lambda code: r"\*19", "\n".join(lines))


def attributes(path: Path) -> Iterator[tuple[str, str]]:
    """Every text that FreeSWITCH expands, with its place."""
    root = ElementTree.fromstring(f"<all>{text(path)}</all>".replace("<?xml version='1.0'?>", ""))
    for element in root.iter():
        for name in ("field", "expression", "data", "value"):
            if value := element.get(name, ""):
                yield f"{path.name}: {element.tag} {name}={value!r}", re.sub(r"\$\$\{[^}]*\}", "", value)


def expanded(value: str) -> Iterator[str]:
    """The content of every `${}` in a text, the inner ones first."""
    while found := _INNER.search(value.replace("\\${", "${")):
        yield found[1]
        value = value.replace("\\${", "${").replace(found[0], "X")


EVERY = [pair for path in SHIPPED for pair in attributes(path)]


def test_there_is_something_to_read() -> None:
    assert len(EVERY) > 150
    assert sum("${" in value for _, value in EVERY) > 20


@pytest.mark.parametrize(("where", "value"), [pair for pair in EVERY if "${" in pair[1]])
def test_no_expanded_text_comes_from_outside(where: str, value: str) -> None:
    for inside in expanded(value):
        call, _, argument = inside.partition("(") if "(" in inside else inside.partition(" ")
        if argument:
            assert call in CALLS, where
            assert call != "uuid_getvar" or argument.split()[-1].rstrip(")") in GOT, where
        else:
            assert inside in WRITTEN_BY or inside in ("Channel-State", "Channel-Read-Codec-Rate"), where


def conditions() -> Iterator[tuple[str, str, list[str]]]:
    """Each condition whose actions contain `$1` or so: its place, its expression, and that text."""
    for path in SHIPPED:
        for condition in ElementTree.fromstring(f"<all>{text(path)}</all>").iter("condition"):
            used = [
                action.get("data", "") for action in condition if re.search(r"\$\d", action.get("data", ""))
            ]
            if used:
                yield f"{path.name}: {condition.get('expression')}", condition.get("expression", ""), used


@pytest.mark.parametrize(("where", "expression", "used"), [*conditions()])
def test_no_part_of_a_number_that_is_used_can_be_an_expression(
    where: str, expression: str, used: list[str]
) -> None:
    """A number is written by a caller (INVITE), or by a phone that transfers or forwards (REFER, 302)."""
    groups = {int(digit) for data in used for digit in re.findall(r"\$(\d)", data)}
    leg = "3b241101-e2bb-4255-8caf-4136c566a962"
    honest = ("*191002", "1002", "3000", "whisperoff+1001", f"bind-{leg}-567-5toggle-6end-7off-1reply")
    honest += (f"key-567-end-{leg}", f"end-true-567-{leg}", f"off-true-567-{leg}", f"toggle-true-567-{leg}")
    honest += (
        f"mute-{leg}",
        f"unmute-{leg}",
        f"was-true-{leg}",
        f"was-_undef_-{leg}",
        "keys-567",
        "unbind-67",
        "window-5000",
        "reverse-1002",
    )
    honest += ("toggle-false-567-x", "begin-hear", f"tell-muted-{leg}", f"tell-heard-{leg}")
    honest += (
        f"bind-next-{leg}-5671-5toggle-6end-7off",
        f"bind-next-{leg}-5671-1reply",
        f"key-567-reply1-{leg}",
    )
    honest += (f"reply1-true-567-{leg}", f"decline3-true-567-{leg}", f"close-_undef_-{leg}")
    honest += (f"again-message-{leg}", "*1912*1002", "*1912")  # every code is *19 here
    honest += (f"close-5000-{leg}", f"music-on-{leg}", f"music-off-{leg}")
    assert any(re.search(expression, number) for number in honest), f"no number here is taken: {where}"
    for number in honest:
        for at in range(len(number) + 1):
            for hostile in HOSTILE:
                match = re.search(expression, number[:at] + hostile + number[at:])
                for group in groups if match else ():
                    assert match
                    assert not set("$%{}\\ '`()") & set(match[group] or ""), f"{where}: {match[group]!r}"

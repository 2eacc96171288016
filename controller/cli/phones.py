"""`whisperpage phones`: the phone rules."""

from __future__ import annotations

import shlex
from typing import cast

import click

from controller.cli import known, stores
from controller.cli.arguments import HEADER, Number, one_of
from controller.cli.output import Form, emit, emit_one, listing, note
from controller.cli.rights import given
from controller.phones.auto_answer import write_headers
from controller.phones.recognise import recognise
from controller.phones.values import POSITIONS, Header, PhoneKind, PhoneRule
from controller.settings_sources import load
from controller.store import plain
from controller.store.settings import RuleChanges

COLUMNS = ("position", "pattern", "vendor", "kind", "auto_answer")
PATTERN = click.argument("pattern", metavar="PATTERN", shell_complete=known.offering(known.phone_rules))
KINDS = one_of(PhoneKind)
POSITION = Number(*POSITIONS)
HEADERS = click.option(
    "--header",
    "headers",
    type=HEADER,
    multiple=True,
    help="A header that makes them answer; may be given again.",
)


@click.group(epilog="Example: whisperpage phones list")
def phones() -> None:
    """Phone rules: which phone a User-Agent is, and what makes it answer."""


@phones.command("list", epilog="Example: whisperpage phones list --json")
@listing
def list_all(form: Form) -> None:
    """Show every phone rule, in the order in which they are tried."""
    emit(COLUMNS, map(_row, _rules()), form)


@phones.command(epilog="Example: whisperpage phones show 'Yealink*'")
@PATTERN
@listing
def show(pattern: str, form: Form) -> None:
    """Show one phone rule."""
    from controller.store import phone_rules

    with stores.current() as store, store.reading() as reading:
        emit_one(_row(phone_rules.show(reading, pattern)), form)


@phones.command(
    epilog="Example: whisperpage phones add 'Acme*' --vendor Acme --kind desk "
    "--header 'Call-Info: <sip:{domain}>;answer-after=0'"
)
@click.argument("pattern", metavar="PATTERN")
@click.option("--kind", type=KINDS, required=True, help="What such a phone is to a page.")
@click.option("--vendor", required=True, help="Who makes these phones.")
@HEADERS
@click.option("--position", type=POSITION, help="Where it is tried; before all others unless given.")
def add(pattern: str, kind: str, vendor: str, headers: tuple[Header, ...], position: int | None) -> None:
    """Add a phone rule for User-Agents like PATTERN, in which * stands for anything."""
    from controller.administration import phones as services

    with stores.changing() as settings:
        made = settings.change(services.add, pattern, vendor, PhoneKind(kind), headers, position).result
        rules = settings.read(services.listing)
    if hidden := services.hidden(made, rules):
        note(
            f"{len(hidden)} rules after it are no longer reached, like {hidden[0].pattern}: "
            f"`whisperpage phones set {shlex.quote(pattern)} --position {rules[-1].position + 10}` "
            "puts it last."
        )


@phones.command("set", epilog="Example: whisperpage phones set 'snom*' --header 'Answer-Mode: Auto'")
@PATTERN
@click.option("--kind", type=KINDS, help="What such a phone is to a page.")
@click.option("--vendor", help="Who makes these phones.")
@HEADERS
@click.option("--no-headers", is_flag=True, help="Send no header: such phones ring.")
@click.option("--position", type=POSITION, help="Where it is tried.")
def change(
    pattern: str,
    kind: str | None,
    vendor: str | None,
    headers: tuple[Header, ...],
    no_headers: bool,
    position: int | None,
) -> None:
    """Change a phone rule; what is not given stays as it is, headers replace those there were."""
    if headers and no_headers:
        raise click.UsageError("--header and --no-headers contradict each other.")
    kept = headers if headers or no_headers else None
    changes = cast(RuleChanges, given(kind=kind, vendor=vendor, position=position, headers=kept))
    if not changes:
        raise click.UsageError("Nothing to change is given.")
    from controller.administration import phones as services

    with stores.changing() as settings:
        settings.change(services.change, pattern, changes)


@phones.command(epilog="Example: whisperpage phones remove 'Acme*'")
@PATTERN
def remove(pattern: str) -> None:
    """Remove a phone rule."""
    from controller.administration import phones as services

    with stores.changing() as settings:
        settings.change(services.remove, pattern)


@phones.command(epilog="Example: whisperpage phones test 'Yealink SIP-T46U 108.86.0.20'")
@click.argument("user_agent", metavar="USER-AGENT")
@listing
def test(user_agent: str, form: Form) -> None:
    """Show which phone a User-Agent is, and the rule that says so."""
    unknown = PhoneKind(load().unknown_phone)
    phone = recognise(user_agent, _rules(), unknown=unknown)
    rule = {
        "pattern": phone.rule.pattern if phone.rule else None,
        "vendor": phone.vendor or None,
        "kind": phone.kind,
        "auto_answer": write_headers(phone.headers) or None,
    }
    emit_one(rule, form)


def _rules() -> tuple[PhoneRule, ...]:
    found = plain.phone_rules(load().database_url)
    if found is not None:
        return found
    from controller.store import phone_rules

    with stores.current() as store, store.reading() as reading:
        return phone_rules.all_rules(reading)


def _row(rule: PhoneRule) -> dict[str, object]:
    return {
        "position": rule.position,
        "pattern": rule.pattern,
        "vendor": rule.vendor,
        "kind": rule.kind,
        "auto_answer": write_headers(rule.headers),
    }

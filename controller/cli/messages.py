"""`whisperpage messages`: what targets are told without a pager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from controller.cli import stores
from controller.cli.arguments import Number
from controller.cli.output import Form, emit, listing
from controller.domain.message import HIGHEST, LOWEST, Message
from controller.domain.names import shown

if TYPE_CHECKING:
    from controller.speech import Speech

COLUMNS = ("for", "name", "number", "sound", "words", "voice")
NAME = click.argument("name", metavar="NAME")
_HOW = {"whisper": "hears it in its call", "intercom": "is called", "call": "is called"}
FOR = click.option("--for", "owner", default="*", metavar="WHOM", help="@DOMAIN; for all if it is not given.")


@click.group(epilog="Example: whisperpage messages list")
def messages() -> None:
    """Messages: what a target is told without a pager.

    A message is a sound file of the switch, or a text that is spoken. For each name and number the message of
    the sender's domain counts, else that of all.
    """


@messages.command("list", epilog="Example: whisperpage messages list --json")
@listing
def list_all(form: Form) -> None:
    """Show every message, and for whom it is."""
    from controller.store import messages as store_messages

    with stores.current() as store, store.reading() as reading:
        found = store_messages.listing(reading)
    emit(COLUMNS, (_row(owner, message) for owner, message in found), form)


@messages.command(epilog="Example: whisperpage messages add lobby --sound visitor.wav --number 1")
@NAME
@click.option("--sound", default="", metavar="PATH", help="A sound file, as the switch names it.")
@click.option("--words", default="", metavar="TEXT", help="Or a text, which speech_command speaks.")
@click.option("--voice", default="", metavar="VOICE", help="One of speech_voices, if not the first.")
@click.option("--number", type=Number(LOWEST, HIGHEST), help=f"Its number, {LOWEST} to {HIGHEST}.")
@FOR
def add(name: str, sound: str, words: str, voice: str, number: int | None, owner: str) -> None:
    """Add a message: a sound file of the switch, or a text."""
    from controller.administration import messages as services

    if voice:
        _speech().check(voice)
    with stores.changing() as settings:
        settings.change(services.add, owner, Message(name, sound, words, number, voice))


@messages.command(epilog="Example: whisperpage messages remove lobby --for @pbx.example.org")
@NAME
@FOR
def remove(name: str, owner: str) -> None:
    """Remove a message; that of all then counts where a domain had its own."""
    from controller.administration import messages as services

    with stores.changing() as settings:
        settings.change(services.remove, owner, name)


@messages.command(epilog="Example: whisperpage messages test lobby")
@NAME
@FOR
def test(name: str, owner: str) -> None:
    """Speak the text of a message, and say where its sound is kept and how long it is.

    It runs speech_command as this user, with the settings that are here.
    """
    from controller.domain.message import check
    from controller.errors import NotFound
    from controller.store import messages as store_messages

    with stores.current() as store, store.reading() as reading:
        message = store_messages.find(reading, owner, name)
    if message is None:
        raise NotFound(f"{shown(owner)} has no message {shown(name)}.", "message")
    check(message)
    if message.sound:
        click.echo(f"The switch plays {message.sound}; `whisperpage doctor` says whether it has that file.")
        return
    spoken = _speech().speak(message.words, message.voice)
    click.echo(f"{spoken.path}: {spoken.seconds:.1f} s")


@messages.command(epilog="Example: whisperpage messages send lobby 1002 1003 --from lobby@pbx.example.org")
@click.argument("name", metavar="MESSAGE")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--from", "sender", required=True, metavar="USER", help="Who sends, as EXT@DOMAIN.")
@click.option("--url", help="Another controller, by its address: http://127.0.0.1:8019.")
def send(name: str, targets: tuple[str, ...], sender: str, url: str | None) -> None:
    """Send a message, by its name or number, to one target or several.

    A running controller sends it, as it makes a page: the sender needs the right to page, and the target's
    call decides. The sender may be a name for a program, of which the switch need not know.
    """
    from controller import settings_sources
    from controller.cli.remote import remote
    from controller.errors import PageRefused

    told = remote(settings_sources.load(), url).send(name, sender, targets)
    for each in told:
        click.echo(f"{each['to']}: {each['detail'] or _HOW.get(each['treatment'], each['treatment'])}.")
    if any(each["result"] == "refused" for each in told):
        raise PageRefused("The message was refused for some of its targets.")


def _row(owner: str, message: Message) -> dict[str, object]:
    return {
        "for": owner,
        "name": message.name,
        "number": message.number,
        "sound": message.sound or None,
        "words": message.words or None,
        "voice": message.voice or None,
    }


def _speech() -> Speech:
    from controller import settings_sources
    from controller.speech import Speech

    settings = settings_sources.load()
    return Speech(settings.speech_command, settings.voices, settings.speech_folder, settings.speech_url)

"""The scenes of the demonstration, as a terminal shows them: who hears whom, and which lamps are lit.

What has changed since the scene before is said in words (`now`, `no more`), and in colours where there are
any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.simulator.scene import CAST, CUSTOMER, LOBBY, PAGER, TARGET, Played, Seen
from controller.switch.lamps import Lamp

_NEW, _GONE, _WRONG, _DIM = "bold green", "bold yellow", "bold red", "dim"


class SceneScreen(AbstractContextManager["SceneScreen"]):
    """Shows scene after scene, on a terminal also while it is played; in colours unless NO_COLOR is set."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._live: Live | None = None
        self._number = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, played: Played, *, over: bool = False) -> None:
        """Show a scene as it stands, or as it is once it is `over`."""
        if self._live is None:
            self._number += 1
            self.console.print(f"[bold]{self._number}. {played.scene.title}[/bold]\n{played.scene.told}")
            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.start()
        if not over:
            self._live.update(picture(played, over=False), refresh=self.console.is_terminal)
            return
        self._live.stop()
        self._live = None
        self.console.print(picture(played, over=True), "")


def picture(played: Played, *, over: bool) -> Group:
    """What is seen. Until it is `over`, what is still to come is no fault."""
    scene, seen, before = played.scene, played.seen, played.before
    same = before.hears == seen.hears == scene.wanted.hears and not _sounds(seen, scene.wanted)
    hears = Text("Who hears whom is as before.") if same else _matrix(played, over=over)
    return Group(*(Padding(each, (0, 2)) for each in (hears, *_below(played, over=over))))


def history(records: Iterable[PageRecord], *, right: bool) -> Group:
    """The attempts of the whole story, the oldest first."""
    table = Table("pager", "target", "became", "ended, or why not", box=SIMPLE_HEAD, show_edge=False)
    for record in records:
        ending = record.reason or record.ending or "goes on"
        table.add_row(_extension(record.pager), _extension(record.target), record.treatment, ending)
    head = Text("The history of it all, as `whisperpage pages` shows it", "bold")
    below = Text("") if right else Text("That is not what was done.", _WRONG)
    return Group(head, Padding(Group(table, below), (0, 2)))


def _matrix(played: Played, *, over: bool) -> Table:
    """Listeners down, speakers across; of the cast those who take part now, or just did."""
    wanted, seen, before = played.scene.wanted, played.seen, played.before
    present = [who for who in CAST if who in (PAGER, TARGET) or _takes_part(who, wanted, seen, before)]
    sounds = _sounds(seen, wanted)
    heads = ["hears", *(CAST[who] for who in present), *sounds]
    table = Table(*heads, box=SIMPLE_HEAD, show_edge=False)
    for listener in present:
        heard = before.hears[listener], seen.hears[listener], wanted.hears[listener]
        cells = [
            Text() if listener == speaker else _mark(*(speaker in each for each in heard), over=over)
            for speaker in present
        ]
        cells += [_sound(*(listener in each for each in heard), over=over) for heard in sounds.values()]
        table.add_row(_name(listener), *cells)
    return table


def _sounds(seen: Seen, wanted: Seen) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """The sounds of the scene by the heads of their columns: who has heard each, and who has to."""
    found = {"the tone": (seen.tone, wanted.tone), "the message": (seen.message, wanted.message)}
    return {head: heard for head, heard in found.items() if any(heard)}


def _takes_part(who: str, *moments: Seen) -> bool:
    return any(each.hears[who] or any(who in heard for heard in each.hears.values()) for each in moments)


def _name(who: str) -> str:
    return CAST[who] if who == CUSTOMER else f"{CAST[who]} {who}"


def _extension(user: UserName | None) -> str:
    return user.extension if user else ""


def _mark(before: bool, now: bool, wanted: bool, *, over: bool) -> Text:
    if now != wanted:
        if not over:
            return Text("..", _DIM)
        return Text("wrongly" if now else "missing", _WRONG)
    if now != before:
        return Text("now", _NEW) if now else Text("no more", _GONE)
    return Text("yes") if now else Text("-", _DIM)


def _sound(heard: bool, wanted: bool, *, over: bool) -> Text:
    return Text("yes", _NEW) if heard and wanted else _mark(heard, heard, wanted, over=over)


def _below(played: Played, *, over: bool) -> Iterator[Text]:
    wanted, seen, before = played.scene.wanted, played.seen, played.before
    if seen.refused or wanted.refused:
        right = seen.refused == wanted.refused
        cause = Text(seen.refused or "..", _GONE if right else _WRONG if over else _DIM)
        yield Text("the pager's call is refused: ").append(cause)
    if seen.reply or wanted.reply:
        right = seen.reply == wanted.reply
        reply = Text(seen.reply or "..", _NEW if right else _WRONG if over else _DIM)
        yield Text(f"the {LOBBY} reads: ").append(reply)
    if seen.lamps | wanted.lamps | before.lamps:
        line = Text(f"lamps of {TARGET}: ")
        for at, lamp in enumerate(Lamp):
            lit = _lamp(lamp in before.lamps, lamp in seen.lamps, lamp in wanted.lamps, over=over)
            line.append(", " if at else "").append(f"{lamp.name.lower()} ").append(lit)
        yield line


def _lamp(before: bool, now: bool, wanted: bool, *, over: bool) -> Text:
    word = "lit" if now else "dark"
    if now != wanted:
        return Text(f"wrongly {word}", _WRONG) if over else Text("..", _DIM)
    if now != before:
        return Text(f"now {word}", _NEW if now else _GONE)
    return Text(word, "" if now else _DIM)

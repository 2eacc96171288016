"""Pictures of `whisperpage demo` and `whisperpage watch` as they appear in a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from urllib.request import urlopen

import pyte
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pictures import style

WHISPERPAGE = (sys.executable, "-c", "from controller.cli.main import main; main()")
CALM = TerminalTheme(
    (27, 34, 43),
    (214, 220, 226),
    [(27, 34, 43), (224, 108, 108), (126, 190, 128), (222, 176, 96), (108, 160, 214), (178, 148, 214),
     (104, 186, 190), (214, 220, 226)],
    [(122, 134, 146), (236, 130, 130), (146, 210, 148), (236, 196, 120), (130, 180, 230), (196, 170, 230),
     (130, 206, 210), (240, 244, 248)],
)  # fmt: skip
#: The format of rich, without a font from the network.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 17px; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen(pyte.Screen):
    """A terminal that shows dim text as grey."""

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        super().select_graphic_rendition(*(90 if each == 2 else each for each in attributes))


def shown(
    command: tuple[str, ...], columns: int, lines: int, seconds: float = 60, **environment: str
) -> Screen:
    """The screen of a terminal when a command has ended, or after so many seconds."""
    screen = Screen(columns, lines)
    stream = pyte.ByteStream(screen)
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    given = (
        os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(lines)} | environment
    )
    process = subprocess.Popen(
        (*WHISPERPAGE, *command), stdin=slave, stdout=slave, stderr=slave, env=given, start_new_session=True
    )
    os.close(slave)
    end = time.monotonic() + seconds
    with contextlib.suppress(OSError):  # the terminal is gone when the last process has closed it
        while (left := end - time.monotonic()) > 0:
            if select.select([master], [], [], left)[0]:
                stream.feed(os.read(master, 65536))
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    os.close(master)
    return screen


def text(screen: Screen) -> list[Text]:
    """The lines of a screen, with their colours."""
    found = []
    for row in range(screen.lines):
        line = Text()
        for column in range(screen.columns):
            char = screen.buffer[row][column]
            line.append(char.data, _style(char))
        line.rstrip()
        found.append(line)
    while found and not found[-1].plain:
        found.pop()
    return found


def _style(char: Char) -> Style:
    colour = None if char.fg == "default" else char.fg.replace("bright", "bright_").replace("brown", "yellow")
    return Style(color=colour, bold=char.bold or None, italic=char.italics or None)


def picture(name: str, command: str, lines: list[Text], columns: int) -> None:
    """Write the lines as docs/pictures/NAME.svg, below the command that made them."""
    console = Console(record=True, width=columns + 2, file=io.StringIO(), legacy_windows=False)
    prompt = Text.assemble(("$ ", "bright_black"), (command, "bold"))
    for line in (prompt, Text(), *lines, Text()):
        console.print(Text(" ") + line, no_wrap=True, overflow="crop")
    svg = console.export_svg(title="", theme=CALM, code_format=SVG, unique_id=name)
    style.write(name, svg)


def demo() -> None:
    """The first scenes of the demonstration."""
    lines = text(shown(("demo",), 84, 240))
    plain = [line.plain for line in lines]
    if not plain[0].startswith("1. ") or plain[-1] != "Everything was as it should be.":
        raise RuntimeError("the demonstration did not go as it should")
    end = next(at for at, line in enumerate(plain) if line.startswith("5. "))
    picture("demo", "whisperpage demo", lines[: end - 1], 84)


def watch() -> None:
    """The office of `whisperpage demo --stay`, in which people page each other."""
    with office() as environment:
        for asked in (("page", "1001", "1002"), ("page", "1005", "1006"), ("page", "1006", "1003")):
            subprocess.run(
                (*WHISPERPAGE, *asked), env=os.environ | environment, check=False, capture_output=True
            )
        mute(environment)
        lines = text(shown(("watch",), 96, 26, 6, **environment))
    picture("watch", "whisperpage watch", lines, 96)


def mute(environment: Mapping[str, str]) -> None:
    """Mute the page with the key of the target's phone that opens a URL."""
    command = (*WHISPERPAGE, "keys", "issue", "1002@pbx.test")
    issued = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)
    token = issued.stdout.split()[-1]
    with urlopen(f"http://{environment['WHISPERPAGE_HTTP_LISTEN']}/keys/{token}/mute", timeout=10) as answer:
        answer.read()


@contextlib.contextmanager
def office() -> Iterator[Mapping[str, str]]:
    """Run a simulated switch with its controller; yields the environment with which commands reach it."""
    command = (*WHISPERPAGE, "demo", "--stay")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        found: dict[str, str] = {}
        try:
            for line in process.stdout:
                found |= re.findall(r"export (\w+)=(\S+)", line)
                if "Ctrl-C ends it" in line:
                    break
            yield found
        finally:
            process.send_signal(signal.SIGINT)

"""How loud the parties of a call hear each other, and how long the tone of a page, in their recordings."""

from __future__ import annotations

import time
from pathlib import Path

from controller.laboratory.levels import level, read_wave
from tests.live.office import PAGE_TONE, PLAIN, Office

CODECS = ("PCMU", "G722", "OPUS")
#: Seconds of the tone of a page (dialplan/whisperpage.xml), without its pauses.
TONE = 0.4
#: dB by which a tone stands out of the noise beside it if it is more than noise.
OUT_OF_NOISE = 6
#: Levels in dBFS by party.
Levels = dict[str, float]
#: The levels in plain calls, by direction and codec, once each was measured.
Plain = dict[tuple[str, str], Levels]


def hears_page_tone(office: Office, name: str) -> float:
    """Seconds of the page's tone in a recording."""
    newest = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda path: path.stat().st_mtime)
    samples, rate = read_wave(str(newest))
    window = rate // 20
    starts = range(0, len(samples) - window, window)
    return 0.05 * sum(level(samples[at : at + window], rate, PAGE_TONE) > PLAIN - 12 for at in starts)


def page_tone_is_heard_once(office: Office, name: str, within: float = 0.1) -> None:
    """Assert that the tone is in a recording, neither shorter nor longer by more than so many seconds."""
    seconds = hears_page_tone(office, name)
    assert abs(seconds - TONE) < within + 0.01, f"{name} has {seconds} s of the tone"


def recording_of_target(direction: str) -> str:
    """The name of the target's recording, if it calls (`target_calls`) or is called (`customer_calls`)."""
    return "target" if direction == "target_calls" else "in-1002-*"


def levels_of_plain_call(office: Office, direction: str, codec: str) -> Levels:
    """The levels at which target and customer hear each other; mod_opus makes one of them 6 dB louder."""
    getattr(office, direction)(codec=codec)
    time.sleep(2.2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    target, customer = office.lab.hears(recording_of_target(direction)), office.lab.hears("customer-*")
    return {"customer": target["customer"], "1002": customer["1002"], "1001": PLAIN}


def heard(office: Office, name: str, reference: Levels, own: str, within: float = 6) -> set[str]:
    """The parties that are heard as loud as in a plain call, `within` so many dB; all others must be silent.

    The limit for the listener's `own` voice is less strict: from the two tones that a target hears, 400 and
    1100 Hz, Opus itself makes a third one at their difference. That is the target's 700 Hz, some 38 dB lower.
    Nobody is heard whose tone does not stand out of the noise beside it: where two loud tones go through Opus
    twice, that noise is some 35 dB below them at all frequencies from 300 to 1000 Hz, whoever speaks.
    """
    levels = {who: value for who, value in office.lab.hears(name).items() if who in reference}
    clear = {who for who, value in levels.items() if abs(value - reference[who]) <= within}
    silent = {who: reference[who] - (30 if who == own else 40) for who in reference}
    leaks = {who for who, value in levels.items() if who not in clear and value > silent[who]}
    noise = office.lab.beside(name) if leaks else {}
    leaks = {who for who in leaks if levels[who] > noise[who] + OUT_OF_NOISE}
    assert not leaks, f"{name} hears what it should not: {levels}, and in a plain call {reference}"
    return clear


def page_is_heard_as_a_plain_call(
    office: Office,
    plain: Plain,
    direction: str,
    target: str,
    pager: str,
    *,
    within: float = 6,
    pagers_tone: float = 0.1,
) -> None:
    """Make a call and a page with these codecs; assert who hears whom, and both the tone once.

    `within` is in dB; the tone that the pager hears may differ by `pagers_tone` seconds.
    """
    if (direction, target) not in plain:
        plain[direction, target] = levels_of_plain_call(office, direction, target)
    reference = plain[direction, target]
    getattr(office, direction)(codec=target)
    office.page(codec=pager)
    time.sleep(2.5)  # the time that is recorded and measured
    office.lab.hang_up_all()
    name = recording_of_target(direction)
    assert heard(office, name, reference, own="1002", within=within) == {"1001", "customer"}
    assert heard(office, "pager", reference, own="1001", within=within) == {"1002"}
    assert heard(office, "customer-*", reference, own="customer") == {"1002"}
    page_tone_is_heard_once(office, name)
    page_tone_is_heard_once(office, "pager", within=pagers_tone)
    assert hears_page_tone(office, "customer-*") == 0

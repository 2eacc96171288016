"""How loud the parties of a call hear each other, and how long the tone of a page, in their recordings."""

from __future__ import annotations

import time
from pathlib import Path

from controller.laboratory.levels import level, read_wave, tone
from tests.live.office import PAGE_TONE, PLAIN, Office

CODECS = ("PCMU", "G722", "OPUS")
#: Seconds of the tone of a page (dialplan/whisperpage.xml), without its pauses.
TONE = 0.4
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


def sustained_in(recording: Path, hz: int) -> float:
    """dBFS of a tone in the 250 ms of a recording in which it is loudest.

    In shorter times, the edges of another tone that begins or ends are as loud as what is looked for. What a
    lost packet adds is no tone (levels.tone).
    """
    samples, rate = read_wave(recording)
    window = rate // 4
    starts = range(0, len(samples) - window, rate // 20)
    return max(tone(samples[at : at + window], rate, hz) for at in starts)


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

    Silent is 40 dB below what the listener hears loudest: a codec makes faint tones of a loud one, and they
    are louder if that is. (At 8 kHz the 13th harmonic of the target's 700 Hz is the customer's 1100 Hz.) The
    limit for the listener's `own` voice is less strict: from the two tones that a target hears, 400 and
    1100 Hz, Opus itself makes a third one at their difference. That is the target's 700 Hz, some 38 dB lower.
    """
    levels = {who: value for who, value in office.lab.hears(name).items() if who in reference}
    clear = {who for who, value in levels.items() if abs(value - reference[who]) <= within}
    loudest = max((levels[who] for who in clear), default=max(reference.values()))
    silent = {who: loudest - (30 if who == own else 40) for who in reference}
    leaks = {who for who, value in levels.items() if who not in clear and value > silent[who]}
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

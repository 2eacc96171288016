"""A little fuzzing for all code that reads from the switch or writes to it; failures are kept."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

CRASHES = Path(__file__).parent / "crashes"
DATA = Path(__file__).parents[1] / "unit" / "eventsocket" / "data"
#: Examples of hypothesis, and inputs of atheris, for each target.
EXAMPLES, INPUTS = 300, 4_000

#: Pieces of a switch's stream, between which other bytes are inserted.
_PIECES = [
    b"Content-Length: 5\n", b"Content-Length: 12\nContent-Type: text/event-json\n\n", b"Content-Type: ",
    b"Content-Type: command/reply\nReply-Text: +OK\n\n", b"Content-Type: auth/request\n\n", b"api/response\n",
    b'{"Event-Name":"CHANNEL_CREATE"', b',"Unique-ID":"a1"', b'"', b"\\", b"\\u0000", b"\\ud800", b"}", b"{",
    b"[", b"]", b",", b"ARRAY::", b"%0A", b"%", b"\xff", b'{"rows":[{"uuid":"a1"', b"presence_id",
    b"<registration>", b"</registration>", b"sip:", b"@", b"sofia/", b"\x1f", b"\r", b"\x00", b"${a}", b"'",
    b"|", b":_:", b"\xe2\x80\xa8", b"\n\n", b"\n", b": ",
]  # fmt: skip
_BYTES = st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=12)), max_size=24).map(b"".join)


@pytest.mark.parametrize("name", TARGETS)
def test_no_generated_bytes_break_a_target(name: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_BYTES)
    def feed(data: bytes) -> None:
        TARGETS[name](data)

    feed()


@pytest.mark.parametrize("name", TARGETS)
def test_kept_failures_do_not_come_back(name: str) -> None:
    for path in sorted((CRASHES / name).glob("*")):
        TARGETS[name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_recordings_break_no_target(name: str) -> None:
    for path in sorted(DATA.glob("*.esl")):
        TARGETS[name](path.read_bytes()[:20_000])


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed: pip install atheris")
def test_coverage_guided_fuzzing_finds_nothing(tmp_path: Path) -> None:
    """The message has the failing input: put it into crashes/, and correct the fault."""
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        ",".join(TARGETS),
        f"-runs={INPUTS}",
        "-max_len=400",
        "-seed=1",
    ]
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number, path in enumerate([*sorted(CRASHES.glob("*/*")), *sorted(DATA.glob("*.esl"))]):
        (seeds / str(number)).write_bytes(path.read_bytes()[:400])
    command += [f"-artifact_prefix={tmp_path}/", str(seeds)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=120
    )
    found = {path.name: path.read_bytes() for path in tmp_path.glob("crash-*")}
    assert done.returncode == 0, f"{found}\n{done.stderr[-4000:]}"

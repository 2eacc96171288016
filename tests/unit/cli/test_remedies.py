"""The remedies that the command line adds to errors."""

from __future__ import annotations

import pytest

from controller import errors
from controller.cli.main import whisperpage
from controller.cli.remedies import _REMEDIES, told
from controller.errors import AlreadyThere, DatabaseAhead, DatabaseBehind, NotFound, WhisperPageError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotFound("There is no user 1@a.", "user"), "`whisperpage users list` shows those that there are."),
        (AlreadyThere("There is a user 1@a already.", "user"), "change it with `whisperpage users set`."),
        (DatabaseBehind("It is behind."), "run `whisperpage db upgrade`."),
    ],
)
def test_the_command_that_helps_follows_the_sentence(error: WhisperPageError, sentence: str) -> None:
    assert told(error) == f"{str(error).removesuffix('.')}: {sentence}"


@pytest.mark.parametrize(
    "error", [NotFound("There is no such thing."), DatabaseAhead("It is newer: upgrade.")]
)
def test_the_sentence_stands_alone_if_no_command_helps(error: WhisperPageError) -> None:
    assert told(error) == str(error)


@pytest.mark.parametrize("remedy", _REMEDIES.values())
def test_every_command_in_a_remedy_exists(remedy: str) -> None:
    words = remedy.partition("`whisperpage ")[2].partition("`")[0].split()
    group = whisperpage.get_command(None, words[0])  # type: ignore[arg-type]
    assert group is not None
    if len(words) > 1 and not words[1].startswith("-"):
        assert words[1] in group.list_commands(None)  # type: ignore[attr-defined]


def kinds(kind: type[WhisperPageError]) -> set[type[WhisperPageError]]:
    return {kind, *(each for below in kind.__subclasses__() for each in kinds(below))}


def test_every_kind_of_error_has_a_code_of_its_own() -> None:
    codes = {each: each.code for each in kinds(errors.WhisperPageError)}
    assert len(set(codes.values())) == len(codes), codes

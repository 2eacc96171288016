"""Completion in a shell, by click. Bash splits the names of users at `@` and those of groups at `:`."""

from __future__ import annotations

import os
import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

#: The variable by which a shell asks for completions.
VARIABLE = "_WHISPERPAGE_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

#: Characters that have a meaning in bash unless they are quoted.
_SPECIAL = re.compile(r"([^A-Za-z0-9@%+=:,./_-])")
#: Characters of our names at which bash begins a new word, if they are in COMP_WORDBREAKS.
_BREAKS = "@:="


class Bash(BashComplete):
    """Reads the whole line, and returns only what follows the last break within a word."""

    source_template = """
%(complete_func)s() {
    local response type value
    response=$(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$response"
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def source(self) -> str:
        """The script."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is being typed, and that word."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        if not words or (line[-1].isspace() and not words[-1][-1:].isspace()):
            return words, ""
        return words[:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        """One line of the answer."""
        return f"{item.type},{self._behind_the_break(item.value) if item.type == 'plain' else item.value}"

    def _behind_the_break(self, value: str) -> str:
        _, typed = self.get_completion_args()
        word = re.split(r"\s", os.environ["COMP_LINE"])[-1]
        if word[:1] in ("'", '"'):  # what is quoted is one word, and needs no other quotes
            return value
        if typed.startswith("-"):  # `--group=rec`: the value is what is behind the =
            typed = typed.partition("=")[2]
        breaks = [each for each in _BREAKS if each in os.environ.get("COMP_WORDBREAKS", _BREAKS)]
        cut = max((typed.rfind(each) + 1 for each in breaks), default=0)
        return _SPECIAL.sub(r"\\\1", value[cut:])


def register() -> None:
    """Have click use our completion for bash."""
    add_completion_class(Bash)


def source(command: click.Command, shell: str) -> str:
    """The script that makes a shell complete the command `whisperpage`."""
    register()
    kind = get_completion_class(shell)
    assert kind
    return kind(command, {}, "whisperpage", VARIABLE).source().strip() + "\n"

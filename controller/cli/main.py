"""The command `whisperpage`: its commands by name, and how each error is reported."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from controller.cli import usage
from controller.cli.output import complain
from controller.cli.remedies import told
from controller.errors import WhisperPageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Each command and its help. The command NAME is `controller.cli.NAME:NAME`. It is imported when it is
#: called, so that no command waits for the imports of another. In the module's name, - is _.
COMMANDS = {
    "demo": "Play the whole feature on a simulated switch, and show who hears whom.",
    "serve": "Run the controller beside a FreeSWITCH, until it is told to stop.",
    "watch": "Show what is going on: switches, pages, the database, the last refusals.",
    "doctor": "Check the database, the switch, its modules and the dialplan; each with what to do about it.",
    "explain": "Say what would become of a page now, and why, without doing it.",
    "page": "Ring the pager's own phone, and page the target as soon as it is answered.",
    "groups": "Settings groups: what their members may do.",
    "users": "Users: their settings group, and settings of their own.",
    "page-groups": "Page groups: several users that are paged at once, under an extension of their own.",
    "replies": "Replies: how a target answers a page by one key.",
    "messages": "Messages: what a target is told without a pager.",
    "call-backs": "Call backs: refused pagers that wait to be rung.",
    "phones": "Phone rules: which phone a User-Agent is, and what makes it answer.",
    "keys": "Tokens that let the keys of a user's phone act for that user.",
    "pages": "Show the history: who paged whom, when (UTC), and what became of it; the newest first.",
    "fusionpbx": "Whisper Page in a FusionPBX on this machine: install, look, upgrade, remove.",
    "config": "Show every setting that is in effect, and where it comes from; secrets are hidden.",
    "tokens": "Tokens of the API for programs: of one domain, or of all.",
    "console": "The console in the browser: who may log in, by a link that is used once.",
    "db": "The database's schema.",
    "completion": "Print what makes a shell complete commands, options, users, groups, phones and keys.",
}

#: The mark of a paragraph that click does not wrap.
_AS_IT_IS = "\b\n"
DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


class Commands(click.Group):
    """The commands of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of a name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"controller.cli.{name}"), name)
        _keep_examples(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin with a text, without importing them, and the options."""
        from click.shell_completion import CompletionItem

        there = {name: text for name, text in COMMANDS.items() if name.startswith(incomplete)}
        found = [CompletionItem(name, help=text) for name, text in there.items()]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of all commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExample: whisperpage groups set default --whisper-initiate --whisper-accept all",
)
@click.version_option(package_name="whisperpage", message="whisperpage %(version)s")
def whisperpage() -> None:
    """Whisper Page for FreeSWITCH: speak privately to a colleague who is on a call.

    Settings come from whisperpage.toml, and from the environment: WHISPERPAGE_DATABASE_URL and others.
    """


def _keep_examples(command: click.Command) -> None:
    """Have help show an example as one line, which can be copied: it would be wrapped inside an option."""
    if command.epilog and not command.epilog.startswith(_AS_IT_IS):
        command.epilog = _AS_IT_IS + command.epilog
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        _keep_examples(each)


def main() -> None:
    """Run this process's command line; exits with 0 (done), 1 (refused or failed) or 2 (wrong usage)."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status. Errors are one sentence on stderr, never a traceback."""
    try:
        if "_WHISPERPAGE_COMPLETE" in os.environ:
            from controller.cli import shells

            shells.register()
        usage.refuse_contradiction(arguments)
        status = whisperpage.main(list(arguments), prog_name="whisperpage", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USAGE
    except click.UsageError as error:
        complain(usage.told(error, arguments, whisperpage))
        return WRONG_USAGE
    except click.ClickException as error:
        complain(error.format_message())
        return FAILED
    except SystemExit:
        return DONE  # so click ends if who reads the output has gone away, like `| head -1`
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except WhisperPageError as error:
        complain(told(error))
        return FAILED
    except Exception as error:  # noqa: BLE001 - nobody who uses the program is to meet a traceback
        if os.environ.get("WHISPERPAGE_LOG_LEVEL") == "debug":
            traceback.print_exc()
        complain(
            f"Something went wrong that should not have ({type(error).__name__}: {error}): "
            "run it again with WHISPERPAGE_LOG_LEVEL=debug to see where, and report that."
        )
        return FAILED
    return status if isinstance(status, int) else DONE

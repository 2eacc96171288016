"""`whisperpage completion`: what makes a shell complete our commands."""

from __future__ import annotations

import click

from controller.cli import shells
from controller.cli.arguments import one_of


@click.command(epilog="Example: whisperpage completion bash")
@click.argument("shell", type=one_of(shells.SHELLS), metavar="bash|zsh|fish")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands, options, users, groups, phones and keys.

    For yourself, in ~/.bashrc: eval "$(whisperpage completion bash)". For everybody on this machine:
    whisperpage completion bash | sudo tee /etc/bash_completion.d/whisperpage
    """
    click.echo(shells.source(ctx.find_root().command, shell), nl=False)

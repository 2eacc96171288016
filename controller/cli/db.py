"""`whisperpage db`: the database's schema."""

from __future__ import annotations

import click

from controller.cli import stores
from controller.cli.output import note


@click.group(epilog="Example: whisperpage db upgrade")
def db() -> None:
    """The database's schema."""


@db.command(epilog="Example: whisperpage db upgrade")
def upgrade() -> None:
    """Make the tables, or bring those of an older version up to this one."""
    from controller.store import schema

    with stores.configured() as store:
        schema.upgrade(store, lambda step: note(f"Upgrading: {step}"))
        click.echo(f"{store} is at version {schema.state(store).current}.")


@db.command(epilog="Example: whisperpage db current")
def current() -> int:
    """Show the version of the database and the one that this program needs; exits with 1 if they differ."""
    from controller.store import schema

    with stores.configured() as store:
        state = schema.state(store)
        has = "has no tables yet" if state.current is None else f"is at version {state.current}"
        if state.up_to_date:
            click.echo(f"{store} {has}, as this program needs it.")
        elif not state.known:
            click.echo(f"{store} {has}, which a newer program made; this one knows up to {state.head}.")
        else:
            click.echo(f"{store} {has}; {state.head} is needed: run `whisperpage db upgrade`.")
        return 0 if state.up_to_date else 1

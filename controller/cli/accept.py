"""`groups accept` and `users accept`: the same three commands, for lists of groups and of users."""

from __future__ import annotations

import click

from controller.cli import stores
from controller.cli.arguments import PRINCIPAL, Parsed, one_of
from controller.cli.output import Form, emit, listing, note
from controller.domain.names import Principal, principal_text
from controller.domain.policy import Accept, Feature

FEATURE = click.option("--feature", type=one_of(Feature), required=True, help="Which of the two lists.")
FROM = click.option(
    "--from", "allowed", type=PRINCIPAL, required=True, help="A user, or all members of a group."
)


def commands(kind: str, owner: Parsed, example: str) -> click.Group:
    """The commands for the accept lists of `kind`s ("group"); `example` is one of their names."""

    @click.group(epilog=f"Example: whisperpage {kind}s accept list {example}")
    def accept_lists() -> None:
        """From whom pages are accepted, where that is `listed`."""

    @accept_lists.command(
        epilog=f"Example: whisperpage {kind}s accept add {example} --feature whisper --from group:managers"
    )
    @click.argument("owner", type=owner, metavar=owner.name)
    @FEATURE
    @FROM
    def add(owner: Principal, feature: str, allowed: Principal) -> None:
        """Add a user, or a group, to an accept list."""
        from controller.administration import lists

        with stores.changing() as settings:
            in_effect = settings.change(lists.add, owner, Feature(feature), allowed).result.in_effect
        if in_effect is not Accept.LISTED:
            note(
                f"The list does not count while {owner} accepts {in_effect}: "
                f"`whisperpage {kind}s set {owner} --{feature}-accept listed` makes it."
            )

    @accept_lists.command(
        epilog=f"Example: whisperpage {kind}s accept remove {example} --feature whisper --from group:managers"
    )
    @click.argument("owner", type=owner, metavar=owner.name)
    @FEATURE
    @FROM
    def remove(owner: Principal, feature: str, allowed: Principal) -> None:
        """Remove a user, or a group, from an accept list."""
        from controller.administration import lists

        with stores.changing() as settings:
            settings.change(lists.remove, owner, Feature(feature), allowed)

    @accept_lists.command("list", epilog=f"Example: whisperpage {kind}s accept list {example} --json")
    @click.argument("owner", type=owner, metavar=owner.name)
    @listing
    def show(owner: Principal, form: Form) -> None:
        """Show who is on the accept lists."""
        from controller.store import accept

        with stores.current() as store, store.reading() as reading:
            entries = accept.listing(reading, owner)
        rows = ({"feature": feature, "from": principal_text(allowed)} for feature, allowed in entries)
        emit(("feature", "from"), rows, form)

    return accept_lists

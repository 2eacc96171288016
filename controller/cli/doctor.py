"""`whisperpage doctor`: is everything there that a page needs?"""

from __future__ import annotations

import click

from controller.cli.output import Form, emit, listing


@click.command(epilog="Example: whisperpage doctor --context default")
@click.option("--context", default="default", show_default=True, help="The users' dialplan context.")
@listing
def doctor(context: str, form: Form) -> None:
    """Check the database, the switch, its modules and the dialplan; each with what to do about it."""
    from controller import config
    from controller.doctor.installation import examine

    checks = []
    for check in examine(config.load(), context):
        checks.append(check)
        if form is Form.TABLE:
            mark = click.style("ok  ", fg="green") if check.right else click.style("FAIL", fg="red")
            click.echo(f"{mark} {check.what}: {check.found}")
            if not check.right:
                click.echo(f"     {check.fix}")
    if form is not Form.TABLE:
        rows = [
            {
                "what": each.what,
                "right": each.right,
                "found": each.found,
                "fix": "" if each.right else each.fix,
            }
            for each in checks
        ]
        emit(("what", "right", "found", "fix"), rows, form)
    if not all(each.right for each in checks):
        click.get_current_context().exit(1)

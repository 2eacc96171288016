"""`whisperpage config`: the settings, and where each comes from."""

from __future__ import annotations

import click

from controller import settings_sources
from controller.cli.output import Form, emit, listing


@click.command(epilog="Example: whisperpage config --json")
@listing
def config(form: Form) -> None:
    """Show every setting that is in effect, and where it comes from; secrets are hidden.

    A setting is taken from the environment (WHISPERPAGE_DATABASE_URL; or WHISPERPAGE_DATABASE_URL_FILE names
    a file that has it), else from one file: the one that WHISPERPAGE_CONFIG names, else whisperpage.toml
    here, else /etc/whisperpage/whisperpage.toml. docs/settings.md says what each is.
    """
    loaded = settings_sources.load()
    rows = (
        {"setting": each.key, "value": settings_sources.shown(each), "from": each.written_in}
        for each in settings_sources.sources()
    )
    emit(("setting", "value", "from"), rows, form)
    # these are only read when they are used; checked last, so that the wrong value is shown
    _ = loaded.http_address, loaded.addresses
    from controller.switch.proxied import proxy_dial_in
    from controller.switch.trust import trust_in

    trust_in(loaded.trusted_proxies, loaded.identity_header)
    proxy_dial_in(loaded.proxy_dial)

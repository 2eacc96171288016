"""Who is at the command line, as the audit names it."""

from __future__ import annotations

import os
import pwd

from controller.domain.console import Actor


def actor() -> Actor:
    """The person at the command line, by the login; the one behind `sudo`, if there is one."""
    login = os.environ.get("SUDO_USER") or _login()
    return Actor(f"{login}, by the command line")


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number without a name
        return str(os.getuid())

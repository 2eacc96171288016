"""Whose the folders of FusionPBX are, and to act as their owners.

They are the web server's user's, which can leave links in them and change the programs there. By a link root
would write or remove a file that is not FusionPBX's, and by a program it would do anything: as that user it
does what that user can do anyway.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.errors import SettingsError

_HINT = "run the command as root, and look at whose that folder is"


@dataclass(frozen=True)
class Owner:
    """A user of the machine. `group` is the group of the files that are written as this user."""

    user: int = 0
    group: int = 0

    @property
    def groups(self) -> tuple[int, ...]:
        """The groups of the programs that run as this user, its main one first."""
        try:
            account = pwd.getpwuid(self.user)
        except KeyError:
            return (self.group,)
        others = os.getgrouplist(account.pw_name, account.pw_gid)
        return (account.pw_gid, *(each for each in others if each != account.pw_gid))


def owner_of(*paths: Path) -> Owner:
    """Who can change what is at one of these paths: the owner of it, or of a folder above it.

    The first that is not root; root if nobody else can.
    """
    for path in paths:
        for each in (path, *path.absolute().parents):
            found = each.stat()
            if found.st_uid:
                return Owner(found.st_uid, found.st_gid)
    return Owner()


@contextmanager
def acting_as(owner: Owner) -> Iterator[None]:
    """Write and remove files as this user, if this process can. Raises SettingsError for what it may not."""
    root = os.geteuid() == 0
    groups = os.getgroups()
    if root:
        os.setgroups([])
        os.setegid(owner.group or owner.groups[0])  # in no case that of root for somebody else
        os.seteuid(owner.user)
    try:
        yield
    except PermissionError as error:
        raise SettingsError(f"The user {os.geteuid()} may not write {error.filename}: {_HINT}.") from None
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)

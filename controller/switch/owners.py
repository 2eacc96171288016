"""Which legs a user has: an index by user. Nearly every user has one leg, so that one needs no container."""

from __future__ import annotations

from controller.domain.names import UserName


class Owners:
    """The uuids of the legs of each user."""

    def __init__(self) -> None:
        self._legs: dict[UserName, str | tuple[str, ...]] = {}

    def of(self, user: UserName) -> tuple[str, ...]:
        """The uuids of a user's legs."""
        found = self._legs.get(user, ())
        return (found,) if isinstance(found, str) else found

    def join(self, uuid: str, user: UserName) -> None:
        """Give a leg to a user that does not have it."""
        legs = self.of(user)
        self._legs[user] = (*legs, uuid) if legs else uuid

    def leave(self, uuid: str, user: UserName) -> None:
        """Take a leg from a user."""
        left = tuple(each for each in self.of(user) if each != uuid)
        if len(left) > 1:
            self._legs[user] = left
        elif left:
            self._legs[user] = left[0]
        else:
            self._legs.pop(user, None)

    def clear(self) -> None:
        """Forget everything."""
        self._legs.clear()

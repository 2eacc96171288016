"""Whose settings a caller sees and changes: those of all domains, or of one (a tenant)."""

from __future__ import annotations

from dataclasses import dataclass

from controller.domain.names import GroupName, Principal, UserName
from controller.errors import OutOfReach


@dataclass(frozen=True)
class Reach:
    """The reach of a caller: one domain, or all if `domain` is empty.

    Within one domain, users and tokens of other domains do not exist. Settings groups of all domains and
    phone rules can be seen and not changed.
    """

    domain: str = ""

    def sees(self, principal: Principal) -> bool:
        """Whether a user or a settings group can be seen."""
        return not self.domain or principal.domain == self.domain or self._shared(principal)

    def holds(self, domain: str) -> bool:
        """Whether what belongs to a domain, or to all if it is empty, can be changed."""
        return not self.domain or domain == self.domain

    def check_new_user(self, name: UserName) -> None:
        """Raises OutOfReach if such a user cannot be added."""
        if not self.holds(name.domain):
            raise OutOfReach(f"Only users of {self.domain} can be added here.", "user")

    def check_new_group(self, name: GroupName) -> None:
        """Raises OutOfReach if a settings group with such a name cannot be added."""
        if not self.holds(name.domain):
            raise OutOfReach(
                f"A settings group of {self.domain} has a name like sales@{self.domain}.", "group"
            )

    def check_group(self, name: GroupName) -> None:
        """Raises OutOfReach for a settings group that can be seen and not changed."""
        if not self.holds(name.domain):
            raise OutOfReach(f"The settings group {name} is of all domains, and is changed for all.", "group")

    def check_installation(self, thing: str) -> None:
        """Raises OutOfReach unless the reach is all domains; `thing` is a plural such as `Phone rules`."""
        if self.domain:
            raise OutOfReach(f"{thing} are of all domains, and are changed for all.")

    def narrowed(self, domain: str) -> str:
        """The domain to which a listing is confined that asks for one, or for all if it is empty.

        Raises OutOfReach for another domain than that of the reach.
        """
        if domain and not self.holds(domain):
            raise OutOfReach(f"Only {self.domain} can be asked for here.")
        return domain or self.domain

    def _shared(self, principal: Principal) -> bool:
        return isinstance(principal, GroupName) and not principal.domain


#: The reach of who may see and change everything.
EVERYTHING = Reach()

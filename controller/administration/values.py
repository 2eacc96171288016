"""The settings and their changes as values, for faces that do not know the store."""

from __future__ import annotations

from controller.store.settings import Group, GroupChanges, RuleChanges, User, UserChanges

__all__ = ["Group", "GroupChanges", "RuleChanges", "User", "UserChanges"]

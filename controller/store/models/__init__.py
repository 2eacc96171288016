"""The tables and views as typed models. The comments of the columns are used for `docs/schema.md`.

Conditions on values (CHECK) are in the migrations; only these make a database.
"""

from controller.store.models.base import Base
from controller.store.models.call_backs import CallBackRow
from controller.store.models.console import AuditRow, ConsoleFavourite, ConsoleInvitation, ConsoleLogin
from controller.store.models.crossings import CrossingRow
from controller.store.models.messages import MessageRow
from controller.store.models.page_groups import PageGroupMember, PageGroupRow
from controller.store.models.pages import Page
from controller.store.models.replies import ReplyRow
from controller.store.models.settings import AcceptEntry, PhoneRuleRow, ProtectedGroup, SettingsGroup, User
from controller.store.models.tokens import ApiToken, KeyToken, TokenLife
from controller.store.models.views import AUDIT, EFFECTIVE_PERMISSIONS, PAGE_REPORT, VIEWS

__all__ = [
    "AUDIT",
    "EFFECTIVE_PERMISSIONS",
    "PAGE_REPORT",
    "VIEWS",
    "AcceptEntry",
    "ApiToken",
    "AuditRow",
    "Base",
    "CallBackRow",
    "ConsoleFavourite",
    "ConsoleInvitation",
    "ConsoleLogin",
    "CrossingRow",
    "KeyToken",
    "MessageRow",
    "Page",
    "PageGroupMember",
    "PageGroupRow",
    "PhoneRuleRow",
    "ProtectedGroup",
    "ReplyRow",
    "SettingsGroup",
    "TokenLife",
    "User",
]

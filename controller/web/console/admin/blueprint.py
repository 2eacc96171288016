"""The paths of the administrators."""

from __future__ import annotations

from flask import Blueprint

from controller.app import Controller
from controller.web.console import guard
from controller.web.console.admin.access import Invitations
from controller.web.console.admin.board import Board
from controller.web.console.admin.buttons import Buttons
from controller.web.console.admin.call_backs import CallBacks
from controller.web.console.admin.doctor import Doctor
from controller.web.console.admin.groups import Groups
from controller.web.console.admin.history import History
from controller.web.console.admin.lists import Lists
from controller.web.console.admin.messages import Messages
from controller.web.console.admin.page_groups import PageGroups
from controller.web.console.admin.phones import Phones
from controller.web.console.admin.replies import Replies
from controller.web.console.admin.room import Room
from controller.web.console.admin.tokens import Tokens
from controller.web.console.admin.transfer import Transfer
from controller.web.console.admin.users import Users
from controller.web.console.texts import Texts
from controller.web.vitals import Vitals


def add_views(found: Blueprint, controller: Controller, vitals: Vitals, texts: Texts) -> None:
    """Add everything to a blueprint that admits those alone who are logged in."""
    room = Room(controller, texts)
    lists = Lists(room)
    board, history, doctor = Board(room, vitals), History(room), Doctor(room, vitals)
    users, groups, phones = Users(room, lists), Groups(room, lists), Phones(room)
    page_groups, call_backs = PageGroups(room), CallBacks(room)
    tokens, invitations = Tokens(room), Invitations(room)
    replies, messages, transfer, buttons = Replies(room), Messages(room), Transfer(room), Buttons(room)
    found.before_request(guard.for_administrators)
    gets = (
        ("board", "board", board.show),
        ("explain", "explain", board.explain),
        ("doctor", "doctor", doctor.show),
        ("history", "history", history.page),
        ("history.csv", "history_csv", history.csv),
        ("users", "users", users.listing),
        ("users/new", "new_user", users.new),
        ("users/edit", "edit_user", users.edit),
        ("users/file", "users_file", transfer.form),
        ("users.csv", "users_csv", transfer.csv),
        ("groups", "groups", groups.listing),
        ("groups/new", "new_group", groups.new),
        ("groups/edit", "edit_group", groups.edit),
        ("page-groups", "page_groups", page_groups.listing),
        ("page-groups/new", "new_page_group", page_groups.new),
        ("page-groups/edit", "edit_page_group", page_groups.edit),
        ("replies", "replies", replies.listing),
        ("replies/new", "new_reply", replies.new),
        ("replies/edit", "edit_reply", replies.edit),
        ("messages", "messages", messages.listing),
        ("messages/new", "new_message", messages.new),
        ("messages/edit", "edit_message", messages.edit),
        ("call-backs", "call_backs", call_backs.listing),
        ("phones", "phones", phones.listing),
        ("phones/new", "new_phone", phones.new),
        ("phones/edit", "edit_phone", phones.edit),
        ("tokens", "tokens", tokens.listing),
        ("tokens/new", "new_token", tokens.new),
        ("keys/new", "new_key", tokens.new_key),
        ("keys/buttons", "buttons", buttons.form),
        ("invitations", "invitations", invitations.listing),
        ("invitations/new", "new_invitation", invitations.new),
        ("audit", "audit", invitations.audit),
    )
    posts = (
        ("doctor/look", "look", doctor.look),
        ("users/add", "add_user", users.add),
        ("users/change", "change_user", users.change),
        ("users/remove", "remove_user", users.remove),
        ("users/bulk", "bulk", users.bulk),
        ("users/import", "import_users", transfer.take),
        ("groups/add", "add_group", groups.add),
        ("groups/change", "change_group", groups.change),
        ("groups/remove", "remove_group", groups.remove),
        ("page-groups/add", "add_page_group", page_groups.add),
        ("page-groups/change", "change_page_group", page_groups.change),
        ("page-groups/remove", "remove_page_group", page_groups.remove),
        ("page-groups/members/add", "add_page_member", page_groups.add_member),
        ("page-groups/members/remove", "remove_page_member", page_groups.remove_member),
        ("lists/add", "add_entry", lists.add),
        ("lists/remove", "remove_entry", lists.remove),
        ("replies/add", "add_reply", replies.add),
        ("replies/change", "change_reply", replies.change),
        ("replies/remove", "remove_reply", replies.remove),
        ("messages/add", "add_message", messages.add),
        ("messages/change", "change_message", messages.change),
        ("messages/remove", "remove_message", messages.remove),
        ("call-backs/remove", "remove_call_back", call_backs.remove),
        ("phones/add", "add_phone", phones.add),
        ("phones/change", "change_phone", phones.change),
        ("phones/remove", "remove_phone", phones.remove),
        ("tokens/issue", "issue_token", tokens.issue),
        ("tokens/revoke", "revoke_token", tokens.revoke),
        ("keys/issue", "issue_key", tokens.issue_key),
        ("keys/revoke", "revoke_key", tokens.revoke_key),
        ("keys/write", "write_buttons", buttons.write),
        ("invitations/invite", "invite", invitations.invite),
        ("invitations/revoke", "revoke_invitation", invitations.revoke),
    )
    for method, views in (("GET", gets), ("POST", posts)):
        for place, endpoint, view in views:
            found.add_url_rule(f"/{place}", endpoint, view, methods=[method])

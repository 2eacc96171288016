"""The page *Whisper Page* in a FusionPBX: its permission, which FusionPBX itself adds, and its menu items."""

from __future__ import annotations

from controller.fusion.site import FusionPbx

#: As in app_config.php and app_menu.php.
PERMISSION, ITEM = "whisper_page_view", "6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e20"
CATEGORY = "whisper_page"
_ITEMS = f"SELECT menu_item_uuid FROM v_menu_items WHERE uuid = '{ITEM}'"


def is_known(there: FusionPbx) -> bool:
    """Whether FusionPBX has the permission: then its upgrade has added the rest as well."""
    query = f"SELECT 1 FROM v_permissions WHERE permission_name = '{PERMISSION}'"
    return bool(there.run_sql(query))


def remove(there: FusionPbx, *, dry_run: bool) -> int:
    """Remove every row of it; returns the number of menu items."""
    found = len(there.run_sql(_ITEMS))
    if not dry_run:
        there.run_sql(
            f"DELETE FROM v_menu_item_groups WHERE menu_item_uuid IN ({_ITEMS})",
            f"DELETE FROM v_menu_languages WHERE menu_item_uuid IN ({_ITEMS})",
            f"DELETE FROM v_menu_items WHERE uuid = '{ITEM}'",
            f"DELETE FROM v_group_permissions WHERE permission_name = '{PERMISSION}'",
            f"DELETE FROM v_permissions WHERE permission_name = '{PERMISSION}'",
            *(
                f"DELETE FROM v_{whose}_settings WHERE {whose}_setting_category = '{CATEGORY}'"
                for whose in ("default", "domain", "user")
            ),
        )
    return found

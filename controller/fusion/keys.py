"""The keys that FusionPBX's own dialplan binds in calls; a page's keys and replies are to be others."""

from __future__ import annotations

from controller.fusion.site import FusionPbx

#: What binds a digit behind a star: an action, or the same in the text of `bridge_pre_execute_bleg_data`.
_BINDS = r'bind_digit_action(?:" data="|:)[^,"]+,\*([0-9]),|bind_meta_app" data="([0-9]) '
#: Bound by a script, for calls that come by follow me (follow_me/index.lua).
FOLLOW_ME = "7"


def bound(there: FusionPbx) -> frozenset[str]:
    """The digits that its enabled dialplans bind in calls, in any domain. Raises SettingsError."""
    found = there.run_sql(
        "SELECT DISTINCT coalesce(digits[1], digits[2]) FROM v_dialplans, "
        f"regexp_matches(coalesce(dialplan_xml, ''), '{_BINDS}', 'g') digits "
        "WHERE dialplan_enabled::text LIKE 't%'"
    )
    return frozenset(digit for (digit,) in found) | {FOLLOW_ME}

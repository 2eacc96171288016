"""The extensions of a FusionPBX, as users."""

from __future__ import annotations

from controller.domain.names import UserName
from controller.errors import InvalidValue
from controller.fusion.site import FusionPbx


def users(there: FusionPbx) -> dict[UserName, str]:
    """Every extension that is enabled, with its number alias, if it has one. Raises InvalidValue."""
    rows = there.run_sql(
        "SELECT e.extension, d.domain_name, coalesce(e.number_alias, '') FROM v_extensions e "
        "JOIN v_domains d USING (domain_uuid) WHERE coalesce(e.enabled::text, 't') LIKE 't%' "
        "AND coalesce(d.domain_enabled::text, 't') LIKE 't%' ORDER BY 2, 1"
    )
    try:
        return {UserName(extension, domain): alias for extension, domain, alias in rows}
    except InvalidValue as error:
        raise InvalidValue(
            f"FusionPBX has an extension that cannot be a user here: {str(error).removesuffix('.')}. "
            "Nothing was changed."
        ) from None

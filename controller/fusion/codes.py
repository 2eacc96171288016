"""The feature codes in a FusionPBX: rows of its dialplan tables, in every domain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from controller import resources
from controller.errors import InvalidValue, SettingsError
from controller.fusion.site import FusionPbx

#: The app's folder in FusionPBX's own, and the folder in it that FusionPBX imports.
APP = Path("app/whisper_page")
DIALPLANS = Path("resources/switch/conf/dialplan")
#: The first `dialplan_order` that is too late: `user_record` would record the pager's own leg.
TOO_LATE = 50
_CODE = re.compile(r"\*[0-9]{2,6}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Code:
    """A feature code: the `app_uuid` of its rows, the dialled code, and its texts with their version.

    `swallows`: an extension that is dialled after the code belongs to it as well.
    """

    name: str
    app_uuid: str
    number: str
    words: str
    swallows: bool

    @property
    def aside(self) -> str:
        """The app_uuid that a row of another version has until its successor is there (app_defaults.php)."""
        return f"{self.app_uuid[:-2]}f{self.app_uuid[-1]}"


def shipped() -> tuple[Code, ...]:
    """The codes as they are shipped, in their order."""
    return tuple(_read(file) for file in _files(resources.fusionpbx() / APP))


def chosen(there: FusionPbx, given: Mapping[str, str]) -> tuple[Code, ...]:
    """The codes: each as `given` by name, or else as it is installed, or else as it is shipped."""
    kept = {code.name: code.number for code in installed(there)} | dict(given)
    return tuple(replace(code, number=kept.get(code.name, code.number)) for code in shipped())


def installed(there: FusionPbx) -> tuple[Code, ...]:
    """The codes of the app that is installed."""
    return tuple(_read(file) for file in _files(there.root / APP))


def parse(text: str) -> str:
    """Read a code as it is dialled. Raises InvalidValue."""
    if not _CODE.fullmatch(text):
        raise InvalidValue(f"{text[:20]!r} is not a code: write * and two to six digits.")
    return text


def files(codes: tuple[Code, ...]) -> dict[Path, str]:
    """The files of the app with these codes, by their relative paths."""
    source = resources.fusionpbx() / APP
    found = {path.relative_to(source): path.read_text() for path in source.rglob("*") if path.is_file()}
    for file, before, after in zip(_files(source), shipped(), codes, strict=True):
        text = found[file.relative_to(source)]
        for form in ('number="{}"', "^\\{}"):
            text = text.replace(form.format(before.number), form.format(after.number))
        found[file.relative_to(source)] = text
    return found


@dataclass(frozen=True)
class Row:
    """A code in a domain, as it is in the tables."""

    code: Code
    domain: str
    number: str
    order: int
    enabled: bool
    words: str
    details: int

    def __str__(self) -> str:
        return f"{self.number} in {self.domain}"


def rows(there: FusionPbx, codes: tuple[Code, ...]) -> list[Row]:
    """Every code in every domain."""
    known = {code.app_uuid: code for code in codes}
    found = there.run_sql(
        "SELECT p.app_uuid, d.domain_name, coalesce(p.dialplan_number, ''), "
        "coalesce(p.dialplan_order, 0)::int, coalesce(p.dialplan_enabled::text, ''), "
        "coalesce(p.dialplan_description, ''), (SELECT count(*) FROM v_dialplan_details t "
        "WHERE t.dialplan_uuid = p.dialplan_uuid) FROM v_dialplans p JOIN v_domains d USING (domain_uuid) "
        f"WHERE p.app_uuid IN ({_listed(known)}) ORDER BY 2, 3"
    )
    return [
        Row(known[uuid], domain, number, int(order), enabled.startswith("t"), words, int(details))
        for uuid, domain, number, order, enabled, words, details in found
    ]


def missing(there: FusionPbx, codes: tuple[Code, ...]) -> list[str]:
    """The codes that a domain lacks, or has in another version, as `CODE in DOMAIN`."""
    right = {(row.code.app_uuid, row.domain) for row in rows(there, codes) if row.words == row.code.words}
    lacking = [
        f"{code.number} in {domain}"
        for domain in there.domains()
        for code in codes
        if (code.app_uuid, domain) not in right
    ]
    aside = there.run_sql(
        f"SELECT count(*) FROM v_dialplans WHERE app_uuid IN ({_listed(code.aside for code in codes)})"
    )
    return lacking + ([] if aside == [["0"]] else ["rows of another version"])


def taken(there: FusionPbx, codes: tuple[Code, ...]) -> list[str]:
    """Other dialplans that match one of our codes, as `CODE by NAME in CONTEXT`."""
    ours = [uuid for code in codes for uuid in (code.app_uuid, code.aside)]
    others = there.run_sql(
        "SELECT dialplan_number, coalesce(dialplan_name, ''), coalesce(dialplan_context, '') "
        "FROM v_dialplans WHERE dialplan_number LIKE '*%' AND dialplan_enabled::text LIKE 't%' "
        f"AND (app_uuid IS NULL OR app_uuid NOT IN ({_listed(ours)})) ORDER BY 1, 3"
    )
    return [
        f"{number} by {name} in {context}"
        for number, name, context in others
        if any(_collides(each.strip(), code) for each in number.split(",") for code in codes)
    ]


def renumbered(there: FusionPbx, before: Code, after: Code) -> int:
    """The number of domains whose code is to change and is still the installed one."""
    return int(there.run_sql(f"SELECT count(*) {_numbered(before)}")[0][0])


def renumber(there: FusionPbx, before: Code, after: Code) -> None:
    """Give those domains the new code; a code that a domain has for itself stays."""
    old, new = (f"'\\{code.number}'" for code in (before, after))
    there.run_sql(
        f"UPDATE v_dialplan_details SET dialplan_detail_data = replace(dialplan_detail_data, {old}, {new}) "
        "WHERE dialplan_detail_tag = 'condition' "
        f"AND dialplan_uuid IN (SELECT dialplan_uuid {_numbered(before)})",
        f"UPDATE v_dialplans SET dialplan_xml = replace(dialplan_xml, {old}, {new}), "
        f"dialplan_number = '{after.number}' "
        f"WHERE dialplan_uuid IN (SELECT dialplan_uuid {_numbered(before)})",
    )


def remove(there: FusionPbx, codes: tuple[Code, ...], *, dry_run: bool) -> int:
    """Remove every row; returns the number of codes."""
    ours = _listed(uuid for code in codes for uuid in (code.app_uuid, code.aside))
    which = f"SELECT dialplan_uuid FROM v_dialplans WHERE app_uuid IN ({ours})"
    found = len(there.run_sql(which))
    if not dry_run:
        there.run_sql(
            f"DELETE FROM v_dialplan_details WHERE dialplan_uuid IN ({which})",
            f"DELETE FROM v_dialplans WHERE app_uuid IN ({ours})",
        )
    return found


def _numbered(code: Code) -> str:
    return f"FROM v_dialplans WHERE app_uuid = '{code.app_uuid}' AND dialplan_number = '{code.number}'"


def _collides(number: str, code: Code) -> bool:
    """Whether a number of FusionPBX, for example `*8[ext]`, can have the same digits as a code."""
    start, bracket, _ = number.partition("[")
    return (
        start == code.number
        or (code.swallows and start.startswith(code.number))
        or bool(bracket and code.number.startswith(start))
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in values)


def _files(app: Path) -> Iterator[Path]:
    return (path for path in sorted((app / DIALPLANS).glob("*.xml")) if path.is_file())


def _read(file: Path) -> Code:
    try:
        extension = ElementTree.parse(file).getroot()
    except ElementTree.ParseError:
        raise SettingsError(f"{file} is no dialplan of ours: remove it, and run the command again.") from None
    name = extension.get("name", "").removeprefix("whisper_page").strip("_") or "page"
    number = extension.get("number", "")
    swallows, uuid = name != "off", extension.get("app_uuid", "")
    # FusionPBX's web server can write the installed ones, and both go into statements of SQL
    if not (_CODE.fullmatch(number) and _UUID.fullmatch(uuid)):
        raise SettingsError(f"{file} is no dialplan of ours: remove it, and run the command again.")
    return Code(name, uuid, number, extension.get("description", ""), swallows)

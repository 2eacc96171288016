"""The provisioning of each vendor: it has the vendor's format and every button."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from controller.phones.buttons import CODES, Button, Codes, Does, buttons
from controller.phones.templates import VENDORS, write
from controller.switch.lamps import Lamp

KEYS = "http://pbx.example.org:8019/keys/t0k"
LAMPS = [f"{lamp.value}+1002" for lamp in Lamp]


def template(vendor: str, *pages: str, first: int = 2, codes: Codes = CODES) -> str:
    made = buttons("1002", pages or ("1003",), "http://pbx.example.org:8019", "t0k", codes)
    return write(vendor, made, "pbx.example.org", first)


def pairs(text: str, form: str) -> dict[str, str]:
    """Each line of a text, read with a pattern of two groups; a line that does not match fails the test."""
    found = [re.fullmatch(form, line) for line in text.splitlines()]
    assert all(found), text
    return {match[1]: match[2] for match in found if match}


def test_yealink_has_line_keys() -> None:
    head, _, rest = template("yealink").partition("\n")
    assert head == "#!version:1.0.0.1"
    keys = pairs(rest, r"(linekey\.\d+\.(?:line|type|value|label)) = (.+)")
    written = {(keys[f"linekey.{n}.type"], keys[f"linekey.{n}.value"]) for n in range(2, 10)}
    assert written == {
        ("13", "*191003"),
        ("13", "*19"),
        ("17", f"{KEYS}/toggle-mute"),
        ("17", f"{KEYS}/end"),
        ("17", f"{KEYS}/toggle-off"),
        *(("16", lamp) for lamp in LAMPS),
    }
    assert keys["linekey.2.label"] == "Page 1003"
    assert len(keys) == 4 * 8


def test_poly_has_soft_keys_with_macros_and_an_attendants_list() -> None:
    settings = ElementTree.fromstring(template("poly"))[0].attrib
    assert settings["feature.enhancedFeatureKeys.enabled"] == "1"
    actions = {}
    for n in range(2, 7):
        assert settings[f"softkey.{n}.action"] == "!" + settings[f"efk.efklist.{n}.mname"]
        assert settings[f"softkey.{n}.enable"] == settings[f"efk.efklist.{n}.status"] == "1"
        actions[settings[f"softkey.{n}.label"]] = settings[f"efk.efklist.{n}.action.string"]
    assert actions == {
        "Page 1003": "*191003$Tinvite$",
        "Page ...": "*19$Tinvite$",
        "Mute": f"{KEYS}/toggle-mute",
        "End page": f"{KEYS}/end",
        "Pages off": f"{KEYS}/toggle-off",
    }
    watched = [settings[f"attendant.resourceList.{n}.address"] for n in (1, 2, 3)]
    assert watched == [f"{lamp}@pbx.example.org" for lamp in LAMPS]


def test_snom_has_function_keys() -> None:
    root = ElementTree.fromstring(template("snom"))
    assert root.tag == "settings"
    keys = {key.get("idx"): key.text for key in root.findall("functionKeys/fkey")}
    assert keys == {
        "1": "speed *191003",
        "2": "speed *19",
        "3": f"url {KEYS}/toggle-mute",
        "4": f"url {KEYS}/end",
        "5": f"url {KEYS}/toggle-off",
        "6": f"blf sip:{LAMPS[0]}@pbx.example.org",
        "7": f"blf sip:{LAMPS[1]}@pbx.example.org",
        "8": f"blf sip:{LAMPS[2]}@pbx.example.org",
    }


def test_grandstream_has_virtual_keys_and_presses_a_targets_keys() -> None:
    root = ElementTree.fromstring(template("grandstream", codes=Codes(mute="*1")))
    assert root.tag == "gs_provision"
    items = {item.get("name"): item.text for item in root.findall("config/item")}
    written = [(items[f"pks.vpk.{n}.keyMode"], items[f"pks.vpk.{n}.value"]) for n in range(2, 10)]
    assert written == [
        ("SpeedDial", "*191003"),
        ("SpeedDial", "*19"),
        ("DialDTMF", "*1"),
        ("DialDTMF", "*6"),
        ("SpeedDial", "*20"),
        *(("BLF", lamp) for lamp in LAMPS),
    ]
    assert items["pks.vpk.2.description"] == "Page 1003"


def test_cisco_has_extended_functions() -> None:
    root = ElementTree.fromstring(template("cisco"))
    assert root.tag == "flat-profile"
    functions = [root.findtext(f"Extended_Function_{n}_") for n in range(2, 10)]
    assert functions == [
        "fnc=sd;ext=*191003@$PROXY;vid=1;nme=Page 1003",
        "fnc=sd;ext=*19@$PROXY;vid=1;nme=Page ...",
        f"fnc=xml;url={KEYS}/toggle-mute;nme=Mute",
        f"fnc=xml;url={KEYS}/end;nme=End page",
        f"fnc=xml;url={KEYS}/toggle-off;nme=Pages off",
        f"fnc=blf;sub={LAMPS[0]}@$PROXY;usr={LAMPS[0]}@$PROXY;nme=Paged",
        f"fnc=blf;sub={LAMPS[1]}@$PROXY;usr={LAMPS[1]}@$PROXY;nme=Muted",
        f"fnc=blf;sub={LAMPS[2]}@$PROXY;usr={LAMPS[2]}@$PROXY;nme=Off",
    ]
    assert root.findtext("Short_Name_2_") == "Page 1003"
    assert root.findtext("Extension_2_") == "Disabled"


def test_fanvil_has_dss_keys_in_lines_of_its_own_and_presses_a_targets_keys() -> None:
    text = template("fanvil")
    assert text.count("\r\n") == text.count("\n") == 2 + 3 * 8
    module, config, rest = text.split("\r\n", 2)
    assert (module, config) == ("<DSSKEY CONFIG MODULE>", "--Dsskey Config1--:")
    keys = pairs(rest, r"(Fkey\d+ (?:Type|Value|Title)) :(.+)")
    written = [(keys[f"Fkey{n} Type"], keys[f"Fkey{n} Value"]) for n in range(2, 10)]
    assert written == [
        ("1", "*191003@1/f"),
        ("1", "*19@1/f"),
        ("4", "*5"),
        ("4", "*6"),
        ("1", "*20@1/f"),
        *(("1", f"{lamp}@1/bc") for lamp in LAMPS),
    ]


def test_aastra_has_top_soft_keys() -> None:
    keys = pairs(template("aastra"), r"(topsoftkey\d+ (?:type|label|value|line)): (.+)")
    written = [(keys[f"topsoftkey{n} type"], keys[f"topsoftkey{n} value"]) for n in range(2, 10)]
    assert written == [
        ("speeddial", "*191003"),
        ("speeddial", "*19"),
        ("xml", f"{KEYS}/toggle-mute"),
        ("xml", f"{KEYS}/end"),
        ("xml", f"{KEYS}/toggle-off"),
        *(("blf", lamp) for lamp in LAMPS),
    ]


FIRST_KEYS = {
    "yealink": ("linekey.11.", "linekey.10."),
    "poly": ("softkey.11.", "softkey.10."),
    "snom": ('idx="10"', 'idx="9"'),  # counted from 0
    "grandstream": ("pks.vpk.11.", "pks.vpk.10."),
    "cisco": ("_Function_11_", "_Function_10_"),
    "fanvil": ("Fkey11 ", "Fkey10 "),
    "aastra": ("topsoftkey11 ", "topsoftkey10 "),
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_keys_are_taken_from_the_first_on(vendor: str) -> None:
    taken, left = FIRST_KEYS[vendor]
    text = template(vendor, first=11)
    assert taken in text
    assert left not in text


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_extension_has_a_button(vendor: str) -> None:
    text = template(vendor, "1003", "1004", "1005")
    assert all(f"*19{extension}" in text for extension in ("1003", "1004", "1005"))


@pytest.mark.parametrize("vendor", ["grandstream", "fanvil"])
def test_a_key_that_is_switched_off_has_no_button_where_it_would_be_pressed(vendor: str) -> None:
    text = template(vendor, codes=Codes(mute="", end=""))
    assert "End page" not in text
    assert "Mute\n" not in text.replace("\r", "").replace("<", "\n")


@pytest.mark.parametrize("vendor", ["poly", "snom", "cisco"])
def test_what_xml_would_read_is_escaped(vendor: str) -> None:
    root = ElementTree.fromstring(write(vendor, [Button("<&>", Does.OPEN, "x")], "pbx.example.org", 1))
    written = [text for each in root.iter() for text in (each.text, *each.attrib.values())]
    assert "<&>" in written


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_documentation_has_the_vendor(vendor: str) -> None:
    assert f"\n| `{vendor}` |" in (Path(__file__).parents[3] / "docs" / "phone-keys.md").read_text()

"""Writes buttons in the provisioning format of each vendor's phones.

The formats come from the vendors' documents, which are named at each function. None was tried on a real
phone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from controller.phones.buttons import Button, Does

#: Arguments: the buttons, the user's domain, and the number of the first key to use.
Writer = Callable[[list[Button], str, int], str]


def write(vendor: str, buttons: Iterable[Button], domain: str, first: int) -> str:
    """The provisioning text of these buttons, from key `first` on; `vendor` is one of VENDORS."""
    writer, able = VENDORS[vendor]
    return writer(list(_able(buttons, able)), domain, first)


def _able(buttons: Iterable[Button], able: frozenset[Does]) -> Iterable[Button]:
    for button in buttons:
        chosen: Button | None = button
        while chosen is not None and chosen.does not in able:
            chosen = chosen.otherwise
        if chosen is not None:
            yield chosen


def _yealink(buttons: list[Button], domain: str, first: int) -> str:
    """`linekey.X.type`: 13 speed dial, 16 BLF, 17 URL.

    Yealink SIP-T2/T3/T4/T5 IP Phones Administrator Guide, "DSS Keys"; the format is in the Auto Provisioning
    Guide.
    """
    types = {Does.DIAL: 13, Does.WATCH: 16, Does.OPEN: 17}
    lines = ["#!version:1.0.0.1"]
    for key, button in enumerate(buttons, first):
        parts = {"line": 1, "type": types[button.does], "value": button.value, "label": button.label}
        lines += [f"linekey.{key}.{name} = {value}" for name, value in parts.items()]
    return _text(lines)


def _poly(buttons: list[Button], domain: str, first: int) -> str:
    """Soft keys with macros for actions, and the attendant list for lamps; `first` is the first soft key.

    Poly UC Software Administrator Guide, "Enhanced Feature Keys", "Macro Actions" (a number with `$Tinvite$`,
    or a URL), "Soft Keys", and "Busy Lamp Field" for `attendant.resourceList`.
    """
    settings = {"feature.enhancedFeatureKeys.enabled": "1", "efk.version": "2"}
    done = [button for button in buttons if button.does is not Does.WATCH]
    for key, button in enumerate(done, first):
        action = f"{button.value}$Tinvite$" if button.does is Does.DIAL else button.value
        settings |= {
            f"efk.efklist.{key}.mname": f"whisperpage{key}",
            f"efk.efklist.{key}.status": "1",
            f"efk.efklist.{key}.label": button.label,
            f"efk.efklist.{key}.action.string": action,
            f"softkey.{key}.enable": "1",
            f"softkey.{key}.label": button.label,
            f"softkey.{key}.action": f"!whisperpage{key}",
            f"softkey.{key}.use.idle": "1",
            f"softkey.{key}.use.active": "0" if button.does is Does.DIAL else "1",
        }
    for key, button in enumerate((button for button in buttons if button.does is Does.WATCH), 1):
        settings |= {
            f"attendant.resourceList.{key}.address": f"{button.value}@{domain}",
            f"attendant.resourceList.{key}.label": button.label,
            f"attendant.resourceList.{key}.type": "normal",
        }
    root = Element("PHONE_CONFIG")
    SubElement(root, "whisperpage", settings)
    return _xml(root)


def _snom(buttons: list[Button], domain: str, first: int) -> str:
    """`<fkey>`: `speed NUMBER`, `url URL`, `blf sip:USER@DOMAIN`; keys are counted from 0.

    service.snom.com, "Function Key Types" and "<functionKeys> tag".
    """
    root = Element("settings")
    keys = SubElement(root, "functionKeys")
    for key, button in enumerate(buttons, first - 1):
        written = {
            Does.DIAL: f"speed {button.value}",
            Does.OPEN: f"url {button.value}",
            Does.WATCH: f"blf sip:{button.value}@{domain}",
        }
        attributes = {"idx": str(key), "context": "1", "label": button.label, "perm": ""}
        SubElement(keys, "fkey", attributes).text = written[button.does]
    return _xml(root)


def _grandstream(buttons: list[Button], domain: str, first: int) -> str:
    """`pks.vpk.N`; there is no key for a URL, so the buttons send the keys of a target.

    Grandstream's configuration template for GXP21xx and GRP26xx, "Virtual Multi-Purpose Keys".
    """
    modes = {Does.DIAL: "SpeedDial", Does.WATCH: "BLF", Does.SEND: "DialDTMF"}
    root = Element("gs_provision", {"version": "1"})
    config = SubElement(root, "config", {"version": "2"})
    for key, button in enumerate(buttons, first):
        parts = {
            "keyMode": modes[button.does],
            "account": "0",
            "description": button.label,
            "value": button.value,
        }
        for name, value in parts.items():
            SubElement(config, "item", {"name": f"pks.vpk.{key}.{name}"}).text = value
    return _xml(root)


def _cisco(buttons: list[Button], domain: str, first: int) -> str:
    """`Extended_Function_N_`: `fnc=sd`, `fnc=blf`, `fnc=xml`; the phone replaces $PROXY.

    Cisco IP Phone 7800 and 8800 Series Multiplatform Phones Administration Guide, "Line Keys".
    """
    root = Element("flat-profile")
    for key, button in enumerate(buttons, first):
        function = {
            Does.DIAL: f"fnc=sd;ext={button.value}@$PROXY;vid=1;nme={button.label}",
            Does.OPEN: f"fnc=xml;url={button.value};nme={button.label}",
            Does.WATCH: f"fnc=blf;sub={button.value}@$PROXY;usr={button.value}@$PROXY;nme={button.label}",
        }
        parts = {
            f"Extension_{key}_": "Disabled",
            f"Short_Name_{key}_": button.label,
            f"Extended_Function_{key}_": function[button.does],
        }
        for name, value in parts.items():
            SubElement(root, name, {"ua": "na"}).text = value
    return _xml(root)


def _fanvil(buttons: list[Button], domain: str, first: int) -> str:
    """`FkeyN Type`: 1 memory key (`NUMBER@LINE/f` speed dial, `/bc` BLF), 4 DTMF. Lines end in CRLF.

    Fanvil Auto Provision Description, and the parameter list of the X series. The type number of a key for
    URLs differs between firmwares, so the buttons send the keys of a target.
    """
    lines = ["<DSSKEY CONFIG MODULE>", "--Dsskey Config1--:"]
    for key, button in enumerate(buttons, first):
        value = {
            Does.DIAL: f"{button.value}@1/f",
            Does.WATCH: f"{button.value}@1/bc",
            Does.SEND: button.value,
        }
        parts = {
            "Type": "4" if button.does is Does.SEND else "1",
            "Value": value[button.does],
            "Title": button.label,
        }
        lines += [f"Fkey{key} {name} :{text}" for name, text in parts.items()]
    return _text(lines, end="\r\n")


def _aastra(buttons: list[Button], domain: str, first: int) -> str:
    """`topsoftkeyN type`: speeddial, blf, xml.

    Aastra 67xxi and Mitel 6800 SIP Phones Administrator Guide, "Softkey/Programmable Key Parameters".
    """
    types = {Does.DIAL: "speeddial", Does.WATCH: "blf", Does.OPEN: "xml"}
    lines = []
    for key, button in enumerate(buttons, first):
        parts = {"type": types[button.does], "label": button.label, "value": button.value, "line": "1"}
        lines += [f"topsoftkey{key} {name}: {value}" for name, value in parts.items()]
    return _text(lines)


def _text(lines: Iterable[str], end: str = "\n") -> str:
    return "".join(line + end for line in lines)


def _xml(root: Element) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


_WITH_URLS = frozenset({Does.DIAL, Does.OPEN, Does.WATCH})
_WITH_TONES = frozenset({Does.DIAL, Does.SEND, Does.WATCH})

#: The writer of each vendor, and the kinds of buttons that its phones support.
VENDORS: Mapping[str, tuple[Writer, frozenset[Does]]] = MappingProxyType(
    {
        "yealink": (_yealink, _WITH_URLS),
        "poly": (_poly, _WITH_URLS),
        "snom": (_snom, _WITH_URLS),
        "grandstream": (_grandstream, _WITH_TONES),
        "cisco": (_cisco, _WITH_URLS),
        "fanvil": (_fanvil, _WITH_TONES),
        "aastra": (_aastra, _WITH_URLS),
    }
)

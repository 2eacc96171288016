"""Answers in the form of a phone's vendor: plain text, or XML for the phone's browser.

| vendor | object | where it is described |
| --- | --- | --- |
| Yealink | YealinkIPPhoneTextScreen | XML Browser Developer's Guide for Yealink IP Phones, "TextScreen" |
| Cisco | CiscoIPPhoneText | Cisco Unified IP Phone Services Application Development Notes, appendix A |
| Mitel (Aastra) | AastraIPPhoneTextScreen | Aastra XML API for SIP phones, PA-001011, "TextScreen" |
| Snom | SnomIPPhoneText | service.snom.com, "XML Minibrowser", main tags and subtags |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement, tostring

#: Seconds for which a phone shows an answer.
SHOWN = 3
_TITLE = "Whisper Page"


class Form(StrEnum):
    """The form of an answer; the values are the suffixes of URLs."""

    TEXT = "txt"
    YEALINK = "yealink"
    CISCO = "cisco"
    AASTRA = "aastra"
    SNOM = "snom"


#: The forms of phones, by a word in the User-Agent of their HTTP client.
_AGENTS: Mapping[str, Form] = MappingProxyType(
    {"yealink": Form.YEALINK, "cisco": Form.CISCO, "aastra": Form.AASTRA, "mitel": Form.AASTRA,
     "snom": Form.SNOM}
)  # fmt: skip


def form_for(user_agent: str, accept: str) -> Form:
    """The form for a request with these headers: XML for a known phone that accepts XML."""
    known = next((form for name, form in _AGENTS.items() if name in user_agent.lower()), Form.TEXT)
    takes_xml = not accept or "xml" in accept or "*/*" in accept
    return known if takes_xml else Form.TEXT


def write(text: str, form: Form) -> tuple[str, str]:
    """The answer's body and its content type."""
    if form is Form.TEXT:
        return text + "\n", "text/plain; charset=utf-8"
    body = tostring(_WRITERS[form](text), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', "text/xml; charset=utf-8"


def _yealink(text: str) -> Element:
    attributes = {"Beep": "no", "Timeout": str(SHOWN), "LockIn": "no"}
    return _object("YealinkIPPhoneTextScreen", attributes, Title=_TITLE, Text=text)


def _cisco(text: str) -> Element:
    return _object("CiscoIPPhoneText", {}, Title=_TITLE, Prompt="", Text=text)


def _aastra(text: str) -> Element:
    attributes = {"Beep": "no", "Timeout": str(SHOWN), "destroyOnExit": "yes"}
    return _object("AastraIPPhoneTextScreen", attributes, Title=_TITLE, Text=text)


def _snom(text: str) -> Element:
    screen = _object("SnomIPPhoneText", {}, Title=_TITLE, Text=text)
    leave = SubElement(screen, "fetch", {"mil": str(1000 * SHOWN)})
    leave.text = "snom://mb_exit"
    return screen


def _object(name: str, attributes: Mapping[str, str], **children: str) -> Element:
    found = Element(name, dict(attributes))
    for child, text in children.items():
        SubElement(found, child).text = text
    return found


_WRITERS: Mapping[Form, Callable[[str], Element]] = MappingProxyType(
    {Form.YEALINK: _yealink, Form.CISCO: _cisco, Form.AASTRA: _aastra, Form.SNOM: _snom}
)

"""Answers in the formats of phones."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from controller.web.phonexml import Form, form_for, write

TEXT = 'No page: <1002> & "friends".'
SCREENS = {
    Form.YEALINK: "YealinkIPPhoneTextScreen",
    Form.CISCO: "CiscoIPPhoneText",
    Form.AASTRA: "AastraIPPhoneTextScreen",
    Form.SNOM: "SnomIPPhoneText",
}


def test_plain_text_is_a_line() -> None:
    assert write(TEXT, Form.TEXT) == (TEXT + "\n", "text/plain; charset=utf-8")


@pytest.mark.parametrize("form", SCREENS)
def test_xml_is_the_vendors_own_object_with_the_text_in_it(form: Form) -> None:
    body, content_type = write(TEXT, form)
    assert content_type.startswith("text/xml")
    assert body.startswith("<?xml ")
    root = ElementTree.fromstring(body)
    assert (root.tag, root.findtext("Title"), root.findtext("Text")) == (SCREENS[form], "Whisper Page", TEXT)


def test_a_screen_closes_by_itself_where_the_vendor_supports_it() -> None:
    assert ElementTree.fromstring(write("x", Form.YEALINK)[0]).get("Timeout") == "3"
    assert ElementTree.fromstring(write("x", Form.AASTRA)[0]).get("Timeout") == "3"
    leave = ElementTree.fromstring(write("x", Form.SNOM)[0]).find("fetch")
    assert leave is not None
    assert (leave.get("mil"), leave.text) == ("3000", "snom://mb_exit")


@pytest.mark.parametrize(
    ("agent", "accept", "form"),
    [
        ("Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:00", "", Form.YEALINK),
        ("Cisco-CP-8841-3PCC/12.0.1 (00AABBCCDDEE)", "*/*", Form.CISCO),
        ("Aastra6867i MAC:00-08-5D-00-00-00 V:4.2.0-SIP", "", Form.AASTRA),
        ("Mozilla/4.0 (compatible; snomD785-SIP 10.1.169.16)", "text/html, text/xml", Form.SNOM),
        ("Yealink SIP-T46U 108.86.0.20", "text/plain", Form.TEXT),
        ("Grandstream Model HW GXP2170", "", Form.TEXT),
        ("curl/8.0", "application/xml", Form.TEXT),
        ("", "", Form.TEXT),
    ],
)
def test_the_form_is_that_of_the_phone_that_asks(agent: str, accept: str, form: Form) -> None:
    assert form_for(agent, accept) is form

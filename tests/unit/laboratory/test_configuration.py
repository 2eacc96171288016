"""The configurations of the laboratory's two switches."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from controller.laboratory.configuration import pbx_configuration, phone_switch_configuration
from controller.laboratory.office import CUSTOMER, CUSTOMER2, DOMAIN, PHONES

PHONE_SWITCH = ElementTree.fromstring(phone_switch_configuration("/recordings"))
PBX = ElementTree.fromstring(pbx_configuration(None))


@pytest.mark.parametrize("extension", PHONES)
def test_each_phone_registers_as_its_user_under_its_own_name(extension: int) -> None:
    [profile] = PHONE_SWITCH.findall(f".//profile[@name='p{extension}']")
    values = {param.get("name"): param.get("value") for param in profile.iter("param")}
    assert values["user-agent-string"] == PHONES[extension][0]
    assert (values["username"], values["realm"]) == (str(extension), DOMAIN)
    [password] = PBX.findall(f".//user[@id='{extension}']/params/param")
    assert values["password"] == password.get("value")


def test_every_party_plays_a_tone_of_its_own() -> None:
    played = [each.get("data", "") for each in PHONE_SWITCH.findall(".//action[@application='playback']")]
    tones = [data.partition(",0,")[2].partition(")")[0] for data in played]
    wanted = [*(str(hz) for _, hz in PHONES.values()), str(CUSTOMER), str(CUSTOMER2)]
    assert sorted(tones) == sorted(["$1", *wanted])
    assert len(set(tones)) == len(tones)


def test_a_dialplan_is_laid_in_before_the_laboratorys_own_and_each_include_has_a_line() -> None:
    lines = pbx_configuration("/folder").splitlines()
    top, default = (
        lines.index(f'<X-PRE-PROCESS cmd="include" data="/folder/{files}"/>')
        for files in ("*.xml", "default/*.xml")
    )
    assert lines[default - 1].endswith('<context name="default">')
    assert top < default < next(at for at, line in enumerate(lines) if "lab_conference" in line)

"""What `doctor` says of a switch to which other switches send pages."""

from __future__ import annotations

from dataclasses import replace

from controller.doctor.check import Check
from controller.doctor.cluster import look_at_cluster
from controller.eventsocket.api import ApiCall
from controller.eventsocket.identity import SwitchIdentity
from controller.switch_address import SwitchAddress

ALPHA = SwitchAddress("10.0.0.1", 8021, "x", name="alpha", dial="sofia/external/whisperpage@10.0.0.1")
DIALPLAN = (
    '<section name="dialplan"><context name="default"><extension name="a"/></context>'
    '<context name="public"><extension name="whisperpage_arrival"/></context></section>'
)


def looked(address: SwitchAddress = ALPHA, dialplan: str = DIALPLAN) -> list[Check]:
    def ask(call: ApiCall) -> str:
        assert call.text == "xml_locate dialplan"
        return dialplan

    return list(look_at_cluster(ask, SwitchIdentity("alpha", "core"), address))


def test_switch_of_a_cluster_has_its_name_and_the_extension() -> None:
    assert [(each.right, each.found) for each in looked()] == [
        (True, "alpha"),
        (True, "arrive in context public"),
    ]


def test_another_name_is_a_failure_with_both_remedies() -> None:
    name, _ = looked(replace(ALPHA, name="beta"))
    assert not name.right
    assert "Name it alpha in `switches`" in name.fix
    assert "to beta" in name.fix


def test_missing_extension_is_a_failure() -> None:
    for dialplan in ("<section/>", "-ERR can't find anything"):
        _, arrival = looked(dialplan=dialplan)
        assert (arrival.right, arrival.found) == (False, "have no extension")
        assert "public/whisperpage.xml" in arrival.fix

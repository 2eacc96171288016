"""The XML dialplan, and the project's own dialplan."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller import resources
from controller.simulator import apps
from controller.simulator.dialplan import Action, Dialplan, load, preprocess


def read(tmp_path: Path, *extensions: str) -> Dialplan:
    return load(tmp_path, f'<include><context name="default">{"".join(extensions)}</context></include>')


def hunted(plan: Dialplan, number: str, **fields: str) -> list[str]:
    known = {"destination_number": number, **fields}
    return [action.data for action in plan.hunt("default", lambda field: known.get(field, ""))]


def extension(*conditions: str, attributes: str = "") -> str:
    return f'<extension name="x" {attributes}>{"".join(conditions)}</extension>'


def condition(expression: str, yes: str, no: str = "", attributes: str = "") -> str:
    otherwise = f'<anti-action application="set" data="{no}"/>' if no else ""
    return (
        f'<condition field="destination_number" expression="{expression}" {attributes}>'
        f'<action application="set" data="{yes}"/>{otherwise}</condition>'
    )


def test_setting_replaces_what_follows_it_and_its_line_is_lost() -> None:
    text = '<X-PRE-PROCESS cmd="set" data="code=\\*19"/> lost\n<a x="$${code}"/>'
    assert preprocess(text, {}) == '<a x="\\*19"/>'


def test_first_extension_that_fits_is_taken(tmp_path: Path) -> None:
    plan = read(tmp_path, extension(condition("^1$", "one")), extension(condition("^.$", "any")))
    assert hunted(plan, "1") == ["one"]
    assert hunted(plan, "2") == ["any"]
    assert hunted(plan, "22") == []


def test_extension_that_continues_lets_the_next_ones_add(tmp_path: Path) -> None:
    first = extension(condition("^1$", "one"), attributes='continue="true"')
    assert hunted(read(tmp_path, first, extension(condition("^.$", "any"))), "1") == ["one", "any"]


def test_groups_of_the_expression_are_filled_in(tmp_path: Path) -> None:
    assert hunted(read(tmp_path, extension(condition(r"^9(\d)(\d+)$", "$2-$1-${x}"))), "9123") == [
        "23-1-${x}"
    ]


def test_all_conditions_have_to_hold(tmp_path: Path) -> None:
    plan = read(tmp_path, extension(condition("^1", "a"), condition("2$", "b", "c")))
    assert hunted(plan, "12") == ["a", "b"]
    assert hunted(plan, "13") == ["a", "c"]
    assert hunted(plan, "22") == []


def test_condition_that_never_breaks_lets_the_next_one_decide(tmp_path: Path) -> None:
    plan = read(tmp_path, extension(condition("^1", "a", attributes='break="never"'), condition("2$", "b")))
    assert hunted(plan, "22") == ["b"]


def test_condition_without_a_field_always_holds(tmp_path: Path) -> None:
    plan = read(
        tmp_path, '<extension><condition><action application="set" data="a"/></condition></extension>'
    )
    assert hunted(plan, "anything") == ["a"]


def test_projects_dialplan_asks_for_no_application_that_the_simulator_lacks() -> None:
    assert load(resources.dialplan()).applications() <= set(apps.applications())


@pytest.mark.parametrize(
    ("number", "wanted"), [("*191002", "page"), ("*19", "page"), ("*15x", "intercom"), ("*19'", "malformed")]
)
def test_projects_feature_codes_set_what_was_asked_for(number: str, wanted: str) -> None:
    first = load(resources.dialplan()).hunt("default", lambda field: number)[0]
    assert first == Action("set", f"whisperpage_request={wanted}")

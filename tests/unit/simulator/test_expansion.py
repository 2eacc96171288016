"""`${}` in text."""

from __future__ import annotations

import pytest

from controller.simulator.expansion import expand

VARIABLES = {"a": "1", "leg": "abc", "name": "leg"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("$a", "$a"),
        ("x${a}y", "x1y"),
        ("${nothing}", ""),
        ("${${name}}", "abc"),
        ("${leg:1}", "bc"),
        ("${leg:-2:1}", "b"),
        ("${leg:0:2}", "ab"),
        ("\\${a}", "${a}"),
        ("${upper(x${a})}", "X1"),
        ("${upper x}", "X"),
        ("${eval(uuid:${leg} \\${State})}", "uuid:abc ${State}"),
        ("${a", "${a"),
    ],
)
def test_text_is_expanded_as_the_switch_expands_it(text: str, result: str) -> None:
    calls = {"upper": str.upper, "eval": str}
    assert expand(text, VARIABLES.get, lambda name, argument: calls[name](argument)) == result

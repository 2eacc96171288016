"""`whisperpage phones`."""

from __future__ import annotations

import pytest


def rules(cli) -> list[dict[str, object]]:
    return cli.done("phones", "list", "--json").json


def test_the_known_phones_are_listed_in_their_order(cli) -> None:
    positions = [rule["position"] for rule in rules(cli)]
    assert positions == sorted(positions)


def test_a_new_rule_is_tried_first(cli) -> None:
    cli.done(
        "phones",
        "add",
        "Yealink SIP-T46U*",
        "--kind",
        "soft",
        "--vendor",
        "Acme",
        "--header",
        "Answer-Mode: Auto",
    )
    assert cli.done("phones", "test", "Yealink SIP-T46U 108.86.0.20", "--json").json == {
        "pattern": "Yealink SIP-T46U*",
        "vendor": "Acme",
        "kind": "soft",
        "auto_answer": "Answer-Mode: Auto",
    }


def test_one_rule_is_shown(cli) -> None:
    assert cli.done("phones", "show", "Yealink*", "--json").json in rules(cli)
    assert "no phone rule" in cli("phones", "show", "Acme*").err


def test_a_rule_gets_the_position_that_is_given(cli) -> None:
    cli.done("phones", "add", "Acme*", "--kind", "desk", "--vendor", "Acme", "--position", "1105")
    assert [rule["pattern"] for rule in rules(cli) if rule["position"] == 1105] == ["Acme*"]


def test_only_the_given_parts_of_a_rule_change(cli) -> None:
    before = next(rule for rule in rules(cli) if rule["pattern"] == "snom*")
    cli.done("phones", "set", "snom*", "--header", "Answer-Mode: Auto")
    after = next(rule for rule in rules(cli) if rule["pattern"] == "snom*")
    assert after == {**before, "auto_answer": "Answer-Mode: Auto"}


def test_a_rule_may_be_left_without_headers(cli) -> None:
    cli.done("phones", "set", "snom*", "--no-headers")
    assert cli.done("phones", "test", "snomD785/10", "--json").json["auto_answer"] is None


def test_headers_and_no_headers_contradict_each_other(cli) -> None:
    assert cli("phones", "set", "snom*", "--no-headers", "--header", "Answer-Mode: Auto").status == 2


def test_nothing_to_change_is_wrong_usage(cli) -> None:
    assert cli("phones", "set", "snom*").status == 2


def test_a_rule_is_removed(cli) -> None:
    cli.done("phones", "remove", "snom*")
    assert cli.done("phones", "test", "snomD785/10", "--json").json["pattern"] is None


def test_an_unknown_rule_is_reported(cli) -> None:
    assert "no phone rule 'Acme*'" in cli("phones", "remove", "Acme*").err


@pytest.mark.parametrize("kind", ["desk", "soft"])
def test_a_phone_without_a_rule_has_the_kind_of_the_setting(
    cli, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_UNKNOWN_PHONE", kind)
    assert cli.done("phones", "test", "Something else", "--json").json["kind"] == kind

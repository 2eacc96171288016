"""`whisperpage page-groups`: several users that are paged at once."""

from __future__ import annotations


def test_a_page_group_is_made_filled_and_removed(cli) -> None:
    cli.done("page-groups", "add", "600@pbx.test", "--label", "Warehouse")
    cli.done("page-groups", "members", "add", "600@pbx.test", "1002@pbx.test")
    cli.done("page-groups", "members", "add", "600@pbx.test", "group:default")
    members = ["group:default", "1002@pbx.test"]
    shown = {"name": "600@pbx.test", "label": "Warehouse", "members": members}
    assert cli.done("page-groups", "list", "--json").json == [shown]
    assert cli.done("page-groups", "members", "list", "600@pbx.test", "--json").json == [
        {"member": each} for each in members
    ]
    cli.done("page-groups", "members", "remove", "600@pbx.test", "group:default")
    cli.done("page-groups", "set", "600@pbx.test", "--label", "Yard")
    assert cli.done("page-groups", "show", "600@pbx.test", "--json").json == shown | {
        "label": "Yard",
        "members": ["1002@pbx.test"],
    }
    cli.done("page-groups", "remove", "600@pbx.test")
    assert cli.done("page-groups", "list", "--json").json == []


def test_a_page_group_that_is_not_there_is_refused_in_one_sentence(cli) -> None:
    for words in (("show", "600"), ("remove", "600"), ("members", "add", "600", "1002@pbx.test")):
        refused = cli("page-groups", *words)
        assert refused.status == 1
        assert "There is no page group 600: `whisperpage page-groups list` shows" in refused.err


def test_a_page_group_is_added_once(cli) -> None:
    cli.done("page-groups", "add", "600")
    assert "There is a page group 600 already: " in cli("page-groups", "add", "600").err


def test_a_label_by_whoever_runs_the_command_is_text_of_one_line(cli) -> None:
    cli.done("page-groups", "add", "600")
    for label in ("<script>owned()</script>", "${system(id)}", "[bold]it's[/bold]", "'; DROP TABLE users"):
        cli.done("page-groups", "set", "600", "--label", label)
        assert cli.done("page-groups", "show", "600", "--json").json["label"] == label
        assert label in cli.done("page-groups", "list", "--csv").out
    cli.done("page-groups", "set", "600", "--label", "two\r\nlines\x1b[31m")
    assert cli.done("page-groups", "show", "600", "--json").json["label"] == "two  lines [31m"


def test_a_label_that_is_too_long_is_refused_in_one_sentence(cli) -> None:
    refused = cli("page-groups", "add", "600", "--label", "x" * 10_240)
    assert refused.status == 1
    assert refused.err.count("\n") == 1
    assert "use at most 64 characters" in refused.err
    assert cli.done("page-groups", "list", "--json").json == []

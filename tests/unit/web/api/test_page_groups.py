"""`/api/v1/page-groups`."""

from __future__ import annotations

import pytest

from tests.unit.web.api.conftest import ONE, Api


def test_a_page_group_is_made_filled_and_removed(api: Api) -> None:
    made = api("POST", "page-groups", name="600@one.test", label="Yard")
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/page-groups/600@one.test")
    assert api("POST", "page-groups", name="600@one.test").status_code == 409
    with_anna = api("PUT", "page-groups/600@one.test/members/1002@one.test")
    assert with_anna.json == {"name": "600@one.test", "label": "Yard", "members": ["1002@one.test"]}
    assert api("PUT", "page-groups/600@one.test/members/group:default").status_code == 200
    assert api("DELETE", "page-groups/600@one.test/members/group:default").status_code == 204
    assert api("PATCH", "page-groups/600@one.test", label="").json["label"] == ""
    assert api("GET", "page-groups").json["page_groups"] == [with_anna.json | {"label": ""}]
    assert api("DELETE", "page-groups/600@one.test").status_code == 204
    assert api("GET", "page-groups/600@one.test").status_code == 404


def test_a_domain_changes_its_own_alone(api: Api) -> None:
    api("POST", "page-groups", name="700")
    api("POST", "page-groups", name="600@two.test")
    assert api("POST", "page-groups", ONE, name="600@one.test").status_code == 201
    assert api("POST", "page-groups", ONE, name="800").status_code == 403
    assert api("DELETE", "page-groups/700", ONE).status_code == 403
    assert api("DELETE", "page-groups/600@two.test", ONE).status_code == 404
    assert api("PUT", "page-groups/600@one.test/members/7@two.test", ONE).status_code == 403
    names = [each["name"] for each in api("GET", "page-groups", ONE).json["page_groups"]]
    assert names == ["700", "600@one.test"]


def test_a_change_of_what_others_have_changed_is_not_made(api: Api) -> None:
    path = "page-groups/600@one.test"
    old = {"If-Match": api("POST", "page-groups", name="600@one.test", label="Yard").headers["ETag"]}
    assert api("PUT", f"{path}/members/1002@one.test").headers["ETag"] == old["If-Match"]
    changed = api("PATCH", path, "", old, label="Gate")
    assert changed.status_code == 200
    for method, body in (("PATCH", {"label": "never"}), ("DELETE", {})):
        late = api(method, path, "", old, **body)
        assert late.status_code == 412
        told = "The page group 600@one.test has been changed meanwhile: nothing was changed."
        assert late.json["detail"] == told
    now = api("GET", path)
    assert (now.json["label"], now.headers["ETag"]) == ("Gate", changed.headers["ETag"])
    assert api("DELETE", path, "", {"If-Match": now.headers["ETag"]}).status_code == 204


@pytest.mark.parametrize("path", ["page-groups/a b", "page-groups/@x", "page-groups/600/members/nobody"])
def test_what_can_be_no_page_group_or_member_is_not_there(api: Api, path: str) -> None:
    assert api("DELETE", path).status_code == 404


def test_a_label_by_whoever_may_change_settings_of_a_domain_is_text(api: Api) -> None:
    api("POST", "page-groups", ONE, name="600@one.test")
    for label in ("<script>owned()</script>", "${system(id)}", 'it\'s "quoted"', "'; DROP TABLE users; --"):
        assert api("PATCH", "page-groups/600@one.test", ONE, label=label).json["label"] == label
        assert api("GET", "page-groups/600@one.test").json["label"] == label
    changed = api("PATCH", "page-groups/600@one.test", ONE, label="two\nlines\x1b[31m\u202e")
    assert changed.json["label"] == "two lines [31m "


@pytest.mark.parametrize("label", ["x" * 65, "x" * 10_240, None, 7, ["x"]])
def test_what_can_be_no_label_is_refused_and_nothing_is_changed(api: Api, label: object) -> None:
    api("POST", "page-groups", ONE, name="600@one.test", label="Yard")
    assert api("PATCH", "page-groups/600@one.test", ONE, label=label).status_code == 400
    assert api("POST", "page-groups", ONE, name="601@one.test", label=label).status_code == 400
    assert [each["label"] for each in api("GET", "page-groups").json["page_groups"]] == ["Yard"]

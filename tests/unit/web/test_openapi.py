"""The OpenAPI document and the routes agree."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.presence import CallState
from controller.domain.record import Ending, Treatment
from controller.domain.refusal import Reason
from controller.simulator.office import Office
from controller.web.openapi import document
from tests.unit.web.office import at_work

OURS = ("/api/", "/keys/")


def routes(app: Flask) -> set[tuple[str, str]]:
    """Method and path of each route, as the document writes them."""
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(OURS)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def documented() -> set[tuple[str, str]]:
    return {
        (method, path)
        for path, item in document()["paths"].items()
        for method in item
        if method != "parameters"
    }


def test_every_route_is_documented_and_every_documented_route_is_there(app: Flask) -> None:
    assert routes(app) == documented()


def test_it_is_served_without_a_token(client: FlaskClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json == document()


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [
        operation["operationId"]
        for item in document()["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", [path for _, path in sorted(documented())])
def test_each_parameter_of_a_path_is_described(path: str) -> None:
    described = {each["name"] for each in document()["paths"][path].get("parameters", [])}
    assert described == set(re.findall(r"{(\w+)}", path))


@pytest.mark.parametrize("kind", ["schemas", "responses", "parameters", "headers"])
def test_every_reference_has_its_target_and_every_component_is_used(kind: str) -> None:
    found = re.findall(rf"'#/components/{kind}/(\w+)'", str(document()))
    assert set(found) == set(document()["components"][kind])


def test_its_version_is_the_packages() -> None:
    assert document()["info"]["version"] == version("whisperpage")


def test_it_has_every_feature_reason_and_treatment() -> None:
    schemas = document()["components"]["schemas"]
    page = schemas["Page"]["properties"]
    assert set(page["treatment"]["enum"]) - {None} == {each.value for each in Treatment}
    assert set(schemas["Reason"]["enum"]) == {each.value for each in Reason}
    assert set(schemas["NewToken"]["properties"]["scopes"]["items"]["enum"]) == {each.value for each in Scope}
    assert set(schemas["Present"]["properties"]["state"]["enum"]) == {each.value for each in CallState}


def test_the_history_can_be_asked_for_every_treatment_and_ending() -> None:
    kinds = {
        each["name"]: set(each["schema"].get("enum", ()))
        for each in document()["paths"]["/api/v1/history"]["get"]["parameters"]
    }
    assert kinds["treatment"] == {each.value for each in Treatment}
    assert kinds["ending"] == {each.value for each in Ending}


def test_each_documented_key_does_something(
    client: FlaskClient, controller: Controller, office: Office
) -> None:
    token = at_work(controller, office)[1001]
    (action,) = (
        each
        for each in document()["paths"]["/keys/{token}/{action}"]["parameters"]
        if each["name"] == "action"
    )
    words = re.findall(r"[a-z-]+", action["schema"]["pattern"].partition(")")[0])
    assert len(words) == 7
    assert 404 not in [client.get(f"/keys/{token}/{word}").status_code for word in words]

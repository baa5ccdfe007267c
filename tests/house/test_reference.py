"""The reference says what the code does: it is made from it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from signoff.domain.files import (
    DESKTOP_BEGINNINGS,
    LITTER,
    LITTER_BEGINNINGS,
    LITTER_ENDINGS,
)
from signoff.rest import openapi, reference
from signoff.rest.instance import ROUTES as ABOVE
from signoff.rest.routes import ROUTES
from signoff.settings import Settings
from tests.house import pages

PAGES = (
    "events.md",
    "permissions.md",
    "errors.md",
    "settings.md",
    "mcp-tools.md",
    "openapi.json",
    "python-client.md",
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_as_the_code_makes_it(name: str) -> None:
    written = (pages.REFERENCE / name).read_text()

    assert written == pages.pages()[name], "run: python -m tests.house.pages"


def test_the_openapi_document_is_valid() -> None:
    validate(json.loads(openapi.encoded()))


def operations() -> list[dict[str, Any]]:
    paths = openapi.document()["paths"]
    return [one for methods in paths.values() for one in methods.values()]


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [one["operationId"] for one in operations()]

    assert len(ids) == len(set(ids))


def test_every_route_is_in_the_document() -> None:
    paths = openapi.document()["paths"]

    for prefix, routes in ((openapi.ABOVE, ABOVE), (openapi.INSIDE, ROUTES)):
        for route in routes:
            path = prefix + route.path.replace("*}", "}")
            assert route.method.lower() in paths[path]


def test_every_parameter_of_a_path_is_declared() -> None:
    for path, methods in openapi.document()["paths"].items():
        for operation in methods.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}

            assert named == {part.split("}")[0] for part in path.split("{")[1:]}, path


def test_every_operation_of_the_api_says_that_it_may_refuse() -> None:
    silent = [one["operationId"] for one in operations() if "default" not in one["responses"]]

    assert silent == ["log_checkpoint", "log_tile"]


def test_the_page_of_the_reference_runs_nothing_and_loads_nothing() -> None:
    page = reference.rendered().decode()

    assert "<script" not in page
    assert "src=" not in page
    assert "default-src 'none'" in reference.POLICY
    assert "unsafe" not in reference.POLICY


def test_every_setting_is_explained() -> None:
    said = Settings.__doc__ or ""

    for name in Settings.__struct_fields__:
        assert name in said


def test_the_page_about_litter_names_all_of_it() -> None:
    apart, _, rest = (pages.REFERENCE / "litter.md").read_text().partition("## By every other")
    told = {name.lower() for name in re.findall(r"`([^`]+)`", apart)}

    assert told == {*LITTER, *DESKTOP_BEGINNINGS}
    for name in {*LITTER_BEGINNINGS, *LITTER_ENDINGS} - {*DESKTOP_BEGINNINGS}:
        assert f"`{name}`" in rest


def test_the_reference_lies_where_it_is_looked_for() -> None:
    assert Path(pages.REFERENCE).is_dir()

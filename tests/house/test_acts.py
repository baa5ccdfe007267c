"""Each act is whole: a sentence, a permission or a reason, its events, a way to be called."""

import re
from pathlib import Path

import pytest

from signoff.actions.table import ACTS, Act
from signoff.asgi import codes, problems
from signoff.domain.errors import Code
from signoff.domain.events import MEANING as EVENTS
from signoff.domain.events import Type
from signoff.domain.rights import MEANING as RIGHTS
from signoff.domain.rights import Permission
from signoff.mcp.toolbox import TOOLS
from signoff.rest.instance import ROUTES as ABOVE
from signoff.rest.routes import ROUTES
from tests.house import pages

SOURCE = pages.SOURCE

WITHOUT_PERMISSION = {
    "session.begin": "a password or a link proves more than a right would",
    "session.end": "one's own session",
    "session.list": "one's own sessions",
    "person.me": "oneself",
    "app_password.create": "one's own; another's is for the operator, as the act says",
    "app_password.revoke": "one's own; another's is for the operator, as the act says",
    "app_password.list": "one's own; another's is for the operator, as the act says",
    "preferences.stop": "the link in a message proves who wants no more of them",
    "workspace.list": "those that one is a member of",
}

WITHOUT_ROUTE = {
    "preferences.stop": "lies at /stop, where a link in a message leads",
    "audit.tile": "lies below /log, where tools for transparency logs look for it",
}

YET_TO_BE_ASKED = {
    Permission.PORTAL_SET: "portals are not built yet",
    Permission.PORTAL_READ: "portals are not built yet",
    Permission.PORTAL_ACCEPT: "portals are not built yet",
    Permission.WORKSPACE_ROTATE: "keys are rotated from the shell, by the operator",
}

TYPES = [pytest.param(act, id=act.name) for act in ACTS]


def modules() -> dict[Path, str]:
    return {path: path.read_text() for path in SOURCE.rglob("*.py")}


def test_every_act_has_a_name_of_its_own() -> None:
    names = [act.name for act in ACTS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("act", TYPES)
def test_an_act_is_called_noun_dot_verb(act: Act) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", act.name)


@pytest.mark.parametrize("act", TYPES)
def test_an_act_has_one_sentence(act: Act) -> None:
    assert act.sentence.endswith(".")
    assert len(act.sentence) <= 96


@pytest.mark.parametrize("act", TYPES)
def test_an_act_says_what_it_is_asked(act: Act) -> None:
    assert (act.asked.__doc__ or "").strip()


@pytest.mark.parametrize("act", TYPES)
def test_an_act_needs_a_permission_or_says_why_not(act: Act) -> None:
    assert (act.permission is None) == (act.name in WITHOUT_PERMISSION)


def test_every_act_has_a_route() -> None:
    routed = {route.act for route in (*ROUTES, *ABOVE)}

    assert {act.name for act in ACTS} - routed == set(WITHOUT_ROUTE)


def test_the_tools_of_the_acts_are_those_that_are_served() -> None:
    served = {(act, tool.name) for tool in TOOLS for act in tool.acts}

    assert {(act.name, tool) for act in ACTS for tool in act.tools} == served


def test_every_tool_does_an_act_and_goes_by_a_name_of_its_own() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
    assert [tool.name for tool in TOOLS if not tool.acts] == []


def test_no_two_routes_are_the_same() -> None:
    for routes in (ROUTES, ABOVE):
        rows = [(route.method, route.path) for route in routes]

        assert len(rows) == len(set(rows))


def test_every_event_has_a_meaning() -> None:
    assert set(EVENTS) == set(Type)


def test_every_event_is_recorded_somewhere() -> None:
    acting = "".join(
        text for path, text in modules().items() if path.name not in {"events.py", "table.py"}
    )

    assert [type_ for type_ in Type if f"Type.{type_.name}" not in acting] == []


def test_every_permission_has_a_meaning() -> None:
    assert set(RIGHTS) == set(Permission)


def test_every_permission_is_asked_for_somewhere() -> None:
    asking = "".join(text for path, text in modules().items() if path.name != "rights.py")
    never = {one for one in Permission if f"Permission.{one.name}" not in asking}

    assert never == set(YET_TO_BE_ASKED)


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(problems.STATUS) == set(pages.kinds().values())


def test_every_status_has_a_title() -> None:
    used = {*problems.STATUS.values(), *problems.BY_CODE.values()}

    assert used == set(problems.TITLES)


def test_every_code_has_a_meaning() -> None:
    assert set(codes.MEANING) == set(Code)


def test_every_code_that_is_raised_has_a_status() -> None:
    by_code = pages.statuses()
    raised = {
        code
        for text in modules().values()
        for code in Code
        if f"code=Code.{code.name}," in text or f"code=Code.{code.name})" in text
    }

    assert [code for code in raised if not by_code[code]] == []

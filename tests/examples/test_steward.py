"""The steward over HTTP: hand over, be answered, be corrected, be killed, go on."""

import httpx
import pytest

from signoff_client import Signoff
from table_steward.steward import run
from table_steward.steward import work as work_on
from tests.examples.conftest import messy, rows_of
from tests.examples.contract import Contract, Killed

AMBIGUOUS = b"due,amount\n01/02/2012,5\n03/04/2012,6\n03/04/2012,6\n"


def work(server: Contract) -> None:
    """Let a steward be born, do all work there is, and end."""
    with signoff_of(server) as signoff:
        run(signoff, once=True, say=lambda _: None)


def signoff_of(server: Contract) -> Signoff:
    http = httpx.Client(transport=server.transport())
    return Signoff("http://test", "so_acme_secret", http=http)


def test_a_clean_result_is_handed_over_for_approval() -> None:
    server = Contract()
    server.put("input/weather.csv", messy("weather-mixed-dates.csv"))

    work(server)

    handoff = server.handoffs["ho_1"]
    assert (handoff["kind"], handoff["path"]) == ("approval", "needs-review/weather")
    assert sorted(server.below("needs-review/weather")) == [
        "changes.csv",
        "chart.svg",
        "choices.json",
        "handoff.json",
        "original/weather.csv",
        "report.md",
        "weather.csv",
    ]
    assert server.below("archive/ho_1")["weather.csv"] == messy("weather-mixed-dates.csv")
    assert server.claims == {}


def test_one_row_is_counted_as_one() -> None:
    server = Contract()
    server.put("input/t.csv", b"a,b\n1,2\n")

    work(server)

    summary = server.handoffs["ho_1"]["context"]["summary"]
    assert summary.startswith("1 row, 2 columns; 0 changes to cells, 0 rows left out.")


def test_an_answer_is_acted_upon() -> None:
    server = Contract()
    server.put("input/due.csv", AMBIGUOUS)
    work(server)
    asked = server.handoffs["ho_1"]["kind"]

    server.decide("ho_1", "answered", answers={"dates:due": "day-first"})
    work(server)

    package = server.below("needs-review/due")
    assert (asked, server.handoffs["ho_1"]["kind"]) == ("escalation", "approval")
    assert server.handoffs["ho_1"]["round"] == 2
    assert package["due.csv"] == b"due,amount\n2012-02-01,5\n2012-04-03,6\n"
    assert b"cannot" not in package["handoff.json"]
    assert server.handoffs["ho_1"]["context"]["sources"] == [{"path": "archive/ho_1"}]


def test_requested_changes_are_made_and_earlier_answers_kept() -> None:
    server = Contract()
    server.put("input/due.csv", AMBIGUOUS)
    work(server)
    server.decide("ho_1", "answered", answers={"dates:due": "day-first"})
    work(server)

    server.decide("ho_1", "changes_requested", reason="Keep duplicates, please.")
    work(server)

    package = server.below("needs-review/due")
    assert package["due.csv"] == b"due,amount\n2012-02-01,5\n2012-04-03,6\n2012-04-03,6\n"
    assert package["original/due.csv"] == AMBIGUOUS
    assert server.handoffs["ho_1"]["round"] == 3


def test_feedback_that_is_not_understood_is_asked_about() -> None:
    server = Contract()
    server.put("input/t.csv", b"a,b\nx,y\nz,w\n")
    work(server)

    server.decide("ho_1", "changes_requested", reason="Drop b. Make it sing.")
    work(server)
    asked = server.handoffs["ho_1"]
    summary, kind = asked["context"]["summary"], asked["kind"]
    server.decide("ho_1", "answered", answers={"unclear": "hand-over"})
    work(server)

    assert kind == "escalation"
    assert "“Make it sing”" in summary
    assert server.handoffs["ho_1"]["kind"] == "approval"
    assert server.below("needs-review/t")["t.csv"] == b"a\nx\nz\n"


def test_what_a_person_edited_is_where_the_steward_goes_on() -> None:
    server = Contract()
    server.put("input/t.csv", b"a,b\nx,y\nz,w\n")
    work(server)
    server.put("needs-review/t/t.csv", b"a,b\nX,y\nz,w\n")

    server.decide("ho_1", "changes_requested", reason="drop b")
    work(server)

    assert server.below("needs-review/t")["t.csv"] == b"a\nX\nz\n"
    assert "You edited t.csv" in server.handoffs["ho_1"]["context"]["summary"]


def test_a_better_original_put_in_place_is_read_again() -> None:
    server = Contract()
    server.put("input/t.csv", b"a,b\n1,2\n3")
    work(server)
    server.put("needs-review/t/original/t.csv", b"a,b\n1,2\n3,4\n")

    server.decide("ho_1", "answered", answers={"truncated": "keep"})
    work(server)

    assert server.below("needs-review/t")["t.csv"] == b"a,b\n1,2\n3,4\n"


@pytest.mark.parametrize("after_the_act", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("life", [1, 2, 3])
def test_killed_at_any_request_it_loses_and_doubles_nothing(
    life: int, *, after_the_act: bool
) -> None:
    expected = lives(die_in=0, at=0)

    died = 0
    while True:
        found = lives(die_in=life, at=died + 1, after_the_act=after_the_act)
        if found is None:
            break
        died += 1
        assert found == expected

    assert died >= 12


def lives(*, die_in: int, at: int, after_the_act: bool = False) -> tuple[object, ...] | None:
    """Return where three rounds end, with one death on the way; None if it came too late."""
    server = Contract()
    server.put("input/due.csv", AMBIGUOUS)
    died = False
    for life in (1, 2, 3):
        if life == 2:
            server.decide("ho_1", "answered", answers={"dates:due": "day-first"})
        if life == 3:
            server.decide("ho_1", "changes_requested", reason="keep duplicates")
        if life == die_in:
            server.die_at = len(server.requests) + at
            server.die_after_the_act = after_the_act
            try:
                work(server)
            except Killed:
                died = True
            server.die_at = 0
        work(server)
    if die_in and not died:
        return None
    package = server.below("needs-review/due")
    return server.handoffs["ho_1"]["round"], len(server.handoffs), server.claims, package


def test_a_claim_that_somebody_else_took_over_is_let_go_of() -> None:
    server = Contract()
    server.put("input/t.csv", b"a,b\nx,y\nz,w\n")
    said: list[str] = []
    signoff = signoff_of(server)
    item = signoff.claim(stage="input")
    assert item is not None
    signoff.takeover(item.id)

    work_on(item, say=said.append)

    assert server.handoffs == {}
    assert said == [f"{item.path}: claim_lapsed (claim_lapsed)"]


def test_every_file_is_handed_over_once() -> None:
    server = Contract()
    for name in ("airports-semicolons", "employment-thousands", "weather-station"):
        server.put(f"input/{name}.csv", messy(f"{name}.csv"))

    work(server)
    work(server)

    assert sorted(each["path"] for each in server.handoffs.values()) == [
        "needs-review/airports-semicolons",
        "needs-review/employment-thousands",
        "needs-review/weather-station",
    ]
    assert all(each["round"] == 1 for each in server.handoffs.values())
    cleaned = server.below("needs-review/employment-thousands")["employment-thousands.csv"]
    assert rows_of(cleaned)[1][:3] == ["2006-01-01", "135450", "113603"]

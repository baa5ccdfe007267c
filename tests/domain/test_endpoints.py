"""What an endpoint hears, and when it is told nothing any more."""

from typing import Any

import pytest
from msgspec.structs import replace

from signoff.domain.actors import Kind
from signoff.domain.endpoints import Ending, Endpoint, check, end, fits, lies_within, resume
from signoff.domain.errors import Conflict, Invalid
from signoff.domain.ids import ActorId, CredentialId, EndpointId
from tests.domain.people import NOW


def endpoint(**said: Any) -> Endpoint:
    return Endpoint(
        id=EndpointId("ep_1"),
        url=said.pop("url", "https://flows.acme.example/hook"),
        by=ActorId("pe_ada"),
        by_kind=Kind.PERSON,
        credential=CredentialId("se_1"),
        created_at=NOW,
        **said,
    )


def test_a_filter_is_a_type_a_noun_or_everything() -> None:
    assert fits("handoff.opened", "handoff.opened")
    assert not fits("handoff.opened", "handoff.approved")
    assert fits("handoff.*", "handoff.approved")
    assert fits("handoff.", "handoff.approved")
    assert not fits("handoff.*", "file.written")
    assert fits("*", "file.written")


@pytest.mark.parametrize(
    "said",
    [
        {"events": ()},
        {"events": ("handoff.closed",)},
        {"events": ("handoff",)},
        {"events": ("",)},
        {"events": ("handoff.*",) * 51},
        {"path": "/needs-review/"},
        {"description": "x" * 501},
        {"url": "ftp://acme.example"},
    ],
)
def test_an_endpoint_whose_words_mean_nothing_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(endpoint(**said))


def test_an_endpoint_hears_of_its_places_alone() -> None:
    contracts = endpoint(path="needs-review/contracts/**")

    assert lies_within(contracts, ("needs-review/contracts/a.pdf",))
    assert lies_within(contracts, ("input/a.pdf", "needs-review/contracts/a.pdf"))
    assert not lies_within(contracts, ("approved/contracts/a.pdf",))
    assert not lies_within(contracts, ())
    assert lies_within(endpoint(), ())


def test_an_endpoint_ends_once_and_says_where_it_stopped() -> None:
    ended = end(endpoint(), Ending.GONE, head=42)

    assert (ended.on, ended.ending, ended.stopped_at) == (False, Ending.GONE, 42)
    with pytest.raises(Conflict):
        end(ended, Ending.PAUSED, head=43)


def test_an_endpoint_that_goes_on_forgets_that_it_ended() -> None:
    before = endpoint()

    assert resume(end(before, Ending.FAILING, head=42)) == replace(before)

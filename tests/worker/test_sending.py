"""What goes out: one message for a burst, nothing that is settled, and each at least once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signoff.actions import comments, members, notifications, outboxes, preferences
from signoff.actions.comments import AddComment
from signoff.actions.handoff_views import HandoffView
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.ids import DAY, SECOND
from signoff.domain.messages import ChannelKind
from signoff.domain.outbox import MOST_IN_AN_HOUR, State
from signoff.domain.preferences import Choice, Pace, Quiet
from signoff.domain.topics import Topic
from signoff.store.transaction import Transaction
from signoff.worker.channels import Later, Undeliverable
from signoff.worker.loop import Worker
from signoff.worker.sending import Sender
from tests.actions.cast import ACME, ADA, BEN, DAN, MAY, SCRIBE, do
from tests.actions.desk import Desk, opened_desk
from tests.actions.postal import Sink, choose, follow, send, told

TO_BEN = ("ben@acme.example",)
BOTH = ("ben@acme.example", "may@acme.example")
SLACK = "https://hooks.slack.com/services/T1/B2/secret"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await opened_desk(tmp_path)
    await follow(opened.house)
    yield opened
    await opened.house.close()


@pytest.fixture
def mail() -> Sink:
    return Sink()


async def handed(desk: Desk, path: str = "input/report.csv", **context) -> HandoffView:
    await desk.put(SCRIBE, path)
    seen = await desk.submit(SCRIBE, path, **({"reviewers": TO_BEN} | context))
    await follow(desk.house)
    return seen


async def after(desk: Desk, seconds: float, *sinks: Sink) -> None:
    desk.wait(seconds)
    await send(desk.house, *sinks)


async def states(desk: Desk) -> list[tuple[str, str]]:
    rows = await desk.look(lambda tx: tx.all("SELECT state, reason FROM outbox ORDER BY id"))
    return [(row[0], row[1]) for row in rows]


async def test_a_message_says_who_what_how_sure_and_by_when(desk: Desk, mail: Sink) -> None:
    await choose(desk.house, BEN, zone="Europe/Berlin")
    due = datetime(2099, 1, 5, 16, 0, tzinfo=UTC)
    seen = await handed(
        desk, title="Q3", summary="All rows match.", confidence=0.82, due_at=due
    )

    await after(desk, 11, mail)

    ((to, message, earlier),) = mail.sent
    assert (to, earlier) == ("ben@acme.example", None)
    assert message.headline == "Scribe asks you to review “Q3”"
    assert message.body == "All rows match."
    assert message.handoff == seen.id
    assert message.url == f"http://signoff.example/w/acme/handoffs/{seen.id}"
    assert message.settings_url == "http://signoff.example/w/acme/you/notifications"
    assert message.stop_url.startswith("http://signoff.example/stop/acme/")
    assert {fact.label: fact.value for fact in message.facts} == {
        "From": "Scribe",
        "Kind": "Approval",
        "How sure": "82%",
        "By": "Mon 5 Jan 2099, 17:00 CET",
    }


async def test_a_burst_becomes_one_message(desk: Desk, mail: Sink) -> None:
    for number in range(14):
        await handed(desk, f"input/invoice-{number}.csv")
        await after(desk, 3, mail)
    early = list(mail.sent)

    await after(desk, 11, mail)

    (message,) = mail.to("ben")
    assert early == []
    assert message.headline == "14 new from Scribe"
    assert len(message.items) == 14
    assert message.items[0].headline == "Scribe asks you to review “invoice-0.csv”"
    assert message.handoff is None


async def test_a_burst_that_does_not_end_is_told_after_a_minute(desk: Desk, mail: Sink) -> None:
    for number in range(9):
        await handed(desk, f"input/invoice-{number}.csv")
        await after(desk, 8, mail)

    (message,) = mail.to("ben")
    assert message.headline == "8 new from Scribe"


async def test_what_was_decided_before_it_was_sent_is_not_sent(desk: Desk, mail: Sink) -> None:
    seen = await handed(desk, reviewers=BOTH)
    await desk.decide(MAY, seen, "approve")
    await follow(desk.house)

    await after(desk, 11, mail)

    assert mail.sent == []
    assert {state for state, _ in await states(desk)} == {State.DROPPED}


async def test_what_was_seen_before_it_was_sent_is_not_sent(desk: Desk, mail: Sink) -> None:
    seen = await handed(desk)
    await do(desk.house, notifications.read, BEN, notifications.Read(handoff=seen.id))

    await after(desk, 11, mail)

    assert mail.sent == []


async def test_a_decision_made_elsewhere_answers_the_earlier_message(
    desk: Desk, mail: Sink
) -> None:
    seen = await handed(desk, reviewers=BOTH)
    await after(desk, 11, mail)
    asked = mail.to("ben")[0]
    await desk.decide(MAY, seen, "reject", "The third row is wrong")
    await follow(desk.house)

    await after(desk, 11, mail)

    (_, closing, earlier) = mail.sent[-1]
    assert [to for to, _, _ in mail.sent].count("ben@acme.example") == 2
    assert earlier == f"<{asked.id}>"
    assert closing.closes
    assert closing.headline == "May rejected “report.csv”: nothing is asked of you any more"
    assert closing.body == "The third row is wrong"


async def test_the_same_handoff_is_one_thread(desk: Desk, mail: Sink) -> None:
    seen = await handed(desk)
    await after(desk, 11, mail)

    await do(desk.house, comments.add, ADA, AddComment(handoff=seen.id, text="@ben soon?"))
    await follow(desk.house)
    await after(desk, 11, mail)

    (_, _, none), (_, comment, earlier) = mail.sent
    assert none is None
    assert earlier == f"<{mail.sent[0][1].id}>"
    assert comment.headline == "Ada mentioned you on “report.csv”"
    assert comment.url.endswith("#talk")


async def test_who_left_in_between_is_sent_nothing(desk: Desk, mail: Sink) -> None:
    await handed(desk)
    await do(desk.house, members.remove, ADA, members.Remove(person="pe_ben"))

    await after(desk, 11, mail)

    assert mail.sent == []


async def test_it_is_tried_again_under_the_same_id_and_given_up_after_three_days(
    desk: Desk, mail: Sink
) -> None:
    await handed(desk)
    ids: list[int] = []

    def fails(_to: str) -> None:
        ids.append(len(ids))
        raise Later(1, "Greylisted")

    mail.fails = fails
    for _ in range(40):
        await after(desk, 4 * 3600 + 1, mail)

    rows = await desk.look(lambda tx: tx.all("SELECT id, state, reason FROM outbox"))
    assert [(state, reason) for _, state, reason in rows] == [(State.FAILED, "Greylisted")]
    assert 15 < len(ids) < 25


async def test_a_retry_tells_the_same_under_the_same_id(desk: Desk, mail: Sink) -> None:
    await handed(desk)
    tries = []

    def fails(_to: str) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise Later(600, "Busy")

    mail.fails = fails
    (before,) = await desk.look(lambda tx: tx.all("SELECT id FROM outbox"))
    await after(desk, 11, mail)
    await after(desk, 300, mail)
    too_early = len(tries)
    await after(desk, 301, mail)

    (message,) = mail.to("ben")
    assert too_early == 1
    assert message.id == before[0]


async def test_an_address_that_is_wrong_is_tried_once(desk: Desk, mail: Sink) -> None:
    def fails(_to: str) -> None:
        raise Undeliverable("There is no such mailbox", for_good=True)

    mail.fails = fails
    await handed(desk)
    await after(desk, 11, mail)

    view = await desk.house.ask(preferences.read, BEN, preferences.Read())
    assert await states(desk) == [(State.FAILED, "There is no such mailbox")]
    assert view.failing == {ChannelKind.EMAIL: "There is no such mailbox"}


async def test_a_workspace_whose_keys_are_gone_keeps_no_other_waiting(
    desk: Desk, mail: Sink
) -> None:
    await handed(desk)
    desk.wait(11)
    desk.house.keyring.forget(ACME)
    await desk.house.engine.write(_lose_keys, workspace=ACME)

    await send(desk.house, mail)

    assert mail.sent == []
    assert [state for state, _ in await states(desk)] == [State.GATHERING]


def _lose_keys(tx: Transaction) -> None:
    with tx.off_record():
        tx.run("UPDATE workspaces SET keys = :none WHERE slug = :ws", none=b"", ws=ACME)


async def test_a_slow_address_holds_up_no_other(desk: Desk) -> None:
    class Slow(Sink):
        async def send(self, to: str, message, *, earlier: str | None) -> str | None:
            if to.startswith("ben"):
                await asyncio.sleep(3600)
            return await super().send(to, message, earlier=earlier)

    mail = Slow()
    sender = Sender({ChannelKind.EMAIL: mail})
    await handed(desk, reviewers=BOTH)
    desk.wait(11)

    await sender.send_due(desk.house)
    async with asyncio.timeout(5):
        while not mail.sent:  # noqa: ASYNC110  what is looked at tells nobody
            await asyncio.sleep(0.01)

    await sender.close()
    assert [to for to, _, _ in mail.sent] == ["may@acme.example"]


async def test_one_fault_does_not_end_the_others(
    desk: Desk, mail: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(to: str) -> None:
        if to.startswith("ben"):
            raise ValueError("a fault")

    mail.fails = fails
    await handed(desk, reviewers=BOTH)

    await after(desk, 11, mail)

    assert [to for to, _, _ in mail.sent] == ["may@acme.example"]
    assert "a fault" in capsys.readouterr().err


async def test_more_than_so_many_in_an_hour_go_together_in_the_next(
    desk: Desk, mail: Sink
) -> None:
    for number in range(MOST_IN_AN_HOUR + 3):
        await handed(desk, f"input/{number}.csv")
        await after(desk, 11, mail)
    in_the_hour = len(mail.sent)

    await after(desk, 3600, mail)

    assert in_the_hour == MOST_IN_AN_HOUR
    assert mail.headlines("ben")[-1] == "3 new from Scribe"


async def test_a_channel_that_the_server_lacks_is_told_nothing_and_keeps_nothing_waiting(
    desk: Desk,
) -> None:
    await handed(desk)

    await after(desk, 11)

    assert await states(desk) == [(State.DROPPED, "The server has no such channel")]


# As one chose.


async def test_what_anybody_may_decide_comes_once_a_day(desk: Desk, mail: Sink) -> None:
    await choose(desk.house, BEN, zone="Europe/Berlin", digest_at="08:00")
    await handed(desk, reviewers=())
    settled = await handed(desk, "input/two.csv", reviewers=())
    await handed(desk, "input/three.csv", reviewers=())
    await desk.decide(MAY, settled, "approve")
    await follow(desk.house)
    await after(desk, 120, mail)
    at_once = mail.to("ben")

    await after(desk, 86_400, mail)

    (message,) = mail.to("ben")
    assert at_once == []
    assert message.headline == "2 new from Scribe"
    assert [item.headline for item in message.items] == [
        "“report.csv” from Scribe waits for a reviewer",
        "“three.csv” from Scribe waits for a reviewer",
    ]


async def test_nothing_goes_out_in_quiet_hours(desk: Desk, mail: Sink) -> None:
    hour = datetime.fromtimestamp(desk.engine.now() / SECOND, tz=UTC).hour
    ends = f"{(hour + 3) % 24:02}:00"
    await choose(desk.house, BEN, quiet=Quiet(from_=f"{hour:02}:00", to=ends))
    await handed(desk)
    await after(desk, 600, mail)
    await handed(desk, "input/two.csv")
    in_the_quiet = list(mail.sent)

    await after(desk, 3 * 3600, mail)

    assert in_the_quiet == []
    assert mail.headlines("ben") == ["2 new from Scribe"]


async def test_one_is_told_where_one_chose_and_not_twice(desk: Desk, mail: Sink) -> None:
    slack = Sink(ChannelKind.SLACK)
    await choose(
        desk.house,
        BEN,
        addresses={ChannelKind.SLACK: SLACK},
        choices={Topic.ASKED: Choice(channels=(ChannelKind.SLACK,))},
    )
    await handed(desk)

    await after(desk, 11, mail, slack)
    await after(desk, 11, mail, slack)

    assert mail.sent == []
    assert [to for to, _, _ in slack.sent] == [SLACK]


async def test_a_topic_may_go_out_without_standing_in_the_inbox(desk: Desk, mail: Sink) -> None:
    outside = Choice(inbox=False, channels=(ChannelKind.EMAIL,), pace=Pace.HOURLY)
    await choose(desk.house, ADA, choices={Topic.AGENT_DECIDED: outside})
    seen = await handed(desk)
    await desk.decide(BEN, seen, "approve")
    await follow(desk.house)

    await after(desk, 3600, mail)

    assert mail.headlines("ada") == ["Ben approved “report.csv”"]
    assert await told(desk.house, ADA) == []


async def test_the_submitter_is_told_of_the_decision(desk: Desk, mail: Sink) -> None:
    await desk.put(DAN, "input/mine.csv")
    seen = await desk.submit(DAN, "input/mine.csv", reviewers=TO_BEN)
    await desk.decide(BEN, seen, "request_changes", "Add the total")
    await follow(desk.house)

    await after(desk, 11, mail)

    (message,) = mail.to("dan")
    assert message.headline == "Ben asked for changes to “mine.csv”"
    assert message.body == "Add the total"


# With workers.


async def test_what_a_worker_was_sending_when_it_died_another_sends(house: House) -> None:
    desk = Desk(house, house.engine)  # type: ignore[arg-type]
    await follow(house)
    await handed(desk)
    await _all_due(house)
    dying = await do(
        house, outboxes.take, system(ACME), outboxes.Take(channels=frozenset(ChannelKind))
    )
    mail = Sink()
    await send(house, mail)
    meanwhile = list(mail.sent)
    await _all_due(house)

    await send(house, mail)

    assert meanwhile == []
    assert [message.id for message in mail.to("ben")] == [dying.parcels[0].id]


async def test_of_two_workers_one_sends_and_the_other_goes_on(house: House) -> None:
    desk = Desk(house, house.engine)  # type: ignore[arg-type]
    first, second = Sink(), Sink()
    one = Worker(house, channels={ChannelKind.EMAIL: first}, holder="one")
    two = Worker(house, channels={ChannelKind.EMAIL: second}, holder="two")
    await one.take_leases()
    await two.take_leases()
    await handed(desk)
    await _all_due(house)
    outbox = Sender({ChannelKind.EMAIL: first}).duty
    assert outbox.name in one.held
    assert outbox.name not in two.held

    await one.close()
    await two.take_leases()

    assert outbox.name in two.held
    await two.close()


async def test_a_running_worker_tells_and_sends(house: House) -> None:
    desk = Desk(house, house.engine)  # type: ignore[arg-type]
    mail = Sink()
    worker = Worker(house, channels={ChannelKind.EMAIL: mail})
    worker.start()
    await desk.put(SCRIBE, "input/report.csv")
    await desk.submit(SCRIBE, "input/report.csv", reviewers=TO_BEN)

    async with asyncio.timeout(40):
        while not mail.sent:  # noqa: ASYNC110  what is looked at tells nobody
            await asyncio.sleep(0.1)

    await worker.close()
    assert mail.headlines("ben") == ["Scribe asks you to review “report.csv”"]


async def _all_due(house: House) -> None:
    await house.engine.write(
        lambda tx: tx.run("UPDATE outbox SET due_at = :now", now=tx.now), workspace=ACME
    )


async def test_what_was_told_long_ago_is_forgotten(desk: Desk, mail: Sink) -> None:
    await handed(desk)
    await after(desk, 11, mail)
    desk.wait(91 * DAY / SECOND)

    gone = await do(desk.house, outboxes.forget, system(ACME), outboxes.Chunk())

    assert gone == 3
    assert await told(desk.house, BEN) == []

"""A transaction: rows in, rows out, and no record changed without an event."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from signoff.domain import audit
from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Refusal
from signoff.domain.events import Event
from signoff.domain.ids import Instant, NodeId, Slug
from signoff.domain.once import once
from signoff.store.accounts import Accounts
from signoff.store.audit import AuditRows
from signoff.store.blobs import BlobRows
from signoff.store.books import Books
from signoff.store.claims import Claims
from signoff.store.comments import Comments
from signoff.store.delegations import Delegations
from signoff.store.deliveries import Deliveries
from signoff.store.destructions import Destructions
from signoff.store.dialects import Dialect
from signoff.store.endpoints import Endpoints
from signoff.store.entries import Entries
from signoff.store.files import Files
from signoff.store.guards import TAKE, TRY, key_of
from signoff.store.handoffs import Handoffs
from signoff.store.holds import Holds
from signoff.store.ids import new_id
from signoff.store.litter import LitterRows
from signoff.store.locks import Locks
from signoff.store.members import Members
from signoff.store.notifications import Notifications
from signoff.store.outbox import Outbox
from signoff.store.preferences import PreferenceRows
from signoff.store.properties import Properties
from signoff.store.replans import Replans
from signoff.store.rounds import Rounds
from signoff.store.runs import Runs
from signoff.store.schema import RECORD, RIGHT, effect_of
from signoff.store.second_looks import SecondLooks
from signoff.store.trash import Trash
from signoff.store.trees import TreeRows
from signoff.store.unwritten import Unwritten
from signoff.store.uploads import Uploads
from signoff.store.versions import Versions
from signoff.store.words import Words
from signoff.store.workspaces import Workspaces

Row = tuple[Any, ...]
T = TypeVar("T")
Pending = tuple[Slug, str, Event, Caller]
"""What is to be an entry: of which log, by which id, what happened, who did it."""


class Unrecorded(Refusal):
    """A transaction changed records and recorded nothing: a fault of ours, rolled back."""

    default = Code.UNRECORDED


class Connection(Protocol):
    """What the transaction needs of a database."""

    def run(self, sql: str, parameters: dict[str, Any]) -> None:
        """Run a statement, now or together with the next one that is waited for."""

    def changed(self, sql: str, parameters: dict[str, Any]) -> int:
        """Run a statement and return how many rows it changed."""

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        """Run a statement and return all its rows."""

    def ask(self, sql: str, parameters: dict[str, Any]) -> Callable[[], list[Row]]:
        """Run a statement like `run`; calling what is returned waits for its rows."""


class Recorded(Struct, frozen=True):
    """Where an event stands in its workspace's log."""

    id: str
    position: int
    workspace: Slug


class Transaction:
    """What an action sees of the database while its one transaction is open.

    `now` is fixed for the whole transaction, and on PostgreSQL is read after the locks
    (STORAGE 11). `record` is the only way into the log; entries are written last, so that
    their positions follow the order of commits.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        *,
        clock: Callable[[], Instant],
        workspace: Slug,
        address_kept: bool = True,
        unwritten: Unwritten | None = None,
        memory: dict[Any, Any] | None = None,
    ) -> None:
        self.connection = connection
        self.dialect = dialect
        self._clock = clock
        self._told: Callable[[], list[Row]] | None = None
        self.workspace = workspace
        self.unwritten = unwritten
        """Where entries wait for those of other acts; without it they are written at once."""
        self._memory = memory
        self._address_kept = address_kept
        self._pending: list[Pending] = []
        self._written: list[tuple[Slug, list[str], Callable[[], int]]] = []
        self._effects = 0

    @property
    def touched_rights(self) -> bool:
        """Say whether it wrote who may do what, which others may have remembered."""
        return bool(self._effects & RIGHT)

    @once
    def now(self) -> Instant:
        """Return the one time of this transaction."""
        return Instant(self._told()[0][0]) if self._told else self._clock()

    def guard(self, *, shared: Iterable[NodeId] = (), exclusive: Iterable[NodeId] = ()) -> None:
        """Take turns with other transactions over nodes, until this one ends (STORAGE 8).

        SQLite has one writer, so there the call does nothing. A node in both is exclusive.
        """
        if self.dialect.name == "sqlite":
            return
        alone = set(exclusive)
        keys = {key_of(self.workspace, node): node in alone for node in {*shared, *alone}}
        ordered = sorted(keys)
        self._told = self.connection.ask(
            TAKE, {"keys": ordered, "alone": [keys[key] for key in ordered]}
        )
        self.__dict__.pop("now", None)

    def try_guard(self, node: NodeId) -> bool:
        """Have a node for this transaction alone if nobody has it now; never wait for it."""
        if self.dialect.name == "sqlite":
            return True
        rows = self.connection.rows(TRY, {"key": key_of(self.workspace, node)})
        self._told = None
        self.__dict__.pop("now", None)
        return bool(rows[0][0])

    def run(self, sql: str, **parameters: Any) -> None:
        """Change rows; what is refused may show at a later statement of the transaction."""
        self._effects |= effect_of(sql)
        self.connection.run(sql, parameters)

    def changed(self, sql: str, **parameters: Any) -> int:
        """Change rows; return how many."""
        self._effects |= effect_of(sql)
        return self.connection.changed(sql, parameters)

    def one(self, sql: str, **parameters: Any) -> Row | None:
        """Return the first row, or None."""
        self._effects |= effect_of(sql)
        rows = self.connection.rows(sql, parameters)
        return rows[0] if rows else None

    def all(self, sql: str, **parameters: Any) -> list[Row]:
        """Return every row."""
        self._effects |= effect_of(sql)
        return self.connection.rows(sql, parameters)

    def ask(self, sql: str, **parameters: Any) -> Callable[[], list[Row]]:
        """Run a statement whose rows are wanted later, if at all; calling it has them."""
        self._effects |= effect_of(sql)
        return self.connection.ask(sql, parameters)

    def recall(self, key: tuple[Any, ...], find: Callable[[], T]) -> T:
        """Return what `find` does, or did for another read since the last commit.

        Rows alone may be remembered: nothing that depends on who asks, or on the time.
        """
        memory = self._memory
        if memory is None:
            return find()
        key = (self.workspace, *key)
        if key not in memory:
            memory[key] = find()
        found: T = memory[key]
        return found

    def renew(self, sql: str, **parameters: Any) -> None:
        """Change when a lease or a lock ends: bookkeeping in a table of records (RULES 31)."""
        self.connection.run(sql, parameters)

    @contextmanager
    def off_record(self) -> Iterator[None]:
        """Let rows change that are on no record: staged, noted unasked, or destroyed."""
        before = self._effects
        try:
            yield
        finally:
            self._effects = before | (self._effects & RIGHT)

    def record(self, event: Event, *, caller: Caller, workspace: Slug | None = None) -> str:
        """Say what happened; return the event's id. Its position is known at the end."""
        name = new_id("ev", self.now)
        self._pending.append((workspace or self.workspace, name, event, caller))
        return name

    def finish(self) -> None:
        """Write the entries; refuse when records changed and nothing was recorded."""
        if self._effects & RECORD and not self._pending:
            raise Unrecorded("The act changed records and recorded no event")
        if not self._pending:
            return
        logs: dict[Slug, list[Pending]] = {}
        for pending in self._pending:
            logs.setdefault(pending[0], []).append(pending)
        firsts = self.entries.write(
            {log: [partial(self._seal, each) for each in mine] for log, mine in logs.items()},
            now=self.now,
        )
        for log, mine in logs.items():
            self._written.append((log, [pending[1] for pending in mine], firsts[log]))
        self._pending.clear()

    def _seal(self, pending: Pending, position: int, at: Instant) -> tuple[audit.Sealed, bytes]:
        (workspace, name, event, caller), salt = pending, os.urandom(audit.SALT_BYTES)
        sealed = audit.seal(
            event,
            caller=caller,
            workspace=workspace,
            position=position,
            id=name,
            at=at,
            salt=salt,
            address=caller.address if self._address_kept else "",
        )
        return sealed, salt

    @property
    def recorded(self) -> list[Recorded]:
        """Where its entries stand; ask when it is finished."""
        return [
            Recorded(name, position, workspace)
            for workspace, names, first in self._written
            for position, name in enumerate(names, start=first())
        ]

    def caught_up(self) -> "Transaction":
        """Return itself once the log's rows are written, as whoever reads them wants it."""
        if self.unwritten is not None:
            self.unwritten.write()
        return self

    def new_id(self, prefix: str) -> str:
        """Return a fresh id that sorts by time."""
        return new_id(prefix, self.now)

    accounts = once(Accounts)
    """People and what proves them."""
    audit = once(lambda tx: AuditRows(tx.caught_up()))
    """The log."""
    blobs = once(BlobRows)
    """Where bytes lie."""
    books = once(Books)
    """Cursors, retries, counts: what is kept without being on the record."""
    claims = once(Claims)
    """Leases on work."""
    comments = once(Comments)
    """What people and agents say beside a verdict."""
    deliveries = once(Deliveries)
    """What is in line for endpoints."""
    destructions = once(lambda tx: Destructions(tx.caught_up()))
    """What is left of a workspace that is destroyed."""
    endpoints = once(Endpoints)
    """Where machines are told."""
    entries = once(Entries)
    """The end of the log."""
    files = once(Files)
    """The tree."""
    handoffs = once(Handoffs)
    """Packages in front of people."""
    holds = once(Holds)
    """What is locked, claimed or handed over, by ancestor."""
    litter = once(LitterRows)
    """What desktops leave behind in a mounted drive."""
    locks = once(Locks)
    """Write locks."""
    members = once(Members)
    delegations = once(Delegations)
    """Roles, agents, keys, grants and policies of the workspace."""
    notifications = once(Notifications)
    """What people were told, and whether they have seen it."""
    outbox = once(Outbox)
    """Messages that go out."""
    preferences = once(PreferenceRows)
    """What people chose to hear, and the channels of the workspace."""
    properties = once(Properties)
    """What clients note of files and folders."""
    replans = once(Replans)
    """What a newer policy has yet to plan."""
    rounds = once(Rounds)
    """What was in front of people each time."""
    runs = once(Runs)
    """What was run of what was approved."""
    second_looks = once(SecondLooks)
    """What is looked at once more."""
    trash = once(Trash)
    """What was deleted."""
    trees = once(lambda tx: TreeRows(tx.caught_up()))
    """The tree over the log."""
    uploads = once(Uploads)
    """Uploads that go on where they broke off."""
    versions = once(Versions)
    """What files held."""
    words = once(Words)
    """By what names are found."""
    workspaces = once(Workspaces)
    """The directory's workspaces."""

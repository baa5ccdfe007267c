"""How entries are written: at positions without gaps, in the order of commits."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from signoff.domain.audit import Sealed, around
from signoff.domain.ids import Instant, Slug
from signoff.store.rows import Rows
from signoff.store.unwritten import Unwritten

_BEGIN_OR_ADVANCE = """INSERT INTO heads (ws, position, at) VALUES (:ws, :by, :now)
    ON CONFLICT (ws) DO UPDATE SET position = heads.position + :by,
    at = CASE WHEN heads.at > :now THEN heads.at ELSE :now END RETURNING position, at"""
_NAMED = """ws, id, type, actor, actor_kind, credential, credential_kind, door, node, handoff"""
_LEAF = """leaf AS (SELECT position - :back AS position, at,
    :before || convert_to((position - :back)::text, 'UTF8') || :between
    || convert_to(at::text, 'UTF8') || :behind AS leaf FROM head)"""
_FILL_IN = f"""INSERT INTO entries ({_NAMED}, position, at, leaf, leaf_hash)
    SELECT {", ".join(f":{name}" for name in _NAMED.split(", "))},
    position, at, leaf, sha256('\\x00'::bytea || leaf) FROM leaf RETURNING position"""
_FILL_IN_PRIVATE = """INSERT INTO privates (ws, position, salt, body)
    SELECT :ws, position, :salt, :body FROM leaf RETURNING position"""
_TO_FILL_IN = (10**18 - 1, Instant(10**18 - 1))
"""A position and a time of more digits than any will have."""

Seal = Callable[[int, Instant], tuple[Sealed, bytes]]
"""Seals an entry at a position and a time; returns it with the salt of its private part."""


@cache
def _placed(*, first: bool, private: bool) -> str:
    """Return the statement that fills an entry in; the first one of an act takes the places."""
    head = _BEGIN_OR_ADVANCE if first else "SELECT position, at FROM heads WHERE ws = :ws"
    entry = f"added AS ({_FILL_IN}) {_FILL_IN_PRIVATE}" if private else _FILL_IN
    return f"WITH head AS ({head}), {_LEAF}{',' if private else ''} {entry}"


def _columns(sealed: Sealed) -> dict[str, str | None]:
    entry = sealed.entry
    return {
        "ws": entry.workspace,
        "id": entry.id,
        "type": entry.type.value,
        "actor": entry.actor,
        "actor_kind": entry.actor_kind.value,
        "credential": entry.credential,
        "credential_kind": entry.credential_kind.value,
        "door": entry.door.value,
        "node": entry.node,
        "handoff": entry.handoff,
    }


class Entries(Rows):
    """The end of a log, where a transaction writes what happened in it."""

    __slots__ = ()

    def write(
        self, logs: Mapping[Slug, Sequence[Seal]], *, now: Instant
    ) -> dict[Slug, Callable[[], int]]:
        """Write entries at the next positions of their logs; say what tells the first of each.

        Their time is `now`, but never before that of the entry before them. From here until
        the transaction ends no other one can write to these logs.
        """
        if self.tx.unwritten is None:
            return {log: self._write_unseen(seals, now) for log, seals in logs.items()}
        return self._write_with_others(self.tx.unwritten, logs, now)

    def _write_with_others(
        self, unwritten: Unwritten, logs: Mapping[Slug, Sequence[Seal]], now: Instant
    ) -> dict[Slug, Callable[[], int]]:
        """Give entries their places; what cannot be sealed is refused before any has one."""
        sealed: dict[Slug, list[tuple[Sealed, bytes]]] = {}
        for log, seals in logs.items():
            last, before = unwritten.head(log)
            at = max(now, before)
            sealed[log] = [seal(position, at) for position, seal in enumerate(seals, last + 1)]
        for log, entries in sealed.items():
            unwritten.add(log, entries)
        return {log: partial(int, each[0][0].entry.position) for log, each in sealed.items()}

    def _write_unseen(self, seals: Sequence[Seal], now: Instant) -> Callable[[], int]:
        """Let the database fill position and time in, so that nobody waits for us meanwhile.

        A log's head is held from its first statement here to the end of COMMIT, which travels
        right behind (docs/decisions/0010).
        """
        told: list[Callable[[], list[tuple[Any, ...]]]] = []
        for back in range(len(seals) - 1, -1, -1):
            sealed, salt = seals[len(seals) - 1 - back](*_TO_FILL_IN)
            before, between, behind = around(sealed.leaf)
            private = sealed.private_json
            ask = self.tx.ask(
                _placed(first=not told, private=private is not None),
                before=before,
                between=between,
                behind=behind,
                back=back,
                by=len(seals),
                now=now,
                salt=salt,
                body=private,
                **_columns(sealed),
            )
            told.append(ask)
        return lambda: int(told[0]()[0][0])

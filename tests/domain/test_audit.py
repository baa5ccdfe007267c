import doctest
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from signoff.domain.actors import (
    Actor,
    Caller,
    Credential,
    CredentialKind,
    Door,
    Kind,
    Role,
    system,
)
from signoff.domain.audit import (
    Check,
    Entry,
    Finding,
    Private,
    Sealed,
    around,
    check,
    commitment,
    follows,
    leaf_index,
    read_leaf,
    read_private,
    seal,
)
from signoff.domain.errors import Code, Damaged, Invalid, Malformed
from signoff.domain.events import Event, Type
from signoff.domain.ids import (
    INSTANCE,
    ActorId,
    CredentialId,
    Digest,
    HandoffId,
    Instant,
    NodeId,
    Slug,
)
from signoff.domain.merkle import leaf_hash

ACME = Slug("acme")
NOON = Instant(1_770_000_000_000_000)
SALT = bytes(range(32))
FORMAT = Path(__file__).parents[2] / "docs/reference/audit-format.md"

BOB = Caller(
    actor=Actor(id=ActorId("ac_bob"), kind=Kind.PERSON, name="Bob Marker"),
    role=Role.REVIEWER,
    credential=Credential(id=CredentialId("se_1"), kind=CredentialKind.SESSION, decides=True),
    door=Door.WEB,
    workspace=ACME,
    groups=frozenset({"Marker group"}),
    request_id="rq_1",
    address="192.0.2.7",
)
APPROVED = Event(
    type=Type.HANDOFF_APPROVED,
    node=NodeId("nd_1"),
    path="approved/report.pdf",
    from_path="needs-review/report.pdf",
    to_path="approved/report.pdf",
    version=3,
    digest=Digest("sha256:" + "ab" * 32),
    size=123_456,
    handoff=HandoffId("ho_1"),
    round=2,
    subject="ac_scribe",
    reason="Well done",
    codes={"required": 1, "kind": "approval", "forced": False},
    private={"answers": {"day_first": True, "confidence": 0.5}},
)


def sealed(event: Event = APPROVED, caller: Caller = BOB, **changes: Any) -> Sealed:
    fields: dict[str, Any] = {
        "workspace": ACME,
        "position": 7,
        "id": "ev_1",
        "at": NOON,
        "salt": SALT,
        "address": "192.0.2.7",
        "user_agent": "curl/8",
    }
    return seal(event, caller=caller, **{**fields, **changes})


def test_a_leaf_is_written_in_one_order_and_holds_nothing_private():
    written = sealed()

    assert written.leaf == (
        b'{"leaf":1,"position":7,"id":"ev_1","at":1770000000000000,"workspace":"acme",'
        b'"type":"handoff.approved","actor":"ac_bob","actor_kind":"person","credential":"se_1",'
        b'"credential_kind":"session","door":"web","node":"nd_1","version":3,"digest":"sha256:'
        b'abababababababababababababababababababababababababababababababab","size":123456,'
        b'"handoff":"ho_1","round":2,"subject":"ac_scribe",'
        b'"codes":{"forced":false,"kind":"approval","required":1},"request_id":"rq_1",'
        b'"commitment":"' + written.entry.commitment.encode() + b'"}'  # type: ignore[union-attr]
    )


def test_the_private_part_holds_the_rest():
    written = sealed()

    assert written.private_json == (
        b'{"path":"approved/report.pdf","from":"needs-review/report.pdf",'
        b'"to":"approved/report.pdf","reason":"Well done",'
        b'"private":{"answers":{"confidence":0.5,"day_first":true}},'
        b'"address":"192.0.2.7","user_agent":"curl/8"}'
    )


def test_the_commitment_is_over_the_salt_and_the_private_part():
    written = sealed()

    assert written.private_json is not None
    assert written.entry.commitment == hashlib.sha256(SALT + written.private_json).hexdigest()


def test_a_leaf_is_hashed_as_a_leaf_of_the_tree():
    written = sealed()

    assert written.leaf_hash == leaf_hash(written.leaf)


def test_an_act_without_anything_private_has_no_private_part():
    lapsed = Event(type=Type.CLAIM_LAPSED, subject="cl_1")

    written = sealed(lapsed, system(ACME), address="", user_agent="")

    assert written.private_json is None
    assert written.leaf == (
        b'{"leaf":1,"position":7,"id":"ev_1","at":1770000000000000,"workspace":"acme",'
        b'"type":"claim.lapsed","actor":"system","actor_kind":"system","credential":"system",'
        b'"credential_kind":"system","door":"worker","subject":"cl_1"}'
    )


def test_an_address_that_the_operator_turned_off_is_nowhere():
    written = sealed(address="", user_agent="")

    assert b"192.0.2.7" not in written.leaf + (written.private_json or b"")


def test_a_leaf_says_again_what_was_sealed():
    written = sealed()

    assert read_leaf(written.leaf) == written.entry


def test_a_private_part_says_again_what_was_kept():
    written = sealed()

    assert written.private_json is not None
    assert read_private(written.private_json) == Private(
        path="approved/report.pdf",
        from_path="needs-review/report.pdf",
        to_path="approved/report.pdf",
        reason="Well done",
        private={"answers": {"day_first": True, "confidence": 0.5}},
        address="192.0.2.7",
        user_agent="curl/8",
    )


def test_no_personal_text_is_ever_in_a_leaf():
    marker = "Marker"
    event = structs.replace(
        APPROVED,
        path=f"input/{marker}.csv",
        from_path=f"{marker}/a",
        to_path=f"{marker}/b",
        reason=f"{marker} says so",
        private={marker: marker, "answers": {"who": [marker]}},
    )

    written = sealed(event, address=f"{marker}.example", user_agent=f"{marker}/1")

    assert b"Marker" not in written.leaf
    assert written.private_json is not None
    assert written.private_json.count(b"Marker") == 9


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_two_acts_that_differ_in_private_only_differ_in_their_commitment_only(text):
    event = structs.replace(APPROVED, path=text, reason=text, private={"note": text})

    written, other = sealed(event, address=text), sealed()

    assert structs.replace(written.entry, commitment="") == structs.replace(
        other.entry, commitment=""
    )
    assert len(written.leaf) == len(other.leaf)


@pytest.mark.parametrize(
    "slip",
    [
        structs.replace(APPROVED, subject="bob@acme.example"),
        structs.replace(APPROVED, subject="Bob Marker"),
        structs.replace(APPROVED, subject="Bøb"),
        structs.replace(APPROVED, codes={"path": "input/a.csv"}),
        structs.replace(APPROVED, codes={"who": 'a"b'}),
        structs.replace(APPROVED, codes={"who": "two\nlines"}),
        structs.replace(APPROVED, handoff=HandoffId("ho 1")),
        structs.replace(APPROVED, codes={"confidence": 0.5}),
        structs.replace(APPROVED, codes={"paths": ["a"]}),
        structs.replace(APPROVED, codes={"answer": {"a": 1}}),
        structs.replace(APPROVED, codes={"nothing": None}),
    ],
)
def test_a_slip_that_would_put_text_into_a_leaf_is_refused(slip):
    with pytest.raises(Invalid) as refused:
        sealed(slip)

    assert refused.value.code is Code.INVALID
    assert refused.value.hint


def test_a_request_id_cannot_smuggle_text_into_a_leaf():
    caller = structs.replace(BOB, request_id="from Bob, with love")

    with pytest.raises(Invalid):
        sealed(caller=caller)


def test_the_instance_s_own_log_is_named_by_its_sign():
    written = sealed(workspace=INSTANCE)

    assert read_leaf(written.leaf).workspace == "@instance"


def test_a_leaf_over_eight_kibibytes_is_refused():
    fits = structs.replace(APPROVED, codes={"ids": "x" * 7_000})
    event = structs.replace(APPROVED, codes={"ids": "x" * 8_000})

    assert len(sealed(fits).leaf) < 8_192
    with pytest.raises(Invalid) as refused:
        sealed(event)
    assert refused.value.code is Code.TOO_LONG


@pytest.mark.parametrize("field", ["path", "from_path", "to_path", "reason"])
def test_a_text_over_four_kibibytes_is_refused(field):
    fits = structs.replace(APPROVED, **{field: "é" * 2_048})
    event = structs.replace(APPROVED, **{field: "é" * 2_048 + "x"})

    assert sealed(fits).private_json
    with pytest.raises(Invalid) as refused:
        sealed(event)
    assert refused.value.code is Code.TOO_LONG


def test_half_a_character_is_refused():
    event = structs.replace(APPROVED, reason="half a \ud800 pair")

    with pytest.raises(Malformed, match="surrogate"):
        sealed(event)


def test_a_salt_is_never_shorter_than_thirty_two_bytes():
    with pytest.raises(ValueError, match="32"):
        commitment(b"short", b"{}")


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{}",
        b"\xff",
        b"not json",
        sealed().leaf.replace(b'"leaf":1', b'"leaf":2'),
        sealed().leaf.replace(b'"round":2', b'"round":2.5'),
        sealed().leaf.replace(b'"round":2', b'"round":2,"reason":"x"'),
        sealed().leaf.replace(b"handoff.approved", b"handoff.celebrated"),
        sealed().leaf[:-1],
    ],
)
def test_what_no_log_wrote_cannot_be_read(leaf):
    with pytest.raises(Damaged):
        read_leaf(leaf)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"path":1}'])
def test_a_private_part_that_no_log_wrote_cannot_be_read(body):
    with pytest.raises(Damaged):
        read_private(body)


def columns_of(entry: Entry) -> dict[str, object]:
    return {
        "position": entry.position,
        "id": entry.id,
        "at": int(entry.at),
        "workspace": str(entry.workspace),
        "type": "handoff.approved",
        "actor": str(entry.actor),
        "actor_kind": "person",
        "credential": str(entry.credential),
        "credential_kind": "session",
        "door": "web",
        "node": "nd_1",
        "handoff": "ho_1",
    }


def test_an_entry_as_it_was_written_is_intact():
    written = sealed()

    found = check(
        written.leaf,
        columns=columns_of(written.entry),
        private=(SALT, written.private_json or b""),
    )

    assert found == Check(finding=Finding.INTACT)
    assert found.sound


def test_an_erased_private_part_is_erased_and_not_broken():
    written = sealed()

    found = check(written.leaf, columns=columns_of(written.entry), private=None)

    assert found == Check(finding=Finding.ERASED)
    assert found.sound


def test_an_entry_that_never_had_a_private_part_is_intact_without_one():
    written = sealed(Event(type=Type.CLAIM_LAPSED), address="", user_agent="")

    assert check(written.leaf, columns={}, private=None) == Check(finding=Finding.INTACT)


def test_a_private_part_that_nothing_was_said_of_is_broken():
    written = sealed(Event(type=Type.CLAIM_LAPSED), address="", user_agent="")

    found = check(written.leaf, columns={}, private=(SALT, b"{}"))

    assert found == Check(finding=Finding.PRIVATE_DIFFERS)
    assert not found.sound


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("position", 8),
        ("at", 1_770_000_000_000_001),
        ("type", "handoff.rejected"),
        ("actor", "ac_ada"),
        ("actor_kind", "agent"),
        ("credential_kind", "api_key"),
        ("door", "mcp"),
        ("node", None),
        ("handoff", "ho_2"),
    ],
)
def test_a_column_that_was_changed_is_found_and_named(name, value):
    written = sealed()
    columns = {**columns_of(written.entry), name: value}

    found = check(written.leaf, columns=columns, private=None)

    assert found == Check(finding=Finding.COLUMNS_DIFFER, columns=(name,))
    assert not found.sound


@pytest.mark.parametrize(
    ("salt", "old", "new"),
    [
        (SALT, b"Well done", b"Badly done"),
        (SALT[::-1], b"", b""),
        (b"", b"", b""),
    ],
)
def test_a_private_part_that_was_changed_is_found(salt, old, new):
    written = sealed()
    body = (written.private_json or b"").replace(old, new)

    found = check(written.leaf, columns={}, private=(salt, body))

    assert found == Check(finding=Finding.PRIVATE_DIFFERS)


def test_a_leaf_that_is_none_is_found():
    found = check(b"gone", columns={}, private=None)

    assert found == Check(finding=Finding.UNREADABLE)
    assert not found.sound


plain = st.text(alphabet="abcXYZ019_-.:", min_size=1, max_size=40)
whole = st.integers(min_value=0, max_value=2**62)
codes = st.dictionaries(plain, st.one_of(plain, whole, st.booleans()), max_size=5)


@given(st.sampled_from(Type), plain, whole, codes, st.permutations(range(5)))
def test_whatever_is_sealed_is_read_back_and_the_order_of_codes_is_nothing(
    kind, name, number, words, order
):
    event = Event(type=kind, subject=name, size=number, codes=words)
    keys = [key for _, key in sorted(zip(order, words, strict=False))]
    shuffled = structs.replace(event, codes={key: words[key] for key in keys})

    written = sealed(event, position=number + 1)

    assert read_leaf(written.leaf) == written.entry
    assert sealed(shuffled, position=number + 1).leaf == written.leaf


def test_entries_follow_without_a_gap_and_never_back_in_time():
    first = sealed(position=1).entry
    second = sealed(position=2).entry

    assert follows(first, None)
    assert follows(second, first)
    assert not follows(second, None)
    assert not follows(sealed(position=3).entry, first)
    assert not follows(first, first)
    assert not follows(sealed(position=2, at=NOON - 1).entry, first)
    assert not follows(sealed(position=2, workspace=Slug("other")).entry, first)


def test_the_first_entry_is_leaf_nought():
    assert leaf_index(1) == 0


def test_the_reference_tells_every_field_in_its_order():
    leaf_table, private_table = FORMAT.read_text().split("The private part is one JSON object")
    row = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)

    assert row.findall(leaf_table) == ["leaf", *Entry.__struct_fields__]
    assert row.findall(private_table.partition("## The tree")[0]) == list(
        Private.__struct_encode_fields__
    )
    assert row.findall(private_table.partition("## What a check can find")[2]) == list(Finding)


def test_the_reference_s_example_holds():
    result = doctest.testfile(str(FORMAT), module_relative=False)

    assert result.failed == 0
    assert result.attempted == 9


def test_a_leaf_is_json_that_anyone_reads():
    said = json.loads(sealed().leaf)

    assert said["type"] == "handoff.approved"
    assert said["codes"] == {"forced": False, "kind": "approval", "required": 1}


def test_a_leaf_is_filled_in_around_its_position_and_its_time() -> None:
    event = Event(type=Type.FILE_CREATED, codes={"position": 7, "at": 9}, path="a.txt")

    def sealed(position: int, at: int) -> bytes:
        return seal(
            event, caller=BOB, workspace=ACME, position=position, id="ev_1", at=Instant(at),
            salt=SALT,
        ).leaf  # fmt: skip

    before, between, behind = around(sealed(10**18 - 1, 10**18 - 1))

    assert before + b"12" + between + b"1770000000000000" + behind == sealed(12, NOON)


def test_what_is_no_leaf_has_nothing_around() -> None:
    with pytest.raises(ValueError, match="no leaf"):
        around(b"{}")

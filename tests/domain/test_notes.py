import base64
import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Damaged, Malformed
from signoff.domain.ids import Slug
from signoff.domain.merkle import inclusion_proof, leaf_hash, root, subtrees_of
from signoff.domain.notes import (
    Checkpoint,
    Note,
    Proof,
    SignerKey,
    VerifierKey,
    log_name,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_note,
    parse_proof,
    parse_verifier_key,
    sign,
    verify_proof,
)

# The example of C2SP signed-note.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm"
    "RKuwHjG1Yu72IneyaQM=\n"
)
# The example of C2SP tlog-checkpoint.
EXAMPLE_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)

# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

LOG = SignerKey(name="signoff.example/log/acme", seed=SEED)
OTHER = SignerKey(name="witness.example", seed=b"\x07" * 32)
LEAVES = (b"one", b"two", b"three", b"four", b"five")
HASHES = tuple(map(leaf_hash, LEAVES))


def checkpoint_of(size: int) -> Checkpoint:
    return Checkpoint(origin=LOG.name, size=size, root=root(HASHES[:size]))


def proof_of(index: int, size: int) -> Proof:
    return Proof(
        index=index,
        hashes=inclusion_proof(index, size, subtrees_of(HASHES)),
        checkpoint=sign(checkpoint_of(size).text, LOG),
    )


def test_the_key_of_the_standard_example_is_read_and_written_back():
    key = parse_verifier_key(EXAMPLE_KEY)

    assert key.name == "example.com/foo"
    assert key.id.hex() == "530d903a"
    assert key.text == EXAMPLE_KEY


def test_the_note_of_the_standard_example_verifies():
    note = open_note(EXAMPLE_NOTE, parse_verifier_key(EXAMPLE_KEY))

    assert note.text == "This is an example message.\n"
    assert [signature.name for signature in note.signatures] == ["example.com/foo"]


def test_a_key_pair_is_that_of_rfc_8032():
    verifier = LOG.verifier

    assert verifier == VerifierKey(name="signoff.example/log/acme", public=PUBLIC)


def test_a_signer_key_does_not_show_its_seed():
    shown = f"{LOG} {LOG!r}"

    assert shown == (
        "SignerKey(name='signoff.example/log/acme') SignerKey(name='signoff.example/log/acme')"
    )


def test_a_signed_note_opens_with_the_keys_that_signed_it():
    note = sign("A line.\n\nAnother.\n", LOG, OTHER)

    opened = open_note(note, LOG.verifier, OTHER.verifier)

    assert opened.text == "A line.\n\nAnother.\n"
    assert [signature.name for signature in opened.signatures] == [LOG.name, OTHER.name]


def test_a_signature_by_an_unknown_key_is_passed_over():
    note = sign("A line.\n", OTHER, LOG)

    opened = open_note(note, LOG.verifier)

    assert [signature.name for signature in opened.signatures] == [LOG.name]


def test_a_note_that_no_known_key_signed_is_refused():
    note = sign("A line.\n", OTHER)

    with pytest.raises(Damaged, match="No key that is trusted here"):
        open_note(note, LOG.verifier)


def test_one_bad_signature_of_a_known_key_spoils_the_note():
    note = sign("A line.\n", LOG, OTHER)
    *_, last = parse_note(note).signatures
    broken = base64.b64encode(last.key_id + b"\x00" * 64).decode()
    note = re.sub(r"(?<=— witness\.example ).*", broken, note)

    with pytest.raises(Damaged, match=r"witness\.example does not fit"):
        open_note(note, LOG.verifier, OTHER.verifier)


@given(st.data())
def test_a_note_of_which_any_character_was_changed_is_refused(data):
    note = sign("A line of 12 letters.\n", LOG)
    at = data.draw(st.integers(min_value=0, max_value=len(note) - 1))
    other = data.draw(st.characters(min_codepoint=32).filter(lambda c: c != note[at]))

    with pytest.raises((Damaged, Malformed)):
        open_note(note[:at] + other + note[at + 1 :], LOG.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "No signature.\n",
        "Half a \ud800 pair.\n\n— a.example AAAAAAA=\n",
        "No newline at the end.\n\n— a.example AAAAAAA=",
        "A tab.\tHere.\n\n— a.example AAAAAAA=\n",
        "A signature too short.\n\n— a.example AAAAAA==\n",
        "A hyphen.\n\n- a.example AAAAAAA=\n",
        "No name.\n\n—  AAAAAAA=\n",
        "A plus.\n\n— a+b AAAAAAA=\n",
        "Not base64.\n\n— a.example !AAAAAA=\n",
        "Bits to spare.\n\n— a.example AAAAAAB=\n",
        "A blank line between.\n\n— a.example AAAAAAA=\n\nmore\n",
        "Too many.\n\n" + "— a.example AAAAAAA=\n" * 101,
        "x" * 70_000 + "\n\n— a.example AAAAAAA=\n",
    ],
)
def test_what_is_no_signed_note_is_refused(note):
    with pytest.raises(Malformed):
        parse_note(note)


@pytest.mark.parametrize("text", ["", "no newline", "a\rb\n", "half a \ud800 pair\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text):
    with pytest.raises(Malformed):
        sign(text, LOG)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
        "example com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_verifier_key_is_refused(text):
    with pytest.raises(Malformed):
        parse_verifier_key(text)


def test_the_checkpoint_of_the_standard_example_is_read_and_written_back():
    checkpoint = parse_checkpoint(EXAMPLE_CHECKPOINT)

    assert checkpoint.origin == "example.com/behind-the-sofa"
    assert checkpoint.size == 20_852_163
    assert checkpoint.root.hex() == (
        "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    )
    assert checkpoint.text == EXAMPLE_CHECKPOINT


def test_the_checkpoint_of_an_empty_log_says_nought():
    text = checkpoint_of(0).text

    assert text == (
        "signoff.example/log/acme\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    )
    assert parse_checkpoint(text) == checkpoint_of(0)


def test_extension_lines_are_kept():
    checkpoint = parse_checkpoint(EXAMPLE_CHECKPOINT + "more\n")

    assert checkpoint.extensions == ("more",)
    assert checkpoint.text == EXAMPLE_CHECKPOINT + "more\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n\u0661\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nAAAA\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nb\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(Malformed):
        parse_checkpoint(text)


def test_a_checkpoint_signed_by_its_log_opens():
    note = sign(checkpoint_of(5).text, LOG)

    assert open_checkpoint(note, LOG.verifier) == checkpoint_of(5)


def test_a_log_cannot_sign_for_another():
    note = sign(EXAMPLE_CHECKPOINT, LOG)

    with pytest.raises(Damaged, match="another log"):
        open_checkpoint(note, LOG.verifier)


def test_a_log_bears_the_name_of_its_url():
    assert log_name("https://signoff.example/", Slug("acme")) == "signoff.example/log/acme"
    assert log_name("http://127.0.0.1:8484/so", Slug("acme")) == "127.0.0.1:8484/so/log/acme"


@pytest.mark.parametrize("url", ["https://a b.example", "https://a+b.example"])
def test_a_url_that_no_key_can_be_named_by_is_refused(url):
    with pytest.raises(Malformed, match="neither spaces"):
        log_name(url, Slug("acme"))


def test_a_proof_file_is_written_as_the_standard_says():
    proof = Proof(
        index=1, hashes=HASHES[:1], checkpoint=sign(checkpoint_of(2).text, LOG), extra=b"ho_1"
    )

    lines = proof.text.split("\n")

    assert lines[:6] == [
        "c2sp.org/tlog-proof@v1",
        "extra aG9fMQ==",
        "index 1",
        base64.b64encode(HASHES[0]).decode(),
        "",
        "signoff.example/log/acme",
    ]
    assert parse_proof(proof.text) == proof


@pytest.mark.parametrize("size", range(1, 6))
def test_every_proof_file_verifies_with_nothing_but_the_log_s_key(size):
    for index in range(size):
        checkpoint = verify_proof(
            proof_of(index, size).text, leaf=LEAVES[index], key=LOG.verifier
        )

        assert checkpoint == checkpoint_of(size)


def test_a_proof_is_of_one_entry_only():
    with pytest.raises(Damaged, match="not what stands at that place"):
        verify_proof(proof_of(2, 5).text, leaf=b"four", key=LOG.verifier)


@given(st.data())
def test_a_proof_file_of_which_any_bit_was_changed_fails(data):
    text = proof_of(2, 5).text.encode()
    bit = data.draw(st.integers(min_value=0, max_value=8 * len(text) - 1))
    changed = bytearray(text)
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises((Damaged, Malformed)):
        verify_proof(changed.decode(errors="replace"), leaf=b"three", key=LOG.verifier)


def test_a_proof_under_another_log_s_key_fails():
    with pytest.raises(Damaged, match="No key that is trusted here"):
        verify_proof(proof_of(2, 5).text, leaf=b"three", key=OTHER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex one\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex \n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nextra !!\nindex 1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n"
        + "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n" * 65
        + "\ncheckpoint\n",
    ],
)
def test_what_is_no_proof_file_is_refused(text):
    with pytest.raises(Malformed):
        parse_proof(text)


pieces = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "\n",
                "\n\n",
                "— ",
                "+",
                "=",
                "index 1",
                "extra ",
                "c2sp.org/tlog-proof@v1\n",
                "\ud800",
            ]
        ),
        st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode()),
    ),
    max_size=8,
).map("".join)


@given(pieces)
@pytest.mark.parametrize(
    "parse", [parse_note, parse_checkpoint, parse_proof, parse_verifier_key]
)
def test_whatever_is_read_is_understood_or_refused(parse, text):
    with contextlib.suppress(Malformed):
        read = parse(text)

        assert type(read) in {Note, Checkpoint, Proof, VerifierKey}


@given(st.binary(min_size=1, max_size=80))
def test_no_made_up_signature_opens_a_note(value):
    line = base64.b64encode(LOG.verifier.id + value).decode()

    with pytest.raises(Damaged, match="does not fit"):
        open_note(f"A line.\n\n— {LOG.name} {line}\n", LOG.verifier)

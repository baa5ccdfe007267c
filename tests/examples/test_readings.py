"""Bytes to table."""

import pytest

from table_steward.choices import Choices
from table_steward.encodings import decode
from table_steward.readings import MOST_BYTES, read, sniff


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_decoded_whatever_its_encoding(encoding: str) -> None:
    data = "name,city\nPeña,Zürich\nRené,Łódź\n".replace("Łódź", "Nîmes").encode(encoding)

    found = decode(data)

    assert found.text == "name,city\nPeña,Zürich\nRené,Nîmes\n"
    assert found.encoding == encoding
    assert found.guessed == (encoding == "cp1252")


def test_utf_16_is_known_without_its_mark() -> None:
    found = decode("name,city\nAda,London\n".encode("utf-16-be"))

    assert (found.text, found.encoding) == ("name,city\nAda,London\n", "utf-16-be")


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03", b"a,b\n\x81\x8d,1\n", b"PK\x03\x04\xff"])
def test_what_is_no_text_is_asked_about(data: bytes) -> None:
    found = decode(data)

    assert found.text is None
    assert found.question is not None
    assert found.question.id == "encoding"


def test_a_letter_cut_in_two_at_the_end_says_that_the_file_is_torn() -> None:
    data = "a,b\né,é\né,é".encode()[:-1]

    reading = read(data, choices=Choices())

    assert [question.id for question in reading.questions] == ["truncated"]


def test_a_quote_that_is_never_closed_says_that_the_file_is_torn() -> None:
    reading = read(b'a,b\n1,2\n3,"fo', choices=Choices())

    assert [question.id for question in reading.questions] == ["truncated"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_evenly(delimiter: str) -> None:
    text = f"a{delimiter}b\n1,5{delimiter}2\n".replace(
        "1,5", '"1,5"' if delimiter == "," else "1,5"
    )

    assert sniff(text) == (delimiter, False)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_is_asked_about(data: bytes) -> None:
    reading = read(data, choices=Choices())

    assert reading.table is None
    assert [question.id for question in reading.questions] == ["again"]


def test_a_file_that_is_too_large_is_not_begun() -> None:
    reading = read(bytes(MOST_BYTES + 1), choices=Choices())

    assert reading.table is None
    assert "33,554,433 bytes" in reading.questions[0].text


def test_ragged_rows_can_be_kept_without_losing_a_cell() -> None:
    reading = read(b"a,b\n1\n1,2\n1,2,3\n", choices=Choices(ragged="keep"))

    assert reading.table is not None
    assert reading.table.rows == (("1", ""), ("1", "2"), ("1", "2,3"))
    assert [(c.row, c.before, c.after) for c in reading.changes] == [
        (1, "1", "1,"),
        (3, "1,2,3", '1,"2,3"'),
    ]


def test_columns_without_a_name_of_their_own_are_named() -> None:
    reading = read(b"id,,id\nx,y,z\n", choices=Choices())

    assert reading.table is not None
    assert reading.table.header == ("id", "column_2", "id_2")


def test_a_first_line_like_all_others_is_asked_about() -> None:
    reading = read(b"1,x\n2,y\n3,z\n", choices=Choices())
    told = read(b"1,x\n2,y\n3,z\n", choices=Choices(header="data"))

    assert [question.id for question in reading.questions] == ["header"]
    assert told.table is not None
    assert told.table.header == ("column_1", "column_2")
    assert len(told.table.rows) == 3


def test_every_change_to_the_bytes_around_the_cells_is_told() -> None:
    reading = read('\ufeff"a";b\r\n1;2\r\n'.encode(), choices=Choices(header="names"))

    assert [(c.rule, c.before) for c in reading.changes] == [
        ("encoding", "utf-8-sig"),
        ("delimiter", ";"),
        ("line ends", "CRLF"),
        ("quoting", "other quotes"),
    ]

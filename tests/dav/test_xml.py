"""WebDAV's XML: what is read, and that what is written can be read again."""

from contextlib import suppress
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.dav import xml
from signoff.dav.depths import wanted
from signoff.dav.locking import MAX_OWNER, lockinfo
from signoff.dav.properties import Wanted
from signoff.domain.errors import Malformed, Refusal

PROPFIND = '<propfind xmlns="DAV:">{}</propfind>'


def test_names_have_their_namespaces_whatever_the_prefix():
    for body in (
        b'<a:propfind xmlns:a="DAV:"><a:allprop/></a:propfind>',
        b'<propfind xmlns="DAV:"><allprop/></propfind>',
        b'<D:propfind xmlns:D="DAV:"><x:allprop xmlns:x="DAV:"/></D:propfind>',
    ):
        root = xml.read(body)
        assert root.tag == "{DAV:}propfind"
        assert xml.child(root, "allprop") is not None


def test_a_name_without_a_namespace_has_none():
    root = xml.read(b"<a><b xmlns=''/></a>")

    assert xml.split(root.tag) == ("", "a")
    assert xml.split("{urn:x}b") == ("urn:x", "b")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a:b/>",
        b'<a x="1" x="2"/>',
        b'<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>',
        b'<a xmlns:p=""/>',
        b"<a>\x00</a>",
        b"<a>\xff</a>",
        b"<a>&nbsp;</a>",
        b"<a>&#0;</a>",
        b"<a>&#xFFFE;</a>",
        b"<a",
    ],
)
def test_what_is_no_xml_is_refused(body: bytes):
    with pytest.raises(Malformed):
        xml.read(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes):
    with suppress(Refusal):
        xml.read(body)


def test_propfind_asks_for_all_for_names_or_for_some():
    assert wanted(b"") == Wanted(everything=True)
    assert wanted(PROPFIND.format("<allprop/>").encode()) == Wanted(everything=True)
    assert wanted(PROPFIND.format("<propname/>").encode()) == Wanted(only_names=True)
    both = '<prop><getetag/><x xmlns="urn:x"/><y xmlns=""/><getetag/></prop>'
    assert wanted(PROPFIND.format(both).encode()) == Wanted(
        names=(("DAV:", "getetag"), ("urn:x", "x"), ("", "y"))
    )
    more = "<allprop/><include><quota-used-bytes/></include>"
    assert wanted(PROPFIND.format(more).encode()) == Wanted(
        names=(("DAV:", "quota-used-bytes"),), everything=True
    )


def test_unknown_elements_in_a_propfind_are_ignored():
    body = PROPFIND.format('<x xmlns="urn:x"/><propname/><!-- c --><?pi?>').encode()

    assert wanted(body) == Wanted(only_names=True)


@pytest.mark.parametrize(
    "body",
    [
        b'<prop xmlns="DAV:"/>',
        b"<propfind/>",
        PROPFIND.format("").encode(),
        PROPFIND.format("<allprop/><propname/>").encode(),
        PROPFIND.format("<prop/><allprop/>").encode(),
    ],
)
def test_a_propfind_that_asks_for_nothing_is_refused(body: bytes):
    with pytest.raises(Malformed):
        wanted(body)


LOCK = '<lockinfo xmlns="DAV:">{}</lockinfo>'
KIND = "<locktype><write/></locktype>"
EXCLUSIVE = "<lockscope><exclusive/></lockscope>"


def test_a_lockinfo_says_which_lock_and_of_whom():
    found = lockinfo(
        LOCK.format(f"{EXCLUSIVE}{KIND}<owner><href>mailto:a</href></owner>").encode()
    )

    assert found.mode == "exclusive"
    owner = ET.fromstring(f"<owner>{found.owner}</owner>")
    assert owner[0].tag == "{DAV:}href"
    assert owner[0].text == "mailto:a"


def test_what_is_said_of_the_owner_comes_back_as_xml():
    said = 'Ada &amp; <x:n xmlns:x="urn:x" a="&lt;&quot;">B&lt;C</x:n> tail'
    found = lockinfo(LOCK.format(f"{EXCLUSIVE}{KIND}<owner>{said}</owner>").encode())

    owner = ET.fromstring(f"<owner>{found.owner}</owner>")
    assert owner.text == "Ada & "
    assert (owner[0].tag, owner[0].text, owner[0].attrib) == ("{urn:x}n", "B<C", {"a": '<"'})
    assert owner[0].tail == " tail"


def test_a_long_owner_becomes_short_text_and_stays_xml():
    said = "<b xmlns='urn:x'>&lt;&amp;</b>" * 2000
    found = lockinfo(LOCK.format(f"{EXCLUSIVE}{KIND}<owner>{said}</owner>").encode())

    assert 0 < len(found.owner) <= MAX_OWNER
    ET.fromstring(f"<owner>{found.owner}</owner>")


@pytest.mark.parametrize(
    "inside",
    [
        "",
        KIND,
        EXCLUSIVE,
        f"<lockscope/>{KIND}",
        f"<lockscope><exclusive/><shared/></lockscope>{KIND}",
        f"<lockscope><other/></lockscope>{KIND}",
        f"{EXCLUSIVE}<locktype/>",
        f"{EXCLUSIVE}<locktype><read/></locktype>",
    ],
)
def test_a_lock_that_does_not_exist_is_refused(inside: str):
    with pytest.raises(Refusal):
        lockinfo(LOCK.format(inside).encode())


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="}\ufffe\uffff"),
    max_size=20,
)


@given(texts, names, texts, texts)
def test_what_is_written_is_read_back(namespace: str, name: str, value: str, language: str):
    for written in (
        xml.filled(namespace, name, xml.text(value), language=language),
        xml.empty(namespace, name),
    ):
        root = ET.fromstring(f'<r xmlns:D="DAV:">{written}</r>')
        assert xml.split(root[0].tag) == (namespace, name)
    filled = ET.fromstring(
        f"<r>{xml.filled(namespace, name, xml.text(value), language=language)}</r>"
    )
    assert (filled[0].text or "") == value
    assert filled[0].get(xml.LANGUAGE, "") == language


def test_the_innermost_language_counts():
    root = xml.read(b'<a xml:lang="de"><b xml:lang="en"/><c/></a>')

    assert xml.language_of(root[0], root) == "en"
    assert xml.language_of(root[1], root) == "de"
    assert xml.language_of(xml.read(b"<a/>")) == ""

"""XML from an enemy: refused fast, nothing fetched, nothing leaked, memory flat."""

import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from signoff.dav import xml
from signoff.domain.errors import Forbidden, Malformed, Refusal, TooLarge
from tests.dav.drive import Town

QUICK = 1.0
"""Seconds of this process's time; each takes a hundredth of it."""

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
TYPES = {
    "internal": '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    "laughs": f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a>&l11;</a>',
    "quadratic": f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a>{"&e;" * 5000}</a>',
    "attribute": '<!DOCTYPE a [<!ENTITY e "x">]><a b="&e;"/>',
    "default": '<!DOCTYPE a [<!ATTLIST a b CDATA "x">]><a/>',
    "external": '<!DOCTYPE a [<!ENTITY e SYSTEM "http://127.0.0.1:{port}/x">]><a>&e;</a>',
    "file": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "dtd": '<!DOCTYPE a SYSTEM "http://127.0.0.1:{port}/x.dtd"><a/>',
    "public": '<!DOCTYPE a PUBLIC "-//X" "http://127.0.0.1:{port}/x.dtd"><a/>',
    "parameter": '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p">%p;]><a/>',
    "bare": "<!DOCTYPE a><a/>",
    "notation": '<!DOCTYPE a [<!NOTATION n SYSTEM "http://127.0.0.1:{port}/n">]><a/>',
}


@contextmanager
def quick(seconds: float = QUICK) -> Iterator[None]:
    before = time.process_time()
    yield
    assert time.process_time() - before < seconds


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A server that nobody is to call; those who did are noted."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                callers.append("somebody")
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1], callers
        finally:
            time.sleep(0.1)
            done.set()
            thread.join()


@pytest.mark.parametrize("kind", TYPES)
def test_a_document_type_is_refused_before_anything_of_it_is_looked_at(kind: str):
    body = TYPES[kind].replace("{port}", "9").encode()

    with quick(), pytest.raises(Forbidden) as refused:
        xml.read(body)

    assert refused.value.code == "xml_refused"


async def test_nothing_is_fetched_and_nothing_leaked(fresh: Town):
    dan = fresh["dan"]
    await dan.put("a.txt", "x")
    with listening() as (port, callers):
        for kind, text in TYPES.items():
            body = text.replace("{port}", str(port))
            for method in ("PROPFIND", "LOCK"):
                refused = await dan(method, "a.txt", {"Depth": "0"}, body)
                assert (refused.status, refused.condition) == (403, "no-external-entities"), (
                    kind
                )
                assert b"root:" not in refused.body

    assert callers == []
    assert (
        len((await dan("PROPFIND", "a.txt", {"Depth": "0"})).prop("lockdiscovery") or ()) == 0
    )


DEEP = {
    "deep": "<a>" * 100_000,
    "deep and closed": "<a>" * 10_000 + "</a>" * 10_000,
    "wide": f"<a>{'<b/>' * 100_000}</a>",
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_too_deep_or_too_much_is_refused(kind: str):
    with quick(), pytest.raises(TooLarge):
        xml.read(DEEP[kind].encode())


def _many(text: str, count: int) -> str:
    return f"<a {' '.join(text.replace('#', str(n)) for n in range(count))}/>"


FLOODS = {
    "attributes": _many('a#=""', 60_000),
    "one attribute": f'<a b="{"x" * 900_000}"/>',
    "namespaces": _many('xmlns:n#="u#"', 40_000),
    "same namespace": _many('xmlns:n#="u"', 40_000),
    "prefixed attributes": _many('xmlns:n#="u#" n#:a=""', 20_000),
    "long namespace": f"<r xmlns:n='{'u' * 700_000}'>{'<n:a/>' * 19_000}</r>",
    "long enough namespace": f"<r xmlns:n='{'u' * 1000}'>{'<n:a/>' * 19_000}</r>",
    "long namespace of attributes": _many("n:a#=''", 20_000).replace(
        "<a", f"<a xmlns:n='{'u' * 500_000}'"
    ),
    "attributes of a namespace above": f"<r xmlns:n='{'u' * 1000}'>"
    + _many("n:a#=''", 1_000) * 70
    + "</r>",
    "long name": f"<{'a' * 900_000}/>",
    "long names": "<r>" + ("<" + "a" * 400 + "/>") * 2000 + "</r>",
    "text": f"<a>{'x' * 1_000_000}</a>",
    "references": f"<a>{'&#65;' * 200_000}</a>",
    "comments": f"<a>{'<!---->' * 140_000}</a>",
    "instructions": f"<a>{'<?a?>' * 200_000}</a>",
    "cdata": f"<a>{'<![CDATA[]]>' * 80_000}</a>",
    "half": "<a " + "b" * 900_000,
    "half attribute": '<a b="' + "b" * 900_000,
    "half comment": "<a><!--" + "-b" * 450_000,
}


@pytest.mark.parametrize("kind", FLOODS)
def test_floods_are_over_soon_and_leave_nothing_behind(kind: str):
    body = FLOODS[kind].encode()
    assert len(body) <= xml.MAX_BYTES + 100_000
    tracemalloc.start()
    try:
        with quick(2.0), suppress(Refusal):
            xml.read(body)
        now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now < 1_000_000
    assert most < 40_000_000


FITS_IN = 400 << 20
READS_IT = """
import resource, sys
from signoff.dav import xml
from signoff.domain.errors import Refusal
body = sys.stdin.buffer.read()
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
try:
    xml.read(body)
except Refusal:
    print("refused")
"""


@pytest.mark.parametrize("kind", [each for each in FLOODS if "namespace" in each])
def test_no_names_take_more_than_a_little_of_the_machine(kind: str):
    """Expat writes a namespace out before each name in it, where no tracing sees it."""
    ran = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", READS_IT, str(FITS_IN)],
        input=FLOODS[kind].encode(),
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert ran.returncode == 0, ran.stderr[-500:]


async def test_a_body_that_is_too_large_is_refused_unread(fresh: Town):
    dan = fresh["dan"]
    pieces = [b"<a>" + b" " * 65_536] * 20

    with quick():
        announced = await dan(
            "PROPFIND", "", {"Depth": "0", "Content-Length": "999999999"}, pieces
        )
        chunked = await dan("PROPFIND", "", {"Depth": "0"}, pieces)
        lock = await dan("LOCK", "x.txt", {}, pieces)

    assert (announced.status, chunked.status, lock.status) == (413, 413, 413)
    assert not await dan.there("x.txt")


PROPFIND = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
READ = ["utf-8", "UTF-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "us-ascii"]
LABELS = [
    "utf-7",
    "utf-32",
    "utf-32-le",
    "cp037",
    "cp500",
    "ebcdic-cp-us",
    "shift_jis",
    "big5",
    "gb18030",
    "iso-2022-jp",
    "hz",
    "utf-8-sig",
    "x-unknown",
    "rot13",
    "rot_13",
    "hex",
    "base64",
    "zlib",
    "bz2",
    "uu",
    "quopri",
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "os",
    "../../etc/passwd",
    "a" * 10_000,
    "",
    "koi8-r",
    "cp1252",
    "cp037 ",
    "none",
    "utf-16-none",
]


@pytest.mark.parametrize("label", [*READ, *LABELS])
def test_whatever_a_document_says_of_its_encoding_it_is_read_or_refused(label: str):
    text = f'<?xml version="1.0" encoding="{label}"?>{PROPFIND}'
    bodies = [text.encode()]
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7", "cp037"):
        bodies += [text.encode(codec), PROPFIND.encode(codec)]

    for body in bodies:
        with quick():
            try:
                root = xml.read(body)
            except Malformed:
                continue
        assert root.tag == "{DAV:}propfind"


@pytest.mark.parametrize(
    "mark",
    [
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfe\x00\x00",
        b"\x00\x00\xfe\xff",
        b"\x00",
    ],
)
def test_marks_of_byte_order_are_understood_or_refused(mark: bytes):
    for rest in (PROPFIND.encode(), PROPFIND.encode("utf-16-le"), PROPFIND.encode("utf-16-be")):
        try:
            assert xml.read(mark + rest).tag == "{DAV:}propfind"
        except Malformed:
            continue


def test_windows_may_write_utf_16():
    text = f'<?xml version="1.0" encoding="utf-16"?>{PROPFIND}'

    assert xml.read(text.encode("utf-16")).tag == "{DAV:}propfind"
    assert xml.read(b"\xef\xbb\xbf" + PROPFIND.encode()).tag == "{DAV:}propfind"


def test_a_document_type_hides_in_no_encoding():
    text = TYPES["internal"]
    for codec in ("utf-8", "utf-16", "utf-16-le", "utf-16-be"):
        for head in ("", f'<?xml version="1.0" encoding="{codec}"?>'):
            with pytest.raises((Forbidden, Malformed)):
                xml.read((head + text).encode(codec))


async def test_no_nonsense_is_a_fault_of_ours(fresh: Town):
    dan = fresh["dan"]
    await dan.put("a.txt", "x")
    odd = [
        b"\x00" * 100,
        b"<a>\x00</a>",
        b"\xff\xfe",
        b"<a\x00/>",
        PROPFIND.encode("utf-7"),
        PROPFIND.encode("cp037"),
        PROPFIND.encode("utf-32"),
        b"<?xml version='1.1'?><a/>",
        b"<?xml version='9.9'?><a/>",
        b'<?xml version="1.0" encoding="\xff"?><a/>',
        b"<propfind xmlns='DAV:'><prop><" + "é".encode() + b"/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop><a xmlns='&lt;&quot;&gt;'/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop><a xmlns='%s %(x)d'/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop><a xmlns='\xc3\xa9'/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop><a xmlns='x&#10;&#9;y'/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop><xml:lang/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop><a xmlns='http://www.w3.org/XML/1998/namespace'/></prop></propfind>",
        b"<propfind xmlns='DAV:'><prop>"
        + b"<a xmlns='urn:x'/>" * 10_000
        + b"</prop></propfind>",
    ]

    for body in odd:
        for method in ("PROPFIND", "LOCK"):
            for path in ("a.txt", ""):
                answer = await dan(method, path, {"Depth": "0"}, body)
                assert answer.status in (207, 400, 403, 413), (method, body[:60], answer.status)
                assert answer.xml is not None

"""Members of a folder are written fast, and as any resource is."""

from datetime import UTC, datetime
from itertools import product
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from signoff.actions.lock_views import LockView
from signoff.actions.views import Who
from signoff.dav import properties, xml
from signoff.dav.members import Writer
from signoff.dav.properties import LIVE, OWNCLOUD, STANDARD, Facts, Quota, Wanted
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import SECOND, Instant, NodeId, Slug

NAMES = (
    "plain.txt",
    "100%.txt",
    "%s %(x)d",
    "a & b <c>.txt",
    "quote\"'.txt",
    "Müller Übung.pdf",
    "日本語",
    "#?;.txt",
    "a%20b",
)
MISSING = (("DAV:", "nothing"), ("urn:%s", "y"), ("", "bare"))
WANTED = (
    Wanted(everything=True),
    Wanted(only_names=True),
    Wanted(names=tuple(STANDARD)),
    Wanted(names=tuple(LIVE)),
    Wanted(names=MISSING),
    Wanted(names=(("DAV:", "getetag"), *MISSING)),
    Wanted(names=()),
    Wanted(names=(("DAV:", "quota-used-bytes"), ("DAV:", "getetag")), everything=True),
    Wanted(names=MISSING, everything=True),
)
LOCK = LockView(
    path="f/100%",
    mode="exclusive",
    depth="infinity",
    kind="dav",
    holder=Who(id="pe_ada", kind="person", name="Ada % & <co>"),
    taken_at=datetime(2026, 1, 1, tzinfo=UTC),
    expires_at=datetime(2026, 1, 2, tzinfo=UTC),
)


def node(name: str, kind: NodeKind) -> Node:
    is_file = kind is NodeKind.FILE
    return Node(
        id=NodeId("nd_1"),
        parent=NodeId("nd_0"),
        name=name,
        kind=kind,
        version=3 if is_file else 0,
        size=4711 if is_file else 0,
        media_type="text/plain; a=%d&<" if is_file else "",
        created_at=Instant(1_700_000_000 * SECOND),
        modified_at=Instant(1_700_000_123 * SECOND + 999_999),
    )


@pytest.mark.parametrize("folder", ["/dav/acme/", "/dav/acme/100%25/a%20%25s/"])
@pytest.mark.parametrize(
    "plain",
    [
        Facts(workspace=Slug("acme")),
        Facts(workspace=Slug("acme"), locks=(LOCK,)),
    ],
)
@pytest.mark.parametrize("wanted", WANTED)
def test_a_member_is_written_as_any_resource_is(wanted: Wanted, plain: Facts, folder: str):
    writer = Writer(wanted, folder, plain)

    for name, kind in product(NAMES, NodeKind):
        member = node(name, kind)
        end = "/" if member.is_folder else ""
        expected = xml.response(
            f"{folder}{quote(name, safe='')}{end}",
            [properties.of_node(wanted, member, plain)],
        )
        assert _told(writer.member(member)) == _told(expected)


def _told(response: str) -> object:
    """What a response says: its address, and each status with its properties in any order."""
    root = ET.fromstring(f'<r xmlns:D="DAV:">{response}</r>')[0]
    stats = [
        (
            stat.findtext("{DAV:}status"),
            sorted(
                ET.tostring(each, encoding="unicode") for each in stat.find("{DAV:}prop") or ()
            ),
        )
        for stat in root.iter("{DAV:}propstat")
    ]
    return root.findtext("{DAV:}href"), stats


def test_a_members_own_facts_are_told_of_it_alone():
    writer = Writer(
        Wanted(names=((OWNCLOUD, "checksums"), ("urn:x", "dead"), ("DAV:", "getlastmodified"))),
        "/dav/acme/f/",
        Facts(workspace=Slug("acme")),
    )
    own = Facts(
        workspace=Slug("acme"),
        dead={("urn:x", "dead"): '<x:dead xmlns:x="urn:x">1</x:dead>'},
        mtime=1_000_000_000,
        checksum="SHA1:ab",
    )

    noted = writer.member(node("a", NodeKind.FILE), own)
    plain = writer.member(node("b", NodeKind.FILE))

    assert "<o:checksum>SHA1:ab</o:checksum>" in noted
    assert '<x:dead xmlns:x="urn:x">1</x:dead>' in noted
    assert "Sun, 09 Sep 2001 01:46:40 GMT" in noted
    assert plain.count("404 Not Found") == 1
    assert "Tue, 14 Nov 2023 22:15:23 GMT" in plain


def test_quota_is_told_of_folders_by_name_alone():
    facts = Facts(workspace=Slug("acme"), quota=Quota(used=10, available=None))
    folder, file = node("a", NodeKind.FOLDER), node("b", NodeKind.FILE)
    asked = Wanted(names=(("DAV:", "quota-used-bytes"), ("DAV:", "quota-available-bytes")))

    assert "<D:quota-used-bytes>10</D:quota-used-bytes>" in properties.of_node(
        asked, folder, facts
    )
    assert "10" not in properties.of_node(asked, file, facts)
    assert "quota" not in properties.of_node(Wanted(everything=True), folder, facts)

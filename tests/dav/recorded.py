"""What clients of drives send, in their order: method, headers and body as they write them.

`{etag}` and `{token}` stand for what the server last gave; `{at}` is the folder that is tried.
"""

from typing import Any

from msgspec import Struct, field


class Step(Struct, frozen=True):
    """One request, and the statuses after which its client goes on."""

    method: str
    path: str
    expect: tuple[int, ...]
    headers: dict[str, str] = {}
    body: str | tuple[bytes, ...] = ""
    sees: tuple[str, ...] = ()
    """Properties that must be there with status 200."""
    has: dict[str, str] = field(default_factory=dict)
    """Headers that must be in the answer, and how they begin."""


XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>'

# Finder: macOS 14, WebDAVFS 3.0.

_FINDER = {"User-Agent": "WebDAVFS/3.0.0 (03008000) Darwin/23.5.0 (arm64)", "Accept": "*/*"}
_FINDER_XML = _FINDER | {"Content-Type": "text/xml", "Depth": "0"}
_FINDER_PROPS = (
    f'{XML_HEAD}\n<D:propfind xmlns:D="DAV:">\n<D:prop>\n<D:getlastmodified/>\n'
    "<D:getcontentlength/>\n<D:creationdate/>\n<D:resourcetype/>\n</D:prop>\n</D:propfind>\n"
)
_FINDER_QUOTA = (
    f'{XML_HEAD}\n<D:propfind xmlns:D="DAV:">\n<D:prop>\n<D:quota-available-bytes/>\n'
    "<D:quota-used-bytes/>\n<D:quota/>\n<D:quotaused/>\n</D:prop>\n</D:propfind>\n"
)
_FINDER_LOCK = (
    f'{XML_HEAD}\n<D:lockinfo xmlns:D="DAV:">\n<D:lockscope><D:exclusive/></D:lockscope>\n'
    "<D:locktype><D:write/></D:locktype>\n<D:owner>\n<D:href>http://www.apple.com/webdav_fs/"
    "</D:href>\n</D:owner>\n</D:lockinfo>\n"
)
FINDER = (
    Step("OPTIONS", "{at}/", (200,), _FINDER, has={"dav": "1, 2", "allow": "OPTIONS"}),
    Step(
        "PROPFIND",
        "{at}/",
        (207,),
        _FINDER_XML,
        _FINDER_PROPS,
        sees=("getlastmodified", "creationdate", "resourcetype"),
    ),
    Step("PROPFIND", "{at}/", (207,), _FINDER_XML, _FINDER_QUOTA, sees=("quota-used-bytes",)),
    Step("PROPFIND", "{at}/", (207,), _FINDER_XML | {"Depth": "1"}, _FINDER_PROPS),
    Step("PROPFIND", "{at}/Report%20u%CC%88ber.pdf", (404,), _FINDER_XML, _FINDER_PROPS),
    Step("PUT", "{at}/Report%20u%CC%88ber.pdf", (201,), _FINDER | {"Content-Length": "0"}),
    Step(
        "LOCK",
        "{at}/Report%20u%CC%88ber.pdf",
        (200, 201),
        _FINDER_XML | {"Timeout": "Second-600"},
        _FINDER_LOCK,
        has={"lock-token": "<opaquelocktoken:"},
    ),
    Step(
        "PUT",
        "{at}/Report%20u%CC%88ber.pdf",
        (200, 201, 204),
        _FINDER
        | {
            "If": "(<{token}>)",
            "Transfer-Encoding": "chunked",
            "X-Expected-Entity-Length": "131077",
            "Content-Type": "application/pdf",
        },
        (b"%PDF-" + b"x" * 65_531, b"y" * 65_536, b"%%EOF"),
    ),
    Step(
        "PROPFIND",
        "{at}/Report%20u%CC%88ber.pdf",
        (207,),
        _FINDER_XML,
        _FINDER_PROPS,
        sees=("getcontentlength", "getlastmodified", "resourcetype"),
    ),
    Step(
        "LOCK",
        "{at}/Report%20u%CC%88ber.pdf",
        (200,),
        _FINDER | {"If": "(<{token}>)", "Timeout": "Second-600", "Content-Length": "0"},
    ),
    Step(
        "UNLOCK",
        "{at}/Report%20u%CC%88ber.pdf",
        (204,),
        _FINDER | {"Lock-Token": "<{token}>"},
    ),
    Step("PROPFIND", "{at}/._Report%20u%CC%88ber.pdf", (404,), _FINDER_XML, _FINDER_PROPS),
    Step("PUT", "{at}/._Report%20u%CC%88ber.pdf", (201,), _FINDER | {"Content-Length": "0"}),
    Step(
        "LOCK",
        "{at}/._Report%20u%CC%88ber.pdf",
        (200, 201),
        _FINDER_XML | {"Timeout": "Second-600"},
        _FINDER_LOCK,
        has={"lock-token": "<opaquelocktoken:"},
    ),
    Step(
        "PUT",
        "{at}/._Report%20u%CC%88ber.pdf",
        (200, 201, 204),
        _FINDER | {"If": "(<{token}>)", "Transfer-Encoding": "chunked"},
        (b"\x00\x05\x16\x07" + b"\x00" * 4092,),
    ),
    Step(
        "UNLOCK",
        "{at}/._Report%20u%CC%88ber.pdf",
        (204,),
        _FINDER | {"Lock-Token": "<{token}>"},
    ),
    Step("GET", "{at}/._Report%20u%CC%88ber.pdf", (200,), _FINDER),
    Step("PROPFIND", "{at}/.DS_Store", (404,), _FINDER_XML, _FINDER_PROPS),
    Step("DELETE", "{at}/._Report%20u%CC%88ber.pdf", (204,), _FINDER),
    Step("PROPFIND", "{at}/", (207,), _FINDER_XML | {"Depth": "1"}, _FINDER_PROPS),
    Step(
        "HEAD", "{at}/Report%20u%CC%88ber.pdf", (200,), _FINDER, has={"content-length": "131"}
    ),
    Step(
        "GET",
        "{at}/Report%20u%CC%88ber.pdf",
        (200,),
        _FINDER | {"Cache-Control": "no-cache"},
        has={"content-length": "131077", "etag": '"', "last-modified": ""},
    ),
    Step(
        "MOVE",
        "{at}/Report%20u%CC%88ber.pdf",
        (201,),
        _FINDER
        | {
            "Destination": "http://signoff.example/dav/acme/{at}/Bericht%20u%CC%88ber.pdf",
            "Overwrite": "F",
        },
    ),
    Step("DELETE", "{at}/Bericht%20u%CC%88ber.pdf", (204,), _FINDER),
)

# Windows 11's Mini-Redirector.

_WINDOWS = {
    "Connection": "Keep-Alive",
    "User-Agent": "Microsoft-WebDAV-MiniRedir/10.0.22631",
    "Translate": "f",
}
_CLIENT = {"User-Agent": "DavClnt", "Connection": "Keep-Alive", "translate": "f"}
_WINDOWS_LOCK = (
    f'{XML_HEAD}<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner><D:href>ACME\\dan</D:href></D:owner>"
    "</D:lockinfo>"
)
_DEPTH_0 = {"Depth": "0", "Content-Length": "0"}
_WINDOWS_TIMES = (
    f'{XML_HEAD}<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set>'
    "<D:prop><Z:Win32CreationTime>Fri, 13 Nov 2026 09:00:00 GMT</Z:Win32CreationTime>"
    "<Z:Win32LastAccessTime>Fri, 13 Nov 2026 09:00:00 GMT</Z:Win32LastAccessTime>"
    "<Z:Win32LastModifiedTime>Fri, 13 Nov 2026 09:00:00 GMT</Z:Win32LastModifiedTime>"
    "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set>"
    "</D:propertyupdate>"
)
WINDOWS = (
    Step("OPTIONS", "/", (200,), _CLIENT, has={"dav": "1", "ms-author-via": "DAV"}),
    Step("PROPFIND", "/", (207,), _WINDOWS | _DEPTH_0, sees=("resourcetype",)),
    Step("OPTIONS", "/dav", (200,), _CLIENT, has={"dav": "1", "ms-author-via": "DAV"}),
    Step("PROPFIND", "/dav", (207,), _WINDOWS | _DEPTH_0, sees=("resourcetype",)),
    Step("PROPFIND", "/dav/acme", (207,), _WINDOWS | _DEPTH_0, sees=("resourcetype",)),
    Step("PROPFIND", "{at}", (207,), _WINDOWS | {"Depth": "1", "Content-Length": "0"}),
    Step("PROPFIND", "{at}/Neu%20%26%20gut.docx", (404,), _WINDOWS | _DEPTH_0),
    Step("PUT", "{at}/Neu%20%26%20gut.docx", (201,), _WINDOWS | {"Content-Length": "0"}),
    Step(
        "LOCK",
        "{at}/Neu%20%26%20gut.docx",
        (200,),
        _WINDOWS | {"Timeout": "Second-3600", "Content-Type": 'text/xml; charset="utf-8"'},
        _WINDOWS_LOCK,
        has={"lock-token": "<opaquelocktoken:"},
    ),
    Step("HEAD", "{at}/Neu%20%26%20gut.docx", (200,), _WINDOWS, has={"content-length": "0"}),
    Step(
        "PUT",
        "{at}/Neu%20%26%20gut.docx",
        (200, 204),
        _WINDOWS | {"If": "(<{token}>)"},
        (b"PK\x03\x04" + b"\x00" * 20_000,),
    ),
    Step(
        "PROPPATCH",
        "{at}/Neu%20%26%20gut.docx",
        (207,),
        _WINDOWS | {"If": "(<{token}>)", "Content-Type": 'text/xml; charset="utf-8"'},
        _WINDOWS_TIMES,
    ),
    Step(
        "UNLOCK",
        "{at}/Neu%20%26%20gut.docx",
        (204,),
        _WINDOWS | {"Lock-Token": "{token}"},
    ),
    Step(
        "PROPFIND",
        "{at}/Neu%20%26%20gut.docx",
        (207,),
        _WINDOWS | _DEPTH_0,
        sees=("creationdate", "getcontentlength", "getlastmodified", "resourcetype"),
    ),
    Step(
        "MOVE",
        "{at}/Neu%20%26%20gut.docx",
        (201,),
        _WINDOWS
        | {
            "Destination": "http://signoff.example/dav/acme/{at}/Alt.docx",
            "Overwrite": "F",
            "Content-Length": "0",
        },
    ),
    Step("GET", "{at}/Alt.docx", (200,), _WINDOWS, has={"content-length": "20004"}),
    Step("DELETE", "{at}/Alt.docx", (204,), _WINDOWS),
)

# Word 365 on Windows: opens under a lock, asks who has it, saves, keeps it alive, lets it go.

_OFFICE = {
    "User-Agent": "Microsoft Office Word 2014",
    "X-Office-Major-Version": "16",
    "X-MSGETWEBURL": "t",
    "X-IDCRL_ACCEPTED": "t",
}
_OFFICE_LOCK = (
    f'{XML_HEAD}<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner><D:href>Dan Brown</D:href></D:owner>"
    "</D:lockinfo>"
)
_DISCOVERY = (
    f'{XML_HEAD}<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
)
WORD = (
    Step("OPTIONS", "{at}/", (200,), _OFFICE, has={"ms-author-via": "DAV", "dav": "1, 2"}),
    Step("HEAD", "{at}/", (200,), _OFFICE),
    Step("HEAD", "{at}/old.docx", (200,), _OFFICE, has={"etag": '"', "content-length": "4"}),
    Step(
        "LOCK",
        "{at}/old.docx",
        (200,),
        _OFFICE
        | {
            "Content-Type": "text/xml",
            "Timeout": "Second-3600",
            "Depth": "infinity",
        },
        _OFFICE_LOCK,
        has={"lock-token": "<opaquelocktoken:"},
    ),
    Step("GET", "{at}/old.docx", (200,), _OFFICE, has={"etag": '"'}),
    Step(
        "PROPFIND",
        "{at}/old.docx",
        (207,),
        _OFFICE | {"Depth": "0", "Content-Type": "text/xml"},
        _DISCOVERY,
        sees=("lockdiscovery",),
    ),
    Step(
        "PUT",
        "{at}/old.docx",
        (200, 204),
        _OFFICE | {"If": "(<{token}>)"},
        (b"PK\x03\x04 first save",),
    ),
    Step(
        "LOCK",
        "{at}/old.docx",
        (200,),
        _OFFICE | {"If": "(<{token}>)", "Timeout": "Second-3600", "Content-Length": "0"},
    ),
    Step("HEAD", "{at}/old.docx", (200,), _OFFICE, has={"etag": '"'}),
    Step(
        "PUT",
        "{at}/old.docx",
        (200, 204),
        _OFFICE | {"If": "(<{token}> [{etag}])"},
        (b"PK\x03\x04 second save",),
    ),
    Step("UNLOCK", "{at}/old.docx", (204,), _OFFICE | {"Lock-Token": "<{token}>"}),
)

# An editor that saves aside and renames: the file stays the same file.

SAFE_SAVE = (
    Step("PUT", "{at}/new.tmp", (201,), {}, (b"saved aside",)),
    Step("MOVE", "{at}/old.docx", (201,), {"Destination": "/dav/acme/{at}/old.bak"}),
    Step("MOVE", "{at}/new.tmp", (201, 204), {"Destination": "/dav/acme/{at}/old.docx"}),
    Step("DELETE", "{at}/old.bak", (204,)),
    Step("GET", "{at}/old.docx", (200,)),
)

# LibreOffice 7, through neon and curl.

_LIBRE = {"User-Agent": "LibreOffice 7.6.4.1 (Linux)", "Pragma": "no-cache"}
_LIBRE_LOCK = (
    f'{XML_HEAD}\n<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>'
    "<locktype><write/></locktype><owner>LibreOffice - http://www.libreoffice.org/</owner>"
    "</lockinfo>"
)
_LIBRE_PROPS = (
    f'{XML_HEAD}<propfind xmlns="DAV:"><prop><resourcetype/><IsReadOnly '
    'xmlns="http://ucb.openoffice.org/dav/props/"/><getcontenttype/><supportedlock/>'
    "<lockdiscovery/></prop></propfind>"
)
LIBREOFFICE = (
    Step("OPTIONS", "{at}/old.docx", (200,), _LIBRE, has={"dav": "1, 2"}),
    Step(
        "PROPFIND",
        "{at}/old.docx",
        (207,),
        _LIBRE | {"Depth": "0", "Content-Type": "application/xml"},
        _LIBRE_PROPS,
        sees=("resourcetype", "supportedlock", "lockdiscovery", "getcontenttype"),
    ),
    Step(
        "LOCK",
        "{at}/old.docx",
        (200,),
        _LIBRE | {"Depth": "0", "Timeout": "Second-180", "Content-Type": "application/xml"},
        _LIBRE_LOCK,
        has={"lock-token": "<opaquelocktoken:"},
    ),
    Step("GET", "{at}/old.docx", (200,), _LIBRE, has={"content-length": "4"}),
    Step(
        "LOCK",
        "{at}/old.docx",
        (200,),
        _LIBRE | {"If": "(<{token}>)", "Timeout": "Second-180"},
    ),
    Step(
        "PUT",
        "{at}/old.docx",
        (200, 204),
        _LIBRE | {"If": "(<{token}>)", "Expect": "100-continue"},
        (b"PK\x03\x04 from LibreOffice",),
    ),
    Step("UNLOCK", "{at}/old.docx", (204,), _LIBRE | {"Lock-Token": "<{token}>"}),
)

# davfs2: locks around a save, and a name that is not there yet.

_DAVFS = {"User-Agent": "davfs2/1.7.0 neon/0.33.0", "TE": "trailers"}
DAVFS = (
    Step("OPTIONS", "{at}/", (200,), _DAVFS, has={"dav": "1, 2"}),
    Step(
        "PROPFIND",
        "{at}/",
        (207,),
        _DAVFS | {"Depth": "1", "Content-Type": "application/xml"},
        f'{XML_HEAD}\n<propfind xmlns="DAV:"><prop>\n<getetag xmlns="DAV:"/>\n'
        '<getcontentlength xmlns="DAV:"/>\n<creationdate xmlns="DAV:"/>\n'
        '<getlastmodified xmlns="DAV:"/>\n<resourcetype xmlns="DAV:"/>\n'
        '<executable xmlns="http://apache.org/dav/props/"/>\n</prop></propfind>\n',
        sees=("resourcetype", "getlastmodified"),
    ),
    Step("HEAD", "{at}/draft.txt", (404,), _DAVFS),
    Step(
        "LOCK",
        "{at}/draft.txt",
        (201,),
        _DAVFS | {"Depth": "0", "Timeout": "Second-1800", "Content-Type": "application/xml"},
        _LIBRE_LOCK,
        has={"lock-token": "<opaquelocktoken:"},
    ),
    Step("HEAD", "{at}/draft.txt", (200,), _DAVFS),
    Step(
        "PUT",
        "{at}/draft.txt",
        (200, 201, 204),
        _DAVFS | {"If": "</dav/acme/{at}/draft.txt> (<{token}>)"},
        (b"from davfs",),
    ),
    Step("HEAD", "{at}/draft.txt", (200,), _DAVFS, has={"etag": '"', "content-length": "10"}),
    Step("UNLOCK", "{at}/draft.txt", (204,), _DAVFS | {"Lock-Token": "<{token}>"}),
)

SEQUENCES: dict[str, tuple[Step, ...]] = {
    "Finder": FINDER,
    "Windows": WINDOWS,
    "Word": WORD,
    "an editor that renames": SAFE_SAVE,
    "LibreOffice": LIBREOFFICE,
    "davfs2": DAVFS,
}


def filled(step: Step, **known: Any) -> Step:
    """Return a step with what the server gave before put in."""

    def put_in(text: str) -> str:
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    return Step(
        step.method,
        put_in(step.path),
        step.expect,
        {name: put_in(value) for name, value in step.headers.items()},
        step.body,
        step.sees,
        step.has,
    )

"""Programs that edit a file where it lies: which open what, and the links that start them.

The links are Office's URI schemes (`ms-word:ofe|u|<address>`); LibreOffice has its own by the
same grammar. The program then works through the drive, and asks for its password itself.
"""

from msgspec import Struct

WORD = frozenset({"doc", "docm", "docx", "dot", "dotm", "dotx", "odt", "rtf"})
EXCEL = frozenset({"csv", "ods", "xls", "xlsb", "xlsm", "xlsx", "xlt", "xltm", "xltx"})
POWERPOINT = frozenset(
    {"odp", "pot", "potm", "potx", "pps", "ppsm", "ppsx", "ppt", "pptm", "pptx"}
)
LIBREOFFICE = (
    (WORD | EXCEL | POWERPOINT | {"fodg", "fodp", "fods", "fodt", "odg", "otp", "ots", "ott"})
    - {"xlsb"}  # it reads these, and cannot write them
)

OPENXML = "application/vnd.openxmlformats-officedocument"
OASIS = "application/vnd.oasis.opendocument"
ENDINGS: dict[str, str] = {
    "application/msword": "doc",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    f"{OASIS}.graphics": "odg",
    f"{OASIS}.presentation": "odp",
    f"{OASIS}.spreadsheet": "ods",
    f"{OASIS}.text": "odt",
    f"{OPENXML}.presentationml.presentation": "pptx",
    f"{OPENXML}.spreadsheetml.sheet": "xlsx",
    f"{OPENXML}.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/rtf": "rtf",
}
"""By media type, for a file whose name does not say what it is."""


class Application(Struct, frozen=True, kw_only=True):
    """A program, the scheme that starts it, and the endings of what it can edit."""

    name: str
    scheme: str
    edits: frozenset[str]


OFFICE = (
    Application(name="Word", scheme="ms-word", edits=WORD),
    Application(name="Excel", scheme="ms-excel", edits=EXCEL),
    Application(name="PowerPoint", scheme="ms-powerpoint", edits=POWERPOINT),
)
LIBRE = Application(name="LibreOffice", scheme="vnd.libreoffice.command", edits=LIBREOFFICE)


class Start(Struct, frozen=True, kw_only=True):
    """A link that starts a program."""

    words: str
    url: str


def starts(
    address: str, media_type: str, *, name: str, may_edit: bool, has_office: bool = True
) -> list[Start]:
    """Return the programs that a file at an address is opened with: to edit it, else to see it.

    LibreOffice takes `%7C` for the bar that ends an address, so it finds nothing of that name.
    """
    stem, _, ending = name.rpartition(".")
    known = ending.lower() if stem else ""
    if known not in WORD | EXCEL | POWERPOINT | LIBREOFFICE:
        known = ENDINGS.get(media_type.partition(";")[0].strip().lower(), "")
    able = [each for each in OFFICE if has_office and known in each.edits]
    if known in LIBRE.edits and "%7C" not in address:
        able.append(LIBRE)
    verb, command = ("Open", "ofe") if may_edit else ("View", "ofv")
    return [
        Start(words=f"{verb} in {each.name}", url=f"{each.scheme}:{command}|u|{address}")
        for each in able
    ]

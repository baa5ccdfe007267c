"""Files of work in hand: names are relative to it, and the lease is looked at first."""

from signoff_client.asking import Patience
from signoff_client.place import quoted
from signoff_client.plans import files
from signoff_client.plans.claims import InHand
from signoff_client.plans.pages import all_of
from signoff_client.plans.uploads import Progress, Wish
from signoff_client.sources import AsyncData
from signoff_client.steps import Plan
from signoff_client.views import Entry, File


def locate(held: InHand, name: str | None, *, patience: Patience) -> Plan[str]:
    """Return the path that is meant: the work itself, or a name beside or in it."""
    held.check()
    view = held.view
    if name is None:
        return view.path
    if name.strip("/").startswith(f"{view.folder}/"):
        return name.strip("/")
    if not held.root:
        within = yield from files.is_folder(view.path, patience=patience)
        held.root = view.path if within else view.folder
    return f"{held.root}/{name.strip('/')}"


def read(held: InHand, name: str | None, *, patience: Patience) -> Plan[bytes]:
    """Return the bytes of the work, or of a file beside or in it."""
    path = yield from locate(held, name, patience=patience)
    return (yield from files.content(path, patience=patience))


def write(
    held: InHand,
    data: AsyncData,
    name: str | None,
    *,
    content_type: str,
    progress: Progress | None,
    patience: Patience,
) -> Plan[File]:
    """Write the work, or a file beside or in it."""
    path = yield from locate(held, name, patience=patience)
    wish = Wish(path=path, content_type=content_type, token=held.token, progress=progress)
    return (yield from files.write(wish, data, patience=patience))


def delete(held: InHand, name: str, *, patience: Patience) -> Plan[None]:
    """Delete a file beside or in the work."""
    path = yield from locate(held, name, patience=patience)
    yield from files.delete(path, if_match="", token=held.token, patience=patience)


def walk(held: InHand, *, patience: Patience) -> Plan[tuple[Entry, ...]]:
    """List the files in the work folder, those in folders too."""
    held.check()
    found: list[Entry] = []
    folders = [held.view.folder]
    while folders:
        tree = f"tree/{quoted(folders.pop())}"
        for entry in (yield from all_of(tree, Entry, patience=patience)):
            if entry.type == "folder":
                folders.append(entry.path)
            else:
                found.append(entry)
    return tuple(sorted(found, key=lambda entry: entry.path))

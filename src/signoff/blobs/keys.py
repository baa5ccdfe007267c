"""Each workspace's keys, wrapped by the root key.

    root key ──wraps──▶ workspace keys (versions 1, 2, …) ──derive──▶ a key for each blob

The wrapped keys of a workspace are one small object: a row in the database and
`keys/<workspace>` beside the blobs (STORAGE 18). To rotate the root key is to rewrap these
objects; to destroy one is to destroy what it opens. Layout, numbers big-endian:

    magic "SOFFKEYS" ‖ u8 format 1 ‖ u8 suite 1 ‖ root key's id (8) ‖ u8 length ‖ workspace
    ‖ nonce (12) ‖ AES-256-GCM(u32 version ‖ key (32), and so on, oldest first)

Suite 1 is AES-256-GCM under the root key's derivation "wrap"; all that stands before the nonce
is authenticated with it. The id tells a wrong root key from a damaged object.
"""

import os
from collections.abc import Awaitable, Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signoff.blobs.cobblestone import InputKey, damaged
from signoff.blobs.headers import write_header
from signoff.blobs.roots import RootKey, load_root_key, parse_root_key
from signoff.blobs.stores import BlobStore, key_name
from signoff.domain.errors import Code, Damaged, Invalid
from signoff.domain.ids import Slug

__all__ = [
    "Keyring",
    "RootKey",
    "WorkspaceKey",
    "WorkspaceKeys",
    "add_version",
    "load_root_key",
    "new_workspace_key",
    "parse_root_key",
    "rewrap",
    "stored_keys",
    "unwrap",
]

_MAGIC = b"SOFFKEYS\x01\x01"
_ID_END = len(_MAGIC) + 8
_NONCE = 12
_SECRET = 32
_ENTRY = 4 + _SECRET
_LIMIT = 1 << 20


class WorkspaceKey:
    """One version of a workspace's key, with what can be worked out before the first blob."""

    __slots__ = ("header", "input", "version", "workspace")

    def __init__(self, *, workspace: Slug, version: int, secret: bytes) -> None:
        self.workspace = workspace
        self.version = version
        self.input = InputKey(secret)
        self.header = write_header(workspace, version)

    def __repr__(self) -> str:
        return f"WorkspaceKey({self.workspace}, version {self.version})"


class WorkspaceKeys:
    """Every version of a workspace's key: the newest writes, all read."""

    __slots__ = ("_versions", "newest")

    def __init__(self, keys: tuple[WorkspaceKey, ...]) -> None:
        self._versions = {key.version: key for key in keys}
        self.newest = max(keys, key=lambda key: key.version)

    def has(self, version: int) -> bool:
        """Tell whether this version is here."""
        return version in self._versions

    def at(self, version: int) -> WorkspaceKey:
        """Return one version; raise Damaged when no such key is known."""
        try:
            return self._versions[version]
        except KeyError:
            raise Damaged(
                f"These bytes name version {version} of the key of {self.newest.workspace}, "
                "which is not among its keys",
                hint=f"If the key was lost, restore keys/{self.newest.workspace}; "
                "else the bytes are damaged.",
            ) from None

    def __repr__(self) -> str:
        return f"WorkspaceKeys({self.newest.workspace}, versions {sorted(self._versions)})"


def new_workspace_key(root: RootKey, workspace: Slug) -> tuple[WorkspaceKey, bytes]:
    """Draw a workspace's first key; return it, and wrapped as it is to be stored."""
    secret = os.urandom(_SECRET)
    wrapped = _wrap(root, workspace, ((1, secret),))
    return WorkspaceKey(workspace=workspace, version=1, secret=secret), wrapped


def add_version(root: RootKey, workspace: Slug, wrapped: bytes) -> bytes:
    """Add a fresh key, which serves new blobs once this object is stored."""
    secrets = _unwrap(root, workspace, wrapped)
    newest = max(version for version, _ in secrets)
    return _wrap(root, workspace, (*secrets, (newest + 1, os.urandom(_SECRET))))


def unwrap(root: RootKey, workspace: Slug, wrapped: bytes) -> WorkspaceKeys:
    """Open a workspace's keys; refuse a wrong root key, raise Damaged on changed bytes."""
    return WorkspaceKeys(
        tuple(
            WorkspaceKey(workspace=workspace, version=version, secret=secret)
            for version, secret in _unwrap(root, workspace, wrapped)
        )
    )


def rewrap(old: RootKey, new: RootKey, wrapped: bytes) -> bytes:
    """Wrap the same keys by another root key; no blob is touched."""
    workspace = _read_workspace(wrapped)
    return _wrap(new, workspace, _unwrap(old, workspace, wrapped))


def stored_keys(store: BlobStore) -> Callable[[Slug], Awaitable[bytes]]:
    """Return how to fetch the wrapped keys that lie beside the blobs."""

    async def fetch(workspace: Slug) -> bytes:
        return await store.read(key_name(workspace), 0, _LIMIT)

    return fetch


class Keyring:
    """The keys of the workspaces that were asked for, opened once."""

    def __init__(self, root: RootKey, fetch: Callable[[Slug], Awaitable[bytes]]) -> None:
        self._root = root
        self._fetch = fetch
        self._opened: dict[Slug, WorkspaceKeys] = {}

    async def keys(self, workspace: Slug, *, version: int | None = None) -> WorkspaceKeys:
        """Return a workspace's keys, fetched anew for a version that is not here yet."""
        opened = self._opened.get(workspace)
        if opened and (version is None or opened.has(version)):
            return opened
        return self.learn(workspace, await self._fetch(workspace))

    def known(self, workspace: Slug) -> WorkspaceKeys | None:
        """Return the keys without fetching, for those who cannot wait."""
        return self._opened.get(workspace)

    def learn(self, workspace: Slug, wrapped: bytes) -> WorkspaceKeys:
        """Open wrapped keys and keep them, in place of those known before."""
        opened = unwrap(self._root, workspace, wrapped)
        self._opened[workspace] = opened
        return opened

    def draw(self, workspace: Slug) -> bytes:
        """Draw a new workspace's first key; return it wrapped, as it is to be stored."""
        return new_workspace_key(self._root, workspace)[1]

    def forget(self, workspace: Slug) -> None:
        """Drop a workspace's keys, as when it is destroyed."""
        self._opened.pop(workspace, None)

    def protect(self, purpose: str, secret: bytes) -> bytes:
        """Wrap a secret of the instance, which is no workspace's, by the root key."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._root.derive(f"wrap {purpose}")).encrypt(
            nonce, secret, self._root.id
        )
        return self._root.id + nonce + sealed

    def reveal(self, purpose: str, wrapped: bytes) -> bytes:
        """Unwrap what `protect` made; raise Damaged when it is not that."""
        maker, nonce, body = wrapped[:8], wrapped[8 : 8 + _NONCE], wrapped[8 + _NONCE :]
        try:
            return AESGCM(self._root.derive(f"wrap {purpose}")).decrypt(nonce, body, maker)
        except (InvalidTag, ValueError):
            raise damaged(
                f"the {purpose} was wrapped by another root key, or changed"
            ) from None


def _wrap(root: RootKey, workspace: Slug, secrets: tuple[tuple[int, bytes], ...]) -> bytes:
    slug = workspace.encode()
    head = _MAGIC + root.id + len(slug).to_bytes(1, "big") + slug
    entries = b"".join(version.to_bytes(4, "big") + secret for version, secret in secrets)
    nonce = os.urandom(_NONCE)
    return head + nonce + AESGCM(root.derive("wrap")).encrypt(nonce, entries, head)


def _unwrap(root: RootKey, workspace: Slug, wrapped: bytes) -> tuple[tuple[int, bytes], ...]:
    if _read_workspace(wrapped) != workspace:
        raise damaged(f"the keys of {workspace} are another workspace's")
    end = _ID_END + 1 + len(workspace.encode())
    head, nonce, body = wrapped[:end], wrapped[end : end + _NONCE], wrapped[end + _NONCE :]
    if (maker := head[len(_MAGIC) : _ID_END]) != root.id:
        raise Invalid(
            f"The keys of {workspace} were wrapped by root key {maker.hex()}, and this is "
            f"root key {root.id.hex()}",
            code=Code.ROOT_KEY_WRONG,
            hint="Start with the root key that this data was made with, or rewrap the keys.",
        )
    try:
        entries = AESGCM(root.derive("wrap")).decrypt(nonce, body, head)
    except (InvalidTag, ValueError):
        raise damaged(f"the wrapped keys of {workspace} were changed or cut off") from None
    return tuple(
        (int.from_bytes(entries[at : at + 4], "big"), entries[at + 4 : at + _ENTRY])
        for at in range(0, len(entries), _ENTRY)
    )


def _read_workspace(wrapped: bytes) -> Slug:
    if not wrapped.startswith(_MAGIC) or len(wrapped) <= _ID_END:
        raise damaged("they do not begin as wrapped keys do")
    slug = wrapped[_ID_END + 1 : _ID_END + 1 + wrapped[_ID_END]]
    if not slug.isascii():
        raise damaged("the workspace named in the wrapped keys was changed")
    return Slug(slug.decode())

"""The files of a workspace."""

from collections.abc import AsyncIterator

from signoff_client.aio.driver import AsyncDriver
from signoff_client.asking import Patience
from signoff_client.place import quoted
from signoff_client.plans import files
from signoff_client.plans.pages import pages
from signoff_client.plans.uploads import Progress, Wish
from signoff_client.sources import AsyncData
from signoff_client.views import Entry, File, Moved, Version


class AsyncFiles:
    """What can be done with files. Paths are from the workspace's root, with slashes."""

    _driver: AsyncDriver
    _patience: Patience

    async def read(
        self, path: str, *, version: int | None = None, span: tuple[int, int] | None = None
    ) -> bytes:
        """Return a file's bytes; of a `span` those from the first to before the last."""
        plan = files.content(path, version=version, span=span, patience=self._patience)
        return await self._driver.run(plan)

    async def read_text(
        self, path: str, *, version: int | None = None, encoding: str = "utf-8"
    ) -> str:
        """Return a file as text."""
        return (await self.read(path, version=version)).decode(encoding)

    def stream(self, path: str, *, version: int | None = None) -> AsyncIterator[bytes]:
        """Give a file's bytes in pieces of 4 MiB, all of one version, going on after breaks.

        Raise Stale if the file is written in between.
        """
        return self._driver.each(files.pieces(path, version=version, patience=self._patience))

    async def write(
        self,
        path: str,
        data: AsyncData,
        *,
        if_match: str = "",
        if_none_match: str = "",
        lock: str = "",
        content_type: str = "",
        progress: Progress | None = None,
    ) -> File:
        """Write a file: bytes, text, a `Path`, a file object or an iterator of bytes.

        What is longer than 4 MiB is uploaded in pieces and goes on where it broke off.
        `if_match` is the `etag` that was seen, `if_none_match="*"` makes a new file only: else
        Stale. `lock` is the token of a lock or claim. `progress` is called with the bytes
        that arrived and all there are.
        """
        wish = Wish(
            path=path,
            if_match=if_match,
            if_none_match=if_none_match,
            token=lock,
            content_type=content_type,
            progress=progress,
        )
        return await self._driver.run(files.write(wish, data, patience=self._patience))

    def list(self, path: str = "") -> AsyncIterator[Entry]:
        """Give what is in a folder, by name."""
        return self._driver.each(pages(f"tree/{quoted(path)}", Entry, patience=self._patience))

    async def find(self, words: str, *, limit: int = 50) -> tuple[Entry, ...]:
        """Return files and folders that have these words in their names."""
        return await self._driver.run(files.find(words, limit=limit, patience=self._patience))

    def versions(self, path: str) -> AsyncIterator[Version]:
        """Give every version of a file that one may see, newest first."""
        where = f"versions/{quoted(path)}"
        return self._driver.each(pages(where, Version, patience=self._patience))

    async def make_folder(self, path: str, *, lock: str = "") -> None:
        """Make a folder, and those above it, unless it is there."""
        await self._driver.run(files.make_folder(path, token=lock, patience=self._patience))

    async def move(
        self, source: str, target: str, *, overwrite: bool = False, lock: str = ""
    ) -> Moved:
        """Move or rename a file or folder; folders that are missing are made."""
        return await self._transfer("moves", source, target, overwrite=overwrite, lock=lock)

    async def copy(
        self, source: str, target: str, *, overwrite: bool = False, lock: str = ""
    ) -> Moved:
        """Copy a file or folder; folders that are missing are made."""
        return await self._transfer("copies", source, target, overwrite=overwrite, lock=lock)

    async def delete(self, path: str, *, if_match: str = "", lock: str = "") -> None:
        """Put a file or folder into the trash, from where it can come back for thirty days."""
        plan = files.delete(path, if_match=if_match, token=lock, patience=self._patience)
        await self._driver.run(plan)

    async def _transfer(
        self, noun: str, source: str, target: str, *, overwrite: bool, lock: str
    ) -> Moved:
        plan = files.transfer(
            noun, source, target, overwrite=overwrite, token=lock, patience=self._patience
        )
        return await self._driver.run(plan)

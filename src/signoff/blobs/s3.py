"""Blobs in a bucket: S3 and what speaks like it, Google Cloud Storage, Azure.

What fits in one part is created by one conditional request. What does not is sent in parts,
for which the client knows no condition, so an empty object is created conditionally first: it
takes the name, `walk` shows it after a crash, and it decrypts to nothing but damage.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from signoff.blobs.stores import BlobInfo, Bytes, absent, check_name, clean_prefix, taken
from signoff.domain.errors import Busy, Invalid, Refusal
from signoff.domain.ids import Instant

T = TypeVar("T")

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

_MIB = 1 << 20
_PART = 8 * _MIB
_MOST_PARTS = 9_000
_CONCURRENT = 2
# The client's own three minutes would outlast whoever waits for the answer.
_RETRY: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=20)}


def open_bucket(url: str) -> "BucketStore":
    """Open `s3://bucket/prefix?endpoint=…&region=…`, `gs://bucket/…` or `az://container/…`."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    prefix = parts.path.strip("/") or None
    unknown = options.keys() - ({"endpoint", "region"} if parts.scheme == "s3" else set())
    if not parts.netloc or unknown:
        raise Invalid(
            f"{url} names no bucket" if not parts.netloc else f"{url} has unknown options",
            hint="Write s3://bucket/prefix?endpoint=https://host&region=eu-west-1.",
        )
    bucket: ObjectStore
    match parts.scheme:
        case "gs":
            bucket = GCSStore(parts.netloc, prefix=prefix, retry_config=_RETRY)
        case "az":
            bucket = AzureStore(parts.netloc, prefix=prefix, retry_config=_RETRY)
        case _:
            bucket = _open_s3(parts.netloc, prefix, options)
    return BucketStore(bucket)


def _open_s3(bucket: str, prefix: str | None, options: dict[str, str]) -> S3Store:
    config: S3Config = {}
    if region := options.get("region"):
        config["region"] = region
    if endpoint := options.get("endpoint"):
        config["endpoint"] = endpoint
        config["virtual_hosted_style_request"] = False
    plain = (endpoint or "").startswith("http://")
    return S3Store(
        bucket,
        prefix=prefix,
        config=config,
        client_options={"allow_http": plain},
        retry_config=_RETRY,
    )


class BucketStore:
    """A bucket, or a part of one below a prefix."""

    read_ahead = 4

    def __init__(self, bucket: ObjectStore) -> None:
        self._bucket = bucket

    async def create(self, name: str, *, size_hint: int = 0) -> "BucketWriter":
        """Begin an object; a name that exists is refused when the first part is full."""
        return BucketWriter(self, check_name(name), part=part_size(size_hint))

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Ask for a range; what begins at or beyond the end is empty."""
        check_name(name)
        try:
            if length > 0:
                with _answers(name):
                    return await self._range(name, start, start + length)
        except Busy:
            # Asked for what begins beyond the end, buckets answer with an error.
            if start < await self.size(name):
                raise
            return b""
        await self.size(name)
        return b""

    async def _range(self, name: str, start: int, end: int) -> bytes:
        got = await obstore.get_async(self._bucket, name, options={"range": (start, end)})
        return bytes(await got.bytes_async())

    async def read_into(self, name: str, start: int, into: memoryview) -> int:
        """Ask for a range, and copy what came."""
        data = await self.read(name, start, len(into))
        into[: len(data)] = data
        return len(data)

    async def read_through(
        self, name: str, start: int, into: memoryview, use: Callable[[memoryview], T]
    ) -> T:
        """Ask for a range, and use on a thread what came."""
        return await asyncio.to_thread(use, into[: await self.read_into(name, start, into)])

    async def size(self, name: str) -> int:
        """Ask for the length."""
        with _answers(name):
            return (await obstore.head_async(self._bucket, check_name(name)))["size"]

    async def remove(self, name: str) -> None:
        """Delete the object."""
        with _answers(name):
            try:
                await obstore.delete_async(self._bucket, check_name(name))
            except (NotFoundError, FileNotFoundError):
                return

    async def walk(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """List page by page."""
        bare = clean_prefix(prefix)
        with _answers(bare):
            async for page in obstore.list(self._bucket, bare or None):
                for meta in page:
                    at = meta["last_modified"]
                    yield BlobInfo(
                        name=meta["path"],
                        size=meta["size"],
                        modified_at=Instant(int(at.timestamp() * 1_000_000)),
                    )

    async def put(self, name: str, data: bytes, *, overwrite: bool = False) -> None:
        """Keep a small object in one request."""
        mode: Literal["create", "overwrite"] = "overwrite" if overwrite else "create"
        with _answers(name, writing=True):
            await obstore.put_async(
                self._bucket, check_name(name), data, mode=mode, use_multipart=False
            )

    async def free(self) -> int | None:
        """Return None: a bucket has no end."""
        return None

    async def close(self) -> None:
        """Leave the connections to the client's pool, which ends with the process."""

    async def send(self, name: str, parts: AsyncIterator[bytes], *, part: int) -> None:
        """Send an object of unknown length over the one that holds its name."""
        with _answers(name, writing=True):
            await obstore.put_async(
                self._bucket,
                name,
                parts,
                use_multipart=True,
                chunk_size=part,
                max_concurrency=_CONCURRENT,
            )


class BucketWriter:
    """An object that is being sent. Some three parts of it are in memory."""

    def __init__(self, store: BucketStore, name: str, *, part: int) -> None:
        self._store = store
        self._name = name
        self._part = part
        self._held: bytearray | None = bytearray()
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._sending: asyncio.Task[None] | None = None
        self._abandoned = False

    async def write(self, data: Bytes) -> None:
        """Gather the first part, then pass on; wait while the bucket is behind."""
        if self._held is None:
            raise ValueError("This writer is closed")
        try:
            if self._sending:
                await self._pass_on(bytes(data))
                return
            self._held += data
            if len(self._held) >= self._part:
                await self._begin()
        except Refusal:
            await self._give_up()
            raise

    async def keep(self) -> bool:
        """Return False: a bucket shows nothing of an object before its end."""
        return False

    async def finish(self) -> None:
        """Send the rest and wait until the bucket has it all."""
        if self._held is None:
            raise ValueError("This writer is closed")
        try:
            if self._sending is None:
                await self._store.put(self._name, bytes(self._held))
            else:
                await self._pass_on(None)
                await self._sending
        except Refusal:
            await self._give_up()
            raise
        self._sending = self._held = None

    async def abort(self) -> None:
        """End the sending, whereupon the client drops its parts, and free the name."""
        self._held = None
        sending, self._sending = self._sending, None
        if sending is None:
            return
        self._abandoned = not sending.done()
        # What waits in the queue is of no use; the generator must not wait for more.
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)
        await asyncio.gather(sending, return_exceptions=True)
        await self._store.remove(self._name)

    async def _begin(self) -> None:
        await self._store.put(self._name, b"")
        self._sending = asyncio.create_task(
            self._store.send(self._name, self._pieces(), part=self._part)
        )
        first, self._held = bytes(self._held or b""), bytearray()
        await self._pass_on(first)

    async def _give_up(self) -> None:
        # A bucket that refused may refuse this too; the sweeper finds the empty object.
        with suppress(Refusal):
            await self.abort()

    async def _pass_on(self, piece: bytes | None) -> None:
        if self._sending is None:
            return
        put = asyncio.ensure_future(self._waiting.put(piece))
        try:
            # A sending that has failed takes no more: waiting for the queue alone would hang.
            await asyncio.wait({put, self._sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            put.cancel()
        if self._sending.done() and piece is not None:
            await self._sending

    async def _pieces(self) -> AsyncIterator[bytes]:
        while (piece := await self._waiting.get()) is not None:
            if self._abandoned:
                break
            yield piece
        if self._abandoned:
            # Only an error makes the client abort what it has sent so far.
            raise ConnectionAbortedError("The upload was abandoned")


def part_size(size_hint: int) -> int:
    """Return how large parts must be, as a bucket takes 10,000 of them at most."""
    least = -(-size_hint // _MOST_PARTS)
    return max(_PART, -(-least // _MIB) * _MIB)


@contextmanager
def _answers(name: str, *, writing: bool = False) -> Iterator[None]:
    try:
        yield
    except AlreadyExistsError:
        raise taken(name) from None
    except (BaseError, FileNotFoundError) as error:
        if not writing and isinstance(error, NotFoundError | FileNotFoundError):
            raise absent(name) from None
        raise Busy(
            "The object store did not do what it was asked",
            hint="Try again shortly; if it lasts, see that the bucket exists and lets you in.",
        ) from error

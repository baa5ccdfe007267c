"""Bytes by random id: local disk, object stores, memory; encrypted wraps any of them."""

from signoff.blobs.stores import (
    BlobInfo,
    BlobStore,
    BlobWriter,
    blob_name,
    key_name,
    new_blob_id,
    store_now,
)
from signoff.blobs.urls import open_store

__all__ = [
    "BlobInfo",
    "BlobStore",
    "BlobWriter",
    "blob_name",
    "key_name",
    "new_blob_id",
    "open_store",
    "store_now",
]

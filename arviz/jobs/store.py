"""Bytes under their hash, and small JSON documents that name them: in a folder, in memory, on S3, Google Cloud or Azure.

A blob is written whole or not at all, and never changed: two writers of the same bytes write the same. It lies at
``cas/ab/<sha256>``, a document at ``<kind>/<name>.json``. Bytes are hashed while they come in, into a file beside their place
(folder) or a temporary one (others), so that nothing is held in memory.

What no document names is garbage: `Store.sweep` removes it after a week. To keep a blob that is about to be named from being
swept, writing it anew makes it young again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from arviz.core.errors import BackendError, InputError
from arviz.core.json_document import parse_json
from arviz.jobs.store_address import BLOB_ID, CLOUDS, folder_of, opened, told, write_whole

if TYPE_CHECKING:
    pass

CHUNK_BYTES = 256 * 1024
SWEEP_AFTER_S = 7 * 86400.0
_YOUNG_S = 86400.0
"""A blob that is put again is written again if it is older than this: it must not be swept under who needs it."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes that lie in a store."""

    id: str
    """``sha256:<hex>``"""
    bytes: int


class Store:
    """Keep blobs by their hash and documents by their name.

    Parameters
    ----------
    url : str or path
        A folder (made if missing), ``file:///folder``, ``memory://`` (of this process alone, for tests), ``s3://bucket/prefix``,
        ``gs://...`` or ``az://...``; keys of clouds come from their usual environment variables.

    Raises
    ------
    InputError
        ``E_STORE_URL``
    BackendError
        ``E_STORE``: it cannot be reached, read or written, ``E_STORE_FULL``; any method may raise these.
    """

    def __init__(self, url: str | PathLike[str]) -> None:
        self.url = fspath(url)
        self.root = folder_of(self.url)
        """The folder that holds everything, None where it is none."""
        self._objects = opened(self.url, self.root)

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        return Store, (self.url,)  # jobs carry the address

    def writer(self) -> BlobWriter:
        """Return a blob that is being written, for bytes that come piece by piece."""
        return BlobWriter(self)

    def put(self, content: bytes | PathLike[str] | Iterable[bytes]) -> Blob:
        """Keep bytes, a file's or those of a stream; what is there already is not written again."""
        if isinstance(content, (bytes, bytearray, memoryview)):
            content = [bytes(content)]
        with self.writer() as writer:
            if isinstance(content, (str, PathLike)):
                with told(fspath(content)), open(content, "rb") as file:
                    while chunk := file.read(CHUNK_BYTES):
                        writer.write(chunk)
            else:
                for chunk in content:
                    writer.write(chunk)
            return writer.finish()

    def read(self, blob_id: str) -> bytes:
        """Return a blob's bytes, and make sure that they are those."""
        data = b"".join(self.stream(blob_id))
        _check(blob_id, hashlib.sha256(data).hexdigest())
        return data

    def stream(self, blob_id: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes from `start` up to `end` (not with it)."""
        if end is not None and end <= start:
            return
        path = self.local_path(blob_id)
        with told(blob_id):
            if path is None:
                if start == 0 and end is None:
                    found = self._objects.get(_path(blob_id))
                else:
                    found = self._objects.get(_path(blob_id), options={"range": {"offset": start} if end is None else (start, end)})
                for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                    yield bytes(chunk)
                return
            with open(path, "rb") as file:
                file.seek(start)
                left = None if end is None else end - start
                while chunk := file.read(CHUNK_BYTES if left is None else min(left, CHUNK_BYTES)):
                    yield chunk
                    left = None if left is None else left - len(chunk)

    def fetch(self, blob_id: str, to: Path) -> Path:
        """Copy a blob into the file `to`, and make sure that it is the one asked for; return `to`."""
        digest = hashlib.sha256()
        with told(to), open(to, "wb") as file:
            for chunk in self.stream(blob_id):
                digest.update(chunk)
                file.write(chunk)
        _check(blob_id, digest.hexdigest())
        return to

    def local_path(self, blob_id: str) -> Path | None:
        """Return the file of a blob, to be read only; None where the store is no folder. It need not exist."""
        return None if self.root is None else self.root / _path(blob_id)

    def size(self, blob_id: str) -> int | None:
        """Return a blob's length in bytes, None if it is not there."""
        found = self._head(blob_id)
        return None if found is None else found[0]

    def exists(self, blob_id: str) -> bool:
        """Return whether a blob is there."""
        return self._head(blob_id) is not None

    def signed(self, blob_id: str, *, seconds: float) -> str | None:
        """Return an address from which anyone can read a blob for a while; None where the store gives none (a folder)."""
        if urlsplit(self.url).scheme not in CLOUDS:
            return None
        import obstore

        with told(blob_id):
            address: str = obstore.sign(self._objects, "GET", _path(blob_id), timedelta(seconds=seconds))  # type: ignore[call-overload]
        return address

    def document(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return a document, None if there is none of this name."""
        import obstore.exceptions

        path = _document_path(kind, name)
        with told(path):
            try:
                data = bytes(self._objects.get(path).bytes())
            except (FileNotFoundError, obstore.exceptions.NotFoundError):
                return None
        return parse_json(data, where=path, refuse=_damaged)

    def put_document(self, kind: str, name: str, value: Mapping[str, Any], *, create_only: bool = False) -> bool:
        """Write a document, in the place of one of the same name; with `create_only` an old one stays, and False is returned."""
        import obstore.exceptions

        path = _document_path(kind, name)
        data = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()
        with told(path):
            try:
                self._objects.put(path, data, mode="create" if create_only else "overwrite")
            except obstore.exceptions.AlreadyExistsError:
                return False
        return True

    def delete_document(self, kind: str, name: str) -> bool:
        """Remove a document; what only it names is garbage from now on. False if there was none."""
        if self.document(kind, name) is None:
            return False
        path = _document_path(kind, name)
        with told(path):
            self._objects.delete(path)
        return True

    def documents(self, kind: str) -> Iterator[str]:
        """Yield the names of all documents of a kind, in no order."""
        _document_path(kind, "_")
        for path, _ in self._list(f"{kind}/"):
            if path.endswith(".json"):
                yield path.removeprefix(f"{kind}/").removesuffix(".json")

    def expire(self, kind: str, *, older_than_s: float) -> int:
        """Remove documents of a kind that were written longer ago than this; return how many."""
        _document_path(kind, "_")
        before = time.time() - older_than_s
        old = [path for path, changed in self._list(f"{kind}/") if changed < before]
        for path in old:
            with _gone_is_fine(path):
                self._objects.delete(path)
        return len(old)

    def sweep(self, *, older_than_s: float = SWEEP_AFTER_S, keep: Iterable[str] = ()) -> int:
        """Remove blobs that no document names and that are older than this, and what dead writers left; return how many blobs.

        Parameters
        ----------
        keep : iterable of str
            Ids that stay all the same: the inputs of jobs that have not ended.
        """
        before = time.time() - older_than_s
        old = [path for path, changed in self._list("cas/") if changed < before]
        named = {_path(blob_id) for blob_id in keep}
        for path, _ in self._list(""):
            if path.endswith(".json"):
                with _gone_is_fine(path):
                    text = bytes(self._objects.get(path).bytes()).decode("utf-8", "replace")
                    named |= {_path(found.group()) for found in BLOB_ID.finditer(text)}
        removed = 0
        for path in old:
            head = self._head(f"sha256:{path.rpartition('/')[2]}") if path not in named else None
            if head is not None and head[1] < before:  # nobody wrote it anew in the meantime
                with _gone_is_fine(path):
                    self._objects.delete(path)
                removed += 1
        if self.root is not None:
            for part in (self.root / "incoming").iterdir():
                with _gone_is_fine(part):
                    if part.stat().st_mtime < before:
                        part.unlink(missing_ok=True)
        return removed

    def _head(self, blob_id: str) -> tuple[int, float] | None:
        """Return a blob's length and when it was written, None if it is not there."""
        import obstore.exceptions

        with told(blob_id):
            if (path := self.local_path(blob_id)) is not None:
                try:
                    info = path.stat()
                except FileNotFoundError:
                    return None
                return info.st_size, info.st_mtime
            try:
                meta = self._objects.head(_path(blob_id))
            except (FileNotFoundError, obstore.exceptions.NotFoundError):
                return None
            return meta["size"], meta["last_modified"].timestamp()

    def _list(self, prefix: str) -> Iterator[tuple[str, float]]:
        with told(prefix):
            for page in self._objects.list(prefix or None):
                for meta in page:
                    yield meta["path"], meta["last_modified"].timestamp()

    def _keep(self, part: Path, blob: Blob) -> None:
        """Give the file of a finished writer its place, unless it is there and young."""
        head = self._head(blob.id)
        if head is not None and head[0] == blob.bytes and time.time() - head[1] < _YOUNG_S:
            return
        path = self.local_path(blob.id)
        if path is None:
            self._objects.put(_path(blob.id), part)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, path)


class BlobWriter:
    """A blob on its way: `write` its pieces, `finish` it; what is left without finishing leaves nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._digest = hashlib.sha256()
        self._bytes = 0
        folder = Path(tempfile.gettempdir()) if store.root is None else store.root / "incoming"
        self._part = folder / f"arviz-{secrets.token_hex(12)}.part"
        with told(store.url):
            self._file = open(self._part, "xb", buffering=0)  # noqa: SIM115 - __exit__ closes it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def received_bytes(self) -> int:
        """How much has come in so far."""
        return self._bytes

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(chunk)
        self._bytes += len(chunk)
        write_whole(self._file, chunk, where=self._store.url)

    def finish(self) -> Blob:
        """Keep what was written."""
        blob = Blob(id=f"sha256:{self._digest.hexdigest()}", bytes=self._bytes)
        with told(self._store.url):
            os.fsync(self._file.fileno())  # after a power cut, a name without its bytes would be wrong for ever
            self._file.close()
            self._store._keep(self._part, blob)
        self.close()
        return blob

    def close(self) -> None:
        """Drop what was not finished; closing twice is fine."""
        self._file.close()
        self._part.unlink(missing_ok=True)


@contextmanager
def _gone_is_fine(where: object) -> Iterator[None]:
    """Trouble as `told` has it, but for what somebody else has taken away or finished since it was listed."""
    from obstore.exceptions import NotFoundError

    with told(where), suppress(FileNotFoundError, NotFoundError):
        yield


def is_blob_id(text: object) -> bool:
    """Return whether a text is ``sha256:`` and 64 lower-case digits of base 16."""
    return isinstance(text, str) and BLOB_ID.fullmatch(text) is not None


def _path(blob_id: str) -> str:
    found = BLOB_ID.fullmatch(blob_id)
    if found is None:
        raise InputError("E_BLOB_ID", "not the id of a blob", expected="sha256: and 64 digits of base 16", found=repr(blob_id)[:100])
    return f"cas/{found[1][:2]}/{found[1]}"


def _document_path(kind: str, name: str) -> str:
    for word in (kind, name):
        if _NAME.fullmatch(word) is None or word in ("cas", "incoming"):
            raise InputError(
                "E_DOCUMENT_NAME", "not a name for a document", expected="up to 128 of a-z A-Z 0-9 _ . -", found=repr(word)[:100]
            )
    return f"{kind}/{name}.json"


def _check(blob_id: str, digest: str) -> None:
    if blob_id != f"sha256:{digest}":
        raise BackendError(
            "E_BLOB_DAMAGED",
            "a blob is not what its name says",
            where=blob_id,
            found=f"sha256:{digest}",
            hint="Check the disk, delete the blob, and upload it again.",
        )


def _damaged(where: object, expected: str, found: str) -> BackendError:
    return BackendError("E_DOCUMENT_DAMAGED", "a document of the store cannot be read", where=where, expected=expected, found=found)

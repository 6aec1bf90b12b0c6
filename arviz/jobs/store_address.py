"""Where a store lies: its address taken apart and opened, and the trouble of disks and clouds as errors of ours."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from arviz.core.errors import BackendError, DependencyError, InputError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CLOUDS = ("s3", "gs", "az")
BLOB_ID = re.compile(r"sha256:([0-9a-f]{64})")


def folder_of(url: str) -> Path | None:
    """Return the folder that an address names, None for another kind of store."""
    parts = urlsplit(url)
    if len(parts.scheme) < 2:  # nothing, or the letter of a Windows drive
        return Path(url).expanduser().absolute()
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def opened(url: str, root: Path | None) -> ObjectStore:
    """Return what reads and writes there; `root` is its folder, None for others."""
    try:
        from obstore.store import LocalStore, MemoryStore, from_url
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE", "the package obstore is missing", found=str(error), hint="Run `pip install 'arviz3d[service]'`."
        ) from error
    if root is not None:
        with told(root):
            (root / "incoming").mkdir(parents=True, exist_ok=True)
            return LocalStore(root)
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return MemoryStore()
    if scheme not in CLOUDS:
        raise InputError("E_STORE_URL", "not an address of a store", expected="a folder, file, memory, s3, gs or az", found=scheme or url)
    with told(url):
        return from_url(url)


def write_whole(file: IO[bytes], chunk: bytes, *, where: object) -> None:
    """Write all of a chunk to a file without a buffer, which may take less at once."""
    with told(where):
        view = memoryview(chunk)
        while view:
            view = view[file.write(view) :]


@contextmanager
def told(where: object) -> Iterator[None]:
    """Trouble of disks and clouds as one of our errors."""
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (OSError, BaseError) as error:
        if isinstance(error, (FileNotFoundError, NotFoundError)) and (isinstance(where, str) and BLOB_ID.fullmatch(where)):
            raise InputError("E_BLOB_MISSING", "the store does not hold this", where=where) from error
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "No space left" in str(error)
        if full:
            raise BackendError("E_STORE_FULL", "the store is full", where=where, hint="Make room on its disk, or run a sweep.") from error
        raise BackendError(
            "E_STORE",
            "the store cannot be used",
            where=where,
            found=getattr(error, "strerror", None) or str(error).split("\n")[0][:200],
            hint="Check its address, its permissions and the network.",
        ) from error

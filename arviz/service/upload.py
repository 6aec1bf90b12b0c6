"""One file that comes in parts: what of it is on disk, and for whom."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Self

from arviz.core.errors import InputError, NotFoundError
from arviz.core.json_document import parse_json
from arviz.service.settings import unwritable

EXPIRES_SECONDS = 24 * 3600
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload; its bytes so far are ``<folder>/part``."""

    folder: Path
    owner: str
    name: str
    length: int
    created: int
    source: str = ""
    """The blob that it became, once it is whole."""

    @property
    def id(self) -> str:
        """What it is called in addresses; nobody can guess it."""
        return self.folder.name

    @property
    def offset(self) -> int:
        """How many bytes are here."""
        return self.length if self.source else (self.folder / "part").stat().st_size

    @property
    def expires(self) -> int:
        """Seconds since 1970."""
        return self.created + EXPIRES_SECONDS

    @classmethod
    def begin(cls, uploads: Path, *, owner: str, name: str, length: int) -> Self:
        """Make room for a file.

        Raises
        ------
        BackendError
            ``E_SERVICE_FOLDER``
        """
        upload = cls(folder=uploads / secrets.token_hex(16), owner=owner, name=name, length=length, created=int(time.time()))
        try:
            upload.folder.mkdir(parents=True)
            (upload.folder / "part").touch()
            upload._write()
        except OSError as error:
            raise unwritable(uploads, error) from error
        return upload

    @classmethod
    def open(cls, uploads: Path, upload_id: str, *, owner: str) -> Self:
        """Return an upload of `owner`.

        Raises
        ------
        NotFoundError
            ``E_UPLOAD_NOT_FOUND``: not there, not theirs, or too old.
        """
        folder = uploads / upload_id
        if _ID.fullmatch(upload_id) and (folder / "meta.json").exists():
            values = parse_json((folder / "meta.json").read_bytes(), where=upload_id, refuse=_damaged)
            found = cls(folder=folder, **values)
            if found.owner == owner and time.time() < found.expires:
                return found
        raise _missing(upload_id)

    def append(self) -> BinaryIO:
        """Return the file of bytes so far, to be written on at its end.

        Raises
        ------
        NotFoundError
            ``E_UPLOAD_NOT_FOUND``: it was dropped just now.
        """
        try:
            return open(self.folder / "part", "ab", buffering=0)
        except FileNotFoundError:
            raise _missing(self.id) from None

    def cut(self, length: int) -> None:
        """Forget bytes after the first `length`."""
        os.truncate(self.folder / "part", length)

    def became(self, source: str) -> Self:
        """Note the blob that it became, and drop its bytes."""
        done = replace(self, source=source)
        done._write()
        (self.folder / "part").unlink(missing_ok=True)
        return done

    def end(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> None:
        values = {"owner": self.owner, "name": self.name, "length": self.length, "created": self.created, "source": self.source}
        beside = self.folder / "meta.part"
        beside.write_text(json.dumps(values), "utf-8")
        os.replace(beside, self.folder / "meta.json")


def end_old(uploads: Path) -> int:
    """Remove uploads that have ended by their age; return how many."""
    old = [folder for folder in _folders(uploads) if time.time() - folder.stat().st_mtime > 2 * EXPIRES_SECONDS]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _folders(uploads: Path) -> Iterator[Path]:
    return (folder for folder in uploads.iterdir() if _ID.fullmatch(folder.name)) if uploads.is_dir() else iter(())


def _missing(upload_id: str) -> NotFoundError:
    return NotFoundError(
        "E_UPLOAD_NOT_FOUND", "there is no such upload", found=upload_id[:64], hint="It may have ended after a day: begin anew."
    )


def _damaged(where: object, expected: str, found: str) -> InputError:
    return InputError(
        "E_UPLOAD_DAMAGED", "this upload cannot be taken up again", where=where, expected=expected, found=found, hint="Begin anew."
    )

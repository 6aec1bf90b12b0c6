"""Keys of the API: who asks, and what they may do.

A key is ``av_<id>_<secret>``. The service keeps its SHA-256 alone; it is shown once, when it is made. A secret has 160 random bits,
so that a fast hash is enough: slow ones protect words that people think of.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from arviz.core.errors import CredentialsError, InputError, NotFoundError
from arviz.service.settings import make_private, unwritable

SCOPES = {
    "read": "see assets, jobs and their results",
    "upload": "upload sources, delete assets",
    "jobs": "start and cancel jobs",
    "tryon": "send photos of people, where the service accepts them",
    "admin": "all of these, and the jobs of other keys",
}
"""Scope -> what it allows."""
_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, created INTEGER NOT NULL, revoked INTEGER,
    jobs_per_day INTEGER, bytes_per_day INTEGER
) STRICT
"""
_COLUMNS = "id, name, scopes, created, revoked, jobs_per_day, bytes_per_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as the service knows it."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: int
    revoked: int | None = None
    jobs_per_day: int | None = None
    """None: as the service's settings say."""
    bytes_per_day: int | None = None

    def may(self, scope: str) -> bool:
        """Return whether the key has a scope."""
        return scope in self.scopes or "admin" in self.scopes

    def to_json(self) -> dict[str, object]:
        """Return the stable JSON form; the secret is not in it."""
        return {**asdict(self), "scopes": list(self.scopes)}


class Keys:
    """The keys of a service, in ``<folder>/keys.db``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "keys.db"
        try:
            make_private(folder)
            with self._open() as table:
                table.execute(_TABLE)
        except (OSError, sqlite3.OperationalError) as error:
            raise unwritable(folder, error) from error
        self._known: dict[bytes, tuple[float, Key]] = {}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        table = sqlite3.connect(self._path, timeout=10.0, isolation_level=None)
        try:
            yield table
        finally:
            table.close()

    def create(
        self, name: str, *, scopes: Sequence[str], jobs_per_day: int | None = None, bytes_per_day: int | None = None
    ) -> tuple[Key, str]:
        """Make a key; return it and the text that is shown once.

        Parameters
        ----------
        jobs_per_day, bytes_per_day : int, optional
            What it may start, and send to be kept, in a day of UTC; default: as the settings of the service say.

        Raises
        ------
        InputError
            ``E_SCOPE``: no scope, or one that is not known.
        """
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise InputError("E_SCOPE", "this is no scope of a key", expected=", ".join(SCOPES), found=", ".join(unknown) or "none")
        key = Key(
            id=secrets.token_hex(4),
            name=name,
            scopes=tuple(dict.fromkeys(scopes)),
            created=int(time.time()),
            jobs_per_day=jobs_per_day,
            bytes_per_day=bytes_per_day,
        )
        text = f"av_{key.id}_{secrets.token_urlsafe(20)}"
        with self._open() as table:
            row = (_hash(text), key.id, key.name, " ".join(key.scopes), key.created, None, jobs_per_day, bytes_per_day)
            table.execute(f"INSERT INTO keys (hash, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return key, text

    def all(self) -> list[Key]:
        """Return all keys, the oldest first."""
        with self._open() as table:
            rows = table.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY created, rowid").fetchall()
        return [_key(*row) for row in rows]

    def revoke(self, id: str) -> None:
        """End a key; services that run take notice within `SECONDS_KNOWN`.

        Raises
        ------
        NotFoundError
            ``E_KEY_NOT_FOUND``
        """
        with self._open() as table:
            done = table.execute("UPDATE keys SET revoked = coalesce(revoked, ?) WHERE id = ?", (int(time.time()), id)).rowcount
        if not done:
            raise NotFoundError("E_KEY_NOT_FOUND", "there is no such key", found=id, hint="`arviz keys list` shows them.")

    def find(self, text: str) -> Key:
        """Return the key that a request carries.

        Raises
        ------
        CredentialsError
            ``E_KEY``: not a key of this service, or one that was revoked.
        """
        hashed = _hash(text)
        seen, key = self._known.get(hashed, (0.0, None))
        if key is not None and time.monotonic() - seen < SECONDS_KNOWN:
            return key
        self._known.pop(hashed, None)
        with self._open() as table:
            row = table.execute(f"SELECT hash, {_COLUMNS} FROM keys WHERE id = ?", (_id(text),)).fetchone()
        key = None if row is None or not hmac.compare_digest(row[0], hashed) else _key(*row[1:])
        if key is None or key.revoked is not None:
            raise CredentialsError("E_KEY", "this key is not known here", hint="`arviz keys create NAME` makes one.")
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[hashed] = (time.monotonic(), key)
        return key


SECONDS_KNOWN = 5.0
"""How long a key is believed without asking the table again."""
_MOST_KNOWN = 10_000
_TEXT = re.compile(r"av_([0-9a-f]{8})_")


def _key(id: str, name: str, scopes: str, created: int, revoked: int | None, jobs: int | None, most_bytes: int | None) -> Key:
    return Key(
        id=id, name=name, scopes=tuple(scopes.split()), created=created, revoked=revoked, jobs_per_day=jobs, bytes_per_day=most_bytes
    )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _id(text: str) -> str:
    found = _TEXT.match(text)
    return found[1] if found else ""

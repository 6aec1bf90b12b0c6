"""What a service is told when it starts: `Settings`."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from arviz.core.errors import BackendError, InputError, NotFoundError
from arviz.jobs.table import LEASE_S

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that `arviz.service.app.create_app` needs to know; each default suits one machine."""

    folder: Path
    """Job table, keys, secrets and unfinished uploads; private to the service."""
    store: str = ""
    """Where blobs lie: a folder or an address that obstore knows. Empty: ``<folder>/store``."""
    engine: str = "local"
    """Who works: ``local``, ``local:N`` processes, or ``tcp://scheduler:8786``."""
    work: bool = True
    """False: jobs are left to `arviz worker` processes."""
    public_url: str = ""
    """What stands before ``/r/...`` in addresses that are handed out; empty: the host that the request names, if it is one of `hosts`."""
    hosts: tuple[str, ...] = ()
    """Names of this service beside ``localhost`` and the address that a connection came to."""
    origins: tuple[str, ...] = ()
    """Pages that may call the API from a browser; pictures and assets may be shown by every page."""
    tryon: bool = False
    """Whether photos of people are accepted; they are worked on in memory and never kept."""
    consent_url: str = ""
    """Where the shop explains try-on to the people in the photo; told with each answer."""
    allow_uncontained: bool = False
    """Whether files of strangers may be read where the system has nothing that contains a process."""
    upload_bytes: int = 512 * 2**20
    """Largest source."""
    put_bytes: int = 64 * 2**20
    """Largest source in one request; larger ones are uploaded in parts."""
    lease_seconds: float = LEASE_S
    """How long a job is held without a sign of life of the process that does it."""
    queued_jobs: int = 10_000
    """Jobs that may wait at once."""
    requests_per_minute: int = 600
    """What one key may ask in a minute, on average."""
    jobs_per_day: int | None = None
    """What a key without a limit of its own may start in a day of UTC; None: as many as it likes."""
    bytes_per_day: int | None = None
    """What it may send to be kept, likewise."""
    picture_seconds: float = 1.0
    """How long a request for a picture waits before it is answered with 202."""
    image_seconds: float = 20.0
    """How long that of an ``<img>`` waits, which would take 202 for a broken picture and not ask again."""
    free_bytes: int = 2**30
    """Space on the disk below which the service says that it is not ready."""
    header_seconds: float = 9.0
    """How long a connection may take to send its headers, or stay silent in a body: who wastes time is gone within ten."""
    connections_per_address: int = 100
    """Connections that one address may hold."""
    webhook_hosts: tuple[str, ...] = ()
    """Hosts of the own network that messages may go to, by plain http as well."""

    @property
    def store_url(self) -> str:
        """Where blobs lie."""
        return self.store or str(self.folder / "store")


def default_folder() -> Path:
    """Return ``<user data>/arviz/service`` (XDG Base Directory Specification 0.8)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "arviz" / "service"


def known_secret(folder: Path) -> bytes:
    """Return the secret of a service that was started before.

    Raises
    ------
    NotFoundError
        ``E_NO_SERVICE``: nothing that is signed with a new one would ever be taken.
    BackendError
        As `secret`.
    """
    if not (folder / "secret").exists():
        hint = "Name the folder that `arviz serve` was told, with --folder, and run this as the same user."
        raise NotFoundError("E_NO_SERVICE", "no service was started with this folder", where=folder, hint=hint)
    return secret(folder)


def secret(folder: Path) -> bytes:
    """Return the secret that addresses are signed with, made at the first call (``<folder>/secret``, readable by the owner alone).

    Raises
    ------
    BackendError
        ``E_SERVICE_FOLDER``: the folder cannot be written, or the file is not ours.
    """
    path = folder / "secret"
    try:
        make_private(folder)
        if not path.exists():
            _make(path)
        found = path.read_bytes()
    except OSError as error:
        raise unwritable(folder, error) from error
    if len(found) != _SECRET_BYTES:
        raise BackendError(
            "E_SERVICE_FOLDER",
            "the secret of the service is damaged",
            where=path,
            expected=f"{_SECRET_BYTES} bytes",
            found=f"{len(found)}",
            hint="Restore it from a backup. Deleting it makes a new one and ends all addresses that were handed out.",
        )
    return found


def origin_of(url: str) -> str:
    """Return the origin of a page (RFC 6454, section 6.2) as browsers send it: neither a slash at its end nor capital letters.

    >>> origin_of("https://Shop.example/")
    'https://shop.example'

    Raises
    ------
    InputError
        ``E_ORIGIN``: an address within a page's host, or none; no browser would ever send it.
    """
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.path in ("", "/")
        if url == "*" or (right and not parts.query and not parts.fragment):
            return url if url == "*" else f"{parts.scheme}://{parts.netloc.lower()}"
    except ValueError:
        pass
    raise InputError("E_ORIGIN", "this is no origin of a page", expected="https://shop.example, without a path", found=url[:100])


def make_private(folder: Path) -> None:
    """Make the folder of a service where there is none, for its owner alone, whatever the umask; one that exists stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def unwritable(folder: Path, error: Exception) -> BackendError:
    """Return the error for a folder of the service that cannot be used."""
    return BackendError(
        "E_SERVICE_FOLDER",
        "the folder of the service cannot be used",
        where=folder,
        found=getattr(error, "strerror", None) or str(error) or type(error).__name__,
        hint="Choose a folder that you may write to, with --folder.",
    )


def _make(path: Path) -> None:
    # Linked into place when it is whole: of two services that start at once one is first, and both read its secret.
    beside = path.with_name(f".secret.{secrets.token_hex(4)}")
    with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()

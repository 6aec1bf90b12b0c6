"""`ModelStore`: where networks are looked for on this machine, and the folder that `arviz models fetch` fills.

First the file that the user names, then the user's folder, then installed packages that hold the file, then the cache. Nothing is
downloaded here. The environment is read by nobody here either: `arviz.flows.models` makes a store of it.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from arviz.core.errors import BackendError, DependencyError
from arviz.vision.models.catalogue import LICENCE, Model, model

Origin = Literal["given", "folder", "package", "cache"]
_LICENCE_TEXT = Path(__file__).with_name("apache-2.0.txt")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a model is; `right` says whether its bytes are those that the catalogue knows."""

    path: Path
    _: KW_ONLY
    origin: Origin
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStore:
    """Where networks are.

    Parameters
    ----------
    cache : path or None
        What is fetched lies in ``<cache>/<sha256>/<file>``; None where no folder can be made.
    files : mapping of str to path
        Model name -> the user's own file. It is taken as it is, whatever its digest.
    folder : path, optional
        Holds models by their file names; their digests are checked.
    offline : bool
        Never fetch.
    """

    cache: Path | None
    files: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    folder: Path | None = None
    offline: bool = False

    def find(self, name: str) -> Path:
        """Return the file of a model, checked.

        Raises
        ------
        InputError
            ``E_MODEL_UNKNOWN``.
        DependencyError
            ``E_MODEL_MISSING``, ``E_MODEL_DAMAGED``; the hint is the command that mends it.
        """
        wanted = model(name)
        found = self.locate(name)
        if found is None:
            raise DependencyError(
                "E_MODEL_MISSING", f"the model {name!r} is not on this machine", expected=wanted.file, hint=self._remedy(wanted)
            )
        if not found.right and found.origin == "given":
            raise DependencyError(
                "E_MODEL_MISSING",
                f"the file given for the model {name!r} is not there",
                where=found.path.name,
                hint=f"Correct ARVIZ_MODEL_{name.upper()}, or unset it and run `arviz models fetch {name}`.",
            )
        if not found.right:
            raise DependencyError(
                "E_MODEL_DAMAGED",
                f"the file of the model {name!r} is not the one that is known",
                where=found.path.name,
                expected=f"sha256 {wanted.sha256[:16]}...",
                found=f"sha256 {(digest(found.path) or 'unreadable')[:16]}...",
                hint=self._remedy(wanted)
                if found.origin == "cache"
                else f"Take {found.path.name} away from where ARVIZ_MODELS_DIR points, then run `arviz models fetch {name}`.",
            )
        return found.path

    def locate(self, name: str) -> Found | None:
        """Return the first place that holds a model, None if there is none."""
        wanted = model(name)
        if (given := self.files.get(name)) is not None:
            return Found(given, origin="given", right=given.is_file())
        known = {wanted.sha256, *wanted.also}
        if self.folder is not None and (path := self.folder / wanted.file).is_file():
            return Found(path, origin="folder", right=digest(path) in known)
        # A package that holds another version of the file is none of our business.
        if (packaged := _in_package(wanted)) is not None and digest(packaged) == wanted.sha256:
            return Found(packaged, origin="package", right=True)
        if (kept := self.place(wanted)) is not None and kept.is_file():
            return Found(kept, origin="cache", right=digest(kept) == wanted.sha256)
        return None

    def place(self, wanted: Model) -> Path | None:
        """Return where the cache holds a model, or will."""
        return None if self.cache is None else self.cache / wanted.sha256 / wanted.file

    def keep(self, wanted: Model, data: bytes) -> Path:
        """Write a model into the cache, licence and notice beside it: whole and right, or not at all."""
        path = self.place(wanted)
        if path is None:
            raise BackendError(
                "E_MODEL_CACHE", "there is no folder for models", hint="Set XDG_CACHE_HOME to a folder that you may write to."
            )
        if hashlib.sha256(data).hexdigest() != wanted.sha256:
            raise DependencyError(
                "E_MODEL_DAMAGED",
                f"the model {wanted.name!r} did not come out as known",
                expected=f"sha256 {wanted.sha256[:16]}...",
                found=f"{len(data)} bytes of something else",
                hint=f"Run `arviz models fetch {wanted.name}` again.",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path.with_name("LICENSE.txt"), _LICENCE_TEXT.read_bytes())
            _write(path.with_name("NOTICE.txt"), _notice(wanted).encode())
            _write(path, data)
        except OSError as error:
            raise BackendError(
                "E_MODEL_CACHE",
                f"the model {wanted.name!r} cannot be written",
                found=error.strerror,
                hint="Make room, or set XDG_CACHE_HOME to a folder that you may write to.",
            ) from error
        return path

    def _remedy(self, wanted: Model) -> str:
        if self.offline:
            return f"Run `ARVIZ_OFFLINE=0 arviz models fetch {wanted.name}` while there is a network; ARVIZ_OFFLINE is set."
        return f"Run `arviz models fetch {wanted.name}`."


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file as hexadecimal digits, None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _in_package(wanted: Model) -> Path | None:
    """Return the file inside an installed package, without importing that package."""
    if wanted.form != "file":
        return None
    package, _, inside = wanted.parts[0].path.partition("/")
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder, inside)).is_file():
            return path
    return None


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _notice(wanted: Model) -> str:
    """Return what section 4 of the licence asks to stand beside the file."""
    sources = "\n".join(f"  {part.wheel.requirement} from PyPI, {part.path}\n    sha256 {part.sha256}" for part in wanted.parts)
    return (
        f"{wanted.file}: {wanted.purpose}\nCopyright The MediaPipe Authors. Licence: {LICENCE}, see LICENSE.txt.\n"
        f"Source:\n{sources}\nChanges: {wanted.changes}\n"
    )

"""Try-on for who waits for it: a photo in, a picture out, in memory alone. No job, no store, nothing is kept.

The photo is decoded and worked on in the sandbox, whose folder must lie in memory: `memory_folder`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from arviz.core.errors import BackendError, InputError
from arviz.jobs.engines import Told
from arviz.jobs.kinds import KINDS, checked_options
from arviz.jobs.perform import outputs
from arviz.jobs.store import Store
from arviz.jobs.warm import Setup, warm

_MEMORY = Path("/dev/shm")
"""A file system in memory that Linux has (shm_overview(7))."""


def memory_folder() -> str:
    """Return a folder that is memory and no disk, for ``Setup(scratch=...)``.

    Raises
    ------
    BackendError
        ``E_NO_MEMORY_FOLDER``: this system has none that we may write.
    """
    if not (os.path.ismount(_MEMORY) and os.access(_MEMORY, os.W_OK)):
        raise BackendError("E_NO_MEMORY_FOLDER", "there is no folder in memory to work on photos of people", expected=f"{_MEMORY}, a tmpfs")
    return str(_MEMORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOn:
    """The task: give it to an engine whose workers have this setup.

    Parameters
    ----------
    kind : "tryon" or "landmarks"
        With a photo, or with the landmarks of a face in its place.
    options : mapping
        As the kind's; glasses of the recipe have the uri ``glasses.glb``.
    photo : bytes
        As it was sent; empty where there is none.
    store, glasses : str
        Address of the store and id of the asset that the glasses are, empty where the recipe has none.
    setup : Setup
        Its scratch folder is `memory_folder`.
    """

    kind: Literal["tryon", "landmarks"]
    options: Mapping[str, Any] = field(repr=False)
    setup: Setup
    photo: bytes = field(default=b"", repr=False)
    store: str = ""
    glasses: str = ""

    def __call__(self, told: Told) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Return the encoded pictures by name, and the rest of what the kind gives: the report ``arviz.tryon.report/1`` and more.

        Raises
        ------
        ArvizError
            What `arviz.flows.try_on.try_on` and `arviz.flows.without_photo.without_photo` raise, and the sandbox.
        """
        kind = KINDS[self.kind]
        options = checked_options(self.kind, self.options)
        held = warm(self.setup)
        with TemporaryDirectory(dir=held.scratch) as folder:
            inputs = {}
            if self.kind == "tryon":
                inputs["photo"] = Path(folder) / "photo"
                inputs["photo"].write_bytes(self.photo)
            if self.glasses:
                inputs["glasses"] = self._glasses(Path(folder) / "glasses")
            with held.sandbox.run(kind.function, options, inputs=inputs, timeout_s=kind.timeout_s, progress=told) as run:
                result = dict(run.result)
                files = outputs(result.pop("files", None), run.files)
                return {name: path.read_bytes() for name, path in files.items()}, result

    def _glasses(self, to: Path) -> Path:
        store = Store(self.store)
        asset = store.document("assets", self.glasses)
        if asset is None:
            raise InputError("E_ASSET_MISSING", "there is no such asset", found=self.glasses, hint="Convert its source again.")
        return store.fetch(asset["files"]["glb"], to)

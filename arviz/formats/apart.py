"""Read in a process of its own what a native library reads: FBX, STEP and USD, whose parsers a damaged file can end.

The child gets the bytes, bounds itself (memory, processor time), reads, and hands back a GLB and where it came from; the
parent reads that GLB with its own reader, so nothing of the library's memory crosses over. A child that dies is an error
of the file. Inside the sandbox of `arviz.jobs`, which allows no new process and may end itself, reading goes on in place.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn, cast

from arviz.core.absent import absent
from arviz.core.asset import Asset, Source
from arviz.core.childless import is_childless
from arviz.core.errors import ArvizError, BackendError, FormatError, LimitError, error_from_json, error_to_json
from arviz.core.frozen import EMPTY
from arviz.core.limits import Limits
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.gltf.read import read_gltf
from arviz.formats.gltf.write import write_glb

MEMORY_BYTES = 4 * 2**30
"""Address space of the child, as of a contained job."""
CPU_S = 300
_WALL_S = 600
_PROGRAM = "import sys; sys.path[:] = sys.argv[2:]; from arviz.formats.apart import answer; answer(sys.argv[1])"
_INPUT, _ASKED, _ANSWER, _PRODUCT = "input", "asked.json", "answer.json", "product.glb"


def read_apart(
    function: str, data: bytes, files: Files, *, options: Mapping[str, Any] = EMPTY, in_place: bool = True
) -> Asset:  # fmt: skip
    """Call the reader `function` (``module:name`` of ``(data, files, **options) -> Asset``) in a child process.

    Parameters
    ----------
    options : Mapping
        Plain JSON.
    in_place : bool
        Call it in this process where no other may be started. False where even good files would harm it.

    Raises
    ------
    FormatError
        ``E_READER_DIED``: the child ended without an answer, as native parsers do on damaged files. ``E_FORMAT_APART``:
        no child may be started and `in_place` is False.
    LimitError
        ``E_LIMIT_TIME``, ``E_LIMIT_MEMORY``.
    ArvizError
        What the reader raises.
    """
    if is_childless():
        if in_place:
            return cast(Asset, _called(function)(data, files, **options))
        what = "this format is not read inside the sandbox: its library needs a process of its own"
        raise FormatError("E_FORMAT_APART", what, where=files.name, hint="Convert it to GLB with `arviz convert` first.")
    with tempfile.TemporaryDirectory(prefix="arviz-read-") as name:
        folder = Path(name)
        (folder / _INPUT).write_bytes(data)
        asked = {
            "function": function,
            "name": files.name,
            "path": files.path and str(files.path.absolute()),
            "limits": asdict(files.limits),
            "options": dict(options),
        }
        (folder / _ASKED).write_text(json.dumps(asked))
        return _taken(folder, _run(folder, files), files)


def _run(folder: Path, files: Files) -> int:
    command = [sys.executable, "-I", "-B", "-c", _PROGRAM, str(folder), *(str(Path(path).absolute()) for path in sys.path if path)]
    try:
        done = subprocess.run(
            command,
            cwd=folder,  # libraries of usd-core are looked for in the working folder too, which may be a stranger's
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(files) from error
    return done.returncode


def _taken(folder: Path, status: int, files: Files) -> Asset:
    """Return what the child has answered, read by our own reader; it is believed no more than the file."""
    answer = folder / _ANSWER
    told = json.loads(answer.read_text()) if answer.exists() else {}
    if "error" in told:
        raise error_from_json(told["error"])
    if "source" not in told:
        if -status == _CPU_SIGNAL:
            raise _too_slow(files)
        hint = "The file is damaged: export it again, or export the product as GLB."
        found = f"signal {-status}" if status < 0 else f"exit status {status}"
        raise FormatError("E_READER_DIED", "the library that reads this format died on the file", where=files.name, found=found, hint=hint)
    asset = read_gltf((folder / _PRODUCT).read_bytes(), Files(None, name=files.name, limits=files.limits))
    files.beside.update(told["beside"])
    own = told["source"]
    findings = tuple(Finding(**finding) for finding in own.pop("findings"))
    return replace(asset, source=Source(**own, findings=findings))


_CPU_SIGNAL = 24
"""SIGXCPU of Linux; `signal` lacks the name on Windows, which has no such limit."""


def _too_slow(files: Files) -> LimitError:
    return LimitError(
        "E_LIMIT_TIME", "reading takes too long", where=files.name, expected=f"at most {CPU_S} s", hint="Export a simpler file, or GLB."
    )


def answer(name: str) -> NoReturn:
    """Be the child: do what the folder `name` asks, leave the answer there, end without tidying up, which some libraries do not survive."""
    import gc
    import os

    gc.disable()  # the process is short; bindings that forget to count references die of it
    folder = Path(name)
    asked = json.loads((folder / _ASKED).read_text())
    _bound()
    try:
        path = None if asked["path"] is None else Path(asked["path"])
        files = Files(path, name=asked["name"], limits=Limits(**asked["limits"]))
        asset = _called(asked["function"])((folder / _INPUT).read_bytes(), files, **asked["options"])
        (folder / _PRODUCT).write_bytes(write_glb(asset))
        told: dict[str, Any] = {"source": _source(asset), "beside": files.beside}
    except BaseException as error:  # the door of this process: everything becomes an answer
        told = {"error": _error(error, asked["name"])}
    part = folder / f"{_ANSWER}.part"
    part.write_text(json.dumps(told))
    part.rename(folder / _ANSWER)
    os._exit(0)


def _called(function: str) -> Any:
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)


def _source(asset: Asset) -> dict[str, Any]:
    source = asset.source
    assert source is not None
    plain: Mapping[str, Any] = {key: getattr(source, key) for key in ("name", "format", "unit", "unit_source", "up", "front")}
    return {**plain, "findings": [finding.to_json() for finding in source.findings]}


def _error(error: BaseException, name: str) -> Mapping[str, Any]:
    if isinstance(error, MemoryError):
        error = LimitError("E_LIMIT_MEMORY", "reading needs too much memory", where=name, expected=f"at most {MEMORY_BYTES:,} bytes")
    elif not isinstance(error, ArvizError):
        found = f"{type(error).__name__}: {error}"[:300]
        error = absent(error) or BackendError("E_READER_FAILED", "reading this file failed", where=name, found=found)
    return error_to_json(error)


def _bound() -> None:
    """Bind this process to its limits; Windows knows none of them."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        had = resource.getrlimit(kind)[1]
        soft = most if had == resource.RLIM_INFINITY else min(most, had)
        resource.setrlimit(kind, (soft, had))

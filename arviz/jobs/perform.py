"""One job in a worker process: inputs from the store, the kind's function, results into the store.

What is made is written once: its id is made of inputs, options and `arviz.jobs.kinds.PIPELINE`, its document is written after its
files, and where the document is there already nothing is done.
"""

from __future__ import annotations

import importlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from arviz.core.errors import BackendError, FormatError, InputError
from arviz.formats.read import format_of
from arviz.jobs.engines import Told, nothing_told
from arviz.jobs.kinds import Kind, checked_inputs, checked_options, kind_of, output_id
from arviz.jobs.store import Store
from arviz.jobs.warm import Setup, warm

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an engine hands to a worker: plain values, never a mesh."""

    kind: str
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    store: str
    """Its address."""
    setup: Setup = field(default_factory=Setup)
    timeout_s: float | None = None
    """Default: the kind's."""

    @property
    def limit_s(self) -> float:
        """How long it may take."""
        return kind_of(self.kind).timeout_s if self.timeout_s is None else self.timeout_s

    def __call__(self, told: Told) -> dict[str, Any]:
        """Do it, in the worker that an engine has given it to."""
        return perform(self, told)


def perform(call: Call, told: Told = nothing_told) -> dict[str, Any]:
    """Do a job and return its result: of a `convert` job the asset's id, files and size, of others their document.

    Raises
    ------
    ArvizError
        What is wrong with the inputs, what the kind's flow raises, what contained it, or the store.
    """
    kind = kind_of(call.kind)
    options = checked_options(call.kind, call.options)
    what = checked_inputs(call.kind, call.inputs)
    store = Store(call.store)
    output = output_id(call.kind, call.inputs, call.options)
    if kind.document is None:
        raise InputError("E_JOB_KIND", "this is no job: nothing of it is kept", found=call.kind)
    document = store.document(kind.document, output)
    if document is None:
        made = _make(call, kind, options, what, store, told)
        document = {
            **made,  # a contained child's word: it does not say what this is
            "id": output,
            "kind": call.kind,
            "inputs": dict(call.inputs),
            "source": call.inputs.get("source"),
            "options": options,
            "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        store.put_document(kind.document, output, document, create_only=True)
    if kind.document != "assets":
        return {name: value for name, value in document.items() if name != "created"}  # the same request, the same answer
    return {"asset": output, **{name: document[name] for name in ("ok", "name", "files", "size_mm")}}


def _make(call: Call, kind: Kind, options: dict[str, Any], what: Mapping[str, str], store: Store, told: Told) -> dict[str, Any]:
    """Call the kind's function and return what it returns, its files as ids of blobs."""
    held = warm(call.setup)
    assets = {name: _asset(store, call.inputs[name]) for name, kind_of_input in what.items() if kind_of_input == "asset"}
    with tempfile.TemporaryDirectory(dir=held.scratch) as folder:
        if kind.contained:
            inputs = _named(call, options, assets, store, Path(folder))
            run = held.sandbox.run(kind.function, options, inputs=inputs, timeout_s=call.limit_s, progress=told)
            with run:
                return {**run.result, "files": _kept(run.result.get("files"), run.files, store)}
        module, _, attribute = kind.function.partition(":")
        function = getattr(importlib.import_module(module), attribute)
        read = {name: held.product(store, asset["files"]["glb"]).asset for name, asset in assets.items()}
        result = function(read, options, Path(folder), told, held.renderer)
        files = {name: Path(folder) / name for name in result["files"].values()}
        return {**result, "files": _kept(result["files"], files, store)}


def _asset(store: Store, asset_id: str) -> dict[str, Any]:
    document = store.document("assets", asset_id)
    if document is None:
        raise InputError("E_ASSET_MISSING", "there is no such asset", found=asset_id, hint="Convert its source again.")
    return document


def _named(call: Call, options: Mapping[str, Any], assets: Mapping[str, dict[str, Any]], store: Store, folder: Path) -> dict[str, Path]:
    """Return the inputs of a contained function, by names that tell what they are."""
    files = {name: _local(store, assets[name]["files"]["glb"] if name in assets else blob, folder) for name, blob in call.inputs.items()}
    if "source" in files:
        return {f"product.{_ending(files['source'], options)}": files["source"]}
    numbers = {name: int(re.sub(r"\D", "", name) or 1) for name in assets if name.startswith("product")}
    named = {f"{numbers[name]}/{assets[name]['name']}.glb": files.pop(name) for name in sorted(numbers, key=lambda name: numbers[name])}
    return {**named, **files}


def _local(store: Store, blob_id: str, folder: Path) -> Path:
    path = store.local_path(blob_id)
    if path is None or not path.exists():  # fetching also says that it is not there
        return store.fetch(blob_id, folder / blob_id.removeprefix("sha256:"))
    return path


def _ending(source: Path, options: Mapping[str, Any]) -> str:
    """Return what kind of file a source is: as told, else by its first bytes."""
    if options["format"] is not None:
        return str(options["format"])
    with open(source, "rb") as file:
        found = format_of(file.read(_HEAD_BYTES))
    if found is None:
        raise FormatError(
            "E_FORMAT_UNKNOWN", "the first bytes do not tell what this file is", hint="Say it with the option format: obj, stl, ..."
        )
    return found


MAGIC: dict[str, tuple[bytes, ...]] = {
    ".glb": (b"glTF",),
    ".usdz": (b"PK\x03\x04",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".webp": (b"RIFF",),
    ".gif": (b"GIF8",),
    ".webm": (b"\x1aE\xdf\xa3",),
    ".mp4": (b"\0\0\0",),
    ".svg": (b"<svg", b"<?xml"),
    ".json": (b"{",),
}
"""How files begin that jobs make."""


def outputs(named: object, files: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files that a function names, by what they are; a contained one is not believed that they are it.

    Raises
    ------
    BackendError
        ``E_OUTPUT_KIND``
    """
    out: dict[str, Path] = {}
    for role, name in named.items() if isinstance(named, dict) else ():
        path = files.get(name)
        begins = MAGIC.get(PurePosixPath(str(name)).suffix, ())
        if path is None or not begins or not re.fullmatch(r"[a-z][a-z0-9.-]{0,29}", role):
            raise _not_ours(str(name))
        with open(path, "rb") as file:
            if not file.read(16).startswith(begins):
                raise _not_ours(str(name))
        out[role] = path
    return out


def _kept(named: object, files: Mapping[str, Path], store: Store) -> dict[str, str]:
    return {role: store.put(path).id for role, path in outputs(named, files).items()}


def _not_ours(name: str) -> BackendError:
    return BackendError("E_OUTPUT_KIND", "a job has made a file that is not what its name says", found=repr(name)[:80])

"""Open a stage from a stranger's bytes: every layer is looked into before anything is composed.

Composition opens whatever layers name each other. So all names are followed here first, layer by layer, through the one
door `Files`, which opens nothing outside the input's folder; a package is looked into by our own reader of zip archives.
"""

from __future__ import annotations

import posixpath
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arviz.core.errors import ArvizError, FormatError, LimitError
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.usdz.archive import Entry, read_directory

_LAYERS = 1000
"""Most layers of one stage."""


class Package(Files):
    """The pictures and layers of a USDZ, or of the folder of a bare layer."""

    def __init__(self, files: Files, *, entries: dict[str, Entry] | None, data: bytes) -> None:
        super().__init__(files.path if entries is None else None, name=files.name, limits=files.limits)
        self.beside = files.beside
        self.entries = entries
        self._data = data

    def read(self, uri: str) -> bytes | None:
        """Return an entry of the package, or a file of the folder; None if there is none."""
        if self.entries is None:
            return super().read(uri)
        name = posixpath.normpath(uri)
        if uri.startswith(("/", "\\")) or ":" in uri or name.startswith(".."):
            raise self._outside(uri)
        entry = self.entries.get(name)
        return None if entry is None else entry.content(self._data)

    def outside(self, uri: str) -> LimitError:
        """Return the error for a name that leads elsewhere."""
        return self._outside(uri)


@contextmanager
def open_stage(data: bytes, files: Files) -> Iterator[tuple[Any, Package, list[Finding]]]:
    """Yield (stage, what its pictures are read through, findings so far).

    Raises
    ------
    FormatError
        ``E_USD``, ``E_USDZ_ZIP``, ``E_USDZ_COMPRESSED``.
    LimitError
        ``E_EXTERNAL_URI``, ``E_LIMIT_LAYERS``.
    """
    from pxr import Sdf, Tf, Usd, UsdUtils

    diagnostics = UsdUtils.CoalescingDiagnosticDelegate()  # keeps OpenUSD's own warnings off the terminal while it lives
    try:
        with tempfile.TemporaryDirectory(prefix="arviz-usd-") as folder:
            package, path = _placed(data, files, Path(folder))
            findings: list[Finding] = []
            layer = Sdf.Layer.FindOrOpen(path)
            if layer is None:
                raise _broken(files, "OpenUSD cannot read the layer")
            allowed = _look_into(layer, package, findings)
            stage = Usd.Stage.Open(layer, None)
            strange = {each.identifier for each in stage.GetUsedLayers() if not each.anonymous} - allowed
            if strange:
                raise package.outside(sorted(strange)[0])
            _note_missing(stage, findings)
            yield stage, package, findings
    except ArvizError:
        raise
    except (Tf.ErrorException, RuntimeError, ValueError, OverflowError) as error:
        raise _broken(files, _first_words(error)) from error
    finally:
        diagnostics.TakeUncoalescedDiagnostics()
        del diagnostics


def _placed(data: bytes, files: Files, folder: Path) -> tuple[Package, str]:
    """Return the door to the pictures and the path under which OpenUSD opens the root layer."""
    if data.startswith(b"PK\x03\x04"):
        entries = read_directory(data, where=files.name, limits=files.limits)
        packed = next((entry for entry in entries if entry.method), None)
        if packed is not None:
            what = "a file of the package is compressed; a USDZ stores its files as they are"
            raise FormatError(
                "E_USDZ_COMPRESSED", what, where=f"{files.name}, {packed.name}", hint="Pack it with a USDZ tool, not with zip."
            )
        path = folder / "product.usdz"
        path.write_bytes(data)
        return Package(files, entries={posixpath.normpath(entry.name): entry for entry in entries}, data=data), str(path)
    kind = "usdc" if data.startswith(b"PXR-USDC") else "usda" if data.startswith(b"#usda") else None
    if kind is None:
        raise _broken(files, repr(data[:8]))
    package = Package(files, entries=None, data=data)
    if files.path is not None and files.path.suffix.lower() in (".usd", f".{kind}"):
        return package, str(files.path.resolve())
    path = folder / f"product.{kind}"
    path.write_bytes(data)
    return package, str(path)


def _look_into(root: Any, package: Package, findings: list[Finding]) -> set[str]:
    """Follow all names of layers from `root`; return the identifiers of all that composition may open."""
    from pxr import Sdf

    allowed, waiting = {root.identifier}, [(root, "")]
    while waiting:
        layer, folder = waiting.pop()
        _without_clips(layer, findings)
        for name in sorted({str(path) for path in layer.GetCompositionAssetDependencies()}):
            if "`" in name or "[" in name:
                raise package.outside(name)  # an expression that is worked out later, a package in a package
            inside = posixpath.join(folder, name)
            if package.read(inside) is None and package.read(name) is None:
                continue
            found = Sdf.Layer.FindOrOpenRelativeToLayer(layer, name)
            if found is None:
                message = f"the layer {name[:80]!r} cannot be read; what it describes is missing"
                findings.append(Finding(code="W_USD_LAYER_MISSING", severity="warning", message=message))
            elif found.identifier not in allowed:
                allowed.add(found.identifier)
                if len(allowed) > _LAYERS:
                    expected = f"at most {_LAYERS:,}"
                    raise LimitError("E_LIMIT_LAYERS", "too many layers", where=package.name, expected=expected)
                waiting.append((found, posixpath.dirname(inside)))
    return allowed


def _without_clips(layer: Any, findings: list[Finding]) -> None:
    """Take value clips out of a layer in memory: they name layers that are opened as values are asked for."""
    paths: list[Any] = []
    layer.Traverse(layer.pseudoRoot.path, paths.append)
    for path in paths:
        spec = layer.GetObjectAtPath(path) if path.IsPrimPath() or path.IsPrimVariantSelectionPath() else None
        if spec is not None and spec.HasInfo("clips"):
            spec.ClearInfo("clips")
            findings.append(Finding(code="W_USD_UNREAD", severity="warning", where=str(path), message="value clips are not read"))


def _note_missing(stage: Any, findings: list[Finding]) -> None:
    for error in stage.GetCompositionErrors():
        message = f"a part of the file cannot be put together: {str(error).splitlines()[0][:200]}"
        findings.append(Finding(code="W_USD_LAYER_MISSING", severity="warning", message=message, hint="Export into one file."))


def _first_words(error: Exception) -> str:
    """Return what OpenUSD says, without its own source lines and without folders of this machine."""
    try:
        words = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    except UnicodeDecodeError:  # OpenUSD quotes the file's bytes, which need not be text
        return type(error).__name__
    return re.sub(r"(?:/[^/\s':]+)+/", "", words.rpartition(" : ")[2].strip("'"))[:300]


def _broken(files: Files, found: str) -> FormatError:
    return FormatError("E_USD", "this USD file cannot be read", where=files.name, found=found, hint="Export the file again.")

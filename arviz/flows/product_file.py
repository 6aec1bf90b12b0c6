"""The model file of a product that comes as an archive: OBJ with its MTL and textures, glTF with its buffers."""

from __future__ import annotations

from pathlib import Path

from arviz.core.errors import FormatError
from arviz.core.unzip import unzip
from arviz.formats.read import READERS

ARCHIVE = ".zip"
_RANK = ("glb", "gltf", "usdz", "usdc", "usda", "usd", "fbx", "obj", "dae", "3mf", "step", "stp", "ply", "stl")
"""What holds more of a product goes first: an archive often has the same one in several formats."""


def product_file(path: Path, *, into: Path) -> Path:
    """Return `path`, or of an archive (``.zip``) the one model in it, unpacked into the new folder `into`.

    Raises
    ------
    FormatError
        ``E_ARCHIVE_PRODUCTS``: no model in it, or several of its best format; what `arviz.core.unzip.unzip` refuses.
    """
    if path.suffix.lower() != ARCHIVE:
        return path
    unzip(path, into)
    found: dict[str, list[Path]] = {}
    for file in sorted(into.rglob("*")):
        if file.is_file() and (extension := file.suffix[1:].lower()) in READERS:
            found.setdefault(extension, []).append(file)
    best = min(found, key=lambda extension: _RANK.index(extension) if extension in _RANK else len(_RANK), default=None)
    if best is None or len(found[best]) > 1:
        names = [file.relative_to(into).as_posix() for file in found.get(best or "", [])]
        raise FormatError(
            "E_ARCHIVE_PRODUCTS",
            "an archive holds one product",
            where=path.name,
            expected=f"one file of {', '.join(READERS)}",
            found=", ".join(names[:5]) or "none",
            hint="Pack one product with its textures and nothing else.",
        )
    return found[best][0]

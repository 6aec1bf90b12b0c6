"""The path that a caller names as input, or what to do with the thing that stands in its place."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from arviz.core.errors import InputError

_HINTS = {
    "arviz": "Write it first: Path('product.glb').write_bytes(arviz.write_glb(asset)).",
    "trimesh": "Make a product of it: arviz.from_mesh(mesh, unit='m').",
    "open3d": "Make a product of it: arviz.from_mesh(mesh, unit='m').",
    "numpy": "Make a product of arrays: arviz.from_mesh((vertices, triangles), unit='m').",
}
"""Package of the thing -> what to do."""


def source_path(source: object) -> Path:
    """Return the path of an input file.

    Raises
    ------
    InputError
        ``E_SOURCE_KIND``: something else; ``E_FILE_MISSING``: no name at all, which would be the folder one is in.
    """
    if isinstance(source, str | PathLike):
        if not fspath(source):
            raise InputError("E_FILE_MISSING", "the name of the file is empty", expected="a path")
        return Path(fspath(source))
    raise InputError(
        "E_SOURCE_KIND",
        "this is no file",
        expected="a path",
        found=type(source).__name__,
        hint=_HINTS.get(type(source).__module__.partition(".")[0]),
    )

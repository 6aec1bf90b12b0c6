"""What must hold of every file, however damaged."""

from __future__ import annotations

from arviz.core.errors import ArvizError
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read


def ends_well(data: bytes, kind: str) -> None:
    """Read a file; what is read can be written, and reads again. An `ArvizError` ends it as well."""
    try:
        asset = read(data, format=kind)
        written = write_glb(asset)
    except ArvizError:
        return
    read(written, format="glb")

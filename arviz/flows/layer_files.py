"""Planes of a layer as files: depth, normals and ids, exact in ``.npy`` and in the forms that pictures have for them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import ImageError, InputError, UnitError
from arviz.core.frozen import Array
from arviz.core.graph import assign_parts

SUFFIXES = {"depth": (".png", ".npy"), "normals": (".png", ".npy"), "ids": (".png", ".npy")}
_MOST_MM = 65_535
_MOST_IDS = 65_535


def check_suffix(plane: str, path: Path) -> None:
    """Raise ImageError where a plane is not written in the format that a file name asks for."""
    if path.suffix.lower() not in SUFFIXES[plane]:
        raise ImageError(
            "E_PICTURE_FORMAT",
            f"{plane} {'is' if plane == 'depth' else 'are'} not written in this format",
            where=path,
            expected=", ".join(SUFFIXES[plane]),
            found=path.suffix,
        )


def depth_file(depth_m: Array, suffix: str) -> bytes:
    """Return depth along z: ``.npy`` (H, W) float32 metres, +inf for nothing; ``.png`` 16-bit millimetres, 0 for nothing.

    Raises
    ------
    InputError
        ``E_DEPTH_RANGE``: too far for 16 bits.
    """
    if suffix == ".npy":
        return _npy(depth_m)
    seen = np.isfinite(depth_m)
    mm = np.where(seen, depth_m, 0) * 1000.0
    if mm.max(initial=0) > _MOST_MM:
        raise InputError(
            "E_DEPTH_RANGE",
            "the depth does not fit into 16 bits of millimetres",
            expected=f"at most {_MOST_MM / 1000} m",
            found=f"{mm.max() / 1000:.3g} m",
            hint="Write a .npy file: it holds metres as floats.",
        )
    return _png(np.where(seen, np.maximum(np.round(mm), 1), 0).astype(np.uint16))


def normals_file(normals: Array, world_from_camera: Array, suffix: str) -> bytes:
    """Return normals in the axes of the eye, +X right, +Y up, +Z to the viewer, as normal maps have them.

    ``.npy`` holds (H, W, 3) float32, zeros for nothing; ``.png`` (n + 1) / 2 of 255, grey (128, 128, 128) for nothing.

    **Convention** a wall that faces the viewer is (0, 0, 1), in the picture (128, 128, 255).
    """
    turned = (normals @ world_from_camera[:3, :3]) * (1, -1, -1)  # OpenCV's camera looks along +Z, its +Y is down
    eye = turned.astype(np.float32) + np.float32(0)  # no -0
    return _npy(eye) if suffix == ".npy" else _png(np.floor((eye + 1) * 127.5 + 0.5).clip(0, 255).astype(np.uint8))


def ids_file(ids: Array, suffix: str, *, most: int) -> bytes:
    """Return ids, 0 for nothing: ``.npy`` int32, ``.png`` 8-bit grey where `most` fits, else 16-bit."""
    if suffix == ".npy":
        return _npy(ids)
    if most > _MOST_IDS:
        raise InputError(
            "E_IDS_RANGE", "too many parts for a picture", expected=f"at most {_MOST_IDS:,}", found=f"{most:,}", hint="Write .npy."
        )
    return _png(ids.astype(np.uint8 if most < 256 else np.uint16))


def parts(asset: Asset) -> tuple[tuple[str, Asset], ...]:
    """Return (part id, the asset with only this part's mesh) for every node that has a mesh, in the order of the nodes.

    Everything else is shared, so the parts together take no more memory than the whole; the lights are with the first, for
    each item's lamps shine. Where the file has no part ids, they are made as on import.
    """
    named = assign_parts(asset)
    bare = tuple(node if node.mesh is None else replace(node, mesh=None) for node in named.nodes)
    shown = [(index, node) for index, node in enumerate(named.nodes) if node.mesh is not None]
    return tuple(
        (node.part or "", replace(named, nodes=(*bare[:index], node, *bare[index + 1 :]), lights=() if number else named.lights))
        for number, (index, node) in enumerate(shown)
    )


def check_metric(asset: Asset) -> None:
    """Raise UnitError for a product of which no millimetre is known."""
    if not asset.unit_known:
        raise UnitError(
            "E_UNIT_NEEDED", "depth is in metres, and the unit of this product is unknown", hint="Convert it with --unit or --size first."
        )


def _npy(array: Array) -> bytes:
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(array), allow_pickle=False)
    return out.getvalue()


def _png(pixels: Array) -> bytes:
    from PIL import Image as PillowImage

    out = io.BytesIO()
    PillowImage.fromarray(np.ascontiguousarray(pixels)).save(out, format="PNG")
    return out.getvalue()

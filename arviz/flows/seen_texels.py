"""How fine the textures of a product are seen in small pictures of all of it, from whichever side."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.errors import ImageError
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.image import measure
from arviz.core.material import TextureInfo
from arviz.core.texture_transform import uv_matrix
from arviz.render.framing import FIELD_OF_VIEW_RAD, RADIUS_SHARE
from arviz.render.texture_pixels import NEAREST, sampler_of

_FRAGMENTS = 2
"""Side by side in a pixel: pictures have four samples."""
_SPARED = 0.01
"""Share of a texture's surface on which finer texels may be seen than are kept: seams and tips where a texture is stretched."""


def unseen_halvings(asset: Asset, *, longest_px: int) -> dict[int, int]:
    """Return by index of an image how many times it can be halved without a picture of the product at rest showing it.

    Of all pictures with no side above `longest_px` that `arviz.render.framing.orbit_camera` frames: a renderer reads each texture
    at the level of its mipmaps at which fragments lie a texel apart (OpenGL 3.3, section 3.8.11), and levels finer than those that
    are read anywhere can go. Images that no texture shows are not named.
    """
    pieces = list(drawn(asset))
    points = np.concatenate([np.zeros((0, 3)), *(piece.used_positions for piece in pieces)])
    if not len(points):
        return {}
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    away_m = RADIUS_SHARE * float(np.linalg.norm(points - centre, axis=1).max()) / math.sin(FIELD_OF_VIEW_RAD / 2)
    focal = _FRAGMENTS * longest_px / (2 * math.tan(FIELD_OF_VIEW_RAD / 2))
    steps: dict[int, list[tuple[Array, Array]]] = {}
    for piece in pieces:
        corners = piece.positions[piece.primitive.triangles]
        apart_m = (away_m - np.linalg.norm(corners - centre, axis=2).max(axis=1)) / focal
        alike: dict[object, tuple[Array, Array]] = {}
        for info in _uses(asset, piece.primitive):
            uv_set, matrix = uv_matrix(info)
            uv = piece.primitive.attributes.get(f"TEXCOORD_{uv_set}")
            for index in asset.textures[info.texture].image_candidates if uv is not None else ():
                size = _size(asset, index)
                look = (uv_set, matrix.tobytes(), size)
                if look not in alike:
                    per_m, areas = _texels_per_m(corners, (uv @ matrix[:2, :2].T * size)[piece.primitive.triangles])
                    alike[look] = per_m * apart_m, areas
                step, areas = alike[look]
                pixelated = sampler_of(asset, info.texture).mag_filter == NEAREST
                steps.setdefault(index, []).append((step * (not pixelated), areas))
    return {index: _halvings(*map(np.concatenate, zip(*found, strict=True))) for index, found in steps.items()}


def _uses(asset: Asset, primitive: Primitive) -> Iterator[TextureInfo]:
    """Yield the textures of a primitive in all variants."""
    for index in {primitive.material, *(mapping.material for mapping in primitive.variants)}:
        if index is not None:
            for _, info in asset.materials[index].texture_slots():
                yield info


def _size(asset: Asset, index: int) -> tuple[int, int]:
    """Return (width, height) in texels, none for a picture that cannot be shown."""
    data = asset.images[index].data
    try:
        return (0, 0) if data is None else measure(data)
    except ImageError:
        return (0, 0)


def _texels_per_m(corners: Array, uvs: Array) -> tuple[Array, Array]:
    """Return (T,) roots of the sum of squares of the texels that lie on a metre in two directions, and twice the areas (T,).

    Parameters
    ----------
    corners : ndarray (T, 3, 3)
        In metres.
    uvs : ndarray (T, 3, 2)
        In texels.
    """
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    s, t = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    areas = np.linalg.norm(np.cross(a, b), axis=1)
    # The Jacobian is [s t] [a b]^-1 in the triangle's plane; of [a b] the Gram matrix is enough.
    aa, ab, bb = (np.einsum("tk,tk->t", *pair) for pair in ((a, a), (a, b), (b, b)))
    ss, st, tt = (np.einsum("tk,tk->t", *pair) for pair in ((s, s), (s, t), (t, t)))
    squares = np.maximum(ss * bb - 2 * st * ab + tt * aa, 0)
    return np.divide(np.sqrt(squares), areas, out=np.zeros_like(areas), where=areas > 0), areas


def _halvings(steps: Array, areas: Array) -> int:
    """Return how many levels nobody reads of a texture: `steps` (N,) in texels from fragment to fragment on `areas` (N,)."""
    order = np.argsort(steps)
    covered = np.cumsum(areas[order])
    if not covered.size or not covered[-1] > 0:
        return 0
    least = float(steps[order[np.searchsorted(covered, _SPARED * covered[-1])]])
    # Drivers may take the longest of the four derivatives for the step, which is half of the root at least; levels are rounded.
    return max(math.floor(math.log2(max(least / 2, 1.0)) + 0.5), 0)

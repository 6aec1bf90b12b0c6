"""The shadow of glasses on a face: what frame and lenses keep off of each pixel's skin, of the main light and of the light all around.

Neighbouring pixels send their few rays to different parts of the light, nine by nine, and share what they find (interleaved
sampling; Keller and Heidrich 2001): together as smooth as 36 rays for each. The head's own shade is in the photo already; so
the factor is what arrives past head and glasses over what arrives past the head alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import sh_basis
from arviz.render.face_rays import LIFT_M, FaceRays, Skin
from arviz.render.lens_optics import passed

_SIDE = 3
"""Pixels along each axis that share their rays."""
_EACH = 4
"""Rays of a pixel, to the main light and to the sky."""
_REACH_M = 0.35
"""Glasses are nowhere farther than that from skin that they shade."""
_HEAD_REACH_M = 0.15


class FaceLight(NamedTuple):
    """The light on a face, in the head's axes."""

    sky: Array
    """(9, 3) harmonics of the radiance from all around, without the main light."""
    to_light: Array | None
    """(3,) unit vector."""
    irradiance: Array
    """(3,) of the main light on a surface that faces it."""
    radius_rad: float


def light_left(rays: FaceRays, skin: Skin, light: FaceLight, *, shape: tuple[int, int], blur_px: float) -> Array:
    """Return (H, W, 3) float32: the share of each colour of light that the glasses leave on the skin; 1 beside it.

    Parameters
    ----------
    skin : Skin
        Pixels of a picture of `shape`.
    blur_px : float
        How far light spreads under the skin, as a Gaussian.
    """
    phase = (skin.rows % _SIDE) * _SIDE + skin.columns % _SIDE
    start = skin.points_m + LIFT_M * skin.normals
    there = np.zeros((len(start), 3), np.float32)
    kept = np.zeros((len(start), 3), np.float32)
    for ways, weights in _fans(skin, light, phase):
        for index in range(_EACH):
            _add(rays, start, ways[:, index], weights[:, index], there, kept)
    sums = np.zeros((*shape, 6), np.float32)
    sums[skin.rows, skin.columns, :3], sums[skin.rows, skin.columns, 3:] = there, kept
    sums = _spread(sums, blur_px)
    out = np.ones((*shape, 3), np.float32)
    bare, left = sums[skin.rows, skin.columns, :3], sums[skin.rows, skin.columns, 3:]
    out[skin.rows, skin.columns] = np.clip(left / np.maximum(bare, 1e-6), 0, 1)
    return out


def _fans(skin: Skin, light: FaceLight, phase: Array) -> list[tuple[Array, Array]]:
    """Return directions (N, _EACH, 3) and the irradiance (N, _EACH, 3) that arrives along each."""
    count = _EACH * _SIDE**2
    spread = np.arange(count) + 0.5
    radius, angle = np.sqrt(spread / count), spread * np.pi * (3 - 5**0.5)  # Vogel's spiral
    disc = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(_EACH, _SIDE**2, 2).transpose(1, 0, 2)
    out = []
    if light.to_light is not None and light.irradiance.max() > 0:
        across, up = _axes(light.to_light[None])
        ways = light.to_light + np.tan(light.radius_rad) * (disc[..., :1] * across + disc[..., 1:] * up)
        ways = (ways / np.linalg.norm(ways, axis=2, keepdims=True))[phase]
        cosine = np.maximum(np.einsum("nkc,nc->nk", ways, skin.normals), 0)
        out.append((ways, cosine[..., None] * light.irradiance / _EACH))
    across, up = _axes(skin.normals)
    own = disc[phase]
    height = np.sqrt(np.maximum(1 - (own**2).sum(axis=2), 0))
    ways = own[..., :1] * across[:, None] + own[..., 1:] * up[:, None] + height[..., None] * skin.normals[:, None]
    radiance = np.maximum(sh_basis(ways.reshape(-1, 3)) @ light.sky, 0).reshape(ways.shape)
    out.append((ways, np.pi / _EACH * radiance))
    return out


def _add(rays: FaceRays, start: Array, ways: Array, weights: Array, there: Array, kept: Array) -> None:
    """Add the light along one ray of each pixel to what arrives past the head, and past the glasses too."""
    facing = np.flatnonzero(weights.max(axis=1) > 0)
    free = facing[~rays.by_head(start[facing], ways[facing], most_m=_HEAD_REACH_M)]
    there[free] += weights[free]
    past = free[~rays.by_frame(start[free], ways[free], most_m=_REACH_M)]
    kept[past] += weights[past]
    if rays.lenses is not None:
        hits = rays.on_lenses(start[past], ways[past])
        through = past[hits.ray]
        kept[through] -= weights[through] * (1 - passed(rays.lenses, hits, ways[through]))


def _axes(normals: Array) -> tuple[Array, Array]:
    """Return two unit vectors (N, 3) across each of (N, 3)."""
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    across = np.cross(helper, normals)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return across, np.cross(normals, across)


def _spread(sums: Array, blur_px: float) -> Array:
    """Share what neighbours found, and blur it as light spreads under the skin; what is no skin counts for nothing."""
    import cv2

    shared = np.concatenate(
        [
            cv2.blur(np.ascontiguousarray(sums[..., part]), (_SIDE, _SIDE), borderType=cv2.BORDER_CONSTANT)
            for part in (slice(3), slice(3, 6))
        ],
        axis=2,
    )
    return shared if blur_px < 0.3 else np.asarray(cv2.GaussianBlur(shared, (0, 0), blur_px))

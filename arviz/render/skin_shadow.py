"""The shadow of glasses on a face: what frame and lenses keep off of the skin, of the main light and of the light all around.

The skin is looked at in steps of a millimetre, no finer than light spreads in it. Neighbours send their few rays to different
parts of the light, two by two, and share what they find (interleaved sampling; Keller and Heidrich 2001). The head's own shade is
in the photo already; so the factor is what arrives past head and glasses over what arrives past the head alone.
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.room import sh_basis
from arviz.render.face_light import FaceLight
from arviz.render.face_rays import LIFT_M, FaceRays
from arviz.render.lens_optics import passed

_SIDE = 2
"""Places along each axis that share their rays."""
_EACH = 4
"""Rays of a place, to the main light and to the sky."""
STEP_M = 0.0016
_SCATTER_M = 0.0007
"""Standard deviation by which light spreads in skin (Jensen et al. 2001: mean free paths of 0.2 to 0.7 mm from blue to red)."""
_SHARE = np.array([0.25, 0.5, 0.25], np.float32)
_HEAD_REACH_M = 0.15
"""Farther away the head shades nothing of itself that glasses could."""


def light_left(rays: FaceRays, camera: Camera, camera_from_head: Array, light: FaceLight, *, step_m: float = STEP_M) -> Array:
    """Return (H, W, 3) float32: the share of each colour of light that the glasses leave on the skin that a camera sees; 1 beside it.

    `step_m` is how finely the skin is looked at.
    """
    px_per_m = float(camera.k[0, 0]) / float(camera_from_head[2, 3])
    step = max(round(step_m * px_per_m), 1)
    rows, columns = (np.arange(-(-side // step)) for side in (camera.height_px, camera.width_px))
    at = np.stack(np.meshgrid(rows, columns, indexing="ij")).reshape(2, -1)
    skin = rays.skin(camera, camera_from_head, rows=at[0] * step + (step - 1) / 2, columns=at[1] * step + (step - 1) / 2)
    grid = (np.floor(skin.rows / step).astype(int), np.floor(skin.columns / step).astype(int))
    start = (skin.points_m + LIFT_M * skin.normals).astype(np.float32)
    sums = np.zeros((len(rows), len(columns), 6), np.float32)
    there, kept = np.zeros((2, len(start), 3), np.float32)
    phase = (grid[0] % _SIDE) * _SIDE + grid[1] % _SIDE
    starts = np.repeat(start, _EACH, axis=0)
    for ways, weights in _fans(skin.normals.astype(np.float32), light, phase):
        bare, left = _arriving(rays, starts, ways.reshape(-1, 3), weights.reshape(-1, 3))
        there += bare.reshape(-1, _EACH, 3).sum(axis=1)
        kept += left.reshape(-1, _EACH, 3).sum(axis=1)
    sums[(*grid, slice(0, 3))], sums[(*grid, slice(3, 6))] = there, kept
    out = _ratio(sums, camera, step=step, blur=_SCATTER_M * px_per_m / step)
    out[_beside(rays, camera, camera_from_head, out, np.asarray(sums[..., :3].any(axis=2)), step=step)] = 1
    return out


def _fans(normals: Array, light: FaceLight, phase: Array) -> list[tuple[Array, Array]]:
    """Return directions (N, _EACH, 3) and the irradiance (N, _EACH, 3) that arrives along each, for float32 normals (N, 3)."""
    count = _EACH * _SIDE**2
    spread = np.arange(count) + 0.5
    radius, angle = np.sqrt(spread / count), spread * np.pi * (3 - 5**0.5)  # Vogel's spiral
    disc = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(_EACH, _SIDE**2, 2)
    disc = disc.transpose(1, 0, 2).astype(np.float32)
    out = []
    if light.to_light is not None and light.irradiance.max() > 0:
        across, up = _axes(light.to_light[None])
        ways = light.to_light + np.tan(light.radius_rad) * (disc[..., :1] * across + disc[..., 1:] * up)
        ways = (ways / np.linalg.norm(ways, axis=2, keepdims=True)).astype(np.float32)[phase]
        cosine = np.maximum(np.einsum("nkc,nc->nk", ways, normals), 0)
        out.append((ways, cosine[..., None] * (light.irradiance / _EACH).astype(np.float32)))
    across, up = _axes(normals)
    own = disc[phase]
    height = np.sqrt(np.maximum(1 - (own**2).sum(axis=2), 0))
    ways = own[..., :1] * across[:, None] + own[..., 1:] * up[:, None] + height[..., None] * normals[:, None]
    radiance = np.maximum(sh_basis(ways.reshape(-1, 3)) @ light.sky, 0).reshape(ways.shape)
    out.append((ways, (np.pi / _EACH * radiance).astype(np.float32)))
    return out


def _arriving(rays: FaceRays, start: Array, ways: Array, weights: Array) -> tuple[Array, Array]:
    """Return what arrives along rays (N, 3) past the head, and past the glasses too, of `weights` (N, 3)."""
    there, kept = np.zeros((2, len(start), 3), np.float32)
    facing = np.flatnonzero(weights @ np.ones(3, np.float32) > 0)  # a sum over rows of three: ten times as fast as any()
    hits, kind = rays.first(start[facing], ways[facing])
    met = facing[hits.ray]
    open_way = np.zeros(len(start), bool)
    open_way[facing] = True
    open_way[met] = (kind == 0) & (hits.distance > _HEAD_REACH_M)
    there[open_way] = kept[open_way] = weights[open_way]
    # Behind the glasses there may be the head: then nothing arrived in the photo either.
    on = np.flatnonzero(kind > 0)
    on = on[~rays.by_head(start[met[on]], ways[met[on]], most=_HEAD_REACH_M)]
    there[met[on]] = weights[met[on]]
    if rays.lenses is not None:
        lens = on[kind[on] == 2]
        lens = lens[~rays.by_solid(start[met[lens]], ways[met[lens]], most=_HEAD_REACH_M)]
        through = passed(rays.lenses, hits.pick(lens), ways[met[lens]]).astype(np.float32)
        kept[met[lens]] = weights[met[lens]] * through
    return there, kept


def _axes(normals: Array) -> tuple[Array, Array]:
    """Return two unit vectors (N, 3) across each of (N, 3)."""
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]).astype(normals.dtype)
    across = np.cross(helper, normals)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return across, np.cross(normals, across)


def _beside(rays: FaceRays, camera: Camera, camera_from_head: Array, left: Array, skin: Array, *, step: int) -> Array:
    """Tell (H, W) which pixels that a coarse grid shades are no skin: those at an outline are looked at one by one."""
    import cv2

    inside = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    size = skin.shape[1] * step, skin.shape[0] * step
    sure = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST)[: camera.height_px, : camera.width_px] > 0
    out: Array = (left @ np.ones(3, np.float32) < 3) & ~sure
    rows, columns = np.nonzero(out)
    found = rays.skin(camera, camera_from_head, rows=rows, columns=columns)
    out[found.rows, found.columns] = False
    return out


def _ratio(sums: Array, camera: Camera, *, step: int, blur: float) -> Array:
    """Share what neighbours found, blur it as light spreads in skin, and return the share that is left, at full size."""
    import cv2

    size = sums.shape[1] * step, sums.shape[0] * step
    whole = []
    for part in (slice(0, 3), slice(3, 6)):
        # Twice two by two is three by three with its middle in the middle.
        shared = np.ascontiguousarray(sums[..., part])
        shared = cv2.sepFilter2D(shared, -1, _SHARE, _SHARE, borderType=cv2.BORDER_REPLICATE)
        shared = cv2.GaussianBlur(shared, (0, 0), blur) if blur > 0.3 else shared
        whole.append(cv2.resize(shared, size, interpolation=cv2.INTER_LINEAR)[: camera.height_px, : camera.width_px])
    bare, left = whole
    out: Array = np.where(bare > 1e-4, np.clip(left / np.maximum(bare, 1e-4), 0, 1), np.float32(1))
    return out

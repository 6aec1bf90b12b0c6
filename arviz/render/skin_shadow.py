"""The shadow of glasses on a face: what frame and lenses keep off of the skin, of the main light and of the light all around.

The skin is looked at in steps of two millimetres, little more than light spreads in it. To the sky, whose shadows are soft, neighbours
send their few rays in different directions, two by two, and share what they find (interleaved sampling; Keller and Heidrich 2001); the
shadow of the main light has edges, which that would blur. The head's own shade is in the photo already; so the factor is what arrives
past head and glasses over what arrives past the head alone.

Against 256 rays of each place, on eight pictures: 2.6 to 4.3 codes of 255 (root mean square) on skin of albedo .3; 4.4 to 6.1 with
four rays each and the main light shared too.
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
"""Places along each axis that share their rays to the sky."""
_EACH = 8
"""Rays of a place, to the main light and to the sky."""
_AT_ONCE = 2**15
"""Rays at a time: larger arrays leave the caches, and what multiplies them wakes threads that wait for each other."""
STEP_M = 0.0022
_SCATTER_M = 0.0007
"""Standard deviation by which light spreads in skin (Jensen et al. 2001: mean free paths of 0.2 to 0.7 mm from blue to red)."""
_SHARE = np.array([0.25, 0.5, 0.25], np.float32)
_GAP_M = 0.03
"""So far from the skin may be what throws a shadow there."""
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
    normals = skin.normals.astype(np.float32)
    phase = (grid[0] % _SIDE) * _SIDE + grid[1] % _SIDE
    sums[grid] = _from_sky(rays, start, normals, light, phase)
    sums = _shared(sums)
    if light.to_light is not None and light.irradiance.max() > 0:
        reach = int(np.ceil(np.tan(light.radius_rad) * _GAP_M / step_m)) + 1
        sums[grid] += _from_main_light(rays, start, normals, light, grid, reach=reach)
    out = _ratio(sums, camera, step=step, blur=_SCATTER_M * px_per_m / step)
    out[_beside(rays, camera, camera_from_head, out, np.asarray(sums[..., :3].any(axis=2)), step=step)] = 1
    return out


def _from_sky(rays: FaceRays, start: Array, normals: Array, light: FaceLight, phase: Array) -> Array:
    """Return the light (N, 6) of the sky that arrives past the head, and past the glasses too."""
    disc, sky = _disc(_SIDE**2), (np.pi / _EACH * light.sky).astype(np.float32)
    height = np.sqrt(np.maximum(1 - (disc**2).sum(axis=2, keepdims=True), 0))
    across, up = _axes(normals)
    out = np.zeros((len(start), 6), np.float32)
    for at in _some(len(start)):
        own, high = disc[:, phase[at]], height[:, phase[at]]
        ways = own[..., :1] * across[at] + own[..., 1:] * up[at] + high * normals[at]
        radiance = np.maximum(sh_basis(ways.reshape(-1, 3)) @ sky, 0)
        out[at] = _arriving(rays, start[at], ways, radiance.reshape(ways.shape))
    return out


def _from_main_light(rays: FaceRays, start: Array, normals: Array, light: FaceLight, grid: tuple[Array, Array], *, reach: int) -> Array:
    """Return the same for the main light.

    One ray to its middle tells where the glasses' shadow is; only there, and as near as half-shadow reaches, more are sent.
    """
    import cv2

    assert light.to_light is not None
    to_light = light.to_light.astype(np.float32)
    full = np.maximum(normals @ to_light, 0)[:, None] * light.irradiance.astype(np.float32)
    lit = np.flatnonzero(full.any(axis=1))
    out = np.zeros((len(start), 6), np.float32)
    out[lit] = _arriving(rays, start[lit], np.broadcast_to(to_light, (1, len(lit), 3)), full[None, lit])
    shaded = np.zeros((int(grid[0].max(initial=0)) + 1, int(grid[1].max(initial=0)) + 1), np.uint8)
    shaded[grid] = (out[:, :3] != out[:, 3:]).any(axis=1)
    near = cv2.dilate(shaded, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    more = np.flatnonzero(near[grid])
    across, up = _axes(light.to_light[None])
    disc = _disc(1)[:, 0]
    ways = light.to_light + np.tan(light.radius_rad) * (disc[:, :1] * across + disc[:, 1:] * up)
    ways = (ways / np.linalg.norm(ways, axis=1, keepdims=True)).astype(np.float32)
    cosine = np.maximum(ways @ normals[more].T, 0)
    weights = cosine[..., None] * (light.irradiance / _EACH).astype(np.float32)
    for at in _some(len(more)):
        some = more[at]
        out[some] = _arriving(rays, start[some], np.broadcast_to(ways[:, None], (_EACH, len(some), 3)), weights[:, at])
    return out


def _some(count: int) -> list[slice]:
    """Return slices of so many places, of `_AT_ONCE` rays each."""
    size = _AT_ONCE // _EACH
    return [slice(first, first + size) for first in range(0, count, size)]


def _disc(phases: int) -> Array:
    """Return places (_EACH, phases, 2) in the unit disc: Vogel's spiral, dealt out to the places that share their rays."""
    count = _EACH * phases
    spread = np.arange(count) + 0.5
    radius, angle = np.sqrt(spread / count), spread * np.pi * (3 - 5**0.5)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(_EACH, phases, 2).astype(np.float32)


def _arriving(rays: FaceRays, places: Array, ways: Array, weights: Array) -> Array:
    """Return what arrives (N, 6) at places (N, 3) along ways (K, N, 3) of weights (K, N, 3): past the head, and past the glasses too."""
    start, ways = np.tile(places, (len(ways), 1)), ways.reshape(-1, 3)
    met = rays.first(start, ways)
    free = ~met.glasses & ~(met.head & (met.distance < _HEAD_REACH_M))
    every = weights.reshape(-1, 3)
    there = every * free[:, None]
    kept = there.copy()
    # Behind the glasses there may be the head: then nothing arrived in the photo either.
    on = np.flatnonzero(met.glasses)
    on = on[~rays.by_head(start[on], ways[on], most=_HEAD_REACH_M)]
    there[on] = every[on]
    if rays.lenses is not None:
        lens = on[met.lens[on]]
        lens = lens[~rays.by_frame(start[lens], ways[lens], most=_HEAD_REACH_M)]
        kept[lens] = every[lens] * passed(rays.lenses, met.on_lenses(lens), ways[lens]).astype(np.float32)
    return np.concatenate([part.reshape(weights.shape).sum(axis=0) for part in (there, kept)], axis=1)


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


def _shared(sums: Array) -> Array:
    """Return sums (H, W, 6) as neighbours share them: twice two by two is three by three with its middle in the middle."""
    import cv2

    halves = (np.ascontiguousarray(sums[..., part]) for part in (slice(0, 3), slice(3, 6)))
    return np.dstack([cv2.sepFilter2D(half, -1, _SHARE, _SHARE, borderType=cv2.BORDER_REPLICATE) for half in halves])


def _ratio(sums: Array, camera: Camera, *, step: int, blur: float) -> Array:
    """Blur what arrives as light spreads in skin, and return the share that is left, at full size."""
    import cv2

    size = sums.shape[1] * step, sums.shape[0] * step
    whole = []
    for part in (slice(0, 3), slice(3, 6)):
        half = np.ascontiguousarray(sums[..., part])
        half = cv2.GaussianBlur(half, (0, 0), blur) if blur > 0.3 else half
        whole.append(cv2.resize(half, size, interpolation=cv2.INTER_LINEAR)[: camera.height_px, : camera.width_px])
    bare, left = whole
    out: Array = np.where(bare > 1e-4, np.clip(left / np.maximum(bare, 1e-4), 0, 1), np.float32(1))
    return out

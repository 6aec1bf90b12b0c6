"""Light on surfaces by rays: how much sky and sun a point sees, and the light that reaches it, with shadows.

Points are (N, 3) in the world with unit normals (N, 3); a map is the answer for the points of `rectangle`. The same
directions are taken around every normal, without chance: the same scene gives the same map.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.scene import Lighting, Sun, light_from_world_axes
from arviz.render.prefilter import BRIGHTEST
from arviz.render.rays import RayScene

CONTACT_M = 1.2
"""How far bodies darken a floor by nearness; beyond it a room's walls do, not products."""
_GOLDEN_RAD = np.pi * (3 - np.sqrt(5))
_ENVIRONMENT_PX = (64, 32)


def rectangle(corner_m: Array, *, across_m: Array, along_m: Array, columns: int, rows: int) -> tuple[Array, Array]:
    """Return the cell centres (rows * columns, 3) of a rectangle, row by row, and their normals ``across x along``."""
    across, along = np.asarray(across_m, np.float64), np.asarray(along_m, np.float64)
    v, u = np.mgrid[:rows, :columns].reshape(2, -1) + 0.5
    points = np.asarray(corner_m, np.float64) + u[:, None] / columns * across + v[:, None] / rows * along
    normal = np.cross(across, along)
    return points, np.broadcast_to(normal / np.linalg.norm(normal), points.shape)


def sky_visibility(rays: RayScene, points_m: Array, normals: Array, *, max_m: float = CONTACT_M, count: int = 48) -> Array:
    """Return (N,): the share of cosine-weighted light from a uniform sky that no visible item within `max_m` stops."""
    total = np.zeros(len(points_m))
    for _, open_ in _open(rays, points_m, normals, hemisphere(count), max_m=max_m):
        total += open_
    return total / count


def sun_visibility(rays: RayScene, points_m: Array, normals: Array, sun: Sun, *, count: int = 16) -> Array:
    """Return (N,): the share of the sun's disc that is seen, 0 where the surface is turned away."""
    to_light = np.asarray(sun.to_light)
    r, phi = np.sqrt((np.arange(count) + 0.5) / count) * np.tan(sun.angular_radius_rad), np.arange(count) * _GOLDEN_RAD
    disc = np.stack([r * np.cos(phi), r * np.sin(phi), np.ones(count)], axis=1)
    disc /= np.linalg.norm(disc, axis=1, keepdims=True)
    around = np.broadcast_to(to_light, np.shape(points_m))
    start = np.asarray(points_m, np.float64) + np.asarray(normals) * rays.start_m
    total = np.zeros(len(start))
    for direction in disc:
        total += ~rays.occluded(start, _turned(direction, around))
    facing: Array = np.asarray(normals) @ to_light > 0
    return np.where(facing, total / count, 0.0)


def light_map(rays: RayScene, points_m: Array, normals: Array, lighting: Lighting, *, count: int = 256) -> Array:
    """Return (N, 3): irradiance over pi, linear Rec.709, of environment and sun with what visible items stop of them.

    A matte white surface at the point shows this radiance. `count` directions stand for the environment.
    """
    pixels = _small(lighting.environment) * lighting.intensity
    light_from_world = light_from_world_axes(lighting.rotation_rad)
    total = np.zeros((len(points_m), 3))
    for direction, open_ in _open(rays, points_m, normals, hemisphere(count), max_m=np.inf):
        x, y, z = (direction @ light_from_world.T).T
        u, v = np.arctan2(z, x) / (2 * np.pi) + 0.5, np.arccos(y.clip(-1, 1)) / np.pi
        height, width = pixels.shape[:2]
        total += open_[:, None] * pixels[(v * height).astype(int).clip(0, height - 1), (u * width).astype(int) % width]
    total /= count
    if lighting.sun is not None:
        cosine = np.maximum(np.asarray(normals) @ np.asarray(lighting.sun.to_light), 0)
        seen = sun_visibility(rays, points_m, normals, lighting.sun)
        total += (cosine * seen)[:, None] * np.asarray(lighting.sun.irradiance) / np.pi
    return total


def hemisphere(count: int) -> Array:
    """Return (count, 3) unit directions around +Z, dense as the cosine (Malley's method on Vogel's spiral)."""
    r, phi = np.sqrt((np.arange(count) + 0.5) / count), np.arange(count) * _GOLDEN_RAD
    return np.stack([r * np.cos(phi), r * np.sin(phi), np.sqrt(1 - r * r)], axis=1)


def _open(rays: RayScene, points: Array, normals: Array, directions: Array, *, max_m: float) -> Iterator[tuple[Array, Array]]:
    """Yield, for each of (D, 3) directions around +Z, that direction around each normal (N, 3), and (N,) whether it is free."""
    normals = np.asarray(normals, np.float64)
    start = np.asarray(points, np.float64) + normals * rays.start_m
    for direction in directions:
        turned = _turned(direction, normals)
        yield turned, ~rays.occluded(start, turned, max_m=max_m)


def _turned(direction: Array, normals: Array) -> Array:
    """Return (N, 3): `direction` in a frame whose z axis is each normal (Duff et al. 2017, "Building an Orthonormal Basis, Revisited")."""
    x, y, z = np.asarray(normals, np.float64).T
    sign = np.where(z >= 0, 1.0, -1.0)
    a = -1 / (sign + z)
    b = x * y * a
    across = np.stack([1 + sign * x * x * a, sign * b, -sign * x], axis=1)
    along = np.stack([b, sign + y * y * a, -y], axis=1)
    out: Array = direction[0] * across + direction[1] * along + direction[2] * np.asarray(normals)
    return out


def _small(environment: Image) -> Array:
    """Return (32, 64, 3) float64 radiance: each of the directions stands for more sky than one pixel of a large picture."""
    from PIL import Image as PillowImage

    pixels = np.nan_to_num(np.clip(environment.pixels[..., :3], 0, BRIGHTEST)).astype(np.float32)
    how = PillowImage.Resampling.BOX if pixels.shape[1] > _ENVIRONMENT_PX[0] else PillowImage.Resampling.BILINEAR
    small = (PillowImage.fromarray(np.ascontiguousarray(pixels[..., c])).resize(_ENVIRONMENT_PX, how) for c in range(3))
    return np.stack([np.asarray(channel, np.float64) for channel in small], axis=-1)

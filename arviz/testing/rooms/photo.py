"""`photo`: a room's picture by rays. Direct light by shadow rays, bounces by rays that read the patches of `RoomLight`.

Rejected: mitsuba (an extra that not every checkout has; compiling its kernels takes longer than a small picture), plain
path tracing in numpy (ten times the rays for the same noise).
"""

from __future__ import annotations

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import View
from arviz.testing.rooms.emitters import around
from arviz.testing.rooms.light import RoomLight
from arviz.testing.rooms.rays import camera_rays, pixel_grid
from arviz.testing.rooms.room import SyntheticRoom

_COARSE_PX = 4
"""Bounced light is gathered at every fourth pixel: it varies slowly."""
_ROUGH_RAD = 0.07
"""Reflections of glossy floors are blurred by this much."""
_TONE = 0.15
"""Light differs by noise if it differs by less than about this share, once smoothed a little."""


def photo(room: SyntheticRoom, view: View, *, rng: np.random.Generator, samples: int = 4, light: RoomLight | None = None) -> Image:
    """Return what a perfect camera would measure: linear radiance in units of 1000 cd/m2, lens distortion included.

    Parameters
    ----------
    samples : int
        Per pixel, a square number: 4 for tests, 9 or 16 for pictures to look at.
    light : RoomLight or None
        Of this room, to make it once for several pictures (it takes as long as a small picture).
    """
    light = RoomLight(room, seed=room.seed) if light is None else light
    per_side = max(round(float(np.sqrt(samples))), 1)
    shape = (view.camera.height_px, view.camera.width_px)
    count = shape[0] * shape[1]
    paint, lit, mirrored, emitted = np.zeros((4, count, 3))
    steady, guide = np.ones(count, bool), None
    dither = _lattice(*shape)
    for number in range(per_side**2):
        offset = (np.array([number % per_side, number // per_side]) + 0.5) / per_side - 0.5
        here = _Seen(light, view, offset, per_side)
        reflectance = light.surfaces.reflectance(here.finish, here.points, here.footprints)
        paint += reflectance
        lit += reflectance * light.direct(here.points, here.normals, rng=rng, stratum=number, strata=per_side**2, dither=dither)
        emitted += here.emitted
        mirrored += _reflected(light, here, rng)
        guide = here if guide is None else guide
        steady &= here.surface == guide.surface
    assert guide is not None
    arriving = lit / np.maximum(paint, 1e-9) + _bounced(light, guide, shape, rng)
    surface, normals = np.where(steady, guide.surface, -1).reshape(shape), guide.normals.reshape(*shape, 3)
    smooth = _smoothed(arriving.reshape(*shape, 3), surface, normals)
    if mirrored.any():
        for step in (1, 2):
            mirrored = _spread(mirrored.reshape(*shape, 3), surface, normals, step=step).reshape(-1, 3)
    radiance = (paint * smooth.reshape(-1, 3) / np.pi + mirrored + emitted) / per_side**2 + light.glow
    return Image(pixels=radiance.reshape(*shape, 3).astype(np.float32), space="linear")


class _Seen:
    """Where the rays through one place in each pixel end."""

    def __init__(self, light: RoomLight, view: View, offset: Array, per_side: int) -> None:
        camera, turn = view.camera, view.world_from_camera[:3, :3]
        mesh = light.room.mesh
        self.eye = view.world_from_camera[:3, 3]
        rays = (camera_rays(camera, pixel_grid(camera) + offset) @ turn.T).reshape(camera.height_px, camera.width_px, 3)
        steps = np.stack([np.gradient(rays, axis=1), np.gradient(rays, axis=0)], axis=2).reshape(-1, 2, 3) / per_side
        self.rays = rays.reshape(-1, 3)
        hit = light.tracer.first(np.broadcast_to(self.eye, self.rays.shape), self.rays)
        self.triangle = np.maximum(hit.triangle, 0)
        distance = np.where(hit.triangle >= 0, hit.distance, 0.0)[:, None]
        self.normals = light.tracer.normals[self.triangle]
        self.points = self.eye + self.rays * distance
        self.depth = distance[:, 0]
        self.finish = mesh.finish[self.triangle]
        self.surface = np.where(mesh.plane[self.triangle] >= 0, mesh.plane[self.triangle], 10**6 + self.finish)
        self.emitted = light.emitted(hit, self.rays)
        towards = (self.rays * self.normals).sum(axis=1)
        slant = np.einsum("nij,nj->ni", steps, self.normals) / np.minimum(towards, -1e-6)[:, None]
        self.footprints = distance[:, None] * (steps - self.rays[:, None] * np.clip(slant, -1, 1)[:, :, None])
        self.cosine = -towards / np.linalg.norm(self.rays, axis=1)


def _lattice(height: int, width: int) -> Array:
    """Return two numbers in 0..1 for each pixel (N, 2), evenly spread over any few neighbours (R4 sequence, Roberts 2018)."""
    y, x = (a.reshape(-1) for a in np.indices((height, width)))
    powers = 1.1673039782614187 ** -np.arange(1, 5)
    return np.stack([x * powers[0] + y * powers[1], x * powers[2] + y * powers[3]], axis=1) % 1


def _bounced(light: RoomLight, seen: _Seen, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return the bounced irradiance (N, 3): from the coarse raster where a neighbour there lies on the same surface."""
    height, width = shape
    ys, xs = np.meshgrid(np.arange(_COARSE_PX // 2, height, _COARSE_PX), np.arange(_COARSE_PX // 2, width, _COARSE_PX), indexing="ij")
    chosen = (ys * width + xs).reshape(-1)
    coarse = light.bounced(seen.points[chosen], seen.normals[chosen], rng=rng, dither=_lattice(*ys.shape)).reshape(*ys.shape, 3)
    surface, normals = seen.surface[chosen].reshape(ys.shape), seen.normals[chosen].reshape(*ys.shape, 3)
    for step in (1, 2):
        coarse = _spread(coarse, surface, normals, step=step)
    row, column = np.divmod(np.arange(height * width), width)
    total, weight = np.zeros((height * width, 3)), np.zeros(height * width)
    y0, x0 = (row - _COARSE_PX // 2) / _COARSE_PX, (column - _COARSE_PX // 2) / _COARSE_PX
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            y = np.clip(np.round(y0).astype(np.int64) + dy, 0, ys.shape[0] - 1)
            x = np.clip(np.round(x0).astype(np.int64) + dx, 0, ys.shape[1] - 1)
            there = chosen[y * ys.shape[1] + x]
            apart = np.abs(((seen.points[there] - seen.points) * seen.normals).sum(axis=1))
            alike = np.maximum((seen.normals[there] * seen.normals).sum(axis=1), 0) ** 16
            w = np.exp(-((y - y0) ** 2 + (x - x0) ** 2)) * alike * (apart < 0.01 + 0.01 * seen.depth)
            total += coarse[y, x] * w[:, None]
            weight += w
    lonely = np.flatnonzero(weight < 1e-3)
    out = total / np.maximum(weight, 1e-3)[:, None]
    out[lonely] = light.bounced(seen.points[lonely], seen.normals[lonely], rng=rng)
    return out


def _reflected(light: RoomLight, seen: _Seen, rng: np.random.Generator) -> Array:
    """Return what glossy surfaces mirror (Schlick 1994, with the rise at grazing angles damped as for a rough coat)."""
    gloss = np.array([finish.gloss for finish in light.room.finishes])[seen.finish]
    out = np.zeros((len(gloss), 3))
    rows = np.flatnonzero(gloss > 0)
    if not len(rows):
        return out
    rays, normals = seen.rays[rows], seen.normals[rows]
    mirror = rays - 2 * (rays * normals).sum(axis=1, keepdims=True) * normals
    mirror /= np.linalg.norm(mirror, axis=1, keepdims=True)
    spread = np.cos(_ROUGH_RAD * np.sqrt(-np.log(1 - rng.random(len(rows)) * 0.99)))
    way = around(mirror, spread, rng.random(len(rows)))
    above = (way * normals).sum(axis=1) > 0.01
    rows, way = rows[above], way[above]
    fresnel = gloss[rows] + (0.5 - gloss[rows]) * (1 - np.clip(seen.cosine[rows], 0, 1)) ** 5
    out[rows] = light.radiance(seen.points[rows] + seen.normals[rows] * 1e-4, way) * fresnel[:, None]
    return out


def _smoothed(light: Array, surface: Array, normals: Array) -> Array:
    """Smooth noise (H, W, 3) of light within a surface, less across changes of brightness (a-trous, Dammertz et al. 2010)."""
    guide = _spread((light @ LUMINANCE)[..., None], surface, normals, step=1)[..., 0]
    out = _spread(light, surface, normals, step=1, guide=guide)
    return _spread(out, surface, normals, step=2, guide=guide)


def _spread(light: Array, surface: Array, normals: Array, *, step: int, guide: Array | None = None) -> Array:
    """Average (H, W, C) over 5x5 pixels `step` apart that show the same surface (not -1) at a similar angle and brightness."""
    margin = ((2 * step, 2 * step), (2 * step, 2 * step))
    bright = np.zeros(surface.shape) if guide is None else guide
    values, towards = (np.pad(a, (*margin, (0, 0)), mode="edge") for a in (light, normals))
    shown, tones = (np.pad(a, margin, mode="edge") for a in (surface, bright))
    total, weight = np.zeros_like(light), np.zeros(surface.shape)
    curved = surface >= 10**6
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            window = tuple(slice((2 + d) * step, (2 + d) * step + n) for d, n in zip((dy, dx), surface.shape, strict=True))
            w = ((shown[window] == surface) & (surface >= 0)) * ((6, 4, 1)[abs(dy)] * (6, 4, 1)[abs(dx)] / 256)
            if guide is not None:
                w = w * np.exp(-(((tones[window] - bright) / (_TONE * (tones[window] + bright) + 1e-9)) ** 2))
            if curved.any():
                w[curved] *= np.maximum((towards[window][curved] * normals[curved]).sum(axis=-1), 0) ** 32
            total += values[window] * w[..., None]
            weight += w
    out: Array = np.where(weight[..., None] > 0, total / np.maximum(weight, 1e-12)[..., None], light)
    return out

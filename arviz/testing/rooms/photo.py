"""`photo`: a room's picture by rays. Direct light by shadow rays, bounces by rays that read the patches of `RoomLight`.

Paint is averaged over each pixel by formula, so that one ray is enough inside a surface; pixels at edges get many. Light is
taken once a pixel, neighbours asking different parts of each lamp, and smoothed within a surface.

Rejected: mitsuba (an extra that not every checkout has; compiling its kernels takes longer than a small picture), plain
path tracing in numpy (ten times the rays for the same noise), several rays in every pixel (four times the time).
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import View
from arviz.testing.rooms.emitters import around
from arviz.testing.rooms.light import RoomLight
from arviz.testing.rooms.rays import pixel_grid
from arviz.testing.rooms.room import SyntheticRoom
from arviz.testing.rooms.smoothing import matching, smoothed, spread, tiled

_COARSE_PX, _COARSE = 4, 100
"""Bounced light varies slowly: it is gathered at every fourth pixel, or at that many along a large picture's width."""
_ASKED = 2
"""How many places of each lamp every pixel asks for light."""
_ROUGH_RAD = 0.07
"""Reflections of glossy floors are blurred by this much."""
_CURVED = 10**6
"""Surfaces of curved things are told by their finish, added to this."""


def photo(room: SyntheticRoom, view: View, *, rng: np.random.Generator, samples: int = 9, light: RoomLight | None = None) -> Image:
    """Return what a perfect camera would measure: linear radiance in units of 1000 cd/m2, lens distortion included.

    Parameters
    ----------
    samples : int
        Per pixel at edges, a square number.
    light : RoomLight or None
        Of this room, to make it once for several pictures.
    """
    light = RoomLight(room, seed=room.seed) if light is None else light
    shape = (view.camera.height_px, view.camera.width_px)
    lens = _Lens(view)
    every = np.arange(shape[0] * shape[1])
    middle = _Seen(light, lens, every, np.zeros(2), 1)
    surface, normals = middle.surface.reshape(shape), middle.normals.reshape(*shape, 3)
    arriving = _bounced(light, middle, shape, rng)
    for _ in range(_ASKED):
        arriving += light.direct(middle.points, middle.normals, rng=rng, dither=tiled(*shape, rng=rng)) / _ASKED
    arriving = smoothed(arriving.reshape(*shape, 3), surface, normals, curved=surface >= _CURVED)
    look = light.surfaces.look(middle.finish, middle.points, middle.footprints)
    mirrored = np.mean([_reflected(light, middle, look.gloss, tiled(*shape, rng=rng)) for _ in range(2 * _ASKED)], axis=0)
    if mirrored.any():
        for step in (1, 2):
            mirrored = spread(mirrored.reshape(*shape, 3), surface, normals, step=step).reshape(-1, 3)
    radiance = look.reflectance * arriving.reshape(-1, 3) / np.pi + mirrored + middle.emitted
    edge = np.flatnonzero(_edges(surface) | look.fine)
    radiance[edge] = 0
    per_side = max(round(float(np.sqrt(samples))), 1)
    for number in range(per_side**2):
        offset = (np.array([number % per_side, number // per_side]) + 0.5) / per_side - 0.5
        here = _Seen(light, lens, edge, offset, per_side)
        neighbour, alone = matching(surface, here.surface, edge)
        lit = arriving.reshape(-1, 3)[neighbour]
        if alone.any():
            lit[alone] = light.direct(here.points[alone], here.normals[alone], rng=rng)
            lit[alone] += light.bounced(here.points[alone], here.normals[alone], rng=rng)
        reflectance = light.surfaces.look(here.finish, here.points, here.footprints).reflectance
        radiance[edge] += (reflectance * lit / np.pi + np.where(alone[:, None], 0, mirrored[neighbour]) + here.emitted) / per_side**2
    return Image(pixels=(radiance + light.glow).reshape(*shape, 3).astype(np.float32), space="linear")


class _Lens:
    """The rays (N, 3) of a view's pixels, z = 1 in its frame, turned to the world, and the steps (N, 2, 3) to the next ones."""

    def __init__(self, view: View) -> None:
        camera, turn = view.camera, view.world_from_camera[:3, :3]
        rays = (camera.rays(pixel_grid(camera)) @ turn.T).reshape(camera.height_px, camera.width_px, 3)
        self.eye = view.world_from_camera[:3, 3]
        self.rays = rays.reshape(-1, 3)
        self.steps = np.stack([np.gradient(rays, axis=1), np.gradient(rays, axis=0)], axis=2).reshape(-1, 2, 3)


class _Seen:
    """Where rays through one place in some pixels end."""

    def __init__(self, light: RoomLight, lens: _Lens, pixels: Array, offset: Array, per_side: int) -> None:
        mesh, steps = light.room.mesh, lens.steps[pixels]
        self.rays = lens.rays[pixels] + np.einsum("j,njk->nk", offset, steps)
        hit = light.tracer.first(np.broadcast_to(lens.eye, self.rays.shape), self.rays)
        triangle = np.maximum(hit.triangle, 0)
        distance = np.where(hit.triangle >= 0, hit.distance, 0.0)[:, None]
        self.normals = light.tracer.normals[triangle]
        self.points = lens.eye + self.rays * distance
        self.depth = distance[:, 0]
        self.finish = mesh.finish[triangle]
        self.surface = np.where(mesh.plane[triangle] >= 0, mesh.plane[triangle], _CURVED + self.finish)
        self.emitted = light.emitted(hit, self.rays)
        towards = (self.rays * self.normals).sum(axis=1)
        slant = np.einsum("nij,nj->ni", steps, self.normals) / np.minimum(towards, -1e-6)[:, None]
        self.footprints = distance[:, None] * (steps - self.rays[:, None] * np.clip(slant, -1, 1)[:, :, None]) / per_side
        self.cosine = -towards / np.linalg.norm(self.rays, axis=1)


def _edges(surface: Array) -> Array:
    """Return (H W,) bool: whether any of a pixel's eight neighbours shows another surface."""
    padded = np.pad(surface, 1, mode="edge")
    height, width = surface.shape
    windows = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    out: Array = np.any([window != surface for window in windows], axis=0).reshape(-1)
    return out


def _bounced(light: RoomLight, seen: _Seen, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return the bounced irradiance (N, 3): from the coarse raster where a neighbour there lies on the same surface."""
    height, width = shape
    pitch = max(_COARSE_PX, width // _COARSE)
    ys, xs = np.meshgrid(np.arange(pitch // 2, height, pitch), np.arange(pitch // 2, width, pitch), indexing="ij")
    chosen = (ys * width + xs).reshape(-1)
    coarse = light.bounced(seen.points[chosen], seen.normals[chosen], rng=rng, dither=tiled(*ys.shape, rng=rng)).reshape(*ys.shape, 3)
    surface, normals = seen.surface[chosen].reshape(ys.shape), seen.normals[chosen].reshape(*ys.shape, 3)
    for step in (1, 2):
        coarse = spread(coarse, surface, normals, step=step, curved=surface >= _CURVED)
    gathered = coarse.reshape(-1, 3)
    row, column = np.divmod(np.arange(height * width), width)
    total, weight = np.zeros((height * width, 3)), np.zeros(height * width)
    y0, x0 = (row - pitch // 2) / pitch, (column - pitch // 2) / pitch
    curved = np.flatnonzero(seen.surface >= _CURVED)
    for dy in (0, 1):
        for dx in (0, 1):
            y = np.clip(np.floor(y0).astype(np.int64) + dy, 0, ys.shape[0] - 1)
            x = np.clip(np.floor(x0).astype(np.int64) + dx, 0, ys.shape[1] - 1)
            cell = y * ys.shape[1] + x
            there = chosen[cell]
            w = np.maximum(1 - np.abs(y - y0), 0.01) * np.maximum(1 - np.abs(x - x0), 0.01) * (seen.surface[there] == seen.surface)
            w[curved] *= np.maximum((seen.normals[there[curved]] * seen.normals[curved]).sum(axis=1), 0) ** 16
            total += gathered[cell] * w[:, None]
            weight += w
    lonely = np.flatnonzero(weight < 1e-4)
    out = total / np.maximum(weight, 1e-4)[:, None]
    out[lonely] = light.bounced(seen.points[lonely], seen.normals[lonely], rng=rng)
    return out


def _reflected(light: RoomLight, seen: _Seen, gloss: Array, chances: Array) -> Array:
    """Return what glossy surfaces mirror (Schlick 1994, with the rise at grazing angles damped as for a rough coat)."""
    out = np.zeros((len(gloss), 3))
    rows = np.flatnonzero(gloss > 0)
    if not len(rows):
        return out
    rays, normals = seen.rays[rows], seen.normals[rows]
    mirror = rays - 2 * (rays * normals).sum(axis=1, keepdims=True) * normals
    mirror /= np.linalg.norm(mirror, axis=1, keepdims=True)
    blur = np.cos(_ROUGH_RAD * np.sqrt(-np.log(1 - chances[rows, 0] * 0.99)))
    way = around(mirror, blur, chances[rows, 1])
    above = (way * normals).sum(axis=1) > 0.01
    rows, way = rows[above], way[above]
    fresnel = gloss[rows] + (0.5 - gloss[rows]) * (1 - np.clip(seen.cosine[rows], 0, 1)) ** 5
    out[rows] = light.radiance(seen.points[rows] + seen.normals[rows] * 1e-4, way) * fresnel[:, None]
    return out

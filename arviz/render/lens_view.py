"""What the lenses of glasses show in a picture: how much light passes, what they mirror, and which place of the photo is seen through."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate
from arviz.core.scene import Lighting
from arviz.core.transforms import apply
from arviz.render.embree import Hits
from arviz.render.face_rays import FaceRays, eye_rays
from arviz.render.lens_optics import bent, mirror, normals_at, tint

SIDE = 2
"""Rays along each axis of a pixel: edges of lenses, and outlines that jump behind them, are as smooth."""
_WALL_M = 0.5
"""How far behind the lens what is no head is taken to be."""
_LEAST_RADIUS_RAD = 0.04
_RIM_M = 0.004
"""Of the frame, what lies less far behind the lens is the rim that holds it; the rest is seen through it."""
_NOOK = 0.4
"""Share of the light that reaches a nose pad, between nose and rim."""


class LensView(NamedTuple):
    """Pixels (N,) that lenses touch, in a window of the photo."""

    rows: Array
    columns: Array
    cover: Array
    """(N,) share of the pixel."""
    passes: Array
    """(N, 3) share of light that passes, mean over what is covered."""
    glare: Array
    """(N, 3) mirrored light, mean over what is covered."""
    before: Array
    """(N,) whether the lens lies before the frame there."""
    sources_px: Array | None
    """(M, 2) places of the window that rays see through a lens with power, with `owner`; None where lenses have none."""
    owner: Array
    """(M,) which pixel each ray belongs to."""
    guessed: bool
    """Whether something was seen whose distance is not known."""

    def looked(self, window: Array, photo: Array, *, corner: tuple[int, int]) -> Array:
        """Return (N, 3) linear light that is seen through, untinted.

        Parameters
        ----------
        window : ndarray (h, w, 3)
            Linear, with shadows.
        photo : ndarray (H, W, 3)
            Linear: what lies beside the window.
        corner : (int, int)
            Row and column of the window in the photo.
        """
        if self.sources_px is None:
            out: Array = window[self.rows, self.columns]
            return out
        whole = photo.astype(np.float32)
        height, width = window.shape[:2]
        whole[corner[0] : corner[0] + height, corner[1] : corner[1] + width] = window
        return _means(_between(whole, self.sources_px + np.array(corner[::-1])), self.owner, len(self.rows))


def lens_view(
    rays: FaceRays,
    camera: Camera,
    camera_from_head: Array,
    *,
    light: LightEstimate,
    lighting: Lighting,
    world_from_head: Array,
    centres_m: Array | None,
    frame_depth_m: Array,
) -> LensView | None:
    """Return what lenses show in the picture of a camera, None where none is seen.

    Parameters
    ----------
    light, lighting : LightEstimate, Lighting
        The same light twice, in the world: for what scatters and for what mirrors.
    centres_m : ndarray (2, 3) or None
        Optical centres in the head's frame.
    frame_depth_m : ndarray (H, W)
        Along z, +inf beside the frame.
    """
    lenses = rays.lenses
    assert lenses is not None
    box = _box(apply(camera_from_head, lenses.points_m), camera)
    if box is None:
        return None
    steps = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    x, y = (np.add.outer(np.arange(low, high), steps).ravel() for low, high in box)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    origin, ways = eye_rays(camera, camera_from_head, points)
    hits = rays.through_lenses(np.broadcast_to(origin, ways.shape), ways)
    hits = hits.pick(_free(rays, origin, ways, hits))
    if not len(hits.ray):
        return None
    seen, first, number = np.unique(hits.ray, return_index=True, return_inverse=True)
    film, glare = _light(rays, hits, number, first, ways, light=light, lighting=lighting, world_from_head=world_from_head)
    at = np.floor(points[seen] + 0.5).astype(int)
    pixel, owner, count = np.unique(at[:, 1] * camera.width_px + at[:, 0], return_inverse=True, return_counts=True)
    rows, columns = pixel // camera.width_px, pixel % camera.width_px
    hits = hits.pick(first)
    depth = _means(hits.distance[:, None], owner, len(pixel))[:, 0]
    sources, guessed = _through(rays, camera, camera_from_head, hits, origin, ways[seen], centres_m)
    return LensView(
        rows=rows,
        columns=columns,
        cover=(count / SIDE**2).astype(np.float32),
        passes=_means(film, owner, len(pixel)),
        glare=_means(glare, owner, len(pixel)),
        before=depth < frame_depth_m[rows, columns] - _RIM_M,
        sources_px=sources,
        owner=owner,
        guessed=guessed,
    )


def _free(rays: FaceRays, origin: Array, ways: Array, hits: Hits) -> Array:
    """Tell (N,) which meetings no head lies before."""
    start = np.broadcast_to(origin, (len(hits.ray), 3))
    out: Array = ~rays.by_head(start, ways[hits.ray] * hits.distance[:, None], most=1.0)
    return out


def _light(
    rays: FaceRays,
    hits: Hits,
    number: Array,
    first: Array,
    ways: Array,
    *,
    light: LightEstimate,
    lighting: Lighting,
    world_from_head: Array,
) -> tuple[Array, Array]:
    """Return the share (R, 3) of light that passes all that R rays enter, and the light (R, 3) that these send themselves."""
    lenses = rays.lenses
    assert lenses is not None
    film, glare = np.ones((len(first), 3)), np.zeros((len(first), 3))
    turn = world_from_head[:3, :3].T
    # A light whose direction is not sure may be anywhere about it: no sharp glint at a wrong place.
    radius = float(np.hypot(light.angular_radius_rad, light.sigma_direction_rad))
    rank = np.arange(len(number)) - first[number]
    for step in range(int(rank.max()) + 1):
        some = hits.pick(rank == step)
        own, triangle = number[rank == step], some.triangle
        way = ways[some.ray] / np.linalg.norm(ways[some.ray], axis=1, keepdims=True)
        normals, cosine = normals_at(lenses, some, way)
        mirrors = mirror(lenses.reflectance[triangle], cosine)
        back = way - 2 * (way * normals).sum(axis=1, keepdims=True) * normals
        glare[own] += film[own] * mirrors * radiance(lighting, back @ turn, radius_rad=radius)
        scatters = np.flatnonzero(lenses.milky[triangle].max(axis=1) > 0)
        if len(scatters):
            lit = light.irradiance(normals[scatters] @ turn) / np.pi
            glare[own[scatters]] += film[own[scatters]] * _NOOK * lenses.milky[triangle[scatters]] * lit
        film[own] *= tint(lenses.transmittance[triangle], cosine, lenses.ior[triangle]) * (1 - mirrors)
    return film, glare


def _through(
    rays: FaceRays, camera: Camera, camera_from_head: Array, hits: Hits, origin: Array, ways: Array, centres_m: Array | None
) -> tuple[Array | None, bool]:
    """Return the pixels (M, 2) that rays see behind lenses with power, and whether some see what is no head."""
    lenses, powers = rays.lenses, np.array(rays.worn.rx_dioptre)
    assert lenses is not None
    if not powers.any():
        return None, False
    side = lenses.side[hits.triangle]
    centres = (lenses.centres_m() if centres_m is None else np.asarray(centres_m, np.float64))[side]
    points = origin + ways * hits.distance[:, None]
    behind = bent(ways, points, centres_m=centres, dioptre=np.where(side < 0, 0.0, powers[side]))
    found = rays.on_head(points, behind)
    distance = np.full(len(points), _WALL_M)
    distance[found.ray] = found.distance
    seen = apply(camera_from_head, points + behind * distance[:, None])
    return camera.project_distorted(seen), len(found.ray) < len(points)


def radiance(lighting: Lighting, ways: Array, *, radius_rad: float) -> Array:
    """Return the light (N, 3) that comes from directions (N, 3) of the world, the main light's too, which looks so large."""
    picture = np.asarray(lighting.environment.pixels[..., :3], np.float32)
    height, width = picture.shape[:2]
    u = (np.arctan2(ways[:, 2], ways[:, 0]) / (2 * np.pi) + 0.5) * width - 0.5
    v = np.arccos(np.clip(ways[:, 1], -1, 1)) / np.pi * height - 0.5
    wrapped = np.concatenate([picture[:, -1:], picture, picture[:, :1]], axis=1)
    out = _between(wrapped, np.stack([u + 1, v], axis=1)) * lighting.intensity
    if lighting.sun is not None:
        # A soft spot with the light of an even disc of that radius.
        spread = 2 / max(radius_rad, _LEAST_RADIUS_RAD) ** 2
        spot = np.exp(spread * (ways @ np.asarray(lighting.sun.to_light, np.float32) - 1))[:, None]
        out = out + spot * np.asarray(lighting.sun.irradiance, np.float32) * np.float32(spread / (2 * np.pi))
    return out


def _between(picture: Array, places: Array) -> Array:
    """Return the values (N, C) of a picture at places (N, 2), x and y, bilinear; beyond its borders those of the border."""
    size = np.array(picture.shape[1::-1])
    places = np.clip(places, 0, size - 1)
    low = np.minimum(places.astype(int), np.maximum(size - 2, 0))
    share = (places - low).astype(np.float32)
    (x, y), (u, v) = low.T, share.T[..., None]
    right, down = np.minimum(x + 1, size[0] - 1), np.minimum(y + 1, size[1] - 1)
    above = picture[y, x] * (1 - u) + picture[y, right] * u
    below = picture[down, x] * (1 - u) + picture[down, right] * u
    out: Array = above * (1 - v) + below * v
    return out


def _box(points: Array, camera: Camera) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the columns and the rows (first, last + 1) that points (N, 3) of the camera's frame may cover."""
    if (points[:, 2] < 0.02).any():
        return (0, camera.width_px), (0, camera.height_px)
    at = camera.project_distorted(points)
    size = np.array([camera.width_px, camera.height_px])
    low = np.clip(np.floor(at.min(axis=0)).astype(int), 0, size)
    high = np.clip(np.ceil(at.max(axis=0)).astype(int) + 1, 0, size)
    return ((int(low[0]), int(high[0])), (int(low[1]), int(high[1]))) if (high > low).all() else None


def _means(values: Array, owner: Array, count: int) -> Array:
    """Return the mean (count, C) of the rows of `values` that belong to each owner."""
    number = np.maximum(np.bincount(owner, minlength=count), 1)
    sums = [np.bincount(owner, values[:, c], minlength=count) for c in range(values.shape[1])]
    return (np.stack(sums, axis=1) / number[:, None]).astype(np.float32)

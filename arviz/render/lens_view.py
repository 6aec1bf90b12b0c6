"""What the lenses of glasses show in a picture: how much light passes, what they mirror, and which place of the photo is seen through."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate
from arviz.core.scene import Lighting
from arviz.core.transforms import apply
from arviz.render.embree import Hits
from arviz.render.face_light import NOOK
from arviz.render.face_rays import FaceRays, eye_rays
from arviz.render.lens_optics import bent, mirror, normals_at, tint
from arviz.render.photo_occlusion import picture_box
from arviz.render.room_light import spread_radius_rad

SIDE = 2
"""Rays along each axis of a pixel: edges of lenses, and outlines that jump behind them, are as smooth."""
_WALL_M = 0.5
"""How far behind the lens what is no head is taken to be."""
_LEAST_RADIUS_RAD = 0.04
_UP_TO = 0.9995
"""Of the way from the eye: a lens touches the rim that holds it."""
_LEAST_BLUR_PX, _LEAST_COVER, _LEAST_FREE = 0.1, 1e-3, 0.02
_RIM_M = 0.004
"""Of the frame, what lies less far behind the lens is the rim that holds it; the rest is seen through it."""


class LensView(NamedTuple):
    """What lenses do to a window (H, W) of the photo."""

    cover: Array
    """(H, W) float32: share of what the frame leaves free of each pixel in which a lens is what one sees first."""
    passes: Array
    """(H, W, 3) float32: share of light that passes the lens, 1 where there is none."""
    glare: Array
    """(H, W, 3) float32: light that it sends itself, mirrored or scattered."""
    before: Array
    """(H, W) bool: whether the lens lies before the frame: a temple, not the rim that holds it."""
    places_px: Array | None
    """(H, W, 2) float32: the place of the window that is seen through a lens with power; None where none has."""
    guessed: bool
    """Whether something was seen whose distance is not known."""

    def part(self, box: tuple[slice, slice]) -> LensView:
        """Return the same of a part of the window; places stay those of the whole."""
        places = None if self.places_px is None else self.places_px[box]
        return LensView(self.cover[box], self.passes[box], self.glare[box], self.before[box], places, self.guessed)

    def looked(self, window: Array, photo: Callable[[], Array], *, corner: tuple[int, int]) -> Array:
        """Return (H, W, 3) linear light that is seen, neither tinted nor mirrored.

        Parameters
        ----------
        window : ndarray (H, W, 3)
            Linear, with shadows.
        photo : function
            Returns the whole photo (H', W', 3), linear; only asked where a lens bends.
        corner : (int, int)
            Row and column of the window in the photo.
        """
        if self.places_px is None:
            return window
        whole = photo()
        height, width = window.shape[:2]
        whole[corner[0] : corner[0] + height, corner[1] : corner[1] + width] = window
        at = np.nonzero(self.cover > 0)
        out = window.copy()
        out[at] = between(whole, self.places_px[at] + np.array(corner[::-1]))
        return out


def _each(planes: Array, smooth: Callable[[Array], Array]) -> Array:
    """Return planes (H, W, C), each smoothed; OpenCV takes four at a time."""
    return np.dstack([smooth(np.ascontiguousarray(planes[..., i : i + 4])) for i in range(0, planes.shape[2], 4)])


def with_lenses(frame: Array, behind: Array, looked: Array, lenses: LensView) -> Array:
    """Return linear light (H, W, 3) of a frame, its lenses, and what is behind.

    What lies behind a lens, a temple too, is seen through it; the rim lies before it.

    Parameters
    ----------
    frame : ndarray (H, W, 4)
        Premultiplied.
    behind, looked : ndarray (H, W, 3)
        Beside a lens, and through it without tint.
    lenses : LensView
    """
    own, free = frame[..., :3], 1 - frame[..., 3:]
    cover, passes, glare = lenses.cover[..., None], lenses.passes, lenses.glare
    held = own + free * (glare + passes * looked)
    through = glare + passes * (own + free * looked)
    bare = own + free * behind
    out: Array = bare + cover * (np.where(lenses.before[..., None], through, held) - bare)
    return out


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
    blur_px: float,
) -> LensView | None:
    """Return what lenses show in the picture of a camera, None where none is seen.

    Inside of a lens one ray is sent through each pixel, at its outline `SIDE` times as many along each axis.

    Parameters
    ----------
    light, lighting : LightEstimate, Lighting
        The same light twice, in the world: for what scatters and for what mirrors.
    centres_m : ndarray (2, 3) or None
        Optical centres in the head's frame.
    frame_depth_m : ndarray (H, W)
        Along z, +inf beside the frame.
    blur_px : float
        Standard deviation of the Gaussian by which the frame is blurred, for outlines as soft.
    """
    lenses = rays.lenses
    assert lenses is not None
    box = _box(apply(camera_from_head, lenses.points_m), camera)
    if box is None:
        return None
    sight = _sight(rays, camera, camera_from_head, box)
    if not len(sight.hits.ray):
        return None
    seen, first, number = np.unique(sight.hits.ray, return_index=True, return_inverse=True)
    film, glare = _light(rays, sight.hits, number, first, sight.ways, light=light, lighting=lighting, world_from_head=world_from_head)
    hits = sight.hits.pick(first)
    places, guessed = _through(rays, camera, camera_from_head, hits, sight.eye, sight.ways[seen], centres_m)
    shape = camera.height_px, camera.width_px

    def sums(which: Array, *columns: Array) -> Array:
        parts = np.concatenate([part.reshape(len(which), -1) for part in columns], axis=1)
        flat = [np.bincount(sight.pixel[which], sight.weight[which] * part, shape[0] * shape[1]) for part in parts.T]
        return np.stack(flat, axis=-1).reshape(*shape, -1).astype(np.float32)

    every = np.arange(len(sight.pixel))
    own = sums(seen, np.ones(len(seen)), film, glare, hits.distance, *([] if places is None else [places]))
    free = 1 - sums(every, ~sight.free)
    there = own[..., :1]
    inside = there > 0
    mean = own[..., 1:] / np.where(inside, there, 1)
    before = inside[..., 0] & np.isfinite(frame_depth_m) & (mean[..., 6] < frame_depth_m - _RIM_M)
    here = np.stack(np.meshgrid(*map(np.arange, shape[::-1])), axis=-1)
    soft = _softened(np.concatenate([free, there, own[..., 1:7], there * before[..., None]], axis=2), sigma_px=blur_px)
    cover = soft[..., :1]
    seen_there = cover > 0
    return LensView(
        cover=cover[..., 0],
        passes=np.where(seen_there, soft[..., 1:4], np.float32(1)),
        glare=soft[..., 4:7],
        before=soft[..., 7] > 0.5,
        places_px=None if places is None else np.where(inside, mean[..., 7:9], here),
        guessed=guessed,
    )


def _softened(planes: Array, *, sigma_px: float) -> Array:
    """Return `LensView`'s cover and, as means over the lens, six planes and `before` (H, W, 8), with outlines as soft as the frame's.

    Parameters
    ----------
    planes : ndarray (H, W, 9)
        Share of each pixel that the frame leaves free, share in which a lens is seen, and that share times the other seven.
    """
    import cv2

    out = np.zeros((*planes.shape[:2], 8), np.float32)
    at = picture_box(planes[..., 1] > 0, margin=int(4 * sigma_px) + 2)
    assert at is not None
    part = planes[at]
    if sigma_px > _LEAST_BLUR_PX:
        part = _each(part, lambda plane: cv2.GaussianBlur(plane, (0, 0), sigma_px))
    # Where rays see nothing but frame, a picture of it may still leave something free: what is beside it.
    part = np.where(part[..., :1] > _LEAST_FREE, part, _each(part, lambda plane: cv2.blur(plane, (3, 3))))
    free, lens = part[..., :1], part[..., 1:2]
    seen = lens > _LEAST_COVER * np.maximum(free, _LEAST_COVER)
    cover = np.minimum(lens / np.maximum(free, _LEAST_COVER), 1)
    out[at] = np.where(seen, np.concatenate([cover, part[..., 2:] / np.maximum(lens, 1e-9)], axis=2), 0)
    return out


class _Sight(NamedTuple):
    """Rays (N,) from the eye into a window."""

    pixel: Array
    """(N,) which pixel each belongs to."""
    weight: Array
    """(N,) share of it."""
    eye: Array
    ways: Array
    free: Array
    """(N,) bool: whether no frame is what it meets first."""
    hits: Hits
    """Where rays enter lenses that they meet first, and what is clear behind those."""


def _sight(rays: FaceRays, camera: Camera, camera_from_head: Array, box: tuple[tuple[int, int], tuple[int, int]]) -> _Sight:
    """Return one ray through each pixel of a box, `SIDE` times as many along each axis at outlines of lenses and frame."""
    import cv2

    (left, right), (top, bottom) = box
    rows, columns = (part.ravel() for part in np.mgrid[top:bottom, left:right])
    eye, ways = eye_rays(camera, camera_from_head, np.stack([columns, rows], axis=1))
    met = rays.first(np.broadcast_to(eye, ways.shape), ways)
    kinds = (met.glasses.astype(np.uint8) + met.lens).reshape(bottom - top, right - left)
    square = np.ones((3, 3), np.uint8)
    edge = (cv2.dilate(kinds, square) != cv2.erode(kinds, square)).ravel()
    steps = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    offsets = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    finer = (np.stack([columns[edge], rows[edge]], axis=1)[:, None] + offsets).reshape(-1, 2)
    _, finer_ways = eye_rays(camera, camera_from_head, finer)
    finer_met = rays.first(np.broadcast_to(eye, finer_ways.shape), finer_ways)
    pixel = rows * camera.width_px + columns
    ways = np.concatenate([ways[~edge], finer_ways])
    lens, framed = (np.concatenate([one[~edge], other]) for one, other in ((met.lens, finer_met.lens), (met.frame, finer_met.frame)))
    seen = np.flatnonzero(lens)
    hits = rays.through_lenses(np.broadcast_to(eye, (len(seen), 3)), ways[seen])
    # What is clear behind the first lens may lie behind the head or the rim too.
    start, reach = np.broadcast_to(eye, (len(hits.ray), 3)), ways[seen][hits.ray] * hits.distance[:, None]
    hits = hits.pick(~rays.by_head(start, reach, most=_UP_TO) & ~rays.by_frame(start, reach, most=_UP_TO))
    return _Sight(
        pixel=np.concatenate([pixel[~edge], np.repeat(pixel[edge], SIDE**2)]),
        weight=np.repeat([1, 1 / SIDE**2], [int((~edge).sum()), len(finer)]),
        eye=eye,
        ways=ways,
        free=~framed,
        hits=hits._replace(ray=seen[hits.ray]),
    )


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
    radius = spread_radius_rad(light)
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
            glare[own[scatters]] += film[own[scatters]] * NOOK * lenses.milky[triangle[scatters]] * lit
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
    out = between(wrapped, np.stack([u + 1, v], axis=1)) * lighting.intensity
    if lighting.sun is not None:
        # A soft spot as wide as an even disc of that radius; a surface that faces it gets the sun's irradiance.
        spread = 2 / max(radius_rad, _LEAST_RADIUS_RAD) ** 2
        spot = np.exp(spread * (ways @ np.asarray(lighting.sun.to_light, np.float32) - 1))[:, None]
        facing = 2 * np.pi * (spread - 1 + np.exp(-spread)) / spread**2
        out = out + spot * np.asarray(lighting.sun.irradiance, np.float32) / np.float32(facing)
    return out


def between(picture: Array, places: Array) -> Array:
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

"""What products keep off of a plane (of a room, below a picture): of the light all around, of a lamp, of the sun; as maps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Plane
from arviz.core.scene import Sun
from arviz.render.flattened import BELOW_LAMP, Lights, Part, Shade, shade
from arviz.render.gl.view import corners
from arviz.render.grains import Grains
from arviz.render.sky_samples import SkySamples

LAMP = 9
"""Parts of a lamp."""
_LAMP_TEXELS = 40_000
_NEAR_M = 0.3
"""A product farther from a plane than this has no fine shadow of the sky there."""
_REACH, _FADE = 1.5, 0.6
"""Shadows of the sky fade and end this many heights of the products from their foot print; at an endless wall 5 % would be left there."""
_FINE_REACH = 0.12
_FARTHEST_M = 4.0
"""Shadows of lamps end so far from the foot print."""
_LEAST_M, _LEAST_SINE = 1e-3, 1e-3
_POINT_RAD = 0.02
"""A sun that is seen smaller casts one shadow."""
_EDGE = (0.03, 0.15)
"""Of a fine map's sides: over these it goes over into the coarse one."""


class Lamp(NamedTuple):
    """A light so near that its shadows spread."""

    position_m: Array
    """(3,) in the world."""
    radius_m: float


class PlaneShadow:
    """What products keep off of one plane.

    Parameters
    ----------
    products : Grains
        In the world.
    plane_from_world : ndarray (4, 4)
        Two coordinates along the plane, then the height above it, in metres.
    seen : Part, optional
        Of the plane: what lies beside it needs no shadow.
    """

    def __init__(self, products: Grains, plane_from_world: Array, *, seen: Part | None = None) -> None:
        self.plane_from_world, self._seen = plane_from_world, seen
        turn, shift = self.plane_from_world[:3, :3].astype(np.float32), self.plane_from_world[:3, 3].astype(np.float32)
        # Not by BLAS: it would wake its threads for this, which then spin for some 50 ms of processor time.
        whole = products._replace(points_m=np.einsum("ij,jn->in", turn, products.points_m) + shift[:, None])
        above = whole.points_m[2] > 0
        self._casting = whole if above.all() else whole.pick(above)
        points = self._casting.points_m
        self._box = np.stack([points.min(axis=1), points.max(axis=1)]).astype(np.float64) if above.any() else None

    def sky(self, sky: SkySamples, *, fine_texels: int = 24_000, coarse_texels: int = 8_000) -> tuple[Shade, ...]:
        """Return the shadow of the light all around: far and coarse, then fine at the foot where the products are near."""
        if self._box is None or not len(sky.to_light):
            return ()
        lights = Lights(self._turned(sky.to_light), False, np.tan(sky.radius_rad))
        whole, foot = _around(self._box, _REACH * float(self._box[1, 2])), foot_of(self._box)
        if not whole.meets(self._seen):
            return ()
        coarse = shade(self._casting, lights, whole, most_texels=coarse_texels)
        coarse = coarse._replace(share=coarse.share * self._fading(coarse))
        if self._box[0, 2] > _NEAR_M or not foot.meets(self._seen):
            return (coarse,)
        return coarse, shade(self._casting, lights, foot, most_texels=fine_texels)

    def lamp(self, lamp: Lamp) -> Shade | None:
        """Return the shadow of a near lamp, None for none."""
        place = self._turned(lamp.position_m[None])[0] + self.plane_from_world[:3, 3]
        if self._box is None or place[2] <= _LEAST_M or self._box[0, 2] >= place[2]:
            return None
        middle = self._box.mean(axis=0)
        spots = place + lamp.radius_m * disc(middle - place, LAMP)
        return self._of_lights(Lights(spots, True, np.full(LAMP, lamp.radius_m / np.sqrt(LAMP))), lamp.radius_m)

    def sun(self, sun: Sun) -> Shade | None:
        """Return the shadow of a light from afar, None for none."""
        way = self._turned(np.asarray(sun.to_light)[None])[0]
        if self._box is None or way[2] <= _LEAST_SINE:
            return None
        radius = float(np.tan(min(sun.angular_radius_rad, 1.0)))
        count = LAMP if radius > _POINT_RAD else 1
        ways = way + radius * (disc(way, count) if count > 1 else np.zeros((1, 3)))
        return self._of_lights(Lights(ways, False, np.full(count, radius / np.sqrt(count))), radius)

    def _of_lights(self, lights: Lights, radius: float) -> Shade | None:
        """Return the shadow of lights within the part of the plane on which it falls."""
        assert self._box is not None
        light = lights.to_light.mean(axis=0)
        points = corners(self._box)
        if lights.near:
            points[:, 2] = points[:, 2].clip(0, BELOW_LAMP * light[2])
            far = points[:, 2] / (light[2] - points[:, 2])
            flat = points[:, :2] + far[:, None] * (points[:, :2] - light[:2])
        else:
            far = points[:, 2] / light[2]
            flat = points[:, :2] - far[:, None] * light[:2]
        pad = 0.05 + 1.5 * radius * float(far.max())
        low = np.maximum(flat.min(axis=0) - pad, self._box[0, :2] - _FARTHEST_M)
        high = np.minimum(flat.max(axis=0) + pad, self._box[1, :2] + _FARTHEST_M)
        part = Part(low, high)
        return None if (high <= low).any() or not part.meets(self._seen) else shade(self._casting, lights, part, most_texels=_LAMP_TEXELS)

    def _turned(self, vectors: Array) -> Array:
        out: Array = vectors @ self.plane_from_world[:3, :3].T
        return out

    def _fading(self, one: Shade) -> Array:
        """Return (H, W) factors, 0 where shadows have to end and 1 well before."""
        assert self._box is not None
        height, beyond = float(self._box[1, 2]), []
        for axis, count in ((0, one.share.shape[1]), (1, one.share.shape[0])):
            at = one.part.low[axis] + (np.arange(count) + 0.5) / count * (one.part.high[axis] - one.part.low[axis])
            beyond.append(np.maximum(np.maximum(self._box[0, axis] - at, at - self._box[1, axis]), 0))
        x = np.clip((_REACH * height - np.hypot(beyond[1][:, None], beyond[0][None])) / (_FADE * height), 0, 1)
        out: Array = (x * x * (3 - 2 * x)).astype(np.float32)
        return out


def foot_of(box: Array) -> Part:
    """Return the part of a plane that has a fine map below products in a box (2, 3), given in the plane's axes."""
    return _around(box, _FINE_REACH * float(box[1, 2] + np.ptp(box[:, :2], axis=0).max()))


def _around(box: Array, margin_m: float) -> Part:
    return Part(box[0, :2] - margin_m - 1e-6, box[1, :2] + margin_m + 1e-6)


def axes_of(plane: Plane) -> Array:
    """Return plane_from_world (4, 4): two coordinates along a plane, then the height above it."""
    normal = np.asarray(plane.normal)
    along = np.cross(normal, (0.0, 0.0, 1.0) if abs(normal[2]) < 0.9 else (1.0, 0.0, 0.0))
    along /= np.linalg.norm(along)
    out = np.eye(4)
    out[:3, :3] = along, np.cross(normal, along), normal
    out[2, 3] = plane.offset_m
    return out


def sky_share(maps: tuple[Shade, ...], x: Array, y: Array) -> Array:
    """Return (h, w) float32: the share of the light all around that is hidden at places of a plane; fine maps go over into coarse ones."""
    out: Array = maps[0].at(x, y) if maps else np.zeros(x.shape, np.float32)
    for one in maps[1:]:
        here = one.at(x, y)
        (low, high), inside = one.part, np.ones(x.shape, np.float32)
        for values, start, end in zip((x, y), low, high, strict=True):
            edge = np.minimum(values - np.float32(start), np.float32(end) - values) / np.float32(end - start)
            step = np.clip((edge - _EDGE[0]) / (_EDGE[1] - _EDGE[0]), 0, 1)
            inside *= step * step * (3 - 2 * step)
        out = out + inside * (here - out)
    return out


def disc(axis: Array, count: int) -> Array:
    """Return (N, 3) places spread evenly over a disc of radius 1 that an axis passes through (Vogel 1979)."""
    axis = axis / max(float(np.linalg.norm(axis)), 1e-9)
    across = np.cross(axis, (1.0, 0.0, 0.0) if abs(axis[0]) < 0.9 else (0.0, 1.0, 0.0))
    across /= np.linalg.norm(across)
    i = np.arange(count)
    r, turn = np.sqrt((i + 0.5) / count), np.pi * (3 - np.sqrt(5)) * i
    out: Array = (r * np.cos(turn))[:, None] * across + (r * np.sin(turn))[:, None] * np.cross(axis, across)
    return out

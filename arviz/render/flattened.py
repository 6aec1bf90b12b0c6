"""Shadows on a plane: grains of products flattened onto it along many directions of light, each blurred as wide as its light is.

Each direction, or each part of a near lamp, stands for a piece of the light all around; its shadow is blurred as wide as that
piece is seen from what casts it, which joins the directions without steps: sharp at the contact, soft far from it. Where
grains lie over each other the lowest counts.

Rejected: triangles drawn by OpenGL (on llvmpipe 3 to 4 ms for each direction, here 0.1 to 1, and 6 for the mipmaps to blur
by), which were no nearer to rays; Embree rays from the plane (some 0.3 s for all directions of one).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.render.grains import Grains

_PER_TEXEL = 2.5
"""Grains for each texel that the products' surface would cover: with fewer, light leaks through."""
_BLUR = 1.3
"""Pieces of light overlap a little: with 1 the directions could be told apart in the shadow of a thin leg."""
_OF_BLUR = 0.3
"""Texels may be as wide as this share of the narrowest blur."""
_OCTAVE = 2
"""Steps of blur in each doubling."""
_LEAST_PX, _MOST_PX = 0.35, 90.0
"""Radii of blur."""
_RIM = 0.75
"""Texels at the rim of what is covered count so much: half of each is covered, and two in three of them are found."""
_LOW = 0.5
"""What is lower than this share of a texel shades little but what it covers: a rug would get a black rim as wide as a texel."""
_PER_OCTAVE = 16
"""Heights are told apart by so many steps in each doubling."""
_LOWEST = 0.02
"""Light that grazes more is left out: 0.04 % of an even sky."""
BELOW_LAMP = 0.9
"""What reaches higher than this share of a lamp's height casts no shadow of it."""


class Part(NamedTuple):
    """A rectangle in a plane, in metres."""

    low: Array
    """(2,)."""
    high: Array

    def holds(self, x: Array, y: Array) -> Array:
        """Return (h, w) bool: which places (h, w), (h, w) of the plane lie within."""
        (left, bottom), (right, top) = self.low.astype(np.float32), self.high.astype(np.float32)
        out: Array = (x > left) & (x < right) & (y > bottom) & (y < top)
        return out

    def meets(self, other: Part | None) -> bool:
        """Tell whether two parts overlap; None is the whole plane."""
        return other is None or bool(((self.low < other.high) & (other.low < self.high)).all())


class Lights(NamedTuple):
    """Directions of light, or parts of a near lamp, in the axes of a plane: two along it, the third is the height above it."""

    to_light: Array
    """(L, 3): unit vectors, or places in metres."""
    near: bool
    """Whether they are places."""
    radius: Array
    """(L,) of each piece: tangent of the angle, or metres for places."""


class Shade(NamedTuple):
    """How much of a light is hidden, over a part of a plane."""

    part: Part
    share: Array
    """(H, W) float32, 0 to 1; row 0 at the least second coordinate."""

    def at(self, x: Array, y: Array) -> Array:
        """Return (h, w) float32 at places (h, w) of the plane, 0 beside the part."""
        import cv2

        scale = np.array(self.share.shape[::-1]) / (self.part.high - self.part.low)
        column, row = (((v - low) * s - 0.5).astype(np.float32) for v, low, s in zip((x, y), self.part.low, scale, strict=True))
        return np.asarray(cv2.remap(self.share, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))


def shade(casting: Grains, lights: Lights, part: Part, *, most_texels: int) -> Shade:
    """Return the mean share of the lights that grains, given in the plane's axes, keep off of a part of the plane."""
    extent = part.high - part.low
    texel = max(
        np.sqrt(_PER_TEXEL * casting.area_m2 / max(len(casting.opacity), 1)),
        np.sqrt(extent.prod() / most_texels),
        _OF_BLUR * _least_blur_m(casting, lights),
        1e-6,
    )
    size = np.maximum(np.ceil(extent / texel), 1).astype(int)
    casting = casting.thinned(int(_PER_TEXEL * casting.area_m2 / texel**2))
    casting = casting.pick(casting.points_m[2] > _LOW * texel)
    solid = casting.opacity > 1 - 1 / 256
    out = _covered(casting.points_m[:, solid], lights, part, size)
    if not solid.all():
        clear = _covered(casting.points_m[:, ~solid], lights, part, size) * casting.opacity[~solid].mean()
        out = out + (1 - out) * clear
    return Shade(part, out)


def _least_blur_m(casting: Grains, lights: Lights) -> float:
    """Return the radius of blur of the lowest grain by the narrowest light."""
    lowest, above = float(casting.points_m[2].min(initial=np.inf)), lights.to_light[:, 2]
    if not np.isfinite(lowest):
        return 0.0
    far = lowest / np.maximum(above - lowest if lights.near else above, 1e-3)
    return float((_BLUR * lights.radius * far)[above > _LOWEST].min(initial=np.inf)) if (above > _LOWEST).any() else 0.0


def _covered(points: Array, lights: Lights, part: Part, size: Array) -> Array:
    """Return (H, W) float32: the mean share of the lights that is hidden by grains."""
    import cv2

    width, height = (int(side) for side in size)
    per_m = (size / (part.high - part.low)).astype(np.float32)
    top = max(float(points[2].max(initial=0)), 1e-9)
    depth = _depths(points[2], top)
    order = np.argsort(depth, kind="stable")  # the lowest is written last
    depth = depth[order]
    x, y = ((points[i][order] - np.float32(part.low[i])) * per_m[i] for i in (0, 1))
    z = points[2][order]
    heights = top * 2.0 ** ((1 - np.arange(256)) / _PER_OCTAVE)
    steps = int(_OCTAVE * np.log2(_MOST_PX / _LEAST_PX)) + 1
    total = np.zeros((steps, height * width), np.float32)
    square, around = np.ones((2, 2), np.uint8), np.ones((3, 3), np.uint8)
    for light, radius in zip(lights.to_light, lights.radius, strict=True):
        if light[2] <= _LOWEST:
            continue
        low = np.searchsorted(depth, _depths(np.array([BELOW_LAMP * light[2]]), top)[0]) if lights.near else 0
        column, row = _flattened(x[low:], y[low:], z[low:], light, lights.near, part, per_m)
        # What falls beside is written into a rim: three times as fast as to leave it out.
        grid = np.zeros((height + 2, width + 2), np.uint8)
        to = np.clip(row, -1, height).astype(np.int32) * np.int32(width + 2) + np.clip(column, -1, width).astype(np.int32)
        grid.reshape(-1)[to + np.int32(width + 3)] = depth[low:]
        # Gaps of a texel are closed; with one anchor for both (MORPH_CLOSE) all would move by a texel.
        wider = cv2.dilate(np.ascontiguousarray(grid[1:-1, 1:-1]), square, anchor=(1, 1))
        closed = cv2.erode(wider, square, anchor=(0, 0))
        inner = cv2.erode(closed, around).reshape(-1)
        closed = closed.reshape(-1)
        on = np.flatnonzero(closed)
        blur = _far(heights, light, lights.near) * (_BLUR * radius * np.sqrt(per_m.prod()))
        step = np.rint(_OCTAVE * np.log2(np.clip(blur, _LEAST_PX, _MOST_PX) / _LEAST_PX)).astype(np.int64)
        total[np.minimum(step, steps - 1)[closed[on]], on] += np.where(inner[on] > 0, np.float32(1), np.float32(_RIM))
    out: Array = np.zeros((height, width), np.float32)
    for step, plane in enumerate(total):
        if plane.any():
            out = out + _blurred(plane.reshape(height, width), _LEAST_PX * 2 ** (step / _OCTAVE))
    return np.clip(out / max(len(lights.to_light), 1), 0, 1)


def _depths(z: Array, top: float) -> Array:
    """Return (N,) uint8: 1 for the height `top`, one more for each sixteenth of an octave below it."""
    octaves = np.log2(np.maximum(z / np.float32(top), np.float32(2**-15)))
    steps: Array = np.clip(np.rint(1 - _PER_OCTAVE * octaves), 1, 255).astype(np.uint8)
    return steps


def _far(z: Array, light: Array, near: bool) -> Array:
    """Return how far a light's width grows from heights down to the plane, in its radii."""
    out: Array = z / np.asarray(np.maximum(light[2] - z, 1e-6) if near else light[2], z.dtype)
    return out


def _flattened(x: Array, y: Array, z: Array, light: Array, near: bool, part: Part, per_m: Array) -> tuple[Array, Array]:
    """Return where grains fall, in texels."""
    lx, ly = (np.float32((light[i] - part.low[i] if near else light[i]) * per_m[i]) for i in (0, 1))
    far = _far(z, light, near)
    if near:
        return x + far * (x - lx), y + far * (y - ly)
    return x - far * lx, y - far * ly


def _blurred(plane: Array, radius_px: float) -> Array:
    """Return a plane blurred about as by a disc."""
    import cv2

    if radius_px < 0.6:
        return plane
    if radius_px < 3:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), radius_px / 2, borderType=cv2.BORDER_CONSTANT))
    side = max(round(radius_px * np.sqrt(1.5)), 1) | 1  # twice this box has the variance of the disc
    once = cv2.blur(plane, (side, side), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.blur(once, (side, side), borderType=cv2.BORDER_CONSTANT))

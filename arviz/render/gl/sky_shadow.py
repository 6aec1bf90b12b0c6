"""How much of the sky the casters hide from a plane, as maps over the plane.

For each of many directions of light the casters are flattened onto the plane along it, so there is no shadow map that
could acne or leak at a foot. Each direction stands for a cone of sky; its shadow is blurred as wide as that cone is at
the height of what casts it, which joins the directions without steps: sharp at the contact, soft far from it. Two
maps: a fine one around the foot print, a coarse one that ends where shadows have faded.

Rejected: Embree rays per cell, 0.25 to 0.9 s for 17 600 cells (here 0.5 to 0.9 s for some 70 000); one shadow map per
direction, which needs a bias; depth alone
in place of colour, other formats of the mask: no faster, it is the triangles. Culling one side would halve their cost
where a shape is closed, which 0 to 15 % of the triangles of four products are (of a sofa 77 %).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.render.gl.casters import draw_caster, is_solid
from arviz.render.gl.draws import Draw
from arviz.render.gl.painter import Painter, use
from arviz.render.gl.simpler_casters import Shape, Shapes, together
from arviz.render.gl.view import corners
from arviz.render.sky_samples import SkySamples

VERSION = 2
"""Raise it whenever the maps below change: it is part of the key on disk."""
DIRECTIONS = (48, 48)
"""For the two maps; on llvmpipe each costs 4 to 9 ms in the fine one for 15 000 to 47 000 triangles and 3.5 for the blur,
about half of that in the coarse one. With 32 the shade under a disc is wrong by 0.05."""


class Detail(NamedTuple):
    """How finely the sky's shadow is looked at."""

    directions: tuple[int, int] = DIRECTIONS
    """Of light, for the fine and the coarse map."""
    aside: tuple[int, int] = DIRECTIONS
    """The same for planes that do not face up."""
    sides_px: tuple[int, int] = (224, 144)
    """Of the two maps where they are squares; they have as many texels in any shape, for the sake of long walls."""
    cells: tuple[float, float] = (0.0, 0.0)
    """Of an item's extent, for the two maps: vertices as near as this are taken together; 0 for never."""


FULL = Detail()
_LONGEST_PX = 1024
_REACH = 1.5
"""Shadows end this many heights of the casters from their foot print; at an endless wall 5 % would be left there."""
_FADE = 0.6
"""They fade over this many heights."""
_FINE_REACH = 0.12
_BLUR = 1.3
"""Cones overlap a little: with 1 the directions could be told apart in the shadow of a thin leg."""
_BELOW_LAMP, _FARTHEST_M = 0.9, 4.0
"""Casters shade up to this share of a lamp's height, and no farther than that from their foot print."""
_LOWEST_SINE = 0.02
"""Light that grazes more is left out: 0.04 % of an even sky."""
_LARGEST_M = 1e6


class Plane(NamedTuple):
    """Where shadows are caught."""

    plane_from_world: Array
    """(4, 4): two coordinates along the plane, then the height above it, in metres."""
    bounds: Array
    """(2, 2) least and largest coordinates along the plane."""


class Casting(NamedTuple):
    """The casters as a plane sees them."""

    near: Shape
    """The solid ones for the fine map: along the plane, along the plane, above it."""
    far: Shape
    """The same for the coarse one."""
    others: list[Draw]
    box: Array
    """(2, 3) of all of them."""


class Rectangle(NamedTuple):
    """A part of the plane that one map covers, in metres, and the map's size."""

    low: Array
    high: Array
    width_px: int
    height_px: int

    def uv_from_plane(self) -> Array:
        """Return (2, 4): coordinates 0..1 over the map."""
        scale = 1 / (self.high - self.low)
        return np.array([[scale[0], 0, 0, -scale[0] * self.low[0]], [0, scale[1], 0, -scale[1] * self.low[1]]])


def casting_on(plane: Plane, casters: list[Draw], shapes_of: Callable[[Draw], Shapes]) -> Casting | None:
    """Return what can throw a shadow on the plane, None if nothing stands above it."""
    near, far, boxes, others = [], [], [], []
    for draw in casters:
        matrix = plane.plane_from_world @ draw.world_from_piece
        shapes = shapes_of(draw)
        used = _seen_from(matrix, shapes.whole).positions
        if not len(used) or not (np.abs(used) < _LARGEST_M).all() or used[:, 2].max() <= 0:
            continue
        boxes += [used.min(axis=0), used.max(axis=0)]
        if is_solid(draw):
            near.append(_seen_from(matrix, shapes.near))
            far.append(_seen_from(matrix, shapes.far))
        else:
            others.append(draw)
    if not boxes:
        return None
    return Casting(together(near), together(far), others, np.stack([np.min(boxes, axis=0), np.max(boxes, axis=0)]))


def _seen_from(matrix: Array, shape: Shape) -> Shape:
    """Return a shape in other axes."""
    return Shape(shape.positions @ matrix[:3, :3].T.astype(np.float32) + matrix[:3, 3].astype(np.float32), shape.indices)


def rectangles(plane: Plane, casting: Casting, detail: Detail = FULL) -> list[Rectangle]:
    """Return the fine and the coarse part of the plane; empty where no shadow can reach the catcher."""
    height = float(casting.box[1, 2])
    out = []
    for reach, side_px in zip((_FINE_REACH, _REACH), detail.sides_px, strict=True):
        print_m = casting.box[1, :2] - casting.box[0, :2]
        margin = reach * height + (_FINE_REACH * float(print_m.max()) if reach == _FINE_REACH else 0.0) + 1e-6
        low = np.maximum(casting.box[0, :2] - margin, plane.bounds[0])
        high = np.minimum(casting.box[1, :2] + margin, plane.bounds[1])
        if (high - low <= 0).any():
            # A fine part beside the catcher is empty; so is everything if the coarse one lies beside it.
            low, high = plane.bounds[0], plane.bounds[0] + np.maximum(margin, 1e-6)
            if reach == _REACH:
                return []
        extent = high - low
        pixels = np.clip(np.rint(side_px * np.sqrt(extent / extent[::-1])), 8, _LONGEST_PX).astype(int)
        out.append(Rectangle(low, high, int(pixels[0]), int(pixels[1])))
    return out


def digest(casting: Casting, plane: Plane, parts: list[Rectangle], skies: list[SkySamples]) -> str | None:
    """Return a name for the maps that holds in other processes; None for what is not solid: its pictures are not hashed."""
    if casting.others:
        return None
    out = hashlib.sha256(f"{VERSION} {[(p.width_px, p.height_px) for p in parts]}".encode())
    for array in (*casting.near, plane.bounds.round(6)):
        out.update(np.ascontiguousarray(array).tobytes())
    for sky in skies:
        out.update((sky.to_light @ plane.plane_from_world[:3, :3].T).round(6).tobytes() + sky.radius_rad.round(6).tobytes())
    return out.hexdigest()[:32]


def sky_shadow(
    painter: Painter, casting: Casting, plane: Plane, parts: list[Rectangle], skies: list[SkySamples], *, cap_px: int
) -> list[Array]:
    """Return for each part the (H, W) float16 share of the sky that is hidden, row 0 at the least second coordinate."""
    maps = []
    for part, sky, shape in zip(parts, skies, (casting.near, casting.far), strict=True):
        with _uploaded(painter, shape) as (program, solid):
            local = sky.to_light @ plane.plane_from_world[:3, :3].T
            casts = [_from_afar(direction, radius, casting, part) for direction, radius in zip(local, sky.radius_rad, strict=True)]
            shares = _summed(painter, program, solid, casting, plane, part, casts, cap_px=cap_px)
            maps.append((shares * _window(casting, part)).astype(np.float16))
    return maps


def lamp_shadow(painter: Painter, casting: Casting, plane: Plane, part: Rectangle, lights: Array, radius_m: float, *, cap_px: int) -> Array:
    """Return (H, W) float16, the share of a lamp that is hidden: the mean of lights (N, 3) in the plane's axes, each so large."""
    with _uploaded(painter, casting.near) as (program, solid):
        casts = [_from_near(light, radius_m, casting, part) for light in lights]
        return _summed(painter, program, solid, casting, plane, part, casts, cap_px=cap_px).astype(np.float16)


@contextmanager
def _uploaded(painter: Painter, shape: Shape) -> Iterator[tuple[Any, Any]]:
    """Give the program that flattens, and the solid casters as its vertex array, None where there are none."""
    context = painter.context
    program = painter.programs.get("flatten", {})
    solid = None
    buffers = []
    if len(shape.indices):
        buffers = [context.buffer(np.ascontiguousarray(array).tobytes()) for array in shape]
        solid = context.vertex_array(program, [(buffers[0], "3f4", "in_position")], buffers[1])
    try:
        yield program, solid
    finally:
        for item in ([solid] if solid is not None else []) + buffers:
            item.release()


class _Cast(NamedTuple):
    """How casters are flattened onto a map."""

    clip: Array
    """(4, 4) from the plane's axes."""
    widest_px: float
    """Radius of the penumbra of the highest caster."""


def _clip_from_plane(part: Rectangle) -> Array:
    clip = np.eye(4)
    clip[:2] = 2 * part.uv_from_plane()
    clip[:2, 3] -= 1
    return clip


def _top_m(casting: Casting) -> float:
    return float(casting.box[1, 2]) * 1.001 + 1e-9


def _from_afar(direction: Array, radius_rad: float, casting: Casting, part: Rectangle) -> _Cast | None:
    if direction[2] < _LOWEST_SINE:
        return None
    height = _top_m(casting)
    clip, sheared = _clip_from_plane(part), np.eye(4)
    clip[2] = 0, 0, 2 / height, -1
    sheared[:2, 2] = -direction[:2] / direction[2]
    per_m = part.width_px / float(part.high[0] - part.low[0])
    widest = _BLUR * float(np.tan(radius_rad)) * height / float(direction[2]) * per_m
    return _Cast(clip @ sheared, min(widest, 0.5 * max(part.width_px, part.height_px)))


def _from_near(light: Array, radius_m: float, casting: Casting, part: Rectangle) -> _Cast | None:
    """Flatten by lines through a point: x' = (x - z px / pz) / (1 - z / pz). Penumbras grow as z / (1 - z / pz), and so does depth."""
    above = float(light[2])
    if above <= 1e-3:
        return None
    height = min(_top_m(casting), _BELOW_LAMP * above)
    flat = np.eye(4)
    flat[:2, 2] = -light[:2] / above
    flat[2] = 0, 0, (2 - height / above) / height, -1
    flat[3] = 0, 0, -1 / above, 1
    per_m = part.width_px / float(part.high[0] - part.low[0])
    widest = _BLUR * radius_m * height / (above - height) * per_m
    return _Cast(_clip_from_plane(part) @ flat, min(widest, 0.5 * max(part.width_px, part.height_px)))


def lamp_rectangle(plane: Plane, casting: Casting, light: Array, radius_m: float, *, side_px: int) -> Rectangle | None:
    """Return the part of a plane on which the shadow of a near lamp falls, None for none."""
    above = float(light[2])
    if above <= 1e-3 or casting.box[0, 2] >= above:
        return None
    box = casting.box.copy()
    box[:, 2] = np.clip(box[:, 2], 0, _BELOW_LAMP * above)
    points = corners(box)
    shrink = 1 - points[:, 2] / above
    flat = (points[:, :2] - points[:, 2:] / above * light[:2]) / shrink[:, None]
    pad = 0.05 + _BLUR * radius_m * float((points[:, 2] / (above - points[:, 2])).max())
    low = np.maximum(np.maximum(flat.min(axis=0) - pad, box[0, :2] - _FARTHEST_M), plane.bounds[0])
    high = np.minimum(np.minimum(flat.max(axis=0) + pad, box[1, :2] + _FARTHEST_M), plane.bounds[1])
    if (high - low <= 0).any():
        return None
    extent = high - low
    pixels = np.clip(np.rint(side_px * np.sqrt(extent / extent[::-1])), 8, _LONGEST_PX).astype(int)
    return Rectangle(low, high, int(pixels[0]), int(pixels[1]))


def _summed(
    painter: Painter, program: Any, solid: Any, casting: Casting, plane: Plane, part: Rectangle, casts: list[_Cast | None], *, cap_px: int
) -> Array:
    """Return (H, W) float32: the mean of what all casts cover."""
    context = painter.context
    size = (part.width_px, part.height_px)
    blur = painter.programs.get("sky", {})
    mask, depth = context.texture(size, 2, dtype="f2"), context.depth_renderbuffer(size)
    flat = context.framebuffer([mask], depth)
    total = context.renderbuffer(size, 1, dtype="f4")
    sums = context.framebuffer([total])
    triangle = context.vertex_array(blur, [])
    sampler = context.sampler(filter=(context.LINEAR_MIPMAP_NEAREST, context.LINEAR), repeat_x=False, repeat_y=False)
    use(sums)
    sums.clear()
    weight = 1 / max(len(casts), 1)
    points = corners(np.stack([casting.box[0] * (1, 1, 0) + (0, 0, min(casting.box[0, 2], 0)), casting.box[1]]))
    for turn, cast in enumerate(casts):
        if cast is None:
            continue
        clip, widest_px = cast
        where = _covered(points, clip, size, margin_px=widest_px)
        if where is None:
            continue
        use(flat)
        flat.clear(0, 0, 0, 0, depth=1.0)
        context.enable(context.DEPTH_TEST)
        context.disable(context.BLEND | context.CULL_FACE)
        if solid is not None:
            program["clip_from_plane"].write(np.ascontiguousarray(clip.T, np.float32).tobytes())
            solid.render()
        for draw in casting.others:
            draw_caster(painter, draw, clip @ plane.plane_from_world, cap_px=cap_px, turn=turn)
        mask.build_mipmaps(0, min(math.ceil(math.log2(max(widest_px * 1.6, 2.0))), max(size).bit_length() - 1))
        use(sums)
        context.scissor = where
        context.disable(context.DEPTH_TEST | context.CULL_FACE)
        context.enable(context.BLEND)
        context.blend_func = context.ONE, context.ONE
        mask.use(0)
        sampler.use(0)
        blur["mask"].value = 0
        blur["texel"].value = (1 / size[0], 1 / size[1])
        blur["widest_px"].value = widest_px
        blur["weight"].value = weight
        triangle.render(vertices=3)
        context.scissor = None
    context.disable(context.BLEND)
    shares = np.frombuffer(sums.read(components=1, dtype="f4", alignment=1), np.float32).reshape(part.height_px, part.width_px)
    for item in (sums, total, flat, mask, depth, triangle, sampler):
        item.release()
    out: Array = np.clip(shares, 0, 1)
    return out


def _covered(points: Array, clip: Array, size: tuple[int, int], *, margin_px: float) -> tuple[int, int, int, int] | None:
    """Return the pixels (x, y, width, height) that what lies between (N, 3) points can touch when flattened, None for none."""
    seen = points @ clip[:, :3].T + clip[:, 3]
    if seen[:, 3].min() < 1 - _BELOW_LAMP:
        return 0, 0, *size  # as high as the lamp
    at = (seen[:, :2] / seen[:, 3:] * 0.5 + 0.5) * size
    low = np.maximum(np.floor(at.min(axis=0) - 3 * margin_px - 2), 0).astype(int)
    high = np.minimum(np.ceil(at.max(axis=0) + 3 * margin_px + 2), size).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _window(casting: Casting, part: Rectangle) -> Array:
    """Return (H, W) factors, 0 where shadows have to end and 1 well before."""
    height = float(casting.box[1, 2])
    beyond = []
    for axis, count in ((0, part.width_px), (1, part.height_px)):
        at = part.low[axis] + (np.arange(count) + 0.5) / count * (part.high[axis] - part.low[axis])
        beyond.append(np.maximum(np.maximum(casting.box[0, axis] - at, at - casting.box[1, axis]), 0))
    x = np.clip((_REACH * height - np.hypot(beyond[1][:, None], beyond[0][None])) / (_FADE * height), 0, 1)
    out: Array = x * x * (3 - 2 * x)
    return out

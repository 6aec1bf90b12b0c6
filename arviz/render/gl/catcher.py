"""Shadow catchers: planes that show only the shadow which falls on them.

A matte plane loses the share of its light that the product hides, whatever its colour; black with that share as alpha
over a photo of the plane is the photo with the shadow. Light is that of the environment and of the sun, each with its
share of what arrives on the bare plane.

A catcher shows what falls on its front; it is invisible from behind and hides nothing, neither in colour nor in depth.
One that is not flat catches the sky's shadow as its mean plane does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from arviz.core import disk_cache
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.scene import Lighting
from arviz.render.gl.assets import Cache, environment_key
from arviz.render.gl.casters import casters, holders, identity
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs, merged
from arviz.render.gl.painter import Painter, columns, use
from arviz.render.gl.simpler_casters import Shapes, item_extents, shapes
from arviz.render.gl.sky_shadow import (
    FULL,
    Casting,
    Detail,
    Plane,
    Rectangle,
    casting_on,
    digest,
    lamp_rectangle,
    lamp_shadow,
    rectangles,
    sky_shadow,
)
from arviz.render.gl.sun_area import Box, around, seen_area, sun_area
from arviz.render.gl.view import View, corners
from arviz.render.renderer import Lamp
from arviz.render.sky_samples import sky_samples

_Flat = Callable[[], Casting | None]
"""What casts, as a plane sees it; made when first asked for."""
_MOST_CORNERS = 1000
_LAMP_POINTS, _LAMP_PX = 12, 192
_UP = 0.9
_LEAST_BYTES = 4096
"""What an entry of the cache counts at least: keys and holders are not nothing."""


class SkyShadow(NamedTuple):
    """What is known of one catcher under one light."""

    irradiance: float
    """Luminance of the light on the bare plane, at intensity 1."""
    parts: tuple[Rectangle, ...]
    textures: tuple[Any, ...]
    """One for each part; none where nothing casts."""


class Caught(NamedTuple):
    """What one catcher shows in a picture."""

    draw: Draw
    plane: Plane
    shadow: SkyShadow
    shares: tuple[float, float]
    """Of the light on the bare plane: from the sky, from the sun."""
    strength: float
    casting: Array
    """(N, 3) points in the world between which everything lies that casts."""
    lamp: tuple[Rectangle, Any] | None = None
    """The shadow of a near lamp: where, and its texture."""


class Catchers:
    """Draws the catchers of one renderer; keeps their maps by what casts, where, and in which light.

    Parameters
    ----------
    folder : Path, optional
        Where maps are kept for other runs.
    detail : Detail
        Of the sky's shadow.
    """

    def __init__(self, painter: Painter, *, folder: Path | None, budget_bytes: int = 32 * 2**20, detail: Detail = FULL) -> None:
        self._painter = painter
        self._folder = folder
        self._detail = detail
        self._cache = Cache(budget_bytes)
        self._sampler: Any = None

    def prepare(self, draws: list[Draw], lighting: Lighting, *, strength: float, cap_px: int, lamp: Lamp | None = None) -> list[Caught]:
        """Return what the catchers of a picture will show; draws maps that are not known, so call it before the picture."""
        self._cache.trim()
        strength = min(max(strength, 0.0), 1.0)
        if not strength > 0:
            return []
        casting = casters(draws)
        extents = item_extents(casting)
        shapes_of = partial(self._shapes, extents=extents)
        out = []
        for draw in draws:
            plane = plane_of(draw) if draw.role == "shadow_catcher" else None
            if plane is not None:
                flat = cache(partial(casting_on, plane, casting, shapes_of))
                shadow = self._shadow(draw, plane, casting, lighting, flat, cap_px=cap_px)
                shares = _shares(plane, shadow, lighting)
                if shares is not None:
                    near = None if lamp is None else self._lamp_shadow(draw, plane, casting, lamp, flat, cap_px=cap_px)
                    out.append(Caught(draw, plane, shadow, shares, strength, _corners(casting), near))
        return out

    def draw(self, framebuffer: Any, caught: list[Caught], seen: View, inputs: Inputs) -> None:
        """Blend the shadows over what is drawn; with the define ``APART`` write what is kept off, of the sky and of the sun."""
        if not caught:
            return
        context = self._painter.context
        use(framebuffer, depth=False)
        context.enable(context.DEPTH_TEST | context.BLEND)
        context.blend_func = (context.ONE, context.ONE) if "APART" in inputs.defines else (context.ONE, context.ONE_MINUS_SRC_ALPHA)
        context.polygon_offset = 1.0, 4.0  # a product's own flat bottom or floor lies in the catcher's plane and is seen instead
        for one in caught:
            own = merged([inputs, self._inputs(one, seen)])
            for box, lit in _areas(one, seen, own, framebuffer.size):
                if box is not None and not (box[2] and box[3]):
                    continue
                framebuffer.scissor = box
                self._painter.shape(one.draw, seen.clip_from_world, shader="catcher", cap_px=1, inputs=lit)
        framebuffer.scissor = None
        context.polygon_offset = 0.0, 0.0
        context.disable(context.BLEND)
        use(framebuffer)

    def clear(self) -> None:
        """Free all maps."""
        self._cache.clear()
        if self._sampler is not None:
            self._sampler.release()
            self._sampler = None

    def _inputs(self, one: Caught, seen: View) -> Inputs:
        draw, plane, shadow, shares, strength, _, lamp = one
        normal = plane.plane_from_world[2, :3]
        uniforms: dict[str, Any] = {
            "light_from_piece": columns((seen.light_from_world @ draw.world_from_piece)[:3]),
            "catcher_normal": tuple((seen.light_from_world[:3, :3] @ normal).tolist()),
            "catcher_shares": shares,
            "catcher_strength": strength,
        }
        plane_from_light = plane.plane_from_world @ np.linalg.inv(seen.light_from_world)
        textures: dict[str, Any] = {}
        defines: dict[str, str] = {}
        if lamp is not None:
            defines["LAMP_SHADOW"] = "1"
            uniforms["lamp_from_light"] = columns(lamp[0].uv_from_plane() @ plane_from_light)
            textures["lamp_shadow"] = (lamp[1], self._sampler)
        if not shadow.textures:
            return Inputs(defines=defines, uniforms=uniforms, textures=textures)
        for name, part, texture in zip(("fine", "coarse"), shadow.parts, shadow.textures, strict=True):
            uniforms[f"{name}_from_light"] = columns(part.uv_from_plane() @ plane_from_light)
            textures[f"{name}_shadow"] = (texture, self._sampler)
        return Inputs(defines={"SKY_SHADOW": "1", **defines}, uniforms=uniforms, textures=textures)

    def _shadow(self, draw: Draw, plane: Plane, casting: list[Draw], lighting: Lighting, flat: _Flat, *, cap_px: int) -> SkyShadow:
        def make() -> tuple[SkyShadow, int, Callable[[], None]]:
            return self._made(plane, casting, lighting, flat, cap_px=cap_px)

        key = (
            identity(draw, cap_px),
            environment_key(lighting.environment),
            lighting.rotation_rad,
            *(identity(one, cap_px) for one in casting),
        )
        return self._cache.get(key, (lighting.environment, holders([draw, *casting])), make)

    def _shapes(self, draw: Draw, *, extents: Mapping[int, float]) -> Shapes:
        """Return a caster's triangles, the same wherever it stands."""

        def make() -> tuple[Shapes, int, Callable[[], None]]:
            made = shapes(draw, cells=self._detail.cells, extent=extents[draw.item])
            return made, _LEAST_BYTES + made.nbytes, lambda: None

        shape = draw.piece if draw.piece.posed else draw.piece.primitive
        return self._cache.get(("shapes", id(shape), draw.piece.asset_from_piece.tobytes(), extents[draw.item]), shape, make)

    def _make_sampler(self) -> None:
        context = self._painter.context
        if self._sampler is None:
            self._sampler = context.sampler(filter=(context.LINEAR, context.LINEAR), border_color=(0.0, 0.0, 0.0, 0.0))

    def _lamp_shadow(
        self, draw: Draw, plane: Plane, casting: list[Draw], lamp: Lamp, flat: _Flat, *, cap_px: int
    ) -> tuple[Rectangle, Any] | None:
        """Return where a near lamp's shadow falls on a plane, and its texture."""

        def make() -> tuple[tuple[Rectangle, Any] | None, int, Callable[[], None]]:
            what = flat()
            light = plane.plane_from_world[:3, :3] @ lamp.position_m + plane.plane_from_world[:3, 3]
            part = None if what is None else lamp_rectangle(plane, what, light, lamp.radius_m, side_px=_LAMP_PX)
            if what is None or part is None:
                return None, _LEAST_BYTES, lambda: None
            lights = plane.plane_from_world[:3, :3] @ _on_lamp(lamp, _corners(casting).mean(axis=0)) + plane.plane_from_world[:3, 3:]
            shares = lamp_shadow(self._painter, what, plane, part, lights.T, lamp.radius_m / np.sqrt(_LAMP_POINTS), cap_px=cap_px)
            self._make_sampler()
            texture = self._painter.context.texture(shares.shape[::-1], 1, shares.tobytes(), dtype="f2", alignment=1)
            return (part, texture), _LEAST_BYTES + shares.nbytes, texture.release

        key = ("lamp", identity(draw, cap_px), lamp.position_m.tobytes(), lamp.radius_m, *(identity(one, cap_px) for one in casting))
        found: tuple[Rectangle, Any] | None = self._cache.get(key, holders([draw, *casting]), make)
        return found

    def _made(
        self, plane: Plane, casting: list[Draw], lighting: Lighting, flat: _Flat, *, cap_px: int
    ) -> tuple[SkyShadow, int, Callable[[], None]]:
        counts = self._detail.directions if plane.plane_from_world[2, 1] > _UP else self._detail.aside
        skies = [sky_samples(lighting, normal=plane.plane_from_world[2, :3], count=count) for count in counts]
        sky = skies[0]
        what = flat()
        parts = [] if what is None or not len(sky.to_light) else rectangles(plane, what, self._detail)
        if what is None or not parts:
            return SkyShadow(sky.irradiance, (), ()), _LEAST_BYTES, lambda: None
        moving = any(one.piece.posed for one in casting)
        # A pose is seldom shown twice: it would fill the disk.
        name = None if self._folder is None or moving else digest(what, plane, parts, skies)
        path = None if self._folder is None or name is None else self._folder / f"{name}.npz"
        maps = None if path is None else _kept(path, [(part.height_px, part.width_px) for part in parts])
        if maps is None:
            maps = sky_shadow(self._painter, what, plane, parts, skies, cap_px=cap_px)
            if path is not None:
                disk_cache.save(path, {f"map{i}": one for i, one in enumerate(maps)})
        context = self._painter.context
        self._make_sampler()
        textures = tuple(context.texture(m.shape[::-1], 1, m.tobytes(), dtype="f2", alignment=1) for m in maps)

        def free() -> None:
            for texture in textures:
                texture.release()

        held = sum(array.nbytes for one in casting if one.piece.posed for array in one.piece.arrays.values())
        return SkyShadow(sky.irradiance, tuple(parts), textures), _LEAST_BYTES + held + sum(m.nbytes for m in maps), free


def _kept(path: Path, shapes: list[tuple[int, int]]) -> list[Array] | None:
    """Return the (H, W) float16 maps of these shapes from disk, None if they are not there or damaged."""
    arrays = disk_cache.load(path) or {}
    maps = [arrays.get(f"map{i}") for i in range(len(shapes))]
    good = [m for m, s in zip(maps, shapes, strict=True) if m is not None and m.shape == s and m.dtype == np.float16]
    return good if len(good) == len(shapes) and all(bool((m >= 0).all() and (m <= 1).all()) for m in good) else None


def _areas(one: Caught, seen: View, inputs: Inputs, size_px: tuple[int, int]) -> list[tuple[Box | None, Inputs]]:
    """Return where to draw a catcher with which inputs: each shadow only where it can fall."""
    if not _is_flat(one) or one.lamp is not None:
        return [(None, inputs)]
    sky = _sky_area(one, seen, size_px)
    shape = inputs.uniforms.get("sun_shape")
    if "SUN" not in inputs.defines or shape is None:
        return [(sky, inputs)]
    map_from_light = np.eye(4)
    map_from_light[:3] = np.frombuffer(inputs.uniforms["sun_from_light"], np.float32).reshape(4, 3).T
    world_from_light = np.linalg.inv(seen.light_from_world)
    box = sun_area(
        one.casting @ seen.light_from_world[:3, :3].T + seen.light_from_world[:3, 3],
        map_from_light=map_from_light,
        growth=shape[0],
        texel=1 / shape[2],
        clip_from_light=seen.clip_from_world @ world_from_light,
        plane=one.plane.plane_from_world[2] @ world_from_light,
        size_px=size_px,
    )
    if box is None:
        return [(None, inputs)]
    unlit = replace(inputs, defines={name: value for name, value in inputs.defines.items() if not name.startswith("SUN")})
    bare: list[tuple[Box | None, Inputs]] = [(_common(part, sky), unlit) for part in around(box, size_px)]
    return [(box, inputs), *bare]


def _sky_area(one: Caught, seen: View, size_px: tuple[int, int]) -> Box:
    """Return the rectangle outside of which a flat catcher has all the light of the sky."""
    if not one.shadow.textures:
        return 0, 0, 0, 0
    (left, low), (right, high) = one.shadow.parts[-1].low, one.shadow.parts[-1].high
    on_plane = np.array([[left, low, 0], [right, low, 0], [left, high, 0], [right, high, 0]])
    area = seen_area(on_plane, seen.clip_from_world @ np.linalg.inv(one.plane.plane_from_world), size_px)
    return (0, 0, *size_px) if area is None else area


def _common(one: Box, other: Box) -> Box:
    """Return the part of two rectangles that is in both."""
    x, y = max(one[0], other[0]), max(one[1], other[1])
    right, top = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    return x, y, max(right - x, 0), max(top - y, 0)


def _corners(casting: list[Draw]) -> Array:
    """Return the (N, 3) corners of the boxes around what casts, in the world."""
    boxes = [corners(draw.piece.box) @ draw.world_from_piece[:3, :3].T + draw.world_from_piece[:3, 3] for draw in casting]
    return np.concatenate(boxes) if boxes else np.zeros((0, 3))


def _is_flat(one: Caught) -> bool:
    """Tell whether a catcher lies in its plane; a mesh of many vertices is not looked at."""
    points = one.draw.piece.arrays["POSITION"]
    if len(points) > _MOST_CORNERS:
        return False
    plane_from_piece = one.plane.plane_from_world @ one.draw.world_from_piece
    in_plane = points @ plane_from_piece[:3, :3].T + plane_from_piece[:3, 3]
    return bool(np.abs(in_plane[:, 2]).max() <= 1e-5 * np.ptp(in_plane, axis=0).max())


def _shares(plane: Plane, shadow: SkyShadow, lighting: Lighting) -> tuple[float, float] | None:
    """Return what the sky and the sun bring of the light on the bare plane; None where nothing can be hidden."""
    sky, sun = shadow.irradiance * max(lighting.intensity, 0.0), 0.0
    if lighting.sun is not None:
        facing = float(plane.plane_from_world[2, :3] @ lighting.sun.to_light)
        sun = max(float(LUMINANCE @ lighting.sun.irradiance), 0.0) * max(facing, 0.0)
    total = sky + sun
    if not np.isfinite(total) or total <= 0 or (not shadow.textures and sun <= 0):
        return None
    return sky / total, sun / total


def _on_lamp(lamp: Lamp, from_m: Array) -> Array:
    """Return (3, N) points spread evenly over the disc as which a lamp is seen (Vogel 1979)."""
    axis = lamp.position_m - from_m
    axis = axis / max(float(np.linalg.norm(axis)), 1e-9)
    across = np.cross(axis, (1.0, 0.0, 0.0) if abs(axis[0]) < 0.9 else (0.0, 1.0, 0.0))
    across /= np.linalg.norm(across)
    i = np.arange(_LAMP_POINTS)
    r, turn = lamp.radius_m * np.sqrt((i + 0.5) / _LAMP_POINTS), np.pi * (3 - np.sqrt(5)) * i
    out: Array = lamp.position_m[:, None] + across[:, None] * (r * np.cos(turn)) + np.cross(axis, across)[:, None] * (r * np.sin(turn))
    return out


def plane_of(draw: Draw) -> Plane | None:
    """Return the mean plane of a piece, facing as its triangles do; None if it has no area."""
    matrix = draw.world_from_piece
    points = draw.piece.arrays["POSITION"].astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    a, b, c = (points[draw.piece.indices[:, i]] for i in range(3))
    crosses = np.cross(b - a, c - a)
    areas = np.linalg.norm(crosses, axis=1)
    normal = crosses.sum(axis=0) * (-1.0 if np.linalg.det(matrix[:3, :3]) < 0 else 1.0)
    length = float(np.linalg.norm(normal))
    if not np.isfinite(length) or length <= 1e-6 * float(areas.sum()) or length <= 0:
        return None
    normal /= length
    middle = ((a + b + c) / 3 * areas[:, None]).sum(axis=0) / areas.sum()
    helper = np.array([1.0, 0.0, 0.0]) if abs(normal[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    along = helper - normal * (normal @ helper)
    along /= np.linalg.norm(along)
    axes = np.stack([along, np.cross(normal, along), normal])
    plane_from_world = np.eye(4)
    plane_from_world[:3, :3] = axes
    plane_from_world[:3, 3] = -axes @ middle
    used = points[np.unique(draw.piece.indices)] @ axes[:2].T + plane_from_world[:2, 3]
    return Plane(plane_from_world, np.stack([used.min(axis=0), used.max(axis=0)]))

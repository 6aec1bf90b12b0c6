"""The sun's shadow map and what the shaders need of it.

One picture of the casters from the sun holds, per texel, whether something is there, its depth and squared depth; its
mipmaps hold the means. ``sun.glsl`` makes soft shadows of it that are sharp at the contact. The map does not depend on
the camera and is kept while casters, poses and sun stay the same; on disk it would cost more to read than to draw.

Helmet, 1280 x 720, four samples, llvmpipe, CPU time by the picture without a sun: 1.65 with all taps for all fragments
shared by four; 1.40 since one look at the mip level as wide as the cone decides for 70 % of them. The light and one
lookup alone cost 1.25. No pixel of three products moved by more than 22/255 (sun of 0.05 rad), 7/255 (the real one).

Rejected: depth comparison with rotated discs of points. Without noise it needs some 64 lookups for a wide penumbra,
here 14; thin legs came out dotted. The early look as an `if` that returns: 1.55, llvmpipe runs what follows all the same.
Not tried: a mask in screen space; it needs a depth pre-pass, whose price for small triangles `targets` states.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.scene import Scene, Sun
from arviz.render.gl.assets import Cache
from arviz.render.gl.casters import casters, draw_caster, holders, identity
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.painter import Painter, columns, use
from arviz.render.gl.view import corners, light_from_world

_SIDES_PX = (1024, 2048)
"""Least and most: as large as the picture, where that lies between."""
_MARGIN = 0.02
"""Empty share around the casters."""
_LARGEST_M = 1e6


class SunMap(NamedTuple):
    """The map and where it lies."""

    texture: Any
    sampler: Any
    map_from_world: Array
    """(4, 4): u, v and depth 0..1 over the map; w stays 1."""
    axes: Array
    """(3, 3) rows: across, up and away from the sun, in the world."""
    width_m: float
    range_m: float


class Suns:
    """Shadow maps of one renderer, by what casts and where the sun stands."""

    def __init__(self, painter: Painter, *, budget_bytes: int = 48 * 2**20) -> None:
        self._painter = painter
        self._cache = Cache(budget_bytes)

    def inputs(self, scene: Scene, draws: list[Draw], *, world_from_camera: Array, camera: Camera, cap_px: int) -> Inputs:
        """Return what the surfaces of a picture need of the sun; nothing where there is none."""
        sun = scene.lighting.sun
        if sun is None:
            return Inputs()
        self._cache.trim()
        shown = self._map(sun, casters(draws), side_px=max(camera.width_px, camera.height_px), cap_px=cap_px)
        turned = light_from_world(world_from_camera, rotation_rad=scene.lighting.rotation_rad)
        size = shown.texture.width
        tangent = math.tan(sun.angular_radius_rad)
        return Inputs(
            defines={"SUN": "1"},
            uniforms={
                "sun_to_light": tuple((turned[:3, :3] @ sun.to_light).tolist()),
                "sun_irradiance": sun.irradiance,
                "sun_from_light": columns((shown.map_from_world @ np.linalg.inv(turned))[:3]),
                "sun_axes": columns(shown.axes @ turned[:3, :3].T),
                "sun_shape": (shown.range_m * tangent / shown.width_m, shown.width_m / shown.range_m, float(size), shown.width_m),
            },
            textures={"sun_map": (shown.texture, shown.sampler)},
        )

    def clear(self) -> None:
        """Free all maps."""
        self._cache.clear()

    def _map(self, sun: Sun, casting: list[Draw], *, side_px: int, cap_px: int) -> SunMap:
        least, most = _SIDES_PX
        size = min(max(1 << (side_px - 1).bit_length(), least), most)

        def make() -> tuple[SunMap, int, Callable[[], None]]:
            return _drawn(self._painter, sun, casting, size=size, cap_px=cap_px)

        key = (size, sun.to_light, tuple(identity(draw, cap_px) for draw in casting))
        return self._cache.get(key, holders(casting), make)


def _drawn(painter: Painter, sun: Sun, casting: list[Draw], *, size: int, cap_px: int) -> tuple[SunMap, int, Callable[[], None]]:
    context = painter.context
    axes = sun_axes(sun.to_light)
    low, high = _extent(axes, casting)
    width = float(max(high[0] - low[0], high[1] - low[1], 1e-6)) * (1 + 2 * _MARGIN)
    span = float(max(high[2] - low[2], width * 1e-3)) * (1 + 2 * _MARGIN)
    middle = (low + high) / 2
    map_from_world = np.eye(4)
    scale = np.array([width, width, span])
    map_from_world[:3, :3] = axes / scale[:, None]
    map_from_world[:3, 3] = 0.5 - middle / scale
    clip_from_map = np.diag([2.0, 2.0, 2.0, 1.0])
    clip_from_map[:3, 3] = -1
    texture = context.texture((size, size), 4, dtype="f4")
    depth = context.depth_renderbuffer((size, size))
    framebuffer = context.framebuffer([texture], depth)
    use(framebuffer)
    context.disable(context.BLEND)
    context.enable(context.DEPTH_TEST)
    framebuffer.clear(0, 0, 0, 0, depth=1.0)
    for draw in casting:
        draw_caster(painter, draw, clip_from_map @ map_from_world, cap_px=cap_px)
    framebuffer.release()
    depth.release()
    texture.build_mipmaps()
    sampler = context.sampler(filter=(context.LINEAR_MIPMAP_NEAREST, context.LINEAR), border_color=(0.0, 0.0, 0.0, 0.0))

    def free() -> None:
        texture.release()
        sampler.release()

    return SunMap(texture, sampler, map_from_world, axes, width, span), size * size * 64 // 3, free


def sun_axes(to_light: tuple[float, ...]) -> Array:
    """Return (3, 3) rows, right-handed in (across, up, to the light), with the last one turned: away from the light."""
    away = -np.asarray(to_light, np.float64)
    helper = np.array([0.0, 1.0, 0.0]) if abs(away[1]) < 0.99 else np.array([0.0, 0.0, 1.0])
    across = np.cross(helper, -away)
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(-away, across), away])


def _extent(axes: Array, casting: list[Draw]) -> tuple[Array, Array]:
    """Return the least and largest coordinates (3,) along `axes` of all casters, of a point at the origin for none."""
    points = [np.zeros((0, 3))]
    for draw in casting:
        world = corners(draw.piece.box) @ draw.world_from_piece[:3, :3].T + draw.world_from_piece[:3, 3]
        points.append(world @ axes.T)
    all_points = np.concatenate(points)
    all_points = all_points[(np.abs(all_points) < _LARGEST_M).all(axis=1)]
    if not len(all_points):
        return np.zeros(3), np.zeros(3)
    return all_points.min(axis=0), all_points.max(axis=0)

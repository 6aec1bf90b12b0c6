"""Shadow catchers: planes that show only the shadow which falls on them.

A matte plane loses the share of its light that the product hides, whatever its colour; black with that share as alpha
over a photo of the plane is the photo with the shadow. Light is that of the environment and of the sun, each with its
share of what arrives on the bare plane.

A catcher shows what falls on its front; it is invisible from behind and hides nothing, neither in colour nor in depth.
One that is not flat catches the sky's shadow as its mean plane does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.scene import Lighting, Scene, ShadowMap
from arviz.render.flattened import Part, Shade
from arviz.render.gl.assets import Cache, environment_key
from arviz.render.gl.casters import casters, held_bytes, holders, identity
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs, merged
from arviz.render.gl.painter import Painter, columns, use
from arviz.render.gl.sun_area import Box, around, seen_area, sun_area
from arviz.render.gl.view import View, corners
from arviz.render.opengl import begin
from arviz.render.sky_samples import SkySamples
from arviz.render.sky_shadow import FEWER, Plane, fine_texel_m, plane_of, sky_of, sky_shadow

_FINE_PX = 1.5
"""Where fine texels are so narrow in pixels, in thumbnails, fewer are made."""
_MOST_CORNERS = 1000
_LEAST_BYTES = 4096
"""What an entry of the cache counts at least: keys and holders are not nothing."""


class SkyShadow(NamedTuple):
    """What is known of one catcher under one light."""

    irradiance: float
    """Luminance of the light on the bare plane, at intensity 1."""
    maps: tuple[tuple[Part, Any], ...]
    """Where each is and its texture, the coarse one first; none where nothing casts."""


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


class Catchers:
    """Draws the catchers of one renderer; keeps their maps by what casts, where, and in which light."""

    def __init__(self, painter: Painter, *, budget_bytes: int = 32 * 2**20) -> None:
        self._painter = painter
        self._cache = Cache(budget_bytes)
        self._sampler: Any = None

    def prepare(
        self, draws: list[Draw], scene: Scene, *, world_from_camera: Array, camera: Camera, strength: float, cap_px: int
    ) -> list[Caught]:
        """Return what the catchers of a picture will show; makes maps that are not known."""
        self._cache.trim()
        strength = min(max(strength, 0.0), 1.0)
        if not strength > 0:
            return []
        casting = casters(draws)
        between = _corners(casting)
        out = []
        for draw in draws:
            plane = plane_of(draw.piece, draw.world_from_piece) if draw.role == "shadow_catcher" else None
            if plane is not None:
                known = scene.items[draw.item].sky_shadow
                if known is None:
                    fewer = FEWER if _fine_px(plane, between, world_from_camera, camera) < _FINE_PX else 1
                    shadow = self._shadow(plane, casting, scene, fewer=fewer, cap_px=cap_px)
                else:
                    shadow = self._known(plane, known, scene.lighting)
                shares = _shares(plane, shadow, scene.lighting)
                if shares is not None:
                    out.append(Caught(draw, plane, shadow, shares, strength, between))
        return out

    def draw(self, framebuffer: Any, caught: list[Caught], seen: View, inputs: Inputs) -> None:
        """Blend the shadows over what is drawn."""
        if not caught:
            return
        context = self._painter.context
        use(framebuffer, depth=False)
        context.enable(context.DEPTH_TEST | context.BLEND)
        context.blend_func = context.ONE, context.ONE_MINUS_SRC_ALPHA
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
        draw, plane, shadow, shares, strength, _ = one
        normal = plane.plane_from_world[2, :3]
        uniforms: dict[str, Any] = {
            "light_from_piece": columns((seen.light_from_world @ draw.world_from_piece)[:3]),
            "catcher_normal": tuple((seen.light_from_world[:3, :3] @ normal).tolist()),
            "catcher_shares": shares,
            "catcher_strength": strength,
        }
        plane_from_light = plane.plane_from_world @ np.linalg.inv(seen.light_from_world)
        textures, defines = {}, {}
        for name, (part, texture) in zip(("coarse", "fine"), shadow.maps, strict=False):
            uniforms[f"{name}_from_light"] = columns(_uv_from_plane(part) @ plane_from_light)
            textures[f"{name}_shadow"] = (texture, self._sampler)
            defines[f"{name.upper()}_SHADOW"] = "1"
        return Inputs(defines=defines, uniforms=uniforms, textures=textures)

    def _shadow(self, plane: Plane, casting: list[Draw], scene: Scene, *, fewer: int, cap_px: int) -> SkyShadow:
        def make() -> tuple[SkyShadow, int, Callable[[], None]]:
            return self._made(plane, casting, scene, fewer=fewer)

        lighting = scene.lighting
        # By its place: the floor of a picture is made anew for each.
        where = (plane.plane_from_world.tobytes(), *(end.tobytes() for end in plane.bounds))
        key = (where, fewer, environment_key(lighting.environment), lighting.rotation_rad, *(identity(one, cap_px) for one in casting))
        return self._cache.get(key, (lighting.environment, holders(casting)), make)

    def _known(self, plane: Plane, known: tuple[ShadowMap, ...], lighting: Lighting) -> SkyShadow:
        def make() -> tuple[SkyShadow, int, Callable[[], None]]:
            shades = [Shade(Part(np.array(one.low_m), np.array(one.high_m)), one.share) for one in known]
            return self._uploaded(self._sky(plane.plane_from_world[2, :3], lighting).irradiance, shades)

        return self._cache.get(
            (id(known), environment_key(lighting.environment), lighting.rotation_rad), (known, lighting.environment), make
        )

    def _made(self, plane: Plane, casting: list[Draw], scene: Scene, *, fewer: int) -> tuple[SkyShadow, int, Callable[[], None]]:
        begin(self._painter.context)
        sky = self._sky(plane.plane_from_world[2, :3], scene.lighting)
        shadow, size, free = self._uploaded(sky.irradiance, sky_shadow(scene.items, plane, sky, fewer=fewer))
        return shadow, size + held_bytes(casting), free

    def _uploaded(self, irradiance: float, shades: Sequence[Shade]) -> tuple[SkyShadow, int, Callable[[], None]]:
        context = self._painter.context
        if self._sampler is None:
            self._sampler = context.sampler(filter=(context.LINEAR, context.LINEAR), border_color=(0.0, 0.0, 0.0, 0.0))
        maps = tuple(
            (one.part, context.texture(one.share.shape[::-1], 1, one.share.astype(np.float16).tobytes(), dtype="f2", alignment=1))
            for one in shades
        )

        def free() -> None:
            for _, texture in maps:
                texture.release()

        return SkyShadow(irradiance, maps), _LEAST_BYTES + sum(one.share.nbytes // 2 for one in shades), free

    def _sky(self, normal: Array, lighting: Lighting) -> SkySamples:
        """Return the directions of the light on a plane, which products on level floors share."""

        def make() -> tuple[SkySamples, int, Callable[[], None]]:
            return sky_of(lighting, normal), _LEAST_BYTES, lambda: None

        key = (normal.tobytes(), environment_key(lighting.environment), lighting.rotation_rad)
        return self._cache.get(key, lighting.environment, make)


def _uv_from_plane(part: Part) -> Array:
    """Return (2, 4): coordinates 0..1 over a part of a plane."""
    scale = 1 / (part.high - part.low)
    return np.array([[scale[0], 0, 0, -scale[0] * part.low[0]], [0, scale[1], 0, -scale[1] * part.low[1]]])


def _areas(one: Caught, seen: View, inputs: Inputs, size_px: tuple[int, int]) -> list[tuple[Box | None, Inputs]]:
    """Return where to draw a catcher with which inputs: each shadow only where it can fall."""
    if not _is_flat(one):
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
    if not one.shadow.maps:
        return 0, 0, 0, 0
    (left, low), (right, high) = one.shadow.maps[0][0]
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


def _fine_px(plane: Plane, points: Array, world_from_camera: Array, camera: Camera) -> float:
    """Return how wide the texels of a fine map are in pixels, of products between `points` seen at their middle."""
    if not len(points):
        return np.inf
    away_m = float((points.mean(axis=0) - world_from_camera[:3, 3]) @ world_from_camera[:3, 2])
    return float(fine_texel_m(plane, points) * camera.k[0, 0] / away_m) if away_m > 0 else np.inf


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
    if not np.isfinite(total) or total <= 0 or (not shadow.maps and sun <= 0):
        return None
    return sky / total, sun / total

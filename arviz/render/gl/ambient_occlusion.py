"""Ambient occlusion: how much of the light around the surfaces of a scene hide from each other, found in screen space.

GTAO (Jimenez, Wu, Pesce and Jarabo 2016, "Practical Realtime Strategies for Accurate Indirect Occlusion"): in a picture
of depths the horizon is searched in a few slices through the eye, and the cosine-weighted arc between is what is free.
The picture is that of the whole camera, wider by a margin, so tiles have no seams and a lens finds its way by position.
Slices turn from pixel to pixel in a 4 x 4 pattern that a blur along the surface takes out again: no chance, no noise.

Surfaces hide each other within `REACH` of the scene's radius, less the farther away they are: what only passes in front
leaves no halo. Occluders hide light, they stand for real things. Shadow catchers do not: the light from below that an
environment holds is that of the floor.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.scene import Scene
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.painter import Painter, columns, use
from arviz.render.gl.view import corners, view
from arviz.render.renderer import RenderOptions

REACH = 0.3
"""Of the radius of the sphere around all items that take part."""
_SIDE_PX = 640
"""Most pixels along the longer side of the picture of depths, margins aside."""
_MARGIN = 0.1
"""Of each side: what lies just outside the picture hides light as well."""


class AmbientOcclusion:
    """Makes the occlusion of one picture after the other; keeps its targets while the size stays."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._size = (0, 0)
        self._owned: list[Any] = []
        self._stages: tuple[Any, Any, Any] | None = None

    def inputs(
        self, scene: Scene, draws: list[Draw], *, world_from_camera: Array, camera: Camera, options: RenderOptions, cap_px: int
    ) -> Inputs:
        """Return what the surfaces of a picture need; nothing where it is switched off or nothing is drawn."""
        strength = min(max(options.ambient_occlusion, 0.0), 1.0)
        taking_part = [draw for draw in draws if draw.role == "occluder" or (draw.surface is not None and draw.surface.in_depth)]
        radius_m = REACH * _radius_m(taking_part)
        if not strength > 0 or not taking_part or not 0 < radius_m < 1e6:
            return Inputs()
        small = _small_camera(camera)
        placed = [(draw.piece, draw.world_from_piece) for draw in taking_part]
        seen = view(small, world_from_camera=world_from_camera, rotation_rad=scene.lighting.rotation_rad, placed=placed)
        framebuffers = self._sized(small.width_px, small.height_px)
        context = self._painter.context
        k, height = small.k, small.height_px
        lens = (float(k[0, 0]), float(k[1, 1]), float(k[0, 2]) + 0.5, height - 0.5 - float(k[1, 2]))
        shapes, raw, smooth = framebuffers
        use(shapes)
        context.disable(context.BLEND)
        context.enable(context.DEPTH_TEST)
        shapes.clear(0, 0, 0, 0, depth=1.0)
        for draw in taking_part:
            self._painter.shape(draw, seen.clip_from_world, shader="gtao_shapes", cap_px=cap_px, inputs=Inputs(uniforms={"pinhole": lens}))
        context.disable(context.DEPTH_TEST | context.CULL_FACE)
        uniforms = {"pinhole": lens, "radius_m": radius_m, "size": (small.width_px, small.height_px)}
        self._full("gtao", raw, uniforms, {"shapes": shapes.color_attachments[0]})
        self._full("gtao_blur", smooth, uniforms, {"shapes": shapes.color_attachments[0], "raw": raw.color_attachments[0]})
        map_from_clip = np.diag([0.5, 0.5, 1.0, 1.0])
        map_from_clip[:2, 3] = 0.5
        map_from_light = map_from_clip @ seen.clip_from_world @ np.linalg.inv(seen.light_from_world)
        return Inputs(
            defines={"AMBIENT_OCCLUSION": "1"},
            uniforms={
                "ao_from_light": columns(map_from_light),
                "ao_shape": (float(small.width_px), float(small.height_px), strength, 0.4 * radius_m),
            },
            textures={"ao_map": (smooth.color_attachments[0], None)},
        )

    def clear(self) -> None:
        """Free the targets."""
        for item in reversed(self._owned):
            item.release()
        self._owned.clear()
        self._size, self._stages = (0, 0), None

    def _full(self, name: str, framebuffer: Any, uniforms: dict[str, Any], textures: dict[str, Any]) -> None:
        program = self._painter.programs.get(name, {})
        use(framebuffer)
        self._painter.set_inputs(program, Inputs(uniforms=uniforms, textures={n: (texture, None) for n, texture in textures.items()}))
        triangle = self._painter.context.vertex_array(program, [])
        triangle.render(vertices=3)
        triangle.release()

    def _sized(self, width_px: int, height_px: int) -> tuple[Any, Any, Any]:
        if self._stages is None or self._size != (width_px, height_px):
            self.clear()
            context, size = self._painter.context, (width_px, height_px)
            made = []
            for components in (4, 1, 2):
                texture = context.texture(size, components, dtype="f4")
                texture.filter = context.NEAREST, context.NEAREST
                parts = [context.depth_renderbuffer(size)] if components == 4 else []
                framebuffer = context.framebuffer([texture], *parts)
                self._owned += [texture, *parts, framebuffer]
                made.append(framebuffer)
            self._size, self._stages = size, (made[0], made[1], made[2])
        return self._stages


def _small_camera(camera: Camera) -> Camera:
    """Return an ideal camera that sees what `camera` sees and a margin, in fewer pixels."""
    scale = min(1.0, _SIDE_PX / max(camera.width_px, camera.height_px))
    width, height = (max(math.ceil(side * scale), 1) for side in (camera.width_px, camera.height_px))
    margin_x, margin_y = (math.ceil(_MARGIN * side) for side in (width, height))
    k = camera.k.copy()
    k[0] *= width / camera.width_px
    k[1] *= height / camera.height_px
    k[0, 2] = (camera.k[0, 2] + 0.5) * width / camera.width_px - 0.5 + margin_x
    k[1, 2] = (camera.k[1, 2] + 0.5) * height / camera.height_px - 0.5 + margin_y
    return Camera(k=k, width_px=width + 2 * margin_x, height_px=height + 2 * margin_y)


def _radius_m(draws: list[Draw]) -> float:
    points = [corners(draw.piece.box) @ draw.world_from_piece[:3, :3].T + draw.world_from_piece[:3, 3] for draw in draws]
    if not points:
        return 0.0
    box = np.concatenate(points)
    return float(np.linalg.norm(box.max(axis=0) - box.min(axis=0))) / 2

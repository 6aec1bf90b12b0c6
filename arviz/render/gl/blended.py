"""The see-through pass: glass and blended surfaces over the opaque picture, layer by layer from the back.

Pieces cannot be sorted where they cross or lie in each other, so every pixel is: of what is see-through a pass keeps the
farthest surface before the layer behind it (depth peeling; Everitt 2001, "Interactive Order-Independent Transparency",
from the back because glass shows, bent and blurred, what is behind it). Where no pixel has more than one layer, which a
cheap pass counts, all are drawn at once.

Known limits. A refracted or blurred sample that leaves the picture (or its tile) gets the edge's colour, as in three.js; one
that falls beside the glass may show what is nearer than the glass there. Two surfaces within one step of the depth buffer
(2^-24 of its range) are one layer: both are drawn if they are in the same place, in the order of the scene.
"""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np

from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs, merged
from arviz.render.gl.layers import Box, LayerTargets
from arviz.render.gl.painter import Painter, columns, use
from arviz.render.gl.targets import Targets
from arviz.render.gl.view import View

MOST_LAYERS = 16
"""More are not drawn in one pixel: the farthest 15 and the nearest are."""
_DEPTH_STEP = 2.0**-24
_LEAST = 1 / 512
"""What is less opaque makes no difference to a picture, and no layer; what transmits less is opaque."""
_PARTS = {"LEAST_TRANSMISSION": str(_LEAST)}


def _has_opaque_parts(draw: Draw) -> bool:
    """Tell whether a texture says which parts of a piece are glass: the rest of it is opaque."""
    return draw.surface is not None and "TRANSMISSION_MAP" in draw.surface.defines and "ALPHA_BLEND" not in draw.surface.defines


def draw_opaque_parts(painter: Painter, draws: list[Draw], seen: View, inputs: Inputs, *, cap_px: int) -> None:
    """Draw what is not glass of pieces that are so in parts, as an opaque surface."""
    inputs = merged([inputs, Inputs(defines={**_PARTS, "OPAQUE_PART": "1"})])
    for draw in draws:
        if _has_opaque_parts(draw):
            painter.surface(draw, seen, inputs, cap_px=cap_px)


def draw_blended(painter: Painter, targets: Targets, draws: list[Draw], seen: View, inputs: Inputs, *, cap_px: int) -> None:
    """Draw what is see-through over the opaque picture."""
    blended = [draw for draw in draws if draw.surface is not None and draw.surface.draw_pass == "blend"]
    if not blended:
        return
    layers = targets.kept("layers", lambda: LayerTargets(painter.context, targets=targets, programs=painter.programs))
    run = _Run(painter, targets, layers, sorted(blended, key=lambda d: -d.distance), seen, inputs, cap_px)
    run.draw()
    context = painter.context
    context.disable(context.BLEND)
    context.depth_func = "<="


class _Run:
    """The passes of one picture."""

    def __init__(
        self, painter: Painter, targets: Targets, layers: LayerTargets, draws: list[Draw], seen: View, inputs: Inputs, cap_px: int
    ) -> None:
        self.painter, self.context = painter, painter.context
        self.targets, self.layers, self.draws, self.seen, self.cap_px = targets, layers, draws, seen, cap_px
        defines = [draw.surface.defines for draw in draws if draw.surface is not None]
        self.glass = any("TRANSMISSION" in names for names in defines)
        self.blurred = any("BLURRED" in names for names in defines)
        self.parts = any(_has_opaque_parts(draw) for draw in draws)
        self.inputs = merged([inputs, self._behind(inputs)])

    def draw(self) -> None:
        """Count the layers, then draw them."""
        boxes = self._count()
        if not boxes:
            return
        direct = len(boxes) == 1 and not self.parts
        if self.glass or not direct:
            self.layers.copy_all(blurred=self.blurred)
        if direct:
            self._shade(self.targets.colour, test="<=", box=boxes[0])
            return
        last = min(len(boxes), MOST_LAYERS) - 1
        for index, box in enumerate(boxes[: last + 1]):
            if index and self.glass:
                self.layers.copy_box(boxes[index - 1], blurred=self.blurred)
            if index == last == len(boxes) - 1 > 0:
                # What is left lies, once in a pixel, before the layer behind it.
                self._shade(self.layers.shaded[(index + 1) % 2], test="<", box=box)
            else:
                self._peel(index, nearest=index == last, box=box)
                self._shade(self.layers.shaded[index % 2], test="==", box=box)

    def _behind(self, inputs: Inputs) -> Inputs:
        """Return what the shader of glass needs to look behind it."""
        # A roughness blurs over as many levels of a picture with one fragment a pixel as three.js takes: log2 of the
        # width (getTransmissionSample).
        width = 1.0 / (inputs.uniforms["picture_from_fragment"][0] * self.targets.factor)
        clip_from_light = self.seen.clip_from_world @ np.linalg.inv(self.seen.light_from_world)
        uniforms = {"clip_from_light": columns(clip_from_light), "blur_levels": log2(max(width, 1.0))}
        textures = {"behind": (self.layers.behind, self.layers.plain)}
        if self.blurred:
            textures["behind_blurred"] = (self.layers.blurred, self.layers.levels)
        return Inputs(defines=_PARTS, uniforms=uniforms, textures=textures)

    def _count(self) -> list[Box]:
        context, framebuffer = self.context, self.layers.count
        use(framebuffer, depth=False)
        framebuffer.clear(viewport=(0, 0, *framebuffer.size))
        context.enable(context.DEPTH_TEST | context.BLEND)
        context.depth_func = "<="
        context.blend_func = context.ONE, context.ONE
        for draw in self.draws:
            self._shape(draw, "count", Inputs())
        context.disable(context.BLEND)
        return self.layers.counted()

    def _peel(self, index: int, *, nearest: bool, box: Box) -> None:
        """Find the depth of the farthest layer before the last one; the nearest there is for the last that is drawn."""
        context, framebuffer = self.context, self.layers.shapes[index % 2]
        framebuffer.clear(depth=1.0 if nearest else 0.0)
        framebuffer.scissor = box
        framebuffer.use()
        context.enable(context.DEPTH_TEST)
        context.depth_func = "<" if nearest else ">"
        behind = self.layers.depths[(index + 1) % 2] if index else self.layers.opaque_depth
        # What lies in an opaque surface is seen, as everywhere (<=); a layer counts once.
        step = -_DEPTH_STEP if index else _DEPTH_STEP
        inputs = Inputs(uniforms={"nearer_than": step}, textures={"behind_depth": (behind, None)})
        for draw in self.draws:
            self._shape(draw, "peel", inputs)
        framebuffer.scissor = None

    def _shade(self, framebuffer: Any, *, test: str, box: Box) -> None:
        context = self.context
        framebuffer.scissor = box
        use(framebuffer, depth=False)
        context.enable(context.DEPTH_TEST)
        context.depth_func = test
        context.blend_func = context.ONE, context.ONE_MINUS_SRC_ALPHA
        for draw in self.draws:
            assert draw.surface is not None
            if "TRANSMISSION" in draw.surface.defines:
                context.disable(context.BLEND)  # its shader puts it over what is behind, each channel for itself
            else:
                context.enable(context.BLEND)
            # One factor for all directions, exact for even scales (three.js scales each axis of the world by its own).
            scale = abs(np.linalg.det(draw.world_from_piece[:3, :3])) ** (1 / 3)
            self.painter.surface(draw, self.seen, merged([self.inputs, Inputs(uniforms={"thickness_scale": scale})]), cap_px=self.cap_px)
        framebuffer.scissor = None

    def _shape(self, draw: Draw, shader: str, inputs: Inputs) -> None:
        assert draw.surface is not None
        layer = Inputs(defines={**_PARTS, "LAYER": "1"})
        if "ALPHA_BLEND" in draw.surface.defines:
            layer = merged([layer, Inputs(uniforms={"alpha_cutoff": _LEAST})])
        self.painter.shape(draw, self.seen.clip_from_world, shader=shader, cap_px=self.cap_px, inputs=merged([inputs, layer]))

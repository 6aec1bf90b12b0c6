"""The geometry passes: occluders, and the planes of a layer that hold no colour."""

from __future__ import annotations

from typing import Any

from arviz.core.frozen import Array
from arviz.render.gl.draws import Draw
from arviz.render.gl.painter import Painter, use
from arviz.render.gl.targets import Targets
from arviz.render.gl.view import View


def draw_occluders(painter: Painter, framebuffer: Any, draws: list[Draw], seen: View) -> None:
    """Fill the depth buffer with what hides other things and is not seen itself."""
    occluders = [draw for draw in draws if draw.role == "occluder"]
    if not occluders:
        return
    use(framebuffer, colour=False)
    for draw in occluders:
        painter.shape(draw, seen.clip_from_world, shader="depth", cap_px=1)
    use(framebuffer)


def draw_depth(painter: Painter, targets: Targets, draws: list[Draw], seen: View, *, cap_px: int) -> Array:
    """Return (H, W) float32 metres along z of the first surface that is at least half opaque, +inf where none is."""
    context, framebuffer = painter.context, targets.depth
    use(framebuffer)
    context.disable(context.BLEND)
    context.enable(context.DEPTH_TEST)
    framebuffer.clear(float("inf"), 0, 0, 0, depth=1.0)
    draw_occluders(painter, framebuffer, draws, seen)
    for draw in draws:
        if draw.surface is not None and draw.surface.in_depth:
            painter.shape(draw, seen.clip_from_world, shader="depth", cap_px=cap_px)
    return targets.read_depth()

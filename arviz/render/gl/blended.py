"""The blended pass: surfaces that let through what is behind them."""

from __future__ import annotations

from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.painter import Painter, use
from arviz.render.gl.targets import Targets
from arviz.render.gl.view import View


def draw_blended(painter: Painter, targets: Targets, draws: list[Draw], seen: View, inputs: Inputs, *, cap_px: int) -> None:
    """Draw what is see-through over the opaque picture, far pieces first."""
    blended = [draw for draw in draws if draw.surface is not None and draw.surface.draw_pass == "blend"]
    if not blended:
        return
    context = painter.context
    use(targets.colour, depth=False)
    context.enable(context.BLEND)
    context.blend_func = context.ONE, context.ONE_MINUS_SRC_ALPHA
    for draw in sorted(blended, key=lambda d: -d.distance):
        assert draw.surface is not None
        # The far side of a double-sided piece first.
        for cull in ("front", "back") if draw.surface.double_sided else (None,):
            painter.surface(draw, seen, inputs, cap_px=cap_px, cull=cull)
    context.disable(context.BLEND)

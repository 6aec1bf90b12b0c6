"""Which pieces cast shadows, and how one is drawn as a light sees it.

Visible items cast: occluders and catchers stand for things whose shadows are in the photo already. What is blended or
lets light through casts a lighter shadow in grey, by dithering: a pane that casts none looks as if it floats, a tint
would need three maps. Dots vanish in the filters that all lookups have.
"""

from __future__ import annotations

from typing import Any

from arviz.core.frozen import Array
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.painter import Painter

_PASSED_BY_GLASS = 0.92
"""Of the light on a clear pane: two reflections of 4 %."""


def casters(draws: list[Draw]) -> list[Draw]:
    """Return what casts shadows."""
    return [draw for draw in draws if draw.role == "visible" and draw.surface is not None]


def is_solid(draw: Draw) -> bool:
    """Tell whether a caster is its triangles and nothing else: no holes, no glass."""
    surface = draw.surface
    return surface is not None and surface.draw_pass == "opaque" and not surface.depth_defines


def identity(draw: Draw, cap_px: int) -> tuple[object, ...]:
    """Return what tells this caster from another: two with equal identities cast the same shadow.

    Holes are as fine as the textures that cut them, hence `cap_px`.
    """
    return (id(_shape(draw)), draw.world_from_piece.tobytes(), None if is_solid(draw) else (id(draw.surface), cap_px))


def holders(draws: list[Draw]) -> tuple[object, ...]:
    """Return the objects whose ids are in `identity`, to be held so that no id is used again."""
    return tuple((_shape(draw), None if is_solid(draw) else draw.surface) for draw in draws)


def held_bytes(draws: list[Draw]) -> int:
    """Return what the vertices take that `holders` keep when nobody else does any more."""
    arrays = {
        id(array): array.nbytes
        for draw in draws
        for array in (
            *(draw.piece.arrays if draw.piece.posed else draw.piece.primitive.attributes).values(),
            draw.piece.indices,
        )
    }
    return sum(arrays.values())


def _shape(draw: Draw) -> object:
    return draw.piece if draw.piece.posed else draw.piece.primitive


def draw_caster(painter: Painter, draw: Draw, clip_from_world: Array, *, cap_px: int) -> None:
    """Draw a caster by ``shadow.frag``."""
    defines: dict[str, str] = {}
    uniforms: dict[str, Any] = {}
    surface = draw.surface
    if surface is not None and surface.draw_pass != "opaque":
        defines["TRANSLUCENT"] = "1"
        uniforms = {"opacity": _opacity(surface.uniforms)}
    painter.shape(
        draw, clip_from_world, shader="shadow", cap_px=cap_px, inputs=Inputs(defines=defines, uniforms=uniforms), double_sided=True
    )


def _opacity(uniforms: Any) -> float:
    """Return how much of the light a surface keeps back where its alpha is 1."""
    passed = float(uniforms.get("transmission_factor", 0.0)) * _PASSED_BY_GLASS
    brightest = float(max(uniforms.get("base_factor", (1.0, 1.0, 1.0, 1.0))[:3]))
    return 1.0 - passed * max(0.0, min(1.0, brightest))

"""The geometry passes: occluders, and the planes of a layer that hold no colour."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.transforms import normal_matrix
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs, merged
from arviz.render.gl.painter import Painter, columns, use
from arviz.render.gl.targets import Targets
from arviz.render.gl.tiling import Section
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


def draw_planes(
    painter: Painter,
    targets: Targets,
    draws: list[Draw],
    seen: View,
    section: Section,
    inputs: Inputs,
    *,
    wanted: tuple[str, ...],
    cap_px: int,
) -> dict[str, Array]:
    """Return the `wanted` planes of the first surface that is at least half opaque, at pixel centres.

    Normals are those of the vertices, without the normal map: of the shape, not of its texture.
    """
    if not wanted:
        return {}
    context = painter.context
    forms = {"depth_m": (4 if section.centres is not None else 1, "f4"), "normals": (4, "f4"), "ids": (1, "f4")}
    formats = tuple(forms[name] for name in wanted)
    framebuffer = targets.geometry(formats)
    use(framebuffer)
    context.disable(context.BLEND)
    context.enable(context.DEPTH_TEST)
    framebuffer.clear(depth=1.0)
    defines = {{"depth_m": "DEPTH_AT", "normals": "NORMALS_AT", "ids": "IDS_AT"}[name]: str(i) for i, name in enumerate(wanted)}
    if section.centres is not None:
        defines["SLOPES"] = "1"
    draw_occluders(painter, framebuffer, draws, seen)
    for draw in draws:
        if draw.surface is not None and draw.surface.in_depth:
            own: dict[str, Any] = {"id": float(draw.item + 1)}
            if "normals" in wanted:
                eye_from_piece = seen.eye_from_world @ draw.world_from_piece
                own |= {"eye_from_piece": columns(eye_from_piece[:3]), "normal_matrix": columns(normal_matrix(eye_from_piece))}
            drawn = merged([inputs, Inputs(defines=defines, uniforms=own)])
            painter.shape(draw, seen.clip_from_world, shader="geometry", cap_px=cap_px, inputs=drawn)
    read = dict(zip(wanted, targets.read_planes(framebuffer, formats), strict=True))
    return {
        name: _plane(name, values if section.centres is None else _through_lens(name, values, section.centres))
        for name, values in read.items()
    }


def _plane(name: str, values: Array) -> Array:
    """Return what was read in the form of `Layer`; cleared pixels are zero."""
    if name == "depth_m":
        depth = values[..., 0]
        return np.where(depth > 0, depth, np.float32(np.inf))
    return values[..., :3] if name == "normals" else values[..., 0]


def _through_lens(name: str, values: Array, centres: Array) -> Array:
    """Return (H, W, k) values at (H, W, 2) pixels of what was drawn; zero where the lens shows nothing.

    The nearest pixel counts; depth follows the plane of its surface from there, so that a wall stays flat.
    """
    known: Array = np.asarray(np.isfinite(centres).all(axis=-1))
    at = np.where(known[..., None], centres, 0)
    column, row = (np.floor(at[..., axis] + 0.5).astype(int).clip(0, values.shape[1 - axis] - 1) for axis in (0, 1))
    found = values[row, column]
    if name == "depth_m":
        depth, right, up = found[..., 0], found[..., 1], found[..., 2]
        with np.errstate(all="ignore"):
            inverse = 1 / depth + right * (at[..., 0] - column) - up * (at[..., 1] - row)
            found = np.where((depth > 0) & (inverse > 0), 1 / inverse, depth)[..., None]
    return np.where(known[..., None], found, 0).astype(values.dtype)

"""Draws one piece: program, uniforms, textures, culling. The passes decide what is drawn, where and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.transforms import normal_matrix
from arviz.render.gl.assets import Loaded, Store
from arviz.render.gl.draws import Draw
from arviz.render.gl.inputs import Inputs
from arviz.render.gl.shaders import Programs, uv_defines
from arviz.render.gl.surface import Surface
from arviz.render.gl.textures import Samplers
from arviz.render.gl.view import View
from arviz.render.texture_pixels import sampler_of


class Painter:
    """Programs, samplers and uploaded things of one context, and how a piece is drawn with them."""

    def __init__(self, context: Any, *, programs: Programs, samplers: Samplers, store: Store) -> None:
        self.context = context
        self.programs = programs
        self.samplers = samplers
        self.store = store

    def surface(self, draw: Draw, seen: View, inputs: Inputs, *, cap_px: int, cull: str | None = None) -> None:
        """Draw a visible piece as it looks; `cull` ("front", "back") overrides what its material says."""
        surface = draw.surface
        assert surface is not None
        defines = {**uv_defines(tuple(uv_set for uv_set, _ in surface.uv)), **surface.defines, **inputs.defines}
        program = self.programs.get("surface", defines)
        unit = self._set_surface(program, draw.loaded, surface, cap_px=cap_px)
        light_from_piece = seen.light_from_world @ draw.world_from_piece
        write(program, "clip_from_piece", columns(seen.clip_from_world @ draw.world_from_piece))
        write(program, "light_from_piece", columns(light_from_piece[:3]))
        write(program, "normal_matrix", columns(normal_matrix(light_from_piece)))
        self.set_inputs(program, inputs, first_unit=unit)
        self._set_culling(draw, surface.double_sided, cull)
        self.store.mesh(draw.piece).draw(program)

    def shape(
        self, draw: Draw, clip_from_world: Array, *, shader: str, cap_px: int, inputs: Inputs | None = None, double_sided: bool = False
    ) -> None:
        """Draw a piece's shape alone, with alpha tests, by a shader that knows ``clip_from_piece`` (depth, ids, shadows)."""
        surface = draw.surface
        defines: dict[str, str] = {}
        if surface is not None and surface.depth_defines:
            defines = {**uv_defines(tuple(uv_set for uv_set, _ in surface.uv)), **surface.defines, **surface.depth_defines}
        program = self.programs.get(shader, {**defines, **(inputs.defines if inputs else {})})
        unit = 0
        if surface is not None and surface.depth_defines:
            unit = self._set_surface(program, draw.loaded, surface, cap_px=cap_px)
        write(program, "clip_from_piece", columns(clip_from_world @ draw.world_from_piece))
        if inputs is not None:
            self.set_inputs(program, inputs, first_unit=unit)
        self._set_culling(draw, double_sided or surface is None or surface.double_sided)
        self.store.mesh(draw.piece).draw(program)

    def set_inputs(self, program: Any, inputs: Inputs, *, first_unit: int = 0) -> None:
        """Set the uniforms and textures that the program asks for."""
        set_uniforms(program, inputs.uniforms)
        unit = first_unit
        for name, (texture, sampler) in inputs.textures.items():
            if name in program:
                texture.use(unit)
                if sampler is None:
                    self.context.clear_samplers(unit, unit + 1)
                else:
                    sampler.use(unit)
                program[name].value = unit
                unit += 1

    def _set_surface(self, program: Any, loaded: Loaded, surface: Surface, *, cap_px: int) -> int:
        """Set a material; return the first texture unit that is still free."""
        set_uniforms(program, surface.uniforms)
        if "uv_matrix" in program:
            # A GLSL mat3x2 has three columns of two; the linker drops trailing channels that nothing reads.
            used = surface.uv[: program["uv_matrix"].array_length]
            write(program, "uv_matrix", b"".join(columns(matrix[:2]) for _, matrix in used))
        unit = 0
        for slot in surface.slots:
            if slot.name in program:
                texture = self.store.texture(loaded.asset, slot.texture, srgb=slot.srgb, cap_px=cap_px)
                # A damaged picture may decode at the size that the surface was made for and not at that of a shadow map.
                (self.store.blank() if texture is None else texture).use(unit)
                self.samplers.get(sampler_of(loaded.asset, slot.texture)).use(unit)
                program[slot.name].value = unit
                unit += 1
        return unit

    def _set_culling(self, draw: Draw, double_sided: bool, cull: str | None = None) -> None:
        context = self.context
        mirrored_pose = np.linalg.det(draw.world_from_piece[:3, :3]) < 0
        context.front_face = "cw" if mirrored_pose else "ccw"
        if double_sided and cull is None:
            context.disable(context.CULL_FACE)
        else:
            context.enable(context.CULL_FACE)
            context.cull_face = cull or "back"


def use(framebuffer: Any, *, colour: bool = True, depth: bool = True) -> None:
    """Draw into `framebuffer`, writing colour and depth or not (moderngl applies masks only when it binds)."""
    mask, count = (colour,) * 4, len(framebuffer.color_attachments)
    framebuffer.color_mask = mask if count == 1 else (mask,) * count
    framebuffer.depth_mask = depth
    framebuffer.use()


def columns(matrix: Array) -> bytes:
    """Return a matrix column by column in float32, as OpenGL stores it."""
    return np.ascontiguousarray(matrix.T, np.float32).tobytes()


def write(program: Any, name: str, data: bytes) -> None:
    """Set a uniform from bytes; the compiler drops uniforms that a material does not need."""
    if name in program:
        program[name].write(data)


def set_uniforms(program: Any, uniforms: Mapping[str, Any]) -> None:
    """Set the uniforms that the program has: bytes for arrays and matrices, else plain values."""
    for name, value in uniforms.items():
        if name not in program:
            continue
        if isinstance(value, bytes):
            program[name].write(value)
        else:
            program[name].value = value

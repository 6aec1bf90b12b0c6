"""Framebuffers of one picture size, made when first needed and read back as arrays with row 0 on top.

Four samples per pixel are a picture of twice the size, averaged, unless ``antialias="multisample"`` asks for the
driver's multisampling, which shades once a pixel and smooths the edges of triangles only (not those that a texture
cuts). Where something is see-through the picture is supersampled all the same: what lies behind is read from it.
On llvmpipe (Mesa 22.3, 2 cores, CPU ms) multisampling pays where large triangles are shaded dearly, and leaves the fast
paths for small ones:

==================  ==========  =============  ==============  =============
product, size       one sample  multisample 4  twice the size  four times it
==================  ==========  =============  ==============  =============
mixer 256 px        21          59             42              89
mixer 512 px        45          135            105             256
helmet 1280 x 720   85          178            225             646
sofa 1024 px        55          91             132             465
==================  ==========  =============  ==============  =============

A finished picture is averaged and encoded in one shader and read as 4 bytes a pixel: helmet 1280 x 720 takes 226 ms with
four samples, against 289 over a colour and 317 transparent by `composite` of a half-float layer.

A depth pre-pass made the mixer slower (41 against 30 ms): its triangles are a pixel in size, and drawing them
twice costs more than the hidden fragments.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.render.gl.shaders import Programs
from arviz.render.gl.sun_area import Box
from arviz.render.renderer import is_photo

_T = TypeVar("_T")


class Form(NamedTuple):
    """What the targets of a picture are: one set is kept, and made anew when the form changes."""

    size_px: tuple[int, int]
    """(width, height) of the picture, or of its largest tile."""
    drawn_px: tuple[int, int]
    """(width, height) of what is drawn: the same, or what the pinhole behind a lens has to see."""
    samples: int
    multisample: bool

    @property
    def factor(self) -> int:
        """Fragments side by side in a pixel."""
        return 1 if self.multisample else math.isqrt(self.samples)


def bytes_per_pixel(samples: int) -> int:
    """Return what `Targets` take per pixel, depth included: half floats and a 4-byte depth per sample, then one of each."""
    fine = 12 * samples if samples > 1 else 12
    return fine + (8 if samples > 1 else 0) + 8


@contextmanager
def photo_texture(context: Any, background: object, camera: Camera) -> Iterator[Any]:
    """Give an opaque 8-bit photo of the camera's size as a texture with row 0 first; None for anything that is no picture."""
    if not isinstance(background, Image):
        yield None
        return
    if not is_photo(background, width_px=camera.width_px, height_px=camera.height_px):
        found = repr(background)
        raise InputError(
            "E_PHOTO", "not a photo of the picture's size", expected=f"8-bit sRGB, {camera.width_px} x {camera.height_px}", found=found
        )
    texture = context.texture((camera.width_px, camera.height_px), 3, np.ascontiguousarray(background.pixels).tobytes(), alignment=1)
    try:
        yield texture
    finally:
        texture.release()


class Targets:
    """The colour and geometry targets of one `Form`."""

    def __init__(self, context: Any, *, form: Form, programs: Programs) -> None:
        self.form = form
        self._context = context
        self._programs = programs
        self._owned: list[Any] = []
        self._made: dict[Any, Any] = {}
        self.factor = form.factor
        large = (self.factor * form.drawn_px[0], self.factor * form.drawn_px[1])
        if form.multisample:
            parts = self._own(context.renderbuffer(large, 4, samples=form.samples, dtype="f2"))
            depth = self._own(context.depth_renderbuffer(large, samples=form.samples))
            self.colour = self._own(context.framebuffer([parts], depth))
        self._fine = self._own(context.texture(large, 4, dtype="f2"))
        self._plain = self._own(context.framebuffer([self._fine], self._own(context.depth_renderbuffer(large))))
        if not form.multisample:
            self.colour = self._plain

    def kept(self, key: str, make: Callable[[], _T]) -> _T:
        """Return what a pass needs of this form beside the picture: made once, its `release` called with ours."""
        if key not in self._made:
            self._made[key] = self._own(make())
        made: _T = self._made[key]
        return made

    def geometry(self, formats: tuple[tuple[int, str], ...]) -> Any:
        """Return a framebuffer of (components, dtype) attachments, one sample a pixel, exactly at its centre."""
        if formats not in self._made:
            size = self.form.drawn_px
            parts = [self._own(self._context.renderbuffer(size, count, dtype=dtype)) for count, dtype in formats]
            self._made[formats] = self._own(self._context.framebuffer(parts, self._own(self._context.depth_renderbuffer(size))))
        return self._made[formats]

    def read_colour(self, *, table: Array | None = None, box: Box | None = None) -> Array:
        """Return (H, W, 4) float32, samples averaged; `table` as `arviz.render.gl.tiling.Section` has it, for a lens.

        `box`: without a lens, a rectangle (from the lower left) outside of which nothing is drawn.
        """
        box = None if table is not None else box
        if box is not None and not (box[2] and box[3]):
            return np.zeros((*self.form.size_px[::-1], 4), np.float32)
        if self._settled() is self._plain and self.factor == 1 and table is None:
            return self._read_rows(self._plain, box)
        final = self._final("f2")
        final.scissor = box
        self._resolve(final, {}, table)
        final.scissor = None
        return self._read_rows(final, box)

    def read_picture(
        self, *, table: Array | None, background: tuple[float, ...] | None, photo: Any = None, photo_at: tuple[int, int] = (0, 0)
    ) -> Array:
        """Return (H, W, 4) uint8 sRGB: over a linear colour, over an RGB8 texture with row 0 first, or with straight alpha.

        `photo_at` is the pixel (x, y) of the photo that lies behind the first pixel.
        """
        self._settled()
        final = self._final("f1")
        defines = {"ENCODE": "1"}
        if photo is not None:
            defines["PHOTO"] = "1"
            self._context.clear_samplers(2, 3)
            photo.use(2)
        elif background is not None:
            defines["BACKGROUND"] = "1"
        self._resolve(final, defines, table, height_px=self.form.size_px[1], background=background, photo=2, photo_at=photo_at)
        width, height = self.form.size_px
        return np.frombuffer(final.read(components=4, alignment=1), np.uint8).reshape(height, width, 4)

    def read_planes(self, framebuffer: Any, formats: tuple[tuple[int, str], ...]) -> list[Array]:
        """Return (H, W, components) of each attachment of `geometry`."""
        width, height = self.form.drawn_px
        out = []
        for index, (count, dtype) in enumerate(formats):
            data = framebuffer.read(components=count, attachment=index, dtype=dtype, alignment=1)
            out.append(np.frombuffer(data, f"<{dtype}").reshape(height, width, count)[::-1])
        return out

    def _settled(self) -> Any:
        """Bring multisampled colour into the plain texture."""
        if self.form.multisample:
            self._context.copy_framebuffer(self._plain, self.colour)
        return self._plain

    def _resolve(self, final: Any, defines: dict[str, str], table: Array | None, **uniforms: Any) -> None:
        context = self._context
        defines = {**defines, "FACTOR": str(self.factor), **({"LENS": "1"} if table is not None else {})}
        program = self._programs.get("resolve", defines)
        key = ("triangle", id(program))  # programs live as long as the renderer
        if key not in self._made:
            self._made[key] = self._own(context.vertex_array(program, []))
        final.use()
        context.disable(context.DEPTH_TEST | context.BLEND | context.CULL_FACE)
        context.clear_samplers(0, 2)
        self._fine.use(0)
        program["fine"].value = 0
        for name, value in uniforms.items():
            if name in program:
                program[name].value = value
        lookup = None
        if table is not None:
            lookup = context.texture((table.shape[1], table.shape[0]), 3, np.ascontiguousarray(table, np.float32).tobytes(), dtype="f4")
            lookup.filter = context.LINEAR, context.LINEAR
            lookup.repeat_x = lookup.repeat_y = False
            self._fine.filter = context.LINEAR, context.LINEAR
            self._fine.repeat_x = self._fine.repeat_y = False
            lookup.use(1)
            program["lens_table"].value = 1
        self._made[key].render(vertices=3)
        if lookup is not None:
            lookup.release()

    def _final(self, dtype: str) -> Any:
        if dtype not in self._made:
            part = self._own(self._context.renderbuffer(self.form.size_px, 4, dtype=dtype))
            self._made[dtype] = self._own(self._context.framebuffer([part]))
        return self._made[dtype]

    def _read_rows(self, framebuffer: Any, box: Box | None) -> Array:
        width, height = self.form.size_px
        x, y, wide, high = (0, 0, width, height) if box is None else box
        data = framebuffer.read(viewport=(x, y, wide, high), components=4, dtype="f2", alignment=1)
        part = np.frombuffer(data, np.float16).reshape(high, wide, 4)[::-1]  # OpenGL's first row is the bottom
        if (wide, high) == (width, height):
            return part.astype(np.float32)
        rows = np.zeros((height, width, 4), np.float32)
        rows[height - y - high : height - y, x : x + wide] = part
        return rows

    def _own(self, item: Any) -> Any:
        self._owned.append(item)
        return item

    def release(self) -> None:
        """Free the GPU memory."""
        for item in reversed(self._owned):
            item.release()
        self._owned.clear()
        self._made.clear()

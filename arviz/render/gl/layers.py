"""Targets of the see-through layers: what lies behind a layer, its depth, and how many there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.render.gl.shaders import Programs
from arviz.render.gl.targets import Targets

_NEAREST, _LINEAR, _LINEAR_MIPMAP_NEAREST = 9728, 9729, 9985


class Box(NamedTuple):
    """A rectangle of fragments, from the lower left."""

    x: int
    y: int
    width: int
    height: int


def layer_bytes_per_pixel(factor: int) -> int:
    """Return what `LayerTargets` take per pixel: colour, three depths and a count per fragment, and a blurred picture."""
    return factor * factor * (8 + 3 * 4 + 1) + 8 * 4 // 3


class LayerTargets:
    """Framebuffers beside those of a picture."""

    def __init__(self, context: Any, *, targets: Targets, programs: Programs) -> None:
        self._context, self._programs = context, programs
        self._owned: list[Any] = []
        self._picture, self._factor = targets.colour, targets.factor
        self._arrays: dict[int, Any] = {}
        size = self._picture.size
        (colour,) = self._picture.color_attachments
        self._count = self._own(context.texture(size, 1, dtype="f1"))
        self.count = self._own(context.framebuffer([self._count], self._picture.depth_attachment))
        """How many see-through surfaces lie before the opaque ones, over the picture's depth."""
        self.behind = self._own(context.texture(size, 4, dtype="f2"))
        """Colour of the picture as it was before the layer that is being drawn."""
        self._behind = self._own(context.framebuffer([self.behind]))
        self.opaque_depth = self._depth(size)
        self._all = self._own(context.framebuffer([self.behind], self.opaque_depth))
        self.depths = tuple(self._depth(size) for _ in range(2))
        """Of the layer and of the one behind it, in turns."""
        self.shapes = tuple(self._own(context.framebuffer(depth_attachment=depth)) for depth in self.depths)
        self.shaded = tuple(self._own(context.framebuffer([colour], depth)) for depth in self.depths)
        """The picture's colour over the depth of a layer."""
        self.plain = self._own(context.sampler(repeat_x=False, repeat_y=False, filter=(_LINEAR, _LINEAR)))
        self.levels = self._own(context.sampler(repeat_x=False, repeat_y=False, filter=(_LINEAR_MIPMAP_NEAREST, _LINEAR)))
        self._blur: tuple[Any, Any] | None = None

    @property
    def blurred(self) -> Any:
        """`behind` with one texel a pixel and smaller levels."""
        return self._blurred()[0]

    def copy_all(self, *, blurred: bool) -> None:
        """Bring the picture and its depth to `behind`."""
        self._context.copy_framebuffer(self._all, self._picture)
        if blurred:
            self._blur_box(None)

    def copy_box(self, box: Box, *, blurred: bool) -> None:
        """Bring what has changed of the picture's colour to `behind`."""
        # A plain copy of all is moved as memory, 1.2 ms for a million fragments; a box is drawn, at 8 times that each.
        width, height = self._picture.size
        if 8 * box.width * box.height < width * height:
            self._draw(self._behind, box, factor=1)
        else:
            self._context.copy_framebuffer(self._all, self._picture)
        if blurred:
            f = self._factor
            x, y = box.x // f, box.y // f
            self._blur_box(Box(x, y, -(-(box.x + box.width) // f) - x, -(-(box.y + box.height) // f) - y))

    def counted(self) -> list[Box]:
        """Return the box of the pixels that have a first layer, a second one, and so on."""
        width, height = self._picture.size
        counts: Array = np.frombuffer(self.count.read(components=1, alignment=1), np.uint8).reshape(height, width)
        x = y = 0
        boxes: list[Box] = []
        while True:
            there = counts > len(boxes)
            rows = np.flatnonzero(there.any(axis=1))
            if not len(rows):
                return boxes
            columns = np.flatnonzero(there[rows[0] : rows[-1] + 1].any(axis=0))
            counts = counts[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            x, y = x + int(columns[0]), y + int(rows[0])
            boxes.append(Box(x, y, counts.shape[1], counts.shape[0]))

    def release(self) -> None:
        """Free the GPU memory; the picture is another's."""
        for item in reversed(self._owned):
            item.release()
        self._owned.clear()

    def _blurred(self) -> tuple[Any, Any]:
        if self._blur is None:
            width, height = self._picture.size
            texture = self._own(self._context.texture((width // self._factor, height // self._factor), 4, dtype="f2"))
            self._blur = texture, self._own(self._context.framebuffer([texture]))
        return self._blur

    def _blur_box(self, box: Box | None) -> None:
        texture, framebuffer = self._blurred()
        self._draw(framebuffer, box, factor=self._factor)
        texture.build_mipmaps()

    def _draw(self, framebuffer: Any, box: Box | None, *, factor: int) -> None:
        context = self._context
        program = self._programs.get("copy", {"FACTOR": str(factor)})
        if factor not in self._arrays:
            self._arrays[factor] = self._own(context.vertex_array(program, []))
        framebuffer.scissor = box
        framebuffer.use()
        context.disable(context.DEPTH_TEST | context.BLEND | context.CULL_FACE)
        self._picture.color_attachments[0].use(0)
        self.plain.use(0)
        program["picture"].value = 0
        self._arrays[factor].render(vertices=3)
        framebuffer.scissor = None

    def _depth(self, size: tuple[int, int]) -> Any:
        texture = self._own(self._context.depth_texture(size))
        texture.compare_func = ""
        texture.filter = _NEAREST, _NEAREST
        return texture

    def _own(self, item: Any) -> Any:
        self._owned.append(item)
        return item

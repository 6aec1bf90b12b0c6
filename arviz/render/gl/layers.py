"""Targets of the see-through layers: what lies behind a layer, its depth, and how many there are."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array

_LINEAR, _LINEAR_MIPMAP_NEAREST = 9729, 9985


def layer_bytes_per_pixel(factor: int) -> int:
    """Return what `LayerTargets` take per pixel: colour with its smaller levels, three depths and a count per fragment."""
    return factor * factor * (8 * 4 // 3 + 3 * 4 + 1)


class LayerTargets:
    """Framebuffers beside the picture of one framebuffer, of its size."""

    def __init__(self, context: Any, picture: Any) -> None:
        self._context = context
        self._picture = picture
        size = picture.size
        self._count = context.texture(size, 1, dtype="f1")
        self.count = context.framebuffer([self._count], picture.depth_attachment)
        """How many see-through surfaces lie before the opaque ones, over the picture's depth."""
        self.behind = context.texture(size, 4, dtype="f2")
        """Colour of the picture as it was before the layer that is being drawn."""
        self.opaque_depth = _depth_texture(context, size)
        self._copy = context.framebuffer([self.behind], self.opaque_depth)
        self.depths = tuple(_depth_texture(context, size) for _ in range(2))
        """Of the layer and of the one behind it, in turns."""
        self.shapes = tuple(context.framebuffer(depth_attachment=depth) for depth in self.depths)
        self.shaded = tuple(context.framebuffer(picture.color_attachments, depth) for depth in self.depths)
        """The picture's colour over the depth of a layer."""
        self.plain = context.sampler(repeat_x=False, repeat_y=False, filter=(_LINEAR, _LINEAR))
        self.levels = context.sampler(repeat_x=False, repeat_y=False, filter=(_LINEAR_MIPMAP_NEAREST, _LINEAR))

    def copy(self, box: tuple[int, int, int, int] | None, *, levels: bool) -> None:
        """Bring the picture and its depth to `behind`: all of it, or a box (x, y, width, height) from the lower left."""
        self._picture.scissor = box
        self._picture.use()  # sets the scissor, which a copy obeys
        self._context.copy_framebuffer(self._copy, self._picture)
        self._picture.scissor = None
        self._picture.use()
        if levels:
            self.behind.build_mipmaps()

    def counted(self) -> tuple[int, tuple[int, int, int, int]]:
        """Return the most layers of a pixel, and the box (x, y, width, height) of those that have any, from the lower left."""
        width, height = self._picture.size
        counts: Array = np.frombuffer(self.count.read(components=1, alignment=1), np.uint8).reshape(height, width)
        rows, columns = np.flatnonzero(counts.any(axis=1)), np.flatnonzero(counts.any(axis=0))
        if not len(rows):
            return 0, (0, 0, 0, 0)
        x, y = int(columns[0]), int(rows[0])
        return int(counts.max()), (x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)

    def release(self) -> None:
        """Free the GPU memory; the picture is another's."""
        for item in (self.count, self._copy, *self.shapes, *self.shaded, self._count, self.behind, self.opaque_depth, *self.depths):
            item.release()
        for sampler in (self.plain, self.levels):
            sampler.release()


def _depth_texture(context: Any, size: tuple[int, int]) -> Any:
    texture = context.depth_texture(size)
    texture.compare_func = ""
    texture.filter = 9728, 9728  # nearest
    return texture

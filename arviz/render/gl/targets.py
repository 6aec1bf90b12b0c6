"""Framebuffers of one picture size, made when first needed and read back as arrays with row 0 on top.

Four samples per pixel are a picture of twice the size, averaged; not multisampling. On llvmpipe (Mesa 22.3,
2 cores, CPU ms) multisampling leaves the fast paths for small triangles, and it smooths edges only:

==================  =======  =============
product, size       MSAA 4   twice the size
==================  =======  =============
mixer 256 px        79       35
mixer 512 px        121      82
helmet 512 px       89       90
sofa 256 px         10       12
sofa 1024 px        59       96
==================  =======  =============

A depth pre-pass made the mixer slower (41 against 30 ms): its triangles are a pixel in size, and drawing them
twice costs more than the hidden fragments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array


def bytes_per_pixel(samples: int) -> int:
    """Return what `Targets` take per pixel, depth included: half floats and a 4-byte depth per sample, then one of each."""
    fine = 12 * samples if samples > 1 else 12
    return fine + (8 if samples > 1 else 0) + 8


class Targets:
    """The colour and depth targets of one size; `samples` per pixel is 1 or 4."""

    def __init__(self, context: Any, *, width_px: int, height_px: int, samples: int, resolve: Any) -> None:
        self.size = (width_px, height_px)
        self.samples = samples
        self._context = context
        self._resolve = resolve
        self._owned: list[Any] = []
        self._single: Any = None
        self.factor = factor = 2 if samples == 4 else 1
        """Fragments side by side in a pixel."""
        large = (factor * width_px, factor * height_px)
        self._fine = self._own(context.texture(large, 4, dtype="f2"))
        self.colour = self._own(context.framebuffer([self._fine], self._own(context.depth_renderbuffer(large))))
        self._final = self.colour
        if factor > 1:
            self._final = self._own(context.framebuffer([self._own(context.renderbuffer(self.size, 4, dtype="f2"))]))
            self._triangle = self._own(context.vertex_array(resolve, []))

    @property
    def depth(self) -> Any:
        """One float per pixel, sampled exactly at its centre."""
        if self._single is None:
            parts = [self._own(self._context.renderbuffer(self.size, 1, dtype="f4"))]
            self._single = self._own(self._context.framebuffer(parts, self._own(self._context.depth_renderbuffer(self.size))))
        return self._single

    def read_colour(self) -> Array:
        """Return (H, W, 4) float32, samples averaged."""
        if self._final is not self.colour:
            self._average()
        return self._read(self._final, 4, np.float16).astype(np.float32)

    def read_depth(self) -> Array:
        """Return (H, W) float32."""
        return np.ascontiguousarray(self._read(self.depth, 1, np.float32)[..., 0])

    def _average(self) -> None:
        context = self._context
        self._final.use()
        context.disable(context.DEPTH_TEST | context.BLEND | context.CULL_FACE)
        self._fine.use(0)
        context.clear_samplers(0, 1)
        self._resolve["fine"].value = 0
        self._triangle.render(vertices=3)

    def _read(self, framebuffer: Any, components: int, dtype: Any) -> Array:
        width, height = self.size
        data = framebuffer.read(components=components, dtype=f"f{np.dtype(dtype).itemsize}", alignment=1)
        rows: Array = np.frombuffer(data, dtype).reshape(height, width, components)
        return rows[::-1]  # OpenGL's first row is the bottom

    def _own(self, item: Any) -> Any:
        self._owned.append(item)
        return item

    def release(self) -> None:
        """Free the GPU memory."""
        for item in reversed(self._owned):
            item.release()
        self._owned.clear()

"""Framebuffers of one picture size, made when first needed and read back as arrays with row 0 on top."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array


class Targets:
    """The colour and depth targets of one size; `samples` is 1 or 4."""

    def __init__(self, context: Any, *, width_px: int, height_px: int, samples: int) -> None:
        self.size = (width_px, height_px)
        self.samples = samples
        self._context = context
        self._owned: list[Any] = []
        self._single: Any = None
        self.colour = self._framebuffer(components=4, dtype="f2", samples=samples if samples > 1 else 0)
        self._resolved = self._framebuffer(components=4, dtype="f2", samples=0, depth=False) if samples > 1 else self.colour

    @property
    def depth(self) -> Any:
        """One float per pixel, a sample exactly at its centre."""
        if self._single is None:
            self._single = self._framebuffer(components=1, dtype="f4", samples=0)
        return self._single

    def read_colour(self) -> Array:
        """Return (H, W, 4) float32, samples averaged."""
        if self._resolved is not self.colour:
            self._context.copy_framebuffer(self._resolved, self.colour)
        return self._read(self._resolved, 4, np.float16).astype(np.float32)

    def read_depth(self) -> Array:
        """Return (H, W) float32."""
        return np.ascontiguousarray(self._read(self.depth, 1, np.float32)[..., 0])

    def _read(self, framebuffer: Any, components: int, dtype: Any) -> Array:
        width, height = self.size
        data = framebuffer.read(components=components, dtype=f"f{np.dtype(dtype).itemsize}", alignment=1)
        rows: Array = np.frombuffer(data, dtype).reshape(height, width, components)
        return rows[::-1]  # OpenGL's first row is the bottom

    def _framebuffer(self, *, components: int, dtype: str, samples: int, depth: bool = True) -> Any:
        colour = self._context.renderbuffer(self.size, components, samples=samples, dtype=dtype)
        buffer = self._context.depth_renderbuffer(self.size, samples=samples) if depth else None
        framebuffer = self._context.framebuffer([colour], buffer)
        self._owned += [framebuffer, colour, *([buffer] if buffer is not None else [])]
        return framebuffer

    def release(self) -> None:
        """Free the GPU memory."""
        for item in self._owned:
            item.release()
        self._owned.clear()

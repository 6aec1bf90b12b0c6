"""pyrender's own drawing into a framebuffer of ours: float32, one sample in the middle of each pixel.

pyrender draws into 8 bits with four samples and takes depth from the first of them, 0.4 px beside the centre. Its
``OffscreenRenderer`` is never used: deleting one shuts EGL down for the whole process.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyrender

from arviz.core.frozen import Array

_OFFSCREEN = pyrender.RenderFlags.OFFSCREEN


class Passes(pyrender.Renderer):  # type: ignore[misc]
    """A ``pyrender.Renderer`` in a moderngl context, which must be current whenever it is used.

    It keeps what one scene needs on the GPU and frees the rest at the next picture.
    """

    def __init__(self, context: Any) -> None:
        super().__init__(1, 1)
        self._context = context
        self._framebuffer: Any = None
        self._attachments: tuple[Any, ...] = ()

    def draw(self, scene: Any, *, width_px: int, height_px: int, flags: int = 0, seg_node_map: Any = None) -> tuple[Array, Array]:
        """Return (H, W, 4) float32 as the shader wrote it, and (H, W) float32 depth in metres, +inf where nothing is."""
        self.viewport_width, self.viewport_height = width_px, height_px
        colour, depth = self.render(scene, flags | _OFFSCREEN, seg_node_map)
        return colour, depth

    # What pyrender calls; only these three know of framebuffers.

    def _configure_main_framebuffer(self) -> None:
        size = (self.viewport_width, self.viewport_height)
        if self._framebuffer is None or self._framebuffer.size != size:
            self._delete_main_framebuffer()
            self._attachments = (self._context.texture(size, 4, dtype="f4"), self._context.depth_texture(size))
            self._framebuffer = self._context.framebuffer([self._attachments[0]], self._attachments[1])
        self._main_fb_ms = self._framebuffer.glo

    def _read_main_framebuffer(self, scene: Any, flags: int) -> tuple[Array, Array]:
        width, height = self._framebuffer.size
        colour = np.frombuffer(self._framebuffer.read(components=4, dtype="f4"), np.float32).reshape(height, width, 4)[::-1]
        stored = np.frombuffer(self._attachments[1].read(), np.float32).reshape(height, width)[::-1].astype(np.float64)
        near, far = scene.main_camera_node.camera.znear, scene.main_camera_node.camera.zfar
        depth = np.where(stored < 1, near * far / (far - stored * (far - near)), np.inf)
        return colour, depth.astype(np.float32)

    def _delete_main_framebuffer(self) -> None:
        if self._framebuffer is not None:
            for thing in (self._framebuffer, *self._attachments):
                thing.release()
        self._framebuffer, self._attachments = None, ()

    def __del__(self) -> None:
        """Do nothing: pyrender's frees in whatever context is current by then."""

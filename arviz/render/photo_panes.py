"""Where a photo shows no wall but light that comes through it, or from it: burnt-out panes, windows that the room knows.

What lies outside a window, or glows by itself, loses nothing to a product in the room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Room
from arviz.render.room_catchers import Catching, OnPlane, inside_outline

_WHITE = 250
"""Of 255, in every channel: clipped, as far as a JPEG says so."""
_UNKNOWN = 1 / 8
"""Share of a burnt-out piece that has no depth: 0.19 and more of the panes in 32 path-traced rooms, whose wide rims a refined depth
fills from the wall, and 0.07 at most of walls and patches of sun."""


def without_panes(
    on: OnPlane, photo: Image, room: Room, catching: Sequence[Catching], *, camera: Camera, world_from_camera: Array, depth_m: Array | None
) -> OnPlane:
    """Return what pixels show, without walls where they show light: nothing shades that.

    Floors and table tops stay: what gleams there has no depth either, and lies in the shade all the same.

    Parameters
    ----------
    depth_m : ndarray (H, W) or None
        Along z, +inf where unknown. With None only windows of the room count.
    """
    kinds = np.array([*(one.plane.kind for one in catching), ""])  # the last one for pixels that show no plane, -1
    if "wall" not in kinds:
        return on
    walls = (kinds == "wall")[on.which]
    light = np.zeros(walls.shape, bool)
    for opening in room.openings:
        if opening.kind == "window" and opening.wall is not None:
            mine = np.array([*(one.plane is room.planes[opening.wall] for one in catching), False])
            light |= mine[on.which] & inside_outline(opening.outline_m, camera, world_from_camera)
    if depth_m is not None:
        light |= walls & _burnt_out(photo, ((kinds == "wall") | (kinds == ""))[on.which], depth_m)
    return on._replace(share=np.where(light, np.float32(0), on.share)) if light.any() else on


def _burnt_out(photo: Image, upright: Array, depth_m: Array) -> Array:
    """Return (H, W) bool: pieces of white of which enough has no depth."""
    import cv2

    white = (cv2.inRange(photo.pixels, (_WHITE,) * 3, (255,) * 3) > 0) & upright
    lost = white & ~np.isfinite(depth_m)
    if not lost.any():
        return lost
    count, labels = cv2.connectedComponents(white.astype(np.uint8), connectivity=4)
    pane = np.bincount(labels[lost], minlength=count) > _UNKNOWN * np.bincount(labels[white], minlength=count)
    pane[0] = False
    out: Array = pane[labels]
    return out

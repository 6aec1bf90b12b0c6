"""Pieces of a picture that is too large to be drawn at once (numpy only)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from arviz.core.camera import Camera

_STEP_PX = 64
"""Tiles begin at multiples of this from the lower left, so that the 2 x 2 blocks in which a GPU takes derivatives are
those of the whole picture."""


class Tile(NamedTuple):
    """A rectangle of the picture, row 0 on top; it may reach over the top and the right edge."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


def tile_size(width_px: int, height_px: int, *, most_side_px: int, most_pixels: int) -> tuple[int, int]:
    """Return (width, height) of the tiles of a picture: the picture itself where it fits, else bands as wide as can be."""
    if max(width_px, height_px) <= most_side_px and width_px * height_px <= most_pixels:
        return width_px, height_px
    across = min(width_px, most_side_px)
    if across < width_px or across * _STEP_PX > most_pixels:
        across = _steps(min(across, most_pixels // _STEP_PX))
    return across, min(_steps(min(most_pixels // across, most_side_px)), -(-height_px // _STEP_PX) * _STEP_PX)


def tiles(width_px: int, height_px: int, *, tile_px: tuple[int, int]) -> Iterator[Tile]:
    """Yield tiles of one size that cover a picture, counted from its lower left."""
    across, down = tile_px
    for bottom in range(height_px, 0, -down):
        for left in range(0, width_px, across):
            yield Tile(left, bottom - down, across, down)


def picture_from_fragment(camera: Camera, tile: Tile) -> tuple[float, float, float, float]:
    """Return (scale x, y, offset x, y): ``gl_FragCoord.xy * scale + offset`` is 0..1 over the whole picture, from the lower left.

    That is for one fragment a pixel.
    """
    width, height = camera.width_px, camera.height_px
    bottom = height - tile.y_px - tile.height_px
    return 1 / width, 1 / height, tile.x_px / width, bottom / height


def tile_camera(camera: Camera, tile: Tile) -> Camera:
    """Return the camera that sees what `camera` sees in `tile`: its principal point moves, nothing else."""
    k = camera.k.copy()
    k[:2, 2] -= tile.x_px, tile.y_px
    return replace(camera, k=k, width_px=tile.width_px, height_px=tile.height_px)


def _steps(pixels: int) -> int:
    return max(pixels // _STEP_PX, 1) * _STEP_PX

"""How a picture is cut: the rectangles that are drawn at once, each by a pinhole of its own (numpy only)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.render.gl.tiles import Tile, picture_from_fragment, tile_camera, tile_size, tiles
from arviz.render.lens import MARGIN_PX, Lens


class Section(NamedTuple):
    """A rectangle of the picture."""

    place: tuple[slice, slice]
    """Where it lies in the picture."""
    inner: tuple[slice, slice]
    """Which pixels of what is read back belong there."""
    corner_px: tuple[int, int]
    """Pixel (x, y) of the picture that the first of these is; outside it for tiles that reach over its top."""
    camera: Camera
    """The pinhole that draws it."""
    picture_from_fragment: tuple[float, float, float, float]
    """See `arviz.render.gl.tiles.picture_from_fragment`, for one fragment a pixel; with a lens, over the whole picture of its
    pinhole."""
    table: Array | None
    """(h + 2, w + 2, 3) for ``resolve.frag``, from the lower left: where in what is drawn (0..1), and whether; None without
    a lens."""
    centres: Array | None
    """(h, w, 2) pixels in what is drawn of the pixel centres, row 0 on top; None without a lens."""


class Plan(NamedTuple):
    """The parts of a picture, all of one size."""

    size_px: tuple[int, int]
    drawn_px: tuple[int, int]
    sections: tuple[Section, ...]


def plan(camera: Camera, lens: Lens | None, *, most_side_px: int, most_pixels: int) -> Plan:
    """Cut a picture so that no part is drawn larger than `most_side_px` and `most_pixels`, in pixels, not samples."""
    size = tile_size(camera.width_px, camera.height_px, most_side_px=most_side_px, most_pixels=most_pixels)
    if lens is None:
        return Plan(size, size, tuple(_section(camera, tile) for tile in tiles(camera.width_px, camera.height_px, tile_px=size)))
    allowed = most_pixels
    while True:
        cut = list(tiles(camera.width_px, camera.height_px, tile_px=size))
        boxes = [_box(lens, tile) for tile in cut]
        drawn = (max(width for _, _, width, _ in boxes), max(height for *_, height in boxes))
        if (max(drawn) <= most_side_px and drawn[0] * drawn[1] <= most_pixels) or allowed <= 64 * 64:
            break
        allowed //= 2
        size = tile_size(camera.width_px, camera.height_px, most_side_px=most_side_px, most_pixels=allowed)
    found = tuple(_lens_section(camera, lens, tile, Tile(x, y, *drawn)) for tile, (x, y, _, _) in zip(cut, boxes, strict=True))
    return Plan(size, drawn, found)


def _places(camera: Camera, tile: Tile) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    place = (slice(max(tile.y_px, 0), tile.y_px + tile.height_px), slice(tile.x_px, tile.x_px + tile.width_px))
    return place, (slice(max(-tile.y_px, 0), None), slice(0, camera.width_px - tile.x_px))


def _section(camera: Camera, tile: Tile) -> Section:
    where = picture_from_fragment(camera, tile)
    return Section(*_places(camera, tile), (tile.x_px, tile.y_px), tile_camera(camera, tile), where, None, None)


def _table_of(lens: Lens, tile: Tile) -> Array:
    """Return the (h + 2, w + 2, 2) lookup of a tile, NaN outside the picture."""
    height, width = (size - 2 for size in lens.table_px.shape[:2])
    out = np.full((tile.height_px + 2, tile.width_px + 2, 2), np.nan, np.float32)
    top, left = max(-tile.y_px, 0), max(-tile.x_px, 0)
    known = lens.table_px[
        tile.y_px + top : min(tile.y_px + tile.height_px, height) + 2, tile.x_px + left : min(tile.x_px + tile.width_px, width) + 2
    ]
    out[top : top + known.shape[0], left : left + known.shape[1]] = known
    return out


def _box(lens: Lens, tile: Tile) -> Tile:
    """Return what of the ideal picture a tile needs."""
    table = _table_of(lens, tile).reshape(-1, 2)
    seen = table[np.isfinite(table).all(axis=1)]
    if not len(seen):
        return Tile(0, 0, 1, 1)
    x, y = (np.floor(seen.min(axis=0)).astype(int) - MARGIN_PX).tolist()
    right, bottom = (np.ceil(seen.max(axis=0)).astype(int) + MARGIN_PX + 1).tolist()
    return Tile(x, y, right - x, bottom - y)


def _lens_section(camera: Camera, lens: Lens, tile: Tile, drawn: Tile) -> Section:
    positions = _table_of(lens, tile) - np.array([drawn.x_px, drawn.y_px], np.float32)
    share = (positions + 0.5) / np.array([drawn.width_px, drawn.height_px], np.float32)
    known = np.isfinite(share).all(axis=-1, keepdims=True)
    table = np.concatenate([share[..., :1], 1 - share[..., 1:], np.ones_like(share[..., :1])], axis=-1)
    return Section(
        *_places(camera, tile),
        (tile.x_px, tile.y_px),
        tile_camera(lens.ideal, drawn),
        picture_from_fragment(lens.ideal, drawn),
        np.where(known, table, 0)[::-1],
        positions[1:-1, 1:-1],
    )

"""Draw what is known of a room over one of its frames: planes, openings, obstacles, light, lengths with their sigma."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.length import Length
from arviz.core.room import HeightGrid, Plane, Room, View
from arviz.vision.photo.outline import polygon_area

COLOURS = {
    "floor": (64, 200, 120),
    "wall": (80, 150, 255),
    "ceiling": (190, 130, 255),
    "table": (255, 176, 60),
    "other": (170, 170, 170),
    "door": (255, 90, 110),
    "window": (90, 230, 255),
    "passage": (255, 90, 110),
    "obstacle": (255, 120, 40),
    "object": (255, 210, 70),
    "light": (255, 240, 120),
}
"""8-bit sRGB of each thing that is drawn."""
_NEAR_M = 0.05
_FILL = 56
_HANGING_M = 0.5
_NAMED_SHARE = 0.01
"""Planes that cover less of the picture have no name in it."""
_LONGEST_EDGE_M = 0.25
"""Edges are cut into pieces of this length, so that a lens bends them as it bends the room."""


def draw_room(image: Image, room: Room, *, view: int = 0, lengths: Iterable[tuple[Array, Length]] = ()) -> Image:
    """Draw a room over a frame of it.

    Parameters
    ----------
    image : Image
        The frame, 8-bit sRGB, of the size of its camera.
    view : int
        Index in `Room.views` of the frame.
    lengths : iterable of ((2, 2) ndarray, Length)
        Measured lengths between two pixels.

    Raises
    ------
    InputError
        ``E_VIEW``: the room has no such view; ``E_CAMERA_SIZE``: the picture has another size than the view's camera.
    """
    from PIL import Image as PillowImage
    from PIL import ImageDraw

    if not 0 <= view < len(room.views):
        raise InputError("E_VIEW", "the room was not seen from this view", expected=f"0 to {len(room.views) - 1}", found=view)
    seen = room.views[view]
    camera = seen.camera
    camera.check_size(width_px=image.width_px, height_px=image.height_px)
    pixels = np.repeat(image.pixels, 3, axis=2) if image.pixels.shape[2] == 1 else image.pixels[..., :3]
    picture = PillowImage.fromarray(np.ascontiguousarray(pixels)).convert("RGBA")
    overlay = PillowImage.new("RGBA", picture.size)
    pen = _Pen(ImageDraw.Draw(overlay), seen, max(camera.width_px, camera.height_px))
    for plane in room.planes:
        pen.polygon(plane.outline_m, COLOURS[plane.kind], dashed=plane.extent == "seen" and plane.kind != "table")
    if room.obstacles is not None and room.floor is not None:
        pen.tiles(room.obstacles, room.floor)
    for opening in room.openings:
        pen.polygon(opening.outline_m, COLOURS[opening.kind])
    for thing in room.objects:
        pen.box(thing.world_from_box, np.asarray(thing.size_m))
    if room.lighting is not None and room.lighting.to_light is not None and room.floor is not None and len(room.floor.outline_m):
        middle = room.floor.outline_m.mean(axis=0)
        pen.line(np.stack([middle, middle + np.asarray(room.lighting.to_light) * 0.5]), COLOURS["light"], wide=2)
    for plane in room.planes:
        pen.name(plane, metric=room.scale is not None)
    for ends, length in lengths:
        pen.length(ends, length)
    drawn = PillowImage.alpha_composite(picture, overlay).convert("RGB")
    return Image(pixels=np.asarray(drawn))


class _Pen:
    """Draws world geometry with one camera; what is behind it is clipped away."""

    def __init__(self, draw: Any, view: View, side_px: int) -> None:
        from PIL import ImageFont

        self.draw = draw
        self.camera: Camera = view.camera
        self.camera_from_world = np.linalg.inv(view.world_from_camera)
        self.line_px = max(1, round(side_px / 400))
        self.font = ImageFont.load_default(max(11, side_px / 55))

    def polygon(self, outline_m: Array, colour: tuple[int, int, int], *, dashed: bool = False) -> None:
        if len(outline_m) < 3:
            return
        corners = self._pixels(_subdivided(outline_m, closed=True))
        if len(corners) < 3:
            return
        self.draw.polygon([tuple(p) for p in corners], fill=(*colour, _FILL))
        self._outline(corners, colour, dashed=dashed)

    def line(self, ends_m: Array, colour: tuple[int, int, int], *, wide: int = 1) -> None:
        points = self._pixels(_subdivided(ends_m, closed=False), closed=False)
        if len(points) > 1:
            self.draw.line([tuple(p) for p in points], fill=(*colour, 255), width=self.line_px * wide)

    def box(self, world_from_box: Array, size_m: Array) -> None:
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        corners = (signs * size_m / 2) @ world_from_box[:3, :3].T + world_from_box[:3, 3]
        for a in range(8):
            for b in range(a + 1, 8):
                if np.abs(signs[a] - signs[b]).sum() == 2:
                    self.line(corners[[a, b]], COLOURS["object"])

    def tiles(self, grid: HeightGrid, floor: Plane) -> None:
        """Draw the cells of the floor on which something stands; pale where it only hangs above."""
        rows, columns = np.nonzero(grid.occupied)
        if not len(rows):
            return
        corner = np.array([[0, 0], [0, 1], [1, 1], [1, 0]]) * 0.9 + 0.05
        x = grid.origin_m[0] + (columns[:, None] + corner[:, 1]) * grid.cell_m
        z = grid.origin_m[1] + (rows[:, None] + corner[:, 0]) * grid.cell_m
        nx, ny, nz = floor.normal
        y = -(floor.offset_m + nx * x + nz * z) / ny
        points = np.stack([x, y, z], axis=-1).reshape(-1, 3) @ self.camera_from_world[:3, :3].T + self.camera_from_world[:3, 3]
        ahead = (points[:, 2] > _NEAR_M).reshape(-1, 4).all(axis=1)
        tiles = points.reshape(-1, 4, 3)[ahead]
        hangs = (grid.bottom_m[rows, columns] > _HANGING_M)[ahead]
        for tile, free in zip(self.camera.project_distorted(tiles.reshape(-1, 3)).reshape(-1, 4, 2), hangs, strict=True):
            if self._near(tile):
                self.draw.polygon([tuple(p) for p in tile], fill=(*COLOURS["obstacle"], 60 if free else 150))

    def name(self, plane: Plane, *, metric: bool) -> None:
        if len(plane.outline_m) < 3 or plane.kind == "other":
            return
        corners = self._pixels(_subdivided(plane.outline_m, closed=True))
        size = np.array([self.camera.width_px, self.camera.height_px])
        if polygon_area(np.clip(corners, 0, size)) < _NAMED_SHARE * size.prod():
            return
        text = plane.kind if plane.confidence >= 0.5 else f"{plane.kind}?"
        if metric:
            text += f"  +- {plane.sigma_offset_m * 1000:.0f} mm" if plane.sigma_offset_m >= 0.0005 else "  +- <1 mm"
        self._text(np.clip(np.clip(corners, 0, size - 1).mean(axis=0), 8, size - 8), text)

    def length(self, ends_px: Array, length: Length) -> None:
        (ax, ay), (bx, by) = np.asarray(ends_px, np.float64)
        self.draw.line([(ax, ay), (bx, by)], fill=(255, 255, 255, 255), width=self.line_px * 2)
        radius = self.line_px * 2
        for x, y in ((ax, ay), (bx, by)):
            self.draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(255, 255, 255, 255))
        self._text(np.array([(ax + bx) / 2, (ay + by) / 2]), str(length))

    def _text(self, at: Array, text: str) -> None:
        self.draw.text(tuple(at), text, fill=(255, 255, 255, 255), font=self.font, anchor="mm", stroke_width=2, stroke_fill=(0, 0, 0, 200))

    def _near(self, corners: Array) -> bool:
        """Tell whether a small polygon lies in or near the picture."""
        size = np.array([self.camera.width_px, self.camera.height_px])
        return bool((np.isfinite(corners).all()) and (corners > -size).all() and (corners < 2 * size).all())

    def _pixels(self, points_m: Array, *, closed: bool = True) -> Array:
        """Return the (M, 2) pixels of a polygon or a line, clipped in front of the camera and near the picture."""
        points = points_m @ self.camera_from_world[:3, :3].T + self.camera_from_world[:3, 3]
        k, size = self.camera.k, np.array([self.camera.width_px, self.camera.height_px])
        # The sides of the view, a little opened: a lens model is valid there, and polygons do not run to infinity.
        slack = 0.3 * size
        left, top = (-slack - k[:2, 2]) / k[[0, 1], [0, 1]]
        right, bottom = (size + slack - k[:2, 2]) / k[[0, 1], [0, 1]]
        for side in ([0, 0, 1, -_NEAR_M], [1, 0, -left, 0], [-1, 0, right, 0], [0, 1, -top, 0], [0, -1, bottom, 0]):
            points = _clip(points, np.asarray(side, np.float64), closed=closed)
        return self.camera.project_distorted(points) if len(points) else np.zeros((0, 2))

    def _outline(self, corners: Array, colour: tuple[int, int, int], *, dashed: bool) -> None:
        for index, (a, b) in enumerate(zip(corners, np.roll(corners, -1, axis=0), strict=True)):
            if not dashed or index % 2 == 0:
                self.draw.line([tuple(a), tuple(b)], fill=(*colour, 255), width=self.line_px)


def _subdivided(points_m: Array, *, closed: bool) -> Array:
    ends = np.roll(points_m, -1, axis=0) if closed else points_m[1:]
    pieces = []
    for a, b in zip(points_m, ends, strict=False):
        count = max(1, min(64, ceil(float(np.linalg.norm(b - a)) / _LONGEST_EDGE_M)))
        pieces.append(a + (b - a) * (np.arange(count) / count)[:, None])
    if not closed:
        pieces.append(points_m[-1:])
    return np.concatenate(pieces)


def _clip(points: Array, side: Array, *, closed: bool) -> Array:
    """Return the part of a polygon or line of (N, 3) points where ``side . (x, y, z, 1) >= 0`` (Sutherland & Hodgman 1974)."""
    if not len(points):
        return points
    inside = points @ side[:3] + side[3]
    out = []
    for i in range(len(points)):
        j = i - 1
        if (i or closed) and (inside[i] >= 0) != (inside[j] >= 0):
            share = inside[j] / (inside[j] - inside[i])
            out.append(points[j] + (points[i] - points[j]) * share)
        if inside[i] >= 0:
            out.append(points[i])
    return np.array(out).reshape(-1, 3)

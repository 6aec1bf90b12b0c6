"""Things of known size on the floor: a sheet of A4, a bank card, an ArUco marker, a ChArUco board, exactly printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.room import View
from arviz.testing.rooms.builder import Builder, on_frame
from arviz.testing.rooms.rays import Tracer

AnchorKind = Literal["a4", "card", "marker", "charuco"]
A4_M = (0.297, 0.210)
"""ISO 216."""
CARD_M, CARD_CORNER_M = (0.08560, 0.05398), 0.00318
"""ISO/IEC 7810, ID-1: its size and the radius of its corners."""
MARKER_DICTIONARY = "4X4_50"
CHARUCO = (7, 10, 0.026, 0.0195, "5X5_250")
"""Columns, rows, side of a square and of a marker, dictionary."""
_PAPER, _INK = 0.80, 0.03
_TRIES = 60
_MARGIN_PX = 12.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Anchor:
    """A thing of known size that lies on the floor.

    Parameters
    ----------
    kind : str
    size_m : (2,) float
        Of what `corners_m` bound: the sheet, the card, the marker's black square, the board's chessboard.
    corners_m : ndarray (4, 3) float64
        In the world: upper left, upper right, lower right, lower left as printed.
    points_m : ndarray (N, 3)
        ``charuco``: the inner corners of the chessboard row by row, as ``CharucoBoard.getChessboardCorners``; else the corners.
    marker_id : int or None
    dictionary : str or None
        Of the markers, as in ``cv2.aruco`` without ``DICT_``.
    """

    kind: AnchorKind
    size_m: tuple[float, float]
    corners_m: Array
    points_m: Array
    marker_id: int | None = None
    dictionary: str | None = None

    def __post_init__(self) -> None:
        set_fields(self, corners_m=readonly(self.corners_m, np.float64), points_m=readonly(self.points_m, np.float64))


def place_anchors(
    rng: np.random.Generator,
    builder: Builder,
    tracer: Tracer,
    view: View,
    kinds: tuple[AnchorKind, ...],
    *,
    marker_m: float,
    bitmaps: list[Array],
) -> list[Anchor] | None:
    """Lay things on the floor where a view shows them whole, add their sheets and bitmaps; None if one finds no place."""
    placed: list[tuple[Anchor, Array, Array, Array]] = []
    for kind in kinds:
        anchor, bitmap, sheet = _drawn(rng, kind, marker_m)
        spot = _spot(rng, tracer, view, sheet, [corners for _, _, _, corners in placed])
        if spot is None:
            return None
        corner, along, up = spot
        frame = np.stack([along / sheet[0], up / sheet[1]])
        world = {name: corner + getattr(anchor, name)[:, :2] @ frame for name in ("corners_m", "points_m")}
        square = np.stack([corner, corner + along, corner + along + up, corner + up])
        placed.append((Anchor(**_fields(anchor) | world), bitmap, frame * np.array(sheet)[:, None], square))
    for _, bitmap, frame, square in placed:
        look = on_frame({"paint": "bitmap", "index": len(bitmaps)}, square[0], frame[0], frame[1])
        bitmaps.append(bitmap)
        builder.sheets.append({"base": builder.planes[0]["finish"], "finish": look})
    return [anchor for anchor, _, _, _ in placed]


def _spot(
    rng: np.random.Generator, tracer: Tracer, view: View, sheet: tuple[float, float], taken: list[Array]
) -> tuple[Array, Array, Array] | None:
    """Return a corner on the floor and the two edges of a sheet that a view shows whole, the nearest of many drawn."""
    camera, pose = view.camera, view.world_from_camera
    best: tuple[float, Array, Array, Array] | None = None
    for _ in range(_TRIES):
        pixel = rng.uniform((0, 0.4 * camera.height_px), (camera.width_px, camera.height_px))[None]
        ray = camera.rays(pixel) @ pose[:3, :3].T
        hit = tracer.first(pose[:3, 3][None], ray)
        if tracer.plane[hit.triangle[0]] != 0 or (best is not None and hit.distance[0] > best[0]):
            continue
        turn = rng.uniform(-np.pi, np.pi)
        along = np.array([np.cos(turn), 0.0, -np.sin(turn)]) * sheet[0]
        up = np.array([-np.sin(turn), 0.0, -np.cos(turn)]) * sheet[1]
        corner = pose[:3, 3] + ray[0] * hit.distance[0] - (along + up) / 2
        rim = np.array([[a, b] for a in np.linspace(0, 1, 5) for b in np.linspace(0, 1, 5)])
        points = corner + rim @ np.stack([along, up])
        if _shown(tracer, view, points) and not any(_near(points, other) for other in taken):
            best = float(hit.distance[0]), corner, along, up
    return None if best is None else best[1:]


def _shown(tracer: Tracer, view: View, points: Array) -> bool:
    """Tell whether a view shows all points of the floor well inside its picture."""
    camera, pose = view.camera, view.world_from_camera
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    if local[:, 2].min() < 0.3:
        return False
    pixels = camera.project_distorted(local)
    inside = (pixels > _MARGIN_PX) & (pixels < np.array([camera.width_px, camera.height_px]) - 1 - _MARGIN_PX)
    hit = tracer.first(np.broadcast_to(pose[:3, 3], points.shape), points - pose[:3, 3])
    return bool(inside.all() and (tracer.plane[hit.triangle] == 0).all() and np.abs(hit.distance - 1).max() < 1e-4)


def _near(points: Array, square: Array) -> bool:
    reach = np.linalg.norm(square - square.mean(axis=0), axis=1).max() + np.linalg.norm(points - points.mean(axis=0), axis=1).max()
    return bool(np.linalg.norm(points.mean(axis=0) - square.mean(axis=0)) < reach + 0.03)


def _drawn(rng: np.random.Generator, kind: AnchorKind, marker_m: float) -> tuple[Anchor, Array, tuple[float, float]]:
    """Return an anchor in its sheet's coordinates (x to the right, y up, from the lower left), its bitmap and the sheet's size."""
    import cv2

    if kind == "a4":
        return _anchor(kind, A4_M, A4_M), np.full((1, 1, 3), _PAPER), A4_M
    if kind == "card":
        return _anchor(kind, CARD_M, CARD_M), _card(rng), CARD_M
    if kind == "marker":
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{MARKER_DICTIONARY}"))
        number = int(rng.integers(50))
        cells = np.pad(cv2.aruco.generateImageMarker(dictionary, number, 6), 1, constant_values=255)  # one pixel a cell
        sheet = (marker_m * 8 / 6, marker_m * 8 / 6)
        return _anchor(kind, (marker_m, marker_m), sheet, marker_id=number, dictionary=MARKER_DICTIONARY), _printed(cells), sheet
    columns, rows, square, marker, name = CHARUCO
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{name}"))
    board = cv2.aruco.CharucoBoard((columns, rows), square, marker, dictionary)
    per_square = 56  # a quarter of it is the gap at both sides of a marker; 42 px hold its 7 cells
    picture = board.generateImage((columns * per_square, rows * per_square), marginSize=0)
    size, sheet = (columns * square, rows * square), (A4_M[1], A4_M[0])
    margin = [round((s - z) / 2 / square * per_square) for s, z in zip(sheet, size, strict=True)]
    picture = np.pad(picture, ((margin[1], margin[1]), (margin[0], margin[0])), constant_values=255)
    exact = (picture.shape[1] / per_square * square, picture.shape[0] / per_square * square)
    inner = np.array([[(c + 1) * square, size[1] - (r + 1) * square, 0.0] for r in range(rows - 1) for c in range(columns - 1)])
    points = inner + np.array([(exact[0] - size[0]) / 2, (exact[1] - size[1]) / 2, 0.0])
    return _anchor(kind, size, exact, points=points, dictionary=name), _printed(picture), exact


def _anchor(kind: AnchorKind, size: tuple[float, float], sheet: tuple[float, float], *, points: Array | None = None, **more: Any) -> Anchor:
    low, high = (np.array(sheet) - size) / 2, (np.array(sheet) + size) / 2
    corners = np.array([[low[0], high[1], 0], [high[0], high[1], 0], [high[0], low[1], 0], [low[0], low[1], 0]])
    return Anchor(kind=kind, size_m=size, corners_m=corners, points_m=corners if points is None else points, **more)


def _fields(anchor: Anchor) -> dict[str, Any]:
    return {name: getattr(anchor, name) for name in ("kind", "size_m", "marker_id", "dictionary")}


def _printed(grey: Array) -> Array:
    out: Array = np.where(grey[..., None] > 127, _PAPER, _INK) * np.ones(3)
    return out


def _card(rng: np.random.Generator) -> Array:
    """Return a bank card (H, W, 4), straight alpha: a colour, a stripe, a chip and digits, round corners."""
    width, height = 856, 540
    y, x = np.indices((height, width)) + 0.5
    base = rng.uniform(0.02, 0.5, 3)
    shade = 0.85 + 0.3 * (x + y)[..., None] / (width + height)
    card = np.clip(base * shade, 0, 0.9)
    card[60:150, 640:800] = np.clip(base * 3 + 0.2, 0, 0.85)
    card[170:260, 80:200] = (0.55, 0.45, 0.2)
    for digit in range(16):
        left = 80 + digit * 42 + digit // 4 * 14
        card[330:370, left : left + 24] = 0.75
    radius = CARD_CORNER_M / CARD_M[0] * width
    dx, dy = np.maximum(np.abs(x - width / 2) - (width / 2 - radius), 0), np.maximum(np.abs(y - height / 2) - (height / 2 - radius), 0)
    alpha = np.clip(radius - np.hypot(dx, dy) + 0.5, 0, 1)
    return np.concatenate([card, alpha[..., None]], axis=-1)

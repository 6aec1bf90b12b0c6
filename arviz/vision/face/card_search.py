"""Where a bank card may be held at a face: rectangles as large as it is at the head's depth, along all four sides of which light changes.

A threshold finds a card that differs from all around it by brightness; on a forehead, half on hair and half on skin, or in light from
one side, no single one does. Here each side is looked for on its own: the picture is turned so that the card's sides lie along rows
and columns, edges are averaged along a side's length, and the weakest of the four sides says how good a place is.
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import HeadPose
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.vision.landmarks.picture import View, rgb8

FACE_PX = 80
"""The face's longer side in the picture that is searched."""
AROUND = 2.8
"""Side of that picture, of the face's: cards above, below and beside a face lie in it."""
TURNS_RAD = np.radians(np.arange(-16, 17, 4))
"""Of the card against the line of the eyes."""
SIZES = np.exp(np.arange(-0.2, 0.21, 0.05))
"""Of the card against one at the posed template's depth."""
LEANS = (1.0, 0.93)
"""How much lower it looks, for a forehead leans back."""
CLEAR = 0.35
"""Change of ln light from pixel to pixel from which an edge is no clearer."""
DARK = 12.0
"""Of 255, added to all: what is darker is noise."""
BEST = 10
APART = 0.03
"""Places nearer to each other than this share of the face's size are one."""


def card_places(image: Image, landmarks: Landmarks, pose: HeadPose, camera: Camera, *, size_m: tuple[float, float]) -> list[Array]:
    """Return the corners (4, 2) of rectangles that may be a card, the likeliest first, to 3 % of the face's size.

    Parameters
    ----------
    image, landmarks, pose, camera
        As for `face_scale`.
    size_m : (2,) float
        Longer and shorter side.
    """
    points = landmarks.points_px[:468]
    low, high = points.min(axis=0), points.max(axis=0)
    face = float((high - low).max())
    view = View.square(rgb8(image), (low + high) / 2, AROUND * face, size_px=int(AROUND * FACE_PX))
    right, left = landmarks.points_px[[33, 263]]
    tilt = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    long = float(camera.k[0, 0] * size_m[0] / pose.camera_from_head[2, 3] * view.scale.mean())
    found: list[tuple[float, Array]] = []
    for turn in TURNS_RAD:
        turned = view.turned((low + high) / 2, tilt + turn)
        found += [(clear, turned.to_picture(corners)) for clear, corners in _upright(turned.rgb, long, size_m[1] / size_m[0])]
    kept: list[Array] = []
    for _, corners in sorted(found, key=lambda one: -one[0]):
        if all(np.abs(corners - other).max() > APART * face for other in kept):
            kept.append(corners)
    return kept[:BEST]


def _upright(rgb: Array, long: float, ratio: float) -> list[tuple[float, Array]]:
    """Return, for each size, how clear the best upright rectangle is, and its corners (4, 2)."""
    import cv2

    light = np.log(rgb.astype(np.float32) + np.float32(DARK))
    edges = []
    for x, y in ((1, 0), (0, 1)):
        change = np.abs(cv2.Sobel(light, cv2.CV_32F, x, y, ksize=3)).max(axis=2) / 4
        # A pixel more to both sides: sizes and turns are tried in steps.
        edges.append(cv2.dilate(np.minimum(change, CLEAR), np.ones((1 + 2 * y, 1 + 2 * x))))
    beside, above = edges
    out = []
    for size in SIZES:
        for lean in LEANS:
            width, height = long * size, long * size * ratio * lean
            # The corners are round.
            level = cv2.blur(above, (max(round(0.84 * width), 3), 1))
            upright = cv2.blur(beside, (1, max(round(0.8 * height), 3)))
            dx, dy = round(width / 2), round(height / 2)
            if 2 * dx >= rgb.shape[1] or 2 * dy >= rgb.shape[0]:
                continue
            sides = (level[: -2 * dy, dx:-dx], level[2 * dy :, dx:-dx], upright[dy:-dy, : -2 * dx], upright[dy:-dy, 2 * dx :])
            clear = np.minimum.reduce(sides)
            row, column = np.unravel_index(int(clear.argmax()), clear.shape)
            corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2 + (column + dx, row + dy)
            out.append((float(clear[row, column]), corners))
    return out

"""Faces that a detector of whole pictures misses, or sees too small: they are looked for in a part of the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.vision.landmarks.order import centre_px, is_same, size_px
from arviz.vision.landmarks.picture import View

Look = Callable[[View], list[Landmarks]]

CROP_PX = 512
HEAD = slice(0, 11)
"""Nose, eyes, ears and mouth among the points of a body."""
SHOULDERS = (11, 12)
HEADS = 4.0
SHOULDER_WIDTHS = 0.9
"""Side of the crop about a head: so many times the extent of its points, or the distance of the shoulders."""
AGAIN_HEADS = 2.5
"""Side of the crop about a face that is already known."""
NETWORK_PX = 256
"""Side of what the face network sees, which is 1.5 times the face: a face smaller than that in a shrunk picture loses detail."""
SMALLEST_CROP_PX = 32


def faces_near_bodies(bodies: Iterable[Landmarks], *, look: Look, rgb: Array) -> list[Landmarks]:
    """Return the faces at the heads of bodies."""
    faces: list[Landmarks] = []
    for body in bodies:
        head = body.points_px[HEAD]
        shoulders = float(np.linalg.norm(np.subtract(*body.points_px[list(SHOULDERS)])))
        side = max(HEADS * float(np.ptp(head, axis=0).max()), SHOULDER_WIDTHS * shoulders)
        faces += _new(_at(rgb, head.mean(axis=0), side, look), faces)
    return faces


def looked_at_again(faces: Sequence[Landmarks], *, look: Look, rgb: Array, scale: float) -> list[Landmarks]:
    """Return faces, those found small in a picture shrunk by `scale` as they are found in the picture's own pixels."""
    out = []
    for face in faces:
        small = scale < 1 and size_px(face) * scale * 1.5 < NETWORK_PX
        again = [one for one in _at(rgb, centre_px(face), AGAIN_HEADS * size_px(face), look) if is_same(one, face)] if small else []
        out.append(again[0] if again else face)
    return out


def seen_before(before: Iterable[Landmarks], faces: Sequence[Landmarks], *, look: Look, rgb: Array) -> list[Landmarks]:
    """Return the faces of the frame before that are not among `faces` and are found again where they were."""
    found: list[Landmarks] = []
    for old in before:
        if not any(is_same(old, one) for one in (*faces, *found)):
            there = [one for one in _at(rgb, centre_px(old), AGAIN_HEADS * size_px(old), look) if is_same(one, old)]
            found += _new(there, [*faces, *found])
    return found


def _new(faces: Iterable[Landmarks], known: Sequence[Landmarks]) -> list[Landmarks]:
    """Return those of `faces` that are not among `known`."""
    return [one for one in faces if not any(is_same(one, other) for other in known)]


def _at(rgb: Array, centre: Array, side_px: float, look: Look) -> list[Landmarks]:
    if side_px < SMALLEST_CROP_PX or not (-side_px < centre).all() or not (centre < np.array(rgb.shape[1::-1]) + side_px).all():
        return []
    return look(View.square(rgb, centre, min(side_px, 2.0 * max(rgb.shape[:2])), size_px=CROP_PX))

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
OVERLAP_PART = 4
"""Tiles share this part of their side: a face is seen from an eighth of the side on, so larger tiles have shown what is larger."""


def faces_near_bodies(bodies: Iterable[Landmarks], known: Sequence[Landmarks], *, look: Look, rgb: Array) -> list[Landmarks]:
    """Return the faces at the heads of bodies that are not known yet, at most one each: the one nearest to where the body has it."""
    faces: list[Landmarks] = []
    for body in bodies:
        head = body.points_px[HEAD]
        shoulders = float(np.linalg.norm(np.subtract(*body.points_px[list(SHOULDERS)])))
        side = max(HEADS * float(np.ptp(head, axis=0).max()), SHOULDER_WIDTHS * shoulders)
        middle = head.mean(axis=0)
        if any(np.linalg.norm(centre_px(face) - middle) < size_px(face) for face in known):
            continue
        there = sorted(_at(rgb, middle, side, look), key=lambda face: float(np.linalg.norm(centre_px(face) - middle)))
        faces += _new(there[:1], [*known, *faces])
    return faces


def faces_in_tiles(view: View, known: Sequence[Landmarks], *, part: int, look: Look, rgb: Array) -> list[Landmarks]:
    """Return the faces that are seen in squares of 1 / `part` of the view's shorter side, looked at one by one.

    What is found is looked at once more with the face in the middle, and dropped if it is not seen there again: the edge of a tile
    may have cut it, and more looks find more faces in clouds.
    """
    size = np.array(view.rgb.shape[1::-1])
    side = int(min(size)) // part
    faces: list[Landmarks] = []
    if not SMALLEST_CROP_PX <= side < max(size):
        return faces
    for origin in _tiles(size, side, overlap=side / OVERLAP_PART):
        for face in look(view.tile(origin, np.array([side, side]))):
            if _new([face], [*known, *faces]):
                again = _at(rgb, centre_px(face), AGAIN_HEADS * size_px(face), look)
                faces += [one for one in again if is_same(one, face)][:1]
    return faces


def _tiles(size: Array, side: int, *, overlap: float) -> list[Array]:
    """Return the corners of squares that cover a picture and share at least `overlap` pixels with their neighbours."""
    counts = [1 + int(np.ceil((length - side) / max(side - overlap, 1))) for length in size]
    lines = [np.round(np.linspace(0, length - side, count)).astype(np.int64) for length, count in zip(size, counts, strict=True)]
    return [np.array([x, y]) for y in lines[1] for x in lines[0]]


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

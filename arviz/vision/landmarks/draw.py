"""Landmarks drawn over their picture, to be looked at: meshes of faces, bones of bodies and hands, people in colour."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from arviz.core.face import face_template
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import LandmarkKind, Landmarks, Matte

COLOURS: dict[LandmarkKind, tuple[int, int, int]] = {"face": (90, 230, 255), "pose": (255, 176, 60), "hand": (110, 255, 130)}
"""8-bit sRGB of each kind."""
_PERSON = (255, 64, 160)
_PERSON_SHARE = 0.35
_EYES = (255, 240, 120)
_SEEN = 0.5
"""Points of a body that are less likely to be seen are not drawn."""
_BONES: dict[LandmarkKind, tuple[tuple[int, ...], ...]] = {
    "pose": (
        (11, 13, 15, 17, 19, 15, 21),
        (12, 14, 16, 18, 20, 16, 22),
        (11, 12, 24, 23, 11),
        (23, 25, 27, 29, 31, 27),
        (24, 26, 28, 30, 32, 28),
        (8, 6, 5, 4, 0, 1, 2, 3, 7),
        (9, 10),
    ),
    "hand": ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (5, 9, 13, 17, 0), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20)),
}


def draw_landmarks(image: Image, found: Sequence[Landmarks], *, person: Matte | None = None) -> Image:
    """Return a picture with everything that was found in it.

    Parameters
    ----------
    image : Image
        8-bit sRGB.
    found : sequence of Landmarks
    person : Matte, optional
        Its pixels are tinted.
    """
    from PIL import Image as PillowImage
    from PIL import ImageDraw

    pixels = image.pixels[..., :3] if image.pixels.shape[2] >= 3 else np.repeat(image.pixels, 3, axis=2)
    if person is not None:
        share = _PERSON_SHARE * person.alpha[..., None]
        pixels = (pixels * (1 - share) + np.array(_PERSON) * share + 0.5).astype(np.uint8)
    canvas = PillowImage.fromarray(np.ascontiguousarray(pixels))
    draw = ImageDraw.Draw(canvas, "RGBA")
    for one in found:
        size = float(np.ptp(one.points_px, axis=0).max())
        wide = max(1, round(size / (600 if one.kind == "face" else 120)))
        for line in _lines(one):
            draw.line([tuple(point) for point in line.tolist()], fill=(*COLOURS[one.kind], 110 if one.kind == "face" else 230), width=wide)
        for centre, radius in _dots(one, wide):
            x, y = centre
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=None if one.kind == "face" else COLOURS[one.kind],
                         outline=_EYES if one.kind == "face" else None, width=max(wide, 1))  # fmt: skip
    return Image(pixels=np.asarray(canvas))


def _lines(one: Landmarks) -> list[Array]:
    if one.kind == "face":
        triangles = face_template().triangles
        edges = np.unique(np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1), axis=0)
        return [one.points_px[edge] for edge in edges]
    seen = np.ones(len(one.points_px), bool) if one.visibility is None else one.visibility >= _SEEN
    return [one.points_px[[a, b]] for bone in _BONES[one.kind] for a, b in pairwise(bone) if seen[a] and seen[b]]


def _dots(one: Landmarks, wide: int) -> list[tuple[Array, float]]:
    """Return middles and radii: the irises of a face, the joints of others."""
    if one.kind == "face":
        irises = (one.points_px[468:473], one.points_px[473:478])
        return [(iris[0], float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())) for iris in irises]
    seen = np.ones(len(one.points_px), bool) if one.visibility is None else one.visibility >= _SEEN
    return [(point, 1.5 * wide) for point in one.points_px[seen]]

"""Straight edges of a picture as line segments, through the lens.

LSD (Grompone von Gioi et al. 2010, as in OpenCV) at its own scale of 0.8: on exact edges with noise its ends lie 0.12 px
(rms) across the line. At scale 1 they are nearer (0.03 px), but lines break in five and it takes twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.image import Image
from arviz.vision.calibration.corners import grey_values

SHORTEST = 0.03
"""Of the picture's longer side."""
_LARGEST_PX = 2048
"""Larger pictures are halved first: their edges are no sharper than that."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Segments:
    """N straight edges, the longest first.

    Parameters
    ----------
    ends_px : ndarray (N, 2, 2)
        Where they begin and end in the picture; the brighter side lies to the same hand in all.
    normals : ndarray (N, 3)
        Unit normal, camera axes, of the plane through the camera's centre and the edge.
    length_px : ndarray (N,)
    """

    ends_px: Array
    normals: Array
    length_px: Array

    def __post_init__(self) -> None:
        set_fields(self, **{name: readonly(getattr(self, name), np.float64) for name in ("ends_px", "normals", "length_px")})

    def at_focal(self, ln_f: float) -> Segments:
        """Return the edges as a camera sees them whose focal length is ``exp(ln_f)`` times as long."""
        moved = self.normals * (1, 1, np.exp(-ln_f))
        return replace(self, normals=moved / np.linalg.norm(moved, axis=1, keepdims=True))

    def __len__(self) -> int:
        return len(self.length_px)


def find_segments(image: Image, *, camera: Camera) -> Segments:
    """Return the straight edges of a picture that are longer than `SHORTEST`; none where it shows none."""
    import cv2

    picture = grey_values(image)
    halvings = max(0, int(np.ceil(np.log2(max(picture.shape) / _LARGEST_PX))))
    if halvings:
        size = (picture.shape[1] >> halvings, picture.shape[0] >> halvings)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    factor = np.array([image.width_px / picture.shape[1], image.height_px / picture.shape[0]])
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(picture)[0]
    ends = np.empty((0, 2, 2)) if found is None else np.asarray(found, np.float64).reshape(-1, 2, 2)
    return segments((ends + 0.5) * factor - 0.5, camera=camera, shortest_px=SHORTEST * max(image.width_px, image.height_px))


def segments(ends_px: Array, *, camera: Camera, shortest_px: float = 0.0) -> Segments:
    """Return (N, 2, 2) ends as `Segments`, without those that are short, or lie where the lens shows nothing."""
    ends = np.asarray(ends_px, np.float64).reshape(-1, 2, 2)
    towards = camera.rays(ends)
    normals = np.cross(towards[:, 0], towards[:, 1])
    size = np.linalg.norm(normals, axis=1)
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    keep = np.flatnonzero((size > 1e-12) & (length > max(shortest_px, 1e-9)))  # NaN is not kept
    keep = keep[np.argsort(-length[keep], kind="stable")]
    return Segments(ends_px=ends[keep], normals=normals[keep] / size[keep, None], length_px=length[keep])

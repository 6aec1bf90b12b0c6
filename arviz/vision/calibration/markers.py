"""Single ArUco and AprilTag markers in pictures, of a known dictionary or of the common ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.image import Image
from arviz.vision.calibration.boards import marker_cells, marker_dictionary
from arviz.vision.calibration.corners import LEAST_SIDE_PX, grey_values, homography, mapped, sample

COMMON = ("4X4_50", "5X5_100", "6X6_250", "7X7_250", "ARUCO_ORIGINAL", "ARUCO_MIP_36h12", "APRILTAG_36h11")
"""What is tried without a name. AprilTag's 16h5 and 25h9 are not: ordinary windows and tiles read as them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Marker:
    """A marker in a picture.

    Parameters
    ----------
    id : int
    corners_px : ndarray (4, 2) float64
        The outer corners of its black border, clockwise from its own upper left as ``cv2.aruco`` prints it, to a fraction of
        a pixel.
    dictionary : str
        As in ``cv2.aruco`` without ``DICT_``.
    """

    id: int
    corners_px: Array
    dictionary: str

    def __post_init__(self) -> None:
        set_fields(self, corners_px=readonly(self.corners_px, np.float64))


def detect_markers(image: Image, dictionary: str | None = None) -> tuple[Marker, ...]:
    """Find markers, the largest first; of the common dictionaries where none is named.

    A marker counts only if all its cells are black or white as they should be and white paper is around it.
    """
    import cv2

    grey = grey_values(image)
    if min(grey.shape) < LEAST_SIDE_PX:
        return ()
    names = COMMON if dictionary is None else (dictionary,)
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    if dictionary is None:
        parameters.errorCorrectionRate = 0.3
    found = []
    for name in names:
        known = marker_dictionary(name)
        corners, ids, _ = cv2.aruco.ArucoDetector(known, parameters).detectMarkers(grey)
        for points, number in zip(corners, [] if ids is None else ids.reshape(-1).astype(int), strict=True):
            outline = np.asarray(points, np.float64).reshape(4, 2)
            if _sound(grey, outline, marker_cells(known, int(number), border=1)):
                found.append(Marker(id=int(number), corners_px=outline, dictionary=name))
    found.sort(key=lambda marker: -_area(marker.corners_px))
    return tuple(found)


def _area(outline: Array) -> float:
    x, y = outline.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _sound(grey: Array, outline: Array, dark: Array) -> bool:
    """Tell whether the cells inside a (4, 2) outline are those of the marker, and white is around it."""
    side = len(dark)
    local = homography(np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float64), outline)
    if local is None:
        return False
    x, y = np.meshgrid(np.arange(-1, side + 1) + 0.5, np.arange(-1, side + 1) + 0.5)
    # The paper is looked at close to the border: white margins are often narrow.
    x, y = np.clip(x, -0.3, side + 0.3), np.clip(y, -0.3, side + 0.3)
    values = sample(grey, mapped(local, np.stack([x, y], axis=-1).reshape(-1, 2))).reshape(x.shape)
    ink = np.pad(dark, 1)
    black, white = values[ink], values[~ink]
    contrast = float(np.median(white) - np.median(black))
    if contrast < 20:
        return False
    wrong = np.abs(values - np.where(ink, np.median(black), np.median(white))) > 0.5 * contrast
    return bool(wrong[1:-1, 1:-1].mean() < 0.02 and wrong.mean() < 0.05)

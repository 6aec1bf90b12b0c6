"""A sheet of paper or a bank card on the floor: four-sided things whose shape on the floor is right to the pixel.

A door, a picture on the wall or a rug is told from it by what the camera knows: on the floor its sides must be in the ratio
of the sheet's, at right angles, and the camera as high above it as people hold cameras.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import to_uint8
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.corners import grey_values, homography, mapped, sample
from arviz.vision.photo.edges import Quad, crossings, refine_quad
from arviz.vision.photo.gravity import UpPrior
from arviz.vision.photo.pose import Fit, fit_flat

_SEARCH_PX = 1280
"""Longer side of the picture in which candidates are looked for."""
_LEVELS = 14
_BLOCKS = (0.06, 0.2)
"""Surroundings, of the picture's width: light and shade lie on floors."""
_MOST_HOLLOW = 1.15
_LEAST_AREA = 1.5e-4
_MOST_AREA = 0.3
_HEIGHTS_M = (0.3, 3.0)
_USUAL_HEIGHT_M, _HEIGHT_SPREAD = 1.4, 0.4
_LEAST_UP = 0.35
"""Cosine of the angle from the picture's vertical: floors seen by cameras that look less than 70 degrees down."""
_MOST_ROLL = np.tan(np.radians(25.0))
"""Of a camera of which nothing else is known: tiles on walls and vaults lie as if it were rolled by more."""
_OFF_UP_RAD = np.radians(8.0)
_MOST_MISFIT = 16.0
"""Of the two things that eight coordinates say beyond pose: chance passes it once in 3000."""
_TOLERANT_PX = 0.4
"""Sheets curl and corners bend: what is searched for need not be as sharp as what is measured."""
CORNER_SHARE = {"a4": 0.08, "card": 0.15}
_WHITE_CHROMA = 0.3
_CONTRAST, _MOST_OF_IT = 12.0, 0.8
"""In 8-bit steps, and the share of places that must show it."""


def find_sheet(image: Image, *, kind: str, size_m: tuple[float, ...], camera: Camera, prior: UpPrior | None) -> Quad | None:
    """Return the corners of the most likely sheet or card on the floor; None where there is none.

    Parameters
    ----------
    kind : "a4" or "card"
    size_m : (2,) float
        Long and short side.
    prior : UpPrior, optional
        Candidates whose plane is not across it are not on the floor.
    """
    best: tuple[float, Quad] | None = None
    for corners in outlines(image):
        quad = refine_quad(image, corners, corner_share=CORNER_SHARE[kind], reach_px=reach_px(corners, image))
        if quad is None or not looks_right(image, quad.corners_px, kind):
            continue
        tolerant = quad._replace(sigma_px=max(quad.sigma_px, _TOLERANT_PX))
        fit = fit_sheet(tolerant, size_m=size_m, camera=camera, source=kind)
        if fit is None or not _plausible(fit, prior):
            continue
        rank = fit.cost + (np.log(fit.floor.height_m / _USUAL_HEIGHT_M) / _HEIGHT_SPREAD) ** 2
        if best is None or rank < best[0]:
            best = (rank, quad)
    return None if best is None else best[1]


def sheet_corners(size_m: tuple[float, ...], *, turned: bool) -> Array:
    """Return (4, 2) corners of a sheet in its plane, the long side first, or the short one if `turned`."""
    long, short = size_m
    width, height = (short, long) if turned else (long, short)
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def fit_sheet(quad: Quad, *, size_m: tuple[float, ...], camera: Camera, source: str, prior: UpPrior | None = None) -> Fit | None:
    """Return the floor under a sheet, whichever of its sides the quad begins with."""
    fits = [
        fit_flat(
            sheet_corners(size_m, turned=turned),
            quad.corners_px,
            sigma_px=quad.sigma_px,
            camera=camera,
            source=source,
            prior=prior,
        )
        for turned in (False, True)
    ]
    return min((fit for fit in fits if fit is not None), key=lambda fit: fit.cost, default=None)


def outlines(image: Image) -> list[Array]:
    """Return (4, 2) quads that some level of brightness, red or blue cuts out."""
    import cv2

    halvings = max(0, int(np.ceil(np.log2(max(image.width_px, image.height_px) / _SEARCH_PX))))
    size = (image.width_px >> halvings, image.height_px >> halvings)
    factor = np.array([image.width_px / size[0], image.height_px / size[1]])
    channels = [grey_values(image)]
    if image.pixels.shape[2] >= 3 and image.pixels.dtype == np.uint8:
        coloured = (np.ascontiguousarray(image.pixels[..., c]) for c in (0, 2))
        channels += [channel for channel in coloured if not np.array_equal(channel, channels[0])]
    found = np.empty((0, 4, 2))
    for channel in channels:
        small = cv2.GaussianBlur(cv2.resize(channel, size, interpolation=cv2.INTER_AREA), (3, 3), 0)
        for mask in _masks(small):
            contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            for contour in contours:
                if not _LEAST_AREA < cv2.contourArea(contour) / small.size < _MOST_AREA:
                    continue
                hull = cv2.convexHull(contour)
                if cv2.contourArea(hull) > _MOST_HOLLOW * cv2.contourArea(contour):
                    continue
                quad = _four_sides(hull)
                if quad is not None and not _known(quad, found):
                    found = np.concatenate([found, quad[None]])
    return list((found + 0.5) * factor - 0.5)


def _masks(grey: Array) -> Iterator[Array]:
    """Yield (H, W) uint8: what is brighter than each of some levels, and than its surroundings."""
    import cv2

    for level in np.unique(np.percentile(grey, np.linspace(3, 99.5, _LEVELS)).round()):
        yield (grey >= level).astype(np.uint8)
    for share in _BLOCKS:
        block = max(int(share * grey.shape[1]), 2) | 1
        for method in (cv2.THRESH_BINARY, cv2.THRESH_BINARY_INV):
            yield cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, method, block, -6 if method == cv2.THRESH_BINARY else 6)


def _four_sides(hull: Array) -> Array | None:
    """Return the four corners of a convex outline, rounded ones at the crossing of its sides; None if it has not four."""
    import cv2

    length = cv2.arcLength(hull, True)
    polygons = [cv2.approxPolyDP(hull, share * length, True)[:, 0].astype(np.float64) for share in (0.02, 0.03, 0.045, 0.06)]
    corners = next((polygon for polygon in polygons if len(polygon) == 4), None)
    if corners is None or not _covers(corners, hull):
        corners = _of_longest_sides(polygons[0])
    return corners if corners is not None and _covers(corners, hull) else None


def _covers(corners: Array, hull: Array) -> bool:
    """Tell whether a quad is about as large as an outline, with no side of a few pixels."""
    import cv2

    covered = cv2.contourArea(corners.astype(np.float32)) / max(cv2.contourArea(hull), 1e-9)
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    return bool(0.85 < covered < 1.2 and sides.min() > 6)


def _of_longest_sides(polygon: Array) -> Array | None:
    """Return where the four longest sides of a polygon cross: the shorter ones of a small card are its round corners."""
    if len(polygon) < 5:
        return None
    ends = np.roll(polygon, -1, axis=0)
    along = (ends - polygon) / np.linalg.norm(ends - polygon, axis=1, keepdims=True)
    lines = np.column_stack([-along[:, 1], along[:, 0], along[:, 1] * polygon[:, 0] - along[:, 0] * polygon[:, 1]])
    longest = np.sort(np.argsort(np.linalg.norm(ends - polygon, axis=1))[-4:])
    return crossings(lines[longest])


def _known(quad: Array, others: Array) -> bool:
    """Tell whether one of (N, 4, 2) quads has the corners of another, but for a pixel or two."""
    near = others[np.abs(others.mean(axis=1) - quad.mean(axis=0)).max(axis=1) < 5]
    apart = np.linalg.norm(near[:, :, None] - quad, axis=3).min(axis=2).max(axis=1)
    return bool((apart < 2.5).any())


def reach_px(corners: Array, image: Image) -> float:
    """Return how far from a candidate's sides its edges may lie."""
    shortest = float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).min())
    return float(np.clip(0.12 * shortest, 3.0, 4.0 + max(image.width_px, image.height_px) / _SEARCH_PX))


def looks_right(image: Image, corners: Array, kind: str) -> bool:
    """Tell whether a thing differs from what lies around it, as tiles of a pattern do not; paper is white and brighter."""
    local = homography(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64), corners)
    if local is None:
        return False
    pixels = image.pixels[..., :3]
    if pixels.dtype != np.uint8:
        pixels = to_uint8(np.nan_to_num(pixels))
    channels = [np.ascontiguousarray(pixels[..., c]) for c in range(pixels.shape[2])]
    inside, near, ring = (
        np.stack([sample(channel, mapped(local, places)) for channel in channels], axis=1) for places in (_GRID, _frame(0.1), _frame(-0.12))
    )
    around = np.median(ring, axis=0)
    if kind == "card":
        return bool((np.abs(near - around).max(axis=1) > _CONTRAST).mean() > _MOST_OF_IT)
    middle = np.median(inside, axis=0)
    chroma = float((middle.max() - middle.min()) / max(middle.max(), 1))
    brighter = inside.mean(axis=1) > around.mean() + _CONTRAST
    return chroma < _WHITE_CHROMA and bool(brighter.mean() > _MOST_OF_IT)


_GRID = np.stack(np.meshgrid(np.linspace(0.15, 0.85, 9), np.linspace(0.15, 0.85, 9)), axis=-1).reshape(-1, 2)


def _frame(inset: float) -> Array:
    """Return (48, 2) places around the unit square, inside of it by `inset`, outside if that is negative."""
    side = np.linspace(inset, 1 - inset, 12)
    ends = (np.full(12, inset), np.full(12, 1 - inset))
    return np.concatenate([np.column_stack(pair) for end in ends for pair in ((side, end), (end, side))])


def _plausible(fit: Fit, prior: UpPrior | None) -> bool:
    """Tell whether a fit can be a sheet on the floor."""
    floor = fit.floor
    if fit.cost > _MOST_MISFIT or not _HEIGHTS_M[0] < floor.height_m < _HEIGHTS_M[1]:
        return False
    if prior is None:
        return bool(-floor.up[1] > _LEAST_UP and abs(floor.up[0]) < -floor.up[1] * _MOST_ROLL)
    off = np.arccos(np.clip(floor.up @ prior.up, -1, 1))
    doubt = np.hypot(floor.sigma_tilt_rad, np.sqrt(np.trace(prior.covariance) / 2))
    return bool(off < _OFF_UP_RAD + 3 * doubt)

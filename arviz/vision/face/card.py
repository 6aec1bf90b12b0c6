"""A bank card held at a face: its size is the same everywhere, so it says how far the face is.

The card's own pose gives its distance; the head's follows by where it is held: on the forehead it touches, under the nose it touches
lip and nose, beside the face it is about as deep as the corners of the eyes.
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import HeadPose, face_template
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.vision.face.card_search import card_places
from arviz.vision.photo.edges import Quad, refine_quad
from arviz.vision.photo.sheet import looks_right, outlines, reach_px

CARD_M = (0.08560, 0.05398)
"""ISO/IEC 7810:2019, ID-1."""
CORNER_SHARE = 0.15
"""Of each side at either end: corners are rounded by 3.18 mm."""
MOST_RATIO = 1.3
"""People's heads are not larger, nor smaller by more, than the template's."""
MOST_TILT_RAD = np.radians(40)
MOST_MISFIT_PX, MOST_SIGMAS = 1.5, 3.0
HELD = {"forehead": (151, 9, 108, 337), "beside": (33, 263), "nose": (164, 2)}
"""Points that a card touches, or beside which it is held."""
SIGMA_M = {"forehead": 0.004, "beside": 0.012, "nose": 0.006}
"""How far before or behind the head's points a card is held there."""


def card_scale(
    image: Image,
    landmarks: Landmarks,
    pose: HeadPose,
    camera: Camera,
    *,
    corners_px: Array | None = None,
    known: tuple[float, float] | None = None,
) -> tuple[float, float] | None:
    """Return the head's `FaceScale.ratio` and its relative sigma by a bank card; None where none is seen at the face.

    Parameters
    ----------
    image, landmarks, pose, camera
        As for `face_scale`.
    corners_px : ndarray (4, 2), optional
        Of the card, in turn, to some pixels; None looks for it.
    known : (float, float), optional
        What else tells the ratio, and its relative sigma: what is looked for and is no card does not agree with it.
    """
    best: tuple[float, float, float] | None = None
    given = None if corners_px is None else [(np.asarray(corners_px, np.float64), 0.0)]
    for corners, away_px in given or _candidates(image, landmarks, pose, camera):
        near = corners
        if away_px > reach_px(corners, image):
            coarse = refine_quad(image, corners, corner_share=CORNER_SHARE, reach_px=away_px, uneven=True)
            if coarse is None:
                continue
            near = coarse.corners_px
        quad = refine_quad(image, near, corner_share=CORNER_SHARE, reach_px=reach_px(near, image), uneven=True)
        if quad is None or (corners_px is None and not looks_right(image, quad.corners_px, "card")):
            continue
        one = _of_quad(quad, pose, camera)
        if one is None or (corners_px is None and known is not None and not _agree(one, known)):
            continue
        if best is None or one[2] < best[2]:
            best = one
    return None if best is None else best[:2]


def _agree(card: tuple[float, float, float], known: tuple[float, float]) -> bool:
    ratio, sigma = known
    return bool(abs(np.log(card[0] / ratio)) < MOST_SIGMAS * np.hypot(card[1], sigma))


def _candidates(image: Image, landmarks: Landmarks, pose: HeadPose, camera: Camera) -> list[tuple[Array, float]]:
    """Return quads about as large as a card at the face would be, and how far off they may be in pixels."""
    points = landmarks.points_px[:468]
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, float((high - low).max())
    left, top = np.clip(np.floor(middle - 1.5 * size), 0, None).astype(int)
    right, bottom = np.ceil(middle + 1.5 * size).astype(int)
    part = Image(pixels=image.pixels[top:bottom, left:right, :3], space=image.space)
    found = [quad + np.array([left, top]) for quad in outlines(part)]
    longest = [float(np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1).max()) for quad in found]
    cut_out = [(quad, 0.0) for quad, side in zip(found, longest, strict=True) if 0.3 * size < side < 1.2 * size]
    return cut_out + [(quad, 0.035 * size) for quad in card_places(image, landmarks, pose, camera, size_m=CARD_M)]


def _of_quad(quad: Quad, pose: HeadPose, camera: Camera) -> tuple[float, float, float] | None:
    """Return ratio, sigma and misfit in pixels of a quad that can be a card at the face."""
    import cv2

    seen = np.ascontiguousarray(camera.rays(quad.corners_px)[:, :2])
    focal = float(np.sqrt(camera.k[0, 0] * camera.k[1, 1]))
    best: tuple[float, Array, Array] | None = None
    for turned in (False, True):
        width, height = CARD_M[::-1] if turned else CARD_M
        corners = np.array([[-width, -height, 0], [width, -height, 0], [width, height, 0], [-width, height, 0]]) / 2
        for flipped in (seen, seen[::-1].copy()):
            found, turns, shifts, _ = cv2.solvePnPGeneric(corners, flipped, np.eye(3), None, flags=cv2.SOLVEPNP_IPPE)
            for turn, shift in zip(turns, shifts, strict=True) if found else ():
                matrix = cv2.Rodrigues(turn)[0]
                placed = corners @ matrix.T + shift[:, 0]
                misfit = focal * float(np.sqrt(np.square(placed[:, :2] / placed[:, 2:] - flipped).sum(axis=1).mean()))
                if abs(matrix[2, 2]) > np.cos(MOST_TILT_RAD) and (best is None or misfit < best[0] - 1e-3):
                    best = misfit, matrix, shift[:, 0]
    if best is None or best[0] > MOST_MISFIT_PX + 2 * quad.sigma_px:
        return None
    misfit, _, middle = best
    place, depth = _held(middle / middle[2], pose)
    ratio = float(middle[2]) / depth
    if not 1 / MOST_RATIO < ratio < MOST_RATIO:
        return None
    across_px = float(np.linalg.norm(quad.corners_px[:2] - quad.corners_px[2:], axis=1).mean())
    # Of the eight coordinates six place the card: what does not fit is half of what the corners err by. Size is the mean of four
    # distances from the middle, so it errs by half of a corner's error.
    corner_px = np.hypot(quad.sigma_px, 2 * misfit)
    sigma = np.sqrt((SIGMA_M[place] / middle[2]) ** 2 + (corner_px / across_px) ** 2 + quad.relative_growth**2)
    return ratio, float(sigma), misfit


def _held(ray: Array, pose: HeadPose) -> tuple[str, float]:
    """Return where a card in a direction (3,) with z = 1 is held, and its depth if it lies across the posed template's forward axis."""
    template = face_template().points_m
    posed = template @ pose.camera_from_head[:3, :3].T + pose.camera_from_head[:3, 3]
    across = (ray * posed[1, 2] - pose.camera_from_head[:3, 3]) @ pose.camera_from_head[:3, :3]
    half = float(np.abs(template[:, 0]).max())
    place = "beside" if abs(across[0]) > half else "forehead" if across[1] > template[9, 1] else "nose"
    forward, anchor = pose.camera_from_head[:3, 2], posed[list(HELD[place])].mean(axis=0)
    return place, float(anchor @ forward / (ray @ forward))

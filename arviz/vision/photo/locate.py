"""Where the thing that gives the scale is in the picture, and the floor that follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.detect import detect, detect_markers
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.photo.edges import Quad, refine_quad
from arviz.vision.photo.floor import PhotoFloor, check_floor_points, check_inside, floor_from_up, with_known_length
from arviz.vision.photo.gravity import UpPrior
from arviz.vision.photo.pose import Fit, fit_flat
from arviz.vision.photo.sheet import CORNER_SHARE, find_sheet, sheet_corners

GIVEN_SIGMA_PX = 1.0
"""Of corners that a person pointed at."""
_DETECTED_SIGMA_PX = 0.5
_BOARD_SIGMA_PX = 0.15
_MARKER_CORNERS = 0.1
_GIVEN_REACH_PX = 4.0
_BEYOND_CHANCE = 16.0
"""Squared distance in sigmas between two opinions about up, of two dimensions: chance passes it once in 3000."""


class Anchored(NamedTuple):
    """A floor with its scale."""

    floor: PhotoFloor
    outline_px: Array
    """(N, 2): what the picture shows of the thing; it lies on the floor."""
    disagrees: bool
    """Whether the thing and what else was known about up contradict each other; then the thing alone counts."""


class _Sighting(NamedTuple):
    """Where a thing of known shape is in the picture."""

    objects_m: tuple[Array, ...]
    """Each (N, 2): the shapes, in their plane, that it may be."""
    points_px: Array
    """(N, 2)."""
    sigma_px: float
    outline_px: Array
    """(M, 2)."""
    relative_sigma: float = 0.0
    """How far the picture may show it too large or too small: one standard deviation as a share."""


def anchored_floor(image: Image, anchor: ScaleAnchor, *, camera: Camera, prior: UpPrior | None) -> Anchored:
    """Return the floor on which a thing of known size lies.

    Raises
    ------
    InputError
        ``E_SCALE_NOT_FOUND``: the picture does not show it, or not on a floor; ``E_SCALE_NEEDS_UP``: a length without
        anything that says where up is; errors of points as `check_floor_points`.
    """
    if anchor.kind == "length":
        return _from_length(anchor, camera, prior)
    points = check_inside(anchor.points_px, camera=camera)
    sighting = _sheet(image, points, anchor, camera, prior) if anchor.kind in ("a4", "card") else _printed(image, anchor)

    def fit(known: UpPrior | None) -> Fit | None:
        fits = (
            fit_flat(
                object_m,
                sighting.points_px,
                sigma_px=sighting.sigma_px,
                camera=camera,
                source=anchor.kind,
                relative_sigma=float(np.hypot(anchor.relative_sigma, sighting.relative_sigma)),
                prior=known,
            )
            for object_m in sighting.objects_m
        )
        return min((one for one in fits if one is not None), key=lambda one: one.cost, default=None)

    alone = fit(None)
    if prior is None:
        if alone is None:
            raise _not_on_floor(anchor)
        return Anchored(alone.floor, sighting.outline_px, False)
    both = fit(prior)
    if both is None and alone is None:
        raise _not_on_floor(anchor)
    if both is None or (alone is not None and both.cost - alone.cost > _BEYOND_CHANCE):
        assert alone is not None
        # Two that disagree by more than chance are both doubted: Birge's ratio, of two dimensions.
        doubt = 1.0 if both is None else (both.cost - alone.cost) / 2
        floor = replace(alone.floor, covariance=alone.floor.covariance * max(doubt, _BEYOND_CHANCE / 2))
        return Anchored(floor, sighting.outline_px, True)
    return Anchored(both.floor, sighting.outline_px, False)


def _from_length(anchor: ScaleAnchor, camera: Camera, prior: UpPrior | None) -> Anchored:
    if prior is None:
        raise InputError(
            "E_SCALE_NEEDS_UP",
            "one length is not enough: nothing says how the floor lies",
            expected="gravity, or a room with right angles and enough straight edges",
            found="neither",
            hint="Give gravity, or put an A4 sheet on the floor and take another photo.",
        )
    floor = floor_from_up(prior, camera=camera)
    ends = check_floor_points(anchor.points_px, floor=floor)
    known = with_known_length(floor, ends, anchor.size_m[0], sigma_px=GIVEN_SIGMA_PX, relative_sigma=anchor.relative_sigma)
    return Anchored(known, ends, False)


def _sheet(image: Image, points: Array, anchor: ScaleAnchor, camera: Camera, prior: UpPrior | None) -> _Sighting:
    """Return a sheet or card where the user says it is, or where it is found."""
    quad = _given(image, points, anchor) if len(points) else _found(image, anchor, camera, prior)
    # Nobody knows which of its sides comes first.
    shapes = tuple(sheet_corners(anchor.size_m, turned=turned) for turned in (False, True))
    return _Sighting(shapes, quad.corners_px, quad.sigma_px, quad.corners_px, quad.relative_growth)


def _given(image: Image, points: Array, anchor: ScaleAnchor) -> Quad:
    """Return given corners, moved onto the edges near them where there are any."""
    middle = points.mean(axis=0)
    around = np.arctan2(*(points - middle).T[::-1])
    corners = points[np.argsort(around)]  # in turn, however they were given
    refined = refine_quad(image, corners, corner_share=CORNER_SHARE[anchor.kind], reach_px=_GIVEN_REACH_PX)
    return Quad(corners, GIVEN_SIGMA_PX) if refined is None else refined


def _found(image: Image, anchor: ScaleAnchor, camera: Camera, prior: UpPrior | None) -> Quad:
    quad = find_sheet(image, kind=anchor.kind, size_m=anchor.size_m, camera=camera, prior=prior)
    if quad is not None:
        return quad
    name = "an A4 sheet" if anchor.kind == "a4" else "a bank card"
    raise InputError(
        "E_SCALE_NOT_FOUND",
        f"{name} was not found on the floor",
        expected=f"{name} ({anchor.size_m[0] * 1000:g} x {anchor.size_m[1] * 1000:g} mm) that lies flat, whole and unfolded",
        found="nothing four-sided of this shape",
        hint=f"Give its corners: {anchor.kind}=X1,Y1,X2,Y2,X3,Y3,X4,Y4; or lay it on a darker floor, and expose so that it is not burnt.",
    )


def _printed(image: Image, anchor: ScaleAnchor) -> _Sighting:
    """Return a marker or a board."""
    import cv2

    if anchor.kind == "marker":
        markers = detect_markers(image)
        if not markers:
            raise _not_found("a marker", f"an ArUco or AprilTag marker of {anchor.size_m[0] * 1000:g} mm with a white margin")
        # Corner detectors are drawn into a lone black corner: sides hold.
        rough = markers[0].corners_px
        side = float(np.linalg.norm(rough - np.roll(rough, 1, axis=0), axis=1).min())
        refined = refine_quad(image, rough, corner_share=_MARKER_CORNERS, reach_px=float(np.clip(side / 10, 1.5, 4)))
        quad = Quad(rough, _DETECTED_SIGMA_PX) if refined is None else refined
        shape = sheet_corners(2 * anchor.size_m, turned=False)
        return _Sighting((shape,), quad.corners_px, quad.sigma_px, quad.corners_px, quad.relative_growth)
    assert anchor.board is not None
    seen = detect(image, anchor.board)
    if seen is None or len(seen) < 4:
        raise _not_found("the board", anchor.board.text)
    ids, places = anchor.board.object_points()
    hull = cv2.convexHull(seen.points_px.astype(np.float32))[:, 0].astype(np.float64)
    return _Sighting((places[np.searchsorted(ids, seen.ids), :2],), seen.points_px, _BOARD_SIGMA_PX, hull)


def _not_found(name: str, expected: str) -> InputError:
    return InputError(
        "E_SCALE_NOT_FOUND",
        f"{name} was not found in the picture",
        expected=expected,
        found="none",
        hint="See that it lies flat on the floor, is whole, sharp and not in glare, and takes up a tenth of the picture's width.",
    )


def _not_on_floor(anchor: ScaleAnchor) -> InputError:
    return InputError(
        "E_SCALE_NOT_FOUND",
        "what gives the scale does not lie on a floor",
        expected=f"{anchor.kind} on the floor, seen from above by an upright camera",
        found="corners that no such thing shows",
        hint="Give the corners in turn, and the picture upright.",
    )

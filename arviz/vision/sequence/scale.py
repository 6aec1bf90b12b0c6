"""How long a metre is in a sequence: from a thing of known size on its floor, or from a distance between two cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.room import Scale
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.photo.gravity import UpPrior, gravity_prior
from arviz.vision.photo.locate import anchored_floor
from arviz.vision.sequence.cloud import CloudPlane
from arviz.vision.sequence.laid import find_laid
from arviz.vision.sequence.lying import Ground
from arviz.vision.sequence.result import PhotoSequence, PosedPhoto

_ALONE = 0.03
"""Relative sigma of a thing that one photo shows alone: no other says whether its edges are what they seem."""


class Metre(NamedTuple):
    """Metres per unit of the sequence."""

    metres: float
    scale: Scale


def by_distance(found: PhotoSequence, between: tuple[int, int], *, metres: float, sigma_m: float) -> Metre:
    """Return the scale from how far apart two photos were taken.

    Raises
    ------
    InputError
        ``E_SEQUENCE_DISTANCE``: no such photos, one was not placed, or no distance.
    """
    known = {photo.index: photo for photo in found.placed}
    a, b = (known.get(index) for index in between)
    if a is None or b is None or a is b or not (np.isfinite(metres) and metres > 0):
        raise InputError(
            "E_SEQUENCE_DISTANCE",
            "this is no distance between two placed photos",
            expected=f"two of the photos {', '.join(str(i) for i in known)} and a length above 0",
            found=f"photos {between[0]} and {between[1]}, {metres} m",
        )
    assert a.world_from_camera is not None
    assert b.world_from_camera is not None
    apart = max(float(np.linalg.norm(a.world_from_camera[:3, 3] - b.world_from_camera[:3, 3])), 1e-9)
    sigma = np.hypot(sigma_m / metres, np.hypot(a.sigma_position, b.sigma_position) / apart)
    return Metre(metres / apart, Scale(sigma=float(sigma), source="distance"))


def by_anchor(found: PhotoSequence, floor: CloudPlane, frames: Sequence[Frame], *, anchor: ScaleAnchor) -> Metre:
    """Return the scale from a thing of known size on the floor, seen by one or more photos.

    A sheet or card that is searched for is one thing in all photos. Of other things each photo says how high its camera is
    above the floor, which the sequence knows in its own unit. Places given in pixels belong to the first frame.

    Raises
    ------
    InputError
        ``E_SCALE_NOT_FOUND``: no placed photo shows it; ``E_SCALE_AMBIGUOUS``: two things of its shape and different size.
    """
    given = len(anchor.points_px) > 0
    if anchor.kind in ("a4", "card") and not given:
        return _by_laid(found, floor, frames, anchor)
    asked = [photo for photo in found.placed if not given or photo.index == 0]
    ratios, sigmas = [], []
    refused: InputError | None = None
    for photo in asked:
        try:
            ratio, sigma = _of_photo(photo, floor, frames[photo.index], anchor)
        except InputError as error:
            if error.code != "E_SCALE_NOT_FOUND":
                raise
            refused = error
            continue
        ratios.append(ratio)
        sigmas.append(sigma)
    if not ratios:
        raise refused or InputError(
            "E_SCALE_NOT_FOUND",
            "the photo in which the places were given could not be placed",
            expected="a first photo that overlaps with the others",
            hint="Put the photo with these places first, and take more photos beside it.",
        )
    log, weight = np.log(ratios), 1 / np.square(sigmas)
    middle = float(np.median(log))
    near = np.abs(log - middle) < 4 * np.array(sigmas) + 0.01
    mean = float(weight[near] @ log[near] / weight[near].sum())
    # Not divided by the number of photos: edges that are burnt or soft move a thing's sides alike in all of them.
    sigma = np.sqrt(near.sum() / weight[near].sum())
    if near.sum() > 1:
        misfit = float((weight[near] * (log[near] - mean) ** 2).sum() / (near.sum() - 1))
        sigma *= np.sqrt(max(1.0, misfit))
    total = float(np.hypot(sigma, anchor.relative_sigma))
    return Metre(float(np.exp(mean)), Scale(sigma=total, source=f"{anchor.kind} in {near.sum()} photos" if near.sum() > 1 else anchor.kind))


def _by_laid(found: PhotoSequence, floor: CloudPlane, frames: Sequence[Frame], anchor: ScaleAnchor) -> Metre:
    ground = Ground.of(floor, found.points)
    laid = find_laid(ground, found.placed, frames, found.points[floor.members], anchor=anchor)
    photos = [sighting.photo for sighting in laid.sightings]
    # What the photos' places are uncertain by makes the thing look larger or smaller.
    own = np.mean([photo.sigma_position / ground.height(photo) for photo in photos]) / np.sqrt(len(photos))
    sigma = float(np.linalg.norm([laid.sigma, own, anchor.relative_sigma, 0.0 if len(photos) > 1 else _ALONE]))
    source = f"{anchor.kind} in {len(photos)} photos" if len(photos) > 1 else anchor.kind
    return Metre(1 / laid.joint.lying.unit, Scale(sigma=sigma, source=source))


def _of_photo(photo: PosedPhoto, floor: CloudPlane, frame: Frame, anchor: ScaleAnchor) -> tuple[float, float]:
    """Return metres per unit, and the relative sigma without that of the thing's own size."""
    assert photo.world_from_camera is not None
    turn, eye = photo.world_from_camera[:3, :3], photo.world_from_camera[:3, 3]
    # The sequence has the focal length from all photos: it is not asked again.
    camera = replace(photo.camera, sigma_f_px=None)
    down = -turn.T @ floor.normal
    prior: UpPrior = gravity_prior(down, sigma_rad=float(np.hypot(floor.sigma_normal_rad, photo.sigma_rotation_rad)))
    height = float(floor.normal @ eye + floor.offset)
    seen = anchored_floor(frame.image, anchor, camera=camera, prior=prior)
    relative = max(float(seen.floor.covariance[2, 2]) - anchor.relative_sigma**2, 1e-10)
    own = np.hypot(floor.sigma_offset, photo.sigma_position) / height
    return seen.floor.height_m / height, float(np.hypot(np.sqrt(relative), own))

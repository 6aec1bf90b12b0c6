"""What is known of phones that scan: how far to trust them, and what their intrinsics mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from arviz.core.frames import integer_intrinsics
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Scale
from arviz.vision.captures.capture import Capture
from arviz.vision.captures.shots import Seen, Shot, frames_of, sampled

LIDAR_SCALE_SIGMA = 0.0064
"""Lengths of 10 to 100 cm by ARKit with LiDAR are 99.36 % right (ITU Kaleidoscope 2022), taken as one sigma."""
NO_LIDAR_SCALE_SIGMA = 0.1058
"""The same by ARCore without a depth sensor: 89.42 %; the only figure published, taken for any phone without LiDAR."""
POSE_SIGMA_POSITION_M = 0.015
"""Of a tracked pose: the middle of the 1 to 2 cm that vendors state for plans by LiDAR; no figure for single poses is published."""
POSE_SIGMA_ROTATION_RAD = 0.005
"""Assumed: what moves a wall 3 m away as much as the position's sigma."""
LIDAR_SCALE = Scale(sigma=LIDAR_SCALE_SIGMA, source="ARKit LiDAR: 99.36 % on 10-100 cm (ITU Kaleidoscope 2022)")
NO_LIDAR_SCALE = Scale(sigma=NO_LIDAR_SCALE_SIGMA, source="phone without LiDAR: 89.42 % on 10-100 cm by ARCore (ITU Kaleidoscope 2022)")


def apple_k(rows: Array) -> Array:
    """Return K with pixel centres at integers from Apple's, which counts from the frame's top-left corner.

    Source: "ox and oy are the offsets of the principal point from the top-left corner of the image frame", documentation of
    ``AVCameraCalibrationData.intrinsicMatrix``. Scaled by plain factors it still counts from the corner.
    """
    return integer_intrinsics(rows)


def phone_capture(
    format: str,
    load: Callable[[Shot], Seen | None],
    *,
    shots: Sequence[Shot],
    taken: Sequence[Shot],
    findings: Iterable[Finding],
    where: str,
    scale: Scale = LIDAR_SCALE,
) -> Capture:
    """Return the capture of the `taken` among all `shots` of a phone, whose pictures and depth `load` reads."""
    frames, names, missing = frames_of(taken, load, where=where)
    return Capture(
        format=format,
        frames=tuple(frames),
        names=tuple(names),
        scale=scale,
        sigma_rotation_rad=POSE_SIGMA_ROTATION_RAD,
        sigma_position_m=POSE_SIGMA_POSITION_M,
        findings=(*findings, *sampled(shots, taken), *missing),
    )

"""What a sequence of photos says: where each was taken, and points that several of them show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.report import Finding


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PosedPhoto:
    """One photo of the sequence.

    Parameters
    ----------
    index : int
        Among the frames given.
    camera : Camera
        With the focal length as refined.
    world_from_camera : ndarray (4, 4) or None
        None where the photo could not be placed; lengths have the sequence's own unit.
    reason : str
        Why it could not be placed, or empty.
    points : int
        How many points it shows.
    rms_px : float
        Of these points, root mean square of the distance between where they are and where they should be.
    sigma_rotation_rad, sigma_position : float
        Standard deviations about and along each axis, from the noise of the points; the position in the sequence's unit.
    """

    index: int
    camera: Camera
    world_from_camera: Array | None
    reason: str = ""
    points: int = 0
    rms_px: float = 0.0
    sigma_rotation_rad: float = 0.0
    sigma_position: float = 0.0

    def __post_init__(self) -> None:
        if self.world_from_camera is not None:
            set_fields(self, world_from_camera=readonly(self.world_from_camera, np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoSequence:
    """Photos placed relative to each other, up to a similarity: neither up nor the length of a metre is known.

    Parameters
    ----------
    photos : tuple of PosedPhoto
        All that were given, in their order.
    points : ndarray (N, 3) float64
    sigma : ndarray (N,) float64
        Standard deviation of each point along each axis (root mean square of the three).
    seen_by : ndarray (N,) int64
        In how many photos.
    rms_px : float
    engine : str
    findings : tuple of Finding

    **Convention** the first placed photo is at the origin and looks along +z, y down; the largest distance between two
    placed cameras is 1.
    """

    photos: tuple[PosedPhoto, ...]
    points: Array
    sigma: Array
    seen_by: Array
    rms_px: float
    engine: str
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        set_fields(
            self,
            photos=tuple(self.photos),
            points=readonly(self.points, np.float64),
            sigma=readonly(self.sigma, np.float64),
            seen_by=readonly(self.seen_by, np.int64),
            findings=tuple(self.findings),
        )

    @property
    def placed(self) -> tuple[PosedPhoto, ...]:
        """The photos whose place is known."""
        return tuple(photo for photo in self.photos if photo.world_from_camera is not None)

"""`PlaneField`: what `extract_planes` finds in a depth picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.planes.covariance import in_plane_axes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenPlane:
    """A plane in one depth picture, in the camera's axes (OpenCV): ``normal . x + offset_m = 0``.

    Parameters
    ----------
    normal : ndarray (3,)
        Unit length, to the camera.
    offset_m : float
        Positive: the camera's distance.
    centroid_m : ndarray (3,)
        Middle of what is seen, in the plane.
    pixels : int
        How many pixels lie in it.
    share : float
        Of the picture.
    rms_m : float
        Distance of these pixels from it.
    covariance : ndarray (3, 3)
        Of the turns (rad) about the two `tilt_axes` and of the plane's place along its normal at the centroid (m).
    curvature : float
        How much it bends, in sigmas of its fit: large for a facet of something round.
    confidence : float
        0 to 1: that this is one flat surface of the room.
    """

    normal: Array
    offset_m: float
    centroid_m: Array
    pixels: int
    share: float
    rms_m: float
    covariance: Array
    curvature: float = 0.0
    confidence: float = 1.0

    def __post_init__(self) -> None:
        for name in ("normal", "centroid_m", "covariance"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float64)})

    @property
    def tilt_axes(self) -> Array:
        """(2, 3) unit vectors in the plane, about which the tilts of `covariance` turn it."""
        return in_plane_axes(self.normal)

    @property
    def sigma_normal_rad(self) -> float:
        """Standard deviation of the angle between the normal and the true one: of both tilts together."""
        return float(np.sqrt(self.covariance[0, 0] + self.covariance[1, 1]))

    @property
    def sigma_offset_m(self) -> float:
        """Standard deviation of the plane's place along its normal, at the centroid."""
        return float(np.sqrt(self.covariance[2, 2]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlaneField:
    """The planes of one depth picture, largest first, and which pixels belong to which.

    Parameters
    ----------
    planes : tuple of SeenPlane
    labels : ndarray (H, W) uint8
        0 for none, i + 1 for ``planes[i]``.
    """

    planes: tuple[SeenPlane, ...] = ()
    labels: Array = field(repr=False)

    def __post_init__(self) -> None:
        set_fields(self, labels=readonly(self.labels, np.uint8))

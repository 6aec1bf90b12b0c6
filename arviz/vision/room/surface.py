"""A plane of the world with the full uncertainty of its place: what is fused, judged and outlined."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.field import SeenPlane


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surface:
    """A plane ``normal . x + offset_m = 0`` in the world, with what it was seen in.

    Parameters
    ----------
    normal : ndarray (3,)
        Unit vector into the room.
    offset_m : float
    centre_m : ndarray (3,)
        In the plane; where `covariance` speaks of its place.
    covariance : ndarray (4, 4)
        Of the normal's three components, which only vary within the plane, and of the place of the plane at `centre_m`
        along the normal.
    pixels : int
    confidence : float
    members : tuple of (int, int)
        The sight, and the label there.
    """

    normal: Array
    offset_m: float
    centre_m: Array
    covariance: Array
    pixels: int
    confidence: float
    members: tuple[tuple[int, int], ...]

    @staticmethod
    def of(seen: SeenPlane, *, world_from_camera: Array, member: tuple[int, int]) -> Surface:
        """Return a plane of a frame in the world."""
        turn, place = world_from_camera[:3, :3], world_from_camera[:3, 3]
        normal, centre = turn @ seen.normal, turn @ seen.centroid_m + place
        along = np.zeros((4, 3))
        # A turn w about the axis t moves the normal by w (t x n).
        along[:3, :2] = turn @ np.cross(seen.tilt_axes, seen.normal).T
        along[3, 2] = 1.0
        return Surface(
            normal=normal,
            offset_m=-float(normal @ centre),
            centre_m=centre,
            covariance=along @ seen.covariance @ along.T,
            pixels=seen.pixels,
            confidence=seen.confidence,
            members=(member,),
        )

    @property
    def sigma_normal_rad(self) -> float:
        """Standard deviation of the angle to the true normal."""
        return float(np.sqrt(max(np.trace(self.covariance[:3, :3]), 0.0)))

    def height_m(self, points_m: Array) -> Array:
        """Return the signed distances of points (..., 3), positive on the side of the room."""
        out: Array = points_m @ self.normal + self.offset_m
        return out

    def sigma_at_m(self, points_m: Array) -> Array:
        """Return the standard deviations (...) of the plane's place along its normal at points (..., 3)."""
        points = np.asarray(points_m, np.float64)
        lever = np.concatenate([points - self.centre_m, np.ones((*points.shape[:-1], 1))], axis=-1)
        out: Array = np.sqrt(np.maximum(np.einsum("...i,ij,...j->...", lever, self.covariance, lever), 0.0))
        return out

    def moved(self, world_from_here: Array) -> Surface:
        """Return the surface in another world."""
        turn = world_from_here[:3, :3]
        whole = np.eye(4)
        whole[:3, :3] = turn
        normal, centre = turn @ self.normal, turn @ self.centre_m + world_from_here[:3, 3]
        return replace(
            self,
            normal=normal,
            centre_m=centre,
            offset_m=-float(normal @ centre),
            covariance=whole @ self.covariance @ whole.T,
        )


def axes_of(normal: Array) -> Array:
    """Return (2, 3) unit vectors u, v in a plane of the world with u x v = normal: v is up on walls, -z on the floor."""
    normal = np.asarray(normal, np.float64)
    up = np.array([0.0, 1.0, 0.0]) if abs(normal[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    v = up - normal * (up @ normal)
    v = v / np.linalg.norm(v)
    return np.stack([np.cross(v, normal), v])

"""How wrong the depths of a sensor are: by chance in each pixel, and together over parts of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthNoise:
    """Standard deviations of a depth sensor's errors.

    Parameters
    ----------
    name : str
    a_m, b_per_m, z0_m : float
        Along z, for each pixel by itself: ``a + b (max(z, z0) - z0)^2``.
    lateral_px : float
        Of the direction that a depth belongs to: what makes edges ragged and inclined surfaces noisier.
    smooth_share : float
        Of the error that neighbours share, as a share of the depth.
    smooth_length : float
        Distance, as a share of the picture's width, of the knots between which that error runs smoothly.
    edge_px : int
        How far from a step in depth pixels are mixtures of both sides.
    near_m, far_m : float
        Depths outside are taken for unknown.
    """

    name: str
    a_m: float
    b_per_m: float = 0.0
    z0_m: float = 0.0
    lateral_px: float = 0.0
    smooth_share: float = 0.0
    smooth_length: float = 0.125
    edge_px: int = 1
    near_m: float = 0.1
    far_m: float = 8.0

    def sigma_m(self, depth_m: Array) -> Array:
        """Return the standard deviation of single depths (any shape), metres along z."""
        beyond = np.maximum(depth_m, self.z0_m) - self.z0_m
        out: Array = self.a_m + self.b_per_m * beyond * beyond
        return out

    def scaled(self, factor: float) -> DepthNoise:
        """Return the sensor with what is by chance in single pixels `factor` times as large."""
        return replace(self, a_m=self.a_m * factor, b_per_m=self.b_per_m * factor, lateral_px=self.lateral_px * factor)


KINECT = DepthNoise(name="kinect", a_m=0.0012, b_per_m=0.0019, z0_m=0.4, lateral_px=0.5)
"""Structured light. Axial: Nguyen, Izadi, Lovell 2012, "Modeling Kinect sensor noise", eq. 3; lateral: same, 0.5 to 0.8 px."""
LIDAR = DepthNoise(name="lidar", a_m=0.001, b_per_m=0.0009, lateral_px=0.5, smooth_share=0.004, edge_px=3, far_m=5.0)
"""The fused depth of a phone: noise of 0.2 % to 0.4 % and an error of about 0.4 % that spreads over an eighth of the picture."""
EXACT = DepthNoise(name="exact", a_m=0.0003, edge_px=0, far_m=100.0)
"""Rendered depth, or depth rounded to whole millimetres."""


def noise_for(depth_m: Array, camera: Camera) -> DepthNoise:
    """Return the sensor that a depth picture most likely comes from: small ones are a phone's, others structured light.

    A guess by size alone; name the sensor where it is known.
    """
    return LIDAR if min(depth_m.shape) <= 256 and max(camera.width_px, camera.height_px) <= 320 else KINECT

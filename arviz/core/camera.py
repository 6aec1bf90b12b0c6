"""What took a picture and when: `Camera` and `Frame`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import tan
from typing import Literal

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields, vector
from arviz.core.image import Image
from arviz.core.lens import distort, undistort

CameraSource = Literal["exact", "calibrated", "profile", "exif", "assumed"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Camera:
    """A pinhole camera with OpenCV distortion; pixel centres at integers.

    Parameters
    ----------
    k : ndarray (3, 3) float64
        Intrinsic matrix in pixels: fx, fy, cx, cy and skew.
    width_px, height_px : int
        Size of the pictures that `k` belongs to.
    distortion : tuple of float
        OpenCV coefficients (k1, k2, p1, p2, k3, ...); empty for none.
    source : str
        How `k` is known; "exact" for virtual cameras.
    sigma_f_px : float or None
        Standard deviation of the focal length.
    """

    k: Array
    width_px: int
    height_px: int
    distortion: tuple[float, ...] = ()
    source: CameraSource = "exact"
    sigma_f_px: float | None = None

    def __post_init__(self) -> None:
        k = readonly(self.k, np.float64)
        if k.shape != (3, 3) or not np.isfinite(k).all() or k[0, 0] <= 0 or k[1, 1] <= 0:
            raise ValueError("K is a finite (3, 3) matrix with positive focal lengths")
        if self.width_px <= 0 or self.height_px <= 0:
            raise ValueError(f"a picture has at least one pixel, found {self.width_px} x {self.height_px}")
        set_fields(self, k=k, distortion=vector(self.distortion, len(tuple(self.distortion))))

    @staticmethod
    def from_fov(*, vertical_fov_rad: float, width_px: int, height_px: int) -> Camera:
        """Return the ideal camera with square pixels and a centred principal point.

        **Convention** the centre of a W x H picture lies at ((W-1)/2, (H-1)/2): pixel centres are integers.
        """
        f = height_px / 2 / tan(vertical_fov_rad / 2)
        k = np.array([[f, 0, (width_px - 1) / 2], [0, f, (height_px - 1) / 2], [0, 0, 1]])
        return Camera(k=k, width_px=width_px, height_px=height_px)

    def __repr__(self) -> str:
        (fx, _, cx), (_, fy, cy) = self.k[:2].round(1).tolist()
        sigma = "" if self.sigma_f_px is None else f", sigma_f_px={self.sigma_f_px:.3g}"
        return f"Camera({self.width_px}x{self.height_px}, fx {fx}, fy {fy}, cx {cx}, cy {cy}, source={self.source!r}{sigma})"

    @property
    def relative_sigma_f(self) -> float:
        """Standard deviation of ln f; 0 where the camera states none."""
        return (self.sigma_f_px or 0.0) / float(self.k[0, 0])

    def check_size(self, *, width_px: int, height_px: int, where: object = None) -> None:
        """Raise InputError ``E_CAMERA_SIZE`` unless pictures of this size are those of the camera."""
        if (width_px, height_px) == (self.width_px, self.height_px):
            return
        factor = width_px / self.width_px
        if abs(height_px - self.height_px * factor) < 1:
            hint = f"The shape is the same: scale the camera by {factor:.6g}, or give the picture as it was taken."
        else:
            hint = "Give the picture as it was taken, neither cropped nor turned, or the camera that belongs to this one."
        raise InputError(
            "E_CAMERA_SIZE",
            "the camera belongs to pictures of another size",
            where=where,
            expected=f"{self.width_px} x {self.height_px}",
            found=f"{width_px} x {height_px}",
            hint=hint,
        )

    def resized(self, *, width_px: int, height_px: int) -> Camera:
        """Return the same camera for its pictures scaled to another size (both axes on their own).

        **Convention** the pixel centre x moves to (x + 0.5) s - 0.5: halving a picture moves cx = 319.5 to 159.5.
        """
        sx, sy = width_px / self.width_px, height_px / self.height_px
        scale = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
        sigma = None if self.sigma_f_px is None else self.sigma_f_px * (sx + sy) / 2
        return replace(self, k=scale @ self.k, width_px=width_px, height_px=height_px, sigma_f_px=sigma)

    def project(self, points_camera_m: Array) -> Array:
        """Return the pixels (N, 2) of (N, 3) points in the camera's frame, without distortion."""
        projected = np.asarray(points_camera_m, np.float64) @ self.k.T
        return projected[:, :2] / projected[:, 2:]

    def project_distorted(self, points_camera_m: Array) -> Array:
        """Return the pixels (N, 2) of (N, 3) points in the camera's frame as its lens shows them (``cv2.projectPoints``)."""
        points = np.asarray(points_camera_m, np.float64)
        return distort(points[:, :2] / points[:, 2:], self.distortion) @ self.k[:2, :2].T + self.k[:2, 2]

    def rays(self, points_px: Array) -> Array:
        """Return the directions (..., 3), in the camera's frame with z = 1, of (..., 2) pixels as the lens shows them.

        NaN in x and y where the lens shows nothing. A distance along a ray, in lengths of the direction, is the depth along z.

        **Convention** 100 px to the right of the centre of a lens with f = 100 px and no distortion is (1, 0, 1).
        """
        points = np.asarray(points_px, np.float64)
        seen = undistort((points - self.k[:2, 2]) @ np.linalg.inv(self.k[:2, :2]).T, self.distortion)
        return np.concatenate([seen, np.ones((*seen.shape[:-1], 1))], axis=-1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame:
    """A picture with its camera and time; `depth_m` is (H, W) float32 along z, +inf where unknown."""

    image: Image
    camera: Camera
    time_s: float = 0.0
    world_from_camera: Array | None = None
    depth_m: Array | None = field(default=None, repr=False)
    confidence: Array | None = field(default=None, repr=False)

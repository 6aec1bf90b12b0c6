"""What depth sensors make of exact depth: a structured-light camera and a phone's LiDAR."""

from __future__ import annotations

from typing import Literal

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.testing.rooms.rays import pixel_grid

KINECT_BASELINE_M = 0.075
KINECT_DISPARITY_SIGMA_PX = 0.058
KINECT_STEP_PX = 1 / 8
KINECT_JITTER_PX = 0.5
KINECT_HOLES = 0.03
KINECT_RANGE_M = (0.4, 8.0)
KINECT_GRAZING_RAD = (np.radians(78), np.radians(87))
"""Returns get lost between these angles from the surface's normal, none are left after the second."""
LIDAR_BLUR_PX = 1.0
LIDAR_WAVES = 0.004
LIDAR_WAVES_GRID = (6, 8)
LIDAR_WHITE = 0.002
LIDAR_RANGE_M = (0.1, 5.0)

SensorKind = Literal["kinect", "lidar"]


def sensor_depth(
    depth_m: Array, camera: Camera, *, kind: SensorKind = "kinect", rng: np.random.Generator, lost: Array | None = None
) -> Array:
    """Return depth (H, W) float32 as a sensor would give it, +inf where it gives none.

    ``kinect``: disparity with f of the camera and a 75 mm baseline, 0.058 px of noise, steps of 1/8 px, 0.5 px of lateral
    jitter (Handa et al. 2014, "A Benchmark for RGB-D Visual Odometry, 3D Reconstruction and SLAM", section III-C; noise
    after Nguyen et al. 2012), 3 % of all pixels lost, more at edges and at grazing angles. ``lidar``: blurred by one pixel,
    0.4 % of depth wrong in waves (a 6x8 grid) and 0.2 % from pixel to pixel, nothing beyond 5 m; meant for 256x192.

    Parameters
    ----------
    depth_m : ndarray (H, W)
        Exact, along z, +inf where nothing is.
    camera : Camera
        Of that depth.
    lost : ndarray (H, W) bool or None
        Where nothing comes back for other reasons, such as `SyntheticRoom.glass`.
    """
    exact = np.asarray(depth_m, np.float64)
    if exact.shape != (camera.height_px, camera.width_px):
        raise ValueError(f"depth {exact.shape} is not of a camera {camera.width_px} x {camera.height_px}")
    if lost is not None:
        exact = np.where(lost, np.inf, exact)
    noisy, low_high = (_kinect(exact, camera, rng), KINECT_RANGE_M) if kind == "kinect" else (_lidar(exact, rng), LIDAR_RANGE_M)
    good = (noisy >= low_high[0]) & (noisy <= low_high[1])
    return np.where(good, noisy, np.inf).astype(np.float32)


def _kinect(exact: Array, camera: Camera, rng: np.random.Generator) -> Array:
    factor = camera.k[0, 0] * KINECT_BASELINE_M
    disparity = _jittered(np.where(np.isfinite(exact), factor / exact, 0.0), rng)
    noisy = disparity + rng.normal(0, KINECT_DISPARITY_SIGMA_PX, exact.shape)
    noisy = np.round(noisy / KINECT_STEP_PX) * KINECT_STEP_PX
    gone = (
        ~np.isfinite(exact)
        | (disparity <= 0)
        | (noisy <= 0)
        | (rng.random(exact.shape) < KINECT_HOLES)
        | _shadowed(factor / exact, exact, camera, rng)
    )
    return np.where(gone, np.inf, factor / np.where(gone, 1.0, noisy))


def _jittered(disparity: Array, rng: np.random.Generator) -> Array:
    """Look the disparity up half a pixel off: between its neighbours, which is exact on planes, or at the nearest across edges."""
    height, width = disparity.shape
    rows, columns = np.indices(disparity.shape)
    y = np.clip(rows + rng.normal(0, KINECT_JITTER_PX, disparity.shape), 0, height - 1)
    x = np.clip(columns + rng.normal(0, KINECT_JITTER_PX, disparity.shape), 0, width - 1)
    top, left = np.minimum(y.astype(np.int64), height - 2), np.minimum(x.astype(np.int64), width - 2)
    v, u = y - top, x - left
    a, b, c, d = (disparity[top + i, left + j] for i in (0, 1) for j in (0, 1))
    smooth = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
    edge = np.maximum.reduce([a, b, c, d]) - np.minimum.reduce([a, b, c, d]) > 0.5
    return np.where(edge, disparity[np.round(y).astype(np.int64), np.round(x).astype(np.int64)], smooth)


def _shadowed(disparity: Array, exact: Array, camera: Camera, rng: np.random.Generator) -> Array:
    """Return where the projector's pattern is lost: behind edges, and on surfaces seen at grazing angles."""
    near = np.where(np.isfinite(exact), disparity, 0.0)
    # The projector stands to the side: what lies beside a nearer edge is in its shadow, as wide as the step in disparity.
    shadow = np.zeros(exact.shape, bool)
    for reach in range(1, 9):
        shadow[:, reach:] |= near[:, :-reach] - near[:, reach:] > reach
    rim = np.zeros(exact.shape, bool)
    rim[:, 1:] |= np.abs(np.diff(near, axis=1)) > 1
    rim[1:] |= np.abs(np.diff(near, axis=0)) > 1
    low, high = KINECT_GRAZING_RAD
    share = np.clip((_incidence(exact, camera) - low) / (high - low), 0, 1)
    out: Array = shadow | (rim & (rng.random(exact.shape) < 0.5)) | (rng.random(exact.shape) < share)
    return out


def _incidence(exact: Array, camera: Camera) -> Array:
    """Return the angle (H, W) between the line of sight and the surface's normal; 0 where that is not known."""
    rays = camera.rays(pixel_grid(camera)).reshape(*exact.shape, 3)
    points = rays * np.where(np.isfinite(exact), exact, 0.0)[..., None]
    normal = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
    length = np.linalg.norm(normal, axis=-1) * np.linalg.norm(rays, axis=-1)
    cosine = np.abs((normal * rays).sum(axis=-1)) / np.maximum(length, 1e-300)
    return np.where((length > 0) & np.isfinite(exact), np.arccos(np.clip(cosine, 0, 1)), 0.0)


def _lidar(exact: Array, rng: np.random.Generator) -> Array:
    from scipy.ndimage import gaussian_filter, zoom

    known = np.isfinite(exact)
    weight = gaussian_filter(known.astype(np.float64), LIDAR_BLUR_PX)
    blurred = gaussian_filter(np.where(known, exact, 0.0), LIDAR_BLUR_PX) / np.maximum(weight, 1e-9)
    grid = rng.normal(0, LIDAR_WAVES, LIDAR_WAVES_GRID)
    waves = zoom(grid, np.array(exact.shape) / LIDAR_WAVES_GRID, order=3, mode="nearest", grid_mode=True)
    noisy = blurred * (1 + waves + rng.normal(0, LIDAR_WHITE, exact.shape))
    return np.where(known, noisy, np.inf)

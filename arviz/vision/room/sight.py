"""What one frame sees, checked and at the size of its depth: `Sight`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.vision.depth.unit import check_unit
from arviz.vision.planes.extract import extract_planes
from arviz.vision.planes.field import PlaneField
from arviz.vision.planes.noise import DepthNoise, noise_for

_FAR_M = 65.0
"""No depth sensor for rooms sees farther; 65535 millimetres, which stand for none in many files, are just above."""
_CELLS, _LEAST_CELL_PX = 60, 8
"""Cells of a picture's width. At 40, the default, table tops of 1 % of the picture were found by chance of where cells begin: of
planes with 0.7 to 2 % at 480, 640 and 960 pixels, 70, 59 and 73 % were found, at 60 88, 72 and 80 %, for 20 ms more."""
_ASPECT = 0.01
_RIGID = 1e-3
_CENTRE = (0.1, 0.9)
"""Where in a picture a lens points, even if the picture was cropped."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sight:
    """A frame's depth with its camera at the same size, and the planes in it.

    Parameters
    ----------
    camera : Camera
        Scaled to the size of the depth.
    depth_m : ndarray (H, W) float32
        Along z; +inf where unknown.
    rays : ndarray (H, W, 3) float32
        Where pixels look, with z = 1: a point is ``ray * depth``. Zero where the lens shows nothing.
    noise : DepthNoise
    field : PlaneField
        In the camera's frame.
    pose : ndarray (4, 4) or None
        world_from_camera, as the frame has it.
    out_of_range : float
        Share of the known depths that the sensor cannot have measured; they are left out.
    """

    camera: Camera
    depth_m: Array
    rays: Array
    noise: DepthNoise
    field: PlaneField
    pose: Array | None
    out_of_range: float

    @property
    def known(self) -> Array:
        """(H, W) bool: where depth is known."""
        return np.asarray(np.isfinite(self.depth_m))


def look(frames: Sequence[Frame], *, noise: DepthNoise | None) -> list[Sight]:
    """Return what frames see.

    Raises
    ------
    InputError
        ``E_NO_DEPTH``, ``E_DEPTH_UNIT``, ``E_CAMERA_SIZE``, ``E_POSE``: see the functions below.
    """
    rays: dict[Camera, tuple[Camera, Array]] = {}
    out = []
    for index, frame in enumerate(frames):
        where = f"frame {index}"
        camera, depth = _checked(frame, where=where)
        if frame.camera not in rays or rays[frame.camera][0].width_px != camera.width_px:
            rays[frame.camera] = camera, pixel_rays(camera)
        camera, directions = rays[frame.camera]
        depth = np.where(directions[..., 2] > 0, depth, np.float32(np.inf))
        sensor = noise or noise_for(depth, camera)
        inside = (depth >= sensor.near_m) & (depth <= sensor.far_m)
        out_of_range = 1 - float(inside.sum()) / max(int(np.isfinite(depth).sum()), 1)
        depth = np.where(inside, depth, np.float32(np.inf))
        # What a wrong focal length does, it does to all frames: `arviz.vision.room.shared` adds it once.
        cell_px = max(_LEAST_CELL_PX, round(camera.width_px / _CELLS))
        field = extract_planes(depth, camera=replace(camera, sigma_f_px=None), noise=sensor, cell_px=cell_px)
        pose = None if frame.world_from_camera is None else rigid(frame.world_from_camera, where=where)
        out.append(
            Sight(
                camera=camera,
                depth_m=depth,
                rays=directions,
                noise=sensor,
                field=field,
                pose=pose,
                out_of_range=out_of_range,
            )
        )
    return out


def _checked(frame: Frame, *, where: str) -> tuple[Camera, Array]:
    if frame.depth_m is None:
        raise InputError("E_NO_DEPTH", "the frame has no depth", where=where, hint="Give a depth picture, or measure from the photo.")
    depth = np.asarray(frame.depth_m, np.float32)
    if depth.ndim != 2 or not depth.size:
        raise InputError("E_NO_DEPTH", "depth is a picture of one channel", where=where, expected="(H, W)", found=depth.shape)
    with np.errstate(invalid="ignore"):
        known = np.isfinite(depth) & (depth > 0)
    if not known.any():
        raise InputError(
            "E_NO_DEPTH", "the depth is unknown everywhere", where=where, hint="Check the file: 0 and 65535 stand for no depth."
        )
    check_unit(np.where(known, depth, np.float32(np.inf)), where=where)
    known &= depth < _FAR_M
    return camera_of_size(frame.camera, depth.shape[1], depth.shape[0], where=where), np.where(known, depth, np.float32(np.inf))


def camera_of_size(camera: Camera, width_px: int, height_px: int, *, where: object = None) -> Camera:
    """Return the camera for pictures of another size of the same view (pixel centres at integers).

    Raises
    ------
    InputError
        ``E_CAMERA_SIZE``: another aspect ratio, or a K whose centre lies nowhere near the middle of its picture.
    """
    k = camera.k
    centre = (k[0, 2] + 0.5) / camera.width_px, (k[1, 2] + 0.5) / camera.height_px
    if not (_CENTRE[0] < min(centre) and max(centre) < _CENTRE[1]):
        raise InputError(
            "E_CAMERA_SIZE",
            "the camera's K belongs to pictures of another size: its centre does not lie in their middle",
            where=where,
            expected=f"a centre near the middle of {camera.width_px} x {camera.height_px}",
            found=f"({k[0, 2]:.0f}, {k[1, 2]:.0f})",
            hint="Give the size of the pictures that K was calibrated with.",
        )
    if (camera.width_px, camera.height_px) == (width_px, height_px):
        return camera
    x, y = width_px / camera.width_px, height_px / camera.height_px
    if abs(x / y - 1) > _ASPECT:
        raise InputError(
            "E_CAMERA_SIZE",
            "the depth picture is not the camera's picture in another size",
            where=where,
            expected=f"the aspect ratio of {camera.width_px} x {camera.height_px}",
            found=f"{width_px} x {height_px}",
            hint="Give the K of the depth picture, or crop it like the picture.",
        )
    return camera.resized(width_px=width_px, height_px=height_px)


def rigid(pose: Array, *, where: object = None) -> Array:
    """Return a pose (4, 4) with its rotation made exactly orthonormal.

    Raises
    ------
    InputError
        ``E_POSE``: not finite, mirrored, or not a rotation with a translation.
    """
    found = np.asarray(pose, np.float64)
    if found.shape != (4, 4) or not np.isfinite(found).all():
        raise InputError(
            "E_POSE", "a pose is a finite (4, 4) matrix", where=where, found=f"{found.shape}, finite: {np.isfinite(found).all()}"
        )
    turn = found[:3, :3]
    u, stretch, vt = np.linalg.svd(turn)
    if np.linalg.det(turn) <= 0 or np.abs(stretch - 1).max() > _RIGID or not np.allclose(found[3], (0, 0, 0, 1), atol=1e-6):
        raise InputError(
            "E_POSE",
            "the pose is no rotation and translation",
            where=where,
            expected="determinant 1, no stretch, last row 0 0 0 1",
            found=f"determinant {np.linalg.det(turn):.3g}, stretch {stretch.max():.3g}",
            hint="Give world_from_camera with OpenCV axes (x right, y down, z forward), in metres.",
        )
    out = found.copy()
    out[:3, :3] = u @ vt
    return out


def pixel_rays(camera: Camera) -> Array:
    """Return (H, W, 3) float32: where pixels look, z = 1; zero where the lens shows nothing."""
    rays = camera.rays(np.stack(np.meshgrid(np.arange(camera.width_px), np.arange(camera.height_px)), axis=-1))
    out: Array = np.where(np.isfinite(rays).all(axis=-1, keepdims=True), rays, 0.0).astype(np.float32)
    return out


def quarter_turns(pose: Array) -> int:
    """Return by how many quarter turns `numpy.rot90` brings a frame's upper side to the top of its array."""
    up = pose[1, :2]  # the world's +Y in the camera's x and y
    if abs(up[1]) >= abs(up[0]):
        return 0 if up[1] < 0 else 2
    return 1 if up[0] > 0 else 3

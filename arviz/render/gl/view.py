"""Matrices and order of drawing for one picture (numpy only)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import CV_FROM_GL, gl_projection
from arviz.core.frozen import Array
from arviz.core.scene import light_from_world_axes
from arviz.render.pieces import Piece

_NEAREST_SHARE = 1e-3
"""Near plane as a share of the far plane at least: keeps a 24-bit depth buffer within 1/16000 of the distance."""


class View(NamedTuple):
    """The camera as matrices, float64."""

    clip_from_world: Array
    light_from_world: Array
    """World axes turned into the environment's, origin at the eye."""
    camera_from_world: Array
    eye_from_world: Array
    """World axes as they are, origin at the eye."""


def corners(box: Array) -> Array:
    """Return the (8, 3) corners of a (2, 3) box."""
    pick = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    return np.take_along_axis(box, pick, axis=0)


def light_from_world(world_from_camera: Array, *, rotation_rad: float) -> Array:
    """Return (4, 4): world axes turned so that the environment picture lies unrotated, origin at the eye."""
    out = np.eye(4)
    out[:3, :3] = light_from_world_axes(rotation_rad)
    out[:3, 3] = -out[:3, :3] @ world_from_camera[:3, 3]
    return out


def view(camera: Camera, *, world_from_camera: Array, rotation_rad: float, placed: list[tuple[Piece, Array]]) -> View:
    """Return the matrices for a picture of the pieces (piece, world_from_piece), near and far fitted around them."""
    camera_from_world = np.linalg.inv(world_from_camera)
    depths = [np.empty(0)]
    for piece, world_from_piece in placed:
        points = corners(piece.box) @ (camera_from_world @ world_from_piece)[2, :3]
        depths.append(points + (camera_from_world @ world_from_piece)[2, 3])
    z = np.concatenate(depths)
    far = float(z.max()) * 1.01 if z.size and z.max() > 0 else 1.0
    near = max(float(z.min()) * 0.99 if z.size else 0.0, far * _NEAREST_SHARE)
    projection = gl_projection(camera, near_m=near, far_m=far)
    light = light_from_world(world_from_camera, rotation_rad=rotation_rad)
    eye_from_world = np.eye(4)
    eye_from_world[:3, 3] = -world_from_camera[:3, 3]
    return View(projection @ CV_FROM_GL @ camera_from_world, light, camera_from_world, eye_from_world)

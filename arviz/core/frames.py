"""Every axis flip and half pixel of arviz. Nothing else may hold one.

=========================  ====================================================================
ours                       world and asset: right-handed, +Y up, product front +Z (glTF);
                           camera: OpenCV, +X right, +Y down, +Z forward; pixel centres at integers
glTF, pyrender, trimesh    cameras look along -Z: ``CV_FROM_GL``
GL projection from K       pixel centres at .5: `gl_projection`
pyrender IntrinsicsCamera  needs cx + .5, cy + .5: `half_pixel_intrinsics`
Open3D                     extrinsic is camera_from_world, OpenCV axes; K also needs + .5
ARKit                      camera as glTF's; K counts from the picture's corner: `integer_intrinsics`
=========================  ====================================================================
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly

CV_FROM_GL = readonly(np.diag([1.0, -1.0, -1.0, 1.0]))
"""Camera axes: OpenCV (+Y down, +Z forward) from OpenGL and glTF (+Y up, -Z forward). Its own inverse."""

_AXES = {f"{sign}{name}": np.array(v, np.float64) * (1 if sign == "+" else -1)
         for sign in "+-" for name, v in (("X", (1, 0, 0)), ("Y", (0, 1, 0)), ("Z", (0, 0, 1)))}  # fmt: skip
AXIS_NAMES = tuple(_AXES)


def axis(name: str) -> Array:
    """Return the unit vector of an axis name such as ``"+Z"``, ``"-x"`` or ``"y"``.

    Raises
    ------
    InputError
        Not an axis name.
    """
    key = name.strip().upper()
    key = key if key[:1] in "+-" else f"+{key}"
    if key not in _AXES:
        raise InputError("E_AXIS_UNKNOWN", "not an axis", expected=", ".join(_AXES), found=repr(name))
    return _AXES[key]


def rotation_to_arviz(*, up: str, front: str) -> Array:
    """Return the (3, 3) rotation that turns a product with these axes upright: up to +Y, front to +Z.

    It is a signed permutation, so applying it to floats loses nothing.

    **Convention** ``rotation_to_arviz(up="+Z", front="-Y")`` maps (x, y, z) to (x, z, -y), as for CAD files.

    Raises
    ------
    InputError
        `up` and `front` lie on the same axis, or are no axes.
    """
    y, z = axis(up), axis(front)
    if abs(y @ z) > 0:
        raise InputError(
            "E_AXES_PARALLEL", "up and front lie on the same axis", expected="two different axes", found=f"up {up}, front {front}"
        )
    return np.stack([np.cross(y, z), y, z])


def gl_projection(camera: Camera, *, near_m: float, far_m: float) -> Array:
    """Return the (4, 4) OpenGL clip matrix of a pinhole camera with any K (distortion is not represented).

    Pixel centres are integers in K and half-integers in OpenGL, hence
    ``P[0, 2] = 1 - 2 (cx + .5) / W`` and ``P[1, 2] = 2 (cy + .5) / H - 1`` (eye space looks along -Z, +Y up).
    """
    k, w, h = camera.k, camera.width_px, camera.height_px
    p = np.zeros((4, 4))
    p[0, 0], p[0, 1], p[0, 2] = 2 * k[0, 0] / w, -2 * k[0, 1] / w, 1 - 2 * (k[0, 2] + 0.5) / w
    p[1, 1], p[1, 2] = 2 * k[1, 1] / h, 2 * (k[1, 2] + 0.5) / h - 1
    p[2, 2], p[2, 3] = -(far_m + near_m) / (far_m - near_m), -2 * far_m * near_m / (far_m - near_m)
    p[3, 2] = -1
    return p


def half_pixel_intrinsics(camera: Camera) -> Array:
    """Return K for libraries that put pixel centres at .5 (pyrender, Open3D)."""
    k = camera.k.copy()
    k[0, 2] += 0.5
    k[1, 2] += 0.5
    return k


def integer_intrinsics(k: Array) -> Array:
    """Return K (3, 3) with pixel centres at integers from one that counts from the corner of the picture (ARKit).

    **Convention** the middle of a picture 640 wide is 320 from its corner, and 319.5 here.
    """
    out = np.array(k, np.float64)
    out[0, 2] -= 0.5
    out[1, 2] -= 0.5
    return out


def look_at(eye_m: Array, target_m: Array) -> Array:
    """Return world_from_camera (4, 4) of an OpenCV camera at `eye_m` that sees `target_m` in its centre, +Y up.

    Looking straight up or down, the picture's top points to -Z (as if the camera had tilted from the front).
    """
    eye, target = np.asarray(eye_m, np.float64), np.asarray(target_m, np.float64)
    forward = target - eye
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    if np.linalg.norm(right) < 1e-9:
        right = np.array([1.0, 0.0, 0.0])
    right = right / np.linalg.norm(right)
    out = np.eye(4)
    out[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    out[:3, 3] = eye
    return out


def orbit_direction(azimuth_rad: float, polar_rad: float) -> Array:
    """Return the unit vector from the target to the eye, angles as in model-viewer's ``camera-orbit``.

    **Convention** azimuth 0 looks at the front (eye on +Z), 90 deg at the side on +X; polar 0 is the top, 90 deg
    the horizon: ``orbit_direction(0, pi / 2)`` is (0, 0, 1).
    """
    return np.array(
        [
            np.sin(azimuth_rad) * np.sin(polar_rad),
            np.cos(polar_rad),
            np.cos(azimuth_rad) * np.sin(polar_rad),
        ]
    )

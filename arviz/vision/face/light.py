"""The light on a face, from its own shading: how bright skin is that looks this way and that.

The model: skin shows a (s + u (1 + n_y) / 2 + k wrap(n.l)), with one albedo a for a person, light from all around, more of it
from above, and one main light, whose share creeps a little round into the shade as it does on skin. For each of some hundred
directions l the three strengths have a closed form; how well each explains the skin says where the light is, and how surely.
Nine free harmonics say less: a face shows normals of one half of the sphere, and the others then are anything.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.face import HeadPose, face_template
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.room import LightEstimate, sh_basis

_NOT_SKIN = (
    *(33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    *(263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
    *(70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
    *(98, 97, 2, 326, 327),
)
"""Landmarks at eyes, brows, lips and nostrils: triangles that touch one of them are no clean skin."""
_FACING = 0.3
"""Cosine to the eye: what is turned away more shows hair or what lies behind."""
_WRAP = 0.2
"""How far light creeps round into shade on skin."""
_DIRECTIONS = 500
_BEHIND = -0.35
"""Lights farther behind the face than this (z of their direction) reach nothing of what is seen of it."""
_ROUNDS = 3
_OUTLIER = 2.5
"""In standard deviations: shine, beards, cast shadows."""
_EFFECTIVE = 25.0
"""How many independent measurements a face is worth: the template's shape is wrong in wide regions, not at points."""
_HIGH_RAD, _SPREAD_RAD = 0.6, 0.5
"""Lamps and windows are above eyes, by so much: a face alone hardly tells a high lamp from light from above."""
_LEAST_NOISE = 0.03
"""Relative: skin is nowhere more even."""
_SKIN = 0.35
"""Luminance that skin sends back, where nobody says what is white: between types II and III."""
_RADIUS_RAD = 0.25
"""Lamps and windows are about so large, seen from a face."""
_FEW, _DARK, _BRIGHT = 60, 2 / 255, 250
_BLUR = 0.015
_BANDS = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], (1, 3, 5))
"""Ramamoorthi and Hanrahan 2001, equation 8."""
_BASE_RAD = 0.1
"""Error of the direction that stays when all else is known: normals of the template."""


def face_lighting(
    image: Image, face: Landmarks, *, pose: HeadPose, camera: Camera, white: Array | None = None, points_m: Array | None = None
) -> LightEstimate | None:
    """Return the light on a face, None where too little skin is seen to say.

    Parameters
    ----------
    image : Image
        8-bit sRGB.
    face : Landmarks
    pose : HeadPose
    camera : Camera
    white : ndarray (3,), optional
        What a white matte surface beside the eyes would show, linear Rec.709 (the whites of the eyes say so). Without it the
        light is taken as neutral and as bright as mean skin needs, and the confidence is halved.
    points_m : ndarray (468, 3), optional
        The landmarks of this head, in its frame; the template's by default.

    Returns
    -------
    LightEstimate
        In the axes of the camera turned upright (`arviz.core.frames.CV_FROM_GL`: x right, y up, z to the camera); source ``shading``.
    """
    seen = _skin(image, face, pose=pose, camera=camera, points_m=points_m)
    if seen is None:
        return None
    normals, shown = seen
    luminance = shown @ LUMINANCE
    ways = _ways()
    strengths, cost, spread = _fitted(normals, luminance, ways)
    likely = -_EFFECTIVE / 2 * np.log(cost) - ((np.arcsin(ways[:, 1]) - _HIGH_RAD) / _SPREAD_RAD) ** 2 / 2
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    direction = weight @ ways
    length = float(np.linalg.norm(direction))
    direction = direction / length if length > 1e-6 else ways[int(np.argmin(cost))]
    angle = np.arccos(np.clip(ways @ direction, -1, 1))
    sigma = float(np.hypot(np.sqrt(weight @ angle**2), _BASE_RAD))
    even, upper, main = weight @ strengths
    front = np.array([[0.0, 0.0, 1.0]])
    bright, colour = _white(white, skin=float(_basis(front, direction[None])[0, 0] @ (even, upper, main)))
    unit = _harmonics(even, upper) + sh_basis(direction[None])[0] * main
    scale = np.pi * bright / max(float((sh_basis(front) * _BANDS)[0] @ unit), 1e-9)
    sh = unit * scale
    estimate = LightEstimate(
        sh=sh[:, None] * colour,
        to_light=tuple(direction.tolist()),
        sigma_direction_rad=min(sigma, np.pi / 2),
        directional_share=0.0,
        angular_radius_rad=_RADIUS_RAD,
        colour=tuple(colour.tolist()),
        source="shading",
        confidence=0.0,
    )
    facing = float(estimate.irradiance(direction[None])[0] @ LUMINANCE)
    direct = main * scale
    # The share that gives back this main light where nine harmonics make 17/16 of it.
    share = float(np.clip(direct / max(facing - direct / 16, 1e-9), 0, 1))
    explained = float(np.clip(1 - cost.min() / max(spread, _LEAST_NOISE**2), 0, 1))
    confidence = (0.3 + 0.7 * explained) * (1.0 if white is not None else 0.5) * float(np.clip(1 - sigma / (np.pi / 2), 0, 1))
    return replace(estimate, directional_share=share, confidence=confidence)


def _skin(image: Image, face: Landmarks, *, pose: HeadPose, camera: Camera, points_m: Array | None) -> tuple[Array, Array] | None:
    """Return normals (N, 3) in upright axes and linear colours (N, 3) of patches of clean skin, None for too few."""
    import cv2

    template = face_template()
    points = template.points_m if points_m is None else np.asarray(points_m, np.float64)
    triangles = template.triangles[~np.isin(template.triangles, _NOT_SKIN).any(axis=1)]
    corners = points[triangles] @ pose.camera_from_head[:3, :3].T + pose.camera_from_head[:3, 3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    middle = corners.mean(axis=1)
    facing = -(normals * middle).sum(axis=1) / np.linalg.norm(middle, axis=1)
    at = face.points_px[triangles].mean(axis=1)
    inside = (at >= 0).all(axis=1) & (at <= [image.width_px - 1, image.height_px - 1]).all(axis=1)
    good = np.flatnonzero((facing > _FACING) & inside)
    if len(good) < _FEW:
        return None
    width = float(np.ptp(face.points_px[:468, 0]))
    encoded = np.ascontiguousarray(image.pixels[..., :3])
    smooth = cv2.GaussianBlur(encoded, (0, 0), max(_BLUR * width, 0.5))
    x, y = np.floor(at[good] + 0.5).astype(int).T
    patches = smooth[y, x]
    usable = (patches.max(axis=1) < _BRIGHT) & (patches.max(axis=1) > 255 * _DARK)
    if usable.sum() < _FEW:
        return None
    turn = CV_FROM_GL[:3, :3]
    return normals[good[usable]] @ turn.T, srgb_to_linear(patches[usable] / 255)


@cache
def _ways() -> Array:
    """Return directions (D, 3) evenly over the part of the sphere from which light reaches what is seen of a face."""
    i = np.arange(_DIRECTIONS)
    z = 1 - (2 * i + 1) / _DIRECTIONS
    r, turn = np.sqrt(1 - z * z), np.pi * (3 - 5**0.5) * i
    ways: Array = np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)
    return ways[z > _BEHIND]


def _basis(normals: Array, ways: Array) -> Array:
    """Return (D, N, 3): what light from all around, from above, and of a main light in each direction gives normals."""
    wrapped = np.maximum((ways @ normals.T + _WRAP) / (1 + _WRAP), 0)
    even = np.ones_like(wrapped)
    above = np.broadcast_to((1 + normals[:, 1]) / 2, wrapped.shape)
    return np.stack([even, above, wrapped], axis=-1)


def _fitted(normals: Array, luminance: Array, ways: Array) -> tuple[Array, Array, float]:
    """Return strengths (D, 3), none below 0, the mean squared relative deviation (D,), and that of skin without shading."""
    basis = _basis(normals, ways)
    weight = np.ones(len(luminance))
    expected = np.full(len(luminance), float(np.median(luminance)))
    for _ in range(_ROUNDS):
        own = weight / np.maximum(expected, 0.2 * np.median(luminance)) ** 2
        own /= own.sum()
        strengths, square = _least(basis, luminance, own)
        mean = float(own @ luminance)
        scale = float(own @ expected**2)
        best = int(np.argmin(square))
        expected = basis[best] @ strengths[best]
        relative = (luminance - expected) / np.maximum(expected, 1e-6)
        sigma = max(1.4826 * float(np.median(np.abs(relative))), _LEAST_NOISE)
        weight = 1 / np.maximum(np.abs(relative) / (_OUTLIER * sigma), 1) ** 2
    even = float(own @ (luminance - mean) ** 2) / scale
    return strengths, square / scale + _LEAST_NOISE**2, even


def _least(basis: Array, luminance: Array, weight: Array) -> tuple[Array, Array]:
    """Return the strengths (D, 3), none below 0, of least weighted squares, and these squares (D,): every set of columns is tried."""
    gram = np.einsum("dni,n,dnj->dij", basis, weight, basis, optimize=True)
    right = np.einsum("dni,n->di", basis, weight * luminance)
    whole = float(weight @ luminance**2)
    out, least = np.zeros(right.shape), np.full(len(right), whole)
    for size in (1, 2, 3):
        for chosen in combinations(range(3), size):
            pick = list(chosen)
            part = gram[:, pick][:, :, pick] + 1e-9 * np.eye(size)
            found = np.linalg.solve(part, right[:, pick, None])[..., 0]
            square = whole - (found * right[:, pick]).sum(axis=1)
            better = (found >= 0).all(axis=1) & (square < least - 1e-15)
            least[better] = square[better]
            out[better] = 0
            out[np.ix_(better, pick)] = found[better]
    return out, np.maximum(least, 0)


def _white(white: Array | None, *, skin: float) -> tuple[float, Array]:
    """Return the luminance of a white surface that faces the camera, and the colour (3,) of the light at luminance 1."""
    if white is None:
        return skin / _SKIN, np.ones(3)
    white = np.maximum(np.asarray(white, np.float64), 1e-6)
    bright = float(white @ LUMINANCE)
    return bright, white / bright


def _harmonics(even: float, upper: float) -> Array:
    """Return (9,) harmonics of the radiance that gives a white surface of normal n the irradiance even + upper (1 + n_y) / 2."""
    out = np.zeros(9)
    out[0] = (even + upper / 2) / np.pi / 0.28209479
    out[1] = (upper / 2) / (2 * np.pi / 3) / 0.48860251
    return out

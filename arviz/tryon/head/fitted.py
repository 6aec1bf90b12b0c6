"""A person's head as a mesh of true size: `FittedHead`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.frozen import Array, freeze, readonly, set_fields
from arviz.core.head_model import head_model

SKIN, EYES = ("skin",), ("right_eye", "left_eye")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedHead:
    """A head with ears, neck and back, laid on a person's landmarks; without hair.

    In the head's frame (`arviz.core.face`): the template's points, laid on this head's landmarks without expression by the
    similarity of least squares, are only scaled.

    Parameters
    ----------
    camera_from_head : ndarray (4, 4) float64
        Rigid, metres.
    points_m, normals : ndarray (N, 3) float64
        Fine points of `arviz.core.head_model`, with expression; normals of length 1.
    landmarks_m : ndarray (468, 3) float64
    eyes_m : ndarray (2, 3) float64
        Centres of the right and the left eyeball.
    eye_radius_m : float
    ear_roots_m : ndarray (2, 3) float64
        Right and left: where the upper rim of the ear meets the head (otobasion superius); temples of glasses rest there.
    relative_sigma : float
        Relative standard deviation of every length, from `FaceScale`.
    residual_px : float
        Root mean square distance between landmarks and those of the mesh.
    weights : mapping
        Target -> weight: the shape, without expression.
    information : ndarray (K, K) float64
        What the pictures so far say about the shape's weights, as the inverse of a covariance; for the next picture.
    """

    camera_from_head: Array
    points_m: Array = field(repr=False)
    normals: Array = field(repr=False)
    landmarks_m: Array = field(repr=False)
    eyes_m: Array = field(repr=False)
    eye_radius_m: float
    ear_roots_m: Array = field(repr=False)
    relative_sigma: float
    residual_px: float
    weights: Mapping[str, float] = field(repr=False)
    information: Array = field(repr=False)

    def __post_init__(self) -> None:
        arrays = ("camera_from_head", "points_m", "normals", "landmarks_m", "eyes_m", "ear_roots_m", "information")
        set_fields(self, weights=freeze(self.weights), **{name: readonly(getattr(self, name), np.float64) for name in arrays})

    @property
    def triangles(self) -> Array:
        """Return the corners (T, 3) of skin and eyes in `points_m`."""
        return head_model().fine_triangles(*SKIN, *EYES)

    def asset(self) -> Asset:
        """Return the head as something to render, in its own frame: an occluder, or what shadows fall on."""
        used, corners = np.unique(self.triangles, return_inverse=True)
        attributes = {"POSITION": self.points_m[used].astype(np.float32), "NORMAL": self.normals[used].astype(np.float32)}
        primitive = Primitive(attributes=attributes, indices=corners.ravel().astype(np.uint32))
        return Asset(nodes=(Node(name="head", mesh=0),), meshes=(Mesh(primitives=(primitive,)),))

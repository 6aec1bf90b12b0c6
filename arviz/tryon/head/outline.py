"""Where the outline of a face lies in a picture: the edge of the person, as a matte of persons has it.

Landmarks of a network lie inside of the true outline of cheeks and jaw (4 % of the eyes' distance, median of 24 synthetic heads), the
edge of its matte 1 % outside. Along rays from the middle of the face the mesh's outermost point is compared with that edge; where that
point is of an ear, the neck or under the hair, the edge says nothing of the face.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model

_RAYS = 120
_REACH = 0.1
"""How far from the mesh's outline the edge is looked for, in distances between the eyes."""
_STEP_PX = 0.5
_EAR_REACH = 0.16
_SHOWN = 0.6
"""Of an ear beside the face, and of its upper half that is skin."""
_BACKWARD = -0.3
"""Cosine: rays about an ear that lead farther back to the face meet cheek."""
_LATE = 0.007
"""The edge lies so much outside of the true outline (median of synthetic heads), in distances between the eyes."""
_BELOW_EYES_M = 0.01
"""Of the mean head: from there down the outline counts; higher up the edge is that of the hair."""


class Edges(NamedTuple):
    """Where the outline of a mesh should lie."""

    points: Array
    """(M,) which fine points are the outline now."""
    ways: Array
    """(M, 2) unit vectors outwards, in pixels."""
    missing_px: Array
    """(M,) how much farther out the edge lies."""


def edges(points_px: Array, alpha: Array, *, centre_px: Array, eyes_px: float) -> Edges:
    """Return where the edge of a person lies beside the outline of a head, in all directions in which the face makes the outline.

    Parameters
    ----------
    points_px : ndarray (N, 2)
        Fine points of `arviz.core.head_model`.
    alpha : ndarray (H, W)
        Matte of the person.
    centre_px : ndarray (2,)
        Inside of the face.
    eyes_px : float
        Distance between the eyes.
    """
    skin, face = _skin()
    outermost = _outermost(points_px[skin] - centre_px)
    found = _beside(points_px, skin[outermost[face[outermost]]], alpha, centre_px, _REACH * eyes_px)
    return found._replace(missing_px=found.missing_px - _LATE * eyes_px)


def ear_edges(points_px: Array, alpha: Array, *, side: int, face_px: Array, eyes_px: float) -> Edges | None:
    """Return where skin ends about one ear, 0 the right, 1 the left; None where hair or the face hide it.

    Parameters
    ----------
    points_px, eyes_px
        As of `edges`.
    alpha : ndarray (H, W)
        Matte of skin: hair is none.
    face_px : ndarray (468, 2)
        Landmarks.
    """
    ear, root = _ears()[side]
    if min(ear_skin(points_px, alpha, side=side), _share_beside(points_px[ear], face_px)) < _SHOWN:
        return None
    middle = points_px[root].mean(axis=0)
    outwards = middle - face_px.mean(axis=0)
    away = points_px[ear] - middle
    outermost = _outermost(away)
    outermost = outermost[away[outermost] @ outwards > _BACKWARD * np.hypot(*away[outermost].T) * np.hypot(*outwards)]
    return _beside(points_px, ear[outermost], alpha, middle, _EAR_REACH * eyes_px)


def ear_skin(points_px: Array, alpha: Array, *, side: int) -> float:
    """Return the share of the upper half of an ear, 0 the right, 1 the left, of fine points (N, 2), that a matte of skin (H, W) has."""
    ear = points_px[_ears()[side][0]]
    return float((_sampled(alpha, ear[ear[:, 1] < ear[:, 1].mean()]) > 0.5).mean())


def _share_beside(ear: Array, face_px: Array) -> float:
    """Return the share of points (M, 2) that lie outside of the face's landmarks."""
    import cv2

    hull = cv2.convexHull(face_px.astype(np.float32))
    return float(np.mean([cv2.pointPolygonTest(hull, point, False) < 0 for point in ear[::8].tolist()]))


def _outermost(away: Array) -> Array:
    """Return the numbers of the points of (N, 2) that are the farthest out, in each ray about a centre in which there are any."""
    length = np.hypot(*away.T)
    ray = ((np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) + 0.5) * _RAYS).astype(int) % _RAYS
    order = np.lexsort((length, ray))
    out: Array = order[np.append(np.diff(ray[order]) != 0, True)]
    return out


def _beside(points_px: Array, points: Array, alpha: Array, centre_px: Array, reach_px: float) -> Edges:
    """Return where, on rays from a centre through some points, a matte ends next to them."""
    away = points_px[points] - centre_px
    length = np.hypot(*away.T)
    ways = away / np.maximum(length, 1e-9)[:, None]
    steps = np.arange(-reach_px, reach_px + _STEP_PX, _STEP_PX)
    # Not before the centre.
    along = centre_px + ways[:, None] * np.maximum(length[:, None] + steps, 0)[..., None]
    seen = _sampled(alpha, along)
    leaves = (seen[:, :-1] >= 0.5) & (seen[:, 1:] < 0.5)
    at = steps[:-1] + _STEP_PX * (seen[:, :-1] - 0.5) / np.maximum(seen[:, :-1] - seen[:, 1:], 1e-6)
    nearest = np.where(leaves, np.abs(at), np.inf).argmin(axis=1)
    found = np.flatnonzero(leaves.any(axis=1))
    return Edges(points[found], ways[found], at[found, nearest[found]])


def _sampled(alpha: Array, places_px: Array) -> Array:
    """Return a matte at places (..., 2)."""
    import cv2

    x, y = np.moveaxis(places_px.astype(np.float32).reshape(-1, 1, 2), -1, 0)
    out: Array = cv2.remap(np.ascontiguousarray(alpha, np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out.reshape(places_px.shape[:-1])


def share_outside(points_px: Array, alpha: Array) -> float:
    """Return the share of a head's skin above the chin, fine points (N, 2) in pixels, that is not of the person of a matte (H, W).

    Points beside the picture do not count.
    """
    model = head_model()
    fine = model.finer(model.points_m)
    skin, _ = _skin()
    head = skin[fine[skin, 1] > model.landmarks(fine)[152, 1]]
    column, row = np.floor(points_px[head] + 0.5).astype(int).T
    seen = (row >= 0) & (column >= 0) & (row < alpha.shape[0]) & (column < alpha.shape[1])
    return float((alpha[row[seen], column[seen]] < 0.5).mean()) if seen.any() else 0.0


@cache
def _skin() -> tuple[Array, Array]:
    """Return the fine points of the skin, and which of them are of the face between eyes and chin, without ears."""
    model = head_model()
    fine = model.finer(model.points_m)
    skin = np.unique(model.fine_triangles("skin"))
    landmarks = model.landmarks(fine)
    high = fine[skin, 1]
    face = (high < landmarks[[33, 263], 1].mean() - _BELOW_EYES_M) & (high > landmarks[152, 1])
    face &= model.finer(model.masks["ears"])[skin] < 0.1
    return skin, face


@cache
def _ears() -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return of the right and the left ear the fine points, and those where it meets the head."""
    model = head_model()
    fine, ears = model.finer(model.points_m), model.finer(model.masks["ears"])
    skin, _ = _skin()
    sides = [skin[fine[skin, 0] * sign > 0] for sign in (-1, 1)]
    right, left = ((side[ears[side] > 0.5], side[(ears[side] > 0.35) & (ears[side] < 0.65)]) for side in sides)
    return right, left

"""Up and the floor in a cloud of points: by gravity, by the floor itself, by walls, by the photos' own straight edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.vision.photo.gravity import SIGMA_RAD, down_vector
from arviz.vision.photo.segments import find_segments
from arviz.vision.photo.vanishing import manhattan
from arviz.vision.sequence.cloud import CloudPlane
from arviz.vision.sequence.result import PhotoSequence, PosedPhoto

_HELD_RAD = np.radians(40.0)
"""The farthest that up is from what photos held upright say, which people tilt by up to 30 degrees."""
_LEVEL_RAD = np.radians(7.0)
_BELOW = 0.05
"""Share of points that may lie under a floor: reflections and wrong matches."""
_SURE = 0.35
_PHOTOS = 6
"""Photos whose straight edges are looked at: each costs some 30 ms."""


class Upright(NamedTuple):
    """Where up is in the sequence's axes."""

    up: Array
    sigma_rad: float
    floor: CloudPlane | None
    source: str
    """``gravity``, ``floor``, ``walls``, ``edges``, or empty where nothing says so but how the camera was held."""


def upright(found: PhotoSequence, planes: list[CloudPlane], frames: Sequence[Frame], *, gravity: Sequence[float] | Array | None) -> Upright:
    """Return where up is, and the floor if points lie on it.

    Parameters
    ----------
    found : PhotoSequence
    planes : list of CloudPlane
        Of its points.
    frames : sequence of Frame
        All that the sequence was made of.
    gravity : (3,) float, optional
        Down in the axes of the first frame's camera.
    """
    held = _held(found.placed)
    first = found.photos[0].world_from_camera
    if gravity is not None and first is not None:
        up = -first[:3, :3] @ down_vector(gravity)
        floor = _floor(found, planes, up, _LEVEL_RAD)
        # A floor that many points lie on is better known than what a phone's sensor says.
        if floor is not None and floor.sigma_normal_rad < SIGMA_RAD:
            return Upright(floor.normal, floor.sigma_normal_rad, floor, "floor")
        return Upright(up, SIGMA_RAD, floor, "gravity")
    floor = _floor(found, planes, held, _HELD_RAD)
    if floor is not None:
        return Upright(floor.normal, floor.sigma_normal_rad, floor, "floor")
    by_walls = _by_walls(planes, held)
    up, sigma, source = by_walls or _by_edges(found, frames) or (held, float(np.radians(15)), "")
    return Upright(up, sigma, None, source)


def _held(placed: Sequence[PosedPhoto]) -> Array:
    """Return the mean of the pictures' own up."""
    up = -np.sum([photo.world_from_camera[:3, 1] for photo in placed if photo.world_from_camera is not None], axis=0)
    out: Array = up / max(float(np.linalg.norm(up)), 1e-12)
    return out


def _floor(found: PhotoSequence, planes: list[CloudPlane], up: Array, gate_rad: float) -> CloudPlane | None:
    """Return the level plane under all cameras with nothing below it."""
    eyes = np.array([photo.world_from_camera[:3, 3] for photo in found.placed if photo.world_from_camera is not None])
    best = None
    for plane in planes:
        if plane.normal @ up < np.cos(gate_rad) or (eyes @ plane.normal + plane.offset).min() <= 0:
            continue
        below = found.points @ plane.normal + plane.offset < -4 * np.hypot(found.sigma, plane.sigma_offset)
        if below.mean() < _BELOW and (best is None or len(plane.members) > len(best.members)):
            best = plane
    return best


def _by_walls(planes: list[CloudPlane], held: Array) -> tuple[Array, float, str] | None:
    """Return the direction that two walls share."""
    best: tuple[float, Array, float] | None = None
    for i, a in enumerate(planes):
        for b in planes[i + 1 :]:
            up = np.cross(a.normal, b.normal)
            length = float(np.linalg.norm(up))
            if length < 0.5:
                continue
            up = up / length * np.sign(up @ held)
            sigma = float(np.hypot(a.sigma_normal_rad, b.sigma_normal_rad)) / length
            if up @ held > np.cos(_HELD_RAD) and sigma < np.radians(5) and (best is None or sigma < best[0]):
                # A level surface and a wall share a level line, which is far from up.
                best = (sigma, up, sigma)
    return None if best is None else (best[1], best[2], "walls")


def _by_edges(found: PhotoSequence, frames: Sequence[Frame]) -> tuple[Array, float, str] | None:
    """Return up as the vanishing points of several photos say, their median."""
    ups, sigmas = [], []
    placed = found.placed[:: max(len(found.placed) // _PHOTOS, 1)]
    for photo in placed:
        triad = manhattan(find_segments(frames[photo.index].image, camera=photo.camera), camera=photo.camera)
        if triad is not None and triad.confidence >= _SURE and photo.world_from_camera is not None:
            prior = triad.prior()
            ups.append(photo.world_from_camera[:3, :3] @ prior.up)
            sigmas.append(float(np.sqrt(np.trace(prior.covariance) / 2)))
    if not ups:
        return None
    up = np.median(ups, axis=0)
    up = up / np.linalg.norm(up)
    scatter = np.arccos(np.clip(np.array(ups) @ up, -1, 1))
    return up, float(max(np.median(sigmas), np.median(scatter))), "edges"

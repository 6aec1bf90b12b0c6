"""The sun, by the shadows that frames, edges and furniture throw on planes.

Most things that throw straight shadows in a room stand upright or run along its walls. Such a line of direction v and the sun
s throw an edge of direction e on any plane: v, s and e lie in one plane, so s . (v x e) = 0 (a great circle). Edges of windows
on the floor give the sun's azimuth, their other edges on a wall its height. What is lit must see the sun: past everything
measured, out of the room below its ceiling, best through a bright hole in the depth, which is glass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import Room, RoomSun
from arviz.vision.light.emitters import shown
from arviz.vision.light.harmonics import fibonacci_sphere, irradiance
from arviz.vision.light.places import upright
from arviz.vision.light.samples import Picture, in_plane, picture
from arviz.vision.light.shadow_edges import Edge, chance, parallel, shadow_edges

_DIRECTIONS = 2000
_LOWEST, _HIGHEST = np.sin(np.radians(4.0)), np.sin(np.radians(72.0))
_USUAL_DEG, _LOW_DEG = (35.0, 18.0), (15.0, 6.0)
"""Above the first height of the sun, below the second, it gets rarer indoors: standard deviations."""
_EDGE_RAD, _FRAME_RAD = np.radians(1.0), np.radians(1.7)
"""Of an edge beside its own sigma; of what stands upright in a room, and of the raster of directions."""
_OTHER = 0.15
"""Share of edges of sunlight that something else than a line along the room's axes throws."""
_BAND = 1.5
"""Two of three axes give a circle that an edge may lie near by chance."""
_FREE, _HIT, _GLASS = (-0.96, -0.9), (-1.8, 0.84), (1.6, 0.2)
"""Logarithms of how much likelier what a ray towards the sun meets is there than elsewhere, for lit points and dark ones."""
_OUT_OF_ROOM, _KNOWN_WALL = -2.3, -0.9
"""The same for rays that reach the ceiling's height above the known floor, and that end on a wall beside the picture."""
_PER_POINT = 1.5
_HEAD_M = 2.4
"""Windows end below this height, of a room whose ceiling is not known."""
_MOST_WEIGHT, _MOST_EDGES = 2.0, 1.0
"""Of edges along each other: they err together, so that they say no more than one about where the sun is."""
_FULL = 40.0
"""An edge of this `Edge.length` counts once."""
_LEAST_CHANCE, _LIKELY, _MOST_CHANCE = 0.03, 0.9, 0.99
_WORTH = 0.5
"""Where no group of edges is as likely to be of sunlight as this, nothing sure comes of all of them."""
_MODE_RAD = np.radians(12.0)
_MISFIT = 1.5
_LEAST_SIGMA_RAD = np.radians(4.0)
_STEPS, _REACH_M = 16, 4.0
_NEAR_M = 0.06
_SIDE_M, _SIDE = 0.03, 0.01
_BEHIND_M = 0.12
"""How thick things are at least that a ray passes behind."""


_SIDE_COS, _SURE = np.cos(np.radians(25.0)), 0.5
"""Strips tell from which side the sun comes, not always how high it stands, and often leave an answer on the other side too: more
likely than not it comes from this side, as seen from above.

In 80 rooms, 125 photos that show edges of sunlight and 114 that show none, 70 answers were as sure, 79 % of them from the right side
and half within 9 degrees; one was in a room without sun. By the chance of single edges and the spread of all answers it were 13."""
_RING = 0.3 * np.array([(0, 0), *((np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4)])
"""Where a place is looked at for sun, in metres on the floor."""


class Sun(NamedTuple):
    """Where the sun is if it shines into a room."""

    to_sun: Array
    """(3,) unit vector in the world."""
    sigma_rad: float
    """Over all answers, those on the other side of the room too."""
    share: float
    """Of the probability, that the sun comes from this side."""
    edges: tuple[Edge, ...]
    """Those that it can throw."""

    @property
    def sure(self) -> bool:
        """Whether it is known well enough to light things by it."""
        return bool(self.share > _SURE)

    def shines_at(self, seen: Picture, room: Room, world_from_camera: Array, at_m: Array) -> bool:
        """Tell whether most of the floor about a place, as far as the photo shows it, is as bright as what the sun lights there."""
        floor = room.floor
        if floor is None:
            return False
        own = [edge for edge in self.edges if room.planes[edge.plane] is floor]
        normal = np.asarray(floor.normal)
        ring = at_m + _RING @ np.stack(in_plane(normal))
        pixels, visible = shown(seen, ring - np.outer(floor.distance_m(ring), normal), np.linalg.inv(world_from_camera))
        if not own or not visible.any():
            return False
        between = np.median([edge.bright - edge.step / 2 for edge in own]) + np.log(max(seen.middle, 1e-4))
        return bool(np.median(seen.luminance[pixels[visible, 1], pixels[visible, 0]]) > np.exp(between))

    def strength(self, ambient: Array) -> float:
        """Return the irradiance of a surface that faces the sun, in that of `ambient` harmonics (9, 3), by the steps of its edges.

        On the dark side there is the light of all around alone; where the bright side is white it is at least so much.
        """
        each = []
        for edge in self.edges:
            around = float(irradiance(ambient, edge.normal) @ LUMINANCE)
            each.append(np.expm1(edge.step) * around / max(float(edge.normal @ self.to_sun), 0.1))
        return float(np.median(each))


def room_sun(frames: Sequence[Frame], room: Room) -> RoomSun | None:
    """Return where the sun is by the frame that is surest of it, of the frames of `room.views`; None where none is sure.

    In 39 sunny rooms of three frames 71 photos showed edges of sunlight. By themselves 43 were sure, 33 of these right within 25
    degrees; by the sun of their rooms 53 and 46. Of 21 rooms without sun none gained one. Rejected: the sum of the logarithms of
    all frames, also its mean and each direction's largest. Frames that overlap err by the same edges, and one that errs spoils
    the others: in the first 9 rooms, 22 photos, 10, 13 and 16 were sure and right, by the surest frame 19, by themselves 12.
    """
    axes = upright(room)[0]
    poses = (view.world_from_camera for view in room.views)
    each = (sun(picture(frame), room, pose, axes) for frame, pose in zip(frames, poses, strict=True))
    best = max((one for one in each if one is not None and one.sure), key=lambda one: one.share, default=None)
    return best and RoomSun(to_sun=tuple(best.to_sun.tolist()), sigma_rad=best.sigma_rad, share=best.share)


def sun(seen: Picture, room: Room, world_from_camera: Array, axes: Array) -> Sun | None:
    """Return where the sun is by edges of its light on planes; None where the photo shows no edge that may be one.

    `axes` (3, 3) are the room's as rows: along, up, across. Of the room's own sun and the photo's answer the surer one is taken:
    the room's may rest on this very photo, so that both together say no more.
    """
    edges = shadow_edges(seen, room, world_from_camera)
    groups = parallel(edges)
    chances = [chance([edges[i] for i in group], axes) for group in groups]
    if not any(one > _WORTH for one in chances):
        return None
    directions = fibonacci_sphere(_DIRECTIONS)
    height = directions @ axes[1]
    directions = directions[(height > _LOWEST) & (height < _HIGHEST)]
    lit, dark = (np.concatenate(points) for points in zip(*((edge.lit_m, edge.dark_m) for edge in edges), strict=True))
    lifted = 0.01 * np.repeat([edge.normal for edge in edges], len(edges[0].lit_m), axis=0)
    meets = _meets(seen, world_from_camera, np.concatenate([lit, dark]) + lifted[np.r_[0 : len(lit), 0 : len(lit)]], directions)
    codes = np.array([_FREE, _HIT, _GLASS])
    seen_by = codes[meets[:, : len(lit)], 0] + _PER_POINT * _leaves(room, world_from_camera, axes, lit, directions, meets[:, : len(lit)])
    seen_by = seen_by + codes[meets[:, len(lit) :], 1]
    way = seen_by.reshape(len(directions), len(edges), -1).mean(axis=-1)
    score = _prior(directions @ axes[1])
    for group, one in zip(groups, chances, strict=True):
        # Where the sun is if there is one: the likeliest group is its own then.
        known = _MOST_CHANCE if one == max(chances) else min(one, _LIKELY)
        score = score + _evidence([edges[i] for i in group], known, way[:, group], axes, directions)
    share = np.exp(score - score.max())
    share /= share.sum()
    near = np.exp(-((np.arccos(np.clip(directions @ directions.T, -1, 1)) / _MODE_RAD) ** 2) / 2)
    mean = (near[int((near @ share).argmax())] * share) @ directions
    mean = mean / np.linalg.norm(mean)
    apart = np.arccos(np.clip(directions @ mean, -1, 1))
    sigma = float(np.hypot(_MISFIT * np.sqrt(share @ apart**2), _LEAST_SIGMA_RAD))
    plan = directions @ axes[[0, 2]].T
    there = axes[[0, 2]] @ mean
    same = plan @ there > _SIDE_COS * np.linalg.norm(plan, axis=1) * np.linalg.norm(there)
    side = min(float(share[same].sum()), 1.0)
    if room.sun is not None and room.sun.share > side:
        mean, sigma, side = np.asarray(room.sun.to_sun), room.sun.sigma_rad, room.sun.share
    likely = sorted(i for group, one in zip(groups, chances, strict=True) if one > _WORTH for i in group)
    thrown = tuple(edges[i] for i in likely if edges[i].normal @ mean > 0.1)
    return Sun(mean, sigma, side, thrown) if thrown else None


def _prior(height: Array) -> Array:
    degrees = np.degrees(np.arcsin(np.clip(height, -1, 1)))
    above, below = np.maximum(degrees - _USUAL_DEG[0], 0) / _USUAL_DEG[1], np.maximum(_LOW_DEG[0] - degrees, 0) / _LOW_DEG[1]
    out: Array = -(above**2 + below**2) / 2
    return out


def _evidence(edges: list[Edge], likely: float, way: Array, axes: Array, directions: Array) -> Array:
    """Return how parallel edges change the logarithm of each direction's probability (D,)."""
    weight = np.array([min(edge.length / _FULL, 1.5) for edge in edges])
    signed = np.array([edge.along * np.sign(edge.along @ edges[0].along) for edge in edges])
    along = weight @ signed
    along = along / np.linalg.norm(along)
    sigma = np.hypot(_EDGE_RAD, 1 / np.sqrt(sum(1 / (edge.sigma_rad**2 + _EDGE_RAD**2) for edge in edges)))
    thrown = np.zeros(len(directions))
    aligned = False
    for axis in axes:
        circle = np.cross(axis, along)
        sine = float(np.linalg.norm(circle))
        if sine < np.sin(np.radians(6.0)):
            aligned = True  # it may be the shadow of what runs along it, wherever the sun is
            continue
        spread = np.hypot(sigma / max(sine, 0.2), _FRAME_RAD)
        off = np.arcsin(np.clip(np.abs(directions @ circle) / sine, 0, 1))
        thrown = np.maximum(thrown, np.exp(-((off / spread) ** 2) / 2) / (np.sqrt(2 * np.pi) * spread * _BAND))
    thrown = np.ones(len(directions)) if aligned else _OTHER + (1 - _OTHER) * thrown
    seen = way @ weight * min(1.0, _MOST_WEIGHT / weight.sum())
    seen = np.exp(seen - seen.max())
    facing = np.where(directions @ edges[0].normal > 0.03, 1.0, 0.02)
    likely = float(np.clip(likely, _LEAST_CHANCE, _MOST_CHANCE))
    out: Array = min(weight.sum(), _MOST_EDGES) * np.log(1 - likely + likely * thrown * seen / seen.mean() * facing)
    return out


def _meets(seen: Picture, pose: Array, points_m: Array, directions: Array) -> Array:
    """Return what rays (D, P) towards the sun meet as far as the picture shows: 0 nothing, 1 a surface, 2 bright glass."""
    assert seen.depth_m is not None
    inverse = np.linalg.inv(pose)
    start = (points_m @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.float32)
    way = (directions @ inverse[:3, :3].T).astype(np.float32)
    height, width = seen.luminance.shape
    depth = np.where(np.isfinite(seen.depth_m), seen.depth_m, np.inf).astype(np.float32)
    glass = ~np.isfinite(depth) & (seen.luminance > max(1.5 * seen.middle, 0.3))
    out = np.zeros((len(directions), len(points_m)), np.int8)
    open_ray, open_point = (index.reshape(-1) for index in np.indices(out.shape))
    before = 0.0
    for reach in _REACH_M * ((np.arange(_STEPS) + 1) / _STEPS) ** 1.5:
        at = start[open_point] + np.float32(reach) * way[open_ray]
        ahead = at[:, 2] > 0.1
        open_ray, open_point, at = open_ray[ahead], open_point[ahead], at[ahead]
        pixels = np.round(seen.camera.project_distorted(at)).astype(int) if len(at) else np.zeros((0, 2), int)
        inside = (pixels >= 0).all(axis=1) & (pixels < [width, height]).all(axis=1)
        open_ray, open_point, at, pixels = open_ray[inside], open_point[inside], at[inside], pixels[inside]
        behind = at[:, 2] - depth[pixels[:, 1], pixels[:, 0]]
        allowed = _SIDE_M + _SIDE * at[:, 2]
        hit = (behind > allowed) & (behind < allowed + max(_BEHIND_M, 1.5 * (reach - before))) & (reach > _NEAR_M)
        out[open_ray[hit], open_point[hit]] = 1
        through = glass[pixels[:, 1], pixels[:, 0]]
        out[open_ray[through], open_point[through]] = 2
        open_ray, open_point = open_ray[~hit], open_point[~hit]
        before = float(reach)
    return out


def _leaves(room: Room, pose: Array, axes: Array, points_m: Array, directions: Array, meets: Array) -> Array:
    """Return the logarithm (D, P) of how likely rays from lit points leave the room."""
    from scipy.spatial import ConvexHull

    up = axes[1]
    floor = room.floor
    low = -floor.offset_m if floor is not None else float((points_m @ up).min())
    high = points_m @ up - low
    rise = directions @ up
    out = np.zeros(meets.shape)
    known = np.concatenate([pose[None, :3, 3], *(plane.outline_m for plane in room.planes if plane.kind in ("floor", "ceiling"))]) @ axes.T
    flat = known[:, [0, 2]]
    if len(flat) > 3 and np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)[1] > 1e-3:
        sides = ConvexHull(flat).equations
        reach = (_HEAD_M - high) / rise[:, None]
        at = points_m @ axes[[0, 2]].T + reach[..., None] * (directions @ axes[[0, 2]].T)[:, None]
        out = np.where((at @ sides[:, :2].T + sides[:, 2]).max(axis=-1) < -0.1, _OUT_OF_ROOM, 0.0)
    wall = np.zeros(out.shape, bool)
    for plane in room.of_kind("wall"):
        if plane.confidence < 0.3 or plane.area_m2 < 0.3:
            continue
        normal = np.asarray(plane.normal)
        facing, before = directions @ normal, plane.distance_m(points_m)
        met = (facing < -0.02)[:, None] & (before > 0.05)
        reach = np.where(met, before / np.maximum(-facing, 0.02)[:, None], 0.0)
        side = np.cross(normal, up)
        own = plane.outline_m @ side
        there = points_m @ side + reach * (directions @ side)[:, None]
        wall |= met & (high + reach * rise[:, None] < _HEAD_M) & (there > own.min() - 0.1) & (there < own.max() + 0.1)
    out += np.where(wall & (meets != 2), _KNOWN_WALL, 0.0)
    return out

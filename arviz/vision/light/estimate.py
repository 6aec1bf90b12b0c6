"""`estimate_light`: what is known best wins: override, device, lamps and windows, shadows, shading, up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.camera import Frame
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate, Room
from arviz.vision.light.colour import light_colour
from arviz.vision.light.emitters import Emitter, located, windows
from arviz.vision.light.fit import Fit, fit, geometry, lit
from arviz.vision.light.harmonics import fibonacci_sphere, irradiance, of_direction, of_radiance
from arviz.vision.light.places import middle_of_floor, places, upright
from arviz.vision.light.samples import Patches, Picture, patches, picture

_DIRECTIONS = 192
_LOOKED_AT = 40
"""Places for which shadows are computed."""
_MOST_PATCHES = 360
_LAMP_PRIOR = 3.0
"""How many times more likely (as a logarithm) light comes from something bright in the picture than from all other places."""
_WINDOW_PRIOR = 1.0
_SHADOW_GAIN = 0.93
"""The cost falls at least to this share when furniture casts shadows: only then they say where the light is."""
_UP_SIGMA_RAD = 0.85
"""Median 43, 90 % 60 degrees in synthetic rooms (our notes): where light comes from above and nothing else is known."""
_UNKNOWN_RADIUS_RAD = 0.09
"""A globe of 20 cm seen from 1.1 m, or a panel of 40 cm from 2.2 m."""
_SHARE_UP = 0.35
_GREY = 0.5
"""What a white surface shows in a photo that is all black or has no picture of the room: the object stays visible."""


def estimate_light(
    frame: Frame,
    room: Room,
    *,
    view: int = 0,
    at_m: Sequence[float] | None = None,
    device: LightEstimate | None = None,
    override: LightEstimate | None = None,
) -> LightEstimate:
    """Estimate the light at a place of a room from one of its photos.

    The unit of light is the photo's own: a white matte surface of normal n shows ``irradiance(n) / pi`` in the linear photo,
    whatever the exposure was. Nothing else is needed to put an object into this photo; lux would need the camera's exposure.

    Parameters
    ----------
    frame : Frame
        The photo; with depth, or of a room with planes.
    room : Room
        Its planes, furniture and openings.
    view : int
        Which of ``room.views`` the frame is; a pose of the frame itself counts first.
    at_m : (3,) float, optional
        Where the light is wanted, in the world; the middle of the floor by default. A lamp nearby lies in another direction
        from elsewhere.
    device, override : LightEstimate, optional
        What the camera app says, what the user says: taken as they are, the user's word first.

    Returns
    -------
    LightEstimate
        Never without light; ``up`` with a low confidence where the photo says nothing.
    """
    if override is not None:
        return override
    if device is not None:
        return device
    seen = picture(frame)
    pose = _pose(frame, room, view)
    if pose is None or not room.planes:
        return _up(seen, None, np.zeros(3), np.array([0.0, 1.0, 0.0]), room)
    every = patches(seen, room, pose)
    at = middle_of_floor(room, every.points_m, every.plane) if at_m is None else np.asarray(at_m, np.float64)
    up = upright(room)[0][1]
    usable = np.flatnonzero(every.usable)
    if len(usable) < 12:
        return _up(seen, every, at, up, room)
    chosen = every.take(usable[:: max(len(usable) // _MOST_PATCHES, 1)])
    found = (*located(seen, room, pose), *windows(room))
    grid, prior = places(room, chosen.points_m, pose[:3, 3])
    spots, log_prior, emitter = _with_emitters(grid, prior, found)
    chosen_luminance = chosen.rgb @ LUMINANCE
    given = geometry(chosen, spots)
    for row, thing in zip(emitter, found, strict=True):
        given[row] *= _emission(thing, chosen.points_m)
    result = fit(chosen, chosen_luminance, given, log_prior)
    by_shadow = False
    if room.objects or room.obstacles is not None:
        top = np.argsort(-result.weight)[:_LOOKED_AT]
        shaded = given[top] * lit(room, chosen.points_m, spots[top])
        again = fit(chosen, chosen_luminance, shaded, log_prior[top])
        by_shadow = bool(again.cost.min() < _SHADOW_GAIN * result.cost.min())
        if by_shadow:
            result, spots, log_prior = again, spots[top], log_prior[top]
            emitter = np.array([int(np.flatnonzero(top == e)[0]) if e in top else -1 for e in emitter], int)
    return _answer(seen, every, at, up, room, result, spots, emitter, found, by_shadow)


def _pose(frame: Frame, room: Room, view: int) -> Array | None:
    pose = frame.world_from_camera
    if pose is None and 0 <= view < len(room.views):
        pose = room.views[view].world_from_camera
    pose = None if pose is None else np.asarray(pose, np.float64)
    return pose if pose is not None and np.isfinite(pose).all() else None


def _with_emitters(grid: Array, prior: Array, found: tuple[Emitter, ...]) -> tuple[Array, Array, Array]:
    """Return places, log prior, and for each emitter its row; places of one blob share the blob's prior."""
    if not found:
        return grid, prior, np.zeros(0, int)
    blobs = [(e.kind, e.blob) for e in found]
    own = [
        (_LAMP_PRIOR if e.kind == "lamp" or e.blob >= 0 else _WINDOW_PRIOR) - np.log(blobs.count(b))
        for e, b in zip(found, blobs, strict=True)
    ]
    spots = np.concatenate([grid, np.stack([e.position_m for e in found])])
    return spots, np.concatenate([prior, own]), np.arange(len(grid), len(spots))


def _emission(emitter: Emitter, points_m: Array) -> Array:
    """Return how much of its light a flat emitter sends to points (N,): the cosine at its own surface."""
    if emitter.normal is None:
        return np.ones(len(points_m))
    way = points_m - emitter.position_m
    cosine = way @ emitter.normal / np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    out: Array = np.maximum(cosine, 0.0)
    return out


def _answer(
    seen: Picture,
    every: Patches,
    at: Array,
    up: Array,
    room: Room,
    result: Fit,
    spots: Array,
    emitter: Array,
    found: tuple[Emitter, ...],
    by_shadow: bool,
) -> LightEstimate:
    way = spots - at
    distance = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
    directions = way / distance[:, None]
    mean = result.weight @ directions
    length = float(np.linalg.norm(mean))
    if length < 0.2:
        return _up(seen, every, at, up, room)
    to_light = mean / length
    apart = np.arccos(np.clip(directions @ to_light, -1, 1))
    sigma = float(np.sqrt(result.weight @ apart**2 + np.radians(4.0) ** 2))
    rows = emitter[emitter >= 0]
    things = [thing for thing, row in zip(found, emitter, strict=True) if row >= 0]
    on_emitters = float(result.weight[rows].sum())
    source, radius = ("shadow" if by_shadow else "shading"), _UNKNOWN_RADIUS_RAD
    if on_emitters > 0.5:
        best = int(result.weight[rows].argmax())
        source = things[best].kind
        radius = float(np.arctan2(things[best].radius_m, distance[rows[best]]))
    colour = light_colour(every, room)
    around = _around(every, at, room)
    ambient = of_radiance(fibonacci_sphere(_DIRECTIONS), around)
    towards = irradiance(ambient, to_light)
    # On the floor here the lamp gives y g / (1 + y g) of all light; what it gives to a surface that faces it follows.
    facing = result.ratio / distance**2 / result.gain
    upright_share = np.maximum(directions @ up, 0.15)
    strength = float(result.weight @ np.minimum(facing / np.maximum(1.0, upright_share), 8.0))
    on_floor = float(irradiance(ambient, up) @ LUMINANCE)
    direct = colour * on_floor * strength
    share = float(direct @ LUMINANCE / max(direct @ LUMINANCE + towards @ LUMINANCE, 1e-12))
    return LightEstimate(
        sh=ambient + of_direction(to_light, direct),
        to_light=tuple(to_light),
        sigma_direction_rad=min(sigma, np.pi / 2),
        directional_share=float(np.clip(share, 0, 1)),
        angular_radius_rad=radius,
        colour=tuple(colour),
        source=source,
        confidence=float(np.clip(1 - sigma / _UP_SIGMA_RAD, 0.1, 0.95)),
    )


def _around(every: Patches, at: Array, room: Room) -> Array:
    """Return the radiance (D, 3) seen from a place in evenly spread directions: what the photo shows, else its means."""
    directions = fibonacci_sphere(_DIRECTIONS)
    kept = every.take(np.flatnonzero(every.usable)) if every.usable.any() else every
    kinds = np.array([room.planes[p].kind for p in kept.plane])
    mean = kept.rgb.mean(axis=0)
    means = {kind: kept.rgb[kinds == kind].mean(axis=0) if (kinds == kind).any() else mean for kind in ("floor", "wall", "ceiling")}
    out = np.where(directions[:, 1:2] > 0.5, means["ceiling"], np.where(directions[:, 1:2] < -0.3, means["floor"], means["wall"]))
    way = kept.points_m - at
    way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    facing = ((-way * kept.normals).sum(axis=1) > 0.05)[:, None]  # the floor that the place lies on is seen edge-on
    cosine = np.where(facing, way @ directions.T, -1.0)
    nearest = cosine.argmax(axis=0)
    known = cosine[nearest, np.arange(_DIRECTIONS)] > np.cos(np.radians(12))
    filled: Array = np.where(known[:, None], kept.rgb[nearest], out)
    return filled


def _up(seen: Picture, every: Patches | None, at: Array, up: Array, room: Room) -> LightEstimate:
    """Return light from above, as strong as the photo is bright."""
    some = every is not None and bool(every.usable.any())
    if every is not None and some:
        colour, around = light_colour(every, room), _around(every, at, room)
        level = around.mean(axis=0)
    else:
        bright = float(np.median(seen.luminance)) if seen.luminance.size else 0.0
        colour = np.ones(3)
        level = np.full(3, min(bright / 0.5, 1.0) if bright > 2e-3 else _GREY)
        around = np.broadcast_to(level, (_DIRECTIONS, 3))
    ambient = of_radiance(fibonacci_sphere(_DIRECTIONS), around)
    total = float(irradiance(ambient, up) @ LUMINANCE)
    direct = colour * total * _SHARE_UP / (1 - _SHARE_UP)
    return LightEstimate(
        sh=ambient + of_direction(up, direct),
        to_light=tuple(up),
        sigma_direction_rad=_UP_SIGMA_RAD,
        directional_share=_SHARE_UP,
        angular_radius_rad=0.5,
        colour=tuple(colour),
        source="up",
        confidence=0.15 if some else 0.05,
    )

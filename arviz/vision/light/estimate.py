"""`estimate_light`: what is known best wins: override, device, lamps and windows, shadows, shading, up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate, Room
from arviz.vision.light.colour import light_colour
from arviz.vision.light.emitters import Emitter, emitters, shown
from arviz.vision.light.fit import STRENGTHS, Fit, fit, geometry, lit
from arviz.vision.light.harmonics import fibonacci_sphere, irradiance, of_direction, of_radiance
from arviz.vision.light.places import middle_of_floor, places, upright
from arviz.vision.light.samples import Patches, Picture, patches, picture

_DIRECTIONS = 192
_LOOKED_AT = 24
"""Places for which shadows are computed."""
_MOST_PATCHES = 360
_NOTHING_MORE, _BY_DAY = np.log(0.3), np.log(0.6)
"""How likely the lamps and windows in the picture are all there is; by day, when windows are white, most lamps are off."""
_FEW = 1e-5
_REFLECTANCE = 0.5
_SIGMA_REFLECTANCE, _SIGMA_CLIPPED = 0.5, 1.0
"""Of the logarithms: what surfaces reflect, and how bright something is of which the photo says only 'white'."""
_NOT_THERE = 5.0
"""By how much less likely a lamp is where the picture shows none (as a logarithm)."""
_SHADOW_GAIN = 1.0
"""Furniture's shadows say where the light is if they make the photo more likely by this factor's exponential."""
_MODE_RAD = np.radians(12.0)
"""Directions this near to each other are one answer."""
_UP_SIGMA_RAD = 0.85
"""Median 43, 90 % 60 degrees in synthetic rooms (our notes): where light comes from above and nothing else is known."""
_MISFIT = 1.4
"""Rooms differ from the model by more than the posterior knows: errors in ray-traced rooms were this many times its spread."""
_LEAST_SIGMA_RAD = np.radians(4.0)
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
    known = emitters(seen, room, pose)
    spots, prior = places(room, chosen.points_m, pose[:3, 3])
    prior = prior + _in_the_picture(seen, spots, pose)
    likely = prior > prior.max() - _NOT_THERE
    return _answer(seen, every, chosen, at, up, room, known, spots[likely], prior[likely])


def _pose(frame: Frame, room: Room, view: int) -> Array | None:
    pose = frame.world_from_camera
    if pose is None and 0 <= view < len(room.views):
        pose = room.views[view].world_from_camera
    pose = None if pose is None else np.asarray(pose, np.float64)
    return pose if pose is not None and np.isfinite(pose).all() else None


def _in_the_picture(seen: Picture, spots: Array, pose: Array) -> Array:
    """Return what the logarithm of the prior loses (M,) where the picture shows a place: what shines there is known already."""
    _, visible = shown(seen, spots, np.linalg.inv(pose))
    # Without depth furniture may be before it.
    return np.where(visible, -_NOT_THERE if seen.depth_m is not None else -_NOT_THERE / 2, 0.0)


def _given(known: Sequence[Emitter], points_m: Array, light: Array) -> Array:
    """Return the irradiance (E, N) from each emitter where a lamp there gives `light`."""
    out = np.empty_like(light)
    for row, emitter in enumerate(known):
        way = points_m - emitter.position_m
        cosine = 1.0
        if emitter.normal is not None:
            cosine = np.maximum(way @ emitter.normal / np.maximum(np.linalg.norm(way, axis=1), 1e-9), 0.0)
        out[row] = light[row] * cosine * emitter.power
    return out


def _answer(
    seen: Picture,
    every: Patches,
    chosen: Patches,
    at: Array,
    up: Array,
    room: Room,
    known: tuple[Emitter, ...],
    spots: Array,
    log_prior: Array,
) -> LightEstimate:
    luminance = chosen.rgb @ LUMINANCE
    own = np.stack([e.position_m for e in known]) if known else np.empty((0, 3))
    each, more = _given(known, chosen.points_m, geometry(chosen, own)), geometry(chosen, spots)
    result = fit(chosen, luminance, each.sum(axis=0), more)
    expected = _expected(each, luminance, known)
    weight = _posterior(result, log_prior, expected)
    by_shadow = False
    if room.objects or room.obstacles is not None:
        top = np.argsort(-weight.sum(axis=(0, 2)))[:_LOOKED_AT]
        visible = lit(room, chosen.points_m, np.concatenate([own, spots[top]]))
        shaded = fit(chosen, luminance, (each * visible[: len(known)]).sum(axis=0), more[top] * visible[len(known) :])
        best = shaded.log_likelihood.max() - result.log_likelihood[:, top].max()
        if best > _SHADOW_GAIN:
            by_shadow, result, spots, log_prior = True, shaded, spots[top], log_prior[top]
            each = each * visible[: len(known)]
            weight = _posterior(result, log_prior, expected)
    return _described(seen, every, at, up, room, known, spots, result, weight, by_shadow)


class _Known(NamedTuple):
    """What is expected of the known emitters."""

    log_share: float
    """Of the patches' light, that comes straight from them."""
    sigma: float
    alone: float
    """Logarithm of the probability that there is nothing more."""


def _expected(each: Array, luminance: Array, known: Sequence[Emitter]) -> _Known | None:
    """Return what the known emitters should give to the room.

    The photo itself says how bright a window is, unless it is white there; what surfaces reflect is guessed. A dim window
    cannot light a bright room.
    """
    if not known:
        return None
    share = float(np.median(each.sum(axis=0) * _REFLECTANCE / (np.pi * luminance)))
    clipped = sum(e.power for e in known if e.clipped) > 0.5 * sum(e.power for e in known)
    sigma = float(np.hypot(_SIGMA_REFLECTANCE, _SIGMA_CLIPPED if clipped else 0.0))
    by_day = any(e.kind == "window" and e.clipped for e in known)
    return _Known(float(np.log(np.clip(share, 1e-4, 1.0))), sigma, float(_BY_DAY if by_day else _NOTHING_MORE))


def _posterior(result: Fit, log_prior: Array, expected: _Known | None) -> Array:
    """Return the probability (S, M, S) of each hypothesis."""
    none = np.arange(len(STRENGTHS)) == 0
    some = -np.log(len(STRENGTHS) - 1)
    score = result.log_likelihood + log_prior[None, :, None]
    if expected is None:
        score = score + np.where(none, 0.0, np.log(_FEW))[:, None, None] + np.where(none, np.log(_FEW), some)
    else:
        score = score + np.where(none, expected.alone, some + np.log1p(-np.exp(expected.alone)))
        share = np.maximum(STRENGTHS[:, None], 0.02) / (1 + STRENGTHS[:, None] + STRENGTHS)
        score = score - ((np.log(share) - expected.log_share) ** 2 / (2 * expected.sigma**2))[:, None, :]
    out = np.exp(score - score.max())
    probability: Array = out / out.sum()
    return probability


def _described(
    seen: Picture,
    every: Patches,
    at: Array,
    up: Array,
    room: Room,
    known: tuple[Emitter, ...],
    spots: Array,
    result: Fit,
    weight: Array,
    by_shadow: bool,
) -> LightEstimate:
    own = np.stack([e.position_m for e in known]) if known else np.empty((0, 3))
    way = np.concatenate([spots, own]) - at
    distance = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
    directions = way / distance[:, None]
    # What each lamp gives here to a surface that faces it, in units of the light from all around.
    extra = STRENGTHS / result.gain[:, None] / distance[: len(spots), None] ** 2
    weights = np.zeros(len(directions))
    strength = np.zeros(len(directions))
    best = 0
    if known:
        there = _given(known, at[None], (1 / distance[len(spots) :] ** 2)[:, None])[:, 0]
        best = int(there.argmax())
        seen_here = STRENGTHS / result.seen_gain * there[best]
        of_seen = seen_here[:, None, None] >= extra[None]
        row = len(spots) + best
        weights[row] = (weight * of_seen).sum()
        strength[row] = (weight * of_seen * seen_here[:, None, None]).sum() / max(weights[row], 1e-12)
        weight = weight * ~of_seen
    weights[: len(spots)] = weight.sum(axis=(0, 2))
    strength[: len(spots)] = (weight * extra[None]).sum(axis=(0, 2)) / np.maximum(weights[: len(spots)], 1e-12)
    near = np.exp(-((np.arccos(np.clip(directions @ directions.T, -1, 1)) / _MODE_RAD) ** 2) / 2)
    mode = near[int((near @ weights).argmax())] * weights
    by_emitter = known and mode[len(spots) :].sum() > 0.5 * mode.sum()
    to_light = directions[len(spots) + best] if by_emitter else mode @ directions
    to_light = to_light / max(float(np.linalg.norm(to_light)), 1e-12)
    apart = np.arccos(np.clip(directions @ to_light, -1, 1))
    sigma = float(np.sqrt(_MISFIT**2 * (weights @ apart**2) + _LEAST_SIGMA_RAD**2))
    source, radius = ("shadow" if by_shadow else "shading"), _UNKNOWN_RADIUS_RAD
    if by_emitter:
        source = known[best].kind
        radius = float(np.arctan2(known[best].radius_m, distance[len(spots) + best]))
    colour = light_colour(every, room)
    ambient = of_radiance(fibonacci_sphere(_DIRECTIONS), _around(every, at, room))
    towards = irradiance(ambient, to_light)
    relative = min(float(mode @ strength / max(mode.sum(), 1e-12)), 8.0)
    direct = colour * float(irradiance(ambient, up) @ LUMINANCE) * relative
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
        bright = seen.middle
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

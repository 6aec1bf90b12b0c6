"""`estimate_light`: what is known best wins: override, device, lamps and windows, shadows, shading, up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate, Room, sh_basis
from arviz.vision.light.around import around
from arviz.vision.light.emitters import Emitter, emitters, shown
from arviz.vision.light.fit import STRENGTHS, Fit, emission, fit, geometry, lit
from arviz.vision.light.harmonics import fibonacci_sphere, irradiance, of_direction, of_radiance
from arviz.vision.light.places import Places, middle_of_floor, places, upright
from arviz.vision.light.samples import Patches, Picture, patches, picture
from arviz.vision.light.sun import Sun, sun

_DIRECTIONS = 192
_LOOKED_AT = 24
"""Places for which shadows are computed."""
_MOST_PATCHES = 360
_NOTHING_MORE, _BY_DAY = np.log(0.3), np.log(0.6)
"""How likely the lamps and windows in the picture are all there is; by day, when windows are white, most lamps are off."""
_FEW = 1e-5
_MOST_EXPECTED = 0.95
_REFLECTANCE = 0.45
"""Of all surfaces of a room together, windows and furniture too: EN 12464-1 recommends 0.7 to 0.9 for ceilings,
0.5 to 0.8 for walls, 0.2 to 0.4 for floors."""
_PAINT = {"floor": 0.3, "wall": 0.6, "ceiling": 0.75}
"""Of single surfaces, by the same; others 0.4."""
_PAINT_OF_OTHERS = 0.4
_PAST_WHITE = np.log(4.0)
"""How much brighter than white a window is that the photo shows white. In 15 photos of 11 rooms that show their main window the share of
its light was too low by 0.15 without this, by 0.06 with it."""
_SIGMA_REFLECTANCE, _SIGMA_CLIPPED = 0.5, 1.0
"""Of the logarithms: what surfaces reflect, and how bright something is of which the photo says only 'white'."""
_SIGMA_BALANCE = 0.2
"""Of the logarithm of a room's reflectance in the balance of its light: twelve ray-traced rooms lay between 0.40 and 0.61."""
_HOPELESS = 50.0
"""Beyond this logarithm nothing is told apart: some probability is always left."""
_NOT_THERE = 5.0
"""By how much less likely a lamp is where the picture shows none (as a logarithm)."""
_SHADOW_GAIN = 1.0
"""Furniture's shadows say where the light is if they make the photo more likely by this factor's exponential."""
_MODE_RAD = np.radians(12.0)
"""Directions this near to each other are one answer."""
_UP_SIGMA_RAD = 0.85
"""Median 43, 90 % 60 degrees in synthetic rooms (our notes): where light comes from above and nothing else is known."""
_MISFIT = 1.6
"""Rooms differ from the model by more than the posterior knows: errors in ray-traced rooms were this many times its spread."""
_LEAST_SIGMA_RAD = np.radians(4.0)
_UNKNOWN_RADIUS_RAD = 0.09
"""A globe of 20 cm seen from 1.1 m, or a panel of 40 cm from 2.2 m."""
_SUN_RADIUS_RAD = 0.00465
_MOST = 8.0
"""A lamp that the place lies right beside gives no more than this many times the light from all around."""
_COLOUR = np.ones(3)
"""Of what shines, in a photo that its camera has balanced. In 32 ray-traced rooms the colour of walls and ceiling told nothing of it
(correlation 0.1; as the light's it missed by 0.37 in logarithms of R, G and B, grey by 0.30): what they show is their own paint."""
_SHARE_UP = 0.35
_GREY = 0.5
"""What a white surface shows in a photo that is all black or has no picture of the room: the object stays visible."""


def estimate_light(
    frame: Frame,
    room: Room,
    *,
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
        The photo; with depth, or of a room with planes. Without a pose it is taken from where the room's first view is.
    room : Room
        Its planes, furniture and openings.
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
    pose = _pose(frame, room)
    if pose is None or not room.planes:
        return _up(seen, None, np.zeros(3), np.array([0.0, 1.0, 0.0]), room)
    every = patches(seen, room, pose)
    at = middle_of_floor(room, every.points_m, every.plane) if at_m is None else np.asarray(at_m, np.float64)
    up = upright(room)[0][1]
    usable = np.flatnonzero(every.usable)
    if len(usable) < 12:
        return _up(seen, every, at, up, room)
    found = sun(seen, room, pose, upright(room)[0])
    if found is not None and found.sure and found.shines_at(seen, room, pose, at):
        return _sunlit(every, at, room, found)
    chosen = every.take(usable[:: max(len(usable) // _MOST_PATCHES, 1)])
    known = emitters(seen, room, pose)
    more = places(room, chosen.points_m, pose[:3, 3])
    more = more._replace(log_prior=more.log_prior + _in_the_picture(seen, more.positions_m, pose))
    return _answer(every, chosen, at, room, known, more.take(more.log_prior > more.log_prior.max() - _NOT_THERE))


def _pose(frame: Frame, room: Room) -> Array | None:
    pose = frame.world_from_camera
    if pose is None and room.views:
        pose = room.views[0].world_from_camera
    pose = None if pose is None else np.asarray(pose, np.float64)
    return pose if pose is not None and np.isfinite(pose).all() else None


def _in_the_picture(seen: Picture, spots: Array, pose: Array) -> Array:
    """Return what the logarithm of the prior loses (M,) where the picture shows a place: what shines there is known already."""
    _, visible = shown(seen, spots, np.linalg.inv(pose))
    # Without depth furniture may be before it.
    return np.where(visible, -_NOT_THERE if seen.depth_m is not None else -_NOT_THERE / 2, 0.0)


def _flat(known: Sequence[Emitter]) -> Array:
    """Return the normals (E, 3), 0 for emitters to all sides."""
    return np.array([np.zeros(3) if e.normal is None else e.normal for e in known]).reshape(-1, 3)


def _flux(normals: Array) -> Array:
    """Return what emitters send in all, for the intensity 1 straight ahead: a flat one pi, one to all sides 4 pi."""
    return np.where((normals != 0).any(axis=1), np.pi, 4 * np.pi)


def _answer(every: Patches, chosen: Patches, at: Array, room: Room, known: tuple[Emitter, ...], spots: Places) -> LightEstimate:
    luminance = chosen.rgb @ LUMINANCE
    own, facing = np.array([e.position_m for e in known]).reshape(-1, 3), _flat(known)
    power = np.array([e.power for e in known])
    each = geometry(chosen, own) * emission(chosen.points_m, own, facing) * power[:, None]
    more = geometry(chosen, spots.positions_m) * emission(chosen.points_m, spots.positions_m, spots.normals)
    usual = _usual(every, chosen, room)
    result = fit(chosen, luminance, each.sum(axis=0), more, usual=usual)
    expected = _expected(each, luminance, known)
    seen_flux = float(_flux(facing) @ power) / spots.area_m2
    weight = _posterior(result, spots, expected)
    by_shadow = False
    if room.objects or room.obstacles is not None:
        top = np.argsort(-weight.sum(axis=(0, 2)))[:_LOOKED_AT]
        visible = lit(room, chosen.points_m, np.concatenate([own, spots.positions_m[top]]))
        shaded = fit(chosen, luminance, (each * visible[: len(known)]).sum(axis=0), more[top] * visible[len(known) :], usual=usual)
        best = shaded.log_likelihood.max() - result.log_likelihood[:, top].max()
        if best > _SHADOW_GAIN:
            by_shadow, result, spots = True, shaded, spots.take(top)
            weight = _posterior(result, spots, expected)
    balanced = weight * _balance(result, spots, seen_flux)
    balanced /= balanced.sum()
    # How bright a lamp in the picture is, is a guess: what is lacking beside it is no sign of another one.
    return _described(every, at, room, known, spots, result, weight if known else balanced, balanced, by_shadow)


def _usual(every: Patches, chosen: Patches, room: Room) -> Array:
    """Return the luminance (N,) that patches show if they reflect what their kind does of light as bright as all that is seen."""
    paint = np.array([_PAINT.get(plane.kind, _PAINT_OF_OTHERS) for plane in room.planes])
    out: Array = paint[chosen.plane] * float((every.rgb @ LUMINANCE).mean())
    return out


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
    share *= np.exp(_PAST_WHITE) if by_day else 1.0
    return _Known(float(np.log(np.clip(share, 1e-4, _MOST_EXPECTED))), sigma, float(_BY_DAY if by_day else _NOTHING_MORE))


def _posterior(result: Fit, spots: Places, expected: _Known | None) -> Array:
    """Return the probability (S, M, S) of each hypothesis."""
    none = np.arange(len(STRENGTHS)) == 0
    some = -np.log(len(STRENGTHS) - 1)
    score = result.log_likelihood + spots.log_prior[None, :, None]
    if expected is None:
        score = score + np.where(none, 0.0, np.log(_FEW))[:, None, None] + np.where(none, np.log(_FEW), some)
    else:
        score = score + np.where(none, expected.alone, some + np.log1p(-np.exp(expected.alone)))
        share = np.maximum(STRENGTHS[:, None], 0.02) / (1 + STRENGTHS[:, None] + STRENGTHS)
        score = score - ((np.log(share) - expected.log_share) ** 2 / (2 * expected.sigma**2))[:, None, :]
    out = np.exp(score - score.max())
    probability: Array = out / out.sum()
    return probability


def _balance(result: Fit, spots: Places, seen_flux: float) -> Array:
    """Return how well (S, M, S) each hypothesis keeps the balance of light, at most 1.

    Lamps send what surfaces swallow: of all light that falls on surfaces of the reflectance r, the share r comes from
    surfaces and 1 - r from lamps.
    """
    flux = _flux(spots.normals) / spots.area_m2 / result.gain
    direct = STRENGTHS[:, None, None] * seen_flux / result.seen_gain + flux[:, None] * STRENGTHS
    apart = np.log(_REFLECTANCE * (1 + direct)) ** 2 / (2 * _SIGMA_BALANCE**2)
    out: Array = np.exp(-np.minimum(apart, _HOPELESS))
    return out


def _described(
    every: Patches,
    at: Array,
    room: Room,
    known: tuple[Emitter, ...],
    spots: Places,
    result: Fit,
    weight: Array,
    balanced: Array,
    by_shadow: bool,
) -> LightEstimate:
    """Say where the light comes from by one set of probabilities (S, M, S), and how much there is by another."""
    way = np.concatenate([spots.positions_m, np.array([e.position_m for e in known]).reshape(-1, 3)]) - at
    distance = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
    directions = way / distance[:, None]
    # What a lamp of intensity 1 gives here to a surface that faces it.
    here = emission(at[None], way + at, np.concatenate([spots.normals, _flat(known)]))[:, 0] / distance**2
    # In units of the light from all around; and its mean over all answers.
    count = len(spots.positions_m)
    extra = np.minimum(STRENGTHS * (here[:count] / result.gain)[:, None], _MOST)
    weights, given = np.zeros(len(directions)), np.zeros(len(directions))
    given[:count] = (balanced.sum(axis=0) * extra).sum(axis=1)
    best = 0
    if known:
        there = here[count:] * np.array([e.power for e in known])
        best = int(there.argmax())
        seen_here = np.minimum(STRENGTHS[:, None] / result.seen_gain * there, _MOST)
        given[count:] = balanced.sum(axis=(1, 2)) @ seen_here
        of_seen = seen_here[:, best, None, None] >= extra[None]
        weights[count + best] = (weight * of_seen).sum()
        weight = weight * ~of_seen
    weights[:count] = weight.sum(axis=(0, 2))
    near = np.exp(-((np.arccos(np.clip(directions @ directions.T, -1, 1)) / _MODE_RAD) ** 2) / 2)
    mode = near[int((near @ weights).argmax())] * weights
    by_emitter = known and mode[count:].sum() > 0.5 * mode.sum()
    to_light = directions[count + best] if by_emitter else mode @ directions
    to_light = to_light / max(float(np.linalg.norm(to_light)), 1e-12)
    apart = np.arccos(np.clip(directions @ to_light, -1, 1))
    sigma = float(np.sqrt(_MISFIT**2 * (weights @ apart**2) + _LEAST_SIGMA_RAD**2))
    source, radius = ("shadow" if by_shadow else "shading"), _UNKNOWN_RADIUS_RAD
    if by_emitter:
        source = known[best].kind
        radius = float(np.arctan2(known[best].radius_m, distance[count + best]))
    everywhere = fibonacci_sphere(_DIRECTIONS)
    sent = around(every, at, room, everywhere)
    unit = np.pi * float(sent.mean(axis=0) @ LUMINANCE) * _COLOUR
    # The shadow is that of what comes from about there; the rest of the answers is light from all around.
    main = float(given @ np.exp(-((apart / _MODE_RAD) ** 2) / 2)) * unit
    sh = of_radiance(everywhere, sent) + (sh_basis(directions).T @ given)[:, None] * unit
    rest = irradiance(sh - of_direction(to_light, main), to_light)
    share = float(main @ LUMINANCE / max((main + rest) @ LUMINANCE, 1e-12))
    spread = float(np.sqrt(mode @ apart**2 / max(mode.sum(), 1e-12)))
    radius = float(np.hypot(radius, np.sqrt(2) * spread))
    return LightEstimate(
        sh=sh,
        to_light=tuple(to_light),
        sigma_direction_rad=min(sigma, np.pi / 2),
        directional_share=float(np.clip(share, 0, 1)),
        angular_radius_rad=radius,
        colour=tuple(_COLOUR.tolist()),
        source=source,
        confidence=float(np.clip(1 - sigma / _UP_SIGMA_RAD, 0.1, 0.95)),
    )


def _sunlit(every: Patches, at: Array, room: Room, found: Sun) -> LightEstimate:
    """Return the light of a place in the sun; beside the sun all lamps are dim."""
    everywhere = fibonacci_sphere(_DIRECTIONS)
    ambient = of_radiance(everywhere, around(every, at, room, everywhere))
    strength = found.strength(ambient)
    rest = float(irradiance(ambient, found.to_sun) @ LUMINANCE)
    return LightEstimate(
        sh=ambient + of_direction(found.to_sun, strength * _COLOUR),
        to_light=tuple(found.to_sun),
        sigma_direction_rad=found.sigma_rad,
        directional_share=strength / max(strength + rest, 1e-12),
        angular_radius_rad=_SUN_RADIUS_RAD,
        colour=tuple(_COLOUR.tolist()),
        source="shadow",
        confidence=float(np.clip(1 - found.sigma_rad / _UP_SIGMA_RAD, 0.1, 0.95)),
    )


def _up(seen: Picture, every: Patches | None, at: Array, up: Array, room: Room) -> LightEstimate:
    """Return light from above, as strong as the photo is bright."""
    some = every is not None and bool(every.usable.any())
    if every is not None and some:
        sent = around(every, at, room, fibonacci_sphere(_DIRECTIONS))
    else:
        bright = seen.middle
        level = np.full(3, min(bright / 0.5, 1.0) if bright > 2e-3 else _GREY)
        sent = np.broadcast_to(level, (_DIRECTIONS, 3))
    ambient = of_radiance(fibonacci_sphere(_DIRECTIONS), sent)
    total = float(irradiance(ambient, up) @ LUMINANCE)
    direct = _COLOUR * total * _SHARE_UP / (1 - _SHARE_UP)
    return LightEstimate(
        sh=ambient + of_direction(up, direct),
        to_light=tuple(up),
        sigma_direction_rad=_UP_SIGMA_RAD,
        directional_share=_SHARE_UP,
        angular_radius_rad=0.5,
        colour=tuple(_COLOUR.tolist()),
        source="up",
        confidence=0.15 if some else 0.05,
    )

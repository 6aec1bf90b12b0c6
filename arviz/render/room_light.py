"""The light of a room as renderers take it: an environment all around and one sun, from a `LightEstimate` and the photo.

The unit is the linear photo's: a white matte surface shows irradiance / pi. The estimate's main light is taken out of the
harmonics once and given as the sun, so that a surface gets it once, with a shadow; what is left becomes a picture of the
surroundings that is nowhere negative and has those harmonics. Shiny products mirror that picture: with `surroundings` it
shows the room's planes in the photo's colours, where they are known.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import LightEstimate, Room, sh_basis
from arviz.core.scene import Lighting, Sun
from arviz.render.plane_shadow import Lamp
from arviz.render.prefilter import directions

WIDTH_PX, HEIGHT_PX = 256, 128
"""Of the environment: less is not kept on disk, which a picture of somebody's room must not be."""
_WIDEST_RAD = 0.2
"""A wider light is part of the surroundings: its shadow on the room is found there."""
_PRODUCT_RAD = 0.1
"""Products shade themselves as by a light no wider than this: wider penumbras stain folds that touch."""
_FACING = 17 / 16
"""What nine harmonics give a surface that faces a small light, in shares of the truth: 1/4 + 1/2 + 5/16."""
SUN_RAD = 0.012
"""Whatever is seen smaller is the sun."""
_CEILING_M, _HANGS = 2.5, 0.92
"""Height of a room whose ceiling is not known; lamps hang a bit below."""
_DOUBT, _MOST_DOUBT_RAD = 0.5, 0.3
_OF_PEAK, _SECOND_RAD, _WEAK = 0.5, 0.2, 0.15
"""Share of a peak of the rest that is a second light, how wide it is seen, as it may be wrong, and what share of the main light
is not worth a shadow."""
_COARSE = 4
_ROUNDS = 40
_DARKEST = 1e-4
_GREY = 0.5
_UP_SHARE, _UP_RADIUS_RAD = 0.35, 0.5
_UP_SIGMA_RAD = 0.85
_PHOTO_PX = 160
_SEAM_PX = 1.5
_SHELL = ("floor", "wall", "ceiling")


class RoomLighting(NamedTuple):
    """The same light twice: each adds up to the estimate's."""

    on_product: Lighting
    on_room: Lighting
    """With a wide main light in the environment, where the shadows of an area are found."""
    second: Sun | None = None
    """On the room: what comes on top, from where most of the rest comes; in the environment of `on_product`."""


def lamp_of(light: LightEstimate | None, *, room: Room, at_m: Array) -> Lamp | None:
    """Return where the main light is in the room, and its radius: nearly where its direction meets ceiling or wall.

    A lamp a metre above a table is no sun: its shadows spread (with the true direction, the sun's shadow on the floor has an IoU
    of 0.68 with that of lamps in 16 synthetic rooms, this one's 0.97; with a direction 15 degrees off 0.67 and 0.78). The
    shadow is the mean over what the direction may be: its sigma makes the lamp larger. None for the real sun, and where no
    plane is known in that direction.
    """
    if light is None or light.to_light is None or light.angular_radius_rad < SUN_RAD:
        return None
    to_light = np.asarray(light.to_light)
    reach, kind = np.inf, ""
    for plane in room.planes:
        towards = float(to_light @ np.asarray(plane.normal))
        height = float(plane.distance_m(np.asarray(at_m, np.float64)[None])[0])
        if plane.kind in ("ceiling", "wall") and towards < -0.05 and 0 < height < -towards * reach:
            reach, kind = -height / towards, plane.kind
    if room.floor is not None and to_light[1] > 0.2:
        under_usual = _CEILING_M - float(room.floor.distance_m(np.asarray(at_m, np.float64)[None])[0])
        if 0 < under_usual < to_light[1] * reach and room.scale is not None and not room.of_kind("ceiling"):
            reach, kind = under_usual / float(to_light[1]), "ceiling"
    if not np.isfinite(reach) or reach < 0.3:
        return None
    reach *= 1.0 if kind == "wall" and light.source == "window" else _HANGS
    return Lamp(np.asarray(at_m) + to_light * reach, float(reach * np.tan(min(spread_radius_rad(light), 0.7))))


def spread_radius_rad(light: LightEstimate) -> float:
    """Return how large the main light is seen in the mean over where it may be: doubt of its direction makes it larger."""
    return float(np.hypot(light.angular_radius_rad, min(_DOUBT * light.sigma_direction_rad, _MOST_DOUBT_RAD)))


def lighting_of(light: LightEstimate | None, *, surroundings: Array | None = None) -> Lighting:
    """Return an estimate as an environment and a sun whose light adds up to the estimate's.

    Parameters
    ----------
    light : LightEstimate or None
        None is `fair_light`.
    surroundings : ndarray (H, W, 3), optional
        Radiance all around as `surroundings` makes it; NaN where nothing is known. Detail comes from here, the nine
        harmonics from the estimate.

    Returns
    -------
    Lighting
        The environment is finite and nowhere negative, whatever the estimate says.
    """
    return room_lighting(light, surroundings=surroundings).on_product


def room_lighting(light: LightEstimate | None, *, surroundings: Array | None = None, near: bool = False) -> RoomLighting:
    """Return an estimate as the light on a product (`lighting_of`) and as that on the room around it.

    `near`: the main light is a `Lamp` and stays apart, however wide.
    """
    light = fair_light() if light is None else light
    direct = _direct(light)
    if light.to_light is None or not direct.max() > 0:
        plain = _lighting(_radiance(light.sh, surroundings), None)
        return RoomLighting(plain, plain)
    rest = light.sh - sh_basis(np.asarray(light.to_light)[None]).T * direct
    radiance = _radiance(rest, surroundings)
    radius = max(float(light.angular_radius_rad), 0.0)
    sun = Sun(to_light=light.to_light, irradiance=tuple(direct.tolist()), angular_radius_rad=min(radius, _PRODUCT_RAD))
    on_product = _lighting(radiance, sun)
    if radius > _WIDEST_RAD and not near:
        return RoomLighting(on_product, _lighting(radiance + _disc(light.to_light, direct, min(radius, 1.4)), None))
    second = _second(rest)
    if second is not None and np.dot(second.irradiance, LUMINANCE) < _WEAK * direct @ LUMINANCE:
        second = None
    if second is not None:
        radiance = _radiance(rest - sh_basis(np.asarray(second.to_light)[None]).T * np.asarray(second.irradiance), surroundings)
    return RoomLighting(on_product, _lighting(radiance, replace(sun, angular_radius_rad=radius)), second)


def as_second(light: LightEstimate, second: Sun) -> LightEstimate:
    """Return an estimate with another light as its main one, as wide as its direction is in doubt."""
    return replace(light, to_light=second.to_light, sigma_direction_rad=0.0, angular_radius_rad=second.angular_radius_rad)


def _second(harmonics: Array) -> Sun | None:
    """Return the light from above where harmonics, the main light taken out, still have a peak; None where they have none.

    A lamp is a peak over the mean as high as its own harmonics are; light from walls makes low ones too, so that half of it counts.
    In 14 synthetic rooms with several lamps or windows the second was 3 to 25 degrees off in 12.
    """
    small = HEIGHT_PX // _COARSE
    ways = directions(2 * small, small)[: small // 2].reshape(-1, 3)
    basis = sh_basis(ways)
    found = basis @ harmonics
    best = int((found @ LUMINANCE).argmax())
    peak = (found[best] - harmonics[0] * basis[best, 0]) / ((basis[best] ** 2).sum() - basis[best, 0] ** 2)
    irradiance = np.maximum(peak, 0) * _OF_PEAK
    if not irradiance.max() > 0:
        return None
    return Sun(to_light=tuple(ways[best].tolist()), irradiance=tuple(irradiance.tolist()), angular_radius_rad=_SECOND_RAD)


def _lighting(radiance: Array, sun: Sun | None) -> Lighting:
    return Lighting(environment=Image(pixels=radiance.astype(np.float32), space="linear"), sun=sun)


def fair_light(level: float = _GREY) -> LightEstimate:
    """Return light from above for a photo of which nothing is known: source ``up``, confidence 0.

    A white matte surface that faces up shows `level` in it.
    """
    up = (0.0, 1.0, 0.0)
    ambient, direct = np.pi * level * (1 - _UP_SHARE), np.pi * level * _UP_SHARE
    sh = np.zeros((9, 3))
    sh[0] = ambient / np.pi / sh_basis(np.array([up]))[0, 0]
    return LightEstimate(
        sh=sh + sh_basis(np.array([up])).T * direct,
        to_light=up,
        sigma_direction_rad=_UP_SIGMA_RAD,
        directional_share=_UP_SHARE,
        angular_radius_rad=_UP_RADIUS_RAD,
        colour=(1.0, 1.0, 1.0),
        source="up",
        confidence=0.0,
    )


def surroundings(photo: Image, *, room: Room, camera: Camera, world_from_camera: Array, at_m: Array) -> Array:
    """Return (HEIGHT_PX, WIDTH_PX, 3) radiance seen from a place: the room's planes in the photo's colours.

    Where the photo shows what lies in a direction, its pixel; elsewhere the mean of what it shows of that plane; NaN where
    there is no plane or none of it is seen.
    """
    small = _small(photo)
    way = directions(WIDTH_PX, HEIGHT_PX).reshape(-1, 3)
    distance, hit = np.full(len(way), np.inf), np.full(len(way), -1)
    for index, plane in enumerate(room.planes):
        if plane.kind not in _SHELL:
            continue
        towards = way @ np.asarray(plane.normal)
        height = float(plane.distance_m(np.asarray(at_m, np.float64)[None])[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            here = np.where((towards < -1e-6) & (height > 0), -height / towards, np.inf)
        nearer = here < distance
        distance[nearer], hit[nearer] = here[nearer], index
    out = np.full((len(way), 3), np.nan)
    on = np.flatnonzero(hit >= 0)
    points = np.asarray(at_m) + way[on] * distance[on, None]
    pixels, seen = _pixels(points, camera, world_from_camera, small.shape)
    out[on[seen]] = small[pixels[seen, 1], pixels[seen, 0]]
    for index in np.unique(hit[on]):
        mine = hit == index
        known = mine & np.isfinite(out[:, 0])
        if known.any():
            out[mine & ~known] = out[known].mean(axis=0)
    return out.reshape(HEIGHT_PX, WIDTH_PX, 3)


def _pixels(points_m: Array, camera: Camera, world_from_camera: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return where (N, 3) points lie in a smaller picture of the camera's view, (N, 2) int, and whether they do (N,)."""
    local = (points_m - world_from_camera[:3, 3]) @ world_from_camera[:3, :3]
    ahead = local[:, 2] > 0.05
    at = camera.project_distorted(np.where(ahead[:, None], local, (0.0, 0.0, 1.0)))
    size = np.array([camera.width_px, camera.height_px])
    scaled = np.nan_to_num((at + 0.5) * np.array([shape[1], shape[0]]) / size, nan=-1.0, posinf=-1.0, neginf=-1.0)
    inside = ahead & (scaled >= 0).all(axis=1) & (scaled < [shape[1], shape[0]]).all(axis=1)
    return np.where(inside[:, None], scaled, 0).astype(int), inside


def _small(photo: Image) -> Array:
    """Return the photo in linear light, small: a mirror in a product shows no more."""
    import cv2

    step = max(photo.width_px, photo.height_px) / _PHOTO_PX
    size = (max(round(photo.width_px / step), 1), max(round(photo.height_px / step), 1))
    small = cv2.resize(np.ascontiguousarray(photo.pixels[..., :3]), size, interpolation=cv2.INTER_AREA)
    return srgb_to_linear(small / np.float32(255)).astype(np.float64)


def _direct(light: LightEstimate) -> Array:
    """Return the irradiance (3,) of the main light on a surface that faces it, no more than the harmonics hold."""
    if light.to_light is None or not light.directional_share > 0:
        return np.zeros(3)
    all_of_it = light.irradiance(np.asarray(light.to_light)[None])[0]
    share = min(float(light.directional_share), 1.0)
    luminance = share * float(all_of_it @ LUMINANCE) / (1 + share * (_FACING - 1))
    colour = np.maximum(np.asarray(light.colour), 0.0)
    level = float(colour @ LUMINANCE)
    colour = colour / level if level > 0 else np.ones(3)
    out: Array = np.minimum(colour * luminance, all_of_it / _FACING)
    return out


def _radiance(harmonics: Array, surroundings: Array | None) -> Array:
    """Return (H, W, 3) radiance, never negative, whose harmonics are the given ones as nearly as can be.

    Alternating projections (Gubin, Polyak and Raik 1967, "The method of projections"): what is negative becomes 0, what the
    harmonics lack then is added, in turn.
    """
    step = _COARSE
    height, width = HEIGHT_PX // step, WIDTH_PX // step
    basis, measure = _harmonics(height)
    start = basis @ harmonics
    if surroundings is not None:
        known: Array = np.asarray(np.isfinite(surroundings).all(axis=2))
        full = _harmonics(HEIGHT_PX)[0] @ harmonics
        detail = np.where(known[..., None], np.nan_to_num(surroundings), full.reshape(HEIGHT_PX, WIDTH_PX, 3).clip(0))
        detail = _without_seams(detail)
        start = detail.reshape(height, step, width, step, 3).mean(axis=(1, 3)).reshape(-1, 3)
    else:
        detail = np.zeros((HEIGHT_PX, WIDTH_PX, 3))
    found = start
    for _ in range(_ROUNDS):
        found = np.maximum(found, 0)
        lacking = harmonics - measure @ found
        if np.abs(lacking).max() < _DARKEST:
            break
        found = found + basis @ lacking
    found = np.maximum(found, 0)
    if surroundings is None:
        return _enlarged(found.reshape(height, width, 3))
    out: Array = np.maximum(detail + _enlarged((found - start).reshape(height, width, 3)), 0)
    return out


@cache
def _harmonics(height: int) -> tuple[Array, Array]:
    """Return the nine harmonics (N, 9) in the directions of a picture of the surroundings, and the matrix (9, N) that measures them."""
    basis = sh_basis(directions(2 * height, height).reshape(-1, 3))
    edges = np.cos(np.pi * np.arange(height + 1) / height)
    weighted = basis * np.repeat((edges[:-1] - edges[1:]) * np.pi / height, 2 * height)[:, None]
    return basis, np.linalg.solve(weighted.T @ basis, weighted.T)


def _enlarged(picture: Array) -> Array:
    """Return a coarse equirectangular picture at full size; the left and right borders meet."""
    import cv2

    wrapped = np.concatenate([picture[:, -1:], picture, picture[:, :1]], axis=1).astype(np.float32)
    large = cv2.resize(wrapped, (wrapped.shape[1] * _COARSE, wrapped.shape[0] * _COARSE), interpolation=cv2.INTER_LINEAR)
    return large[:, _COARSE:-_COARSE].astype(np.float64)


def _without_seams(picture: Array) -> Array:
    import cv2

    pad = 8
    wrapped = np.concatenate([picture[:, -pad:], picture, picture[:, :pad]], axis=1)
    out: Array = cv2.GaussianBlur(wrapped, (0, 0), _SEAM_PX)[:, pad:-pad]
    return out


def _disc(to_light: tuple[float, ...], irradiance: Array, radius_rad: float) -> Array:
    """Return (H, W, 3) radiance of an even disc of light that gives a surface facing it the irradiance."""
    way = directions(WIDTH_PX, HEIGHT_PX)
    cosine = way @ np.asarray(to_light)
    inside = np.clip((np.arccos(np.clip(cosine, -1, 1)) - radius_rad) * (-WIDTH_PX / (2 * np.pi)) + 0.5, 0, 1)
    edges = np.cos(np.pi * np.arange(HEIGHT_PX + 1) / HEIGHT_PX)
    arriving = (inside * np.maximum(cosine, 0) * ((edges[:-1] - edges[1:]) * 2 * np.pi / WIDTH_PX)[:, None]).sum()
    out: Array = inside[..., None] * irradiance / max(float(arriving), 1e-9)
    return out

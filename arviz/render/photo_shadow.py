"""How much of its light a photo keeps where products shade the room: what reaches a plane past them over what reaches it bare.

The light all around and each light that stands out have their own shadow and their own colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Plane
from arviz.core.scene import Item, Lighting, Sun
from arviz.render.flattened import Part
from arviz.render.grains import Grains, grains
from arviz.render.photo_occlusion import Part as PicturePart
from arviz.render.photo_occlusion import box_around, picture_box
from arviz.render.plane_shadow import Lamp, PlaneShadow, axes_of, sky_share
from arviz.render.prefilter import directions
from arviz.render.room_catchers import Catching, OnPlane
from arviz.render.room_cover import Cover, Thinned, lamp_left, sky_left
from arviz.render.room_light import SUN_RAD
from arviz.render.sky_samples import sky_samples

_GRAINS = 60_000
"""Of all products together: some 2 cm apart on a sofa."""
_SKY = 28
"""Directions of light from all around."""
_LEAST = 1 / 512
"""Shadow that is left out: a quarter of an 8-bit step at middle grey."""
_BESIDE_M, _BRIGHTEST = 0.5, 0.75
"""A product with a sun stands in it: so near to its middle a plane is lit, in the brighter quarter at least."""
_LEAST_STEP, _DARK = 0.3, 2e-3
"""Of the logarithm of brightness: less is no edge of sunlight; and the darkest that an 8-bit photo tells apart."""
_SMOOTH = 1 / 160
"""Of the photo's width: boards of a floor are no shadows."""
_NEAREST_M, _MOST_NEARER = 0.1, 4.0
"""A lamp gives nothing more than this many times what it gives where the product stands."""


class Direct(NamedTuple):
    """A light whose shadow has a form of its own."""

    sun: Sun
    """As it reaches the product."""
    lamp: Lamp | None
    """Where it comes from, if from near."""


def light_left(
    items: Sequence[Item],
    catching: Sequence[Catching],
    on: OnPlane,
    lit: Lighting,
    direct: Sequence[Direct],
    *,
    over: Sequence[Cover],
    photo: Image,
    camera: Camera,
    world_from_camera: Array,
) -> PicturePart | None:
    """Return (h, w, 3) float32: the share of each colour of light that products leave on what a photo shows; None for all of it.

    Parameters
    ----------
    items : sequence of Item
        Visible ones.
    on : OnPlane
        Which of `catching` each pixel shows.
    lit : Lighting
        The light all around; its sun does not count.
    direct : sequence of Direct
        What comes on top.
    over : sequence of Cover
        Tops above: what they shade already products cannot shade again.
    photo : Image
        Where it shows a shadow of the sun, products take none of the sun's light.
    """
    shown = [np.where(on.which == index, on.share, np.float32(0)) for index in range(len(catching))]
    seen = [(one.plane, share) for one, share in zip(catching, shown, strict=True) if share.any()]  # others would cost as much
    products = grains(items, count=_GRAINS) if seen else None
    if products is None or not len(products.opacity):
        return None
    sky = _Sky(lit)
    bright = _brightness(photo) if any(one.sun.angular_radius_rad < SUN_RAD for one in direct) else None
    parts = [_lost(products, plane, share, on, sky, direct, over, bright, camera, world_from_camera) for plane, share in seen]
    lost = [part for part in parts if part is not None]
    box = box_around([part.box for part in lost])
    return None if box is None else PicturePart(box, np.clip(1 - sum(part.at(box, outside=0) for part in lost), 0, 1))


def _lost(
    products: Grains,
    plane: Plane,
    share: Array,
    on: OnPlane,
    all_around: _Sky,
    direct: Sequence[Direct],
    over: Sequence[Cover],
    bright: Array | None,
    camera: Camera,
    world_from_camera: Array,
) -> PicturePart | None:
    """Return (h, w, 3) float32: what pixels that show a plane by `share` lose of each colour of light; None for nothing."""
    box = picture_box(share > 0, margin=0)
    assert box is not None
    plane_from_world = axes_of(plane)
    x, y = (slope[tuple(s if n > 1 else slice(None) for s, n in zip(box, slope.shape, strict=True))] for slope in on.slopes)
    depth = np.where(share[box] > 0, on.surface_m[box], np.float32(0))
    rows_of_pose = (plane_from_world @ world_from_camera).astype(np.float32)[:2]
    place = [(row[0] * x + (row[1] * y + row[2])) * depth + row[3] for row in rows_of_pose]
    mine = share[box] > 0
    seen = Part(*(np.array([bound(values[mine]) for values in place]) for bound in (np.min, np.max)))
    shadow = PlaneShadow(products, plane_from_world, seen=seen)
    sky_maps = shadow.sky(sky_samples(all_around.lit, normal=plane_from_world[2, :3], count=_SKY))
    maps = [shadow.sun(one.sun) if one.lamp is None else shadow.lamp(one.lamp) for one in direct]
    # Shadows are found only where there are some: a floor fills half of the picture.
    near = np.zeros(mine.shape, bool)
    for shade in (*sky_maps, *maps):
        if shade is not None:
            near |= shade.part.holds(*place)
    inner = picture_box(near & mine, margin=0)
    if inner is None:
        return None
    place, sure = [values[inner] for values in place], share[box][inner]
    sky = sky_share(sky_maps, *place) * sure
    shades = [None if shade is None else shade.at(*place) * sure for shade in maps]
    dark = np.max([sky, *(hidden for hidden in shades if hidden is not None)], axis=0) > _LEAST
    dim = picture_box(dark, margin=0)
    if dim is None:
        return None
    at, middle = [values[dim] for values in place], products.points_m.mean(axis=1)
    total = np.broadcast_to(all_around.irradiance(plane_from_world[2, :3]), (*at[0].shape, 3))
    thinned = Thinned(at[0].shape, width_px=camera.width_px)
    if over:
        points = (thinned.of(np.stack(at, axis=-1)) - plane_from_world[:2, 3]) @ plane_from_world[:2, :3] - plane_from_world[
            2, 3
        ] * plane_from_world[2, :3]
        total = total * thinned.enlarged(sky_left(over, points, plane_from_world[2, :3], all_around.lit))
    lost = sky[dim][..., None] * total
    for one, hidden in zip(direct, shades, strict=True):
        arriving = _facing(plane_from_world, at, one, middle)[..., None] * np.asarray(one.sun.irradiance, np.float32)
        if over:
            ends = np.asarray(one.sun.to_light), float(np.tan(min(one.sun.angular_radius_rad, 1.0)))
            arriving = arriving * thinned.enlarged(lamp_left(over, points, *ends, one.lamp))
        if bright is not None and one.sun.angular_radius_rad < SUN_RAD:
            step = float(np.log1p((arriving @ LUMINANCE) / np.maximum(total @ LUMINANCE, 1e-9)).max())
            away = np.hypot(*(values - own for values, own in zip(place, (plane_from_world @ [*middle, 1.0])[:2], strict=True)))
            arriving = arriving * _in_the_sun(bright[box][inner], (away < _BESIDE_M) & (sure > 0), step)[dim][..., None]
        total = total + arriving
        if hidden is not None:
            lost += hidden[dim][..., None] * arriving
    lost *= dark[dim][..., None] / np.maximum(total, np.float32(1e-9))
    rows, columns = (
        slice(*(side.start + part.start + end for end in (more.start, more.stop))) for side, part, more in zip(box, inner, dim, strict=True)
    )
    return PicturePart((rows, columns), lost)


def _brightness(photo: Image) -> Array:
    """Return (H, W) float32 the logarithm of luminance."""
    import cv2

    luminance = srgb_to_linear(np.arange(256) / 255).astype(np.float32)[photo.pixels] @ LUMINANCE.astype(np.float32)
    out: Array = np.log(np.maximum(cv2.GaussianBlur(luminance, (0, 0), _SMOOTH * photo.width_px), _DARK))
    return out


def _in_the_sun(bright: Array, beside: Array, step: float) -> Array:
    """Return (h, w) how far places of a plane are in the sun, which makes them brighter by `step`, as those `beside` the product are."""
    if step < _LEAST_STEP or not beside.any():
        return np.ones(bright.shape, np.float32)
    lit = np.quantile(bright[beside], _BRIGHTEST)
    out: Array = np.clip(np.expm1(bright - lit + step) / np.expm1(step), 0, 1).astype(np.float32)
    return out


def _facing(plane_from_world: Array, at: Sequence[Array], light: Direct, middle: Array) -> Array:
    """Return (h, w) what a light gives to places (h, w), (h, w) of a bare plane, in shares of its irradiance on the product."""
    if light.lamp is None:
        return np.full(at[0].shape, max(float(plane_from_world[2, :3] @ light.sun.to_light), 0.0), np.float32)
    lamp = (plane_from_world[:3, :3] @ light.lamp.position_m + plane_from_world[:3, 3]).astype(np.float32)
    distance = np.sqrt((lamp[0] - at[0]) ** 2 + (lamp[1] - at[1]) ** 2 + lamp[2] ** 2).clip(_NEAREST_M)
    own = float(np.linalg.norm(light.lamp.position_m - middle))
    out: Array = np.maximum(lamp[2], 0) / distance * np.minimum((own / distance) ** 2, _MOST_NEARER)
    return out


class _Sky:
    """The light from all around."""

    def __init__(self, lit: Lighting) -> None:
        self.lit = lit
        pixels = lit.environment.pixels[..., :3].astype(np.float64)
        small = pixels.reshape(pixels.shape[0] // 4, 4, pixels.shape[1] // 4, 4, 3).mean(axis=(1, 3))
        height, width = small.shape[:2]
        edges = np.cos(np.pi * np.arange(height + 1) / height)
        self._light = small * ((edges[:-1] - edges[1:]) * 2 * np.pi / width)[:, None, None]
        self._from = directions(width, height)

    def irradiance(self, normal: Array) -> Array:
        """Return (3,) float32 what a bare plane gets of it."""
        out: Array = np.einsum("ij,ijc->c", np.maximum(self._from @ normal, 0), self._light).astype(np.float32)
        return out

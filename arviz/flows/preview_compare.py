"""Two products by one eye: beside each other, one wiped over the other, or how different each pixel looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.colour_difference import delta_e_2000, lab
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.flows.preview_products import Products
from arviz.flows.preview_shot import Seen, Shot, Versus
from arviz.render.inspection import HEAT, Scale, colours_of

COLUMN_PX = 2
"""Between two pictures, and the edge of a wipe."""
MOST_DELTA_E = 10.0
"""So much and more has one colour: nobody takes these for the same."""
_GREY = (120, 120, 120)


def compared(
    shot: Shot, versus: Versus, products: Products, draw: Callable[[Shot, Array, bool, Scale | None], Seen], pose: Array, *, width_px: int
) -> Seen:
    """Draw two products that stand in the same place, seen at the same millimetres.

    `draw` draws one of them from a pose, with nothing behind it as RGBA where its third argument is True, in the colours of a scale.

    Where only one of the files says its unit, no millimetre is known to be the same: then each fills its picture.

    Raises
    ------
    InputError, LimitError
        A file cannot be read.
    """
    first, second, pose_second, same = _sides(shot, versus, products, pose)
    if versus.way == "difference":
        one, other = (draw(each, at, True, None) for each, at in ((first, pose), (second, pose_second)))
        return _difference(one, other, shot.background)._replace(same_scale=same)
    one = draw(first, pose, False, None)
    other = draw(second, pose_second, False, one.scale)
    left, right = one.image.pixels, other.image.pixels
    if versus.way == "wipe":
        at = round(versus.share * left.shape[1])
        out = np.concatenate([left[:, :at], right[:, at:]], axis=1)
        out[:, max(at - COLUMN_PX // 2, 0) : at + COLUMN_PX // 2] = _GREY
    else:
        out = np.empty((left.shape[0], width_px, 3), np.uint8)
        out[:] = _GREY
        out[:, : left.shape[1]] = left
        out[:, max(0, width_px - right.shape[1]) :] = right[:, :width_px]
    return one._replace(image=Image(pixels=out), same_scale=same)


def framed(shot: Shot, products: Products) -> Array:
    """Return the points (N, 3) that a picture holds at the eye's usual distance: of both products where they are at one scale.

    Raises
    ------
    InputError, LimitError
        A file cannot be read.
    """
    points = products.framed(shot)
    if shot.versus is None:
        return points
    one, other = products.read(shot.file), products.read(shot.versus.file)
    if one.asset.unit_known != other.asset.unit_known:
        return points
    return np.concatenate([points, products.framed(replace(shot, file=shot.versus.file)) + _foot(one.box) - _foot(other.box)])


def _sides(shot: Shot, versus: Versus, products: Products, pose: Array) -> tuple[Shot, Shot, Array, bool]:
    """Return both shots, the pose for the second, and whether they are at one scale; what the second product lacks is not asked of it."""
    one, other = products.read(shot.file), products.read(versus.file)
    animations = (name for index, each in enumerate(other.asset.animations) for name in (each.name, str(index)))
    moved = shot.animation is not None and shot.animation in animations
    first = replace(shot, versus=None)
    if versus.way == "difference":
        first = replace(first, inspect="shaded", figure=None, faults=(), light=replace(shot.light, shadow=0.0))
    second = replace(
        first,
        file=versus.file,
        variant=shot.variant if shot.variant in other.asset.variants else None,
        animation=shot.animation if moved else None,
        level=None,
        faults=(),
    )
    same = one.asset.unit_known == other.asset.unit_known
    # Both stand on one spot of the floor.
    (from_one, from_other), scale = (_foot(each.box) for each in (one, other)), 1.0
    if not same:
        scale = _radius(other.points) / _radius(one.points)
    at = np.array(pose)
    at[:3, 3] = from_other + (pose[:3, 3] - from_one) * scale
    return first, second, at, same


def _foot(box: Array) -> Array:
    out: Array = np.array([box[:, 0].mean(), box[0, 1], box[:, 2].mean()])
    return out


def _radius(points: Array) -> float:
    """Return the radius of the ball that `arviz.render.framing.orbit_camera` fits into a picture."""
    good = points[np.isfinite(points).all(axis=1)]
    return max(float(np.linalg.norm(good - (good.min(axis=0) + good.max(axis=0)) / 2, axis=1).max()), 1e-9)


def _difference(one: Seen, other: Seen, background: tuple[int, int, int]) -> Seen:
    """Return how different pixels look (CIEDE2000) where one of two RGBA pictures shows something."""
    first, second = one.image.pixels, other.image.pixels
    shown = (first[..., 3] > 0) | (second[..., 3] > 0)
    out = np.empty((*shown.shape, 3), np.uint8)
    out[:] = background
    apart = delta_e_2000(_lab_over(first[shown], background), _lab_over(second[shown], background))
    least, median, most = (float(value) for value in np.percentile(apart, (5, 50, 95))) if len(apart) else (0.0, 0.0, 0.0)
    scale = Scale("difference", HEAT, 0.0, MOST_DELTA_E, least, median, most)
    out[shown] = colours_of(scale, apart)
    return one._replace(image=Image(pixels=out), scale=scale)


def _lab_over(pixels: Array, background: tuple[int, int, int]) -> Array:
    """Return L*a*b* (N, 3) of straight RGBA (N, 4) over a colour."""
    alpha = pixels[:, 3:] / 255.0
    light = srgb_to_linear(pixels[:, :3] / 255.0) * alpha + srgb_to_linear(np.array(background) / 255.0) * (1 - alpha)
    return lab(light)

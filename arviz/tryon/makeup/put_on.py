"""Make-up on a face: `stats` of the picture for each layer, then `blend`, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Makeup
from arviz.tryon.makeup.blend import Uniforms, blend, finish_uniforms
from arviz.tryon.makeup.light import FaceLight, face_light, linear, skin_luminance
from arviz.tryon.makeup.region import Region, region

_CORE = 0.99


class Worn(NamedTuple):
    """One layer as it was put on: what and where, and with which uniforms."""

    makeup: Makeup
    region: Region
    uniforms: Uniforms


class MadeUp(NamedTuple):
    """A picture (H, W, 3) uint8 with make-up, its layers, and the kinds that the picture does not show."""

    pixels: Array
    worn: tuple[Worn, ...]
    unseen: tuple[Makeup, ...]


def stats(pixels: Array, where: Region, makeup: Makeup, face: Landmarks, light: FaceLight) -> Uniforms | None:
    """Return what `blend` needs of a picture; None where the region or the skin beside it cannot be seen."""
    core = linear(pixels[where.window.of][where.mask > _CORE]) @ LUMINANCE
    beside = skin_luminance(pixels, face, where.beside)
    if not len(core) or beside is None:
        return None
    here = light.white * (beside / light.skin)
    return Uniforms(here, float(np.median(core)), np.array(makeup.albedo), makeup.coverage, *finish_uniforms(makeup.finish))


def put_on(pixels: Array, face: Landmarks, makeup: Sequence[Makeup], *, light: FaceLight | None = None) -> MadeUp:
    """Put layers of make-up on one face, the first one below.

    Parameters
    ----------
    pixels : ndarray (H, W, 3) uint8
        sRGB; not changed.
    face : Landmarks
    makeup : sequence of Makeup
    light : FaceLight, optional
        As `face_light` found it, here or some frames before; found here by default.
    """
    light = light or face_light(pixels, face)
    out, worn, unseen = pixels.copy(), [], []
    for layer in makeup:
        where = region(layer.kind, face, width_px=pixels.shape[1], height_px=pixels.shape[0])
        uniforms = None if where is None or light is None else stats(out, where, layer, face, light)
        if where is None or uniforms is None:
            unseen.append(layer)
            continue
        out[where.window.of] = blend(out[where.window.of], where.mask, uniforms)
        worn.append(Worn(layer, where, uniforms))
    return MadeUp(out, tuple(worn), tuple(unseen))

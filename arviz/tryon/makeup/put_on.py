"""Make-up on a face: `stats` of the picture for each layer, then `blend`, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Makeup
from arviz.core.report import Finding
from arviz.tryon.constants import regions
from arviz.tryon.makeup.blend import Uniforms, blend, uniforms
from arviz.tryon.makeup.light import FaceLight, face_light, light_beside, linear
from arviz.tryon.makeup.region import Region, region
from arviz.tryon.makeup.shade import ShadeError, shade_error

_HIDDEN = 0.02


class Worn(NamedTuple):
    """One layer as it was put on: what and where, with which uniforms, and how true its shade is."""

    makeup: Makeup
    region: Region
    uniforms: Uniforms
    shade: ShadeError


class MadeUp(NamedTuple):
    """A picture (H, W, 3) uint8 with make-up, its layers, the kinds that the picture does not show, and what is approximate."""

    pixels: Array
    worn: tuple[Worn, ...]
    unseen: tuple[Makeup, ...]
    findings: tuple[Finding, ...] = ()


def stats(pixels: Array, where: Region, makeup: Makeup, face: Landmarks, light: FaceLight) -> Uniforms | None:
    """Return what `blend` needs of a picture; None where the region or the skin beside it cannot be seen."""
    core = linear(pixels[where.window.of][where.core]) @ LUMINANCE
    here = light_beside(light, pixels, face, where.beside)
    if not len(core) or here is None or np.median(core) <= 0:
        return None
    return uniforms(core, light=here, albedo=np.array(makeup.albedo), coverage=makeup.coverage, finish=makeup.finish)


def put_on(
    pixels: Array, face: Landmarks, makeup: Sequence[Makeup], *, light: FaceLight | None = None, hands: Sequence[Landmarks] = ()
) -> MadeUp:
    """Put layers of make-up on one face, the first one below.

    Parameters
    ----------
    pixels : ndarray (H, W, 3) uint8
        sRGB; not changed.
    face : Landmarks
    makeup : sequence of Makeup
    light : FaceLight, optional
        As `face_light` found it, here or some frames before; found here by default.
    hands : sequence of Landmarks
        Hands before the face; what they hide stays as it is.
    """
    light = light or face_light(pixels, face)
    height, width = pixels.shape[:2]
    out = pixels.copy()
    worn: list[Worn] = []
    unseen: list[Makeup] = []
    for layer in makeup:
        where = region(layer.kind, face, width_px=width, height_px=height, hands=hands)
        given = None if where is None or light is None else stats(pixels, where, layer, face, light)
        if where is None or given is None or light is None:
            unseen.append(layer)
            continue
        cut = where.window.of
        made = blend(out[cut], where.mask, given)
        worn.append(Worn(layer, where, given, shade_error(out[cut], made, where, given, light)))
        out[cut] = made
    return MadeUp(out, tuple(worn), tuple(unseen), tuple(_findings(worn, light, face)))


def _turned(face: Landmarks) -> bool:
    """Tell whether a face is turned so far that the tip of its nose hides a cheekbone: about 40 degrees."""
    right, tip, left = face.points_px[regions()["outline_and_nose"]]
    eyes = face.points_px[regions()["eye_left"][8]] - face.points_px[regions()["eye_right"][0]]
    return bool(min((tip - right) @ eyes, (left - tip) @ eyes) < 0)


def _findings(worn: Sequence[Worn], light: FaceLight | None, face: Landmarks) -> list[Finding]:
    found = []
    if worn and _turned(face):
        found.append(
            Finding(
                code="I_FACE_TURNED",
                severity="info",
                where="make-up",
                message="the face is turned far aside: edges of make-up on its far side are approximate",
                hint="Turn the face to the camera, by less than 40 degrees.",
            )
        )
    if worn and light is not None and light.source == "skin":
        found.append(
            Finding(
                code="I_SHADE_APPROXIMATE",
                severity="info",
                where="make-up",
                message="the whites of the eyes cannot be seen: the light is guessed from the skin, and shades are approximate",
                hint="Open eyes, turned to the camera, tell the light.",
            )
        )
    hidden = [layer.makeup.kind for layer in worn if layer.region.hidden > _HIDDEN]
    if hidden:
        found.append(
            Finding(
                code="I_HAND_BEFORE_FACE",
                severity="info",
                where=", ".join(hidden),
                message="a hand is before the face: what it hides is left as it is, along an outline that is approximate",
            )
        )
    return found

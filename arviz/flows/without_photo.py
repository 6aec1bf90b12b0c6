"""Journey: landmarks of a face in, without a photo; what can be drawn over the photo, where that stays, out.

Glasses become one picture with alpha. It is found by putting them on twice, before greys as dark and as bright as skin
(triangulation matting: Smith and Blinn, "Blue Screen Matting", 1996), blended as pages blend, in encoded sRGB: over these greys it is
right, over other colours as near as one alpha comes to shadow, tint and glare. Make-up becomes its mask and the numbers of
`arviz.brdf/1`: its shade needs the skin, which only the photo shows.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import atan
from typing import Any, NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.recipe import Makeup, Recipe
from arviz.flows.fitting import FittedFace
from arviz.flows.frames import film_camera
from arviz.flows.glasses import GlassesFitting, Measured
from arviz.flows.recipe import RecipeSource, load_recipe
from arviz.flows.try_on import SCHEMA, known_pd
from arviz.render.face_light import unknown_light
from arviz.tryon.constants import look, regions
from arviz.tryon.head.fit import fit_head
from arviz.tryon.makeup.region import Region, region
from arviz.tryon.recipe import recipe_to_json
from arviz.vision.face.follow import follow_pose
from arviz.vision.face.scale import face_scale

_SKIN = 0.2
"""Linear light of mean skin in a well exposed picture."""
_DARK, _BRIGHT = (int(grey) for grey in to_uint8(linear_to_srgb(np.array([0.05, 0.45]))))
"""Skin of type VI in shade, and of type I in the light."""
_LEAST_PX, _MISFIT = 10.0, 0.15
"""Spread of the points of a face; and how far they lie beside the posed template, of that spread: .02 to .05 on synthetic heads."""


class Mask(NamedTuple):
    """Where a layer of make-up goes."""

    makeup: Makeup
    region: Region

    def to_json(self) -> dict[str, Any]:
        """Return the layer of the recipe, its part of ``arviz.brdf/1``, and the mask: a grey PNG as base64, and its corner."""
        layer = recipe_to_json(Recipe(id="layer", items=(self.makeup,)))["items"][0]
        brdf = {**look()["brdf"], "finish": look()["brdf"]["finish"][self.makeup.finish]}
        grey = Image(pixels=to_uint8(self.region.mask)[..., None])
        at = {"left": self.region.window.x0, "top": self.region.window.y0}
        return {
            **layer,
            **at,
            "mask": b64encode(encode(grey, "PNG")).decode(),
            "brdf": brdf,
            "beside": regions()[self.region.beside].tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WithoutPhoto:
    """What goes over a photo that nobody has sent.

    Parameters
    ----------
    recipe : Recipe
    face : FittedFace
        What was measured; its glasses say how they fit.
    overlay : Image or None
        8-bit sRGB with straight alpha, of the photo's size: the glasses; None where the recipe has none.
    masks : tuple of Mask
        The make-up, first below.
    """

    recipe: Recipe
    face: FittedFace
    overlay: Image | None
    masks: tuple[Mask, ...] = field(repr=False)

    @property
    def camera_from_head(self) -> Array:
        """Where the head is (4, 4): metres, OpenCV axes."""
        assert self.face.measured is not None
        return self.face.measured.head.camera_from_head

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, ``arviz.tryon.report/1``."""
        return {"schema": SCHEMA, "recipe": self.recipe.id, "faces": [self.face.to_json()], "pictures": 0, "file": None, "findings": []}


def without_photo(
    face: Landmarks,
    recipe: RecipeSource,
    *,
    width_px: int,
    height_px: int,
    focal_px: float | None = None,
    pd: str | Length | None = None,
) -> WithoutPhoto:
    """Put a recipe on the landmarks of a face.

    Parameters
    ----------
    face : Landmarks
        Of a face, in the photo's pixels.
    recipe : path, Recipe or mapping
        What to try on, ``arviz.tryon/1``.
    width_px, height_px : int
        Of the photo.
    focal_px : float, optional
        What its camera says of itself; default: an assumption.
    pd : str or Length, optional
        Pupillary distance where the person knows it, ``"63mm"``: the surest scale.

    Raises
    ------
    InputError
        ``E_LANDMARKS``: no head before this camera has them; what is wrong with the recipe.
    """
    wanted, folder = load_recipe(recipe)
    given = (
        None
        if focal_px is None
        else Camera.from_fov(vertical_fov_rad=2 * atan(height_px / 2 / focal_px), width_px=width_px, height_px=height_px)
    )
    camera, told = film_camera(given, width_px, height_px, where="camera")
    measured = _measured(face, camera, known_pd(pd))
    images = [Image(pixels=np.full((height_px, width_px, 3), level, np.uint8)) for level in (_DARK, _BRIGHT)]
    worn, seats = [], []
    for item in wanted.glasses:
        with GlassesFitting(item, folder=folder) as glasses:
            seats.append(glasses.seat(measured))
            for index, image in enumerate(images):
                images[index], made = glasses.put_on(Frame(image=image, camera=camera), measured, seats[-1])
        guessed = ("behind lenses",) if any(item.lens.rx_dioptre) else ()
        worn.append(replace(made, approximate=tuple(dict.fromkeys(("light", *made.approximate, *guessed)))))
    regions = [(layer, region(layer.kind, face, width_px=width_px, height_px=height_px)) for layer in wanted.makeup]
    return WithoutPhoto(
        recipe=wanted,
        face=FittedFace(
            landmarks=face,
            sight=np.zeros(0),
            unseen=tuple(layer for layer, where in regions if where is None),
            measured=measured,
            seats=tuple(seats),
            glasses=tuple(worn),
            findings=(*told, *measured.findings) if wanted.glasses else (),
        ),
        overlay=_overlay(images) if wanted.glasses else None,
        masks=tuple(Mask(layer, where) for layer, where in regions if where is not None),
    )


def _measured(face: Landmarks, camera: Camera, pd: Length | None) -> Measured:
    followed = follow_pose(face, camera, 0.0) if _may_be_a_face(face, camera) else None
    if followed is None or followed.pose.residual_px > _MISFIT * _spread_px(face):
        raise _no_face()
    try:
        scale = face_scale(None, face, followed.pose, camera, pd_m=pd)
    except ValueError:  # irises that no head of any size has
        raise _no_face() from None
    head = fit_head(face, pose=followed.pose, camera=camera, scale=scale)
    light = unknown_light(np.full((1, 3), _SKIN))
    return Measured(followed=followed, scale=scale, head=head, light=light, findings=scale.findings)


def _may_be_a_face(face: Landmarks, camera: Camera) -> bool:
    """Tell whether landmarks lie in the photo or within its size beside it, and are no speck: a stranger has sent them, not a network."""
    size = np.array([camera.width_px, camera.height_px])
    near = (face.points_px > -size).all() and (face.points_px < 2 * size).all()
    return bool(near and _spread_px(face) > _LEAST_PX)


def _spread_px(face: Landmarks) -> float:
    """Return how far the points spread: about half of the width of a face."""
    return float(np.sqrt(face.points_px[:468].var(axis=0).sum()))


def _no_face() -> InputError:
    return InputError(
        "E_LANDMARKS",
        "no head before this camera has such landmarks",
        expected="478 points of mediapipe's face mesh, in pixels of the photo",
        hint="x and y of the network are shares of width and height; the photo must not be mirrored.",
    )


def _overlay(images: Sequence[Image]) -> Image:
    """Return what was put before dark and before bright, as colour and alpha."""
    dark, bright = (image.pixels.astype(np.float32) for image in images)
    alpha = np.clip(1 - (bright - dark).mean(axis=2, keepdims=True) / (_BRIGHT - _DARK), 0, 1)
    colour: Array = (bright - (1 - alpha) * _BRIGHT) / np.maximum(alpha, 1 / 255) / 255
    return Image(pixels=to_uint8(np.concatenate([colour, alpha], axis=2)), alpha="straight")

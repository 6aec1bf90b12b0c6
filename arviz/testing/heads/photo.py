"""Photograph a synthetic head by rays, with everything that is true of each pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.recipe import Makeup
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.shot import Shot

MASKS = ("head", "skin", "lips", "eyelids", "cheeks", "eyes", "mouth", "brows", "hair", "clothes", "card", "glasses", "hand")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeadPhoto:
    """A picture and its truth. Pictures of points and pixels: centres at integers; arrays are (H, W).

    Parameters
    ----------
    frame : Frame
        What the code under test gets: 8-bit sRGB picture and the handed camera.
    radiance : ndarray (H, W, 3) float32
        Linear, before the camera's white balance, noise, rounding and JPEG; 1 is white.
    diffuse, specular : ndarray (H, W, 3) float32
        Parts of `radiance` that the head sends back; 0 where no head is.
    albedo, irradiance : ndarray (H, W, 3) float32
        Means over a pixel's samples on the head; `albedo` * `irradiance` is `diffuse` where a pixel sees one surface.
    masks : mapping
        Each of `MASKS` -> (H, W) float32, the share of the pixel that is it and nothing before it: ``head`` is all of head, neck,
        hair and eyes; ``mouth`` teeth, tongue and what lies behind the lips; ``lips``, ``eyelids`` and ``cheeks`` what the
        products for these cover.
    depth_m : ndarray (H, W) float32
        Along z, of the nearest thing at the pixel's centre that belongs to the head; +inf elsewhere.
    pupils_m : ndarray (2, 3) float64
        Right, left; in camera axes; middles of the circles between iris and sclera.
    pupils_px : ndarray (2, 2) float64
    landmarks_m : ndarray (468, 3) float64
        In camera axes.
    landmarks_px : ndarray (468, 2) float64
    landmarks_seen : ndarray (468,) bool
    """

    head: SyntheticHead
    shot: Shot
    frame: Frame
    radiance: Array = field(repr=False)
    diffuse: Array = field(repr=False)
    specular: Array = field(repr=False)
    albedo: Array = field(repr=False)
    irradiance: Array = field(repr=False)
    masks: Mapping[str, Array] = field(repr=False)
    depth_m: Array = field(repr=False)
    pupils_m: Array = field(repr=False)
    pupils_px: Array = field(repr=False)
    landmarks_m: Array = field(repr=False)
    landmarks_px: Array = field(repr=False)
    landmarks_seen: Array = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("radiance", "diffuse", "specular", "albedo", "irradiance", "depth_m"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float32)})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WornMesh:
    """Something solid or clear on the head, for example glasses.

    Parameters
    ----------
    points_m : ndarray (N, 3)
        In the head's frame.
    triangles : ndarray (T, 3)
    albedo : ndarray (T, 3)
        Linear.
    transmittance : ndarray (T, 3)
        Share of light that a clear triangle lets pass; 0 for solid ones.
    mask : str
        Which of `MASKS` it counts as.
    """

    points_m: Array = field(repr=False)
    triangles: Array = field(repr=False)
    albedo: Array = field(repr=False)
    transmittance: Array = field(repr=False)
    mask: str = "glasses"


def bank_card(head: SyntheticHead, *, where: str = "forehead") -> WornMesh:
    """Return a card of 85.60 x 53.98 mm (ISO/IEC 7810 ID-1) held flat to the forehead, or ``beside`` the face."""
    raise NotImplementedError


def photo(head: SyntheticHead, shot: Shot, *, makeup: Sequence[Makeup] = (), worn: Sequence[WornMesh] = (), samples: int = 2) -> HeadPhoto:
    """Photograph a head.

    Parameters
    ----------
    makeup : sequence of Makeup
        Products that are really on the skin: its albedo, and the gloss of their finish. The same shot without them has the same
        light, geometry and noise.
    worn : sequence of WornMesh
    samples : int
        Per pixel and axis.
    """
    raise NotImplementedError

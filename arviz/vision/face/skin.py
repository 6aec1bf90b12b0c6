"""Which pixels of a person show skin: those rather coloured as the cheeks are than as the hair above the forehead is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks, Matte

CHEEKS = (50, 101, 118, 117, 123, 147, 187, 205, 36, 280, 330, 347, 346, 352, 376, 411, 425, 266)
"""Landmarks on skin that neither hair nor glasses hide in most people."""
AROUND = 0.45
"""Of the face's width: so far about it is looked."""
ABOVE = 0.12
"""Of the face's width beyond the landmarks and above the brows: who has hair has it there."""
BROWS = (70, 300)
SKIN_SIGMA, HAIR_SIGMA = np.array([0.7, 0.08, 0.08]), np.array([0.35, 0.05, 0.05])
"""Least standard deviations of the logarithm of light and of ratios of channels: ears lie in another light and are redder than cheeks."""
HAIR_AWAY = 1.5
"""Squared standard deviations from skin: hair that is nearer is not told from it, or there is none."""
_DARK = 4.0
"""Of 255, added to all: darker is noise."""
_BLUR = 0.008
"""Of the face's width: pores and single hairs."""


def skin_matte(image: Image, face: Landmarks, person: Matte) -> Matte:
    """Return how much each pixel of a person looks like skin, about a face; 0 elsewhere.

    Two normal distributions of the logarithms of light and of ratios of channels, which change little with shading; who has no hair
    has skin everywhere.

    Parameters
    ----------
    image : Image
        8-bit sRGB.
    face : Landmarks
    person : Matte
        Which pixels are people.

    Returns
    -------
    Matte
        Of kind ``person``, guessed from colours: its confidence is below .5.
    """
    import cv2

    points = face.points_px[:468]
    low, high = points.min(axis=0), points.max(axis=0)
    width = float(high[0] - low[0])
    left, top = np.clip(np.floor(low - AROUND * width), 0, None).astype(int)
    right, bottom = np.ceil(high + AROUND * width).astype(int)
    part = np.ascontiguousarray(image.pixels[top:bottom, left:right, :3]).astype(np.float32)
    out = np.zeros(person.alpha.shape, np.float32)
    if part.size:
        alpha = person.alpha[top:bottom, left:right]
        values = _features(cv2.GaussianBlur(part, (0, 0), max(_BLUR * width, 0.6)))
        placed = points - [left, top]
        at = np.floor(placed[list(CHEEKS)] + 0.5).astype(int)
        cheeks = at[((at >= 0) & (at < values.shape[1::-1])).all(axis=1)]
        beyond = np.full(alpha.shape, 255, np.uint8)
        cv2.fillConvexPoly(beyond, cv2.convexHull(placed.astype(np.int32)), 0)
        far = cv2.distanceTransform(beyond, cv2.DIST_L2, 3) > ABOVE * width
        far[max(int(placed[list(BROWS), 1].mean()), 0) :] = False
        hair = values[far & (alpha > 0.9)]
        if len(cheeks):
            skin = _Spread.of(values[cheeks[:, 1], cheeks[:, 0]], least=SKIN_SIGMA)
            # The forehead is above the brows as well: half of what is there is hair, the half that is least like skin.
            strange = skin.away(hair)
            hair = hair[strange > np.median(strange)] if len(hair) else hair
            like_skin = np.ones_like(alpha)
            if len(hair) > len(CHEEKS) and np.median(skin.away(hair)) > HAIR_AWAY:
                ratio = skin.unlikely(values) - _Spread.of(hair, least=HAIR_SIGMA).unlikely(values)
                like_skin = 1 / (1 + np.exp(np.clip(ratio / 2, -30, 30)))
            out[top:bottom, left:right] = alpha * like_skin
    return Matte(kind="person", alpha=out, confidence=0.4, source="colour")


def _features(rgb: Array) -> Array:
    """Return the logarithm of light, and of red and of blue against green."""
    red, green, blue = np.moveaxis(np.log(rgb + np.float32(_DARK)), -1, 0)
    out: Array = np.stack([(red + green + blue) / 3, red - green, blue - green], axis=-1)
    return out


class _Spread(NamedTuple):
    """Middle and standard deviation (3,) of features."""

    middle: Array
    sigma: Array

    @staticmethod
    def of(samples: Array, *, least: Array) -> _Spread:
        """Return how samples (N, 3) spread, whatever a few of them are."""
        middle = np.median(samples, axis=0)
        return _Spread(middle, np.hypot(1.4826 * np.median(np.abs(samples - middle), axis=0), least))

    def away(self, values: Array) -> Array:
        """Return the squared distance of values (..., 3) in standard deviations."""
        out: Array = np.square((values - self.middle) / self.sigma).sum(axis=-1)
        return out

    def unlikely(self, values: Array) -> Array:
        """Return minus twice the logarithm of the density at values (..., 3), up to a constant."""
        out: Array = self.away(values) + 2 * np.log(self.sigma).sum()
        return out

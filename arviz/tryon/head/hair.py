"""Hair that hangs over ears, and so over the temples of glasses: `hair_over_ears`.

Who shows the upper half of an ear wears the temple before the hair, or the hair is short; who does not, has hair over both.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks, Matte
from arviz.tryon.head.outline import ear_skin

LEAST_SKIN = 0.4
"""Of the upper half of an ear: with less it is taken to be under hair."""
EYES = (33, 263)


def hair_over_ears(points_px: Array, face: Landmarks, *, person: Matte, skin: Matte) -> Matte:
    """Return the hair beside a face on each side on which an ear is under it; none where both ears are seen.

    Parameters
    ----------
    points_px : ndarray (N, 2)
        Fine points of the fitted head.
    face : Landmarks
    person, skin : Matte
        Which pixels are people, and which of those look like skin.

    Returns
    -------
    Matte
        Of kind ``hair``; guessed from colours, as its confidence says.
    """
    right, left = face.points_px[list(EYES)]
    across, middle = left - right, (left + right) / 2
    rows, columns = np.indices(person.alpha.shape)
    to_left = (columns - middle[0]) * across[0] + (rows - middle[1]) * across[1] > 0
    covered = [ear_skin(points_px, skin.alpha, side=side) < LEAST_SKIN for side in (0, 1)]
    alpha = np.where(np.where(to_left, covered[1], covered[0]), person.alpha - skin.alpha, 0)
    return Matte(kind="hair", alpha=np.clip(alpha, 0, 1), confidence=skin.confidence, source=skin.source)

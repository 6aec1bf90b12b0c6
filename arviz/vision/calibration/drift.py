"""Does a calibration still hold: the residual of new pictures under a camera that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arviz.core.camera import Camera
from arviz.vision.calibration.solve import posed, rms
from arviz.vision.calibration.views import View

DRIFT_RATIO = 2.0
"""A residual this many times the stored one: focus, zoom or lens have moved, or the board is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The residual of new views, all and each, beside the stored one."""

    rms_px: float
    stored_px: float
    view_rms_px: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times the stored residual."""
        return self.rms_px / self.stored_px

    @property
    def holds(self) -> bool:
        """Whether the calibration still explains the pictures."""
        return self.ratio <= DRIFT_RATIO


def drift(views: Sequence[View], camera: Camera, *, stored_px: float) -> Drift:
    """Compare views with what a calibration left over when it was made.

    Raises
    ------
    InputError
        ``E_CAMERA_SIZE``: a picture has another size than the camera.
    """
    for view in views:
        camera.check_size(width_px=view.width_px, height_px=view.height_px, where=view.name)
    residuals = posed(views, camera)
    return Drift(rms_px=rms(np.concatenate(residuals)), stored_px=stored_px, view_rms_px=tuple(rms(r) for r in residuals))

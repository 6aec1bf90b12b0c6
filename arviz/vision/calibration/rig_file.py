"""Stereo rigs as JSON, schema ``arviz.stereo/1``: what `arviz calibrate stereo` writes and ``--rig RIG.json`` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.camera_file import camera_from_json, camera_to_json
from arviz.core.errors import FormatError
from arviz.vision.calibration.stereo import StereoRig

SCHEMA = "arviz.stereo/1"
_NUMBERS = ("rms_px", "sigma_baseline_m", "epipolar_px")


def rig_to_json(rig: StereoRig) -> dict[str, Any]:
    """Return the stable JSON form."""
    return {
        "schema": SCHEMA,
        "left": camera_to_json(rig.left),
        "right": camera_to_json(rig.right),
        "right_from_left": rig.right_from_left.tolist(),
        "baseline_m": rig.baseline_m,
        **{name: getattr(rig, name) for name in _NUMBERS},
        "pairs": rig.pairs,
    }


def read_rig(data: bytes, *, where: object = None) -> StereoRig:
    """Return the rig of a JSON file.

    Raises
    ------
    FormatError
        ``E_RIG_JSON``: no JSON, another schema, or values that no rig has; ``E_CAMERA_JSON`` for its cameras.
    """
    try:
        values = json.loads(data)
        if not isinstance(values, Mapping) or values.get("schema") != SCHEMA:
            raise ValueError(f"the schema is {values.get('schema')!r}" if isinstance(values, Mapping) else "not an object")
        return StereoRig(
            left=camera_from_json(values["left"], where=where),
            right=camera_from_json(values["right"], where=where),
            right_from_left=np.asarray(values["right_from_left"], np.float64),
            pairs=int(values["pairs"]),
            **{name: _measure(values[name]) for name in _NUMBERS},
        )
    except FormatError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise FormatError(
            "E_RIG_JSON",
            "not a stereo rig",
            where=where,
            expected=f'"schema": "{SCHEMA}" with left, right and right_from_left',
            found=str(error)[:160],
            hint="Make it with `arviz calibrate stereo LEFT/ RIGHT/ --board BOARD -o rig.json`.",
        ) from error


def _measure(value: Any) -> float:
    number = float(value)
    if not (np.isfinite(number) and number >= 0):
        raise ValueError(f"{value!r} is no measure")
    return number

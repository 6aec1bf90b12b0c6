"""Stereo rigs as JSON, schema ``arviz.stereo/1``: what `arviz calibrate stereo` writes and ``--rig RIG.json`` reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.camera_file import camera_from_json, camera_to_json
from arviz.core.errors import FormatError
from arviz.core.json_document import parse_json
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
    LimitError
        As `arviz.core.json_document.parse_json`.
    """
    values = parse_json(data, where=where, refuse=_wrong)
    if values.get("schema") != SCHEMA:
        raise _wrong(where, f'"schema": "{SCHEMA}"', repr(values.get("schema"))[:80])
    try:
        return StereoRig(
            left=camera_from_json(values["left"], where=where),
            right=camera_from_json(values["right"], where=where),
            right_from_left=np.asarray(values["right_from_left"], np.float64),
            pairs=int(values["pairs"]),
            **{name: _measure(values[name]) for name in _NUMBERS},
        )
    except KeyError as error:
        raise _wrong(where, f"the key {error}", "nothing") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(where, "the keys and values that `arviz calibrate stereo` writes", str(error)[:160]) from error


def _measure(value: Any) -> float:
    number = float(value)
    if not (np.isfinite(number) and number >= 0):
        raise ValueError(f"{value!r} is no measure")
    return number


def _wrong(where: object, expected: str, found: str) -> FormatError:
    hint = "Make it with `arviz calibrate stereo LEFT/ RIGHT/ --board BOARD -o rig.json`."
    return FormatError("E_RIG_JSON", "not a stereo rig", where=where, expected=expected, found=found, hint=hint)

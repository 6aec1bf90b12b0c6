"""Cameras as JSON, schema ``arviz.camera/1``: what `arviz calibrate` writes and ``--camera CAM.json`` reads."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from arviz.core.camera import Camera, CameraSource
from arviz.core.errors import FormatError
from arviz.core.json_document import parse_json
from arviz.core.lens import COUNTS

SCHEMA = "arviz.camera/1"
_NUMBERS = ("fx_px", "fy_px", "cx_px", "cy_px")


def camera_to_json(camera: Camera) -> dict[str, Any]:
    """Return the stable JSON form; `camera_from_json` reads it, and ignores keys that it does not know."""
    k = camera.k
    return {
        "schema": SCHEMA,
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "fx_px": float(k[0, 0]),
        "fy_px": float(k[1, 1]),
        "cx_px": float(k[0, 2]),
        "cy_px": float(k[1, 2]),
        "skew_px": float(k[0, 1]),
        "distortion": list(camera.distortion),
        "source": camera.source,
        "sigma_f_px": camera.sigma_f_px,
    }


def read_camera(data: bytes, *, where: object = None) -> Camera:
    """Return the camera of a JSON file.

    Raises
    ------
    FormatError
        ``E_CAMERA_JSON``: no JSON, another schema, or numbers that no camera has.
    LimitError
        As `arviz.core.json_document.parse_json`.
    """
    return camera_from_json(parse_camera_json(data, where=where), where=where)


def parse_camera_json(data: bytes, *, where: object = None) -> dict[str, Any]:
    """Return all that a camera file says, its calibration too; `camera_from_json` takes it. Raises as `read_camera`."""
    return parse_json(data, where=where, refuse=_no_json)


def _no_json(where: object, expected: str, found: str) -> FormatError:
    return _wrong("not a JSON file", where, expected, found)


def camera_from_json(values: Any, *, where: object = None) -> Camera:
    """Return the camera of parsed JSON; raises as `read_camera`."""
    if not isinstance(values, Mapping) or values.get("schema") != SCHEMA:
        found = repr(values.get("schema")) if isinstance(values, Mapping) else type(values).__name__
        raise _wrong("not a camera file", where, f'"schema": "{SCHEMA}"', found)
    numbers = {name: _number(values, name, where) for name in _NUMBERS}
    width, height = (values.get(name) for name in ("width_px", "height_px"))
    if type(width) is not int or type(height) is not int or width <= 0 or height <= 0:
        raise _wrong("the picture size is not usable", where, "whole numbers width_px and height_px", f"{width} x {height}")
    if numbers["fx_px"] <= 0 or numbers["fy_px"] <= 0:
        raise _wrong("a focal length is not positive", where, "fx_px and fy_px above 0", f"{numbers['fx_px']}, {numbers['fy_px']}")
    skew = _number(values, "skew_px", where) if "skew_px" in values else 0.0
    distortion = values.get("distortion", [])
    if not isinstance(distortion, list) or len(distortion) not in COUNTS or not all(_is_number(c) for c in distortion):
        raise _wrong("the distortion is not usable", where, f"a list of {', '.join(map(str, COUNTS))} numbers", str(distortion)[:80])
    sigma = values.get("sigma_f_px")
    if sigma is not None and (not _is_number(sigma) or sigma < 0):
        raise _wrong("sigma_f_px is not usable", where, "null, or a number from 0 on", repr(sigma))
    source = values.get("source", "assumed")
    if source not in get_args(CameraSource):
        raise _wrong("the source is not known", where, ", ".join(get_args(CameraSource)), repr(source))
    k = np.array([[numbers["fx_px"], skew, numbers["cx_px"]], [0, numbers["fy_px"], numbers["cy_px"]], [0, 0, 1]])
    return Camera(
        k=k,
        width_px=width,
        height_px=height,
        distortion=tuple(distortion),
        source=source,
        sigma_f_px=None if sigma is None else float(sigma),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max  # no 10**400


def _number(values: Mapping[str, Any], name: str, where: object) -> float:
    value = values.get(name)
    if not _is_number(value):
        raise _wrong(f"{name} is missing or no number", where, "a finite number in pixels", repr(value))
    return float(value)  # type: ignore[arg-type]


def _wrong(what: str, where: object, expected: str, found: str) -> FormatError:
    return FormatError(
        "E_CAMERA_JSON",
        what,
        where=where,
        expected=expected,
        found=found,
        hint="Make it with `arviz calibrate run PHOTOS... --board BOARD`.",
    )

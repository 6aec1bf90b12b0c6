"""What ARKit and ARCore say of the light: into a `LightEstimate`.

ARCore (``LightEstimate``, Environmental HDR): 27 coefficients of radiance, three colours for each of nine functions, for the light
without the main one, whose intensity is what falls on a surface facing it (google-ar/arcore-android-sdk, hello_ar's
environmental_hdr.frag: irradiance of the coefficients plus irradiance of the main light is that of the cube map). Its functions
have the signs of that sample, those of odd m are negative. Directions point to the light, in world axes. ARKit tells the
intensity of the ambient light in lumens, 1000 for a well lit scene, and its colour temperature, 6500 K for white.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate, sh_basis

ARCORE_SIGNS = np.array([1, -1, 1, -1, 1, -1, 1, -1, 1], np.float64)
"""Of ARCore's functions against ours (hello_ar, sphericalHarmonicFactors)."""
DIRECTION_SIGMA_RAD = 0.5
"""Assumed: about 30 degrees; no figure is published in angles."""
LAMP_RADIUS_RAD = 0.1
"""Assumed: a lamp of 40 cm at 2 m; ARCore says nothing of it."""
_DC = 0.28209479
"""The constant function: an even radiance of 1 has the coefficient 1 / 0.282."""
_LUMENS_OF_WHITE = 1000.0


def device_light(values: Any, *, where: str) -> LightEstimate | None:
    """Return the light that a device reports, None where it reports none.

    Parameters
    ----------
    values : JSON
        ``{"kind": "arcore", "sh": [27], "main_direction": [3], "main_intensity": [3]}``, or ``{"kind": "arkit",
        "ambient_intensity": ..., "ambient_temperature_k": ...}``, or either with ``"colour_correction": [3 or 4]``.

    Raises
    ------
    FormatError
        ``E_CAPTURE_LIGHT``: not these.
    """
    if values is None:
        return None
    if not isinstance(values, dict) or values.get("kind") not in ("arcore", "arkit"):
        _refuse("the light is not usable", where, '"kind": "arcore" or "arkit"', values.get("kind") if isinstance(values, dict) else values)
    return _arcore(values, where) if values["kind"] == "arcore" and "sh" in values else _ambient(values, where)


def _arcore(values: Mapping[str, Any], where: str) -> LightEstimate:
    sh = _numbers(values, "sh", (27,), where).reshape(9, 3) * ARCORE_SIGNS[:, None]
    direction, intensity = _numbers(values, "main_direction", (3,), where), _numbers(values, "main_intensity", (3,), where)
    length = float(np.linalg.norm(direction))
    if length < 1e-6 or intensity.min() < 0:
        _refuse("the main light is not usable", where, "a direction, and an intensity from 0 on", [direction.tolist(), intensity.tolist()])
    to_light = direction / length
    # A distant light of irradiance I is a point on the sphere: its coefficients are I times the functions there.
    whole = sh + sh_basis(to_light[None])[0][:, None] * intensity
    ambient = LightEstimate(
        sh=sh,
        to_light=None,
        sigma_direction_rad=np.pi / 2,
        directional_share=0.0,
        angular_radius_rad=LAMP_RADIUS_RAD,
        colour=(1.0, 1.0, 1.0),
        source="device",
        confidence=0.5,
    )
    around, main = float(ambient.irradiance(to_light[None])[0] @ LUMINANCE), float(intensity @ LUMINANCE)
    return LightEstimate(
        sh=whole,
        to_light=tuple(to_light.tolist()) if main > 0 else None,
        sigma_direction_rad=DIRECTION_SIGMA_RAD if main > 0 else np.pi / 2,
        directional_share=main / max(main + around, 1e-9),
        angular_radius_rad=LAMP_RADIUS_RAD,
        colour=_colour(np.maximum(whole[0], 0), where),
        source="device",
        confidence=0.7,
    )


def _ambient(values: Mapping[str, Any], where: str) -> LightEstimate:
    intensity = _numbers(values, "ambient_intensity", (1,), where)[0] / _LUMENS_OF_WHITE if "ambient_intensity" in values else 1.0
    if not 0 < intensity < 1e6:
        _refuse("ambient_intensity is not usable", where, "lumens above 0", values.get("ambient_intensity"))
    rgb = np.ones(3)
    if "colour_correction" in values:
        rgb = _numbers(values, "colour_correction", (3, 4), where)[:3]
    elif "ambient_temperature_k" in values:
        rgb = temperature_colour(float(_numbers(values, "ambient_temperature_k", (1,), where)[0]))
    colour = np.array(_colour(rgb, where))
    sh = np.zeros((9, 3))
    sh[0] = intensity * colour / _DC
    return LightEstimate(
        sh=sh,
        to_light=None,
        sigma_direction_rad=np.pi / 2,
        directional_share=0.0,
        angular_radius_rad=np.pi / 2,
        colour=tuple(colour.tolist()),
        source="device",
        confidence=0.4,
    )


def temperature_colour(kelvin: float) -> Array:
    """Return linear Rec.709 (3,) of a black body against white of 6500 K, green 1.

    Planck's locus after Kim et al. 2002 (US patent 7024034), the cubic approximation of CIE x and y between 1667 and 25000 K.
    """
    rgb = _locus(kelvin) / _locus(6500.0)
    out: Array = np.maximum(rgb, 1e-3) / rgb[1]
    return out


def _locus(kelvin: float) -> Array:
    t = float(np.clip(kelvin, 1667.0, 25000.0))
    powers = np.array([1e9 / t**3, 1e6 / t**2, 1e3 / t, 1.0])
    x = float(powers @ ((-0.2661239, -0.2343589, 0.8776956, 0.179910) if t <= 4000 else (-3.0258469, 2.1070379, 0.2226347, 0.240390)))
    cubic = (
        (-1.1063814, -1.34811020, 2.18555832, -0.20219683)
        if t <= 2222
        else (-0.9549476, -1.37418593, 2.09137015, -0.16748867)
        if t <= 4000
        else (3.0817580, -5.87338670, 3.75112997, -0.37001483)
    )
    y = float(np.polyval(cubic, x))
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    to_rgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])  # IEC 61966-2-1
    out: Array = np.maximum(to_rgb @ xyz, 1e-3)
    return out


def _colour(rgb: Array, where: str) -> tuple[float, ...]:
    luminance = float(rgb @ LUMINANCE)
    if not np.isfinite(luminance) or luminance <= 1e-9 or rgb.min() < 0:
        _refuse("the light has no colour", where, "colours above 0", rgb.tolist())
    return tuple((rgb / luminance).tolist())


def _numbers(values: Mapping[str, Any], key: str, counts: tuple[int, ...], where: str) -> Array:
    value = values.get(key)
    row = value if isinstance(value, list) else [value]
    if len(row) not in counts or not all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e9 for v in row):
        _refuse(f"{key} is not usable", where, f"{' or '.join(map(str, counts))} finite numbers", value)
    return np.array(row, np.float64)


def _refuse(what: str, where: str, expected: str, found: object) -> NoReturn:
    hint = "docs/concepts/captures.md has the keys."
    raise FormatError("E_CAPTURE_LIGHT", what, where=where, expected=expected, found=repr(found)[:80], hint=hint)

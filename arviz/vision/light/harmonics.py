"""Light as spherical harmonics: from radiance around a point, and from one direction.

The linear photo is the unit of everything: a white matte surface with the irradiance E shows E / pi in it (Lambert), so
what a photo shows of a wall is the radiance that this wall sends into the room, in the same unit.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import sh_basis


def fibonacci_sphere(count: int) -> Array:
    """Return (count, 3) unit vectors spread evenly (golden-angle spiral; Gonzalez 2010, "Measurement of Areas on a Sphere")."""
    i = np.arange(count)
    y = 1 - (2 * i + 1) / count
    r, turn = np.sqrt(1 - y * y), np.pi * (3 - np.sqrt(5)) * i
    return np.stack([r * np.cos(turn), y, r * np.sin(turn)], axis=1)


def of_radiance(directions: Array, radiance: Array) -> Array:
    """Return the harmonics (9, 3) of (N, 3) radiance in evenly spread directions (N, 3)."""
    out: Array = sh_basis(directions).T @ radiance * (4 * np.pi / len(directions))
    return out


def of_direction(to_light: Array, irradiance: Array) -> Array:
    """Return the harmonics (9, 3) of a small far light that gives a surface facing it the irradiance (3,)."""
    out: Array = sh_basis(np.asarray(to_light, np.float64)[None]).T * np.asarray(irradiance, np.float64)
    return out


def irradiance(sh: Array, normal: Array) -> Array:
    """Return the irradiance (3,) on a surface, as `arviz.core.room.LightEstimate.irradiance` does."""
    bands = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], (1, 3, 5))  # Ramamoorthi & Hanrahan 2001, equation 8
    out: Array = np.maximum((sh_basis(np.asarray(normal, np.float64)[None]) * bands) @ sh, 0)[0]
    return out

"""Colours of a thin film in Dr.Jit, the formulas of KHR_materials_iridescence ("Iridescence Fresnel").

After Belcour and Barla 2017, "A Practical Extension to Microfacet Theory for the Modeling of Varying Iridescence".
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

_REC709_FROM_XYZ = ((3.2404542, -1.5371385, -0.4985314), (-0.9692660, 1.8760108, 0.0415560), (0.0556434, -0.2040259, 1.0572252))
_STRENGTH = (5.4856e-13, 4.4201e-13, 5.2481e-13)
_PLACE = (1.6810e6, 1.7953e6, 2.2084e6)
_SPREAD = (4.3278e9, 9.3046e9, 6.6121e9)


def film_fresnel(mi: Any, dr: Any, *, ior: float, thickness_nm: Any, cosine: Any, f0: Any) -> Any:
    """Return the reflectance of a film over a base of reflectance `f0`, seen at `cosine` of the half vector."""
    ior = dr.lerp(mi.Float(1), mi.Float(ior), _smooth(dr, thickness_nm / 0.03))
    squared = 1 - (1 - dr.square(cosine)) / dr.square(ior)
    inside = dr.safe_sqrt(squared)
    r12 = _schlick(dr.square((ior - 1) / (ior + 1)), cosine)
    t121 = 1 - r12
    root = dr.sqrt(dr.clip(f0, 0, 0.9999))
    base = (1 + root) / (1 - root)
    r23 = _schlick(dr.square((base - ior) / (base + ior)), inside)
    # Half a wave is lost where light meets what is denser.
    shift = dr.select(ior < 1, mi.Float(0), mi.Float(pi)) + dr.select(base < ior, mi.Color3f(pi), mi.Color3f(0))
    path_nm = 2 * ior * thickness_nm * inside
    r123 = dr.clip(r12 * r23, 1e-5, 0.9999)
    around = dr.square(t121) * r23 / (1 - r123)
    ripple = (around - t121) * dr.sqrt(r123)
    total = r12 + around + 2 * ripple * _sensitivity(mi, dr, path_nm, shift)
    total += 2 * ripple * dr.sqrt(r123) * _sensitivity(mi, dr, 2 * path_nm, 2 * shift)
    return dr.select(squared < 0, mi.Color3f(1), dr.clip(total, 0, 1))


def _schlick(f0: Any, cosine: Any) -> Any:
    return f0 + (1 - f0) * (1 - cosine) ** 5


def _smooth(dr: Any, x: Any) -> Any:
    x = dr.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _sensitivity(mi: Any, dr: Any, path_nm: Any, shift: Any) -> Any:
    """Return how a cosine of this path shows: the eye's sensitivities as Gaussians over the wave number, transformed."""
    phase = 2e-9 * pi * path_nm
    xyz = [
        strength * sqrt(2 * pi * spread) * dr.cos(place * phase + shift[i]) * dr.exp(-dr.square(phase) * spread)
        for i, (strength, place, spread) in enumerate(zip(_STRENGTH, _PLACE, _SPREAD, strict=True))
    ]
    xyz[0] += 9.7470e-14 * sqrt(2 * pi * 4.5282e9) * dr.cos(2.2399e6 * phase + shift[0]) * dr.exp(-4.5282e9 * dr.square(phase))
    return mi.Color3f(*(sum(row[i] * xyz[i] for i in range(3)) / 1.0685e-7 for row in _REC709_FROM_XYZ))

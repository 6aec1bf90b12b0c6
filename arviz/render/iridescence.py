"""What a thin film on a lens mirrors (KHR_materials_iridescence, "Iridescence Fresnel"), in numpy.

After Belcour and Barla 2017, "A Practical Extension to Microfacet Theory for the Modeling of Varying Iridescence".
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

_REC709_FROM_XYZ = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]])
_STRENGTH = np.array([5.4856e-13, 4.4201e-13, 5.2481e-13])
_PLACE = np.array([1.6810e6, 1.7953e6, 2.2084e6])
_SPREAD = np.array([4.3278e9, 9.3046e9, 6.6121e9])


def film_reflectance(cosine: Array, *, ior: float, thickness_nm: float, f0: float) -> Array:
    """Return the share (N, 3) that a film of index `ior` over a surface of reflectance `f0` mirrors, at cosines (N,)."""
    if thickness_nm <= 0:
        return np.repeat(_schlick(f0, cosine)[:, None], 3, axis=1)
    squared = 1 - (1 - cosine**2) / ior**2
    inside = np.sqrt(np.maximum(squared, 0))
    r12 = _schlick(((ior - 1) / (ior + 1)) ** 2, cosine)
    root = np.sqrt(min(f0, 0.9999))
    base = (1 + root) / (1 - root)
    r23 = _schlick(((base - ior) / (base + ior)) ** 2, inside)
    # Half a wave is lost where light meets what is denser.
    shift = (0.0 if ior < 1 else np.pi) + (np.pi if base < ior else 0.0)
    path = 2 * ior * thickness_nm * inside
    r123 = np.clip(r12 * r23, 1e-5, 0.9999)
    around = (1 - r12) ** 2 * r23 / (1 - r123)
    ripple = (around - (1 - r12)) * np.sqrt(r123)
    total = (r12 + around)[:, None] + 2 * ripple[:, None] * _seen(path, shift)
    total += 2 * (ripple * np.sqrt(r123))[:, None] * _seen(2 * path, 2 * shift)
    out: Array = np.where(squared[:, None] < 0, 1.0, np.clip(total, 0, 1))
    return out


def _schlick(f0: float, cosine: Array) -> Array:
    out: Array = f0 + (1 - f0) * (1 - cosine) ** 5
    return out


def _seen(path_nm: Array, shift: float) -> Array:
    """Return (N, 3) how a cosine of this path shows: the eye's sensitivities as Gaussians over the wave number, transformed."""
    phase = (2e-9 * np.pi * path_nm)[:, None]
    xyz = _STRENGTH * np.sqrt(2 * np.pi * _SPREAD) * np.cos(_PLACE * phase + shift) * np.exp(-(phase**2) * _SPREAD)
    xyz[:, 0] += (9.7470e-14 * np.sqrt(2 * np.pi * 4.5282e9) * np.cos(2.2399e6 * phase + shift) * np.exp(-4.5282e9 * phase**2))[:, 0]
    out: Array = xyz / 1.0685e-7 @ _REC709_FROM_XYZ.T
    return out

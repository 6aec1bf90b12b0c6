"""How different two colours look: CIE L*a*b* and CIEDE2000."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""From linear Rec.709 (IEC 61966-2-1:1999, white D65)."""


def lab(linear: Array) -> Array:
    """Return CIE L*a*b* (..., 3) of linear Rec.709 (..., 3); (1, 1, 1) is the white, L* = 100 (CIE 15:2004)."""
    xyz = np.asarray(linear, np.float64) @ _XYZ.T / _XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def delta_e_2000(first: Array, second: Array) -> Array:
    """Return how different L*a*b* colours (..., 3) look, about 1 where a trained eye just sees it side by side.

    Source: CIE 142-2001; hues as in G. Sharma, W. Wu, E. Dalal, "The CIEDE2000 color-difference formula", Color Res. Appl. 30
    (2005) 21. The three weights are 1.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(chroma7 / (chroma7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0  # a grey has no hue
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    turn = np.where(turn == -180, np.where(h2 > h1, 180, -180), turn)
    middle_h = np.where(
        grey,
        h1 + h2,
        np.where(np.abs(h1 - h2) <= 180, (h1 + h2) / 2, np.where(h1 + h2 < 360, (h1 + h2 + 360) / 2, (h1 + h2 - 360) / 2)),
    )
    middle_l, middle_c = (l1 + l2) / 2, (c1 + c2) / 2

    def cos(degrees: Array) -> Array:
        out: Array = np.cos(np.radians(degrees))
        return out

    t = 1 - 0.17 * cos(middle_h - 30) + 0.24 * cos(2 * middle_h) + 0.32 * cos(3 * middle_h + 6) - 0.20 * cos(4 * middle_h - 63)
    dl = (l2 - l1) / (1 + 0.015 * (middle_l - 50) ** 2 / np.sqrt(20 + (middle_l - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * middle_c)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * middle_c * t)
    middle_c7 = middle_c**7
    bend = -np.sin(np.radians(60 * np.exp(-(((middle_h - 275) / 25) ** 2)))) * 2 * np.sqrt(middle_c7 / (middle_c7 + 25.0**7))
    out: Array = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + bend * dc * dh, 0))
    return out

"""What a sheen lobe sends back on average, so that cloth keeps its brightness where a format has no sheen.

A velvet that is dark below a bright sheen (base 0.06, sheen 0.7) turns from beige to brown when the sheen is simply
left out: 11 dB on GlamVelvetSofa. Its mean reflectance added to the base colour gives the right brightness, though
not the soft rim.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_VIEWS, _POLAR, _AZIMUTH = 16, 48, 48


@lru_cache(maxsize=64)
def sheen_albedo(roughness: float) -> float:
    """Return the mean reflectance (0..1) of a white sheen, over the visible side of a ball in even light.

    Charlie distribution D = (2 + 1/a) sin(h)^(1/a) / 2 pi with a = roughness^2 and V = 1 / (4 (l + v - l v))
    (KHR_materials_sheen; Estevez and Kulla 2017), integrated by the midpoint rule. Below a roughness of 0.25 the lobe
    is too narrow for the grid and for any picture: taken as 0.25.
    """
    inverse = 1.0 / max(roughness, 0.25) ** 2
    mu = (np.arange(_VIEWS) + 0.5) / _VIEWS
    cosine = (np.arange(_POLAR) + 0.5) / _POLAR
    azimuth = (np.arange(_AZIMUTH) + 0.5) / _AZIMUTH * np.pi  # the lobe is symmetric: half the circle will do
    v, n_l, turn = np.meshgrid(mu, cosine, azimuth, indexing="ij")
    v_l = v * n_l + np.sqrt((1 - v**2) * (1 - n_l**2)) * np.cos(turn)
    n_h = (v + n_l) / np.sqrt(np.maximum(2 + 2 * v_l, 1e-12))
    sine = np.sqrt(np.clip(1 - n_h**2, 0, 1))
    reflected = (2 + inverse) * sine**inverse / (2 * np.pi) / (4 * (n_l + v - n_l * v)) * n_l
    albedo = np.minimum(reflected.mean(axis=(1, 2)) * 2 * np.pi, 1.0)
    return float((2 * mu * albedo).mean())

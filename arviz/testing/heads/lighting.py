"""Light on surfaces: soft lamps, light from above and below, gloss. Our own numpy formulas; nothing of arviz.render."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.heads.rays import Solids, cone, hemisphere
from arviz.testing.heads.shot import HeadLight

LIFT_M = 4e-4
"""Rays to the light start that far above a surface."""


@dataclass(frozen=True, eq=False)
class Gloss:
    """A layer that mirrors: `strength` (N, 1 or 3) its reflectance straight on (Schlick's F0), `roughness` (N,) GGX's alpha."""

    strength: Array
    roughness: Array


def openness(solids: Solids, points: Array, normals: Array, *, rays: int = 40, reach_m: float = 0.12) -> Array:
    """Return the share (N,) of the light of an even sky that reaches points, cosine-weighted; hidden farther away counts as open."""
    local = hemisphere(rays)
    z = normals
    x = np.cross(z, np.where(np.abs(z[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    frame = np.stack([x, np.cross(z, x), z], axis=1)
    directions = np.einsum("rk,nkc->nrc", local, frame)
    origins = np.repeat((points + LIFT_M * normals)[:, None], rays, axis=1)
    found = solids.seen(origins.reshape(-1, 3), directions.reshape(-1, 3)).distance.reshape(-1, rays)
    out: Array = np.where(found < reach_m, found / reach_m, 1.0).mean(1)
    return out


def lamp_share(solids: Solids, points: Array, normals: Array, *, towards: tuple[float, ...], radius_rad: float, rays: int) -> Array:
    """Return the share (N,) of a lamp that points see."""
    directions = cone(np.array(towards), radius_rad=radius_rad, count=rays)
    out = np.zeros(len(points), np.float32)
    facing = normals @ np.array(towards) > -np.sin(radius_rad)
    start = (points + LIFT_M * normals)[facing]
    hidden = solids.hidden(np.repeat(start[:, None], rays, axis=1).reshape(-1, 3), np.tile(directions, (len(start), 1)))
    out[facing] = 1 - hidden.reshape(-1, rays).mean(1)
    return out


def irradiance(light: HeadLight, normals: Array, *, shares: Array, open_sky: Array, softness: Array) -> Array:
    """Return irradiance (N, 3), so that a white sheet with 1 is white.

    Parameters
    ----------
    normals : ndarray (N, 3)
        In camera axes.
    shares : ndarray (N, lamps)
        Of each lamp, how much is seen.
    open_sky : ndarray (N,)
    softness : ndarray (N, 3)
        How far each colour creeps round into shade, 0 to 1 (wrapped diffuse light; stands for scattering under the skin).
    """
    up = 0.5 - 0.5 * normals[:, 1:2]
    below, above = np.array(light.below, np.float32), np.array(light.above, np.float32)
    out = open_sky[:, None] ** (1 / (1 + softness)) * (below + (above - below) * up)
    for i, lamp in enumerate(light.lamps):
        cosine = (normals @ np.array(lamp.towards, np.float32))[:, None]
        wrapped = np.maximum((cosine + softness) / (1 + softness), 0)
        out += np.array(lamp.irradiance, np.float32) * wrapped * shares[:, i : i + 1] ** (1 / (1 + 2 * softness))
    return out


def mirrored(light: HeadLight, normals: Array, views: Array, gloss: Gloss, *, shares: Array, open_sky: Array) -> Array:
    """Return the light (N, 3) that a glossy layer sends to the eye; `views` (N, 3) point from the surface to the camera.

    GGX with the height-correlated visibility approximated by Schlick-Smith (Karis 2013), and his widening of the lobe by the
    lamp's radius; above and below are mirrored as a dim even sky.
    """
    nv = np.clip((normals * views).sum(1), 0.02, 1)
    out = np.zeros((len(normals), 3), np.float32)
    for i, lamp in enumerate(light.lamps):
        towards = np.array(lamp.towards, np.float32)
        half = views + towards
        half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-6)
        nl, nh = normals @ towards, np.clip((normals * half).sum(1), 0, 1)
        vh = np.clip((views * half).sum(1), 0, 1)[:, None]
        wide = np.minimum(gloss.roughness + 0.3 * lamp.radius_rad, 1)
        d = wide**2 / ((nh**2 * (wide**2 - 1) + 1) ** 2)
        k = (gloss.roughness + 1) ** 2 / 8
        lit = np.clip(nl, 0, 1)
        visible = 0.25 / ((nv * (1 - k) + k) * (lit * (1 - k) + k))
        fresnel = gloss.strength + (1 - gloss.strength) * (1 - vh) ** 5 * ((1 - gloss.roughness) ** 2)[:, None]
        # The lamp's irradiance is in units of pi: GGX's own 1 / pi is gone.
        out += (d * visible * lit * shares[:, i])[:, None] * fresnel * np.array(lamp.irradiance, np.float32)
    back = 2 * nv * normals[:, 1] - views[:, 1]
    sky = np.array(light.below) + (np.array(light.above) - np.array(light.below)) * (0.5 - 0.5 * back)[:, None]
    grazing = np.maximum(((1 - gloss.roughness) ** 2)[:, None], gloss.strength)
    fresnel = gloss.strength + (grazing - gloss.strength) * ((1 - nv) ** 5)[:, None]
    out += 0.6 * fresnel * open_sky[:, None] * sky.astype(np.float32)
    return out

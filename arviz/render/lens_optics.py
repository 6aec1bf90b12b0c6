"""What lenses of glasses do to light: Beer and Lambert inside, Fresnel at the sides, and the bend of a prescription."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.triangles import unit
from arviz.render.embree import Hits
from arviz.render.eyewear import Lenses


def normals_at(lenses: Lenses, hits: Hits, ways: Array) -> tuple[Array, Array]:
    """Return the unit normals (N, 3) where rays along `ways` (N, 3) meet lenses, turned against the rays, and the cosines (N,)."""
    normals = unit(np.einsum("nk,nkc->nc", hits.weights, lenses.normals[lenses.triangles[hits.triangle]]))
    cosine = -(normals * ways).sum(axis=1) / np.maximum(np.linalg.norm(ways, axis=1), 1e-12)
    return normals * np.where(cosine < 0, -1, 1)[:, None], np.abs(cosine)


def inner_cosine(cosine: Array, ior: Array) -> Array:
    """Return the cosine of the angle inside of a medium of index `ior` (Snell)."""
    out: Array = np.sqrt(np.maximum(1 - (1 - cosine**2) / ior**2, 1e-6))
    return out


def tint(transmittance: Array, cosine: Array, ior: Array) -> Array:
    """Return the share (N, 3) that passes a plate whose share straight on is `transmittance` (N, 3) (Beer and Lambert).

    **Convention** at 60 degrees from the normal and an index of 1.5 the way inside is 1.2247 times as long: .25 becomes .183.
    """
    out: Array = np.maximum(transmittance, 1e-6) ** (1 / inner_cosine(cosine, ior))[:, None]
    return out


def mirror(reflectance: Array, cosine: Array) -> Array:
    """Return the share (N, 3) that comes back at an angle (Schlick 1994)."""
    out: Array = reflectance + (1 - reflectance) * ((1 - np.clip(cosine, 0, 1)) ** 5)[:, None]
    return out


def passed(lenses: Lenses, hits: Hits, ways: Array) -> Array:
    """Return the share (N, 3) of light along `ways` (N, 3) that a lens lets through where `hits` say."""
    _, cosine = normals_at(lenses, hits, ways)
    triangle = hits.triangle
    through = tint(lenses.transmittance[triangle], cosine, lenses.ior[triangle])
    out: Array = through * (1 - mirror(lenses.reflectance[triangle], cosine))
    return out


def bent(ways: Array, points_m: Array, *, centres_m: Array, dioptre: Array) -> Array:
    """Return the directions (N, 3) of sight behind thin lenses.

    A thin lens changes the slope of a ray by its power times the distance from its optical centre (in dioptres and metres).
    Seen from far away, what lies d behind it appears 1 / (1 - d F) times as large: .943 for -5 dioptres at 12 mm.

    Parameters
    ----------
    ways : ndarray (N, 3)
        From the eye towards the head, in the head's frame, whose z axis is that of the lenses.
    points_m : ndarray (N, 3)
        Where they meet the lens.
    centres_m : ndarray (N, 3)
        Its optical centre.
    dioptre : ndarray (N,)
    """
    slope = ways[:, :2] / np.maximum(-ways[:, 2:], 1e-6)
    slope = slope - dioptre[:, None] * (points_m - centres_m)[:, :2]
    return np.concatenate([slope, np.full((len(slope), 1), -1.0)], axis=1)

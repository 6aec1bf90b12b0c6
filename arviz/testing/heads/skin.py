"""What the skin of a head is like at a point: colour, gloss, brows, hair, clothes, and the products painted on it.

Places are those of the mean head (`HeadModel.points_m`), so that brows and hairline follow every shape; its origin lies between the
eyeballs, x to the person's left, y up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.core.recipe import Makeup
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.lighting import Gloss

FINISHES = {"matte": (0.03, 0.65), "satin": (0.045, 0.38), "gloss": (0.06, 0.16)}
"""Reflectance straight on and roughness (GGX alpha) of products."""
SOFTNESS = (0.30, 0.14, 0.10)
"""How far red, green and blue light creep round into the shade of skin."""
_BARE = (0.028, 0.42)
_LIP = (0.035, 0.30)


@dataclass(frozen=True, eq=False)
class Material:
    """Of N points: albedo (N, 3), gloss, how light creeps into shade (N, 3), and how much of each region they are (N,)."""

    albedo: Array
    gloss: Gloss
    softness: Array
    regions: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Ground:
    """Per fine point of the mesh: place in the mean head (V, 3), masks, hair, beard and clothes as levels that are positive inside."""

    places_m: Array
    lips: Array
    inner: Array
    ears: Array
    hair: Array
    beard: Array
    clothes: Array


@cache
def ground() -> Ground:
    """Return what every head shares."""
    model = head_model()
    places = model.finer(model.points_m)
    masks = {name: np.clip(model.finer(mask), 0, 1) for name, mask in model.masks.items()}
    x, y, z = places.T
    around = np.degrees(np.arctan2(np.abs(x), z + 0.075))
    line = np.interp(around, _HAIRLINE_DEG, _HAIRLINE_M)
    hair = y - line - 0.02 * masks["ears"] * (around < 120)
    neckline = -0.158 - 0.25 * np.maximum(z + 0.03, 0) + 0.10 * np.clip(np.abs(x) / 0.12, 0, 1) ** 2
    return Ground(places, masks["lips"], masks["inside-mouth"], masks["ears"], hair, _beard(places, masks["lips"]), neckline - y)


def _beard(places: Array, lips: Array) -> Array:
    """Return how far within the beard's outline points (N, 3) lie: under nose and cheekbones, over the throat, not on the lips."""
    x, y, z = np.abs(places[:, 0]), places[:, 1], places[:, 2]
    top, bottom = (np.interp(x, _BEARD_ASIDE_M, heights) for heights in (_BEARD_TOP_M, _BEARD_BOTTOM_M))
    out: Array = np.minimum.reduce([top - y, y - bottom, z + 0.062, 0.012 * (0.25 - lips)])
    return out


_BEARD_ASIDE_M = (0, 0.006, 0.012, 0.024, 0.034, 0.046, 0.056, 0.062, 0.068, 0.080)
_BEARD_TOP_M = (-0.0485, -0.0485, -0.050, -0.056, -0.060, -0.054, -0.042, -0.022, 0.004, 0.004)
_BEARD_BOTTOM_M = (-0.118, -0.118, -0.116, -0.112, -0.107, -0.098, -0.080, -0.066, -0.058, -0.052)


_HAIRLINE_DEG = (0, 12, 25, 33, 40, 48, 58, 66, 74, 82, 92, 104, 118, 135, 155, 180)
_HAIRLINE_M = (0.066, 0.067, 0.066, 0.060, 0.052, 0.034, 0.012, -0.012, -0.016, 0.016, 0.026, 0.010, -0.030, -0.052, -0.066, -0.070)
"""Height of the hairline by the angle about the head's middle: forehead, temple, in front of the ear, over it, nape."""


def step(low: float, high: float, values: Array) -> Array:
    """Return 0 below `low`, 1 above `high`, smoothly between (a cubic)."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(places_m: Array, *, size_m: tuple[float, float, float] | float, seed: int, where: Array | None = None) -> Array:
    """Return smooth noise (N,) of mean 0 and deviation about 1 whose grains are `size_m` long; 0 outside of `where` (N,)."""
    from scipy.ndimage import map_coordinates

    out = np.zeros(len(places_m), np.float32)
    wanted = slice(None) if where is None else np.flatnonzero(where)
    at = (places_m[wanted] / np.asarray(size_m, np.float32)).T + np.float32(7.3 * (seed // 4 % 101))
    out[wanted] = map_coordinates(_lattice(seed % 4), at, order=1, mode="grid-wrap", prefilter=False)
    return out


@cache
def _lattice(seed: int) -> Array:
    values = np.random.default_rng(seed).normal(size=(32, 32, 32)).astype(np.float32)
    return values * 1.6


def shell(head: SyntheticHead, normals: Array) -> Array:
    """Return the fine points (V, 3) with hair, beard and clothes as they stand off the skin."""
    base = ground()
    hair = _HAIR_M * step(-0.001, 0.035, base.hair) * (1 - base.inner)
    beard = _BEARD_M * head.beard**2 * step(0.0, 0.010, base.beard)
    cloth = 0.0035 * step(0, 0.006, base.clothes)
    out: Array = head.points_m + (hair + beard + cloth)[:, None] * normals
    return out


_HAIR_M, _BEARD_M = 0.014, 0.008
_BROW = np.array([(0.0115, 0.0110), (0.021, 0.0150), (0.032, 0.0178), (0.041, 0.0150), (0.0485, 0.0090)])
_BROW_HALF_M = np.array([0.0026, 0.0034, 0.0030, 0.0022, 0.0010])


def brows(places_m: Array) -> tuple[Array, Array]:
    """Return how far inside a brow points (N, 3) are (positive inside, metres) and how far along it, 0 to 1."""
    best, along = np.full(len(places_m), -1.0, np.float32), np.zeros(len(places_m), np.float32)
    near = np.flatnonzero((np.abs(places_m[:, 1] - 0.014) < 0.016) & (np.abs(places_m[:, 0]) < 0.056) & (places_m[:, 2] > -0.03))
    x, y = np.abs(places_m[near, 0]), places_m[near, 1]
    for i, (a, b) in enumerate(pairwise(_BROW)):
        t = np.clip(((x - a[0]) * (b - a)[0] + (y - a[1]) * (b - a)[1]) / ((b - a) ** 2).sum(), 0, 1)
        half = _BROW_HALF_M[i] + t * (_BROW_HALF_M[i + 1] - _BROW_HALF_M[i])
        inside = half - np.hypot(x - a[0] - t * (b - a)[0], y - a[1] - t * (b - a)[1])
        better = inside > best[near]
        best[near[better]], along[near[better]] = inside[better], ((i + t) / (len(_BROW) - 1))[better]
    return best, along


def lashes(places_m: Array) -> Array:
    """Return how dense the lashes are at points (N, 3) of their strips, which stand about the eyeballs of the mean head."""
    out_m = np.linalg.norm(places_m - np.sign(places_m[:, :1]) * np.array([0.0288, 0, 0]), axis=1)
    spread = places_m[:, 0] / np.maximum(out_m, 1e-3)
    single = step(-0.5, 0.7, noise(np.stack([spread, spread * 0, spread * 0], 1), size_m=0.018, seed=3))
    upper = places_m[:, 1] > -0.003
    root = np.where(upper, 1 - step(0.0156, 0.0188, out_m), 1 - step(0.0156, 0.0176, out_m))
    out: Array = (np.where(upper, 0.85, 0.35) * root * (0.25 + 0.75 * single)).astype(np.float32)
    return out


def region_cover(places_m: Array, lips: Array, inner: Array) -> dict[str, Array]:
    """Return how much (N,) products for lips, eyelids and cheeks cover points."""
    x, y, z = np.abs(places_m[:, 0]), places_m[:, 1], places_m[:, 2]
    front = step(-0.02, 0.0, z)
    lid = np.hypot((x - 0.0300) / 0.0175, (y - 0.0035) / np.where(y > 0.0035, 0.0115, 0.0075))
    cheek = np.hypot((x - 0.046 + 0.35 * (y + 0.035)) / 0.021, (y + 0.035 - 0.30 * (x - 0.046)) / 0.015)
    return {
        "lips": step(0.40, 0.60, lips) * (1 - step(0.3, 0.7, inner)),
        "eyelids": (1 - step(0.72, 1.1, lid)) * front * step(-0.0035, -0.0005, y),
        "cheeks": np.exp(-(cheek**2) * 1.1) * step(-0.055, -0.035, z) * (cheek < 2.4),
    }


_REGION = {"lipstick": "lips", "eyeshadow": "eyelids", "blush": "cheeks"}


def skin(head: SyntheticHead, *, places_m: Array, levels: Mapping[str, Array], makeup: Sequence[Makeup]) -> Material:
    """Return the material of points of the skin, with hair, brows and clothes.

    Parameters
    ----------
    places_m : ndarray (N, 3)
    levels : mapping
        The other fields of `Ground`, interpolated (N,).
    """
    cover = region_cover(places_m, levels["lips"], levels["inner"])
    seed = head.seed
    x, y, z = places_m.T
    tone = np.array(head.skin_albedo, np.float32)
    bare = (levels["hair"] < 0.012) & (levels["clothes"] < 0.001)
    blotch = 0.035 * noise(places_m, size_m=0.011, seed=seed, where=bare) + 0.02 * noise(places_m, size_m=0.003, seed=seed + 1, where=bare)
    pores = 0.03 * noise(places_m, size_m=0.0008, seed=seed + 2, where=bare)
    blood = 0.5 * np.exp(-(((np.abs(x) - 0.043) / 0.02) ** 2 + ((y + 0.03) / 0.018) ** 2)) + 0.5 * np.exp(
        -((x / 0.012) ** 2 + ((y + 0.038) / 0.012) ** 2)
    )
    blood = (blood + 0.6 * levels["ears"]) * (z > -0.08)
    albedo = tone * np.exp(blotch + pores)[:, None] * (1 - blood[:, None] * np.array([0.02, 0.14, 0.12], np.float32))
    under = np.exp(-(((np.abs(x) - 0.028) / 0.016) ** 2 + ((y + 0.016) / 0.006) ** 2))
    albedo *= 1 - under[:, None] * np.array([0.07, 0.09, 0.05], np.float32)
    lip = cover["lips"][:, None]
    creases = 1 + 0.035 * noise(places_m, size_m=(0.0007, 0.006, 0.006), seed=seed + 3, where=lip[:, 0] > 0)
    albedo = albedo * (1 - lip) + lip * np.array(head.lip_albedo, np.float32) * (creases * np.exp(pores))[:, None]
    strength = _BARE[0] + (_LIP[0] - _BARE[0]) * lip[:, 0]
    roughness = _BARE[1] + 0.05 * noise(places_m, size_m=0.0015, seed=seed, where=bare) + (_LIP[1] - _BARE[1]) * lip[:, 0]
    for layer in makeup:
        share = layer.coverage * cover[_REGION[layer.kind]]
        albedo += share[:, None] * (np.array(layer.albedo, np.float32) - albedo)
        f0, alpha = FINISHES[layer.finish]
        strength, roughness = strength + share * (f0 - strength), roughness + share * (alpha - roughness)
    mouth = step(0.3, 0.7, levels["inner"])
    albedo += mouth[:, None] * (np.array([0.32, 0.09, 0.08], np.float32) * 0.6 - albedo)
    softness = np.array(SOFTNESS, np.float32) * np.ones((len(x), 1), np.float32)

    inside, along = brows(places_m)
    lean = np.abs(x) - (1.1 - 1.5 * along) * y  # hairs stand up at the nose and lie down towards the temple
    strokes = noise(np.stack([lean, y, z], 1), size_m=(0.0005, 0.006, 0.01), seed=seed + 5, where=inside > -0.003)
    strokes += 0.5 * noise(np.stack([lean, y, z], 1), size_m=(0.0012, 0.004, 0.01), seed=seed + 9, where=inside > -0.003)
    brow = step(-0.0010, 0.0016, inside + 0.0004 * strokes) * np.clip(0.60 + 0.16 * strokes, 0.1, 0.95)
    brow *= 1 - 0.45 * (1 - step(0, 0.2, along))
    hair_ink = np.minimum(np.array(head.hair_albedo, np.float32), 0.5 * tone)
    albedo += brow[:, None] * (hair_ink - albedo)

    beard: Array = np.zeros(len(x), np.float32)
    if head.beard:
        near = levels["beard"] > -0.006
        along = places_m * np.array([1, 0.25, 0.6])  # hairs hang
        strands = noise(along, size_m=0.0007, seed=seed + 10, where=near) + 0.6 * noise(along, size_m=0.002, seed=seed + 11, where=near)
        dense = np.clip(0.15 + 0.85 * head.beard + 0.25 * strands, 0, 0.98)
        beard = step(-0.002, 0.004, levels["beard"] + 0.0012 * strands) * dense
        strand = np.array(head.hair_albedo, np.float32) * np.exp(0.25 * strands)[:, None]
        albedo += beard[:, None] * (np.minimum(strand, 0.8) - albedo)
        strength, roughness = strength + beard * (0.04 - strength), roughness + beard * (0.5 - roughness)

    near = levels["hair"] > -0.015
    streaks = noise(places_m * np.array([1, 0.3, 0.3]), size_m=0.0016, seed=seed + 6, where=near)
    streaks += noise(places_m * np.array([1, 0.4, 0.4]), size_m=0.006, seed=seed + 7, where=near)
    hair = step(-0.004, 0.004, levels["hair"] + 0.0022 * streaks)
    strand = np.array(head.hair_albedo, np.float32) * np.exp(0.30 * streaks)[:, None]
    albedo += hair[:, None] * (np.minimum(strand, 0.8) - albedo)
    strength, roughness = strength + hair * (0.04 - strength), roughness + hair * (0.45 - roughness)
    cloth = step(-0.0005, 0.0005, levels["clothes"])
    fabric = (
        np.array(_FABRICS[seed % len(_FABRICS)], np.float32)
        * (1 + 0.05 * noise(places_m, size_m=0.0012, seed=seed + 8, where=cloth > 0))[:, None]
    )
    albedo += cloth[:, None] * (fabric - albedo)
    strength, roughness = strength * (1 - 0.8 * cloth), roughness + cloth * (0.9 - roughness)
    softness = softness * (1 - np.maximum.reduce([hair, beard, cloth]))[:, None]
    plain = (1 - hair) * (1 - cloth) * (1 - mouth) * (1 - beard)
    regions = {name: share * plain for name, share in cover.items()}
    regions |= {"brows": brow * plain, "hair": hair, "beard": beard * (1 - hair), "clothes": cloth, "mouth": mouth, "skin": plain}
    albedo = np.clip(albedo, 0.004, 0.95).astype(np.float32)
    return Material(albedo, Gloss(strength.astype(np.float32), np.clip(roughness, 0.05, 1).astype(np.float32)), softness, regions)


_FABRICS = ((0.55, 0.55, 0.53), (0.10, 0.14, 0.22), (0.30, 0.34, 0.33), (0.62, 0.56, 0.48), (0.22, 0.10, 0.11), (0.05, 0.05, 0.055))

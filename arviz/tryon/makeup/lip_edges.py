"""Lip outlines as the picture shows them: the network's points, moved across the outline to where lip turns into skin.

The network knows a mouth to about 2 % of the distance between the eyes, and each of its points errs its own way. What tells lip from
skin differs from person to person and with the light, so it is learnt from the picture: the linear combination of ln red, ln green and
ln blue that parts what surely is lip from what surely is skin (R. A. Fisher, "The use of multiple measurements", 1936), where shading,
which changes all three alike, counts for little. Colour and strength of the light cancel out.

An edge at some place across the outline has the probability of what is seen on both sides of it. The network's own place is the prior,
neighbours move alike, and where lips are hardly unlike the skin, little moves.

A definition that a browser may leave out: it is a better set of points for ``arviz.mask/1``, which stays what it is. In a film it goes
before the filter that makes points steady.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.tryon.constants import look, regions
from arviz.tryon.makeup.coverage import STEPS, smooth, window
from arviz.tryon.makeup.light import linear

_EACH = 2
"""Of the spline's points, which have a line across: that is a line for each pixel or two."""


def lips_in_picture(pixels: Array, face: Landmarks) -> Landmarks:
    """Return a face whose lips end where they do in the picture; unchanged where it is too small to tell.

    Parameters
    ----------
    pixels : ndarray (H, W, 3) uint8
        sRGB.
    face : Landmarks
        As the network found it.
    """
    given = look()["lip_edges"]
    outer, inner = (face.points_px[regions()[name]] for name in ("lips_outer", "lips_inner"))
    eyes = float(np.linalg.norm(face.points_px[regions()["eye_left"][8]] - face.points_px[regions()["eye_right"][0]]))
    reach = given["reach"] * eyes
    cut = window(outer, margin_px=2 * reach + 1, width_px=pixels.shape[1], height_px=pixels.shape[0])
    if cut is None or reach < given["least_px"]:
        return face
    line = smooth(outer)
    across = _normals(line)
    away = np.linspace(-2 * reach, 2 * reach, given["samples"])
    places = (line[:, None] + away[:, None] * across[:, None])[::_EACH] - (cut.x0, cut.y0)
    seen = _between(np.log(linear(pixels[cut.of]) + np.float32(given["floor"])), places)
    thick = np.repeat(np.linalg.norm(outer - inner, axis=1), STEPS // _EACH)
    lip = (away < -0.5 * reach) & (away > -given["deep"] * thick[:, None])
    skin = np.broadcast_to(away > reach, lip.shape)
    gain = np.zeros(seen.shape[:2])
    # The upper lip looks down and the lower one up: each has its own light.
    for half in np.array_split(np.arange(len(seen)), 2):
        gain[half] = _gain(seen[half], lip[half], skin[half])
    spacing = float(np.linalg.norm(outer - np.roll(outer, 1, axis=0), axis=1).mean())
    moved = _edges(gain, away, reach=reach, spacing=spacing, eyes=eyes)
    points = face.points_px.copy()
    points[regions()["lips_outer"]] = outer + moved[:, None] * across[::STEPS]
    return replace(face, points_px=points)


def _normals(line: Array) -> Array:
    """Return unit normals (M, 2) of a closed line (M, 2), pointing out of it."""
    before, after = np.roll(line, 1, axis=0), np.roll(line, -1, axis=0)
    along = after - before
    normal: Array = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    area = float((line[:, 0] * after[:, 1] - line[:, 1] * after[:, 0]).sum())
    return normal if area > 0 else -normal


def _between(values: Array, places: Array) -> Array:
    """Return values (H, W, C) at places (..., 2), x and y, bilinearly; beyond the outermost pixels they go on as they are there."""
    last = np.array(values.shape[1::-1]) - 1
    place = np.clip(places, 0, last)
    (i, j), (k, m) = np.moveaxis(place.astype(int), -1, 0), np.moveaxis(np.minimum(place.astype(int) + 1, last), -1, 0)
    u, v = np.moveaxis((place - place.astype(int)).astype(np.float32), -1, 0)[..., None]
    out: Array = (values[j, i] * (1 - u) + values[j, k] * u) * (1 - v) + (values[m, i] * (1 - u) + values[m, k] * u) * v
    return out


def _gain(seen: Array, lip: Array, skin: Array) -> Array:
    """Return how much rather each sample (M, T) is lip than skin, as the difference of ln likelihoods; 0 where nothing is to learn from.

    Parameters
    ----------
    seen : ndarray (M, T, 3)
    lip, skin : ndarray (M, T) bool
        Which samples surely are what.
    """
    given = look()["lip_edges"]
    if min(lip.sum(), skin.sum()) < given["fewest"]:
        return np.zeros(seen.shape[:2])
    inside, outside = seen[lip], seen[skin]
    apart = inside.mean(axis=0) - outside.mean(axis=0)
    within = (np.cov(inside.T) + np.cov(outside.T)) / 2 + given["noise"] ** 2 * np.eye(3) + given["shading"] ** 2
    direction = np.linalg.solve(within, apart)
    strength = float(direction @ apart)  # Mahalanobis's distance, squared
    share = (seen - outside.mean(axis=0)) @ direction / max(strength, 1e-9)  # 0 as skin, 1 as lip
    out: Array = strength * np.clip(share - 0.5, -0.5, 0.5)
    return out


def _edges(gain: Array, away: Array, *, reach: float, spacing: float, eyes: float) -> Array:
    """Return how far out (N,) the edge lies at each point of the outline, in pixels."""
    given = look()["lip_edges"]
    # Neighbouring pixels say the same twice: along the outline as across it.
    news = max(spacing / given["alike_px"], 1.0) * (away[1] - away[0]) / given["alike_px"]
    per = STEPS // _EACH
    hat = 1 - np.abs(np.arange(1 - per, per)) / per
    rows = (np.arange(0, len(gain), per)[:, None] + np.arange(1 - per, per)) % len(gain)
    total = np.einsum("nkt,k->nt", np.cumsum(gain, axis=1)[rows], hat / hat.sum()) * news
    tried = np.abs(away) <= reach
    out = away[tried]
    ln = total[:, tried] - 0.5 * (out / (given["network"] * eyes)) ** 2
    chance = np.exp(ln - ln.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    mean = chance @ out
    variance = chance @ out**2 - mean**2 + given["sharp_px"] ** 2
    count = len(mean)
    stiff = 1 / (given["unlike"] * eyes) ** 2
    ring = np.roll(np.eye(count), 1, axis=0) + np.roll(np.eye(count), -1, axis=0)
    solved: Array = np.linalg.solve(np.diag(1 / variance + 2 * stiff) - stiff * ring, mean / variance)
    return solved

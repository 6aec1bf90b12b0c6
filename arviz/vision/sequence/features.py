"""Points that stand out in a photo, and which of two photos show the same one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.frozen import Array
from arviz.core.image import Image

LONG_SIDE_PX = 1280
"""Larger photos are reduced: SIFT's time grows with the area, its places are good to a third of a pixel of any size."""
MOST_FEATURES = 2000
_CONTRAST = 0.015
"""Below SIFT's usual 0.04 (for three layers): plain walls have faint structure, and wrong matches are found out later."""
_RATIO = 0.82
"""Of the best to the second best distance (Lowe 2004, section 7.1, takes 0.8)."""
MATCH_PX = 1.5
"""Distance from the epipolar line, in pixels of the photo that was searched; SIFT's own noise is 0.3 to 0.5."""
LEAST_MATCHES = 20


class Features(NamedTuple):
    """What one photo shows, N points."""

    flat: Array
    """(N, 2) x / z, y / z, without the lens's distortion."""
    descriptors: Array
    """(N, 128) float32 of length 1."""
    pixel: float
    """One pixel of the searched photo as a difference of `flat`."""


class Match(NamedTuple):
    """Points that two photos share."""

    first: int
    second: int
    pairs: Array
    """(M, 2) indices of features."""
    essential: Array
    """(3, 3)."""


def features(frame: Frame) -> Features:
    """Find SIFT features (Lowe 2004) and describe them by square roots (Arandjelovic & Zisserman 2012, "RootSIFT")."""
    import cv2

    grey = _grey(frame)
    camera = frame.camera.resized(width_px=grey.shape[1], height_px=grey.shape[0])
    found, described = cv2.SIFT.create(nfeatures=MOST_FEATURES, contrastThreshold=_CONTRAST).detectAndCompute(grey, None)
    if described is None or not len(found):
        return Features(np.empty((0, 2)), np.empty((0, 128), np.float32), _pixel(camera))
    places = np.array([point.pt for point in found], np.float64)
    flat = camera.rays(places)[:, :2]
    # The same place with a second orientation would be a second point of its own track.
    _, first = np.unique(places.round(2), axis=0, return_index=True)
    keep = np.sort(first[np.isfinite(flat[first]).all(axis=1)])[:MOST_FEATURES]
    described = described[keep] / np.maximum(described[keep].sum(axis=1, keepdims=True), 1e-9)
    return Features(flat[keep], np.sqrt(described).astype(np.float32), _pixel(camera))


def eight_bit(image: Image) -> Array:
    """Return the picture (H, W, 3) as uint8 sRGB; what is not finite is black."""
    pixels = image.pixels
    if pixels.dtype != np.uint8:
        values = np.nan_to_num(pixels, nan=0.0, posinf=1.0, neginf=0.0)
        pixels = to_uint8(linear_to_srgb(values) if image.space == "linear" else values)
    out: Array = np.ascontiguousarray(pixels[..., :3] if pixels.shape[2] >= 3 else np.repeat(pixels, 3, axis=2))
    return out


def _grey(frame: Frame) -> Array:
    import cv2

    grey = cv2.cvtColor(eight_bit(frame.image), cv2.COLOR_RGB2GRAY)
    step = max(grey.shape) / LONG_SIDE_PX
    if step > 1:
        size = (max(round(grey.shape[1] / step), 1), max(round(grey.shape[0] / step), 1))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    out: Array = np.ascontiguousarray(grey)
    return out


def _pixel(camera: Camera) -> float:
    return float(1 / np.sqrt(camera.k[0, 0] * camera.k[1, 1]))


def matched(first: int, second: int, features: list[Features]) -> Match | None:
    """Return the points that two photos share and whose places agree with one relative pose; None if too few."""
    import cv2

    a, b = features[first], features[second]
    pairs = mutual(a.descriptors, b.descriptors)
    if len(pairs) < LEAST_MATCHES:
        return None
    allowed = MATCH_PX * max(a.pixel, b.pixel)
    settings = cv2.UsacParams()  # the random numbers' state is in here: the same photos give the same answer
    settings.threshold = allowed
    settings.confidence = 0.9999
    settings.maxIterations = 2000
    settings.score = cv2.SCORE_METHOD_MSAC
    settings.loMethod = cv2.LOCAL_OPTIM_INNER_LO
    settings.sampler = cv2.SAMPLING_UNIFORM
    settings.randomGeneratorState = 0
    x, y = a.flat[pairs[:, 0]], b.flat[pairs[:, 1]]
    eye = np.eye(3)
    essential, inside = cv2.findEssentialMat(x, y, eye, eye, None, None, settings)
    if essential is None or essential.shape != (3, 3):
        essential, good = _turned(x, y, allowed)
    else:
        good = inside[:, 0] > 0
    return Match(first, second, pairs[good], essential) if good.sum() >= LEAST_MATCHES else None


def _turned(x: Array, y: Array, allowed: float) -> tuple[Array, Array]:
    """Return (3, 3) essential matrix and (M,) the points that a turn on the spot explains: any step fits those.

    The search for a step finds none between photos from one place, least of all between two copies of one photo.
    """
    from scipy.spatial.transform import Rotation

    a, b = (np.column_stack([flat, np.ones(len(flat))]) for flat in (x, y))
    a, b = (rays / np.linalg.norm(rays, axis=1, keepdims=True) for rays in (a, b))
    good = np.ones(len(a), bool)
    for _ in range(3):
        turn = Rotation.align_vectors(b[good], a[good])[0].as_matrix()
        off = np.linalg.norm(a @ turn.T - b, axis=1)
        good = off <= max(allowed, np.median(off))
    along_x = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    return along_x @ turn, off < allowed


def mutual(a: Array, b: Array) -> Array:
    """Return (M, 2) pairs that are each other's nearest and clearly nearer than the second."""
    if len(a) < 2 or len(b) < 2:
        return np.empty((0, 2), np.int64)
    likeness = a @ b.T
    rows = np.arange(len(a))
    best = likeness.argmax(axis=1)
    back = likeness.argmax(axis=0)
    top = likeness[rows, best]
    likeness[rows, best] = -1
    second = likeness.max(axis=1)
    # Distances of unit vectors: |p - q|^2 = 2 - 2 p.q
    clear = (2 - 2 * top) < _RATIO**2 * (2 - 2 * second)
    keep = np.flatnonzero((back[best] == rows) & clear)
    return np.stack([keep, best[keep]], axis=1)


def tracks(matches: list[Match], counts: list[int]) -> tuple[Array, Array, Array]:
    """Return (O,) track, photo and feature of each observation of points that at least two photos share.

    A track that meets the same photo twice is no single point and is left out.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    start = np.concatenate([[0], np.cumsum(counts)])
    if not matches:
        none = np.empty(0, np.int64)
        return none, none, none
    one = np.concatenate([start[m.first] + m.pairs[:, 0] for m in matches])
    two = np.concatenate([start[m.second] + m.pairs[:, 1] for m in matches])
    total = int(start[-1])
    _, label = connected_components(coo_matrix((np.ones(len(one)), (one, two)), shape=(total, total)), directed=False)
    node = np.unique(np.concatenate([one, two]))
    photo = np.searchsorted(start, node, side="right") - 1
    _, track = np.unique(label[node], return_inverse=True)
    order = np.lexsort((photo, track))
    node, photo, track = node[order], photo[order], track[order]
    twice = np.zeros(track.max() + 1, bool)
    same = (track[1:] == track[:-1]) & (photo[1:] == photo[:-1])
    twice[track[1:][same]] = True
    keep = ~twice[track]
    node, photo = node[keep], photo[keep]
    _, track = np.unique(track[keep], return_inverse=True)
    return track, photo, node - start[photo]

"""From matched points to cameras and points: a first pair, then photo after photo, with bundle adjustment in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.sequence.bundle import Bundle, Observations, adjust, residuals
from arviz.vision.sequence.features import Features, Match

LEAST_SEEN = 15
"""Points of the room that a photo must show to be placed."""
_ANGLE_RAD = np.radians(1.5)
"""Rays that meet at less say nothing about distance (COLMAP's default for points)."""
_PAIR_ANGLE_RAD = np.radians(4.0)
"""For the first pair (COLMAP asks for 16 degrees where it can)."""
_OUTLIER_PX = 4.0
_PAIRS = 8
"""First pairs tried."""


class Views(NamedTuple):
    """What is known before any camera is: O observations of T points in photos."""

    track: Array
    photo: Array
    flat: Array
    """(O, 2)."""
    noise: Array
    """(O,)."""
    photos: int
    """How many there are."""


class Mapped(NamedTuple):
    """Placed cameras and points."""

    bundle: Bundle
    photos: Array
    """(C,) which photo each camera of the bundle is."""
    seen: Observations


class _State:
    """Cameras and points while they are found; NaN where not yet."""

    def __init__(self, views: Views) -> None:
        self.views = views
        tracks = int(views.track.max()) + 1
        self.rotations = np.full((views.photos, 3, 3), np.nan)
        self.translations = np.full((views.photos, 3), np.nan)
        self.points = np.full((tracks, 3), np.nan)
        self.bad = np.zeros(len(views.track), bool)
        self.ln_focal = 0.0

    @property
    def placed(self) -> Array:
        out: Array = np.isfinite(self.translations[:, 0])
        return out

    def observed(self) -> Array:
        """Return the rows of observations of known points in placed photos that were not found wrong."""
        known = np.isfinite(self.points[self.views.track, 0]) & self.placed[self.views.photo] & ~self.bad
        return np.flatnonzero(known)

    def flat(self, rows: Array) -> Array:
        """Return (N, 2) observations by the focal length as refined so far."""
        out: Array = self.views.flat[rows] * np.exp(-self.ln_focal)
        return out


def place(
    views: Views, features: list[Features], matches: list[Match], *, focal_sigma: float, progress: Callable[[float], None]
) -> Mapped | None:
    """Return the largest set of photos that can be placed; None where no two of them have seen enough from apart.

    Parameters
    ----------
    views : Views
    features : list of Features
        Of each photo.
    matches : list of Match
    focal_sigma : float
        Standard deviation of ln f; 0 where the camera is known.
    progress : callable
        Told the share that is done.
    """
    best: _State | None = None
    for pair in _first_pairs(features, matches):
        state = _State(views)
        if not _begin(state, pair, features):
            continue
        _grow(state, focal_sigma, progress)
        if best is None or state.placed.sum() > best.placed.sum():
            best = state
        if best.placed.all():
            break
    return None if best is None else _finished(best, focal_sigma)


def _first_pairs(features: list[Features], matches: list[Match]) -> list[Match]:
    """Return matches in the order of their worth: many points, seen from clearly apart."""
    worth = []
    for match in matches:
        angle = _parallax(match, features)
        if angle > _ANGLE_RAD:
            worth.append((len(match.pairs) * min(angle / (2 * _PAIR_ANGLE_RAD), 1.0) ** 2, match))
    return [match for _, match in sorted(worth, key=lambda item: -item[0])][:_PAIRS]


def _relative(match: Match, features: list[Features]) -> tuple[Array, Array, Array]:
    """Return rotation, translation of length 1, second camera from first, and which pairs (M,) lie before both."""
    import cv2

    x = features[match.first].flat[match.pairs[:, 0]]
    y = features[match.second].flat[match.pairs[:, 1]]
    _, rotation, translation, inside = cv2.recoverPose(match.essential, x, y, np.eye(3))
    return rotation, translation[:, 0], inside[:, 0] > 0


def _parallax(match: Match, features: list[Features]) -> float:
    """Return the angle at which the rays of most pairs meet (75th percentile)."""
    rotation, _, inside = _relative(match, features)
    if inside.sum() < LEAST_SEEN:
        return 0.0
    a = _unit(features[match.first].flat[match.pairs[inside, 0]]) @ rotation.T
    b = _unit(features[match.second].flat[match.pairs[inside, 1]])
    return float(np.percentile(np.arccos(np.clip((a * b).sum(axis=1), -1, 1)), 75))


def _unit(flat: Array) -> Array:
    out = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
    unit: Array = out / np.linalg.norm(out, axis=1, keepdims=True)
    return unit


def _begin(state: _State, pair: Match, features: list[Features]) -> bool:
    rotation, translation, _ = _relative(pair, features)
    state.rotations[pair.first], state.translations[pair.first] = np.eye(3), np.zeros(3)
    state.rotations[pair.second], state.translations[pair.second] = rotation, translation
    _triangulate(state)
    if np.isfinite(state.points[:, 0]).sum() < LEAST_SEEN:
        return False
    _adjust(state, 0.0, steps=10)
    return True


def _grow(state: _State, focal_sigma: float, progress: Callable[[float], None]) -> None:
    """Place photo after photo, the one that sees most of what is known first."""
    refused = np.zeros(state.views.photos, bool)
    while True:
        known = np.isfinite(state.points[state.views.track, 0])
        sees = np.bincount(state.views.photo[known], minlength=state.views.photos)
        sees[state.placed | refused] = 0
        photo = int(sees.argmax())
        if sees[photo] < LEAST_SEEN:
            return
        if not _resect(state, photo):
            refused[photo] = True
            continue
        refused[:] = False
        _triangulate(state)
        few = state.placed.sum() < 5
        _adjust(state, 0.0 if few else focal_sigma, steps=8)
        progress(float(state.placed.mean()))


def _resect(state: _State, photo: int) -> bool:
    """Place a photo by the points that it shows; False where they contradict each other."""
    import cv2

    rows = np.flatnonzero((state.views.photo == photo) & np.isfinite(state.points[state.views.track, 0]))
    points, flat = state.points[state.views.track[rows]], state.flat(rows)
    settings = cv2.UsacParams()
    settings.threshold = _OUTLIER_PX * float(state.views.noise[rows[0]])
    settings.confidence = 0.9999
    settings.maxIterations = 1000
    settings.score = cv2.SCORE_METHOD_MSAC
    settings.sampler = cv2.SAMPLING_UNIFORM
    settings.loMethod = cv2.LOCAL_OPTIM_INNER_LO
    settings.randomGeneratorState = 0
    try:
        ok, _, turn, shift, inside = cv2.solvePnPRansac(points, flat[:, None], np.eye(3), None, params=settings)
    except cv2.error:  # points in one place or on one line
        return False
    inside = np.zeros(0, np.int64) if inside is None else np.asarray(inside).reshape(-1)
    if not ok or len(inside) < max(LEAST_SEEN, 0.25 * len(rows)):
        return False
    turn, shift = cv2.solvePnPRefineLM(points[inside], flat[inside][:, None], np.eye(3), None, turn, shift)
    state.rotations[photo], state.translations[photo] = cv2.Rodrigues(turn)[0], shift[:, 0]
    return True


def _triangulate(state: _State) -> None:
    """Find the points that at least two placed photos show from apart (linear; Hartley & Zisserman 2004, section 12.2)."""
    views = state.views
    rows = np.flatnonzero(state.placed[views.photo] & ~np.isfinite(state.points[views.track, 0]) & ~state.bad)
    count = len(state.points)
    rotation, translation, flat = state.rotations[views.photo[rows]], state.translations[views.photo[rows]], state.flat(rows)
    # Rows of the linear system: x (r3 X + t3) = r1 X + t1, weighted alike.
    left = flat[:, :, None] * rotation[:, 2:3] - rotation[:, :2]
    right = translation[:, :2] - flat * translation[:, 2:]
    normal = np.zeros((count, 3, 3))
    target = np.zeros((count, 3))
    np.add.at(normal, views.track[rows], left.transpose(0, 2, 1) @ left)
    np.add.at(target, views.track[rows], np.einsum("oij,oi->oj", left, right))
    often = np.bincount(views.track[rows], minlength=count) >= 2
    solvable = np.flatnonzero(often)
    solvable = solvable[np.linalg.cond(normal[solvable]) < 1e12] if len(solvable) else solvable
    state.points[solvable] = np.linalg.solve(normal[solvable], target[solvable][:, :, None])[:, :, 0]
    rows = rows[np.isin(views.track[rows], solvable)]
    error = _errors(state, rows)
    wide = _angles(state, rows, count)
    worst = np.zeros(count)
    np.maximum.at(worst, views.track[rows], error)
    refused = solvable[(worst[solvable] > _OUTLIER_PX) | (wide[solvable] < _ANGLE_RAD)]
    state.points[refused] = np.nan


def _errors(state: _State, rows: Array) -> Array:
    """Return (N,) distances in pixels between where points are seen and where they should be."""
    views = state.views
    bundle = Bundle(state.rotations, state.translations, state.ln_focal, state.points)
    off = residuals(bundle, Observations(views.photo[rows], views.track[rows], views.flat[rows], views.noise[rows]))
    out: Array = np.linalg.norm(off, axis=1)
    return out


def _angles(state: _State, rows: Array, count: int) -> Array:
    """Return (T,) the angle between the ray of each point's first observation and the one farthest from it."""
    views = state.views
    track, photo = views.track[rows], views.photo[rows]
    eye = -np.einsum("oji,oj->oi", state.rotations[photo], state.translations[photo])
    ray = state.points[track] - eye
    ray = ray / np.maximum(np.linalg.norm(ray, axis=1, keepdims=True), 1e-12)
    first = np.zeros((count, 3))
    first[track[::-1]] = ray[::-1]
    out = np.zeros(count)
    np.maximum.at(out, track, np.arccos(np.clip((ray * first[track]).sum(axis=1), -1, 1)))
    return out


def _observations(state: _State, rows: Array) -> tuple[Bundle, Observations, Array, Array]:
    """Return the known part as a bundle, its observations, and which photos and points these are."""
    views = state.views
    photos, points = np.flatnonzero(state.placed), np.unique(views.track[rows])
    camera_of, point_of = np.full(views.photos, -1), np.full(len(state.points), -1)
    camera_of[photos], point_of[points] = np.arange(len(photos)), np.arange(len(points))
    bundle = Bundle(state.rotations[photos], state.translations[photos], state.ln_focal, state.points[points])
    seen = Observations(camera_of[views.photo[rows]], point_of[views.track[rows]], views.flat[rows], views.noise[rows])
    return bundle, seen, photos, points


def _adjust(state: _State, focal_sigma: float, *, steps: int) -> None:
    """Adjust all that is known and drop what does not fit."""
    bundle, seen, photos, points = _observations(state, state.observed())
    fixed = np.zeros(len(photos), bool)
    fixed[0] = True
    bundle = adjust(bundle, seen, fixed=fixed, focal_sigma=focal_sigma, steps=steps)
    state.rotations[photos], state.translations[photos] = bundle.rotations, bundle.translations
    state.points[points], state.ln_focal = bundle.points, bundle.ln_focal
    rows = state.observed()
    wrong = rows[_errors(state, rows) > _OUTLIER_PX]
    state.bad[wrong] = True
    rows = state.observed()
    alone = np.bincount(state.views.track[rows], minlength=len(state.points)) < 2
    narrow = _angles(state, rows, len(state.points)) < _ANGLE_RAD
    state.points[alone | narrow] = np.nan


def _finished(state: _State, focal_sigma: float) -> Mapped:
    """Adjust everything once more, give doubtful observations a second chance, and scale to the largest baseline."""
    for _ in range(2):
        state.bad[:] = False
        rows = state.observed()
        state.bad[rows[_errors(state, rows) > _OUTLIER_PX]] = True
        _triangulate(state)
        _adjust(state, focal_sigma, steps=30)
    rows = state.observed()
    bundle, seen, photos, _ = _observations(state, rows)
    return normalised(Mapped(bundle, photos, seen))


def normalised(mapped: Mapped) -> Mapped:
    """Return the same with the first camera at the origin and the largest distance between two of them 1."""
    bundle = mapped.bundle
    eyes = -np.einsum("cji,cj->ci", bundle.rotations, bundle.translations)
    baseline = max(float(np.linalg.norm(eyes[:, None] - eyes, axis=2).max()), 1e-12)
    turn, eye = bundle.rotations[0], eyes[0]
    points = (bundle.points - eye) @ turn.T / baseline
    rotations = bundle.rotations @ turn.T
    translations = -np.einsum("cij,cj->ci", rotations, (eyes - eye) @ turn.T / baseline)
    return mapped._replace(bundle=Bundle(rotations, translations, bundle.ln_focal, points))

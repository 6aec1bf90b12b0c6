"""Film a synthetic head that turns and holds still, try glasses and a lipstick on, and plot how steady they are beside the truth.

`scripts/gallery.py jitter` runs it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from demo_tryon import RUBY

import arviz
from arviz.core.face import HeadPose
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.resources import resource
from arviz.core.transforms import apply
from arviz.flows.fitting import Fitted, Fitting, nobody_yet
from arviz.flows.models import open_estimator
from arviz.flows.recipe import glasses, load_recipe, makeup, new_recipe, read_glasses
from arviz.flows.sheet import Sheet
from arviz.flows.video.film import Picture
from arviz.flows.video.through import through
from arviz.testing.heads import HeadPhoto, make_head, make_shot, photo
from arviz.testing.rooms import camera_effects
from arviz.tryon.glasses.model import glasses_of
from arviz.vision.face.pose import head_pose

SEED = 25
WIDTH_PX, HEIGHT_PX, RATE = 640, 480, 30.0
NOISE, JPEG = 2.0, 85
"""A webcam indoors: grain of three levels in middle grey, and motion JPEG."""
STILL_S, TURN_S = 1.0, 1.2
YAW_RAD, SHIFT_PX = 0.14, 12.0
SETTLED_S = 0.3
"""So long after a turn a thing that is to stand still has to stand still."""
MOUTH = 61
"""The right corner of the mouth."""
_LAGS_S = np.arange(-0.05, 0.1001, 0.001)


@dataclass(frozen=True)
class Track:
    """Where one point is in a film (F, 2): in truth, as found in each picture alone, and as it is shown."""

    name: str
    true_px: Array
    raw_px: Array
    steady_px: Array

    def error(self, found_px: Array) -> Array:
        """Return how far found points are from the truth, without the constant part: a network's idea of where a corner is."""
        off = found_px - self.true_px
        out: Array = off - off[still_pictures()].mean(axis=0)
        return out


class Steadiness(NamedTuple):
    """Standard deviations across and down while the head holds still, and how much later than the truth a point comes when it turns."""

    still_px: Array
    lag_s: float


def turned() -> Array:
    """Return how far the head is turned in each picture (F,), -1 to 1: it holds still, turns, holds still, turns back, holds still."""
    still, turn = round(STILL_S * RATE), round(TURN_S * RATE)
    way = -np.cos(np.pi * np.arange(1, turn) / turn)
    return np.concatenate([np.full(still, -1.0), way, np.ones(still), way[::-1], np.full(still, -1.0)])


def still_pictures() -> Array:
    """Return the pictures (F,) of a head that holds still, and has done so for a while."""
    way = turned()
    settled = round(SETTLED_S * RATE)
    return np.array([index >= settled and np.ptp(way[index - settled : index + 1]) == 0 for index in range(len(way))])


def record(path: Path) -> list[HeadPhoto]:
    """Write the film, motion JPEG, and return the truth of each picture."""
    rng = np.random.default_rng(SEED)
    head = make_head(SEED, expression={})
    taken: dict[float, HeadPhoto] = {}
    for way in turned():
        if way not in taken:
            fixed: dict[str, Any] = {"yaw_rad": YAW_RAD * way, "pitch_rad": 0.0, "roll_rad": 0.0, "offset_px": (SHIFT_PX * way, 0.0)}
            shot = make_shot(SEED, width_px=WIDTH_PX, height_px=HEIGHT_PX, distance_m=0.5, light="studio", errors=False, **fixed)
            taken[way] = photo(head, shot)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), RATE, (WIDTH_PX, HEIGHT_PX))
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, JPEG)
    for way in turned():
        seen = camera_effects(
            Image(pixels=taken[way].radiance, space="linear"),
            rng=rng,
            exposure=1.0,
            vignetting=0.0,
            white_balance=(1.0, 1.0, 1.0),
            noise=NOISE,
            jpeg_quality=None,
        )
        writer.write(np.ascontiguousarray(seen.pixels[..., ::-1]))
    writer.release()
    return [taken[way] for way in turned()]


class _Recorded:
    """A landmark estimator that tells what it found, before anything is made steady."""

    def __init__(self, estimator: Any) -> None:
        self._estimator, self.found = estimator, list[Landmarks]()

    def estimate(self, picture: Any, previous: Sequence[Landmarks] | None = None) -> tuple[Landmarks, ...]:
        found: tuple[Landmarks, ...] = self._estimator.estimate(picture, previous=previous)
        self.found.append(found[0])
        return found


def follow(film: Path, recipe: Path, out: Path, truth: Sequence[HeadPhoto]) -> list[Track]:
    """Try a recipe on a film, as `arviz tryon` does, and return the tracks of the bridge of the glasses and of a corner of the mouth."""
    wanted, folder = load_recipe(recipe)
    (item,) = wanted.glasses
    bridge_m = glasses_of(read_glasses(item, folder), item).bridge_m
    camera = truth[0].shot.camera  # as `--camera` gives it
    seen: list[Fitted] = []
    with open_estimator(kinds=["face", "hand"]) as opened:
        recorded = _Recorded(opened)
        with Fitting(wanted, folder=folder, estimator=recorded) as fitting:  # type: ignore[arg-type]

            def each(picture: Picture) -> Image:
                frame = arviz.Frame(image=picture.image, camera=camera, time_s=picture.time_s)
                seen.append(fitting.wear(frame, seen[-1] if seen else nobody_yet(frame)))
                return seen[-1].image

            through(film, each, out=out)
    steady = [one.faces[0] for one in seen]
    worn_m = np.array([
        apply(face.measured.head.camera_from_head, apply(face.glasses[0].seat.head_from_glasses, bridge_m[None]))[0] for face in steady
    ])  # fmt: skip
    # The place on the template that the bridge keeps over the film: beside it, where each picture's own pose puts that place.
    poses = [face.measured.pose.camera_from_head for face in steady]
    scale = [face.measured.scale.ratio for face in steady]
    place = np.mean([apply(np.linalg.inv(p), at[None] / s)[0] for p, at, s in zip(poses, worn_m, scale, strict=True)], axis=0)
    alone = [head_pose(found, camera) for found in recorded.found]
    return [
        Track("bridge of the glasses", _true(truth, place), _shown(alone, place, camera), camera.project(worn_m)),
        Track(
            "corner of the mouth",
            np.array([one.landmarks_px[MOUTH] for one in truth]),
            np.array([found.points_px[MOUTH] for found in recorded.found]),
            np.array([face.landmarks.points_px[MOUTH] for face in steady]),
        ),
    ]


def _shown(poses: Sequence[HeadPose | None], place: Array, camera: arviz.Camera) -> Array:
    return camera.project(np.array([apply(pose.camera_from_head, place[None])[0] for pose in poses if pose is not None]))


def _true(truth: Sequence[HeadPhoto], place: Array) -> Array:
    """Return where a place of the template is in truth: on the head as large as it is."""
    return np.array([one.shot.camera.project(apply(one.shot.camera_from_head, place[None] * one.head.template_scale))[0] for one in truth])


def _runs(pictures: Array) -> list[Array]:
    """Return the numbers of the pictures that are marked, each stretch by itself."""
    numbers = np.flatnonzero(pictures)
    return np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)


def steadiness(track: Track, found_px: Array) -> Steadiness:
    """Return how steady points are in place and in time.

    The lag is the shift in time for which the truth fits best, whatever the constant offset and the scale of the motion.
    """
    spread = np.sqrt(np.mean([found_px[run].var(axis=0, ddof=1) for run in _runs(still_pictures())], axis=0))
    time_s = np.arange(len(found_px)) / RATE
    left = []
    for lag in _LAGS_S:
        moved = np.interp(time_s - lag, time_s, track.true_px[:, 0])
        rows = np.stack([moved, np.ones_like(moved)], axis=1)
        left.append(np.linalg.lstsq(rows, found_px[:, 0], rcond=None)[1][0])
    return Steadiness(spread, float(_LAGS_S[int(np.argmin(left))]))


_WIDE, _HIGH, _GAP = 1.0, 0.12, 0.07
_TRUE, _RAW, _STEADY = "#222222", "#e08a2c", "#1f6fb2"
_KEYS = ((0.02, "truth", _TRUE), (0.16, "found in each picture alone", _RAW), (0.54, "as it is shown", _STEADY))
_STILL = "#eef3ee"


def plotted(tracks: Sequence[Track]) -> str:
    """Return the plot as SVG: where each point is across the picture, and below how far it is from the truth, across and down."""
    sheet = Sheet()
    for x, words, colour in _KEYS:
        sheet.path([[x, -0.075], [x + 0.04, -0.075]], stroke=colour, width=2.5)
        sheet.text([x + 0.05, -0.075], words, size=17, anchor="start")
    top = 0.0
    for track in tracks:
        lines = {_TRUE: track.true_px, _RAW: track.raw_px, _STEADY: track.steady_px}
        middle = track.true_px[:, 0].min() + np.ptp(track.true_px[:, 0]) / 2
        _panel(sheet, top, {colour: found[:, 0] - middle for colour, found in lines.items()}, f"{track.name}: across the picture, px")
        top += _HIGH + _GAP
        errors = {_RAW: track.error(track.raw_px), _STEADY: track.error(track.steady_px)}
        alone, shown = (steadiness(track, found) for found in (track.raw_px, track.steady_px))
        for axis, name in enumerate(("across", "down")):
            words = f"off the truth {name}, px: holding still +- {alone.still_px[axis]:.2f} alone, +- {shown.still_px[axis]:.2f} as shown"
            words += f", which comes {shown.lag_s * 1000:.0f} ms late" if axis == 0 else ""
            _panel(sheet, top, {colour: error[:, axis] for colour, error in errors.items()}, words)
            top += _HIGH + _GAP
    for second in range(int(len(turned()) / RATE) + 1):
        sheet.text([second * RATE / len(turned()) * _WIDE, top - _GAP + 0.022], f"{second} s", size=14)
    return sheet.svg(title="Glasses and lipstick on a film of a synthetic head, beside the truth", margin_m=0.08)


def _panel(sheet: Sheet, top: float, lines: Mapping[str, Array], words: str) -> None:
    count = len(turned())
    x = np.arange(count) / count * _WIDE
    for run in _runs(still_pictures()):
        left, right = x[run[0]], x[run[-1]]
        sheet.path([[left, top], [right, top], [right, top + _HIGH], [left, top + _HIGH]], closed=True, fill=_STILL)
    reach = max(1.0, float(np.ceil(max(np.abs(values).max() for values in lines.values()))))
    for level in (-1.0, 0.0, 1.0):
        y = top + _HIGH * (0.5 - 0.5 * level)
        sheet.path([[0, y], [_WIDE, y]], stroke="#cccccc", width=0.8)
        sheet.text([-0.03, y], f"{level * reach:+.0f}" if level else "0", size=14, colour="#555555")
    for colour, values in lines.items():
        sheet.path(np.stack([x, top + _HIGH * (0.5 - 0.5 * values / reach)], axis=1), stroke=colour, width=1.6)
    sheet.text([0.0, top - 0.02], words, size=15, anchor="start")


def filmed(out: Path) -> list[Track]:
    """Write the film and the film with glasses and a lipstick on; print how steady they are, and return where they are."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(resource("assets", "products", "glasses", "glasses.glb"), out / "glasses.glb")
    recipe = out / "recipe.json"
    new_recipe([makeup("lipstick", RUBY, name="Ruby"), glasses(out / "glasses.glb", beside=recipe)], out=recipe, force=True)
    truth = record(out / "film.avi")
    tracks = follow(out / "film.avi", recipe, out / "with.mp4", truth)
    for track in tracks:
        for name, found in (("alone", track.raw_px), ("shown", track.steady_px)):
            (across, down), lag = steadiness(track, found)
            print(f"{track.name}, {name}: +- {across:.3f} px across, {down:.3f} down while holding still, {lag * 1000:.0f} ms late")
    return tracks

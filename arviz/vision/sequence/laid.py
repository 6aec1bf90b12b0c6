"""A sheet or card on the floor of a sequence: one and the same thing in all photos that show its place.

Each four-sided outline of a photo is laid on the floor; those that have about the right shape are looked for in all photos,
and fitted to all of them together. What looks like a sheet only from one side, lies elsewhere in each photo, or is not as
light as other things on the floor is none. Two things that could both be it, of different size, are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.corners import grey_values, homography, mapped, sample
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.photo.edges import refine_quad
from arviz.vision.photo.sheet import CORNER_SHARE, looks_right, outlines, reach_px
from arviz.vision.sequence.lying import Ground, Joint, Lying, Sighting, fit_lying, shown
from arviz.vision.sequence.result import PosedPhoto

_SEARCHED = 8
"""Photos in which outlines are searched for at first: each costs some 0.3 s; all are asked what they show of those found."""
_LN_RATIO, _LN_OPPOSITE, _COSINE = 0.3, 0.5, 0.35
"""How far the outline of a far sheet, known to a pixel or two, may be from its shape before its edges are fitted."""
_HEIGHTS_M = (0.3, 3.0)
_NEAR, _LN_SIZE, _TURN_RAD = 0.25, 0.2, 0.35
"""Two outlines are of one thing: how far apart their middles are as a share of its length, their sizes and directions."""
_MARGIN_PX = 4.0
_ROUNDS, _SETTLED = 8, 0.5
"""How often edges are looked for, and when they stay: of sigma."""
_MOST_MISFIT = 4.0
"""Times what chance makes of it: no edge is quite straight, no paper quite flat."""
_LEAST_KEPT = 0.7
_LEAST_SHARE = 0.5
"""Of the photos that show its place: a thing may be hidden in some of them, or in glare."""
_LIGHTER = 12.0
"""In 8-bit steps."""
_APART = 4.0
"""In sigmas: two things on the floor that say different sizes."""
_CELLS, _MOST_CELLS = 6, 300
"""Of the floor, along the short side of a sheet, and along the floor."""
_BLOB = 0.25
"""Share of a sheet's area: what is lighter than it and smaller is a gleam."""
_INSIDE = np.stack(np.meshgrid(np.linspace(0.15, 0.85, 9), np.linspace(0.15, 0.85, 9)), axis=-1).reshape(-1, 2)
_UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)


class Laid(NamedTuple):
    """A thing that lies on the floor."""

    joint: Joint
    sightings: tuple[Sighting, ...]
    places: int
    """How many photos show all of its place."""
    light: float
    """Its brightness, 8-bit, in the middle of its photos."""

    @property
    def sigma(self) -> float:
        """Standard deviation of ln unit; greater where the photos do not agree (Birge's ratio)."""
        return self.joint.sigma * float(np.sqrt(max(1.0, self.joint.misfit / max(self.joint.free, 1))))

    @property
    def sound(self) -> bool:
        """Whether its shape is right, in most photos that show its place."""
        joint, seen = self.joint, len(self.sightings)
        whole = joint.kept.any(axis=0).all() and joint.kept.mean() > _LEAST_KEPT
        agrees = whole and joint.misfit < _MOST_MISFIT * joint.free
        return bool(agrees and (seen > 1 or self.places == 1) and seen >= _LEAST_SHARE * self.places)


def find_laid(ground: Ground, photos: Sequence[PosedPhoto], frames: Sequence[Frame], floor_points: Array, *, anchor: ScaleAnchor) -> Laid:
    """Return the sheet or card on the floor.

    Parameters
    ----------
    ground : Ground
    photos : sequence of PosedPhoto
        All placed.
    frames : sequence of Frame
        All that were given.
    floor_points : (P, 3)
        Points on the floor: it reaches as far as they do.

    Raises
    ------
    InputError
        ``E_SCALE_NOT_FOUND``; ``E_SCALE_AMBIGUOUS``: two things of its shape and different size.
    """
    grey = {photo.index: grey_values(frames[photo.index].image) for photo in photos}
    step = max(1, -(-len(photos) // _SEARCHED))
    found: list[Laid] = []
    for some in (photos[::step], [photo for i, photo in enumerate(photos) if i % step]):
        starts = [start for photo in some for start in _rectangles(ground, photo, frames[photo.index].image, anchor.size_m)]
        looked = (_look(ground, photos, frames, grey, start, anchor) for start in _different(starts))
        found += [laid for laid in looked if laid is not None]
        if any(laid.sound for laid in found):
            break
    sound = [laid for laid in found if laid.sound]
    if not sound:
        raise _none(anchor, "nothing four-sided that has this shape in all photos")
    if anchor.kind == "a4":
        lightest = max(laid.light for laid in found)
        sound = [laid for laid in sound if laid.light > lightest - _LIGHTER]
        if not sound or _outshone(ground, max(sound, key=lambda laid: laid.light), floor_points, grey, anchor.size_m):
            raise _none(anchor, "only a thing of its shape that is darker than other things on the floor")
    best = max(sound, key=lambda laid: (len(laid.sightings), -laid.joint.misfit / max(laid.joint.free, 1)))
    for other in sound:
        apart = abs(np.log(best.joint.lying.unit / other.joint.lying.unit))
        if apart > _APART * np.hypot(best.sigma, other.sigma):
            raise InputError(
                "E_SCALE_AMBIGUOUS",
                f"two things on the floor could be {_name(anchor)}, of different size",
                expected="one thing of this shape",
                found=f"a second one that is {np.exp(apart):.2f} times as large or as small",
                hint=f"Cover it, or give the corners in the first photo: {anchor.kind}=X1,Y1,X2,Y2,X3,Y3,X4,Y4.",
            )
    return best


def _name(anchor: ScaleAnchor) -> str:
    return "an A4 sheet" if anchor.kind == "a4" else "a bank card"


def _none(anchor: ScaleAnchor, found: str) -> InputError:
    size = f"{anchor.size_m[0] * 1000:g} x {anchor.size_m[1] * 1000:g} mm"
    corners = f"{anchor.kind}=X1,Y1,X2,Y2,X3,Y3,X4,Y4"
    return InputError(
        "E_SCALE_NOT_FOUND",
        f"{_name(anchor)} was not found on the floor of the sequence",
        expected=f"{_name(anchor)} ({size}) that lies flat, whole and unfolded, in two or more photos",
        found=found,
        hint=f"Give its corners in the first photo: {corners}; or lay it on a darker floor, and expose so that it is not burnt.",
    )


def _rectangles(ground: Ground, photo: PosedPhoto, image: Image, size_m: tuple[float, ...]) -> list[Lying]:
    """Return what a photo's outlines are on the floor, where that has about the right shape."""
    quads = outlines(image)
    if not quads:
        return []
    flat = ground.cast(photo, np.array(quads))
    sides = np.roll(flat, -1, axis=1) - flat
    with np.errstate(invalid="ignore", divide="ignore"):
        length = np.linalg.norm(sides, axis=2)
        pair = (length[:, :2] + length[:, 2:]) / 2
        across = sides[:, :2] - sides[:, 2:]
        cosine = np.abs((across[:, 0] * across[:, 1]).sum(axis=1)) / np.linalg.norm(across, axis=2).prod(axis=1)
        unit = np.sqrt(pair.prod(axis=1) / (size_m[0] * size_m[1]))
        height_m = ground.height(photo) / unit
        ratio = np.abs(np.log(pair.max(axis=1) / pair.min(axis=1) * size_m[1] / size_m[0]))
        good = (ratio < _LN_RATIO) & (np.abs(np.log(length[:, :2] / length[:, 2:])) < _LN_OPPOSITE).all(axis=1) & (cosine < _COSINE)
        good &= (height_m > _HEIGHTS_M[0]) & (height_m < _HEIGHTS_M[1])  # NaN is not
    out = []
    for k in np.flatnonzero(good):
        x, y = across[k, int(pair[k].argmax())]
        out.append(Lying(flat[k].mean(axis=0), float(np.arctan2(y, x)), float(unit[k])))
    return out


def _same(a: Lying, b: Lying) -> bool:
    """Tell whether two rectangles are one thing."""
    turn = abs((a.yaw_rad - b.yaw_rad + np.pi / 2) % np.pi - np.pi / 2)
    # `unit` is as long as a metre: the things are a good quarter of it.
    near = float(np.linalg.norm(a.middle - b.middle)) < _NEAR * 0.25 * min(a.unit, b.unit)
    return bool(near and abs(np.log(a.unit / b.unit)) < _LN_SIZE and turn < _TURN_RAD)


def _different(starts: list[Lying]) -> list[Lying]:
    """Return one rectangle of each thing: of those that are the same, the middle one."""
    groups: list[list[Lying]] = []
    for start in starts:
        group = next((group for group in groups if _same(group[0], start)), None)
        if group is None:
            groups.append([start])
        else:
            group.append(start)
    return [sorted(group, key=lambda one: one.unit)[len(group) // 2] for group in groups]


def _look(
    ground: Ground, photos: Sequence[PosedPhoto], frames: Sequence[Frame], grey: dict[int, Array], start: Lying, anchor: ScaleAnchor
) -> Laid | None:
    """Return what all photos say of a rectangle; None if none of them shows edges there that stay."""
    lying = start
    for _ in range(_ROUNDS):  # edges at the end of a search's reach are cut: again from where they were found to be
        seen, places = [], 0
        for photo in photos:
            corners = shown(ground, photo, lying, anchor.size_m)
            if not _inside(corners, photo.camera):
                continue
            places += 1
            image = frames[photo.index].image
            quad = refine_quad(image, corners, corner_share=CORNER_SHARE[anchor.kind], reach_px=reach_px(corners, image))
            if quad is not None and looks_right(image, quad.corners_px, anchor.kind):
                seen.append(Sighting(photo, quad))
        joint = fit_lying(ground, seen, lying, size_m=anchor.size_m) if seen else None
        if joint is None or not _same(joint.lying, lying):
            return None
        if abs(np.log(joint.lying.unit / lying.unit)) < _SETTLED * joint.sigma:
            light = float(np.median([_light(grey[sighting.photo.index], sighting.quad.corners_px) for sighting in seen]))
            return Laid(joint, tuple(seen), places, light)
        lying = joint.lying
    return None


def _inside(corners_px: Array, camera: Camera) -> bool:
    size = np.array([camera.width_px, camera.height_px])
    return bool(((corners_px > _MARGIN_PX) & (corners_px < size - 1 - _MARGIN_PX)).all())


def _light(grey: Array, corners_px: Array) -> float:
    local = homography(_UNIT, corners_px)
    return 0.0 if local is None else float(np.median(sample(grey, mapped(local, _INSIDE))))


def _outshone(ground: Ground, laid: Laid, floor_points: Array, grey: dict[int, Array], size_m: tuple[float, ...]) -> bool:
    """Tell whether something on the floor, as large as a good part of it, is lighter in all photos: that may be the sheet.

    What stands on the floor is elsewhere on it in each photo.
    """
    from scipy.ndimage import label

    flat = (floor_points - ground.origin) @ ground.axes.T
    low, high = np.percentile(flat, 2, axis=0), np.percentile(flat, 98, axis=0)
    cell = max(laid.joint.lying.unit * size_m[1] / _CELLS, float((high - low).max()) / _MOST_CELLS)
    u, v = (np.arange(a, b + cell, cell) for a, b in zip(low, high, strict=True))
    places = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1)
    lighter = np.ones(places.shape[:2], bool)
    for sighting in laid.sightings:
        photo = sighting.photo
        assert photo.world_from_camera is not None
        at = (ground.origin + places @ ground.axes - photo.world_from_camera[:3, 3]) @ photo.world_from_camera[:3, :3]
        before = at[..., 2] > 1e-6
        seen = np.full((*before.shape, 2), -1.0)
        seen[before] = photo.camera.project_distorted(at[before])
        own = grey[photo.index]
        within = ((seen >= 0) & (seen <= (own.shape[1] - 1, own.shape[0] - 1))).all(axis=-1)
        lighter &= within
        lighter[within] &= sample(own, seen[within]) > _light(own, sighting.quad.corners_px) + _LIGHTER
    parts, count = label(lighter)
    least = _BLOB * size_m[0] * size_m[1] * laid.joint.lying.unit**2 / cell**2
    return bool(count and np.bincount(parts.ravel())[1:].max() >= least)

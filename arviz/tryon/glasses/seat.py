"""Put glasses on a head by contact: `seat`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.tryon.glasses.model import FRONT, LEFT, RIGHT, SIDES, GlassesModel
from arviz.tryon.glasses.temples import opened
from arviz.tryon.head.fitted import FittedHead
from arviz.tryon.head.surface import Skin

VERTEX_M, VERTEX_SPREAD_M = 0.013, 0.002
"""Lenses are worn 12 to 14 mm before the cornea (practice of opticians, as the American Board of Opticianry teaches it)."""
PUPIL_UP_M, PUPIL_SPREAD_M = 0.003, 0.004
"""Pupils are a little above the middle of the lens (practice)."""
CLEAR_M, CLEAR_SPREAD_M = 0.0002, 0.0001
"""How far rims and lenses stay from the skin, and how strictly."""
NOSE_M = 0.022
"""As far aside of the middle as this, the front may rest on the nose."""
NOSE_HIGH = 0.3
"""As far above the middle of the lenses as this share of their height; bars above lie before the brow."""
ROUNDS = 8
LEAST_TILT_RAD = 5e-4
COARSE_M, FINE_M = 0.0014, 0.0005
TEMPLE_CLEAR_M = 0.0005
MOST_TILT_RAD, MOST_OPENED_RAD = 0.35, 0.35
"""Beyond these the glasses do not fit at all; they are shown so far and no farther."""
MOST_CLIMB_M = 0.015
"""From where the pupils are at their usual height; who goes farther climbs over the brow."""
_FIRST_M = (0.002 * np.arange(-4, 8), 0.0008 * np.arange(-2, 3))
_NEXT_M = 0.0006 * np.arange(-2, 3)
FLANK = 0.3
"""Skin whose normal points aside by more than this holds glasses from sliding aside."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seat:
    """How glasses sit on a head. Pairs are right, left.

    Parameters
    ----------
    head_from_glasses : ndarray (4, 4) float64
        Rigid, from the asset's frame.
    opened_rad : (float, float)
        How far each temple is turned outwards about its hinge, from as the file has it.
    tilt_rad : float
        How far the front leans, its upper rim forward, against the head's up axis (pantoscopic tilt as worn).
    contacts_m : ndarray (4, 3) float64
        In the head's frame: nose right, left; ear right, left.
    vertex_m : (float, float)
        From the back of each lens straight ahead of the eye to the eye.
    pupils_m : ndarray (2, 2) float64
        Where each pupil, looking straight on, lies in the box of its lens: from its middle, x to the wearer's left, y up.
    gap_m : float
        Between the nose and what rests on it; 0 is contact.
    penetration_m : float
        How deep anything but the ends of the temples, behind the ears, is inside of the skin.
    """

    head_from_glasses: Array
    opened_rad: tuple[float, float]
    tilt_rad: float
    contacts_m: Array = field(repr=False)
    vertex_m: tuple[float, float]
    pupils_m: Array = field(repr=False)
    gap_m: float
    penetration_m: float

    def __post_init__(self) -> None:
        arrays = ("head_from_glasses", "contacts_m", "pupils_m")
        set_fields(self, **{name: readonly(getattr(self, name), np.float64) for name in arrays})


def seat(glasses: GlassesModel, head: FittedHead) -> Seat:
    """Put glasses on a head.

    The front goes down until it touches the nose on both sides; the temples are opened until they pass the head, and the front
    tilts until they rest on the ears. How far along the nose it sits is a habit, not mechanics: where the lenses are at their usual
    distance from the eyes and the pupils at their usual height in them, as far as both can be had, and nothing is inside the skin.
    """
    return _Fitting(glasses, head).found()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the middle of the bridge is in the head's frame, and how the front is turned: tilt about x, roll about z."""

    x: float
    y: float
    z: float
    tilt: float = 0.0
    roll: float = 0.0


class _Fitting:
    def __init__(self, glasses: GlassesModel, head: FittedHead) -> None:
        self.glasses, self.head = glasses, head
        self.apexes = head.eyes_m + np.array([0, 0, head.eye_radius_m])
        low = self.apexes[:, 1].mean() - 0.09
        self.skin = Skin(head, low_m=low)
        points, own = glasses.points_m, glasses.part == FRONT
        high = np.mean([box.centre_m[1] + NOSE_HIGH * box.height_m for box in glasses.lenses])
        on_nose = own & ~glasses.lens & (np.abs(points[:, 0] - glasses.bridge_m[0]) < NOSE_M) & (points[:, 1] < high)
        middle = float(glasses.bridge_m[0])
        self.nose = {spacing: np.concatenate(_halves(points[on_nose], spacing, middle)) for spacing in (COARSE_M, FINE_M)}
        self.front = np.concatenate(_halves(points[own & ~on_nose], 0.004, middle))
        self.temples = _halves(points[~own], 0.0013, middle)

    def pose(self, at: _Place) -> Array:
        """Return head_from_glasses (4, 4)."""
        c, s, cr, sr = np.cos(at.tilt), np.sin(at.tilt), np.cos(at.roll), np.sin(at.roll)
        out = np.eye(4)
        out[:3, :3] = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ [[1, 0, 0], [0, c, -s], [0, s, c]]
        out[:3, 3] = np.array([at.x, at.y, at.z]) - out[:3, :3] @ self.glasses.bridge_m
        return out

    def down(self, at: _Place, spacing: float = COARSE_M) -> _Place:
        """Return the place, moved up or down until the front touches the nose."""
        near = _moved(self.pose(at), self.nose[spacing])
        y = 0.0
        for _ in range(15):
            distance, normals = self.skin.distance(near + np.array([0, y, 0]))
            # The height at which each point would touch, if its skin were a plane; where that is steep, points inside go up slowly.
            rise = np.where((normals[:, 1] > 0.05) | (distance < 0), -distance / np.maximum(normals[:, 1], 0.2), -np.inf)
            close = distance < max(distance.min(), 0) + 0.006
            step = float(np.clip(rise[close].max(initial=-0.004), -0.004, 0.004))
            step = float(np.clip(y + step, -MOST_CLIMB_M, MOST_CLIMB_M)) - y
            y += step
            if abs(step) < 2e-6:
                break
            if abs(step) < 1e-3:
                near = near[close]
        return _Place(x=at.x, y=at.y + y, z=at.z, tilt=at.tilt, roll=at.roll)

    def aside(self, at: _Place) -> float:
        """Return how far to the left both flanks of the nose would be as near."""
        points = _moved(self.pose(at), self.nose[COARSE_M])
        distance, normals = self.skin.distance(points)
        room = distance / np.maximum(np.abs(normals[:, 0]), FLANK)
        faces = [(normals[:, 0] * sign > FLANK) & ((points[:, 0] - at.x) * sign > 0) for sign in SIDES]
        right, left = (room[own].min(initial=0.01) for own in faces)
        return float(np.clip(right - left, -0.002, 0.002)) / 2

    def cost(self, at: _Place) -> float:
        """Return how far from habit a place is, and how far inside the skin anything."""
        pose = self.pose(at)
        vertex, pupils = self.eyes(pose)
        front, nose = (self.skin.distance(_moved(pose, points))[0].min() for points in (self.front, self.nose[COARSE_M]))
        inside = min(float(front) - CLEAR_M, float(nose), 0.0)
        return float(
            ((np.mean(vertex) - VERTEX_M) / VERTEX_SPREAD_M) ** 2
            + ((pupils[:, 1].mean() - PUPIL_UP_M) / PUPIL_SPREAD_M) ** 2
            + (inside / CLEAR_SPREAD_M) ** 2
        )

    def eyes(self, pose: Array) -> tuple[tuple[float, float], Array]:
        """Return vertex distances, and where pupils lie in their lenses."""
        inverse = pose[:3, :3].T
        eyes = (self.apexes - pose[:3, 3]) @ inverse.T
        ahead = inverse @ [0, 0, 1.0]
        vertex, places = [], []
        for eye, box in zip(eyes, self.glasses.lenses, strict=True):
            reach = (box.centre_m[2] - eye[2]) / ahead[2]
            vertex.append(float(reach))
            places.append((eye + reach * ahead)[:2] - box.centre_m[:2])
        return (vertex[0], vertex[1]), np.array(places)

    def along(self, at: _Place, steps_m: Array) -> _Place:
        """Return the best of some places, before or behind one, where the front touches the nose."""
        tried = [self.down(_Place(x=at.x, y=at.y, z=at.z + float(step), tilt=at.tilt, roll=at.roll)) for step in steps_m]
        return min(tried, key=self.cost)

    def opening(self, pose: Array) -> tuple[float, float]:
        """Return how far each temple turns outwards until it passes the head before the ear."""
        out = []
        for i, temple in enumerate(self.temples):
            angle = 0.0
            lever = np.maximum(self.glasses.hinges_m[i, 2] - temple[:, 2], 0.01)
            for _ in range(8):
                placed = _moved(pose, opened(temple, self.glasses, i, angle))
                before = self.beside(placed, i)
                distance, normals = self.skin.distance(placed[before])
                step = float(((TEMPLE_CLEAR_M - distance) / np.maximum(np.abs(normals[:, 0]), 0.3) / lever[before]).max(initial=-0.1))
                step = float(np.clip(angle + step, 0, MOST_OPENED_RAD)) - angle
                angle += step
                if abs(step) < 1e-5:
                    break
            out.append(angle)
        return out[0], out[1]

    def beside(self, points: Array, side: int) -> Array:
        """Return which points (N, 3) of a temple, in the head's frame, are before the ear; its end bends behind it, and is hidden."""
        out: Array = points[:, 2] > self.head.ear_roots_m[side, 2]
        return out

    def under(self, pose: Array, opening: tuple[float, float]) -> Array:
        """Return where the lower edge of each temple passes over the ear's root (2, 3), in the head's frame."""
        out = []
        for i, temple in enumerate(self.temples):
            placed = _moved(pose, opened(temple, self.glasses, i, opening[i]))
            reach = max(self.head.ear_roots_m[i, 2], float(placed[:, 2].min()) + 0.004)
            over = placed[np.abs(placed[:, 2] - reach) < 0.003]
            out.append(over[np.argmin(over[:, 1])])
        return np.array(out)

    def found(self) -> Seat:
        lens = np.mean([box.centre_m for box in self.glasses.lenses], axis=0) - self.glasses.bridge_m
        at = _Place(
            x=float(self.apexes[:, 0].mean()),
            y=float(self.apexes[:, 1].mean() - PUPIL_UP_M - lens[1]),
            z=float(self.apexes[:, 2].mean() + VERTEX_M - lens[2]),
        )
        for number in range(ROUNDS):
            for steps in _FIRST_M if number == 0 else (_NEXT_M,):
                at = self.along(at, steps)
            pose = self.pose(at)
            opening = self.opening(pose)
            under = self.under(pose, opening)
            lever = at.z - under[:, 2].mean()
            short = self.head.ear_roots_m[:, 1] - under[:, 1]
            tilt, roll = float(short.mean() / lever), float((short[1] - short[0]) / (under[1, 0] - under[0, 0]))
            aside = self.aside(at)
            leaning = float(np.clip(at.tilt + tilt, -MOST_TILT_RAD, MOST_TILT_RAD))
            at = _Place(x=at.x + aside, y=at.y, z=at.z, tilt=leaning, roll=at.roll + roll)
            if number > 0 and max(abs(tilt), abs(roll)) < LEAST_TILT_RAD and abs(aside) < 1e-4:
                break
        return self.measured(self.down(self.along(at, _NEXT_M), FINE_M))

    def measured(self, at: _Place) -> Seat:
        """Return the seat at a place, with what can be said of it."""
        glasses, pose = self.glasses, self.pose(at)
        opening = self.opening(pose)
        vertex, pupils = self.eyes(pose)
        nose = _moved(pose, self.nose[FINE_M])
        gaps = self.skin.distance(nose)[0]
        sides = [np.flatnonzero((nose[:, 0] - at.x) * sign > 0) for sign in SIDES]
        contacts = [nose[side[np.argmin(gaps[side])]] for side in sides]
        deepest = [self.skin.distance(_moved(pose, glasses.points_m[glasses.part == FRONT]))[0].min()]
        for i, part in enumerate((RIGHT, LEFT)):
            placed = _moved(pose, opened(glasses.points_m[glasses.part == part], glasses, i, opening[i]))
            before = self.beside(placed, i)
            deepest.append(self.skin.distance(placed[before])[0].min(initial=0))
        return Seat(
            head_from_glasses=pose,
            opened_rad=opening,
            tilt_rad=at.tilt,
            contacts_m=np.concatenate([contacts, self.under(pose, opening)]),
            vertex_m=vertex,
            pupils_m=pupils,
            gap_m=float(gaps.min()),
            penetration_m=max(0.0, -float(min(deepest))),
        )


def _moved(pose: Array, points: Array) -> Array:
    out: Array = points @ pose[:3, :3].T + pose[:3, 3]
    return out


def _halves(points: Array, spacing_m: float, middle: float) -> list[Array]:
    """Return the points of the right and the left half, one for each cell of a grid; each half is the other's image in the mirror."""
    left = points[points[:, 0] >= middle]
    cells = np.unique(np.floor(left / spacing_m).astype(np.int64), axis=0, return_index=True)[1]
    left = left[np.sort(cells)]
    return [left * [-1, 1, 1] + [2 * middle, 0, 0], left]

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
"""Lenses are worn 12 to 14 mm before the cornea (practice of opticians: American Board of Opticianry's course)."""
PUPIL_UP_M, PUPIL_SPREAD_M = 0.003, 0.004
"""Pupils are a little above the middle of the lens (practice)."""
CLEAR_M = 0.0005
"""How far rims and temples stay from the skin."""
NOSE_M = 0.022
"""As far aside of the middle as this, the front may rest on the nose."""
ROUNDS = 4


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
        How deep anything before the ears is inside of the skin.
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


class _Fitting:
    def __init__(self, glasses: GlassesModel, head: FittedHead) -> None:
        self.glasses, self.head = glasses, head
        self.skin = Skin(head.points_m, head.normals, ears=False)
        points, own = glasses.points_m, glasses.part == FRONT
        aside = np.abs(points[:, 0] - glasses.bridge_m[0])
        self.nose = _thinned(points[own & ~glasses.lens & (aside < NOSE_M)], 0.0007)
        self.front = _thinned(points[own], 0.003)
        self.temples = [points[glasses.part == part] for part in (RIGHT, LEFT)]
        self.apexes = head.eyes_m + np.array([0, 0, head.eye_radius_m])
        self.middle = float(head.eyes_m[:, 0].mean())

    def pose(self, y: float, z: float, tilt: float) -> Array:
        """Return head_from_glasses with the middle of the bridge at (middle, y, z)."""
        c, s = np.cos(tilt), np.sin(tilt)
        out = np.eye(4)
        out[:3, :3] = [[1, 0, 0], [0, c, -s], [0, s, c]]
        out[:3, 3] = np.array([self.middle, y, z]) - out[:3, :3] @ self.glasses.bridge_m
        return out

    def down(self, y: float, z: float, tilt: float) -> float:
        """Return the height of the bridge at which the front touches the nose, from a guess."""
        pose = self.pose(0, z, tilt)
        points = self.nose @ pose[:3, :3].T + pose[:3, 3]
        for _ in range(12):
            distance, normals = self.skin.distance(points + np.array([0, y, 0]))
            # The height at which each point would touch, if its skin were a plane; steep skin says nothing of heights.
            rise = np.where(np.abs(normals[:, 1]) > 0.05, -distance / np.maximum(normals[:, 1], 0.15), -np.inf)
            near = distance < distance.min() + 0.004
            step = float(np.clip(rise[near & (normals[:, 1] > 0)].max(initial=-0.003), -0.004, 0.004))
            y += step
            if abs(step) < 2e-6:
                break
        return y

    def cost(self, y: float, z: float, tilt: float) -> float:
        pose = self.pose(y, z, tilt)
        vertex, pupils = self.eyes(pose)
        inside = np.minimum(self.skin.distance(self.front @ pose[:3, :3].T + pose[:3, 3])[0] - CLEAR_M, 0).min()
        return float(
            ((np.mean(vertex) - VERTEX_M) / VERTEX_SPREAD_M) ** 2
            + ((pupils[:, 1].mean() - PUPIL_UP_M) / PUPIL_SPREAD_M) ** 2
            + (inside / 0.0002) ** 2
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

    def opening(self, pose: Array) -> tuple[float, float]:
        """Return how far each temple turns outwards until it passes the head before the ear."""
        out = []
        for i in range(2):
            angle = 0.0
            thin = _thinned(self.temples[i], 0.002)
            for _ in range(8):
                placed = opened(thin, self.glasses, i, angle) @ pose[:3, :3].T + pose[:3, 3]
                before = placed[:, 2] > self.head.ear_roots_m[i, 2]
                lever = np.maximum(self.glasses.hinges_m[i, 2] - thin[:, 2], 0.01)[before]
                distance, normals = self.skin.distance(placed[before])
                need = (CLEAR_M - distance) / np.maximum(np.abs(normals[:, 0]), 0.3) / lever
                # The ear's root itself: the temple's inner side passes outside of it.
                step = float(need.max())
                angle = max(0.0, angle + step)
                if abs(step) < 1e-5 or (angle == 0 and step < 0):
                    break
            out.append(angle)
        return out[0], out[1]

    def under(self, pose: Array, opening: tuple[float, float]) -> Array:
        """Return where the lower edge of each temple passes over the ear's root (2, 3), in the head's frame."""
        out = []
        for i in range(2):
            placed = opened(self.temples[i], self.glasses, i, opening[i]) @ pose[:3, :3].T + pose[:3, 3]
            reach = max(self.head.ear_roots_m[i, 2], float(placed[:, 2].min()) + 0.004)
            over = placed[np.abs(placed[:, 2] - reach) < 0.002]
            out.append(over[np.argmin(over[:, 1])])
        return np.array(out)

    def along(self, y: float, z: float, tilt: float) -> tuple[float, float]:
        """Return height and depth of the bridge that are the best of those where it touches the nose."""
        best = None
        centre = z
        for reach in (0.004, 0.0015, 0.0005):
            for at in centre + reach * np.array([-2, -1, 0, 1, 2]):
                found = self.down(y, at, tilt)
                cost = self.cost(found, at, tilt)
                if best is None or cost < best[0]:
                    best = (cost, found, at)
            assert best is not None
            _, y, centre = best
        return y, float(centre)

    def found(self) -> Seat:
        lens = np.mean([box.centre_m for box in self.glasses.lenses], axis=0) - self.glasses.bridge_m
        y = float(self.apexes[:, 1].mean() - PUPIL_UP_M - lens[1])
        z = float(self.apexes[:, 2].mean() + VERTEX_M - lens[2])
        tilt, opening = 0.0, (0.0, 0.0)
        for _ in range(ROUNDS):
            y, z = self.along(y, z, tilt)
            pose = self.pose(y, z, tilt)
            opening = self.opening(pose)
            under = self.under(pose, opening)
            lever = (z - under[:, 2]).mean()
            tilt += float((self.head.ear_roots_m[:, 1] - under[:, 1]).mean() / lever)
        y = self.down(y, z, tilt)
        pose = self.pose(y, z, tilt)
        vertex, pupils = self.eyes(pose)
        nose = self.nose @ pose[:3, :3].T + pose[:3, 3]
        gaps = self.skin.distance(nose)[0]
        touching = [np.flatnonzero((nose[:, 0] - self.middle) * sign > 0) for sign in SIDES]
        contacts = [nose[side[np.argmin(gaps[side])]] for side in touching]
        front = self.skin.distance(self.glasses.points_m[self.glasses.part == FRONT] @ pose[:3, :3].T + pose[:3, 3])[0]
        deep = [float(front.min())]
        for i in range(2):
            placed = opened(self.temples[i], self.glasses, i, opening[i]) @ pose[:3, :3].T + pose[:3, 3]
            before = placed[:, 2] > self.head.ear_roots_m[i, 2]
            deep.append(float(self.skin.distance(placed[before])[0].min(initial=0)))
        return Seat(
            head_from_glasses=pose,
            opened_rad=opening,
            tilt_rad=tilt,
            contacts_m=np.concatenate([contacts, self.under(pose, opening)]),
            vertex_m=vertex,
            pupils_m=pupils,
            gap_m=float(gaps.min()),
            penetration_m=max(0.0, -min(deep)),
        )


def _thinned(points: Array, spacing_m: float) -> Array:
    """Return one point of each cell of a grid."""
    cells = np.unique(np.floor(points / spacing_m).astype(np.int64), axis=0, return_index=True)[1]
    return points[np.sort(cells)]

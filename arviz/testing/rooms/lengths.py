"""Known lengths: pairs of points on the floor or on a wall that a view shows, as a user would click and measure them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.room import View
from arviz.testing.rooms.room import SyntheticRoom

_TRIES = 200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class KnownLength:
    """Two points on one plane.

    Parameters
    ----------
    plane : int
        Index in `SyntheticRoom.planes`.
    ends_m : ndarray (2, 3)
        In the world, exact.
    ends_px : ndarray (2, 2)
        Where the view shows them: the centres of two pixels, lens distortion included.
    length_m : float
    """

    plane: int
    ends_m: Array
    ends_px: Array
    length_m: float

    def __post_init__(self) -> None:
        set_fields(self, ends_m=readonly(self.ends_m, np.float64), ends_px=readonly(self.ends_px, np.float64))


def known_lengths(
    room: SyntheticRoom, view: View, *, rng: np.random.Generator, floor: int = 4, walls: int = 4, least_m: float = 0.5
) -> tuple[KnownLength, ...]:
    """Draw pairs of pixels that show the floor, and others that show the same wall; fewer where a view shows little of them.

    Parameters
    ----------
    floor, walls : int
        How many of each.
    least_m : float
        No pair is shorter.
    """
    labels = room.labels(view)
    upright = [i for i, plane in enumerate(room.planes) if plane.kind == "wall" and (labels == i).sum() > 0.02 * labels.size]
    out: list[KnownLength] = []
    for planes, count in (([0], floor), (upright, walls)):
        found: list[KnownLength] = []
        for _ in range(_TRIES if planes else 0):
            if len(found) == count:
                break
            plane = int(rng.choice(planes))
            rows, columns = np.nonzero(labels == plane)
            if len(rows) < 2:
                continue
            chosen = rng.choice(len(rows), 2, replace=False)
            pixels = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float64)
            ends = _on_plane(room, view, plane, pixels)
            length = float(np.linalg.norm(ends[1] - ends[0]))
            if length >= least_m:
                found.append(KnownLength(plane=plane, ends_m=ends, ends_px=pixels, length_m=length))
        out += found
    return tuple(out)


def _on_plane(room: SyntheticRoom, view: View, plane: int, pixels: Array) -> Array:
    pose = view.world_from_camera
    rays = view.camera.rays(pixels) @ pose[:3, :3].T
    normal = np.asarray(room.planes[plane].normal)
    distance = -(pose[:3, 3] @ normal + room.planes[plane].offset_m) / (rays @ normal)
    out: Array = pose[:3, 3] + rays * distance[:, None]
    return out

"""What is known of a synthetic room: types that add to those of `arviz.core.room` what only the maker can know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields, vector
from arviz.core.room import Plane

RoomKind = Literal["box", "l_shape", "sloped"]
Part = Literal["floor", "wall", "ceiling", "slope", "table", "box_top", "box_side", "door", "window", "beyond", "reveal", "other"]
Paint = Literal[
    "plain",
    "wall",
    "wallpaper",
    "boards",
    "tiles",
    "carpet",
    "rug",
    "wood",
    "door",
    "drawers",
    "books",
    "fabric",
    "ribs",
    "picture",
    "bitmap",
    "pane",
    "glow",
]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TruthPlane(Plane):
    """A plane known exactly: all sigmas are 0, the source is ``truth``, the outline ``complete``.

    `part` says what it is in more words than `kind`: ``slope`` (under a roof), ``box_top`` and ``box_side`` of furniture,
    ``door`` (a leaf), ``window`` (the pane), ``reveal`` (the narrow sides of an opening in its wall), ``beyond`` (what is
    seen through an open door). An outline leaves openings out of account. `finish` is an index in `SyntheticRoom.finishes`.
    """

    sigma_normal_rad: float = 0.0
    sigma_offset_m: float = 0.0
    source: str = "truth"
    part: Part
    finish: int = -1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Finish:
    """What a surface looks like: a procedural paint in the surface's own coordinates.

    Parameters
    ----------
    paint : str
    colour, accent : (3,) float
        Reflectance, linear Rec.709; the accent is that of joints, skirting boards, borders.
    origin_m, along, up : (3,) float
        A point p has the texture coordinates ((p - origin) . along, (p - origin) . up), in metres.
    size_m : (2,) float
        Of the surface, along and up.
    gloss : float
        Reflectance at normal incidence of a smooth coat over the paint, 0 for none.
    seed : int
        Of grain and stains.
    index : int
        Of the lamp for ``glow``, of the bitmap for ``bitmap``.
    """

    paint: Paint
    colour: tuple[float, ...] = (0.0, 0.0, 0.0)
    accent: tuple[float, ...] = (0.1, 0.1, 0.1)
    origin_m: tuple[float, ...] = (0.0, 0.0, 0.0)
    along: tuple[float, ...] = (1.0, 0.0, 0.0)
    up: tuple[float, ...] = (0.0, 1.0, 0.0)
    size_m: tuple[float, ...] = (1.0, 1.0)
    gloss: float = 0.0
    seed: int = 0
    index: int = -1

    def __post_init__(self) -> None:
        for name in ("colour", "accent", "origin_m", "along", "up"):
            set_fields(self, **{name: vector(getattr(self, name), 3)})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sheet:
    """Something flat that lies on a surface and covers its paint: a rug, a sheet of paper.

    `base` is the index of the finish that it lies on; its own `finish` starts at the sheet's corner.
    """

    base: int
    finish: Finish


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Daylight:
    """What is outside of the windows: radiances (linear Rec.709, in units of 1000 cd/m2) and maybe a sun.

    `to_sun` is None for a clouded sky; `sun_irradiance` is that of a surface that faces the sun.
    """

    zenith: tuple[float, ...]
    horizon: tuple[float, ...]
    ground: tuple[float, ...]
    to_sun: tuple[float, ...] | None = None
    sun_irradiance: tuple[float, ...] = (0.0, 0.0, 0.0)
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lamp:
    """A lamp that glows evenly: a ``globe`` around its position, or a ``panel``: a disc there, facing down.

    `radiance` is linear Rec.709 in units of 1000 cd/m2, that of all pictures of the room.
    """

    kind: Literal["globe", "panel"]
    position_m: tuple[float, ...]
    radius_m: float
    radiance: tuple[float, ...]

    def __post_init__(self) -> None:
        set_fields(self, position_m=vector(self.position_m, 3), radiance=vector(self.radiance, 3))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoomMesh:
    """All surfaces as triangles, counter-clockwise from where they are seen.

    Parameters
    ----------
    vertices_m : ndarray (V, 3) float64
    triangles : ndarray (T, 3) int64
    plane : ndarray (T,) int64
        Index of the truth plane, -1 on curved things.
    finish : ndarray (T,) int64
        Index in `SyntheticRoom.finishes`.
    """

    vertices_m: Array
    triangles: Array
    plane: Array
    finish: Array

    def __post_init__(self) -> None:
        for name in ("triangles", "plane", "finish"):
            set_fields(self, **{name: readonly(getattr(self, name), np.int64)})
        set_fields(self, vertices_m=readonly(self.vertices_m, np.float64))

    def normals(self) -> Array:
        """Return the unit normals (T, 3)."""
        a, b, c = (self.vertices_m[self.triangles[:, i]] for i in range(3))
        normal = np.cross(b - a, c - a)
        out: Array = normal / np.linalg.norm(normal, axis=1, keepdims=True)
        return out

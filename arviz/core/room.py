"""A measured room: `Plane`, `Opening`, `HeightGrid`, `RoomObject`, `Scale`, `LightEstimate`, `RoomSun`, `View`, `Room`.

World: right-handed, +Y up, metres where `Room.scale` is known (else in an arbitrary unit, and nobody may claim
millimetres). Rooms that arviz measures itself have their floor at y = 0, the origin below the first camera, and the
first camera looking about along -Z, so that a product's front (+Z) faces the viewer; captures that come with a world of
their own keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from arviz.core.above import InNotebook
from arviz.core.camera import Camera
from arviz.core.frozen import Array, readonly, set_fields, vector
from arviz.core.report import Finding

PlaneKind = Literal["floor", "wall", "ceiling", "table", "other"]
Extent = Literal["seen", "complete", "given"]
OpeningKind = Literal["door", "window", "passage"]
_HUGE = 1e12
"""No length, angle or time of a room comes near; squares of what is larger overflow far from the file that says it."""


def _finite(name: str, *values: float) -> None:
    numbers = np.asarray(values)
    if numbers.ndim != 1 or numbers.dtype.kind not in "fiub" or not (np.abs(numbers.astype(np.float64)) < _HUGE).all():
        raise ValueError(f"{name} must be finite, found {values}")


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is 0 to 1, found {value}")


def _text(*values: str) -> None:
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"names and sources are text, found {values}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plane:
    """A flat surface of a room: ``normal . x + offset_m = 0``.

    Parameters
    ----------
    kind : str
        ``table`` is any horizontal surface above the floor that things can stand on.
    normal : (3,) float
        Unit vector in the world, into the room (up for the floor).
    offset_m : float
    outline_m : ndarray (N, 3) float64
        Polygon on the plane, counter-clockwise for an eye that looks against `normal`; no rows where nothing is known.
    extent : str
        What the outline is: ``seen``: at least this much; ``complete``: bounded by other planes; ``given`` by the user.
    sigma_normal_rad : float
        Standard deviation of the normal's tilt, about each axis in the plane.
    sigma_offset_m : float
        Standard deviation along the normal at the middle of the outline.
    source : str
        What says so: ``depth``, ``photo``, ``given``, or the name of a capture format.
    confidence : float
        0 to 1: how sure it is that such a flat surface is there at all.

    **Convention** the floor at y = 0 has normal (0, 1, 0) and offset 0; a table top at y = 0.7 has offset -0.7.
    """

    kind: PlaneKind
    normal: tuple[float, ...]
    offset_m: float
    outline_m: Array = field(repr=False)
    extent: Extent = "seen"
    sigma_normal_rad: float
    sigma_offset_m: float
    source: str
    confidence: float = 1.0

    def __post_init__(self) -> None:
        normal = np.asarray(vector(self.normal, 3))
        outline = readonly(self.outline_m, np.float64)
        _text(self.source)
        _finite("a plane", *normal, self.offset_m, self.sigma_normal_rad, self.sigma_offset_m)
        _share("confidence", self.confidence)
        if self.kind not in get_args(PlaneKind) or self.extent not in get_args(Extent):
            raise ValueError(f"no plane is a {self.kind!r} with the extent {self.extent!r}")
        if abs(np.linalg.norm(normal) - 1) > 1e-6:
            raise ValueError("a plane's normal has the length 1")
        if outline.ndim != 2 or outline.shape[1] != 3 or not np.isfinite(outline).all():
            raise ValueError(f"an outline is finite (N, 3), found {outline.shape}")
        set_fields(self, normal=tuple(normal.tolist()), offset_m=float(self.offset_m), outline_m=outline)

    @property
    def area_m2(self) -> float:
        """Area of the outline (half the length of the sum of cross products)."""
        if len(self.outline_m) < 3:
            return 0.0
        corners = self.outline_m - self.outline_m[0]
        return float(np.linalg.norm(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)) / 2)

    def distance_m(self, points_m: Array) -> Array:
        """Return the signed distances (N,) of (N, 3) points, positive on the side of the room."""
        return np.asarray(np.asarray(points_m, np.float64) @ np.asarray(self.normal) + self.offset_m)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opening:
    """A door, a window or a passage in a wall.

    Parameters
    ----------
    wall : int or None
        Index in `Room.planes`.
    outline_m : ndarray (N, 3) float64
        Polygon on the wall.
    sigma_m : float
        Standard deviation of the position of its edges.
    """

    kind: OpeningKind
    wall: int | None
    outline_m: Array = field(repr=False)
    sigma_m: float
    source: str
    confidence: float = 1.0

    def __post_init__(self) -> None:
        outline = readonly(self.outline_m, np.float64)
        if outline.ndim != 2 or outline.shape[1] != 3 or len(outline) < 3 or not np.isfinite(outline).all():
            raise ValueError(f"an opening's outline is finite (N >= 3, 3), found {outline.shape}")
        _text(self.kind, self.source)
        _finite("sigma_m", self.sigma_m)
        _share("confidence", self.confidence)
        set_fields(self, outline_m=outline)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeightGrid:
    """What stands on the floor, cell by cell: heights above it.

    Parameters
    ----------
    origin_m : (2,) float
        World (x, z) of the corner of cell [0, 0] that has the least x and z.
    cell_m : float
    seen : ndarray (rows, columns) bool
        Whether anything is known of the cell; rows go along +z, columns along +x.
    bottom_m, top_m : ndarray (rows, columns) float32
        Lowest and highest part of what stands or hangs there; both 0 where the cell is free or not seen.
    sigma_m : float
        Standard deviation of where an obstacle's edge lies, in x and z.

    **Convention** cell [r, c] spans x from origin x + c cell_m, z from origin z + r cell_m. A table top at 0.7 m seen from
    above has bottom = 0.68 and top = 0.7; a sofa on the floor has bottom 0.
    """

    origin_m: tuple[float, ...]
    cell_m: float
    seen: Array = field(repr=False)
    bottom_m: Array = field(repr=False)
    top_m: Array = field(repr=False)
    sigma_m: float

    def __post_init__(self) -> None:
        seen = readonly(self.seen, bool)
        bottom, top = readonly(self.bottom_m, np.float32), readonly(self.top_m, np.float32)
        _finite("a height grid", *vector(self.origin_m, 2), self.cell_m, self.sigma_m)
        if seen.ndim != 2 or not seen.shape == bottom.shape == top.shape:
            raise ValueError(f"the planes of a height grid have one shape, found {seen.shape}, {bottom.shape}, {top.shape}")
        if not (np.isfinite(bottom).all() and np.isfinite(top).all() and (bottom <= top).all() and self.cell_m > 0):
            raise ValueError("heights are finite, and no bottom is above its top")
        set_fields(self, origin_m=vector(self.origin_m, 2), seen=seen, bottom_m=bottom, top_m=top)

    @property
    def occupied(self) -> Array:
        """(rows, columns) bool: where something stands or hangs."""
        return np.asarray(self.top_m > 0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoomObject:
    """A piece of furniture as a box that a capture names.

    Parameters
    ----------
    category : str
        ``sofa``, ``table``, ``refrigerator`` ...: the capture's word, lower case.
    world_from_box : ndarray (4, 4)
        The box is centred at its origin, +Y up, its front to +Z.
    size_m : (3,) float
        Along x, y, z of the box.
    """

    category: str
    world_from_box: Array
    size_m: tuple[float, ...]
    sigma_m: float
    source: str
    confidence: float = 1.0

    def __post_init__(self) -> None:
        pose = readonly(self.world_from_box, np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ValueError("a pose is a finite (4, 4) matrix")
        _text(self.category, self.source)
        _finite("a box", *vector(self.size_m, 3), self.sigma_m)
        _share("confidence", self.confidence)
        set_fields(self, world_from_box=pose, size_m=vector(self.size_m, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Why lengths of a room are metres, and how far all of them may be wrong together.

    `sigma` is relative: 0.01 means that every length may be 1 % too long or short, on top of its own sigma.
    """

    sigma: float
    source: str

    def __post_init__(self) -> None:
        _text(self.source)
        _finite("sigma", self.sigma)
        if self.sigma < 0:
            raise ValueError("a sigma is not negative")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LightEstimate:
    """The light in a room, as far as it can be told.

    Parameters
    ----------
    sh : ndarray (9, 3) float64
        Radiance from all around as real spherical harmonics in the order (0,0), (1,-1), (1,0), (1,1), (2,-2) ... (2,2)
        over world (x, y, z), linear Rec.709, scaled so that a white matte surface of normal n shows `irradiance(n)` / pi in
        the linear photo (Ramamoorthi & Hanrahan 2001, "An Efficient Representation for Irradiance Environment Maps").
    to_light : (3,) float or None
        Unit vector in the world to where most light comes from; None where no direction stands out.
    sigma_direction_rad : float
        Standard deviation of the angle between `to_light` and the truth; pi / 2 where nothing is known.
    directional_share : float
        Share of the light on a surface facing `to_light` that comes from there alone and casts a shadow.
    angular_radius_rad : float
        Half the angle under which the main light is seen: shadows are softer for a larger one.
    colour : (3,) float
        Linear Rec.709 of the light on a grey card, scaled to the luminance 1.
    source : str
        ``override``, ``device``, ``lamp``, ``window``, ``shadow``, ``shading`` or ``up``.
    """

    sh: Array = field(repr=False)
    to_light: tuple[float, ...] | None
    sigma_direction_rad: float
    directional_share: float
    angular_radius_rad: float
    colour: tuple[float, ...]
    source: str
    confidence: float

    def __post_init__(self) -> None:
        sh = readonly(self.sh, np.float64)
        if sh.shape != (9, 3) or not np.isfinite(sh).all():
            raise ValueError(f"spherical harmonics are finite (9, 3), found {sh.shape}")
        _text(self.source)
        _finite("a light", self.sigma_direction_rad, self.angular_radius_rad, *vector(self.colour, 3))
        _share("confidence", self.confidence)
        _share("directional_share", self.directional_share)
        set_fields(self, sh=sh, colour=vector(self.colour, 3))
        if self.to_light is not None:
            direction = np.asarray(vector(self.to_light, 3))
            if not np.isfinite(direction).all() or abs(np.linalg.norm(direction) - 1) > 1e-6:
                raise ValueError("the direction to the light is a unit vector")
            set_fields(self, to_light=tuple(direction.tolist()))

    def irradiance(self, normals: Array) -> Array:
        """Return (N, 3) linear RGB of the light that falls on surfaces of (N, 3) unit normals, never below 0."""
        bands = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], (1, 3, 5))  # Ramamoorthi & Hanrahan 2001, equation 8
        return np.asarray(np.maximum((sh_basis(normals) * bands) @ self.sh, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSun:
    """Where the sun was when a room's frames were taken, which are all of one time.

    Parameters
    ----------
    to_sun : (3,) float
        Unit vector in the world.
    sigma_rad : float
        Standard deviation of the angle between `to_sun` and the truth, other answers than this one too.
    share : float
        Of the probability, that the sun comes from this side as seen from above.
    """

    to_sun: tuple[float, ...]
    sigma_rad: float
    share: float

    def __post_init__(self) -> None:
        direction = np.asarray(vector(self.to_sun, 3))
        _finite("a sun", *direction, self.sigma_rad)
        _share("share", self.share)
        if abs(np.linalg.norm(direction) - 1) > 1e-6 or self.sigma_rad < 0:
            raise ValueError("the direction to the sun is a unit vector, its sigma not negative")
        set_fields(self, to_sun=tuple(direction.tolist()))


def sh_basis(directions: Array) -> Array:
    """Return (N, 9) real spherical harmonics of (N, 3) unit vectors (Ramamoorthi & Hanrahan 2001, equation 3)."""
    x, y, z = np.asarray(directions, np.float64).T
    rows = (
        np.full_like(x, 0.28209479),
        0.48860251 * y,
        0.48860251 * z,
        0.48860251 * x,
        1.09254843 * x * y,
        1.09254843 * y * z,
        0.31539157 * (3 * z * z - 1),
        1.09254843 * x * z,
        0.54627422 * (x * x - y * y),
    )
    return np.stack(rows, axis=1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class View:
    """Where a frame of the room was taken; no pixels.

    `name` is the file's name or empty; the sigmas are standard deviations of the camera's rotation about each axis and of
    its position along each.
    """

    camera: Camera
    world_from_camera: Array = field(repr=False)
    name: str = ""
    time_s: float = 0.0
    sigma_rotation_rad: float = 0.0
    sigma_position_m: float = 0.0

    def __post_init__(self) -> None:
        pose = readonly(self.world_from_camera, np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ValueError("a pose is a finite (4, 4) matrix")
        _text(self.name)
        _finite("a view", self.time_s, self.sigma_rotation_rad, self.sigma_position_m)
        set_fields(self, world_from_camera=pose)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Room(InNotebook):
    """What is known of a room; `scale` is None where its lengths are not metres.

    Parameters
    ----------
    planes : tuple of Plane
        The floor first, where there is one.
    openings, objects : tuples
    obstacles : HeightGrid or None
        None without a floor or without anything that measures heights.
    lighting, scale : LightEstimate, Scale; or None
    views : tuple of View
        The frames that it was measured from.
    findings : tuple of Finding
        What is doubtful, and how to do better.
    sun : RoomSun or None
        None where no frame shows sunlight, or where it comes from stays doubtful.
    """

    planes: tuple[Plane, ...] = ()
    openings: tuple[Opening, ...] = ()
    obstacles: HeightGrid | None = None
    objects: tuple[RoomObject, ...] = ()
    lighting: LightEstimate | None = None
    scale: Scale | None = None
    views: tuple[View, ...] = ()
    findings: tuple[Finding, ...] = ()
    sun: RoomSun | None = None

    def __post_init__(self) -> None:
        for name in ("planes", "openings", "objects", "views", "findings"):
            set_fields(self, **{name: tuple(getattr(self, name))})
        if any(opening.wall is not None and not 0 <= opening.wall < len(self.planes) for opening in self.openings):
            raise ValueError("an opening names a wall that is not there")

    def __repr__(self) -> str:
        kinds = [plane.kind for plane in self.planes] + [opening.kind for opening in self.openings]
        counts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
        return f"Room({', '.join([*counts, f'scale={self.scale}'])}, {len(self.views)} views, {len(self.findings)} findings)"

    @property
    def floor(self) -> Plane | None:
        """The largest floor."""
        return max(self.of_kind("floor"), key=lambda plane: plane.area_m2, default=None)

    def of_kind(self, kind: PlaneKind) -> tuple[Plane, ...]:
        """Return the planes of one kind."""
        return tuple(plane for plane in self.planes if plane.kind == kind)

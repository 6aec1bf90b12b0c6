"""`Site`: a measured room as a floor plan in which places are searched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.room import HeightGrid, Room, View
from arviz.place.floor.blocks import Block
from arviz.place.plan.zone import Zone


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Wall:
    """A wall as a line of the floor plan.

    Parameters
    ----------
    name : str
        ``"wall 2"``: its index in `Room.planes`.
    plane : int
    ends_m : ndarray (2, 2) float64
        Site (x, z), from left to right for one who looks at it from inside.
    normal : (2,) float
        Unit vector (x, z) into the room.
    sigma_m : float
        Standard deviation of its place, along the normal.
    top_m : float
        Height above the floor up to which it was seen.
    confidence : float
        0 to 1: how sure it is that there is a wall.
    """

    name: str
    plane: int
    ends_m: Array
    normal: tuple[float, float]
    sigma_m: float
    top_m: float = 2.5
    confidence: float = 1.0

    def __post_init__(self) -> None:
        set_fields(self, ends_m=readonly(self.ends_m, np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Door:
    """A door, a passage or a window, as a line of the floor plan.

    Parameters
    ----------
    name : str
        ``"door 1"``, ``"passage 3"``, ``"window 2"``: its index in `Room.openings`.
    opening : int
    wall : int or None
        Index in `Site.walls`.
    ends_m : ndarray (2, 2) float64
        Site (x, z).
    normal : (2,) float
        Into the room.
    bottom_m, top_m : float
        Heights above the floor.
    sigma_m : float
    """

    name: str
    kind: str
    opening: int
    wall: int | None
    ends_m: Array
    normal: tuple[float, float]
    bottom_m: float
    top_m: float
    sigma_m: float

    def __post_init__(self) -> None:
        set_fields(self, ends_m=readonly(self.ends_m, np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """A surface above the floor on which things can stand.

    Parameters
    ----------
    name : str
        ``"table 4"``: its index in `Room.planes`.
    plane : int
    outline_m : ndarray (N, 2) float64
        Site (x, z).
    height_m : float
        Above the floor.
    sigma_m : float
        Of the height; its edge has `Site.sigma_m`.
    """

    name: str
    plane: int
    outline_m: Array
    height_m: float
    sigma_m: float

    def __post_init__(self) -> None:
        set_fields(self, outline_m=readonly(self.outline_m, np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Site:
    """A floor plan: site frame, metres, +Y up, the floor at y = 0, x and z along the walls where most of them are square.

    Parameters
    ----------
    room : Room
        What it was made from.
    world_from_site : ndarray (4, 4) float64
        Rigid.
    outline_m : ndarray (N, 2) float64
        Simple polygon (x, z) of the floor between the walls.
    floor : int
        Index of the floor in `Room.planes`.
    walls : tuple of Wall
    doors : tuple of Door
        Openings that are walked or reached through; windows too.
    tables : tuple of Table
    blocks : tuple of Block
        What stands there and is known by name.
    grid : HeightGrid
        In the site frame: what stands there, cell by cell. Conservative: a cell is taken where anything reaches into it.
    inside : ndarray (rows, columns) bool
        Which cells of the grid lie wholly within `outline_m`.
    keep : tuple of Zone
        What doors, windows, radiators and appliances need free, in site (x, z).
    height_m : float or None
        Of the ceiling at its lowest, None where it is not known.
    sigma_m : float
        Standard deviation of where the edge of an obstacle lies.
    sigma_scale : float
        Relative, of all lengths together.
    obstacles_known : bool
        False where nothing says what stands in the room: only its floor and walls are known.
    view : View or None
        Where the photo was taken that is furnished: places that it shows are better.
    """

    room: Room
    world_from_site: Array
    outline_m: Array
    floor: int
    walls: tuple[Wall, ...]
    doors: tuple[Door, ...]
    tables: tuple[Table, ...]
    blocks: tuple[Block, ...]
    grid: HeightGrid
    inside: Array
    keep: tuple[Zone, ...]
    height_m: float | None
    sigma_m: float
    sigma_scale: float
    obstacles_known: bool = True
    view: View | None = None

    def __post_init__(self) -> None:
        set_fields(
            self,
            world_from_site=readonly(self.world_from_site, np.float64),
            outline_m=readonly(self.outline_m, np.float64),
            inside=readonly(self.inside, bool),
        )
        for name in ("walls", "doors", "tables", "blocks", "keep"):
            set_fields(self, **{name: tuple(getattr(self, name))})
        if self.inside.shape != self.grid.seen.shape:
            raise ValueError("inside belongs to the grid")

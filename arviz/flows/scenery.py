"""What is asked and told of a product in the photo of a room: plain values, for another process and a window that draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from arviz.core.frozen import Array
from arviz.core.placement import Arrangement, Support
from arviz.core.report import Finding
from arviz.flows.preview_shot import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """A photo and what is known of its room.

    Parameters
    ----------
    photo : path or None
        None: the first view of the room whose picture lies beside `room`.
    room : path or None
        A ``room.json``. None: the room is measured in the photo, as ``arviz room PHOTO`` does.
    camera : path or None
        Of `arviz.flows.frames.read_frames`, where there is no `room`.
    scale : str or None
        What lies in the photo and says how long a metre is, as ``arviz room --scale`` takes it, where there is no `room`.
    depth : path or None
        The photo's depth, of which `depth_scale` units are a metre, as `arviz.flows.frames.read_frames` takes them.
    """

    photo: Path | None = None
    room: Path | None = None
    camera: Path | None = None
    scale: str | None = None
    depth: Path | None = None
    depth_scale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a product stands: world (x, z) of its origin in metres, its turn about +Y from the front to +Z."""

    at_m: tuple[float, float]
    yaw_rad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A product at a spot of a scenery."""

    scenery: Scenery
    file: Path
    spot: Spot
    variant: str | None = None


WallSide = Literal["opposite", "left", "right", "behind"]


class WallLine(NamedTuple):
    """A wall on the floor plan, in the world."""

    plane: int
    ends_m: tuple[tuple[float, float], tuple[float, float]]
    """(x, z) from left to right for one who looks at it from inside."""
    normal: tuple[float, float]
    """Unit vector into the room."""
    side: WallSide
    """Where it is for one who looks as the photo does."""


class Known(NamedTuple):
    """What is known of a product and a room before anything is drawn."""

    scenery: Scenery
    file: Path
    outline_m: tuple[tuple[float, float], ...]
    """Convex hull of the product in the asset's (x, z)."""
    walls: tuple[WallLine, ...]
    gap_m: float
    """Air between what stands on the floor and the wall behind it; 0 for what hangs."""
    bounds_m: tuple[tuple[float, float], tuple[float, float]]
    """Least and greatest (x, z) of the floor, in the world."""
    best: tuple[Spot, ...]
    """The best places, best first; empty where the product fits nowhere."""
    start: Spot
    """The best place; where there is none, the middle of the floor."""
    why_not: str
    """Why it fits nowhere, in words."""
    findings: tuple[Finding, ...]


class Pictured(NamedTuple):
    """A furnished photo in a picture of the asked size, borders around it where the shapes differ."""

    seen: Seen
    """The camera is that of the whole picture, borders included."""
    spot: Spot
    world_from_asset: Array
    support: Support
    wall: int | None
    """Index in `Room.planes` of the wall that it hangs on."""
    lowest_m: float
    """The asset's y of its lowest point."""
    corners_m: Array
    """(8, 3) of the product's box, in the world."""


class Facts(NamedTuple):
    """What a spot means: clearances, rules, ways, each with its uncertainty."""

    wish: Wish
    arrangement: Arrangement
    level_m: float
    """World y of the product's lowest point, on which its clearances are drawn."""

"""What the window shows, as one value: a command makes a new one of it, and so each can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arviz.core.recipe import Recipe
from arviz.flows.preview_shot import Shot, Touched
from arviz.flows.scenery import Scenery, Spot

Tool = Literal["orbit", "ruler"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InRoom:
    """The product in the photo of a room.

    Parameters
    ----------
    scenery : Scenery
        Which photo, and what is known of the room.
    spot : Spot or None
        Where somebody put the product; None: where it stands best.
    snapping : bool
        Whether walls draw to them what comes near.
    shown : bool
        Whether the room is shown; else the product alone is.
    """

    scenery: Scenery
    spot: Spot | None = None
    snapping: bool = True
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOn:
    """Somebody who tries a recipe on.

    Parameters
    ----------
    source : path, int or None
        A portrait, a film, or the number of a webcam; None before one is chosen.
    recipe : Recipe or None
        What is tried on; its files are relative to `folder`.
    folder : path
    worn : bool
        Whether it is put on.
    layer : int
        Index of the layer of make-up that is changed.
    shown : bool
        Whether the try-on is shown; else the product is.
    """

    source: Path | int | None = None
    recipe: Recipe | None = None
    folder: Path = Path()
    worn: bool = True
    layer: int = 0
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is shown; plain values only.

    Parameters
    ----------
    files : tuple of path
        The products that are open.
    shot : Shot or None
        The one of them that is looked at, and how; None before one is open.
    tool : str
        What a press of the left button on the product does.
    dimensions : bool
        Whether width, height and depth are drawn on the product.
    playing : bool
        Whether the animation plays.
    listed_m : tuple of (path, (x, y, z))
        The sizes that somebody has typed, as listings say them.
    ruler : tuple of Touched
        Up to two points on the product; the distance between them is shown.
    room : InRoom or None
        The room that it is put into; None before one is open.
    try_on : TryOn or None
        Who tries a recipe on; None before a portrait, a webcam or a recipe is open.
    checking : bool
        Whether the report of checks is shown.
    profile : str
        Of the platform whose rules are checked.
    """

    files: tuple[Path, ...] = ()
    shot: Shot | None = None
    tool: Tool = "orbit"
    dimensions: bool = False
    playing: bool = False
    listed_m: tuple[tuple[Path, tuple[float, float, float]], ...] = ()
    ruler: tuple[Touched, ...] = ()
    room: InRoom | None = None
    try_on: TryOn | None = None
    checking: bool = False
    profile: str = "khronos-mobile-ar"

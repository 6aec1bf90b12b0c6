"""What the window shows, as one value: a command makes a new one of it, and so each can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arviz.flows.preview import Shot, Touched

Tool = Literal["orbit", "ruler"]


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
    ruler : tuple of Touched
        Up to two points on the product; the distance between them is shown.
    """

    files: tuple[Path, ...] = ()
    shot: Shot | None = None
    tool: Tool = "orbit"
    dimensions: bool = False
    ruler: tuple[Touched, ...] = ()

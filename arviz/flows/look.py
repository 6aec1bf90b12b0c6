"""What is asked and told of a recipe on a face: plain values, for another process and a window that draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from arviz.core.recipe import Recipe
from arviz.flows.preview_shot import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A recipe on whoever is before a camera.

    Parameters
    ----------
    source : path or int
        A portrait, a film, or the number of a webcam.
    recipe : Recipe or None
    folder : path
        What the files that the recipe names are relative to.
    worn : bool
        Whether the recipe is put on; else the picture is shown as it is.
    """

    source: Path | int
    recipe: Recipe | None = None
    folder: Path = Path()
    worn: bool = True


class Tried(NamedTuple):
    """A picture of the asked size, borders around it; the facts of each face, as ``arviz.tryon.report/1`` tells them."""

    look: Look
    seen: Seen
    faces: tuple[dict[str, Any], ...]
    live: bool
    """Whether another picture may come: of a webcam, or of a film that has not ended."""

"""Figures for scale: people and animals of known height that stand beside a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.placement import Arrangement
from arviz.core.resources import resource
from arviz.core.scene import Item
from arviz.flows.room_photo import share_shown
from arviz.formats.read import read
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.product.furniture_of import furniture_of
from arviz.place.rules import Rules
from arviz.place.single.search import search

_ALSO = {"adult": "woman"}
"""Other words for a figure."""
_PLACES = 40
"""Places that are looked at for each figure."""


def figure_names() -> tuple[str, ...]:
    """Return the figures that ship with arviz."""
    return tuple(sorted(path.stem for path in resource("assets", "figures").glob("*.glb")))


def figure(name: str) -> Asset:
    """Return a figure, metres, feet on y = 0, facing +Z.

    Raises
    ------
    InputError
        ``E_FIGURE``: there is none of this name.
    """
    known = _ALSO.get(name, name)
    if known not in figure_names():
        raise InputError("E_FIGURE", "there is no such figure", expected=", ".join((*_ALSO, *figure_names())), found=repr(name))
    return read(resource("assets", "figures", f"{known}.glb"))


def figures_beside(
    site: Site, furniture: Sequence[Furniture], arrangement: Arrangement, names: Sequence[str], *, view: Frame | None, rules: Rules
) -> list[Item]:
    """Return figures on the free floor, as near to the products as there is room, in the photo where it shows such a place."""
    standing = list(zip(furniture, arrangement.placements, strict=True))
    middle = np.mean([placement.world_from_asset[[0, 2], 3] for placement in arrangement.placements], axis=0)
    items = []
    for name in names:
        asset = figure(name)
        piece = furniture_of(asset, name=name, rules=rules, kind="furniture", support="floor")
        places = search(site, piece, rules=rules, fixed=standing, best=_PLACES)
        if not places:
            continue
        seen = [place for place in places if view is None or share_shown(place, view, height_m=piece.size_m[1]) == 1]
        nearest = min(seen or places, key=lambda place: float(np.hypot(*(place.world_from_asset[[0, 2], 3] - middle))))
        standing.append((piece, nearest))
        items.append(Item(asset=asset, world_from_asset=nearest.world_from_asset))
    return items

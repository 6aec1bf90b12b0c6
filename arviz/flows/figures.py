"""Figures for scale: people and animals of known height that stand beside a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.placement import Arrangement, Placement
from arviz.core.resources import resource
from arviz.core.scene import Item
from arviz.formats.read import read
from arviz.place.furniture import Furniture
from arviz.place.furniture_of import furniture_of
from arviz.place.rules import Rules
from arviz.place.search import search
from arviz.place.site import Site

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
        seen = [place for place in places if view is None or _in_picture(place, piece, view)]
        nearest = min(seen or places, key=lambda place: float(np.hypot(*(place.world_from_asset[[0, 2], 3] - middle))))
        standing.append((piece, nearest))
        items.append(Item(asset=asset, world_from_asset=nearest.world_from_asset))
    return items


def _in_picture(place: Placement, piece: Furniture, view: Frame) -> bool:
    """Tell whether a photo shows both ends of a figure."""
    assert view.world_from_camera is not None
    foot = place.world_from_asset[:3, 3]
    ends = foot + np.array([[0, 0, 0], [0, piece.size_m[1], 0]])
    local = (ends - view.world_from_camera[:3, 3]) @ view.world_from_camera[:3, :3]
    if (local[:, 2] < 0.3).any():
        return False
    pixels = view.camera.project_distorted(local)
    return bool((pixels >= 0).all() and (pixels <= [view.camera.width_px - 1, view.camera.height_px - 1]).all())

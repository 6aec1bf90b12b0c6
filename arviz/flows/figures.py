"""Figures for scale: people and animals of known height that stand beside a product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.placement import Arrangement, Placement
from arviz.core.report import Finding
from arviz.core.resources import resource
from arviz.core.room import Room
from arviz.core.scene import Item, Lighting, Scene
from arviz.flows.room_photo import depth_before
from arviz.formats.read import read
from arviz.place.floor.site import Site
from arviz.place.product.furniture import Furniture
from arviz.place.product.furniture_of import furniture_of
from arviz.place.rules import Rules
from arviz.place.single.search import search
from arviz.render.environment import load_environment
from arviz.render.renderer import RENDERERS, Renderer, RenderOptions

_ALSO = {"adult": "woman"}
"""Other words for a figure."""
_PLACES = 40
"""Places that are looked at for each figure."""
_POINTS = 400
"""Points of a figure that are looked at."""
_BEFORE_M = 0.05
"""What is nearer to the camera than a point by more than this hides it."""
_WELL_SHOWN, _HARDLY_SHOWN = 0.9, 0.5
_COVERED = 0.1
"""A figure covers no more of the products' pixels than this, where it can."""


def figure_names() -> tuple[str, ...]:
    """Return the figures that ship with arviz."""
    return tuple(sorted(path.stem for path in resource("assets", "figures").glob("*.glb")))


def check_figures(names: Sequence[str]) -> None:
    """Raise InputError ``E_FIGURE`` where there is no figure of a name."""
    for name in names:
        if _ALSO.get(name, name) not in figure_names():
            raise InputError("E_FIGURE", "there is no such figure", expected=", ".join((*_ALSO, *figure_names())), found=repr(name))


def figure(name: str) -> Asset:
    """Return a figure, metres, feet on y = 0, facing +Z.

    Raises
    ------
    InputError
        ``E_FIGURE``: there is none of this name.
    """
    check_figures([name])
    return read(resource("assets", "figures", f"{_ALSO.get(name, name)}.glb"))


def figures_beside(
    site: Site,
    furniture: Sequence[Furniture],
    arrangement: Arrangement,
    names: Sequence[str],
    *,
    view: Frame | None,
    standing: Sequence[Item],
    rules: Rules,
) -> tuple[list[Item], tuple[Finding, ...]]:
    """Return figures on the free floor, as near to the products as there is room, and what could not be done.

    With a photo they stand where it shows them, and where they hide little of the products, if there is such a place.

    Parameters
    ----------
    view : Frame or None
        The photo, with its place in the room.
    standing : sequence of Item
        The products in their places.
    """
    assets = [figure(name) for name in names]
    bodies = list(zip(furniture, arrangement.placements, strict=True))
    middle = np.mean([placement.world_from_asset[[0, 2], 3] for placement in arrangement.placements], axis=0)
    items: list[Item] = []
    findings: list[Finding] = []
    for name, asset in zip(names, assets, strict=True):
        piece = furniture_of(asset, name=name, rules=rules, kind="furniture", support="floor")
        places = search(site, piece, rules=rules, fixed=bodies, best=_PLACES)
        if not places:
            findings.append(
                Finding(code="W_FIGURE_NO_PLACE", severity="warning", message=f"there is no free floor for the figure {name}", where=name)
            )
            continue
        near = sorted(places, key=lambda place: float(np.hypot(*(place.world_from_asset[[0, 2], 3] - middle))))
        chosen = near[0]
        if view is not None:
            chosen, shown = _best_seen(asset, near, _seen(view, site.room, [*standing, *items]))
            if shown < _HARDLY_SHOWN:
                findings.append(
                    Finding(
                        code="W_FIGURE_HIDDEN",
                        severity="warning",
                        message=f"the photo shows only {shown:.0%} of the figure {name} where there is room for it",
                        where=name,
                        hint="Choose a place with --at that leaves floor free in the photo.",
                    )
                )
        bodies.append((piece, chosen))
        items.append(Item(asset=asset, world_from_asset=chosen.world_from_asset))
    return items, tuple(findings)


class _Seen(NamedTuple):
    """What a photo shows: depth (H, W) of the nearest of room and products, and of the products alone where they are seen, else +inf."""

    view: Frame
    depth_m: Array
    products_m: Array


def _seen(view: Frame, room: Room, items: Sequence[Item]) -> _Seen:
    with RENDERERS.get("gl")() as renderer:
        before = depth_before(view, room, renderer)
        products = _depth(view, items, renderer)
    return _Seen(view, np.minimum(before, products), np.where(products < before + _BEFORE_M, products, np.inf))


def _depth(view: Frame, items: Sequence[Item], renderer: Renderer) -> Array:
    assert view.world_from_camera is not None
    scene = Scene(items=tuple(items), lighting=Lighting(environment=load_environment("studio")))
    options = RenderOptions(samples=1, colour=False)
    layer = renderer.render(scene, view.camera, world_from_camera=view.world_from_camera, options=options)
    assert layer.depth_m is not None
    return layer.depth_m


def _best_seen(asset: Asset, places: Sequence[Placement], seen: _Seen) -> tuple[Placement, float]:
    """Return the first place that is well shown and hides little of the products, else the best of both; and the share that is shown."""
    points = np.concatenate([piece.used_positions for piece in drawn(asset)])
    points = points[np.linspace(0, len(points) - 1, min(_POINTS, len(points))).astype(int)]
    found = [_shown(points, place, seen) for place in places]
    well = [index for index, (shown, covered) in enumerate(found) if shown >= _WELL_SHOWN and covered <= _COVERED]
    best = well[0] if well else max(range(len(places)), key=lambda index: found[index][0] - found[index][1])
    return places[best], found[best][0]


def _shown(points_m: Array, place: Placement, seen: _Seen) -> tuple[float, float]:
    """Return which share of a figure's points (N, 3) a photo shows, and which share of the products' pixels it hides."""
    import cv2

    pose, camera = place.world_from_asset, seen.view.world_from_camera
    assert camera is not None
    local = (points_m @ pose[:3, :3].T + pose[:3, 3] - camera[:3, 3]) @ camera[:3, :3]
    if local[:, 2].min() < 2 * _BEFORE_M:
        return 0.0, 1.0
    height, width = seen.depth_m.shape
    pixels = np.clip(np.round(seen.view.camera.project_distorted(local)), -width, 2 * width).astype(np.int32)
    inside = ((pixels >= 0) & (pixels < (width, height))).all(axis=1)
    column, row = np.clip(pixels.T, 0, [[width - 1], [height - 1]])
    shown = inside & (local[:, 2] < seen.depth_m[row, column] + _BEFORE_M)
    shape = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), cv2.convexHull(pixels), 1) > 0
    products = np.isfinite(seen.products_m)
    covered = shape & products & (seen.products_m > np.median(local[:, 2]))
    return float(shown.mean()), float(covered.sum() / max(products.sum(), 1))

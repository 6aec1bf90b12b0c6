"""Poses that are worth a close look: the best free cells of the raster, and what fits only between its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.place.floor.site import Site
from arviz.place.plan.kernels import Kernel, kernel, met, paint, share, united
from arviz.place.plan.pose import on_plan
from arviz.place.single.exact import Layer, Surroundings, free_space
from arviz.place.single.scoring import Taste, score, terms

_SAME_YAW_RAD = np.radians(0.5)
_NEAR_CELLS = 2.5
"""Where a part that is smaller by so much on all sides meets something near the middle of a cell, no place is near."""
_TURNS = 16


class Pose(NamedTuple):
    """A place in the site: (x, z) of the product's origin, and its yaw."""

    at_m: Array
    yaw_rad: float


def site_yaw(site: Site) -> float:
    """Return by how much the site is turned in the world."""
    return float(np.arctan2(site.world_from_site[0, 2], site.world_from_site[2, 2]))


def yaws_along_walls(site: Site, *, wall: int | None = None) -> list[float]:
    """Return yaws in the site with the back to each wall, and square to the site; `wall` is the only one, by its plane."""
    walls = [own for own in site.walls if wall is None or own.plane == wall]
    square = [0.0, np.pi / 2, np.pi, -np.pi / 2] if wall is None else []
    return _different([*square, *(float(np.arctan2(*own.normal)) for own in walls)], ())


def yaws_askew(known: Sequence[float]) -> list[float]:
    """Return yaws in even steps all around, without the known ones."""
    return _different([float(turn) * 2 * np.pi / _TURNS for turn in range(_TURNS)], known)


def _different(wanted: Iterable[float], known: Sequence[float]) -> list[float]:
    out: list[float] = []
    for yaw in wanted:
        if all(abs(np.angle(np.exp(1j * (yaw - other)))) > _SAME_YAW_RAD for other in (*known, *out)):
            out.append(yaw)
    return out


def on_raster(around: Surroundings, likes: Taste, yaws: Iterable[float], *, count: int) -> list[Pose]:
    """Return free places: the best cell of each yaw, then the best that is not near it, and so on; the best of all first."""
    grid = around.site.grid
    apart = float(np.ptp(around.furniture.outline_m, axis=0).min())
    chosen = []
    for yaw in yaws:
        rows, columns = np.nonzero(free_cells(around, likes, yaw_rad=yaw))
        if not len(rows):
            continue
        places = np.asarray(grid.origin_m) + (np.stack([columns, rows], axis=1) + 0.5) * grid.cell_m
        off = {name: better_off(around, likes, name, yaw_rad=yaw)[rows, columns] for name, each in around.better_off.items() if each}
        values = score(terms(likes, places, yaw_rad=yaw) | off)
        offset = on_plan(likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw)
        for _ in range(count):
            index = int(np.argmax(values))
            if not np.isfinite(values[index]):
                break
            chosen.append((float(values[index]), Pose(places[index] - offset, yaw)))
            values[np.abs(places - places[index]).max(axis=1) < apart] = -np.inf
    chosen.sort(key=lambda each: -each[0])
    return [pose for _, pose in chosen[:count]]


def better_off(around: Surroundings, likes: Taste, name: str, *, yaw_rad: float) -> Array:
    """Return (rows, columns) which share of what had better not be covered, one of `Surroundings.better_off`, is not."""
    cell = around.site.grid.cell_m
    covered = []
    for outlines, mask in around.better_off[name]:
        turned = [on_plan(outline - likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw_rad) for outline in outlines]
        covered.append(share(mask, united([kernel(outline, cell_m=cell) for outline in turned])))
    out: Array = 1 - np.mean(covered, axis=0)
    return out


def between_cells(around: Surroundings, likes: Taste, yaws: Iterable[float]) -> Iterable[Pose]:
    """Yield places that are too tight for the raster: the middle of each area where the product can be."""
    import shapely

    grid = around.site.grid
    masks = {id(layer): drawn(around, layer) for _, layer in around.hard}
    for yaw in yaws:
        taken = _met(around, likes, masks, yaw_rad=yaw, less_cells=_NEAR_CELLS)
        rows, columns = np.nonzero(~taken)
        if not len(rows):
            continue
        offset = on_plan(likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw)
        ends = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
        near = np.asarray(grid.origin_m) + ends * grid.cell_m - offset
        for area in shapely.get_parts(free_space(around, yaw_rad=yaw, near_m=near)):
            if area.geom_type == "Polygon" and not area.is_empty:
                middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(area))[0]
                yield Pose(middle, yaw)


def free_cells(around: Surroundings, likes: Taste, *, yaw_rad: float) -> Array:
    """Return (rows, columns) bool: in the middles of which cells of the site's grid the middle of the product can be."""
    return ~_met(around, likes, {id(layer): layer.taken for _, layer in around.hard}, yaw_rad=yaw_rad, less_cells=0.0)


def _met(around: Surroundings, likes: Taste, masks: Mapping[int, Array], *, yaw_rad: float, less_cells: float) -> Array:
    """Return where the hard parts of a product meet the masks of their layers; parts before equal masks are one kernel."""
    cell, within = around.site.grid.cell_m, _bounds(around.inside)
    laid: dict[bytes, list[Kernel | None]] = {}
    equal: dict[bytes, Array] = {}
    for part, layer in around.hard:
        outline = on_plan(part.outline_m - likes.middle_m, at_m=np.zeros(2), yaw_rad=yaw_rad)
        mask = masks[id(layer)][within]
        key = mask.tobytes()
        equal[key] = mask
        laid.setdefault(key, []).append(kernel(outline, cell_m=cell, less_cells=less_cells))
    taken = np.ones(around.inside.shape, bool)
    taken[within] = False
    for key, kernels in laid.items():
        taken[within] |= met(equal[key], united(kernels))
    return taken


def _bounds(mask: Array) -> tuple[slice, slice]:
    """Return the rows and columns of a mask that hold anything: all beyond is taken."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def drawn(around: Surroundings, layer: Layer) -> Array:
    """Return (rows, columns) bool: the cells of what a layer holds, half a cell off at most; what is outside is taken."""
    import cv2

    grid, bits = around.site.grid, 8
    mask = np.zeros(grid.seen.shape, np.uint8)
    middles = (layer.corners_m[: len(layer.pieces)] - np.asarray(grid.origin_m)) / grid.cell_m - 0.5
    for corners in np.round(middles * 2**bits).astype(np.int32):
        cv2.fillConvexPoly(mask, corners, 1, shift=bits)
    return (mask > 0) | ~around.inside


def terms_at(around: Surroundings, likes: Taste, *, at_m: Array, yaw_rad: float) -> dict[str, Array]:
    """Return what speaks for one place, as `arviz.place.single.scoring.terms`, its zones included."""
    grid = around.site.grid
    middle = on_plan(likes.middle_m, at_m=at_m, yaw_rad=yaw_rad)
    found = terms(likes, middle[None], yaw_rad=yaw_rad)
    for name, coverings in around.better_off.items():
        covered = []
        for outlines, mask in coverings:
            cells = np.zeros(mask.shape, bool)
            for outline in outlines:
                paint(cells, on_plan(outline, at_m=at_m, yaw_rad=yaw_rad), origin_m=grid.origin_m, cell_m=grid.cell_m)
            covered.append(float(mask[cells].mean()) if cells.any() else 1.0)
        if covered:
            found[name] = np.array([1 - np.mean(covered)])
    return found

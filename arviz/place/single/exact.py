"""What a product must not meet in a site, exactly: polygons at heights; and the same on the raster of the site.

`surroundings` collects once per search what there is; `meets` says what a pose meets, `free_space` all poses of one yaw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.placement import Placement
from arviz.place.floor.shown import unshown_cells
from arviz.place.floor.site import Site
from arviz.place.plan.contact import padded
from arviz.place.plan.convex import convex_pieces
from arviz.place.plan.kernels import paint
from arviz.place.plan.pose import on_plan
from arviz.place.plan.raster import Raster, cells_within
from arviz.place.product.furniture import Furniture
from arviz.place.single.obstacles import solids_of
from arviz.place.single.pieces import OUTSIDE, Part, Piece, kept_free, measured, parts_of, standing_there, unseen, unseen_cells

Covering = tuple[tuple[Array, ...], Array]
"""Outlines, and cells that they had better not cover."""
_CONTACT = 1e-6
"""Share by which polygons shrink before they are compared: touching is not meeting."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What parts between two heights must not meet.

    Parameters
    ----------
    taken : ndarray (rows, columns) bool
        Cells of the site's grid that something reaches into.
    pieces : tuple of Piece
    bounds : tuple of Piece
        The pieces, and the edges of what the product does not leave.
    corners_m : ndarray (N, K, 2) float64
        Of the bounds, as from `padded`.
    tree : shapely.STRtree
        Of the pieces' polygons.
    """

    taken: Array
    pieces: tuple[Piece, ...]
    bounds: tuple[Piece, ...]
    corners_m: Array
    tree: Any


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A site as one product meets it.

    Parameters
    ----------
    site : Site
    furniture : Furniture
    parts : tuple of (Part, Layer)
        The product's body and its zones, asset (x, z), and what they must not meet; equal layers are the same object.
    outline_m : ndarray (N, 2) float64
        What the product does not leave: site (x, z) of the floor or of a table.
    inside : ndarray (rows, columns) bool
        Which cells of the site's grid lie wholly within it.
    edges : tuple of Piece
        Its edges, by the names of the walls that they lie on.
    beyond : str
        What a product that leaves the outline is said to meet.
    floor : shapely.Polygon
        The same, prepared.
    better_off : mapping of str to tuple of (tuple of ndarray (N, 2), ndarray (rows, columns) bool)
        Convex outlines in the asset's (x, z), and cells that they had better not cover, by what that is counted as: ``zones``, soft
        ones of both sides, and ``shown``, what the photo does not show.
    """

    site: Site
    furniture: Furniture
    parts: tuple[tuple[Part, Layer], ...]
    outline_m: Array
    inside: Array
    edges: tuple[Piece, ...]
    beyond: str
    floor: Any
    better_off: Mapping[str, tuple[Covering, ...]]

    @property
    def body(self) -> tuple[tuple[Part, Layer], ...]:
        """What the product itself is."""
        return tuple((part, layer) for part, layer in self.parts if part.zone is None)

    @property
    def hard(self) -> tuple[tuple[Part, Layer], ...]:
        """The parts that must be free, the body first."""
        return tuple((part, layer) for part, layer in self.parts if part.zone is None or part.zone.hard)

    @property
    def soft(self) -> tuple[tuple[Part, Layer], ...]:
        """The zones that had better be free."""
        return tuple((part, layer) for part, layer in self.parts if part.zone is not None and not part.zone.hard)


class Meeting(NamedTuple):
    """A part of a product, and what it meets."""

    part: Part
    what: str


def surroundings(
    site: Site,
    furniture: Furniture,
    *,
    fixed: Sequence[tuple[Furniture, Placement]] = (),
    height_m: float = 0.0,
    within_m: Array | None = None,
    beyond: str = OUTSIDE,
) -> Surroundings:
    """Return what a product must not meet: the site's obstacles, zones and unseen floor, and other products with theirs.

    `height_m` is that of what it stands on, `within_m` (N, 2) the outline that it does not leave (the floor's, if None),
    `beyond` what its edge is called.
    """
    import shapely

    outline = site.outline_m if within_m is None else np.asarray(within_m)
    (x, z), (rows, columns) = site.grid.origin_m, site.inside.shape
    inside = site.inside if within_m is None else cells_within(outline, Raster(x, z, site.grid.cell_m, rows, columns))
    ends = np.stack([outline, np.roll(outline, -1, axis=0)], axis=1)
    edges = tuple(_edge(site, edge) if within_m is None else Piece(beyond, edge, site.sigma_m) for edge in ends)
    solids = solids_of(site)
    hidden = unseen(site)
    layers: dict[tuple[float, float, str], Layer] = {}
    parts = []
    for part in parts_of(furniture, height_m=height_m):
        role = "body" if part.zone is None else "zone" if part.zone.hard else "wish"
        key = (part.bottom_m, part.top_m, role if part.zone is None else part.zone.name)
        if key not in layers:
            pieces = measured(site, solids, bottom_m=part.bottom_m, top_m=part.top_m)
            if role != "wish":
                pieces += hidden
            others = list(standing_there(site, fixed, furniture, part))
            if role == "body":
                others += kept_free(site, furniture, part)
            layers[key] = _layer(site, part, pieces, others, edges, inside, trusting=role == "wish")
        parts.append((part, layers[key]))
    floor = shapely.Polygon(outline)
    shapely.prepare(floor)
    wishes: dict[int, tuple[list[Array], Array]] = {}
    for part, layer in parts:
        if part.zone is not None and not part.zone.hard:
            wishes.setdefault(id(part.zone), ([], layer.taken))[0].append(part.outline_m)
    soft = tuple((tuple(outlines), mask) for outlines, mask in wishes.values())
    low = min((part.bottom_m for part, _ in parts if part.zone is None), default=0.0)
    high = max((part.top_m for part, _ in parts if part.zone is None), default=0.0)
    better_off = {"zones": soft + _better_kept(site, furniture, low, high), "shown": _unshown(site, furniture, low, high)}
    return Surroundings(site, furniture, tuple(parts), outline, inside, edges, beyond, floor, better_off)


def _unshown(site: Site, furniture: Furniture, low: float, high: float) -> tuple[Covering, ...]:
    """Return the product's outline and the cells that the photo does not show, as high as its lowest and as its highest point."""
    if site.view is None:
        return ()
    return tuple(((furniture.outline_m,), unshown_cells(site, site.view, height_m=height)) for height in (low, high))


def _better_kept(site: Site, furniture: Furniture, low: float, high: float) -> tuple[Covering, ...]:
    """Return the product's outline and the cells of the site's soft zones at its heights; nothing where there are none."""
    mask = np.zeros(site.grid.seen.shape, bool)
    for zone in site.keep:
        if not zone.hard and zone.bottom_m < high and zone.top_m > low:
            for piece in convex_pieces(zone.outline_m):
                paint(mask, piece, origin_m=site.grid.origin_m, cell_m=site.grid.cell_m)
    return (((furniture.outline_m,), mask),) if mask.any() else ()


def polygons(outline_m: Array) -> Any:
    """Return shapely polygons of (..., N, 2) corners, shrunk by as much as rounding may add."""
    import shapely

    corners = np.asarray(outline_m, np.float64)
    middle = corners.mean(axis=-2, keepdims=True)
    return shapely.polygons(middle + (corners - middle) * (1 - _CONTACT))


def meets(around: Surroundings, *, at_m: Array, yaw_rad: float, parts: Sequence[tuple[Part, Layer]] | None = None) -> list[Meeting]:
    """Return what the hard parts of a product (or `parts`) meet when its origin stands at site (x, z)."""
    out = []
    for part, layer in around.hard if parts is None else parts:
        polygon = polygons(on_plan(part.outline_m, at_m=at_m, yaw_rad=yaw_rad))
        if not around.floor.covers(polygon):
            out.append(Meeting(part, around.beyond))
        found = layer.tree.query(polygon, predicate="intersects")
        out += [Meeting(part, name) for name in dict.fromkeys(layer.pieces[index].name for index in np.sort(found))]
    return out


def is_free(around: Surroundings, *, at_m: Array, yaw_rad: float) -> bool:
    """Tell whether no hard part of a product meets anything."""
    for part, layer in around.hard:
        polygon = polygons(on_plan(part.outline_m, at_m=at_m, yaw_rad=yaw_rad))
        if not around.floor.covers(polygon) or len(layer.tree.query(polygon, predicate="intersects")):
            return False
    return True


def free_space(around: Surroundings, *, yaw_rad: float, near_m: Array | None = None) -> Any:
    """Return the shapely geometry of all site (x, z) where the product's origin may be, turned by `yaw_rad`.

    Exact, and slow: the raster comes first. `near_m` (2, 2), least and greatest (x, z), is where it looks; everywhere, if None.
    """
    import shapely

    forbidden: list[Any] = []
    space = None if near_m is None else shapely.box(*near_m[0], *near_m[1])
    for part, layer in around.hard:
        turned = on_plan(part.outline_m, at_m=np.zeros(2), yaw_rad=yaw_rad)
        pieces: Sequence[Piece] = layer.pieces
        if near_m is not None:
            reached = shapely.box(*(near_m[0] + turned.min(axis=0)), *(near_m[1] + turned.max(axis=0)))
            pieces = [layer.pieces[index] for index in layer.tree.query(reached)]
        forbidden += [forbidden_by(around.edges, turned), forbidden_by(pieces, turned)]
        inside = shapely.Polygon(around.outline_m - turned[0])
        space = inside if space is None else space.intersection(inside)
    return shapely.Polygon() if space is None else space.difference(shapely.union_all(np.concatenate(forbidden)))


def forbidden_by(pieces: Sequence[Piece], part_m: Array) -> Any:
    """Return for each convex piece the shapely polygon of places where a convex part (N, 2), already turned, meets it.

    The Minkowski sum of the piece and the reflected part: the hull of the differences of their corners (Lozano-Perez 1983,
    "Spatial Planning: A Configuration Space Approach").
    """
    import shapely

    out = np.empty(len(pieces), object)
    by_count: dict[int, list[int]] = {}
    for index, piece in enumerate(pieces):
        by_count.setdefault(len(piece.outline_m), []).append(index)
    for indices in by_count.values():
        corners = np.stack([pieces[index].outline_m for index in indices])
        points = (corners[:, :, None] - part_m).reshape(len(corners), -1, 2)
        out[indices] = shapely.convex_hull(shapely.linestrings(points))
    return out


def _edge(site: Site, ends_m: Array) -> Piece:
    along = (ends_m[1] - ends_m[0]) / max(float(np.linalg.norm(ends_m[1] - ends_m[0])), 1e-9)
    for wall in site.walls:
        normal = np.asarray(wall.normal)
        if abs(along @ normal) < 0.02 and abs((ends_m.mean(axis=0) - wall.ends_m[0]) @ normal) < 0.02:
            return Piece(wall.name, ends_m, wall.sigma_m)
    return Piece(OUTSIDE, ends_m, site.sigma_m)


def _layer(
    site: Site, part: Part, pieces: list[Piece], others: list[Piece], edges: tuple[Piece, ...], inside: Array, *, trusting: bool
) -> Layer:
    import shapely

    grid = site.grid
    taken = (grid.occupied & (grid.bottom_m < part.top_m) & (grid.top_m > part.bottom_m)) | ~inside
    if not trusting:
        taken |= unseen_cells(site)
    for piece in others:
        paint(taken, piece.outline_m, origin_m=grid.origin_m, cell_m=grid.cell_m)
    everything = (*pieces, *others)
    corners = padded([piece.outline_m for piece in (*everything, *edges)])
    tree = shapely.STRtree(shapely.polygons(corners[: len(everything)]) if everything else [])
    return Layer(taken, everything, (*everything, *edges), corners, tree)

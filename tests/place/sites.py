"""Floor plans and products made by hand, for tests of ways and arrangements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from arviz.core.placement import Placement
from arviz.core.room import HeightGrid, Room, RoomObject
from arviz.place.floor.blocks import blocks_of
from arviz.place.floor.site import Door, Site, Wall
from arviz.place.kinds import read_kinds
from arviz.place.plan.pose import on_plan, standing
from arviz.place.plan.raster import Raster, cells_touched, cells_within
from arviz.place.plan.zone import Zone
from arviz.place.product.furniture import Furniture, Slab
from arviz.place.product.zones import zones_of
from arviz.place.rules import Rule

CELL = 0.025


def box(x0: float, z0: float, x1: float, z1: float) -> np.ndarray:
    """Return a rectangle (4, 2)."""
    return np.array([[x0, z0], [x1, z0], [x1, z1], [x0, z1]])


def site_of_outline(
    outline: Sequence[Sequence[float]] | np.ndarray,
    *,
    doors: Sequence[tuple[str, Sequence[float], Sequence[float], Sequence[float]]] = (),
    things: Sequence[tuple[np.ndarray, float, float]] = (),
    objects: Sequence[RoomObject] = (),
    keep: Sequence[Zone] = (),
    sigma_m: float = 0.0,
    sigma_scale: float = 0.0,
    unseen: Sequence[np.ndarray] = (),
    cell: float = CELL,
    world_from_site: np.ndarray | None = None,
) -> Site:
    """Return a site: doors are (name, end, end, normal), things (outline, bottom, top)."""
    outline = np.asarray(outline, np.float64)
    low, high = outline.min(axis=0), outline.max(axis=0)
    columns, rows = np.ceil((high - low) / cell - 1e-9).astype(int)
    raster = Raster(float(low[0]), float(low[1]), cell, int(rows), int(columns))
    bottom, top = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    for shape, lower, upper in things:
        where = cells_touched(shape, raster)
        bottom[where], top[where] = lower, upper
    seen = np.ones((rows, columns), bool)
    for shape in unseen:
        seen[cells_touched(shape, raster)] = False
    walls = []
    for i, (a, b) in enumerate(zip(outline, np.roll(outline, -1, axis=0), strict=True)):
        normal = np.array([-(b - a)[1], (b - a)[0]]) / np.linalg.norm(b - a)
        inside = shapely.Polygon(outline).covers(shapely.Point((a + b) / 2 + normal * 1e-3))
        normal = normal if inside else -normal
        walls.append(Wall(name=f"wall {i + 1}", plane=i + 1, ends_m=np.stack([a, b]), normal=tuple(normal), sigma_m=sigma_m))
    room, pose = Room(objects=tuple(objects)), np.eye(4) if world_from_site is None else world_from_site
    return Site(
        room=room,
        world_from_site=pose,
        outline_m=outline,
        floor=0,
        walls=tuple(walls),
        doors=tuple(
            Door(
                name=name,
                kind=name.split()[0],
                opening=i,
                wall=None,
                ends_m=np.array([start, end]),
                normal=tuple(normal),
                bottom_m=0.0,
                top_m=2.0,
                sigma_m=sigma_m,
            )
            for i, (name, start, end, normal) in enumerate(doors)
        ),
        tables=(),
        blocks=tuple(blocks_of(room, world_from_site=pose)),
        grid=HeightGrid(origin_m=tuple(low), cell_m=cell, seen=seen, bottom_m=bottom, top_m=top, sigma_m=sigma_m),
        inside=cells_within(outline, raster),
        keep=tuple(keep),
        height_m=2.5,
        sigma_m=sigma_m,
        sigma_scale=sigma_scale,
    )


def furniture(
    name: str,
    size: tuple[float, float, float],
    *,
    kind: str = "furniture",
    front: float = 0.0,
    hard: bool = True,
    bottom: float = 0.0,
    zones: Sequence[Zone] = (),
    support: str = "floor",
) -> Furniture:
    """Return a box with its origin at the middle of its foot; `front` metres before it are kept free."""
    w, h, d = size
    outline = box(-w / 2, -d / 2, w / 2, d / 2)
    lets = next((zone.lets for zone in read_kinds()[kind].zones if zone.name == "front"), ())
    ahead = box(-w / 2, d / 2, w / 2, d / 2 + front)
    before = [Zone(name="front", outline_m=ahead, rule="sofa-front", hard=hard, lets=lets)] if front else []
    return Furniture(
        name=name,
        kind=kind,
        support=support,
        size_m=size,
        sigma_m=0.0,
        lowest_m=0.0,
        back_m=-d / 2,
        outline_m=outline,
        slabs=(Slab(outline_m=outline, bottom_m=bottom, top_m=h),),
        zones=(*before, *zones),
    )


def with_zones(product: Furniture, rules: Mapping[str, Rule]) -> Furniture:
    """Return a product with what its kind needs free."""
    return replace(product, zones=tuple(zones_of(product, rules)))


def dining_table(size: tuple[float, float, float], *, rules: Mapping[str, Rule]) -> Furniture:
    """Return a table, a top on four legs."""
    product = furniture("table", size, kind="dining-table")
    w, h, d = size
    feet = [(x, z) for x in (0.05 - w / 2, w / 2 - 0.05) for z in (0.05 - d / 2, d / 2 - 0.05)]
    legs = [Slab(outline_m=box(x - 0.03, z - 0.03, x + 0.03, z + 0.03), bottom_m=0.0, top_m=h - 0.03) for x, z in feet]
    return with_zones(replace(product, slabs=(*legs, replace(product.slabs[0], bottom_m=h - 0.03))), rules)


def dining_chair(name: str, *, rules: Mapping[str, Rule]) -> Furniture:
    """Return a chair, a seat with a back, that goes below a table as far as its back lets it."""
    product = furniture(name, (0.45, 0.9, 0.5), kind="dining-chair")
    seat = replace(product.slabs[0], top_m=0.46)
    back = Slab(outline_m=box(-0.225, -0.25, 0.225, -0.2), bottom_m=0.46, top_m=0.9)
    return with_zones(replace(product, slabs=(seat, back)), rules)


def placed(site: Site, product: Furniture, *, at: Sequence[float], yaw: float = 0.0) -> Placement:
    """Return a placement at site (x, z), nothing checked."""
    pose = site.world_from_site @ standing(at_m=np.asarray(at), yaw_rad=yaw, height_m=-product.lowest_m)
    plan = on_plan(product.outline_m, at_m=np.asarray(at, np.float64), yaw_rad=yaw)
    world = np.stack([plan[:, 0], np.zeros(len(plan)), plan[:, 1], np.ones(len(plan))], axis=1) @ site.world_from_site.T
    return Placement(product=product.name, support=product.support, plane=0, world_from_asset=pose, outline_m=world[:, [0, 2]])


def thing(category: str, *, at: Sequence[float], size: tuple[float, float, float], yaw: float = 0.0) -> RoomObject:
    """Return a box of a capture whose middle stands at (x, z) of the site's frame."""
    return RoomObject(
        category=category,
        world_from_box=standing(at_m=np.asarray(at), yaw_rad=yaw, height_m=size[1] / 2),
        size_m=size,
        sigma_m=0.0,
        source="test",
    )

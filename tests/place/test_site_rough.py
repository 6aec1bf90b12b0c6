"""Whatever a room holds, its floor plan is sound, or an error says what is missing."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.core.room import HeightGrid, Opening, Plane, Room, RoomObject
from arviz.place.floor.site_of import site_of
from arviz.place.plan.pose import standing
from arviz.place.rules import read_rules
from arviz.place.single.obstacles import floor_polygon, obstacles, unseen
from tests.place.measured import METRES

RULES = read_rules()
TILT = {"floor": 0.01, "ceiling": 0.5, "table": 0.0}


def rough_outline(rng, count):
    """Return points that may coincide, lie on one line or cross."""
    points = np.round(rng.uniform(-3, 3, (count, 3)), rng.integers(0, 4))
    return np.repeat(points, 2, axis=0) if rng.random() < 0.2 else points


def rough_plane(rng, kind):
    normal = {"floor": (0, 1, 0), "table": (0, 1, 0), "ceiling": (0, -1, 0)}.get(kind, (0, 0, 0)) + rng.normal(0, TILT.get(kind, 1.0), 3)
    if kind == "wall" and rng.random() < 0.7:
        normal[1] *= 0.05
    normal /= np.linalg.norm(normal)
    offset = 0.0 if kind == "floor" else rng.normal()
    outline = rough_outline(rng, rng.integers(0, 9))
    outline = outline - np.outer(outline @ normal + offset, normal)
    return Plane(
        kind=kind,
        normal=normal,
        offset_m=offset,
        outline_m=outline,
        sigma_normal_rad=0.01,
        sigma_offset_m=0.01,
        source="given",
        confidence=rng.random(),
    )


def rough_box(rng):
    pose = standing(at_m=rng.uniform(-3, 3, 2), yaw_rad=rng.uniform(-3, 3), height_m=rng.uniform(-1, 1))
    if rng.random() < 0.3:
        pose[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] * rng.choice([0, 1])
    category = str(rng.choice(["radiator", "oven", "sofa", "refrigerator"]))
    return RoomObject(category=category, world_from_box=pose, size_m=rng.choice([0, 0.5, 1, -1], 3), sigma_m=0.02, source="given")


def rough_grid(rng):
    shape = rng.integers(0, 80, 2)
    top = np.where(rng.random(shape) < 0.1, rng.uniform(0, 2, shape), 0).astype(np.float32)
    seen = (rng.random(shape) < rng.random()) | (top > 0)
    cell = rng.choice([0.01, 0.025, 0.04, 0.2])
    return HeightGrid(origin_m=rng.uniform(-3, 1, 2), cell_m=cell, seen=seen, bottom_m=top / 2, top_m=top, sigma_m=0.01)


def rough_room(seed):
    rng = np.random.default_rng(seed)
    kinds = ["floor", *rng.choice(["floor", "wall", "wall", "wall", "ceiling", "table", "other"], rng.integers(0, 8))]
    openings = [
        Opening(
            kind=str(rng.choice(["door", "window", "passage"])),
            wall=None if rng.random() < 0.3 else int(rng.integers(len(kinds))),
            outline_m=rough_outline(rng, rng.integers(3, 6)),
            sigma_m=0.01,
            source="given",
        )
        for _ in range(rng.integers(0, 4))
    ]
    return Room(
        planes=[rough_plane(rng, str(kind)) for kind in kinds],
        openings=openings,
        objects=[rough_box(rng) for _ in range(rng.integers(0, 4))],
        obstacles=rough_grid(rng) if rng.random() < 0.7 else None,
        scale=METRES,
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_rough_rooms(seed):
    try:
        site = site_of(rough_room(seed), rules=RULES)
    except InputError as error:
        site = error
    if isinstance(site, InputError):
        assert site.code in ("E_FLOOR_EMPTY", "E_FLOOR_SLOPES")
        return
    floor, solid, hidden = floor_polygon(site), obstacles(site, bottom_m=0.0, top_m=2.0), unseen(site)
    assert floor.is_valid
    assert solid.is_valid
    assert hidden.is_valid
    assert all(shapely.Polygon(zone.outline_m).difference(floor.buffer(1e-3)).is_empty for zone in site.keep)
    free = site.inside & site.grid.seen & ~site.grid.occupied
    row, column = np.nonzero(free)
    x, z = (np.asarray(site.grid.origin_m)[:, None] + (np.stack([column, row]) + 0.5) * site.grid.cell_m).tolist()
    assert not shapely.contains_xy(solid, x, z).any()
    assert not shapely.contains_xy(hidden, x, z).any()
    assert shapely.contains_xy(floor, x, z).all()

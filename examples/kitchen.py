"""See whether a refrigerator opens beside a kitchen island, and what the island does to the ways of the cook.

The kitchen is made of planes and boxes, as an app with a scanner of its own knows them.
"""

# arviz-test: run

from dataclasses import replace
from pathlib import Path

import numpy as np

import arviz
from arviz.core.room import Opening, RoomObject

WIDTH, DEPTH, HEIGHT = 4.2, 4.0, 2.5
SURE = {"sigma_normal_rad": 0.002, "sigma_offset_m": 0.004, "source": "app"}


def wall(a, b, normal):
    """Return the wall over the line from `a` to `b`, both (x, z)."""
    corners = [[a[0], 0, a[1]], [b[0], 0, b[1]], [b[0], HEIGHT, b[1]], [a[0], HEIGHT, a[1]]]
    offset = -float(np.dot(normal, corners[0]))
    return arviz.Plane(kind="wall", normal=normal, offset_m=offset, outline_m=np.array(corners), extent="complete", **SURE)


def appliance(category, x):
    """Return a unit of 600 x 600 mm in the row along the wall z = 0, its front to +Z."""
    pose = np.eye(4)
    pose[:3, 3] = x, 0.45, 0.3
    return RoomObject(category=category, world_from_box=pose, size_m=(0.6, 0.9, 0.6), sigma_m=0.005, source="app")


floor = np.array([[0, 0, 0], [0, 0, DEPTH], [WIDTH, 0, DEPTH], [WIDTH, 0, 0]], float)
door = np.array([[1.0, 0, DEPTH], [1.9, 0, DEPTH], [1.9, 2.0, DEPTH], [1.0, 2.0, DEPTH]])
kitchen = arviz.Room(
    planes=(
        arviz.Plane(kind="floor", normal=(0, 1, 0), offset_m=0.0, outline_m=floor, extent="complete", **SURE),
        wall((0, 0), (WIDTH, 0), (0, 0, 1)),
        wall((WIDTH, 0), (WIDTH, DEPTH), (-1, 0, 0)),
        wall((WIDTH, DEPTH), (0, DEPTH), (0, 0, -1)),
        wall((0, DEPTH), (0, 0), (1, 0, 0)),
    ),
    openings=(Opening(kind="passage", wall=3, outline_m=door, sigma_m=0.01, source="app"),),
    objects=(appliance("sink", 0.9), appliance("stove", 2.1), appliance("refrigerator", 3.5)),
    scale=arviz.Scale(sigma=0.005, source="app"),
)
products = Path(__file__).parents[1] / "assets" / "products"

# The island, 0.9 m before the row: what happens to the triangle sink - stove - refrigerator?
island = arviz.place(
    products / "island" / "island.glb", room=kitchen, at=(2.1, 2.0), yaw_rad=np.pi, plan="out/kitchen/island.svg", force=True
)
print(f"island: {island.outcome}")
best = island.arrangement
for before, after in zip(best.before, best.after, strict=True):
    print(f"{after.start} - {after.end}: {before.length} before, {after.length} after; narrowest {before.pinch}, then {after.pinch}")

# The island stands there now. A refrigerator at the wall behind it, its doors drawn open: do they meet the island?
pose = np.eye(4)
pose[:3, 3] = 2.1, 0.45, 2.0
there = RoomObject(category="island", world_from_box=pose, size_m=(1.2, 0.9, 0.9), sigma_m=0.005, source="app")
built = replace(kitchen, objects=(*kitchen.objects, there))
fridge = products / "fridge" / "fridge.glb"
for x in (2.1, 3.6):
    files = {"plan": f"out/kitchen/fridge-{x}.svg", "mesh": f"out/kitchen/fridge-{x}.glb"}
    done = arviz.place(fridge, room=built, at=(x, 3.0), yaw_rad=np.pi, opened=["all"], force=True, **files)
    (placement,) = done.arrangement.placements
    print(f"refrigerator at x = {x} m: {done.outcome}; in the way: {', '.join(placement.blocked) or 'nothing'}")

# Both together: places from which the refrigerator opens, island or not.
both = arviz.place([products / "island" / "island.glb", fridge], room=kitchen, opened=["all"], plan="out/kitchen/both.svg", force=True)
print(f"together: {both.outcome} {both.why_not}")
if both.arrangement is not None:
    for placement in both.arrangement.placements:
        print(f"{placement.product}: " + ", ".join(f"{gap.length} {gap.side} to {gap.to}" for gap in placement.clearances))

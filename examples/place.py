"""Put a sofa into a measured room: where it fits, how much air is around it, and a floor plan. The room is synthetic."""

# arviz-test: run

from pathlib import Path

import numpy as np

import arviz
from arviz.testing.rooms import make_room, sensor_depth

truth = make_room(94)
frames = []
for view in truth.views:
    depth = sensor_depth(truth.depth(view), view.camera, kind="kinect", rng=np.random.default_rng(94), lost=truth.glass(view))
    grey = arviz.Image(pixels=np.full((view.camera.height_px, view.camera.width_px, 3), 128, np.uint8))
    frames.append(arviz.Frame(image=grey, camera=view.camera, depth_m=depth, world_from_camera=view.world_from_camera))
room = arviz.estimate_room(frames)

sofa = Path(__file__).parents[1] / "assets" / "products" / "sofa" / "sofa.glb"
placed = arviz.place(sofa, room=room, plan="out/place/plan.svg", mesh="out/place/room.glb", force=True)

print(f"outcome: {placed.outcome} {placed.why_not}")
for arrangement in placed.best:
    (placement,) = arrangement.placements
    near = ", ".join(f"{clearance.length} {clearance.side}" for clearance in placement.clearances)
    print(f"score {placement.score:.2f}: {near}")

"""Measure a room from one depth frame, and compare with the truth: the room is synthetic, so the truth is known."""

# arviz-test: run

import numpy as np

import arviz
from arviz.testing.rooms import make_room, sensor_depth

truth = make_room(7)
view = truth.views[0]
noisy = sensor_depth(truth.depth(view), view.camera, kind="kinect", rng=np.random.default_rng(7), lost=truth.glass(view))
grey = arviz.Image(pixels=np.full((view.camera.height_px, view.camera.width_px, 3), 128, np.uint8))

room = arviz.estimate_room(arviz.Frame(image=grey, camera=view.camera, depth_m=noisy))

for plane in room.planes:
    print(f"{plane.kind:8} {plane.area_m2:5.2f} m2, +- {plane.sigma_offset_m * 1000:.1f} mm, confidence {plane.confidence:.0%}")
height = view.world_from_camera[1, 3]
measured = arviz.Length(room.views[0].world_from_camera[1, 3], room.views[0].sigma_position_m)
print(f"camera above the floor: {measured} (truth: {height * 1000:.0f} mm)")

"""Furnish a room with the demo sofa. The room is synthetic, its photo ray-traced: nobody's home is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import arviz
from arviz.core.image import encode
from arviz.core.room import View
from arviz.testing.rooms import SyntheticRoom, camera_effects, make_room, photo, sensor_depth

SEED, VIEW = 112, 1
"""A room in the evening, its lamp on, where a wall is free that the photo shows whole."""
WIDTH_PX, HEIGHT_PX, FOCAL_PX = 800, 600, 500.0


def measured() -> tuple[arviz.Room, arviz.Frame]:
    """Return the room as it is measured from its depth frames, and the photo that is furnished."""
    k = np.array([[FOCAL_PX, 0, (WIDTH_PX - 1) / 2], [0, FOCAL_PX, (HEIGHT_PX - 1) / 2], [0, 0, 1]])
    truth = make_room(SEED, camera=arviz.Camera(k=k, width_px=WIDTH_PX, height_px=HEIGHT_PX))
    rng = np.random.default_rng(SEED)
    seen = camera_effects(photo(truth, truth.views[VIEW], rng=rng), rng=rng)
    frames = [scan(truth, view, rng) for view in truth.views]
    frames[VIEW] = replace(frames[VIEW], image=seen)
    return arviz.estimate_room(frames), frames[VIEW]


def furnish(product: Path, out: Path) -> tuple[list[str], list[Path]]:
    """Photograph the room, measure it, put the product into it; return what is to be told, and the files."""
    room, frame = measured()
    picture, plan, mesh = (out / name for name in ("sofa-in-room.png", "sofa-in-room-plan.svg", "sofa-in-room.glb"))
    placed = arviz.place(product, room=room, frame=frame, out=picture, plan=plan, mesh=mesh, force=True)
    before = out / "room.png"
    out.mkdir(parents=True, exist_ok=True)
    before.write_bytes(encode(frame.image, "PNG"))
    told = ["A synthetic room (ray-traced, no real place), measured from its depth frames and furnished:"]
    for placement in () if placed.arrangement is None else placed.arrangement.placements:
        told.append(f"  {placement.product}: {placed.outcome}, {', '.join(placement.reasons)}")
        told += [f"  {clearance.length} {clearance.side} to {clearance.to}" for clearance in placement.clearances]
    told += [f"  {placed.why_not}"] if placed.why_not else []
    told += [f"  {finding.severity}: {finding.message}" for finding in placed.findings if finding.severity != "info"]
    return told, [before, *placed.files.values()]


def scan(truth: SyntheticRoom, view: View, rng: np.random.Generator) -> arviz.Frame:
    """Return a depth frame with a sensor's noise; its picture is grey."""
    depth = sensor_depth(truth.depth(view), view.camera, kind="kinect", rng=rng, lost=truth.glass(view))
    grey = arviz.Image(pixels=np.full((view.camera.height_px, view.camera.width_px, 3), 128, np.uint8))
    return arviz.Frame(image=grey, camera=view.camera, depth_m=depth, world_from_camera=view.world_from_camera)

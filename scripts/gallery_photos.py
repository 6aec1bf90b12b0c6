"""The photos that the gallery's commands take: two synthetic rooms, a synthetic head, and the public-domain portrait of an astronaut.

``python scripts/gallery.py photos`` writes them into ``out/photos``. Nobody's home and, but for Eileen Collins (NASA), nobody's face.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from demo_room import SEED as EVENING
from demo_room import VIEW
from demo_tryon import frames
from PIL import Image as PillowImage

import arviz
from arviz.core.camera_file import camera_to_json
from arviz.core.image import encode
from arviz.core.room import View
from arviz.testing.rooms import SyntheticRoom, camera_effects, make_room, photo, sensor_depth

ROOM = 52
"""Seed of the room that is measured."""
WIDTH_PX, HEIGHT_PX, VERTICAL_FOV_RAD = 960, 600, 0.95


def write_photos(folder: Path) -> None:
    """Write photos, depth and cameras."""
    folder.mkdir(parents=True, exist_ok=True)
    camera = arviz.Camera.from_fov(vertical_fov_rad=VERTICAL_FOV_RAD, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    (folder / "camera.json").write_text(json.dumps(camera_to_json(camera), indent=1) + "\n", "utf-8")
    for name, seed, number in (("room", ROOM, 0), ("evening", EVENING, VIEW)):
        room = make_room(seed, camera=camera)
        _write_view(folder, name, room, room.views[number], np.random.default_rng(seed))
    for name, frame in frames().items():
        name = {"synthetic-head": "portrait"}.get(name, name)
        (folder / f"{name}.png").write_bytes(encode(frame.image, "PNG"))
        (folder / f"{name}-camera.json").write_text(json.dumps(camera_to_json(frame.camera), indent=1) + "\n", "utf-8")


def _write_view(folder: Path, name: str, room: SyntheticRoom, view: View, rng: np.random.Generator) -> None:
    image = camera_effects(photo(room, view, rng=rng), rng=rng)
    depth = sensor_depth(room.depth(view), view.camera, kind="kinect", rng=rng, lost=room.glass(view))
    millimetres = np.round(np.nan_to_num(depth, nan=0.0, posinf=0.0) * 1000).astype(np.uint16)
    (folder / f"{name}.png").write_bytes(encode(image, "PNG"))
    PillowImage.fromarray(millimetres).save(folder / f"{name}-depth.png")

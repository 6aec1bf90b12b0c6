"""A synthetic room on disk: what `arviz room -o` writes, and a photo that it knows the place of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from arviz.core.camera import Camera
from arviz.core.image import Image, encode
from arviz.core.room_file import room_to_json
from arviz.testing.rooms import height_grid, make_room

WIDTH_PX, HEIGHT_PX, FOCAL_PX = 320, 240, 200.0
_SEED = 31


def photographed_room(folder: Path) -> None:
    """Write ``room.json``, bare walls, exactly measured, and ``photo.png``, grey noise, as its only view."""
    k = np.array([[FOCAL_PX, 0, (WIDTH_PX - 1) / 2], [0, FOCAL_PX, (HEIGHT_PX - 1) / 2], [0, 0, 1]])
    synthetic = make_room(_SEED, kind="box", furnished=False, camera=Camera(k=k, width_px=WIDTH_PX, height_px=HEIGHT_PX))
    room = replace(synthetic.truth(), obstacles=height_grid(synthetic), views=(replace(synthetic.views[0], name="photo.png"),))
    (folder / "room.json").write_text(json.dumps(room_to_json(room)))
    grey = np.random.default_rng(_SEED).integers(100, 140, (HEIGHT_PX, WIDTH_PX, 3)).astype(np.uint8)
    (folder / "photo.png").write_bytes(encode(Image(pixels=grey), "PNG"))

"""Photos of a walk, against truth and against pycolmap in a folder of its own (fresh seeds each time, printed)."""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.room import View
from arviz.testing.rooms import RoomLight, camera_effects, make_room, photo
from arviz.vision.sequence import PhotoSequence, photo_sequence
from tests.bench.peers.install import python_with
from tests.vision.sequence_scenes import aligned, papered_room, walk
from tests.vision.sequence_scenes import photo as papered_photo

WALKS = 2
PEER = "pycolmap==4.2.1"
FRAMES = 13
_CLEAR_M = 0.2
"""Nothing is nearer to a camera than this."""


def table_sequence() -> str:
    """Place 13 photos of 640x480 of a walk of 1 m: our engine and pycolmap on the same photos, one thread each.

    Rooms with paper on their walls, drawn on quads; and furnished rooms by ray tracing, whose walls are plain. Bars: all
    photos placed, positions within 5 mm (root mean square after the best similarity), 10 s of processor.
    """
    import cv2

    cv2.setNumThreads(1)
    seed = secrets.randbits(32)
    rng = np.random.default_rng(seed)
    lines = [
        f"{WALKS} walks each, seed {seed}; each cell has one number per walk.\n",
        "| rooms | engine | placed | position mm | stated sigma mm | residual px | processor s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    sys.path.append(str(next(python_with(PEER).parents[1].glob("lib/python3*/site-packages"))))  # last: all else is ours
    for name, draw in (("papered", _papered), ("furnished", _furnished)):
        walks = [draw(rng) for _ in range(WALKS)]
        for engine in ("own", "pycolmap"):
            got = [_measured(frames, poses, engine) for frames, poses in walks]
            cells = [", ".join(cell) for cell in zip(*got, strict=True)]
            lines.append(f"| {name} | {engine} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _papered(rng: np.random.Generator) -> tuple[list[Frame], list[Array]]:
    quads, poses = papered_room(rng), walk(rng, FRAMES)
    return [papered_photo(quads, pose, rng=rng) for pose in poses], poses


def _furnished(rng: np.random.Generator) -> tuple[list[Frame], list[Array]]:
    """Walk sideways from a view of a synthetic room, 8 cm a step; a walk that would leave the room is drawn anew."""
    while True:
        room = make_room(int(rng.integers(2**31)), views=1)
        views = [_aside(room.views[0], 0.08 * (step - FRAMES // 2), rng) for step in range(FRAMES)]
        if all((room.depth(view) > _CLEAR_M).all() for view in views):
            break
    light = RoomLight(room, seed=room.seed)
    pictures = [camera_effects(photo(room, view, rng=rng, samples=1, light=light), rng=rng) for view in views]
    return [Frame(image=picture, camera=room.views[0].camera) for picture in pictures], [view.world_from_camera for view in views]


def _aside(view: View, metres: float, rng: np.random.Generator) -> View:
    pose = view.world_from_camera.copy()
    pose[:3, 3] += pose[:3, 0] * metres + rng.normal(0, 0.01, 3)
    return replace(view, world_from_camera=pose)


def _measured(frames: list[Frame], poses: list[Array], engine: Any) -> tuple[str, ...]:
    start = time.process_time()
    found: PhotoSequence = photo_sequence(frames, engine=engine)
    spent = time.process_time() - start
    truth = np.array([poses[photo.index][:3, 3] for photo in found.placed])
    places = np.array([photo.world_from_camera[:3, 3] for photo in found.placed])
    scale, turn, shift = aligned(places, truth)
    off = np.sqrt(((scale * places @ turn.T + shift - truth) ** 2).sum(axis=1).mean())
    stated = np.sqrt(3) * scale * np.sqrt(np.mean([photo.sigma_position**2 for photo in found.placed]))
    return f"{len(found.placed)}", f"{1e3 * off:.2f}", f"{1e3 * stated:.2f}", f"{found.rms_px:.2f}", f"{spent:.1f}"

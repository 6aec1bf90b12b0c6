"""Lengths that a person would ask for, in synthetic rooms: from one photo alone and from depth, beside the truth."""

from __future__ import annotations

import secrets

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import ArvizError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.length import Length
from arviz.core.room import View
from arviz.testing.rooms import SyntheticRoom, camera_effects, handed_camera, make_room, photo, sensor_depth
from arviz.vision.estimate_room import estimate_room
from arviz.vision.photo.measure import measure_length

ROOMS = 6
_CAMERA = Camera(k=np.array([[1050.0, 0, 639.5], [0, 1050, 479.5], [0, 0, 1]]), width_px=1280, height_px=960)


def table_lengths() -> str:
    """Distances between two places on the floor of synthetic rooms: from one photo with an A4 sheet in it (1280 x 960, lens
    blur, noise, JPEG; in half of the rooms the focal length is wrong by some percent, as EXIF is), and from a Kinect-like
    depth frame (640 x 480). The places are given to a pixel, as a person would click them."""
    rows = ["| seed | true mm | photo + A4 | error / sigma | depth | error / sigma |", "| --- | --- | --- | --- | --- | --- |"]
    ratios: dict[str, list[float]] = {"photo": [], "depth": []}
    for seed in (secrets.randbelow(10**9) for _ in range(ROOMS)):
        rng = np.random.default_rng(seed)
        room = make_room(seed, camera=_CAMERA, anchors=("a4",), views=1)
        view = room.views[0]
        ends = floor_ends(room, view)
        if ends is None:
            continue
        pixels, true = ends
        clicked = np.round(pixels)
        cells = []
        for name, measured in (("photo", _by_photo(room, view, clicked, rng)), ("depth", _by_depth(room, view, clicked, rng))):
            if isinstance(measured, Length):
                ratios[name].append((measured.value_m - true) / measured.sigma_m)
                cells += [str(measured), f"{ratios[name][-1]:+.1f}"]
            else:
                cells += [measured, "-"]
        rows.append(f"| {seed} | {true * 1000:.0f} | {' | '.join(cells)} |")
    for name, found in ratios.items():
        inside = np.mean(np.abs(found) <= 2) if found else float("nan")
        rows.append(f"\n{name}: {len(found)} measured, {inside:.0%} within two sigma.")
    return "\n".join(rows)


def floor_ends(room: SyntheticRoom, view: View) -> tuple[Array, float] | None:
    """Return two pixels (2, 2) on the floor at least a metre apart and their distance; None where too little floor is seen."""
    rows, columns = np.nonzero(room.labels(view) == 0)
    if len(rows) < 1000:
        return None
    near = rows > np.quantile(rows, 0.3)  # not at the horizon of the floor, where a pixel is decimetres
    chosen = np.flatnonzero(near)[[np.argmin(columns[near]), np.argmax(columns[near])]]
    pixels = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float64)
    k, pose = view.camera.k, view.world_from_camera
    rays = np.concatenate([(pixels - k[:2, 2]) / k[[0, 1], [0, 1]], np.ones((2, 1))], axis=1) @ pose[:3, :3].T
    points = rays * (-pose[1, 3] / rays[:, 1:2])
    distance = float(np.linalg.norm(points[1] - points[0]))
    return (pixels, distance) if distance > 1 else None


def _by_photo(room: SyntheticRoom, view: View, pixels: Array, rng: np.random.Generator) -> Length | str:
    image = camera_effects(photo(room, view, rng=rng, samples=1), rng=rng)
    frame = Frame(image=image, camera=handed_camera(view.camera, rng=rng))
    return _measured(frame, pixels, scale="a4")


def _by_depth(room: SyntheticRoom, view: View, pixels: Array, rng: np.random.Generator) -> Length | str:
    camera = view.camera.resized(width_px=640, height_px=480)
    small = View(camera=camera, world_from_camera=view.world_from_camera)
    depth = sensor_depth(room.depth(small), camera, kind="kinect", rng=rng, lost=room.glass(small))
    frame = Frame(image=Image(pixels=np.full((480, 640, 3), 128, np.uint8)), camera=camera, depth_m=depth)
    return _measured(frame, (pixels + 0.5) / 2 - 0.5, scale=None)


def _measured(frame: Frame, pixels: Array, *, scale: str | None) -> Length | str:
    try:
        length = measure_length(estimate_room(frame, scale=scale), pixels[0], pixels[1], plane=0)
    except ArvizError as error:
        return error.code
    return length or "no floor there"

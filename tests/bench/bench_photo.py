"""What one photo says of a room, against truth (fresh seeds each time, printed)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import ArvizError
from arviz.core.image import Image
from arviz.core.room import Room, View
from arviz.testing.rooms import SyntheticRoom, camera_effects, handed_camera, make_room, photo
from arviz.vision.calibration.corners import grey_values
from arviz.vision.photo.anchors import parse_scale
from arviz.vision.photo.focal import focal_from_vanishing
from arviz.vision.photo.measure import measure_length
from arviz.vision.photo.room import photo_room
from arviz.vision.photo.segments import find_segments
from arviz.vision.photo.vanishing import manhattan
from tests.bench.measure import Row, cpu_of, in_turn
from tests.vision.photo.metrology import Thing, draw

DRAWS = 400
ROOMS = 5
SCALES = {"a4": "a4", "marker": "marker=15cm"}


class Setting(NamedTuple):
    """What is drawn: noise of the corners, of gravity, relative error of f, noise of the 2 m's ends, how far beside they lie."""

    thing: Thing
    noise_px: float
    gravity_deg: float | None = None
    sigma_f: float = 0.0
    click_px: float = 0.0
    beside_m: float = 0.0


SETTINGS = (
    Setting("a4", 1.0),
    Setting("a4", 1.0, beside_m=0.3),
    Setting("a4", 0.3),
    Setting("marker", 1.0),
    Setting("charuco", 1.0),
    Setting("charuco", 0.3),
    Setting("a4", 1.0, sigma_f=0.03),
    Setting("charuco", 0.3, sigma_f=0.03),
    Setting("a4", 1.0, gravity_deg=0.5),
    Setting("a4", 1.0, gravity_deg=1.0, sigma_f=0.03, click_px=0.7),
    Setting("length", 1.0, gravity_deg=0.5),
    Setting("length", 2.0, gravity_deg=1.5, sigma_f=0.03),
)


def table_photo_metrology() -> str:
    """Draw a thing of known size 2.2 m before a camera (2016x1512, f 1500 px, 1.3 to 1.6 m high) and measure 2 m beside it.

    Bars: A4 at 1 px within 0.5 % median and 1.2 % p90, ChArUco within 0.3 / 0.75 %; truth inside 2 sigma in 90 to 99 %.
    """
    seed = secrets.randbits(32)
    rng = np.random.default_rng(seed)
    lines = [
        f"{DRAWS} draws each, seed {seed}; errors are median / p90.\n",
        "| thing | corners px | gravity deg | f wrong by | ends px | beside m | normal deg | 2 m wrong % | in 2 sigma % | rms sigmas |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for setting in SETTINGS:
        got = [draw(rng, **setting._asdict()) for _ in range(DRAWS)]
        tilt, error = np.degrees([d.tilt_rad for d in got]), 100 * np.abs([d.error for d in got])
        sigmas = np.array([d.sigmas for d in got])
        drawn = f"{setting.thing} | {setting.noise_px} | {setting.gravity_deg or '-'} | {setting.sigma_f:.0%} | {setting.click_px}"
        inside, rms = 100 * np.mean(np.abs(sigmas) < 2), np.sqrt(np.mean(sigmas**2))
        lines.append(f"| {drawn} | {setting.beside_m} | {_two(tilt)} | {_two(error)} | {inside:.1f} | {rms:.2f} |")
    return "\n".join(lines)


class _Shown(NamedTuple):
    room: SyntheticRoom
    view: View
    frame: Frame


def table_photo_rooms() -> str:
    """Photograph synthetic rooms, half of them with a camera whose f is wrong by 2 % and says so, and ask for all there is.

    Normals from straight edges alone; then the same photos with an A4 sheet and a marker on the floor:
    1 m on the floor between their middles, between exact pixels.
    """
    seed = secrets.randbits(32)
    shown = list(_rooms(np.random.default_rng(seed)))
    lines = [
        f"{len(shown)} photos of 1024x768, seed {seed}.\n",
        "| from | found | normal deg med / p90 | height or f wrong % med / p90 | 1 m wrong % med / p90 | in 2 sigma % |",
        "| --- | --- | --- | --- | --- | --- |",
        _edges_line(shown),
        *(_scale_line(shown, kind, text) for kind, text in SCALES.items()),
        f"\nWalls guessed from edges, with the A4 sheet as scale: {_walls(shown)}",
    ]
    return "\n".join(lines)


def _rooms(rng: np.random.Generator) -> Iterator[_Shown]:
    count = 0
    while count < ROOMS:
        seed = int(rng.integers(2**31))
        f = 800 * rng.uniform(0.95, 1.05)
        k = np.array([[f, 0, 511.5 + rng.uniform(-4, 4)], [0, f, 383.5 + rng.uniform(-4, 4)], [0, 0, 1]])
        camera = Camera(k=k, width_px=1024, height_px=768)
        try:
            room = make_room(seed, camera=camera, views=1, anchors=tuple(SCALES))  # type: ignore[arg-type]
        except ValueError:  # no view of this room shows enough floor
            continue
        view = room.views[0]
        image = camera_effects(photo(room, view, rng=rng), rng=rng)
        yield _Shown(room, view, Frame(image=image, camera=handed_camera(camera, rng=rng)))
        count += 1


def _edges_line(shown: list[_Shown]) -> str:
    tilt, focal, inside = [], [], []
    for _, view, frame in shown:
        edges = find_segments(frame.image, camera=frame.camera)
        triad = manhattan(edges, camera=frame.camera)
        if triad is None:
            continue
        angle = _tilt(triad.up, view)
        tilt.append(np.degrees(angle))
        inside.append(angle < 2.45 * triad.sigma_rad[1])  # 95 % of two dimensions
        guess = replace(frame.camera, source="exif")
        found = focal_from_vanishing(edges, triad, camera=guess)
        if found is not None:
            focal.append(100 * abs(found.focal_px / view.camera.k[0, 0] - 1))
    return f"| edges | {len(tilt)} | {_two(tilt)} | f: {_two(focal)} | - | {100 * np.mean(inside):.0f} (normal) |"


def _scale_line(shown: list[_Shown], kind: str, text: str) -> str:
    tilt, height, length, inside = [], [], [], []
    for room, view, frame in shown:
        try:
            found = photo_room(frame, scale=parse_scale(text))
        except ArvizError:
            continue
        pose = found.views[0].world_from_camera
        tilt.append(np.degrees(_tilt(pose[1, :3], view)))
        height.append(100 * abs(pose[1, 3] / view.world_from_camera[1, 3] - 1))
        error = _metre(room, view, found)
        if error is not None:
            length.append(100 * abs(error[0]))
            inside.append(abs(error[1]) < 2)
    share = f"{100 * np.mean(inside):.0f}" if inside else "-"
    return f"| {kind} | {len(tilt)} of {len(shown)} | {_two(tilt)} | {_two(height)} | {_two(length)} | {share} |"


def _walls(shown: list[_Shown]) -> str:
    """Return how many guessed walls there are, and how many stand within 5 % of their distance from a true one."""
    count, right, silent = 0, 0, 0
    for room, view, frame in shown:
        try:
            found = photo_room(frame, scale=parse_scale("a4"))
        except ArvizError:
            continue
        true_from_found = view.world_from_camera @ np.linalg.inv(found.views[0].world_from_camera)
        walls = found.of_kind("wall")
        silent += not walls
        for wall in walls:
            normal = true_from_found[:3, :3] @ wall.normal
            middle = true_from_found[:3, :3] @ wall.outline_m.mean(axis=0) + true_from_found[:3, 3]
            true = [plane for plane in room.planes if plane.kind == "wall" and normal @ plane.normal > np.cos(np.radians(5))]
            off = min((abs(float(plane.distance_m(middle[None])[0])) for plane in true), default=np.inf)
            count, right = count + 1, right + (off < 0.05 * abs(wall.offset_m))
    return f"{count} walls, {right} of them within 5 % of their distance; none guessed in {silent} photos."


def _metre(room: SyntheticRoom, view: View, found: Room) -> tuple[float, float] | None:
    """Return the error of 1 m on the floor around the anchors, as a share and in sigmas; None where the picture cuts it."""
    middle = np.mean([anchor.corners_m.mean(axis=0) for anchor in room.anchors], axis=0)
    pose = view.world_from_camera
    right = pose[:3, 0] * (1, 0, 1)
    half = 0.5 * right / np.linalg.norm(right)
    ends = view.camera.project_distorted((np.stack([middle - half, middle + half]) - pose[:3, 3]) @ pose[:3, :3])
    size = np.array([view.camera.width_px, view.camera.height_px])
    if not ((ends > 0) & (ends < size - 1)).all():
        return None
    measured = measure_length(found, ends[0], ends[1], plane=0, click_sigma_px=0.0)
    return None if measured is None else (measured.value_m - 1, (measured.value_m - 1) / measured.sigma_m)


def _tilt(up: np.ndarray, view: View) -> float:
    return float(np.arccos(np.clip(up @ view.world_from_camera[1, :3], -1, 1)))


def _two(values: list[float] | np.ndarray) -> str:
    return f"{np.median(values):.2f} / {np.quantile(values, 0.9):.2f}" if len(values) else "-"


def bench_vanishing_points() -> Row:
    """Compare segments and vanishing points of a 640x480 photo with OpenCV's line segments (LSD) alone.

    Bar: 40 ms of processor time on the machine of the notes, where LSD alone takes 18 ms.
    """
    import cv2

    seed = secrets.randbits(31)
    room = make_room(seed)
    view = room.views[0]
    rng = np.random.default_rng(seed)
    image: Image = camera_effects(photo(room, view, rng=rng), rng=rng)

    def ours() -> None:
        manhattan(find_segments(image, camera=view.camera), camera=view.camera)

    def reference() -> None:
        cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey_values(image))

    ours()
    return Row("vanishing points 640x480, against LSD alone", *in_turn(cpu_of(ours), cpu_of(reference), rounds=21), 2.2, f"seed {seed}")

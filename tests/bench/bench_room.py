"""Rooms from depth, against rooms of which everything is known (fresh seeds each time, printed)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.colour import linear_to_srgb
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Room, Scale, View
from arviz.testing.rooms import SyntheticRoom, make_room
from arviz.testing.rooms.photo import photo
from arviz.testing.rooms.sensors import SensorKind
from arviz.vision.depth.refine import refine_depth
from arviz.vision.room.dimensions import dimensions
from arviz.vision.room.estimate import depth_room
from tests.vision.room.scenes import Pair, Picture, frames_of, matched, picture_of, sized, true_from_found

ROOMS = 14
_SEEN_THROUGH = ("beyond", "window")
_PHOTOS = 4


class Case(NamedTuple):
    """What one room says."""

    seed: int
    pairs: list[Pair]
    lengths: list[tuple[str, float, float]]
    """Name, error and sigma (without the scale's) of each dimension with a known truth."""
    floor: tuple[bool, bool]
    """Whether the floor fills 5 % of the picture, and whether it was found."""
    kinds: list[tuple[str, str]]
    """True and found kind of each matched plane."""
    obstacles: tuple[int, int]
    """Objects of 10 cm and more in view, and how many of them the grid misses."""
    empty: tuple[int, int]
    """Cells of floor in plain view, and how many of them the grid calls occupied."""
    openings: tuple[int, int, int]
    """Openings in full view, those found, and those found where none is."""
    cpu_s: float


def measure(seed: int, *, kind: SensorKind, count: int = 1) -> Case:
    """Measure one room from `count` frames: one without its pose, several with."""
    synthetic = make_room(seed)
    frames = frames_of(synthetic, kind=kind, count=count, posed=count > 1)
    start = time.process_time()
    room = depth_room(frames)
    cpu = time.process_time() - start
    pictures = [picture_of(synthetic, sized(view, kind)) for view in synthetic.views[:count]]
    pairs = matched(room, synthetic, pictures=pictures)
    labels = np.concatenate([picture.labels for picture in pictures])
    share = float(np.isin(labels, [i for i, plane in enumerate(synthetic.planes) if plane.kind == "floor"]).mean())
    return Case(
        seed=seed,
        pairs=pairs,
        lengths=_lengths(room, pairs, true_from_found(room, synthetic)),
        floor=(share >= 0.05, any(pair.true.kind == "floor" and pair.found.kind == "floor" for pair in pairs)),
        kinds=[(pair.true.kind if pair.true.kind != "other" else pair.true.part, pair.found.kind) for pair in pairs],
        obstacles=_missed(room, synthetic, pictures),
        empty=_falsely_occupied(room, synthetic, pictures),
        openings=_openings(room, synthetic, pictures, [sized(view, kind) for view in synthetic.views[:count]]),
        cpu_s=cpu,
    )


def _lengths(room: Room, pairs: Sequence[Pair], to_true: Array) -> list[tuple[str, float, float]]:
    """Compare the dimensions that lie between matched planes with what the true planes say at the same places."""
    true = {pair.index: pair.true for pair in pairs}
    out = []
    for name, length in dimensions(replace(room, scale=Scale(sigma=0.0, source="depth"))).items():
        words = name.split()
        if name == "ceiling height":
            ends = [room.planes.index(room.floor), max(_of(room, "ceiling"), key=lambda i: room.planes[i].area_m2)]  # type: ignore[arg-type]
        elif words[0] == "table":
            ends = [room.planes.index(room.floor), int(words[1])]  # type: ignore[arg-type]
        elif words[0] == "wall":
            ends = [int(words[1]), int(words[4])]
        else:
            continue
        if not all(end in true for end in ends):
            continue
        middles = [room.planes[end].outline_m.mean(axis=0) for end in ends]
        at = (middles[0] + middles[1]) / 2 if words[0] == "wall" else middles[1]
        at = to_true[:3, :3] @ at + to_true[:3, 3]
        values = [float(true[end].distance_m(at[None])[0]) for end in ends]
        out.append((words[0], length.value_m - abs(sum(values)), length.sigma_m))
    return out


def _of(room: Room, kind: str) -> list[int]:
    return [index for index, plane in enumerate(room.planes) if plane.kind == kind]


def _missed(room: Room, synthetic: SyntheticRoom, pictures: Sequence[Picture]) -> tuple[int, int]:
    seen = missed = 0
    points = np.concatenate([picture.points_m for picture in pictures])
    total = sum(len(picture.points_m) for picture in pictures) / len(pictures)
    to_found = np.linalg.inv(true_from_found(room, synthetic))
    for thing in synthetic.objects:
        local = (points - thing.world_from_box[:3, 3]) @ thing.world_from_box[:3, :3]
        mine = points[(np.abs(local) < np.array(thing.size_m) / 2 + 0.005).all(axis=1)]
        mine = mine[mine[:, 1] > 0.06]
        if len(mine) < 0.001 * total or mine[:, 1].max() < 0.10:
            continue
        seen += 1
        if room.obstacles is None:
            missed += room.floor is not None
            continue
        cells = _cells(room, mine @ to_found[:3, :3].T + to_found[:3, 3])
        inside = ((cells >= 0) & (cells < room.obstacles.seen.shape)).all(axis=1)
        missed += not (inside.any() and room.obstacles.occupied[tuple(cells[inside].T)].mean() > 0.3)
    return seen, missed


def _cells(room: Room, points: Array) -> Array:
    """Return (N, 2) row and column of points in the measured world."""
    assert room.obstacles is not None
    return np.floor((points[:, [2, 0]] - np.array(room.obstacles.origin_m)[::-1]) / room.obstacles.cell_m).astype(int)


def _falsely_occupied(room: Room, synthetic: SyntheticRoom, pictures: Sequence[Picture]) -> tuple[int, int]:
    """Count cells with floor in them, and around them nothing above it, in the exact picture."""
    from scipy.ndimage import binary_dilation

    if room.obstacles is None:
        return 0, 0
    to_found = np.linalg.inv(true_from_found(room, synthetic))
    floor, above = np.zeros(room.obstacles.seen.shape, bool), np.zeros(room.obstacles.seen.shape, bool)
    floors = [i for i, plane in enumerate(synthetic.planes) if plane.kind == "floor"]
    for picture in pictures:
        cells = _cells(room, picture.points_m @ to_found[:3, :3].T + to_found[:3, 3])
        inside = ((cells >= 0) & (cells < floor.shape)).all(axis=1)
        low = np.isin(picture.labels, floors)
        floor[tuple(cells[inside & low].T)] = True
        above[tuple(cells[inside & ~low & (picture.points_m[:, 1] > 0.03)].T)] = True
    empty = floor & ~binary_dilation(above, np.ones((5, 5)))
    return int(empty.sum()), int((empty & room.obstacles.occupied).sum())


def _openings(room: Room, synthetic: SyntheticRoom, pictures: Sequence[Picture], views: Sequence[View]) -> tuple[int, int, int]:
    to_true = true_from_found(room, synthetic)
    middles = [to_true[:3, :3] @ o.outline_m.mean(axis=0) + to_true[:3, 3] for o in room.openings]
    seen = found = 0
    everything = []
    depths = [synthetic.depth(view) for view in views]
    for opening in synthetic.openings:
        corners = opening.outline_m
        everything.append((corners.mean(axis=0), float(np.ptp(corners, axis=0).max())))
        if not any(_in_view(corners, view, depth) for view, depth in zip(views, depths, strict=True)):
            continue
        seen += 1
        found += any(np.linalg.norm(middle - corners.mean(axis=0)) < 0.2 for middle in middles)
    false = sum(all(np.linalg.norm(m - t) > 0.5 * size for t, size in everything) for m in middles)
    return seen, found, false


def _in_view(corners: Array, view: View, depth: Array) -> bool:
    """Tell whether a view shows nine tenths of an opening, at less than 70 degrees, with nothing before it."""
    share = (np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=-1).reshape(-1, 2) + 0.5) / 12
    points = corners[0] + share[:, :1] * (corners[1] - corners[0]) + share[:, 1:] * (corners[-1] - corners[0])
    pose = view.world_from_camera
    normal = np.cross(corners[1] - corners[0], corners[-1] - corners[0])
    sight = corners.mean(axis=0) - pose[:3, 3]
    if abs(normal @ sight) < np.cos(np.radians(70)) * np.linalg.norm(normal) * np.linalg.norm(sight):
        return False
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    ahead = local[:, 2] > 0.1
    pixel = np.round(view.camera.project(np.where(ahead[:, None], local, (0, 0, 1)))).astype(int)
    inside = ahead & (pixel >= 0).all(axis=1) & (pixel < (view.camera.width_px, view.camera.height_px)).all(axis=1)
    pixel[~inside] = 0
    return bool((inside & (depth[pixel[:, 1], pixel[:, 0]] > local[:, 2] - 0.05)).mean() > 0.9)


def seeds(count: int = ROOMS) -> list[int]:
    """Draw seeds and print them."""
    first = secrets.randbelow(2**31)
    print(f"rooms {first} to {first + count - 1}")
    return list(range(first, first + count))


_TILT = 1.24
"""Both tilts of a plane together are within 2.48 sigma of one axis as often as one error is within 2 (Rayleigh)."""


def _inside(rooms: Sequence[Sequence[float]]) -> str:
    """Return the share of errors (in sigmas, by room) within 2 sigma, and that of rooms whose root mean square is."""
    known = [np.array(errors) for errors in rooms if len(errors)]
    if not known:
        return "-"
    return f"{100 * (np.concatenate(known) <= 2).mean():.0f} / {100 * np.mean([(e**2).mean() <= 4 for e in known]):.0f} %"


def _of_errors(values: Sequence[float], scale: float) -> str:
    return f"{scale * np.median(values):.2f} / {scale * np.quantile(values, 0.9):.2f}" if len(values) else "-"


def row(name: str, cases: Sequence[Case]) -> str:
    """Return one line of the table."""
    by_room = [[pair for pair in case.pairs if pair.found.confidence >= 0.5 and pair.true.part not in _SEEN_THROUGH] for case in cases]
    pairs = [pair for room in by_room for pair in room]
    lengths = [length for case in cases for length in case.lengths]
    floors = [found for case in cases for there, found in [case.floor] if there]
    cells = [
        name,
        f"{len(cases)} / {len(pairs)}",
        _of_errors([np.degrees(pair.angle_rad) for pair in pairs], 1),
        _inside([[pair.angle_rad / pair.found.sigma_normal_rad / _TILT for pair in room] for room in by_room]),
        _of_errors([abs(pair.offset_m) for pair in pairs], 1000),
        _inside([[abs(pair.offset_m) / pair.found.sigma_offset_m for pair in room] for room in by_room]),
        f"{len(lengths)}: " + _of_errors([abs(error) for _, error, _ in lengths], 1000),
        _inside([[abs(error) / sigma for _, error, sigma in case.lengths] for case in cases]),
        f"{sum(floors)} / {len(floors)}",
        f"{sum(case.obstacles[1] for case in cases)} / {sum(case.obstacles[0] for case in cases)}",
        f"{100 * sum(case.empty[1] for case in cases) / max(sum(case.empty[0] for case in cases), 1):.2f} %",
        f"{1000 * np.median([case.cpu_s for case in cases]):.0f} ms",
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = """| frames | rooms / planes | normal deg, median / p90 | within 2 sigma | offset mm | within 2 sigma | lengths mm | within 2 sigma | floors found | obstacles missed | empty floor called occupied | time |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""  # noqa: E501


def table_room() -> str:
    """Measure fresh rooms from one frame, and from three with poses: errors, and how often the truth lies within two sigma.

    Within: of all planes, and of rooms by the root mean square of theirs.

    Planes with 1 % of the picture and a confidence of at least 0.5. Floors count where they fill 5 % of the picture, obstacles
    from 10 cm in height and 0.1 % of the picture.
    """
    lines = [HEADER]
    kinds: tuple[SensorKind, ...] = ("kinect", "lidar")
    for kind in kinds:
        for count in (1, 3):
            lines.append(row(f"{kind}, {count}", [measure(seed, kind=kind, count=count) for seed in seeds()]))
    return "\n".join(lines)


def table_refined_depth() -> str:
    """Count pixels within 6 px of a depth edge that hide, or fail to hide, something that stands between both surfaces.

    Before: the sensor's depth, nearest pixel, at the photo's 640x480; after: `arviz.vision.depth.refine.refine_depth`.
    """
    lines = ["| sensor | rooms | wrong before | wrong after | time |", "| --- | --- | --- | --- | --- |"]
    drawn = [_photographed(seed) for seed in seeds(_PHOTOS)]
    kinds: tuple[SensorKind, ...] = ("kinect", "lidar")
    for kind in kinds:
        results = [_refined(*photographed, kind=kind) for photographed in drawn]
        before, after, cpu = np.median(np.array(results), axis=0)
        lines.append(f"| {kind} | {len(results)} | {100 * before:.1f} % | {100 * after:.1f} % | {1000 * cpu:.0f} ms |")
    return "\n".join(lines)


def _photographed(seed: int) -> tuple[SyntheticRoom, Image]:
    synthetic = make_room(seed)
    rng = np.random.default_rng(seed)
    seen = photo(synthetic, synthetic.views[0], rng=rng, samples=1).pixels
    shown = 255 * linear_to_srgb(np.clip(0.7 * seen / np.quantile(seen, 0.95), 0, 1)) + rng.normal(0, 2.5, seen.shape)
    return synthetic, Image(pixels=np.clip(shown, 0, 255).astype(np.uint8))


def _refined(synthetic: SyntheticRoom, image: Image, *, kind: SensorKind) -> tuple[float, float, float]:
    import cv2

    view = synthetic.views[0]
    exact = synthetic.depth(view)
    frame = replace(frames_of(synthetic, kind=kind, count=1)[0], image=image, camera=view.camera)
    start = time.process_time()
    refined = refine_depth(frame).depth_m
    cpu = time.process_time() - start
    before = cv2.resize(frame.depth_m, exact.shape[::-1], interpolation=cv2.INTER_NEAREST)
    square = np.ones((13, 13), np.uint8)
    far = np.where(np.isfinite(exact), exact, 50.0).astype(np.float32)
    near, far = cv2.erode(far, square), cv2.dilate(far, square)
    edge, between = far / near > 1.25, np.sqrt(near * far)
    wrong = [float(((depth < between) != (exact < between))[edge].mean()) for depth in (before, refined)]
    return wrong[0], wrong[1], cpu

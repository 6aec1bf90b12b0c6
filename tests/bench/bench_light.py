"""Where the light of a room comes from, against truth (fresh seeds each time, printed)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate, Room
from arviz.testing.rooms import RoomLight, SyntheticRoom, camera_effects, make_room, photo, sensor_depth
from arviz.vision.light import estimate_light
from arviz.vision.room.estimate import depth_room
from tests.bench.measure import Row, cpu_of, in_turn

ROOMS = 16
_SIZE = (320, 240)
"""Half of 640x480: the photos of synthetic rooms are what takes long."""
_IN_VIEW_RAD = np.radians(20)


class _Shown(NamedTuple):
    """One photo of a room, what is true, and the frame with the depth of a Kinect."""

    room: SyntheticRoom
    frame: Frame
    truth: LightEstimate
    at_m: Array
    in_view: bool
    """Whether the photo shows the room's main light at `at_m`."""


def table_light() -> str:
    """Direction of the main light at the middle of the floor in synthetic rooms by ray tracing: lamps, windows, sun, by day and night.

    With depth the planes and obstacles are those that `depth_room` measures; without depth the planes are given. Bars: 20
    degrees median where the photo shows the main light, else 25; truth inside 2 sigma in 90 to 99 %. Last column: what
    'from straight above' would miss by.
    """
    seed = secrets.randbits(32)
    shown = list(_rooms(np.random.default_rng(seed)))
    lines = [
        f"{len(shown)} photos of {_SIZE[0]}x{_SIZE[1]}, seed {seed}.\n",
        "| from | photos | degrees med / p90 | in 2 sigma % | rms sigmas | up misses by |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, measure in (("depth", _with_depth), ("photo, planes given", _without_depth)):
        found = [measure(one) for one in shown]
        errors = np.array([_apart(one.truth, light) for one, light in zip(shown, found, strict=True)])
        sigmas = np.array([light.sigma_direction_rad for light in found])
        up = np.array([np.arccos(np.clip(np.array(one.truth.to_light)[1], -1, 1)) for one in shown])
        groups = {
            "all": np.ones(len(shown), bool),
            "main light in view": np.array([one.in_view for one in shown]),
            "not in view": ~np.array([one.in_view for one in shown]),
            **{f"source {s}": np.array([light.source == s for light in found]) for s in sorted({light.source for light in found})},
        }
        lines += [_line(f"{name}: {group}", errors[rows], sigmas[rows], up[rows]) for group, rows in groups.items() if rows.any()]
    return "\n".join(lines)


def bench_light() -> Row:
    """Estimate the light of one 640x480 frame with planes and furniture, against one Gaussian blur of its photo in float32."""
    import cv2

    cv2.setNumThreads(1)
    one = next(_rooms(np.random.default_rng(secrets.randbits(32)), size=(640, 480)))
    room = depth_room((one.frame,))
    pixels = one.frame.image.pixels.astype(np.float32)
    ours, blur = cpu_of(lambda: estimate_light(one.frame, room)), cpu_of(lambda: cv2.GaussianBlur(pixels, (0, 0), 5.0))
    return Row("light of a 640x480 frame, against a Gaussian blur of it (sigma 5)", *in_turn(ours, blur, rounds=15))


def _rooms(rng: np.random.Generator, *, size: tuple[int, int] = _SIZE) -> Iterator[_Shown]:
    count = 0
    while count < ROOMS:
        seed = int(rng.integers(2**31))
        f = 525 * size[0] / 640 * rng.uniform(0.95, 1.05)
        k = np.array([[f, 0, (size[0] - 1) / 2], [0, f, (size[1] - 1) / 2], [0, 0, 1]])
        room = make_room(seed, camera=Camera(k=k, width_px=size[0], height_px=size[1]), views=1)
        light, view = RoomLight(room, seed=seed), room.views[0]
        outline = room.truth().of_kind("floor")[0].outline_m
        at = (outline.min(axis=0) + outline.max(axis=0)) / 2 + [0, 0.02, 0]
        truth = light.estimate(at, seed=seed)
        if truth.to_light is None:  # in the corner of an L that no lamp and no window reaches
            continue
        exact, _ = room.seen(view)
        depth = sensor_depth(exact, view.camera, kind="kinect", rng=rng, lost=room.glass(view))
        picture = camera_effects(photo(room, view, rng=rng, samples=1, light=light), rng=rng)
        frame = Frame(image=picture, camera=view.camera, world_from_camera=view.world_from_camera, depth_m=depth)
        yield _Shown(room, frame, truth, at, in_view(room, frame, at, np.array(truth.to_light)))
        count += 1


def in_view(room: SyntheticRoom, frame: Frame, at: Array, to_light: Array) -> bool:
    """Tell whether the photo shows the lamp or window in the true direction."""
    lit = [np.array(lamp.position_m) for lamp in room.lamps if max(lamp.radiance) > 0]
    panes = [opening.outline_m.mean(axis=0) for opening in room.openings if opening.kind == "window"]
    for place in (*lit, *panes):
        way = (place - at) / np.linalg.norm(place - at)
        seen = np.linalg.inv(frame.world_from_camera) @ [*place, 1.0]
        if np.arccos(np.clip(way @ to_light, -1, 1)) < _IN_VIEW_RAD and seen[2] > 0:
            x, y = frame.camera.project(seen[None, :3])[0]
            if 0 <= x < frame.camera.width_px and 0 <= y < frame.camera.height_px:
                return True
    return False


def _with_depth(one: _Shown) -> LightEstimate:
    """Measure the room, estimate its light, and turn the answer into the true world."""
    frame = replace(one.frame, world_from_camera=None)
    room = depth_room((frame,))
    pose = room.views[0].world_from_camera
    true_from_here = one.frame.world_from_camera @ np.linalg.inv(pose)
    at = np.linalg.inv(true_from_here) @ [*one.at_m, 1.0]
    light = estimate_light(frame, room, at_m=at[:3])
    return replace(light, to_light=tuple(true_from_here[:3, :3] @ np.array(light.to_light)))


def _without_depth(one: _Shown) -> LightEstimate:
    truth = one.room.truth()
    labels = one.room.labels(one.room.views[0])
    kept = [p for i, p in enumerate(one.room.planes) if (labels == i).mean() > 0.01 and p.part not in ("window", "beyond")]
    room = Room(planes=tuple(kept), scale=truth.scale, views=truth.views)
    return estimate_light(replace(one.frame, depth_m=None), room, at_m=one.at_m)


def _apart(truth: LightEstimate, found: LightEstimate) -> float:
    return float(np.arccos(np.clip(np.array(truth.to_light) @ np.array(found.to_light), -1, 1)))


def _line(name: str, errors: Array, sigmas: Array, up: Array) -> str:
    med, high = np.degrees(np.quantile(errors, (0.5, 0.9)))
    inside, rms = 100 * np.mean(errors < 2 * sigmas), np.sqrt(np.mean((errors / sigmas) ** 2))
    return f"| {name} | {len(errors)} | {med:.1f} / {high:.1f} | {inside:.0f} | {rms:.2f} | {np.degrees(np.median(up)):.1f} |"

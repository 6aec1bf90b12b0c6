"""Poses of depth frames, against the truth of ray-traced rooms (fresh seeds each time, printed)."""

from __future__ import annotations

import secrets

import numpy as np
from scipy.spatial.transform import Rotation

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.testing.rooms import SyntheticRoom, camera_effects, make_room, photo, sensor_depth
from arviz.vision.registration import register
from tests.vision.registration.scenes import bent, drawn_bend

ROOMS, VIEWS = 5, 4
_WRONG_RAD, _WRONG_M = np.radians(1.0), 0.05
_BANDS_DEG = ((0, 20), (20, 60))
_BENT_PX = 0.1


def table_registration() -> str:
    """Place pairs of Kinect-like frames of 640x480 of furnished rooms: by angle between them, and of different rooms.

    Straight sensors, and sensors whose disparity is wrong by 0.1 px and a bowl, smoothly over the picture (4 cm in 4 m; another in
    each room). Within two sigma: the turns about and the shifts along each axis, of which 95 % should be. Wrong: by more than 1
    degree or 50 mm.
    """
    seed = secrets.randbits(31)
    rng = np.random.default_rng(seed)
    rooms = [make_room(int(rng.integers(2**31)), views=VIEWS) for _ in range(ROOMS)]
    photos = [[camera_effects(photo(room, view, rng=rng), rng=rng) for view in room.views] for room in rooms]
    lines = [
        f"{ROOMS} rooms, seed {seed}.\n",
        "| sensor | apart | pairs | placed | turn deg med / p90 | shift mm med / p90 | turns, shifts within 2 sigma | wrong |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for sensor, sigma_px in (("straight", 0.0), ("bent", _BENT_PX)):
        frames = [_frames(room, shown, rng, sigma_px) for room, shown in zip(rooms, photos, strict=True)]
        pairs = [
            _pair(room, taken, i, j) for room, taken in zip(rooms, frames, strict=True) for i in range(VIEWS) for j in range(i + 1, VIEWS)
        ]
        lines += [_line(sensor, band, pairs) for band in _BANDS_DEG]
        if not sigma_px:
            strangers = [(a, b) for one in range(ROOMS) for two in range(one + 1, ROOMS) for a in frames[one][:2] for b in frames[two][:2]]
    wrong = sum(register([a, b]).poses[0] is not None for a, b in strangers)
    lines.append(f"| straight | other room | {len(strangers)} | {wrong} | - | - | - | {wrong} |")
    return "\n".join(lines)


def _line(sensor: str, band: tuple[int, int], pairs: list[tuple[float, Array | None]]) -> str:
    inside = [errors for apart, errors in pairs if band[0] <= np.degrees(apart) < band[1]]
    placed = np.array([errors for errors in inside if errors is not None]).reshape(-1, 8)
    name = f"| {sensor} | {band[0]} to {band[1]} deg | {len(inside)} | {len(placed)} |"
    if not len(placed):
        return f"{name} - | - | - | 0 |"
    turn, shift = np.linalg.norm(placed[:, :3], axis=1), np.linalg.norm(placed[:, 3:6], axis=1)
    wrong = int(((turn > _WRONG_RAD) | (shift > _WRONG_M)).sum())
    figures = [f"{np.median(of):.2f} / {np.percentile(of, 90):.2f}" for of in (np.degrees(turn), 1000 * shift)]
    shares = [(np.abs(placed[:, at : at + 3]) < 2 * placed[:, 6 + at // 3, None]).mean() for at in (0, 3)]
    return f"{name} {figures[0]} | {figures[1]} | {shares[0]:.0%}, {shares[1]:.0%} | {wrong} |"


def _frames(room: SyntheticRoom, photos: list[Image], rng: np.random.Generator, sigma_px: float) -> list[Frame]:
    bend = drawn_bend(rng, room.camera, sigma_px=sigma_px)
    out = []
    for view, picture in zip(room.views, photos, strict=True):
        noisy = sensor_depth(bent(room.depth(view), bend), view.camera, rng=rng, lost=room.glass(view))
        out.append(Frame(image=picture, camera=view.camera, depth_m=noisy))
    return out


def _pair(room: SyntheticRoom, frames: list[Frame], i: int, j: int) -> tuple[float, Array | None]:
    """Return the angle between two views, and turn and shift by which they are wrong with their sigmas (8,); None where refused."""
    truth = np.linalg.inv(room.views[i].world_from_camera) @ room.views[j].world_from_camera
    apart = float(Rotation.from_matrix(truth[:3, :3]).magnitude())
    found = register([frames[i], frames[j]])
    first, second = found.poses
    if first is None or second is None:
        return apart, None
    here = np.linalg.inv(first) @ second
    turn = Rotation.from_matrix(here[:3, :3] @ truth[:3, :3].T).as_rotvec()
    return apart, np.array([*turn, *(here[:3, 3] - truth[:3, 3]), found.sigma_rotation_rad, found.sigma_position_m])

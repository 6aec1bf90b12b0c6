"""Poses of depth frames, against the truth of ray-traced rooms (fresh seeds each time, printed)."""

from __future__ import annotations

import secrets

import numpy as np
from scipy.spatial.transform import Rotation

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.testing.rooms import SyntheticRoom, camera_effects, make_room, photo, sensor_depth
from arviz.vision.registration import register

ROOMS, VIEWS = 6, 4
_WRONG_RAD, _WRONG_M = np.radians(1.0), 0.05
_BANDS_DEG = ((0, 20), (20, 60))


def table_registration() -> str:
    """Place pairs of Kinect-like frames of 640x480 of furnished rooms: by angle between them, and of different rooms.

    Within two sigma: the turn and the shift, each against the length that three axes of the stated sigma make. Wrong: by more
    than 1 degree or 50 mm.
    """
    seed = secrets.randbits(31)
    rng = np.random.default_rng(seed)
    rooms = [make_room(int(rng.integers(2**31)), views=VIEWS) for _ in range(ROOMS)]
    frames = [_frames(room, rng) for room in rooms]
    pairs = [_pair(room, taken, i, j) for room, taken in zip(rooms, frames, strict=True) for i in range(VIEWS) for j in range(i + 1, VIEWS)]
    lines = [
        f"{ROOMS} rooms, seed {seed}.\n",
        "| apart | pairs | placed | turn deg med / p90 | shift mm med / p90 | within 2 sigma | wrong |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for low, high in _BANDS_DEG:
        band = [errors for apart, errors in pairs if low <= np.degrees(apart) < high]
        placed = np.array([errors for errors in band if errors is not None]).reshape(-1, 4)
        if not len(placed):
            continue
        turn, shift = np.degrees(placed[:, 0]), 1000 * placed[:, 1]
        inside = (placed[:, :2] < 2 * np.sqrt(3) * placed[:, 2:]).mean()
        wrong = int(((placed[:, 0] > _WRONG_RAD) | (placed[:, 1] > _WRONG_M)).sum())
        figures = [f"{np.median(of):.2f} / {np.percentile(of, 90):.2f}" for of in (turn, shift)]
        lines.append(f"| {low} to {high} deg | {len(band)} | {len(placed)} | {figures[0]} | {figures[1]} | {inside:.0%} | {wrong} |")
    others = [(a, b) for one in range(ROOMS) for two in range(one + 1, ROOMS) for a in frames[one][:2] for b in frames[two][:2]]
    wrong = sum(register([a, b]).poses[0] is not None for a, b in others)
    lines.append(f"| other room | {len(others)} | {wrong} | - | - | - | {wrong} |")
    return "\n".join(lines)


def _frames(room: SyntheticRoom, rng: np.random.Generator) -> list[Frame]:
    out = []
    for view in room.views:
        noisy = sensor_depth(room.depth(view), view.camera, rng=rng, lost=room.glass(view))
        picture = camera_effects(photo(room, view, rng=rng), rng=rng)
        out.append(Frame(image=picture, camera=view.camera, depth_m=noisy))
    return out


def _pair(room: SyntheticRoom, frames: list[Frame], i: int, j: int) -> tuple[float, Array | None]:
    """Return the angle between two views, and the errors of the turn and shift with their sigmas; None where refused."""
    truth = np.linalg.inv(room.views[i].world_from_camera) @ room.views[j].world_from_camera
    apart = Rotation.from_matrix(truth[:3, :3]).magnitude()
    found = register([frames[i], frames[j]])
    first, second = found.poses
    if first is None or second is None:
        return float(apart), None
    here = np.linalg.inv(first) @ second
    turn = Rotation.from_matrix(here[:3, :3] @ truth[:3, :3].T).magnitude()
    shift = np.linalg.norm(here[:3, 3] - truth[:3, 3])
    return float(apart), np.array([turn, shift, found.sigma_rotation_rad, found.sigma_position_m])

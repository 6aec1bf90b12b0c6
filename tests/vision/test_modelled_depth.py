"""A depth network gets its metres from the floor of the photo; what it guesses is never surer than it was tested."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.testing.rooms import make_room
from arviz.vision.estimate_room import estimate_room
from arviz.vision.photo.anchors import parse_scale


class Network:
    """What a user might bring: inverse depth up to a scale and a shift, with an error of its own."""

    name = "network"
    kind = "inverse"

    def __init__(self, depth_m, *, error=0.01, seed=0):
        rng = np.random.default_rng(seed)
        with np.errstate(divide="ignore"):
            self.numbers = 3.7 * (1 / depth_m * (1 + rng.normal(0, error, depth_m.shape))) + 0.2

    def predict(self, image, *, camera=None):
        return self.numbers.astype(np.float32)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass


def _scene():
    truth = make_room(21, kind="box", furnished=False)
    view = truth.views[0]
    labels = truth.labels(view)
    rows, columns = np.nonzero(labels == 0)
    pose = view.world_from_camera
    corners = np.array(
        [
            [columns[i], rows[i]]
            for i in (np.argmin(columns + rows), np.argmax(columns - rows), np.argmax(columns + rows), np.argmin(columns - rows))
        ],
        float,
    )
    frame = Frame(image=Image(pixels=np.full((*labels.shape, 3), 120, np.uint8)), camera=view.camera)
    down = pose[:3, :3].T @ [0, -1, 0]
    rays = np.column_stack([(corners - view.camera.k[:2, 2]) / view.camera.k[[0, 1], [0, 1]], np.ones(4)])
    points = rays * (pose[1, 3] / (rays @ down))[:, None]
    metres = float(np.linalg.norm(points[2] - points[3]))
    ends = ",".join(f"{v:.2f}" for v in corners[[2, 3]].reshape(-1))
    return truth, view, frame, down, corners, f"length={ends},{metres:.4f}m"


def test_walls_come_out_where_they_are():
    truth, view, frame, down, corners, length = _scene()
    provider = Network(truth.depth(view))
    room = estimate_room(frame, gravity=down.tolist(), scale=length, floor_points_px=corners, depth_provider=provider)
    assert "W_DEPTH_GUESSED" in {finding.code for finding in room.findings}
    assert "network" in room.scale.source
    height = view.world_from_camera[1, 3]
    assert room.views[0].world_from_camera[1, 3] == pytest.approx(height, rel=4 * room.scale.sigma + 0.01)
    eye = view.world_from_camera
    walls = [wall for wall in room.of_kind("wall") if wall.area_m2 > 1.5 and wall.source == "depth model"]
    assert walls
    for wall in walls:
        normal = room.views[0].world_from_camera[:3, :3].T @ np.asarray(wall.normal)
        distance = wall.distance_m(room.views[0].world_from_camera[None, :3, 3])[0]
        # Wardrobes look the same way as their wall: the nearest in distance is meant.
        alike = [plane for plane in truth.planes if normal @ eye[:3, :3].T @ plane.normal > np.cos(np.radians(4))]
        truly = min((plane.distance_m(eye[None, :3, 3])[0] for plane in alike), key=lambda one: abs(one - distance))
        assert abs(distance - truly) < 4 * (wall.sigma_offset_m + room.scale.sigma * truly)


def test_without_scale_a_network_is_refused():
    truth, view, frame, down, _, _ = _scene()
    with pytest.raises(InputError) as caught:
        estimate_room(frame, gravity=down.tolist(), depth_provider=Network(truth.depth(view)))
    assert caught.value.code == "E_DEPTH_MODEL_SCALE"
    assert "a4" in caught.value.hint


def test_a_network_that_contradicts_the_floor_is_refused():
    truth, view, frame, down, corners, length = _scene()
    upside_down = Network(truth.depth(view)[::-1])
    with pytest.raises(InputError) as caught:
        estimate_room(frame, gravity=down.tolist(), scale=parse_scale(length), floor_points_px=corners, depth_provider=upside_down)
    assert caught.value.code == "E_DEPTH_ANCHOR"


def test_several_frames_need_no_network_and_some_depth_is_refused():
    truth, view, frame, *_ = _scene()
    with pytest.raises(InputError) as caught:
        estimate_room([replace(frame, depth_m=truth.depth(view)), frame])
    assert caught.value.code == "E_DEPTH_SOME"
    with pytest.raises(InputError) as caught:
        estimate_room([])
    assert caught.value.code == "E_NO_FRAMES"

"""The digital twin is the room: same places, valid files, each part saying what it is known from."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.colour import linear_to_srgb
from arviz.core.errors import InputError
from arviz.core.frames import look_at
from arviz.core.graph import drawn
from arviz.core.image import Image
from arviz.core.room import HeightGrid, Opening, Plane, Room, RoomObject, Scale, View
from arviz.flows.room_twin import room_twin
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.formats.usdz.rules import check_usdz
from arviz.formats.usdz.write import write_usdz

CAMERA = Camera.from_fov(vertical_fov_rad=1.0, width_px=64, height_px=48)


def _plane(kind, normal, offset, outline):
    return Plane(
        kind=kind,
        normal=normal,
        offset_m=offset,
        outline_m=np.asarray(outline, float),
        sigma_normal_rad=0.001,
        sigma_offset_m=0.002,
        source="depth",
        confidence=0.9,
    )


def _room(**changes) -> Room:
    floor = _plane("floor", (0, 1, 0), 0, [[0, 0, 0], [0, 0, 3], [2, 0, 3], [2, 0, 2], [4, 0, 2], [4, 0, 0]])  # an L, concave
    wall = _plane("wall", (0, 0, 1), 0, [[0, 0, 0], [4, 0, 0], [4, 2.5, 0], [0, 2.5, 0]])
    top = np.zeros((4, 6), np.float32)
    top[1:3, 2:4] = 0.5
    values = {
        "planes": (floor, wall),
        "openings": (
            Opening(
                kind="door",
                wall=1,
                outline_m=np.array([[1, 0, 0], [1.9, 0, 0], [1.9, 2, 0], [1, 2, 0]], float),
                sigma_m=0.02,
                source="depth",
            ),
        ),
        "obstacles": HeightGrid(origin_m=(1, 1), cell_m=0.1, seen=top >= 0, bottom_m=top * 0, top_m=top, sigma_m=0.02),
        "objects": (RoomObject(category="sofa", world_from_box=np.eye(4), size_m=(2, 0.8, 0.9), sigma_m=0.02, source="roomplan"),),
        "views": (View(camera=CAMERA, world_from_camera=look_at((2, 1.5, 4), (2, 0.5, 0))),),
        "scale": Scale(sigma=0.01, source="depth"),
    }
    return Room(**{**values, **changes})


def _frame() -> Frame:
    return Frame(image=Image(pixels=np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)), camera=CAMERA)


def _areas(asset) -> dict[str, float]:
    """Return the area of each node and check on the way that all faces look along their normals."""
    areas = {}
    for piece in drawn(asset):
        points = piece.primitive.positions[piece.primitive.triangles].astype(float)
        faces = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
        normals = piece.primitive.attributes["NORMAL"][piece.primitive.triangles[:, 0]]
        assert (np.einsum("tc,tc->t", faces, normals) > 0).all()
        areas[asset.nodes[piece.node].name] = np.linalg.norm(faces, axis=1).sum() / 2
    return areas


def test_areas_are_those_of_the_room():
    areas = _areas(room_twin(_room()))
    assert areas["floor-0"] == pytest.approx(10)
    assert areas["wall-1"] == pytest.approx(10)
    assert areas["door-0"] == pytest.approx(1.8)
    assert areas["sofa-0"] == pytest.approx(2 * (2 * 0.8 + 2 * 0.9 + 0.8 * 0.9))
    assert areas["obstacles"] == pytest.approx(0.2 * 0.2 + 4 * 0.2 * 0.5)  # a block of 2 x 2 cells: its top and four sides


@pytest.mark.parametrize("frames", [(), (_frame(),)])
def test_files_are_valid_and_say_their_source(frames, validate_glb):
    asset = room_twin(_room(), frames=frames)
    data = write_glb(asset)
    assert validate_glb(data) == []
    back = read(data, format="glb")
    assert _areas(back) == pytest.approx(_areas(asset), rel=1e-6)
    floor = next(node for node in back.nodes if node.name == "floor-0")
    assert floor.extras["source"] == "depth"
    assert floor.extras["sigma_offset_m"] == 0.002
    assert back.extras["room"]["scale"] == {"sigma": 0.01, "source": "depth"}
    assert len(back.images) == 3 * len(frames)  # floor, wall, and the door in it
    told = {node.name: node.extras for node in back.nodes if node.name.startswith("door")}
    assert told["door-0"]["kind"] == "door"
    assert told["door-0"]["source"] == "depth"
    assert check_usdz(write_usdz(asset, name="room").data, name="room.usdz").errors == ()


def test_what_no_picture_shows_is_calm():
    """A shopper sees a painted room, not a diagram: no colour is far from grey, or dark."""
    for material in room_twin(_room()).materials:
        colour = linear_to_srgb(np.asarray(material.base_color_factor[:3]))
        assert np.ptp(colour) < 0.2
        assert colour.min() > 0.5


def test_a_room_without_scale_has_no_twin():
    with pytest.raises(InputError, match="scale") as caught:
        room_twin(_room(scale=None))
    assert caught.value.code == "E_SCALE_UNKNOWN"
    assert "a4" in caught.value.hint


def test_an_empty_room_has_no_twin():
    with pytest.raises(InputError, match="nothing"):
        room_twin(_room(planes=(), openings=(), obstacles=None, objects=()))

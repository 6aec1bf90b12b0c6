"""Whole photos with a thing of known size on the floor, drawn from their definition."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.image import Image, decode
from arviz.core.room_file import room_from_json, room_to_json
from arviz.vision.calibration.boards import marker_dictionary, parse_board
from arviz.vision.depth.picture import decode_depth
from arviz.vision.photo.anchors import parse_scale
from arviz.vision.photo.measure import measure_length
from arviz.vision.photo.room import photo_room
from arviz.vision.planes.extract import extract_planes
from tests.seeds import drawn_seed
from tests.vision.photo.scenes import Shot, corners, draw, on_floor, plain, room, rounded, shot

SMALL: dict[str, Any] = {"width_px": 756, "height_px": 567, "focal_px": 560.0}
WHITE, BLUE = plain(0.8, 0.8, 0.78), plain(0.05, 0.12, 0.5)


@pytest.fixture(scope="module")
def with_a4() -> tuple[Image, Shot]:
    rng = np.random.default_rng(drawn_seed())
    view = shot(roll_deg=1.5, yaw_deg=15, **SMALL)
    sheet = on_floor((0.297, 0.21), at=(0.5, -2.0), turn_deg=rng.uniform(0, 180), paint=WHITE)
    return draw(view, [*room(rng), sheet], rng=rng, parts=2), view


def test_a_sheet_on_the_floor_gives_metres(with_a4: tuple[Image, Shot]):
    image, view = with_a4
    found = photo_room(Frame(image=image, camera=view.camera), scale=parse_scale("a4"))
    assert found.scale is not None
    assert found.floor is not None
    pose = found.views[0].world_from_camera
    # Bars are ten times what such clean pictures give: this one sees gross mistakes, the bench measures.
    assert abs(pose[1, 3] / view.height_m - 1) < 0.01
    assert np.arccos(pose[1, :3] @ view.up) < np.radians(0.5)
    assert abs(pose[0, 3]) < 1e-12
    assert abs(pose[0, 2]) < 1e-9
    assert pose[2, 2] < 0
    taken = found.views[0]
    assert abs(pose[1, 3] - view.height_m) < 4 * np.hypot(taken.sigma_position_m, found.scale.sigma * view.height_m)
    ends = view.pixels(np.array([[-0.3, 0, -2.2], [0.7, 0, -2.2]]))
    length = measure_length(found, *ends)
    assert length is not None
    assert abs(length.value_m - 1) < 3 * length.sigma_m < 0.05
    assert room_to_json(room_from_json(room_to_json(found))) == room_to_json(found)


def test_without_scale_lengths_are_camera_heights_and_a_finding_says_so(with_a4: tuple[Image, Shot]):
    image, view = with_a4
    found = photo_room(Frame(image=image, camera=view.camera))
    assert found.scale is None
    assert found.views[0].world_from_camera[1, 3] == 1
    assert [finding.code for finding in found.findings] == ["W_SCALE_UNKNOWN", "W_WALLS_GUESSED"]
    assert "A4" in found.findings[0].hint
    assert measure_length(found, (300, 500), (400, 500)) is None


def test_given_floor_points_become_the_outline_and_walls(with_a4: tuple[Image, Shot]):
    image, view = with_a4
    truth = np.array([[-0.6, 0, -4.0], [2.0, 0, -4.0], [2.0, 0, -2.6], [0.2, 0, -1.5]])
    found = photo_room(Frame(image=image, camera=view.camera), scale=parse_scale("a4"), floor_points_px=view.pixels(truth))
    assert found.floor is not None
    assert found.floor.extent == "given"
    sides = np.linalg.norm(truth - np.roll(truth, 1, axis=0), axis=1)
    outline = found.floor.outline_m
    assert np.allclose(np.sort(np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1)), np.sort(sides), rtol=0.03)
    walls = found.of_kind("wall")
    assert len(walls) == 4
    middle = outline.mean(axis=0)
    for wall in walls:
        assert abs(wall.normal[1]) < 1e-9
        assert wall.source == "given"
        assert wall.distance_m(middle[None])[0] > 0
        assert np.abs(wall.distance_m(wall.outline_m)).max() < 1e-9
        assert 0 < wall.sigma_offset_m < 0.1


def test_a_card_with_round_corners_is_measured_by_its_sides():
    rng = np.random.default_rng(drawn_seed())
    view = shot(focal_px=800, pitch_deg=45, width_px=640, height_px=480)
    size = (0.0856, 0.05398)
    card = on_floor(size, at=(0.05, -1.35), turn_deg=rng.uniform(0, 180), paint=rounded(size, 0.00318, BLUE))
    image = draw(view, [*room(rng), card], rng=rng, parts=2)
    found = photo_room(Frame(image=image, camera=view.camera), scale=parse_scale("card"))
    assert abs(found.views[0].world_from_camera[1, 3] / view.height_m - 1) < 0.04
    given = ",".join(f"{value:.1f}" for value in view.pixels(corners(card)).ravel())
    again = photo_room(Frame(image=image, camera=view.camera), scale=parse_scale(f"card={given}"))
    assert abs(again.views[0].world_from_camera[1, 3] / view.height_m - 1) < 0.04


def test_a_door_and_a_picture_are_no_sheet_of_paper():
    rng = np.random.default_rng(1)
    view = shot(pitch_deg=12, **SMALL)
    image = draw(view, room(rng), rng=rng, parts=2)
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=image, camera=view.camera), scale=parse_scale("a4"))
    assert raised.value.code == "E_SCALE_NOT_FOUND"
    assert "A4" in str(raised.value)
    assert raised.value.hint


def test_walls_are_guessed_where_they_are_and_said_to_be_guesses(with_a4: tuple[Image, Shot]):
    image, view = with_a4
    found = photo_room(Frame(image=image, camera=view.camera), scale=parse_scale("a4"))
    walls = found.of_kind("wall")
    # The room's back wall is 4 m away from the camera's foot.
    assert any(abs(wall.offset_m - 4) < 0.15 for wall in walls)
    assert all(wall.source == "photo" and wall.confidence < 0.7 for wall in walls)
    assert any(finding.code == "W_WALLS_GUESSED" for finding in found.findings)


def test_gravity_along_no_edge_of_the_room_is_refused(with_a4: tuple[Image, Shot]):
    image, view = with_a4
    wrong = view.camera_from_world @ np.array([0.6, -0.55, 0.58])
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=image, camera=view.camera), gravity=wrong)
    assert raised.value.code == "E_GRAVITY"
    right = photo_room(Frame(image=image, camera=view.camera), gravity=view.down)
    assert right.floor is not None
    assert right.views[0].world_from_camera[1, :3] @ view.up > np.cos(np.radians(0.3))


@pytest.fixture(scope="module")
def with_prints() -> tuple[Image, Shot]:
    """A ChArUco board and a marker, as they are printed."""
    import cv2

    board = parse_board("charuco:7x10:26mm")
    cells = cv2.aruco.generateImageMarker(marker_dictionary("4X4_50"), 7, 6)
    rng = np.random.default_rng(3)
    view = shot(focal_px=1100, pitch_deg=50, height_m=1.3)

    def charuco(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(board.pattern().at(np.stack([x - 0.014, y - 0.0185], axis=1))[:, None], 0.03, 0.8) * np.ones(3)

    def marker(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        inside = (np.minimum(x, y) > 0.025) & (np.maximum(x, y) < 0.175)
        row, column = (np.clip(((v - 0.025) / 0.025).astype(int), 0, 5) for v in (y, x))
        return np.where((inside & (cells[row, column] == 0))[:, None], 0.03, 0.8) * np.ones(3)

    things = [
        on_floor((0.21, 0.297), at=(-0.2, -1.0), turn_deg=20, paint=charuco),
        on_floor((0.2, 0.2), at=(0.25, -1.2), turn_deg=-35, paint=marker),
    ]
    return draw(view, [*room(rng), *things], rng=rng, parts=2), view


@pytest.mark.parametrize(("scale", "bar"), [("board=charuco:7x10:26mm", 0.004), ("marker=15cm", 0.01)])
def test_printed_things_give_metres(with_prints: tuple[Image, Shot], scale: str, bar: float):
    image, view = with_prints
    found = photo_room(Frame(image=image, camera=view.camera), scale=parse_scale(scale))
    assert abs(found.views[0].world_from_camera[1, 3] / view.height_m - 1) < bar
    assert found.views[0].world_from_camera[1, :3] @ view.up > np.cos(np.radians(0.4))


@pytest.mark.parametrize("scale", ["marker=15cm", "board=charuco:7x10:26mm", "card", "a4"])
def test_what_is_not_there_is_named(scale: str):
    view = shot(width_px=320, height_px=240, focal_px=300)
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=blank(), camera=view.camera), scale=parse_scale(scale))
    assert raised.value.code == "E_SCALE_NOT_FOUND"
    assert raised.value.hint


def test_tiles_on_a_vault_are_neither_paper_nor_cards(data: Path):
    image = decode((data / "room" / "cape" / "rgb_0.png").read_bytes())
    camera = shot(width_px=640, height_px=480, focal_px=549).camera
    for scale in ("a4", "card"):
        with pytest.raises(InputError) as raised:
            photo_room(Frame(image=image, camera=camera), scale=parse_scale(scale))
        assert raised.value.code == "E_SCALE_NOT_FOUND"
    assert not photo_room(Frame(image=image, camera=camera)).planes  # nor is the tunnel a room with right angles


def test_the_floor_of_a_real_frame_agrees_with_its_depth(data: Path):
    folder = data / "room" / "redwood"
    camera = shot(width_px=640, height_px=480, focal_px=525).camera
    image = decode((folder / "color" / "00000.jpg").read_bytes())
    found = photo_room(Frame(image=image, camera=camera))
    assert found.floor is not None
    # The floor's normal in that frame by a plane fit to its depth.
    depth_m = decode_depth((folder / "depth" / "00000.png").read_bytes(), scale=1000)
    field = extract_planes(depth_m, camera=camera)
    normals = np.array([plane.normal for plane in field.planes])
    floor = normals[np.argmax(normals @ (0, -1, 0))]
    up = found.views[0].world_from_camera[1, :3]
    assert np.degrees(np.arccos(up @ floor)) < 1.0


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 640)])
def test_pictures_of_next_to_nothing_say_nothing(size: tuple[int, int]):
    image = Image(pixels=np.arange(size[0] * size[1] * 3, dtype=np.uint8).reshape(*size, 3))
    camera = shot(width_px=size[1], height_px=size[0]).camera
    assert not photo_room(Frame(image=image, camera=camera)).planes
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=image, camera=camera), scale=parse_scale("a4"))
    assert raised.value.code == "E_SCALE_NOT_FOUND"


def blank(width: int = 320, height: int = 240) -> Image:
    return Image(pixels=np.full((height, width, 3), 128, np.uint8))


def test_a_blank_picture_says_nothing_and_says_so():
    view = shot(width_px=320, height_px=240, focal_px=300)
    found = photo_room(Frame(image=blank(), camera=view.camera))
    assert not found.planes
    assert found.scale is None
    assert [finding.code for finding in found.findings] == ["W_FLOOR_UNKNOWN", "W_SCALE_UNKNOWN"]
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=blank(), camera=view.camera), scale=parse_scale("length=100,200,200,200,1m"))
    assert raised.value.code == "E_SCALE_NEEDS_UP"


def test_gravity_and_a_length_are_enough():
    view = shot(width_px=320, height_px=240, focal_px=300, pitch_deg=30, roll_deg=3)
    ends = view.pixels(np.array([[-0.4, 0, -2.2], [0.6, 0, -2.4]]))
    truth = float(np.hypot(1.0, 0.2))
    scale = parse_scale("length=" + ",".join(map(str, ends.ravel().tolist())) + f",{truth}m")
    found = photo_room(Frame(image=blank(), camera=view.camera), gravity=9.81 * view.down, scale=scale)
    assert np.isclose(found.views[0].world_from_camera[1, 3], view.height_m)
    assert found.scale is not None
    assert 0 < found.scale.sigma < 0.1


@pytest.mark.parametrize("gravity", [(0, 0, 0), (np.nan, 1, 0), (0, np.inf, 0), (1, 2), "down", (0, -1, 0), (0.1, -0.9, -0.4)])
def test_gravity_that_is_none_or_upside_down_is_refused(gravity: object):
    view = shot(width_px=320, height_px=240)
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=blank(), camera=view.camera), gravity=gravity)  # type: ignore[arg-type]
    assert raised.value.code == "E_GRAVITY"


def test_a_camera_of_another_size_is_refused_and_the_factor_told():
    view = shot(width_px=640, height_px=480)
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=blank(), camera=view.camera))
    assert raised.value.code == "E_CAMERA_SIZE"
    assert "0.5" in str(raised.value.hint)
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=blank(240, 320), camera=view.camera))
    assert raised.value.code == "E_CAMERA_SIZE"
    assert "scale" not in str(raised.value.hint)


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ([[10, 200], [300, 200]], "E_FLOOR_POINTS"),
        ([[10, 200], [300, 220], [300, 200], [10, 220]], "E_FLOOR_POINTS"),
        ([[10, 200], [100, 200], [200, 200]], "E_FLOOR_POINTS"),
        ([[10, 5], [300, 200], [10, 220]], "E_POINT_ABOVE_HORIZON"),
        ([[10, 200], [400, 200], [10, 220]], "E_POINT_OUTSIDE"),
        ([[10, 200], [np.nan, 200], [10, 220]], "E_POINT_OUTSIDE"),
    ],
)
def test_floor_points_that_go_around_no_floor_are_refused(points: list[list[float]], code: str):
    view = shot(width_px=320, height_px=240, focal_px=300, pitch_deg=15)
    with pytest.raises(InputError) as raised:
        photo_room(Frame(image=blank(), camera=view.camera), gravity=view.down, floor_points_px=np.array(points))
    assert raised.value.code == code

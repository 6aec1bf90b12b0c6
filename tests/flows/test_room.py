"""From files to a measured room: a depth frame and a photo, with their truth."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_to_json
from arviz.core.errors import FormatError, ImageError, InputError
from arviz.core.frames import look_at
from arviz.core.image import measure
from arviz.core.room_file import read_room
from arviz.flows.frames import read_frames
from arviz.flows.room import room
from arviz.formats.read import read
from arviz.testing import captures
from arviz.testing.rooms import make_room, sensor_depth

CAMERA = Camera(k=np.array([[525.0, 0, 319.5], [0, 525, 239.5], [0, 0, 1]]), width_px=640, height_px=480)


def write_frame(folder, truth, *, scale=1000):
    """Write the first view of a synthetic room as rgb.png, depth.png and cam.json."""
    view = truth.views[0]
    rng = np.random.default_rng(truth.seed)
    depth = sensor_depth(truth.depth(view), view.camera, kind="kinect", rng=rng, lost=truth.glass(view))
    whole = np.where(np.isfinite(depth), np.round(depth * scale), 0).astype(np.uint16)
    PillowImage.fromarray(whole).save(folder / "depth.png")
    grey = np.full((view.camera.height_px, view.camera.width_px, 3), 120, np.uint8)
    PillowImage.fromarray(grey).save(folder / "rgb.png")
    (folder / "cam.json").write_text(json.dumps(camera_to_json(view.camera)))
    return view


def floor_pixels(truth, view):
    """Return two pixels that show the floor, far from each other, and their true distance."""
    rows, columns = np.nonzero(truth.labels(view) == 0)
    first, last = np.argmin(columns + 0.3 * rows), np.argmax(columns + 0.3 * rows)
    pixels = np.array([[columns[first], rows[first]], [columns[last], rows[last]]], float)
    depth = truth.depth(view)[rows[[first, last]], columns[[first, last]]]
    rays = (pixels - view.camera.k[:2, 2]) / view.camera.k[[0, 1], [0, 1]]
    points = np.concatenate([rays, np.ones((2, 1))], axis=1) * depth[:, None]
    return pixels, float(np.linalg.norm(points[0] - points[1]))


def test_a_depth_frame_becomes_room_picture_and_twin(tmp_path):
    truth = make_room(11, kind="box")
    view = write_frame(tmp_path, truth)
    ends, distance = floor_pixels(truth, view)
    steps = []
    measured = room(
        [tmp_path / "rgb.png"],
        depth=[tmp_path / "depth.png"],
        camera=tmp_path / "cam.json",
        out=tmp_path / "room.json",
        draw=tmp_path / "found.webp",
        mesh=tmp_path / "room.glb",
        measure=[ends.tolist()],
        progress=lambda step, share: steps.append(step),
    )
    (length,) = measured.lengths
    assert abs(length.value_m - distance) < 4 * length.sigma_m
    assert 0 < length.sigma_m < 0.02 * distance + 0.01
    assert measured.room.floor is not None
    assert "reading rgb.png" in steps
    again = read_room((tmp_path / "room.json").read_bytes())
    assert len(again.planes) == len(measured.room.planes)
    assert again.views[0].name == "rgb.png"
    assert measure((tmp_path / "found.webp").read_bytes()) == (640, 480)
    assert any(node.name.startswith("floor") for node in read(tmp_path / "room.glb").nodes)
    json.dumps(measured.to_json(), allow_nan=False)


def test_the_room_file_holds_no_pixels(tmp_path):
    truth = make_room(11, kind="box", furnished=False)
    write_frame(tmp_path, truth)
    room([tmp_path / "rgb.png"], depth=[tmp_path / "depth.png"], camera=tmp_path / "cam.json", out=tmp_path / "room.json")
    values = json.loads((tmp_path / "room.json").read_text())
    assert values.keys() == {
        "schema", "unit", "scale", "planes", "openings", "obstacles", "objects", "lighting", "sun", "views", "findings",
    }  # fmt: skip
    assert values["views"][0].keys() == {
        "name", "time_s", "camera", "world_from_camera", "sigma_rotation_rad", "sigma_position_m",
    }  # fmt: skip


def test_a_mistaken_unit_of_depth_is_told(tmp_path):
    write_frame(tmp_path, make_room(11, kind="box"), scale=5000)
    with pytest.raises(InputError) as caught:
        room([tmp_path / "rgb.png"], depth=[tmp_path / "depth.png"], depth_scale="1", camera=tmp_path / "cam.json")
    assert caught.value.code == "E_DEPTH_UNIT"
    good = room([tmp_path / "rgb.png"], depth=[tmp_path / "depth.png"], depth_scale="5000", camera=tmp_path / "cam.json")
    assert 1.1 < good.room.views[0].world_from_camera[1, 3] < 1.8  # the factory's cameras


def test_a_photo_with_gravity_and_a_length_gives_the_camera_height(tmp_path):
    pose = look_at((0, 1.4, 2), (0.2, 0, 0))
    PillowImage.fromarray(np.full((480, 640, 3), 120, np.uint8)).save(tmp_path / "photo.png")
    (tmp_path / "cam.json").write_text(json.dumps(camera_to_json(CAMERA)))
    points = np.array([[-0.5, 0, 0.3], [0.7, 0, 0.3]])
    ends = CAMERA.project((points - pose[:3, 3]) @ pose[:3, :3])
    down = pose[:3, :3].T @ [0, -1, 0]
    text = "length=" + ",".join(f"{v:.3f}" for v in ends.reshape(-1)) + ",1.2m"
    measured = room([tmp_path / "photo.png"], camera=tmp_path / "cam.json", gravity=(9.81 * down).tolist(), scale=text)
    assert measured.room.scale is not None
    assert measured.room.views[0].world_from_camera[1, 3] == pytest.approx(1.4, abs=0.01)
    unknown = room([tmp_path / "photo.png"], camera=tmp_path / "cam.json", gravity=down.tolist())
    assert unknown.room.scale is None
    assert "W_SCALE_UNKNOWN" in {finding.code for finding in unknown.room.findings}
    assert unknown.dimensions == {}
    with pytest.raises(InputError) as caught:
        room([tmp_path / "photo.png"], camera=tmp_path / "cam.json", gravity=down.tolist(), mesh=tmp_path / "room.glb")
    assert caught.value.code == "E_SCALE_UNKNOWN"
    assert not (tmp_path / "room.glb").exists()


def test_what_is_known_of_the_camera(tmp_path):
    PillowImage.fromarray(np.zeros((240, 320, 3), np.uint8)).save(tmp_path / "small.png")
    PillowImage.fromarray(np.zeros((640, 480, 3), np.uint8)).save(tmp_path / "turned.png")
    found = read_frames([tmp_path / "small.png"], camera=CAMERA)
    assert [finding.code for finding in found.findings] == ["I_CAMERA_RESIZED"]
    assert found.frames[0].camera.k[0, 0] == pytest.approx(262.5)
    with pytest.raises(InputError) as caught:
        read_frames([tmp_path / "turned.png"], camera=CAMERA)
    assert caught.value.code == "E_CAMERA_SIZE"
    assert "Turn" in caught.value.hint
    assumed = read_frames([tmp_path / "small.png"])
    assert [finding.code for finding in assumed.findings] == ["W_CAMERA_ASSUMED"]
    assert assumed.frames[0].camera.sigma_f_px > 0.1 * assumed.frames[0].camera.k[0, 0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"draw": "a.pdf"}, "E_OUTPUT_FORMAT"),
        ({"mesh": "a.obj"}, "E_OUTPUT_FORMAT"),
        ({"out": "a.txt"}, "E_OUTPUT_FORMAT"),
        ({"mesh": "a.glb", "draw": "rgb.png"}, "E_OUTPUT_EXISTS"),
        ({"depth": ["depth.png", "depth.png"]}, "E_DEPTH_SOME"),
        ({"depth_scale": 5000}, "E_DEPTH_SOME"),
        ({"camera": "depth.png"}, "E_CAMERA_JSON"),
        ({"scale": "a5"}, "E_SCALE_SYNTAX"),
        ({"gravity": [0, 0, 0]}, "E_GRAVITY"),
    ],
)
def test_bad_requests_are_refused_and_write_nothing(tmp_path, options, code):
    write_frame(tmp_path, make_room(11, kind="box", furnished=False))
    before = sorted(tmp_path.iterdir())
    paths = {"draw", "mesh", "out", "camera"}
    given = {name: tmp_path / value if name in paths else value for name, value in options.items()}
    given["depth"] = [tmp_path / name for name in given.get("depth", [])]
    with pytest.raises(InputError) as caught:
        room([tmp_path / "rgb.png"], **{"camera": tmp_path / "cam.json", "out": tmp_path / "new.json", **given})
    assert caught.value.code == code
    assert sorted(tmp_path.iterdir()) == before


def test_a_frame_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(ImageError):
        room([tmp_path / "a.jpg"])
    with pytest.raises(FormatError):
        room([tmp_path])


def test_the_real_frames_are_measured(data, tmp_path):
    """Redwood's walls stand at right angles on its floor (by construction)."""
    camera = tmp_path / "cam.json"
    camera.write_text(json.dumps(camera_to_json(CAMERA)))
    redwood = data / "room" / "redwood"
    measured = room([redwood / "color" / "00000.jpg"], depth=[redwood / "depth" / "00000.png"], camera=camera).room
    assert measured.floor is not None
    for wall in measured.of_kind("wall"):
        if wall.area_m2 > 1:
            assert abs(np.dot(wall.normal, measured.floor.normal)) < np.sin(np.radians(1.5))
    tum = data / "room" / "tum"
    desk = room([tum / "TUM_color.png"], depth=[tum / "TUM_depth.png"], depth_scale="5000", camera=camera).room
    assert any(plane.confidence > 0.5 for plane in desk.planes)


@pytest.mark.parametrize("write", ["stray", "polycam", "roomplan", "app_json"])
def test_captures_become_rooms(tmp_path, write):
    truth = make_room(11, kind="box")
    path = tmp_path / ("room.json" if write in ("roomplan", "app_json") else "scan")
    source = truth.truth() if write == "roomplan" else captures.record(truth)
    getattr(captures, f"write_{write}")(path, source)
    path = next(tmp_path.glob("*.json"), path)
    measured = room([path], out=tmp_path / "out.json").room
    assert measured.scale is not None
    assert measured.floor is not None
    assert any(wall.area_m2 > 1 for wall in measured.of_kind("wall"))
    # The world is the capture's: its floor lies where the truth has it.
    assert abs(measured.floor.distance_m(truth.planes[0].outline_m.mean(axis=0)[None])[0]) < 0.03
    assert all(opening.wall is None or measured.planes[opening.wall].kind == "wall" for opening in measured.openings)


def test_a_capture_is_drawn_on_and_measured_in_pixels_of_its_picture(tmp_path):
    truth = make_room(11, kind="box", furnished=False, camera=captures.phone_camera())
    frames = captures.record(truth)
    path = captures.write_polycam(tmp_path / "scan", frames)
    # Pixels that the smaller depth picture does not have.
    rows, columns = np.nonzero(truth.labels(truth.views[0]) == 0)
    far = (columns > captures.PHONE_DEPTH_PX[0]) & (rows > captures.PHONE_DEPTH_PX[1])
    rows, columns = rows[far], columns[far]
    ends = [(float(columns[at]), float(rows[at])) for at in (np.argmin(columns), np.argmax(columns))]
    measured = room([path], draw=tmp_path / "found.png", measure=[ends])
    assert measure((tmp_path / "found.png").read_bytes()) == captures.PHONE_PX
    assert (measured.room.views[0].camera.width_px, measured.room.views[0].camera.height_px) == captures.PHONE_PX
    camera, depth = frames[0].camera, truth.depth(truth.views[0])
    points = [
        np.array([*((np.array(end) - camera.k[:2, 2]) / camera.k[[0, 1], [0, 1]]), 1]) * depth[int(end[1]), int(end[0])] for end in ends
    ]
    (length,) = measured.lengths
    assert length is not None
    assert measured.room.scale.sigma == 0.0064  # as the concept page states of phones with LiDAR
    assert "LiDAR" in length.source
    assert abs(length.value_m - np.linalg.norm(points[0] - points[1])) < max(4 * length.sigma_m, 0.01)


def test_errors_name_the_file_and_not_its_number(tmp_path):
    write_frame(tmp_path, make_room(11, kind="box", furnished=False))
    PillowImage.fromarray(np.zeros((480, 640), np.uint16)).save(tmp_path / "none.png")
    with pytest.raises(InputError) as caught:
        room([tmp_path / "rgb.png"], depth=[tmp_path / "none.png"], camera=tmp_path / "cam.json")
    assert (caught.value.code, caught.value.where) == ("E_NO_DEPTH", "rgb.png")
    with pytest.raises(InputError) as caught:
        room([tmp_path / "rgb.png"], scale="a4", camera=tmp_path / "cam.json")
    assert (caught.value.code, caught.value.where) == ("E_SCALE_NOT_FOUND", "rgb.png")


@pytest.mark.parametrize("others", [{"depth_scale": 1000}, {"also": "rgb.png"}])
def test_a_capture_is_alone(tmp_path, others):
    write_frame(tmp_path, make_room(11, kind="box", furnished=False))
    (tmp_path / "scan").mkdir()
    also = [tmp_path / others.pop("also")] if "also" in others else []
    with pytest.raises(InputError) as caught:
        room([tmp_path / "scan", *also], **others)
    assert (caught.value.code, caught.value.where) == ("E_CAPTURE_OPTIONS", "scan")


@pytest.mark.parametrize("asked", [{"draw": "found.png"}, {"measure": [((1, 1), (9, 9))]}])
def test_a_capture_without_pictures_shows_no_pixels(tmp_path, asked):
    path = captures.write_roomplan(tmp_path / "room.json", make_room(11, kind="box").truth())
    with pytest.raises(InputError) as caught:
        room([path], **{name: tmp_path / value if name == "draw" else value for name, value in asked.items()})
    assert (caught.value.code, caught.value.where) == ("E_NO_FRAMES", "room.json")


@pytest.mark.parametrize(("size", "doubted"), [((640, 480), False), ((480, 640), False), ((400, 300), True)])
def test_a_photo_smaller_than_its_tags_say_is_doubted(tmp_path, size, doubted):
    exif = PillowImage.Exif()
    exif.get_ifd(0x8769).update({0xA405: 26, 0xA002: 640, 0xA003: 480})
    PillowImage.new("RGB", size).save(tmp_path / "photo.jpg", exif=exif)
    found = read_frames([tmp_path / "photo.jpg"])
    assert found.frames[0].camera.source == "exif"
    assert [finding.code for finding in found.findings] == ["W_CAMERA_PICTURE_CHANGED"] * doubted


def test_depth_frames_of_one_room_get_their_poses(data, tmp_path):
    folder = data / "room" / "redwood"
    names = ["00000", "00002"]
    measured = room(
        [folder / "color" / f"{name}.jpg" for name in names],
        depth=[folder / "depth" / f"{name}.png" for name in names],
        camera=CAMERA,
        out=tmp_path / "room.json",
    ).room
    assert [view.name for view in measured.views] == ["00000.jpg", "00002.jpg"]
    assert 0 < measured.views[1].sigma_position_m < 0.005
    numbers = [line.split() for line in (folder / "trajectory.log").read_text().splitlines()]
    truth = np.array([line for line in numbers if len(line) == 4], float).reshape(-1, 4, 4)
    first, second = (view.world_from_camera for view in measured.views)
    assert np.allclose(np.linalg.inv(first) @ second, np.linalg.inv(truth[0]) @ truth[2], atol=0.003)
    written = read_room((tmp_path / "room.json").read_bytes())
    assert np.allclose(written.views[1].world_from_camera, second)


def test_a_depth_frame_of_elsewhere_is_left_out(data):
    folder = data / "room"
    measured = room(
        [folder / "redwood" / "color" / "00000.jpg", folder / "cape" / "rgb_0.png"],
        depth=[folder / "redwood" / "depth" / "00000.png", folder / "cape" / "depth_0.png"],
        camera=CAMERA,
    ).room
    assert [view.name for view in measured.views] == ["00000.jpg"]
    first = measured.findings[0]
    assert (first.code, first.where) == ("W_FRAME_NOT_REGISTERED", "rgb_0.png")

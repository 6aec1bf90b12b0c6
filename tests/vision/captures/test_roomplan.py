"""RoomPlan's surfaces become the planes, openings and objects that were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, FormatError
from arviz.core.room import Room
from arviz.core.room_file import room_from_json, room_to_json
from arviz.testing.captures import write_roomplan
from arviz.testing.rooms import SyntheticRoom, make_room
from arviz.vision.captures.capture import read_capture
from tests.seeds import drawn_seed
from tests.vision.captures.mutations import mutated


@pytest.fixture(scope="module", params=["box", "l_shape", "sloped"])
def room(request) -> SyntheticRoom:
    """Return a room of a fresh seed, printed so that a failure can be repeated."""
    return make_room(drawn_seed(), kind=request.param, views=1)


@pytest.fixture
def measured(room, tmp_path) -> Room:
    """Return what is read of the room."""
    capture = read_capture(write_roomplan(tmp_path / "room.json", room))
    assert (capture.format, capture.frames) == ("roomplan", ())
    return capture.room


def same_outline(found: np.ndarray, true: np.ndarray) -> bool:
    """Tell whether two polygons have the same corners, whichever comes first."""
    gaps = np.linalg.norm(found[:, None] - true[None], axis=2)
    return found.shape == true.shape and gaps.min(axis=0).max() < 1e-6


def test_planes_are_those_written_and_look_into_the_room(room, measured):
    true = [plane for plane in room.planes if plane.part in ("floor", "wall")]
    assert len(measured.planes) == len(true)
    assert measured.planes[0].kind == "floor"
    for plane in true:
        match = [found for found in measured.planes if found.kind == plane.kind and same_outline(found.outline_m, plane.outline_m)]
        assert len(match) == 1
        assert np.allclose(match[0].normal, plane.normal, atol=1e-6)
        assert match[0].offset_m == pytest.approx(plane.offset_m, abs=1e-6)
        area = np.cross(match[0].outline_m - match[0].outline_m.mean(axis=0), np.roll(match[0].outline_m, -1, axis=0)).sum(axis=0)
        assert area @ np.asarray(plane.normal) > 0


def test_openings_hang_in_their_walls(room, measured):
    assert [opening.kind for opening in measured.openings] == sorted(
        (o.kind for o in room.openings), key=["door", "window", "passage"].index
    )
    for opening in room.openings:
        found = [o for o in measured.openings if same_outline(o.outline_m, opening.outline_m)]
        assert len(found) == 1
        assert np.allclose(measured.planes[found[0].wall].normal, room.planes[opening.wall].normal, atol=1e-6)
        assert np.abs(measured.planes[found[0].wall].distance_m(found[0].outline_m)).max() < 1e-9


def test_openings_without_a_parent_find_their_wall(room, tmp_path):
    path = write_roomplan(tmp_path / "room.json", room)
    with_parents = read_capture(path).room
    values = json.loads(path.read_text())
    for key in ("doors", "windows", "openings"):
        for row in values[key]:
            row["parentIdentifier"] = None
    path.write_text(json.dumps(values))
    assert [o.wall for o in read_capture(path).room.openings] == [o.wall for o in with_parents.openings]


def test_objects_are_boxes(room, measured):
    assert [thing.category for thing in measured.objects] == [thing.category.lower() for thing in room.objects]
    for found, true in zip(measured.objects, room.objects, strict=True):
        assert np.allclose(found.world_from_box, true.world_from_box, atol=1e-9)
        assert found.size_m == pytest.approx(true.size_m)


def test_numbers_have_sigmas_and_a_source_and_fit_into_a_room_file(measured):
    assert measured.scale.sigma > 0
    assert all(plane.sigma_offset_m >= 0.01 and plane.sigma_normal_rad > 0 and plane.source == "roomplan" for plane in measured.planes)
    assert all(opening.sigma_m >= 0.01 for opening in measured.openings)
    assert len(room_from_json(room_to_json(measured)).planes) == len(measured.planes)


def test_walls_a_distance_apart_make_the_one_percent_of_vendors(tmp_path):
    """Two walls 4 m apart: their places and the scale together leave 1 % of 4 m."""
    path = write_roomplan(tmp_path / "room.json", make_room(1, kind="box", furnished=False, views=1))
    room = read_capture(path).room
    walls = room.of_kind("wall")
    for a in walls:
        opposite = [b for b in walls if np.dot(a.normal, b.normal) < -0.999]
        length = abs(a.offset_m + opposite[0].offset_m)
        sigma = np.sqrt(a.sigma_offset_m**2 + opposite[0].sigma_offset_m ** 2 + (room.scale.sigma * length) ** 2)
        assert sigma / length == pytest.approx(0.01, rel=0.02)


def test_a_file_of_before_floors_gets_one_between_the_feet_of_the_walls(tmp_path):
    room = make_room(drawn_seed(), kind="box", views=1)
    path = write_roomplan(tmp_path / "room.json", room)
    values = json.loads(path.read_text()) | {"floors": []}
    path.write_text(json.dumps(values))
    capture = read_capture(path)
    assert capture.room.floor.area_m2 == pytest.approx(room.planes[0].area_m2, rel=1e-4)
    assert "W_CAPTURE_FLOOR" in {finding.code for finding in capture.findings}


def test_curved_walls_say_so_and_are_trusted_less(tmp_path):
    path = write_roomplan(tmp_path / "room.json", make_room(2, kind="box", views=1))
    straight = read_capture(path).room.of_kind("wall")[0]
    values = json.loads(path.read_text())
    for wall in values["walls"]:
        wall["curve"] = {"radius": 3}
    path.write_text(json.dumps(values))
    capture = read_capture(path)
    assert "W_CAPTURE_CURVED" in {finding.code for finding in capture.findings}
    assert capture.room.of_kind("wall")[0].confidence < straight.confidence


def test_a_file_without_walls_is_refused(tmp_path):
    (tmp_path / "room.json").write_text('{"walls": [], "objects": []}')
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path / "room.json")
    assert error.value.code == "E_CAPTURE_EMPTY"


@pytest.fixture(scope="module")
def values(tmp_path_factory) -> dict[str, Any]:
    """Return the JSON of a small room."""
    path = write_roomplan(tmp_path_factory.mktemp("roomplan") / "room.json", make_room(4, kind="box", views=1))
    return json.loads(path.read_text())


@given(data=st.data())
def test_mutated_files_are_read_or_refused_in_words(values, tmp_path_factory, data):
    path = Path(tmp_path_factory.mktemp("mutated")) / "room.json"
    path.write_text(json.dumps(mutated(data, values)))
    try:
        capture = read_capture(path)
    except ArvizError:
        return
    assert json.dumps(room_to_json(capture.room), allow_nan=False)

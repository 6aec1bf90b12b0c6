"""``arviz room``."""

from __future__ import annotations

import pytest

from arviz.core.room_file import room_from_json
from arviz.testing.rooms import make_room
from tests.cli.command_line import arviz
from tests.flows.test_room import write_frame


def test_a_room_from_the_shell(tmp_path):
    write_frame(tmp_path, make_room(11, kind="box"))
    frame = [tmp_path / "rgb.png", "--depth", tmp_path / "depth.png", "--camera", tmp_path / "cam.json"]
    done = arviz("room", *frame, "-o", tmp_path / "room.json", "--measure", "200,470,400,470")
    assert done.code == 0, done.err
    assert "floor" in done.out
    assert "camera   exact, focal length " in done.out
    length = next(line for line in done.out.splitlines() if line.startswith("length 200,470,400,470: "))
    assert " +- " in length
    assert "(depth, scale: depth)" in length
    rows = [line.split() for line in done.out.splitlines() if " m2 " in line]
    assert [int(row[0]) for row in rows] == list(range(len(rows)))
    assert all("place" in row for row in rows)
    assert done.out.splitlines()[-1].startswith("rgb.png  ->  ")
    again = arviz("room", *frame, "-o", tmp_path / "room.json")
    assert again.code == 3
    assert "--force" in again.err
    forced = arviz("room", *frame, "-o", tmp_path / "room.json", "--force", "--json")
    assert room_from_json(forced.json).floor is not None
    assert {"mm", "sigma_mm", "source"} == next(iter(forced.json["dimensions"].values())).keys()


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--gravity", "0,1"], 2, "X,Y,Z"),
        (["--measure", "1,2,3"], 2, "X,Y,X,Y"),
        (["--measure", "1,2,3,nan"], 2, "X,Y,X,Y"),
        (["--measure", "1e300,2,3,4"], 2, "X,Y,X,Y"),
        (["--gravity", "1e300,1e300,1e300"], 2, "X,Y,Z"),
        (["--floor-points", "1,2,3"], 2, "X,Y"),
        (["--scale", "a5"], 3, "a4"),
        (["--depth-scale", "furlong"], 3, "depth"),
        (["--camera", "missing.json"], 3, "missing.json"),
    ],
)
def test_bad_options_are_explained(tmp_path, options, code, told):
    write_frame(tmp_path, make_room(11, kind="box", furnished=False))
    depth = ["--depth", tmp_path / "depth.png"] if "--depth-scale" in options else []
    done = arviz("room", tmp_path / "rgb.png", *depth, *options)
    assert done.code == code, done.err
    assert told in done.err
    assert "Warning" not in done.err


def test_a_length_without_scale_is_unknown(tmp_path):
    write_frame(tmp_path, make_room(11, kind="box", furnished=False))
    done = arviz(
        "room", tmp_path / "rgb.png", "--camera", tmp_path / "cam.json", "--measure", "200,470,400,470", "--draw", tmp_path / "found.png"
    )
    assert done.code == 0, done.err
    assert (tmp_path / "found.png").exists()
    assert "length 200,470,400,470: unknown, the room has no scale" in done.out

"""``arviz place``: the first minutes of somebody who wants to know whether a sofa fits, and every way to get it wrong."""

import json
from dataclasses import replace

import pytest

from arviz.core.room_file import room_to_json
from arviz.testing.rooms import make_room
from tests.cli.command_line import arviz
from tests.flows.test_place import FRIDGE, SOFA, known_room


@pytest.fixture(scope="module")
def room_json(tmp_path_factory):
    """Return the file of a bare room."""
    path = tmp_path_factory.mktemp("room") / "room.json"
    path.write_text(json.dumps(room_to_json(known_room(make_room(31, kind="box", furnished=False)))))
    return path


def test_a_sofa_from_the_shell(room_json, tmp_path):
    files = ["--plan", tmp_path / "plan.svg", "-o", tmp_path / "room.jpg"]
    done = arviz("place", SOFA, "--room", room_json, *files)
    assert done.code == 0, done.err
    assert "sofa: 2180 x 1020 x 790 mm, sofa, on the floor" in done.out
    assert " mm behind to " in done.out
    assert done.out.splitlines()[-1].startswith("sofa.glb  ->  ")
    assert all(path.stat().st_size > 1000 for path in files[1::2])
    again = arviz("place", SOFA, "--room", room_json, *files)
    assert again.code == 3
    assert "--force" in again.err


def test_json_holds_what_the_text_says(room_json):
    told = arviz("place", SOFA, "--room", room_json, "--json").json
    assert told["schema"] == "arviz.place/1"
    assert told["outcome"] in ("pass", "unsure")
    best = told["best"][0]["placements"][0]
    given = arviz("place", SOFA, "--room", room_json, f"--at={best['at_mm']['x'] / 1000},{best['at_mm']['z'] / 1000}",
                  f"--yaw={best['yaw_deg']}", "--json").json  # fmt: skip
    same = given["best"][0]["placements"][0]
    assert same["at_mm"] == pytest.approx(best["at_mm"], abs=0.2)
    assert {c["side"] for c in same["clearances"]} == {c["side"] for c in best["clearances"]}


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--at", "1;2"], 2, "X,Z"),
        (["--at", "0,0", "--auto"], 2, "--auto"),
        (["--at", "nan,0"], 3, "metres"),
        (["--kind", "spaceship"], 3, "sofa"),
        (["--on", "air"], 3, "floor, wall, table"),
        (["--door", "left"], 3, "WALL:FROM-TO"),
        (["--radiator", "9999:0-1"], 3, "--plan"),
        (["--wall", "9999"], 3, "--plan"),
        (["--variant", "plaid"], 3, "Oat"),
        (["--figures", "unicorn"], 3, "cat"),
        (["--open", "roof"], 3, "opens"),
        (["--country", "atlantis"], 3, "us"),
        (["--rules", "nowhere.json"], 3, "nowhere.json"),
        (["--frame", "elsewhere.jpg"], 3, "elsewhere.jpg"),
        (["-o", "picture.bmp"], 3, ".png"),
    ],
)
def test_bad_options_are_explained(room_json, options, code, told):
    done = arviz("place", SOFA, "--room", room_json, *options)
    assert done.code == code, done.err
    assert told in done.err


def test_a_door_is_named_after_the_plan_was_seen(tmp_path):
    room = replace(known_room(make_room(31, kind="box", furnished=False)), openings=())
    (tmp_path / "room.json").write_text(json.dumps(room_to_json(room)))
    plan = ["--plan", tmp_path / "plan.svg", "--force"]
    unknown = arviz("place", SOFA, "--room", tmp_path / "room.json", *plan)
    assert "--door" in unknown.err
    number = next(index for index, plane in enumerate(room.planes) if plane.kind == "wall")
    assert f">wall {number}<" in (tmp_path / "plan.svg").read_text()
    named = arviz("place", SOFA, "--room", tmp_path / "room.json", "--door", f"{number}:0.5-1.4", *plan)
    assert "no door" not in named.err
    assert ">door 0<" in (tmp_path / "plan.svg").read_text()


def test_an_outcome_that_fails_ends_with_1(room_json, tmp_path):
    far = arviz("place", FRIDGE, "--room", room_json, "--at=99,99", "--plan", tmp_path / "plan.png")
    assert far.code == 1
    assert "blocks" in far.out
    assert (tmp_path / "plan.png").exists()


def test_rooms_that_say_too_little(room_json, tmp_path):
    room = known_room(make_room(31, kind="box", furnished=False))
    (tmp_path / "unscaled.json").write_text(json.dumps(room_to_json(replace(room, scale=None))))
    unscaled = arviz("place", SOFA, "--room", tmp_path / "unscaled.json", "-o", tmp_path / "p.png")
    assert unscaled.code == 3
    assert "--scale" in unscaled.err
    assert "mm" not in unscaled.out
    assert not (tmp_path / "p.png").exists()
    old = json.loads(room_json.read_text()) | {"schema": "arviz.room/0"}
    (tmp_path / "old.json").write_text(json.dumps(old))
    other = arviz("place", SOFA, "--room", tmp_path / "old.json")
    assert other.code == 3
    assert "arviz.room/1" in other.err

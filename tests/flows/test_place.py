"""The journey `furnish`: true sizes in every output, facts that agree with each other, one clear error for what cannot be."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from shapely import Polygon

import arviz
from arviz.core.errors import InputError
from arviz.core.graph import bounds, drawn
from arviz.core.image import decode, encode
from arviz.core.resources import resource
from arviz.core.room_file import room_to_json
from arviz.core.scene import Item, Lighting, Scene
from arviz.flows.figures import figures_beside
from arviz.flows.place import place
from arviz.formats.read import read
from arviz.place.plan.plan_frame import to_plan
from arviz.place.rules import read_rules
from arviz.render.environment import load_environment
from arviz.render.renderer import RENDERERS, RenderOptions
from arviz.render.room_catchers import plane_depth, ray_slopes
from arviz.testing.rooms import SyntheticRoom, height_grid, make_room, sensor_depth
from arviz.testing.shapes import box

SOFA = resource("assets", "products", "sofa", "sofa.glb")
LAMP = resource("assets", "products", "lamp", "lamp.glb")
FRIDGE = resource("assets", "products", "fridge", "fridge.glb")


def known_room(synthetic: SyntheticRoom) -> arviz.Room:
    """Return what is true of a room, obstacles included."""
    return replace(synthetic.truth(), obstacles=height_grid(synthetic))


@pytest.fixture(scope="module")
def empty():
    """Return a bare room of four walls: (synthetic, room)."""
    synthetic = make_room(31, kind="box", furnished=False)
    return synthetic, known_room(synthetic)


@pytest.fixture(scope="module")
def frame(empty):
    synthetic, _ = empty
    view = synthetic.views[0]
    rng = np.random.default_rng(31)
    grey = rng.integers(100, 140, (view.camera.height_px, view.camera.width_px, 3)).astype(np.uint8)
    depth = sensor_depth(synthetic.depth(view), view.camera, kind="kinect", rng=rng, lost=synthetic.glass(view))
    return arviz.Frame(image=arviz.Image(pixels=grey), camera=view.camera, depth_m=depth, world_from_camera=view.world_from_camera)


def test_everything_that_is_written_agrees(empty, frame, tmp_path):
    _, room = empty
    files = {"out": tmp_path / "p.png", "plan": tmp_path / "plan.svg", "mesh": tmp_path / "room.glb"}
    done = place([SOFA, LAMP], room=room, frame=frame, **files)
    assert done.files == {"picture": files["out"], "plan": files["plan"], "mesh": files["mesh"]}
    assert done.outcome == done.best[0].outcome != "fail"
    # The picture is the photo's, changed where the products are and nowhere far from them.
    picture = decode(files["out"].read_bytes()).pixels
    assert np.array_equal(picture, done.image.pixels)
    changed = (picture != frame.image.pixels).any(axis=2)
    assert 0.01 < changed.mean() < 0.95
    # The 3D model holds every product, rigid, as large as it is.
    whole = read(files["mesh"])
    for source, placement in zip((SOFA, LAMP), done.arrangement.placements, strict=True):
        alone = read(source)
        pose = placement.world_from_asset
        assert np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)
        points = np.concatenate([np.asarray(piece.used_positions, float) for piece in drawn(alone)])
        points = points @ pose[:3, :3].T + pose[:3, 3]
        low, high = bounds(whole)
        assert (points >= low - 1e-4).all()
        assert (points <= high + 1e-4).all()
        assert abs(points[:, 1].min()) < 1e-4  # on the floor
    # The plan is a picture that any program can read, with the numbers that were measured.
    words = {text.text for text in ET.parse(files["plan"]).iter("{http://www.w3.org/2000/svg}text")}
    assert {"sofa", "lamp", "2180 x 1020 mm"} <= words
    clearances = [c for placement in done.arrangement.placements for c in placement.clearances if c.ends_m is not None]
    assert {str(clearance.length) for clearance in clearances} & words


def test_json_is_stable_and_finite(empty):
    _, room = empty
    done = place(SOFA, room=room)
    told = json.loads(json.dumps(done.to_json(), allow_nan=False))
    assert told["schema"] == "arviz.place/1"
    assert told["products"][0]["size_mm"] == {"width": 2180.0, "height": 790.0, "depth": 1020.0, "sigma": 0.0}
    assert 1 <= len(told["best"]) <= 5
    for one in told["best"]:
        assert {"outcome", "score", "placements", "rules", "walks"} == set(one)
        for placement in one["placements"]:
            assert placement["world_from_asset"][3] == [0, 0, 0, 1]
            assert all(clearance["sigma_mm"] >= 0 for clearance in placement["clearances"])
    scores = [one["score"] for one in told["best"] if one["outcome"] != "fail"]
    assert scores


def test_a_given_place_is_kept_and_judged(empty):
    _, room = empty
    middle = room.floor.outline_m[:, [0, 2]].mean(axis=0)
    done = place(SOFA, room=room, at=middle, yaw_rad=0.5)
    placement = done.arrangement.placements[0]
    assert np.allclose(placement.world_from_asset[[0, 2], 3], middle)
    assert np.arctan2(placement.world_from_asset[0, 2], placement.world_from_asset[2, 2]) == pytest.approx(0.5)
    outside = place(SOFA, room=room, at=room.floor.outline_m[0][[0, 2]])
    assert outside.outcome == "fail"
    assert outside.arrangement.placements[0].blocked


def test_the_same_from_files(empty, frame, tmp_path):
    _, room = empty
    (tmp_path / "room.json").write_text(json.dumps(room_to_json(room)))
    from_file, direct = place(SOFA, room=tmp_path / "room.json"), place(SOFA, room=room)
    ours, theirs = (done.to_json()["best"][0]["placements"][0]["at_mm"] for done in (from_file, direct))
    assert ours == pytest.approx(theirs, abs=2)


def test_a_room_without_scale_says_how_to_get_one(empty):
    _, room = empty
    with pytest.raises(InputError) as caught:
        place(SOFA, room=replace(room, scale=None))
    assert caught.value.code == "E_SCALE_UNKNOWN"
    assert "--scale" in caught.value.hint


def test_a_room_without_doors_warns(empty):
    _, room = empty
    codes = [{finding.code for finding in place(SOFA, room=known).findings} for known in (room, replace(room, openings=()))]
    assert ["W_NO_DOOR_KNOWN" in found for found in codes] == [not any(o.kind != "window" for o in room.openings), True]


def test_what_nobody_knows_of_a_room_is_told(empty):
    _, room = empty
    shell = replace(room, obstacles=None, objects=())
    codes = [{finding.code for finding in place(SOFA, room=known).findings} for known in (room, shell)]
    assert ["W_OBSTACLES_UNKNOWN" in found for found in codes] == [False, True]


def test_a_named_door_keeps_its_swing_free(empty):
    _, room = empty
    shut = replace(room, openings=())
    first = place(SOFA, room=shut)
    placement = first.arrangement.placements[0]
    behind = next(gap.to for gap in placement.clearances if gap.side == "behind")
    wall = next(wall for wall in first.site.walls if wall.name == behind)
    along = (wall.ends_m[1] - wall.ends_m[0]) / np.linalg.norm(wall.ends_m[1] - wall.ends_m[0])
    sofa = to_plan(placement.outline_m, world_from_site=first.site.world_from_site)
    middle = float((sofa.mean(axis=0) - wall.ends_m[0]) @ along)
    named = place(SOFA, room=shut, doors=[f"{wall.plane}:{middle - 0.4:.2f}-{middle + 0.4:.2f}"])
    assert "W_NO_DOOR_KNOWN" not in {finding.code for finding in named.findings}
    moved = named.arrangement.placements[0]
    assert not np.allclose(moved.world_from_asset, placement.world_from_asset, atol=0.1)
    assert not moved.blocked
    swept = [Polygon(zone.outline_m) for zone in named.site.keep if zone.swept]
    where = Polygon(to_plan(moved.outline_m, world_from_site=named.site.world_from_site))
    assert swept
    assert all(zone.intersection(where).area < 1e-6 for zone in swept)


def test_a_room_without_floor_is_refused(empty):
    _, room = empty
    with pytest.raises(InputError) as caught:
        place(SOFA, room=replace(room, planes=(), openings=()))
    assert caught.value.code == "E_NO_FLOOR"


def test_what_is_larger_than_the_room_fits_nowhere(empty, tmp_path):
    _, room = empty
    done = place(box(size_m=(9, 1, 9)), room=room, out=tmp_path / "p.png", plan=tmp_path / "plan.svg")
    assert done.outcome == "fail"
    assert done.arrangement is None
    assert done.why_not
    assert not done.files
    assert not list(tmp_path.iterdir())


def test_unknown_words_are_refused_before_anything_is_done(empty, tmp_path):
    _, room = empty
    for wrong, code in (
        ({"kinds": ["spaceship"]}, "E_PRODUCT_KIND"),
        ({"supports": ["air"]}, "E_SUPPORT"),
        ({"opened": ["roof"]}, "E_MOVE_UNKNOWN"),
        ({"figures": ["unicorn"]}, "E_FIGURE"),
        ({"variants": ["plaid"]}, "E_VARIANT"),
        ({"country": "atlantis"}, "E_RULES_COUNTRY"),
        ({"variants": ["a", "b", "c"]}, "E_PLACE_EACH"),
        ({"at": [np.nan, 0]}, "E_PLACE_AT"),
        ({"wall": 9999}, "E_WALL_UNKNOWN"),
        ({"doors": ["9999:0-1"]}, "E_WALL_PART"),
        ({"out": tmp_path / "p.bmp"}, "E_OUTPUT_FORMAT"),
        ({"frame": tmp_path / "elsewhere.png"}, "E_VIEW"),
    ):
        with pytest.raises(InputError) as caught:
            place(SOFA, room=room, **wrong)
        assert caught.value.code.startswith(code), wrong
    with pytest.raises(InputError, match="one product"):
        place([SOFA, LAMP], room=room, at=[0, 0])
    with pytest.raises(InputError):
        place([], room=room)


def test_doors_are_drawn_open_on_request(empty, frame):
    _, room = empty
    shut, opened = (place(FRIDGE, room=room, frame=frame, opened=names) for names in ([], ["all"]))
    ours, theirs = (done.arrangement.placements[0].world_from_asset for done in (shut, opened))
    assert np.allclose(ours, theirs)
    assert not np.array_equal(shut.image.pixels, opened.image.pixels)


def test_the_floor_is_in_shadow_with_and_without_the_depth_of_the_photo(empty, frame):
    """A room knows its floor: what a product shades of it needs no depth of the photo."""
    _, room = empty
    with_depth, without = (place(SOFA, room=room, frame=f) for f in (frame, replace(frame, depth_m=None)))
    ours, theirs = (done.arrangement.placements[0].world_from_asset for done in (with_depth, without))
    assert np.allclose(ours, theirs)
    before = frame.image.pixels.astype(int)
    darker = [(before - done.image.pixels).mean(axis=2) for done in (with_depth, without)]
    floor = plane_depth(room.floor, ray_slopes(frame.camera), frame.world_from_camera)
    shaded = np.isclose(floor, frame.depth_m, rtol=0, atol=0.05) & (darker[0] > 8) & (np.abs(darker[0]) < 60)
    assert shaded.sum() > 500
    assert np.median(darker[1][shaded]) > 0.7 * np.median(darker[0][shaded])


def test_figures_stand_beside(empty, frame):
    _, room = empty
    alone, beside = (place(SOFA, room=room, frame=frame, figures=names) for names in ([], ["adult", "cat"]))
    assert not np.array_equal(alone.image.pixels, beside.image.pixels)


def test_figures_are_seen_and_hide_little_of_the_product(empty, frame):
    _, room = empty
    done = place(SOFA, room=room, frame=frame)
    (sofa,) = done.arrangement.placements
    standing = [Item(asset=read(SOFA), world_from_asset=sofa.world_from_asset)]
    told = {"view": frame, "standing": standing, "rules": read_rules()}
    (cat,), findings = figures_beside(done.site, done.furniture, done.arrangement, ["cat"], **told)
    # An independent count: pixels of the photo's picture that change when the cat comes, and those where the sofa alone was.
    scene = {"lighting": Lighting(environment=load_environment("studio"))}
    with RENDERERS.get("gl")() as renderer:
        depths = [
            renderer.render(Scene(items=tuple(items), **scene), frame.camera, world_from_camera=frame.world_from_camera,
                            options=RenderOptions(samples=1)).depth_m
            for items in (standing, [cat], [*standing, cat])
        ]  # fmt: skip
    alone, only, both = depths
    shown = (np.isfinite(only) & (both == only)).sum() / max(np.isfinite(only).sum(), 1)
    hidden = (np.isfinite(alone) & (both < alone)).sum() / max(np.isfinite(alone).sum(), 1)
    assert hidden < 0.25
    assert shown > 0.6 or any(finding.code == "W_FIGURE_HIDDEN" for finding in findings)


def test_a_figure_without_a_place_is_told(empty):
    _, room = empty
    middle = room.floor.outline_m[:, [0, 2]].mean(axis=0)
    done = place(box(size_m=(9, 1, 9)), room=room, at=middle)  # it stands everywhere
    items, (finding,) = figures_beside(done.site, done.furniture, done.arrangement, ["cat"], view=None, standing=[], rules=read_rules())
    assert items == []
    assert finding.code == "W_FIGURE_NO_PLACE"


def test_a_photo_of_the_view_is_found_by_its_name(empty, frame, tmp_path):
    _, room = empty
    named = replace(room, views=tuple(replace(view, name=f"photo-{i}.png") for i, view in enumerate(room.views)))
    path = tmp_path / "photo-0.png"
    path.write_bytes(encode(frame.image, "PNG"))
    by_name = place(SOFA, room=named, frame=path)
    by_frame = place(SOFA, room=named, frame=replace(frame, depth_m=None))
    assert np.array_equal(by_name.image.pixels, by_frame.image.pixels)

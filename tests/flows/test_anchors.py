"""Guessed anchors lie where our own products and measured ones have them."""

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.material import Material
from arviz.core.resources import resource
from arviz.flows.anchors import guess_anchors_of, list_anchors
from arviz.flows.anchors_guess import guess_anchors
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.anchors import placed_anchors, remove_anchors
from arviz.testing.shapes import box, joined, sphere


def test_glasses_without_anchors_get_those_that_they_had():
    asset = read(resource("assets", "products", "glasses", "glasses.glb"))
    true = {placed.anchor.node_name: placed for placed in placed_anchors(asset)}
    bare = remove_anchors(asset, list(true))
    found = {placed.anchor.node_name: placed for placed in guess_anchors(bare, name="glasses.glb")}
    for name in ("ARVIZ_bridge_centre", "ARVIZ_hinge_left", "ARVIZ_hinge_right"):
        assert np.allclose(found[name].point_m, true[name].point_m, atol=0.006), name
    for side in ("left", "right"):
        assert np.allclose(found[f"ARVIZ_ear_hook_{side}"].point_m, true[f"ARVIZ_ear_hook_{side}"].point_m, atol=0.015)


@pytest.mark.parametrize(("height", "wide"), [(0.45, 0.5), (0.40, 1.8)])
def test_a_seat_is_found_between_a_frame_and_a_back(height, wide):
    seat = box(size_m=(wide, 0.15, 0.5), centre_m=(0.1, height - 0.075, 0.05))
    frame = box(size_m=(wide, 0.02, 0.5), centre_m=(0.1, height - 0.3, 0.05))
    back = box(size_m=(wide, 0.6, 0.1), centre_m=(0.1, 0.6, -0.25))
    foot = box(size_m=(0.05, 0.2, 0.05), centre_m=(0.1, 0.1, 0.0))
    (found,) = guess_anchors(read(write_glb(joined(seat, frame, back, foot)), format="glb"), kind="seat")
    assert found.point_m == pytest.approx((0.1, height, 0.05), abs=0.02)
    assert found.anchor.width_m == pytest.approx(wide, rel=0.12)
    assert (found.normal, found.up) == ((0, 1, 0), (0, 0, 1))


def test_a_lamp_shines_from_what_glows():
    foot = box(size_m=(0.2, 0.02, 0.2), centre_m=(0, 0.01, 0))
    bulb = sphere(radius_m=0.03, centre_m=(0.02, 0.4, 0), segments=8, material=Material(emissive_factor=(1, 0.9, 0.7)))
    (found,) = guess_anchors(read(write_glb(joined(foot, bulb)), format="glb"), name="Table lamp.glb")
    assert found.point_m == pytest.approx((0.02, 0.4, 0), abs=0.002)


def test_our_products_and_what_is_no_such_thing(tmp_path):
    expected = {"sofa": (0.42, 0.05), "dining-chair": (0.45, 0.02), "recliner": (0.48, 0.06)}
    for name, (height, off) in expected.items():
        told = guess_anchors_of(resource("assets", "products", name, f"{name}.glb"))
        (seat,) = [row for row in told["anchors"] if row["name"] == "ARVIZ_seat_centre"]
        assert seat["point_mm"][1] / 1000 == pytest.approx(height, abs=off)
    lamp = guess_anchors_of(resource("assets", "products", "table-lamp", "table-lamp.glb"), out=tmp_path / "lamp.glb")
    assert lamp["guessed"] == ["ARVIZ_light_centre"]
    assert [row["name"] for row in list_anchors(tmp_path / "lamp.glb")["anchors"]][-1] == "ARVIZ_light_centre"
    again = guess_anchors_of(tmp_path / "lamp.glb", kind="lamp")
    assert again["guessed"] == []
    assert guess_anchors_of(resource("assets", "products", "rug", "rug.glb"))["guessed"] == []
    with pytest.raises(InputError, match="lamp"):
        guess_anchors_of(resource("assets", "products", "rug", "rug.glb"), kind="lamp")


def test_real_glasses_and_a_lamp_among_studio_lights(data):
    told = guess_anchors_of(data / "products" / "SunglassesKhronos.glb")
    assert {name.removeprefix("ARVIZ_") for name in told["guessed"]} == {
        "bridge_centre", "hinge_left", "hinge_right", "ear_hook_left", "ear_hook_right",
    }  # fmt: skip
    assert told["ok"]
    assert guess_anchors_of(data / "products" / "LightsPunctualLamp.glb", kind="lamp")["guessed"] == ["ARVIZ_light_centre"]
    assert guess_anchors_of(data / "products" / "DamagedHelmet.glb")["guessed"] == []


def test_anchors_need_a_unit(tmp_path):
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(InputError, match="unit"):
        list_anchors(tmp_path / "a.obj")

"""Glasses on heads: known parts, refused products, and how they sit."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.face import FaceScale
from arviz.core.graph import bounds
from arviz.core.length import Length
from arviz.core.recipe import Glasses
from arviz.core.resources import resource
from arviz.core.transforms import apply
from arviz.formats.read import read
from arviz.tryon.glasses.figures import fit_of, verdict
from arviz.tryon.glasses.model import GlassesModel, glasses_of
from arviz.tryon.glasses.seat import Seat, seat
from arviz.tryon.glasses.shape import shape_of
from arviz.tryon.glasses.temples import opened, posed
from arviz.tryon.head.fitted import FittedHead
from tests.tryon.head.known import fitted, known
from tests.tryon.head.true_head import true_head


@cache
def demo() -> GlassesModel:
    path = resource("assets", "products", "glasses", "glasses.glb")
    return glasses_of(read(path), Glasses(uri=path.name))


@cache
def khronos(path: Path) -> GlassesModel:
    return glasses_of(read(path), Glasses(uri=path.name))


@cache
def head(seed: int = 21) -> FittedHead:
    return fitted(known(seed, yaw_deg=5))


@cache
def seated(seed: int = 21) -> Seat:
    return seat(demo(), head(seed))


def test_the_demo_glasses_carry_their_anchors() -> None:
    glasses = demo()
    assert glasses.findings == ()
    assert glasses.joints is not None
    assert glasses.width_m == pytest.approx(0.143, abs=0.001)
    assert glasses.between_lenses_m == pytest.approx(0.0175, abs=0.001)
    assert glasses.hinges_m[1] == pytest.approx(glasses.hinges_m[0] * [-1, 1, 1])


def test_glasses_without_anchors_are_measured(data: Path) -> None:
    glasses = khronos(data / "products" / "SunglassesKhronos.glb")
    assert [finding.code for finding in glasses.findings] == ["W_GLASSES_ANCHORS"]
    assert glasses.width_m == pytest.approx(0.150, abs=0.002)
    assert np.abs(glasses.hinges_m[0] * [-1, 1, 1] - glasses.hinges_m[1]).max() < 0.002
    assert np.abs(glasses.hinges_m[:, 0]).min() > 0.06


@pytest.mark.parametrize("product", ["sofa", "coffee-table", "lamp", "rug"])
def test_what_is_no_glasses_is_refused(product: str) -> None:
    asset = read(resource("assets", "products", product, f"{product}.glb"))
    with pytest.raises(InputError) as refused:
        glasses_of(asset, Glasses(uri=product, width_m=0.14))
    assert refused.value.code == "E_GLASSES_SHAPE"
    assert refused.value.hint


def test_absurd_sizes_are_refused() -> None:
    asset = read(resource("assets", "products", "sofa", "sofa.glb"))
    with pytest.raises(InputError) as refused:
        glasses_of(asset, Glasses(uri="sofa.glb"))
    assert refused.value.code in ("E_GLASSES_SIZE", "E_GLASSES_SHAPE")


@pytest.mark.parametrize("seed", [21, 22])
def test_glasses_touch_the_nose_and_pierce_nothing(seed: int) -> None:
    on = seated(seed)
    assert abs(on.gap_m) < 1e-4
    assert on.penetration_m < 0.0005
    assert min(on.vertex_m) > 0.005
    assert np.linalg.det(on.head_from_glasses[:3, :3]) == pytest.approx(1)
    assert np.linalg.norm(on.contacts_m[2:] - head(seed).ear_roots_m, axis=1).max() < 0.03


def test_a_symmetric_head_wears_them_straight() -> None:
    on = seated()
    assert abs(on.head_from_glasses[0, 3]) < 2e-4
    assert abs(on.head_from_glasses[1, 0]) < 1e-3
    assert on.opened_rad[0] == pytest.approx(on.opened_rad[1], abs=2e-3)


def test_the_image_in_the_mirror_wears_them_mirrored() -> None:
    person = known(33, yaw_deg=0)
    plain = true_head(person.head, person.shot)
    mirror = np.array([-1.0, 1.0, 1.0])
    mirrored = replace(
        plain,
        points_m=plain.points_m * mirror,
        normals=plain.normals * mirror,
        eyes_m=plain.eyes_m[::-1] * mirror,
        ear_roots_m=plain.ear_roots_m[::-1] * mirror,
    )
    here, there = seat(demo(), plain), seat(demo(), mirrored)
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    assert np.abs(flip @ here.head_from_glasses @ flip - there.head_from_glasses).max() < 1e-6
    assert there.opened_rad == pytest.approx(here.opened_rad[::-1], abs=1e-6)


def test_a_larger_head_wears_smaller_glasses() -> None:
    person = known(21, yaw_deg=5)
    larger = fitted(person, factor=1.1)
    on = seat(demo(), larger)
    assert abs(on.gap_m) < 1e-4
    assert on.opened_rad[0] > seated().opened_rad[0]
    figures = [fit_of(demo(), h, s, scale=_scale()) for h, s in ((head(), seated()), (larger, on))]
    assert figures[1].head_width.value_m == pytest.approx(1.1 * figures[0].head_width.value_m)
    assert figures[1].room.value_m < figures[0].room.value_m


def test_seats_on_fitted_heads_are_near_those_on_true_ones() -> None:
    person = known(21, yaw_deg=5)
    true = true_head(person.head, person.shot)
    own = head().camera_from_head @ seated().head_from_glasses
    worn = true.camera_from_head @ seat(demo(), true).head_from_glasses
    apart = np.linalg.norm(apply(own, demo().bridge_m[None]) - apply(worn, demo().bridge_m[None]))
    assert apart < 0.006


def test_the_recipe_says_how_wide_the_front_is() -> None:
    path = resource("assets", "products", "glasses", "glasses.glb")
    narrow = glasses_of(read(path), Glasses(uri=path.name, width_m=0.130))
    assert narrow.width_m == pytest.approx(0.130)
    assert np.ptp(narrow.points_m[narrow.part == 0, 0]) == pytest.approx(0.130)
    box = bounds(narrow.asset)
    assert box is not None
    assert np.ptp(box[:, 0]) == pytest.approx(0.145 * 0.130 / 0.143, abs=0.0005)


def test_temples_open_in_the_asset_as_in_the_seat() -> None:
    glasses = demo()
    moved, plain = shape_of(posed(glasses, (0.05, 0.1))).points_m, shape_of(glasses.asset).points_m
    for side, (sign, angle) in enumerate(((-1, 0.05), (1, 0.1))):
        own = (plain[:, 0] * sign > 0) & (plain[:, 2] < 0.05)
        assert np.abs(moved[own] - opened(plain[own], glasses, side, angle)).max() < 1e-6
        assert (np.abs(moved[own, 0]) >= np.abs(plain[own, 0]) - 0.002).all()  # outwards
    front = plain[:, 2] > 0.063
    assert np.abs(moved[front] - plain[front]).max() < 1e-6


def _scale() -> FaceScale:
    return FaceScale(ratio=1.0, sigma=0.01, source="pd", pd=Length(0.063, 0.0005, "user"))


def test_figures_and_words() -> None:
    figures = fit_of(demo(), head(), seated(), scale=_scale())
    assert figures.head_width.sigma_m > 0.001
    assert figures.frame_width.sigma_m == 0
    assert set(figures.to_json()) >= {"verdict", "frame_width", "head_width", "pd"}
    assert verdict(Length(-0.03, 0.004)) == "narrow"
    assert verdict(Length(-0.017, 0.004)) == "between narrow and good"
    assert verdict(Length(0.01, 0.004)) == "good"
    assert verdict(Length(0.027, 0.004)) == "between good and wide"
    assert verdict(Length(0.05, 0.004)) == "wide"

"""Synthetic heads: their truth agrees with itself and with what optics and geometry say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.face import HeadPose, face_template
from arviz.core.head_model import head_model
from arviz.core.recipe import Makeup
from arviz.core.transforms import apply
from arviz.testing.heads import (
    CARD_M,
    MASKS,
    HeadPhoto,
    Shot,
    SyntheticHead,
    bank_card,
    card_corners,
    hand,
    long_hair,
    make_head,
    make_shot,
    photo,
    pose,
)
from arviz.testing.heads.draws import SKINS, draw_beard
from tests.seeds import drawn_seed

LIPSTICK = Makeup(kind="lipstick", albedo=(0.43, 0.02, 0.04), coverage=1.0)


@pytest.fixture(scope="module", params=range(2))
def taken(request: pytest.FixtureRequest) -> HeadPhoto:
    """Return a small picture of a head drawn at run time."""
    seed = drawn_seed()
    return photo(make_head(seed), make_shot(seed, width_px=200, height_px=150), samples=2)


def _facing(head: SyntheticHead, **fixed: object) -> Shot:
    return make_shot(
        head.seed,
        **{
            "width_px": 200,
            "height_px": 150,
            "yaw_rad": 0.0,
            "pitch_rad": 0.0,
            "roll_rad": 0.0,
            "distance_m": 0.4,
            "offset_px": (0, 0),
            **fixed,
        },  # type: ignore[arg-type]
    )


def test_a_seed_is_one_picture() -> None:
    seed = drawn_seed()
    one, two = (photo(make_head(seed), make_shot(seed, width_px=60, height_px=45), samples=1) for _ in range(2))
    assert np.array_equal(one.frame.image.pixels, two.frame.image.pixels)
    assert np.array_equal(one.head.points_m, two.head.points_m)


def test_heads_are_people_of_plausible_size() -> None:
    first = drawn_seed()
    heads = [make_head(first + i) for i in range(12)]
    for head in heads:
        assert 0.045 < head.pd_m < 0.080
        assert 0.0110 <= head.iris_diameter_m <= 0.0125
        assert 0.75 < head.template_scale < 1.25
        assert np.isfinite(head.points_m).all()
        assert np.allclose(head.pd_m, np.linalg.norm(head.eyes_m[0] - head.eyes_m[1]))
        assert head.eyes_m[0, 0] < 0 < head.eyes_m[1, 0], "the right eye comes first, +x is to the left"
    assert len({tuple(head.landmarks_m[0]) for head in heads}) == len(heads)


def test_the_frame_is_that_of_the_template() -> None:
    """No similarity lays the template better on a face without expression than scaling by `template_scale` alone."""
    head = make_head(drawn_seed(), expression={})
    template = face_template().points_m
    a, b = template - template.mean(0), head.landmarks_m - head.landmarks_m.mean(0)
    moment = b.T @ a
    assert np.allclose(moment, moment.T, atol=1e-9 * len(a)), "no turn is left"
    assert np.isclose(np.trace(moment) / (a**2).sum(), head.template_scale)
    assert np.allclose(head.landmarks_m.mean(0), head.template_scale * template.mean(0))


def test_expressions_leave_the_frame() -> None:
    seed = drawn_seed()
    still, smiling = make_head(seed, expression={}), make_head(seed, expression={"expression-mouth-corner-puller": 1.0})
    assert still.template_scale == smiling.template_scale
    assert np.allclose(still.landmarks_m[10], smiling.landmarks_m[10], atol=1e-4), "a smile does not move the forehead"
    assert np.linalg.norm(still.landmarks_m[61] - smiling.landmarks_m[61]) > 0.002


def test_poses_are_what_they_are_called() -> None:
    rng = np.random.default_rng(drawn_seed())
    for yaw, pitch, roll in rng.uniform(-0.9, 0.9, (50, 3)):
        matrix = pose(yaw_rad=yaw, pitch_rad=pitch, roll_rad=roll, distance_m=0.5)
        found = HeadPose(camera_from_head=matrix, sigma_rotation_rad=0, sigma_depth=0, residual_px=0)
        assert np.allclose([found.yaw_rad, found.pitch_rad], [yaw, pitch])
        assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3))
        assert np.linalg.det(matrix[:3, :3]) > 0


def test_the_persons_left_is_to_the_right_of_the_picture(taken: HeadPhoto) -> None:
    assert taken.pupils_px[0, 0] < taken.pupils_px[1, 0]


def test_pupils_are_as_far_apart_as_the_pd_says() -> None:
    head = make_head(drawn_seed())
    afar = photo(head, _facing(head, gaze="far"), samples=1)
    near = photo(head, _facing(head, gaze="camera"), samples=1)
    assert np.isclose(np.linalg.norm(afar.pupils_m[0] - afar.pupils_m[1]), head.pd_m)
    # Eyes that look at 0.4 m turn in by pd / 2 / distance each, the iris standing 10.2 mm before what it turns about.
    lost = head.pd_m - np.linalg.norm(near.pupils_m[0] - near.pupils_m[1])
    assert np.isclose(lost, 2 * 0.0102 * (head.pd_m / 2) / 0.4, rtol=0.5)


@pytest.mark.slow  # until it has run over hundreds of seeds
def test_the_iris_is_drawn_where_and_as_large_as_the_truth_says() -> None:
    """Dark against the white of the eye: middle and width of the iris on the row of the pupil, at 0.25 m and 1280 px."""
    seed = drawn_seed()
    wide = {f"expression-eye-{side}-opened-up": 1.0 for side in ("left", "right")}
    head = replace(make_head(seed, skin_tone=1, expression=wide), iris_albedo=(0.02, 0.02, 0.02))
    shot = _facing(head, width_px=1280, height_px=960, distance_m=0.25, gaze="far", light="neutral", errors=False)
    seen = photo(head, shot, samples=1)
    for pupil_m, (x, y) in zip(seen.pupils_m, seen.pupils_px, strict=True):
        expected = shot.camera.k[0, 0] * head.iris_diameter_m / pupil_m[2]
        row, reach = round(y), round(0.7 * expected)
        line = seen.albedo[row, round(x) - reach : round(x) + reach + 1, 1]
        dark = np.flatnonzero((line < 0.3) & (seen.masks["eyes"][row, round(x) - reach : round(x) + reach + 1] > 0.5))
        middle, width = (dark[0] + dark[-1]) / 2 + round(x) - reach, dark[-1] - dark[0] + 1
        assert abs(middle - x) < 2.5
        assert abs(width - expected) < 4


def test_light_times_colour_is_what_is_sent_back(taken: HeadPhoto) -> None:
    inside = (taken.masks["skin"] > 0.999) & (taken.masks["brows"] < 1e-3)
    assert inside.any()
    product = taken.albedo * taken.irradiance
    assert np.median(np.abs(product - taken.diffuse)[inside] / np.maximum(taken.diffuse[inside], 1e-3)) < 0.01
    whole = taken.masks["foreground"] > 0.999
    assert np.allclose(taken.radiance[whole], (taken.diffuse + taken.specular)[whole], atol=1e-5)


def test_masks_are_shares_within_the_head(taken: HeadPhoto) -> None:
    assert set(taken.masks) == set(MASKS)
    head = taken.masks["head"]
    for name, mask in taken.masks.items():
        assert (mask >= 0).all(), name
        assert (mask <= 1 + 1e-6).all(), name
    for name in ("skin", "lips", "eyelids", "cheeks", "eyes", "mouth", "brows", "hair", "clothes"):
        assert (taken.masks[name] <= head + 1e-5).all(), name
    assert ((taken.masks["lips"] + taken.masks["mouth"] + taken.masks["eyes"]) <= 1 + 1e-4).all()
    assert not taken.masks["glasses"].any()
    assert not taken.masks["card"].any()


def test_points_lie_on_the_head_and_depth_agrees(taken: HeadPhoto) -> None:
    x, y = np.round(taken.landmarks_px).astype(int).T
    height, width = taken.depth_m.shape
    inner = taken.landmarks_seen & (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
    assert inner.sum() > 50
    assert (taken.masks["head"][y, x][inner] > 0.2).mean() > 0.9
    found = taken.depth_m[y, x][inner]
    away = np.abs(found - taken.landmarks_m[inner, 2])
    assert np.median(away[np.isfinite(away)]) < 0.006
    projected = taken.shot.camera.project(taken.landmarks_m)
    assert np.allclose(projected, taken.landmarks_px)
    assert np.allclose(apply(taken.shot.camera_from_head, taken.head.landmarks_m), taken.landmarks_m)


def test_lipstick_changes_lips_alone() -> None:
    head = make_head(drawn_seed())
    shot = _facing(head, width_px=320, height_px=240, errors=False)
    bare, painted = photo(head, shot), photo(head, shot, makeup=[LIPSTICK])
    for name in MASKS:
        assert np.array_equal(bare.masks[name], painted.masks[name])
    lips = bare.masks["lips"]
    assert np.array_equal(bare.radiance[lips == 0], painted.radiance[lips == 0])
    full = lips > 0.999
    assert full.sum() > 20
    assert np.allclose(painted.albedo[full], LIPSTICK.albedo, atol=0.01)
    assert np.allclose(painted.irradiance[full], bare.irradiance[full], atol=1e-5), "the light is the same"


def test_gloss_shines_more_than_matte() -> None:
    head = make_head(drawn_seed())
    shot = _facing(head, width_px=320, height_px=240, light="studio", errors=False)
    finishes = {finish: photo(head, shot, makeup=[replace(LIPSTICK, finish=finish)]) for finish in ("matte", "gloss")}
    lips = finishes["matte"].masks["lips"] > 0.99
    assert finishes["gloss"].specular[lips].max() > finishes["matte"].specular[lips].max()


def test_tones_are_as_light_as_they_are_named() -> None:
    seed = drawn_seed()
    tones = [np.mean(make_head(seed, skin_tone=tone).skin_albedo) for tone in range(1, 7)]
    assert (np.diff(tones) < 0).all()
    assert len(SKINS) == 6


def test_errors_are_in_the_truth() -> None:
    first = drawn_seed()
    wrong = [make_shot(first + i, errors=True) for i in range(8)]
    right = make_shot(first, errors=False)
    assert all(0.97 - 1e-9 <= shot.handed.k[0, 0] / shot.camera.k[0, 0] <= 1.03 + 1e-9 and shot.handed.sigma_f_px for shot in wrong)
    assert right.handed is right.camera
    assert right.white_balance == (1, 1, 1)
    assert right.jpeg_quality is None
    assert make_head(first, errors=False).sclera_albedo == (0.80, 0.78, 0.76)
    assert make_head(first, errors=True).sclera_albedo != (0.80, 0.78, 0.76)
    half = [make_shot(first + i).jpeg_quality is not None for i in range(200)]
    assert 60 < sum(half) < 140


@pytest.mark.parametrize("where", ["forehead", "beside"])
def test_a_card_is_as_large_as_the_standard_says_and_lies_on_no_skin(where: str) -> None:
    head = make_head(drawn_seed())
    corners = card_corners(head, where=where)  # type: ignore[arg-type]
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    assert np.allclose(sides, [*CARD_M, *CARD_M])
    picture = photo(head, _facing(head), worn=[bank_card(head, where=where)])  # type: ignore[arg-type]
    area = picture.masks["card"].sum()
    px = picture.shot.camera.project(apply(picture.shot.camera_from_head, corners))
    x, y = px.T
    outline = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    assert 0.8 * outline < area < 1.1 * outline or (px < 0).any() or (px > [199, 149]).any()


def test_a_hand_is_before_the_face_and_hides_lips() -> None:
    head = make_head(drawn_seed())
    shot = _facing(head, errors=False)
    bare, held = photo(head, shot, samples=1), photo(head, shot, worn=[hand(head)], samples=1)
    covered = held.masks["hand"] > 0
    assert covered.sum() > 800
    assert (held.masks["lips"] <= bare.masks["lips"]).all()
    assert not held.masks["lips"][covered].any()
    assert held.masks["lips"].sum() < 0.9 * bare.masks["lips"].sum()
    assert np.array_equal(held.albedo[~covered], bare.albedo[~covered])
    assert np.abs(np.median(held.albedo[covered], axis=0) / np.array(head.skin_albedo) - 1).max() < 0.1


@pytest.mark.slow  # until it has run over hundreds of seeds
def test_long_hair_hides_ears_and_leaves_the_face_free() -> None:
    head = make_head(drawn_seed())
    shot = _facing(head, errors=False)
    bare, long = photo(head, shot, samples=1), photo(head, shot, worn=[long_hair(head)], samples=1)
    assert long.masks["hair"].sum() > 1.3 * bare.masks["hair"].sum()
    assert (long.masks["hair"] <= long.masks["head"]).all()
    model = head_model()
    ears = np.flatnonzero(model.finer(model.masks["ears"]) > 0.5)
    x, y = np.round(shot.camera.project(apply(shot.camera_from_head, head.points_m[ears]))).astype(int).T
    assert long.masks["hair"][y, x].mean() > bare.masks["hair"][y, x].mean() + 0.1
    face = [1, 9, 13, 33, 61, 152, 199, 263, 291]
    assert np.array_equal(long.landmarks_seen[face], bare.landmarks_seen[face])


def test_a_beard_is_under_nose_and_cheeks_and_not_on_lips() -> None:
    seed = drawn_seed()
    shaven, bearded = make_head(seed, sex="male"), make_head(seed, sex="male", beard=1.0)
    assert np.array_equal(shaven.points_m, bearded.points_m)
    shot = _facing(shaven, errors=False)
    bare, grown = photo(shaven, shot, samples=1), photo(bearded, shot, samples=1)
    assert not bare.masks["beard"].any()
    y, x = np.nonzero(grown.masks["beard"] > 0.5)
    assert len(y) > 300
    nose, chin = grown.landmarks_px[2, 1], grown.landmarks_px[152, 1]
    in_the_middle = np.abs(x - grown.landmarks_px[2, 0]) < 10
    assert y[in_the_middle].min() > nose - 4
    assert y.max() > chin - 4
    assert abs(grown.masks["lips"].sum() / bare.masks["lips"].sum() - 1) < 0.25
    assert (grown.masks["beard"] * grown.masks["lips"]).max() < 0.5


def test_half_of_the_men_have_a_beard_and_no_woman_unless_told() -> None:
    assert make_head(drawn_seed()).beard == 0
    assert draw_beard(drawn_seed(), female=True) == 0
    seeds = np.random.default_rng(drawn_seed()).integers(2**31, size=400).tolist()
    grown = [draw_beard(seed, female=False) for seed in seeds]
    assert 140 < sum(beard > 0 for beard in grown) < 260


def test_things_worn_cast_shadows_on_skin_alone() -> None:
    head = make_head(drawn_seed())
    shot = _facing(head, light="studio", errors=False)
    bare, held = photo(head, shot, samples=1), photo(head, shot, worn=[bank_card(head)], samples=1)
    same = held.masks["card"] == 0
    assert (held.irradiance <= bare.irradiance + 1e-5)[same].all()
    assert (held.irradiance < 0.9 * bare.irradiance)[same].any()
    assert np.array_equal(held.albedo[same], bare.albedo[same])


@pytest.mark.slow  # until it has run over hundreds of seeds
def test_lips_do_not_cover_teeth() -> None:
    """With the mouth open, what lies behind the lips is mouth, and lipstick leaves it as it is."""
    head = make_head(drawn_seed(), expression={"expression-mouth-open": 0.6})
    shot = _facing(head, width_px=320, height_px=240, distance_m=0.3)
    bare, painted = photo(head, shot), photo(head, shot, makeup=[LIPSTICK])
    mouth = bare.masks["mouth"] > 0.99
    assert mouth.sum() > 10
    assert np.allclose(bare.albedo[mouth], painted.albedo[mouth], atol=0.02)


def test_a_fitted_head_may_not_use_every_target() -> None:
    mesh = head_model()
    assert {"sex", "age", "weight", "nose-hump", "ear-wing"} <= set(mesh.fit) < set(mesh.targets)
    assert not any(name.startswith(("asym-", "mixed-")) or name.endswith(".bend") for name in mesh.fit)
    assert np.isfinite(mesh.landmark_scatter_m).all()
    assert np.median(mesh.landmark_scatter_m) < 0.003

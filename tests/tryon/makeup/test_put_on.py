"""Make-up on the faces of the parity vectors: it goes where it should, nowhere else, and says what it does not know."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.colour import LUMINANCE, linear_to_srgb, to_uint8
from arviz.core.face import face_template
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Makeup, MakeupKind
from arviz.tryon.constants import look, regions
from arviz.tryon.makeup.coverage import Window, coverage, smooth
from arviz.tryon.makeup.light import face_light, linear, skin_colour
from arviz.tryon.makeup.painted import between, on_picture
from arviz.tryon.makeup.put_on import put_on
from arviz.tryon.makeup.region import Region, region
from tests.parity.write import decoded, landmarks_of

VECTORS = ("matte", "gloss", "look")
RED = Makeup(kind="lipstick", albedo=(0.45, 0.02, 0.04), coverage=0.9)
LAYERS = (RED, Makeup(kind="eyeshadow", albedo=(0.1, 0.05, 0.2), coverage=0.7), Makeup(kind="blush", albedo=(0.7, 0.1, 0.1), coverage=0.5))


def vector(name: str) -> tuple[np.ndarray, Landmarks]:
    path = Path(__file__).parents[2] / "parity" / f"makeup-{name}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return decoded(document, "pixels"), landmarks_of(document)


def moved(face: Landmarks, points: np.ndarray) -> Landmarks:
    return replace(face, points_px=points)


def where(kind: MakeupKind, face: Landmarks, side: int = 128) -> Region:
    found = region(kind, face, width_px=side, height_px=side)
    assert found is not None
    return found


def whole(found: Region, side: int = 128) -> np.ndarray:
    out = np.zeros((side, side))
    out[found.window.of] = found.mask
    return out


def hand_at(middle: tuple[float, float], size: float) -> Landmarks:
    points = np.array(middle) + size * np.stack([np.linspace(-0.5, 0.5, 21), np.tile([-0.3, 0, 0.3], 7)], axis=1)
    return Landmarks(kind="hand", points_px=points, confidence=1.0, source="test")


@pytest.mark.parametrize("name", VECTORS)
def test_layers_change_their_region_alone(name: str) -> None:
    pixels, face = vector(name)
    before = pixels.copy()
    made = put_on(pixels, face, LAYERS)
    assert np.array_equal(pixels, before)
    assert [worn.makeup for worn in made.worn] == list(LAYERS)
    assert not made.unseen
    for layer in LAYERS:
        one = put_on(pixels, face, [layer])
        changed = (one.pixels != pixels).any(axis=2)
        assert changed.any()
        assert not (changed & (whole(one.worn[0].region) == 0)).any()


@pytest.mark.parametrize("name", VECTORS)
def test_eyes_brows_nose_and_mouth_stay_free(name: str) -> None:
    _, face = vector(name)
    all_of = Window(0, 0, 128, 128)
    masks = {kind: whole(where(kind, face)) for kind in ("lipstick", "eyeshadow", "blush")}  # type: ignore[arg-type]
    eyes = np.maximum(*(coverage([smooth(face.points_px[regions()[f"eye_{side}"]])], within=all_of) for side in ("right", "left")))
    mouth = coverage([smooth(face.points_px[regions()["lips_inner"]])], within=all_of)
    lips = coverage([smooth(face.points_px[regions()["lips_outer"]])], within=all_of)
    assert not masks["eyeshadow"][eyes == 1].any()
    assert not masks["lipstick"][mouth == 1].any()
    assert masks["blush"][(eyes == 1) | (lips == 1)].max() < 0.01
    for kind, numbers in (("eyeshadow", (105, 334, 66, 296)), ("blush", (1, 4, 5, 98, 327, 61, 291))):
        for x, y in np.floor(face.points_px[list(numbers)] + 0.5).astype(int):
            assert masks[kind][y, x] < 0.02, (kind, x, y)


def test_a_closed_mouth_has_no_seam_and_a_gap_has_its_area() -> None:
    _, face = vector("matte")
    points = face.points_px.copy() * 4
    lower, upper = regions()["lips_inner"][1:10], regions()["lips_inner"][:10:-1]
    middle = (points[lower] + points[upper]) / 2
    areas = []
    for gap in (0.0, 0.5, 1.0, 2.0):
        points[lower], points[upper] = middle + np.array([0, gap / 2]), middle - np.array([0, gap / 2])
        found = where("lipstick", moved(face, points), 512)
        areas.append(float(found.mask.sum()))
        if gap == 0:
            x, y = np.floor(middle[4] + 0.5).astype(int)
            assert whole(found, 512)[y - 1 : y + 2, x].min() > 0.999
    width = np.ptp(middle[:, 0])
    for gap, area in zip((0.5, 1.0, 2.0), areas[1:], strict=True):
        # The gap narrows to nothing over one landmark's distance at both ends.
        assert 0.95 < (areas[0] - area) / (gap * width) < 1.25


def test_a_painted_mask_is_read_where_the_texture_says() -> None:
    template = face_template()
    mask = np.random.default_rng(5).random((16, 16))
    side = 120
    points = np.concatenate([template.uv * side, np.zeros((10, 2))])
    face = Landmarks(kind="face", points_px=points, confidence=1.0, source="test")
    gain = np.ones(len(template.triangles))
    found = on_picture(mask, face, gain=gain, within=Window(0, 0, side, side))
    covered = on_picture(np.ones((16, 16)), face, gain=gain, within=Window(0, 0, side, side))
    assert set(np.unique(covered)) == {0, 1}
    y, x = np.nonzero(covered)
    assert 0.5 < len(x) / side**2 < 1
    np.testing.assert_allclose(found[y, x], between(mask, np.stack([x, y], axis=1) / side), atol=1e-6)
    part = Window(30, 41, 77, 90)
    assert np.array_equal(on_picture(mask, face, gain=gain, within=part), found[part.of])
    # Turned inside out, no triangle faces the camera.
    back = moved(face, points * [-1, 1] + [side, 0])
    assert not on_picture(mask, back, gain=gain, within=Window(0, 0, side, side)).any()


def test_what_is_nearer_hides_what_is_behind() -> None:
    template = face_template()
    points = np.concatenate([template.uv * 100, np.zeros((10, 2))])
    mouth = np.flatnonzero((np.abs(points[:468, 0] - 50) < 13) & (np.abs(points[:468, 1] - 69) < 6))
    points[mouth] -= (0, 18)  # the mouth is drawn over the nose
    depth = np.zeros(478)
    depth[mouth] = -50
    face = Landmarks(kind="face", points_px=points, depth_px=depth, confidence=1.0, source="test")
    vertical = np.tile(((np.arange(100) + 0.5) / 100)[:, None], (1, 100))
    drawn = on_picture(vertical, face, gain=np.ones(len(template.triangles)), within=Window(0, 0, 100, 100))
    x, y = np.floor(points[13] + 0.5).astype(int)
    assert abs(drawn[y, x] - template.uv[13, 1]) < 0.02


def test_half_a_face_and_no_face_in_the_picture() -> None:
    pixels, face = vector("matte")
    middle = int(face.points_px[0, 0])
    cut = np.ascontiguousarray(pixels[:, middle:])
    shifted = moved(face, face.points_px - (middle, 0))
    found = region("lipstick", shifted, width_px=cut.shape[1], height_px=128)
    assert found is not None
    assert np.array_equal(found.mask, whole(where("lipstick", face))[:, middle:][found.window.of])
    assert len(put_on(cut, shifted, LAYERS).worn) == 3
    away = moved(face, face.points_px + 1000)
    gone = put_on(pixels, away, LAYERS)
    assert gone.unseen == LAYERS
    assert np.array_equal(gone.pixels, pixels)


def test_closed_eyes_leave_the_skin_and_say_so() -> None:
    pixels, face = vector("matte")
    points = face.points_px.copy()
    for side in ("right", "left"):
        eye = regions()[f"eye_{side}"]
        points[eye, 1] = points[eye, 1].mean()
    open_light, closed_light = face_light(pixels, face), face_light(pixels, moved(face, points))
    assert open_light is not None
    assert closed_light is not None
    assert (open_light.source, closed_light.source) == ("eyes", "skin")
    assert closed_light.sigma > open_light.sigma
    made = put_on(pixels, moved(face, points), [RED])
    assert [finding.code for finding in made.findings] == ["I_SHADE_APPROXIMATE"]
    assert made.worn[0].shade.sigma > put_on(pixels, face, [RED]).worn[0].shade.sigma


def test_narrowed_eyes_show_darker_whites_and_say_less() -> None:
    pixels, face = vector("matte")
    points = face.points_px.copy()
    for side in ("right", "left"):
        numbers = regions()[f"eye_{side}"]
        lower, upper = numbers[4], numbers[12]
        middle = (points[lower] + points[upper]) / 2
        points[[lower, upper]] = middle + 0.6 * (points[[lower, upper]] - middle)
    rest, narrowed = face_light(pixels, face), face_light(pixels, moved(face, points))
    assert rest is not None
    assert narrowed is not None
    assert narrowed.source == "eyes"
    assert narrowed.white @ LUMINANCE > 1.05 * rest.white @ LUMINANCE
    assert narrowed.sigma > rest.sigma


@pytest.mark.parametrize("gain", [0.3, 1.0, 3.0])
def test_skin_is_never_taken_for_fairer_than_the_fairest(gain: float) -> None:
    pixels, face = vector("matte")
    outline = np.zeros(pixels.shape[:2], bool)
    for side in ("right", "left"):
        eye = face.points_px[regions()[f"eye_{side}"]]
        low, high = np.floor(eye.min(axis=0)).astype(int), np.ceil(eye.max(axis=0)).astype(int) + 1
        outline[low[1] : high[1], low[0] : high[0]] = True
    shaded = np.where(outline[..., None], to_uint8(linear_to_srgb(gain * 0.1 * linear(pixels))), pixels)
    light = face_light(shaded, face)
    below = [skin_colour(shaded, face, f"under_eye_{side}") for side in ("right", "left")]
    assert light is not None
    assert np.mean([skin @ LUMINANCE for skin in below if skin is not None]) <= 1.001 * look()["light"]["fairest"] * light.white @ LUMINANCE


def test_a_hand_before_the_mouth_is_not_painted() -> None:
    pixels, face = vector("matte")
    x, y = face.points_px[[61, 291]].mean(axis=0)
    free, elsewhere = put_on(pixels, face, [RED]), put_on(pixels, face, [RED], hands=[hand_at((20, 20), 10)])
    assert np.array_equal(free.pixels, elsewhere.pixels)
    assert not elsewhere.findings
    covered = put_on(pixels, face, [RED], hands=[hand_at((x - 8, y), 14)])
    assert [finding.code for finding in covered.findings] == ["I_HAND_BEFORE_FACE"]
    assert 0.05 < covered.worn[0].region.hidden < 0.95
    same = (covered.pixels == pixels).all(axis=2)
    assert same[int(y), int(x) - 8]
    assert put_on(pixels, face, [RED], hands=[hand_at((x, y), 90)]).unseen == (RED,)


@pytest.mark.parametrize("side", [24, 60, 1000])
def test_faces_of_any_size(side: int) -> None:
    pixels, face = vector("look")
    scaled = np.asarray(PillowImage.fromarray(pixels).resize((side, side), PillowImage.Resampling.LANCZOS))
    points = (face.points_px + 0.5) * side / 128 - 0.5
    made = put_on(scaled, moved(face, points), LAYERS)
    assert len(made.worn) == 3
    assert all(np.isfinite([*worn.uniforms.light, worn.shade.delta_e, worn.shade.sigma]).all() for worn in made.worn)
    area, expected = where("lipstick", moved(face, points), side).mask.sum(), where("lipstick", face).mask.sum() * (side / 128) ** 2
    assert abs(area - expected) < 2 + 0.1 * expected


def test_brighter_light_is_found_brighter_and_its_hue_too() -> None:
    pixels, face = vector("matte")
    light = face_light(pixels, face)
    gains = np.array([0.5, 0.6, 0.7])
    other = face_light(to_uint8(linear_to_srgb(linear(pixels) * gains)), face)
    assert light is not None
    assert other is not None
    np.testing.assert_allclose(other.white / light.white, gains, rtol=0.03)


def test_no_coverage_changes_nothing_and_full_matte_has_the_products_colour() -> None:
    pixels, face = vector("matte")
    assert np.array_equal(put_on(pixels, face, [replace(RED, coverage=0.0)]).pixels, pixels)
    made = put_on(pixels, face, [replace(RED, coverage=1.0)])
    worn = made.worn[0]
    drawn = np.median(linear(made.pixels[worn.region.window.of][worn.region.core]), axis=0) / worn.uniforms.light
    sheen = look()["brdf"]["finish"]["matte"]["sheen"]
    np.testing.assert_allclose(drawn, np.array(RED.albedo) + sheen, atol=0.02)
    assert worn.shade.delta_e < 2


def test_gloss_is_brighter_at_its_highlights_and_alike_elsewhere() -> None:
    pixels, face = vector("gloss")
    satin, gloss = (put_on(pixels, face, [replace(RED, finish=finish)]) for finish in ("satin", "gloss"))  # type: ignore[arg-type]
    core = satin.worn[0].region.core
    cut = satin.worn[0].region.window.of
    more = (linear(gloss.pixels[cut][core]) - linear(satin.pixels[cut][core])) @ LUMINANCE
    assert more.min() > -0.01
    assert np.median(more) < 0.02 < more.max()


def test_eyes_torn_open_wear_less_shadow() -> None:
    _, face = vector("matte")
    points = face.points_px.copy()
    for side in ("right", "left"):
        eye = regions()[f"eye_{side}"]
        points[eye[9:]] -= (0, 5)
    calm, wide = where("eyeshadow", face).mask.max(), where("eyeshadow", moved(face, points)).mask.max()
    assert wide < 0.8 * calm


@pytest.mark.parametrize(("degrees", "told"), [(0, False), (25, False), (-25, False), (60, True), (-60, True)])
def test_a_profile_is_said_to_be_approximate(degrees: float, told: bool) -> None:
    pixels, _ = vector("matte")
    template = face_template().points_m
    turn = np.radians(degrees)
    x = template[:, 0] * np.cos(turn) + template[:, 2] * np.sin(turn)
    points = 64 + 500 * np.stack([np.r_[x, np.zeros(10)], np.r_[-template[:, 1], np.zeros(10)]], axis=1)
    depth = np.r_[-500 * (template[:, 2] * np.cos(turn) - template[:, 0] * np.sin(turn)), np.zeros(10)]
    face = Landmarks(kind="face", points_px=points, depth_px=depth, confidence=1.0, source="test")
    codes = [finding.code for finding in put_on(pixels, face, [RED]).findings]
    assert ("I_FACE_TURNED" in codes) == told

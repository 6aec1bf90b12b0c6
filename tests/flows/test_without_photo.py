"""Landmarks in place of a photo: what is drawn over it, and what is measured."""

from __future__ import annotations

import base64
from functools import cache

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.face import face_template
from arviz.core.image import Image, decode
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import Recipe
from arviz.core.resources import resource
from arviz.core.transforms import apply
from arviz.flows.glasses import GlassesFitting, Measured
from arviz.flows.recipe import glasses, makeup
from arviz.flows.without_photo import WithoutPhoto, without_photo
from arviz.render.face_light import unknown_light
from arviz.tryon.makeup.region import region
from arviz.vision.face.iris import AHEAD_M, CORNERS

FOLDER = resource("assets", "products", "glasses")
CAMERA = Camera.from_fov(vertical_fov_rad=0.8, width_px=320, height_px=240)
SIZE = {"width_px": 320, "height_px": 240, "focal_px": float(CAMERA.k[0, 0])}
LIPS, CHEEKS = makeup("lipstick", "#B0263A", name="Ruby"), makeup("blush", "#E08080")


def face(*, shut: bool = False, far_m: float = 0.5) -> Landmarks:
    """Return what a camera sees of the template, with irises of 11.7 mm."""
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[2, 3] = far_m
    head = face_template().points_m
    middles = apply(pose, head[np.array(CORNERS)].mean(axis=1) + np.array([0, 0, AHEAD_M]))
    around = 0.00585 * np.array([[0, 0, 0], [-1, 0, 0], [0, -1, 0], [1, 0, 0], [0, 1, 0]])
    points = CAMERA.project_distorted(np.concatenate([apply(pose, head), *(middle + around for middle in middles)]))
    if shut:
        points[[159, 386]] = points[[145, 374]]
    return Landmarks(kind="face", points_px=points, confidence=1.0, source="truth")


@cache
def worn() -> WithoutPhoto:
    item = glasses(FOLDER / "glasses.glb", beside=FOLDER / "recipe.json")
    recipe = Recipe(id="r", items=(LIPS, item, CHEEKS))
    with pytest.MonkeyPatch.context() as there:
        there.chdir(FOLDER)
        return without_photo(face(), recipe, pd="63mm", **SIZE)


def test_the_overlay_is_what_glasses_do_to_a_photo() -> None:
    made = worn()
    assert made.overlay is not None
    assert made.face.measured is not None
    colour, alpha = made.overlay.pixels[..., :3].astype(float), made.overlay.pixels[..., 3:] / 255
    assert alpha.max() > 0.98
    assert 0.02 < (alpha > 0).mean() < 0.3
    assert not alpha[-20:].any()
    assert not alpha[:, :20].any()
    # Over greys that were not looked at when it was made.
    measured: Measured = made.face.measured
    assert measured.light is not None
    assert measured.light.sh == pytest.approx(unknown_light(np.full((1, 3), 0.2)).sh)
    with GlassesFitting(made.recipe.glasses[0], folder=FOLDER) as fitting:
        for level, most in ((110, 3.0), (220, 6.0)):
            photo = Image(pixels=np.full((240, 320, 3), level, np.uint8))
            right = fitting.put_on(Frame(image=photo, camera=CAMERA), measured, made.face.seats[0])[0].pixels
            over = colour * alpha + level * (1 - alpha)
            assert np.abs(over - right)[alpha[..., 0] > 0].mean() < most
            assert np.abs(over - right)[alpha[..., 0] == 0].max() <= 2


def test_the_mask_of_a_layer_is_that_of_a_photo() -> None:
    made = worn()
    assert [mask.makeup for mask in made.masks] == [LIPS, CHEEKS]
    told = made.masks[0].to_json()
    where = region("lipstick", face(), width_px=320, height_px=240)
    assert where is not None
    mask = decode(base64.b64decode(told["mask"])).pixels[..., 0]
    assert mask.shape == where.window.shape
    assert np.abs(mask / 255 - where.mask).max() <= 0.5 / 255 + 1e-6
    assert (told["left"], told["top"]) == (where.window.x0, where.window.y0)
    assert (told["kind"], told["name"], told["albedo_srgb"], told["finish"]) == ("lipstick", "Ruby", "#B0263A", "satin")
    assert told["brdf"]["finish"] == {"shine": 1.0, "gloss": 0.0, "sheen": 0.02}
    assert len(told["beside"]) == 5


def test_what_is_measured_has_its_sigma_and_its_source() -> None:
    one = worn().to_json()["faces"][0]
    assert (one["scale"]["source"], one["pd"]) == ("pd", {"mm": 63.0, "sigma_mm": 1.0, "source": "pd"})
    assert one["glasses"][0]["fit"]["verdict"]
    assert {"light", "hair"} <= set(one["glasses"][0]["approximate"])
    assert worn().camera_from_head[2, 3] == pytest.approx(0.5, rel=0.06)
    told = without_photo(face(), Recipe(id="r", items=(LIPS,)), **SIZE).to_json()["faces"][0]
    assert told["scale"]["source"] == "iris"
    assert abs(told["pd"]["mm"] - 63) < 2 * told["pd"]["sigma_mm"] < 8
    shut = without_photo(face(shut=True), Recipe(id="r", items=(LIPS,)), **SIZE).to_json()["faces"][0]
    assert shut["scale"]["source"] == "template"
    assert shut["scale"]["sigma"] > told["scale"]["sigma"]


def test_a_camera_that_nobody_names_is_told() -> None:
    item = glasses(FOLDER / "glasses.glb", beside=FOLDER / "recipe.json")
    with pytest.MonkeyPatch.context() as there:
        there.chdir(FOLDER)
        made = without_photo(face(), Recipe(id="r", items=(item,)), width_px=320, height_px=240)
    assert "W_CAMERA_ASSUMED" in {finding.code for finding in made.face.findings}


@pytest.mark.parametrize("points", [np.zeros((478, 2)), np.full((478, 2), 1e6), np.random.default_rng(1).uniform(-1e6, 1e6, (478, 2))])
def test_what_is_no_face_is_refused(points: np.ndarray) -> None:
    with pytest.raises(InputError) as caught:
        without_photo(Landmarks(kind="face", points_px=points, confidence=1.0, source="x"), Recipe(id="r", items=(LIPS,)), **SIZE)
    assert caught.value.code == "E_LANDMARKS"

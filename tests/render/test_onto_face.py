"""Glasses on a head whose shape, pose and light are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.core.landmarks import Matte
from arviz.core.material import Material
from arviz.core.recipe import Lens
from arviz.core.scene import Item
from arviz.render.eyewear import eyewear
from arviz.render.face_rays import FaceRays
from arviz.render.gl.renderer import GlRenderer
from arviz.render.onto_face import OntoFace, onto_face
from arviz.render.photo_look import PhotoLook
from arviz.testing.shapes import box, joined, sphere

WIDTH, HEIGHT = 200, 150
CAMERA = Camera(k=np.array([[300.0, 0, 99.5], [0, 300, 74.5], [0, 0, 1]]), width_px=WIDTH, height_px=HEIGHT)
POSE = np.diag([1.0, -1, -1, 1])
POSE[2, 3] = 0.5
CLEAR = Material(extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}})
DARK = Material(base_color_factor=(0.02, 0.02, 0.02, 1), metallic_factor=0, roughness_factor=0.5)


def head() -> Asset:
    """A ball of 80 mm radius about the origin."""
    return sphere(radius_m=0.08)


def glasses(*, temples: bool = True) -> Asset:
    """Two lenses with a bar above them before the ball, and bars beside it that run into it."""
    parts = [box(size_m=(0.05, 0.03, 0.002), centre_m=(x, 0.01, 0.09), material=CLEAR) for x in (-0.032, 0.032)]
    parts.append(box(size_m=(0.14, 0.006, 0.004), centre_m=(0, 0.028, 0.092), material=DARK))
    if temples:
        parts += [box(size_m=(0.003, 0.006, 0.14), centre_m=(x, 0.028, 0.02), material=DARK) for x in (-0.07, 0.07)]
    return joined(*parts)


def picture() -> Image:
    """Return noise about skin, the same in each run: nothing here depends on it."""
    rng = np.random.default_rng(5)
    base = np.broadcast_to(np.array([170, 130, 110]), (HEIGHT, WIDTH, 3))
    return Image(pixels=np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def gl() -> Iterator[GlRenderer]:
    with GlRenderer() as renderer:
        yield renderer


def put_on(
    gl: GlRenderer, *, lens: Lens | None = None, photo: Image | None = None, hair: Matte | None = None, asset: Asset | None = None
) -> OntoFace:
    with FaceRays(head(), eyewear([Item(asset=asset or glasses())], lens=lens)) as rays:
        return onto_face(photo or picture(), rays, camera=CAMERA, camera_from_head=POSE, renderer=gl, hair=hair)


def at(x_m: float, y_m: float, z_m: float) -> tuple[int, int]:
    """Return row and column of a point of the head's frame."""
    u, v = CAMERA.project((POSE @ [x_m, y_m, z_m, 1])[None, :3])[0]
    return round(v), round(u)


def test_pixels_that_nothing_reaches_stay(gl: GlRenderer) -> None:
    photo = picture()
    made = put_on(gl, photo=photo)
    touched = (made.layer.colour[..., 3] > 0) | (made.shadow < 1) | (made.lenses > 0)
    assert touched.any()
    assert not touched.all()
    assert (made.image.pixels[~touched] == photo.pixels[~touched]).all()


def test_glasses_beside_the_picture_leave_it_as_it_is(gl: GlRenderer) -> None:
    photo = picture()
    pose = POSE.copy()
    pose[0, 3] = 2.0
    with FaceRays(head(), eyewear([Item(asset=glasses())])) as rays:
        made = onto_face(photo, rays, camera=CAMERA, camera_from_head=pose, renderer=gl)
    assert made.image is photo


def test_the_frame_hides_the_face_and_the_head_hides_the_temples(gl: GlRenderer) -> None:
    made = put_on(gl)
    assert made.layer.colour[at(0, 0.028, 0.094)][3] > 0.9
    assert made.hidden.any()
    assert made.layer.colour[..., 3][made.hidden].mean() < 0.5


def test_the_frame_throws_a_shadow_below_itself_and_the_lens_its_tint(gl: GlRenderer) -> None:
    clear, dark = put_on(gl, lens=Lens(transmittance=(0.9, 0.9, 0.9))), put_on(gl, lens=Lens(transmittance=(0.1, 0.2, 0.1)))
    cheek = at(0.03, 0.005, 0.073)
    assert dark.shadow[cheek] < clear.shadow[cheek] < 1
    assert clear.shadow[at(0, 0.02, 0.077)] < 0.97


def test_a_tinted_lens_takes_its_share_of_each_colour(gl: GlRenderer) -> None:
    made = put_on(gl, lens=Lens(transmittance=(0.2, 0.6, 0.6)))
    clear = put_on(gl, lens=Lens(transmittance=(1.0, 1.0, 1.0)))
    place = at(0.032, 0.01, 0.091)
    assert made.lenses[place] == pytest.approx(1)
    assert made.image.pixels[place][0] < 0.75 * clear.image.pixels[place][0]
    ratio = made.image.pixels[place].astype(float) / clear.image.pixels[place]
    assert ratio[0] < ratio[1]


def test_without_power_and_tint_a_lens_shows_the_photo(gl: GlRenderer) -> None:
    photo = picture()
    made = put_on(gl, photo=photo, lens=Lens(transmittance=(1.0, 1.0, 1.0)))
    inside = made.lenses >= 1
    inside &= made.layer.colour[..., 3] < 1e-3
    assert np.corrcoef(made.image.pixels[inside].ravel(), photo.pixels[inside].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("shift", np.linspace(0, 0.0016, 5))
@pytest.mark.parametrize("blur_px", [None, 1.5])
def test_no_light_comes_between_a_rim_and_its_lens(gl: GlRenderer, shift: float, blur_px: float | None) -> None:
    """A black rim about black lenses before a white wall: wherever pixels fall, none of the wall is seen within."""
    parts = [box(size_m=(0.05, 0.03, 0.002), centre_m=(x, 0.01, 0.09), material=CLEAR) for x in (-0.032, 0.032)]
    for x in (-0.032, 0.032):
        parts += [box(size_m=(0.056, 0.003, 0.004), centre_m=(x, 0.01 + y, 0.09), material=DARK) for y in (-0.0165, 0.0165)]
        parts += [box(size_m=(0.003, 0.036, 0.004), centre_m=(x + y, 0.01, 0.09), material=DARK) for y in (-0.0265, 0.0265)]
    pose = POSE.copy()
    pose[:2, 3] += shift
    worn = eyewear([Item(asset=joined(*parts))], lens=Lens(transmittance=(0.0, 0.0, 0.0), mirror=(0.0, 0.0, 0.0)))
    look = PhotoLook(blur_px=blur_px, grain=np.zeros((10, 8, 8, 3, 3)))
    with FaceRays(head(), worn) as rays:
        photo = Image(pixels=np.full((HEIGHT, WIDTH, 3), 250, np.uint8))
        made = onto_face(photo, rays, camera=CAMERA, camera_from_head=pose, renderer=gl, photo_look=look)
    for x in (-0.032, 0.032):
        (left, top), (right, bottom) = CAMERA.project(
            (pose[:3, :3] @ [[x - 0.025, x + 0.025], [0.025, -0.005], [0.092, 0.092]]).T + pose[:3, 3]
        )
        off = 1 if blur_px is None else -3  # by so much the wall's light is blurred over the rim
        inside = made.image.pixels[round(top) - off : round(bottom) + 1 + off, round(left) - off : round(right) + 1 + off]
        assert inside.max() < 110


def test_hair_hides_temples_and_not_the_front(gl: GlRenderer) -> None:
    bare, covered = put_on(gl), put_on(gl, hair=Matte(kind="hair", alpha=np.ones((HEIGHT, WIDTH)), confidence=1.0, source="test"))
    assert "hair" in bare.approximate
    assert "hair" not in covered.approximate
    front = at(0, 0.028, 0.094)
    assert covered.layer.colour[front][3] == pytest.approx(bare.layer.colour[front][3])
    assert covered.layer.colour[..., 3].sum() < bare.layer.colour[..., 3].sum()


def test_a_minus_lens_draws_the_outline_of_the_face_inwards(gl: GlRenderer) -> None:
    """A dark ball before a white wall, a lens that reaches over its edge: behind the lens the ball looks smaller."""
    pixels = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ball = np.hypot(x - 99.5, y - 74.5) < 300 * 0.08 / np.sqrt(0.5**2 - 0.08**2)
    pixels[ball] = 40
    wide = joined(
        box(size_m=(0.08, 0.06, 0.002), centre_m=(0.06, 0, 0.09), material=CLEAR),
        box(size_m=(0.01, 0.004, 0.004), centre_m=(0, 0.05, 0.09), material=DARK),
    )
    row = 74

    def dark(power: float) -> int:
        lens = Lens(transmittance=(1.0, 1.0, 1.0), rx_dioptre=(power, power))
        made = put_on(gl, photo=Image(pixels=pixels), lens=lens, asset=wide)
        return int((made.image.pixels[row, 110:, 0] < 140).sum())

    assert dark(-6.0) < dark(0.0) < dark(4.0)


def test_wrong_sizes_are_refused(gl: GlRenderer) -> None:
    with pytest.raises(InputError, match="photo"):
        put_on(gl, photo=Image(pixels=np.zeros((10, 10, 3), np.uint8)))
    with pytest.raises(InputError, match="matte"):
        put_on(gl, hair=Matte(kind="hair", alpha=np.zeros((3, 3)), confidence=1.0, source="test"))


def test_a_head_without_normals_gets_shadows_too(gl: GlRenderer) -> None:
    ball = head()
    (primitive,) = ball.meshes[0].primitives
    bare = replace(primitive, attributes={"POSITION": primitive.attributes["POSITION"]})
    plain = replace(ball, meshes=(replace(ball.meshes[0], primitives=(bare,)),))
    with FaceRays(plain, eyewear([Item(asset=glasses())])) as rays:
        made = onto_face(picture(), rays, camera=CAMERA, camera_from_head=POSE, renderer=gl)
    assert np.isfinite(made.shadow).all()
    assert made.shadow == pytest.approx(put_on(gl).shadow, abs=0.1)

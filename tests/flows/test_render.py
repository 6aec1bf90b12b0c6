"""The picture journey: options do what they say, bad options are explained before any work is done."""

import inspect

import numpy as np
import pytest

import arviz
from arviz.core.errors import ImageError, InputError
from arviz.core.image import Image, decode, encode
from arviz.flows.render import MoreOptions, draw, picture, render
from arviz.render.renderer import RENDERERS
from arviz.testing.shapes import box as box_of
from tests.formats.test_read import BOX


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    path = tmp_path_factory.mktemp("render") / "box.obj"
    path.write_text(BOX)
    return path


def test_every_option_of_draw_is_one_of_render():
    known = {*inspect.signature(render).parameters, *MoreOptions.__annotations__} - {"options"}
    assert known == set(inspect.signature(draw).parameters)
    assert all(name in render.__doc__ for name in known)


def test_a_unitless_file_is_drawn(box):
    image = arviz.render(box, width=64, height=48)
    assert (image.width_px, image.height_px, image.alpha) == (64, 48, "straight")
    alpha = image.pixels[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[24, 32] == 255


@pytest.mark.parametrize(("suffix", "lossless"), [(".png", True), (".webp", False), (".jpg", False)])
def test_pictures_are_written_in_every_format(box, tmp_path, suffix, lossless):
    out = tmp_path / f"p{suffix}"
    image = arviz.render(box, out=out, width=64, height=64, background="#3366ff")
    back = decode(out.read_bytes())
    assert back.pixels.shape == (64, 64, 3)
    assert back.pixels[0, 0].tolist() == pytest.approx([0x33, 0x66, 0xFF], abs=0 if lossless else 8)
    assert not lossless or np.array_equal(back.pixels, image.pixels)


def test_a_picture_as_background_is_kept_where_the_product_is_not(box, tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    (tmp_path / "photo.png").write_bytes(encode(Image(pixels=photo), "PNG"))
    alpha = arviz.render(box, width=64, height=64).pixels[..., 3]
    image = arviz.render(box, width=64, height=64, background=tmp_path / "photo.png")
    assert np.array_equal(image.pixels[alpha == 0], photo[alpha == 0])


def test_the_eye_goes_where_the_orbit_says(box):
    """Seen from the front the 4 x 2 x 1 box is twice as wide as high, from the side twice as high as wide."""

    def ratio(orbit):
        mask = arviz.render(box, width=96, height=96, orbit=orbit).pixels[..., 3] > 127
        return np.ptp(np.flatnonzero(mask.any(0))) / np.ptp(np.flatnonzero(mask.any(1)))

    assert ratio("0deg 90deg") == pytest.approx(2, abs=0.15)
    assert ratio("90deg 90deg") == pytest.approx(0.5, abs=0.05)


def test_variants_change_the_picture(data):
    sofa = arviz.read(data / "products" / "GlamVelvetSofa.glb")
    pictures = [arviz.render(sofa, width=64, height=64, variant=name).pixels.astype(int) for name in sofa.variants]
    for index, first in enumerate(pictures):
        for second in pictures[:index]:
            assert np.abs(first - second).max() > 20
    with pytest.raises(InputError, match="Champagne"):
        arviz.render(sofa, variant="Mauve")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"width": 0}, InputError),
        ({"height": 100_000}, InputError),
        ({"orbit": "up"}, InputError),
        ({"environment": "moon"}, InputError),
        ({"background": "#zzz"}, InputError),
        ({"background": "gone.png"}, InputError),
        ({"engine": "crayon"}, InputError),
    ],
)
def test_bad_options_are_explained(box, options, kind):
    with pytest.raises(kind) as caught:
        arviz.render(box, **{"width": 32, "height": 32, **options})
    assert caught.value.code.startswith("E_")


def test_outputs_are_refused_before_work(box, tmp_path):
    with pytest.raises(ImageError, match="transparent"):
        arviz.render(box, out=tmp_path / "a.jpg")
    with pytest.raises(ImageError, match="format"):
        arviz.render(box, out=tmp_path / "a.tiff")
    (tmp_path / "there.png").write_text("mine")
    with pytest.raises(InputError):
        arviz.render(box, out=tmp_path / "there.png")
    assert (tmp_path / "there.png").read_text() == "mine"


def test_the_room_and_the_verb_share_a_name(box):
    """`arviz.render` is callable and still the package, whichever was imported first."""
    import arviz.render.framing as framing

    assert callable(arviz.render)
    assert framing is arviz.render.framing
    assert arviz.render(box, width=8, height=8).width_px == 8


def test_textures_that_cannot_be_shown_are_told(tmp_path):
    from arviz.flows.render import draw

    (tmp_path / "a.mtl").write_text("newmtl wood\nmap_Kd gone.png\n")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nusemtl wood\n" + BOX)
    drawing = draw(tmp_path / "a.obj", width=32, height=32)
    assert "W_TEXTURE_MISSING" in [finding.code for finding in drawing.findings]
    assert drawing.image.width_px == 32


def test_a_colour_name_is_no_file(box):
    with pytest.raises(InputError) as caught:
        arviz.render(box, width=8, height=8, background="white")
    assert "#ffffff" in caught.value.hint


def cube_file(path):
    from arviz.formats.gltf.write import write_glb
    from arviz.testing.shapes import cube

    path.write_bytes(write_glb(cube()))
    return path


def planes(source, tmp_path, suffix, **options):
    from arviz.flows.render import draw

    files = {name: tmp_path / f"{name}{suffix}" for name in ("depth", "normals", "ids")}
    drawing = draw(source, out=tmp_path / "p.png", width=64, height=48, orbit="0deg 90deg", **files, **options)
    assert dict(drawing.files) == {"picture": tmp_path / "p.png", **files}
    return drawing, files


@pytest.fixture(scope="module")
def two_cubes(tmp_path_factory):
    """Return a GLB of two cubes of 0.1 m side by side, the right one 0.1 m nearer."""
    from arviz.formats.gltf.write import write_glb
    from arviz.testing.shapes import cube, joined

    path = tmp_path_factory.mktemp("planes") / "two.glb"
    path.write_bytes(write_glb(joined(cube(centre_m=(-0.1, 0, 0)), cube(centre_m=(0.1, 0, 0.1)))))
    return path


def test_planes_in_floats_are_metres_directions_and_numbers(two_cubes, tmp_path):
    drawing, files = planes(two_cubes, tmp_path, ".npy")
    depth, normals, ids = (np.load(files[name]) for name in ("depth", "normals", "ids"))
    assert (depth.dtype, normals.dtype, ids.dtype) == (np.float32, np.float32, np.int32)
    assert len(drawing.parts) == 2
    assert set(np.unique(ids)) == {0, 1, 2}
    left, right = (np.median(depth[ids == each]) for each in (1, 2))
    assert left - right == pytest.approx(0.1, abs=1e-4)
    front = ids == 2
    assert np.median(normals[front], axis=0) == pytest.approx([0, 0, 1], abs=1e-5)
    assert np.isposinf(depth[ids == 0]).all()
    assert np.argwhere(ids == 1)[:, 1].mean() < np.argwhere(ids == 2)[:, 1].mean()


def test_planes_in_pictures_hold_the_same(two_cubes, tmp_path):
    from PIL import Image as PillowImage

    _, exact = planes(two_cubes, tmp_path, ".npy")
    _, files = planes(two_cubes, tmp_path, ".png", force=True)
    depth, normals, ids = (np.asarray(PillowImage.open(files[name])) for name in ("depth", "normals", "ids"))
    metres = np.load(exact["depth"])
    assert depth.max() > 255
    np.testing.assert_array_equal(depth, np.where(np.isfinite(metres), np.round(np.where(np.isfinite(metres), metres, 0) * 1000), 0))
    np.testing.assert_array_equal(ids, np.load(exact["ids"]))
    assert np.abs(normals / 127.5 - 1 - np.load(exact["normals"])).max() <= 1 / 127


def test_the_picture_is_the_same_with_and_without_planes(two_cubes, tmp_path):
    drawing, _ = planes(two_cubes, tmp_path, ".npy")
    alone = arviz.render(two_cubes, width=64, height=48, orbit="0deg 90deg")
    assert np.abs(drawing.image.pixels.astype(int) - alone.pixels).max() <= 1


def test_lamps_of_the_product_shine_once_whatever_is_written(tmp_path):
    """With ids each part is an item of its own; a lamp is not lit again for each."""
    from dataclasses import replace

    from arviz.core.asset import Node
    from arviz.testing.shapes import cube, joined

    asset = joined(cube(centre_m=(-0.1, 0, 0)), cube(centre_m=(0.1, 0, 0)))
    (roots,) = asset.scenes
    asset = replace(
        asset,
        nodes=(*asset.nodes, Node(light=0)),
        scenes=(replace(roots, nodes=(*roots.nodes, len(asset.nodes))),),
        lights=({"type": "directional", "intensity": 1.0},),
    )
    drawing, _ = planes(asset, tmp_path, ".npy", exposure=0.3)
    alone = arviz.render(asset, width=64, height=48, orbit="0deg 90deg", exposure=0.3)
    assert len(drawing.parts) == 2
    assert np.abs(drawing.image.pixels.astype(int) - alone.pixels).max() <= 1


def test_normals_stay_with_the_eye(two_cubes, tmp_path):
    """The left side of the product, seen straight on, is again (0, 0, 1)."""
    arviz.render(two_cubes, normals=tmp_path / "n.npy", width=32, height=32, orbit="90deg 90deg")
    normals = np.load(tmp_path / "n.npy")
    seen = normals[np.abs(normals).sum(axis=2) > 0]
    assert np.median(seen, axis=0) == pytest.approx([0, 0, 1], abs=1e-5)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"depth": "d.jpg"}, "E_PICTURE_FORMAT"),
        ({"ids": "i.webp"}, "E_PICTURE_FORMAT"),
        ({"out": "same.png", "ids": "same.png"}, "E_OUTPUT_TWICE"),
        ({"samples": 3}, "E_SAMPLES"),
        ({"exposure": float("nan")}, "E_EXPOSURE"),
        ({"tone_map": "sepia"}, "E_TONE_MAP"),
        ({"rotate_environment_rad": float("inf")}, "E_ANGLE"),
        ({"animation": "Dance"}, "E_ANIMATION_UNKNOWN"),
        ({"device": 99}, "E_GL_DEVICE"),
        ({"engine": "open3d", "device": 0}, "E_DEVICE_ENGINE"),
    ],
)
def test_planes_and_looks_that_make_no_sense(two_cubes, tmp_path, options, code):
    files = {name: tmp_path / value for name, value in options.items() if name in ("out", "depth", "ids")}
    with pytest.raises((InputError, ImageError)) as caught:
        arviz.render(two_cubes, width=16, height=16, **{**options, **files})
    assert caught.value.code == code
    assert not list(tmp_path.iterdir())


def test_depth_without_a_unit_is_refused(box, tmp_path):
    """Metres of a file whose unit nobody knows would be a lie; numbers of its parts are none."""
    with pytest.raises(InputError) as caught:
        arviz.render(box, depth=tmp_path / "d.png", width=16, height=16)
    assert caught.value.code == "E_UNIT_NEEDED"
    assert arviz.render(box, ids=tmp_path / "i.png", width=16, height=16).width_px == 16


def test_sixteen_bits_of_millimetres_end_at_65_metres(tmp_path):
    from arviz.testing.shapes import cube

    with pytest.raises(InputError) as caught:
        arviz.render(cube(edge_m=30.0), depth=tmp_path / "d.png", width=16, height=16)
    assert caught.value.code == "E_DEPTH_RANGE"
    arviz.render(cube(edge_m=30.0), depth=tmp_path / "d.npy", width=16, height=16)
    assert 65.5 < np.load(tmp_path / "d.npy").min() < 200


def test_light_and_exposure_change_the_picture(two_cubes):
    def mean(**options):
        return arviz.render(two_cubes, width=32, height=32, background="#000000", environment="room", **options).pixels.astype(float)

    plain = mean()
    assert mean(exposure=2.0).mean() > plain.mean() + 3
    assert np.abs(mean(rotate_environment_rad=np.pi) - plain).max() > 3
    assert np.abs(mean(tone_map="none") - plain).max() > 3


def test_an_animation_is_shown_at_its_time(tmp_path):
    """A cube that moves 0.2 m to the right in a second is framed where it is, and its part keeps its number."""
    from dataclasses import replace

    from arviz.core.asset import Animation, Track
    from arviz.testing.shapes import cube, joined

    still = joined(cube(), cube(centre_m=(0.3, 0, 0)))
    track = Track(node=1, path="translation", times=np.array([0.0, 1.0]), values=np.array([[0.0, 0, 0], [0.2, 0, 0]]))
    asset = replace(still, animations=(Animation(tracks=(track,), name="Slide"),))

    def gap(**options):
        arviz.render(asset, ids=tmp_path / "i.npy", width=96, height=64, orbit="0deg 90deg", force=True, **options)
        ids = np.load(tmp_path / "i.npy")
        return (np.argwhere(ids == 2)[:, 1].min() - np.argwhere(ids == 1)[:, 1].max()) / np.ptp(np.argwhere(ids == 1)[:, 1])

    assert gap() == pytest.approx(gap(animation="Slide", time_s=0.0))
    assert gap(animation=0, time_s=1.0) > gap(animation="Slide", time_s=0.5) > gap() + 0.5


def test_a_picture_does_not_end_in_a_shadow():
    """A product that fills its picture throws a shadow that is gone at the borders; without a shadow nothing else changes."""
    with RENDERERS.get("gl")() as renderer:
        wide = box_of(size_m=(2.0, 0.5, 0.8))
        with_shadow = picture(wide, renderer, width=96, height=96).pixels[..., 3]
        without = picture(wide, renderer, width=96, height=96, shadow=0.0).pixels[..., 3]
    border = np.concatenate([with_shadow[0], with_shadow[-1], with_shadow[:, 0], with_shadow[:, -1]])
    assert border.max() <= 2
    assert (with_shadow.astype(int) - without).max() > 60
    assert (with_shadow >= without).all()


@pytest.mark.parametrize("width", [1.5, True, "80", None])
def test_sides_are_whole_pixels(width):
    with pytest.raises(InputError) as caught:
        arviz.render(box_of(size_m=(1, 1, 1)), width=width, height=32)
    assert caught.value.code == "E_PICTURE_SIZE"
    assert arviz.render(box_of(size_m=(1, 1, 1)), width=np.int64(16), height=16).width_px == 16

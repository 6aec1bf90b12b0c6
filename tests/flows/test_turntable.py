"""The turntable journey: a whole turn without a seam, one size from all around, nothing half-written."""

import io
import math

import numpy as np
import pytest
from PIL import Image as PillowImage

import arviz
from arviz.core.errors import ArvizError, FormatError, ImageError, InputError
from arviz.core.material import Material
from arviz.flows.turntable import turntable
from arviz.render.renderer import RENDERERS
from arviz.testing.shapes import joined, sphere
from tests.formats.test_read import BOX

SMALL = {"width": 64, "height": 64, "seconds": 1.2}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    path = tmp_path_factory.mktemp("turntable") / "box.obj"
    path.write_text(BOX)
    return path


def pictures(path):
    clip = PillowImage.open(io.BytesIO(path.read_bytes()))
    out = []
    for index in range(clip.n_frames):
        clip.seek(index)
        out.append(np.asarray(clip.convert("RGBA")).astype(int))
    return out


def difference(a, b):
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize(("direction", "sign"), [("right", -1), ("left", 1)])
def test_each_frame_is_the_still_from_its_azimuth(box, tmp_path, direction, sign):
    made = turntable(box, out=tmp_path / "box.webp", frames=6, orbit="20deg 70deg", direction=direction, quality=95, **SMALL)
    assert (made.frames, made.codec, made.bytes) == (6, "WebP", (tmp_path / "box.webp").stat().st_size)
    for index, frame in enumerate(pictures(tmp_path / "box.webp")):
        still = arviz.render(box, width=64, height=64, orbit=f"{20 + sign * 60 * index}deg 70deg").pixels
        assert np.abs(frame[..., 3] - still[..., 3]).max() <= 1
        inside = still[..., 3] == 255
        assert difference(frame[inside], still[inside]) < 4


def test_the_turn_closes_without_a_seam(box, tmp_path):
    """The step from the last frame to the first is a step like the others, and no frame comes twice."""
    turntable(box, out=tmp_path / "box.webp", frames=24, quality=95, **SMALL)
    frames = pictures(tmp_path / "box.webp")
    steps = [difference(a, b) for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert min(steps) > 0.5
    assert steps[-1] == pytest.approx(steps[0], rel=0.2)  # the front is symmetric: both are 15 degrees away from it


@pytest.mark.parametrize("direction", ["right", "left"])
def test_the_front_goes_where_it_is_told(tmp_path, direction):
    """A red ball in front, on +Z, and a white one behind: after a quarter turn the red one is on that side."""
    red = sphere(radius_m=0.03, centre_m=(0.0, 0.0, 0.1), material=Material(base_color_factor=(1.0, 0.0, 0.0, 1.0)))
    white = sphere(radius_m=0.03, centre_m=(0.0, 0.0, -0.1))
    turntable(joined(red, white), out=tmp_path / "balls.webp", frames=4, orbit="0deg 90deg", direction=direction, **SMALL)
    quarter = pictures(tmp_path / "balls.webp")[1]
    columns = np.flatnonzero(((quarter[..., 0] - quarter[..., 1] > 80) & (quarter[..., 3] == 255)).any(axis=0))
    assert columns.size
    assert (columns.min() > 32) if direction == "right" else (columns.max() < 32)


def test_the_view_from_above_turns_too(box, tmp_path):
    """From the pole the eye stays where it is: the picture itself must turn. The 4 x 1 box lies along, then across."""
    turntable(box, out=tmp_path / "box.webp", frames=4, orbit="0deg 0deg", **SMALL)
    along = [np.ptp(np.flatnonzero((frame[..., 3] > 127).any(axis=0))) for frame in pictures(tmp_path / "box.webp")]
    assert along[0] > 2 * along[1]
    assert (along[2], along[3]) == (along[0], along[1])


def test_the_size_does_not_breathe(tmp_path):
    """A ball is a ball from all around: every frame covers the same pixels."""
    turntable(sphere(centre_m=(0.3, 0.2, -0.4)), out=tmp_path / "ball.webp", frames=8, shadow=0.0, **SMALL)
    covered = [frame[..., 3] for frame in pictures(tmp_path / "ball.webp")]
    assert all(np.abs(alpha - covered[0]).mean() < 0.5 for alpha in covered)


def test_odd_sides_of_a_video_are_made_even(box, tmp_path):
    made = turntable(box, out=tmp_path / "box.mp4", frames=4, width=63, height=65, seconds=1)
    assert (made.width_px, made.height_px) == (64, 66)
    assert "I_VIDEO_EVEN" in [finding.code for finding in made.findings]
    assert made.codec in ("H.264", "AV1")


def test_a_video_is_white_behind_unless_told_otherwise(box, tmp_path):
    import cv2

    for name, options, expected in (("white", {}, 255), ("grey", {"background": "#808080"}, 128)):
        turntable(box, out=tmp_path / f"{name}.webm", frames=2, **SMALL, **options)
        frame = cv2.VideoCapture(str(tmp_path / f"{name}.webm")).read()[1]
        assert np.abs(frame[:6, :6].astype(int) - expected).max() <= 2
    with pytest.raises(ImageError, match="transparent"):
        turntable(box, out=tmp_path / "glass.webm", background="transparent")


def test_an_open_renderer_draws_the_same_and_stays_open(box, tmp_path):
    with RENDERERS.get("gl")() as renderer:
        for name in ("a", "b"):
            turntable(box, out=tmp_path / f"{name}.webp", frames=3, renderer=renderer, **SMALL)
    turntable(box, out=tmp_path / "c.webp", frames=3, **SMALL)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_progress_is_told(box, tmp_path):
    told = []
    turntable(box, out=tmp_path / "box.gif", frames=3, drawn=told.append, **SMALL)
    assert told == [0, 1, 2, 3]


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".webm", ".mp4"])
def test_an_interruption_leaves_nothing(box, tmp_path, suffix):
    def stop(count):
        if count == 2:
            raise KeyboardInterrupt

    out = tmp_path / f"box{suffix}"
    with pytest.raises(KeyboardInterrupt):
        turntable(box, out=out, frames=4, drawn=stop, **SMALL)
    assert list(tmp_path.iterdir()) == []
    out.write_text("mine")
    with pytest.raises(KeyboardInterrupt):
        turntable(box, out=out, frames=4, drawn=stop, force=True, **SMALL)
    assert out.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"frames": 0}, "E_FRAME_COUNT"),
        ({"frames": 100_000}, "E_FRAME_COUNT"),
        ({"seconds": 0.0}, "E_DURATION"),
        ({"seconds": math.nan}, "E_DURATION"),
        ({"seconds": 1e9}, "E_DURATION"),
        ({"frames": 3000, "seconds": 1}, "E_DURATION"),
        ({"quality": 0}, "E_QUALITY"),
        ({"quality": 101}, "E_QUALITY"),
        ({"direction": "up"}, "E_DIRECTION"),
        ({"width": 0}, "E_PICTURE_SIZE"),
        ({"orbit": "front"}, "E_ORBIT_SYNTAX"),
        ({"variant": "Mauve"}, "E_VARIANT_UNKNOWN"),
        ({"environment": "moon"}, "E_ENVIRONMENT_UNKNOWN"),
        ({"background": "gone.png"}, "E_FILE_MISSING"),
        ({"engine": "crayon"}, "E_UNKNOWN_NAME"),
    ],
)
def test_bad_options_are_explained_and_nothing_is_written(box, tmp_path, options, code):
    with pytest.raises(ArvizError) as caught:
        turntable(box, out=tmp_path / "box.webp", **{**SMALL, **options})
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_outputs_are_refused_before_work(box, tmp_path):
    (tmp_path / "there.gif").write_text("mine")
    with pytest.raises(InputError, match="exists"):
        turntable(box, out=tmp_path / "there.gif")
    with pytest.raises(ImageError, match="format"):
        turntable(box, out=tmp_path / "box.avi")
    (tmp_path / "model.webp").write_bytes(box.read_bytes())
    with pytest.raises(InputError, match="replace the input"):
        turntable(tmp_path / "model.webp", out=tmp_path / "model.webp", force=True)


def test_broken_products_leave_nothing(tmp_path):
    (tmp_path / "a.glb").write_bytes(b"glTF nonsense")
    with pytest.raises(FormatError):
        turntable(tmp_path / "a.glb", out=tmp_path / "a.webp")
    empty = arviz.Asset(nodes=(), meshes=())
    with pytest.raises(ArvizError, match="nothing to draw"):
        turntable(empty, out=tmp_path / "b.webp")
    assert [path.name for path in tmp_path.iterdir()] == ["a.glb"]

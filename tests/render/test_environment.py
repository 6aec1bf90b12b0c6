"""Environments: ours are balanced, Radiance files read as cv2 reads them, bad ones give one clear error."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, ImageError, InputError, LimitError
from arviz.core.image import Image
from arviz.core.limits import Limits
from arviz.core.material import Material
from arviz.core.resources import resource
from arviz.core.scene import Lighting
from arviz.render.environment import ENVIRONMENTS, load_environment, read_radiance
from arviz.render.prefilter import LEVELS, compute, directions, prefilter
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import sphere
from tests.render.scenes import draw

ROOT = Path(__file__).resolve().parents[2]


def test_a_pixel_that_is_no_number_is_dark(tmp_path):
    """It blackens nothing else, also not from the cache."""
    pixels = np.full((16, 32, 3), 0.5, np.float32)
    pixels[3, 4] = 0
    broken = pixels.copy()
    broken[3, 4] = np.nan
    for _ in range(2):
        found = prefilter(Image(pixels=broken, space="linear"), cache=tmp_path)
        expected = compute(Image(pixels=pixels, space="linear"))
        np.testing.assert_array_equal(found.harmonics, expected.harmonics)
        for ours, theirs in zip(found.levels, expected.levels, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_ours_are_neutral_and_bright_enough(gl, name):
    """A white ball of albedo 0.8 comes out near 0.8, without a strong cast."""
    white = Material(base_color_factor=(0.8, 0.8, 0.8, 1), metallic_factor=0.0)
    colour = draw(
        gl, sphere(radius_m=0.2, material=white), lighting=Lighting(environment=load_environment(name)), options=RenderOptions()
    ).colour
    mean = colour[colour[..., 3] == 1][:, :3].mean(axis=0)
    assert 0.6 < mean.mean() < 0.85
    assert mean.max() / mean.min() < 1.15


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_radiance_reader_agrees_with_cv2(name):
    """cv2 is the reference for the run-length decoding and the exponents."""
    cv2 = pytest.importorskip("cv2")
    path = resource("assets", "environments", f"{name}.hdr")
    theirs = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
    np.testing.assert_allclose(load_environment(path).pixels, theirs, rtol=1e-6)


def test_the_script_writes_what_is_shipped(tmp_path):
    """The committed files are the script's: both are regenerated and compared."""
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'assets' / 'make')!r}); import environments as e; from pathlib import Path; "
    code += f"e.FOLDER = Path({str(tmp_path)!r}); e.main()"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    for name in ENVIRONMENTS:
        shipped = load_environment(name).pixels
        np.testing.assert_allclose(load_environment(tmp_path / f"{name}.hdr").pixels, shipped, rtol=0.01, atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"no picture", b"#?RADIANCE\n\n-Y 4 +X", b"#?RADIANCE\n\n-Y 0 +X 8\n", b"\x89PNG\r\n\x1a\n"])
def test_broken_files_are_one_clear_error(tmp_path, content):
    path = tmp_path / "light.hdr"
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        load_environment(path)
    assert caught.value.code == "E_ENVIRONMENT_BROKEN"
    assert str(path) in str(caught.value)


def test_unknown_name_lists_the_known():
    with pytest.raises(InputError, match="studio, room"):
        load_environment("stduio")


def test_black_and_huge_are_refused():
    with pytest.raises(ImageError, match="no light"):
        read_radiance(b"#?RADIANCE\n\n-Y 2 +X 2\n" + bytes(16))
    with pytest.raises(LimitError):
        read_radiance(b"#?RADIANCE\n\n-Y 99999 +X 99999\n", limits=Limits(image_pixels=1000))


@given(cut=st.integers(0, 4000), flip=st.integers(0, 3999), value=st.integers(0, 255))
def test_no_damage_escapes_as_a_foreign_error(cut, flip, value):
    """Any cut and any changed byte: a picture or an ArvizError, nothing else."""
    data = bytearray(resource("assets", "environments", "studio.hdr").read_bytes()[: 4000 + cut])
    data[flip] = value
    try:
        read_radiance(bytes(data))
    except ArvizError:
        return
    raise AssertionError("a cut file cannot be whole")


def sky(*, turn=0):
    """A smooth sky and a small lamp, turned by whole columns."""
    d = directions(512, 256)
    pixels = 1 + 0.5 * d[..., :1] + 0.3 * d[..., 1:2] + 0.2 * d[..., 2:]
    pixels[60:70, 100:112] += 20
    return Image(pixels=np.roll(pixels, turn, axis=1).repeat(3, axis=2), space="linear")


def test_a_turned_sky_gives_turned_levels():
    """32 columns of 512: the smallest level turns by one of 16."""
    straight, turned = compute(sky()), compute(sky(turn=32))
    for level in range(LEVELS):
        expected = np.roll(straight.levels[level].astype(float), 32 >> level, axis=1)
        np.testing.assert_allclose(turned.levels[level].astype(float), expected, rtol=2e-3)


def test_rough_levels_of_a_linear_sky_are_its_mean_over_the_lobe():
    """Where radiance is a + b . d, its weighted mean over directions is that of their mean direction, at any normal."""
    pixels = (1 + directions(512, 256) @ (0.5, 0.3, 0.2))[..., None].repeat(3, axis=2)
    levels = compute(Image(pixels=pixels, space="linear")).levels
    for level in range(1, LEVELS):
        alpha = (level / (LEVELS - 1)) ** 2
        # The mean of cos(theta) of the reflected light by quadrature over GGX-distributed facets, weighted by itself.
        u = (np.arange(4096) + 0.5) / 4096
        facet = (1 - u) / (1 + (alpha**2 - 1) * u)
        cosine = 2 * facet - 1
        cosine = cosine[cosine > 0]
        lean = (cosine**2).sum() / cosine.sum()
        height, width = levels[level].shape[:2]
        expected = 1 + lean * (directions(width, height) @ (0.5, 0.3, 0.2))
        rows = slice(1, -1)  # the rows at the poles are read as constant beyond their centres
        assert np.abs(levels[level][rows, :, 0] - expected[rows]).max() < 0.03


def test_two_processes_may_fill_the_cache_at_once(tmp_path):
    """Each gets its result, one whole file stays and nothing else."""
    code = f"""
import numpy as np
from pathlib import Path
from arviz.core.image import Image
from arviz.render.prefilter import prefilter
light = Image(pixels=np.linspace(0, 2, 96, dtype=np.float32).reshape(4, 8, 3), space="linear")
for _ in range(3):
    print(prefilter(light, cache=Path({str(tmp_path)!r})).levels[2].astype(float).sum())
    for file in Path({str(tmp_path)!r}).glob("*.npz"):
        file.unlink(missing_ok=True)
print(prefilter(light, cache=Path({str(tmp_path)!r})).harmonics.shape)
"""
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert outputs[0] == outputs[1]
    assert [file.suffix for file in tmp_path.iterdir()] == [".npz"]

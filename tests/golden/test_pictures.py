"""Our own products as they looked when somebody last looked at them."""

from pathlib import Path

import numpy as np
import pytest

from arviz.core.image import Image, decode, encode
from arviz.core.resources import resource
from arviz.flows.render import picture
from arviz.formats.read import read
from arviz.render.renderer import RENDERERS
from arviz.testing.goldens import compare

FOLDER = Path(__file__).parent
CASES = {
    "sofa": ("sofa", {"shadow": 0.0}),
    "sofa-floor": ("sofa", {"background": (255, 255, 255)}),
    "sofa-room": ("sofa", {"environment": "room", "orbit": "-40deg 70deg", "shadow": 0.0}),
    "glasses": ("glasses", {"background": (255, 255, 255), "shadow": 0.0}),
    "lamp": ("lamp", {"orbit": "0deg 80deg", "background": (40, 44, 52), "shadow": 0.0}),
}


@pytest.fixture(scope="module")
def renderer():
    with RENDERERS.get("gl")() as renderer:
        yield renderer


@pytest.mark.parametrize("name", CASES)
def test_products_look_as_they_did(name, renderer, request):
    product, options = CASES[name]
    device = renderer.capabilities().device
    update = name in request.config.getoption("--update-golden")
    asset = read(resource("assets", "products", product, f"{product}.glb"))
    image = picture(asset, renderer, width=256, height=256, **options)
    assert compare(image, FOLDER / f"{name}.png", device=device, failed=FOLDER / "failed", update=update) is None


def test_a_changed_picture_fails_and_leaves_what_is_needed_to_judge(tmp_path):
    pixels = np.full((32, 32, 3), 100, np.uint8)
    golden, failed = tmp_path / "g.png", tmp_path / "failed"
    assert "--update-golden g" in compare(Image(pixels=pixels), golden, device="d", failed=failed)
    assert compare(Image(pixels=pixels), golden, device="d", failed=failed, update=True) is None
    assert compare(Image(pixels=pixels + 2), golden, device="d", failed=failed) is None
    changed = pixels.copy()
    changed[:4, :4] += 30
    assert "1.56 %" in compare(Image(pixels=changed), golden, device="d", failed=failed)
    assert decode((failed / "g.diff.png").read_bytes()).pixels[0, 0, 0] == 255
    assert np.array_equal(decode((failed / "g.actual.png").read_bytes()).pixels, changed)
    assert encode(Image(pixels=pixels), "PNG") == (failed / "g.expected.png").read_bytes()
    assert "expected" in compare(Image(pixels=pixels[:16]), golden, device="d", failed=failed)

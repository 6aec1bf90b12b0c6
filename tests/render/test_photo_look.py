"""Photos with known sharpness and grain: both are found, and a product put into them gets the same."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, uniform_filter

from arviz.core.colour import linear_to_srgb, srgb_to_linear, to_uint8
from arviz.core.image import Image
from arviz.core.scene import Layer
from arviz.render.composite import composite
from arviz.render.photo_grain import BLOCK_PX, LEVELS, luma
from arviz.render.photo_look import PhotoLook, matched, measure_look
from arviz.testing.rooms import camera_effects, make_room, photo

_PIXEL = 2 / 27
"""Variance of the square of a pixel that nine rays sample."""
_ROUNDED = 1 / 12 / 255**2
"""Finer differences are those of rounding to 8 bits."""


@pytest.fixture(scope="module")
def rooms():
    seed = int(np.random.SeedSequence().entropy % 2**31)
    print(f"seeds from {seed}")
    made = [make_room(seed + number) for number in range(4)]
    return [(seed + number, photo(room, room.views[0], rng=np.random.default_rng(seed))) for number, room in enumerate(made)]


def stored(linear, seed, **changes):
    return camera_effects(linear, rng=np.random.default_rng(seed), **changes)


def flat(clean):
    """Where a picture of encoded values (H, W, 3) without grain is smooth and not clipped."""
    level = luma(clean)
    mean = uniform_filter(level, 9)
    deviation = np.sqrt(np.maximum(uniform_filter(level * level, 9) - mean * mean, 0))
    return (deviation < 1.5 / 255) & (clean.max(axis=2) < 0.97) & (clean.min(axis=2) > 0.03), mean


def values(image):
    return image.pixels[..., :3].astype(np.float32) / 255


def test_the_blur_of_a_photo_is_found(rooms):
    errors = []
    for seed, linear in rooms:
        for blur in (0.4, 0.9, 1.5):
            look = measure_look(stored(linear, seed, blur_px=blur, noise=1.5))
            truth = np.sqrt(blur**2 + _PIXEL)
            if look.blur_px is not None:  # a bare room may show no edge that tells
                errors.append((look.blur_px - truth) / max(0.25, 0.2 * truth))
    print(np.round(errors, 2))
    assert len(errors) >= 6
    assert np.median(np.abs(errors)) < 1


def test_the_grain_of_a_photo_is_found(rooms):
    errors = []
    for number, (seed, linear) in enumerate(rooms):
        settings = {"blur_px": 0.7, "white_balance": (1, 1, 1)}
        noisy = values(stored(linear, seed, noise=2.0, jpeg_quality=(None, 85, 92, 97)[number], **settings))
        clean = values(stored(linear, seed, noise=0, jpeg_quality=None, **settings))
        smooth, level = flat(clean)
        look = measure_look(Image(pixels=to_uint8(noisy)))
        for low in np.arange(0.1, 0.9, 0.1):
            here = smooth & (level >= low) & (level < low + 0.1)
            if here.sum() > 4000:
                errors.append(np.log(look.sigma(np.array([low + 0.05]))[0].mean() / (noisy - clean)[here].std(axis=0).mean()))
    print(np.round(np.exp(errors), 2))
    assert np.median(np.abs(errors)) < np.log(1.25)


def test_a_patch_in_a_grainy_photo_has_its_grain(rooms):
    """The product is the room itself without grain, on the fields of a chessboard: both colours of it must look alike."""
    ratios = []
    for number, (seed, sharp) in enumerate(rooms):
        # Fine structure of the room would pass for grain, and be there twice on the product.
        linear = Image(pixels=gaussian_filter(sharp.pixels, (3, 3, 0)), space="linear")
        settings = {"blur_px": 0.6, "white_balance": (1, 1, 1)}
        noisy = stored(linear, seed, noise=2.0, jpeg_quality=(None, 85, 92, 97)[number], **settings)
        clean = values(stored(linear, seed, noise=0, jpeg_quality=None, **settings))
        height, width = clean.shape[:2]
        cover = (np.indices((height, width)).sum(axis=0) // 96 % 2).astype(np.float32)[..., None]
        layer = Layer(colour=np.concatenate([srgb_to_linear(clean) * cover, cover], axis=2))
        look = measure_look(noisy)
        both = composite([matched(layer, PhotoLook(blur_px=None, grain=look.grain), seed=seed)], background=noisy)
        light = luma(values(both))
        fine = light - gaussian_filter(light, 1.0)
        smooth, level = flat(clean)
        for low in np.arange(0.1, 0.9, 0.1):
            here = smooth & (level >= low) & (level < low + 0.1)
            ours, theirs = (here & (cover[..., 0] == side) for side in (1, 0))
            if min(ours.sum(), theirs.sum()) > 3000:
                ratios.append(np.log((fine[ours].var() + _ROUNDED) / (fine[theirs].var() + _ROUNDED)))
    print(np.round(np.exp(ratios), 2))
    assert np.median(np.abs(ratios)) < np.log(1.25)


def test_a_product_is_blurred_as_the_photo_is():
    colour = np.zeros((80, 80, 4), np.float32)
    colour[:, 40:] = (0.2, 0.4, 0.6, 1.0)
    blur = 1.3
    out = matched(Layer(colour=colour), plain(blur_px=blur)).colour
    wanted = gaussian_filter(colour, (0, np.sqrt(blur**2 - 1 / 12), 0), mode="nearest")
    assert np.abs(out - wanted)[:, 20:60].max() < 3e-3
    assert np.allclose(out[..., :3], out[..., 3:] * (0.2, 0.4, 0.6), atol=1e-5)


def test_grain_falls_on_the_product_alone_and_by_the_seed():
    colour = np.zeros((64, 64, 4), np.float32)
    colour[16:48, 16:48] = (0.2, 0.2, 0.2, 1.0)
    layer, look = Layer(colour=colour), plain(grain=1e-4)
    one, same, other = (matched(layer, look, seed=seed).colour for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not one[colour[..., 3] == 0].any()
    assert np.array_equal(one[..., 3], colour[..., 3])
    assert linear_to_srgb(one[16:48, 16:48, :3]).std() > 0.005


def test_a_clean_sharp_or_empty_picture_changes_nothing():
    layer = Layer(colour=np.full((40, 40, 4), (0.1, 0.2, 0.3, 0.5), np.float32))
    look = measure_look(Image(pixels=np.full((40, 40, 3), 128, np.uint8)))
    assert look.blur_px is None
    assert not look.grain.any()
    assert np.allclose(matched(layer, look).colour, layer.colour, atol=1e-4)
    nothing = Layer(colour=np.zeros((40, 40, 4), np.float32))
    assert matched(nothing, look) is nothing
    tiny = measure_look(Image(pixels=np.zeros((1, 1, 3), np.uint8)))
    assert tiny.blur_px is None
    assert not tiny.grain.any()


def plain(*, blur_px=None, grain=0.0):
    return PhotoLook(blur_px=blur_px, grain=np.tile(np.eye(3) * grain, (len(LEVELS), BLOCK_PX, BLOCK_PX, 1, 1)))

"""A network of the user's own: tiny generated ones whose answer is known, and metres from anchors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import BackendError, DependencyError, FormatError, InputError
from arviz.core.image import Image
from arviz.testing.rooms import make_room
from arviz.vision.depth.align import DepthAnchors, align_depth, plane_anchors
from arviz.vision.depth.onnx import IMAGENET_MEAN, IMAGENET_STD, OnnxDepth
from arviz.vision.depth.provider import DEPTH_PROVIDERS, DepthProvider
from tests.seeds import drawn_seed

onnx = pytest.importorskip("onnx", reason="needs the development package onnx")
pytest.importorskip("onnxruntime", reason="needs the extra [depth]")


def network(
    path: Path, *, weights: Any, bias: float = 0.0, shape: Any = (1, 3, "h", "w"), tail: list[Any] | None = None, dtype: int = 1
) -> Path:
    """Write a network that weighs the three colours of each pixel, with what `tail` does to the result after it."""
    helper = onnx.helper
    w = helper.make_tensor("w", dtype, (1, 3, 1, 1), np.asarray(weights, np.float32).tolist())
    b = helper.make_tensor("b", dtype, (1,), [bias])
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["y" if not tail else "c"]), *(tail or [])]
    graph = helper.make_graph(
        nodes,
        "depth",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", dtype, None)],
        [w, b],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def red(tmp_path) -> Path:
    """Return a network that gives the red of a picture, 0..1, once mean and deviation are undone."""
    return network(tmp_path / "red.onnx", weights=[IMAGENET_STD[0], 0, 0], bias=IMAGENET_MEAN[0])


def ramp(width: int, height: int) -> Image:
    """Return a picture whose red rises to the right and whose blue is noise."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width).round()
    pixels[..., 2] = np.random.default_rng(1).integers(0, 256, (height, width))
    return Image(pixels=pixels)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (100, 70), (518, 518)])
def test_answers_with_the_function_that_the_network_is(red, width, height):
    image = ramp(width, height)
    with OnnxDepth(red, kind="relative") as provider:
        depth = provider.predict(image)
    assert isinstance(provider, DepthProvider)
    assert depth.shape == (height, width)
    assert depth.dtype == np.float32
    # Scaling there and back rounds a ramp off at its ends, over a step of the coarser picture.
    inner = slice(width // 40, -(width // 40))
    assert np.abs(depth[:, inner] - image.pixels[:, inner, 0] / 255).max() < 0.008


def test_the_network_sees_multiples_and_its_longest_side(tmp_path):
    tail = [onnx.helper.make_node("Shape", ["c"], ["s"]), onnx.helper.make_node("Cast", ["s"], ["f"], to=1)]
    tail += [onnx.helper.make_node("ReduceSum", ["f"], ["r"], keepdims=1), onnx.helper.make_node("Mul", ["c", "zero"], ["z"])]
    tail = [onnx.helper.make_node("Constant", [], ["zero"], value_float=0.0), *tail, onnx.helper.make_node("Add", ["z", "r"], ["y"])]
    path = network(tmp_path / "sides.onnx", weights=[0, 0, 0], tail=tail)
    with OnnxDepth(path, kind="relative", longest_px=100, multiple_of=8) as provider:
        # Batch 1, channel 1, height 72, width 96 (100 is no multiple of 8: 12.5 rounds to 12).
        assert np.allclose(provider.predict(ramp(640, 480)), 1 + 1 + 72 + 96)


def test_fixed_sides_and_half_floats_are_respected(tmp_path):
    fixed = network(tmp_path / "fixed.onnx", weights=[IMAGENET_STD[0], 0, 0], bias=IMAGENET_MEAN[0], shape=(1, 3, 28, 56))
    with OnnxDepth(fixed, kind="relative") as provider:
        assert provider.predict(ramp(300, 90)).shape == (90, 300)
    half = network(tmp_path / "half.onnx", weights=[IMAGENET_STD[0], 0, 0], bias=IMAGENET_MEAN[0], dtype=10)
    with OnnxDepth(half, kind="relative") as provider:
        assert np.abs(provider.predict(ramp(280, 140))[:, 20:-20] - ramp(280, 140).pixels[:, 20:-20, 0] / 255).max() < 0.01


def test_networks_that_take_or_give_something_else_are_refused(tmp_path):
    helper = onnx.helper
    flat = [helper.make_node("Flatten", ["c"], ["y"])]
    two = [helper.make_node("Concat", ["c", "c"], ["y"], axis=1)]
    nan = [helper.make_node("Sqrt", ["c"], ["y"])]
    logarithm = [helper.make_node("Log", ["c"], ["y"])]
    cases = {
        "rank": ({"weights": [1, 0, 0], "tail": flat, "shape": (1, 3, 42, 56)}, "something else"),
        "channels": ({"weights": [1, 0, 0], "tail": two}, "something else"),
        "nan": ({"weights": [0, 0, 0], "bias": -1.0, "tail": nan}, "numbers that are none"),
        "inf": ({"weights": [0, 0, 0], "tail": logarithm}, "numbers that are none"),
    }
    for name, (options, words) in cases.items():
        with OnnxDepth(network(tmp_path / f"{name}.onnx", **options), kind="relative") as provider:
            with pytest.raises(FormatError, match=words) as error:
                provider.predict(ramp(64, 48))
            assert error.value.code == "E_DEPTH_MODEL"


def test_files_that_are_no_networks_are_refused(tmp_path, red):
    for name, content in {"empty": b"", "text": b"not a network", "cut": red.read_bytes()[:-20]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError) as error:
            OnnxDepth(tmp_path / name, kind="metric")
        assert error.value.code == "E_DEPTH_MODEL"
        assert str(tmp_path) not in str(error.value)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        "rank",
        [onnx.helper.make_tensor_value_info("x", 1, (1, 10))],
        [onnx.helper.make_tensor_value_info("y", 1, (1, 10))],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    model.ir_version = 9
    (tmp_path / "rank.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(FormatError, match=r"\(1, 3, H, W\)"):
        OnnxDepth(tmp_path / "rank.onnx", kind="metric")
    with pytest.raises(InputError) as missing:
        OnnxDepth(tmp_path / "nothing.onnx", kind="metric")
    assert missing.value.code == "E_FILE_MISSING"
    with pytest.raises(InputError) as kind:
        OnnxDepth(red, kind="disparity")
    assert kind.value.code == "E_DEPTH_KIND"


def test_a_closed_provider_says_so(red):
    provider = DEPTH_PROVIDERS.get("onnx")(red, kind="metric")
    provider.close()
    with pytest.raises(BackendError, match="closed"):
        provider.predict(ramp(20, 20))


def test_without_the_extra_the_command_is_named(red, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(DependencyError) as error:
        OnnxDepth(red, kind="metric")
    assert "arviz3d[depth]" in error.value.hint


def scene(rng: np.random.Generator) -> tuple[np.ndarray, DepthAnchors]:
    """Return depth that falls towards the picture's bottom with boxes in it, and anchors on its lower half."""
    height, width = 120, 160
    z = 1.3 / (0.05 + np.linspace(0.12, 0.7, height))[:, None] * np.ones((1, width))
    z[20:70, 30:80] = 2.0
    x, y = rng.integers(0, width, 300), rng.integers(height // 2, height, 300)
    return z, DepthAnchors(pixels=np.stack([x, y], 1), depth_m=z[y, x], sigma_m=0.01 * z[y, x], source="test")


@given(st.sampled_from(["metric", "relative", "inverse"]), st.floats(0.05, 50), st.floats(-3, 3), st.integers(0, 2**31), st.floats(0, 0.3))
def test_scale_and_shift_are_found_though_anchors_are_wrong(kind, scale, shift, seed, wrong):
    rng = np.random.default_rng(seed)
    z, anchors = scene(rng)
    y = 1 / z if kind == "inverse" else z
    shift = 0.0 if kind == "metric" else shift
    depth = anchors.depth_m.copy()
    bad = rng.random(len(depth)) < wrong
    depth[bad] *= rng.uniform(0.3, 0.8, bad.sum())  # furniture stands before the floor
    aligned = align_depth(
        (y - shift) / scale, kind=kind, anchors=DepthAnchors(pixels=anchors.pixels, depth_m=depth, sigma_m=anchors.sigma_m, source="floor")
    )
    assert aligned.scale == pytest.approx(scale, rel=1e-3)
    assert aligned.shift == pytest.approx(shift, abs=1e-3)
    assert np.abs(aligned.depth_m / z - 1).max() < 0.005
    assert aligned.source == "floor"


def test_sigma_tells_how_wrong_a_network_is():
    """A network that errs by regions: the truth lies within 2 sigma for most pixels, and is not hidden in a huge sigma."""
    rng = np.random.default_rng(drawn_seed())
    shares, ratios = [], []
    for _ in range(40):
        z, anchors = scene(rng)
        import cv2

        waves = cv2.resize(rng.normal(0, 0.04, (6, 8)).astype(np.float32), (160, 120), interpolation=cv2.INTER_CUBIC)
        aligned = align_depth(z * np.exp(waves) / 3, kind="metric", anchors=anchors)
        error = np.abs(aligned.depth_m - z) / aligned.sigma_m
        shares.append((error < 2).mean())
        ratios.append(np.log(aligned.scale / 3) / aligned.sigma_scale)
    print(f"within 2 sigma {np.mean(shares):.3f}, scale error / sigma {np.sqrt(np.mean(np.square(ratios))):.2f}")
    assert np.mean(shares) > 0.85
    # A cell of the fit is twice as wide as these errors: the sigma errs on the safe side, but not by much.
    assert 0.25 < np.sqrt(np.mean(np.square(ratios))) < 1.3


def test_weak_anchors_are_refused():
    z, anchors = scene(np.random.default_rng(2))
    level = DepthAnchors(pixels=anchors.pixels, depth_m=np.full(300, 2.0), sigma_m=np.full(300, 0.01), source="wall")
    few = DepthAnchors(pixels=anchors.pixels[:5], depth_m=anchors.depth_m[:5], sigma_m=anchors.sigma_m[:5], source="few")
    rng = np.random.default_rng(3)
    random = DepthAnchors(pixels=anchors.pixels, depth_m=rng.uniform(0.5, 9, 300), sigma_m=anchors.sigma_m, source="random")
    for prediction, kind, bad in [
        (z, "relative", level),
        (z, "metric", few),
        (z, "inverse", anchors),
        (np.ones_like(z), "relative", anchors),
        (rng.normal(5, 1, z.shape), "relative", random),
        (np.full_like(z, np.nan), "metric", anchors),
    ]:
        with pytest.raises(InputError) as error:
            align_depth(prediction, kind=kind, anchors=bad)
        assert error.value.code == "E_DEPTH_ANCHOR"


def test_the_floor_of_a_room_is_an_anchor():
    seed = drawn_seed()
    camera = Camera(k=np.array([[150, 0, 79.5], [0, 150, 59.5], [0, 0, 1.0]]), width_px=160, height_px=120)
    room = make_room(seed, kind="box", furnished=False, camera=camera, views=1)
    depth, labels = room.seen(room.views[0])
    pose, floor = room.views[0].world_from_camera, room.planes[0]
    normal = pose[:3, :3].T @ np.asarray(floor.normal)
    height = float(floor.distance_m(pose[:3, 3][None])[0])
    anchors = plane_anchors(camera, normal=normal, offset_m=height, inside=labels == 0, sigma_offset_m=0.02, source="floor", step_px=4)
    if len(anchors.depth_m) < 60:
        pytest.skip("this view shows too little floor")
    x, y = anchors.pixels.astype(int).T
    assert np.allclose(anchors.depth_m, depth[y, x], rtol=1e-4)
    aligned = align_depth(depth / 2.5, kind="metric", anchors=anchors)
    known = np.isfinite(depth)
    assert np.allclose(aligned.depth_m[known], depth[known], rtol=1e-3)
    assert aligned.sigma_scale >= 0.02 / height

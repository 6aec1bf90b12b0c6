"""How alike two pictures of the same product are: outline, light level, FLIP and SSIM."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from tests.bench.peers.install import python_with

REQUIREMENT = "flip-evaluator==1.7"
BACKGROUND = 255
"""Pictures are compared over white, as pages show them."""
PAIRS = (("gl", "model-viewer"), ("gl", "filly"), ("gl", "mitsuba"), ("model-viewer", "mitsuba"), ("filly", "mitsuba"))
"""Who is measured against whom."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Drawn(NamedTuple):
    """One engine's picture of a view."""

    image: Image
    """RGBA, straight alpha."""
    white: Array
    """(H, W, 3) float32, encoded 0..1: the same over white, blended in linear light where the engine can."""


class Alike(NamedTuple):
    """How a picture differs from another."""

    flip: float
    ssim: float
    light: float
    """Mean linear luminance over that of the reference."""
    solid_flip: float
    """FLIP where both pictures are opaque: without edges and glass."""
    solid_light: float
    iou: float
    """Of everything that is seen, glass too (`SEEN_ALPHA`)."""

    def rounded(self) -> dict[str, float]:
        """Return the numbers as one writes them down."""
        return {name: round(float(value), 4) for name, value in self._asdict().items()}


SEEN_ALPHA = 0.05


def silhouette_iou(first: Image, second: Image, *, alpha: float = 0.5) -> float:
    """Return the area where both have at least this alpha over the area where one has."""
    a, b = (image.pixels[..., 3] >= alpha * 255 for image in (first, second))
    return float((a & b).sum() / max((a | b).sum(), 1))


def over_white(image: Image) -> Array:
    """Return (H, W, 3) float32 in 0..1, blended in display space as browsers do."""
    pixels = image.pixels.astype(np.float32) / 255
    if pixels.shape[2] == 3:
        return pixels
    out: Array = pixels[..., :3] * pixels[..., 3:] + BACKGROUND / 255 * (1 - pixels[..., 3:])
    return out


def light_ratio(test: Image, reference: Image) -> float:
    """Return the mean linear luminance of `test` over that of `reference`, where both are opaque."""
    both = (test.pixels[..., 3] == 255) & (reference.pixels[..., 3] == 255)
    return _light(*(image.pixels[..., :3].astype(np.float32) / 255 for image in (test, reference)), where=both)


def _light(test: Array, reference: Array, *, where: Array) -> float:
    if not where.any():
        return float("nan")
    t, r = ((srgb_to_linear(picture[where]) @ _LUMINANCE).mean() for picture in (test, reference))
    return float(t / max(r, 1e-6))


def ssim(first: Array, second: Array, *, mask: Array | None = None) -> float:
    """Return the mean structural similarity of the luma of two pictures (Wang et al. 2004: Gaussian of 1.5, 11 x 11)."""
    import cv2

    x, y = (np.ascontiguousarray(picture @ np.array([0.299, 0.587, 0.114], np.float32), np.float64) for picture in (first, second))

    def blurred(values: Array) -> Array:
        out: Array = cv2.GaussianBlur(values, (11, 11), 1.5)
        return out

    mx, my = blurred(x), blurred(y)
    vx, vy, cov = blurred(x * x) - mx * mx, blurred(y * y) - my * my, blurred(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    similarity = (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(similarity[mask].mean() if mask is not None and mask.any() else similarity.mean())


def alike(test: Drawn, reference: Drawn, flip: Flip, *, within: Array | None = None) -> tuple[Array, Alike]:
    """Return the (H, W) FLIP error and the numbers, over what either shows and, if given, only `within` this (H, W) mask."""
    error = flip.map(reference.white, test.white)
    alpha = [drawn.image.pixels[..., 3] for drawn in (test, reference)]
    seen, solid = (alpha[0] > SEEN_ALPHA * 255) | (alpha[1] > SEEN_ALPHA * 255), (alpha[0] == 255) & (alpha[1] == 255)
    if within is not None:
        seen, solid = seen & within, solid & within
    return error, Alike(
        flip=float(error[seen].mean()),
        ssim=ssim(test.white, reference.white, mask=seen),
        light=_light(test.white, reference.white, where=seen),
        solid_flip=float(error[solid].mean()) if solid.any() else float("nan"),
        solid_light=_light(test.white, reference.white, where=solid),
        iou=silhouette_iou(test.image, reference.image, alpha=SEEN_ALPHA),
    )


class Flip:
    """NVIDIA's FLIP (Andersson et al. 2020) in a process of its own: 0 is equal, 1 as different as can be."""

    def __init__(self) -> None:
        command = [str(python_with(REQUIREMENT)), "-I", str(Path(__file__).with_name("flip_worker.py"))]
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()

    def map(self, reference: Array, test: Array) -> Array:
        """Return the (H, W) error between two (H, W, 3) pictures in 0..1."""
        names = [str(Path(self._folder.name) / f"{name}.npy") for name in ("reference", "test", "map")]
        for name, picture in zip(names, (reference, test), strict=False):
            np.save(name, np.ascontiguousarray(picture, np.float32))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(names) + "\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise RuntimeError("FLIP's process has ended")
        out: Array = np.load(names[2])
        return np.squeeze(out)

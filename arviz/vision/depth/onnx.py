"""`OnnxDepth`: a user's own monocular depth network as an ONNX file, run by onnxruntime on the CPU; no weights are fetched.

In: one picture, (1, 3, H, W) float, RGB of the sRGB-encoded picture in 0..1 less the mean over the standard deviation, as
networks trained on ImageNet expect it. Out: one number per pixel, (H, W) with any further sides of 1. The picture is scaled,
its form kept, until its longer side is `longest_px`, both sides to multiples of `multiple_of`; a model with fixed sides gets those.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb
from arviz.core.errors import BackendError, DependencyError, FormatError, InputError
from arviz.core.frozen import Array, vector
from arviz.core.image import Image
from arviz.vision.depth.provider import DepthKind, check_kind

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of the pictures of ImageNet in RGB 0..1 (PyTorch, torchvision's documentation of pre-trained models)."""
PATCH_PX = 14
"""Side of the patches of DINOv2, on which most depth networks stand (Oquab et al. 2023)."""
LONGEST_PX = 518
"""37 patches: what these networks were trained at."""
_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_MOST_PX = 16384
_SAME_FORM = 0.1
"""Between the forms of what a network sees and gives: some round their sides."""


class OnnxDepth:
    """Depth by an ONNX file.

    Parameters
    ----------
    path : path
    kind : str
        ``metric``, ``relative`` or ``inverse``: what the network's documents say of its numbers.
    mean, std : (3,) float
        Of RGB in 0..1.
    longest_px, multiple_of : int
        Of the picture that the network sees.
    name : str, optional
        Default: the file's name.

    Raises
    ------
    DependencyError
        ``E_MISSING_PACKAGE``: the extra [depth] is not installed.
    InputError
        ``E_FILE_MISSING``, ``E_DEPTH_KIND``.
    FormatError
        ``E_DEPTH_MODEL``: no ONNX file, or one that takes or gives something else.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        kind: str,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        longest_px: int = LONGEST_PX,
        multiple_of: int = PATCH_PX,
        name: str | None = None,
    ) -> None:
        file = Path(fspath(path))
        self.kind: DepthKind = check_kind(kind)
        self.name = name or file.name
        self._mean, self._std = np.array(vector(mean, 3), np.float32), np.array(vector(std, 3), np.float32)
        if not (np.isfinite(self._mean).all() and np.isfinite(self._std).all() and self._std.min() > 0):
            raise InputError("E_DEPTH_INPUT", "mean and std are not usable", expected="finite numbers, std above 0", found=f"{mean}, {std}")
        if not 1 <= multiple_of <= longest_px <= _MOST_PX:
            found = f"{multiple_of}, {longest_px}"
            raise InputError(
                "E_DEPTH_INPUT", "the sides are not usable", expected=f"1 <= multiple_of <= longest_px <= {_MOST_PX}", found=found
            )
        self._longest_px, self._multiple_of = longest_px, multiple_of
        if not file.is_file():
            raise InputError("E_FILE_MISSING", "no such file", where=file.name, hint="Check the name and the folder you are in.")
        self._session: Any = _session(file)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in _FLOATS or len(inputs[0].shape) != 4 or _is_not(inputs[0].shape, (1, 3)):
            shapes = "; ".join(f"{node.type} {node.shape}" for node in inputs)[:160]
            _refuse("the network takes something else", self.name, "one input, float (1, 3, H, W)", shapes)
        self._input = inputs[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the weights; the provider cannot be used afterwards."""
        self._session = None

    def predict(self, image: Image, *, camera: Camera | None = None) -> Array:
        """Return the network's numbers for a picture, (H, W) float32 of its size; `camera` is not used.

        Raises
        ------
        FormatError
            ``E_DEPTH_MODEL``: it gives something else than one finite number per pixel.
        BackendError
            ``E_DEPTH_RUN``: it cannot be run, or was closed.
        """
        import cv2

        if self._session is None:
            raise BackendError("E_DEPTH_RUN", "the depth provider was closed", where=self.name)
        width, height = self._sides(image)
        rgb = _rgb(image)
        shrinks = width < image.width_px
        small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR).reshape(height, width, 3)
        tensor = ((small - self._mean) / self._std).transpose(2, 0, 1)[None].astype(_FLOATS[self._input.type])
        try:
            answer = self._session.run(None, {self._input.name: np.ascontiguousarray(tensor)})[0]
        except Exception as error:  # onnxruntime's own exceptions share no base class, and name whatever a network does
            raise BackendError(
                "E_DEPTH_RUN", "the network cannot be run", where=self.name, found=f"{width} x {height}: {str(error)[:160]}"
            ) from error
        depth = self._checked(answer, width / height)
        return np.asarray(cv2.resize(depth, (image.width_px, image.height_px), interpolation=cv2.INTER_LINEAR))

    def _sides(self, image: Image) -> tuple[int, int]:
        """Return the width and height that the network sees."""
        height, width = self._input.shape[2:]
        scale = self._longest_px / max(image.width_px, image.height_px)
        fit = [max(round(side * scale / self._multiple_of), 1) * self._multiple_of for side in (image.width_px, image.height_px)]
        return (width if isinstance(width, int) else fit[0], height if isinstance(height, int) else fit[1])

    def _checked(self, answer: Any, form: float) -> Array:
        values = np.asarray(answer)
        sides = [side for side in values.shape if side != 1] if values.ndim != 2 else list(values.shape)
        formed = len(sides) == 2 and values.shape[-2:] == tuple(sides) and abs(sides[1] / max(sides[0], 1) / form - 1) < _SAME_FORM
        if values.dtype.kind != "f" or not formed:
            _refuse(
                "the network gives something else", self.name, "one number per pixel, float (1, H, W)", f"{values.dtype} {values.shape}"
            )
        depth = values.reshape(sides).astype(np.float32)
        if not np.isfinite(depth).all():
            share = 1 - float(np.isfinite(depth).mean())
            _refuse(
                "the network gives numbers that are none", self.name, "finite numbers", f"NaN or infinite for {share:.0%} of the picture"
            )
        return depth


def _is_not(shape: Sequence[Any], sides: Sequence[int]) -> bool:
    """Tell whether a shape's first sides are fixed to other numbers; a side that is free has a name or None."""
    return any(isinstance(side, int) and side != expected for side, expected in zip(shape, sides, strict=False))


def _rgb(image: Image) -> Array:
    """Return (H, W, 3) float32, sRGB-encoded, 0..1."""
    pixels = image.pixels[..., :3] if image.pixels.shape[2] > 1 else np.repeat(image.pixels, 3, axis=2)
    if image.space == "linear":
        return linear_to_srgb(pixels if pixels.dtype != np.uint8 else pixels / np.float32(255))
    scaled: Array = pixels.astype(np.float32) / np.float32(255) if pixels.dtype == np.uint8 else np.clip(pixels, 0, 1)
    return scaled


def _session(file: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE",
            "depth from ONNX files needs the extra [depth]",
            found="no module onnxruntime",
            hint="Run `pip install 'arviz3d[depth]'`.",
        ) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # fatal: what is wrong comes as an exception
    try:
        return onnxruntime.InferenceSession(str(file), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class
        # The first line names the file's place on this machine: only what follows is told.
        found = str(error).replace(str(file), file.name)[:200]
        _refuse("not a network that can be loaded", file.name, "an ONNX file", found, error)


def _refuse(what: str, where: str, expected: str, found: str, cause: Exception | None = None) -> NoReturn:
    hint = "Export the network for one picture, float32, NCHW."
    raise FormatError("E_DEPTH_MODEL", what, where=where, expected=expected, found=found, hint=hint) from cause

"""`LitertEstimator`: MediaPipe's networks run by LiteRT, without mediapipe: no OpenGL, no system library, no socket.

The same networks, detectors, squares and thresholds; the pictures that the networks see differ by the rounding of a warp.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np

from arviz.core.errors import BackendError, DependencyError
from arviz.core.frozen import Array
from arviz.core.landmarks import POINTS, LandmarkKind, Landmarks, Side
from arviz.vision.landmarks.detections import DETECTORS, Square, found, square_of
from arviz.vision.landmarks.estimator import Kind, PictureEstimator
from arviz.vision.landmarks.guard import without_chatter
from arviz.vision.landmarks.half_pixel import LATE_PX
from arviz.vision.landmarks.heatmap import refined
from arviz.vision.landmarks.order import is_same

PRESENCE = 0.5
"""From which a landmark network is believed that the thing is there."""
HAND_DEPTH = 0.4
"""MediaPipe divides the depth of hands by this (`normalize_z` of its hand graph)."""
_MEMBERS = {
    "face": ("face_detector.tflite", "face_landmarks_detector.tflite"),
    "pose": ("pose_detector.tflite", "pose_landmarks_detector.tflite"),
    "hand": ("hand_detector.tflite", "hand_landmarks_detector.tflite"),
}

_SIZES: dict[Kind, tuple[tuple[int, ...], ...]] = {
    "face": ((896 * 16, 896), (478 * 3, 1)),
    "pose": ((2254 * 12, 2254), (39 * 5, 1, 256 * 256, 64 * 64 * 39)),
    "hand": ((2016 * 18, 2016), (21 * 3, 1, 1)),
    "person": ((256 * 256,),),
}
"""How many numbers each network gives in the outputs that are read: another one of a user's own must give as many."""


class LitertEstimator(PictureEstimator):
    """Landmarks by LiteRT; parameters as `PictureEstimator`.

    Raises
    ------
    DependencyError
        ``E_MISSING_PACKAGE``: the extra [litert] is not installed; ``E_MODEL_MISSING``, ``E_MODEL_DAMAGED``.
    BackendError
        ``E_LANDMARKS_NETWORK``: a network cannot be loaded.
    """

    source = "litert"

    def _load(self, kind: Kind, path: Path) -> tuple[_Network, ...]:
        try:
            if kind == "person":
                files = [path.read_bytes()]
            else:
                with zipfile.ZipFile(path) as bundle:
                    files = [bundle.read(name) for name in _MEMBERS[kind]]
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise _broken(path.name, str(error)) from error
        return tuple(_Network(data, path.name, sizes) for data, sizes in zip(files, _SIZES[kind], strict=True))

    def _landmarks(self, kind: LandmarkKind, rgb: Array) -> list[Landmarks]:
        detector, network = self._network(kind)
        spec = DETECTORS[kind]
        height, width = rgb.shape[:2]
        side = max(width, height)
        whole = Square(centre_px=np.array([width / 2, height / 2]), side_px=float(side), turn_rad=0.0)
        boxes, scores, *_ = detector.run(_seen(rgb, whole, spec.input_px, beyond="black") * (1 - spec.low) + spec.low)
        corner = whole.centre_px - side / 2
        most = 2 * self._most if kind == "hand" else self._most
        out: list[Landmarks] = []
        for _, points in found(spec, boxes[0], scores[0, :, 0])[:most]:
            square = square_of(spec, points * side + corner)
            one = _read(kind, network.run(_seen(rgb, square, network.input_px, beyond="edge")), square, network.input_px)
            if one is not None and not any(is_same(one, other) for other in out):
                out.append(one)
        return out

    def _person(self, rgb: Array) -> Array:
        import cv2

        (network,) = self._network("person")
        side, size = network.input_px, rgb.shape[1::-1]
        # As for landmarks, pixel 0 of the network is the picture's edge: the answer goes back the way that the picture came.
        picture_from_network = np.array([[size[0] / side, 0, 0], [0, size[1] / side, 0]])
        seen = cv2.warpAffine(rgb, picture_from_network, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        alpha = network.run(seen / np.float32(255))[0][0, ..., 0]
        return np.asarray(cv2.warpAffine(alpha, picture_from_network, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


class _Network:
    """One TFLite network: a square picture in, arrays out."""

    def __init__(self, data: bytes, name: str, sizes: tuple[int, ...]) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise DependencyError(
                "E_MISSING_PACKAGE",
                "the landmark estimator litert needs the extra [litert]",
                found=str(error),
                hint="Run `pip install 'arviz3d[litert]'`.",
            ) from error
        try:
            with without_chatter():
                self._interpreter: Any = Interpreter(model_content=data)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:  # what LiteRT raises
            raise _broken(name, str(error)) from error
        self._input = self._interpreter.get_input_details()[0]
        outputs = self._interpreter.get_output_details()
        shape, given = self._input["shape"].tolist(), tuple(int(output["shape"].prod()) for output in outputs)
        if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3 or given[: len(sizes)] != sizes:
            raise _broken(name, f"another kind of network: {shape} -> {given}")
        self._outputs = [output["index"] for output in outputs]
        self.input_px = int(shape[1])

    def run(self, picture: Array) -> list[Array]:
        """Return the outputs for a picture (S, S, 3) float32."""
        self._interpreter.set_tensor(self._input["index"], picture[None].astype(np.float32, copy=False))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def _broken(name: str, found: str) -> BackendError:
    hint = "Run `arviz models verify` and `arviz doctor`."
    return BackendError("E_LANDMARKS_NETWORK", "LiteRT cannot load the network", where=name, found=found[:160], hint=hint)


def _seen(rgb: Array, square: Square, size_px: int, *, beyond: Literal["black", "edge"]) -> Array:
    """Return what a network sees of a picture: (size, size, 3) float32, 0 to 1."""
    import cv2

    picture_from_square = square.picture_from_square(size_px)
    border = cv2.BORDER_CONSTANT if beyond == "black" else cv2.BORDER_REPLICATE
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen: Array = cv2.warpAffine(rgb, picture_from_square, (size_px, size_px), flags=flags, borderMode=border)
    return seen * np.float32(1 / 255)


def _read(kind: LandmarkKind, outputs: list[Array], square: Square, size_px: int) -> Landmarks | None:
    """Return our landmarks of a network's outputs, None where it sees no such thing."""
    logit = float(outputs[1].ravel()[0])
    presence = float(_sigmoid(logit)) if kind == "face" else min(max(logit, 0.0), 1.0)
    if presence < PRESENCE:
        return None
    numbers = outputs[0].astype(np.float64).ravel()
    visibility = None
    side: Side | None = None
    if kind == "pose":
        table = numbers.reshape(-1, 5)
        table[:, :2] = refined(table[:, :2] / size_px, outputs[3][0]) * size_px
        numbers, visibility = table[:, :3], _sigmoid(table[: POINTS[kind], 3])
    elif kind == "hand":
        side = "right" if float(outputs[2].ravel()[0]) > 0.5 else "left"
    points = numbers.reshape(-1, 3)[: POINTS[kind]]
    if kind == "face":
        points = points - [LATE_PX, LATE_PX, 0.0]
    back = square.picture_from_square(size_px)
    depth = points[:, 2] * square.side_px / size_px / (HAND_DEPTH if kind == "hand" else 1)
    return Landmarks(
        kind=kind,
        points_px=points[:, :2] @ back[:, :2].T + back[:, 2],
        depth_px=depth - depth.mean(),
        visibility=visibility,
        confidence=presence,
        side=side,
        source=LitertEstimator.source,
    )


def _sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(logits, -100, 100)))

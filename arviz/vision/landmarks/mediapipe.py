"""`MediapipeEstimator`: MediaPipe's tasks, one picture at a time.

Pictures are taken one by one (mode IMAGE): the mode VIDEO smooths on its own and lags (1.9 % of the eyes' distance at 150 px, 0.5 Hz
against 0.6 %); how points stay steady is `arviz.vision.landmarks`' own business.

**Convention** of its points: normalised x times width is the coordinate with pixel centres at integers. Those of faces are half a pixel
of the network late, which `arviz.vision.landmarks.half_pixel` takes off.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import BackendError
from arviz.core.frozen import Array
from arviz.core.landmarks import POINTS, LandmarkKind, Landmarks
from arviz.vision.landmarks.estimator import MOST, Kind, PictureEstimator
from arviz.vision.landmarks.guard import check_mediapipe, without_chatter
from arviz.vision.landmarks.half_pixel import in_place
from arviz.vision.models.store import ModelStore

THRESHOLD = 0.5
"""Presence from which a thing is reported; mediapipe tells no more of its confidence than that it is above."""
PERSON_PX = 256
"""Side of what the network of persons sees."""
MASK_MULTIPLE = 4
"""A float mask whose width is no multiple of this ends the process below mediapipe 1.1, when it is read."""


class MediapipeEstimator(PictureEstimator):
    """Landmarks by mediapipe.

    Parameters
    ----------
    kinds, models, most, far
        As `PictureEstimator`.
    allow_telemetry : bool
        Run a mediapipe that reports to a server.

    Raises
    ------
    DependencyError
        ``E_MEDIAPIPE_TELEMETRY``, ``E_MISSING_PACKAGE``, ``E_MODEL_MISSING``, ``E_MODEL_DAMAGED``.
    BackendError
        ``E_LANDMARKS_NETWORK``: a network cannot be loaded or run.
    """

    source = "mediapipe"

    def __init__(
        self, kinds: Iterable[Kind] = ("face",), *, models: ModelStore, most: int = MOST, far: bool = True, allow_telemetry: bool = False
    ) -> None:
        check_mediapipe(allow_telemetry=allow_telemetry)
        self._warned = False
        super().__init__(kinds, models=models, most=most, far=far)

    def _load(self, kind: Kind, path: Path) -> Any:
        with without_chatter():
            try:
                return _create(kind, str(path), self._most)
            except (RuntimeError, ValueError, OSError) as error:  # what mediapipe raises
                raise BackendError(
                    "E_LANDMARKS_NETWORK",
                    f"mediapipe cannot load the network for {kind}",
                    where=path.name,
                    found=str(error)[:160],
                    hint="Run `arviz models verify` and `arviz doctor`.",
                ) from error

    def _landmarks(self, kind: LandmarkKind, rgb: Array) -> list[Landmarks]:
        task = self._network(kind)
        # The first body or hand in a picture that is no square brings one more line of warning, in a process once.
        with without_chatter() if kind != "face" and not self._warned else nullcontext():
            result = _run(task.detect, rgb)
        points = {"face": "face_landmarks", "pose": "pose_landmarks", "hand": "hand_landmarks"}[kind]
        sides = result.handedness if kind == "hand" else None
        found = [
            _read(kind, one, rgb.shape[1::-1], side=None if sides is None else sides[i][0].category_name.lower())
            for i, one in enumerate(getattr(result, points))
        ]
        self._warned |= kind != "face" and bool(found) and rgb.shape[0] != rgb.shape[1]
        return found

    def _person(self, rgb: Array) -> Array:
        width = rgb.shape[1]
        padded = np.pad(rgb, ((0, 0), (0, -width % MASK_MULTIPLE), (0, 0)), mode="edge")
        mask = _run(self._network("person").segment, padded).confidence_masks[0].numpy_view().reshape(padded.shape[:2])
        return _in_place(mask)[:, :width]

    def close(self) -> None:
        """Free the weights; the estimator cannot be used afterwards."""
        for task in self._networks.values():
            task.close()
        super().close()


def _create(kind: Kind, path: str, most: int) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    base = BaseOptions(model_asset_path=path)
    if kind == "face":
        return vision.FaceLandmarker.create_from_options(vision.FaceLandmarkerOptions(base_options=base, num_faces=most))
    if kind == "pose":
        return vision.PoseLandmarker.create_from_options(vision.PoseLandmarkerOptions(base_options=base, num_poses=most))
    if kind == "hand":
        return vision.HandLandmarker.create_from_options(vision.HandLandmarkerOptions(base_options=base, num_hands=2 * most))
    options = vision.ImageSegmenterOptions(base_options=base, output_confidence_masks=True, output_category_mask=False)
    return vision.ImageSegmenter.create_from_options(options)


def _run(function: Any, rgb: Array) -> Any:
    from mediapipe import Image, ImageFormat

    try:
        return function(Image(image_format=ImageFormat.SRGB, data=np.ascontiguousarray(rgb)))
    except (RuntimeError, ValueError) as error:
        found = f"{rgb.shape[1]} x {rgb.shape[0]}: {str(error)[:160]}"
        raise BackendError("E_LANDMARKS_NETWORK", "mediapipe cannot run the network", found=found) from error


def _in_place(mask: Array) -> Array:
    """Return a mask moved back by the half pixel of the network that mediapipe loses.

    It samples the picture at i W / 256 and enlarges the answer about pixel centres, (i + .5) W / 256 - .5. Measured: mirrored
    pictures agree, and the masks of two photos with known ones (IoU .983 to .986, .891 to .896).
    """
    import cv2

    height, width = mask.shape
    lost = np.array([width, height]) / PERSON_PX / 2 - 0.5
    move = np.column_stack([np.eye(2), -lost])
    moved: Array = cv2.warpAffine(
        np.array(mask, np.float32), move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return moved


def _read(kind: LandmarkKind, points: Any, size: tuple[int, int], *, side: Any) -> Landmarks:
    """Return our landmarks of mediapipe's list of points, normalised by the picture's size (width, height)."""
    numbers = np.array([(p.x, p.y, p.z) for p in points], np.float64)[: POINTS[kind]]
    depth = numbers[:, 2] * size[0]
    seen = np.clip([p.visibility for p in points], 0, 1) if kind == "pose" else None
    return Landmarks(
        kind=kind,
        points_px=in_place(numbers[:, :2] * size) if kind == "face" else numbers[:, :2] * size,
        depth_px=depth - depth.mean(),
        visibility=seen,
        confidence=THRESHOLD,
        side=side,
        source=MediapipeEstimator.source,
    )

"""What finds landmarks: the plugin kind ``landmark estimator``, and what all of ours share.

An estimator is made for some kinds of things, owns their networks and is closed by ``with``::

    with LANDMARK_ESTIMATORS.get("mediapipe")(kinds=("face",), models=store) as estimator:
        faces = estimator.estimate(frame)
        faces = estimator.estimate(next_frame, previous=faces)

The detector of faces sees 128 pixels of the whole picture and fails where a face is about a tenth of it. A photo that is no portrait
is therefore looked at in parts too, then bodies are looked for, and faces at their heads; where all that finds nothing, in smaller
parts. In a film bodies alone are looked for, and only where there is no face. Of a large picture, a small face is looked at once more
in the picture's own pixels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self, get_args, runtime_checkable

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import BackendError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import LandmarkKind, Landmarks, Matte
from arviz.core.registry import Registry
from arviz.vision.landmarks.far import faces_in_tiles, faces_near_bodies, looked_at_again, seen_before
from arviz.vision.landmarks.half_pixel import LEFT_EYE, RIGHT_EYE
from arviz.vision.landmarks.order import in_order, size_px
from arviz.vision.landmarks.picture import View, rgb8
from arviz.vision.models.store import ModelStore

Kind = Literal["face", "pose", "hand", "person"]
"""What can be asked for: landmarks of three kinds, and which pixels are people."""

LANDMARK_ESTIMATORS = Registry(
    "landmark estimator",
    {
        "mediapipe": "arviz.vision.landmarks.mediapipe:MediapipeEstimator",
        "litert": "arviz.vision.landmarks.litert:LitertEstimator",
    },
)
"""Classes by name, each a `LandmarkEstimator`."""

NETWORKS: dict[Kind, str] = {"face": "face_landmarker", "pose": "pose_landmarker", "hand": "hand_landmarker", "person": "selfie_segmenter"}
"""Which model each kind needs, by its name in `arviz.vision.models.catalogue`."""
MOST = 4
"""Persons that are looked for, unless asked otherwise."""
LONGEST_PX = 1280
"""A longer picture is shrunk for the networks: they see 256 pixels of a face, 224 of a hand, 256 of a body."""
CLOSE_SHARE = 1 / 3
"""A face that is larger than this share of the shorter side shows that the picture is of that person: nobody else is looked for."""
LEAST_TILT_RAD = np.radians(4)
"""A face of the frame before that is tilted by more is turned upright before it is looked for."""
SMALLEST_PX = 16
"""In a picture with a shorter side nothing is looked for."""


@runtime_checkable
class LandmarkEstimator(Protocol):
    """The plugin kind ``landmark estimator``: owns weights, is made explicitly and closed by ``with``; keeps no memory of pictures.

    Attributes
    ----------
    source : str
        What stands in `Landmarks.source`.
    kinds : frozenset of str
        What it was made for.
    """

    source: str
    kinds: frozenset[Kind]

    def estimate(self, picture: Image | Frame, previous: Sequence[Landmarks] | None = None) -> tuple[Landmarks, ...]:
        """Return what is in a picture, the same persons in the order of `previous` first; empty where there is nothing."""
        ...

    def matte(self, picture: Image | Frame) -> Matte:
        """Return which pixels are people; the estimator must have been made for ``person``."""
        ...

    def close(self) -> None:
        """Free the weights; the estimator cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class PictureEstimator(ABC):
    """A `LandmarkEstimator` but for the networks themselves.

    Parameters
    ----------
    kinds : iterable of str
        ``face``, ``pose``, ``hand``, ``person``.
    models : ModelStore
        Where the networks are.
    most : int
        How many of each kind are looked for.
    far : bool
        Look for faces that are small in the picture, with the help of bodies too.
    """

    source: str

    def __init__(self, kinds: Iterable[Kind] = ("face",), *, models: ModelStore, most: int = MOST, far: bool = True) -> None:
        self.kinds = frozenset(kinds)
        if not self.kinds or not self.kinds <= set(get_args(Kind)):
            raise ValueError(f"kinds are {', '.join(get_args(Kind))}, found {sorted(self.kinds)}")
        self._most = most
        self._far = far and "face" in self.kinds
        needed = [kind for kind in NETWORKS if kind in self.kinds or (kind == "pose" and self._far)]
        self._paths = {kind: models.find(NETWORKS[kind]) for kind in needed}
        self._networks: dict[Kind, Any] = {}
        self._open = True
        for kind in self.kinds:
            self._network(kind)

    def _network(self, kind: Kind) -> Any:
        # Bodies for far faces are loaded when the first face is missed: 0.3 s and 70 MB.
        if kind not in self._networks:
            self._networks[kind] = self._load(kind, self._paths[kind])
        return self._networks[kind]

    @abstractmethod
    def _load(self, kind: Kind, path: Path) -> Any:
        """Return what runs the network of a kind."""

    @abstractmethod
    def _landmarks(self, kind: LandmarkKind, rgb: Array) -> list[Landmarks]:
        """Return what one network finds, in pixels of `rgb` (H, W, 3) uint8."""

    @abstractmethod
    def _person(self, rgb: Array) -> Array:
        """Return (H, W) float32, 0 to 1, which pixels of `rgb` are people."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the weights; the estimator cannot be used afterwards."""
        self._open = False
        self._networks = {}

    def estimate(self, picture: Image | Frame, previous: Sequence[Landmarks] | None = None) -> tuple[Landmarks, ...]:
        """Return what is in a picture: faces, bodies, hands, each kind the largest first.

        Parameters
        ----------
        picture : Image or Frame
            Any size, grey or colour, with or without alpha, 8 bits or float, sRGB or linear.
        previous : sequence of Landmarks, optional
            What was found in the frame before: persons keep their order, a face that is lost is looked for where it was, and small
            faces are not looked for beside those that are found. Without it, as for a photo, all faces are looked for, which takes
            ten times as long where there is no large one: in a film, and where time matters, give ``()`` at first.
        """
        self._check_open()
        image = picture.image if isinstance(picture, Frame) else picture
        if min(image.width_px, image.height_px) < SMALLEST_PX:
            return ()
        rgb = rgb8(image)
        view = View.whole(rgb, longest_px=LONGEST_PX)
        found: list[Landmarks] = []
        for kind in get_args(LandmarkKind):
            if kind in self.kinds:
                before = [one for one in previous or () if one.kind == kind]
                now = self._faces(rgb, view, None if previous is None else before) if kind == "face" else self._seen(kind, view)
                found += in_order(now, before)
        return tuple(found)

    def matte(self, picture: Image | Frame) -> Matte:
        """Return which pixels are people.

        Its confidence is half where every pixel is undecided, 1 where every pixel of the persons is.
        """
        import cv2

        self._check_open()
        if "person" not in self.kinds:
            raise ValueError("the estimator was not made for the kind person")
        image = picture.image if isinstance(picture, Frame) else picture
        view = View.whole(rgb8(image), longest_px=LONGEST_PX)
        size = (image.width_px, image.height_px)
        alpha = self._person(view.rgb)
        if alpha.shape != size[::-1]:
            alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
        alpha = np.clip(alpha, 0, 1)
        touched = alpha[alpha > 0.02]
        sure = float(np.abs(2 * touched - 1).mean()) if touched.size else 1.0
        return Matte(kind="person", alpha=alpha, confidence=0.5 + 0.5 * sure, source=self.source)

    def _seen(self, kind: LandmarkKind, view: View) -> list[Landmarks]:
        """Return what a network finds in a view, in the picture's pixels."""
        return [in_picture(one, view) for one in self._landmarks(kind, view.rgb)]

    def _faces(self, rgb: Array, view: View, before: Sequence[Landmarks] | None) -> list[Landmarks]:
        def look(view: View) -> list[Landmarks]:
            return self._seen("face", view)

        faces = looked_at_again(look(upright(view, before)), look=look, rgb=rgb, scale=float(view.scale.min()))
        if before:
            faces += seen_before(before, faces, look=look, rgb=rgb)
        if not self._far:
            return faces
        close = any(size_px(face) > CLOSE_SHARE * min(rgb.shape[:2]) for face in faces)
        if before is None and not close:
            for part in (1, 2):
                faces += faces_in_tiles(view, faces, part=part, look=look, rgb=rgb)
        if not faces or (before is None and not close):
            faces += faces_near_bodies(self._seen("pose", view), faces, look=look, rgb=rgb)
        if not faces and before is None:
            faces = faces_in_tiles(view, faces, part=4, look=look, rgb=rgb)
        return faces

    def _check_open(self) -> None:
        if not self._open:
            raise BackendError("E_LANDMARKS_CLOSED", "the landmark estimator was closed", where=self.source)


def upright(view: View, before: Sequence[Landmarks] | None) -> View:
    """Return a view in which the first face of the frame before stands upright, if it was clearly tilted.

    The detector finds a tilted face less well, and the network then sees another cut of it from picture to picture: points of a head
    that rolls by 20 degrees swim by .97 and .53 % of the eyes' distance so (two photos), by .55 and .45 % upright.
    """
    if not before:
        return view
    right, left = before[0].points_px[[RIGHT_EYE, LEFT_EYE]]
    tilt = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    return view.turned((right + left) / 2, tilt) if abs(tilt) > LEAST_TILT_RAD else view


def in_picture(one: Landmarks, view: View) -> Landmarks:
    """Return landmarks of a view in the picture's pixels."""
    depth = None if one.depth_px is None else one.depth_px / view.scale.mean()
    return replace(one, points_px=view.to_picture(one.points_px), depth_px=depth)

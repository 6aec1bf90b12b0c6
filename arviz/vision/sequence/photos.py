"""`photo_sequence`: overlapping photos become cameras in one frame and a cloud of points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Literal

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.report import Finding
from arviz.vision.sequence.bundle import residuals, spread
from arviz.vision.sequence.choose import spread_and_sharp
from arviz.vision.sequence.features import Features, Match, features, matched, tracks
from arviz.vision.sequence.mapping import Mapped, Views, place
from arviz.vision.sequence.result import PhotoSequence, PosedPhoto
from arviz.vision.sequence.widening import widening

MOST_FRAMES = 20
"""Matching grows with the square of the photos: 50 took 356 s where 13 took 5 (our notes)."""
_LEAST_FEATURES = 50
_NOISE_PX = 0.3
"""The least noise of a place that SIFT finds, whatever the residuals say."""
_ASSUMED_SIGMA = 0.05
"""Relative, of a focal length whose camera does not say it and was neither calibrated nor made up."""
Progress = Callable[[str, float], None]
Engine = Literal["own", "pycolmap"]


def photo_sequence(
    frames: Sequence[Frame],
    *,
    max_frames: int = MOST_FRAMES,
    engine: Engine = "own",
    progress: Progress = lambda step, share: None,
) -> PhotoSequence:
    """Place overlapping photos of a room relative to each other.

    The same photos give the same answer. No file is written except by pycolmap, in a private folder that is removed.

    Parameters
    ----------
    frames : sequence of Frame
        Photos taken from different places, each overlapping with the next by a half or more; their cameras should be known:
        a focal length with a sigma is refined, one for all.
    max_frames : int
        Of more frames the sharpest are taken, spread over the sequence.
    engine : str
        ``own``; or ``pycolmap``, which must be installed by hand.
    progress : callable
        Told a step and its share, 0 to 1.

    Raises
    ------
    InputError
        ``E_SEQUENCE_FEW``, ``E_SEQUENCE_TEXTURE``, ``E_SEQUENCE_OVERLAP``, ``E_SEQUENCE_PARALLAX``, ``E_CAMERA_SIZE``.
    DependencyError
        ``E_DEPENDENCY_MISSING``: pycolmap was asked for and is not installed.
    """
    frames = tuple(frames)
    if len(frames) < 2:
        raise InputError(
            "E_SEQUENCE_FEW",
            "one photo is no sequence",
            expected="10 to 20 overlapping photos, at least 2",
            found=f"{len(frames)} photos",
            hint="Walk sideways through the room and take a photo every half metre.",
        )
    for index, frame in enumerate(frames):
        frame.camera.check_size(width_px=frame.image.width_px, height_px=frame.image.height_px, where=f"photo {index + 1}")
    chosen = spread_and_sharp(frames, most=max(max_frames, 2))
    used = [frames[i] for i in chosen]
    sigma = _focal_sigma(used)
    if engine == "pycolmap":
        from arviz.vision.sequence.colmap import place_with_pycolmap

        placed = place_with_pycolmap(used, focal_sigma=sigma, progress=progress)
        return _described(frames, chosen, placed, engine="pycolmap", focal_sigma=sigma)
    found = []
    for i, frame in enumerate(used):
        found.append(features(frame))
        progress("features", (i + 1) / len(used))
    _check_texture(found)
    pairs = list(combinations(range(len(used)), 2))
    matches: list[Match] = []
    for i, (a, b) in enumerate(pairs):
        match = matched(a, b, found)
        matches += [match] if match is not None else []
        progress("matches", (i + 1) / len(pairs))
    if not matches:
        raise InputError(
            "E_SEQUENCE_OVERLAP",
            "no two photos show the same part of the room",
            expected="photos that overlap by a half or more",
            found=f"{len(used)} photos without 20 points in common",
            hint="Take more photos, with smaller steps between them.",
        )
    views = _views(found, matches)
    mapped = place(views, found, matches, focal_sigma=sigma, progress=lambda share: progress("cameras", share))
    if mapped is None:
        raise InputError(
            "E_SEQUENCE_PARALLAX",
            "the photos were all taken from one place",
            expected="steps sideways of a tenth of the distance to the walls or more",
            found="rays that meet at less than 1.5 degrees",
            hint="Do not turn on the spot: walk.",
        )
    return _described(frames, chosen, mapped, engine="own", focal_sigma=sigma, matches=matches, features=found)


def _check_texture(found: list[Features]) -> None:
    rich = sum(len(f.flat) >= _LEAST_FEATURES for f in found)
    if rich < 2:
        raise InputError(
            "E_SEQUENCE_TEXTURE",
            "the photos show too little that stands out",
            expected=f"at least {_LEAST_FEATURES} distinct points in each of two photos",
            found=", ".join(str(len(f.flat)) for f in found[:8]) + " points",
            hint="Bare walls have nothing to hold on to: show furniture, lay out newspapers, and hold still.",
        )


def _views(found: list[Features], matches: list[Match]) -> Views:
    track, photo, feature = tracks(matches, [len(f.flat) for f in found])
    flat = np.concatenate([f.flat for f in found])
    start = np.concatenate([[0], np.cumsum([len(f.flat) for f in found])])
    noise = np.array([f.pixel for f in found])
    return Views(track, photo, flat[start[photo] + feature], noise[photo], len(found))


def _focal_sigma(frames: Sequence[Frame]) -> float:
    """Return the standard deviation of ln f of the least known camera; 0 where all are known."""
    known = [f.camera.relative_sigma_f or (0.0 if f.camera.source in ("exact", "calibrated") else _ASSUMED_SIGMA) for f in frames]
    return max(known)


def _described(
    frames: Sequence[Frame],
    chosen: Sequence[int],
    mapped: Mapped,
    *,
    engine: str,
    focal_sigma: float = 0.0,
    matches: list[Match] | None = None,
    features: list[Features] | None = None,
) -> PhotoSequence:
    off = residuals(mapped.bundle, mapped.seen)
    square = (off**2).sum(axis=1)
    unknown = 6 * len(mapped.photos) - 7 + 3 * len(mapped.bundle.points)
    noise = max(float(np.sqrt(square.sum() / max(2 * len(square) - unknown, 1))), _NOISE_PX)
    sigma = spread(mapped.bundle, mapped.seen, focal_sigma=focal_sigma / noise if focal_sigma else 0.0)
    noisy = sigma._replace(translation=noise * sigma.translation)
    noise *= widening(mapped.bundle, mapped.seen, noisy, focal_sigma=focal_sigma)
    factor = float(np.exp(mapped.bundle.ln_focal))
    shown = {int(photo): at for at, photo in enumerate(mapped.photos)}
    photos = []
    for index, frame in enumerate(frames):
        if index not in chosen:
            photos.append(
                PosedPhoto(index=index, camera=frame.camera, world_from_camera=None, reason="left out: more photos than are used")
            )
            continue
        at = shown.get(chosen.index(index))
        if at is None:
            why = _why_not(chosen.index(index), matches, features)
            photos.append(PosedPhoto(index=index, camera=frame.camera, world_from_camera=None, reason=why))
            continue
        own = mapped.seen.camera == at
        pose = np.eye(4)
        pose[:3, :3] = mapped.bundle.rotations[at].T
        pose[:3, 3] = -mapped.bundle.rotations[at].T @ mapped.bundle.translations[at]
        photos.append(
            PosedPhoto(
                index=index,
                camera=_refined(frame.camera, factor, noise * sigma.ln_focal),
                world_from_camera=pose,
                points=int(own.sum()),
                rms_px=float(np.sqrt(square[own].mean())) if own.any() else 0.0,
                sigma_rotation_rad=noise * float(sigma.rotation[at]),
                sigma_position=noise * float(sigma.translation[at]),
            )
        )
    return PhotoSequence(
        photos=tuple(photos),
        points=mapped.bundle.points,
        sigma=noise * sigma.point,
        seen_by=np.bincount(mapped.seen.point, minlength=len(mapped.bundle.points)),
        rms_px=float(np.sqrt(square.mean())) if len(square) else 0.0,
        engine=engine,
        findings=_findings(frames, chosen, photos),
    )


def _refined(camera: Camera, factor: float, sigma: float) -> Camera:
    if factor == 1.0:
        return camera
    k = camera.k.copy()
    k[:2, :2] *= factor
    return replace(camera, k=k, sigma_f_px=sigma * float(k[0, 0]))


def _why_not(photo: int, matches: list[Match] | None, features: list[Features] | None) -> str:
    if features is not None and len(features[photo].flat) < _LEAST_FEATURES:
        return "too little stands out: blurred, dark or a bare wall"
    if matches is not None and not any(photo in (m.first, m.second) for m in matches):
        return "no overlap with any other photo"
    return "too few points in common with the placed photos"


def _findings(frames: Sequence[Frame], chosen: Sequence[int], photos: list[PosedPhoto]) -> tuple[Finding, ...]:
    out = []
    if len(chosen) < len(frames):
        out.append(
            Finding(
                code="I_SEQUENCE_CAPPED",
                severity="info",
                message=f"{len(chosen)} of {len(frames)} photos are used: the sharpest, spread over the sequence",
            )
        )
    lost = [photo for photo in photos if photo.world_from_camera is None and photo.index in chosen]
    if lost:
        out.append(
            Finding(
                code="W_SEQUENCE_PARTIAL",
                severity="warning",
                message=f"{len(lost)} of {len(chosen)} photos could not be placed: "
                + "; ".join(f"photo {photo.index + 1}: {photo.reason}" for photo in lost),
                hint="Take photos in between, or leave these out.",
            )
        )
    return tuple(out)

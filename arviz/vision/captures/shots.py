"""From the list of what a session recorded to a few frames: sort, drop what has no pose, choose, decode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.report import Finding

METRES_ANEW = 0.5
RADIANS_ANEW = np.radians(20)
"""A step or a turn after which a picture shows something new; they only weigh moving against turning."""
_TIME_SHARE = 0.1
"""How much the passing of time counts beside motion: keeps a camera on a tripod from being one frame."""
_ROTATION_TOLERANCE = 0.02
"""Between a rotation as written (six digits of float32) and the nearest real one."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shot:
    """One recorded moment, nothing decoded.

    Parameters
    ----------
    name : str
    index : int
        Where it stands in the recording: the frame of a video, the line of a file.
    time_s : float
    k : ndarray (3, 3)
        Pixel centres at integers, of the picture as recorded.
    size_px : tuple of int or None
        Width and height that `k` belongs to; None where only the picture itself tells.
    pose : ndarray (4, 4) or None
        world_from_camera with OpenCV's axes, as recorded: `rigid` decides whether it is one.
    sharpness : float or None
        Larger is sharper, in any unit; None where the recording does not say.
    """

    name: str
    index: int
    time_s: float
    k: Array
    size_px: tuple[int, int] | None
    pose: Array | None
    sharpness: float | None = None


def rigid(matrix: Array) -> Array | None:
    """Return the rigid (4, 4) transform that a recorded one means, None where it is none: not finite, or no rotation."""
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or np.abs(matrix).max() > 1e6:
        return None
    u, singular, vt = np.linalg.svd(matrix[:3, :3])
    if np.abs(singular - 1).max() > _ROTATION_TOLERANCE or np.linalg.det(u @ vt) < 0:
        return None
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = u @ vt, matrix[:3, 3]
    return out


def usable(shots: Iterable[Shot], *, where: object, posed: bool = True) -> tuple[list[Shot], list[Finding]]:
    """Return the shots that have a real camera and, if `posed`, pose in the order of time, and what was wrong with the others.

    Raises
    ------
    FormatError
        ``E_CAPTURE_EMPTY``: none is left.
    """
    recorded = list(shots)
    good = [
        replace(shot, pose=pose)
        for shot in recorded
        for pose in (None if shot.pose is None else rigid(shot.pose),)
        if (pose is not None or not posed) and _camera_is_real(shot.k) and np.isfinite(shot.time_s)
    ]
    if not good:
        raise FormatError(
            "E_CAPTURE_EMPTY",
            "no frame of the capture can be used",
            where=where,
            expected="frames with a camera and a pose",
            found=f"{len(recorded)} without" if recorded else "no frames",
            hint="Record it again and wait until the app tracks before you move.",
        )
    findings = []
    if len(good) < len(recorded):
        text = f"{len(recorded) - len(good)} of {len(recorded)} frames have no usable pose or camera and were left out"
        findings.append(Finding(code="W_CAPTURE_POSES", severity="warning", message=text, hint="Tracking was lost: move slowly."))
    in_time = sorted(good, key=lambda shot: (shot.time_s, shot.index))
    if [shot.index for shot in in_time] != [shot.index for shot in good]:
        findings.append(Finding(code="W_CAPTURE_ORDER", severity="warning", message="the frames are not in the order of time: sorted"))
    return in_time, findings


def _camera_is_real(k: Array) -> bool:
    if k.shape != (3, 3) or not np.isfinite(k).all() or np.abs(k).max() >= 1e6:
        return False
    # One written by columns where rows are meant has its centre in the last row.
    return bool(k[0, 0] > 0 and k[1, 1] > 0 and k[1, 0] == 0 and np.array_equal(k[2], (0, 0, 1)))


def choose(shots: Sequence[Shot], *, max_frames: int) -> list[Shot]:
    """Return at most `max_frames` of the shots, spread evenly over the way and the turns, the sharpest of each stretch.

    Sharpness is what the recording says, else how slowly the camera moved there: nothing is decoded for it.
    """
    if len(shots) <= max_frames:
        return list(shots)
    if any(shot.pose is None for shot in shots):
        return [shots[i] for i in np.linspace(0, len(shots) - 1, max_frames).round().astype(int)]
    poses = np.stack([shot.pose for shot in shots if shot.pose is not None])
    moved = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    relative = np.einsum("nji,njk->nik", poses[:-1, :3, :3], poses[1:, :3, :3])
    turned = np.arccos(np.clip((np.trace(relative, axis1=1, axis2=2) - 1) / 2, -1, 1))
    step = moved / METRES_ANEW + turned / RADIANS_ANEW
    way = np.concatenate([[0.0], np.cumsum(step)])
    way = way / max(way[-1], 1e-9) + _TIME_SHARE * np.linspace(0, 1, len(shots))
    # The tiny part more: an even walk of n steps must not leave a stretch empty by rounding.
    stretch = np.minimum((way / way[-1] * max_frames + 1e-9).astype(int), max_frames - 1)
    sharp = _sharpness(shots, step)
    order = np.lexsort((sharp, stretch))  # the sharpest stands last in its stretch
    last = np.append(np.flatnonzero(np.diff(stretch[order])), len(order) - 1)
    return [shots[i] for i in np.sort(order[last])]


def _sharpness(shots: Sequence[Shot], step: Array) -> Array:
    told = [shot.sharpness for shot in shots]
    if all(value is not None and np.isfinite(value) for value in told):
        return np.asarray(told, np.float64)
    times = np.array([shot.time_s for shot in shots])
    speed = step / np.maximum(np.diff(times), 1e-3)
    padded = np.concatenate([speed[:1], speed, speed[-1:]])
    out: Array = -(padded[:-1] + padded[1:])
    return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seen:
    """What one shot shows, decoded; `depth_m` and `confidence` have one size of their own."""

    image: Image
    depth_m: Array | None = None
    confidence: Array | None = None


def frames_of(shots: Sequence[Shot], load: Callable[[Shot], Seen | None], *, where: object) -> tuple[list[Frame], list[str], list[Finding]]:
    """Decode the chosen shots into frames; return them, their names, and what was missing.

    Raises
    ------
    FormatError
        ``E_CAPTURE_EMPTY``: no picture is there; ``E_CAPTURE_TURNED``, ``E_CAPTURE_SIZE``: pictures of another form than
        their camera or their depth.
    """
    frames, names, without_picture, without_depth = [], [], 0, 0
    for shot, seen in _loaded(shots, load):
        if seen is None:
            without_picture += 1
            continue
        without_depth += seen.depth_m is None
        frames.append(_frame(shot, seen, where))
        names.append(shot.name)
    if not frames:
        raise FormatError(
            "E_CAPTURE_EMPTY", "the pictures of the capture are missing", where=where, hint="Export it again with its pictures."
        )
    findings = []
    if without_picture:
        text = f"{without_picture} chosen frames have no picture and were left out"
        findings.append(Finding(code="W_CAPTURE_PICTURES", severity="warning", message=text))
    if 0 < without_depth < len(frames):
        text = f"{without_depth} of {len(frames)} frames have no depth"
        findings.append(Finding(code="W_CAPTURE_DEPTH", severity="warning", message=text))
    return frames, names, findings


def _loaded(shots: Sequence[Shot], load: Callable[[Shot], Seen | None]) -> Iterator[tuple[Shot, Seen | None]]:
    for shot in shots:
        yield shot, load(shot)


def _frame(shot: Shot, seen: Seen, where: object) -> Frame:
    size = (seen.image.width_px, seen.image.height_px)
    stated = shot.size_px or size
    camera = Camera(k=shot.k, width_px=stated[0], height_px=stated[1], source="profile")
    place = f"{where}, frame {shot.name}"
    _same_form(stated, size, "the picture", place)
    if not (0.2 < shot.k[0, 2] / stated[0] < 0.8 and 0.2 < shot.k[1, 2] / stated[1] < 0.8):
        raise FormatError(
            "E_CAPTURE_SIZE",
            "the camera is of pictures of another size",
            where=place,
            expected=f"a principal point near ({stated[0] / 2:g}, {stated[1] / 2:g})",
            found=f"({shot.k[0, 2]:g}, {shot.k[1, 2]:g})",
            hint="Export the pictures as recorded, neither cropped nor turned.",
        )
    if seen.depth_m is not None:
        _same_form(size, (seen.depth_m.shape[1], seen.depth_m.shape[0]), "the depth", place)
    confidence = seen.confidence
    if confidence is not None and (seen.depth_m is None or confidence.shape != seen.depth_m.shape):
        confidence = None
    return Frame(
        image=seen.image,
        camera=camera if stated == size else camera.resized(width_px=size[0], height_px=size[1]),
        time_s=shot.time_s,
        world_from_camera=shot.pose,
        depth_m=seen.depth_m,
        confidence=confidence,
    )


def _same_form(expected: tuple[int, int], found: tuple[int, int], what: str, where: object) -> None:
    """Raise unless two sizes have the same shape: sides in one proportion, within a pixel of the smaller."""
    ratio = expected[0] * found[1] / (expected[1] * found[0])
    tolerance = 1.5 / min(*expected, *found)
    if abs(ratio - 1) <= tolerance:
        return
    sizes = {"expected": f"the form of {expected[0]} x {expected[1]}", "found": f"{found[0]} x {found[1]}"}
    if abs(expected[0] * found[0] / (expected[1] * found[1]) - 1) <= tolerance:
        raise FormatError("E_CAPTURE_TURNED", f"{what} is turned by a right angle", where=where, **sizes, hint="Export it as recorded.")
    raise FormatError("E_CAPTURE_SIZE", f"{what} has another form", where=where, **sizes, hint="Export it uncropped.")


def sampled(shots: Sequence[Shot], taken: Sequence[Shot]) -> list[Finding]:
    """Say how many of a session's frames were taken, where not all."""
    if len(taken) == len(shots):
        return []
    text = f"{len(taken)} of {len(shots)} frames were taken, spread over the way"
    return [Finding(code="I_CAPTURE_FRAMES", severity="info", message=text)]

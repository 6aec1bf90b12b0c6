"""Frames from files: pictures with their cameras and depth, or the session that a phone has exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.camera_file import read_camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding
from arviz.core.room import LightEstimate, Room, Scale
from arviz.formats.files import Files
from arviz.vision.calibration.exif import read_exif
from arviz.vision.calibration.profile import camera_of_photo
from arviz.vision.calibration.rig_file import read_rig
from arviz.vision.captures.capture import is_capture, read_capture
from arviz.vision.depth.picture import decode_depth
from arviz.vision.depth.stereo import stereo_depth
from arviz.vision.registration import register

Source = str | PathLike[str]

ASSUMED_FOCAL = 0.8
"""Of the longer side: between phones (26 mm equivalent, 0.72) and webcams (60 degrees, 0.87)."""
ASSUMED_SIGMA = 0.15
_SAME_SHAPE = 0.01
MAX_FRAMES = 20


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frames:
    """What was read: frames with their names, and what a capture says of its room by itself."""

    frames: tuple[Frame, ...]
    names: tuple[str, ...]
    room: Room | None = None
    scale: Scale | None = None
    lighting: LightEstimate | None = None
    sigma_rotation_rad: float = 0.0
    sigma_position_m: float = 0.0
    findings: tuple[Finding, ...] = ()


def read_frames(
    sources: Sequence[Source],
    *,
    depth: Sequence[Source] = (),
    depth_scale: float | str | None = None,
    camera: Source | Camera | None = None,
    right: Source | None = None,
    rig: Source | None = None,
    max_frames: int = MAX_FRAMES,
    limits: Limits = DEFAULT_LIMITS,
    read: Callable[[str], None] = lambda name: None,
) -> Frames:
    """Read pictures, or one capture.

    Parameters
    ----------
    sources : sequence of path
        Pictures of one room, or one folder or file that `arviz.vision.captures` knows.
    depth : sequence of path
        One depth picture per picture, or none.
    depth_scale : float or str, optional
        Units of a depth picture in a metre: 1000 (millimetres), 5000 (TUM), or ``"sun"``.
    camera : path or Camera, optional
        A file that `arviz calibrate` wrote. Default: a device profile, what the photo says of its lens
        (EXIF), else an assumption.
    right, rig : path, optional
        The picture that the right camera of a stereo pair took together with the only source, and the pair as
        ``arviz calibrate stereo`` wrote it. The frame is the rectified left picture.
    max_frames : int
        Of a capture.
    read : callable
        Told each name when its turn comes.

    Raises
    ------
    InputError
        A file cannot be read, or the numbers of pictures and depths differ.
    """
    paths = [Path(fspath(source)) for source in sources]
    if right is not None or rig is not None:
        return _stereo(paths, right, rig, alone=not depth and camera is None, limits=limits)
    if len(paths) == 1 and is_capture(paths[0]):
        if depth or depth_scale is not None or camera is not None:
            raise InputError(
                "E_CAPTURE_OPTIONS",
                "a capture brings its own depth and camera",
                where=paths[0].name,
                hint="Leave --depth, --depth-scale and --camera out, or name the pictures themselves.",
            )
        read(paths[0].name)
        capture = read_capture(paths[0], max_frames=max_frames)
        return Frames(
            frames=capture.frames,
            names=capture.names,
            room=capture.room,
            scale=capture.scale,
            lighting=capture.lighting,
            sigma_rotation_rad=capture.sigma_rotation_rad,
            sigma_position_m=capture.sigma_position_m,
            findings=capture.findings,
        )
    captures = [path.name for path in paths if is_capture(path)]
    if captures:
        raise InputError(
            "E_CAPTURE_OPTIONS",
            "a capture is measured alone",
            where=captures[0],
            expected="one capture, or pictures",
            found=f"{len(paths)} files and folders",
            hint="Name the capture alone, or the pictures in its folder.",
        )
    if depth_scale is not None and not depth:
        raise InputError(
            "E_DEPTH_SOME",
            "a depth scale belongs to depth",
            expected="--depth D.png with --depth-scale",
            found="no --depth",
            hint="Give --depth, or leave --depth-scale out.",
        )
    if depth and len(depth) != len(paths):
        raise InputError(
            "E_DEPTH_SOME",
            "the pictures and their depths do not go together",
            expected=f"one --depth for each of {len(paths)} pictures, in their order",
            found=len(depth),
            hint="Give --depth once per picture, or not at all.",
        )
    known = given_camera(camera, limits=limits)
    frames: list[Frame] = []
    findings: list[Finding] = []
    for index, path in enumerate(paths):
        read(path.name)
        data = _bytes(path, limits)
        image = decode(data, where=path.name, limits=limits, oriented=True)
        ours, told = _camera(known, data, image.width_px, image.height_px, path.name)
        findings += told
        measured = None if not depth else _depth(Path(fspath(depth[index])), depth_scale, limits)
        frames.append(Frame(image=image, camera=ours, depth_m=measured))
    return Frames(frames=tuple(frames), names=tuple(path.name for path in paths), findings=tuple(findings))


def _stereo(paths: Sequence[Path], right: Source | None, rig: Source | None, *, alone: bool, limits: Limits) -> Frames:
    if right is None or rig is None or len(paths) != 1 or not alone:
        raise InputError(
            "E_STEREO_OPTIONS",
            "a stereo pair is one left picture, one right picture and their rig",
            expected="LEFT.jpg --right RIGHT.jpg --rig rig.json, without --depth and --camera",
            hint="Make the rig with `arviz calibrate stereo`.",
        )
    files = (paths[0], Path(fspath(right)))
    known = read_rig(_bytes(Path(fspath(rig)), limits), where=Path(fspath(rig)).name)
    left_image, right_image = (decode(_bytes(path, limits), where=path.name, limits=limits, oriented=True) for path in files)
    return Frames(frames=(stereo_depth(left_image, right_image, known),), names=(paths[0].name,))


def _bytes(path: Path, limits: Limits) -> bytes:
    return Files(path, name=path.name, limits=limits).read_input()


def given_camera(camera: Source | Camera | None, *, limits: Limits = DEFAULT_LIMITS) -> Camera | None:
    """Return the camera that was given, or that is in the file that was given."""
    if camera is None or isinstance(camera, Camera):
        return camera
    path = Path(fspath(camera))
    return read_camera(_bytes(path, limits), where=path.name)


def _depth(path: Path, scale: float | str | None, limits: Limits) -> Array:
    return decode_depth(_bytes(path, limits), scale=scale, where=path.name)


def _camera(known: Camera | None, data: bytes, width: int, height: int, where: str) -> tuple[Camera, list[Finding]]:
    """Return the camera of a picture: given, of the device, by EXIF or assumed; and what to say of it."""
    if known is None:
        told = camera_of_photo(data)
        return (told, _other_than_made(data, told, where)) if told is not None else _assumed(width, height, where)
    return _resized(known, width, height, where)


def film_camera(known: Camera | None, width: int, height: int, *, where: str) -> tuple[Camera, list[Finding]]:
    """Return the camera of a film, whose pictures say nothing of it, and what to say of it."""
    return _assumed(width, height, where) if known is None else _resized(known, width, height, where)


def _resized(known: Camera, width: int, height: int, where: str) -> tuple[Camera, list[Finding]]:
    """Return a camera for pictures of this size."""
    if (known.width_px, known.height_px) == (width, height):
        return known, []
    shape, ours = known.width_px / known.height_px, width / height
    if abs(ours / shape - 1) > _SAME_SHAPE:
        turned = abs(ours * shape - 1) <= _SAME_SHAPE
        raise InputError(
            "E_CAMERA_SIZE",
            "the camera file belongs to pictures of another shape",
            where=where,
            expected=f"{known.width_px} x {known.height_px}, or the same shape in another size",
            found=f"{width} x {height}",
            hint="Turn the picture back to how the camera took it."
            if turned
            else "Calibrate with pictures of this size; a cropped one has another camera.",
        )
    finding = Finding(
        code="I_CAMERA_RESIZED",
        severity="info",
        where=where,
        message=f"the camera was calibrated at {known.width_px} x {known.height_px} and scaled to {width} x {height}",
    )
    return known.resized(width_px=width, height_px=height), [finding]


def _other_than_made(data: bytes, camera: Camera, where: str) -> list[Finding]:
    """Tell of a photo that is not as large as its tags say: it may be scaled or cut out, and nothing tells which."""
    exif = read_exif(data)
    if exif.width_px is None or exif.height_px is None or {exif.width_px, exif.height_px} == {camera.width_px, camera.height_px}:
        return []
    finding = Finding(
        code="W_CAMERA_PICTURE_CHANGED",
        severity="warning",
        where=where,
        message=f"the camera made {exif.width_px} x {exif.height_px}, this is {camera.width_px} x {camera.height_px}: the focal length"
        " is wrong if something was cut off",
        hint="Give the photo as it was taken, or --camera CAM.json.",
    )
    return [finding]


def assumed_camera(width_px: int, height_px: int) -> Camera:
    """Return what a camera of which nothing is known most likely is, with its sigma."""
    f = ASSUMED_FOCAL * max(width_px, height_px)
    k = np.array([[f, 0, (width_px - 1) / 2], [0, f, (height_px - 1) / 2], [0, 0, 1]])
    return Camera(k=k, width_px=width_px, height_px=height_px, source="assumed", sigma_f_px=ASSUMED_SIGMA * f)


def _assumed(width: int, height: int, where: str) -> tuple[Camera, list[Finding]]:
    camera = assumed_camera(width, height)
    f = camera.k[0, 0]
    finding = Finding(
        code="W_CAMERA_ASSUMED",
        severity="warning",
        where=where,
        message=f"nothing tells the camera's focal length: {f:.0f} px is assumed, +- {ASSUMED_SIGMA:.0%}",
        hint="Give --camera CAM.json (made by `arviz calibrate run`), or a photo that still has its EXIF.",
    )
    return camera, [finding]


def located(found: Frames, *, gravity: Sequence[float] | None = None) -> Frames:
    """Return frames with the poses that they get from each other, where they have depth and none has a pose.

    What is not surely placed is left out; where no frame is, the first stays alone, without a pose.
    """
    unposed = all(frame.depth_m is not None and frame.world_from_camera is None for frame in found.frames)
    if len(found.frames) < 2 or not unposed:
        return found
    registered = register(found.frames, gravity=gravity, names=found.names)
    kept = [index for index, pose in enumerate(registered.poses) if pose is not None] or [0]
    return replace(
        found,
        frames=tuple(replace(found.frames[index], world_from_camera=registered.poses[index]) for index in kept),
        names=tuple(found.names[index] for index in kept),
        sigma_rotation_rad=registered.sigma_rotation_rad,
        sigma_position_m=registered.sigma_position_m,
        findings=(*found.findings, *registered.findings),
    )


def named(room: Room, names: Sequence[str]) -> Room:
    """Return the room with its views called as their files."""
    return replace(room, views=tuple(replace(view, name=name) for view, name in zip(room.views, names, strict=False)))

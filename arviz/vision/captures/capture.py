"""Captures: what scanning apps record of a room, read into posed frames and whatever the file itself says of the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from arviz.core.camera import Frame
from arviz.core.errors import FormatError, InputError
from arviz.core.frozen import set_fields
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.registry import Registry
from arviz.core.report import Finding
from arviz.core.room import LightEstimate, Room, Scale, View
from arviz.vision.captures.unzipped import unzipped

Gives = Literal["photos", "poses", "depth", "room", "light"]
MAX_FRAMES = 20
"""How many frames of a session are taken where nobody says otherwise: a room shows itself in 10 to 20."""

CAPTURES = Registry(
    "capture",
    {
        "stray": "arviz.vision.captures.stray:STRAY",
        "polycam": "arviz.vision.captures.polycam:POLYCAM",
        "arkitscenes": "arviz.vision.captures.arkitscenes:ARKITSCENES",
        "multiscan": "arviz.vision.captures.multiscan:MULTISCAN",
        "roomplan": "arviz.vision.captures.roomplan:ROOMPLAN",
        "app": "arviz.vision.captures.app:APP",
    },
)
"""Readers by name, each a `CaptureFormat`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Capture:
    """A recorded session, as far as it was taken.

    Parameters
    ----------
    format : str
        Name in `CAPTURES`.
    frames : tuple of Frame
        In the order of time, in the world of the capture (+Y up, metres). `depth_m` and `confidence` (0 to 1) have the
        resolution of the sensor, often less than the picture's: ``frame.camera.resized`` gives their camera.
    names : tuple of str
        Of each frame: its file's name or number.
    room : Room or None
        What the file itself states.
    scale : Scale or None
        None where lengths are not metres.
    lighting : LightEstimate or None
        The device's.
    sigma_rotation_rad, sigma_position_m : float
        Standard deviations of each frame's pose, about each axis and along it.
    findings : tuple of Finding
        What was left out and why.
    """

    format: str
    frames: tuple[Frame, ...]
    names: tuple[str, ...]
    room: Room | None = None
    scale: Scale | None = None
    lighting: LightEstimate | None = None
    sigma_rotation_rad: float = 0.0
    sigma_position_m: float = 0.0
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        for name in ("frames", "names", "findings"):
            set_fields(self, **{name: tuple(getattr(self, name))})
        if len(self.names) != len(self.frames):
            raise ValueError(f"each frame has a name, found {len(self.frames)} and {len(self.names)}")

    @property
    def views(self) -> tuple[View, ...]:
        """Where the frames that have a pose were taken."""
        return tuple(
            View(
                camera=frame.camera,
                world_from_camera=frame.world_from_camera,
                name=name,
                time_s=frame.time_s,
                sigma_rotation_rad=self.sigma_rotation_rad,
                sigma_position_m=self.sigma_position_m,
            )
            for frame, name in zip(self.frames, self.names, strict=True)
            if frame.world_from_camera is not None
        )


class _Read(Protocol):
    def __call__(self, path: Path, *, max_frames: int, limits: Limits) -> Capture: ...


class CaptureFormat(NamedTuple):
    """The plugin kind ``capture``: one app's export.

    Parameters
    ----------
    title : str
        What people call it, and the files that belong to it.
    gives : frozenset of str
        What may come out.
    recognises : callable
        Whether a path is such an export, by its content; cheap, and never an error.
    read : callable
        Raises only errors of `arviz.core.errors`.
    """

    title: str
    gives: frozenset[Gives]
    recognises: Callable[[Path], bool]
    read: _Read


def read_capture(
    path: str | PathLike[str], *, format: str | None = None, max_frames: int = MAX_FRAMES, limits: Limits = DEFAULT_LIMITS
) -> Capture:
    """Read the export of a scanning app.

    Parameters
    ----------
    path : path
        The exported folder, a zip archive of it, or the JSON file where the export is one.
    format : str, optional
        Name in `CAPTURES`; default: by content.
    max_frames : int
        Longer sessions are thinned out to the sharpest of as many stretches of the way.

    Raises
    ------
    InputError
        ``E_FILE_MISSING``, ``E_CAPTURE_UNKNOWN``, or what the format's reader finds broken.
    LimitError
        Larger than `limits`, or reaching outside its folder.
    """
    place = Path(fspath(path))
    if max_frames < 1:
        raise InputError("E_CAPTURE_FRAMES", "no frames are asked for", expected="1 or more", found=max_frames)
    if not place.exists():
        raise InputError("E_FILE_MISSING", "no such file or folder", where=place.name, hint="Check the name and the folder you are in.")
    if place.is_file() and place.suffix.lower() == ".zip":
        with unzipped(place) as inside:
            return _read_place(inside, format, max_frames, limits)
    return _read_place(place, format, max_frames, limits)


def _read_place(place: Path, format: str | None, max_frames: int, limits: Limits) -> Capture:
    reader: CaptureFormat = CAPTURES.get(format if format is not None else _recognised(place))
    return reader.read(place, max_frames=max_frames, limits=limits)


def is_capture(path: Path) -> bool:
    """Tell whether a path is meant as a capture, known or not: a folder, JSON or a zip archive, and no picture."""
    return path.is_dir() or path.suffix.lower() in (".json", ".zip")


def _recognised(place: Path) -> str:
    for name in CAPTURES:
        if CAPTURES.get(name).recognises(place):
            return name
    raise FormatError(
        "E_CAPTURE_UNKNOWN",
        "not the export of an app that is known",
        where=place.name,
        expected="; ".join(CAPTURES.get(name).title for name in CAPTURES),
        found="a folder without these files" if place.is_dir() else "another file",
        hint="Name the exported folder or its JSON file; docs/concepts/captures.md lists them.",
    )

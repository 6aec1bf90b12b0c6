"""Journey: frames become a measured room, a drawing of what was found, and a digital twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.above import InNotebook
from arviz.core.camera import Camera, Frame
from arviz.core.errors import ArvizError, InputError
from arviz.core.length import Length
from arviz.core.room import Opening, Room
from arviz.core.room_file import room_to_json
from arviz.flows.frames import MAX_FRAMES, Frames, Source, located, named, read_frames
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_other_formats, refuse_twice, write_files
from arviz.flows.product_report import to_json_bytes
from arviz.flows.room_twin import room_twin
from arviz.vision.depth.onnx import OnnxDepth
from arviz.vision.drawing import draw_room
from arviz.vision.estimate_room import estimate_room
from arviz.vision.light.estimate import estimate_light
from arviz.vision.photo.measure import measure_length
from arviz.vision.room.dimensions import dimensions

_SAME_TURN, _SAME_M = 0.985, 0.15
"""Cosine of 10 degrees, and the distance within which a capture's wall and a measured one are one."""
DEPTH_KIND = "inverse"
"""What most depth networks give."""
_TWINS = (".glb", ".usdz")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeasuredRoom(InNotebook):
    """A room, what it is long, wide and high, and where the files are."""

    room: Room
    dimensions: dict[str, Length]
    """Name -> length, such as ``ceiling height``; empty without a scale."""
    lengths: tuple[Length | None, ...] = ()
    """Of `measure`, in its order; None where the pixels show no plane."""
    files: dict[str, Path] = field(default_factory=dict)
    """``room``, ``draw``, ``mesh`` -> where."""

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form: the room file's content with dimensions and lengths."""
        return {
            **room_to_json(self.room),
            "dimensions": {name: length.to_json() for name, length in self.dimensions.items()},
            "lengths": [None if length is None else length.to_json() for length in self.lengths],
            "files": {name: str(path) for name, path in self.files.items()},
        }


def room(
    sources: Source | Sequence[Source],
    *,
    out: Source | None = None,
    depth: Source | Sequence[Source] = (),
    depth_scale: float | str | None = None,
    camera: Source | Camera | None = None,
    right: Source | None = None,
    rig: Source | None = None,
    gravity: Sequence[float] | None = None,
    scale: str | None = None,
    floor_points: Sequence[Sequence[float]] | None = None,
    depth_model: Source | None = None,
    depth_kind: str = DEPTH_KIND,
    measure: Sequence[Sequence[Sequence[float]]] = (),
    draw: Source | None = None,
    mesh: Source | None = None,
    max_frames: int = MAX_FRAMES,
    force: bool = False,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> MeasuredRoom:
    """Measure a room and write what was asked for.

    Parameters
    ----------
    sources : path or sequence of path
        Pictures of one room, or the export of a phone's scanning app. Several frames with depth get their poses from each other;
        what is not surely placed is left out, with a finding.
    depth, depth_scale, camera, right, rig, max_frames
        As `arviz.flows.frames.read_frames` takes them; a single path of `depth` will do for a single picture.
    out : path, optional
        The room as JSON, ``arviz.room/1``.
    gravity, scale, floor_points
        As `arviz.vision.estimate_room.estimate_room` takes them.
    depth_model : path, optional
        A depth network of yours (ONNX), for a single photo with a scale; needs the extra ``[depth]``.
    depth_kind : str
        What its documents say of its numbers: ``metric``, ``relative`` (depth up to scale and shift) or ``inverse``.
    measure : sequence of ((x, y), (x, y))
        Pairs of pixels of the first frame whose distance is wanted.
    draw : path, optional
        The first frame with everything drawn over it: ``.png``, ``.webp`` or ``.jpg``.
    mesh : path, optional
        The room as ``.glb`` or ``.usdz``, with the pictures on its planes.
    force : bool
        Replace files that exist.
    progress : callable
        Told a step and how far it is, 0 to 1; ``print`` will do.

    Returns
    -------
    MeasuredRoom
        `MeasuredRoom.room` for `arviz.place`, and its `dimensions` with their sigmas.

    Raises
    ------
    InputError
        A frame cannot be read or used; an output exists or has a format that is not written.
    DependencyError
        ``depth_model`` without the extra ``[depth]``.
    """
    sources, depth = ([each] if isinstance(each, str | PathLike) else each for each in (sources, depth))
    asked = {"room": out, "draw": draw, "mesh": mesh}
    files = {name: Path(fspath(path)) for name, path in asked.items() if path is not None}
    _check_files(files, force=force)
    progress("reading", 0.0)
    found = read_frames(
        sources,
        depth=depth,
        depth_scale=depth_scale,
        camera=camera,
        right=right,
        rig=rig,
        max_frames=max_frames,
        read=lambda name: progress(f"reading {name}", 0.0),
    )
    if not found.frames and (measure or draw is not None):
        raise InputError(
            "E_NO_FRAMES",
            "there is no picture to measure in or to draw on",
            where=Path(fspath(sources[0])).name,
            expected="a capture with pictures",
            found="a room without pictures",
            hint="Leave --measure and --draw out.",
        )
    if len(found.frames) > 1:
        progress("registering", 0.05)
        with _told_of(found.names):
            found = located(found, gravity=gravity)
    with ExitStack() as opened:
        provider = None
        if depth_model is not None:
            provider = opened.enter_context(OnnxDepth(fspath(depth_model), kind=depth_kind))
        measured = _measured(found, gravity=gravity, scale=scale, floor_points_px=floor_points, depth_provider=provider, progress=progress)
    # A photo that says nothing of the floor has no view: its pixels show nothing that is known.
    lengths = tuple(measure_length(measured, pair[0], pair[1]) if measured.views else None for pair in measure)
    contents: dict[Path, bytes] = {}
    known = dimensions(measured)
    result = MeasuredRoom(room=measured, dimensions=known, lengths=lengths, files=files)
    if "room" in files:
        contents[files["room"]] = to_json_bytes(room_to_json(measured))
    if "draw" in files:
        drawn = zip(measure, lengths, strict=True)
        contents[files["draw"]] = _drawing(found.frames, measured, files["draw"], drawn)
    if "mesh" in files:
        contents[files["mesh"]] = _twin(found.frames, measured, files["mesh"])
    write_files(contents)
    return result


def _measured(found: Frames, **known: Any) -> Room:
    """Return the room as measured; depth counts more than what a capture states, which names openings and furniture."""
    stated = found.room
    if stated is None or any(frame.depth_m is not None for frame in found.frames):
        with _told_of(found.names):
            known |= {"sigma_rotation_rad": found.sigma_rotation_rad, "sigma_position_m": found.sigma_position_m}
            measured = named(estimate_room(found.frames, device_light=found.lighting, **known), found.names)
        if found.scale is not None and any(frame.depth_m is not None for frame in found.frames):
            measured = replace(measured, scale=found.scale)  # the app's own sensor is known better than depth in general
        if stated is not None:
            openings = tuple(replace(opening, wall=_same_wall(opening, stated, measured)) for opening in stated.openings)
            measured = replace(measured, openings=(*measured.openings, *openings), objects=stated.objects)
    else:
        lighting = found.lighting
        if found.frames:
            lighting = estimate_light(found.frames[0], stated, device=found.lighting)
        measured = replace(stated, lighting=lighting)
    return replace(measured, findings=(*found.findings, *measured.findings))


@contextmanager
def _told_of(names: Sequence[str]) -> Iterator[None]:
    """Let errors name the file that they are about: what measures knows frames by their number only."""
    numbered = {f"frame {index}": name for index, name in enumerate(names)}
    try:
        yield
    except ArvizError as error:
        if error.where is None and len(names) == 1:
            error.where = names[0]
        elif error.where is not None:
            error.where = numbered.get(error.where, error.where)
        raise


def _same_wall(opening: Opening, stated: Room, measured: Room) -> int | None:
    """Return the index of the measured wall that an opening of the capture lies in."""
    if opening.wall is None:
        return None
    normal = np.asarray(stated.planes[opening.wall].normal)
    for index, plane in enumerate(measured.planes):
        if plane.kind == "wall" and normal @ plane.normal > _SAME_TURN and np.abs(plane.distance_m(opening.outline_m)).max() < _SAME_M:
            return index
    return None


def _drawing(frames: Sequence[Frame], measured: Room, path: Path, lengths: Any) -> bytes:
    told = [(ends, length) for ends, length in lengths if length is not None]
    drawn = draw_room(frames[0].image, measured, lengths=told) if measured.views else frames[0].image
    return picture_bytes(drawn, path)


def _twin(frames: Sequence[Frame], measured: Room, path: Path) -> bytes:
    twin = room_twin(measured, frames=frames, name=path.stem)
    if path.suffix.lower() == ".glb":
        from arviz.formats.gltf.write import write_glb

        return write_glb(twin)
    from arviz.formats.usdz.write import write_usdz

    return write_usdz(twin, name=path.stem).data


def _check_files(files: dict[str, Path], *, force: bool) -> None:
    for name, suffixes in (("draw", tuple(PICTURES)), ("mesh", _TWINS), ("room", (".json",))):
        if name in files:
            refuse_other_formats(files[name], suffixes)
    refuse_twice(files)
    refuse_existing(files.values(), force=force)

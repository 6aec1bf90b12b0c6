"""Rooms as JSON, schema ``arviz.room/1``: what `arviz room` writes and ``--room room.json`` reads. Lengths in metres."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.camera_file import camera_from_json, camera_to_json
from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.json_document import parse_json
from arviz.core.report import Finding
from arviz.core.room import HeightGrid, LightEstimate, Opening, Plane, Room, RoomObject, RoomSun, Scale, View

SCHEMA = "arviz.room/1"
MAX_CELLS = 4_000_000
"""Of a height grid: 50 m x 50 m at 25 mm."""
_GRID_ENCODING = "base64 of zlib of little-endian uint16 millimetres, row by row along +z; 65535: not seen"
_UNSEEN = 65535


def room_to_json(room: Room) -> dict[str, Any]:
    """Return the stable JSON form; `room_from_json` reads it back, heights rounded to millimetres."""
    return {
        "schema": SCHEMA,
        "unit": "m" if room.scale else "unknown",
        "scale": {"sigma": room.scale.sigma, "source": room.scale.source} if room.scale else None,
        "planes": [
            {
                "kind": plane.kind,
                "normal": list(plane.normal),
                "offset_m": plane.offset_m,
                "outline_m": plane.outline_m.tolist(),
                "extent": plane.extent,
                "sigma_normal_rad": plane.sigma_normal_rad,
                "sigma_offset_m": plane.sigma_offset_m,
                **_told(plane),
            }
            for plane in room.planes
        ],
        "openings": [
            {
                "kind": opening.kind,
                "wall": opening.wall,
                "outline_m": opening.outline_m.tolist(),
                "sigma_m": opening.sigma_m,
                **_told(opening),
            }
            for opening in room.openings
        ],
        "obstacles": None if room.obstacles is None else _grid_to_json(room.obstacles),
        "objects": [
            {
                "category": thing.category,
                "world_from_box": thing.world_from_box.tolist(),
                "size_m": list(thing.size_m),
                "sigma_m": thing.sigma_m,
                **_told(thing),
            }
            for thing in room.objects
        ],
        "lighting": None if room.lighting is None else _light_to_json(room.lighting),
        "sun": None if room.sun is None else {"to_sun": list(room.sun.to_sun), "sigma_rad": room.sun.sigma_rad, "share": room.sun.share},
        "views": [
            {
                "name": view.name,
                "time_s": view.time_s,
                "camera": camera_to_json(view.camera),
                "world_from_camera": view.world_from_camera.tolist(),
                "sigma_rotation_rad": view.sigma_rotation_rad,
                "sigma_position_m": view.sigma_position_m,
            }
            for view in room.views
        ],
        "findings": [finding.to_json() for finding in room.findings],
    }


def read_room(data: bytes, *, where: object = None) -> Room:
    """Return the room of a JSON file.

    Raises
    ------
    FormatError
        ``E_ROOM_JSON``: no JSON, another schema or version, or values that no room has.
    LimitError
        As `arviz.core.json_document.parse_json`.
    """
    return room_from_json(parse_json(data, where=where, refuse=_no_json), where=where)


def room_from_json(values: Any, *, where: object = None) -> Room:
    """Return the room of parsed JSON; raises as `read_room`."""
    if not isinstance(values, Mapping) or values.get("schema") != SCHEMA:
        found = repr(values.get("schema")) if isinstance(values, Mapping) else type(values).__name__
        raise _wrong("not a room file of this version", where, f'"schema": "{SCHEMA}"', found)
    try:
        return _room(values, where)
    except FormatError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, zlib.error) as error:
        name = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise _wrong("the room file is not usable", where, "the keys and values of docs/guide/room.md", name[:200]) from error


def _room(values: Mapping[str, Any], where: object) -> Room:
    grid, light, scale = values["obstacles"], values["lighting"], values["scale"]
    sun = values.get("sun")  # older files do not have it
    return Room(
        planes=tuple(Plane(**{**plane, "outline_m": _points(plane["outline_m"])}) for plane in values["planes"]),
        openings=tuple(Opening(**{**opening, "outline_m": _points(opening["outline_m"])}) for opening in values["openings"]),
        obstacles=None if grid is None else _grid_from_json(grid),
        objects=tuple(RoomObject(**thing) for thing in values["objects"]),
        lighting=None if light is None else LightEstimate(**light),
        scale=None if scale is None else Scale(**scale),
        views=tuple(View(**{**view, "camera": camera_from_json(view["camera"], where=where)}) for view in values["views"]),
        findings=tuple(_finding(finding) for finding in values["findings"]),
        sun=None if sun is None else RoomSun(**sun),
    )


def _finding(values: Mapping[str, Any]) -> Finding:
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("the words of a finding are text")
    return Finding(**values)


def _told(thing: Plane | Opening | RoomObject) -> dict[str, Any]:
    return {"source": thing.source, "confidence": thing.confidence}


def _points(rows: Any) -> Array:
    return np.asarray(rows, np.float64).reshape(-1, 3)


def _light_to_json(light: LightEstimate) -> dict[str, Any]:
    return {
        "sh": light.sh.tolist(),
        "to_light": None if light.to_light is None else list(light.to_light),
        "sigma_direction_rad": light.sigma_direction_rad,
        "directional_share": light.directional_share,
        "angular_radius_rad": light.angular_radius_rad,
        "colour": list(light.colour),
        "source": light.source,
        "confidence": light.confidence,
    }


def _grid_to_json(grid: HeightGrid) -> dict[str, Any]:
    rows, columns = grid.seen.shape
    return {
        "origin_m": list(grid.origin_m),
        "cell_m": grid.cell_m,
        "rows": rows,
        "columns": columns,
        "sigma_m": grid.sigma_m,
        "encoding": _GRID_ENCODING,
        "bottom_mm": _packed(grid.bottom_m, grid.seen),
        "top_mm": _packed(grid.top_m, grid.seen),
    }


def _grid_from_json(values: Mapping[str, Any]) -> HeightGrid:
    shape = int(values["rows"]), int(values["columns"])
    if min(shape) < 0 or shape[0] * shape[1] > MAX_CELLS:
        raise ValueError(f"a height grid has at most {MAX_CELLS} cells, found {shape[0]} x {shape[1]}")
    bottom, top = (_unpacked(values[name], shape) for name in ("bottom_mm", "top_mm"))
    seen = top != _UNSEEN
    return HeightGrid(
        origin_m=values["origin_m"],
        cell_m=values["cell_m"],
        seen=seen,
        bottom_m=np.where(seen, bottom, 0) / np.float32(1000),
        top_m=np.where(seen, top, 0) / np.float32(1000),
        sigma_m=values["sigma_m"],
    )


def _packed(height_m: Array, seen: Array) -> str:
    whole = np.where(seen, np.clip(np.round(height_m * 1000), 0, _UNSEEN - 1), _UNSEEN).astype("<u2")
    return base64.b64encode(zlib.compress(whole.tobytes(), 9)).decode()


def _unpacked(text: str, shape: tuple[int, int]) -> Array:
    size = shape[0] * shape[1] * 2
    unpack = zlib.decompressobj()
    data = unpack.decompress(base64.b64decode(text, validate=True), size + 1)  # no more than it says: a bomb stops here
    if len(data) != size:
        raise ValueError(f"a height grid of {shape[0]} x {shape[1]} cells has {size} bytes, found {len(data)}")
    return np.frombuffer(data, "<u2").reshape(shape)


def _no_json(where: object, expected: str, found: str) -> FormatError:
    return _wrong("not a JSON file", where, expected, found)


def _wrong(what: str, where: object, expected: str, found: str) -> FormatError:
    hint = "Make it again with `arviz room FRAME... -o room.json`."
    return FormatError("E_ROOM_JSON", what, where=where, expected=expected, found=found, hint=hint)

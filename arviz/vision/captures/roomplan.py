"""RoomPlan: the JSON of Apple's ``CapturedRoom`` into a room with walls, floors, openings and objects; it holds no pictures.

Keys [Apple's documentation of CapturedRoom, and exported files]: ``walls``, ``floors``, ``doors``, ``windows``, ``openings``,
``objects``, each a list with ``transform`` (16 numbers, column after column; +X along the width, +Y up the height),
``dimensions`` (width, height, depth in metres), ``confidence`` and ``category`` (``{"high": {}}``), ``identifier``,
``parentIdentifier`` of what hangs in a wall, and ``polygonCorners`` in the surface's own axes where it is no rectangle. The
world is ARKit's: +Y up, metres. A wall's +Z may look either way: which side the room is on is asked of the floor's outline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import ArvizError, FormatError
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.regular_file import read_regular
from arviz.core.report import Finding
from arviz.core.room import Opening, OpeningKind, Plane, PlaneKind, Room, RoomObject
from arviz.vision.captures.capture import Capture, CaptureFormat
from arviz.vision.captures.folder import parse_capture_json
from arviz.vision.captures.phones import LIDAR_SCALE, LIDAR_SCALE_SIGMA
from arviz.vision.captures.shots import rigid
from arviz.vision.captures.surfaces import Flat, flat, inside, placed, rectangle
from arviz.vision.captures.tables import finite_list, pose_of_columns

LENGTH_SIGMA = 0.01
"""Vendors state 1 % for the walls of plans by LiDAR, or 1 to 2 cm (amrax.ai): taken as one sigma of a wall's length."""
LEAST_SIGMA_M = 0.01
PLACE_SHARE = float(np.sqrt((LENGTH_SIGMA**2 - LIDAR_SCALE_SIGMA**2) / 2))
"""Of the distance between two surfaces, the sigma of each one's place: both places and the scale together make the 1 %."""
CONFIDENCES = {"high": 0.9, "medium": 0.6, "low": 0.3}
"""RoomPlan has three words and no numbers: these only keep their order."""
_MOST_SURFACES = 5000
_HOST_M = 0.25
"""An opening that names no wall belongs to the one that passes this near."""
_PARALLEL = 0.97
_OPENINGS: dict[str, OpeningKind] = {"doors": "door", "windows": "window", "openings": "passage"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Item:
    """One entry of a list: where it is, how large, and its outline in the world."""

    identifier: str
    parent: str
    transform: Array
    size_m: Array
    corners_m: Array
    confidence: float
    category: str
    curved: bool


def _recognises(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() != ".json":
        return False
    try:
        values = parse_capture_json(read_regular(path, where=path.name, limits=DEFAULT_LIMITS), where=path.name)
    except ArvizError:
        return False
    return isinstance(values.get("walls"), list) and isinstance(values.get("objects"), list)


def read_roomplan(path: Path, *, max_frames: int, limits: Limits) -> Capture:
    """Read the JSON that an app encodes a ``CapturedRoom`` into; it has no frames, so `max_frames` is not needed."""
    values = parse_capture_json(read_regular(path, where=path.name, limits=limits), where=path.name, limits=limits)
    findings: list[Finding] = []
    walls, floors, objects = (_items(values, key, path.name, findings) for key in ("walls", "floors", "objects"))
    if not walls and not floors:
        raise FormatError(
            "E_CAPTURE_EMPTY", "the file has neither walls nor floors", where=path.name, hint="Scan the room again and export its JSON."
        )
    floor_planes = _floors(floors, walls, findings)
    everything = np.concatenate([item.corners_m for item in (*walls, *floors)])
    hosts: dict[str, int] = {}
    planes = list(floor_planes)
    for wall in walls:
        plane = _wall(wall, floor_planes, everything)
        if plane is not None:
            hosts[wall.identifier] = len(planes)
            planes.append(plane)
    if any(wall.curved for wall in walls):
        text = "curved walls were taken as flat ones between their ends"
        findings.append(Finding(code="W_CAPTURE_CURVED", severity="warning", message=text))
    openings = [
        opening
        for key, kind in _OPENINGS.items()
        for item in _items(values, key, path.name, findings)
        if (opening := _opening(item, kind, planes, hosts)) is not None
    ]
    room = Room(
        planes=tuple(planes),
        openings=tuple(openings),
        objects=tuple(_object(item) for item in objects),
        scale=LIDAR_SCALE,
        findings=tuple(findings),
    )
    return Capture(format="roomplan", frames=(), names=(), room=room, scale=LIDAR_SCALE, findings=tuple(findings))


def _items(values: Mapping[str, Any], key: str, where: str, findings: list[Finding]) -> list[_Item]:
    rows = values.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list) or len(rows) > _MOST_SURFACES:
        found = type(rows).__name__ if not isinstance(rows, list) else f"{len(rows):,}"
        raise FormatError("E_CAPTURE_JSON", f"{key} is no list of surfaces", where=where, expected=f"at most {_MOST_SURFACES}", found=found)
    items = [item for row in rows if isinstance(row, dict) and (item := _item(row)) is not None]
    if len(items) < len(rows):
        text = f"{len(rows) - len(items)} of {len(rows)} {key} have no usable transform or dimensions and were left out"
        findings.append(Finding(code="W_CAPTURE_SURFACES", severity="warning", message=text, where=where))
    return items


def _item(row: Mapping[str, Any]) -> _Item | None:
    pose, size = pose_of_columns(row.get("transform")), finite_list(row.get("dimensions"), 3)
    transform = None if pose is None else rigid(pose)
    if transform is None or size is None or size.min() < 0 or size.max() > 1000:
        return None
    corners = [finite_list(corner, 3) for corner in row["polygonCorners"]] if isinstance(row.get("polygonCorners"), list) else []
    good = [corner for corner in corners if corner is not None]
    outline = placed(np.stack(good), transform) if len(good) >= 3 and len(good) == len(corners) else rectangle(transform, size[0], size[1])
    return _Item(
        identifier=str(row.get("identifier", "")),
        parent=str(row.get("parentIdentifier") or ""),
        transform=transform,
        size_m=size,
        corners_m=outline,
        confidence=CONFIDENCES.get(_word(row.get("confidence")), CONFIDENCES["low"]),
        category=_word(row.get("category")) or "object",
        curved=row.get("curve") is not None,
    )


def _word(value: Any) -> str:
    """Return the name of a Swift enum as JSON has it: ``"high"``, or ``{"high": {}}``."""
    word = next(iter(value), "") if isinstance(value, dict) else value
    return str(word).lower()[:64] if isinstance(word, str) else ""


def _plane(kind: PlaneKind, shape: Flat, item: _Item, apart_m: float) -> Plane:
    sigma = max(PLACE_SHARE * apart_m, LEAST_SIGMA_M)
    spread = float(np.ptp(shape.outline_m, axis=0).max()) / 2
    return Plane(
        kind=kind,
        normal=tuple(shape.normal.tolist()),
        offset_m=shape.offset_m,
        outline_m=shape.outline_m,
        extent="complete",
        sigma_normal_rad=min(sigma / max(spread, 0.1), 0.5),
        sigma_offset_m=sigma if not item.curved else sigma + spread / 2,
        source="roomplan",
        confidence=item.confidence if not item.curved else min(item.confidence, CONFIDENCES["low"]),
    )


def _floors(floors: list[_Item], walls: list[_Item], findings: list[Finding]) -> list[Plane]:
    up = np.array([0.0, 1.0, 0.0])
    height = max((float(wall.size_m[1]) for wall in walls), default=2.5)
    shapes = [(item, shape) for item in floors if (shape := flat(item.corners_m, into=up)) is not None and shape.normal[1] > 0.9]
    if not shapes and walls:
        findings.append(
            Finding(code="W_CAPTURE_FLOOR", severity="warning", message="the file has no floor: it was laid between the feet of the walls")
        )
        item, shape = walls[0], flat(_feet(walls), into=up)
        shapes = [(item, shape)] if shape is not None else []
    planes = [_plane("floor", shape, item, height) for item, shape in shapes]
    return sorted(planes, key=lambda plane: -plane.area_m2)


def _feet(walls: list[_Item]) -> Array:
    """Return the convex outline (N, 3) of the lower edges of walls, at their middle height."""
    import cv2

    feet = np.concatenate([wall.corners_m[np.argsort(wall.corners_m[:, 1])[:2]] for wall in walls])
    hull = cv2.convexHull(feet[:, [0, 2]].astype(np.float32))[:, 0].astype(np.float64)
    out: Array = np.insert(hull, 1, np.median(feet[:, 1]), axis=1)
    return out


def _wall(item: _Item, floors: list[Plane], everything: Array) -> Plane | None:
    along = item.transform[:3, 2] * (1, 0, 1)
    shape = flat(item.corners_m, into=along)
    if shape is None:
        return None
    middle = shape.outline_m.mean(axis=0)
    votes = 0
    for distance_m in (0.05, 0.15, 0.4):
        both = np.stack([middle + distance_m * shape.normal, middle - distance_m * shape.normal])[:, [0, 2]]
        for floor in floors:
            front, back = inside(both, floor.outline_m[:, [0, 2]])
            votes += int(front) - int(back)
    if votes == 0:
        votes = 1 if float(shape.normal @ (everything.mean(axis=0) - middle)) >= 0 else -1
    turned = flat(item.corners_m, into=shape.normal * np.sign(votes))
    assert turned is not None
    return _plane("wall", turned, item, float(np.ptp(everything @ turned.normal)))


def _opening(item: _Item, kind: OpeningKind, planes: list[Plane], hosts: Mapping[str, int]) -> Opening | None:
    shape = flat(item.corners_m, into=item.transform[:3, 2])
    if shape is None:
        return None
    wall = hosts.get(item.parent) if item.parent else None
    wall = _nearest_wall(shape, planes) if wall is None else wall
    outline, sigma = shape.outline_m, LEAST_SIGMA_M
    if wall is not None:
        normal = np.asarray(planes[wall].normal)
        outline = outline - np.outer(planes[wall].distance_m(outline), normal)
        outline = outline if shape.normal @ normal > 0 else outline[::-1]
        sigma = planes[wall].sigma_offset_m
    return Opening(kind=kind, wall=wall, outline_m=outline, sigma_m=sigma, source="roomplan", confidence=item.confidence)


def _nearest_wall(shape: Flat, planes: list[Plane]) -> int | None:
    middle = shape.outline_m.mean(axis=0)[None]
    near = [
        (abs(float(plane.distance_m(middle)[0])) + _beside(middle[0], plane), i)
        for i, plane in enumerate(planes)
        if plane.kind == "wall" and abs(float(shape.normal @ np.asarray(plane.normal))) > _PARALLEL
    ]
    distance, index = min(near, default=(np.inf, 0))
    return index if distance <= _HOST_M else None


def _beside(point: Array, plane: Plane) -> float:
    """Return how far a point lies outside of the box around a plane's outline."""
    low, high = plane.outline_m.min(axis=0) - 0.1, plane.outline_m.max(axis=0) + 0.1
    return float(np.linalg.norm(np.maximum(np.maximum(low - point, point - high), 0)))


def _object(item: _Item) -> RoomObject:
    return RoomObject(
        category=item.category,
        world_from_box=item.transform,
        size_m=tuple(item.size_m.tolist()),
        sigma_m=max(LENGTH_SIGMA * float(item.size_m.max()), LEAST_SIGMA_M),
        source="roomplan",
        confidence=item.confidence,
    )


ROOMPLAN = CaptureFormat(
    title="RoomPlan's JSON (a CapturedRoom with walls, floors, objects)",
    gives=frozenset({"room"}),
    recognises=_recognises,
    read=read_roomplan,
)

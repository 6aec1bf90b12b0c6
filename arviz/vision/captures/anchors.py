"""Plane anchors of ARKit and ARCore: into planes of a room.

A plane lies in the x, z plane of its transform, +Y is its normal (``ARPlaneAnchor``, ``com.google.ar.core.Plane``); its outline is
``boundary_m`` ((x, z) pairs) or a rectangle of ``extent_m`` (x, z) around ``center_m``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Plane, PlaneKind
from arviz.vision.captures.shots import rigid
from arviz.vision.captures.surfaces import Flat, flat, placed
from arviz.vision.captures.tables import finite_list, pose_of_columns

ANCHOR_SIGMA_M = 0.015
"""Vendors state 1 to 2 cm for plans by LiDAR (amrax.ai); no figure for single anchors is published."""
ANCHOR_CONFIDENCE = 0.7
"""Phones report a plane once many points agree on it, and say no number: above a guess, below a measured wall."""
_KINDS: dict[str, PlaneKind] = {"floor": "floor", "wall": "wall", "ceiling": "ceiling", "table": "table", "seat": "table"}
_HORIZONTAL = 0.9
_FLOOR_WITHIN_M = 0.15
_MOST_PLANES = 2000


def anchor_planes(rows: Any, *, eyes_m: Array, where: str) -> tuple[tuple[Plane, ...], list[Finding]]:
    """Return the planes of a list of anchors, the floor first, and what was wrong with the others.

    Parameters
    ----------
    rows : JSON
        None where the app states no planes.
    eyes_m : ndarray (N, 3)
        Where the frames were taken: planes face them.

    Raises
    ------
    FormatError
        ``E_CAPTURE_JSON``: no list.
    """
    if rows is None:
        return (), []
    if not isinstance(rows, list) or len(rows) > _MOST_PLANES:
        raise FormatError("E_CAPTURE_JSON", "planes is no list", where=where, expected=f"at most {_MOST_PLANES}", found=type(rows).__name__)
    eye = eyes_m.mean(axis=0) if len(eyes_m) else np.zeros(3)
    found = [(row, shape) for row in rows if isinstance(row, dict) and (shape := _shape(row, eye)) is not None]
    findings = []
    if len(found) < len(rows):
        text = f"{len(rows) - len(found)} of {len(rows)} planes have no usable transform or outline and were left out"
        findings.append(Finding(code="W_CAPTURE_SURFACES", severity="warning", message=text, where=where))
    lowest = min((_height(shape) for row, shape in found if _is_up(shape)), default=0.0)
    planes = [_plane(row, shape, lowest, eye) for row, shape in found]
    return tuple(sorted(planes, key=lambda plane: (plane.kind != "floor", -plane.area_m2))), findings


def _shape(row: Mapping[str, Any], eye: Array) -> Flat | None:
    pose = pose_of_columns(row.get("transform"))
    transform = None if pose is None else rigid(pose)
    if transform is None:
        return None
    local = _outline(row)
    if local is None:
        return None
    corners = placed(local, transform)
    return flat(corners, into=eye - corners.mean(axis=0))


def _outline(row: Mapping[str, Any]) -> Array | None:
    """Return the outline (N, 3) in the anchor's own axes."""
    boundary = row.get("boundary_m")
    if isinstance(boundary, Sequence) and not isinstance(boundary, str) and len(boundary) >= 3:
        pairs = [finite_list(pair, 2) for pair in boundary]
        good = [pair for pair in pairs if pair is not None]
        return np.insert(np.stack(good), 1, 0.0, axis=1) if len(good) == len(pairs) else None
    extent, centre = finite_list(row.get("extent_m"), 2), finite_list(row.get("center_m", [0, 0, 0]), 3)
    if extent is None or centre is None or extent.min() <= 0:
        return None
    x, z = extent / 2
    out: Array = centre + np.array([[-x, 0, -z], [x, 0, -z], [x, 0, z], [-x, 0, z]])
    return out


def _is_up(shape: Flat) -> bool:
    return bool(shape.normal[1] > _HORIZONTAL)


def _height(shape: Flat) -> float:
    return float(shape.outline_m[:, 1].mean())


def _plane(row: Mapping[str, Any], shape: Flat, lowest_m: float, eye: Array) -> Plane:
    sigma = finite_list([row.get("sigma_offset_m")], 1)
    sigma_m = ANCHOR_SIGMA_M if sigma is None or sigma[0] < 0 else float(sigma[0])
    spread = max(float(np.ptp(shape.outline_m, axis=0).max()) / 2, 0.1)
    return Plane(
        kind=_kind(row, shape, lowest_m, eye),
        normal=tuple(shape.normal.tolist()),
        offset_m=shape.offset_m,
        outline_m=shape.outline_m,
        extent="seen",
        sigma_normal_rad=min(sigma_m / spread, 0.5),
        sigma_offset_m=sigma_m,
        source="app",
        confidence=ANCHOR_CONFIDENCE,
    )


def _kind(row: Mapping[str, Any], shape: Flat, lowest_m: float, eye: Array) -> PlaneKind:
    word = str(row.get("kind", "")).lower()
    if word in _KINDS:
        return _KINDS[word]
    if _is_up(shape):
        return "floor" if _height(shape) < lowest_m + _FLOOR_WITHIN_M and _height(shape) < eye[1] - 0.5 else "table"
    if shape.normal[1] < -_HORIZONTAL:
        return "ceiling"
    return "wall" if abs(shape.normal[1]) < np.sqrt(1 - _HORIZONTAL**2) else "other"

"""Collects the surfaces of a room while it is laid out, and turns them into the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Opening, PlaneKind, RoomObject
from arviz.testing.rooms.polygons import newell
from arviz.testing.rooms.truth import Finish, Lamp, Part, RoomMesh, Sheet, TruthPlane

UP = np.array([0.0, 1.0, 0.0])
_KINDS: dict[Part, PlaneKind] = {
    "floor": "floor",
    "wall": "wall",
    "ceiling": "ceiling",
    "table": "table",
    "box_top": "table",
}


def turn_y(yaw_rad: float) -> Array:
    """Return the (3, 3) rotation about +Y; a front along +Z turns towards +X."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


class Builder:
    """Surfaces in the plan's frame: the room's walls along x and z, its floor at y = 0."""

    def __init__(self) -> None:
        self.planes: list[dict[str, Any]] = []
        self.openings: list[dict[str, Any]] = []
        self.objects: list[dict[str, Any]] = []
        self.finishes: list[dict[str, Any]] = []
        self.lamps: list[dict[str, Any]] = []
        self.sheets: list[dict[str, Any]] = []
        self._vertices: list[Array] = []
        self._triangles: list[Array] = []
        self._plane: list[Array] = []
        self._finish: list[Array] = []
        self._count = 0

    def flat(self, pieces: Sequence[Array], *, part: Part, finish: dict[str, Any], outline: Array | None = None) -> int:
        """Add a plane that is covered by convex pieces, all counter-clockwise from where it is seen; return its index."""
        outline = pieces[0] if outline is None else outline
        normal = newell(outline)
        kind = _KINDS.get(part, "other")
        finish = (
            finish
            if "origin_m" in finish
            else on_frame(finish, outline[0], outline[1] - outline[0], np.cross(normal, outline[1] - outline[0]))
        )
        self.planes.append({"kind": kind, "part": part, "normal": normal, "offset_m": -float(normal @ outline[0]), "outline_m": outline})
        self.finishes.append(finish)
        self.planes[-1]["finish"] = len(self.finishes) - 1
        self.extend(len(self.planes) - 1, pieces)
        return len(self.planes) - 1

    def extend(self, plane: int, pieces: Iterable[Array]) -> None:
        """Add convex pieces that lie on a plane that is already there, and look like it."""
        for piece in pieces:
            fan = np.stack([np.zeros(len(piece) - 2, np.int64), np.arange(1, len(piece) - 1), np.arange(2, len(piece))], axis=1)
            self._add(piece, fan, plane, self.planes[plane]["finish"])

    def curved(self, vertices_m: Array, triangles: Array, *, finish: dict[str, Any]) -> None:
        """Add triangles of a thing that is not flat."""
        self.finishes.append(finish)
        self._add(vertices_m, triangles, -1, len(self.finishes) - 1)

    def _add(self, vertices: Array, triangles: Array, plane: int, finish: int) -> None:
        self._vertices.append(vertices)
        self._triangles.append(triangles + self._count)
        self._plane.append(np.full(len(triangles), plane))
        self._finish.append(np.full(len(triangles), finish))
        self._count += len(vertices)

    def box(
        self,
        base_m: Array,
        size_m: Sequence[float],
        *,
        finish: dict[str, Any],
        yaw_rad: float = 0.0,
        top: Part = "box_top",
        side: Part = "box_side",
        faces: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        """Add a box by the middle of its underside; one that stands on the floor has no underside.

        `faces` gives other finishes to ``top``, ``front`` (+z), ``back``, ``right`` (+x), ``left``, ``bottom``.
        """
        base, (w, h, d) = np.asarray(base_m, np.float64), size_m
        turn = turn_y(yaw_rad)
        frames = {
            "top": ((0, h, 0), (w, 0, 0), (0, 0, -d)),
            "front": ((0, h / 2, d / 2), (w, 0, 0), (0, h, 0)),
            "back": ((0, h / 2, -d / 2), (-w, 0, 0), (0, h, 0)),
            "right": ((w / 2, h / 2, 0), (0, 0, -d), (0, h, 0)),
            "left": ((-w / 2, h / 2, 0), (0, 0, d), (0, h, 0)),
            "bottom": ((0, 0, 0), (w, 0, 0), (0, 0, d)),
        }
        for name, (middle, along, up) in frames.items():
            if name == "bottom" and base[1] < 1e-6:  # it stands on the floor
                continue
            m, a, u = (turn @ np.array(v, np.float64) for v in (middle, along, up))
            corner = base + m - (a + u) / 2
            square = np.stack([corner, corner + a, corner + a + u, corner + u])
            look = on_frame((faces or {}).get(name, finish), corner, a, u)
            self.flat([square], part=top if name == "top" else side, finish=look)

    def stand(self, category: str, base_m: Array, size_m: Sequence[float], yaw_rad: float) -> None:
        """Note a thing that stands in the room as the box around it."""
        pose = np.eye(4)
        pose[:3, :3] = turn_y(yaw_rad)
        pose[:3, 3] = np.asarray(base_m) + UP * size_m[1] / 2
        self.objects.append({"category": category, "world_from_box": pose, "size_m": tuple(size_m)})

    def mesh(self, turn: Array | None = None) -> RoomMesh:
        """Return all triangles, turned about the origin."""
        return RoomMesh(
            vertices_m=np.concatenate(self._vertices) @ (np.eye(3) if turn is None else turn).T,
            triangles=np.concatenate(self._triangles),
            plane=np.concatenate(self._plane),
            finish=np.concatenate(self._finish),
        )

    def finished(self, yaw_rad: float) -> dict[str, Any]:
        """Return the fields of a `SyntheticRoom` that the builder knows, turned by `yaw_rad` about +Y."""
        turn = turn_y(yaw_rad)
        pose = np.eye(4)
        pose[:3, :3] = turn
        return {
            "planes": tuple(
                TruthPlane(**p | {"normal": turn @ p["normal"], "outline_m": p["outline_m"] @ turn.T}, extent="complete")
                for p in self.planes
            ),
            "openings": tuple(Opening(**o | {"outline_m": o["outline_m"] @ turn.T}, sigma_m=0.0, source="truth") for o in self.openings),
            "objects": tuple(
                RoomObject(**o | {"world_from_box": pose @ o["world_from_box"]}, sigma_m=0.0, source="truth") for o in self.objects
            ),
            "lamps": tuple(Lamp(**lamp | {"position_m": turn @ lamp["position_m"]}) for lamp in self.lamps),
            "finishes": tuple(_turned(f, turn) for f in self.finishes),
            "sheets": tuple(Sheet(base=sheet["base"], finish=_turned(sheet["finish"], turn)) for sheet in self.sheets),
            "mesh": self.mesh(turn),
        }


def _turned(finish: dict[str, Any], turn: Array) -> Finish:
    return Finish(**finish | {name: turn @ np.asarray(finish[name]) for name in ("origin_m", "along", "up") if name in finish})


def on_frame(finish: dict[str, Any], corner_m: Array, along_m: Array, up_m: Array) -> dict[str, Any]:
    """Return a finish whose texture coordinates start at a corner and run along two edges."""
    width, height = float(np.linalg.norm(along_m)), float(np.linalg.norm(up_m))
    return finish | {"origin_m": corner_m, "along": along_m / width, "up": up_m / height, "size_m": (width, height)}

"""A measured room as a product: planes with the photo on them, obstacles as blocks, each node saying what it knows it from.

Every node carries ``extras`` with kind, source, confidence and sigmas; the file as a whole the scale and its source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.camera import Frame
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import InputError
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo
from arviz.core.room import HeightGrid, Opening, Plane, Room
from arviz.core.triangles import unit
from arviz.formats.polygons import triangulate
from arviz.vision.plane_picture import plane_picture

_PLAIN = {
    "floor": (198, 189, 177),
    "wall": (236, 233, 226),
    "ceiling": (245, 244, 241),
    "table": (188, 172, 150),
    "door": (222, 214, 202),
    "passage": (214, 210, 203),
    "window": (206, 220, 226),
    "object": (205, 200, 192),
    "obstacles": (205, 200, 192),
}
"""8-bit sRGB of what no picture shows: calm colours of a painted room. What each part is and is known from stands in its extras."""
_OTHER = (218, 214, 207)
_CLAMP = 33071
_TEXTURE_QUALITY = 90
_LIFT_M = 0.004
"""Openings are drawn this far in front of their wall, for viewers that would let both flicker."""


def room_twin(room: Room, *, frames: Sequence[Frame] = (), name: str = "room") -> Asset:
    """Return a room as an `Asset` that can be written as GLB or USDZ.

    Parameters
    ----------
    room : Room
        With a known scale.
    frames : sequence of Frame
        The frames of ``room.views``, in their order: their pictures are put onto the planes. Empty: plain colours.

    Raises
    ------
    InputError
        ``E_SCALE_UNKNOWN``: GLB and USDZ are in metres. ``E_ROOM_EMPTY``: there is nothing to show.
    """
    if room.scale is None:
        raise InputError(
            "E_SCALE_UNKNOWN",
            "a room without scale has no size, and GLB and USDZ are in metres",
            hint="Measure it again with --scale, for example an A4 sheet on the floor: --scale a4.",
        )
    parts = _Parts()
    for index, plane in enumerate(room.planes):
        if len(plane.outline_m) >= 3:
            _add_plane(parts, plane, index, room, frames)
    for index, opening in enumerate(room.openings):
        _add_opening(parts, opening, index, room, frames)
    if room.obstacles is not None and room.obstacles.occupied.any():
        positions, normals, corners = _blocks(room.obstacles)
        facts = {"kind": "obstacles", "cell_m": room.obstacles.cell_m, "sigma_m": room.obstacles.sigma_m}
        parts.add("obstacles", positions, normals, corners, material=_plain("obstacles", "obstacles"), facts=facts)
    for index, thing in enumerate(room.objects):
        facts = {"kind": "object", "category": thing.category, "sigma_m": thing.sigma_m, **_told(thing)}
        box = _box(np.asarray(thing.size_m), thing.world_from_box)
        parts.add(f"{thing.category}-{index}", *box, material=_plain("object", thing.category), facts=facts)
    if not parts.meshes:
        raise InputError(
            "E_ROOM_EMPTY", "the room has nothing to show", hint="`arviz room --draw picture.png` shows what was found in the frame."
        )
    parts.cameras(room)
    return parts.asset(
        name,
        extras={
            "room": {
                "scale": {"sigma": room.scale.sigma, "source": room.scale.source},
                "findings": [finding.to_json() for finding in room.findings],
            }
        },
    )


class _Parts:
    """The nodes of the twin as they are made."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.meshes: list[Mesh] = []
        self.materials: list[Material] = []
        self.images: list[EncodedImage] = []
        self.seen_from: list[dict[str, Any]] = []

    def add(
        self,
        name: str,
        positions: Array,
        normals: Array,
        corners: Array,
        *,
        material: Material,
        facts: Mapping[str, Any],
        uv: Array | None = None,
    ) -> None:
        attributes = {"POSITION": positions, "NORMAL": normals, **({} if uv is None else {"TEXCOORD_0": uv})}
        primitive = Primitive(attributes=attributes, indices=corners, material=len(self.materials))
        self.nodes.append(Node(name=name, mesh=len(self.meshes), extras=dict(facts)))
        self.meshes.append(Mesh(primitives=(primitive,), name=name))
        self.materials.append(material)

    def picture(self, image: Image) -> TextureInfo:
        """Return the use of a picture as a texture."""
        self.images.append(EncodedImage(data=encode(image, "JPEG", quality=_TEXTURE_QUALITY), mime_type="image/jpeg"))
        return TextureInfo(texture=len(self.images) - 1)

    def cameras(self, room: Room) -> None:
        """Add a camera per view, so that a viewer can stand where the photo was taken."""
        for index, view in enumerate(room.views):
            camera = view.camera
            lens = {
                "yfov": 2 * float(np.arctan(camera.height_px / 2 / camera.k[1, 1])),
                "aspectRatio": camera.width_px / camera.height_px,
                "znear": 0.05,
            }
            self.seen_from.append({"type": "perspective", "perspective": lens})
            self.nodes.append(Node(name=f"view-{index}", camera=index, matrix=view.world_from_camera @ CV_FROM_GL))

    def asset(self, name: str, *, extras: Mapping[str, Any]) -> Asset:
        return Asset(
            nodes=tuple(self.nodes),
            meshes=tuple(self.meshes),
            materials=tuple(self.materials),
            images=tuple(self.images),
            textures=tuple(Texture(image=i, sampler=0) for i in range(len(self.images))),
            samplers=(Sampler(wrap_s=_CLAMP, wrap_t=_CLAMP),) if self.images else (),
            cameras=tuple(self.seen_from),
            extras=dict(extras),
            source=Source(name=name, format="room", unit="m", unit_source="file"),
        )


def _told(thing: Any) -> dict[str, Any]:
    return {"source": thing.source, "confidence": thing.confidence}


def _add_plane(parts: _Parts, plane: Plane, index: int, room: Room, frames: Sequence[Frame]) -> None:
    name = f"{plane.kind}-{index}"
    positions, normals, corners = _polygon(plane.outline_m, normal=np.asarray(plane.normal))
    facts = {
        "kind": plane.kind,
        "extent": plane.extent,
        "sigma_offset_m": plane.sigma_offset_m,
        "sigma_normal_rad": plane.sigma_normal_rad,
        **_told(plane),
    }
    material, uv = _look(parts, plane, room, frames, kind=plane.kind, name=name)
    parts.add(name, positions, normals, corners, material=material, facts=facts, uv=uv)


def _add_opening(parts: _Parts, opening: Opening, index: int, room: Room, frames: Sequence[Frame]) -> None:
    """Add a door, window or passage just before its wall, with what the pictures show there."""
    name = f"{opening.kind}-{index}"
    facts = {"kind": opening.kind, "wall": opening.wall, "sigma_m": opening.sigma_m, **_told(opening)}
    if opening.wall is None:
        parts.add(name, *_polygon(opening.outline_m), material=_plain(opening.kind, name), facts=facts)
        return
    wall = room.planes[opening.wall]
    normal = np.asarray(wall.normal)
    flat = opening.outline_m - wall.distance_m(opening.outline_m)[:, None] * normal
    material, uv = _look(parts, replace(wall, outline_m=flat), room, frames, kind=opening.kind, name=name)
    parts.add(name, *_polygon(flat + _LIFT_M * normal, normal=normal), material=material, facts=facts, uv=uv)


def _look(parts: _Parts, plane: Plane, room: Room, frames: Sequence[Frame], *, kind: str, name: str) -> tuple[Material, Array | None]:
    """Return the material of a plane and the place of its corners in the picture on it, None without a picture."""
    seen = plane_picture(plane, room.views, frames) if frames else None
    if seen is None:
        return _plain(kind, name), None
    return Material(name=name, base_color_texture=parts.picture(seen.image), metallic_factor=0.0), seen.uv


def _plain(kind: str, name: str) -> Material:
    """Return a matte material in a calm colour for this kind."""
    colour = srgb_to_linear(np.asarray(_PLAIN.get(kind, _OTHER)) / 255)
    return Material(name=name, base_color_factor=(*colour.tolist(), 1.0), metallic_factor=0.0, roughness_factor=1.0)


def _polygon(outline: Array, *, normal: Array | None = None) -> tuple[Array, Array, Array]:
    """Return positions, normals and corners of a flat polygon, counter-clockwise seen from its front."""
    area = np.cross(outline - outline[0], np.roll(outline, -1, axis=0) - outline[0]).sum(axis=0)
    front = unit(area[None])[0] if normal is None else normal
    corners = triangulate(outline, np.arange(len(outline)), np.array([len(outline)])).corners
    if area @ front < 0:
        corners = corners[:, ::-1]
    return outline, np.tile(front, (len(outline), 1)), corners


def _box(size: Array, pose: Array) -> tuple[Array, Array, Array]:
    """Return positions, normals and corners of the six faces of a box."""
    positions: list[Array] = []
    normals: list[Array] = []
    corners: list[Array] = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            front = np.eye(3)[axis] * sign
            side = np.eye(3)[(axis + 1) % 3]
            up = np.cross(front, side)
            square = front + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) @ np.stack([side, up])
            corners.append(len(positions) * 4 + np.array([[0, 1, 2], [0, 2, 3]]))
            positions.append((square * size / 2) @ pose[:3, :3].T + pose[:3, 3])
            normals.append(np.tile(pose[:3, :3] @ front, (4, 1)))
    return np.concatenate(positions), np.concatenate(normals), np.concatenate(corners)


def _blocks(grid: HeightGrid) -> tuple[Array, Array, Array]:
    """Return positions, normals and corners of the tops and free sides of the occupied cells."""
    top = np.where(grid.occupied, grid.top_m, 0).astype(np.float64)
    bottom = np.where(grid.occupied, grid.bottom_m, 0).astype(np.float64)
    quads, fronts = [], []
    rows, columns = np.nonzero(grid.occupied)
    low_x, low_z = (grid.origin_m[0] + columns * grid.cell_m, grid.origin_m[1] + rows * grid.cell_m)
    high_x, high_z = low_x + grid.cell_m, low_z + grid.cell_m
    height = top[rows, columns]
    quads.append(_quad((low_x, height, high_z), (high_x, height, high_z), (high_x, height, low_z), (low_x, height, low_z)))
    fronts.append(np.tile([0.0, 1.0, 0.0], (len(rows), 1)))
    padded = np.pad(top, 1)
    # From each cell down to its neighbour, where that is lower: ends of the edge in (x, z), counter-clockwise from outside.
    for dx, dz, (ax, az), (bx, bz) in (
        (1, 0, (high_x, high_z), (high_x, low_z)),
        (-1, 0, (low_x, low_z), (low_x, high_z)),
        (0, 1, (low_x, high_z), (high_x, high_z)),
        (0, -1, (high_x, low_z), (low_x, low_z)),
    ):
        down = np.maximum(padded[rows + 1 + dz, columns + 1 + dx], bottom[rows, columns])
        free = down < height
        side = _quad((ax, down, az), (bx, down, bz), (bx, height, bz), (ax, height, az))[free]
        quads.append(side)
        fronts.append(np.tile([float(dx), 0.0, float(dz)], (len(side), 1)))
    positions = np.concatenate(quads).reshape(-1, 3)
    normals = np.repeat(np.concatenate(fronts), 4, axis=0)
    corners = (np.arange(len(positions) // 4)[:, None] * 4 + np.array([0, 1, 2, 0, 2, 3])).reshape(-1, 3)
    return positions, normals, corners


def _quad(*corners: tuple[Array, Array, Array]) -> Array:
    """Return (N, 4, 3) from four corners of (x, y, z), each (N,)."""
    return np.stack([np.stack(np.broadcast_arrays(*corner), axis=-1) for corner in corners], axis=1)

"""From surfaces to an `Asset`: parts with names, a hierarchy, materials by name, textures by name."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from surfaces import Array, Surface

from arviz.core.asset import Asset, Mesh, Node, Primitive, SceneRoots, VariantMapping
from arviz.core.graph import assign_parts
from arviz.core.material import EncodedImage, Material, Sampler, Texture
from arviz.core.parts import Anchor

LINEAR, MIPMAPS = 9729, 9987


@dataclass(frozen=True)
class Part:
    """A named piece of a product: surfaces with the name of their material, and what hangs from it.

    Surfaces and `pivot_m`, the part's origin (None: its parent's), are given in the product's frame.
    """

    name: str
    surfaces: tuple[tuple[Surface, str], ...] = ()
    children: tuple[Part, ...] = ()
    pivot_m: tuple[float, float, float] | None = None
    anchor: Anchor | None = None
    light: int | None = None

    def all(self) -> list[Part]:
        """Return this part and everything below it."""
        return [self, *(p for child in self.children for p in child.all())]


@dataclass(frozen=True)
class Palette:
    """Materials, images and variants that a product is drawn with.

    Parameters
    ----------
    tile_m : mapping
        Size in metres of one repeat of a material's textures; materials left out have no texture coordinates.
    variants : mapping
        Variant -> {material: the one shown in its place}.
    """

    materials: tuple[Material, ...]
    images: tuple[EncodedImage, ...] = ()
    tile_m: Mapping[str, float] = ()  # type: ignore[assignment]
    variants: Mapping[str, Mapping[str, str]] = ()  # type: ignore[assignment]

    def number(self, name: str) -> int:
        """Return the index of a material."""
        return [m.name for m in self.materials].index(name)

    def mappings(self, name: str) -> tuple[VariantMapping, ...]:
        """Return which material a piece shows in each variant."""
        chosen: dict[int, list[int]] = {}
        for i, swap in enumerate(dict(self.variants).values()):
            if name in swap:
                chosen.setdefault(self.number(swap[name]), []).append(i)
        return tuple(VariantMapping(material=m, variants=tuple(v)) for m, v in chosen.items())


def asset(root: Part, palette: Palette, *, uv1: Mapping[int, Array] | None = None, **fields: Any) -> Asset:
    """Build the Asset; `uv1` maps ``id(surface)`` to its second texture coordinates, `fields` go to `Asset` as they are."""
    nodes: list[Node] = []
    meshes: list[Mesh] = []

    def add(part: Part, parent_origin: Array) -> int:
        index = len(nodes)
        nodes.append(Node())
        origin = parent_origin if part.pivot_m is None else np.asarray(part.pivot_m)
        shift = (origin - parent_origin).tolist()
        mesh = None
        if part.surfaces:
            mesh = len(meshes)
            made = [_primitive(s, name, palette, origin=origin, uv1=uv1 or {}) for s, name in part.surfaces]
            meshes.append(Mesh(name=part.name, primitives=tuple(made)))
        children = tuple(add(child, origin) for child in part.children)
        name = part.anchor.node_name if part.anchor else part.name
        nodes[index] = Node(name=name, children=children, translation=shift, mesh=mesh, anchor=part.anchor, light=part.light)
        return index

    add(root, np.zeros(3))
    count = len(palette.images)
    made = Asset(
        nodes=tuple(nodes),
        meshes=tuple(meshes),
        materials=palette.materials,
        images=palette.images,
        textures=tuple(Texture(image=i, sampler=0, name=palette.images[i].name) for i in range(count)),
        samplers=(Sampler(mag_filter=LINEAR, min_filter=MIPMAPS),) if count else (),
        scenes=(SceneRoots(nodes=(0,), name=root.name),),
        variants=tuple(dict(palette.variants)),
        asset_info={"generator": "arviz assets/make", "copyright": "2026 the arviz authors, Apache-2.0"},
        **fields,
    )
    return assign_parts(made)


def _primitive(s: Surface, name: str, palette: Palette, *, origin: Array, uv1: Mapping[int, Array]) -> Primitive:
    attributes: dict[str, NDArray[Any]] = {"POSITION": s.positions - origin, "NORMAL": s.normals}
    tiles = dict(palette.tile_m)
    if name in tiles:
        attributes["TEXCOORD_0"] = s.uv / tiles[name]
        if palette.materials[palette.number(name)].normal_texture is not None:
            attributes["TANGENT"] = tangents(s)
    if id(s) in uv1:
        attributes["TEXCOORD_1"] = uv1[id(s)]
    return Primitive(
        attributes=attributes,
        indices=s.triangles.astype(np.uint32),
        material=palette.number(name),
        variants=palette.mappings(name),
    )


def tangents(s: Surface) -> Array:
    """Return (V, 4): the direction of growing u along the surface, and handedness.

    **Convention** with u to the right and v down seen from outside, as all our charts are, the bitangent
    ``cross(normal, tangent) * w`` points up in the picture for w = +1 (glTF 2.0 section 3.7.2.1).
    """
    p, uv = s.positions[s.triangles], s.uv[s.triangles]
    e1, e2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    d1, d2 = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1]
    along = (e1 * d2[:, 1:] - e2 * d1[:, 1:]) * np.sign(area)[:, None]  # length ~ area: large faces weigh more
    total = np.zeros_like(s.positions)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(s.triangles[:, corner], weights=along[:, axis], minlength=len(total))
    total -= s.normals * (s.normals * total).sum(1, keepdims=True)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    lost = length[:, 0] < 1e-12
    spare = np.cross(s.normals, np.where(abs(s.normals[:, :1]) > 0.7, [[0.0, 1, 0]], [[1.0, 0, 0]]))
    total = np.where(lost[:, None], spare / np.linalg.norm(spare, axis=1, keepdims=True), total / np.maximum(length, 1e-12))
    return np.c_[total, np.ones(len(total))]


def picture(pixels: NDArray[np.uint8], *, name: str, quality: int | None = None, full_chroma: bool = False) -> EncodedImage:
    """Encode (H, W) or (H, W, 3) uint8 as JPEG of `quality`, or as PNG."""
    from PIL import Image

    out = io.BytesIO()
    if quality is None:
        Image.fromarray(pixels).save(out, "PNG", optimize=True)
        return EncodedImage(data=out.getvalue(), mime_type="image/png", name=name)
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, subsampling=0 if full_chroma else 2, optimize=True)
    return EncodedImage(data=out.getvalue(), mime_type="image/jpeg", name=name)


def anchor(kind: str, name: str, *, at_m: Sequence[float], **fields: Any) -> Part:
    """Return an empty part that carries an anchor."""
    x, y, z = at_m
    return Part("", anchor=Anchor(id=name, kind=kind, **fields), pivot_m=(x, y, z))


def joined(pieces: Sequence[Surface]) -> Surface:
    """Join surfaces of one material into one."""
    first = np.cumsum([0, *(len(s.positions) for s in pieces)])
    return Surface(
        np.concatenate([s.positions for s in pieces]),
        np.concatenate([s.normals for s in pieces]),
        np.concatenate([s.uv for s in pieces]),
        np.concatenate([s.triangles + f for s, f in zip(pieces, first, strict=False)]),
        tuple((a + int(f), r, c) for s, f in zip(pieces, first, strict=False) for a, r, c in s.charts),
    )


def fitted(root: Part, *, size_m: tuple[float, float, float]) -> Part:
    """Return the parts stretched to exactly `size_m` (x, y, z), bottom centre at the origin.

    Piping and rounding add to what a design is drawn at; a stretch above 2 % would show and is refused.
    """
    points = np.concatenate([s.positions for part in root.all() for s, _ in part.surfaces])
    low, high = points.min(0), points.max(0)
    factor = np.array(size_m) / (high - low)
    if abs(factor - 1).max() > 0.02:
        raise ValueError(f"{root.name} is drawn at {np.round(high - low, 4)} m, too far from {size_m}")
    origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])

    def stretched(s: Surface) -> Surface:
        normals = s.normals / factor
        return replace(s, positions=(s.positions - origin) * factor, normals=normals / np.linalg.norm(normals, axis=1, keepdims=True))

    def walk(part: Part) -> Part:
        pivot = None if part.pivot_m is None else tuple(((np.asarray(part.pivot_m) - origin) * factor).tolist())
        surfaces = tuple((stretched(s), material) for s, material in part.surfaces)
        return replace(part, surfaces=surfaces, children=tuple(walk(child) for child in part.children), pivot_m=pivot)

    return walk(root)

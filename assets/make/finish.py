"""The last step of a piece of furniture: cut to size, ambient occlusion baked, joints named, an `Asset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model import Palette, Part, asset, fitted, picture
from occlusion import atlas, visibility

from arviz.core.asset import Asset, Primitive
from arviz.core.material import EncodedImage, Material, TextureInfo
from arviz.core.parts import Joint


@dataclass(frozen=True)
class Motion:
    """How a part moves about its pivot: the fields of a `Joint`, with the part's name for the node."""

    part: str
    kind: str
    axis: tuple[float, float, float]
    max: float
    min: float = 0.0


def finished(
    root: Part,
    *,
    size_m: tuple[float, float, float],
    materials: Sequence[Material],
    images: Sequence[EncodedImage] = (),
    tile_m: Mapping[str, float] | None = None,
    variants: Mapping[str, Mapping[str, str]] | None = None,
    motions: Sequence[Motion] = (),
    reach_m: float = 0.5,
    atlas_px: int = 512,
    **fields: Any,
) -> Asset:
    """Build the Asset, `size_m` (x, y, z) large.

    What moves and what stands still do not shade each other in the baked occlusion: a fridge is white inside when its
    door is open. Materials that stand in for each other in a variant are all in `tile_m`, or none is.
    """
    root = fitted(root, size_m=size_m)
    moving = [part for part in root.all() if part.name in {m.part for m in motions}]
    groups = [_surfaces(part) for part in moving]
    apart = {id(s) for group in groups for s in group}
    groups.append([s for s in _surfaces(root) if id(s) not in apart])
    surfaces, values = [], []
    for group in groups:
        surfaces += group
        values += [0.1 + 0.9 * v for v in visibility(group, reach_m=reach_m)] if group else []
    uv1, baked = atlas(surfaces, values, size_px=atlas_px)
    tiles = tile_m or {}
    looks = Palette(
        materials=tuple(replace(m, occlusion_texture=TextureInfo(texture=len(images), texcoord=int(m.name in tiles))) for m in materials),
        images=(*images, picture(baked, name="occlusion")),
        tile_m=tiles,
        variants=variants or {},
    )
    made = asset(root, looks, uv1={id(s): u for s, u in zip(surfaces, uv1, strict=True)}, declared_size_m=size_m, **fields)
    made = replace(made, meshes=tuple(replace(m, primitives=tuple(map(_counted, m.primitives))) for m in made.meshes))
    number = {node.name: i for i, node in enumerate(made.nodes)}
    joints = tuple(
        Joint(id=m.part.replace(" ", "-"), node=number[m.part], kind=m.kind, axis=m.axis, min=m.min, max=m.max)  # type: ignore[arg-type]
        for m in motions
    )
    return replace(made, joints=joints)


def _counted(primitive: Primitive) -> Primitive:
    """Return the primitive with the atlas on its first texture coordinates where it has no others: they count from 0."""
    attributes = dict(primitive.attributes)
    if "TEXCOORD_0" not in attributes:
        attributes["TEXCOORD_0"] = attributes.pop("TEXCOORD_1")
    return replace(primitive, attributes=attributes)


def _surfaces(part: Part) -> list[Any]:
    return [s for p in part.all() for s, _ in p.surfaces]

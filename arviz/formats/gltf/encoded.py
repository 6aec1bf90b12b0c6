"""A product as a reader of its compressed file will find it: on its grid, in its order, with its new pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Mesh
from arviz.core.frozen import Array
from arviz.core.graph import drawn, size
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import Material, are_numbers
from arviz.formats.gltf.encoding import Encoding
from arviz.formats.gltf.grids import decoded, draco_directions, octahedral, on_unit_range, snapped, step_below
from arviz.formats.gltf.order import ordered
from arviz.formats.pictures.replace import with_pictures


def as_encoded(asset: Asset, encoding: Encoding, *, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return what reading ``write_glb(asset, encoding=encoding)`` gives, to the bit.

    Not so with Draco: its vertices have another order, triangles without area are left out, normals are these but for the
    last bit of a float, second texture coordinates are rounded once more. `asset` itself for the default encoding.
    Raises what `arviz.formats.gltf.write.write_glb` raises.
    """
    asset = with_pictures(asset, encoding.pictures, limits=limits)
    if encoding.geometry == "none":
        return asset
    asset = on_grids(asset, encoding)
    return asset if encoding.geometry == "draco" else ordered(asset)  # Draco has an order of its own


def on_grids(asset: Asset, encoding: Encoding) -> Asset:
    """Return `asset` with its vertices quantised and otherwise as it was, vertex by vertex."""
    steps = _position_steps(asset, encoding.position_bits)
    repeats = _repeats(asset)

    def on_grid(mesh: Mesh, index: int) -> Mesh:
        primitives = (
            replace(
                primitive,
                attributes=_attributes(primitive.attributes, encoding, steps[index], repeats.get((index, i), {})),
                targets=tuple(_attributes(target, encoding, steps[index], {}, morph=True) for target in primitive.targets),
            )
            for i, primitive in enumerate(mesh.primitives)
        )
        return replace(mesh, primitives=tuple(primitives))

    return replace(asset, meshes=tuple(on_grid(mesh, i) for i, mesh in enumerate(asset.meshes)))


def quantisation_error_m(asset: Asset, encoding: Encoding) -> float:
    """Return the largest distance in metres (file units, if unknown) by which `encoding` moves a drawn vertex of `asset`.

    Measured on every vertex in the pose and morph that the nodes have. 0 without compression.
    """
    if encoding.geometry == "none":
        return 0.0
    pairs = zip(drawn(asset), drawn(on_grids(asset, encoding)), strict=True)
    return max((float(np.linalg.norm(a.positions - b.positions, axis=1).max(initial=0)) for a, b in pairs), default=0.0)


def _attributes(
    attributes: Mapping[str, Array], encoding: Encoding, step: float, repeats: Mapping[str, float], *, morph: bool = False
) -> dict[str, Array]:
    out = dict(attributes)
    for name, array in attributes.items():
        kind = name.partition("_")[0]
        if kind == "POSITION":
            out[name] = snapped(array, step=step)
        elif kind == "TEXCOORD" and encoding.geometry == "quantized":
            out[name] = on_unit_range(array)
        elif kind == "TEXCOORD":
            out[name] = snapped(array, step=step_below(2.0**-encoding.uv_bits / repeats.get(name, 1.0)))
        elif kind in ("NORMAL", "TANGENT") and morph:
            out[name] = snapped(array, step=2.0**-encoding.normal_bits)
        elif encoding.geometry == "draco" and kind in ("NORMAL", "TANGENT"):
            # DracoPy keeps tangents as they are.
            out[name] = draco_directions(array, bits=encoding.normal_bits) if kind == "NORMAL" and len(array) else array
        elif kind in ("NORMAL", "TANGENT") and len(array):
            codes = octahedral(array[:, :3], bits=encoding.normal_bits)
            out[name] = np.c_[decoded(codes, bits=encoding.normal_bits), np.where(array[:, 3:] < 0, -1, 1).astype(np.float32)]
        elif kind in ("COLOR", "WEIGHTS") and not morph:
            out[name] = on_unit_range(array, sums_to_one=kind == "WEIGHTS")
    return out


def _position_steps(asset: Asset, bits: int) -> list[float]:
    """Return each mesh's step in its own frame: the same in the asset's frame for all, but for the rounding to powers of two."""
    side = max(size(asset) or (0.0,))
    stretch: dict[int, float] = {}
    for piece in drawn(asset):
        matrices = piece.asset_from_node[None] if piece.asset_from_vertex is None else piece.asset_from_vertex
        most = float(np.linalg.norm(matrices[:, :3, :3], 2, axis=(1, 2)).max(initial=0))
        stretch[piece.mesh] = max(most, stretch.get(piece.mesh, 0.0))
    steps = []
    for index, mesh in enumerate(asset.meshes):
        length = side / stretch[index] if stretch.get(index) else _own_side(mesh)
        steps.append(step_below(length / (2**bits - 1)) if length > 0 else 1.0)
    return steps


def _own_side(mesh: Mesh) -> float:
    points = [primitive.positions for primitive in mesh.primitives if len(primitive.positions)]
    return max((float(np.ptp(p, axis=0).max()) for p in points), default=0.0)


def _repeats(asset: Asset) -> dict[tuple[int, int], dict[str, float]]:
    """Return for each (mesh, primitive) how often its materials repeat a texture over each set of texture coordinates."""
    of_material = [_repeats_of(material) for material in asset.materials]
    out = {}
    for m, mesh in enumerate(asset.meshes):
        for p, primitive in enumerate(mesh.primitives):
            materials = {primitive.material, *(mapping.material for mapping in primitive.variants)}
            sets: dict[str, float] = {}
            for index in (material for material in materials if material is not None):
                for name, repeat in of_material[index].items():
                    sets[name] = max(repeat, sets.get(name, 1.0))
            out[m, p] = sets
    return out


def _repeats_of(material: Material) -> dict[str, float]:
    out: dict[str, float] = {}
    for _, info in material.texture_slots():
        transform = info.extensions.get("KHR_texture_transform", {})
        scale = transform.get("scale", (1.0, 1.0))
        name = f"TEXCOORD_{transform.get('texCoord', info.texcoord)}"
        largest = max(abs(float(s)) for s in scale) if are_numbers(scale, 2) else 1.0
        out[name] = max(out.get(name, 1.0), largest)
    return out

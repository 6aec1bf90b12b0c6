"""Bodies as pyrender's meshes: one set for colour, one whose vertex colours are normals."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyrender

from arviz.core.frozen import Array
from arviz.core.material import extension_number
from arviz.core.scene import Item
from arviz.render.bodies import Body, Soup, bodies, soup
from arviz.render.matte import Look, looks


class Meshes(NamedTuple):
    """What one body becomes."""

    item: int
    occluder: bool
    colour: Any
    normals: Any


class _Corners(NamedTuple):
    """Vertices of one body, ready to be drawn without a thought of sides."""

    positions: Array
    normals: Array
    """Linear in the file's, at most 1 in each axis."""
    indices: Array
    source: Array
    """(V,) which vertex of the body each was."""


def item_meshes(items: tuple[Item, ...], *, texture_px: int) -> tuple[Soup, list[Meshes]]:
    """Return the surfaces of items as triangles and as meshes, whose positions are relative to the triangles' centre."""
    parts = [body for body in bodies(items) if _is_surface(body)]
    triangles = soup(parts)
    shown = zip(parts, looks(parts, cap_px=texture_px), strict=True)
    return triangles, [meshes(body, look, triangles, index) for index, (body, look) in enumerate(shown)]


def _is_surface(body: Body) -> bool:
    """Tell whether depth has it: glass and what is mostly see-through is left out, shadow catchers too."""
    if body.role != "visible":
        return body.role == "occluder"
    return body.transmission <= 0.5 and (body.cutoff is None or body.material.base_color_factor[3] >= body.cutoff)


def meshes(body: Body, look: Look, triangles: Soup, index: int) -> Meshes:
    """Return the meshes of the body at `index` in `triangles`, positions relative to its centre."""
    corners = _corners(body, triangles, index)
    occluder = body.role == "occluder"
    payload = np.zeros((len(corners.positions), 4), np.float32)
    payload[:, :3] = corners.normals * 0.5 + 0.5
    payload[:, 3] = 0.0 if occluder else 1.0
    plain = pyrender.Primitive(corners.positions, color_0=payload, indices=corners.indices, material=_material((1.0, 1.0, 1.0, 1.0)))
    drawn: dict[str, Any] = {"normals": corners.normals}
    if occluder:
        material = _material((0.0, 0.0, 0.0, 0.0))
    else:
        material = _material((*body.material.base_color_factor[:3], 1.0))
        material.emissiveFactor = _emission(body, look)
        if look.base is not None:
            # pyrender turns pictures upside down, as OpenGL has them; glTF's v runs down.
            drawn["texcoord_0"] = (look.base.uv[corners.source] * (1, -1) + (0, 1)).astype(np.float32)
            sampler = pyrender.Sampler(wrapS=look.base.sampler.wrap_s, wrapT=look.base.sampler.wrap_t)
            pixels = look.base.pixels.copy()
            pixels[..., 3] = 255
            material.baseColorTexture = pyrender.Texture(source=pixels, source_channels="RGBA", sampler=sampler)
        if look.colours is not None:
            drawn["color_0"] = np.c_[look.colours[corners.source, :3], np.ones(len(corners.source))].astype(np.float32)
    shown = pyrender.Primitive(corners.positions, indices=corners.indices, material=material, **drawn)
    return Meshes(body.item, occluder, pyrender.Mesh([shown]), pyrender.Mesh([plain]))


def _material(base: tuple[float, ...]) -> Any:
    """Return a matte one-sided material: `_corners` gives what has two sides a triangle for each."""
    return pyrender.MetallicRoughnessMaterial(baseColorFactor=list(base), metallicFactor=0.0, roughnessFactor=1.0, alphaMode="OPAQUE")


def _emission(body: Body, look: Look) -> Array:
    """Return the factor whose square is the emission: pyrender multiplies by it twice. A texture counts by its mean."""
    strength = extension_number(body.material.extensions.get("KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
    factor = np.asarray(body.material.emissive_factor) * strength
    if look.emission is not None:
        factor = factor * (look.emission.pixels[..., :3].mean(axis=(0, 1)) / 255) ** 2.2
    return np.sqrt(np.maximum(factor, 0))


def _corners(body: Body, triangles: Soup, index: int) -> _Corners:
    first, last = triangles.first_vertex[index], triangles.first_vertex[index + 1]
    chosen = np.arange(triangles.first_triangle[index], triangles.first_triangle[index + 1])
    positions, normals = triangles.vertices[first:last], triangles.normals[first:last].astype(np.float64)
    indices = triangles.triangles[chosen].astype(np.int64) - first
    source = np.arange(last - first)
    if not normals[indices].any(axis=2).all():  # flat somewhere: each triangle gets corners of its own
        faces = np.repeat(triangles.face_normals(chosen), 3, axis=0)
        source = indices.reshape(-1)
        positions, normals = positions[source], normals[source]
        normals = np.where(normals.any(axis=1, keepdims=True), normals, faces)
        indices = np.arange(len(source)).reshape(-1, 3)
    largest = np.abs(normals).max(initial=0)
    normals = normals / largest if largest > 0 else normals
    if body.two_sided:
        indices = np.concatenate([indices, indices[:, ::-1] + len(positions)])
        positions, normals, source = np.concatenate([positions] * 2), np.concatenate([normals, -normals]), np.concatenate([source] * 2)
    return _Corners(positions.astype(np.float32), normals.astype(np.float32), indices.astype(np.uint32), source)

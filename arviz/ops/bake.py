"""Bake what a coarse surface cannot show into pictures: the normals of a fine one, and where light hardly comes.

Each texel of the coarse product's picture is a place on it. For normals a ray goes from there along the normal, inwards from
outside, and takes the normal of the fine surface that it meets (Cignoni et al. 1998). For occlusion many rays go out, as many as
the cosine wants where, and the share that reaches `reach_m` is the light that comes. Rays are Embree's, by Open3D, which is
installed anyway; embreex would be 14 MB more for the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.errors import InputError, MeshError
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.graph import size as extent
from arviz.core.image import Image, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.core.report import Finding, Report
from arviz.ops.texels import NOTHING, Rays, Surface, Texels, hemisphere, spread, surface_of, tangents_of, texels_of

Map = Literal["normal", "occlusion"]
SIZE_PX = 1024
RAYS = 64
_REACH = {"normal": 0.02, "occlusion": 0.25}
"""Of the diagonal: how far the fine surface may lie from the coarse one; how near things shade each other."""
_LIFT = 1e-4
"""Of the diagonal: where rays of occlusion begin, above the rounding of the surface."""
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Baked:
    """The product with its pictures; `report` has ``texels`` (covered), ``missed`` (share that met no fine surface), ``overlap``."""

    asset: Asset
    report: Report


def bake(
    asset: Asset,
    *,
    source: Asset | None = None,
    maps: Sequence[Map] | None = None,
    size_px: int = SIZE_PX,
    texcoord: int = 0,
    rays: int = RAYS,
    reach_m: float | None = None,
) -> Baked:
    """Paint normals and occlusion of `source` onto `asset`.

    Parameters
    ----------
    asset : Asset
        The coarse product, with coordinates in 0..1 that do not overlap (`arviz.ops.unwrap.unwrap` makes them).
    source : Asset, optional
        The fine one, in the same place; default: `asset` itself, of which only occlusion can be baked.
    maps : sequence of "normal" and "occlusion", optional
        Default: both with a `source`, else occlusion.
    size_px : int
        Side of the pictures.
    texcoord : int
        The set of coordinates to paint in.
    rays : int
        Of occlusion, per texel.
    reach_m : float, optional
        How far the fine surface is looked for, and how near things shade each other; default: 2 % and 25 % of the diagonal.

    Returns
    -------
    Baked
        Materials of what was painted read the new pictures; tangents are written, as the normals are told in them.

    Raises
    ------
    InputError
        E_BAKE_SIZE, E_BAKE_MAPS.
    MeshError
        E_BAKE_COORDINATES: nothing has the set, or all of it lies outside of 0..1; E_NO_TRIANGLES: nothing in `source`.
    """
    chosen: tuple[Map, ...] = tuple(maps) if maps is not None else (("occlusion",) if source is None else ("normal", "occlusion"))
    _check(chosen, source, size_px, rays)
    coarse = surface_of(asset, texcoord=texcoord)
    texels = None if coarse is None else texels_of(coarse, size_px)
    if coarse is None or texels is None or not len(texels.rows):
        hint = "Make coordinates with `arviz unwrap` first."
        raise MeshError("E_BAKE_COORDINATES", f"nothing can be painted in TEXCOORD_{texcoord}", hint=hint)
    fine = surface_of(asset if source is None else source)
    if fine is None:
        raise MeshError("E_NO_TRIANGLES", "there is no surface to bake from")
    diagonal = float(np.linalg.norm(extent(asset) or (1.0, 1.0, 1.0)))
    scene = Rays(fine.points, fine.triangles)
    place = coarse.over(coarse.points, texels.triangle, texels.weights)
    normal = _unit(coarse.over(coarse.normals, texels.triangle, texels.weights))
    findings = _overlaps(texels)
    pictures: dict[Map, Array] = {}
    missed = 0.0
    if "normal" in chosen:
        reach = diagonal * _REACH["normal"] if reach_m is None else reach_m
        found, met = _fine_normals(scene, fine, place, normal, reach)
        missed = 1 - float(met.mean())
        pictures["normal"] = _picture(_in_tangents(coarse, texels, normal, found), texels, size_px)
    if "occlusion" in chosen:
        reach = diagonal * _REACH["occlusion"] if reach_m is None else reach_m
        start = _start(scene, place, normal, diagonal, source is not None)
        light = _light(scene, start, normal, rays=rays, reach=reach)
        pictures["occlusion"] = _picture(np.repeat(light[:, None], 3, axis=1), texels, size_px)
    done, replaced = _dressed(asset, pictures, texcoord)
    if replaced:
        message = f"{replaced} pictures of normals or occlusion that were there were replaced"
        findings.append(Finding(code="W_BAKE_REPLACED", severity="warning", message=message))
    figures = {"texels": len(texels.rows), "missed": missed, "overlap": texels.twice / len(texels.rows)}
    return Baked(asset=done, report=Report(findings=tuple(findings), figures=figures))


def _check(maps: Sequence[str], source: Asset | None, size_px: int, rays: int) -> None:
    if not 16 <= size_px <= 8192 or not 1 <= rays <= 65536:
        raise InputError("E_BAKE_SIZE", "no such picture", expected="16 to 8192 pixels, 1 to 65,536 rays", found=f"{size_px}, {rays}")
    if not maps or set(maps) - set(_REACH) or ("normal" in maps and source is None):
        expected = "normal or occlusion; normal needs a fine product"
        raise InputError("E_BAKE_MAPS", "this cannot be baked", expected=expected, found=", ".join(maps), hint="Give --from FINE.glb.")


def _overlaps(texels: Texels) -> list[Finding]:
    share = texels.twice / len(texels.rows)
    if share < 0.001:
        return []
    message = f"{share:.1%} of the painted texels belong to several places, which show the same"
    hint = "Make a set without overlap (`arviz unwrap --texcoord 1`, or 2 where 1 is taken) and bake with the same --texcoord."
    return [Finding(code="W_BAKE_OVERLAP", severity="warning", message=message, hint=hint)]


def _fine_normals(scene: Rays, fine: Surface, place: Array, normal: Array, reach: float) -> tuple[Array, Array]:
    """Return (N, 3) normals of the fine surface, those of the coarse one where it is not met, and where it was met."""
    distance, triangle, weights = scene.first(place + normal * reach, -normal)
    met = (triangle != NOTHING) & (distance <= 2 * reach)
    out = normal.copy()
    out[met] = _unit(fine.over(fine.normals, triangle[met].astype(np.int64), weights[met]))
    return out, met


def _in_tangents(coarse: Surface, texels: Texels, normal: Array, found: Array) -> Array:
    """Return (N, 3) in 0..1: x T + y B + z N is `found`, with B = w N x T as viewers make it (glTF 2.0, 3.9.3)."""
    assert coarse.tangents is not None
    tangent = coarse.over(coarse.tangents, texels.triangle, texels.weights)
    t = tangent[:, :3]
    b = np.cross(normal, t) * np.where(tangent[:, 3:] < 0, -1.0, 1.0)
    basis = np.stack([t, b, normal], axis=2)
    solid = np.abs(np.linalg.det(basis)) > 1e-6
    basis[~solid] = np.eye(3)
    own = np.linalg.solve(basis, found[:, :, None])[:, :, 0]
    own[~solid] = (0.0, 0.0, 1.0)
    own[:, 2] = np.maximum(own[:, 2], 1e-3)
    return _unit(own) / 2 + 0.5


def _start(scene: Rays, place: Array, normal: Array, diagonal: float, from_fine: bool) -> Array:
    """Return where rays of occlusion begin: on the fine surface, or the places of the coarse one would be under it."""
    lift = diagonal * _LIFT
    if not from_fine:
        return place + normal * lift
    reach = diagonal * _REACH["normal"]
    distance, _, _ = scene.first(place + normal * reach, -normal)
    height = np.where(distance <= 2 * reach, reach - distance, 0.0)
    return place + normal * (height + lift)[:, None]


def _light(scene: Rays, start: Array, normal: Array, *, rays: int, reach: float) -> Array:
    """Return (N,) the share of light that comes to each place, of what comes to an open one."""
    directions = hemisphere(rays)
    helper = np.where(np.abs(normal[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    t = _unit(np.cross(normal, helper))
    b = np.cross(normal, t)
    # Each texel turns the same directions by another angle (golden ratio), or their pattern would be seen.
    turn = np.modf(np.arange(len(start)) * 0.6180339887498949)[0] * 2 * np.pi
    c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
    t, b = t * c + b * s, b * c - t * s
    out = np.empty(len(start))
    step = max(_AT_ONCE // rays, 1)
    for begin in range(0, len(start), step):
        rows = slice(begin, begin + step)
        frames = np.stack([t[rows], b[rows], normal[rows]], axis=1)
        outward = np.einsum("rk,nkj->nrj", directions, frames).reshape(-1, 3)
        blocked = scene.blocked(np.repeat(start[rows], rays, axis=0), outward, reach=reach)
        out[rows] = 1 - blocked.reshape(-1, rays).mean(axis=1)
    return out


def _picture(values: Array, texels: Texels, size_px: int) -> Array:
    picture = np.zeros((size_px, size_px, 3))
    covered = np.zeros((size_px, size_px), bool)
    picture[texels.rows, texels.columns] = values
    covered[texels.rows, texels.columns] = True
    out: Array = np.round(np.clip(spread(picture, covered), 0, 1) * 255).astype(np.uint8)
    return out


def _dressed(asset: Asset, pictures: dict[Map, Array], texcoord: int) -> tuple[Asset, int]:
    """Return `asset` whose painted surfaces read the pictures, and how many pictures these replace."""
    images, textures = list(asset.images), list(asset.textures)
    uses: dict[Map, TextureInfo] = {}
    for name, pixels in pictures.items():
        images.append(EncodedImage(data=encode(Image(pixels=pixels), "PNG"), mime_type="image/png", name=f"{name}.png"))
        textures.append(Texture(image=len(images) - 1))
        uses[name] = TextureInfo(texture=len(textures) - 1, texcoord=texcoord)
    painted = {id(piece.primitive) for piece in drawn(asset) if f"TEXCOORD_{texcoord}" in piece.primitive.attributes}
    bare = any(id(p) in painted and p.material is None for mesh in asset.meshes for p in mesh.primitives)
    materials = [*asset.materials, *([Material()] if bare else [])]
    meshes = []
    worn: set[int] = set()
    for mesh in asset.meshes:
        primitives = []
        for primitive in mesh.primitives:
            if id(primitive) in painted:
                number = len(materials) - 1 if primitive.material is None else primitive.material
                worn |= {number, *(mapping.material for mapping in primitive.variants)}
                primitive = replace(primitive, material=number)
                primitive = _with_tangents(primitive, texcoord) if "normal" in pictures else primitive
            primitives.append(primitive)
        meshes.append(replace(mesh, primitives=tuple(primitives)))
    replaced = 0
    for number in worn:
        material = materials[number]
        replaced += sum(name in uses and old is not None for name, old in _old(material).items())
        materials[number] = replace(
            material,
            normal_texture=uses.get("normal", material.normal_texture),
            occlusion_texture=uses.get("occlusion", material.occlusion_texture),
        )
    done = replace(asset, images=tuple(images), textures=tuple(textures), materials=tuple(materials), meshes=tuple(meshes))
    return done, replaced


def _old(material: Material) -> dict[Map, TextureInfo | None]:
    return {"normal": material.normal_texture, "occlusion": material.occlusion_texture}


def _with_tangents(primitive: Primitive, texcoord: int) -> Primitive:
    """Return a primitive with the tangents that its picture of normals is told in; without normals of its own it gets those too."""
    triangles = primitive.triangles.astype(np.int64)
    points = primitive.positions.astype(np.float64)
    own = primitive.attributes.get("NORMAL")
    faces = surface_normals(points, triangles) if own is None else _unit(own.astype(np.float64))
    tangents = tangents_of(points, faces, primitive.attributes[f"TEXCOORD_{texcoord}"].astype(np.float64), triangles)
    attributes = {**primitive.attributes, "NORMAL": faces.astype(np.float32), "TANGENT": tangents.astype(np.float32)}
    return replace(primitive, attributes=attributes)


def surface_normals(points: Array, triangles: Array) -> Array:
    """Return (V, 3) unit normals: the mean of the faces around."""
    from arviz.core.triangles import face_vectors, sum_per

    return _unit(sum_per(np.repeat(face_vectors(points, triangles), 3, axis=0), triangles.reshape(-1), count=len(points)))


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    out: Array = np.where(length > 0, vectors / np.where(length > 0, length, 1), [[0.0, 0.0, 1.0]])
    return out

"""Draw a product as one mesh with one material and one set of pictures: what is seen from afar of a room full of products.

join everything that is drawn -> leave out what nobody sees -> simplify -> unwrap -> paint each texel with what the original shows at
the nearest place that faces the same way.

Nodes, parts, variants, movement and lights end here, and glass too: a material that is half clear everywhere hides what is behind it or
draws it in the wrong order. So glass is left out where it is rather clear and solid where it is rather dark; only a product that is
mostly glass stays glass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.colour import linear_to_srgb
from arviz.core.errors import MeshError
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, bounds, drawn, world_matrices
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.core.transforms import decompose, normal_matrix
from arviz.core.triangles import face_vectors, sum_per, unit
from arviz.ops.blend_transmission import blend_transmission
from arviz.ops.join import in_variant
from arviz.ops.normals import add_normals
from arviz.ops.one_material_pictures import Painted, painted
from arviz.ops.seen import Facing, seen
from arviz.ops.simplify import Goal, simplified_levels
from arviz.ops.surface_looks import Reader
from arviz.ops.texels import surface_of, texels_of
from arviz.ops.unwrap import unwrap
from arviz.ops.weld import take_vertices, weld_primitive

TRIANGLES = 1_200
SIZE_PX = 256
_PADDING_PX = 2
_FINER = 2
"""Each texel is the mean of so many by so many places."""
_MORE = (1.35, 1.0)
"""Times the triangles that are asked for: what is hidden leaves after simplifying, so that no border of it is kept."""
_OPAQUE, _SOLID = 0.95, 0.5
"""Mean alpha from which on a surface is no glass, and from which on glass is drawn solid."""
_STRETCH = 1.03
_REACH = 0.01
"""Of the diagonal: of layers that lie this near above each other the outermost is shown."""
_MOSTLY = 0.5
"""Share of the surface that is glass where the whole product is."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OneMaterial:
    """The product of one material.

    Figures of the report: ``triangles``, ``charts``, ``filled`` (share of the picture), ``size_error_m`` (of any side of the box).
    """

    asset: Asset
    report: Report


def one_material(asset: Asset, *, triangles: int = TRIANGLES, size_px: int = SIZE_PX, limits: Limits = DEFAULT_LIMITS) -> OneMaterial:
    """Return a product as one mesh, one material and one set of pictures of `size_px` a side; see `one_material_levels`."""
    return next(one_material_levels(asset, triangles=[triangles], size_px=size_px, limits=limits))


def one_material_levels(
    asset: Asset, *, triangles: Sequence[int], size_px: int = SIZE_PX, limits: Limits = DEFAULT_LIMITS
) -> Iterator[OneMaterial]:
    """Yield a product as one mesh, one material and one set of pictures, with ever fewer `triangles`.

    It is the default look, posed as its nodes are. Anchors stay, as nodes in the product's frame.

    Parameters
    ----------
    triangles : sequence of int
        At most so many, falling.
    size_px : int
        Side of the base colour's picture and of that of occlusion, roughness and metal; also of one of light, if it gives any.

    Yields
    ------
    OneMaterial
        Findings: ``W_ONE_MATERIAL_LOST`` (variants, movement, lights), ``W_ONE_MATERIAL_GLASS``.

    Raises
    ------
    MeshError
        E_NO_TRIANGLES: nothing is drawn.
    """
    blended, _ = blend_transmission(in_variant(asset, None), limits=limits)
    source, findings = _source(blended, limits)
    findings = [*_lost(asset), *findings]
    levels = list(_levels(source, triangles))
    for count in triangles:
        fitting = (primitive for primitive in levels if len(primitive.triangles) <= count)
        yield _made(asset, source, next(fitting, levels[-1]), size_px, findings)


class _Source(NamedTuple):
    """What is joined: the surface in the asset's frame, of which `piece` (T,) and `row` (T,) name each triangle's origin."""

    reader: Reader
    pieces: Sequence[Drawn]
    primitive: Primitive
    piece: Array
    row: Array
    centre: Array
    scale: float
    """Rays are cast in a frame in which the product has a diagonal of 1 around 0."""
    glass: bool
    both_sides: bool

    def at(self, points: Array) -> Array:
        out: Array = (points.astype(np.float64) - self.centre) / self.scale
        return out


def _source(asset: Asset, limits: Limits) -> tuple[_Source, list[Finding]]:
    """Return what of a product is drawn from afar."""
    reader = Reader(asset, limits=limits)
    pieces = [piece for piece in drawn(add_normals(asset)) if len(_faces(piece))]
    if not pieces:
        raise MeshError("E_NO_TRIANGLES", "there is no surface to draw")
    kept, glass, findings = _without_glass(asset, reader, pieces)
    points = np.concatenate([piece.positions for piece in kept])
    normals = np.concatenate([_normals(piece) for piece in kept])
    first = np.cumsum([0, *(len(piece.positions) for piece in kept)])
    faces = [_faces(piece) for piece in kept]
    rows = np.concatenate([each[:, 3] for each in faces])
    owner = np.repeat(np.arange(len(kept)), [len(each) for each in faces])
    triangles = np.concatenate([each[:, :3] + start for each, start in zip(faces, first[:-1], strict=True)])
    low, high = points[triangles].min(axis=(0, 1)), points[triangles].max(axis=(0, 1))
    scale = float(np.linalg.norm(high - low)) or 1.0
    both_sides = any(p.primitive.material is not None and asset.materials[p.primitive.material].double_sided for p in kept)
    centre = (low + high) / 2
    shells = _shells(points, triangles)
    visible = seen((points - centre) / scale, triangles, both_sides=both_sides)
    outer = np.bincount(shells, visible, minlength=int(shells.max()) + 1)[shells] > 0
    outer = outer if outer.any() else np.ones(len(triangles), bool)
    attributes = {"POSITION": points.astype(np.float32), "NORMAL": normals.astype(np.float32)}
    joined = Primitive(attributes=attributes, indices=triangles[outer].reshape(-1).astype(np.uint32))
    source = _Source(reader, kept, joined, owner[outer], rows[outer], centre, scale, glass, both_sides)
    joined = replace(joined, attributes={**attributes, "COLOR_0": _vertex_colours(source)})
    source = source._replace(primitive=weld_primitive(joined))
    return source, findings


def _faces(piece: Drawn) -> Array:
    """Return (T, 4): the corners of each triangle as its front is seen, and its row; those with places that are no numbers leave."""
    triangles = piece.primitive.triangles.astype(np.int64)
    out = np.column_stack([triangles, np.arange(len(triangles))])[np.isfinite(piece.positions[triangles]).all(axis=(1, 2))]
    mirrored = piece.asset_from_vertex is None and np.linalg.det(piece.asset_from_node[:3, :3]) < 0
    return out[:, [0, 2, 1, 3]] if mirrored else out


def _normals(piece: Drawn) -> Array:
    """Return (V, 3) unit normals in the asset's frame."""
    own = piece.primitive.attributes["NORMAL"].astype(np.float64)
    if piece.asset_from_vertex is None and np.isfinite(own).all() and not any(piece.weights):
        return unit(own @ normal_matrix(piece.asset_from_node).T)
    triangles = _faces(piece)[:, :3]
    around = np.repeat(face_vectors(piece.positions, triangles), 3, axis=0)
    return unit(sum_per(around, triangles.reshape(-1), count=len(piece.positions)))


def _vertex_colours(source: _Source) -> Array:
    """Return (V, 3) float32 sRGB: simplifying keeps where these change."""
    triangles = source.primitive.triangles
    vertices, first = np.unique(triangles, return_index=True)
    row, corner = np.divmod(first, 3)
    weights = _in_file_order(source, source.piece[row], np.eye(3)[corner])
    out = np.zeros((len(source.primitive.positions), 3), np.float32)
    out[vertices] = linear_to_srgb(source.reader.looks(source.pieces, source.piece[row], source.row[row], weights).colour)
    return out


def _shells(points: Array, triangles: Array) -> Array:
    """Return the number of each triangle's connected shell, (T,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, place = np.unique(points.astype(np.float32), axis=0, return_inverse=True)
    corners = place.reshape(-1)[triangles]
    ends = np.concatenate([corners[:, :2], corners[:, 1:]])
    count = int(place.max()) + 1
    _, label = connected_components(coo_matrix((np.ones(len(ends), bool), tuple(ends.T)), shape=(count, count)), directed=False)
    out: Array = label[corners[:, 0]]
    return out


def _without_glass(asset: Asset, reader: Reader, pieces: Sequence[Drawn]) -> tuple[list[Drawn], bool, list[Finding]]:
    """Return the pieces that are drawn, whether the product is glass, and what is told of glass."""
    alpha, area = np.array([_alpha_and_area(asset, reader, [piece]) for piece in pieces]).T
    clear = alpha < _OPAQUE
    if area[clear].sum() > _MOSTLY * area.sum() or not clear.any():
        return list(pieces), bool(clear.any()), []
    out = clear & (alpha < _SOLID)
    findings = []
    for rows, what in ((out, "is left out: what is behind it is shown"), (clear & ~out, "is drawn solid")):
        materials = dict.fromkeys(p.primitive.material for p, chosen in zip(pieces, rows, strict=True) if chosen)
        for number in (each for each in materials if each is not None):
            where = f"materials[{number}] {asset.materials[number].name}".strip()
            findings.append(Finding(code="W_ONE_MATERIAL_GLASS", severity="warning", where=where, message=f"glass {what}"))
    return [piece for piece, gone in zip(pieces, out, strict=True) if not gone], False, findings


def _alpha_and_area(asset: Asset, reader: Reader, piece: Sequence[Drawn]) -> tuple[float, float]:
    """Return the mean alpha of a blended piece (1: not blended) and its area."""
    faces = _faces(piece[0])
    area = np.linalg.norm(face_vectors(piece[0].positions, faces[:, :3]), axis=1) / 2
    number = piece[0].primitive.material
    if number is None or asset.materials[number].alpha_mode != "BLEND" or not area.any():
        return 1.0, float(area.sum())
    looks = reader.looks(piece, np.zeros(len(faces), np.int64), faces[:, 3], np.full((len(faces), 3), 1 / 3))
    return float(np.average(looks.alpha, weights=area)), float(area.sum())


def _lost(asset: Asset) -> Iterator[Finding]:
    """Yield what one mesh of one material cannot have."""
    morphs = any(primitive.targets for mesh in asset.meshes for primitive in mesh.primitives)
    lost = {
        f"{len(asset.variants)} variants: the default look is shown": asset.variants,
        "animations": asset.animations,
        "skins and morph targets: the pose of the nodes is shown": asset.skins or morphs,
        "joints": asset.joints,
        "lights": asset.lights,
        "iridescence": any("KHR_materials_iridescence" in material.extensions for material in asset.materials),
    }
    for what, there in lost.items():
        if there:
            yield Finding(code="W_ONE_MATERIAL_LOST", severity="warning", message=f"one mesh of one material has no {what}")


def _levels(source: _Source, counts: Sequence[int]) -> Iterator[Primitive]:
    """Yield the surface with ever fewer triangles, what nobody sees taken out."""
    whole = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(source.primitive,)),))
    goals = sorted({round(count * more) for count in counts for more in _MORE}, reverse=True)
    for level in simplified_levels(whole, goals=[Goal(triangles=goal) for goal in goals], measured=False):
        primitive = level.asset.meshes[0].primitives[0]
        triangles = primitive.triangles.astype(np.int64)
        visible = seen(source.at(primitive.positions), triangles, both_sides=source.both_sides)
        chosen = triangles[visible] if visible.any() else triangles
        used, indices = np.unique(chosen, return_inverse=True)
        left = take_vertices(primitive, used, indices=indices.reshape(-1).astype(np.uint32))
        plain = {name: array for name, array in left.attributes.items() if name != "COLOR_0"}
        yield _true_to_size(source, weld_primitive(replace(left, attributes=plain)))


def _true_to_size(source: _Source, primitive: Primitive) -> Primitive:
    """Return a surface as large as it was: simplifying takes a little from every round side, which stretching gives back."""
    (low, high), (small, large) = ((p.positions.min(axis=0), p.positions.max(axis=0)) for p in (source.primitive, primitive))
    wanted, found = (high - low).astype(np.float64), (large - small).astype(np.float64)
    stretch = np.divide(wanted, found, out=np.ones(3), where=found > 0)
    stretch[stretch > _STRETCH] = 1.0  # something thin is missing there: the rest must not make up for it
    own, meant = (small.astype(np.float64) + large) / 2, (low.astype(np.float64) + high) / 2
    points = (primitive.positions - own) * stretch + np.where(stretch == 1.0, own, meant)
    return replace(primitive, attributes={**primitive.attributes, "POSITION": points.astype(np.float32)})


def _made(asset: Asset, source: _Source, primitive: Primitive, size_px: int, findings: Sequence[Finding]) -> OneMaterial:
    """Return the product that a simplified surface becomes."""
    bare = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))
    flat = unwrap(bare, size_px=size_px, padding_px=_PADDING_PX)
    pictures = _painted(source, flat.asset, size_px)
    (mesh,) = flat.asset.meshes
    attributes = {
        name: array for name, array in mesh.primitives[0].attributes.items() if pictures.textures or not name.startswith("TEXCOORD")
    }
    drawn_one = replace(mesh.primitives[0], attributes=attributes, material=0)
    name = "" if asset.source is None else asset.source.name.rpartition(".")[0] or asset.source.name
    anchors = tuple(_anchors(asset))
    made = Asset(
        nodes=(Node(name=name or "product", mesh=0, children=tuple(range(1, 1 + len(anchors)))), *anchors),
        meshes=(Mesh(primitives=(drawn_one,), name=mesh.name),),
        materials=(replace(pictures.material, double_sided=source.both_sides),),
        textures=pictures.textures,
        images=pictures.images,
        declared_size_m=asset.declared_size_m,
        asset_info=asset.asset_info,
        source=asset.source,
    )
    boxes = [bounds(each) for each in (asset, made)]
    moved = 0.0 if boxes[0] is None or boxes[1] is None else float(np.abs(boxes[0] - boxes[1]).max())
    kept = {key: flat.report.figures[key] for key in ("charts", "filled")}
    figures: dict[str, Any] = {"triangles": len(drawn_one.triangles), **kept, "size_error_m": moved}
    return OneMaterial(asset=made, report=Report(findings=tuple(findings), figures=figures))


def _anchors(asset: Asset) -> Iterator[Node]:
    """Yield the anchors of what is drawn, where they are in the asset's frame."""
    for index, matrix in world_matrices(asset).items():
        node = asset.nodes[index]
        if node.anchor is not None:
            parts = decompose(matrix)
            place: dict[str, Any] = (
                {"matrix": matrix} if parts is None else dict(zip(("translation", "rotation", "scale"), parts, strict=True))
            )
            yield Node(name=node.name, anchor=node.anchor, extras=node.extras, **place)


def _painted(source: _Source, flat: Asset, size_px: int) -> Painted:
    """Return the pictures and the material of an unwrapped surface."""
    triangles = source.primitive.triangles.astype(np.int64)
    facing = Facing(source.at(source.primitive.positions), triangles)
    surface = surface_of(flat, texcoord=0)
    if surface is None:  # no area: the mean colour is all that can be told
        triangle, weights = np.arange(len(triangles)), np.full((len(triangles), 3), 1 / 3)
        looks = source.reader.looks(source.pieces, source.piece[triangle], source.row[triangle], weights)
        return painted(looks, None, size_px=size_px, finer=_FINER, glass=source.glass)
    texels = texels_of(surface, size_px * _FINER)
    normals = unit(face_vectors(surface.points, surface.triangles))[texels.triangle]
    places = source.at(surface.over(surface.points, texels.triangle, texels.weights))
    triangle, weights = facing.outermost(places, normals, reach=_REACH)
    # Mirrored pieces were turned round: so are the weights of their corners.
    piece, row = source.piece[triangle], source.row[triangle]
    looks = source.reader.looks(source.pieces, piece, row, _in_file_order(source, piece, weights))
    return painted(looks, texels, size_px=size_px, finer=_FINER, glass=source.glass)


def _in_file_order(source: _Source, piece: Array, weights: Array) -> Array:
    mirrored = [p.asset_from_vertex is None and np.linalg.det(p.asset_from_node[:3, :3]) < 0 for p in source.pieces]
    out: Array = np.where(np.array(mirrored)[piece][:, None], weights[:, [0, 2, 1]], weights)
    return out

"""Prims to nodes: hierarchy, places, movement, meshes with their looks, our own annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Source, VariantMapping
from arviz.core.errors import LimitError
from arviz.core.frozen import Array
from arviz.core.parts import named_anchor
from arviz.core.report import Finding
from arviz.core.transforms import decompose
from arviz.formats.usd_read.dress import Dresser
from arviz.formats.usd_read.looks import Looks, looks_of
from arviz.formats.usd_read.meshes import Shape, shape_of
from arviz.formats.usd_read.motion import tracks_of
from arviz.formats.usd_read.own import Own
from arviz.formats.usd_read.stage import Package

_SKIPPED = frozenset({"Scope", "Material", "Shader", "NodeGraph", "GeomSubset", "SkelAnimation", "BlendShape"})
"""Prims that draw nothing; a Scope stays where something drawn lies below it."""
_HIDDEN = {"KHR_node_visibility": {"visible": False}}


@dataclass(slots=True, eq=False, kw_only=True)
class SceneReader:
    """One stage being read."""

    stage: Any
    files: Package
    findings: list[Finding]
    nodes: list[Node] = field(default_factory=list)
    meshes: list[Mesh] = field(default_factory=list)
    tracks: list[Any] = field(default_factory=list)
    node_at: dict[str, int] = field(default_factory=dict)
    own: Own = field(init=False)
    dresser: Dresser = field(init=False)
    _shape_at: dict[str, Shape | None] = field(default_factory=dict)
    _looks: Looks = field(default_factory=lambda: Looks(names=(), worn={}))
    _mesh_at: dict[object, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own = Own(self.stage, self.findings)
        self.dresser = Dresser(files=self.files, findings=self.findings)

    def asset(self) -> Asset:
        """Return the product, without its source."""
        self._shapes()
        for prim in self._tops():
            self._node(prim, 0)
        dresser, pictures = self.dresser, self.dresser.surfaces.pictures
        animation = Animation(tracks=tuple(self.tracks))
        return Asset(
            nodes=tuple(self.nodes),
            meshes=tuple(self.meshes),
            materials=tuple(dresser.materials),
            textures=tuple(pictures.textures),
            images=tuple(pictures.images),
            samplers=tuple(pictures.samplers),
            variants=self._looks.names,
            animations=(animation,) if self.tracks else (),
        )

    def with_own(self, asset: Asset, source: Source) -> Asset:
        """Return `asset` with its source, and the joints, slots and declared size of ours."""
        joints, slots, size_m = self.own.of_product(self.node_at, self.dresser.material_of_path)
        return replace(asset, source=source, joints=joints, slots=slots, declared_size_m=size_m)

    def _shapes(self) -> None:
        """Read the triangles of all meshes that are drawn, and what they wear."""
        from pxr import Usd, UsdGeom

        meshes = []
        for count, prim in enumerate(self.stage.Traverse(Usd.TraverseInstanceProxies()), start=1):
            self.files.limits.check("nodes", count, where=self.files.name)
            if not prim.IsA(UsdGeom.Mesh) or self._aside(prim):
                continue
            mesh = UsdGeom.Mesh(prim)
            prototype = prim.GetPrimInPrototype() if prim.IsInstanceProxy() else prim
            key = str(prototype.GetPath())
            if key not in self._shape_at:
                self._shape_at[key] = shape_of(mesh, limits=self.files.limits, findings=self.findings)
            self._shape_at[str(prim.GetPath())] = self._shape_at[key]
            if self._shape_at[key] is not None:
                meshes.append(mesh)
        self._looks = looks_of(self.stage, meshes, self.findings)

    def _aside(self, prim: Any) -> bool:
        """Say whether a prim is a helper (purpose guide, or a proxy for what is drawn)."""
        from pxr import UsdGeom

        imageable = UsdGeom.Imageable(prim)
        return bool(imageable) and str(imageable.ComputePurpose()) in ("guide", "proxy")

    def _tops(self) -> list[Any]:
        root = self.stage.GetDefaultPrim()
        if not root:
            return list(self.stage.GetPseudoRoot().GetChildren())
        # Our writer's /Root stands for the product, not for a node of it.
        return list(root.GetChildren()) if self.own.ours else [root]

    def _node(self, prim: Any, depth: int) -> int | None:
        """Add a node for a prim and all below it, None if nothing there is a place."""
        from pxr import Usd, UsdGeom

        limits, path = self.files.limits, str(prim.GetPath())
        if depth >= limits.node_depth:
            expected = f"at most {limits.node_depth} levels"
            raise LimitError("E_LIMIT_NODE_DEPTH", "the hierarchy is too deep", where=path, expected=expected)
        kind = str(prim.GetTypeName())
        if (kind in _SKIPPED and kind != "Scope") or self._aside(prim):
            return None
        at = len(self.nodes)
        self.nodes.append(Node())
        below = list(prim.GetFilteredChildren(Usd.TraverseInstanceProxies()))
        pieces = [child for child in below if self._is_piece(prim, child)]
        children = [self._node(child, depth + 1) for child in below if child not in pieces]
        kept = tuple(child for child in children if child is not None)
        mesh = self._mesh([prim, *pieces])
        if kind == "Scope" and not kept:
            del self.nodes[at:]
            return None
        self.node_at[path] = at
        for piece in pieces:
            self.node_at[str(piece.GetPath())] = at
        imageable = UsdGeom.Imageable(prim)
        hidden = bool(imageable) and str(imageable.GetVisibilityAttr().Get() or "") == UsdGeom.Tokens.invisible
        part, anchor = self.own.of_node(prim)
        name = prim.GetDisplayName() or ("" if self.own.ours else prim.GetName())
        self.nodes[at] = Node(
            name=name,
            children=kept,
            mesh=mesh,
            part=part,
            anchor=anchor or (named_anchor(name) if mesh is None else None),
            extensions=_HIDDEN if hidden else {},
            **self._place(prim, at),
        )
        return at

    def _is_piece(self, parent: Any, child: Any) -> bool:
        """Say whether a mesh is a primitive of its parent's: so our writer lays down a glTF mesh."""
        from pxr import UsdGeom

        if not self.own.ours or not child.IsA(UsdGeom.Mesh) or parent.IsA(UsdGeom.Mesh) or str(parent.GetPath()) == self.own.root:
            return False
        return not UsdGeom.Xformable(child).GetOrderedXformOps() and not child.GetCustomDataByKey("arviz")

    def _mesh(self, prims: list[Any]) -> int | None:
        """Return the number of the mesh made of the prims that are meshes, None if none is."""
        primitives: list[Primitive] = []
        names = []
        paths = [str(prim.GetPath()) for prim in prims]
        for prim, path in zip(prims, paths, strict=True):
            shape = self._shape_at.get(path)
            if shape is not None and path in self._looks.worn:
                primitives += self.dresser.dress(prim, shape, self._looks.worn[path])
                names.append(prim.GetDisplayName() or ("" if self.own.ours else prim.GetName()))
        if not primitives:
            return None
        key = (names[0], tuple(_identity(primitive) for primitive in primitives))
        if key not in self._mesh_at:
            self._mesh_at[key] = len(self.meshes)
            self.meshes.append(Mesh(name=names[0], primitives=tuple(primitives)))
        return self._mesh_at[key]

    def _place(self, prim: Any, at: int) -> dict[str, Any]:
        """Return a node's place at rest, and keep its movement."""
        from pxr import Usd, UsdGeom

        form = UsdGeom.Xformable(prim)
        if not form:
            return {}
        if form.TransformMightBeTimeVarying():
            self.tracks += tracks_of(form, at, rate=self.stage.GetTimeCodesPerSecond() or 24.0)
        exact = _written_place(form)
        if exact is not None:
            return exact
        matrix = np.array(form.GetLocalTransformation(Usd.TimeCode.Default())).T
        if form.GetResetXformStack():
            above = np.array(UsdGeom.XformCache().GetParentToWorldTransform(prim)).T
            matrix = np.linalg.inv(above) @ matrix if abs(np.linalg.det(above)) > 1e-12 else matrix
        if not np.isfinite(matrix).all() or np.array_equal(matrix, np.eye(4)):
            return {}
        if [op.GetOpType() for op in form.GetOrderedXformOps()] == [UsdGeom.XformOp.TypeTransform]:
            return {"matrix": matrix}
        parts = decompose(matrix)
        return {"matrix": matrix} if parts is None else dict(zip(("translation", "rotation", "scale"), parts, strict=True))


def _written_place(form: Any) -> dict[str, Any] | None:
    """Return translation, rotation and scale as written where the ops are exactly those, in glTF's order; None otherwise."""
    from pxr import UsdGeom

    kinds = {UsdGeom.XformOp.TypeTranslate: "translation", UsdGeom.XformOp.TypeOrient: "rotation", UsdGeom.XformOp.TypeScale: "scale"}
    ops = [(kinds.get(op.GetOpType()), op) for op in form.GetOrderedXformOps()]
    names = [name for name, _ in ops]
    if form.GetResetXformStack() or None in names or any(op.IsInverseOp() for _, op in ops):
        return None
    if names != [name for name in kinds.values() if name in names]:
        return None
    out: dict[str, Any] = {}
    for name, op in ops:
        value = op.Get()
        if value is None:
            return None
        numbers = (*value.GetImaginary(), value.GetReal()) if name == "rotation" else tuple(value)
        if not np.isfinite(numbers).all():
            return None
        out[str(name)] = tuple(float(number) for number in numbers)
    return out


def _identity(primitive: Primitive) -> object:
    """Return what tells primitives apart: instances of one mesh share their arrays' content."""
    arrays: Mapping[str, Array] = primitive.attributes
    content = tuple((name, hash(array.tobytes())) for name, array in arrays.items())
    corners = b"" if primitive.indices is None else primitive.indices.tobytes()
    mappings: tuple[VariantMapping, ...] = primitive.variants
    return content, hash(corners), primitive.material, tuple((mapping.material, mapping.variants) for mapping in mappings)

"""Nodes as Xforms and primitives as Meshes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Node, Primitive, Track
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.formats.usdz.animation import author_samples
from arviz.formats.usdz.custom import annotate_node
from arviz.formats.usdz.geometry import Geometry, geometry, moved
from arviz.formats.usdz.names import identifiers, words


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawn:
    """A mesh of the stage and what it was made of."""

    path: str
    primitive: Primitive
    shape: Geometry


@dataclass(slots=True, eq=False, kw_only=True)
class Hierarchy:
    """Write the default scene of `asset` below `root`, whose child `taken` exists already."""

    asset: Asset
    stage: Any
    root: str
    taken: str
    world: Mapping[int, Array]
    tracks: Mapping[int, dict[str, Track]]
    paths: dict[int, str] = field(default_factory=dict)
    drawn: list[Drawn] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    end_s: float = 0.0

    def write(self) -> None:
        """Write all nodes, parents first."""
        asset = self.asset
        names = identifiers((asset.nodes[i].name for i in asset.roots), default="node", taken=[self.taken])
        stack = [(index, f"{self.root}/{name}") for index, name in zip(asset.roots, names, strict=True)][::-1]
        used = [self.taken, *names]
        while stack:
            index, path = stack.pop()
            if index in self.paths:
                continue
            self.paths[index] = path
            node = asset.nodes[index]
            self._node(index, node, path)
            pieces = [] if node.mesh is None else self._pieces(node)
            labels = [asset.meshes[node.mesh].name if node.mesh is not None else "" for _ in pieces]
            children = identifiers([*labels, *(asset.nodes[i].name for i in node.children)], default="node")
            for name, (primitive, shape) in zip(children, pieces, strict=False):
                place = f"{path}/{name}"
                if node.skin is not None and "JOINTS_0" in primitive.attributes:
                    # The vertices of a skinned mesh do not follow its node (glTF 2.0, 3.7.3.3).
                    matrix = self.world[index]
                    if abs(np.linalg.det(matrix[:3, :3])) > 1e-9:
                        shape = moved(shape, np.linalg.inv(matrix))
                    else:
                        (name,) = identifiers([name], default="node", taken=used)
                        used.append(name)
                        place = f"{self.root}/{name}"
                self._mesh(place, primitive, shape, label=labels[0])
            places = [f"{path}/{name}" for name in children[len(pieces) :]]
            stack.extend(reversed(list(zip(node.children, places, strict=True))))

    def _node(self, index: int, node: Node, path: str) -> None:
        from pxr import Gf, UsdGeom

        form = UsdGeom.Xform.Define(self.stage, path)
        prim = form.GetPrim()
        if node.name:
            prim.SetDisplayName(words(node.name))
        tracks = self.tracks.get(index, {})
        if node.matrix is not None:
            if not np.array_equal(node.matrix, np.eye(4)):
                form.AddTransformOp().Set(Gf.Matrix4d(node.matrix.T.tolist()))
        else:
            ops = {}
            if "translation" in tracks or node.translation != (0, 0, 0):
                ops["translation"] = form.AddTranslateOp()
                ops["translation"].Set(Gf.Vec3d(*node.translation))
            if "rotation" in tracks or node.rotation != (0, 0, 0, 1):
                ops["rotation"] = form.AddOrientOp()
                x, y, z, w = node.rotation if any(node.rotation) else (0.0, 0.0, 0.0, 1.0)
                ops["rotation"].Set(Gf.Quatf(Gf.Quatd(w, x, y, z).GetNormalized()))
            if "scale" in tracks or node.scale != (1, 1, 1):
                ops["scale"] = form.AddScaleOp()
                ops["scale"].Set(Gf.Vec3f(*node.scale))
            self.end_s = max(self.end_s, author_samples(ops, tracks))
        visibility = node.extensions.get("KHR_node_visibility")
        if isinstance(visibility, Mapping) and visibility.get("visible") is False:
            form.MakeInvisible()
        annotate_node(prim, node)

    def _pieces(self, node: Node) -> list[tuple[Primitive, Geometry]]:
        assert node.mesh is not None
        mesh = self.asset.meshes[node.mesh]
        where = node.name or mesh.name or f"meshes[{node.mesh}]"
        out = []
        for primitive in mesh.primitives:
            shape = geometry(self.asset, node, primitive, world=self.world, mesh_weights=mesh.weights)
            if primitive.mode < 4:
                self._lost(where, "points and lines")
            elif shape is None:
                self._lost(where, "a mesh without a usable triangle")
            else:
                if shape.dropped:
                    self._lost(where, f"{shape.dropped} triangles with a corner that is not finite")
                out.append((primitive, shape))
        return out

    def _mesh(self, path: str, primitive: Primitive, shape: Geometry, *, label: str) -> None:
        from pxr import UsdGeom, Vt

        mesh = UsdGeom.Mesh.Define(self.stage, path)
        mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(shape.points))
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(shape.triangles), 3, np.int32)))
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(shape.triangles.reshape(-1))))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(shape.extent))
        mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(shape.normals))
        mesh.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying if shape.flat else UsdGeom.Tokens.vertex)
        if label:
            mesh.GetPrim().SetDisplayName(words(label))
        self.drawn.append(Drawn(path=path, primitive=primitive, shape=shape))

    def _lost(self, where: str, what: str) -> None:
        self.findings.append(Finding(code="W_USD_LOST", severity="warning", where=where, message=f"not shown in USDZ: {what}"))

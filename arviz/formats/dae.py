"""Read COLLADA 1.4.1 and 1.5 (``.dae``): meshes, hierarchy, instances, materials, unit and up axis.

Own parser. trimesh with pycollada flattens instances, keeps one texture per material and hands the XML to a parser
that expands entities; assimp knows no unit. Animations are left out; skinned meshes stand in their bind pose.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.errors import FormatError, LimitError
from arviz.core.frozen import Array
from arviz.core.parts import named_anchor
from arviz.core.reframe import rescale
from arviz.core.report import Finding, condensed
from arviz.core.units import METRES_PER_UNIT
from arviz.formats.dae_geometry import Piece, numbers, read_mesh
from arviz.formats.dae_materials import Effects
from arviz.formats.files import Files
from arviz.formats.flat import no_triangles
from arviz.formats.safe_xml import tree

_AXES = {"X_UP": ("+X", "+Z"), "Y_UP": ("+Y", "+Z"), "Z_UP": ("+Z", "-Y")}
"""up_axis -> (up, front), from the specification's table of right, up and in axes."""
_SAME_UNIT = 1e-4
"""Relative difference up to which a factor such as 0.0254000 counts as a named unit."""


def read_dae(data: bytes, files: Files) -> Asset:
    """Read a COLLADA document.

    Raises
    ------
    FormatError
        E_XML, E_XML_ENTITY (any DOCTYPE), E_DAE (not COLLADA, indices that point nowhere), E_CYCLE (a node that
        holds itself).
    MeshError
        E_NOT_FINITE, E_NO_TRIANGLES.
    LimitError
        Larger or deeper than the limits.
    """
    root = tree(data, where=files.name)
    if root.tag != "COLLADA":
        raise FormatError("E_DAE", "this is no COLLADA document", where=files.name, expected="COLLADA", found=root.tag[:40])
    return _Reader(root, files).asset()


class _Reader:
    """One document being read."""

    def __init__(self, root: Element, files: Files) -> None:
        self.root = root
        self.files = files
        self.findings: list[Finding] = []
        self._by_id = {element.get("id", ""): element for element in root.iter() if element.get("id")}
        self.effects = Effects(root, self._lookup, files, self.findings)
        self.nodes: list[Node] = []
        self.meshes: list[Mesh] = []
        self._pieces: dict[str, tuple[Piece, ...]] = {}
        self._mesh_at: dict[tuple[object, ...], int | None] = {}

    def asset(self) -> Asset:
        scene = self._lookup(getattr(self.root.find("scene/instance_visual_scene"), "attrib", {}).get("url", ""))
        if scene is None:
            scene = self.root.find("library_visual_scenes/visual_scene")
        if scene is not None:
            for element in scene.findall("node"):
                self._node(element, ())
        if not self.meshes:
            found = "no scene" if scene is None else f"{len(self.nodes)} nodes without polygons"
            raise no_triangles(where=self.files.name, found=found)
        self._note_losses()
        factor = self._factor()
        named = next((name for name, metres in METRES_PER_UNIT.items() if abs(factor / metres - 1) < _SAME_UNIT), None)
        up, front = _AXES.get((self.root.findtext("asset/up_axis") or "Y_UP").strip(), _AXES["Y_UP"])
        asset = Asset(
            nodes=tuple(self.nodes),
            meshes=tuple(self.meshes),
            materials=tuple(self.effects.materials),
            textures=tuple(self.effects.textures.textures),
            images=tuple(self.effects.textures.images),
            samplers=tuple(self.effects.textures.samplers),
            source=Source(
                name=self.files.name,
                format="dae",
                unit=named or "m",
                unit_source="file" if self.root.find("asset/unit") is not None else "format",
                up=up,
                front=front,
                findings=condensed(self.findings),
            ),
        )
        return asset if named else rescale(asset, factor)

    def _note_losses(self) -> None:
        for what in ("light", "camera"):
            if count := len(self.root.findall(f"library_{what}s/{what}")):
                message = f"{count} {what}{'' if count == 1 else 's'} left out"
                self.findings.append(Finding(code="I_DAE_UNREAD", severity="info", message=message))
        if count := len(self.root.findall("library_animations/animation")):
            self.findings.append(Finding(code="I_DAE_ANIMATION", severity="info", message=f"animations were left out: {count}"))

    def _factor(self) -> float:
        """Return metres per file unit; 1 where the file does not say (the specification's default)."""
        unit = self.root.find("asset/unit")
        text = "1" if unit is None else unit.get("meter", "1")
        try:
            factor = float(text)
        except ValueError:
            factor = 0.0
        if not 1e-9 < factor < 1e9:
            raise FormatError("E_DAE", "the unit is no length", where=f"{self.files.name}, unit", found=repr(text))
        return factor

    def _lookup(self, url: str) -> Element | None:
        if url.startswith("#"):
            return self._by_id.get(url[1:])
        if url:
            message = f"{url[:80]!r} lies in another file, which is not opened"
            self.findings.append(Finding(code="W_DAE_EXTERNAL", severity="warning", message=message, hint="Export into one file."))
        return None

    def _node(self, element: Element, above: tuple[int, ...]) -> int:
        """Add a node with all below it; `above` are the elements that hold it, against loops of ``instance_node``."""
        if id(element) in above:
            found = element.get("id", "")
            raise FormatError("E_CYCLE", "a node holds itself", where=f"{self.files.name}, node {found!r}", hint="Export the file again.")
        if len(above) >= self.files.limits.node_depth:
            expected = f"at most {self.files.limits.node_depth} levels"
            raise LimitError("E_LIMIT_NODE_DEPTH", "the hierarchy is too deep", where=self.files.name, expected=expected)
        above = (*above, id(element))
        at = self._add(element.get("name") or element.get("id") or "", self._matrix(element))
        children, meshes = [], []
        for child in element:
            if child.tag == "node":
                children.append(self._node(child, above))
            elif child.tag == "instance_node":
                target = self._lookup(child.get("url", ""))
                if target is not None:
                    children.append(self._node(target, above))
            elif child.tag in ("instance_geometry", "instance_controller"):
                meshes.append(self._instance(child))
        drawn = [(mesh, matrix) for mesh, matrix in meshes if mesh is not None]
        if len(drawn) == 1 and drawn[0][1] is None:
            self.nodes[at] = Node(name=self.nodes[at].name, matrix=self.nodes[at].matrix, children=tuple(children), mesh=drawn[0][0])
            return at
        for mesh, matrix in drawn:
            children.append(self._add(self.meshes[mesh].name, matrix, mesh=mesh))
        name = self.nodes[at].name
        anchor = None if drawn else named_anchor(name)
        self.nodes[at] = Node(name=name, matrix=self.nodes[at].matrix, children=tuple(children), anchor=anchor)
        return at

    def _add(self, name: str, matrix: Array | None, *, mesh: int | None = None) -> int:
        self.files.limits.check("nodes", len(self.nodes) + 1, where=self.files.name)
        self.nodes.append(Node(name=name, matrix=matrix, mesh=mesh))
        return len(self.nodes) - 1

    def _matrix(self, element: Element) -> Array | None:
        """Return parent_from_node: the transforms in document order, each applied before those above it."""
        out = np.eye(4)
        for child in element:
            make = _TRANSFORMS.get(child.tag)
            if make is None:
                continue
            size, function = make
            values = numbers(child.text, self.files.name, np.float64)
            if values.size != size or not np.isfinite(values).all():
                where = f"{self.files.name}, node {element.get('id', '')!r}"
                raise FormatError("E_DAE", f"a {child.tag} has the wrong numbers", where=where, expected=size, found=values.size)
            out = out @ function(values)
        return None if np.array_equal(out, np.eye(4)) else out

    def _instance(self, instance: Element) -> tuple[int | None, Array | None]:
        """Return the mesh of ``<instance_geometry>`` or ``<instance_controller>``, and the matrix that its skin demands."""
        target, matrix = self._lookup(instance.get("url", "")), None
        for _ in range(4):  # a skin over a morph over a geometry
            if target is None or target.tag != "controller":
                break
            part = target.find("skin") if target.find("skin") is not None else target.find("morph")
            if part is None:
                return None, None
            shape = part.findtext("bind_shape_matrix")
            if shape:
                values = numbers(shape, self.files.name, np.float64)
                matrix = values.reshape(4, 4) if values.size == 16 and np.isfinite(values).all() else None
            message = "a skinned or morphed mesh stands in its bind pose; it does not move"
            self.findings.append(Finding(code="W_DAE_SKIN", severity="warning", where=target.get("id", ""), message=message))
            target = self._lookup(part.get("source", ""))
        if target is None or target.tag != "geometry":
            return None, None
        return self._mesh(target, instance), matrix

    def _mesh(self, geometry: Element, instance: Element) -> int | None:
        url = geometry.get("id", "")
        if url not in self._pieces:
            self._pieces[url] = read_mesh(
                geometry, self._lookup, where=self.files.name, limits=self.files.limits, findings=self.findings
            )  # fmt: skip
        bound = {item.get("symbol", ""): item for item in instance.findall("bind_material/technique_common/instance_material")}
        materials = tuple(self._material(piece, bound.get(piece.symbol)) for piece in self._pieces[url])
        key = (url, materials)
        if key not in self._mesh_at:
            self._mesh_at[key] = len(self.meshes) if materials else None
            if materials:
                self.meshes.append(
                    Mesh(
                        name=geometry.get("name") or url,
                        primitives=tuple(
                            Primitive(attributes=piece.attributes, indices=piece.indices, material=material)
                            for piece, material in zip(self._pieces[url], materials, strict=True)
                        ),
                    )
                )
        return self._mesh_at[key]

    def _material(self, piece: Piece, bound: Element | None) -> int:
        coloured = "COLOR_0" in piece.attributes
        if bound is None:
            # Without a binding the symbol is often the material's own id.
            known = self._by_id.get(piece.symbol)
            url = f"#{piece.symbol}" if known is not None and known.tag == "material" else ""
            return self.effects.index(url, {}, coloured=coloured)
        texcoords = {}
        for item in bound.findall("bind_vertex_input"):
            number = item.get("input_set", "0")
            if item.get("input_semantic") == "TEXCOORD" and number.isdecimal() and int(number) in piece.sets:
                texcoords[item.get("semantic", "")] = piece.sets.index(int(number))
        return self.effects.index(bound.get("target", ""), texcoords, coloured=coloured)


def _translation(v: Array) -> Array:
    out = np.eye(4)
    out[:3, 3] = v
    return out


def _rotation(v: Array) -> Array:
    """Return the matrix of an axis and an angle in degrees (Rodrigues)."""
    length = float(np.linalg.norm(v[:3]))
    out = np.eye(4)
    if length:
        x, y, z = v[:3] / length
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        angle = np.deg2rad(v[3])
        out[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return out


def _look_at(v: Array) -> Array:
    """Return the pose of something at v[:3] that looks along its own -Z at v[3:6] with v[6:] above."""
    back = v[:3] - v[3:6]
    right = np.cross(v[6:], back)
    lengths = np.linalg.norm(back), np.linalg.norm(right)
    if not all(lengths):
        return _translation(v[:3])
    out = _translation(v[:3])
    out[:3, :3] = np.stack([right / lengths[1], np.cross(back / lengths[0], right / lengths[1]), back / lengths[0]], axis=1)
    return out


_TRANSFORMS = {
    "translate": (3, _translation),
    "rotate": (4, _rotation),
    "scale": (3, lambda v: np.diag([*v, 1.0])),
    "matrix": (16, lambda v: v.reshape(4, 4)),
    "lookat": (9, _look_at),
}
"""Tag -> how many numbers, and their matrix; <skew> occurs in no product seen and is passed over."""

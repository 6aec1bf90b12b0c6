"""Read 3MF packages: build items, components, base materials, colours and textures; production parts inside the zip.

Own reader. trimesh 5.2 drops materials, colours, textures and names of build items; lib3mf 2.5 is a binary library
whose reader writes no limits on what it unpacks.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import FormatError, LimitError
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.core.report import Finding, condensed
from arviz.core.units import METRES_PER_UNIT
from arviz.formats.archive import Archive
from arviz.formats.files import Files
from arviz.formats.flat import PLAIN_ROUGHNESS, check_finite, degenerate_finding, has_area, no_triangles, plain_material
from arviz.formats.mtl_textures import TextureSet
from arviz.formats.safe_xml import local, scan
from arviz.formats.threemf_parse import NONE, Component, Group, Model, Solid, parse_model

_UNITS = {"micron": None, "millimeter": "mm", "centimeter": "cm", "inch": "in", "foot": "ft", "meter": "m"}
_MICRON = 1e-6
_MODEL_TYPE = "/3dmodel"


def read_3mf(data: bytes, files: Files) -> Asset:
    """Read a 3MF package.

    Raises
    ------
    FormatError
        E_ARCHIVE, E_ARCHIVE_PATH, E_XML, E_XML_ENTITY, E_3MF, E_CYCLE (an object that holds itself).
    MeshError
        E_NOT_FINITE, E_NO_TRIANGLES.
    LimitError
        E_LIMIT_ENTRIES, E_LIMIT_UNZIP, or larger than the limits.
    """
    return _Reader(Archive(data, where=files.name, limits=files.limits), files).asset()


class _InArchive(Files):
    """What the package's own textures are read through."""

    def __init__(self, archive: Archive, files: Files) -> None:
        super().__init__(None, name=files.name, limits=files.limits)
        self._archive = archive

    def read(self, uri: str) -> bytes | None:
        return self._archive.read(uri)


class _Surface(NamedTuple):
    """What one kind of property makes of a group of triangles: a material, and what varies over its corners."""

    material: int
    colours: Array | None = None
    texcoords: Array | None = None


class _Reader:
    """One package being read."""

    def __init__(self, archive: Archive, files: Files) -> None:
        self.archive = archive
        self.files = files
        self.findings: list[Finding] = []
        self.textures = TextureSet(_InArchive(archive, files), self.findings)
        self.nodes: list[Node] = []
        self.meshes: list[Mesh] = []
        self.materials: list[Material] = []
        self._models: dict[str, Model] = {}
        self._mesh_of: dict[tuple[str, str], int | None] = {}
        self._material_of: dict[tuple[object, ...], int] = {}

    def asset(self) -> Asset:
        root = self._root_path()
        model = self._model(root)
        roots = [self._node(item, item.path or root, ()) for item in model.items]
        if not self.meshes:
            raise no_triangles(where=self.files.name, found=f"{len(roots)} build items without triangles")
        if model.unit and model.unit not in _UNITS:
            raise FormatError("E_3MF", "the unit is not known", where=self.files.name, expected=", ".join(_UNITS), found=model.unit[:40])
        unit = _UNITS.get(model.unit or "millimeter")
        return Asset(
            nodes=tuple(self.nodes) if unit else self._in_millimetres(),
            meshes=tuple(self.meshes),
            materials=tuple(self.materials),
            textures=tuple(self.textures.textures),
            images=tuple(self.textures.images),
            samplers=tuple(self.textures.samplers),
            source=Source(
                name=self.files.name,
                format="3mf",
                unit=unit or "mm",
                unit_source="file" if model.unit else "format",
                up="+Z",
                front="-Y",
                findings=condensed(self.findings),
            ),
        )

    def _in_millimetres(self) -> tuple[Node, ...]:
        """Put everything under one node that turns microns, which have no unit name here, into millimetres."""
        children = {child for node in self.nodes for child in node.children}
        tops = tuple(i for i in range(len(self.nodes)) if i not in children)
        factor = _MICRON / METRES_PER_UNIT["mm"]
        return (*self.nodes, Node(name="micron", children=tops, scale=(factor, factor, factor)))

    def _root_path(self) -> str:
        """Return the name of the part that the package's relationships call the 3D model."""
        targets: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if local(name) == "Relationship" and attributes.get("Type", "").endswith(_MODEL_TYPE):
                targets.append(attributes.get("Target", ""))

        relations = self.archive.read("_rels/.rels")
        if relations is not None:
            scan(relations, where=f"{self.files.name}, _rels/.rels", start=start)
        return targets[0] if targets else next((n for n in self.archive if n.endswith(".model")), "3D/3dmodel.model")

    def _model(self, path: str) -> Model:
        key = path.lstrip("/").lower()
        if key not in self._models:
            where = f"{self.files.name}, {path[:80]}"
            data = self.archive.read(path)
            if data is None:
                raise FormatError("E_3MF", "the package lacks a part that it names", where=where, hint="Export the file again.")
            self._models[key] = model = parse_model(data, where=where, limits=self.files.limits)
            for tag in sorted(model.unread):
                self._note("W_3MF_UNREAD", where, f"<{tag}> is not read; what it describes is missing")
        return self._models[key]

    def _node(self, use: Component, path: str, above: tuple[tuple[str, str], ...]) -> int:
        """Add a node for the use of an object and all below it; `above` guards against loops."""
        key = (path.lstrip("/").lower(), use.id)
        where = f"{self.files.name}, object {use.id!r}"
        if key in above:
            raise FormatError("E_CYCLE", "an object holds itself", where=where, hint="Export the file again.")
        if len(above) >= self.files.limits.node_depth:
            expected = f"at most {self.files.limits.node_depth} levels"
            raise LimitError("E_LIMIT_NODE_DEPTH", "the hierarchy is too deep", where=where, expected=expected)
        model = self._model(path)
        solid = model.objects.get(use.id)
        if solid is None:
            raise FormatError("E_3MF", "an object is used but not described", where=where, hint="Export the file again.")
        self.files.limits.check("nodes", len(self.nodes) + 1, where=self.files.name)
        at = len(self.nodes)
        self.nodes.append(Node())
        children = [self._node(part, part.path or path, (*above, key)) for part in solid.components]
        mesh = None
        if solid.kind in ("support", "solidsupport"):
            self._note("I_3MF_SUPPORT", where, "a printing support was left out")
        else:
            mesh = self._mesh(key, solid, model, where)
        name = solid.name or PurePosixPath(self.files.name).stem
        self.nodes[at] = Node(name=name, matrix=use.matrix, children=tuple(children), mesh=mesh)
        return at

    def _mesh(self, key: tuple[str, str], solid: Solid, model: Model, where: str) -> int | None:
        if key not in self._mesh_of:
            primitives = self._primitives(solid, model, where)
            self._mesh_of[key] = len(self.meshes) if primitives else None
            if primitives:
                self.meshes.append(Mesh(name=solid.name, primitives=tuple(primitives)))
        return self._mesh_of[key]

    def _primitives(self, solid: Solid, model: Model, where: str) -> list[Primitive]:
        if not solid.corners:
            return []
        points = np.asarray(solid.vertices, np.float64).reshape(-1, 3)
        corners = np.asarray(solid.corners, np.int64).reshape(-1, 3)
        if int(corners.min()) < 0 or int(corners.max()) >= len(points):
            found = int(corners[(corners < 0) | (corners >= len(points))][0])
            raise FormatError("E_3MF", "a triangle points past the vertices", where=where, expected=f"below {len(points):,}", found=found)
        check_finite(points, where=where)
        kept = has_area(*(points[corners[:, i]] for i in range(3)))
        if not kept.all():
            self.findings.append(degenerate_finding(int(np.count_nonzero(~kept)), total=len(kept)))
        names = np.array(solid.groups)[np.asarray(solid.group_of, np.int64)]
        properties = np.asarray(solid.properties, np.int64).reshape(-1, 3)
        out = []
        for name in dict.fromkeys(solid.groups):
            rows = kept & (names == name)
            group = model.groups.get(name)
            for part in _by_material(group, properties, rows):
                if part.any():
                    out.append(self._primitive(points, corners[part], properties[part], group, model, where))
        return out

    def _primitive(
        self, points: Array, corners: Array, properties: Array, group: Group | None, model: Model, where: str
    ) -> Primitive:  # fmt: skip
        surface = self._surface(group, properties, model, where)
        varies = surface.colours if surface.colours is not None else surface.texcoords
        vertex, item = corners.reshape(-1), properties.reshape(-1)
        key = vertex if varies is None else vertex * (int(item.max()) + 1) + item
        _, first, indices = np.unique(key, return_index=True, return_inverse=True)
        attributes = {"POSITION": points[vertex[first]].astype(np.float32)}
        if surface.colours is not None:
            attributes["COLOR_0"] = surface.colours[item[first]]
        if surface.texcoords is not None:
            attributes["TEXCOORD_0"] = surface.texcoords[item[first]]
        return Primitive(attributes=attributes, indices=indices.reshape(-1).astype(np.uint32), material=surface.material)

    def _surface(self, group: Group | None, properties: Array, model: Model, where: str) -> _Surface:
        if group is None or int(properties.min()) < 0 or int(properties.max()) >= len(group.items):
            if group is not None and int(properties.min()) != NONE:
                self._note("W_MATERIAL_MISSING", where, "a triangle names a colour or material that is not described; it is drawn grey")
            return _Surface(self._plain())
        if group.kind == "colorgroup":
            colours = np.array([_colour(item.get("color", "")) for item in group.items], np.float32)
            used = np.unique(colours[properties].reshape(-1, 4), axis=0)
            if len(used) > 1:
                return _Surface(self._plain(coloured=True, see_through=bool((used[:, 3] < 1).any())), colours=colours)
            return _Surface(self._coloured("", tuple(used[0].tolist()), 0.0, PLAIN_ROUGHNESS))
        if group.kind == "basematerials":
            number = int(properties.reshape(-1)[0])
            item = group.items[number]
            metal, rough = _display(model.groups.get(group.attributes.get("displaypropertiesid", "")), number)
            return _Surface(self._coloured(item.get("name", ""), _colour(item.get("displaycolor", "")), metal, rough))
        if group.kind == "texture2dgroup":
            texture = model.groups.get(group.attributes.get("texid", ""))
            info = self.textures.file(texture.attributes.get("path", ""), where=where) if texture is not None else None
            if info is not None:
                uv = np.array([[_number(item.get("u")), 1 - _number(item.get("v"))] for item in group.items], np.float32)
                key = ("texture", info.texture)
                material = Material(base_color_texture=info, metallic_factor=0, roughness_factor=PLAIN_ROUGHNESS)
                return _Surface(self._add(key, material), texcoords=uv)
            return _Surface(self._plain())
        self._note("W_3MF_UNREAD", where, f"<{group.kind}> is not read; its triangles are drawn plain grey")
        return _Surface(self._plain())

    def _plain(self, *, coloured: bool = False, see_through: bool = False) -> int:
        material = plain_material(coloured=coloured)
        if see_through:
            material = Material(metallic_factor=0, roughness_factor=material.roughness_factor, alpha_mode="BLEND")
        return self._add(("plain", coloured, see_through), material)

    def _coloured(self, name: str, rgba: tuple[float, ...], metal: float, rough: float) -> int:
        material = Material(
            name=name,
            base_color_factor=rgba,
            metallic_factor=metal,
            roughness_factor=rough,
            alpha_mode="BLEND" if rgba[3] < 1 else "OPAQUE",
        )
        return self._add((name, rgba, metal, rough), material)

    def _add(self, key: tuple[object, ...], material: Material) -> int:
        if key not in self._material_of:
            self.files.limits.check("materials", len(self.materials) + 1, where=self.files.name)
            self._material_of[key] = len(self.materials)
            self.materials.append(material)
        return self._material_of[key]

    def _note(self, code: str, where: str, message: str) -> None:
        severity = "info" if code.startswith("I_") else "warning"
        self.findings.append(Finding(code=code, severity=severity, where=where, message=message))  # type: ignore[arg-type]


def _by_material(group: Group | None, properties: Array, rows: Array) -> list[Array]:
    """Return a (T,) mask for each material of a group: one per base material used, else one for all."""
    if group is None or group.kind != "basematerials":
        return [rows]
    first = properties[:, 0]
    return [rows & (first == number) for number in np.unique(first[rows]).tolist()]


def _colour(text: str) -> tuple[float, ...]:
    """Return linear RGBA of ``#RRGGBB`` or ``#RRGGBBAA``, which are sRGB (3MF core, 5.1); grey if it is neither."""
    try:
        values = np.frombuffer(bytes.fromhex(text.removeprefix("#")), np.uint8) / 255
    except ValueError:
        values = np.zeros(0)
    if values.size not in (3, 4):
        return plain_material().base_color_factor
    alpha = float(values[3]) if values.size == 4 else 1.0
    return (*srgb_to_linear(values[:3]).astype(np.float64).tolist(), alpha)


def _display(group: Group | None, number: int) -> tuple[float, float]:
    if group is None or group.kind != "pbmetallicdisplayproperties" or number >= len(group.items):
        return 0.0, PLAIN_ROUGHNESS
    item = group.items[number]
    metal, rough = _number(item.get("metallicness"), 0.0), _number(item.get("roughness"), 1.0)
    return min(max(metal, 0.0), 1.0), min(max(rough, 0.0), 1.0)


def _number(text: str | None, default: float = 0.0) -> float:
    try:
        value = float(text) if text is not None else default
    except ValueError:
        return default
    return value if np.isfinite(value) else default

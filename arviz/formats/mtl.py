"""Read Wavefront MTL files into glTF materials.

**Colours.** The MTL specification names no transfer function. three.js (MTLLoader, since r139) and Godot take
``Kd`` for sRGB, Blender writes and reads it as linear, and obj2gltf's issue 303 found no rule. Values such as
0.5176471 = 132/255 show that most exporters write what their colour picker shows. So: sRGB, unless the file's own
comment says that Blender wrote it.

**Kd with map_Kd.** The specification and three.js multiply; Blender ignores Kd. Exporters leave their default there
(0, 0.588, 0.64, 0.8), which would darken or blacken the product, so a grey Kd is ignored and a tint multiplies.

**Ns.** roughness = 1 - sqrt(Ns / 1000), Blender's OBJ importer and exporter (io/wavefront_obj).

**PBR keys** (Pr, Pm, Pc, map_Pr, map_Pm, norm): the extension by Exocortex (Clara.io), as Blender and assimp read it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError
from arviz.core.material import Material, TextureInfo
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.flat import plain_material
from arviz.formats.mtl_textures import TextureSet, read_nearby
from arviz.formats.text import decode_name

Statements = dict[str, str]
"""Lower-case keyword -> the rest of its line, for one material."""

_GREY = 1 / 255
"""Channels of a Kd that differ by less than this make no tint."""

_MOST_LIBRARIES = 64
"""Files that mtllib lines may name; real products have one."""

_UNUSED_MAPS = ("map_ks", "map_ns", "map_ps", "map_rma", "map_orm", "disp", "map_disp", "decal", "refl")


def parse_mtl(data: bytes) -> dict[str, Statements]:
    """Return the statements of each material by name; of materials with the same name the first counts."""
    out: dict[str, Statements] = {}
    current: Statements = {}
    linear = False
    for line in decode_name(data.removeprefix(b"\xef\xbb\xbf")).replace("\\\n", " ").splitlines():
        key, _, rest = line.strip().replace("\t", " ").partition(" ")
        key, rest = key.lower(), rest.strip()
        if key == "newmtl":
            current = {"linear": "1"} if linear else {}
            out.setdefault(rest, current)
        elif key.startswith("#"):
            linear = linear or (not out and "blender" in line.lower())
        elif key:
            current[key] = rest
    return out


class MaterialLibrary:
    """Collect the materials that faces use, with their textures and findings.

    `materials`, `textures` and `findings` grow as `index` is asked for names.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.limits = files.limits
        self.materials: list[Material] = []
        self.findings: list[Finding] = []
        self.textures = TextureSet(files, self.findings)
        self._statements: dict[str, Statements] = {}
        self._indices: dict[tuple[str | None, bool], int] = {}
        self._loaded = False

    def load(self, mtllib: list[str]) -> None:
        """Read the files that ``mtllib`` lines name; each line holds one name with spaces or several without.

        Where one is missing, the MTL file with the input's own name is taken instead: products get renamed.
        """
        for line in list(dict.fromkeys(mtllib))[:_MOST_LIBRARIES]:
            for name in _library_names(line, self.files):
                why = self._read(name)
                if why and not self._namesake():
                    self._missing(name, why)

    def load_default(self) -> None:
        """Read the MTL file with the input's own name, for a file that uses materials but names no library."""
        if not self._namesake():
            message = "the file uses materials but names no material file; they are drawn plain grey"
            hint = "Export it again with its materials, or put an .mtl file of the same name beside it."
            self.findings.append(Finding(code="W_MTL_MISSING", severity="warning", message=message, hint=hint))

    def _own_name(self) -> str:
        return f"{self.files.path.stem}.mtl" if self.files.path is not None else ""

    def _namesake(self) -> bool:
        return bool(self._own_name()) and not self._read(self._own_name())

    def _read(self, name: str) -> str:
        """Take over the materials of one file; return why it cannot be read, or nothing."""
        try:
            data = read_nearby(name, self.files)
        except ArvizError as error:
            return str(error)
        if data is None:
            return "it is not in the product's folder"
        self._loaded = True
        for material, statements in parse_mtl(data).items():
            self._statements.setdefault(material, statements)
        return ""

    def _missing(self, name: str, why: str) -> None:
        self.findings.append(
            Finding(
                code="W_MTL_MISSING",
                severity="warning",
                where=name,
                message=f"the material file {name!r} cannot be read: {why}; its materials are drawn plain grey",
                hint="Put the .mtl file and its textures beside the .obj file.",
            )
        )

    def index(self, name: str | None, *, coloured: bool) -> int:
        """Return the number of the material called `name` (None: faces without any), making it on first use."""
        key = (name, coloured)
        if key not in self._indices:
            self._indices[key] = len(self.materials)
            self.materials.append(self._make(name, coloured))
        return self._indices[key]

    def _make(self, name: str | None, coloured: bool) -> Material:
        if name is None:
            return plain_material(coloured=coloured)
        statements = self._statements.get(name)
        if statements is None:
            folded = {known.casefold(): known for known in self._statements}
            statements = self._statements.get(folded.get(name.casefold(), ""))
        if statements is not None:
            return self._translate(name, statements)
        if self._loaded:
            message = f"the material {name!r} is used but not described; it is drawn plain grey"
            self.findings.append(
                Finding(code="W_MATERIAL_MISSING", severity="warning", where=name, message=message, hint="Export the materials again.")
            )
        return plain_material(name, coloured=coloured)

    def _translate(self, name: str, statements: Statements) -> Material:
        linear = "linear" in statements
        base, alpha_mode = self.textures.base(_first(statements, "map_kd"), _first(statements, "map_d", "map_tr"), where=name)
        colour = _colour(statements.get("kd"), linear=linear)
        if base is not None:
            tinted = colour is not None and max(colour) - min(colour) > _GREY and max(colour) > 0
            colour = colour if tinted else (1.0, 1.0, 1.0)
        alpha = self._alpha(name, statements)
        if alpha < 1:
            alpha_mode = "BLEND"
        metal_rough, metallic, roughness = self._metal_rough(name, statements)
        emissive_texture = self.textures.use(_first(statements, "map_ke", "map_emissive"), where=name)
        emissive, extensions = _emission(_colour(statements.get("ke"), linear=linear), textured=emissive_texture is not None)
        extensions.update(_clearcoat(statements))
        self._note_unused(name, statements)
        grey = plain_material().base_color_factor[:3]
        return Material(
            name=name,
            base_color_factor=(*(colour or grey), alpha),
            base_color_texture=base,
            metallic_factor=metallic,
            roughness_factor=roughness,
            metallic_roughness_texture=metal_rough,
            normal_texture=self._normal(name, statements),
            emissive_texture=emissive_texture,
            emissive_factor=emissive,
            alpha_mode=alpha_mode,
            extensions=extensions,
        )

    def _alpha(self, name: str, statements: Statements) -> float:
        opacity = _number(statements.get("d", "").removeprefix("-halo"))
        if opacity is None:
            transparency = _number(statements.get("tr"))
            # MeshLab writes "Tr 1" for opaque; nobody sells an invisible surface.
            opacity = 1.0 if transparency is None or transparency >= 1 else 1 - transparency
        elif opacity <= 0:
            message = f"the material {name!r} is fully transparent (d 0): its faces are invisible"
            self.findings.append(
                Finding(code="W_INVISIBLE", severity="warning", where=name, message=message, hint="Set d to 1 if it should be seen.")
            )
        return min(max(opacity, 0.0), 1.0)

    def _metal_rough(self, name: str, statements: Statements) -> tuple[TextureInfo | None, float, float]:
        texture, has_metal, has_rough = self.textures.metal_rough(
            _first(statements, "map_pm"), _first(statements, "map_pr"), where=name
        )  # fmt: skip
        metallic = _number(statements.get("pm"))
        roughness = _number(statements.get("pr"))
        shine = _number(statements.get("ns"))
        if roughness is None:
            roughness = plain_material().roughness_factor if shine is None else 1 - math.sqrt(min(max(shine, 0), 1000) / 1000)
        # A factor multiplies its map; exporters write 0 or their default beside a map.
        return texture, 1.0 if has_metal else _share(metallic or 0), 1.0 if has_rough else _share(roughness)

    def _normal(self, name: str, statements: Statements) -> TextureInfo | None:
        sure = _first(statements, "norm", "map_kn", "kn", "map_norm")
        if sure is not None:
            return self.textures.use(sure, where=name, multiplier=True)
        bump = _first(statements, "map_bump", "bump")
        if bump is None:
            return None
        if not self.textures.looks_like_normals(bump, where=name):
            return None
        return self.textures.use(bump, where=name, multiplier=True)

    def _note_unused(self, name: str, statements: Statements) -> None:
        unused = [key for key in _UNUSED_MAPS if statements.get(key)]
        if unused:
            message = f"the material {name!r} has maps without a counterpart in glTF: {', '.join(unused)}"
            self.findings.append(Finding(code="I_MTL_MAP_UNUSED", severity="info", where=name, message=message))


def _library_names(line: str, files: Files) -> list[str]:
    line = line.strip().strip('"')
    several = re.findall(r"\S.*?\.mtl(?=\s|$)", line, re.IGNORECASE)
    if len(several) > 1:
        try:
            whole = read_nearby(line, files)
        except ArvizError:
            whole = None
        if whole is None:
            return [name.strip().strip('"') for name in several]
    return [line] if line else []


def _first(statements: Statements, *keys: str) -> str | None:
    return next((statements[key] for key in keys if statements.get(key)), None)


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").split()[0])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _colour(text: str | None, *, linear: bool) -> tuple[float, ...] | None:
    """Return linear (r, g, b) of a colour statement, one number meaning grey; None if it is none (``spectral``, ``xyz``)."""
    try:
        values = [float(word) for word in (text or "").split()[:3]]
    except ValueError:
        return None
    if len(values) not in (1, 3) or not all(math.isfinite(v) for v in values):
        return None
    rgb = np.maximum(values if len(values) == 3 else values * 3, 0.0)
    if linear:
        return tuple(rgb.tolist())
    # The transfer function is defined up to 1; what lies above (light sources) is scaled, not bent.
    top = max(float(rgb.max()), 1.0)
    return tuple((srgb_to_linear(rgb / top).astype(np.float64) * top).tolist())


def _emission(colour: tuple[float, ...] | None, *, textured: bool) -> tuple[tuple[float, ...], dict[str, Mapping[str, Any]]]:
    if colour is None or max(colour) == 0:
        return ((1.0, 1.0, 1.0) if textured else (0.0, 0.0, 0.0)), {}
    strength = max(colour)
    if strength <= 1:
        return colour, {}
    return tuple(c / strength for c in colour), {"KHR_materials_emissive_strength": {"emissiveStrength": strength}}


def _clearcoat(statements: Statements) -> dict[str, Mapping[str, Any]]:
    factor = _number(statements.get("pc"))
    if not factor or factor < 0:
        return {}
    roughness = _share(_number(statements.get("pcr")) or 0)
    return {"KHR_materials_clearcoat": {"clearcoatFactor": _share(factor), "clearcoatRoughnessFactor": roughness}}

"""COLLADA effects to glTF materials.

The specification names no transfer function for colours. As in MTL (`arviz.formats.mtl` gives the reasons) they are
taken for sRGB, unless Blender wrote the file. Only `profile_COMMON` is read; `shininess` above 1 is a Phong exponent
and becomes roughness as there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.errors import FormatError
from arviz.core.material import AlphaMode, Material, TextureInfo
from arviz.core.report import Finding
from arviz.formats.dae_geometry import Lookup, numbers
from arviz.formats.files import Files
from arviz.formats.flat import PLAIN_ROUGHNESS, plain_material
from arviz.formats.mtl_textures import TextureSet

_MODELS = ("phong", "blinn", "lambert", "constant")
_LUMINANCE = np.array([0.212671, 0.715160, 0.072169])
"""Weights that COLLADA 1.4.1 gives for RGB_ZERO and RGB_ONE (chapter 7, "Determining transparency")."""


class Effects:
    """Make materials of a document; `materials`, `textures` and `findings` grow with use."""

    def __init__(self, root: Element, lookup: Lookup, files: Files, findings: list[Finding]) -> None:
        self.lookup = lookup
        self.files = files
        self.findings = findings
        self.materials: list[Material] = []
        self.textures = TextureSet(files, findings)
        tool = root.findtext("asset/contributor/authoring_tool") or ""
        self._linear = "blender" in tool.lower()
        self._known: dict[tuple[str, tuple[tuple[str, int], ...]], int] = {}

    def index(self, url: str, texcoords: Mapping[str, int], *, coloured: bool) -> int:
        """Return the number of the material at `url`, whose textures name their coordinates by the keys of `texcoords`."""
        key = (url if url else f"plain {coloured}", tuple(sorted(texcoords.items())))
        if key not in self._known:
            self.files.limits.check("materials", len(self.materials) + 1, where=self.files.name)
            self._known[key] = len(self.materials)
            self.materials.append(self._make(url, texcoords, coloured))
        return self._known[key]

    def _make(self, url: str, texcoords: Mapping[str, int], coloured: bool) -> Material:
        material = self.lookup(url) if url else None
        instance = None if material is None else material.find("instance_effect")
        effect = None if instance is None else self.lookup(instance.get("url", ""))
        name = "" if material is None else material.get("name") or material.get("id") or ""
        profile = None if effect is None else effect.find("profile_COMMON")
        model = None if profile is None else next((m for tag in _MODELS for m in profile.findall(f"technique/{tag}")), None)
        if effect is None or profile is None or model is None:
            if url:
                message = f"the material {url!r} is not described; it is drawn plain grey"
                hint = "Export the materials again."
                self.findings.append(Finding(code="W_MATERIAL_MISSING", severity="warning", where=name, message=message, hint=hint))
            return plain_material(name, coloured=coloured)
        return self._translate(name, model, _Parameters(profile, effect), texcoords)

    def _translate(self, name: str, model: Element, parameters: _Parameters, texcoords: Mapping[str, int]) -> Material:
        texture = self._texture(name, model.find("diffuse"), parameters, texcoords)
        colour = self._colour(model.find("diffuse"), parameters)
        alpha, mode = self._alpha(model, parameters)
        if texture is not None or colour is None:
            grey = plain_material().base_color_factor[:3]
            colour = grey if texture is None else (1.0, 1.0, 1.0)
        emissive_texture = self._texture(name, model.find("emission"), parameters, texcoords)
        emissive = (1.0, 1.0, 1.0) if emissive_texture is not None else self._colour(model.find("emission"), parameters) or (0.0, 0.0, 0.0)
        emissive = tuple(min(c, 1.0) for c in emissive)
        extensions: dict[str, Any] = {}
        if model.tag == "constant":
            # An unlit surface shows its emission; glTF shows base colour.
            extensions["KHR_materials_unlit"] = {}
            if model.find("diffuse") is None:
                colour, texture = (emissive if emissive_texture is None else (1.0, 1.0, 1.0)), emissive_texture
        return Material(
            name=name,
            base_color_factor=(*colour, alpha),
            base_color_texture=texture,
            metallic_factor=0,
            roughness_factor=self._roughness(model, parameters),
            normal_texture=self._normals(name, parameters, texcoords),
            emissive_texture=emissive_texture,
            emissive_factor=emissive,
            alpha_mode=mode,
            double_sided=parameters.double_sided,
            extensions=extensions,
        )

    def _colour(self, place: Element | None, parameters: _Parameters) -> tuple[float, ...] | None:
        rgba = parameters.numbers(place, "color", self.files.name)
        if rgba is None or rgba.size < 3:
            return None
        rgb = np.clip(rgba[:3], 0, 1)
        return tuple((rgb if self._linear else srgb_to_linear(rgb).astype(np.float64)).tolist())

    def _alpha(self, model: Element, parameters: _Parameters) -> tuple[float, AlphaMode]:
        place = model.find("transparent")
        factor = parameters.numbers(model.find("transparency"), "float", self.files.name)
        amount = 1.0 if factor is None or not factor.size else float(np.clip(factor[0], 0, 1))
        colour = parameters.numbers(place, "color", self.files.name)
        if place is not None and place.find("texture") is not None:
            # The picture's own alpha is what exporters mean; it is the diffuse picture nearly always.
            return 1.0, "BLEND"
        rgba = np.ones(4) if colour is None or colour.size < 4 else np.clip(colour[:4], 0, 1)
        mode = "A_ONE" if place is None else place.get("opaque", "A_ONE")
        share = float(rgba[3] if mode.startswith("A") else rgba[:3] @ _LUMINANCE) * amount
        alpha = share if mode.endswith("ONE") else 1 - share
        # Old exporters write transparency 0 for opaque; nobody sells an invisible surface.
        if alpha <= 0 or alpha > 0.999:
            return 1.0, "OPAQUE"
        return alpha, "BLEND"

    def _roughness(self, model: Element, parameters: _Parameters) -> float:
        if model.tag in ("lambert", "constant"):
            return 1.0
        shine = parameters.numbers(model.find("shininess"), "float", self.files.name)
        if shine is None or not shine.size or not float(shine[0]) > 1:
            return PLAIN_ROUGHNESS
        return 1 - math.sqrt(min(float(shine[0]), 1000) / 1000)

    def _normals(self, name: str, parameters: _Parameters, texcoords: Mapping[str, int]) -> TextureInfo | None:
        if parameters.bump is None:
            return None
        picture = self._picture(parameters.bump, parameters)
        if not picture or not self.textures.looks_like_normals(picture, where=name):
            return None
        return self._texture(name, parameters.bump, parameters, texcoords)

    def _texture(self, name: str, place: Element | None, parameters: _Parameters, texcoords: Mapping[str, int]) -> TextureInfo | None:
        texture = None if place is None else place.find("texture")
        picture = self._picture(place, parameters)
        if texture is None or not picture:
            return None
        info = self.textures.file(picture, where=name)
        if info is None:
            return None
        return TextureInfo(texture=info.texture, texcoord=texcoords.get(texture.get("texcoord", ""), 0))

    def _picture(self, place: Element | None, parameters: _Parameters) -> str:
        """Return the file name behind a ``<texture>``: through sampler and surface, or the image at once."""
        texture = None if place is None else place.find("texture")
        if texture is None:
            return ""
        image = self.lookup(f"#{parameters.image(texture.get('texture', ''))}")
        source = None if image is None else image.find("init_from")
        if source is None:
            return ""
        return (source.findtext("ref") or source.text or "").strip()


class _Parameters:
    """The named values of one effect."""

    def __init__(self, profile: Element, effect: Element) -> None:
        self._named = {item.get("sid", ""): item for place in (effect, profile) for item in place.findall("newparam")}
        flags = [*effect.iter("double_sided"), *profile.iter("double_sided")]
        self.double_sided = any((flag.text or "").strip() in ("1", "true") for flag in flags)
        self.bump = next((bump for bump in effect.iter("bump") if bump.find("texture") is not None), None)

    def image(self, name: str) -> str:
        """Return the id of the image that sampler, surface or image `name` leads to."""
        for _ in range(3):
            item = self._named.get(name)
            if item is None:
                return name
            instance = item.find("sampler2D/instance_image")
            if instance is not None:
                return instance.get("url", "").removeprefix("#")
            name = (item.findtext("sampler2D/source") or item.findtext("surface/init_from") or "").strip()
        return name

    def numbers(self, place: Element | None, tag: str, where: str) -> Any:
        """Return the numbers of ``<color>`` or ``<float>``, given in place or by ``<param>``; None if there are none."""
        if place is None:
            return None
        param = place.find("param")
        if param is not None:
            place = self._named.get(param.get("ref", ""))
        kinds = (tag, "float4", "float3") if tag == "color" else (tag,)
        found = None if place is None else next((place.findtext(kind) for kind in kinds if place.find(kind) is not None), None)
        try:
            values = None if found is None else numbers(found, where, np.float64)
        except FormatError:
            return None  # a colour that is no colour is not worth refusing a product
        return values if values is not None and np.isfinite(values).all() else None

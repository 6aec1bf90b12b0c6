"""Rebuild an Asset from a stranger's file out of parts that we understand, so that nothing else can ride along.

What stays: geometry bit for bit, hierarchy, skins, morphs, animations, variants, lights, and of the materials every
number that glTF 2.0 and the ratified KHR_materials extensions name. Pictures are decoded and encoded again (PNG, or
JPEG where they came as JPEG), which drops metadata, trailing bytes and other formats. What goes: extras (ours are read
again field by field), unknown extensions and properties, custom vertex attributes, cameras, copyright and generator.

Names are kept as plain text: composed (NFC), without control, format, private and unassigned characters and line
separators (so without bidirectional overrides and zero-width characters), white space single, at most `NAME_LENGTH`
characters. ``<`` and ``&`` are text; whoever shows names on a page escapes them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, SceneRoots, Skin, Track, VariantMapping
from arviz.core.errors import ImageError, LimitError
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.image import decode, encode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo
from arviz.core.parts import Anchor, Joint, Slot
from arviz.core.report import Finding

NAME_LENGTH = 120
IMAGE_PIXELS = 50_000_000
ALL_PIXELS = 200_000_000
"""Pixels of one picture and of all together that are decoded for a stranger."""
_JPEG_QUALITY = 95

_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SEMANTIC = re.compile(r"POSITION|NORMAL|TANGENT|(TEXCOORD|COLOR|JOINTS|WEIGHTS)_[0-9]")
_IDENTIFIER = re.compile(r"[\w-]{1,256}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_EXTENSION = re.compile(r"[A-Z]{2,8}_[A-Za-z0-9_]{1,60}")
_WRAPS, _FILTERS = (33071, 33648, 10497), (9728, 9729, 9984, 9985, 9986, 9987)
_PATHS, _INTERPOLATIONS = ("translation", "rotation", "scale", "weights"), ("LINEAR", "STEP", "CUBICSPLINE")
_LIGHTS = ("directional", "point", "spot")

_MATERIALS = {
    "KHR_materials_anisotropy": ("anisotropyStrength", "anisotropyRotation", "anisotropyTexture"),
    "KHR_materials_clearcoat": (
        "clearcoatFactor", "clearcoatTexture", "clearcoatRoughnessFactor", "clearcoatRoughnessTexture", "clearcoatNormalTexture",
    ),
    "KHR_materials_diffuse_transmission": (
        "diffuseTransmissionFactor", "diffuseTransmissionTexture", "diffuseTransmissionColorFactor", "diffuseTransmissionColorTexture",
    ),
    "KHR_materials_dispersion": ("dispersion",),
    "KHR_materials_emissive_strength": ("emissiveStrength",),
    "KHR_materials_ior": ("ior",),
    "KHR_materials_iridescence": (
        "iridescenceFactor", "iridescenceTexture", "iridescenceIor", "iridescenceThicknessMinimum", "iridescenceThicknessMaximum",
        "iridescenceThicknessTexture",
    ),
    "KHR_materials_pbrSpecularGlossiness": (
        "diffuseFactor", "diffuseTexture", "specularFactor", "glossinessFactor", "specularGlossinessTexture",
    ),
    "KHR_materials_sheen": ("sheenColorFactor", "sheenColorTexture", "sheenRoughnessFactor", "sheenRoughnessTexture"),
    "KHR_materials_specular": ("specularFactor", "specularTexture", "specularColorFactor", "specularColorTexture"),
    "KHR_materials_transmission": ("transmissionFactor", "transmissionTexture"),
    "KHR_materials_unlit": (),
    "KHR_materials_volume": ("thicknessFactor", "thicknessTexture", "attenuationDistance", "attenuationColor"),
}  # fmt: skip
"""Extension -> its properties: numbers, lists of numbers, and texture uses where the name ends in Texture."""

_UNDERSTOOD = frozenset({*_MATERIALS, "KHR_lights_punctual", "KHR_materials_variants", "KHR_texture_transform"})
_DISSOLVED = frozenset({"EXT_texture_webp", "EXT_texture_avif", "KHR_texture_basisu"})
"""Extensions that only say how a picture is encoded, which changes here."""


def sanitise(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return `asset` with nothing in it but what this module knows, see above.

    Textures that cannot be decoded or are larger than `IMAGE_PIXELS` lose their uses, with a finding.
    """
    return _Sanitiser(asset, limits).asset()


def clean_name(text: str) -> str:
    """Return a name as plain text: no control or format characters, single spaces, at most `NAME_LENGTH` characters."""
    kept = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text[: 4 * NAME_LENGTH]))
    kept = "".join(c for c in kept if unicodedata.category(c) not in _FORBIDDEN)
    return " ".join(kept.split())[:NAME_LENGTH].strip()


class _Sanitiser:
    """One asset on its way."""

    def __init__(self, asset: Asset, limits: Limits) -> None:
        self.before = asset
        self.limits = replace(limits, image_pixels=min(limits.image_pixels, IMAGE_PIXELS))
        self.findings: list[Finding] = []
        self._images: list[EncodedImage] = []
        self._image_at: dict[int, int | None] = {}
        self._pixels = 0

    def asset(self) -> Asset:
        before = self.before
        textures = tuple(self._texture(texture) for texture in before.textures)
        self._drawable = frozenset(i for i, texture in enumerate(textures) if texture.image is not None)
        used = {light for node in before.nodes if (light := node.light) is not None}
        self._note_dropped()
        source = before.source
        return Asset(
            nodes=tuple(self._node(node) for node in before.nodes),
            meshes=tuple(self._mesh(mesh) for mesh in before.meshes),
            materials=tuple(self._material(material) for material in before.materials),
            textures=textures,
            images=tuple(self._images),
            samplers=tuple(_sampler(sampler) for sampler in before.samplers),
            scenes=tuple(SceneRoots(nodes=scene.nodes, name=clean_name(scene.name)) for scene in before.scenes),
            scene=before.scene,
            variants=tuple(clean_name(name) for name in before.variants),
            lights=tuple(_light(light) for light in before.lights) if used else (),
            skins=tuple(_skin(skin) for skin in before.skins),
            animations=tuple(out for animation in before.animations if (out := _animation(animation)).tracks),
            joints=tuple(replace(joint, id=_identifier(joint.id)) for joint in before.joints if _is_joint(joint)),
            slots=tuple(_slot(slot) for slot in before.slots),
            declared_size_m=before.declared_size_m,
            source=None if source is None else replace(source, findings=(*source.findings, *self.findings)),
        )

    def _note_dropped(self) -> None:
        gone = set(used_extensions(self.before)) - _UNDERSTOOD - _DISSOLVED
        if gone:
            names = sorted(name for name in gone if _EXTENSION.fullmatch(name))[:20]
            lost = any(name in self.before.extensions_required for name in gone)
            message = f"{len(gone):,} extensions are not let through from untrusted files: {', '.join(names)}"
            severity: Any = "warning" if lost else "info"
            self.findings.append(Finding(code="W_EXTENSION_DROPPED" if lost else "I_EXTENSION_DROPPED", severity=severity, message=message))

    def _texture(self, texture: Texture) -> Texture:
        images = (self._image(i) for i in texture.image_candidates)
        return Texture(image=next((i for i in images if i is not None), None), sampler=texture.sampler, name=clean_name(texture.name))

    def _image(self, index: int) -> int | None:
        """Return the place of the re-encoded picture, None if it cannot be decoded."""
        if index not in self._image_at:
            image = self.before.images[index]
            data = None if image.data is None else self._recoded(index, image.data)
            self._image_at[index] = None if data is None else len(self._images)
            if data is not None:
                mime = "image/jpeg" if data.startswith(b"\xff\xd8\xff") else "image/png"
                self._images.append(EncodedImage(data=data, mime_type=mime, name=clean_name(image.name)))
        return self._image_at[index]

    def _recoded(self, index: int, data: bytes) -> bytes | None:
        where = f"images[{index}]"
        try:
            picture = decode(data, where=where, limits=self.limits)
        except (ImageError, LimitError) as error:
            self.findings.append(Finding(code="W_TEXTURE_BROKEN", severity="warning", where=where, message=error.what))
            return None
        self._pixels += picture.width_px * picture.height_px
        if self._pixels > ALL_PIXELS:
            expected = f"at most {ALL_PIXELS:,} pixels in all pictures together"
            raise LimitError(
                "E_LIMIT_IMAGE_PIXELS", "the pictures are too large", where=where, expected=expected, found=f"{self._pixels:,}"
            )
        if data.startswith(b"\xff\xd8\xff"):
            return encode(picture, "JPEG", quality=_JPEG_QUALITY)
        return encode(picture, "PNG")

    def _node(self, node: Node) -> Node:
        return Node(
            name=clean_name(node.name),
            children=node.children,
            translation=node.translation,
            rotation=node.rotation,
            scale=node.scale,
            matrix=node.matrix,
            mesh=node.mesh,
            skin=node.skin,
            light=node.light,
            weights=node.weights,
            part=node.part if node.part and _IDENTIFIER.fullmatch(node.part) else None,
            anchor=None if node.anchor is None else _anchor(node.anchor),
        )

    def _mesh(self, mesh: Mesh) -> Mesh:
        return Mesh(name=clean_name(mesh.name), weights=mesh.weights, primitives=tuple(_primitive(p) for p in mesh.primitives))

    def _material(self, material: Material) -> Material:
        return replace(
            material,
            name=clean_name(material.name),
            base_color_texture=self._use(material.base_color_texture),
            metallic_roughness_texture=self._use(material.metallic_roughness_texture),
            normal_texture=self._use(material.normal_texture),
            occlusion_texture=self._use(material.occlusion_texture),
            emissive_texture=self._use(material.emissive_texture),
            pbr_extensions={},
            pbr_extras=None,
            extensions={name: self._extension(name, value) for name, value in material.extensions.items() if name in _MATERIALS},
            extras=None,
        )

    def _use(self, info: TextureInfo | None) -> TextureInfo | None:
        if info is None or info.texture not in self._drawable:
            return None
        return TextureInfo(texture=info.texture, texcoord=_whole(info.texcoord), scale=info.scale, extensions=_transform(info.extensions))

    def _extension(self, name: str, value: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key in _MATERIALS[name]:
            item = value.get(key) if isinstance(value, Mapping) else None
            if key.endswith("Texture"):
                item = self._use_json(item)
            elif isinstance(item, (list, tuple)):
                item = list(item) if all(_is_number(number) for number in item) else None
            elif not _is_number(item):
                item = None
            if item is not None:
                out[key] = item
        return out

    def _use_json(self, value: Any) -> dict[str, Any] | None:
        if not isinstance(value, Mapping) or value.get("index") not in self._drawable:
            return None
        out = {"index": value["index"], "texCoord": _whole(value.get("texCoord", 0))}
        out |= {key: value[key] for key in ("scale", "strength") if _is_number(value.get(key))}
        transform = _transform(value.get("extensions"))
        return {**out, "extensions": transform} if transform else out


def _transform(extensions: Any) -> dict[str, Any]:
    """Return KHR_texture_transform of a texture use, and nothing else."""
    value = extensions.get("KHR_texture_transform") if isinstance(extensions, Mapping) else None
    if not isinstance(value, Mapping):
        return {}
    out: dict[str, Any] = {}
    for key in ("offset", "scale"):
        pair = value.get(key)
        if isinstance(pair, (list, tuple)) and len(pair) == 2 and all(_is_number(number) for number in pair):
            out[key] = list(pair)
    if _is_number(value.get("rotation")):
        out["rotation"] = value["rotation"]
    if "texCoord" in value:
        out["texCoord"] = _whole(value["texCoord"])
    return {"KHR_texture_transform": out}


def _primitive(primitive: Primitive) -> Primitive:
    return Primitive(
        attributes=dict(_attributes(primitive.attributes)),
        indices=primitive.indices,
        mode=primitive.mode,
        material=primitive.material,
        targets=tuple(dict(_attributes(target)) for target in primitive.targets),
        variants=tuple(VariantMapping(material=m.material, variants=m.variants) for m in primitive.variants),
    )


def _attributes(attributes: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    return ((name, array) for name, array in attributes.items() if _SEMANTIC.fullmatch(name))


def _sampler(sampler: Sampler) -> Sampler:
    return Sampler(
        mag_filter=sampler.mag_filter if sampler.mag_filter in _FILTERS else None,
        min_filter=sampler.min_filter if sampler.min_filter in _FILTERS else None,
        wrap_s=sampler.wrap_s if sampler.wrap_s in _WRAPS else 10497,
        wrap_t=sampler.wrap_t if sampler.wrap_t in _WRAPS else 10497,
        name=clean_name(sampler.name),
    )


def _skin(skin: Skin) -> Skin:
    return replace(skin, name=clean_name(skin.name), extensions={}, extras=None)


def _animation(animation: Animation) -> Animation:
    tracks = (t for t in animation.tracks if t.node is not None and t.path in _PATHS and t.interpolation in _INTERPOLATIONS)
    clean = (Track(node=t.node, path=t.path, times=t.times, values=t.values, interpolation=t.interpolation) for t in tracks)
    return Animation(tracks=tuple(clean), name=clean_name(animation.name))


def _light(light: Mapping[str, Any]) -> dict[str, Any]:
    """Return a KHR_lights_punctual light with the properties that the specification names."""
    kind = light.get("type")
    out: dict[str, Any] = {"type": kind if kind in _LIGHTS else "point"}
    if name := clean_name(str(light.get("name", ""))):
        out["name"] = name
    colour = light.get("color")
    if isinstance(colour, (list, tuple)) and len(colour) == 3 and all(_is_number(c) for c in colour):
        out["color"] = list(colour)
    out |= {key: light[key] for key in ("intensity", "range") if _is_number(light.get(key))}
    if out["type"] == "spot":
        cone = light.get("spot")
        angles = ("innerConeAngle", "outerConeAngle")
        out["spot"] = {key: cone[key] for key in angles if _is_number(cone.get(key))} if isinstance(cone, Mapping) else {}
    return out


def _anchor(anchor: Anchor) -> Anchor | None:
    if not _IDENTIFIER.fullmatch(anchor.id) or not _IDENTIFIER.fullmatch(anchor.kind):
        return None
    label = {tag: clean_name(str(words)) for tag, words in anchor.label.items() if _LANGUAGE.fullmatch(tag)}
    lengths = {key: value for key in ("width_m", "sigma_m") if _is_number(value := getattr(anchor, key))}
    return Anchor(id=anchor.id, kind=anchor.kind, normal=anchor.normal, up=anchor.up, label=label, **lengths)


def _is_joint(joint: Joint) -> bool:
    return joint.kind in ("revolute", "prismatic") and all(_is_number(n) for n in (joint.min, joint.max, joint.rest))


def _slot(slot: Slot) -> Slot:
    parts = tuple(part for part in slot.parts if isinstance(part, str) and _IDENTIFIER.fullmatch(part))
    choices = {clean_name(name): material for name, material in slot.choices.items()}
    return Slot(id=_identifier(slot.id), parts=parts, choices=choices)


def _identifier(text: str) -> str:
    return "".join(_IDENTIFIER.findall(text))[:256]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 16 else 0

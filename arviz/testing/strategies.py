"""Hypothesis strategies: random but consistent products, with everything that glTF can hold.

Needs the package ``hypothesis`` (extra ``[dev]``).
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, SceneRoots, Skin, Source, Track, VariantMapping
from arviz.core.frozen import Array
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo
from arviz.core.parts import Anchor, Joint, Slot

_names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_unit = st.floats(0, 1, width=32)
_length = st.floats(-100, 100, width=32)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | _unit | _names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=6,
)
_extras = st.none() | st.dictionaries(_names.filter(lambda name: name != "arviz"), _json, min_size=1, max_size=2)
_vendor = st.dictionaries(st.sampled_from(["VENDOR_one", "VENDOR_two"]), st.dictionaries(_names, _json, max_size=2), max_size=1)


def _maybe(draw: Any, count: int) -> int | None:
    """Draw an index below `count`, or None."""
    return draw(st.none() | st.integers(0, count - 1)) if count else None


def png_bytes(seed: int) -> bytes:
    """Return a 2 x 2 PNG whose colours depend on `seed`."""
    from PIL import Image

    pixels = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _array(draw: Any, shape: tuple[int, ...], low: float = -10, high: float = 10) -> Array:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.uniform(low, high, shape).astype(np.float32)


def _directions(draw: Any, count: int, width: int = 3) -> Array:
    vectors = _array(draw, (count, 3)) + np.float32(1e-3)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors if width == 3 else np.c_[vectors, np.ones(count, np.float32)]


@st.composite
def primitives(draw: Any, *, materials: int, variants: int, skinned: bool) -> Primitive:
    """Draw a triangle primitive with any of the optional attributes, morph targets and variant mappings."""
    count = draw(st.integers(3, 12))
    attributes = {"POSITION": _array(draw, (count, 3))}
    if draw(st.booleans()):
        attributes["NORMAL"] = _directions(draw, count)
        if draw(st.booleans()):
            attributes["TANGENT"] = _directions(draw, count, 4)
    for index in range(draw(st.integers(1, 2))):  # at least one: a material may have textures
        attributes[f"TEXCOORD_{index}"] = _array(draw, (count, 2))
    if draw(st.booleans()):
        attributes["COLOR_0"] = _array(draw, (count, draw(st.sampled_from([3, 4]))), 0, 1)
    if draw(st.booleans()):
        attributes["_CUSTOM"] = draw(st.sampled_from([np.arange(count, dtype=np.uint8), np.arange(count, dtype=np.float32)]))
    if skinned:
        attributes["JOINTS_0"] = np.zeros((count, 4), np.uint8)
        attributes["WEIGHTS_0"] = np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))
    mappings = {}
    if materials and variants:
        for variant in draw(st.sets(st.integers(0, variants - 1), max_size=variants)):
            mappings[variant] = VariantMapping(material=draw(st.integers(0, materials - 1)), variants=(variant,))
    faces = draw(st.lists(st.permutations(range(count)), min_size=1, max_size=4))
    indices = np.array([face[:3] for face in faces], np.uint32).ravel()
    return Primitive(
        attributes=attributes,
        indices=indices if draw(st.booleans()) or count % 3 else None,
        material=_maybe(draw, materials),
        targets=({"POSITION": _array(draw, (count, 3))},) * draw(st.integers(0, 1)),
        variants=tuple(mappings.values()),
        extras=draw(_extras),
    )


@st.composite
def _materials(draw: Any, *, textures: int) -> Material:
    def info() -> TextureInfo | None:
        index = _maybe(draw, textures)
        if index is None:
            return None
        transform = {"KHR_texture_transform": {"offset": [draw(_unit), draw(_unit)], "scale": [2.0, 3.0]}}
        return TextureInfo(texture=index, extensions=transform if draw(st.booleans()) else {})

    extensions: dict[str, Any] = {}
    if draw(st.booleans()):
        extensions["KHR_materials_sheen"] = {"sheenRoughnessFactor": draw(_unit)}
    if draw(st.booleans()):
        extensions["KHR_materials_volume"] = {"thicknessFactor": draw(_unit)}
        extensions["KHR_materials_transmission"] = {"transmissionFactor": draw(_unit)}
    mode = draw(st.sampled_from(["OPAQUE", "MASK", "BLEND"]))
    return Material(
        name=draw(_names),
        base_color_factor=tuple(draw(st.tuples(_unit, _unit, _unit, _unit))),
        metallic_factor=draw(_unit),
        roughness_factor=draw(_unit),
        base_color_texture=info(),
        metallic_roughness_texture=info(),
        occlusion_texture=info(),
        alpha_mode=mode,
        alpha_cutoff=draw(_unit) if mode == "MASK" else 0.5,
        double_sided=draw(st.booleans()),
        extensions=extensions,
        extras=draw(_extras),
    )


@st.composite
def assets(draw: Any) -> Asset:
    """Draw a consistent Asset: hierarchy, meshes, materials, textures, variants, skin, animation, parts, extras."""
    pictures = draw(st.integers(0, 2))
    images = tuple(EncodedImage(data=png_bytes(i), mime_type="image/png", name=draw(_names)) for i in range(pictures))
    samplers = (Sampler(mag_filter=9729, min_filter=9987, wrap_s=33071),) * draw(st.integers(0, 1))
    textures = tuple(Texture(image=i, sampler=_maybe(draw, len(samplers)), name=draw(_names)) for i in range(pictures))
    materials = tuple(draw(st.lists(_materials(textures=len(textures)), max_size=3)))
    variants = tuple(draw(st.lists(_names.filter(bool), max_size=2, unique=True)))
    skinned = draw(st.booleans())
    pieces = primitives(materials=len(materials), variants=len(variants), skinned=skinned)
    meshes = []
    for _ in range(draw(st.integers(1, 3))):
        first = draw(pieces)
        targets = [p for p in draw(st.lists(pieces, max_size=1)) if len(p.targets) == len(first.targets)]
        meshes.append(Mesh(primitives=(first, *targets), name=draw(_names), extras=draw(_extras)))
    nodes = _forest(draw, len(meshes), skinned)
    skins = (Skin(joints=(0,), inverse_bind_matrices=np.eye(4, dtype=np.float32)[None]),) if skinned else ()
    animations: tuple[Animation, ...] = ()
    if draw(st.booleans()):
        moving = next((i for i, node in enumerate(nodes) if node.matrix is None), None)
        if moving is not None:
            times, values = np.array([0, 0.5, 1], np.float32), _array(draw, (3, 3))
            animations = (Animation(tracks=(Track(node=moving, path="translation", times=times, values=values),), name=draw(_names)),)
    joints = (Joint(id="door", node=0, kind="revolute", axis=(0, 1, 0), min=0, max=1.5),) * draw(st.integers(0, 1))
    slots = (Slot(id="fabric", parts=("p",), choices={"plain": None}),) * draw(st.integers(0, 1))
    children = {child for node in nodes for child in node.children}
    return Asset(
        nodes=nodes,
        meshes=tuple(meshes),
        materials=materials,
        textures=textures,
        images=images,
        samplers=samplers,
        scenes=(SceneRoots(nodes=tuple(i for i in range(len(nodes)) if i not in children), name=draw(_names)),),
        variants=variants,
        lights=({"type": "point", "intensity": 10.0, "range": 2.0},) if any(n.light is not None for n in nodes) else (),
        skins=skins,
        animations=animations,
        joints=joints,
        slots=slots,
        declared_size_m=draw(st.none() | st.just((1.0, 2.0, 3.0))),
        asset_info={"version": "2.0", "copyright": "nobody"},
        extensions=draw(_vendor),
        extras=draw(_extras),
        source=Source(name="generated", format="gltf", unit="m", unit_source="format"),
    )


def _forest(draw: Any, meshes: int, skinned: bool) -> tuple[Node, ...]:
    """Draw nodes whose parents come before them; each mesh is carried by one node, some nodes by none."""
    count = meshes + draw(st.integers(0, 2))
    parent = [draw(st.none() | st.integers(0, i - 1)) if i else None for i in range(count)]
    nodes = []
    for index in range(count):
        children = tuple(i for i in range(count) if parent[i] == index)
        common: dict[str, Any] = {"name": draw(_names), "children": children, "extras": draw(_extras)}
        if index < meshes:
            common |= {"mesh": index, "skin": 0 if skinned else None, "part": f"part-{index}"}
        elif draw(st.booleans()):
            common["anchor"] = Anchor(id="seat", kind="contact", width_m=0.5, label={"en": "seat"})
        else:
            common["light"] = 0
        if draw(st.booleans()):
            pose: dict[str, Any] = {"translation": tuple(draw(st.tuples(_length, _length, _length))), "rotation": (0.0, 0.6, 0.0, 0.8)}
        else:
            matrix = np.eye(4)
            matrix[:3, 3] = draw(st.tuples(_length, _length, _length))
            pose = {"matrix": matrix}
        nodes.append(Node(**common, **pose))
    return tuple(nodes)


_wild = st.sampled_from([0.0, 1.0, -1.0, 1e-30, 1e30, -1e30, float("nan"), float("inf"), 0.5, 2.0]) | st.floats(width=32)
_WILD = {
    "KHR_materials_clearcoat": ("clearcoatFactor", "clearcoatRoughnessFactor"),
    "KHR_materials_sheen": ("sheenColorFactor", "sheenRoughnessFactor"),
    "KHR_materials_iridescence": ("iridescenceFactor", "iridescenceIor", "iridescenceThicknessMinimum", "iridescenceThicknessMaximum"),
    "KHR_materials_anisotropy": ("anisotropyStrength", "anisotropyRotation"),
    "KHR_materials_specular": ("specularFactor", "specularColorFactor"),
    "KHR_materials_ior": ("ior",),
    "KHR_materials_emissive_strength": ("emissiveStrength",),
    "KHR_materials_transmission": ("transmissionFactor",),
    "KHR_materials_volume": ("thicknessFactor", "attenuationDistance", "attenuationColor"),
}


@st.composite
def wild_materials(draw: Any) -> Material:
    """Draw a material with numbers that no file should hold: negative, huge, infinite, NaN, of the wrong type."""
    extensions: dict[str, Any] = {}
    for name in draw(st.sets(st.sampled_from(sorted(_WILD)))):
        extension = extensions[name] = {}
        for key in _WILD[name]:
            number = st.lists(_wild, min_size=3, max_size=3) if "Color" in key else _wild
            extension[key] = draw(st.just(1.0 if "Color" not in key else [1.0, 1.0, 1.0]) | number | st.none() | st.just("1"))
    return Material(
        base_color_factor=tuple(draw(_wild) for _ in range(4)),
        metallic_factor=draw(_wild),
        roughness_factor=draw(_wild),
        emissive_factor=tuple(draw(_wild) for _ in range(3)),
        alpha_mode=draw(st.sampled_from(["OPAQUE", "MASK", "BLEND"])),
        alpha_cutoff=draw(_wild),
        double_sided=draw(st.booleans()),
        extensions=extensions,
    )

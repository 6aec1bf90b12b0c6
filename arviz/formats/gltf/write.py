"""`Asset` to GLB, nothing lost: reading the result gives the same Asset.

Equal arrays are stored once; encoded pictures are embedded byte by byte; what has glTF's default value is
left out. Compression is the business of later writers' options: this is the lossless master.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from arviz.core.asset import Animation, Asset, Mesh, Node, Primitive, Skin
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo
from arviz.core.parts import SCHEMA, anchor_to_json, joint_to_json, slot_to_json
from arviz.formats.gltf.accessors import COMPONENTS, SHAPES
from arviz.formats.gltf.container import join

_COMPONENT_OF = {np.dtype(dtype): code for code, dtype in COMPONENTS.items()}
_TYPE_OF = {shape: name for name, shape in SHAPES.items()}
_VERTEX, _INDEX = 34962, 34963
GENERATOR = "arviz"


def write_glb(asset: Asset) -> bytes:
    """Return `asset` as GLB bytes, valid by the Khronos validator if the Asset is consistent.

    Raises
    ------
    ValueError
        An array's type or shape has no glTF accessor.
    """
    return _Writer(asset).glb()


class _Writer:
    """One document being written."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.binary = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def glb(self) -> bytes:
        asset = self.asset
        own = {
            "joints": [joint_to_json(joint) for joint in asset.joints],
            "slots": [slot_to_json(slot) for slot in asset.slots],
            "size_m": list(asset.declared_size_m or ()),
        }
        used = tuple(sorted({*used_extensions(asset), *asset.extensions_required}))
        document = {
            "asset": {**asset.asset_info, "version": "2.0", "generator": GENERATOR},
            "scene": asset.scene,
            "scenes": [_filled(name=s.name, nodes=s.nodes, **_rest(s)) for s in asset.scenes],
            "nodes": [self._node(node) for node in asset.nodes],
            "meshes": [self._mesh(mesh) for mesh in asset.meshes],
            "materials": [_material(material) for material in asset.materials],
            "textures": [_texture(texture) for texture in asset.textures],
            "images": [self._image(image) for image in asset.images],
            "samplers": [_sampler(sampler) for sampler in asset.samplers],
            "cameras": asset.cameras,
            "skins": [self._skin(skin) for skin in asset.skins],
            "animations": [self._animation(animation) for animation in asset.animations],
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.binary)}] if self.binary else [],
            "extensionsUsed": used,
            "extensionsRequired": asset.extensions_required,
            "extensions": self._root_extensions(),
            "extras": _extras(asset.extras, own),
        }
        return join(_filled(**document), bytes(self.binary))

    def _root_extensions(self) -> dict[str, Any]:
        asset = self.asset
        extensions = dict(asset.extensions)
        if asset.variants:
            rests: tuple[Any, ...] = asset.variant_extras or ({},) * len(asset.variants)
            variants = [{"name": name, **rest} for name, rest in zip(asset.variants, rests, strict=True)]
            extensions["KHR_materials_variants"] = {"variants": variants}
        if asset.lights:
            extensions["KHR_lights_punctual"] = {"lights": asset.lights}
        return extensions

    def _node(self, node: Node) -> dict[str, Any]:
        extensions = dict(node.extensions)
        if node.light is not None:
            extensions["KHR_lights_punctual"] = {"light": node.light}
        own = {"part": node.part, "anchor": anchor_to_json(node.anchor) if node.anchor else None}
        return _filled(
            name=node.name,
            children=node.children,
            translation=None if node.translation == (0, 0, 0) else node.translation,
            rotation=None if node.rotation == (0, 0, 0, 1) else node.rotation,
            scale=None if node.scale == (1, 1, 1) else node.scale,
            matrix=None if node.matrix is None else node.matrix.T.ravel().tolist(),
            mesh=node.mesh,
            skin=node.skin,
            camera=node.camera,
            weights=node.weights,
            extensions=extensions,
            extras=_extras(node.extras, own),
        )

    def _mesh(self, mesh: Mesh) -> dict[str, Any]:
        primitives = [self._primitive(primitive) for primitive in mesh.primitives]
        return _filled(name=mesh.name, primitives=primitives, weights=mesh.weights, **_rest(mesh))

    def _primitive(self, primitive: Primitive) -> dict[str, Any]:
        extensions = dict(primitive.extensions)
        if primitive.variants:
            mappings = [_filled(material=m.material, variants=m.variants, name=m.name, **_rest(m)) for m in primitive.variants]
            extensions["KHR_materials_variants"] = {"mappings": mappings}
        return _filled(
            attributes={name: self._vertex(array, name) for name, array in primitive.attributes.items()},
            indices=self._indices(primitive.indices),
            mode=None if primitive.mode == 4 else primitive.mode,
            material=primitive.material,
            targets=[{name: self._vertex(array, name) for name, array in target.items()} for target in primitive.targets],
            extensions=extensions,
            extras=primitive.extras,
        )

    def _vertex(self, array: Array, semantic: str) -> int:
        return self._accessor(array, target=_VERTEX, with_range=semantic == "POSITION")

    def _indices(self, indices: Array | None) -> int | None:
        if indices is None:
            return None
        # 65535 itself is the primitive restart value and may not be used (glTF 2.0, 3.7.2.1).
        small = not indices.size or int(indices.max()) < 65535
        return self._accessor(indices.astype(np.uint16) if small else indices, target=_INDEX)

    def _skin(self, skin: Skin) -> dict[str, Any]:
        matrices = skin.inverse_bind_matrices
        return _filled(
            joints=skin.joints,
            skeleton=skin.skeleton,
            name=skin.name,
            inverseBindMatrices=None if matrices is None else self._accessor(matrices),
            **_rest(skin),
        )

    def _animation(self, animation: Animation) -> dict[str, Any]:
        samplers, channels = [], []
        for index, track in enumerate(animation.tracks):
            samplers.append(
                _filled(
                    input=self._accessor(track.times, with_range=True),
                    output=self._accessor(track.values),
                    interpolation=None if track.interpolation == "LINEAR" else track.interpolation,
                )
            )
            target = _filled(node=track.node, path=track.path, extensions=track.extensions)
            channels.append({"sampler": index, "target": target})
        return _filled(name=animation.name, channels=channels, samplers=samplers, **_rest(animation))

    def _image(self, image: EncodedImage) -> dict[str, Any]:
        view = None if image.data is None else self._image_view(image.data)
        mime = None if view is None else image.mime_type
        return _filled(name=image.name, uri=image.uri, bufferView=view, mimeType=mime, **_rest(image))

    def _accessor(self, array: Array, *, target: int | None = None, with_range: bool = False) -> int:
        if array.ndim == 3:
            array = array.swapaxes(1, 2)  # glTF stores columns; ours are rows
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        code, kind = _COMPONENT_OF.get(array.dtype), _TYPE_OF.get(array.shape[1:])
        if code is None or kind is None:
            raise ValueError(f"glTF has no accessor for {array.dtype} of shape {array.shape}")
        key = (blake2b(array.data, digest_size=16).digest(), code, kind, len(array), target, with_range)
        if key in self._known:
            return self._known[key]
        # Matrices whose columns are not whole words would need padding; only float matrices occur in our types.
        row = array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))
        if target == _VERTEX and row % 4:
            padded = np.zeros((len(array), -(-row // 4) * 4), np.uint8)
            padded[:, :row] = array.view(np.uint8).reshape(len(array), row)
            view = self._view(padded.tobytes(), target=target, byteStride=padded.shape[1])
        else:
            view = self._view(array.tobytes(), target=target)
        limits = {}
        if with_range and len(array):
            flat = array.reshape(len(array), -1)
            limits = {"min": flat.min(0).tolist(), "max": flat.max(0).tolist()}
        self.accessors.append({"bufferView": view, "componentType": code, "count": len(array), "type": kind, **limits})
        self._known[key] = len(self.accessors) - 1
        return self._known[key]

    def _image_view(self, data: bytes) -> int:
        key = (blake2b(data, digest_size=16).digest(), len(data))
        if key not in self._known:
            self._known[key] = self._view(data)
        return self._known[key]

    def _view(self, data: bytes, **properties: int | None) -> int:
        # One view per accessor: two vertex accessors may share one only with a byteStride (glTF 2.0, 3.6.2.4).
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.views.append(_filled(buffer=0, byteOffset=len(self.binary) or None, byteLength=len(data), **properties))
        self.binary += data
        return len(self.views) - 1


def _filled(**properties: Any) -> dict[str, Any]:
    """Leave out properties without content: glTF forbids empty arrays. Extras are the user's and stay as they are."""
    return {key: value for key, value in properties.items() if value is not None and (key == "extras" or not _empty(value))}


def _empty(value: Any) -> bool:
    return isinstance(value, (str, list, tuple, Mapping)) and len(value) == 0


def _rest(item: Any) -> dict[str, Any]:
    return {"extensions": item.extensions, "extras": item.extras}


def _extras(extras: Any, own: Mapping[str, Any]) -> Any:
    own = _filled(**own)
    if not own:
        return extras
    if isinstance(extras, Mapping) and extras:
        return {**extras, "arviz": {"schema": SCHEMA, **own}}
    # Extras may be any JSON; what has no room for our key is kept under it.
    return {"arviz": {"schema": SCHEMA, **own, **({} if extras is None else {"extras": extras})}}


def _info(info: TextureInfo | None, scale_name: str = "") -> dict[str, Any] | None:
    if info is None:
        return None
    out = _filled(texCoord=info.texcoord or None, **_rest(info))
    if scale_name and info.scale != 1:
        out[scale_name] = info.scale
    return {"index": info.texture, **out}


def _material(material: Material) -> dict[str, Any]:
    pbr = _filled(
        baseColorFactor=None if material.base_color_factor == (1, 1, 1, 1) else material.base_color_factor,
        baseColorTexture=_info(material.base_color_texture),
        metallicFactor=None if material.metallic_factor == 1 else material.metallic_factor,
        roughnessFactor=None if material.roughness_factor == 1 else material.roughness_factor,
        metallicRoughnessTexture=_info(material.metallic_roughness_texture),
        extensions=material.pbr_extensions,
        extras=material.pbr_extras,
    )
    out = _filled(
        name=material.name,
        pbrMetallicRoughness=pbr,
        normalTexture=_info(material.normal_texture, "scale"),
        occlusionTexture=_info(material.occlusion_texture, "strength"),
        emissiveTexture=_info(material.emissive_texture),
        emissiveFactor=None if material.emissive_factor == (0, 0, 0) else material.emissive_factor,
        alphaMode=None if material.alpha_mode == "OPAQUE" else material.alpha_mode,
        alphaCutoff=material.alpha_cutoff if material.alpha_mode == "MASK" and material.alpha_cutoff != 0.5 else None,
        doubleSided=True if material.double_sided else None,
        extras=material.extras,
    )
    # An empty extension object has meaning (KHR_materials_unlit), so extensions bypass `_filled`'s view of content.
    return {**out, "extensions": material.extensions} if material.extensions else out


def _texture(texture: Texture) -> dict[str, Any]:
    return _filled(source=texture.image, sampler=texture.sampler, name=texture.name, **_rest(texture))


def _sampler(sampler: Sampler) -> dict[str, Any]:
    return _filled(
        magFilter=sampler.mag_filter,
        minFilter=sampler.min_filter,
        wrapS=None if sampler.wrap_s == 10497 else sampler.wrap_s,
        wrapT=None if sampler.wrap_t == 10497 else sampler.wrap_t,
        name=sampler.name,
        **_rest(sampler),
    )

"""`Asset` to GLB: by default nothing lost, reading the result gives the same Asset.

Equal arrays are stored once; encoded pictures are embedded byte by byte; what has glTF's default value is
left out. Compression is an option (`arviz.formats.gltf.encoding.Encoding`); without it this is the lossless master.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arviz.core.asset import TRIANGLES, Animation, Asset, Mesh, Node, Primitive, Skin
from arviz.core.extensions import used_extensions
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo
from arviz.core.parts import SCHEMA, anchor_to_json, joint_to_json, slot_to_json
from arviz.formats.gltf.container import join
from arviz.formats.gltf.draco_store import DracoStore
from arviz.formats.gltf.encoded import as_encoded
from arviz.formats.gltf.encoding import LOSSLESS, Encoding
from arviz.formats.gltf.meshopt_store import MeshoptStore
from arviz.formats.gltf.quantized_store import QuantizedStore
from arviz.formats.gltf.store import Store, filled

GENERATOR = "arviz"


def write_glb(asset: Asset, *, encoding: Encoding = LOSSLESS, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return `asset` as GLB bytes, valid by the Khronos validator if the Asset is consistent.

    Parameters
    ----------
    asset : Asset
    encoding : Encoding
        How geometry and pictures are compressed; by default not at all. What a reader will find is
        `arviz.formats.gltf.encoded.as_encoded`.
    limits : Limits
        Of the pictures that are encoded anew.

    Raises
    ------
    ValueError
        An array's type or shape has no glTF accessor.
    ImageError, LimitError
        A picture that is to be encoded anew cannot be decoded.
    DependencyError
        An encoder is not installed.
    """
    asset = as_encoded(asset, encoding, limits=limits)
    return _Writer(asset, _store(asset, encoding)).glb()


def _store(asset: Asset, encoding: Encoding) -> Store:
    if encoding.geometry == "quantized":
        return QuantizedStore(asset, normal_bits=encoding.normal_bits)
    if encoding.geometry == "meshopt":
        return MeshoptStore(normal_bits=encoding.normal_bits)
    return DracoStore(normal_bits=encoding.normal_bits) if encoding.geometry == "draco" else Store()


class _Writer:
    """One document being written."""

    def __init__(self, asset: Asset, store: Store) -> None:
        self.asset = asset
        self.store = store

    def glb(self) -> bytes:
        asset = self.asset
        own = {
            "joints": [joint_to_json(joint) for joint in asset.joints],
            "slots": [slot_to_json(slot) for slot in asset.slots],
            "size_m": list(asset.declared_size_m or ()),
        }
        document = {
            "asset": {**asset.asset_info, "version": "2.0", "generator": GENERATOR},
            "scene": asset.scene,
            "scenes": [filled(name=s.name, nodes=s.nodes, **_rest(s)) for s in asset.scenes],
            "nodes": self.store.nodes([self._node(node) for node in asset.nodes]),
            "meshes": [self._mesh(index, mesh) for index, mesh in enumerate(asset.meshes)],
            "materials": [_material(material) for material in asset.materials],
            "textures": [_texture(texture) for texture in asset.textures],
            "images": [self._image(image) for image in asset.images],
            "samplers": [_sampler(sampler) for sampler in asset.samplers],
            "cameras": asset.cameras,
            "skins": [self._skin(skin) for skin in asset.skins],
            "animations": [self._animation(animation) for animation in asset.animations],
            "accessors": self.store.accessors,
            "bufferViews": self.store.views,
            "buffers": self.store.finish(),  # compresses what was collected: everything that is stored stands above
            "extensionsUsed": tuple(sorted({*used_extensions(asset), *self._required()})),
            "extensionsRequired": self._required(),
            "extensions": self._root_extensions(),
            "extras": _extras(asset.extras, own),
        }
        return join(filled(**document), bytes(self.store.binary))

    def _required(self) -> tuple[str, ...]:
        return (*self.asset.extensions_required, *sorted(self.store.extensions - {*self.asset.extensions_required}))

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
        return filled(
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

    def _mesh(self, index: int, mesh: Mesh) -> dict[str, Any]:
        primitives = [self._primitive(primitive, index) for primitive in mesh.primitives]
        return filled(name=mesh.name, primitives=primitives, weights=mesh.weights, **_rest(mesh))

    def _primitive(self, primitive: Primitive, mesh: int) -> dict[str, Any]:
        extensions = dict(primitive.extensions)
        if primitive.variants:
            mappings = [filled(material=m.material, variants=m.variants, name=m.name, **_rest(m)) for m in primitive.variants]
            extensions["KHR_materials_variants"] = {"mappings": mappings}
        geometry = self.store.primitive(primitive, mesh=mesh)
        return filled(
            attributes=geometry["attributes"],
            indices=geometry.get("indices"),
            mode=None if primitive.mode == TRIANGLES else primitive.mode,
            material=primitive.material,
            targets=geometry["targets"],
            extensions=extensions | geometry.get("extensions", {}),
            extras=primitive.extras,
        )

    def _skin(self, skin: Skin) -> dict[str, Any]:
        matrices = skin.inverse_bind_matrices
        return filled(
            joints=skin.joints,
            skeleton=skin.skeleton,
            name=skin.name,
            inverseBindMatrices=None if matrices is None else self.store.accessor(matrices),
            **_rest(skin),
        )

    def _animation(self, animation: Animation) -> dict[str, Any]:
        samplers, channels = [], []
        for index, track in enumerate(animation.tracks):
            samplers.append(
                filled(
                    input=self.store.accessor(track.times, with_range=True),
                    output=self.store.accessor(track.values),
                    interpolation=None if track.interpolation == "LINEAR" else track.interpolation,
                )
            )
            target = filled(node=track.node, path=track.path, extensions=track.extensions)
            channels.append({"sampler": index, "target": target})
        return filled(name=animation.name, channels=channels, samplers=samplers, **_rest(animation))

    def _image(self, image: EncodedImage) -> dict[str, Any]:
        view = None if image.data is None else self.store.image(image.data)
        mime = None if view is None else image.mime_type
        return filled(name=image.name, uri=image.uri, bufferView=view, mimeType=mime, **_rest(image))


def _rest(item: Any) -> dict[str, Any]:
    return {"extensions": item.extensions, "extras": item.extras}


def _extras(extras: Any, own: Mapping[str, Any]) -> Any:
    own = filled(**own)
    if not own:
        return extras
    if isinstance(extras, Mapping) and extras:
        return {**extras, "arviz": {"schema": SCHEMA, **own}}
    # Extras may be any JSON; what has no room for our key is kept under it.
    return {"arviz": {"schema": SCHEMA, **own, **({} if extras is None else {"extras": extras})}}


def _info(info: TextureInfo | None, scale_name: str = "") -> dict[str, Any] | None:
    if info is None:
        return None
    out = filled(texCoord=info.texcoord or None, **_rest(info))
    if scale_name and info.scale != 1:
        out[scale_name] = info.scale
    return {"index": info.texture, **out}


def _material(material: Material) -> dict[str, Any]:
    pbr = filled(
        baseColorFactor=None if material.base_color_factor == (1, 1, 1, 1) else material.base_color_factor,
        baseColorTexture=_info(material.base_color_texture),
        metallicFactor=None if material.metallic_factor == 1 else material.metallic_factor,
        roughnessFactor=None if material.roughness_factor == 1 else material.roughness_factor,
        metallicRoughnessTexture=_info(material.metallic_roughness_texture),
        extensions=material.pbr_extensions,
        extras=material.pbr_extras,
    )
    out = filled(
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
    return filled(source=texture.image, sampler=texture.sampler, name=texture.name, **_rest(texture))


def _sampler(sampler: Sampler) -> dict[str, Any]:
    return filled(
        magFilter=sampler.mag_filter,
        minFilter=sampler.min_filter,
        wrapS=None if sampler.wrap_s == 10497 else sampler.wrap_s,
        wrapT=None if sampler.wrap_t == 10497 else sampler.wrap_t,
        name=sampler.name,
        **_rest(sampler),
    )

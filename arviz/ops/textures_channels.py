"""Which channels of each picture a product reads: what nobody reads may be anything, and compresses best as nothing new."""

from __future__ import annotations

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.material import Material

_ALL = frozenset({0, 1, 2, 3})
_COLOUR = frozenset({0, 1, 2})
_READ = {
    "occlusionTexture": {0},
    "normalTexture": _COLOUR,
    "emissiveTexture": _COLOUR,
    "clearcoatTexture": {0},
    "clearcoatRoughnessTexture": {1},
    "clearcoatNormalTexture": _COLOUR,
    "transmissionTexture": {0},
    "thicknessTexture": {1},
    "specularTexture": {3},
    "specularColorTexture": _COLOUR,
    "sheenColorTexture": _COLOUR,
    "sheenRoughnessTexture": {3},
    "iridescenceTexture": {0},
    "iridescenceThicknessTexture": {1},
    "anisotropyTexture": _COLOUR,
    "diffuseTransmissionTexture": {3},
    "diffuseTransmissionColorTexture": _COLOUR,
}
"""glTF 2.0 section 3.9 and the texts of the KHR_materials extensions; what is not listed reads all."""


def read_channels(asset: Asset) -> dict[int, frozenset[int]]:
    """Return image index -> the channels (0 red to 3 alpha) that some material reads; unused images are not named."""
    out: dict[int, frozenset[int]] = {}
    for material in asset.materials:
        for slot, info in material.texture_slots():
            for image in asset.textures[info.texture].image_candidates:
                out[image] = out.get(image, frozenset()) | _read(material, slot)
    return out


def _read(material: Material, slot: str) -> frozenset[int]:
    if slot == "baseColorTexture":
        return _COLOUR if material.alpha_mode == "OPAQUE" else _ALL
    if slot == "metallicRoughnessTexture":
        # What a factor of zero takes away is not read.
        return frozenset({channel for channel, factor in ((1, material.roughness_factor), (2, material.metallic_factor)) if factor})
    return frozenset(_READ.get(slot, _ALL))


def only_channels(pixels: Array, read: frozenset[int]) -> Array:
    """Return (H, W, 3 or 4) uint8 with the colours that nobody reads made like one that is read, and without an alpha in vain.

    Equal colours are grey, and grey needs no chroma in JPEG and WebP. `pixels` itself where all is read.
    """
    kept = pixels[..., :3] if pixels.shape[2] == 4 and 3 not in read else pixels
    colours = sorted(channel for channel in read if channel < 3)
    idle = [channel for channel in range(3) if channel not in read]
    if pixels.shape[2] == 1 or not idle:
        return kept
    out = kept.copy()
    for channel in idle:
        out[..., channel] = kept[..., colours[0]] if colours else 0
    return np.ascontiguousarray(out)

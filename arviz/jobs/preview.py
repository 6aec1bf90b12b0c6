"""An asset's preview: its GLB with all that small pictures show and no more, and with the shadow that it has on its floor.

A process that has not drawn a product yet spends most of its time on the shadow, which is the same from all sides, and on textures, of
which a thumbnail shows one texel in sixteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.image import Image, decode, encode
from arviz.core.material import EncodedImage
from arviz.core.scene import Item, ShadowMap
from arviz.flows.render import ENVIRONMENT
from arviz.flows.seen_texels import unseen_halvings
from arviz.flows.shrink_textures import shrink_textures
from arviz.flows.stage import stage
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.render.glass import TRANSMISSION
from arviz.render.sky_shadow import known_shadow
from arviz.render.texture_pixels import texture_cap_px

PREVIEW_PX = 256
"""Longest side of the pictures that are drawn of previews: they look as those of the whole product."""
_SHADOW = "sky_shadow"


def write_preview(master: Path, to: Path) -> None:
    """Write the preview of a GLB of ours."""
    asset = read(master)
    unseen = unseen_halvings(asset, longest_px=PREVIEW_PX)
    small = shrink_textures(asset, longest_px=texture_cap_px(PREVIEW_PX, PREVIEW_PX), halvings=unseen)
    to.write_bytes(write_glb(_with_shadow(small)))


def drawn_of(files: Mapping[str, str], *, longest_px: int) -> str:
    """Return the one of an asset's `files` of which a picture is drawn whose longest side is this."""
    return files.get("preview", files["glb"]) if longest_px <= PREVIEW_PX else files["glb"]


def shadow_of(preview: Asset) -> tuple[ShadowMap, ...] | None:
    """Return the shadow that a preview came with: of its default look in the usual light; None for other assets."""
    maps = preview.extras.get(_SHADOW) if isinstance(preview.extras, Mapping) else None
    if maps is None:
        return None
    return tuple(ShadowMap(one["low_m"], one["high_m"], _share(preview.images[one["image"]])) for one in maps)


def casts_alike(asset: Asset, variant: str | None) -> bool:
    """Tell whether a variant has the shadow of the default look: only what lets light through makes a difference."""
    return variant is None or all(m.alpha_mode == "OPAQUE" and TRANSMISSION not in m.extensions for m in asset.materials)


def _with_shadow(asset: Asset) -> Asset:
    """Return an asset with its shadow as pictures that no texture names; nothing that is drawn stands in the extras of an asset."""
    product = Item(asset=asset)
    scene = stage((product,), product=asset, environment=ENVIRONMENT, shadow=1.0)
    maps = known_shadow([product], scene.items[-1], scene.lighting)
    pictures = tuple(EncodedImage(data=_picture(one.share), mime_type="image/png", name=_SHADOW) for one in maps)
    told = [{"low_m": one.low_m, "high_m": one.high_m, "image": len(asset.images) + index} for index, one in enumerate(maps)]
    return replace(asset, images=(*asset.images, *pictures), extras={_SHADOW: told})


def _picture(share: Array) -> bytes:
    """Return (H, W) shares as PNG: 16 bits, the upper half red and the lower green."""
    codes = np.rint(65535 * share).astype(np.uint16)
    return encode(Image(pixels=np.stack([codes >> 8, codes & 255, 0 * codes], axis=-1).astype(np.uint8)), "PNG")


def _share(picture: EncodedImage) -> Array:
    assert picture.data is not None
    red, green, _ = np.moveaxis(decode(picture.data, where=picture.name).pixels.astype(np.float32), -1, 0)
    out: Array = (256 * red + green) / np.float32(65535)
    return out

"""An asset's preview: its GLB with textures as large as small pictures can show.

A process that has not drawn a product yet spends most of its time on textures, of which a thumbnail shows one texel in sixteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from arviz.flows.shrink_textures import shrink_textures
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.render.texture_pixels import texture_cap_px

PREVIEW_PX = 256
"""Longest side of the pictures that are drawn of previews: they look as those of the whole product."""


def write_preview(master: Path, to: Path) -> bool:
    """Write the preview of a GLB of ours; False where it would be the same."""
    asset = read(master)
    small = shrink_textures(asset, longest_px=texture_cap_px(PREVIEW_PX, PREVIEW_PX))
    if small is not asset:
        to.write_bytes(write_glb(small))
    return small is not asset


def drawn_of(files: Mapping[str, str], *, longest_px: int) -> str:
    """Return the one of an asset's `files` of which a picture is drawn whose longest side is this."""
    return files.get("preview", files["glb"]) if longest_px <= PREVIEW_PX else files["glb"]

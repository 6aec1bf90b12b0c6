"""Gather `FileFacts`: what stands in the bytes of a file, beside the Asset or the figures that were read from them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError
from arviz.core.extensions import used_extensions
from arviz.core.facts import FileFacts, TextureFacts, Usage
from arviz.core.graph import bounds, drawn, local_matrix
from arviz.core.image import measure
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import COLOUR_SLOTS
from arviz.formats.files import Files
from arviz.formats.gltf.container import split


def file_facts(data: bytes, asset: Asset, *, files: Files | None = None) -> FileFacts:
    """Return the facts of a file of any mesh format.

    Parameters
    ----------
    data : bytes
        The file as written.
    asset : Asset
        What was read from it.
    files : Files, optional
        The door to its folder: with it the files that a ``.gltf`` names are counted too.
    """
    kind = _container(data, asset)
    used, required = used_extensions(asset), asset.extensions_required
    size = len(data)
    if kind in ("glb", "gltf"):
        where = files or Files(None, name="<bytes>")
        document, _ = split(data, where)
        used, required = _names(document, "extensionsUsed"), _names(document, "extensionsRequired")
        size += _beside(document, where)
    pieces = list(drawn(asset))
    box = bounds(asset)
    known = box is not None and asset.unit_known
    centre = None if box is None else (box[0] + box[1]) / 2
    return FileFacts(
        bytes=size,
        container=kind,
        textures=_textures(asset),
        triangles=sum(len(piece.primitive.triangles) for piece in pieces),
        vertices=sum(len(piece.positions) for piece in pieces),
        draw_calls=len(pieces),
        materials=len(asset.materials),
        nodes=len(asset.nodes),
        meshes=len(asset.meshes),
        primitives=sum(len(mesh.primitives) for mesh in asset.meshes),
        extensions_used=used,
        extensions_required=required,
        animation_s=_animation_s(asset),
        uv_sets=len({n for mesh in asset.meshes for p in mesh.primitives for n in p.attributes if n.startswith("TEXCOORD_")}),
        variants=len(asset.variants),
        lights=len(asset.lights),
        cameras=len(asset.cameras),
        size_m=tuple((box[1] - box[0]).tolist()) if known and box is not None else None,
        base_y_m=float(box[0][1]) if known and box is not None else None,
        pivot_offset_m=float(np.hypot(centre[0], centre[2])) if known and centre is not None else None,
        root_transform_clean=all(np.array_equal(local_matrix(asset.nodes[root]), np.eye(4)) for root in asset.roots),
    )


def usdz_facts(data: bytes, figures: Mapping[str, Any], *, name: str = "product.usdz", limits: Limits = DEFAULT_LIMITS) -> FileFacts:
    """Return the facts of a USDZ; `figures` are those of `arviz.formats.usdz.rules.check_usdz`.

    Raises
    ------
    FormatError
        No zip archive.
    """
    from arviz.formats.usdz.archive import read_directory
    from arviz.formats.usdz.package import ALIGNMENT

    entries = read_directory(data, where=name, limits=limits)
    pictures = [entry for entry in entries if entry.extension in _USDZ_PICTURES]
    return FileFacts(
        bytes=len(data),
        container="usdz",
        textures=tuple(_usdz_texture(entry.name, _USDZ_PICTURES[entry.extension], entry.content(data), entry.method) for entry in pictures),
        triangles=figures.get("triangles"),
        materials=figures.get("materials"),
        meshes=figures.get("meshes"),
        animation_s=figures.get("animation_s"),
        variants=sum(len(names) for names in figures["variants"].values()) if "variants" in figures else None,
        zip_stored=all(entry.method == 0 for entry in entries),
        zip_aligned=all(entry.start % ALIGNMENT == 0 for entry in entries),
        usd_layers=sum(entry.extension.startswith(".usd") for entry in entries),
        root_layer=entries[0].extension.removeprefix(".") if entries else "",
    )


_USDZ_PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".ktx2": "image/ktx2",
                  ".avif": "image/avif", ".exr": "image/x-exr", ".tga": "image/x-tga", ".tif": "image/tiff"}  # fmt: skip


def _usdz_texture(name: str, mime: str, content: bytes, method: int) -> TextureFacts:
    width = height = 0
    if method == 0:  # compressed entries are a fault that the archive's rules report; they are not unpacked
        with suppress(ArvizError):
            width, height = picture_size(content, mime)
    return TextureFacts(name=name, mime=mime, width_px=width, height_px=height, bytes=len(content), usage="unused")


def _container(data: bytes, asset: Asset) -> str:
    if data[:4] == b"glTF":
        return "glb"
    return asset.source.format if asset.source is not None else ""


def _names(document: dict[str, Any], key: str) -> tuple[str, ...]:
    value = document.get(key)
    return tuple(sorted({name for name in value if isinstance(name, str)})) if isinstance(value, list) else ()


def _beside(document: dict[str, Any], files: Files) -> int:
    """Return the bytes of all files that the document names and that exist, each once."""
    uris: set[str] = set()
    for key in ("buffers", "images"):
        entries = document.get(key)
        for entry in entries if isinstance(entries, list) else ():
            uri = entry.get("uri") if isinstance(entry, dict) else None
            if isinstance(uri, str) and uri and not uri.startswith("data:"):
                uris.add(uri)
    total = 0
    for uri in uris:
        with suppress(ArvizError):  # what may not be opened is no part of the file; reading it has said so
            total += len(files.read(uri) or b"")
    return total


def _textures(asset: Asset) -> tuple[TextureFacts, ...]:
    usage = _usage(asset)
    out = []
    for index, image in enumerate(asset.images):
        width = height = 0
        if image.data is not None:
            with suppress(ArvizError):  # a broken picture has no size; the checks of the asset report it
                width, height = picture_size(image.data, image.mime_type)
        name = image.name or image.uri or f"images[{index}]"
        out.append(
            TextureFacts(
                name=name,
                mime=image.mime_type,
                width_px=width,
                height_px=height,
                bytes=len(image.data or b""),
                usage=usage.get(index, "unused"),
            )
        )
    return tuple(out)


def picture_size(data: bytes, mime: str) -> tuple[int, int]:
    """Return (width, height) in pixels from a picture's header; raise ImageError if it has none that we know."""
    if mime == "image/ktx2" or data.startswith(b"\xabKTX 20"):
        # pixelWidth and pixelHeight stand at byte 20 (KTX 2.0 specification, section 3)
        return struct.unpack_from("<II", data, 20) if len(data) >= 28 else (0, 0)
    return measure(data)


def _usage(asset: Asset) -> dict[int, Usage]:
    """Return image index -> usage, over all materials; a normal map stays one whatever else uses it."""
    out: dict[int, Usage] = {}
    rank: dict[Usage, int] = {"data": 1, "colour": 2, "normal": 3}
    for material in asset.materials:
        for slot, info in material.texture_slots():
            if not 0 <= info.texture < len(asset.textures):
                continue
            kind: Usage = "normal" if slot.endswith("ormalTexture") else "colour" if slot in COLOUR_SLOTS else "data"
            for image in asset.textures[info.texture].image_candidates:
                if rank[kind] > rank.get(out.get(image, "unused"), 0):
                    out[image] = kind
    return out


def _animation_s(asset: Asset) -> float:
    ends = (float(track.times.max()) for animation in asset.animations for track in animation.tracks if len(track.times))
    return max((end for end in ends if np.isfinite(end)), default=0.0)

"""The file of a product that is seen from afar: one mesh, one material, within a few kilobytes, as like the original as these allow.

triangles and texels pay with the same bytes: for every number of triangles the pictures take what is left, and small pictures of the
original tell which of these files is most like it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage
from arviz.core.report import Finding
from arviz.flows.optimise.gate import Gate
from arviz.flows.optimise.pictures import formats_of
from arviz.flows.optimise.search import over_budget
from arviz.flows.optimise.settings import Optimised, Settings
from arviz.formats.gltf.encoded import as_encoded, quantisation_error_m
from arviz.formats.gltf.encoding import Encoding
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encode import encode_pixels
from arviz.formats.pictures.encoding import MEDIA_TYPES, Kind, PictureEncoding
from arviz.formats.pictures.replace import put_pictures
from arviz.ops.one_material import OneMaterial, one_material_levels
from arviz.render.renderer import Renderer

SEEN_PX = 128
"""Pictures are compared at this size: a chair in a room, four metres away, on a telephone."""
_TRIANGLES = (2_400, 1_700, 1_200, 700, 300, 100)
_UNMEASURED = 1_200
_BITS: dict[str, Any] = {"position_bits": 12, "normal_bits": 8, "uv_bits": 11}
"""Of two metres 12 bits are half a millimetre, of 256 texels 11 bits an eighth of one."""
_WAYS = ((256, 80), (256, 65), (256, 50), (192, 55), (192, 40), (128, 50), (128, 35), (96, 40), (64, 40), (32, 40))
"""Side and quality of the base colour's picture, the best first; the others have half of the side."""
_AS_GOOD_DB = 0.25
"""A smaller file is taken if it loses no more."""


class _Made(NamedTuple):
    product: OneMaterial
    file: Optimised
    way: int
    """Index into `_WAYS`."""


def far(asset: Asset, *, settings: Settings, renderer: Renderer | None, limits: Limits) -> Optimised:
    """Return the GLB of a product as one mesh of one material, most like it in pictures of `SEEN_PX` within ``settings.max_bytes``.

    Without a renderer, and with the effort ``fast``, nothing is measured.

    Raises
    ------
    MeshError, DependencyError, BackendError
        Nothing is drawn, or a picture cannot be encoded.
    """
    gate = None if renderer is None or settings.effort == "fast" else Gate(asset, renderer, default_only=True, size_px=SEEN_PX)
    best: _Made | None = None
    for product in one_material_levels(asset, triangles=_counts(settings, measured=gate is not None), limits=limits):
        made = next((each for each in _files(product, settings, limits) if _fits(each, settings)), None)
        if made is not None and gate is None:
            best = made
            break
        made = None if made is None or gate is None else _measured(made, gate)
        best = made if best is None or (made is not None and _db(made) > _db(best)) else best
        last = product
    if best is None:
        *_, best = _files(last, settings, limits)
    elif gate is not None:
        best = _as_good(best, gate, settings, limits)
    return best.file._replace(findings=tuple(_findings(best, settings)))


def _counts(settings: Settings, *, measured: bool) -> tuple[int, ...]:
    """Return the numbers of triangles that are tried."""
    most = min(_TRIANGLES[0] if measured else _UNMEASURED, settings.max_triangles or _TRIANGLES[0])
    return tuple(count for count in _TRIANGLES if count <= most) or (most,)


def _files(product: OneMaterial, settings: Settings, limits: Limits, *, after: int = -1) -> Iterator[_Made]:
    """Yield the files of a product of one material, those with the best pictures first."""
    encoding = Encoding(geometry=settings.geometry, **_BITS)
    pixels = [decode(image.data or b"", limits=limits).pixels for image in product.asset.images]
    for number, (px, quality) in enumerate(_WAYS):
        if number > after:
            images = [
                _encoded(*pair, settings, px=min(px, settings.longest_px), quality=quality)
                for pair in zip(product.asset.images, pixels, strict=True)
            ]
            asset = put_pictures(product.asset, images)
            yield _Made(product, Optimised(write_glb(asset, encoding=encoding), as_encoded(asset, encoding), None), number)


def _encoded(image: EncodedImage, pixels: Array, settings: Settings, *, px: int, quality: int) -> EncodedImage:
    """Return a picture written small; in its own format where none is allowed."""
    if not settings.formats:
        return image
    kind: Kind = "data" if image.name == "data" else "colour"
    (name, *_) = formats_of(kind, settings.formats, pixels)
    side = px if image.name == "base" else px // 2
    encoding = PictureEncoding(format=name, quality=quality, longest_px=side)
    return replace(image, data=encode_pixels(pixels, encoding, kind=kind), mime_type=MEDIA_TYPES[name])


def _fits(made: _Made, settings: Settings) -> bool:
    return settings.max_bytes is None or len(made.file.data) <= settings.max_bytes


def _measured(made: _Made, gate: Gate) -> _Made:
    return made._replace(file=made.file._replace(quality=gate.measure(made.file.asset)))


def _db(made: _Made) -> float:
    return -math.inf if made.file.quality is None else made.file.quality.db


def _as_good(best: _Made, gate: Gate, settings: Settings, limits: Limits) -> _Made:
    """Return the smallest file of the same triangles that is nearly as good."""
    least, out = _db(best) - _AS_GOOD_DB, best
    for each in _files(best.product, settings, limits, after=best.way):
        made = _measured(each, gate)
        if _db(made) < least:
            break
        out = made
    return out


def _findings(made: _Made, settings: Settings) -> Iterator[Finding]:
    """Yield what the file lost, how true its size is, and a budget that it does not hold."""
    yield from made.product.report.findings
    off_m = made.product.report.figures["size_error_m"] + quantisation_error_m(
        made.product.asset, Encoding(geometry=settings.geometry, **_BITS)
    )
    message = f"sides are true to {off_m * 1000:.2g} mm"
    yield Finding(code="I_ONE_MATERIAL_SIZE", severity="info", message=message)
    yield from over_budget(made.file, settings)

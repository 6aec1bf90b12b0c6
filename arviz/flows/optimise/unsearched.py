"""Files that are not searched: each picture encoded once, or kept."""

from __future__ import annotations

from arviz.core.asset import Asset
from arviz.core.graph import triangle_count
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage
from arviz.flows.optimise.gate import Gate
from arviz.flows.optimise.pictures import formats_of, may_stay, sources
from arviz.flows.optimise.settings import Optimised, Settings
from arviz.formats.gltf.encoded import as_encoded
from arviz.formats.gltf.encoding import Encoding, Geometry
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encoding import PictureEncoding
from arviz.formats.pictures.replace import put_pictures
from arviz.ops.simplify import simplify
from arviz.ops.textures import textures
from arviz.render.renderer import Renderer

USUAL_QUALITY = {"colour": 78, "data": 70, "normal": 60}
"""Quality of what is not searched."""
_WORTH_LOSING = 0.9
"""Pictures that may stay do so where encoding them anew saves less: each time costs quality."""


def lean_asset(asset: Asset, settings: Settings, limits: Limits) -> Asset:
    """Return a product without what nobody sees, of no more triangles than allowed."""
    lean = textures(asset, limits=limits)
    if settings.max_triangles is not None and triangle_count(lean) > settings.max_triangles:
        lean = simplify(lean, triangles=settings.max_triangles)
    return lean


def unmeasured(asset: Asset, settings: Settings, limits: Limits) -> Optimised:
    """Return a product whose pictures are encoded once, at a usual quality."""
    lean = lean_asset(asset, settings, limits)
    images, hasty = list(lean.images), settings.effort == "fast"
    for source in sources(lean, settings.formats, settings.longest_px) if settings.formats else ():
        pixels = source.pixels(limits)
        best = formats_of(source.kind, settings.formats, pixels)[0]
        encoding = PictureEncoding(format=best, quality=USUAL_QUALITY[source.kind], longest_px=settings.longest_px, fast=True, hasty=hasty)
        images[source.index] = _smaller(source.image, source.of_pixels(pixels, encoding), settings, at_most=_WORTH_LOSING)
    usual = Encoding(geometry=settings.geometry)
    return _made(put_pictures(lean, images), usual)


def _made(asset: Asset, encoding: Encoding) -> Optimised:
    return Optimised(write_glb(asset, encoding=encoding), as_encoded(asset, encoding), None)


def _smaller(kept: EncodedImage, written: EncodedImage, settings: Settings, *, at_most: float = 1.0) -> EncodedImage:
    """Return a picture as it was if it may stay and the other has more than `at_most` times its bytes."""
    may = may_stay(kept, settings.formats, settings.longest_px)
    return kept if may and len(written.data or b"") >= at_most * len(kept.data or b"") else written


def input_bytes(asset: Asset) -> int:
    """Return the bytes of the glTF that a product was, if that was one file; else 0."""
    source = asset.source
    return 0 if source is None or source.format != "gltf" or source.beside else source.bytes


def no_larger(asset: Asset, out: Optimised, *, settings: Settings, renderer: Renderer | None, limits: Limits, least_db: float) -> Optimised:
    """Return `out`; if it is larger than the glTF that `asset` was, the smallest of simpler ways that loses no more than it may.

    What was compressed already seldom gets smaller by being compressed again, and what is tiny has no bytes for extensions.
    """
    if not 0 < input_bytes(asset) < len(out.data):
        return out
    lean = lean_asset(asset, settings, limits)
    # Images keep their places in the search.
    images = [_smaller(*pair, settings) for pair in zip(lean.images, out.asset.images, strict=True)]
    lean = put_pictures(lean, images)
    geometries: tuple[Geometry, ...] = ("none",) if settings.geometry == "none" else ("none", "quantized", settings.geometry)
    ways = sorted((_made(lean, Encoding(geometry=geometry)) for geometry in geometries), key=lambda way: len(way.data))
    for way in (way for way in ways if len(way.data) < len(out.data)):
        if out.quality is None or renderer is None:
            return way
        quality = Gate(asset, renderer).measure(way.asset)
        if quality.db >= min(out.quality.db, least_db):
            return way._replace(quality=quality)
    return out

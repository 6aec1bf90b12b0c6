"""What a picture of a product costs in every size and encoding that it may have, and how far its texels are off then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import ImageError, LimitError
from arviz.core.frozen import Array
from arviz.core.image import decode, measure
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage
from arviz.formats.pictures.encode import encode_pixels, encode_qualities
from arviz.formats.pictures.encoding import MEDIA_TYPES, Kind, PictureEncoding, PictureFormat
from arviz.formats.pictures.kinds import picture_kinds
from arviz.ops.textures_channels import only_channels, read_channels

SEEN_PX = 1024
"""Texels are compared at this size: the gate's pictures, 512 pixels with four samples each, show no finer ones."""
LEAST_PX: dict[Kind, int] = {"colour": 512, "normal": 512, "data": 256}
"""What pictures keep at least, whatever the gate sees: shoppers come nearer than it does."""
_DECODED = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/ktx2")
"""Media types that can be encoded anew: what a target does not take must not stay in its file."""
_TINY_BYTES = 1024
_QUALITIES: dict[PictureFormat, tuple[int | None, ...]] = {
    "webp": (50, 70, 88),
    "jpeg": (30, 45, 60, 75, 86, 94),
    "ktx2": (40, 90, None),  # ETC1S, and UASTC, which is larger and better
    "png": (100,),
}
_GRAINY_QUALITY = 35
"""Of small normal maps, too: what WebP takes of their grain it takes at any quality."""
_SMALL_PX = 512
_LARGE_QUALITIES = (50, 78)
"""Of pictures at full size, which take four times the time: fewer, and they are seldom chosen."""
_LARGE_PX = 1500


class Choice(NamedTuple):
    """One way to write a picture: as it is (no encoding), or encoded anew."""

    encoding: PictureEncoding | None
    data: bytes
    error: float
    """Mean squared error of the channels that are read, in codes of 8 bits, at `SEEN_PX`."""

    @property
    def format(self) -> PictureFormat | None:
        """What it is encoded as anew."""
        return None if self.encoding is None else self.encoding.format


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Source:
    """A picture that is searched: its pixels as far as they are read."""

    index: int
    image: EncodedImage
    kind: Kind
    read: frozenset[int]

    def pixels(self, limits: Limits) -> Array:
        """Decode it, (H, W, 3 or 4) uint8; channels that nobody reads hold nothing of their own."""
        assert self.image.data is not None
        pixels = decode(self.image.data, where=self.image.name, limits=limits).pixels
        return only_channels(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels, self.read)

    def written(self, encoding: PictureEncoding, limits: Limits) -> EncodedImage:
        """Return the picture in an encoding."""
        return self.of_pixels(self.pixels(limits), encoding)

    def of_pixels(self, pixels: Array, encoding: PictureEncoding) -> EncodedImage:
        """Return the picture of its `pixels` in an encoding."""
        data = encode_pixels(pixels, encoding, kind=self.kind)
        return replace(self.image, data=data, mime_type=MEDIA_TYPES[encoding.format])


def may_stay(image: EncodedImage, formats: Sequence[PictureFormat], longest_px: int) -> bool:
    """Return whether a picture may be delivered byte by byte: no formats allow all that there are."""
    if image.data is None or not formats:
        return True
    return image.mime_type in {MEDIA_TYPES[name] for name in formats} and max(measure(image.data)) <= longest_px


def sources(asset: Asset, formats: Sequence[PictureFormat], longest_px: int) -> Iterator[Source]:
    """Yield the pictures that can be searched; missing ones, what cannot be decoded, and tiny ones that may, stay as they are."""
    kinds, read = picture_kinds(asset), read_channels(asset)
    for index, image in enumerate(asset.images):
        if index not in kinds or image.data is None or image.mime_type not in _DECODED:
            continue
        if len(image.data) > _TINY_BYTES or not may_stay(image, formats, longest_px):
            yield Source(index=index, image=image, kind=kinds[index], read=read[index])


def formats_of(kind: Kind, allowed: Sequence[PictureFormat], pixels: Array) -> tuple[PictureFormat, ...]:
    """Return the formats that are worth trying for a kind of picture, of those that are allowed; transparent ones are never JPEG.

    WebP halves the chroma of all that it writes, which for normals is a third of what they say, and JPEG need not: fine grain takes
    half of the bytes as JPEG, smooth shapes as WebP.
    """
    if pixels.shape[2] == 4 and pixels[..., 3].min(initial=255) < 255:
        allowed = tuple(name for name in allowed if name != "jpeg") or ("png",)
    best: tuple[PictureFormat, ...] = ("jpeg", "webp") if kind == "normal" else ("webp",)
    found = tuple(name for name in best if name in allowed)
    return found or tuple(allowed[:1])


def choices(
    source: Source, *, formats: Sequence[PictureFormat], longest_px: int, keep: bool, limits: Limits, least_px: int = 0
) -> list[Choice]:
    """Return the ways to write a picture, the smallest first; of each format only such that are better than all smaller ones.

    `keep` also offers the file as it is; `least_px` is below no platform's least. A picture that cannot be decoded gives none.
    """
    assert source.image.data is not None
    try:
        pixels = source.pixels(limits)
    except (ImageError, LimitError):
        return []
    side = max(pixels.shape[:2])
    truth = _seen(pixels, source.kind)
    found = [Choice(None, source.image.data, 0.0)] if keep and side <= longest_px else []
    for px in _sides(side, longest_px, max(LEAST_PX[source.kind], least_px)):
        for name in formats_of(source.kind, formats, pixels):
            qualities = _QUALITIES[name] if name != "webp" else _webp_qualities(px, source.kind)
            encoding = PictureEncoding(format=name, longest_px=px if px < side else None, fast=True)
            for quality, data in zip(qualities, encode_qualities(pixels, encoding, qualities, kind=source.kind), strict=True):
                found.append(Choice(replace(encoding, quality=quality), data, _error(truth, data, source, limits)))
    return _front(found)


def _webp_qualities(px: int, kind: Kind) -> tuple[int | None, ...]:
    if px > _LARGE_PX:
        return _LARGE_QUALITIES
    return (_GRAINY_QUALITY, *_QUALITIES["webp"]) if kind == "normal" and px <= _SMALL_PX else _QUALITIES["webp"]


def _sides(side: int, longest_px: int, least_px: int) -> list[int]:
    """Return the sizes that are tried: as large as allowed, and its halves down to the least."""
    out = [min(side, longest_px)]
    while out[-1] // 2 >= least_px and len(out) < 3:
        out.append(out[-1] // 2)
    return out


def _seen(pixels: Array, kind: Kind) -> Array:
    """Return float32 pixels at the size that pictures show; normals of length one, as shaders make them."""
    import cv2

    side = max(pixels.shape[:2])
    if side > SEEN_PX:
        share = SEEN_PX / side
        size = max(round(pixels.shape[1] * share), 1), max(round(pixels.shape[0] * share), 1)
        pixels = np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA))
    out = np.ascontiguousarray(pixels, np.float32)
    return out if kind != "normal" else _directions(out[..., :3])


def _directions(pixels: Array) -> Array:
    """Return (H, W, 3) float32 directions, of length 127.5 so that their errors are in codes, too."""
    vectors = pixels - np.float32(127.5)
    lengths = np.sqrt(np.einsum("hwc,hwc->hw", vectors, vectors))[..., None]
    out: Array = vectors * (np.float32(127.5) / np.maximum(lengths, np.float32(1e-3)))
    return out


def _error(truth: Array, data: bytes, source: Source, limits: Limits) -> float:
    import cv2

    decoded = decode(data, limits=limits).pixels
    found = _seen(np.repeat(decoded, 3, axis=2) if decoded.shape[2] == 1 else decoded, source.kind)
    if found.shape[:2] != truth.shape[:2]:
        found = np.asarray(cv2.resize(found, (truth.shape[1], truth.shape[0]), interpolation=cv2.INTER_LINEAR))
    channels = [channel for channel in sorted(source.read) if channel < min(truth.shape[2], found.shape[2])]
    return float(np.square(truth[..., channels] - found[..., channels]).mean())


def _front(found: list[Choice]) -> list[Choice]:
    """Return the choices that are better than every smaller one of their format, the smallest first."""
    out: list[Choice] = []
    best: dict[PictureFormat | None, float] = {}
    for choice in sorted(found, key=lambda choice: (len(choice.data), choice.error)):
        name = choice.format
        if choice.error < best.get(name, np.inf):
            best[name] = choice.error
            out.append(choice)
    return out

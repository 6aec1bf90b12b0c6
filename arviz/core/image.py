"""Pictures: `Image`, and the one place where encoded pictures become pixels."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np

from arviz.core.above import ABOVE
from arviz.core.errors import ImageError, LimitError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from PIL import Image as PillowImage

Space = Literal["srgb", "linear"]
Alpha = Literal["none", "straight", "premultiplied"]
DECODED_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF", "GIF", "AVIF")

IMAGE_CODECS = Registry("image codec", {"image/ktx2": "arviz.formats.gltf.codecs.ktx2:CODEC"})
"""Pictures that Pillow does not know, by media type; each is an `ImageCodec`."""

_BAND_ROWS = 128
_MAGIC = {b"\xabKTX 20\xbb": "image/ktx2"}
_WEBP = "PIL.WebPImagePlugin"
"""Loaded by name: Pillow itself would load all forty of its formats to find this one, 0.1 s of every command that writes WebP."""


class Pixels(Protocol):
    """What holds pixels in memory: a Pillow picture, a NumPy array."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Image:
    """Pixels with their meaning.

    Parameters
    ----------
    pixels : ndarray (H, W, C)
        C = 1, 3 or 4, RGB order; uint8 (0..255) or float32 (1.0 is white). Row 0 is the top.
    space : "srgb" or "linear"
        Transfer function of the colour channels, Rec.709 primaries.
    alpha : "none", "straight" or "premultiplied"
        What the fourth channel means; "none" if there is none.
    """

    pixels: Array
    space: Space = "srgb"
    alpha: Alpha = "none"

    def __post_init__(self) -> None:
        pixels = np.asarray(self.pixels)
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
            raise ValueError(f"pixels are (H, W, 1, 3 or 4), found {pixels.shape}; Image.of takes pictures and arrays of every kind")
        if pixels.dtype != np.uint8:
            pixels = pixels.astype(np.float32, copy=False)
        if (pixels.shape[2] == 4) != (self.alpha != "none"):
            hint = '; for a transparent picture say alpha="straight"' if pixels.shape[2] == 4 else ""
            raise ValueError(f"{pixels.shape[2]} channels do not go with alpha={self.alpha!r}{hint}")
        set_fields(self, pixels=readonly(pixels))

    @classmethod
    def of(cls, picture: Image | Pixels) -> Image:
        """Return a Pillow picture, upright, or an array as an 8-bit sRGB image; an `Image` as it is.

        Parameters
        ----------
        picture : PIL.Image.Image, ndarray (H, W) or (H, W, 1, 3 or 4), or Image
            Of an array uint8, or float from 0 to 1; a fourth channel is straight alpha.

        Raises
        ------
        ImageError
            ``E_PICTURE_KIND``: something else.
        """
        if isinstance(picture, Image):
            return picture
        from PIL import Image as PillowImage
        from PIL import ImageOps

        if isinstance(picture, PillowImage.Image):
            upright = ImageOps.exif_transpose(picture)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        pixels: Array = np.asarray(picture)
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        if pixels.dtype.kind == "f" and pixels.size and pixels.min() >= 0 and pixels.max() <= 1:
            pixels = np.round(pixels * 255).astype(np.uint8)
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or pixels.dtype != np.uint8:
            raise ImageError(
                "E_PICTURE_KIND",
                "this is no picture that is known",
                expected="a Pillow picture, or an array (H, W), (H, W, 3) or (H, W, 4) of uint8 or of 0.0 to 1.0",
                found=f"{type(picture).__name__} {pixels.shape} {pixels.dtype}" if pixels.ndim else type(picture).__name__,
            )
        return cls(pixels=pixels, alpha="straight" if pixels.shape[2] == 4 else "none")

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.pixels, dtype=dtype, copy=copy)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write the picture as ``.png`` (without loss), ``.webp`` or ``.jpg``; return where.

        Raises
        ------
        InputError
            ``E_OUTPUT_EXISTS`` without `force`; ``E_OUTPUT_FORMAT``; ``E_OUTPUT_UNWRITABLE``.
        """
        written: Path = ABOVE.get("Image.save")(self, path, force=force)
        return written

    @property
    def width_px(self) -> int:
        """Number of columns."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Number of rows."""
        return int(self.pixels.shape[0])

    def __repr__(self) -> str:
        # Only the shape: pictures of people and rooms must not end up in a log.
        return f"Image({self.width_px}x{self.height_px}, {self.pixels.dtype}, {self.space}, alpha {self.alpha})"

    def _repr_png_(self) -> bytes | None:
        if self.pixels.dtype != np.uint8 or self.space != "srgb" or self.alpha == "premultiplied":
            return None
        return encode(self, "PNG")


class _Decode(Protocol):
    def __call__(self, data: bytes, *, where: object, limits: Limits) -> Image: ...


class _Measure(Protocol):
    def __call__(self, data: bytes, *, where: object) -> tuple[int, int]: ...


class ImageCodec(NamedTuple):
    """The plugin kind ``image codec``: like `decode` and `measure`, for one media type."""

    decode: _Decode
    measure: _Measure


def _codec(data: bytes) -> ImageCodec | None:
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    codec: ImageCodec | None = None if kind is None else IMAGE_CODECS.get(kind)
    return codec


def decode(
    data: bytes, *, where: object = None, limits: Limits = DEFAULT_LIMITS, oriented: bool = False, mean_at_px: int | None = None
) -> Image:
    """Decode PNG, JPEG, WebP, BMP, TGA, TIFF, GIF, AVIF or KTX2 bytes into uint8 sRGB pixels with straight alpha.

    Textures are linear data as often as colour; the caller knows which, so `Image.space` is ``"srgb"`` here
    only as the encoded pixels' usual meaning. 16-bit pictures are reduced to 8 bits, palettes expanded. The
    EXIF orientation of a texture is *not* applied, as glTF 2.0 section 3.8.2 demands; `oriented` applies it, for photos.

    With `mean_at_px` the picture is halved until no side is longer, as the mean of its values: right for data such as
    normals, not for light. A JPEG is decoded at that size, which costs half and a fraction of the memory.

    Raises
    ------
    ImageError
        The bytes are no picture, or broken.
    LimitError
        The header announces more pixels than `limits` allow; nothing is decoded then.
    """
    limits.check("image_bytes", len(data), where=where)
    codec = _codec(data)
    if codec is not None:
        return codec.decode(data, where=where, limits=limits)
    from PIL import Image as PillowImage

    with _opened(data, where) as picture:
        limits.check("image_pixels", picture.width * picture.height, where=where)
        if oriented:
            from PIL import ImageOps

            picture = ImageOps.exif_transpose(picture)
        halvings = 0 if mean_at_px is None else _halvings(picture.size, mean_at_px)
        if halvings:
            # Pillow picks the smallest of 1, 1/2, 1/4 and 1/8 that is not below this; other formats than JPEG ignore it.
            picture.draft(None, (max(picture.width >> halvings, 1), max(picture.height >> halvings, 1)))
        if picture.mode.startswith("I") or picture.mode == "F":
            top = 1.0 if picture.mode == "F" else 65535.0  # Pillow's modes I and I;16 hold 16-bit greys
            grey = np.clip(np.nan_to_num(np.asarray(picture, dtype=np.float64) / top), 0, 1)
            return Image(pixels=np.round(grey * 255).astype(np.uint8)[..., None])
        has_alpha = "A" in picture.getbands() or "transparency" in picture.info
        mode = "RGBA" if has_alpha else "RGB"
        plain = picture if picture.mode == mode else picture.convert(mode)
        plain.load()
        while mean_at_px is not None and max(plain.size) > mean_at_px:
            step = (min(plain.width, 2), min(plain.height, 2))
            # Plane by plane: Pillow weights colour by alpha, which would spoil data.
            plain = PillowImage.merge(mode, [plane.reduce(step) for plane in plain.split()])
        pixels = _pixels(plain)
    return Image(pixels=pixels, alpha="straight" if has_alpha else "none")


def check_readable(data: bytes, *, where: object = None, limits: Limits = DEFAULT_LIMITS) -> None:
    """Raise what `decode` would raise, at less than half of its cost: a JPEG is decoded at an eighth of its size."""
    limits.check("image_bytes", len(data), where=where)
    codec = _codec(data)
    if codec is not None:
        codec.decode(data, where=where, limits=limits)
        return
    with _opened(data, where) as picture:
        limits.check("image_pixels", picture.width * picture.height, where=where)
        picture.draft(None, (1, 1))
        picture.load()


def _halvings(size: tuple[int, int], most_px: int) -> int:
    """Return how often a picture is halved, rounding up, until no side is longer than `most_px`."""
    side, count = max(size), 0
    while side > max(most_px, 1):
        side, count = (side + 1) // 2, count + 1
    return count


def _pixels(picture: PillowImage.Image) -> Array:
    """Return (H, W, C) uint8, copied in bands: Pillow's own way holds three times the picture."""
    out = np.empty((picture.height, picture.width, len(picture.getbands())), np.uint8)
    for top in range(0, picture.height, _BAND_ROWS):
        end = min(top + _BAND_ROWS, picture.height)
        out[top:end] = np.asarray(picture.crop((0, top, picture.width, end)))
    return out


def measure(data: bytes, *, where: object = None) -> tuple[int, int]:
    """Return (width, height) in pixels from the header alone; raise ImageError if it is no picture."""
    codec = _codec(data)
    if codec is not None:
        return codec.measure(data, where=where)
    with _opened(data, where) as picture:
        return picture.size


@contextmanager
def _opened(data: bytes, where: object) -> Iterator[PillowImage.Image]:
    from PIL import Image as PillowImage
    from PIL import UnidentifiedImageError

    if data[8:12] == b"WEBP":
        import_module(_WEBP)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning: `Limits` decides
            with PillowImage.open(io.BytesIO(data), formats=DECODED_FORMATS) as picture:
                yield picture
    except PillowImage.DecompressionBombError as error:
        raise LimitError("E_LIMIT_IMAGE_PIXELS", "the picture is too large", where=where, found=str(error)) from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:  # what Pillow raises for broken bytes
        raise ImageError(
            "E_IMAGE_BROKEN",
            "the picture cannot be decoded",
            where=where,
            expected="PNG, JPEG or WebP",
            # Pillow names the memory address of what it cannot identify.
            found="another kind of file" if isinstance(error, UnidentifiedImageError) else str(error) or type(error).__name__,
            hint="Open it in an image editor and save it again.",
        ) from error


def encode(image: Image, format: str, *, quality: int | None = None, quick: bool = False) -> bytes:
    """Encode an 8-bit sRGB picture as ``"PNG"``, ``"JPEG"`` or ``"WEBP"``; without `quality` WebP is lossless.

    `quick` is for pictures that somebody waits for: WebP in a third of the time, with 2 to 7 % more bytes.
    """
    from PIL import Image as PillowImage

    if image.pixels.dtype != np.uint8 or image.space != "srgb" or image.alpha == "premultiplied":
        raise ValueError(f"only finished 8-bit sRGB pictures are encoded, found {image!r}")
    pixels = image.pixels[..., 0] if image.pixels.shape[2] == 1 else image.pixels
    options: dict[str, object] = {"quality": quality} if quality is not None else {}
    if format == "WEBP":
        import_module(_WEBP)
        options = {"lossless": True} if quality is None else options
        options |= {"method": 2} if quick else {}
    out = io.BytesIO()
    PillowImage.fromarray(np.ascontiguousarray(pixels)).save(out, format=format, **options)
    return out.getvalue()

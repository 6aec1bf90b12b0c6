"""Depth files: 16-bit PNG, float or 16-bit TIFF and ``.npy`` into metres along z.

**Convention** a PNG value 1250 is 1.25 m at 1000 per metre (the default), 0.25 m at 5000 (TUM); ``"sun"`` turns the 16 bits by
three and reads millimetres, so that 1250 << 3 = 10000 is 1.25 m. 0 and 65535 are nothing known, as are NaN, infinity and
what is not positive in files of floats.
"""

from __future__ import annotations

import io
import struct
import warnings
from math import isfinite
from tokenize import TokenError
from typing import Literal, NoReturn

import numpy as np

from arviz.core.errors import ImageError, LimitError, UnitError
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.vision.depth.unit import FARTHEST_M, median_m, plausible, refuse_unit

DepthScale = float | Literal["sun"]
NO_RETURN = 65535
"""Besides 0, what sensors write where they saw nothing (7-Scenes, Kinect SDK)."""
_FARTHEST_ASSUMED_M = 8.0
"""The same where nobody named the scale: structured light and phones end at 5 to 8 m, and what lies beyond is rather a file
of another scale."""
_COMMON: tuple[DepthScale, ...] = (1000.0, 5000.0, "sun", 10000.0, 256.0, 100.0, 1.0)
_INDOORS_M = (0.3, 8.0)
_WORDS: dict[str, DepthScale] = {"mm": 1000.0, "m": 1.0, "tum": 5000.0, "sun": "sun"}
_MODES_16_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")


def parse_depth_scale(text: str) -> DepthScale:
    """Read what people write for the scale of depth files: ``1000`` per metre, ``mm``, ``m``, ``tum`` or ``sun``.

    Raises
    ------
    UnitError
        ``E_DEPTH_SCALE``: none of these.
    """
    word = text.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    try:
        value = float(word)
    except ValueError:
        value = 0.0
    if not isfinite(value) or value <= 0:
        raise UnitError(
            "E_DEPTH_SCALE",
            "not a depth scale",
            expected="values per metre, such as 1000 or 5000, or sun",
            found=repr(text),
            hint="See the documents of the sensor or data set: 1000 is millimetres, 5000 TUM RGB-D.",
        )
    return value


def decode_depth(data: bytes, *, scale: float | str | None = None, where: object = None, limits: Limits = DEFAULT_LIMITS) -> Array:
    """Decode a depth file into metres along z.

    Parameters
    ----------
    data : bytes
        A 16-bit PNG, a TIFF of floats or 16 bits, or a ``.npy`` of (H, W) numbers; what ``arviz render --depth`` writes too.
    scale : float, str or None
        Values per metre, or a word of `parse_depth_scale`; None: 1000 for whole numbers, 1 for floats.

    Returns
    -------
    ndarray (H, W) float32
        +inf where nothing is known.

    Raises
    ------
    ImageError
        ``E_DEPTH_FILE``: no such file or a broken one; ``E_DEPTH_BITS``: 8 bits or colours.
    UnitError
        ``E_DEPTH_UNIT``: the median is no distance in a room at this scale; the hint names a scale that would be.
    LimitError
        More bytes or pixels than `limits` allow.
    """
    limits.check("image_bytes", len(data), where=where)
    values = _npy(data, where, limits) if data.startswith(b"\x93NUMPY") else _picture(data, where, limits)
    whole = values.dtype.kind in "iu"
    assumed = scale is None
    used = (1000.0 if whole else 1.0) if scale is None else parse_depth_scale(str(scale))
    if used == "sun" and not whole:
        raise UnitError("E_DEPTH_SCALE", "a file of floats has no bits to turn", where=where, expected="values per metre", found="sun")
    depth = _metres(values, used)
    _check_unit(values, depth, used, assumed=assumed, where=where)
    return depth


def _metres(values: Array, scale: DepthScale) -> Array:
    known = (values > 0) & (values != NO_RETURN) if values.dtype.kind in "iu" else np.isfinite(values) & (values > 0)
    if scale == "sun":
        bits = np.where(known, values, 0).astype(np.uint16)
        metres = ((bits >> 3) | (bits << 13)) / 1000.0
    else:
        metres = np.where(known, values, 1).astype(np.float64) / scale
    return np.where(known & (metres < np.finfo(np.float32).max), metres, np.inf).astype(np.float32)


def _check_unit(values: Array, depth: Array, scale: DepthScale, *, assumed: bool, where: object) -> None:
    median = median_m(depth)
    farthest = _FARTHEST_ASSUMED_M if assumed else FARTHEST_M
    if plausible(median, farthest_m=farthest):
        return
    better = [(other, at) for other in _COMMON if other != scale and (at := _at(values, other)) is not None and _likely(at)]
    options = " or ".join(f"{_named(other)} (median {at:.2f} m)" for other, at in better[:3])
    refuse_unit(
        f"{median:.3g} m at {_named(scale)}{', which was assumed' if assumed else ''}",
        farthest_m=farthest,
        where=where,
        hint=f"Name the scale: {options}." if better else "Name the scale: how many units of the file are a metre.",
    )


def _named(scale: DepthScale) -> str:
    return scale if isinstance(scale, str) else f"{scale:g} per metre"


def _at(values: Array, scale: DepthScale) -> float | None:
    # SUN RGB-D leaves the low three bits empty; read as millimetres the same picture is eight times too far.
    if scale == "sun" and (values.dtype.kind not in "iu" or (values[(values > 0) & (values != NO_RETURN)] & 7).any()):
        return None
    return median_m(_metres(values, scale))


def _likely(median: float) -> bool:
    return _INDOORS_M[0] <= median <= _INDOORS_M[1]


def _picture(data: bytes, where: object, limits: Limits) -> Array:
    from PIL import Image as PillowImage
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning: `Limits` decides
            with PillowImage.open(io.BytesIO(data), formats=("PNG", "TIFF")) as picture:
                limits.check("image_pixels", picture.width * picture.height, where=where)
                if picture.mode not in (*_MODES_16_BIT, "F"):
                    _refuse_bits(picture.mode, where)
                return np.asarray(picture)
    except PillowImage.DecompressionBombError as error:
        raise LimitError("E_LIMIT_IMAGE_PIXELS", "the picture is too large", where=where, found=str(error)) from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, OverflowError, KeyError, TypeError) as error:
        # Pillow names the memory address of what it cannot identify.
        found = "another kind of file" if isinstance(error, UnidentifiedImageError) else str(error) or type(error).__name__
        _refuse(found, where, error)


def _refuse_bits(mode: str, where: object) -> NoReturn:
    raise ImageError(
        "E_DEPTH_BITS",
        "this picture holds no depth: 8 bits are steps of centimetres at best, and colours are no distances",
        where=where,
        expected="a grey PNG of 16 bits, a TIFF of floats, or .npy",
        found={"L": "8-bit grey", "RGB": "colours", "RGBA": "colours", "P": "a palette", "1": "black and white"}.get(mode, mode),
        hint="Export the depth itself, not a picture of it.",
    )


def _npy(data: bytes, where: object, limits: Limits) -> Array:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream, max_header_size=4096)
        # Checked before numpy allocates what the header announces.
        if len(shape) != 2 or min(shape) < 1 or dtype.kind not in "iuf" or dtype.itemsize > 8:
            raise ValueError(f"{dtype} {shape}")
        limits.check("image_pixels", shape[0] * shape[1], where=where)
        if len(data) - stream.tell() < shape[0] * shape[1] * dtype.itemsize:
            raise ValueError("the file ends early")
        stream.seek(0)
        array: Array = np.load(stream, allow_pickle=False)
    except (
        ValueError,
        EOFError,
        OSError,
        SyntaxError,
        TypeError,
        KeyError,
        OverflowError,
        RecursionError,
        MemoryError,
        TokenError,
    ) as error:
        _refuse(str(error)[:120], where, error)
    return array


def _refuse(found: str, where: object, cause: Exception) -> NoReturn:
    raise ImageError(
        "E_DEPTH_FILE",
        "the depth file cannot be read",
        where=where,
        expected="a grey PNG of 16 bits, a TIFF of floats, or .npy of (H, W) numbers",
        found=found,
        hint="Export it again; .npy is read without pickled objects.",
    ) from cause

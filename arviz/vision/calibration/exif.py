"""What a photo says of its camera: make, lens, turn, and a focal length to fall back on, with its sigma.

The tag FocalLengthIn35mmFilm (Exif 2.32, 0xA405) has two readings: by the diagonal, ``f = f35 / 43.27 mm * diagonal``
(CIPA DCG-001), or by the long side, ``f = f35 / 36 mm * long side``. They agree at 3:2 and differ by 4 % at 4:3, the shape
of phones' sensors; a 16:9 picture may also be a 4:3 one with its top and bottom cut off. The answer lies in the middle of
the readings, and its sigma covers them.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, isfinite, sqrt
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import ArvizError
from arviz.core.image import measure

_FILM_LONG_MM, _FILM_DIAGONAL_MM = 36.0, hypot(36.0, 24.0)
_MAKER_SHARE = 0.02
"""Nominal focal lengths against real ones, focused near: two percent (ISO 517 allows 6 % for lenses in general)."""
_RESIZED_SHARE = 0.04
"""Added where the picture is smaller than the camera's: shrunk, most likely, but perhaps cut out too."""
_SAME_SHAPE = 0.01
_QUARTER_TURNED = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """What the tags of a photo say; None where they are silent.

    Parameters
    ----------
    make, model, lens, taken : str or None
        `taken` is the date and time as the camera wrote it.
    orientation : int
        1 to 8 (tag 0x0112); 1 where nothing is said.
    focal_mm, focal35_mm, zoom : float or None
        Focal length, the same in 35 mm film terms, and the digital zoom.
    width_px, height_px : int or None
        The picture as the camera made it, before it is turned upright.
    """

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    taken: str | None = None
    orientation: int = 1
    focal_mm: float | None = None
    focal35_mm: float | None = None
    zoom: float | None = None
    width_px: int | None = None
    height_px: int | None = None


def read_exif(data: bytes) -> Exif:
    """Return the tags of an encoded picture; broken ones are as good as none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _tags(data)
    except Exception:  # a door: Pillow raises nearly anything for broken tags, and they are a courtesy only
        return Exif()


def _tags(data: bytes) -> Exif:
    from PIL import Image as PillowImage

    with PillowImage.open(io.BytesIO(data)) as picture:
        tags = picture.getexif()
        lens = tags.get_ifd(0x8769)
        orientation = _positive(tags, 0x0112)
        return Exif(
            make=_text(tags, 0x010F),
            model=_text(tags, 0x0110),
            lens=_text(lens, 0xA434),
            taken=_text(lens, 0x9003) or _text(tags, 0x0132),
            orientation=int(orientation) if orientation is not None and orientation in range(1, 9) else 1,
            focal_mm=_positive(lens, 0x920A),
            focal35_mm=_positive(lens, 0xA405),
            zoom=_positive(lens, 0xA404),
            width_px=_whole(lens, 0xA002),
            height_px=_whole(lens, 0xA003),
        )


def _text(tags: Mapping[int, Any], tag: int) -> str | None:
    value = tags.get(tag)
    text = value.split("\0")[0].strip()[:200] if isinstance(value, str) else ""
    return text or None


def _positive(tags: Mapping[int, Any], tag: int) -> float | None:
    try:
        value = float(tags.get(tag))  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if isfinite(value) and value > 0 else None


def _whole(tags: Mapping[int, Any], tag: int) -> int | None:
    value = _positive(tags, tag)
    return None if value is None else int(value)


def camera_from_exif(data: bytes) -> Camera | None:
    """Return the camera that a photo's tags promise, for the picture turned upright; None where they promise none.

    The principal point is taken as the picture's centre, the lens as free of distortion. `sigma_f_px` is 2 to 5 % of the
    focal length at 3:2, 4:3 and 16:9, more for other shapes. A picture of another shape than the camera made is taken as
    cut out at full size where one of its sides is as long as the camera's; else its scale is unknown, and so is the camera.

    **Convention** a 26 mm equivalent at 4032 x 3024 is f = 2970 px with a sigma of 90 px.
    """
    try:
        width, height = measure(data)
    except ArvizError:  # what is no picture has no camera; decoding it will say what is wrong
        return None
    return camera_of_exif(read_exif(data), width_px=width, height_px=height)


def camera_of_exif(exif: Exif, *, width_px: int, height_px: int) -> Camera | None:
    """As `camera_from_exif`, for tags already read and the size of the stored picture before it is turned."""
    if exif.focal35_mm is None:
        return None
    made = (exif.width_px or width_px, exif.height_px or height_px)
    scale, more = 1.0, 0.0
    same_shape = abs(width_px / height_px / (made[0] / made[1]) - 1) <= _SAME_SHAPE
    if same_shape:
        scale = width_px / made[0]
        more = 0.0 if width_px >= made[0] else _RESIZED_SHARE
    elif (width_px, height_px) == made[::-1]:
        made = (width_px, height_px)  # turned without a word to the tags
    elif not ((width_px == made[0] and height_px < made[1]) or (height_px == made[1] and width_px < made[0])):
        return None
    focal, share = _focal(exif.focal35_mm, max(made), min(made))
    focal *= scale
    if exif.orientation in _QUARTER_TURNED:
        width_px, height_px = height_px, width_px
    k = np.array([[focal, 0, (width_px - 1) / 2], [0, focal, (height_px - 1) / 2], [0, 0, 1]])
    return Camera(k=k, width_px=width_px, height_px=height_px, source="exif", sigma_f_px=focal * hypot(share, more))


def _focal(focal35_mm: float, long_px: int, short_px: int) -> tuple[float, float]:
    """Return the focal length in pixels and its relative sigma, from the readings of the tag that the shape allows."""
    readings = [long_px / _FILM_LONG_MM, hypot(long_px, short_px) / _FILM_DIAGONAL_MM]
    shape = long_px / short_px
    if shape > 1.51:  # wider than film: perhaps the middle of a 4:3 picture
        readings.append(long_px * 1.25 / _FILM_DIAGONAL_MM)
    if shape < 1.32:  # squarer than a sensor: perhaps the middle of a 4:3 picture
        readings.append(short_px * 5 / 3 / _FILM_DIAGONAL_MM)
    middle, half = (max(readings) + min(readings)) / 2, (max(readings) - min(readings)) / 2
    rounding = 0.5 / focal35_mm / sqrt(3)  # the tag is a whole number
    return middle * focal35_mm, hypot(half / middle, rounding, _MAKER_SHARE)

"""The address of a picture: ``/r/<signature>/<options>/<asset>.<ending>``.

Options are ``key=value`` pairs with commas between them: ``w=512,h=512,orbit=30_75,bg=f2f0ec``. `OPTIONS` lists them. An address
means one picture for ever, so that it can be kept by browsers and shops' caches for a year.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import quote, unquote

from arviz.core.errors import InputError, LimitError
from arviz.flows.render import ENVIRONMENT, ORBIT
from arviz.flows.stage import SHADOW
from arviz.flows.thumbnail import PRESETS
from arviz.render.framing import parse_orbit

MOST_PX = 1024
"""Longest side of a picture that is drawn while somebody waits; larger ones are jobs."""
ENDINGS = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}
_ASSET = re.compile(r"[a-z2-7]{26}")
_COLOUR = re.compile(r"[0-9a-f]{6}")
_ENVIRONMENT = re.compile(r"[a-z0-9-]{1,40}")
_ORBIT = (math.degrees(parse_orbit(ORBIT)[0]), math.degrees(parse_orbit(ORBIT)[1]))
_SHORT = {"width_px": "w", "height_px": "h", "background": "bg", "device": "for"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest:
    """What picture is asked for. Angles in degrees, as in addresses."""

    asset: str
    ending: str
    width_px: int = 512
    height_px: int = 512
    orbit: tuple[float, float] = _ORBIT
    background: str = ""
    """``rrggbb``; empty for none."""
    variant: str = ""
    environment: str = ENVIRONMENT
    shadow: float = SHADOW
    device: str = ""
    """A device of `arviz thumbnail`: sets size, weight and background."""
    until: int = 0
    """Seconds since 1970 after which the address is refused; 0: never."""

    def options(self) -> str:
        """Return the options as an address has them, those at their default left out."""
        told = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("asset", "ending") and value != field.default:
                told.append(f"{_SHORT.get(field.name, field.name)}={quote(_text(value), safe='')}")
        return ",".join(told) or "default"

    def path(self) -> str:
        """Return the unsigned path, ``/r/<options>/<asset>.<ending>``."""
        return f"/r/{self.options()}/{self.asset}.{self.ending}"

    def look(self) -> str:
        """Return what two requests have in common whose pictures of one GLB are the same bytes."""
        return f"{replace(self, until=0).options()} {self.ending}"

    def draw_options(self) -> dict[str, Any]:
        """Return the keyword arguments of `arviz.flows.render.picture`, for a device those of `arviz.flows.thumbnail.drawn_for`."""
        azimuth, polar = self.orbit
        options: dict[str, Any] = {"orbit": f"{azimuth:g}deg {polar:g}deg", "environment": self.environment, "shadow": self.shadow}
        options |= {"variant": self.variant or None}
        if self.background:
            options["background"] = f"#{self.background}"
        if self.device:
            return options
        behind = {"background": "#ffffff"} if self.ending == "jpg" and not self.background else {}
        return {**options, **behind, "width": self.width_px, "height": self.height_px}


def parse(options: str, name: str) -> PictureRequest:
    """Return the request of an address whose path is not decoded yet.

    Raises
    ------
    InputError
        ``E_PICTURE_ADDRESS``: a key, a value or an ending that is not known.
    LimitError
        ``E_PICTURE_SIZE``: larger than is drawn while somebody waits.
    """
    asset, _, ending = name.partition(".")
    if not _ASSET.fullmatch(asset) or ending not in ENDINGS:
        raise _wrong("the name", f"<asset>.{'|'.join(ENDINGS)}", name)
    values: dict[str, Any] = {}
    for pair in [] if options == "default" else options.split(","):
        short, _, text = pair.partition("=")
        if short not in OPTIONS or OPTIONS[short][0] in values:
            raise _wrong("an option", f"each at most once: {', '.join(OPTIONS)}", pair)
        key, read, expected = OPTIONS[short]
        try:
            values[key] = read(unquote(text, errors="strict"))
        except ValueError:
            raise _wrong(f"the option {short}", expected, text) from None
    request = PictureRequest(asset=asset, ending=ending, **values)
    if max(request.width_px, request.height_px) > MOST_PX:
        raise LimitError(
            "E_PICTURE_SIZE",
            "this picture is too large to wait for",
            expected=f"at most {MOST_PX} x {MOST_PX} pixels",
            found=f"{request.width_px} x {request.height_px}",
            hint="Send a job of kind render for larger pictures.",
        )
    return request


def _wrong(what: str, expected: str, found: str) -> InputError:
    return InputError(
        "E_PICTURE_ADDRESS",
        f"{what} of this address is not understood",
        expected=expected,
        found=found[:100],
        hint="Make addresses with `arviz sign`, or GET /v1/assets/{id}.",
    )


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "_".join(f"{part:g}" for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _pixels(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 8192:
        raise ValueError
    return int(text[:6])


def _orbit(text: str) -> tuple[float, float]:
    azimuth, polar = (float(part) for part in text.split("_"))
    if not (abs(azimuth) <= 360 and 0 <= polar <= 180):
        raise ValueError
    return azimuth, polar


def _strength(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise ValueError
    return value


def _moment(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise ValueError
    return int(text)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return read


def _variant(text: str) -> str:
    if not 1 <= len(text) <= 120:
        raise ValueError
    return text


def _device(text: str) -> str:
    if text not in PRESETS:
        raise ValueError
    return text


OPTIONS: Mapping[str, tuple[str, Callable[[str], Any], str]] = {
    "w": ("width_px", _pixels, "pixels"),
    "h": ("height_px", _pixels, "pixels"),
    "orbit": ("orbit", _orbit, "AZIMUTH_POLAR in degrees, as 30_75"),
    "bg": ("background", _matching(_COLOUR), "rrggbb in lower case"),
    "variant": ("variant", _variant, "the name of a variant, percent-encoded"),
    "environment": ("environment", _matching(_ENVIRONMENT), "the name of an environment"),
    "shadow": ("shadow", _strength, "0 to 1"),
    "for": ("device", _device, ", ".join(PRESETS)),
    "until": ("until", _moment, "seconds since 1970"),
}
"""Key in an address -> field, reader, what is expected."""

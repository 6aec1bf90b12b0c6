"""What is asked of a product's file: `Settings`, and what comes of it: `Optimised`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from arviz.core.asset import Asset
from arviz.core.report import Finding
from arviz.flows.optimise.gate import Quality
from arviz.formats.gltf.encoding import Geometry
from arviz.formats.pictures.encoding import PictureFormat

Effort = Literal["fast", "normal", "max"]
EFFORTS: tuple[Effort, ...] = ("fast", "normal", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a file may be and must hold.

    Parameters
    ----------
    geometry : str
        As `arviz.formats.gltf.encoding.Encoding`; ``none`` keeps vertices to the bit.
    formats : tuple of str
        Picture formats that are allowed; none keeps all pictures as they are.
    longest_px, least_px : int
        No picture's longer side is made longer or shorter.
    quality : float, optional
        Floor of the pooled signal to noise ratio in dB, of the worst look; the floor of similarity goes with it. Default: near
        42 dB, more where that is cheap and less where it is dear.
    max_bytes : int, optional
        The file is no larger, even below the floor.
    max_triangles : int, optional
    effort : "fast", "normal" or "max"
        ``fast`` draws nothing and holds no floor.
    """

    geometry: Geometry = "meshopt"
    formats: tuple[PictureFormat, ...] = ("webp", "jpeg", "png")
    longest_px: int = 2048
    least_px: int = 0
    quality: float | None = None
    max_bytes: int | None = None
    max_triangles: int | None = None
    effort: Effort = "normal"


class Optimised(NamedTuple):
    """The file, what it shows (None: not measured), and what was found on the way."""

    data: bytes
    asset: Asset
    """As a reader finds it."""
    quality: Quality | None
    findings: tuple[Finding, ...] = ()

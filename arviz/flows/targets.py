"""Where a product is shown, and what a file for it may hold: data, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, Protocol

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.limits import Limits
from arviz.core.report import Report
from arviz.flows.optimise.far import far
from arviz.flows.optimise.search import optimise
from arviz.flows.optimise.settings import EFFORTS, Effort, Optimised, Settings
from arviz.formats.gltf.encoding import GEOMETRIES, Geometry
from arviz.formats.pictures.encoding import PictureFormat
from arviz.ops.blend_transmission import blend_transmission
from arviz.ops.lods import MOST_LEVELS
from arviz.render.renderer import Renderer

TextureWish = Literal["auto", "webp", "ktx2", "jpeg", "png", "keep"]
TEXTURE_WISHES: tuple[TextureWish, ...] = ("auto", "webp", "ktx2", "jpeg", "png", "keep")
QUICK_LOOK = "quick-look"


class Preparation(Protocol):
    """What a product becomes before its file for a target is made, and what that costs."""

    def __call__(self, asset: Asset, *, limits: Limits) -> tuple[Asset, Report]:
        """Return the product as the target shows it."""


class Making(Protocol):
    """How the file of a target is made of what it shows."""

    def __call__(self, asset: Asset, *, settings: Settings, renderer: Renderer | None, limits: Limits) -> Optimised:
        """Return the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place where products are shown: how files for it are written, by which profiles they are judged, and who says so.

    With `preparation` the product is made another first: pictures are compared with that one.
    """

    title: str
    settings: Settings
    profiles: tuple[str, ...]
    source: str
    preparation: Preparation | None = None
    making: Making = optimise


_PLAIN = Settings(geometry="none", formats=("jpeg", "png"))
TARGETS: Mapping[str, Target] = {
    "web": Target(
        title="Web pages",
        settings=Settings(),
        profiles=("khronos-web",),
        source="Khronos 3D Commerce Publishing Targets 1.0 (2020-10-20); compressed as three.js reads it",
    ),
    "desktop": Target(
        title="Large screens",
        settings=Settings(quality=44.0, longest_px=4096),
        profiles=("khronos-web",),
        source="Khronos 3D Commerce Publishing Targets 1.0 (2020-10-20), desktop: 3 MB, 250,000 triangles",
    ),
    "plain": Target(
        title="Viewers that know no compression",
        settings=_PLAIN,
        profiles=("khronos-web",),
        source="glTF 2.0 (ISO/IEC 12113:2022): JPEG and PNG, no extension required",
    ),
    "google-merchant": Target(
        title="Google Merchant Center",
        settings=replace(_PLAIN, max_bytes=10_000_000),
        profiles=("google-merchant",),
        source="Google Merchant Center, virtual_model_link (support 13674896): at most 15 MB, 10 recommended, textures up to 2K",
    ),
    "shopify": Target(
        title="Shopify",
        settings=replace(_PLAIN, max_bytes=15_000_000, max_triangles=100_000),
        profiles=("shopify",),
        source="Shopify partner checklist for 3D models: below 15 MB, JPEG; 100,000 triangles by meshgrade",
    ),
    "amazon": Target(
        title="Amazon",
        settings=replace(_PLAIN, max_triangles=149_999, longest_px=4096, least_px=2048),
        profiles=("amazon",),
        source="Amazon's guide for 3D models: below 150,000 triangles, textures of 2048 to 4096 pixels in PNG or JPEG",
    ),
    "near": Target(
        title="Rooms that are walked through, nearby",
        settings=Settings(max_bytes=1_000_000),
        profiles=("khronos-mobile-ar",),
        source="arviz: about 1 MB, so that ten products come in ten seconds at 8 Mbit/s",
    ),
    "far": Target(
        title="Rooms that are walked through, from afar",
        settings=Settings(max_bytes=40_000, formats=("webp",)),
        profiles=("khronos-mobile-ar",),
        source="arviz: one mesh of one material in 40 kB, so that a hundred products are drawn in a hundred calls",
        making=far,
    ),
    "headset": Target(
        title="Headsets and old phones",
        settings=Settings(max_triangles=150_000),
        profiles=("khronos-mobile-ar",),
        source="Khronos 3D Commerce Publishing Targets 1.0 (2020-10-20), mobile AR; arviz: glass by blending, drawn once",
        preparation=blend_transmission,
    ),
}
"""GLB targets; `QUICK_LOOK` is written by another hand."""
TARGET_NAMES = (*TARGETS, QUICK_LOOK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Which files are made beside the master, and what overrules their targets' settings; `arviz.convert` says what each means."""

    targets: tuple[str, ...] = (QUICK_LOOK,)
    geometry: Geometry | None = None
    textures: TextureWish = "auto"
    max_mb: float | None = None
    max_triangles: int | None = None
    quality: float | None = None
    effort: Effort = "normal"
    lods: int = 0
    hulls: bool = False
    deflection_mm: float | None = None

    def __post_init__(self) -> None:
        words = {
            "geometry": (self.geometry, (None, *GEOMETRIES)),
            "textures": (self.textures, TEXTURE_WISHES),
            "effort": (self.effort, EFFORTS),
        }
        for wish, (word, known) in words.items():
            if word not in known:
                expected = ", ".join(str(one) for one in known if one)
                raise InputError("E_DELIVERY", f"{wish} is none that we know", expected=expected, found=repr(word))
        for wish, number in (("max_mb", self.max_mb), ("max_triangles", self.max_triangles), ("quality", self.quality)):
            if number is not None and not 0 < number < inf:
                raise InputError("E_DELIVERY", f"{wish} is above 0", found=repr(number))
        if not 0 <= self.lods <= MOST_LEVELS:
            raise InputError("E_LODS_GOAL", "these levels make no sense", expected=f"0 to {MOST_LEVELS}", found=f"{self.lods}")
        for name in self.targets:
            if name not in TARGET_NAMES:
                hint = f"{QUICK_LOOK} is for iPhones and iPads, web for pages, the others for one platform or device each."
                raise InputError("E_TARGET_UNKNOWN", "no such target", expected=", ".join(TARGET_NAMES), found=repr(name), hint=hint)

    def settings(self, name: str) -> Settings:
        """Return how the GLB of a target is written: a platform's limits hold also where more is asked for."""
        own = TARGETS[name].settings
        formats = own.formats if self.textures == "auto" else _FORMATS[self.textures]
        return replace(
            own,
            formats=formats,
            geometry=own.geometry if self.geometry is None else self.geometry,
            max_bytes=_least(own.max_bytes, None if self.max_mb is None else round(self.max_mb * 1e6)),
            max_triangles=_least(own.max_triangles, self.max_triangles),
            quality=own.quality if self.quality is None else self.quality,
            effort=self.effort,
        )


_FORMATS: Mapping[str, tuple[PictureFormat, ...]] = {
    "webp": ("webp",),
    "ktx2": ("ktx2",),
    "jpeg": ("jpeg", "png"),
    "png": ("png",),
    "keep": (),
}


def _least(*counts: int | None) -> int | None:
    return min((count for count in counts if count is not None), default=None)

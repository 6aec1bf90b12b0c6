"""Look at surfaces: colours that no real material has, half metals, faces without a material."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.core.asset import Asset
from arviz.core.colour import linear_to_srgb
from arviz.core.errors import ArvizError
from arviz.core.graph import drawn
from arviz.core.image import decode, measure
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report

BASE_COLOUR = (30, 243)
"""sRGB range of base colours, value of HSV (Khronos glTF Asset Auditor 1.0.6, README: PBR Color Range)."""
OUTSIDE_SHARE = 0.01
"""Compression noise and a few black seams are no finding."""
MOST_PIXELS = 2**27
"""Base colour pixels that are looked at, over all pictures: about two seconds; the rest is passed over."""
METAL_BETWEEN = (0.1, 0.9)
"""A surface is metal or it is not; in between is dust or rust, which a texture describes."""


def check_materials(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> Report:
    """Examine base colours, metalness and missing materials; broken pictures are passed over (others report them).

    Figures: ``base_colour_min`` and ``base_colour_max``, 0..255 sRGB over all pictures, None without one.
    """
    findings: list[Finding] = []
    strange: list[tuple[str, str]] = []
    lowest, highest, left = 256, -1, MOST_PIXELS
    for index, names in _base_pictures(asset).items():
        data = asset.images[index].data
        if data is None:
            continue
        try:
            width, height = measure(data)
            left -= width * height
            if left < 0:
                continue
            histogram = _values(data, limits)
        except ArvizError:
            continue
        present = np.flatnonzero(histogram)
        lowest, highest = min(lowest, int(present[0])), max(highest, int(present[-1]))
        strange += _strange_pixels(histogram, names)
    strange += _strange_factors(asset)
    findings += _colour_findings(strange)
    findings += _metal_findings(asset)
    findings += _bare_findings(asset)
    seen = highest >= 0
    figures = {"base_colour_min": lowest if seen else None, "base_colour_max": highest if seen else None}
    return Report(findings=tuple(findings), figures=figures)


def _base_pictures(asset: Asset) -> dict[int, list[str]]:
    """Return image index -> names of the materials that take their base colour from it."""
    out: dict[int, list[str]] = {}
    for number, material in enumerate(asset.materials):
        info = material.base_color_texture
        if info is None or not 0 <= info.texture < len(asset.textures):
            continue
        for image in asset.textures[info.texture].image_candidates[:1]:
            if 0 <= image < len(asset.images):
                out.setdefault(image, []).append(material.name or f"materials[{number}]")
    return out


def _values(data: bytes, limits: Limits) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    pixels = decode(data, limits=limits).pixels
    return np.bincount(pixels[..., :3].max(axis=2).reshape(-1), minlength=256)


def _strange_pixels(histogram: np.ndarray[tuple[int], np.dtype[np.int64]], names: list[str]) -> Iterator[tuple[str, str]]:
    low, high = BASE_COLOUR
    total = int(histogram.sum())
    dark, bright = int(histogram[:low].sum()) / total, int(histogram[high + 1 :].sum()) / total
    if dark + bright > OUTSIDE_SHARE:
        shares = ((dark, f"darker than {low}"), (bright, f"brighter than {high}"))
        sides = [f"{share:.0%} of the pixels are {word}" for share, word in shares if share > OUTSIDE_SHARE / 2]
        yield names[0], " and ".join(sides)


def _strange_factors(asset: Asset) -> Iterator[tuple[str, str]]:
    low, high = BASE_COLOUR
    for number, material in enumerate(asset.materials):
        if material.base_color_texture is None and material.metallic_factor < METAL_BETWEEN[1]:
            value = float(linear_to_srgb(np.clip(np.array(material.base_color_factor[:3]), 0, 1)).max() * 255)
            if not low <= round(value) <= high:
                yield material.name or f"materials[{number}]", f"the colour has the value {value:.0f}"


def _colour_findings(strange: list[tuple[str, str]]) -> Iterator[Finding]:
    if not strange:
        return
    low, high = BASE_COLOUR
    several = f"{len(strange)} base colours, the first: " if len(strange) > 1 else ""
    yield Finding(
        code="W_BASE_COLOUR_RANGE",
        severity="warning",
        where=", ".join(name for name, _ in strange[:3]),
        message=f"advisory: {several}{strange[0][1]}; real surfaces lie within {low} to {high} of 255 (Khronos Asset Auditor)",
        hint="Lift blacks and lower whites in the base colour: there the light of the room leaves no trace.",
    )


def _metal_findings(asset: Asset) -> Iterator[Finding]:
    low, high = METAL_BETWEEN
    names = [m.name or f"materials[{i}]" for i, m in enumerate(asset.materials)
             if m.metallic_roughness_texture is None and low < m.metallic_factor < high]  # fmt: skip
    if names:
        yield Finding(
            code="I_METALLIC_BETWEEN",
            severity="info",
            where=", ".join(names[:3]),
            message="a surface is neither metal nor not: its metalness lies between 0 and 1",
            hint="Choose 0 or 1; describe dust, rust and paint with a texture.",
        )


def _bare_findings(asset: Asset) -> Iterator[Finding]:
    bare = sum(piece.primitive.material is None for piece in drawn(asset))
    if bare:
        yield Finding(
            code="I_NO_MATERIAL",
            severity="info",
            message=f"{bare} of the drawn pieces have no material and are drawn white",
            hint="Give each piece a material.",
        )

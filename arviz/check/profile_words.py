"""How facts read in messages: their names, their quantities, and what cures each."""

from __future__ import annotations

from typing import Any

LABELS = {
    "bytes": "file size",
    "kilobytes": "file size",
    "container": "file format",
    "triangles": "triangle count",
    "draw_calls": "draw calls",
    "materials": "materials:",
    "nodes": "nodes:",
    "meshes": "meshes:",
    "primitives": "primitives:",
    "textures": "texture sizes",
    "texture_max_px": "longest texture side",
    "texture_min_px": "shortest texture side",
    "texture_mime": "texture formats",
    "animation_s": "animation",
    "uv_sets": "UV sets:",
    "base_y_m": "height of the lowest point",
    "pivot_offset_m": "pivot beside the middle by",
    "size_deviation_percent": "deviation from the listed size",
    "base_colour_min": "darkest base colour",
    "base_colour_max": "brightest base colour",
    "uv_inverted": "mirrored UV triangles:",
    "open_or_shared_edges": "edges without exactly two faces:",
    "root_transform_clean": "root nodes without a transform:",
    "zip_stored": "zip entries stored, not compressed:",
    "zip_aligned": "zip entries aligned to 64 bytes:",
    "usd_layers": "USD files inside:",
    "root_layer": "first file in the package",
}
_SMALLER = (
    "arviz convert makes a smaller one: --target google-merchant, shopify or amazon for these, else --target plain --max-mb with the limit."
)
CURES = {
    "bytes": _SMALLER,
    "kilobytes": _SMALLER,
    "container": "Write the format that is asked for: arviz convert writes GLB and USDZ.",
    "triangles": "arviz simplify --triangles draws it with fewer.",
    "draw_calls": "Join meshes that share a material.",
    "materials": "Whoever made the model can merge materials into one with a texture atlas.",
    "primitives": "Join meshes that share a material.",
    "meshes": "Join meshes that share a material.",
    "nodes": "Remove empty nodes.",
    "textures": "arviz textures --longest makes them smaller; sides of 512, 1024 or 2048 pixels are safe.",
    "texture_max_px": "arviz textures --longest makes them smaller.",
    "texture_width_max_px": "arviz textures --longest makes them smaller.",
    "texture_height_max_px": "arviz textures --longest makes them smaller.",
    "texture_min_px": "Use the pictures in their original size; enlarging adds no detail.",
    "texture_mime": "arviz textures --format jpeg, or png, writes them anew.",
    "animation_s": "Shorten the animation.",
    "base_y_m": "Convert the product: arviz convert puts its base at y = 0.",
    "pivot_offset_m": "Convert the product: arviz convert puts the pivot below its middle.",
    "size_deviation_percent": "Correct the listing or the model; --unit may be wrong.",
    "base_colour_min": "Lift the darkest colours of the base colour picture.",
    "base_colour_max": "Lower the brightest colours of the base colour picture.",
    "uv_inverted": "Unmirror these UV islands, or ignore it where mirroring is meant.",
    "root_transform_clean": "Apply the transform to the mesh before the export.",
    "zip_stored": "Package again without compression: arviz convert does.",
    "zip_aligned": "Package again with aligned entries: arviz convert does.",
}


def quantity(fact: str, value: Any) -> str:
    """Return a value of `fact` as people read it, with its unit."""
    if isinstance(value, (tuple, list)):
        return ", ".join(quantity(fact, item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if fact == "bytes":
        return f"{value / 1e6:,.2f} MB" if value >= 1e5 else f"{value / 1e3:,.1f} kB"
    unit = next((unit for ending, unit in _UNITS.items() if fact.endswith(ending)), "")
    if unit == "mm":
        value *= 1000
    number = f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{int(value):,}"
    return f"{number} {unit}".rstrip()


_UNITS = {"_px": "px", "_m": "mm", "_s": "s", "_percent": "%", "kilobytes": "KiB"}

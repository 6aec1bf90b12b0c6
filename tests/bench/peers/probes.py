"""Objects and lights with a known answer, to find out whether two renderers mean the same by them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.formats.gltf.write import write_glb
from arviz.render.prefilter import directions
from arviz.testing.shapes import joined, sphere

AXES = {
    "+X": (1.0, 0.1, 0.1),
    "-X": (0.1, 0.9, 0.9),
    "+Y": (0.9, 0.9, 0.9),
    "-Y": (0.2, 0.2, 0.2),
    "+Z": (0.1, 0.8, 0.1),
    "-Z": (0.8, 0.1, 0.8),
}
"""The light that comes from each side in `write_axes`: red, cyan, white, grey, green, magenta."""
BALL_M, STEP_M = 0.05, 0.11


def write_radiance(path: Path, pixels: Array) -> Path:
    """Write (H, W, 3) linear pixels as a flat Radiance RGBE picture (Ward 1991)."""
    top = np.maximum(pixels.max(axis=2), 1e-20)
    exponent = np.ceil(np.log2(top) + 1e-9)
    mantissa = np.clip(np.round(pixels / np.exp2(exponent)[..., None] * 256), 0, 255)
    rgbe = np.concatenate([mantissa, exponent[..., None] + 128], axis=2).astype(np.uint8)
    h, w = pixels.shape[:2]
    path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n" + f"-Y {h} +X {w}\n".encode() + rgbe.tobytes())
    return path


def write_axes(path: Path, *, height_px: int = 256) -> Path:
    """Write an environment whose six sides have the colours of `AXES`."""
    d = directions(2 * height_px, height_px)
    side = np.abs(d).argmax(axis=2)
    positive = np.take_along_axis(d, side[..., None], axis=2)[..., 0] > 0
    colours = np.array(list(AXES.values()))
    return write_radiance(path, colours[2 * side + ~positive])


def write_constant(path: Path, *, radiance: float = 1.0) -> Path:
    """Write an environment of the same light from everywhere: a white surface then has the light's own colour."""
    return write_radiance(path, np.full((64, 128, 3), radiance))


def ball(x: int, y: int, **material: Any) -> Asset:
    """Return a ball in column `x` (to the right) and row `y` (down) of a board that faces +Z."""
    return sphere(radius_m=BALL_M, centre_m=(x * STEP_M, -y * STEP_M, 0.0), segments=48, material=Material(**material))


def mirror() -> Asset:
    """Return one ball of perfect metal."""
    return ball(0, 0, metallic_factor=1.0, roughness_factor=0.0)


def roughness_board() -> Asset:
    """Return five balls each, roughness 0 to 1 from left to right: silver, white plastic, black plastic."""
    kinds = [((0.95, 0.93, 0.9), 1.0), ((0.8, 0.8, 0.8), 0.0), ((0.02, 0.02, 0.02), 0.0)]
    return joined(
        *(
            ball(x, y, base_color_factor=(*colour, 1.0), metallic_factor=metal, roughness_factor=x / 4)
            for y, (colour, metal) in enumerate(kinds)
            for x in range(5)
        )
    )


def _khr(**extensions: Mapping[str, Any]) -> dict[str, Any]:
    return {f"KHR_materials_{name}": values for name, values in extensions.items()}


RED, GREY, WHITE = (0.6, 0.05, 0.05, 1.0), (0.3, 0.3, 0.3, 1.0), (0.9, 0.9, 0.9, 1.0)
FEATURES: dict[str, dict[str, Any]] = {
    "plain": {"base_color_factor": RED, "metallic_factor": 0.0, "roughness_factor": 0.6},
    "sheen": {
        "base_color_factor": (0.05, 0.05, 0.2, 1.0), "metallic_factor": 0.0, "roughness_factor": 1.0,
        "extensions": _khr(sheen={"sheenColorFactor": [0.8, 0.8, 1.0], "sheenRoughnessFactor": 0.4}),
    },
    "clearcoat": {
        "base_color_factor": RED, "metallic_factor": 0.0, "roughness_factor": 0.7,
        "extensions": _khr(clearcoat={"clearcoatFactor": 1.0, "clearcoatRoughnessFactor": 0.05}),
    },
    "specular tint": {
        "base_color_factor": (0.02, 0.02, 0.02, 1.0), "metallic_factor": 0.0, "roughness_factor": 0.2,
        "extensions": _khr(specular={"specularFactor": 1.0, "specularColorFactor": [1.0, 0.4, 0.1]}),
    },
    "specular 0": {
        "base_color_factor": RED, "metallic_factor": 0.0, "roughness_factor": 0.2,
        "extensions": _khr(specular={"specularFactor": 0.0}),
    },
    "ior 2.4": {
        "base_color_factor": RED, "metallic_factor": 0.0, "roughness_factor": 0.1, "extensions": _khr(ior={"ior": 2.4}),
    },
    "transmission": {
        "base_color_factor": (0.6, 0.9, 0.7, 1.0), "metallic_factor": 0.0, "roughness_factor": 0.0,
        "extensions": _khr(transmission={"transmissionFactor": 1.0}),
    },
    "frosted": {
        "base_color_factor": (0.9, 0.9, 0.9, 1.0), "metallic_factor": 0.0, "roughness_factor": 0.5,
        "extensions": _khr(transmission={"transmissionFactor": 1.0}),
    },
    "volume": {
        "base_color_factor": (1.0, 1.0, 1.0, 1.0), "metallic_factor": 0.0, "roughness_factor": 0.0,
        "extensions": _khr(
            transmission={"transmissionFactor": 1.0}, ior={"ior": 1.5},
            volume={"thicknessFactor": 0.1, "attenuationDistance": 0.05, "attenuationColor": [0.9, 0.4, 0.1]},
        ),
    },
    "iridescence": {
        "base_color_factor": GREY, "metallic_factor": 1.0, "roughness_factor": 0.2,
        "extensions": _khr(iridescence={"iridescenceFactor": 1.0, "iridescenceIor": 1.8, "iridescenceThicknessMaximum": 400.0}),
    },
    "anisotropy": {
        "base_color_factor": WHITE, "metallic_factor": 1.0, "roughness_factor": 0.35,
        "extensions": _khr(anisotropy={"anisotropyStrength": 0.9, "anisotropyRotation": 0.0}),
    },
    "dispersion": {
        "base_color_factor": (1.0, 1.0, 1.0, 1.0), "metallic_factor": 0.0, "roughness_factor": 0.0,
        "extensions": _khr(
            transmission={"transmissionFactor": 1.0}, ior={"ior": 1.8}, volume={"thicknessFactor": 0.1}, dispersion={"dispersion": 5.0},
        ),
    },
    "emissive 3": {
        "base_color_factor": (0.02, 0.02, 0.02, 1.0), "emissive_factor": (0.2, 0.5, 0.1),
        "extensions": _khr(emissive_strength={"emissiveStrength": 3.0}),
    },
    "unlit": {"base_color_factor": (0.2, 0.5, 0.8, 1.0), "extensions": _khr(unlit={})},
    "blend 50 %": {"base_color_factor": (0.8, 0.3, 0.1, 0.5), "metallic_factor": 0.0, "roughness_factor": 0.3, "alpha_mode": "BLEND"},
}  # fmt: skip
"""One material per feature of the surface model, on balls without UVs' help."""


def feature_board() -> Asset:
    """Return the balls of `FEATURES`, five in a row, in their order."""
    return joined(*(ball(i % 5, i // 5, **material) for i, material in enumerate(FEATURES.values())))


BOARDS = {"mirror": mirror, "roughness": roughness_board, "features": feature_board}


def write_boards(folder: Path) -> dict[str, Path]:
    """Write every board as GLB; return name -> file."""
    files = {}
    for name, make in BOARDS.items():
        files[name] = folder / f"{name}.glb"
        files[name].write_bytes(write_glb(make()))
    return files

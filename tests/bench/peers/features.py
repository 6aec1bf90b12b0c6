"""One small scene per feature of the surface model: a ball alone, so that nothing else is mirrored in it.

Glass hangs before a wall that shines by itself, because on an empty page renderers do not agree about what is behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Node, SceneRoots
from arviz.core.frozen import Array
from arviz.core.material import Material, TextureInfo
from arviz.testing.shapes import joined, plane, sphere, textured

RADIUS_M = 0.05
RED, SILVER, GREY, WHITE, BLACK = (0.6, 0.05, 0.05), (0.95, 0.93, 0.9), (0.3, 0.3, 0.3), (0.8, 0.8, 0.8), (0.02, 0.02, 0.02)
_WALL_M, _TILES, _GAP_M = 0.16, 8, 0.02
_TRANSFORM = "KHR_texture_transform"


def _khr(**extensions: Mapping[str, Any]) -> dict[str, Any]:
    return {f"KHR_materials_{name}": values for name, values in extensions.items()}


def _ball(colour: tuple[float, ...], *, metal: float = 0.0, rough: float = 0.5, alpha: float = 1.0, **fields: Any) -> Asset:
    material = Material(base_color_factor=(*colour, alpha), metallic_factor=metal, roughness_factor=rough, **fields)
    return sphere(radius_m=RADIUS_M, segments=48, material=material)


def _special(colour: tuple[float, ...], *, metal: float = 0.0, rough: float = 0.5, **extensions: Mapping[str, Any]) -> Asset:
    return _ball(colour, metal=metal, rough=rough, extensions=_khr(**extensions))


def _walled(front: Asset) -> Asset:
    """Return the ball before a wall of light and dark squares that shine by themselves and mirror nothing."""
    edge = _WALL_M / _TILES
    squares = [
        plane(
            width_m=edge,
            height_m=edge,
            centre_m=((x - (_TILES - 1) / 2) * edge, (y - (_TILES - 1) / 2) * edge, -RADIUS_M - _GAP_M),
            material=Material(
                base_color_factor=(0.0, 0.0, 0.0, 1.0),
                metallic_factor=0.0,
                emissive_factor=(0.5, 0.5, 0.5) if (x + y) % 2 else (0.1, 0.13, 0.25),
                extensions=_khr(specular={"specularFactor": 0.0}),
            ),
        )
        for x in range(_TILES)
        for y in range(_TILES)
    ]
    return joined(front, *squares)


def _glass(colour: tuple[float, ...] = (1.0, 1.0, 1.0), *, rough: float = 0.0, **extensions: Mapping[str, Any]) -> Asset:
    return _walled(_special(colour, rough=rough, transmission={"transmissionFactor": 1.0}, **extensions))


def _checker(*, holes: bool = False) -> Array:
    """Return (64, 64, 3 or 4) uint8: red and cream squares, or holes in place of the red ones."""
    y, x = np.mgrid[:64, :64] // 16
    odd = ((x + y) % 2).astype(bool)[..., None]
    colour = np.where(odd, (200, 30, 30), (240, 220, 180)).astype(np.uint8)
    return np.concatenate([colour, np.where(odd, 0, 255).astype(np.uint8)], axis=2) if holes else colour


def _bumpy(*, scale: tuple[float, float]) -> Asset:
    """Return a ball with bumps; its UV square is twice as wide as high, so `scale` decides about their shape."""
    info = TextureInfo(texture=0, extensions={_TRANSFORM: {"scale": list(scale)}})
    return textured(_ball(RED, rough=0.4, normal_texture=info), _bumps())


def _bumps() -> Array:
    """Return (64, 64, 3) uint8 normals of one round bump a square; green points up, rows run down."""
    v, u = (np.mgrid[:64, :64] + 0.5) / 64 * 2 * np.pi
    n = np.stack([0.5 * np.cos(u), -0.5 * np.cos(v), np.ones_like(u)], axis=-1)
    return np.asarray(np.round((n / np.linalg.norm(n, axis=-1, keepdims=True) * 0.5 + 0.5) * 255), np.uint8)


def _patterned(*, pixels: Array | None = None, second: bool = False, scale: tuple[float, float] | None = None, **fields: Any) -> Asset:
    turned = {_TRANSFORM: {"scale": list(scale), "offset": [0.05, 0.1], "rotation": 0.3}} if scale else {}
    info = TextureInfo(texture=0, texcoord=int(second), extensions=turned)
    asset = textured(_ball((1.0, 1.0, 1.0), base_color_texture=info, **fields), _checker() if pixels is None else pixels)
    return _with(asset, TEXCOORD_1=lambda a: a["TEXCOORD_0"] * np.array([6, 3])) if second else asset


def _with(asset: Asset, **makers: Any) -> Asset:
    """Return the ball with further attributes of its vertices."""
    (mesh,), (primitive,) = asset.meshes, asset.meshes[0].primitives
    more = {name: np.asarray(make(primitive.attributes), np.float32) for name, make in makers.items()}
    primitive = replace(primitive, attributes={**primitive.attributes, **more})
    return replace(asset, meshes=(replace(mesh, primitives=(primitive,)),))


def _coloured() -> Asset:
    return _with(_ball((1.0, 1.0, 1.0)), COLOR_0=lambda a: np.clip(a["NORMAL"] * 0.5 + 0.5, 0, 1))


def _brushed(*, strength: float, turn: float = 0.0) -> Asset:
    """Return metal brushed around the ball; a white texture makes every engine keep the UVs, along which it is brushed."""
    extensions = _khr(anisotropy={"anisotropyStrength": strength, "anisotropyRotation": turn})
    ball = _ball(SILVER, metal=1.0, rough=0.35, base_color_texture=TextureInfo(texture=0), extensions=extensions)
    return textured(ball, np.full((4, 4, 3), 255, np.uint8))


def _tangents(attributes: Mapping[str, Array]) -> Array:
    """Return (V, 4): along the growing azimuth; v runs down, so the handedness is 1 (glTF: bitangent against -v, up)."""
    x, _, z = np.asarray(attributes["NORMAL"]).T
    along = np.stack([z, np.zeros_like(x), -x], axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    along[np.linalg.norm(along, axis=1) < 0.5] = (1, 0, 0)
    return np.concatenate([along, np.ones((len(along), 1))], axis=1)


def _lit(kind: str, at: tuple[float, float, float], **fields: Any) -> Asset:
    """Return a grey ball with a lamp; nodes shine along -Z."""
    ball = _ball((0.5, 0.5, 0.5), rough=0.4)
    matrix = np.eye(4)
    matrix[:3, 3] = at
    nodes = (*ball.nodes, Node(name="lamp", light=0, matrix=matrix))
    return replace(ball, nodes=nodes, lights=({"type": kind, **fields},), scenes=(SceneRoots(nodes=(0, 1)),))


def features() -> dict[str, Asset]:
    """Return name -> scene, in the order in which they are shown."""
    film = {"iridescenceFactor": 1.0, "iridescenceIor": 1.8, "iridescenceThicknessMaximum": 400.0}
    solid = {"thicknessFactor": 2 * RADIUS_M}
    return {
        "metal, roughness 0": _ball(SILVER, metal=1.0, rough=0.0),
        "metal, roughness 0.2": _ball(SILVER, metal=1.0, rough=0.2),
        "metal, roughness 0.5": _ball(SILVER, metal=1.0, rough=0.5),
        "metal, roughness 1": _ball(SILVER, metal=1.0, rough=1.0),
        "white plastic, roughness 0.1": _ball(WHITE, rough=0.1),
        "white plastic, roughness 1": _ball(WHITE, rough=1.0),
        "red plastic, roughness 0.6": _ball(RED, rough=0.6),
        "black plastic, roughness 0.3": _ball(BLACK, rough=0.3),
        "clearcoat": _special(RED, rough=0.7, clearcoat={"clearcoatFactor": 1.0, "clearcoatRoughnessFactor": 0.05}),
        "clearcoat, rough": _special(RED, metal=1.0, rough=0.2, clearcoat={"clearcoatFactor": 1.0, "clearcoatRoughnessFactor": 0.5}),
        "sheen on blue": _special((0.05, 0.05, 0.2), rough=1.0, sheen={"sheenColorFactor": [0.8, 0.8, 1.0], "sheenRoughnessFactor": 0.4}),
        "sheen, rough": _special(RED, rough=1.0, sheen={"sheenColorFactor": [0.6, 0.3, 0.3], "sheenRoughnessFactor": 0.9}),
        "specular 0": _special(RED, rough=0.2, specular={"specularFactor": 0.0}),
        "specular tint": _special(BLACK, rough=0.2, specular={"specularColorFactor": [1.0, 0.4, 0.1]}),
        "ior 1.1": _special(RED, rough=0.1, ior={"ior": 1.1}),
        "ior 2.4": _special(RED, rough=0.1, ior={"ior": 2.4}),
        "iridescence on metal": _special(GREY, metal=1.0, rough=0.2, iridescence=film),
        "iridescence on plastic": _special(BLACK, rough=0.1, iridescence={**film, "iridescenceIor": 1.3}),
        "anisotropy": _brushed(strength=0.9),
        "anisotropy, turned": _brushed(strength=0.6, turn=0.8),
        "anisotropy, turned, with tangents": _with(_brushed(strength=0.6, turn=0.8), TANGENT=_tangents),
        "emissive strength 3": _ball(BLACK, emissive_factor=(0.2, 0.5, 0.1), extensions=_khr(emissive_strength={"emissiveStrength": 3.0})),
        "unlit": _special((0.2, 0.5, 0.8), unlit={}),
        "glass, thin": _glass(),
        "glass, thin, tinted": _glass((0.6, 0.9, 0.7)),
        "glass, thin, roughness 0.4": _glass(rough=0.4),
        "glass, solid": _glass(ior={"ior": 1.5}, volume=solid),
        "glass, solid, amber": _glass(
            ior={"ior": 1.5}, volume={**solid, "attenuationDistance": 0.08, "attenuationColor": [0.9, 0.5, 0.15]}
        ),
        "glass, dispersion": _glass(ior={"ior": 1.8}, volume=solid, dispersion={"dispersion": 5.0}),
        "blend 50 %": _walled(_ball((0.8, 0.3, 0.1), rough=0.3, alpha=0.5, alpha_mode="BLEND")),
        "mask": _patterned(pixels=_checker(holes=True), alpha_mode="MASK", double_sided=True),
        "texture": _patterned(),
        "texture transform": _patterned(scale=(4.0, 4.0)),
        "texture transform, uneven": _patterned(scale=(8.0, 4.0)),
        "second UV set": _patterned(second=True),
        "normal map, square UVs": _bumpy(scale=(8.0, 4.0)),
        "normal map, stretched UVs": _bumpy(scale=(2.0, 4.0)),
        "vertex colours": _coloured(),
        "point lamp": _lit("point", (0.1, 0.1, 0.12), intensity=0.1, color=[1.0, 0.7, 0.3]),
        "spot lamp": _lit("spot", (0.0, 0.02, 0.2), intensity=0.2, spot={"innerConeAngle": 0.1, "outerConeAngle": 0.25}),
    }

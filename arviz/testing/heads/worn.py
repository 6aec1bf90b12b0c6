"""What a synthetic head wears or is held before it: glasses of any asset, a bank card; see also `hand` and `hair`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from arviz.core.asset import Asset
from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.graph import drawn
from arviz.core.image import decode
from arviz.core.material import Material
from arviz.core.recipe import Lens
from arviz.core.transforms import apply
from arviz.testing.heads.head import SyntheticHead

CARD_M = (0.08560, 0.05398)
"""ISO/IEC 7810:2019, ID-1."""
_CARD_CORNER_M, _CARD_THICK_M = 0.00318, 0.00076
CardPlace = Literal["forehead", "beside"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WornMesh:
    """Something solid or clear at the head.

    Parameters
    ----------
    points_m : ndarray (N, 3)
        In the head's frame.
    triangles : ndarray (T, 3)
    albedo : ndarray (T, 3)
        Linear.
    reflectance : ndarray (T, 3)
        Straight on (F0), linear.
    roughness : ndarray (T,)
        GGX's alpha.
    transmittance : ndarray (T, 3)
        Share of light that passes each surface of a clear thing (a lens has two); 0 for solid ones.
    mask : str
        Which of `MASKS` it counts as; ``hair`` is of the head too.
    softness : (3,) float
        How far each colour of light creeps round into its shade, 0 to 1.
    dense : bool
        Its triangles are a few millimetres all over: light is worked out at their corners.
    """

    points_m: Array = field(repr=False)
    triangles: Array = field(repr=False)
    albedo: Array = field(repr=False)
    reflectance: Array = field(repr=False)
    roughness: Array = field(repr=False)
    transmittance: Array = field(repr=False)
    mask: str = "glasses"
    softness: tuple[float, ...] = (0.0, 0.0, 0.0)
    dense: bool = False

    def __post_init__(self) -> None:
        set_fields(self, points_m=readonly(self.points_m, np.float64), triangles=readonly(self.triangles, np.int64))
        for name in ("albedo", "reflectance", "roughness", "transmittance"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float32)})

    @property
    def clear(self) -> Array:
        """Whether each triangle (T,) lets light pass."""
        out: Array = self.transmittance.max(1) > 0
        return out


def worn_asset(asset: Asset, *, head_from_asset: Array, lens: Lens | None = None, mask: str = "glasses") -> WornMesh:
    """Return a product as it is worn.

    Parameters
    ----------
    head_from_asset : ndarray (4, 4)
        Places it in the head's frame.
    lens : Lens or None
        Transmittance and mirror of what is clear, where they differ from the file's. Its powers are left out of account.
    """
    points, triangles, count = [], [], 0
    kinds: dict[str, list[Array]] = {"albedo": [], "reflectance": [], "roughness": [], "transmittance": []}
    for piece in drawn(asset):
        material = Material() if piece.primitive.material is None else asset.materials[piece.primitive.material]
        faces = piece.primitive.triangles.astype(np.int64)
        base = _base_colour(asset, material, piece.primitive.attributes, faces)
        passes = float(material.extensions.get("KHR_materials_transmission", {}).get("transmissionFactor", 0.0))
        ior = float(material.extensions.get("KHR_materials_ior", {}).get("ior", 1.5))
        dielectric, metal = ((ior - 1) / (ior + 1)) ** 2, material.metallic_factor
        reflectance = (1 - metal) * dielectric + metal * base
        through = np.sqrt(base * passes)  # of both surfaces together
        if passes > 0.8 and lens is not None:
            if lens.transmittance is not None:
                through = np.broadcast_to(np.sqrt(np.array(lens.transmittance)), base.shape)
            if lens.mirror is not None:
                reflectance = np.broadcast_to(np.maximum(np.array(lens.mirror), dielectric), base.shape)
        kinds["albedo"].append(base * (1 - metal) * (1 - passes))
        kinds["reflectance"].append(reflectance)
        kinds["roughness"].append(np.full(len(faces), max(material.roughness_factor, 0.05)))
        kinds["transmittance"].append(through if passes > 0 else np.zeros_like(base))
        points.append(apply(head_from_asset, piece.positions))
        triangles.append(faces + count)
        count += len(piece.positions)
    arrays: dict[str, Any] = {name: np.concatenate(values) for name, values in kinds.items()}
    return WornMesh(points_m=np.concatenate(points), triangles=np.concatenate(triangles), mask=mask, **arrays)


def _base_colour(asset: Asset, material: Material, attributes: object, faces: Array) -> Array:
    """Return the linear base colour (T, 3) at the middle of each triangle."""
    factor = np.array(material.base_color_factor[:3])
    info = material.base_color_texture
    if info is None or not isinstance(attributes, dict) or f"TEXCOORD_{info.texcoord}" not in attributes:
        return np.tile(factor, (len(faces), 1))
    source = asset.textures[info.texture].image
    data = None if source is None else asset.images[source].data
    if data is None:
        return np.tile(factor, (len(faces), 1))
    pixels = srgb_to_linear(decode(data).pixels[..., :3] / np.float32(255))
    uv = attributes[f"TEXCOORD_{info.texcoord}"][faces].mean(1) % 1
    height, width = pixels.shape[:2]
    out: Array = (
        factor * pixels[np.minimum((uv[:, 1] * height).astype(int), height - 1), np.minimum((uv[:, 0] * width).astype(int), width - 1)]
    )
    return out


def card_corners(head: SyntheticHead, *, where: CardPlace = "forehead") -> Array:
    """Return the corners (4, 3) of a bank card held flat on the forehead or beside the left cheek, in the head's frame.

    Upper right of the person, upper left, lower left, lower right; where its sides would meet if they were not rounded.
    """
    marks = head.landmarks_m
    if where == "forehead":
        up = marks[10] - marks[9]
        up = np.array([0, up[1], up[2]]) / np.hypot(up[1], up[2])
        out = np.array([0, -up[2], up[1]])
        middle = np.array([0, *(marks[9] + 0.034 * up)[1:]])
    else:
        up, out = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
        middle = np.array([marks[:, 0].max() + CARD_M[0] / 2 + 0.012, marks[1, 1], marks[[33, 263], 2].mean()])
    side = np.cross(up, out)
    away = head.points_m - middle
    under = (np.abs(away @ side) < CARD_M[0] / 2) & (np.abs(away @ up) < CARD_M[1] / 2) & (away @ out > -0.05)
    if where == "forehead":
        middle = middle + out * ((away @ out)[under].max() + _CARD_THICK_M + 0.0002)
    half = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]]) * np.array(CARD_M) / 2
    corners: Array = middle + half[:, :1] * side + half[:, 1:] * up
    return corners


def bank_card(head: SyntheticHead, *, where: CardPlace = "forehead") -> WornMesh:
    """Return a card of 85.60 x 53.98 mm (ISO/IEC 7810 ID-1) held flat to the forehead, or ``beside`` the face."""
    corners = card_corners(head, where=where)
    middle, width, height = corners.mean(0), corners[1] - corners[0], corners[0] - corners[3]
    side, up = width / CARD_M[0], height / CARD_M[1]
    out = np.cross(side, up)
    rng = np.random.default_rng([head.seed, 5])
    ground = np.array([(0.55, 0.56, 0.58), (0.03, 0.07, 0.20), (0.02, 0.02, 0.022), (0.45, 0.06, 0.05)][int(rng.integers(4))])
    pieces = [
        (_rounded(*CARD_M, _CARD_CORNER_M), (0.0, 0.0), 0.0, ground),
        (_rounded(0.0118, 0.0093, 0.001), (-0.0287, 0.0035), 4e-5, np.array([0.55, 0.42, 0.20])),
        (_rounded(0.062, 0.0034, 0.0004), (0.002, -0.0095), 4e-5, 0.35 * ground + 0.4),
        (_rounded(0.030, 0.0024, 0.0004), (-0.014, -0.0185), 4e-5, 0.35 * ground + 0.4),
    ]
    points, triangles, albedo, count = [], [], [], 0
    for shape, (x, y), lift, colour in pieces:
        points.append(middle + (shape[:, :1] + x) * side + (shape[:, 1:] + y) * up + lift * out)
        fan = np.arange(1, len(shape) - 1)
        triangles.append(count + np.stack([np.zeros_like(fan), fan, fan + 1], axis=1))
        albedo.append(np.tile(colour, (len(fan), 1)))
        count += len(shape)
    faces = np.concatenate(triangles)
    return WornMesh(
        points_m=np.concatenate(points),
        triangles=faces,
        albedo=np.concatenate(albedo),
        reflectance=np.full((len(faces), 3), 0.045),
        roughness=np.full(len(faces), 0.35),
        transmittance=np.zeros((len(faces), 3)),
        mask="card",
    )


def _rounded(width: float, height: float, radius: float) -> Array:
    """Return the outline (N, 2) of a rectangle with round corners about the origin, counter-clockwise."""
    turn = np.radians(np.linspace(0, 90, 7))
    arcs = []
    for quarter, (sx, sy) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        centre = np.array([sx * (width / 2 - radius), sy * (height / 2 - radius)])
        angle = turn + quarter * np.pi / 2
        arcs.append(centre + radius * np.stack([np.cos(angle), np.sin(angle)], 1))
    return np.concatenate(arcs)

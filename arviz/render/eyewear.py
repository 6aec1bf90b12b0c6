"""Glasses taken apart for a picture: what is solid, and lenses and pads, of which light is seen that went through or came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.graph import drawn
from arviz.core.material import Material, extension_number
from arviz.core.recipe import Lens
from arviz.core.scene import Item
from arviz.core.transforms import apply
from arviz.render.bodies import Body, bodies, soup
from arviz.render.glass import glass
from arviz.render.iridescence import film_reflectance

_CLEAR = 0.5
"""A material that passes more is seen through: a lens, or a nose pad of silicone."""
_LENS_M = 0.018
"""Higher than any nose pad, lower than any lens."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lenses:
    """All that is clear of a pair of glasses as one mesh in the head's frame, with what each triangle is made of.

    Parameters
    ----------
    points_m : ndarray (V, 3) float64
    normals : ndarray (V, 3) float64
        Unit vectors, outwards.
    triangles : ndarray (T, 3) int64
    transmittance : ndarray (T, 3) float64
        Share of light that passes the lens straight on, without what it mirrors; linear Rec.709.
    reflectance : ndarray (T, 3) float64
        Straight on.
    ior : ndarray (T,) float64
        Refractive index, for the way that light takes inside.
    milky : ndarray (T, 3) float64
        Albedo of what scatters light inside.
    side : ndarray (T,) int64
        0: of the right lens, 1: of the left one, -1: of no lens but a pad.
    two_sided : ndarray (T,) bool
        Whether light that leaves through it counts too; of a closed shape only that which enters does.
    """

    points_m: Array = field(repr=False)
    normals: Array = field(repr=False)
    triangles: Array = field(repr=False)
    transmittance: Array = field(repr=False)
    reflectance: Array = field(repr=False)
    ior: Array = field(repr=False)
    milky: Array = field(repr=False)
    side: Array = field(repr=False)
    two_sided: Array = field(repr=False)

    def __post_init__(self) -> None:
        set_fields(self, triangles=readonly(self.triangles, np.int64), side=readonly(self.side, np.int64))
        set_fields(self, two_sided=readonly(self.two_sided, bool))
        for name in ("points_m", "normals", "transmittance", "reflectance", "ior", "milky"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float64)})

    def centres_m(self) -> Array:
        """Return the middle (2, 3) of the right and of the left lens, NaN where there is none: the optical centres, unless known better."""
        out = np.full((2, 3), np.nan)
        for side in (0, 1):
            used = self.points_m[np.unique(self.triangles[self.side == side])]
            if len(used):
                out[side] = (used.min(axis=0) + used.max(axis=0)) / 2
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Eyewear:
    """A pair of glasses on a head, its frame and its lenses apart.

    Parameters
    ----------
    frame : tuple of Item
        All that is solid, posed in the head's frame.
    lenses : Lenses or None
    rx_dioptre : (2,) float
        Power of the right and the left lens.
    """

    frame: tuple[Item, ...]
    lenses: Lenses | None
    rx_dioptre: tuple[float, ...] = (0.0, 0.0)

    def points_m(self) -> Array:
        """Return all corners (N, 3) in the head's frame."""
        solid = [apply(np.asarray(item.world_from_asset), piece.used_positions) for item in self.frame for piece in drawn(item.asset)]
        return np.concatenate([np.zeros((0, 3)), *solid, *([] if self.lenses is None else [self.lenses.points_m])])


def eyewear(items: Sequence[Item], *, lens: Lens | None = None) -> Eyewear:
    """Take glasses apart.

    Parameters
    ----------
    items : sequence of Item
        Glasses as worn: `Item.world_from_asset` places them in the head's frame.
    lens : Lens, optional
        What the wearer chose; what it leaves open is as the file says.
    """
    chosen = lens or Lens()
    lenses: list[Body] = []
    frame = []
    for item in items:
        own = [body for body in bodies([item]) if _is_clear(body)]
        lenses += own
        frame.append(replace(item, asset=_without(item.asset, {id(body.piece.primitive) for body in own})))
    return Eyewear(frame=tuple(frame), lenses=_lenses(lenses, chosen) if lenses else None, rx_dioptre=chosen.rx_dioptre)


def _is_clear(body: Body) -> bool:
    blended = body.material.alpha_mode == "BLEND" and body.material.base_color_factor[3] < 1
    return body.role == "visible" and (body.transmission > _CLEAR or blended)


def _without(asset: Asset, primitives: set[int]) -> Asset:
    """Return an asset without some primitives, told by their identity."""
    if not primitives:
        return asset
    kept = [tuple(p for p in mesh.primitives if id(p) not in primitives) for mesh in asset.meshes]
    meshes = tuple(replace(mesh, primitives=some or mesh.primitives) for mesh, some in zip(asset.meshes, kept, strict=True))
    nodes = tuple(node if node.mesh is None or kept[node.mesh] else replace(node, mesh=None, skin=None) for node in asset.nodes)
    return replace(asset, meshes=meshes, nodes=nodes)


def _lenses(parts: list[Body], chosen: Lens) -> Lenses:
    whole = soup(parts)
    points = whole.vertices.astype(np.float64) + whole.centre
    triangles = whole.triangles.astype(np.int64)
    length = np.linalg.norm(whole.normals, axis=1, keepdims=True)
    which = whole.body_of(np.arange(len(triangles)))
    high = [float(np.ptp(points[triangles[which == number]][..., 1])) for number in range(len(parts))]
    looks = [_look(body.material, chosen if tall > _LENS_M else Lens()) for body, tall in zip(parts, high, strict=True)]
    passes, mirrors, ior, milky = (np.array([look[column] for look in looks])[which] for column in range(4))
    left = points[triangles].mean(axis=1)[:, 0] > 0
    return Lenses(
        points_m=points,
        normals=whole.normals / np.where(length > 0, length, 1),
        triangles=triangles,
        transmittance=passes,
        reflectance=mirrors,
        ior=ior,
        milky=milky,
        side=np.where(np.array(high)[which] > _LENS_M, left, -1),
        two_sided=np.array([body.two_sided for body in parts])[which],
    )


def _look(material: Material, chosen: Lens) -> tuple[Array, Array, float, Array]:
    """Return transmittance (3,) and reflectance (3,) straight on, refractive index, and albedo (3,) of what scatters."""
    of_file = glass(material)
    base = np.array(material.base_color_factor[:3])
    if of_file.transmission > 0:
        passes = base * of_file.transmission * np.exp(-np.array(of_file.absorption_per_m) * of_file.thickness)
        milky = base * (1 - of_file.transmission)
    else:
        alpha = material.base_color_factor[3]
        passes, milky = np.full(3, 1 - alpha), alpha * base
    one = ((of_file.ior - 1) / (of_file.ior + 1)) ** 2
    mirrors = np.full(3, one)  # as engines show glTF's thin walls; both sides of bare glass send back twice that, coated ones less
    film = material.extensions.get("KHR_materials_iridescence")
    share = extension_number(film, "iridescenceFactor", 0.0)
    if share > 0:
        thick = extension_number(film, "iridescenceThicknessMaximum", 400.0)
        thin = film_reflectance(np.ones(1), ior=extension_number(film, "iridescenceIor", 1.3), thickness_nm=thick, f0=one)[0]
        mirrors = (1 - share) * mirrors + share * thin
    if chosen.transmittance is not None:
        passes, milky = np.array(chosen.transmittance), np.zeros(3)
    if chosen.mirror is not None:
        mirrors = np.maximum(np.array(chosen.mirror), mirrors)
    return np.clip(passes, 0, 1), mirrors, max(of_file.ior, 1.3), milky

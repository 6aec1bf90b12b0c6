"""An `Asset` as `Furniture`: its outline, what it fills at which heights, and what it needs free around it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.graph import world_matrices
from arviz.core.placement import Support
from arviz.core.units import PLAUSIBLE_M, format_mm
from arviz.place.kinds import ANYTHING, Kind, kind_of, read_kinds
from arviz.place.plan.zone import FLAT_M, Zone
from arviz.place.product.furniture import Furniture
from arviz.place.product.moves import Move
from arviz.place.product.moves import moves as moves_of
from arviz.place.product.opened import opened as opened_asset
from arviz.place.product.slabs import outline, piece_of, slabs
from arviz.place.product.swept import swept
from arviz.place.product.zones import zones_of
from arviz.place.rules import Rule

_LEAST_RUG_M = 0.4
"""What is flat, and wider than this, lies on the floor and is walked on."""
_HUNG_M, _LEAST_HUNG = 0.10, 3.0
"""What is no deeper, and so many times as wide and as high, hangs on a wall."""
_SMALL_M = 0.5
"""What is no larger in any direction stands on a table, where its kind may."""
_USUAL_RAD, _WIDE_RAD = math.radians(90), math.radians(95)
"""What a door has to open by to be of use; one that opens wider than the second may stand where it does not."""


def furniture_of(
    asset: Asset,
    *,
    name: str,
    rules: Mapping[str, Rule],
    kind: str | None = None,
    support: Support | None = None,
    sigma_m: float = 0.0,
    opened: Sequence[str] = (),
) -> Furniture:
    """Return a product as a floor plan sees it.

    Parameters
    ----------
    asset : Asset
        In metres, +Y up, front +Z.
    name : str
        Unique among the products that are placed together; it may say what the product is.
    rules : Mapping[str, Rule]
        How deep its zones are.
    kind : str or None
        A key of `read_kinds`; None: from the product's extras, its name, its file's, or its root nodes'.
    support : str or None
        None: what its kind usually is on, as far as its shape allows.
    sigma_m : float
        Standard deviation of its sizes.
    opened : sequence of str
        Names of `moves` that stand open for good. The others sweep zones that stay free.

    Raises
    ------
    InputError
        ``E_PRODUCT_SIZE``: its size is not known or no furniture's, or it draws nothing. ``E_PRODUCT_KIND``: there is no such kind.
        ``E_MOVE_UNKNOWN``: nothing of that name opens.
    """
    kinds = read_kinds()
    if kind is not None and kind not in kinds:
        raise InputError("E_PRODUCT_KIND", "there is no such kind of furniture", where=name, expected=", ".join(kinds), found=kind)
    if not asset.unit_known:
        raise InputError(
            "E_PRODUCT_SIZE",
            "the size of the product is not known, so nobody can say where it fits",
            where=name,
            expected="a file in a known unit",
            found="lengths in unknown units",
            hint="Give its size from the listing: arviz convert --size WIDTHxDEPTHxHEIGHT.",
        )
    drawing = opened_asset(asset, moves=tuple(opened)) if opened else asset
    piece = piece_of(drawing)
    if not len(piece.triangles):
        raise InputError(
            "E_PRODUCT_SIZE",
            "the product draws nothing, so it has no size",
            where=name,
            expected="at least one triangle",
            found="none",
            hint="Look at it with arviz inspect; write a product that has a size with arviz convert --size.",
        )
    points = piece.used
    low, high = points.min(axis=0), points.max(axis=0)
    size = tuple((high - low).tolist())
    if not PLAUSIBLE_M[0] <= max(size) <= PLAUSIBLE_M[1]:
        raise InputError(
            "E_PRODUCT_SIZE",
            "nothing that stands in a room is of this size",
            where=name,
            expected=f"a longest side of {PLAUSIBLE_M[0] * 1000:g} mm to {PLAUSIBLE_M[1]:g} m",
            found=format_mm(size),
            hint="The file's unit is the usual cause: arviz convert --unit mm, or --size WIDTHxDEPTHxHEIGHT as its listing says.",
        )
    found = kinds[kind or _kind_of(asset, name, size, kinds)]
    on = support or _support(asset, found, size)
    swept_zones = tuple(zone for move in moves_of(asset) if move.name not in opened for zone in _swept(asset, move))
    furniture = Furniture(
        name=name,
        kind=found.id,
        support=on,
        size_m=size,
        sigma_m=sigma_m,
        lowest_m=float(low[1]),
        back_m=float(low[2]),
        outline_m=outline(points[:, [0, 2]]),
        slabs=slabs(piece),
    )
    own = zones_of(furniture, rules, swept_zones) if on == "floor" else ()
    return replace(furniture, zones=(*own, *swept_zones))


def _kind_of(asset: Asset, name: str, size: tuple[float, ...], kinds: Mapping[str, Kind]) -> str:
    for words in _says(asset, name):
        if words in kinds:
            return words
        found = kind_of(words, size_m=size, kinds=kinds)
        if found != ANYTHING:
            return found
    x, y, z = size
    if y <= FLAT_M and min(x, z) >= _LEAST_RUG_M:
        return "rug"
    return ANYTHING


def _says(asset: Asset, name: str) -> Iterator[str]:
    """Yield what may say of what kind a product is, the surest first."""
    extras = asset.extras if isinstance(asset.extras, Mapping) else {}
    own = extras.get("arviz")
    for holder in (own if isinstance(own, Mapping) else {}, extras):
        yield from (value for key in ("kind", "category", "title", "name") if isinstance(value := holder.get(key), str))
    yield name
    if asset.source is not None:
        yield asset.source.name
    yield from (asset.nodes[root].name for root in asset.roots)


def _support(asset: Asset, kind: Kind, size: tuple[float, ...]) -> Support:
    if kind.id == ANYTHING and (said := _mounted(asset)) is not None:
        return said
    x, y, z = size
    if "wall" in kind.supports and z <= _HUNG_M and min(x, y) >= _LEAST_HUNG * z:
        return "wall"
    if "table" in kind.supports and max(size) <= _SMALL_M:
        return "table"
    return kind.supports[0]


def _mounted(asset: Asset) -> Support | None:
    """Return what the product's anchors say: it touches the floor, or is mounted on it or on a wall."""
    said: Support | None = None
    for index, matrix in world_matrices(asset).items():
        anchor = asset.nodes[index].anchor
        if anchor is None or anchor.kind not in ("mount", "contact"):
            continue
        normal = matrix[:3, :3] @ anchor.normal
        upright = normal[1] / max(float(np.linalg.norm(normal)), 1e-12)
        if upright < -0.7:
            return "floor"
        if anchor.kind == "mount" and abs(upright) < 0.3:
            said = "wall"
    return said


def _swept(asset: Asset, move: Move) -> Iterator[Zone]:
    """Yield what a part sweeps; of a door that opens wider than a right angle, that much for sure and the rest if possible."""
    if move.kind == "revolute" and abs(move.axis[1]) > 0.9 and abs(move.open) > _WIDE_RAD and move.min * move.max == 0:
        yield swept(asset, replace(move, min=max(move.min, -_USUAL_RAD), max=min(move.max, _USUAL_RAD)))
        wide = swept(asset, move)
        yield replace(wide, name=f"{wide.name} wide", hard=False)
    else:
        yield swept(asset, move)

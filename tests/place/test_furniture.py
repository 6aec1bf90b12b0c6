"""A product as a floor plan sees it: its slabs contain every triangle and little more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from arviz.core.asset import Asset, Source
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.formats.read import read
from arviz.place.furniture import Furniture
from arviz.place.furniture_of import furniture_of
from arviz.place.rules import read_rules
from arviz.place.slabs import Piece, piece_of, slabs
from arviz.testing.shapes import box, joined

PRODUCTS = Path(__file__).resolve().parents[2] / "assets" / "products"
RULES = read_rules()


def of(asset: Asset, name: str = "product", **options: object) -> Furniture:
    return furniture_of(asset, name=name, rules=RULES, **options)  # type: ignore[arg-type]


def sampled(piece: Piece, count: int = 4000) -> Array:
    """Return points of triangles, (N, 3), as many on each."""
    rng = np.random.default_rng(7)
    chosen = piece.triangles[rng.integers(0, len(piece.triangles), count)]
    weights = rng.dirichlet([0.5, 0.5, 0.5], count)  # near edges too
    return np.concatenate([np.einsum("nk,nkd->nd", weights, piece.points[chosen]), piece.used])


def contained(points: Array, furniture: Furniture, *, air_m: float = 1e-6) -> Array:
    """Return which points (N, 3) lie in one of the slabs."""
    inside = np.zeros(len(points), bool)
    for slab in furniture.slabs:
        height = points[:, 1] - furniture.lowest_m
        ring = slab.outline_m
        edges = np.roll(ring, -1, axis=0) - ring
        normal = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / np.linalg.norm(edges, axis=1)[:, None]
        over = ((points[:, None, [0, 2]] - ring) * normal).sum(axis=2).max(axis=1)
        inside |= (over <= air_m) & (height >= slab.bottom_m - air_m) & (height <= slab.top_m + air_m)
    return inside


def table() -> Asset:
    """Return a table of 1.6 x 0.9 x 0.75 m on four legs."""
    legs = [box(size_m=(0.06, 0.72, 0.06), centre_m=(x, 0.36, z)) for x in (-0.7, 0.7) for z in (-0.38, 0.38)]
    return joined(box(size_m=(1.6, 0.03, 0.9), centre_m=(0, 0.735, 0)), *legs)


def test_a_table_is_a_top_and_four_legs() -> None:
    """Nothing more is taken: something may stand between them."""
    furniture = of(table(), "dining table")
    assert len(furniture.slabs) == 5
    volume = sum(area(slab.outline_m) * (slab.top_m - slab.bottom_m) for slab in furniture.slabs)
    assert volume == pytest.approx(1.6 * 0.9 * 0.03 + 4 * 0.06 * 0.06 * 0.72, rel=0.05)
    assert max(slab.bottom_m for slab in furniture.slabs) == pytest.approx(0.72, abs=0.003)
    assert contained(sampled(piece_of(table())), furniture).all()


def area(ring: Array) -> float:
    after = np.roll(ring, -1, axis=0)
    return float((ring[:, 0] * after[:, 1] - ring[:, 1] * after[:, 0]).sum() / 2)


def test_a_closed_box_is_one_slab() -> None:
    """It has nothing inside that something else could use."""
    (slab,) = slabs(piece_of(box(size_m=(0.6, 1.8, 0.65), centre_m=(0, 0.9, 0))))
    assert area(slab.outline_m) == pytest.approx(0.6 * 0.65, rel=1e-6)
    assert (slab.bottom_m, slab.top_m) == (pytest.approx(0, abs=1e-6), pytest.approx(1.8, rel=1e-6))


@pytest.mark.parametrize("name", ["sofa", "lamp"])
def test_slabs_contain_every_triangle_of_the_demo_products(name: str) -> None:
    """Points on triangles lie in slabs."""
    asset = read(PRODUCTS / name / f"{name}.glb")
    furniture = of(asset)
    assert len(furniture.slabs) <= 12
    assert contained(sampled(piece_of(asset)), furniture).all()


def test_a_product_in_unknown_units_is_refused() -> None:
    """No place is found for something whose size nobody knows."""
    unknown = Source(name="chair.obj", format="obj", unit=None, unit_source="unknown")
    from dataclasses import replace

    with pytest.raises(InputError) as caught:
        of(replace(box(size_m=(1, 1, 1)), source=unknown))
    assert caught.value.code == "E_PRODUCT_SIZE"
    assert "arviz convert --size" in str(caught.value.hint)


def test_a_product_without_triangles_is_refused() -> None:
    """It has no size either."""
    with pytest.raises(InputError) as caught:
        of(Asset(nodes=(), meshes=()))
    assert caught.value.code == "E_PRODUCT_SIZE"

"""The products that are placed: read, named, with what was chosen for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.parts import unique
from arviz.core.placement import Arrangement, Support
from arviz.core.report import Finding
from arviz.core.scene import Item
from arviz.core.variants import variant_index
from arviz.flows.frames import Source
from arviz.flows.render import check_variant, read_product
from arviz.ops.join import in_variant
from arviz.place.product.furniture import Furniture
from arviz.place.product.furniture_of import furniture_of
from arviz.place.product.moves import moves
from arviz.place.product.opened import opened as opened_asset
from arviz.place.rules import Rules


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Products:
    """Products in the order in which they were given; all tuples are as long.

    Parameters
    ----------
    furniture : tuple of Furniture
        What is searched with.
    shown : tuple of Asset
        What is drawn: in the chosen variant, with what was asked for open.
    findings : tuple of Finding
        What is doubtful about the files.
    """

    furniture: tuple[Furniture, ...]
    shown: tuple[Asset, ...]
    findings: tuple[Finding, ...]

    def items(self, arrangement: Arrangement) -> list[Item]:
        """Return the products in their places."""
        return [
            Item(asset=asset, world_from_asset=placement.world_from_asset)
            for asset, placement in zip(self.shown, arrangement.placements, strict=True)
        ]


def read_products(
    products: Source | Asset | Sequence[Source | Asset],
    *,
    variants: Sequence[str] = (),
    kinds: Sequence[str] = (),
    supports: Sequence[str] = (),
    opened: Sequence[str] = (),
    rules: Rules,
) -> Products:
    """Return products as `arviz.flows.place.place` takes them."""
    sources = [products] if isinstance(products, (str, Asset)) or not isinstance(products, Sequence) else list(products)
    if not sources:
        raise InputError("E_NO_PRODUCT", "there is no product to place", expected="one product or more", found="none")
    read = [read_product(source) for source in sources]
    assets = [asset for asset, _ in read]
    variant, kind, support = (
        _each(values, len(assets), name) for values, name in ((variants, "variant"), (kinds, "kind"), (supports, "support"))
    )
    for asset, chosen in zip(assets, variant, strict=True):
        check_variant(asset, chosen)
    names = unique([_name(asset, index) for index, asset in enumerate(assets)])
    furniture = tuple(
        furniture_of(asset, name=name, rules=rules, kind=word, support=_support(carrier))
        for asset, name, word, carrier in zip(assets, names, kind, support, strict=True)
    )
    shown = [in_variant(asset, variant_index(asset, chosen)) for asset, chosen in zip(_opened(assets, opened), variant, strict=True)]
    return Products(furniture=furniture, shown=tuple(shown), findings=tuple(finding for _, found in read for finding in found))


def _opened(assets: Sequence[Asset], names: Sequence[str]) -> list[Asset]:
    """Return the products with what is named open."""
    known = [[move.name for move in moves(asset)] for asset in assets]
    unknown = [name for name in names if name != "all" and not any(name in own for own in known)]
    if unknown:
        raise InputError(
            "E_MOVE_UNKNOWN",
            "nothing of that name opens",
            expected=", ".join(dict.fromkeys(name for own in known for name in own)) or "products with doors or drawers that open",
            found=unknown[0],
        )
    return [
        opened_asset(asset, moves=own if "all" in names else [n for n in own if n in names])
        for asset, own in zip(assets, known, strict=True)
    ]


def _support(name: str | None) -> Support | None:
    known: tuple[Support, ...] = get_args(Support)
    if name is None:
        return None
    for support in known:
        if name == support:
            return support
    raise InputError("E_SUPPORT", "nothing stands or hangs there", expected=", ".join(known), found=repr(name))


def _name(asset: Asset, index: int) -> str:
    return Path(asset.source.name).stem if asset.source is not None and asset.source.name else f"product {index + 1}"


def _each(values: Sequence[str], count: int, name: str) -> list[str | None]:
    """Return one value for each product: none, the same for all, or as given."""
    if len(values) > 1 and len(values) != count:
        raise InputError("E_PLACE_EACH", f"each product needs one {name}, or all the same", expected=f"1 or {count}", found=len(values))
    given: list[str | None] = [*values] or [None]
    return given if len(given) == count else given * count

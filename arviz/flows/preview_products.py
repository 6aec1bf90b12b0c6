"""The products that are looked at: read, posed, cut, and as triangles for rays; each kept as long as it is shown."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from arviz.core.animation import at_time
from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import bounds
from arviz.core.report import Finding
from arviz.core.scene import Item
from arviz.flows.figures import figure
from arviz.flows.preview_levels import level_file
from arviz.flows.preview_shot import Cut, Shot
from arviz.flows.render import read_product
from arviz.ops.section import AXES, section
from arviz.render.framing import drawn_points
from arviz.render.rays import RayScene

_Value = TypeVar("_Value")
_KEPT = 4
"""Products that stay read: the one that is looked at and the one it is compared with, each with a level."""
_SHOWN = 2
"""Of them as they are shown: one on each side of a comparison."""
_BESIDE_M = 0.3
"""From the product to who stands beside it."""


class Product(NamedTuple):
    """A product as it was read."""

    asset: Asset
    points: Array
    """(N, 3) that are framed."""
    box: Array
    """(2, 3) corners."""
    findings: tuple[Finding, ...]
    stamp: tuple[int, int]


class Shown(NamedTuple):
    """A product at its moment, as far as it is shown: None where a section leaves nothing."""

    asset: Asset | None
    cut: Cut | None


class Products:
    """What was read and made of it; owns the triangles for rays."""

    def __init__(self) -> None:
        self._read: OrderedDict[Path, Product] = OrderedDict()
        self._shown: OrderedDict[Any, Shown] = OrderedDict()
        self._rays: list[tuple[Asset, str | None, RayScene]] = []
        self._figures: dict[str, Asset] = {}

    def close(self) -> None:
        """Let go of everything."""
        self._read.clear()
        self._shown.clear()
        self._drop_rays(0)

    def read(self, path: Path, *, stamp: tuple[int, int] | None = None, anew: bool = False) -> Product:
        """Return a product as it was read; read it where it was not, or not with this stamp.

        Raises
        ------
        InputError, LimitError
            The file cannot be read.
        """
        known = self._read.get(path)
        if known is None or anew or stamp not in (None, known.stamp):
            stamp = stamp or stamp_of(path)
            asset, findings = read_product(path)
            box = bounds(asset)
            assert box is not None  # `read_product` refuses what draws nothing
            known = Product(asset, drawn_points(asset), box, findings, stamp)
        return _kept(self._read, path, known, _KEPT)

    def shown(self, shot: Shot) -> Shown:
        """Return what a picture shows of its product: a level of it, at its time, cut.

        Raises
        ------
        InputError, LimitError
            A file cannot be read, or has no such animation.
        """
        product, (source, key) = self.read(shot.file), self._source(shot)
        known = self._shown.get(key)
        if known is None:
            known = Shown(_lit(_posed(source.asset, shot), shot), None)
            if shot.section is not None and known.asset is not None:
                known = _cut(known.asset, shot, product.box)
        return _kept(self._shown, key, known, _SHOWN)

    def is_known(self, shot: Shot) -> bool:
        """Tell whether what a picture shows of its product is made already."""
        return self._source(shot)[1] in self._shown

    def _source(self, shot: Shot) -> tuple[Product, Any]:
        """Return the product or the level of it that a picture shows, and what makes one picture of it differ from another."""
        source = self.read(shot.file if shot.level is None else level_file(shot.file, shot.level))
        return source, (source.asset, shot.animation, shot.time_s, shot.light.lamps, shot.section)

    def rays(self, shot: Shot) -> RayScene | None:
        """Return the triangles of what is shown, None where nothing is; they live until others are asked for.

        Raises
        ------
        DependencyError, BackendError
            Rays cannot be cast here.
        """
        asset = self.shown(shot).asset
        if asset is None:
            return None
        known = next((one for one in self._rays if one[0] is asset and one[1] == shot.variant), None)
        if known is None:
            self._drop_rays(_SHOWN - 1)
            known = asset, shot.variant, RayScene([Item(asset=asset, variant=shot.variant)])
            self._rays.append(known)
        return known[2]

    def beside(self, shot: Shot) -> Item | None:
        """Return who stands beside the product, on its floor, None where nobody does or its unit is unknown."""
        product = self.read(shot.file)
        if shot.figure is None or not product.asset.unit_known:
            return None
        if shot.figure not in self._figures:
            self._figures[shot.figure] = figure(shot.figure)  # the same object each time, by which renderers know it again
        asset = self._figures[shot.figure]
        box = bounds(asset)
        assert box is not None
        pose = np.eye(4)
        pose[0, 3] = product.box[1, 0] + _BESIDE_M - box[0, 0]
        pose[1, 3] = product.box[0, 1] - box[0, 1]
        pose[2, 3] = product.box[:, 2].mean() - box[:, 2].mean()
        return Item(asset=asset, world_from_asset=pose)

    def framed(self, shot: Shot) -> Array:
        """Return the points (N, 3) that a picture holds at the eye's usual distance: the product's, and of who stands beside."""
        points = self.read(shot.file).points
        beside = self.beside(shot)
        if beside is None or beside.world_from_asset is None:
            return points
        pose = beside.world_from_asset
        return np.concatenate([points, drawn_points(beside.asset) @ pose[:3, :3].T + pose[:3, 3]])

    def _drop_rays(self, kept: int) -> None:
        while len(self._rays) > kept:
            self._rays.pop(0)[2].close()


def stamp_of(path: Path) -> tuple[int, int]:
    """Return what changes when a file does.

    Raises
    ------
    InputError
        ``E_FILE_UNREADABLE``: it is not there.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise InputError("E_FILE_UNREADABLE", "the file cannot be read", where=path, found=error.strerror) from error
    return status.st_mtime_ns, status.st_size


def _kept(kept: OrderedDict[Any, _Value], key: object, value: _Value, most: int) -> _Value:
    """Keep a value as the newest, and no more than `most`."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
    return value


def _posed(asset: Asset, shot: Shot) -> Asset:
    known = any(shot.animation in (one.name, str(index)) for index, one in enumerate(asset.animations))
    if shot.animation is None or (shot.level is not None and not known):  # a level may have been left without
        return asset
    return at_time(asset, animation=shot.animation, time_s=shot.time_s)


def _lit(asset: Asset, shot: Shot) -> Asset:
    if shot.light.lamps or not asset.lights:
        return asset
    return replace(asset, nodes=tuple(replace(node, light=None) for node in asset.nodes))


def _cut(asset: Asset, shot: Shot, box: Array) -> Shown:
    plane = shot.section
    assert plane is not None
    low, high = box[:, AXES.index(plane.axis)].tolist()
    at = (high - low) * plane.share
    made = section(asset, axis=plane.axis, at_m=low + at, flipped=plane.flipped)
    return Shown(made.asset, Cut(plane.axis, at, made.area_m2, made.open_m))

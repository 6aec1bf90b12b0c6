"""Find the smallest file of a product that holds a floor of quality in rendered pictures.

lean (unused and equal textures) -> ways to write each picture -> what each loses in pictures -> allocate -> write -> gate -> again
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import drawn, triangle_count
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage
from arviz.core.report import Finding
from arviz.flows.optimise.allocate import Part, allocate, size
from arviz.flows.optimise.gate import GLANCE_VIEWS, VARIANT_VIEWS, Gate, Quality
from arviz.flows.optimise.geometry import AXES, geometry_bytes, vertex_encoding, vertex_parts
from arviz.flows.optimise.pictures import Choice, Source, choices, sources
from arviz.flows.optimise.settings import Optimised, Settings
from arviz.flows.optimise.unsearched import lean_asset, no_larger, unmeasured
from arviz.formats.gltf.encoded import as_encoded
from arviz.formats.gltf.encoding import LOSSLESS
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encoding import MEDIA_TYPES, PictureFormat
from arviz.formats.pictures.replace import put_pictures
from arviz.ops.simplify import Goal, simplified_levels
from arviz.render.renderer import Renderer

REFERENCE_DB = 42.0
"""Looks the same to who compares pictures side by side."""
SIMILARITY = 0.987
"""What the worst view has at least, whatever decibels cost; less only where fewer than `_LEAST_DB` are asked for."""
_LEAST_DB, _MOST_DB = 38.5, 46.0
_BUDGET_DB = 30.0
"""Down to what triangles are taken away for a budget of bytes."""
_CHEAP, _DEAR = 0.03, 0.09
"""A decibel more is bought above the reference for 3 % of the bytes at most, and for less and less up to `_MOST_DB`; one less
below it where it saves 9 % at least."""
_SHARES = (0.95, 0.9, 0.8, 0.7, 0.58, 0.45, 0.33, 0.22)
"""Of the triangles that the product has: what simplification is tried for."""
_WORTH = 0.08
"""Share of a file that the vertices must take for simplification to be tried."""
_ROUNDS = {"normal": 4, "max": 8}
_CLOSE = 0.85
"""Share of the allowed error from which on a result is not improved further."""
_CAUTION = 1.03
"""How many times as large as expected errors are taken to be."""
_NEAR = 0.2
"""Logarithm of expected by found error up to which there is nothing to mend where no quality was asked for."""


class _Level(NamedTuple):
    """The product with so many triangles: its vertices' bytes in the finest precision, and the load of what is missing."""

    asset: Asset
    bytes: int
    load: Array


class _Plan(NamedTuple):
    level: _Level
    vertices: tuple[int, ...]
    pictures: tuple[int, ...]


class _Search:
    """One product on its way to a small file; `limits` of error are those of `settings`."""

    def __init__(self, original: Asset, settings: Settings, renderer: Renderer, limits: Limits) -> None:
        self.settings, self.limits = settings, limits
        self.gate = Gate(original, renderer)
        self.lean = lean = lean_asset(original, settings, limits)
        self.sources = tuple(sources(lean, settings.formats, settings.longest_px)) if settings.formats else ()
        self.choices = [self._choices(source) for source in self.sources]
        self.pictures = [self._measured(*pair) for pair in zip(self.sources, self.choices, strict=True)]
        self.vertices = [] if settings.geometry == "none" else vertex_parts(lean, settings.geometry, self.loads)
        self.levels = list(self._levels())

    def loads(self, asset: Asset, *, variants: Sequence[str | None] | None = None, views: Sequence[int] = GLANCE_VIEWS) -> Array:
        """Return (2 looks,) the errors that an asset has in `variants`: squared, and of similarity.

        One look is drawn, in some of the views, and taken for the others: the gate has the last word.
        """
        shown = self.gate.variants if variants is None else variants
        out = np.zeros((len(self.gate.variants), 2))
        if shown:
            found = Quality(looks=(self.gate.glance(asset, shown[0], views=views),))
            out[[self.gate.variants.index(variant) for variant in shown]] = _errors(found)
        return out.reshape(-1)

    def allowed(self, db: float) -> Array:
        """Return (2 looks,) the errors that a quality allows."""
        return np.tile([255**2 / 10 ** (db / 10), (1 - SIMILARITY) * max(1, 10 ** ((_LEAST_DB - db) / 10))], len(self.gate.variants))

    def _choices(self, source: Source) -> list[Choice]:
        keep = source.image.mime_type.removeprefix("image/") in self.settings.formats
        settings = self.settings
        return choices(
            source,
            formats=settings.formats,
            longest_px=settings.longest_px,
            least_px=settings.least_px,
            keep=keep,
            limits=self.limits,
        )

    def _measured(self, source: Source, ways: list[Choice]) -> Part:
        """Return a picture's part: one way of each format is drawn, and what is seen of the others goes with their texels' error.

        Formats lose different things: a normal map's grain is gone in WebP before texels tell it from a JPEG.
        """
        sizes = np.array([len(way.data) for way in ways] or [len(source.image.data or b"")], np.float64)
        out = Part(sizes, np.zeros((len(sizes), 2 * len(self.gate.variants))))
        for name in dict.fromkeys(way.format for way in ways):
            out = self._probed(out, source, ways, _middle(ways, name))
        return out

    def _probed(self, part: Part, source: Source, ways: list[Choice], probe: int) -> Part:
        """Return a part whose loads of one format are as `probe` is drawn."""
        if not ways[probe].error:
            return part
        rows = _of_format(ways, ways[probe].format)
        errors = np.array([ways[index].error for index in rows])
        loads = part.loads.copy()
        measured = self.loads(self._with(source, ways[probe]), variants=self._showing(source.index))
        loads[rows] = np.outer(errors / ways[probe].error, measured)
        return part._replace(loads=loads)

    def _showing(self, image: int) -> tuple[str | None, ...]:
        """Return the looks that show an image."""
        asset = self.lean
        shown: list[str | None] = []
        for variant in self.gate.variants:
            index = None if variant is None else asset.variants.index(variant)
            materials = {piece.primitive.material_for(index) for piece in drawn(asset)}
            infos = (info for m in materials if m is not None for _, info in asset.materials[m].texture_slots())
            if any(image in asset.textures[info.texture].image_candidates for info in infos):
                shown.append(variant)
        return tuple(shown)

    def _with(self, source: Source, way: Choice) -> Asset:
        images = list(self.lean.images)
        images[source.index] = _as_chosen(source.image, way)
        return put_pictures(self.lean, images)

    def _levels(self) -> Iterator[_Level]:
        """Yield the product with ever fewer triangles, as long as that may pay."""
        geometry = self.settings.geometry
        finest = LOSSLESS if geometry == "none" else vertex_encoding(geometry, [len(axis.bits) - 1 for axis in AXES])
        whole = geometry_bytes(self.lean, finest)
        yield _Level(self.lean, whole, np.zeros(2 * len(self.gate.variants)))
        limit = self.allowed(REFERENCE_DB)
        chosen = allocate([Part(part.bytes, part.loads / limit) for part in self.pictures])
        drawn_bytes = size(self.pictures, chosen) if chosen is not None else sum(part.bytes.max() for part in self.pictures)
        worth_it = self.settings.max_bytes is not None or whole >= _WORTH * (whole + drawn_bytes)
        if geometry == "none" or not worth_it:
            return
        least = _LEAST_DB if self.settings.quality is None else self.settings.quality
        limit = self.allowed(least if self.settings.max_bytes is None else min(least, _BUDGET_DB))
        count = triangle_count(self.lean)
        goals = [Goal(triangles=max(int(count * share), 1)) for share in _SHARES]
        for level in simplified_levels(self.lean, goals=goals, measured=False):
            # Where triangles are missed differs from side to side: two views told a fifth of it.
            measured = self.loads(level.asset, views=VARIANT_VIEWS)
            if (measured > limit).any():
                return
            yield _Level(level.asset, geometry_bytes(level.asset, finest), measured)

    def plan(self, db: float, *, bias: Array | float = 1.0) -> _Plan | None:
        """Return how to write the product in the fewest bytes with at most the error that a quality allows.

        `bias` is how many times as large as expected each error gets.
        """
        limit = self.allowed(db) / bias
        best: tuple[float, _Plan] | None = None
        for level in self.levels:
            share = level.bytes / self.levels[0].bytes
            fixed = Part(np.array([level.bytes], np.float64), level.load[None])
            parts = [fixed, *(Part(part.bytes * share, part.loads) for part in self.vertices), *self.pictures]
            chosen = allocate([Part(part.bytes, part.loads / limit) for part in parts])
            if chosen is None:
                continue
            total, split = size(parts, chosen), 1 + len(self.vertices)
            if best is None or total < best[0]:
                best = total, _Plan(level, chosen[1:split], chosen[split:])
        return None if best is None else best[1]

    def finest(self) -> _Plan:
        """Return the plan that loses least."""
        limit = self.allowed(REFERENCE_DB)
        best = [int((part.loads / limit).max(axis=1).argmin()) for part in (*self.vertices, *self.pictures)]
        return _Plan(self.levels[0], tuple(best[: len(self.vertices)]), tuple(best[len(self.vertices) :]))

    def written(self, plan: _Plan) -> tuple[bytes, Asset]:
        """Write a plan with the slowest encoders; return the file and what it shows."""
        images = list(plan.level.asset.images)
        for source, ways, index in zip(self.sources, self.choices, plan.pictures, strict=True):
            if ways and (wanted := ways[index].encoding) is not None:
                slow = self.settings.effort == "max"
                images[source.index] = (
                    source.written(replace(wanted, fast=False), self.limits) if slow else _as_chosen(source.image, ways[index])
                )
        encoding = LOSSLESS if not self.vertices else vertex_encoding(self.settings.geometry, plan.vertices)
        asset = put_pictures(plan.level.asset, images)
        return write_glb(asset, encoding=encoding), as_encoded(asset, encoding)

    def measured_again(self, plan: _Plan) -> None:
        """Measure the pictures of a plan as they are there: the error of others follows from near ones."""
        for number, (source, ways, index) in enumerate(zip(self.sources, self.choices, plan.pictures, strict=True)):
            seen = (self.pictures[number].loads[index] > 0.05 * self.allowed(REFERENCE_DB)).any()
            if ways and seen and index != _middle(ways, ways[index].format):
                self.pictures[number] = self._probed(self.pictures[number], source, ways, index)

    def bytes_of(self, plan: _Plan) -> float:
        """Return about how large a plan's file gets."""
        share = plan.level.bytes / self.levels[0].bytes
        return plan.level.bytes + share * size(self.vertices, plan.vertices) + size(self.pictures, plan.pictures)

    def floor(self, *, bias: Array | float, max_bytes: float) -> float:
        """Return the quality in dB that is aimed at: what was asked for, else what bytes are worth, and no more than they may be."""
        first = _MOST_DB if self.settings.quality is None else self.settings.quality
        sizes: dict[float, float] = {}
        for db in (float(db) for db in np.arange(first, 20, -0.5)):
            if (plan := self.plan(db, bias=bias)) is not None:
                sizes[db] = self.bytes_of(plan)
                # Less is only of use for a budget, and for what cannot have more.
                if db <= _LEAST_DB and sizes[db] <= max_bytes:
                    break
        if not sizes:
            return min(_LEAST_DB, first)
        sizes = {db: count for db, count in sizes.items() if count <= max_bytes} or {min(sizes): 0.0}
        worth = {db: np.log(count) - _worth(db) for db, count in sizes.items() if db >= _LEAST_DB}
        if self.settings.quality is not None or not worth:
            return max(sizes)
        return min(worth, key=lambda db: float(worth[db]))

    def run(self) -> Optimised:
        """Search, write, measure; return the smallest file that holds the floor, or else the best one."""
        settings = self.settings
        if (near := self.plan(REFERENCE_DB)) is not None:
            self.measured_again(near)
        bias: Array | float = 1.0
        room, best, tried = np.inf if settings.max_bytes is None else float(settings.max_bytes), None, None
        for number in range(_ROUNDS.get(settings.effort, 1)):
            db = self.floor(bias=_CAUTION * bias, max_bytes=room)
            plan = self.plan(db, bias=_CAUTION * bias) or self.finest()
            if plan == tried:
                break
            tried = plan
            data, asset = self.written(plan)
            quality = self.gate.measure(asset)
            # What was only aimed at may be missed a little, what was asked for or is the least not.
            errors, held = _errors(quality).reshape(-1), db if settings.quality is not None else min(db, _LEAST_DB)
            found = float((errors / self.allowed(held)).max())
            fits = settings.max_bytes is None or len(data) <= settings.max_bytes
            worth = len(data) if settings.quality is not None else np.log(len(data)) - _worth(quality.db)
            rank = (not fits, found > 1, worth if found <= 1 else found)
            if best is None or rank < best[0]:
                best = rank, Optimised(data, asset, quality)
            # Errors of parts add up only nearly: what they were expected to sum up to is mended by what they did.
            expected, limit = self.expected(plan), self.allowed(db)
            near = abs(np.log(max(float((errors / limit).max()), 1e-9) / max(float((expected / limit).max()), 1e-9))) < _NEAR
            if fits and found <= 1 and (found >= _CLOSE if settings.quality is not None else number or near):
                break
            if not fits:
                room *= 0.98 * float(settings.max_bytes or 0) / len(data)
            else:
                bias = np.clip(errors / np.maximum(expected, 1e-12), 0.2, 5.0)
        assert best is not None
        return best[1]

    def expected(self, plan: _Plan) -> Array:
        """Return (2 looks,) the errors that a plan is expected to have."""
        rows = [part.loads[i] for part, i in zip((*self.vertices, *self.pictures), (*plan.vertices, *plan.pictures), strict=True)]
        return np.asarray(np.sum([plan.level.load, *rows], axis=0))


def _errors(quality: Quality) -> Array:
    """Return (looks, 2) mean squared errors, and what is missing of similarity."""
    return np.array([(look.squares, 1 - look.ssim) for look in quality.looks])


def _of_format(ways: Sequence[Choice], name: PictureFormat | None) -> list[int]:
    return [index for index, way in enumerate(ways) if way.format == name]


def _middle(ways: Sequence[Choice], name: PictureFormat | None) -> int:
    """Return the way of a format that is drawn first."""
    rows = _of_format(ways, name)
    return rows[len(rows) // 2]


def _as_chosen(image: EncodedImage, way: Choice) -> EncodedImage:
    """Return a picture written in one of its ways."""
    return image if way.encoding is None else replace(image, data=way.data, mime_type=MEDIA_TYPES[way.encoding.format])


def _worth(db: float) -> float:
    """Return the logarithm of how many times as large a file may be for a quality: ever less for a decibel more."""
    over = min(db, _MOST_DB) - REFERENCE_DB
    return over * (_CHEAP * (1 - over / (2 * (_MOST_DB - REFERENCE_DB))) if over > 0 else _DEAR)


def optimise(asset: Asset, *, settings: Settings, renderer: Renderer | None, limits: Limits = DEFAULT_LIMITS) -> Optimised:
    """Return the smallest GLB of a product that holds a floor in pictures, as `settings` say.

    Without a renderer, and with the effort ``fast``, nothing is measured: each picture is encoded once, at a usual quality.

    Raises
    ------
    LimitError, ImageError, DependencyError, BackendError
        A picture cannot be encoded, or nothing can be drawn.
    """
    if renderer is None or settings.effort == "fast" or not triangle_count(asset):
        out = unmeasured(asset, settings, limits)
    else:
        out = _Search(asset, settings, renderer, limits).run()
    least = _LEAST_DB if settings.quality is None else settings.quality
    out = no_larger(asset, out, settings=settings, renderer=renderer, limits=limits, least_db=least)
    return out._replace(findings=(*out.findings, *over_budget(out, settings)))


def over_budget(out: Optimised, settings: Settings) -> Iterator[Finding]:
    """Yield what was asked for and could not be had."""
    if settings.max_bytes is not None and len(out.data) > settings.max_bytes:
        message = f"the file has {len(out.data) / 1e6:.2f} MB, at most {settings.max_bytes / 1e6:.2f} MB were asked for"
        yield Finding(code="W_BUDGET_BYTES", severity="warning", message=message, hint="Give --max-triangles too, or --effort max.")
    count = triangle_count(out.asset)
    if settings.max_triangles is not None and count > settings.max_triangles:
        message = f"{count:,} triangles are left, at most {settings.max_triangles:,} were asked for"
        yield Finding(code="W_BUDGET_TRIANGLES", severity="warning", message=message, hint="Take whole parts out.")
    if settings.quality is not None and out.quality is not None and out.quality.db < settings.quality:
        message = f"pictures have {out.quality.db:.1f} dB, {settings.quality:.1f} dB were asked for"
        yield Finding(code="W_QUALITY_FLOOR", severity="warning", message=message, hint="Allow more bytes, or --textures keep.")

"""Measures in millimetres: sides, distances, a section, who stands beside, and what the listing says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from arviz.core.units import format_mm, parse_size
from arviz.flows.preview_shot import FIGURES, Plane, Shot, Touched
from arviz.ops.section import AXES
from arviz.viewer.command import Command, Given, Range, product_shown
from arviz.viewer.state import State

_STEPS = 50
"""Of a key from one end of the product to the other."""


def metric(given: Given) -> bool:
    """Tell whether the product has a size: without a unit in its file there is no millimetre to show."""
    return product_shown(given) and given.opened is not None and given.opened.size_m is not None


def listed_m(given: Given) -> tuple[float, float, float] | None:
    """Return what was typed as the listed size (x, y, z) of the product that is shown."""
    return None if given.state.shot is None else dict(given.state.listed_m).get(given.state.shot.file)


def _shot(given: Given) -> Shot:
    assert given.state.shot is not None
    return given.state.shot


def _with(given: Given, **changes: Any) -> State:
    return replace(given.state, shot=replace(_shot(given), **changes))


def _point(given: Given, point: Touched) -> State:
    """Set the ruler's next point; a third one begins anew."""
    ruler = given.state.ruler
    return replace(given.state, ruler=(*ruler, point) if len(ruler) < 2 else (point,))


def _plane(given: Given) -> Plane | None:
    return given.state.shot.section if given.state.shot else None


def _is_cut(given: Given) -> bool:
    return _plane(given) is not None


def _cut(given: Given, **changes: Any) -> State:
    return _with(given, section=replace(_plane(given) or Plane(), **changes))


def _positions(given: Given) -> Range:
    """Return where the plane can stand: millimetres from the product's low end, per cent where it has no unit."""
    whole, unit = _whole(given)
    return Range(0.0, whole, whole / _STEPS, unit)


def _whole(given: Given) -> tuple[float, str]:
    plane, opened = _plane(given), given.opened
    if plane is None or opened is None or opened.size_m is None:
        return 100.0, " %"
    return opened.size_m[AXES.index(plane.axis)] * 1000 or 1.0, " mm"


def _list(given: Given, text: str) -> State:
    """Remember a listed size; no words forget it."""
    file = _shot(given).file
    others = tuple((known, size) for known, size in given.state.listed_m if known != file)
    return replace(given.state, listed_m=(*others, (file, parse_size(text))) if text.strip() else others)


def _listed_words(given: Given) -> str:
    size = listed_m(given)
    return "" if size is None else format_mm(size).replace(",", "")


COMMANDS = (
    Command(
        name="measure.dimensions",
        keys="D",
        change=lambda given, on: replace(given.state, dimensions=on),
        when=metric,
        checked=lambda given: given.state.dimensions,
    ),
    Command(
        name="measure.ruler",
        keys="M",
        change=lambda given, on: replace(given.state, tool="ruler" if on else "orbit", ruler=given.state.ruler if on else ()),
        when=metric,
        checked=lambda given: given.state.tool == "ruler",
    ),
    Command(name="measure.point", keys="Left click with the ruler", change=_point, when=lambda given: given.state.tool == "ruler"),
    Command(
        name="measure.section",
        keys="C",
        change=lambda given, on: _with(given, section=Plane() if on else None),
        checked=_is_cut,
    ),
    Command(
        name="measure.section_axis",
        keys="Y",
        change=lambda given, axis: _cut(given, axis=axis),
        when=_is_cut,
        choices=lambda given: tuple((axis, "") for axis in AXES),
        value=lambda given: (_plane(given) or Plane()).axis,
    ),
    Command(
        name="measure.section_at",
        keys="J",
        change=lambda given, at: _cut(given, share=min(max(at / _whole(given)[0], 0.0), 1.0)),
        gathers=True,
        when=_is_cut,
        range=_positions,
        value=lambda given: (_plane(given) or Plane()).share * _whole(given)[0],
    ),
    Command(
        name="measure.section_flip",
        keys="Ctrl+J",
        change=lambda given, on: _cut(given, flipped=on),
        when=_is_cut,
        checked=lambda given: (_plane(given) or Plane()).flipped,
    ),
    Command(
        name="measure.figure",
        keys="W",
        change=lambda given, name: _with(given, figure=name),
        when=metric,
        choices=lambda given: tuple((name, "") for name in (None, *FIGURES)),
        value=lambda given: _shot(given).figure,
    ),
    Command(
        name="measure.listed_size",
        keys="Z",
        change=_list,
        when=metric,
        typed=True,
        value=_listed_words,
    ),
)

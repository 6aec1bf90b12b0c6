"""Measures in millimetres."""

from __future__ import annotations

from dataclasses import replace

from arviz.flows.preview import Touched
from arviz.viewer.command import Command, Given, product_shown
from arviz.viewer.state import State


def metric(given: Given) -> bool:
    """Tell whether the product has a size: without a unit in its file there is no millimetre to show."""
    return product_shown(given) and given.opened is not None and given.opened.size_m is not None


def _point(given: Given, point: Touched) -> State:
    """Set the ruler's next point; a third one begins anew."""
    ruler = given.state.ruler
    return replace(given.state, ruler=(*ruler, point) if len(ruler) < 2 else (point,))


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
)

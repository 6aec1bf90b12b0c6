"""A recipe on a portrait or before a webcam: on and off, and its layers of make-up one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np

from arviz.core.colour import linear_to_srgb, parse_hex, srgb_to_linear
from arviz.core.recipe import Finish, Makeup, Recipe
from arviz.viewer.command import Command, Given, Range, in_tryon
from arviz.viewer.state import State, TryOn


def _try_on(given: Given) -> TryOn:
    assert given.state.try_on is not None
    return given.state.try_on


def _with(given: Given, **changes: Any) -> State:
    return replace(given.state, try_on=replace(_try_on(given), **changes))


def _layers(given: Given) -> tuple[Makeup, ...]:
    recipe = given.state.try_on.recipe if given.state.try_on is not None else None
    return () if recipe is None else recipe.makeup


def _has_recipe(given: Given) -> bool:
    return in_tryon(given) and _try_on(given).recipe is not None


def _has_layers(given: Given) -> bool:
    return _has_recipe(given) and bool(_layers(given)) and _try_on(given).worn


def _layer(given: Given) -> Makeup:
    return _layers(given)[_try_on(given).layer]


def _made_up(given: Given, **changes: Any) -> State:
    """Change the layer that is chosen."""
    recipe, now = _try_on(given).recipe, _layer(given)
    assert recipe is not None
    items = tuple(replace(now, **changes) if item is now else item for item in recipe.items)
    return _with(given, recipe=Recipe(id=recipe.id, items=items, title=recipe.title, extra=recipe.extra))


def _coloured(given: Given, text: str) -> State:
    return _made_up(given, albedo=tuple(srgb_to_linear(np.array(parse_hex(text.strip())) / 255).tolist()))


def _colour(given: Given) -> str:
    red, green, blue = np.rint(linear_to_srgb(np.array(_layer(given).albedo)) * 255).astype(int).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


COMMANDS = (
    Command(name="tryon.recipe", keys="Ctrl+Y", effect="open_recipe", when=lambda given: True),
    Command(name="tryon.portrait", keys="Ctrl+P", effect="open_portrait", when=lambda given: True),
    Command(name="tryon.webcam", keys="Ctrl+K", effect="open_webcam", when=lambda given: True),
    Command(
        name="tryon.show",
        keys="Ctrl+H",
        change=lambda given, on: _with(given, shown=on),
        when=lambda given: given.state.try_on is not None and given.state.try_on.source is not None,
        checked=in_tryon,
    ),
    Command(
        name="tryon.worn",
        keys="Ctrl+B",
        change=lambda given, on: _with(given, worn=on),
        when=_has_recipe,
        checked=lambda given: given.state.try_on is not None and given.state.try_on.worn,
    ),
    Command(
        name="tryon.layer",
        keys="Ctrl+N",
        change=lambda given, index: _with(given, layer=index),
        when=_has_layers,
        choices=lambda given: tuple((index, each.name or each.kind) for index, each in enumerate(_layers(given))),
        value=lambda given: _try_on(given).layer,
    ),
    Command(name="tryon.colour", keys="Ctrl+I", change=_coloured, when=_has_layers, typed=True, value=_colour),
    Command(
        name="tryon.coverage",
        keys="Ctrl+G",
        change=lambda given, percent: _made_up(given, coverage=percent / 100),
        gathers=True,
        when=_has_layers,
        range=Range(0.0, 100.0, 5.0, " %"),
        value=lambda given: _layer(given).coverage * 100,
    ),
    Command(
        name="tryon.finish",
        keys="Ctrl+F",
        change=lambda given, finish: _made_up(given, finish=finish),
        when=_has_layers,
        choices=lambda given: tuple((finish, "") for finish in get_args(Finish)),
        value=lambda given: _layer(given).finish,
    ),
)

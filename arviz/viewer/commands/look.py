"""How the product itself is shown: variant, level of detail, animation, what is behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from arviz.flows.preview_shot import Shot
from arviz.viewer.command import Command, Given, Range, product_shown
from arviz.viewer.state import State

_BACKGROUNDS = {"light": (242, 242, 242), "white": (255, 255, 255), "grey": (128, 128, 128), "dark": (32, 32, 32)}


def _shot(given: Given) -> Shot:
    assert given.state.shot is not None
    return given.state.shot


def _with(given: Given, **changes: Any) -> State:
    return replace(given.state, shot=replace(_shot(given), **changes))


def _variants(given: Given) -> tuple[tuple[str | None, str], ...]:
    """Return each look once: the file's own (None) has the name of the variant that looks the same, where one does."""
    if given.opened is None or given.opened.own_variant is None:
        return ((None, ""), *((name, name) for name in (given.opened.variants if given.opened else ())))
    return tuple((None if name == given.opened.own_variant else name, name) for name in given.opened.variants)


def _next_variant(given: Given, _: object) -> State:
    names = [value for value, _ in _variants(given)]
    return _with(given, variant=names[(names.index(_shot(given).variant) + 1) % len(names)])


def _has_variants(given: Given) -> bool:
    return product_shown(given) and given.opened is not None and bool(given.opened.variants)


def _animations(given: Given) -> tuple[tuple[str | None, str], ...]:
    return ((None, ""), *((name, name) for name, _ in (given.opened.animations if given.opened else ())))


def _duration_s(given: Given) -> float:
    return dict(given.opened.animations).get(_shot(given).animation or "", 0.0) if given.opened else 0.0


def _levels(given: Given) -> tuple[tuple[int | None, str], ...]:
    """Return the file itself and the simpler ones beside it, each with its triangles."""
    opened = given.opened
    if opened is None:
        return ()
    own = (None, f"{opened.file.name}: {opened.triangles:,} △")
    return (own, *((level.number, f"{level.file.name}: {level.triangles:,} △") for level in opened.levels))


def _play(given: Given, on: bool) -> State:
    """Play the animation that is chosen, or the first."""
    if not on or given.opened is None:
        return replace(given.state, playing=False)
    name = _shot(given).animation or given.opened.animations[0][0]
    return replace(_with(given, animation=name), playing=True)


def _has_animations(given: Given) -> bool:
    return product_shown(given) and given.opened is not None and bool(given.opened.animations)


COMMANDS = (
    Command(
        name="look.variant",
        keys="V",
        change=lambda given, name: _with(given, variant=name),
        when=_has_variants,
        choices=_variants,
        value=lambda given: _shot(given).variant,
    ),
    Command(name="look.next_variant", keys="Ctrl+V", change=_next_variant, when=_has_variants),
    Command(
        name="look.lod",
        keys="L",
        change=lambda given, number: _with(given, level=number),
        when=lambda given: product_shown(given) and given.opened is not None and bool(given.opened.levels),
        choices=_levels,
        value=lambda given: _shot(given).level,
    ),
    Command(
        name="look.animation",
        keys="A",
        change=lambda given, name: _with(given, animation=name, time_s=0.0),
        when=_has_animations,
        choices=_animations,
        value=lambda given: _shot(given).animation,
    ),
    Command(
        name="look.play",
        keys="Space",
        change=_play,
        when=_has_animations,
        checked=lambda given: given.state.playing,
    ),
    Command(
        name="look.time",
        keys=".",
        change=lambda given, time_s: _with(given, time_s=time_s),
        gathers=True,
        when=lambda given: product_shown(given) and _duration_s(given) > 0,
        range=lambda given: Range(0.0, _duration_s(given), _duration_s(given) / 50, " s"),
        value=lambda given: _shot(given).time_s,
    ),
    Command(
        name="look.background",
        keys="B",
        change=lambda given, name: _with(given, background=_BACKGROUNDS[name]),
        choices=lambda given: tuple((name, "") for name in _BACKGROUNDS),
        value=lambda given: next((name for name, colour in _BACKGROUNDS.items() if colour == _shot(given).background), None),
    ),
)

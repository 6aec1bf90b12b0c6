"""`Command`: one thing that somebody can do in the window; the only place where it is described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from arviz.flows.preview_shot import Opened
from arviz.flows.scenery import Known
from arviz.viewer.state import State


class Given(NamedTuple):
    """What a command may look at: the state before it, and what is known of the product that is shown."""

    state: State
    opened: Opened | None = None
    known: Known | None = None
    """Of it in the room that is open."""
    other: Opened | None = None
    """What it is compared with."""


class Range(NamedTuple):
    """Which amounts can be set, and the step of a key."""

    low: float
    high: float
    step: float
    unit: str = ""


def product_shown(given: Given) -> bool:
    """Tell whether a product is shown: one is open, and nobody is shown who tries something on."""
    return given.state.shot is not None and not in_tryon(given)


def in_tryon(given: Given) -> bool:
    """Tell whether somebody is shown who tries something on."""
    state = given.state.try_on
    return state is not None and state.source is not None and state.shown


def in_room(given: Given) -> bool:
    """Tell whether the product is shown in a room."""
    return product_shown(given) and given.state.room is not None and given.state.room.shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that somebody can do.

    Exactly one of `change` and `effect` is given.

    Parameters
    ----------
    name : str
        ``menu.what``: its menu, and its key in the words.
    keys : str
        The shortcut as Qt writes it (``"Ctrl+O"``), or what the mouse does (``"Left drag"``). Where a `range` is given the key
        adds a step, with Shift it takes one away.
    change : callable
        (given, value) -> the new `State`; undone by showing the old one. The value is None for what needs none, the new
        truth for what can be checked, one of `choices`, an amount of `range`, or what the mouse says.
    effect : str
        What cannot be undone (opening a file, saving a picture): the name of a method of `arviz.viewer.effects.Effects`.
    gathers : bool
        Whether several in a row are undone as one: turning, sliding.
    when : callable
        Tells whether it can be done now.
    checked : callable, optional
        Tells whether it is on, where it can be on and off.
    choices : callable, optional
        (given) -> what can be chosen, as (value, label); label "" is shown in words of key ``name=value``.
    range : Range or callable, optional
        The amounts that can be set, or (given) -> these.
    typed : bool
        Whether its value is typed as words; an InputError of `change` says what is wrong with them.
    value : callable, optional
        The choice, the amount or the words that are set now.
    """

    name: str
    keys: str
    change: Callable[[Given, Any], State] | None = None
    effect: str = ""
    gathers: bool = False
    when: Callable[[Given], bool] = product_shown
    checked: Callable[[Given], bool] | None = None
    choices: Callable[[Given], tuple[tuple[Any, str], ...]] | None = None
    range: Range | Callable[[Given], Range] | None = None
    typed: bool = False
    value: Callable[[Given], Any] | None = None

    def __post_init__(self) -> None:
        if (self.change is None) == (not self.effect):
            raise ValueError(f"{self.name}: a command changes the state or has an effect")

    def amounts(self, given: Given) -> Range | None:
        """Return the amounts that can be set now, None where it takes none."""
        return self.range(given) if callable(self.range) else self.range

    @property
    def menu(self) -> str:
        """The first part of its name."""
        return self.name.partition(".")[0]

    @property
    def by_mouse(self) -> bool:
        """Whether the mouse does it: it stands in no menu."""
        return any(word in self.keys for word in ("drag", "Wheel", "click", "Drop"))

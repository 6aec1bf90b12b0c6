"""What lies beneath the product's look."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from arviz.flows.preview_shot import Inspect
from arviz.render.inspection import Mode
from arviz.viewer.command import Command, Given
from arviz.viewer.state import State

MODES = ("shaded", *get_args(Mode))


def _inspected(given: Given, mode: Inspect) -> State:
    shot = given.state.shot
    assert shot is not None
    return replace(given.state, shot=replace(shot, inspect=mode))


COMMANDS = (
    Command(
        name="inspect.mode",
        keys="I",
        change=_inspected,
        choices=lambda given: tuple((mode, "") for mode in MODES),
        value=lambda given: given.state.shot.inspect if given.state.shot else None,
    ),
)

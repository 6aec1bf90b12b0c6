"""What `arviz check` finds in the product, and where."""

from __future__ import annotations

from dataclasses import replace

from arviz.check.profile_file import profile_names
from arviz.flows.preview_shot import Found
from arviz.viewer.command import Command, Given
from arviz.viewer.state import State


def _pointed(given: Given, found: Found) -> State:
    """Paint the parts that a finding means, and look at them; the whole product, alone, as the file holds it."""
    shot = given.state.shot
    assert shot is not None
    eye = replace(shot.eye, aside_m=found.aside_m, distance=found.distance)
    return replace(given.state, shot=replace(shot, faults=found.faults, eye=eye, level=None, section=None, figure=None, versus=None))


def _cleared(given: Given, _: object) -> State:
    shot = given.state.shot
    assert shot is not None
    return replace(given.state, shot=replace(shot, faults=()))


COMMANDS = (
    Command(
        name="report.check",
        keys="F8",
        change=lambda given, on: replace(given.state, checking=on),
        checked=lambda given: given.state.checking,
    ),
    Command(
        name="report.profile",
        keys="Ctrl+F8",
        change=lambda given, name: replace(given.state, profile=name),
        when=lambda given: given.state.shot is not None and given.state.checking,
        choices=lambda given: tuple((name, "") for name in profile_names()),
        value=lambda given: given.state.profile,
    ),
    Command(name="report.show", keys="Left click on a finding", change=_pointed),
    Command(
        name="report.clear",
        keys="Shift+F8",
        change=_cleared,
        when=lambda given: given.state.shot is not None and bool(given.state.shot.faults),
    ),
)

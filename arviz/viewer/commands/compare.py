"""The product beside another: before and after, and how different they look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

from arviz.flows.preview_shot import Shot, Versus, Way
from arviz.viewer.command import Command, Given, Range
from arviz.viewer.state import State


def _shot(given: Given) -> Shot:
    assert given.state.shot is not None
    return given.state.shot


def _others(given: Given) -> tuple[Path, ...]:
    return tuple(file for file in given.state.files if given.state.shot is not None and file != given.state.shot.file)


def _comparing(given: Given) -> bool:
    return given.state.shot is not None and given.state.shot.versus is not None


def _versus(given: Given) -> Versus:
    return _shot(given).versus or Versus(file=_others(given)[0])


def _with(given: Given, versus: Versus | None) -> State:
    return replace(given.state, shot=replace(_shot(given), versus=versus))


def _swapped(given: Given, _: object) -> State:
    shot = _shot(given)
    return replace(given.state, shot=replace(shot.of(_versus(given).file), versus=replace(_versus(given), file=shot.file)), ruler=())


COMMANDS = (
    Command(
        name="compare.mode",
        keys="O",
        change=lambda given, way: _with(given, None if way is None else replace(_versus(given), way=way)),
        when=lambda given: bool(_others(given)),
        choices=lambda given: tuple((way, "") for way in (None, *get_args(Way))),
        value=lambda given: _versus(given).way if _comparing(given) else None,
    ),
    Command(
        name="compare.with",
        keys="Ctrl+D",
        change=lambda given, file: _with(given, replace(_versus(given), file=file)),
        when=_comparing,
        choices=lambda given: tuple((file, file.name) for file in _others(given)),
        value=lambda given: _versus(given).file,
    ),
    Command(
        name="compare.edge",
        keys="U",
        change=lambda given, percent: _with(given, replace(_versus(given), share=percent / 100)),
        gathers=True,
        when=lambda given: _comparing(given) and _versus(given).way == "wipe",
        range=Range(0.0, 100.0, 5.0, " %"),
        value=lambda given: _versus(given).share * 100,
    ),
    Command(name="compare.swap", keys="Ctrl+U", change=_swapped, when=_comparing),
)

"""`Session`: the state of one window with what was done to it, undo and redo; no Qt in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from arviz.core.errors import InputError
from arviz.flows.preview_shot import Opened
from arviz.flows.scenery import Known, Scenery
from arviz.viewer.command import Command, Given
from arviz.viewer.state import State

MOST = 200
"""Commands that can be undone."""


class Step(NamedTuple):
    """What was done, and the state before (in `Session.undone`: after) it."""

    command: Command
    state: State


class Session:
    """What a window shows and how it came to that.

    Parameters
    ----------
    changed : callable
        Told after every change.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.state = State()
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self._opened: dict[object, Opened] = {}
        self._known: dict[tuple[Scenery, object], Known] = {}
        self._changed = changed
        self._gathering = False

    @property
    def given(self) -> Given:
        """What commands look at."""
        shot, room = self.state.shot, self.state.room
        opened = None if shot is None else self._opened.get(shot.file)
        known = None if shot is None or room is None else self._known.get((room.scenery, shot.file))
        other = None if shot is None or shot.versus is None else self._opened.get(shot.versus.file)
        return Given(self.state, opened, known, other)

    def do(self, command: Command, value: Any = None) -> None:
        """Do a command; what was undone before is forgotten.

        Raises
        ------
        InputError
            ``E_COMMAND_NOW``: it cannot be done now.
        """
        if command.change is None or not command.when(self.given):
            raise InputError("E_COMMAND_NOW", "this cannot be done now", found=command.name)
        after = command.change(self.given, value)
        if after == self.state:
            return
        if not (command.gathers and self._gathering and self.done and self.done[-1].command is command):
            self.done = [*self.done[-MOST + 1 :], Step(command, self.state)]
        self._gathering = command.gathers
        self.undone.clear()
        self._show(after)

    def rest(self) -> None:
        """Say that a drag has ended: the next one is undone by itself."""
        self._gathering = False

    def undo(self) -> None:
        """Show the state before the last command; nothing where there is none."""
        self._swap(self.done, self.undone)

    def redo(self) -> None:
        """Do again what was undone last; nothing where there is none."""
        self._swap(self.undone, self.done)

    def set(self, state: State) -> None:
        """Show a state that cannot be undone (a file, a room or a portrait was opened or closed): undo and redo keep what is open."""
        before = self.state
        if (before.files, before.room, before.try_on) != (state.files, state.room, state.try_on):
            self.done, self.undone = ([Step(step.command, _opened_as(step.state, before, state)) for step in steps]
                                      for steps in (self.done, self.undone))  # fmt: skip
        self._show(state)

    def know(self, opened: Opened) -> None:
        """Remember what a product that was read holds."""
        self._opened[opened.file] = opened
        self.forget_room(opened.file)
        self._changed()

    def know_room(self, known: Known) -> None:
        """Remember what is known of a product in a room."""
        self._known[known.scenery, known.file] = known
        self._changed()

    def opened(self, file: object) -> Opened | None:
        """Return what is known of a product."""
        return self._opened.get(file)

    def forget(self, file: object) -> None:
        """Forget what is known of a product: it is closed."""
        self._opened.pop(file, None)
        self.forget_room(file)

    def forget_room(self, file: object) -> None:
        """Forget what is known of a product in rooms: a file has changed."""
        self._known = {key: known for key, known in self._known.items() if key[1] != file}

    def _swap(self, source: list[Step], target: list[Step]) -> None:
        if source:
            step = source.pop()
            target.append(Step(step.command, self.state))
            self._gathering = False
            self._show(step.state)

    def _show(self, state: State) -> None:
        self.state = state
        self._changed()


def _opened_as(kept: State, before: State, after: State) -> State:
    """Return a state that undo may show, with what has been opened and closed since."""
    kept = replace(kept, files=after.files)
    if kept.shot is None or kept.shot.file not in after.files:
        kept = replace(kept, shot=after.shot, ruler=())
    elif kept.shot.versus is not None and kept.shot.versus.file not in after.files:
        kept = replace(kept, shot=replace(kept.shot, versus=None))
    if after.room != before.room:
        kept = replace(kept, room=after.room)
    return kept if after.try_on == before.try_on else replace(kept, try_on=after.try_on)

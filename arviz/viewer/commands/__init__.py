"""Everything that can be done in the window, one module for each menu; ``TABLE`` is all of it, and so is docs/guide/view.md."""

from __future__ import annotations

from dataclasses import replace

from arviz.viewer.command import Command, Given, in_room, in_tryon
from arviz.viewer.commands import camera, compare, edit, file, help, inspect, light, look, measure, report, room, tryon

_IN_ROOMS = ("file", "edit", "room", "tryon", "help")
_LOOKS_IN_ROOMS = ("look.variant", "look.next_variant")


def _where_it_counts(command: Command) -> Command:
    """Return a command that can be done where it changes what is seen: in a room the photo has its own camera and light."""
    if command.menu in _IN_ROOMS or command.name in _LOOKS_IN_ROOMS:
        return command

    def when(given: Given) -> bool:
        return not in_room(given) and not in_tryon(given) and command.when(given)

    return replace(command, when=when)


TABLE: dict[str, Command] = {
    command.name: _where_it_counts(command)
    for module in (file, edit, camera, look, inspect, light, measure, compare, report, room, tryon, help)
    for command in module.COMMANDS
}
"""Name -> command, in the order of the menus."""

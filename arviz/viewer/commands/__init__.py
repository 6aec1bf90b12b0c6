"""Everything that can be done in the window, one module for each menu; ``TABLE`` is all of it, and so is docs/guide/view.md."""

from __future__ import annotations

from arviz.viewer.command import Command
from arviz.viewer.commands import camera, edit, file, help, light, look, measure

TABLE: dict[str, Command] = {
    command.name: command for module in (file, edit, camera, look, light, measure, help) for command in module.COMMANDS
}
"""Name -> command, in the order of the menus."""

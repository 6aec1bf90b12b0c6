"""Undo and redo."""

from __future__ import annotations

from arviz.viewer.command import Command

COMMANDS = (
    Command(name="edit.undo", keys="Ctrl+Z", effect="undo", when=lambda given: True),
    Command(name="edit.redo", keys="Ctrl+Shift+Z", effect="redo", when=lambda given: True),
)

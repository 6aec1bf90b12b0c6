"""Keys, messages, language."""

from __future__ import annotations

from arviz.viewer.command import Command

COMMANDS = (
    Command(name="help.keys", keys="F1", effect="show_keys", when=lambda given: True),
    Command(name="help.dismiss", keys="Esc", effect="dismiss", when=lambda given: True),
    Command(name="help.language", keys="Ctrl+L", effect="change_language", when=lambda given: True),
)

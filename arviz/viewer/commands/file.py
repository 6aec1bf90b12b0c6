"""Files: open, turn to another, close, save pictures."""

from __future__ import annotations

from dataclasses import replace

from arviz.viewer.command import Command, Given, in_tryon, product_shown
from arviz.viewer.state import State


def _turn_to(step: int) -> Command:
    def change(given: Given, _: object) -> State:
        files, shot = given.state.files, given.state.shot
        assert shot is not None
        file = files[(files.index(shot.file) + step) % len(files)]
        return replace(given.state, shot=shot.of(file), ruler=())

    return Command(
        name="file.next" if step > 0 else "file.previous",
        keys="PgDown" if step > 0 else "PgUp",
        change=change,
        when=lambda given: len(given.state.files) > 1,
    )


COMMANDS = (
    Command(name="file.open", keys="Ctrl+O", effect="open_files", when=lambda given: True),
    Command(name="file.open_recent", keys="Ctrl+Shift+O", effect="open_recent", when=lambda given: True),
    Command(name="file.forget_recent", keys="Ctrl+Shift+Del", effect="forget_recent", when=lambda given: True),
    Command(name="file.drop", keys="Drop files", effect="open_dropped", when=lambda given: True),
    _turn_to(1),
    _turn_to(-1),
    Command(name="file.reload", keys="F5", effect="reload"),
    Command(name="file.close", keys="Ctrl+W", effect="close_file"),
    Command(name="file.screenshot", keys="Ctrl+S", effect="save_screenshot", when=lambda given: product_shown(given) or in_tryon(given)),
    Command(name="file.turntable", keys="Ctrl+T", effect="save_turntable"),
    Command(name="file.stop_turntable", keys="Ctrl+Shift+T", effect="stop_turntable"),
    Command(name="file.quit", keys="Ctrl+Q", effect="quit", when=lambda given: True),
)

"""What the window does beside its state: opening files, saving pictures, leaving; none of it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog, QMenu

from arviz.core.errors import ArvizError
from arviz.flows.preview_shot import Opened, Shot
from arviz.flows.scenery import Scenery
from arviz.viewer.words import LANGUAGES, word

if TYPE_CHECKING:
    from arviz.viewer.window import Window


_PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"})
_HEAD_BYTES = 4096
"""A JSON file of ours says its schema first."""


def _kind(file: Path) -> str:
    """Return what a file is for the window: ``photo``, ``room``, ``recipe``, ``light``, else ``product``."""
    suffix = file.suffix.lower()
    if suffix in _PHOTOS:
        return "photo"
    if suffix == ".hdr":
        return "light"
    head = b""
    if suffix == ".json":
        with suppress(OSError), file.open("rb") as opened:
            head = opened.read(_HEAD_BYTES)
    return "room" if b'"arviz.room/' in head else "recipe" if b'"arviz.tryon/' in head else "product"


class Effects:
    """Effects of commands; each takes the command's value."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.recent_menu = QMenu(window)
        self._others: set[Path] = set()
        """Files that were opened with another one before them: they do not take its place."""

    def open_files(self, files: Sequence[Path] | None) -> None:
        """Open products and show the first; without any, ask which."""
        window = self._window
        if files is None:
            names, _ = QFileDialog.getOpenFileNames(window, word("file.open", window.language))
            files = [Path(name) for name in names]
        if not files:
            return
        window.tell("")
        wanted = list(dict.fromkeys(Path(file).absolute() for file in files))
        self._others = set(wanted[1:])
        for file in wanted:
            window.drawing.open(file)

    def open_dropped(self, files: Sequence[Path]) -> None:
        """Open files by what they are: products, the photo or the room to show them in, a recipe with its portrait, light."""
        kinds = {_kind(file): file for file in reversed(files)}
        products = [file for file in files if _kind(file) == "product"]
        if products:
            self.open_files(products)
        if "light" in kinds:
            self.choose_environment(kinds["light"])
        if "recipe" in kinds:
            self.open_recipe(kinds["recipe"])
        photo, room = kinds.get("photo"), kinds.get("room")
        if photo is not None and ("recipe" in kinds or self._window.session.state.try_on is not None):
            self.open_portrait(photo)
        elif photo is not None or room is not None:
            self.open_room(Scenery(photo=photo, room=room))

    def open_recent(self, file: Path | None) -> None:
        """Open a file that was open before; without one, ask which."""
        window = self._window
        if file is not None:
            self.open_files([file])
            return
        known = window.recent.files()
        if not known:
            window.tell(word("no_recent", window.language))
            return
        self.recent_menu.clear()
        for number, each in enumerate(known, 1):
            name = f"{each.name}    {each.parent}".replace("&", "&&")  # Qt underlines what follows a single one
            action = self.recent_menu.addAction(f"&{number % 10}  {name}")
            action.setData(each)
            action.triggered.connect(lambda _, file=each: self.open_recent(file))
        self.recent_menu.popup(window.canvas.mapToGlobal(QPoint(8, 8)))

    def forget_recent(self, _: Any) -> None:
        """Forget which files were open before."""
        self._window.recent.forget()
        self._window.tell(word("forgot_recent", self._window.language))

    def open_room(self, scenery: Scenery | None) -> None:
        """Show the product in a room; without one, ask which."""
        self._window.room.open(scenery)

    def open_recipe(self, path: Path | None) -> None:
        """Try a recipe on; without a path, ask which."""
        path = path or self._one_file("tryon.recipe", "*.json")
        if path is not None:
            self._window.tryon.open(recipe=path)

    def open_portrait(self, path: Path | None) -> None:
        """Show a portrait to try things on; without a path, ask which."""
        path = path or self._one_file("tryon.portrait", "*.jpg *.jpeg *.png *.webp *.mp4 *.mov *.webm")
        if path is not None:
            self._window.tryon.open(source=path)

    def open_webcam(self, number: int | None) -> None:
        """Show a mirror to try things on: the webcam of a number, by default the first."""
        self._window.tryon.open(source=number or 0)

    def _one_file(self, title: str, kinds: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(self._window, word(title, self._window.language), "", kinds)
        return Path(name) if name else None

    def choose_environment(self, path: Path | None) -> None:
        """Light the product by a picture of a place; without a path, ask which."""
        window = self._window
        if path is None:
            name, _ = QFileDialog.getOpenFileName(window, word("light.environment_file", window.language), "", "*.hdr")
            if not name:
                return
            path = Path(name)
        window.do("light.environment", str(path.absolute()))

    def dismiss(self, _: Any) -> None:
        """Take the message away; without one, what is painted on the product."""
        if self._window.message:
            self._window.tell("")
        else:
            self._window.do("report.clear")

    def opened(self, opened: Opened) -> None:
        """Show a product that was read; one that was read anew as it is now, which nobody has measured yet."""
        session = self._window.session
        state = session.state
        if opened.file in state.files:
            shot = state.shot
            if shot is not None and shot.file == opened.file:
                variant = shot.variant if shot.variant in opened.variants and shot.variant != opened.own_variant else None
                animation = shot.animation if shot.animation in [name for name, _ in opened.animations] else None
                session.set(replace(state, shot=replace(shot, variant=variant, animation=animation), ruler=()))
            session.know(opened)
        else:
            session.know(opened)
            self._window.recent.add(opened.file)
            state = replace(state, files=(*state.files, opened.file))
            if state.shot is None:
                state = replace(state, shot=Shot(file=opened.file))
            elif opened.file not in self._others:
                state = replace(state, shot=state.shot.of(opened.file), ruler=())
            session.set(state)

    def reload(self, _: Any) -> None:
        """Read the product anew."""
        shot = self._window.session.state.shot
        if shot is not None:
            self._window.drawing.open(shot.file, anew=True)

    def close_file(self, _: Any) -> None:
        """Close the product that is shown."""
        session = self._window.session
        shot = session.state.shot
        if shot is None:
            return
        files = tuple(file for file in session.state.files if file != shot.file)
        session.forget(shot.file)
        session.set(replace(session.state, files=files, shot=shot.of(files[-1]) if files else None, ruler=()))

    def save_screenshot(self, path: Path | None) -> None:
        """Save the picture as it is shown, measures and all; without a path, ask where."""
        window = self._window
        if path is None:
            name, _ = QFileDialog.getSaveFileName(window, word("file.screenshot", window.language), "arviz.png", "*.png *.webp *.jpg")
            if not name:
                return
            path = Path(name)
        try:
            window.canvas.save(path)
        except ArvizError as error:
            window.tell(error)
            return
        window.tell(word("saved", window.language, path=path))

    def save_turntable(self, path: Path | None) -> None:
        """Draw the product from all around into a clip; without a path, ask where."""
        window = self._window
        chosen = path is None
        if path is None:
            name, _ = QFileDialog.getSaveFileName(
                window, word("file.turntable", window.language), "arviz.webp", "*.webp *.mp4 *.gif *.webm"
            )
            if not name:
                return
            path = Path(name)
        if window.session.state.shot is not None:
            window.turntable.start(window.session.state.shot, path.absolute(), force=chosen)  # the dialog has asked

    def stop_turntable(self, _: Any) -> None:
        """Stop the clip that is being drawn."""
        self._window.turntable.stop()

    def undo(self, _: Any) -> None:
        """Undo the last command."""
        self._window.session.undo()

    def redo(self, _: Any) -> None:
        """Do again what was undone."""
        self._window.session.redo()

    def show_keys(self, _: Any) -> None:
        """Show all commands with their keys."""
        from arviz.viewer.keys import Keys

        Keys(self._window).open()

    def change_language(self, _: Any) -> None:
        """Speak the next language."""
        window = self._window
        window.language = LANGUAGES[(LANGUAGES.index(window.language) + 1) % len(LANGUAGES)]
        window.retranslate()

    def quit(self, _: Any) -> None:
        """Leave."""
        self._window.close()

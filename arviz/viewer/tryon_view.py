"""`TryOnView`: the part of the window that shows a recipe on a portrait or before a webcam; a process of its own has the camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from arviz.flows.look import Look, Tried
from arviz.viewer.command import Given, in_tryon
from arviz.viewer.live import trying_on
from arviz.viewer.notes import Note
from arviz.viewer.remote import Remote, Reply
from arviz.viewer.state import TryOn
from arviz.viewer.words import word

if TYPE_CHECKING:
    from arviz.viewer.window import Window

_LENGTHS = ("frame_width", "head_width", "pd", "vertex")
"""Of a pair of glasses on a face: what an optician asks for."""


class TryOnView(QObject):
    """Try-on in a window; its process is started when it is used first."""

    _replied = Signal(object)

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._remote: Remote | None = None
        self._waiting = 0
        self._shown: tuple[Look, tuple[int, int]] | None = None
        self.tried: Tried | None = None
        self._replied.connect(self._reply)

    @property
    def resting(self) -> bool:
        """Whether all that was asked is there."""
        return self._waiting == 0

    def open(self, *, source: Path | int | None = None, recipe: Path | None = None) -> None:
        """Show somebody; try a recipe on."""
        session = self._window.session
        self._window.tell("")
        if recipe is not None:
            self._ask("read", file=recipe.absolute())
        if source is not None:
            now = session.state.try_on or TryOn()
            source = source if isinstance(source, int) else source.absolute()
            session.set(replace(session.state, try_on=replace(now, source=source, shown=True)))

    def show(self, given: Given, *, size: tuple[int, int]) -> bool:
        """Ask for the picture of a state; return whether it is one of a try-on. The camera is let go where it is not."""
        state = given.state.try_on
        if state is None or state.source is None or not in_tryon(given):
            if self._shown is not None:
                self._shown = self.tried = None
                self._ask("rest")
            return False
        look = Look(source=state.source, recipe=state.recipe, folder=state.folder, worn=state.worn)
        if self._shown != (look, size):
            self._shown = look, size
            self._draw()
        return True

    def notes(self) -> tuple[Note, ...]:
        """Return what was measured, a line each, and what becomes of the pictures."""
        language, tried = self._window.language, self.tried
        if tried is None:
            return ()
        out = [Note(word("tryon.private", language))] if isinstance(tried.look.source, int) else []
        if tried.look.recipe is not None and tried.look.worn and not tried.faces:
            out.append(Note(word("tryon.nobody", language), "bad"))
        for face in tried.faces:
            out += _of_face(face, language)
        return tuple(out)

    def close(self) -> None:
        """End the process."""
        if self._remote is not None:
            self._remote.close()

    def _draw(self) -> None:
        assert self._shown is not None
        look, (width, height) = self._shown
        self._ask("picture", newest=True, look=look, width=width, height=height)

    def _ask(self, name: str, *, newest: bool = False, **arguments: Any) -> None:
        if self._remote is None:
            self._remote = Remote(trying_on, self._replied.emit)
        self._waiting = self._remote.call(name, newest=newest, **arguments)
        self._window.drawing.busy.emit(True)

    def _reply(self, reply: Reply) -> None:
        if reply.ticket == self._waiting:
            self._waiting = 0
            self._window.drawing.busy.emit(False)
        if reply.error is not None:
            self._window.tell(reply.error)
        elif reply.name == "read":
            session = self._window.session
            now = session.state.try_on or TryOn()
            recipe, folder = reply.value
            session.set(replace(session.state, try_on=replace(now, recipe=recipe, folder=folder, worn=True, layer=0)))
        elif reply.name == "picture" and self._shown is not None:
            self.tried = reply.value
            self._window.canvas.show_picture(reply.value.seen)
            if reply.value.live and self.resting:
                self._draw()


def _of_face(face: dict[str, Any], language: str) -> list[Note]:
    out = []
    if "pd" in face:
        out.append(Note(_length(word("tryon.pd", language), face["pd"])))
    for glasses in face["glasses"]:
        fit = glasses["fit"]
        out.append(Note(f"{glasses['name']}: {word('tryon.verdict=' + fit['verdict'], language)}"))
        out += [Note(_length(word(f"tryon.{name}", language), fit[name])) for name in _LENGTHS if name != "pd"]
    for layer in face["makeup"]:
        shade = layer["shade"]
        values = {"name": layer["name"] or layer["kind"], "off": f"{shade['delta_e_2000']:.1f}", "sigma": f"{shade['sigma']:.1f}"}
        out.append(Note(word("tryon.shade", language, **values)))
    out += [Note(word("tryon.unseen", language, name=name), "bad") for name in face["not_shown"]]
    return out


def _length(name: str, length: dict[str, Any]) -> str:
    if not length["sigma_mm"]:  # what the product's file says
        return f"{name} {length['mm']:.1f} mm"
    return f"{name} {length['mm']:.1f} ± {length['sigma_mm']:.1f} mm"

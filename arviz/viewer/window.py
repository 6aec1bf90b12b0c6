"""`Window`: menus, panel and keys made from the table of commands, around the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu, QProgressBar, QWidget

from arviz.core.errors import ArvizError
from arviz.core.units import format_mm
from arviz.flows.preview_shot import Opened, Seen, Shot, Touched
from arviz.flows.scenery import Scenery
from arviz.viewer.canvas import Canvas
from arviz.viewer.command import Command, in_room, in_tryon, product_shown
from arviz.viewer.commands import TABLE
from arviz.viewer.drawing import Drawing
from arviz.viewer.effects import Effects
from arviz.viewer.gizmo import Drag
from arviz.viewer.message import Message
from arviz.viewer.notes import legend, notes
from arviz.viewer.overlay import Mark, clipped, dimension_marks, ruler_marks
from arviz.viewer.painting import Over
from arviz.viewer.panel import Panel
from arviz.viewer.player import Player
from arviz.viewer.recent import Recent
from arviz.viewer.remote import Remote
from arviz.viewer.report_panel import ReportPanel
from arviz.viewer.room_view import RoomView
from arviz.viewer.session import Session
from arviz.viewer.tasks import Tasks
from arviz.viewer.tryon_view import TryOnView
from arviz.viewer.turntable_bar import TurntableBar
from arviz.viewer.watch import Watch
from arviz.viewer.words import word

SIZE = (1280, 800)
_SLOW_MS = 250
"""What takes longer is said to be worked on."""


class Window(QMainWindow):
    """The designer's window.

    Parameters
    ----------
    files : sequence of path
        Products that are opened at once; the first is shown.
    language : str
        One of `arviz.viewer.words.LANGUAGES`.
    scenery : Scenery, optional
        The room that they are shown in.
    remote : Remote, optional
        The process that draws, started before; it is ended with the window.
    """

    def __init__(
        self,
        files: Sequence[Path] = (),
        *,
        language: str = "en",
        scenery: Scenery | None = None,
        remote: Remote | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.language = language
        self.session = Session(self._changed)
        self.drawing = Drawing(remote, self)
        self.recent = Recent()
        self.effects = Effects(self)
        self.canvas = Canvas(self._marks, self)
        self.canvas.says = self._says
        self.panel = Panel(self.do, self)
        self.tasks = Tasks(self)
        self.report = ReportPanel(self.do, self.tasks, self)
        self.turntable = TurntableBar(self)
        self._player = Player(self._play, self)
        self._watch = Watch(self)
        self._reading = ""
        self._actions: dict[str, QAction] = {}
        self._shown: tuple[Shot, tuple[int, int]] | None = None
        self._moving = False
        self._aimed: Path | None = None
        self._make()
        self._connect()
        self.effects.open_files(list(files))
        if scenery is not None:
            self.room.open(scenery)

    @property
    def seen(self) -> Seen | None:
        """The picture that is shown."""
        return self.canvas.seen

    @property
    def message(self) -> str:
        """What was told last; empty where nothing is wrong."""
        return self._message.text

    def do(self, name: str, value: Any = None) -> None:
        """Do a command by its name: what every menu, key and gesture calls."""
        command = TABLE[name]
        if not command.when(self.session.given):
            return
        if command.effect:
            getattr(self.effects, command.effect)(value)
            return
        self._moving = command.gathers
        try:
            self.session.do(command, value)
        except ArvizError as error:  # what was typed means nothing
            self._moving = False
            self.tell(error)

    def tell(self, error: ArvizError | str) -> None:
        """Show a message, an error until the next one or until it is taken away; the window lives on."""
        text = error if isinstance(error, str) else f"{error}. {error.hint or ''}".strip()
        self._message.say(text, wrong=isinstance(error, ArvizError))

    def retranslate(self) -> None:
        """Write all words anew, after the language has changed."""
        self.menuBar().clear()
        self._actions.clear()
        self._menus()
        self.panel.make(self.session.given, self.language)
        self._changed()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the process that draws."""
        self.drawing.close()
        self.tasks.close()
        self.room.close()
        self.tryon.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.do("file.drop", [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def sizeHint(self) -> QSize:
        """Return the size of a new window."""
        return QSize(*SIZE)

    def _make(self) -> None:
        self.setAcceptDrops(True)
        self.setCentralWidget(self.canvas)
        self.addDockWidget(self.panel.side, self.panel)
        self.addDockWidget(self.panel.side, self.report)
        self.room = RoomView(self)
        self.tryon = TryOnView(self)
        self._facts, self._doing, self._busy = QLabel(), QLabel(), QProgressBar()
        self._message = Message(self.canvas, lambda: self.do("help.dismiss"))
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._busy.setRange(0, 0)
        self._busy.setFixedWidth(80)
        self.statusBar().addWidget(self._doing)
        self.statusBar().addWidget(self._busy)
        self.statusBar().addWidget(self.turntable)
        self.statusBar().addPermanentWidget(self._facts)
        self._doing.hide()
        self._busy.hide()
        self.retranslate()

    def _connect(self) -> None:
        self.canvas.gesture.connect(self.do)
        self.canvas.takes_hold = self._takes_hold
        self.canvas.clicked.connect(self._clicked)
        self.canvas.rested.connect(self._rested)
        self.panel.rested.connect(self._rested)
        self.canvas.resized.connect(self._changed)
        self.drawing.seen.connect(self._see)
        self.drawing.opened.connect(self._opened)
        self.drawing.touched.connect(self._touched)
        self.drawing.failed.connect(self._fail)
        self.drawing.busy.connect(self._work)
        self.drawing.reading.connect(self._read)
        self.report.failed.connect(self.tell)
        self._slow.timeout.connect(self._tell_work)
        self._watch.changed.connect(self.drawing.open)

    def _menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for command in TABLE.values():
            if command.by_mouse:
                continue
            if command.menu not in menus:
                menus[command.menu] = self.menuBar().addMenu(word(f"menu.{command.menu}", self.language))
            self._actions[command.name] = self._action(command, menus[command.menu])

    def _action(self, command: Command, menu: QMenu) -> QAction:
        action = QAction(word(command.name, self.language), self)
        action.setShortcut(QKeySequence(command.keys))
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda on: self._by_key(command, on))
        menu.addAction(action)
        if command.range is not None:  # Shift and the key take a step away
            back = QAction(self)
            back.setShortcut(QKeySequence(f"Shift+{command.keys}"))
            back.triggered.connect(lambda: self._step(command, -1))
            self.addAction(back)
        return action

    def _by_key(self, command: Command, on: bool) -> None:
        if command.range is not None:
            self._step(command, 1)
        elif command.typed:
            self.panel.ask(command.name)
        elif command.choices is not None and command.value is not None:
            values = [value for value, _ in command.choices(self.session.given)]
            now = command.value(self.session.given)
            self.do(command.name, values[(values.index(now) + 1) % len(values) if now in values else 0])
        else:
            self.do(command.name, on if command.checked is not None else None)

    def _step(self, command: Command, sign: int) -> None:
        given = self.session.given
        amounts = command.amounts(given) if command.when(given) else None
        if amounts is None or command.value is None:
            return
        amount = command.value(given) + sign * amounts.step
        self.do(command.name, min(max(amount, amounts.low), amounts.high))

    def _changed(self) -> None:
        """Show the state: picture, menus, panel, words."""
        given = self.session.given
        shot = given.state.shot
        for name, action in self._actions.items():
            command = TABLE[name]
            action.setEnabled(command.when(given))
            if command.checked is not None:
                action.setChecked((product_shown(given) or in_tryon(given)) and command.checked(given))
        self._actions["edit.undo"].setEnabled(bool(self.session.done))
        self._actions["edit.redo"].setEnabled(bool(self.session.undone))
        self.panel.show_state(given)
        self.report.show_state(given, self.language)
        self._player.follow(given)
        self._words()
        self._follow()
        trying = self.tryon.show(given, size=self.canvas.pixels)
        in_a_room = self.room.show(given, size=self.canvas.pixels, moving=self._moving)
        if trying:
            self._shown = None
        elif shot is None:
            self._shown = None
            self.canvas.show_picture(None)
        elif in_a_room:
            self._shown = None
        elif self._shown != (shot, self.canvas.pixels):
            self._shown = shot, self.canvas.pixels
            self.drawing.show(shot, size=self.canvas.pixels, moving=self._moving)
        self._moving = False
        self._aim()
        self.canvas.update()

    def _aim(self) -> None:
        """Make ready for the first click of the ruler while it is taken in hand."""
        state = self.session.state
        aimed = state.shot.file if state.shot is not None and state.tool == "ruler" else None
        if aimed != self._aimed and state.shot is not None and aimed is not None:
            self.drawing.aim(state.shot)
        self._aimed = aimed

    def _words(self) -> None:
        shot, opened = self.session.state.shot, self.session.given.opened
        self.canvas.greeting = word("reading", self.language, file=self._reading) if self._reading else word("greeting", self.language)
        self._doing.setText(word("reading", self.language, file=self._reading) if self._reading else word("drawing", self.language))
        self.turntable.name_button()
        self._message.name_button(word("help.dismiss", self.language))
        self.setWindowTitle("arviz" if shot is None else f"{shot.file.name} - arviz")
        if opened is None:
            self._facts.setText("")
            return
        # Width x depth x height, as listings say it.
        size = word("size_unknown", self.language) if opened.size_m is None else format_mm(opened.size_m).replace(",", "")
        self._facts.setText(f"{size}   {word('triangles', self.language, count=f'{opened.triangles:,}')}")

    def _marks(self, seen: Seen) -> tuple[Mark, ...]:
        given = self.session.given
        state, opened = given.state, given.opened
        if in_tryon(given):
            return ()
        if in_room(given):
            return self.room.marks(seen)
        marks: tuple[Mark, ...] = ()
        if state.dimensions and opened is not None and opened.size_m is not None:
            marks += dimension_marks(seen, opened.size_m)
        marks += ruler_marks(seen, state.ruler)
        if seen.image.width_px == seen.camera.width_px:
            return marks
        # Of two pictures beside each other the left one has marks.
        cut = (clipped(mark, width=seen.camera.width_px, height=seen.camera.height_px) for mark in marks)
        return tuple(mark for mark in cut if mark is not None)

    def _says(self, seen: Seen) -> Over:
        given = self.session.given
        if in_tryon(given):
            return Over(self.tryon.notes())
        return Over() if in_room(given) else Over(notes(seen, given, self.language), legend(seen, given, self.language))

    def _play(self, time_s: float) -> None:
        """Show a moment of the animation; it is no step that is undone."""
        shot = self.session.state.shot
        if shot is not None:
            self._moving = True
            self.session.set(replace(self.session.state, shot=replace(shot, time_s=time_s)))

    def _takes_hold(self, seen: Seen, pixel: tuple[float, float], scale: float) -> Drag | None:
        return self.room.drag(seen, pixel, scale) if in_room(self.session.given) else None

    def _see(self, seen: Seen, draft: bool) -> None:
        given = self.session.given
        if given.state.shot is not None and not in_room(given) and not in_tryon(given):
            self.canvas.show_picture(seen)

    def _follow(self) -> None:
        """Watch what is open, and what is being read: it may change meanwhile."""
        self._watch.follow({*self.session.state.files, *self.drawing.files})

    def _fail(self, name: str, error: ArvizError) -> None:
        """Say what is wrong, and what is shown all the same."""
        self.tell(error)
        if name == "open" and Path(str(error.where)).name in [file.name for file in self.session.state.files]:
            self._message.say(f"{self.message} {word('kept', self.language)}", wrong=True)

    def _work(self, on: bool) -> None:
        if not on:
            self._slow.stop()
            self._doing.hide()
            self._busy.hide()
        elif not self._slow.isActive() and self._busy.isHidden():
            self._slow.start()

    def _tell_work(self) -> None:
        self._doing.show()
        self._busy.show()

    def _read(self, name: str) -> None:
        self._reading = name
        self._words()
        self._follow()
        self.canvas.update()

    def _opened(self, opened: Opened) -> None:
        if opened.file.name in self.message:
            self.tell("")  # what was wrong with it is not any more
        shot = self.session.state.shot
        if shot is not None and opened.file in shot.files:
            self._shown = None  # it may look otherwise now
        self.effects.opened(opened)

    def _clicked(self, x: float, y: float) -> None:
        shot = self.session.state.shot
        if shot is not None and TABLE["measure.point"].when(self.session.given):
            self.drawing.touch(shot, pixel=(x, y))

    def _touched(self, touched: Touched | None) -> None:
        if touched is not None:
            self.do("measure.point", touched)

    def _rested(self) -> None:
        self.session.rest()
        self._shown = None
        self._changed()

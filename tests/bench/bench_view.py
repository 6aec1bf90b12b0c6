"""The designer's window: how soon it stands and shows, how it follows the mouse, whether it stays alive, what it holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.measure import Row

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
SOFA = PRODUCTS / "sofa" / "sofa.glb"
SIZE = 1280, 800
OPENED = 100


def bench_window() -> list[Row]:
    """Measure the window on the demo sofa at 1280 x 800, offscreen and without a graphics card, against its bars.

    Wall clock, so the machine has to be idle; the notes say processor seconds of the window and of the process that draws.
    """
    runs = [_measured("session") for _ in range(3)]

    def of(key: str) -> float:
        return float(median(run[key] for run in runs))

    def row(name: str, key: str, bar: float, note: str) -> Row:
        return Row(f"arviz view: {name}", of(key), bar, 1.0, note, "s elapsed")

    first = f"{of('first_cpu_s'):.2f} s of processor, {of('draw_cpu_s'):.2f} s drawing"
    drag = f"{of('draft_cpu_s'):.3f} s drawing, 1:{of('scale'):.1f}"
    return [
        row("the window stands", "window_s", 2.0, f"{of('window_cpu_s'):.2f} s of processor"),
        row("the first picture", "first_s", 3.0, first),
        row("from picture to picture of a drag", "draft_s", 1 / 15, drag),
        row("the full picture after release", "full_s", 0.6, f"{of('full_cpu_s'):.2f} s drawing"),
        row("longest pause of the window at work", "pause_s", 0.05, f"{of('pause_cpu_s'):.3f} s of processor"),
    ]


def bench_window_memory() -> list[Row]:
    """Measure what the window and its process hold when 100 products were opened.

    Against when 40 were, which fill the renderer's budgets.
    """
    run = _measured("files")
    return [
        Row(f"arviz view: {name}, {OPENED} files opened", run[f"{key}_mb"][1], run[f"{key}_mb"][0], 1.1, "40 files opened", "MB")
        for key, name in (("window", "memory of the window"), ("child", "memory of the process that draws"))
    ]


def _measured(what: str) -> dict[str, Any]:
    started = time.time()
    with tempfile.TemporaryDirectory() as settings:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_view", what, str(started)],
            check=True, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", "XDG_CONFIG_HOME": settings},
        )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


class _Designer:
    """Somebody at the window, who notes how long it does not listen."""

    def __init__(self, files: list[Path]) -> None:
        from arviz.viewer.live import preview
        from arviz.viewer.remote import Remote

        remote = Remote(preview)  # as `arviz.viewer.app.run` does
        from PySide6.QtWidgets import QApplication

        from arviz.viewer.window import Window

        self.app = QApplication(["arviz"])
        self.pause_s = self.pause_cpu_s = 0.0
        self.window = Window(files, remote=remote)
        self.window.resize(*SIZE)
        self.window.show()
        self.app.processEvents()

    def step(self, action: Callable[[], object] = lambda: None) -> None:
        """Do something, and let the window work."""
        wall, cpu = time.perf_counter(), time.thread_time()
        action()
        self.app.processEvents()
        self.pause_s = max(self.pause_s, time.perf_counter() - wall)
        self.pause_cpu_s = max(self.pause_cpu_s, time.thread_time() - cpu)

    def until(self, true: Callable[[], object]) -> float:
        """Let the window work until something is true; return how long that took."""
        start = time.perf_counter()
        while not true():
            self.step()
            time.sleep(0.001)
        return time.perf_counter() - start

    def rest(self) -> float:
        """Wait for the full picture."""
        return self.until(lambda: self.window.drawing.resting)

    def child_cpu_s(self) -> float:
        """Return the processor seconds of the process that draws, so far."""
        fields = Path(f"/proc/{self.window.drawing.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _session(started: float) -> dict[str, float]:
    told = {}
    designer = _Designer([SOFA])
    told["window_s"], told["window_cpu_s"] = time.time() - started, time.process_time()
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    window, canvas = designer.window, designer.window.canvas
    designer.until(lambda: window.seen is not None)
    told["first_s"], told["first_cpu_s"], told["draw_cpu_s"] = time.time() - started, time.process_time(), designer.child_cpu_s()
    designer.rest()

    drafts: list[float] = []
    window.drawing.seen.connect(lambda seen, draft: drafts.append(time.perf_counter()))
    before = designer.child_cpu_s()
    designer.step(lambda: QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 400)))
    for count in range(180):
        designer.step(lambda count=count: QTest.mouseMove(canvas, QPoint(300 + 2 * count, 400 - count // 2)))
        time.sleep(1 / 60)
    told["draft_cpu_s"] = (designer.child_cpu_s() - before) / max(len(drafts), 1)
    told["draft_s"] = (drafts[-1] - drafts[0]) / (len(drafts) - 1)
    told["scale"] = canvas.pixels[0] / window.seen.image.pixels.shape[1]
    before = designer.child_cpu_s()
    designer.step(lambda: QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(658, 311)))
    told["full_s"] = designer.rest()
    told["full_cpu_s"] = designer.child_cpu_s() - before

    designer.step(lambda: window.do("measure.ruler", True))
    for x in (400, 500):
        designer.step(lambda x=x: QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, 400)))
        designer.rest()
    designer.step(lambda: window.do("measure.dimensions", True))
    for width in (1000, 1100, SIZE[0]):
        designer.step(lambda width=width: window.resize(width, SIZE[1]))
    designer.rest()
    told["pause_s"], told["pause_cpu_s"] = designer.pause_s, designer.pause_cpu_s
    window.close()
    return told


def _files(started: float) -> dict[str, list[float]]:
    sources = sorted(PRODUCTS.glob("*/*.glb"))
    told: dict[str, list[float]] = {"window_mb": [], "child_mb": []}
    with tempfile.TemporaryDirectory() as folder:
        designer = _Designer([])
        window = designer.window
        for count in range(OPENED):
            path = Path(folder) / f"{count}.glb"
            shutil.copyfile(sources[count % len(sources)], path)
            window.do("file.open", [path])
            designer.until(lambda path=path: path in window.session.state.files)
            while window.session.state.shot is not None and window.session.state.shot.file != path:
                window.do("file.next")
            designer.rest()
            if count + 1 in (40, OPENED):
                told["window_mb"].append(_holds_mb("self"))
                told["child_mb"].append(_holds_mb(str(window.drawing.pid)))
        window.close()
    return told


def _holds_mb(process: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    print(json.dumps({"session": _session, "files": _files}[sys.argv[1]](float(sys.argv[2]))))
